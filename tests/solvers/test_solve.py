"""What ``solve`` returns: its limits, its symmetries, special data, kinds of input."""

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from implicitbias import Solution, min_l1, min_l2, solve
from tests.solvers.problems import DEPTHS, FACE_T, FACE_X, FACE_Y, SAME, data, distance
from tests.solvers.reference import minimiser

FLOW_TOL = 1e-6  # the flow is integrated to rtol 1e-10 until the residual is below 1e-9
ALL_DEPTHS = [*DEPTHS, 10, math.inf]


# Limits


@pytest.mark.parametrize("depth", ALL_DEPTHS)
def test_large_alpha_gives_the_minimum_l2_norm(depth: float) -> None:
    X, y = data(0)
    found = solve(X, y, alpha=1e4, depth=depth).beta
    assert distance(found, min_l2(X, y).beta) <= SAME


@pytest.mark.parametrize(("depth", "log_alpha"), [(2, -200.0), (3, -16.0), (4, -14.0)])
def test_small_alpha_gives_the_minimum_l1_norm(depth: float, log_alpha: float) -> None:
    X, y = data(1)
    found = solve(X, y, log_alpha=log_alpha, depth=depth).beta
    # At D >= 3 the excess falls like alpha^D times d: 1e-16 would be e^(-36.8).
    assert distance(found, min_l1(X, y).beta) <= SAME


@pytest.mark.parametrize(
    ("depth", "log_alpha"), [(2, -15.0), (3, -15.0), (4, -8.0), (math.inf, -18.0)]
)
def test_small_alpha_selects_among_l1_minimisers(depth: float, log_alpha: float) -> None:
    # Alphas near the last one that doubles certify are small enough: what is left of alpha is
    # below 1e-9, and so is the rounding.
    found = solve(FACE_X, FACE_Y, log_alpha=log_alpha, depth=depth).beta
    assert abs(found[2] - FACE_T[depth]) <= 1e-9


def test_depth_is_continuous_at_2() -> None:
    X, y = data(2)
    near = solve(X, y, alpha=0.1, depth=2 + 1e-6).beta
    assert distance(near, solve(X, y, alpha=0.1, depth=2).beta) <= 1e-4


# Symmetries


@pytest.mark.parametrize("depth", ALL_DEPTHS)
@pytest.mark.parametrize("alpha", [10.0, 0.1, 0.01])
def test_symmetries(depth: float, alpha: float) -> None:
    X, y = data(3)
    rng = np.random.default_rng(4)
    power = 1 if math.isinf(depth) else depth
    beta = solve(X, y, alpha=alpha, depth=depth).beta

    signs, order = rng.choice([-1.0, 1.0], 7), rng.permutation(7)
    assert distance(solve(X * signs, y, alpha=alpha, depth=depth).beta, signs * beta) <= SAME
    assert distance(solve(X[:, order], y, alpha=alpha, depth=depth).beta, beta[order]) <= SAME
    assert distance(solve(X, -y, alpha=alpha, depth=depth).beta, -beta) <= SAME
    assert distance(solve(X[::-1], y[::-1], alpha=alpha, depth=depth).beta, beta) <= SAME

    rotation = np.linalg.qr(rng.standard_normal((3, 3)))[0]
    assert distance(solve(rotation @ X, rotation @ y, alpha=alpha, depth=depth).beta, beta) <= SAME

    for scale in (1e-3, 7.0):
        joint = solve(scale * X, scale * y, alpha=alpha, depth=depth).beta
        assert distance(joint, beta) <= SAME
        larger = solve(X, scale**power * y, alpha=scale * alpha, depth=depth).beta
        assert distance(larger, scale**power * beta) <= SAME


@pytest.mark.parametrize("depth", [2, 3, 5])
@pytest.mark.parametrize("exponent", [150, -150])
def test_covariance_at_the_ends_of_the_doubles(depth: int, exponent: int) -> None:
    X, y = data(5)
    scale, log_scale = 10.0**exponent, exponent * math.log(10)
    beta = solve(X, y, alpha=0.1, depth=depth).beta
    joint = solve(scale * X, scale * y, alpha=0.1, depth=depth).beta
    assert distance(joint, beta) <= SAME
    shifted = math.log(0.1) + log_scale / depth
    targets = solve(X, scale * y, log_alpha=shifted, depth=depth)
    assert distance(targets.beta / scale, beta) <= SAME
    design = solve(X / scale, y, log_alpha=shifted, depth=depth)
    assert distance(design.beta / scale, beta) <= SAME
    # Rows may differ by as much.
    rows = np.array([scale, 1.0, 1 / scale])
    assert distance(solve(rows[:, None] * X, rows * y, alpha=0.1, depth=depth).beta, beta) <= SAME
    for limit in (min_l1, min_l2):
        plain = limit(X, y).beta
        assert distance(limit(scale * X, scale * y).beta, plain) <= SAME
        assert distance(limit(X, scale * y).beta / scale, plain) <= SAME


@settings(max_examples=40, derandomize=True, deadline=None)
@given(
    st.integers(0, 10**6),
    st.integers(1, 5),
    st.integers(0, 8),
    st.sampled_from(DEPTHS),
    st.floats(-3, 2),
)
def test_every_gaussian_problem_is_certified(
    seed: int, n: int, more: int, depth: float, exponent: float
) -> None:
    X, y = data(seed, n, n + more)
    solution = solve(X, y, alpha=10**exponent, depth=depth)
    assert solution.error <= 1e-8
    assert np.linalg.norm(X @ solution.beta - y) <= 1e-10 * np.linalg.norm(y)


# Special data


@pytest.mark.parametrize("depth", ALL_DEPTHS)
def test_zero_targets_have_the_zero_solution(depth: float) -> None:
    X, _ = data(6)
    for alpha in (1e-3, 1.0, 100.0):
        solution = solve(X, np.zeros(3), alpha=alpha, depth=depth)
        assert not solution.beta.any()
        assert solution.residual == solution.gap == solution.error == 0.0
    assert not min_l1(X, np.zeros(3)).beta.any()
    assert not min_l2(X, np.zeros(3)).beta.any()


@pytest.mark.parametrize("depth", [2, 3])
def test_zero_targets_from_a_biased_start(depth: int) -> None:
    X, _ = data(6)
    start = (np.linspace(0.5, 1.5, 7), np.ones(7))
    solution = solve(X, np.zeros(3), depth=depth, start=start)
    truth = minimiser(X, np.zeros(3), depth=depth, alpha=1.0, start=start)
    assert truth.distance(solution.beta) <= solution.error <= 1e-8


@pytest.mark.parametrize("depth", ALL_DEPTHS)
def test_zero_columns_get_zero_and_change_nothing(depth: float) -> None:
    X, y = data(7)
    beta = solve(X, y, alpha=0.1, depth=depth).beta
    wide = solve(np.insert(X, [0, 3], 0.0, axis=1), y, alpha=0.1, depth=depth).beta
    assert wide[0] == wide[4] == 0.0
    assert distance(np.delete(wide, [0, 4]), beta) <= SAME


@pytest.mark.parametrize("depth", ALL_DEPTHS)
@pytest.mark.parametrize("alpha", [10.0, 0.1, 1e-3])
def test_equal_columns_share_equally_and_opposite_ones_oppositely(
    depth: float, alpha: float
) -> None:
    X, y = data(8)
    beta = solve(np.column_stack([X, X[:, 0], -X[:, 0]]), y, alpha=alpha, depth=depth).beta
    assert abs(beta[7] - beta[0]) <= SAME * np.abs(beta).max()
    assert abs(beta[8] + beta[0]) <= SAME * np.abs(beta).max()


def test_repeated_rows_and_zero_rows_change_nothing() -> None:
    X, y = data(9)
    beta = solve(X, y, alpha=0.1, depth=3).beta
    more = solve(
        np.vstack([X, 2 * X[1], 0 * X[0]]), np.array([*y, 2 * y[1], 0]), alpha=0.1, depth=3
    )
    assert distance(more.beta, beta) <= SAME
    assert more.dual.shape == (5,)


@pytest.mark.parametrize("depth", ALL_DEPTHS)
@pytest.mark.parametrize("shape", [(1, 1), (3, 1), (4, 4), (6, 3)])
def test_a_single_interpolator_is_found_at_every_depth(
    depth: float, shape: tuple[int, int]
) -> None:
    rng = np.random.default_rng(10)
    X, beta = rng.integers(-5, 6, shape) + 0.5, rng.integers(1, 5, shape[1])
    for alpha in (1e-3, 1.0, 10.0):
        assert distance(solve(X, X @ beta, alpha=alpha, depth=depth).beta, beta) <= 1e-8
    assert distance(min_l1(X, X @ beta).beta, beta) <= 1e-8
    assert distance(min_l2(X, X @ beta).beta, beta) <= 1e-8


def test_no_equations_leave_the_start() -> None:
    X, y = np.zeros((2, 3)), np.zeros(2)
    assert distance(solve(X, y, start=(2.0, 1.0)).beta, np.full(3, 3.0)) <= 1e-14
    assert distance(solve(X, y, depth=3, alpha=2.0, start=(2, 1)).beta, np.full(3, 56.0)) <= 1e-14


def test_one_equation_against_its_closed_form() -> None:
    # D = 2: beta_i = 2 alpha^2 sinh(x_i nu), one unknown nu.
    x = np.array([1.0, 2, -3])
    y = float((x * 2 * 0.01 * np.sinh(1.5 * x)).sum())
    solution = solve(x[None], [y], alpha=0.1)
    assert distance(solution.beta, 0.02 * np.sinh(1.5 * x)) <= SAME
    assert abs(solution.dual[0] - 1.5) <= SAME


# Kinds of input


def test_integers_floats_tables_and_sparse_matrices_agree() -> None:
    X = np.array([[2, 0, 1, -3], [1, 4, 0, 5]])
    y = np.array([3, -2])
    beta = solve(X.astype(float), y.astype(float), alpha=0.1, depth=3).beta
    inputs: list[tuple[Any, Any]] = [
        (X, y),
        (X.tolist(), y.tolist()),
        (X.astype(np.int8), y.astype(np.int8)),
        (X.astype(np.float32), y.astype(np.float32)),
        (X.astype(np.float16), y),
        (pd.DataFrame(X), pd.Series(y, index=["p", "q"])),
        (np.asfortranarray(X), y[:, None]),
        *((kind(X), y) for kind in (sp.csr_matrix, sp.csc_array, sp.coo_array, sp.lil_matrix)),
    ]
    for design, targets in inputs:
        assert distance(solve(design, targets, alpha=0.1, depth=3).beta, beta) <= SAME
        assert distance(min_l1(design, targets).beta, min_l1(X, y).beta) <= SAME
        assert distance(min_l2(design, targets).beta, min_l2(X, y).beta) <= SAME


def test_float32_is_taken_at_its_word() -> None:
    X, y = data(11)
    narrow_X, narrow_y = X.astype(np.float32), y.astype(np.float32)
    beta = solve(narrow_X, narrow_y, alpha=0.1).beta
    assert beta.dtype == np.float64
    assert (
        distance(beta, solve(narrow_X.astype(float), narrow_y.astype(float), alpha=0.1).beta) == 0
    )


def test_input_is_left_as_it_was() -> None:
    X, y = data(12)
    X_before, y_before = X.copy(), y.copy()
    sparse = sp.csr_array(X)
    for design in (X, sparse):
        for solver in (min_l1, min_l2, lambda X, y: solve(X, y, alpha=0.1)):
            solver(design, y)
    assert np.array_equal(X, X_before) and np.array_equal(y, y_before)
    assert (sparse.toarray() == X_before).all()


def test_log_alpha_and_alpha_agree() -> None:
    X, y = data(13)
    for alpha in (100.0, 1e-3):
        one = solve(X, y, alpha=alpha)
        other = solve(X, y, log_alpha=math.log(alpha))
        assert (one.beta == other.beta).all()
        assert one.log_alpha == other.log_alpha == math.log(alpha)


@pytest.mark.parametrize("depth", [3, 3.0, np.int64(3), np.float64(3), np.float32(3)])
def test_every_real_type_of_depth(depth: Any) -> None:
    X, y = data(14)
    solution = solve(X, y, alpha=0.1, depth=depth)
    assert solution.depth == 3
    assert distance(solution.beta, solve(X, y, alpha=0.1, depth=3).beta) == 0


# The limits' own fields


def test_limits_leave_out_what_does_not_apply() -> None:
    X, y = data(20)
    for solution in (min_l1(X, y), min_l2(X, y)):
        assert isinstance(solution, Solution)
        assert solution.error is solution.log_alpha is solution.depth is None
        assert 0 <= solution.gap <= 1e-12
        assert solution.residual <= 1e-13
    assert min_l2(X, y).iterations is None
    assert min_l1(X, y).iterations >= 0


@pytest.mark.parametrize("seed", range(5))
def test_l1_dual_is_feasible_and_tight(seed: int) -> None:
    X, y = data(100 + seed, 4, 9)
    solution = min_l1(X, y)
    slope = X.T @ solution.dual
    assert np.abs(slope).max() <= 1 + 1e-12
    assert (
        abs(y @ solution.dual - np.abs(solution.beta).sum()) <= 1e-9 * np.abs(solution.beta).sum()
    )
    support = solution.beta != 0
    assert np.allclose(slope[support], np.sign(solution.beta[support]), rtol=0, atol=1e-9)


@pytest.mark.parametrize("seed", range(5))
def test_l2_dual_generates_the_solution(seed: int) -> None:
    X, y = data(200 + seed, 4, 9)
    solution = min_l2(X, y)
    assert distance(X.T @ solution.dual, solution.beta) <= 1e-12
    assert distance(solution.beta, np.linalg.pinv(X) @ y) <= 1e-12


def test_dual_is_the_mirror_image() -> None:
    X, y = data(21)
    two = solve(X, y, alpha=0.1)
    assert distance(X.T @ two.dual, np.arcsinh(two.beta / (2 * 0.01))) <= 1e-10
    three = solve(X, y, alpha=0.1, depth=3)
    s = X.T @ three.dual
    assert distance(1e-3 * ((1 - s) ** -3 - (1 + s) ** -3), three.beta) <= 1e-8
