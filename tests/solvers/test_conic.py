"""The cone program by itself: what it promises, what it refuses, and a lie that is caught."""

import math
from collections.abc import Iterator
from typing import Any

import cvxpy
import numpy as np
import pytest
import scipy.sparse as sp

from implicitbias import InfeasibleError, PrecisionError, solve
from implicitbias.solvers.conic import solve_conic
from tests.solvers.reference import minimiser

FACE_X = np.array([[1.0, 1, 1], [0, 1, 2]])  # its l1 minimisers are (.4+t, .6-2t, t), 0 <= t <= .3
FACE_Y = np.array([1, 0.6])
FLAT = [(5, 1e-4), (6, 1e-3), (8, 1e-2), (10, 3e-2)]  # cone solvers do not tell the l1 face apart


def data(seed: int, n: int = 3, d: int = 7) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    return rng.standard_normal((n, d)), rng.standard_normal(n)


@pytest.fixture
def programs(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Any]]:
    """The cvxpy problems solved during a test."""
    seen: list[Any] = []
    original = cvxpy.Problem.solve

    def spy(program: Any, *args: Any, **options: Any) -> Any:
        seen.append(program)
        return original(program, *args, **options)

    monkeypatch.setattr(cvxpy.Problem, "solve", spy)
    yield seen


@pytest.mark.parametrize(
    ("depth", "exponential", "powers"), [(2, 14, 0), (2.5, 0, 14), (5, 0, 14), (math.inf, 14, 0)]
)
def test_the_cones_are_true_ones(
    programs: list[Any], depth: float, exponential: int, powers: int
) -> None:
    X, y = data(0)
    solve_conic(X, y, alpha=0.1, depth=depth)
    dims = programs[0].get_problem_data(cvxpy.CLARABEL)[0]["dims"]
    assert (dims.exp, len(dims.p3d), dims.soc) == (exponential, powers, [])


@pytest.mark.parametrize("depth", [2, 2.5, 3, 4, math.inf])
@pytest.mark.parametrize("alpha", [1.0, 0.1, 0.01])
def test_beta_and_the_certificate_are_right(depth: float, alpha: float) -> None:
    X, y = data(1)
    found = solve_conic(X, y, alpha=alpha, depth=depth)
    true = minimiser(X, y, alpha=alpha, depth=depth).distance(found.beta)
    assert true <= found.error <= 1e-6
    assert found.residual <= 1e-10
    assert found.gap <= 1e-10


@pytest.mark.parametrize("depth", [2, 3, 4])
@pytest.mark.parametrize("alpha", [1.0, 0.03])
def test_any_start(depth: float, alpha: float) -> None:
    X, y = data(2)
    rng = np.random.default_rng(3)
    start = (rng.uniform(0.5, 2, 7), rng.uniform(0.5, 2, 7))
    found = solve_conic(X, y, alpha=alpha, depth=depth, start=start)
    exact = minimiser(X, y, alpha=alpha, depth=depth, start=start)
    assert exact.distance(found.beta) <= found.error <= 1e-6
    assert found.dual == pytest.approx([float(v) for v in exact.dual], rel=1e-5)


@pytest.mark.parametrize("depth", [2, 3])
def test_a_start_alone_sets_alpha_to_1(depth: float) -> None:
    X, y = data(4)
    found = solve_conic(X, y, depth=depth, start=(2.0, 1.0))
    assert found.log_alpha == 0
    assert found.beta == pytest.approx(solve(X, y, depth=depth, start=(2.0, 1.0)).beta, rel=1e-6)


def test_sparse_scaled_and_redundant_data_do_not_matter() -> None:
    X, y = data(5)
    found = solve_conic(X, y, alpha=0.1).beta
    other = solve_conic(sp.csr_array(X), y, alpha=0.1).beta
    assert other == pytest.approx(found, rel=1e-6)
    repeated = solve_conic(np.vstack([X, X[:1]]), np.append(y, y[0]), alpha=0.1).beta
    assert repeated == pytest.approx(found, rel=1e-6)
    tiny = solve_conic(X * 1e150, y, log_alpha=math.log(0.1) - 75 * math.log(10)).beta
    assert tiny * 1e150 == pytest.approx(found, rel=1e-6)


@pytest.mark.parametrize(("depth", "alpha"), FLAT)
def test_a_lie_is_caught(programs: list[Any], depth: float, alpha: float) -> None:
    with pytest.raises(PrecisionError) as caught:
        solve_conic(FACE_X, FACE_Y, alpha=alpha, depth=depth)
    assert programs[0].status == cvxpy.OPTIMAL
    lie = caught.value.reached
    true = minimiser(FACE_X, FACE_Y, alpha=alpha, depth=depth).distance(lie.beta)
    assert true > 1e-2
    # Nothing else gives it away: it interpolates, and its duality gap is nil.
    assert lie.residual <= 1e-11
    assert lie.gap <= 1e-11
    assert not lie.error < true


def test_the_tolerance_is_that_of_the_certified_error() -> None:
    X, y = data(6)
    error = solve_conic(X, y, alpha=0.1).error
    with pytest.raises(PrecisionError) as caught:
        solve_conic(X, y, alpha=0.1, tol=error / 2)
    assert caught.value.reached.error == error


@pytest.mark.parametrize(("depth", "alpha"), [(2, 1e200), (2, 1e5), (3, 1e4), (4, 1e80)])
def test_a_failure_is_an_error(depth: float, alpha: float) -> None:
    X, y = data(7)
    with pytest.raises(ArithmeticError):
        solve_conic(X, y, alpha=alpha, depth=depth)


def test_no_equation_leaves_the_start() -> None:
    found = solve_conic(np.zeros((2, 3)), np.zeros(2), start=(2.0, 1.0))
    assert found.beta == pytest.approx([3.0, 3.0, 3.0], rel=1e-5)


def test_nothing_certifies_an_error_relative_to_zero() -> None:
    X, _ = data(8)
    with pytest.raises(PrecisionError) as caught:
        solve_conic(X, np.zeros(3), alpha=0.1)
    assert np.abs(caught.value.reached.beta).max() <= 1e-6


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({}, ValueError),
        ({"alpha": 1, "log_alpha": 0}, ValueError),
        ({"alpha": 0}, ValueError),
        ({"alpha": 1, "depth": 1.5}, ValueError),
        ({"alpha": 1, "depth": "2"}, TypeError),
        ({"alpha": 1, "tol": 0}, ValueError),
        ({"alpha": 1, "start": 1.0}, ValueError),
        ({"alpha": 1, "depth": math.inf, "start": (1.0, 1.0)}, ValueError),
    ],
)
def test_the_door_is_that_of_solve(options: dict[str, Any], error: type[Exception]) -> None:
    X, y = data(9)
    messages = []
    for entry in (solve, solve_conic):
        with pytest.raises(error) as caught:
            entry(X, y, **options)
        messages.append(str(caught.value))
    assert messages[0] == messages[1]


def test_contradicting_equations_are_infeasible() -> None:
    X, y = data(10)
    with pytest.raises(InfeasibleError):
        solve_conic(np.vstack([X, X[:1]]), np.append(y, y[0] + 1), alpha=1)
