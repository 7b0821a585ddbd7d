"""The path along alpha: the same answers as one by one, far beyond what a double alpha holds."""

import math

import numpy as np
import pytest

from implicitbias import PrecisionError, min_l1, path, solve
from tests.solvers.reference import minimiser

LN10 = math.log(10.0)


def noisy(seed: int, N: int = 20, d: int = 50) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((N, d))
    return X, X[:, :3].sum(axis=1) + 0.1 * rng.standard_normal(N)


def dyadic(seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """An exactly sparse plant: y = X beta holds in doubles, with fewer than N weights."""
    rng = np.random.default_rng(seed)
    X = rng.integers(-1024, 1025, (20, 50)) / 1024
    beta = np.zeros(50)
    beta[:4] = [1, -2, 3, 1]
    return X, X @ beta, beta


@pytest.mark.parametrize("depth", [2, 3])
def test_path_agrees_with_solve_in_the_order_given(depth):
    X, y = noisy(0)
    alphas = [1e-3, 1e2, 1e-1, 1e-3, 1.0]
    found = path(X, y, alphas=alphas, depth=depth)
    assert found.betas.shape == (5, 50)
    np.testing.assert_allclose(found.log_alphas, np.log(alphas))
    for alpha, beta, solution in zip(alphas, found.betas, found.solutions, strict=True):
        alone = solve(X, y, alpha=alpha, depth=depth)
        np.testing.assert_array_equal(solution.beta, beta)
        assert solution.log_alpha == alone.log_alpha
        bound = (alone.error + solution.error) * np.abs(beta).max() * 1.01
        assert np.abs(beta - alone.beta).max() <= bound


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize(
    ("depth", "last"), [(2, -10000), (3, -300), (4, -300), (5, -300), (10, -300)]
)
def test_generic_data_is_certified_down_to_the_last_alpha(depth, last, seed):
    X, y = noisy(seed)
    exponents = [2, 0, -1, -3, -10, -30, -100, -200, -300, *([-1000, -10000] if depth == 2 else [])]
    found = path(X, y, log_alphas=[LN10 * e for e in exponents if e >= last], depth=depth)
    assert max(solution.error for solution in found.solutions) <= 1e-8
    least = min_l1(X, y)
    # The excess falls like alpha^(2(1-a)) at depth 2, and like alpha^D beyond: gone by here.
    assert np.abs(found.betas[-1] - least.beta).max() <= 1e-9


RANGE = [2, 1, 0, -1, -2, -3, -4, -6, -8, -12, -16, -30, -100, -300]  # powers of ten


def every_alpha(depth: float) -> list[float]:
    """ln alpha, from 1e2 to the last alpha that the package promises at this depth."""
    return [LN10 * e for e in RANGE + ([-1000, -10000] if depth == 2 else [])]


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("depth", [2, 3, 4, 5, 10])
def test_exactly_sparse_plants_are_certified_at_every_alpha(depth, seed):
    X, y, beta = dyadic(seed)
    found = path(X, y, log_alphas=every_alpha(depth), depth=depth)
    assert max(solution.error for solution in found.solutions) <= 1e-8
    assert np.abs(found.betas[-1] - beta).max() <= 1e-9


@pytest.mark.parametrize("depth", [2, 3, 4, 5, 10])
@pytest.mark.parametrize("kind", ["noisy", "dyadic", "ill-conditioned"])
def test_every_kind_of_data_is_certified_at_every_alpha(depth, kind):
    rng = np.random.default_rng(11)
    X, y = noisy(11, 40, 100)
    if kind == "dyadic":
        X = rng.integers(-1024, 1025, (40, 100)) / 1024
        y = X[:, :5] @ [1.0, -2, 3, 1, 2]
    elif kind == "ill-conditioned":
        left, right = (np.linalg.qr(rng.standard_normal((size, 40)))[0] for size in (40, 100))
        X = (left * np.geomspace(1, 1e-8, 40)) @ right.T
        y = X @ rng.standard_normal(100)
    found = path(X, y, log_alphas=every_alpha(depth), depth=depth)
    assert max(solution.error for solution in found.solutions) <= 1e-8
    if kind == "ill-conditioned":
        assert np.linalg.cond(X) > 0.9e8
        # Without the preconditioning the equations are not even solved to this.
        assert max(solution.residual for solution in found.solutions) <= 1e-10


@pytest.mark.parametrize("depth", [2, 3])
def test_ill_conditioned_data_get_the_exact_minimiser(depth):
    rng = np.random.default_rng(12)
    left, right = (np.linalg.qr(rng.standard_normal((size, 3)))[0] for size in (3, 7))
    X = (left * [1, 1e-4, 1e-8]) @ right.T
    y = X @ rng.standard_normal(7)
    for alpha in (1.0, 0.03):
        solution = solve(X, y, alpha=alpha, depth=depth)
        truth = minimiser(X, y, depth=depth, alpha=alpha)
        assert truth.distance(solution.beta) <= solution.error <= 1e-8


def test_alphas_that_settle_are_those_of_solve():
    # Far out many alphas are solved at once, by sweeps: the same answers as one by one.
    X, y = noisy(4)
    logs = [-300.0, -500.0, -700.0, -1500.0]
    found = path(X, y, log_alphas=logs)
    for log_alpha, beta in zip(logs, found.betas, strict=True):
        np.testing.assert_allclose(beta, solve(X, y, log_alpha=log_alpha).beta, rtol=0, atol=1e-12)


@pytest.mark.parametrize("scale", [1e150, 1e-150])
def test_scaled_data_give_the_scaled_path(scale):
    X, y = noisy(1)
    plain = path(X, y, log_alphas=[0.0, -20.0, -200.0])
    scaled = path(X * scale, y * scale, log_alphas=[0.0, -20.0, -200.0])
    np.testing.assert_allclose(scaled.betas, plain.betas, rtol=0, atol=1e-11)


def test_failure_keeps_what_was_certified():
    X, y = noisy(2)
    # A tiny alpha at depth 3 whose slack no double holds, before and after alphas that are fine.
    with pytest.raises(PrecisionError) as caught:
        path(X, y, log_alphas=[-2.0, -1e300, 0.0], depth=3)
    partial = caught.value.partial
    assert partial is not None
    np.testing.assert_array_equal(partial.log_alphas, [-2.0, 0.0])
    assert partial.betas.shape == (2, 50)
    assert caught.value.reached.log_alpha == -1e300


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({}, "pass either alphas or log_alphas"),
        ({"alphas": [1.0], "log_alphas": [0.0]}, "pass either alphas or log_alphas"),
        ({"alphas": []}, "at least one number"),
        ({"alphas": [[1.0]]}, "list of at least one number"),
        ({"alphas": [1.0, 0.0]}, "alpha must be > 0, got .*0.0"),
        ({"alphas": [1.0, math.nan]}, "alpha must be finite, got .*nan"),
    ],
)
def test_bad_alphas_are_refused(arguments, message):
    X, y = noisy(3)
    with pytest.raises(ValueError, match=message):
        path(X, y, **arguments)
