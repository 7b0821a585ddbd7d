"""The nearest weights: against brute force, and against the depth-4 potential at depth 2."""

import math
import re
from typing import Any

import numpy as np
import pytest

from implicitbias import InfeasibleError, PrecisionError, min_l2, solve, solve_explicit
from implicitbias.inputs.problem import Problem
from implicitbias.potentials import Explicit
from implicitbias.solvers.basis_pursuit.highs import HighsError
from implicitbias.solvers.nearest_weights.coordinate import (
    conjugate,
    distance,
    inflection,
    multiplier,
    split,
)
from implicitbias.solvers.nearest_weights.local import nearest
from implicitbias.studies.planted_model import planted_model

X, Y = np.array([[1.0, 0.6]]), np.array([1.3])
DEPTHS = (2.5, 3, 4, 7)
GRID = 1e-4  # relative: what the grids of the brute force are off by


def brute_distance(beta: np.ndarray, scale: float, depth: float) -> np.ndarray:
    """The least ``(p - scale)^2 + (m - scale)^2`` with ``p^D - m^D = |beta|``, over a fine grid."""
    m = scale * (1 - np.geomspace(1e-7, 1, 4001))
    p = (np.abs(beta)[:, None] + m**depth) ** (1 / depth)
    return ((p - scale) ** 2 + (m - scale) ** 2).min(axis=1)


def along_the_line(alpha: float, depth: float, start: tuple[float, float] = (1.0, 1.0)) -> Any:
    """The solutions (b, (1.3 - b)/0.6) of one equation, and their values."""
    b = np.linspace(-0.5, 2.5, 3001)
    other = (Y[0] - b) / 0.6
    values = sum(
        brute_distance(x, alpha * a, depth) for x, a in zip((b, other), start, strict=True)
    )
    return b, values


@pytest.mark.parametrize("alpha", [3.0, 0.5, 0.05])
@pytest.mark.parametrize("start", [None, (1.0, 1.0), (0.4, 2.0)])
def test_depth_two_is_the_least_distance(alpha: float, start: Any) -> None:
    pair = None if start is None else (np.array(start), np.array(start))
    found = solve_explicit(X, Y, alpha=alpha, start=pair)
    b, values = along_the_line(alpha, 2, start or (1.0, 1.0))
    assert abs(found.beta[0] - b[values.argmin()]) < 2e-3
    assert found.error is not None and found.error <= 1e-8
    assert (found.status, found.depth, found.log_alpha) == ("global", 2, math.log(alpha))
    scale = alpha * np.array(start or (1.0, 1.0))
    slope = Explicit().mirror(found.beta / scale**2)
    np.testing.assert_allclose(X.T @ found.dual, slope, rtol=1e-9)


def test_depth_two_is_the_implicit_one_of_depth_four() -> None:
    plant = planted_model(np.random.default_rng(0), 20, 50, 3, 0.01)
    for alpha in (10.0, 0.1, 1e-3):
        explicit = solve_explicit(plant.X, plant.y, alpha=alpha)
        deep = solve(plant.X, plant.y, alpha=math.sqrt(alpha), depth=4)
        size = np.abs(deep.beta).max()
        np.testing.assert_allclose(explicit.beta, deep.beta, atol=1e-8 * size)
        if alpha < 1:
            shallow = solve(plant.X, plant.y, alpha=alpha)
            assert np.abs(explicit.beta - shallow.beta).max() > 1e-3 * size


def test_depth_two_reaches_alphas_that_no_double_holds() -> None:
    found = solve_explicit(X, Y, log_alpha=-400.0)
    assert found.error is not None and found.error <= 1e-8
    np.testing.assert_allclose(found.beta, [1.3, 0], atol=1e-12)  # the least l1 norm


def test_the_local_method_agrees_with_the_certified_one_next_to_depth_two() -> None:
    """It shares no formula with ``solve``."""
    plant = planted_model(np.random.default_rng(1), 8, 20, 3, 0.01)
    problem = Problem.from_data(plant.X, plant.y, 1e-10)
    for alpha in (1.0, 0.1):
        certified = solve_explicit(plant.X, plant.y, alpha=alpha).beta
        local = nearest(problem, math.log(alpha), np.zeros(20), 2 + 1e-9, 1e-10)
        np.testing.assert_allclose(local.beta, certified, atol=1e-7)


@pytest.mark.parametrize("depth", DEPTHS)
@pytest.mark.parametrize("alpha", [2.0, 0.8, 0.3, 0.01])
def test_deeper_answers_are_stationary_and_above_their_lower_bound(
    depth: float, alpha: float
) -> None:
    found = solve_explicit(X, Y, alpha=alpha, depth=depth)
    b, values = along_the_line(alpha, depth)
    value = brute_distance(found.beta, alpha, depth).sum()
    least = values.min()
    assert (1 - found.gap) * value <= least + GRID * value
    assert value >= least - GRID * value
    near = np.abs(b - found.beta[0]) < 0.02
    assert values[near].min() >= value - GRID * value  # no better neighbour
    assert found.error is None and found.residual <= 1e-12
    if alpha >= 0.3:  # else beta[1] is below the rounding of beta[0]
        slope = multiplier(found.beta / alpha**depth, depth)
        np.testing.assert_allclose(X.T @ found.dual, slope, rtol=1e-7)
    if found.status == "global":
        assert value <= least + GRID * value
    assert found.status == {2.0: "global", 0.8: found.status}.get(alpha, "stationary")


def test_the_lower_bound_says_when_a_better_one_may_exist() -> None:
    plant = planted_model(np.random.default_rng(0), 20, 50, 3, 0.01)
    gaps = [solve_explicit(plant.X, plant.y, alpha=a, depth=3).gap for a in (3.0, 0.2, 0.05)]
    assert gaps[0] == 0 < gaps[1] < gaps[2] < 1


@pytest.mark.parametrize("depth", [2, *DEPTHS, 10])
def test_a_coordinate_splits_into_its_nearest_weights(depth: float) -> None:
    z = np.concatenate([[0.0], np.geomspace(1e-14, 1e12, 300)])
    e, f = split(z, depth)
    large = z > 1e-2
    np.testing.assert_allclose(((1 + e) ** depth - (1 - f) ** depth)[large], z[large], rtol=1e-12)
    np.testing.assert_allclose(
        (e / (1 + e) ** (depth - 1))[1:], (f / (1 - f) ** (depth - 1))[1:], rtol=1e-12
    )
    some = np.array([1e-3, 0.5, 3.0, 50.0])
    np.testing.assert_allclose(distance(some, depth), brute_distance(some, 1, depth), rtol=1e-4)
    h = 1e-6 * some
    slope = (distance(some + h, depth) - distance(some - h, depth)) / (2 * h)
    np.testing.assert_allclose(multiplier(some, depth), slope, rtol=1e-7)
    # What the reweighted least norms rest on.
    assert (np.diff(multiplier(z[1:], depth) / z[1:]) <= 1e-15).all()
    if depth == 2:
        np.testing.assert_allclose(distance(z, 2), Explicit().value(z), rtol=1e-14)


@pytest.mark.parametrize("depth", DEPTHS)
def test_the_conjugate_is_the_largest_in_the_box(depth: float) -> None:
    top = inflection(depth)
    curvature = np.diff(multiplier(np.linspace(0.9 * top, 1.1 * top, 201), depth))
    assert (curvature[:95] > 0).all() and (curvature[-95:] < 0).all()
    s = np.geomspace(1e-4, 1.0, 30)
    for box in (0.5 * top, 20 * top):
        z = np.concatenate([[0.0], np.geomspace(1e-6 * box, box, 8001)])
        brute = (s[:, None] * z - distance(z, depth)).max(axis=1)
        ours = conjugate(s, np.full(30, box), depth)
        assert (ours >= brute - 1e-12).all()
        np.testing.assert_allclose(ours, brute, rtol=1e-4, atol=1e-6 * s.max())


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"alpha": 1.0, "depth": math.inf}, ValueError, "needs a finite depth"),
        ({"alpha": 1.0, "depth": 1}, ValueError, "depth must be >= 2"),
        ({}, ValueError, "pass alpha > 0"),
        ({"start": (1.0, 2.0)}, ValueError, r"start \(a, a\), got 1.0 and 2.0 at column 0"),
        ({"log_alpha": -400.0, "depth": 3}, ArithmeticError, "beyond doubles"),
    ],
)
def test_bad_input_is_refused(options: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        solve_explicit(X, Y, **options)


def test_equations_without_solution_are_refused() -> None:
    with pytest.raises(InfeasibleError):
        solve_explicit(np.vstack([X, X]), np.array([1.0, 2.0]), alpha=1.0)


def test_zero_targets_have_the_zero_solution() -> None:
    for depth in (2, 3):
        found = solve_explicit(X, [0.0], alpha=1.0, depth=depth)
        assert (found.beta == 0).all() and found.gap == 0


def test_nothing_uncertified_is_returned_at_depth_two() -> None:
    with pytest.raises(PrecisionError):
        solve_explicit(X, Y, alpha=0.1, tol=1e-40)


@pytest.mark.parametrize("depth", [2.5, 3, 4])
@pytest.mark.parametrize("wide", [[1.0, 1e3, 1.0], [1.0, 1.0, 1e4], [1e-3, 1.0, 1e3]])
def test_starts_far_apart_solve_the_equations_all_the_same(depth: float, wide: list[float]) -> None:
    solution = solve_explicit(X_THREE, Y_TWO, alpha=1.0, depth=depth, start=(wide, wide))
    assert solution.residual < 1e-13
    nearby = solution.beta + np.outer([-1e-3, 1e-3], [-5.0, 1.0, 1.0])  # X (-5, 1, 1) = 0
    here, *others = (total_distance(b, np.array(wide), depth) for b in (solution.beta, *nearby))
    assert here <= min(others) * (1 + 1e-12)


def total_distance(beta: Any, scale: Any, depth: float) -> float:
    return float(scale**2 @ distance(np.abs(beta) / scale**depth, depth))


X_THREE, Y_TWO = np.array([[1.0, 2, 3], [0, 1, -1]]), np.array([1.0, 2])


@pytest.mark.parametrize(("depth", "log_alpha"), [(3, 20.0), (3, 150.0), (4, 100.0)])
def test_any_large_alpha_gives_the_least_l2_norm(depth: float, log_alpha: float) -> None:
    solution = solve_explicit(X_THREE, Y_TWO, log_alpha=log_alpha, depth=depth)
    np.testing.assert_allclose(solution.beta, min_l2(X_THREE, Y_TWO).beta, rtol=1e-13)
    assert solution.status == "global" and solution.gap == 0.0
    multiplier = X_THREE.T @ solution.dual
    wanted = solution.beta / depth**2 * math.exp(-depth * log_alpha)
    np.testing.assert_allclose(multiplier, wanted, rtol=1e-12)


def test_a_saddle_between_two_vertices_is_left() -> None:
    solution = solve_explicit([[1.0, 1.0]], [1.0], alpha=0.01, depth=4)
    assert np.abs(solution.beta).max() == pytest.approx(1, abs=1e-9)
    assert solution.gap < 1e-6


def test_the_least_l1_norm_is_a_help_and_no_need(monkeypatch: pytest.MonkeyPatch) -> None:
    def gives_up(A: Any, b: Any) -> None:
        raise HighsError("HiGHS")

    better = solve_explicit(X_THREE, Y_TWO, alpha=0.01, depth=4)
    monkeypatch.setattr("implicitbias.solvers.nearest_weights.local.basis_pursuit", gives_up)
    plain = solve_explicit(X_THREE, Y_TWO, alpha=0.01, depth=4)
    ones = np.ones(3)
    values = [total_distance(s.beta, 0.01 * ones, 4) for s in (better, plain)]
    assert values[0] <= values[1] * (1 + 1e-12) and plain.status == "stationary"


@pytest.mark.parametrize(
    ("start", "way_out"),
    [(None, "solve(X, y, depth=4, log_alpha=-34.5"), ((1.0, 1.0), "take a larger alpha; .reached")],
)
def test_what_doubles_do_not_certify_names_the_same_problem_or_none(
    start: Any, way_out: str
) -> None:
    with pytest.raises(PrecisionError, match=re.escape(way_out)) as caught:
        solve_explicit([[1.0, 1.0, 0.5]], [1.0], alpha=1e-30, start=start)
    assert caught.value.reached.beta.shape == (3,)


def test_a_residual_above_tol_is_an_error_at_depth_three() -> None:
    with pytest.raises(PrecisionError, match=r"residual .* above 1e-18; take a larger alpha"):
        X = np.random.default_rng(0).normal(size=(5, 9))
        solve_explicit(X, np.ones(5), alpha=0.1, depth=3, tol=1e-18)
