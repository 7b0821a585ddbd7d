"""Where doubles do not reach: ``solve`` is right or says so."""

import math

import numpy as np
import pytest

from implicitbias import PrecisionError, Solution, min_l2, solve
from tests.solvers.problems import FACE_T, FACE_X, FACE_Y, SAME, distance
from tests.solvers.reference import minimiser


def test_precision_error_keeps_what_was_reached() -> None:
    # Along the l1 face the curvature is alpha^(D/2) or so: below it the rounding of nu is felt.
    with pytest.raises(PrecisionError, match="not certified") as caught:
        solve(FACE_X, FACE_Y, log_alpha=-30.0, depth=3)
    reached = caught.value.reached
    assert isinstance(caught.value, ArithmeticError)
    assert isinstance(reached, Solution)
    assert reached.beta.shape == (3,)
    assert reached.log_alpha == -30.0 and reached.depth == 3
    assert reached.residual <= 1e-10
    truth = minimiser(FACE_X, FACE_Y, depth=3, log_alpha=-30.0)
    assert truth.distance(reached.beta) <= reached.error
    assert reached.error > 1e-8


@pytest.mark.parametrize("log_alpha", [-25.0, -60.0])
def test_precision_error_has_no_nan(log_alpha: float) -> None:
    with pytest.raises(PrecisionError) as caught:
        solve(FACE_X, FACE_Y, log_alpha=log_alpha, depth=4)
    reached = caught.value.reached
    assert not any(math.isnan(v) for v in (reached.residual, reached.gap, reached.error))


def test_exactly_sparse_plant_is_right_or_an_error() -> None:
    X = np.array([[1.0, 0, 1, 2, 4], [0, 1, 2, -1, 3], [2, -1, 0, 3, 1]])
    for depth in (2, 3, 5):
        for log_alpha in (-3.0, -7.0, -12.0, -20.0, -40.0):
            try:
                solution = solve(X, X[:, 1], log_alpha=log_alpha, depth=depth)
            except PrecisionError:
                continue
            truth = minimiser(X, X[:, 1], depth=depth, log_alpha=log_alpha)
            assert truth.distance(solution.beta) <= solution.error


@pytest.mark.parametrize("depth", [2, 2.001, 3, 5, math.inf])
@pytest.mark.parametrize("log_alpha", [1e4, 100.0, -60.0, -1e4])
def test_extreme_alpha_is_right_or_an_error(depth: float, log_alpha: float) -> None:
    limit = min_l2(FACE_X, FACE_Y).beta
    try:
        solution = solve(FACE_X, FACE_Y, log_alpha=log_alpha, depth=depth)
    except PrecisionError as error:
        assert np.isfinite(error.reached.beta).all()
        return
    assert np.isfinite(solution.beta).all()
    if log_alpha > 0:
        assert distance(solution.beta, limit) <= SAME
    elif depth in FACE_T:
        assert abs(solution.beta[2] - FACE_T[depth]) <= 1e-9
    else:
        assert FACE_T[2] <= solution.beta[2] <= FACE_T[math.inf]


@pytest.mark.parametrize("tiny", [1e-4, 1e-6, 1e-8, 1e-10])
@pytest.mark.parametrize("columns", [2, 3])
def test_nearly_dependent_rows_are_right_or_an_error(tiny: float, columns: int) -> None:
    X = np.ones((2, columns))
    X[1, 1] += tiny
    y = np.ones(2)
    try:
        solution = solve(X, y, alpha=0.1)
    except PrecisionError:
        return
    truth = minimiser(X, y, depth=2, alpha=0.1)
    assert truth.distance(solution.beta) <= solution.error <= 1e-8


@pytest.mark.parametrize("depth", [2, 3, 5, 10])
@pytest.mark.parametrize("spread", [1.0, 3.0])
def test_wild_starts_are_right_or_an_error(depth: int, spread: float) -> None:
    rng = np.random.default_rng(22)
    for _ in range(5):
        X, y = rng.standard_normal((2, 4)), rng.standard_normal(2)
        start = (np.exp(spread * rng.standard_normal(4)), np.exp(spread * rng.standard_normal(4)))
        try:
            solution = solve(X, y, depth=depth, start=start)
        except PrecisionError:
            continue
        truth = minimiser(X, y, depth=depth, alpha=1.0, start=start)
        assert truth.distance(solution.beta) <= solution.error <= 1e-8
