"""Starts of any shape: what they do to the solution, and that the flow from them ends there."""

import math

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from implicitbias import solve
from tests.solvers.problems import DEPTHS, SAME, data, distance
from tests.solvers.reference import minimiser

FLOW_TOL = 1e-6  # the flow is integrated to rtol 1e-10 until the residual is below 1e-9


@pytest.mark.parametrize("depth", DEPTHS)
def test_start_of_ones_is_no_start(depth: float) -> None:
    X, y = data(15)
    beta = solve(X, y, alpha=0.3, depth=depth).beta
    for start in ((1, 1), (1.0, np.ones(7)), (np.ones(7), [1] * 7)):
        assert distance(solve(X, y, alpha=0.3, depth=depth, start=start).beta, beta) <= SAME


@pytest.mark.parametrize("depth", DEPTHS)
def test_scaling_the_start_is_scaling_alpha(depth: float) -> None:
    X, y = data(16)
    a, b = np.linspace(0.5, 1.5, 7), np.linspace(1.2, 0.8, 7)
    beta = solve(X, y, alpha=0.3, depth=depth, start=(a, b)).beta
    assert distance(solve(X, y, depth=depth, start=(0.3 * a, 0.3 * b)).beta, beta) <= SAME
    uniform = solve(X, y, depth=depth, start=(0.3, 0.3)).beta
    assert distance(uniform, solve(X, y, alpha=0.3, depth=depth).beta) <= SAME


@pytest.mark.parametrize("depth", DEPTHS)
def test_swapping_the_start_flips_the_sign(depth: float) -> None:
    X, y = data(17)
    a, b = np.linspace(0.5, 1.5, 7), np.linspace(1.2, 0.8, 7)
    beta = solve(X, y, depth=depth, start=(a, b)).beta
    assert distance(solve(X, -y, depth=depth, start=(b, a)).beta, -beta) <= SAME
    assert distance(solve(X, y, depth=depth, start=(b, a)).beta, beta) > 1e-3


def test_a_start_that_already_fits_stays() -> None:
    X, _ = data(18)
    a, b = np.linspace(0.5, 1.5, 7), np.linspace(1.2, 0.8, 7)
    for depth in (2, 3, 4):
        beta = a**depth - b**depth
        assert distance(solve(X, X @ beta, depth=depth, start=(a, b)).beta, beta) <= SAME


@pytest.mark.parametrize("depth", [2, 3, 4, 5])
@pytest.mark.parametrize("alpha", [1.0, 10.0, 100.0])
def test_biased_start_is_solved_at_large_alpha(depth: int, alpha: float) -> None:
    # beta starts at alpha^D (a^D - b^D), far from the targets, and the flow comes back from there.
    if alpha**depth > 1e5:
        alpha = 1e5 ** (1 / depth)  # beyond, rounding of beta leaves a residual above 1e-10
    X, y = data(19)
    start = (np.linspace(0.9, 1.1, 7), np.ones(7))
    truth = minimiser(X, y, depth=depth, alpha=alpha, start=start)
    solution = solve(X, y, alpha=alpha, depth=depth, start=start)
    assert truth.distance(solution.beta) <= solution.error <= 1e-8


# The flow itself


def flow_limit(
    X: np.ndarray, y: np.ndarray, depth: int, a: np.ndarray, b: np.ndarray
) -> np.ndarray:
    """Where the weights of ``||X beta - y||^2``, ``beta = w_+^D - w_-^D``, flow from (a, b)."""
    d = X.shape[1]

    def velocity(_: float, w: np.ndarray) -> np.ndarray:
        plus, minus = w[:d], w[d:]
        pull = 2 * depth * (X.T @ (X @ (plus**depth - minus**depth) - y))
        return np.concatenate([-pull * plus ** (depth - 1), pull * minus ** (depth - 1)])

    w, rest = np.concatenate([a, b]), math.inf
    for _ in range(40):
        w = solve_ivp(velocity, (0, 20.0), w, method="LSODA", rtol=1e-11, atol=1e-13).y[:, -1]
        beta = w[:d] ** depth - w[d:] ** depth
        rest = float(np.abs(X @ beta - y).max() / np.abs(y).max())
        if rest <= 1e-9:
            return beta
    raise AssertionError(f"the flow did not end: residual {rest}")


STARTS = ["uniform", "non-uniform", "biased", "scalar bias"]


@pytest.mark.parametrize("depth", [2, 3, 4])
@pytest.mark.parametrize("kind", STARTS)
@pytest.mark.parametrize("alpha", [1.0, 0.4])
def test_solution_is_where_the_flow_ends(depth: int, kind: str, alpha: float) -> None:
    rng = np.random.default_rng([depth, STARTS.index(kind)])
    X, y = rng.standard_normal((2, 5)), rng.standard_normal(2)
    a = b = np.ones(5)
    if kind == "non-uniform":
        a = b = rng.uniform(0.6, 1.4, 5)
    elif kind == "biased":
        a, b = rng.uniform(0.6, 1.4, (2, 5))
    elif kind == "scalar bias":
        a, b = np.full(5, 1.2), np.full(5, 0.7)
    end = flow_limit(X, y, depth, alpha * a, alpha * b)
    solution = solve(X, y, alpha=alpha, depth=depth, start=(a, b))
    assert distance(solution.beta, end) <= FLOW_TOL
    # The test can tell starts apart: another one ends elsewhere.
    other = solve(X, y, alpha=alpha, depth=depth, start=(a * 1.05, b)).beta
    assert distance(other, end) > 100 * FLOW_TOL
