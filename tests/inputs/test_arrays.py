"""Bad input: an error that names the value and the way out; unusual good input: right answers."""

import math
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp

from implicitbias import InfeasibleError, min_l1, min_l2, solve
from implicitbias.inputs.arrays import as_design

X = np.random.default_rng(0).standard_normal((3, 6))
Y = np.array([1.0, -2.0, 0.5])


def with_entry(value) -> np.ndarray:
    bad = X.copy()
    bad[1, 2] = value
    return bad


BAD_DATA = [
    (X, Y[:2], ValueError, r"same number of rows, got X with 3 and y with 2"),
    (X[None], Y, ValueError, r"X must be 2-d \(N, d\), got 3-d with shape \(1, 3, 6\)"),
    (X[0], Y[:1], ValueError, r"got 1-d with shape \(6,\); one equation is X\[None, :\]"),
    (np.empty((0, 6)), np.empty(0), ValueError, r"at least one row and one column, got .*\(0, 6\)"),
    (np.empty((3, 0)), Y, ValueError, r"at least one row and one column, got shape \(3, 0\)"),
    (with_entry(math.nan), Y, ValueError, r"X must be finite, got nan at \(1, 2\)"),
    (with_entry(math.inf), Y, ValueError, r"X must be finite, got inf at \(1, 2\)"),
    (X, [1.0, math.nan, 0.0], ValueError, r"y must be finite, got nan at 1"),
    (X * 1j, Y, TypeError, r"X must be real, got complex numbers \(complex128\)"),
    (X, Y * 1j, TypeError, r"y must be real, got complex numbers"),
    (X.astype(str), Y, TypeError, r"X must be numbers, got <U"),
    (X, ["a", "b", "c"], TypeError, r"y must be numbers, got <U1 such as .*'a'"),
    ([[1.0, 2.0], [3.0]], Y[:2], ValueError, r"X is not an array"),
    (X[:1], np.ones((1, 3)), ValueError, r"y must be 1-d \(N,\), got 2-d with shape \(1, 3\)"),
    (X, np.ones((3, 2)), ValueError, r"y must be 1-d \(N,\), got 2-d with shape \(3, 2\)"),
    (X, sp.csr_array(np.ones((3, 1))), TypeError, r"y must be dense"),
    (sp.csr_array(with_entry(math.nan)), Y, ValueError, r"X must be finite, got nan"),
    (np.full((3, 6), 2**60 + 1), Y, ValueError, r"X has integers above 2\^53"),
    (pd.DataFrame({"a": [1, 2], "b": ["u", "v"]}), Y[:2], TypeError, r"must be numbers, got 'u'"),
    (pd.DataFrame({"a": pd.array([1, None], dtype="Int64")}), Y[:2], ValueError, "must be finite"),
    (pd.DataFrame({"a": [1, None], "b": [2, 3]}), Y[:2], ValueError, r"must be finite, got nan"),
]


@pytest.mark.parametrize(("X", "y", "error", "message"), BAD_DATA)
@pytest.mark.parametrize("solver", [lambda X, y: solve(X, y, alpha=1.0), min_l1, min_l2])
def test_bad_data_is_refused_at_the_door(solver, X, y, error, message):
    with pytest.raises(error, match=message):
        solver(X, y)


BAD_ARGUMENTS = [
    ({}, ValueError, r"pass alpha > 0, or log_alpha .*got neither"),
    ({"alpha": 1, "log_alpha": 0}, ValueError, r"alpha or log_alpha, not both, got 1 and 0"),
    ({"alpha": 0}, ValueError, r"alpha must be > 0, got 0; the limit 0 is min_l1"),
    ({"alpha": -0.5}, ValueError, r"alpha must be > 0, got -0.5"),
    ({"alpha": math.nan}, ValueError, r"alpha must be finite, got nan"),
    ({"alpha": math.inf}, ValueError, r"alpha must be finite, got inf"),
    ({"alpha": 1j}, TypeError, r"alpha must be a real number, got 1j"),
    ({"alpha": True}, TypeError, r"alpha must be a real number, got True"),
    ({"log_alpha": math.nan}, ValueError, r"log_alpha must be finite, got nan"),
    ({"alpha": 1, "depth": 1.5}, ValueError, r"depth must be >= 2, got 1.5; depth 1 is min_l2"),
    ({"alpha": 1, "depth": math.nan}, ValueError, r"depth must be >= 2, got nan"),
    ({"alpha": 1, "depth": "2"}, TypeError, r"depth must be a real number, got '2'"),
    ({"alpha": 1, "tol": 0}, ValueError, r"tol must be in \(0, 1\), got 0"),
    ({"start": (1, 0)}, ValueError, r"start b must be > 0 .*got 0"),
    ({"start": (-1, 1)}, ValueError, r"start a must be > 0 .*got -1"),
    ({"start": (1, math.nan)}, ValueError, r"start b must be finite, got nan"),
    ({"start": 1}, ValueError, r"start must be a pair \(a, b\)"),
    ({"start": (1, 1, 1)}, ValueError, r"start must be a pair \(a, b\)"),
    ({"start": (np.ones(5), 1)}, ValueError, r"start a .*shape \(6,\), got shape \(5,\)"),
    (
        {"start": (1, 2), "depth": math.inf},
        ValueError,
        r"start needs a finite depth, got depth inf",
    ),
]


@pytest.mark.parametrize(("arguments", "error", "message"), BAD_ARGUMENTS)
def test_bad_arguments_are_refused_with_the_value(arguments, error, message):
    with pytest.raises(error, match=message):
        solve(X, Y, **arguments)


@pytest.mark.parametrize("solver", [lambda X, y: solve(X, y, alpha=0.1), min_l1, min_l2])
def test_contradicting_rows_are_infeasible_with_the_distance(solver):
    repeated = np.vstack([X, X[0]])
    with pytest.raises(InfeasibleError, match="has no solution") as caught:
        solver(repeated, [*Y, Y[0] + 1])
    # The nearest point of the range averages the two targets of the repeated row.
    assert caught.value.distance == pytest.approx(math.sqrt(0.5), rel=1e-12)
    assert isinstance(caught.value, ValueError)
    with pytest.raises(InfeasibleError) as caught:
        solver(np.vstack([X, np.zeros(6)]), [*Y, 3.0])
    assert caught.value.distance == pytest.approx(3.0, rel=1e-12)


@pytest.mark.parametrize("solver", [lambda X, y: solve(X, y, alpha=0.1), min_l1, min_l2])
def test_repeated_and_zero_rows_change_nothing(solver):
    plain = solver(X, Y)
    rows = np.vstack([X, X[0] + X[1], np.zeros(6)])
    redundant = solver(rows, [*Y, Y[0] + Y[1], 0.0])
    np.testing.assert_allclose(redundant.beta, plain.beta, rtol=0, atol=1e-10)
    assert redundant.dual.shape == (5,)
    np.testing.assert_allclose(rows.T @ redundant.dual, X.T @ plain.dual, atol=1e-10)


def test_other_containers_and_types_give_the_same_answer():
    integers = np.array([[1, 2, -1, 0], [0, 1, 3, 2]])
    targets = np.array([2, 5])
    expected = solve(integers.astype(float), targets.astype(float), alpha=0.1).beta
    for design, y in (
        (integers, targets),
        (integers.astype(np.float32), targets.astype(np.int8)),
        (integers.tolist(), tuple(targets)),
        (pd.DataFrame(integers, columns=list("abcd")), pd.Series(targets)),
        (pd.DataFrame(integers).astype("Int64"), pd.Series(targets, dtype="Int64")),
        (pd.DataFrame(integers).astype(object), targets[:, None]),
        (np.array([[Fraction(int(v)) for v in row] for row in integers]), targets),
    ):
        np.testing.assert_array_equal(solve(design, y, alpha=0.1).beta, expected)
    for sparse in (sp.csr_array(integers), sp.coo_matrix(integers), sp.csc_array(integers)):
        found = solve(sparse, targets, alpha=0.1)
        np.testing.assert_allclose(found.beta, expected, rtol=1e-12)
        assert found.error <= 1e-8
        np.testing.assert_allclose(min_l1(sparse, targets).beta, min_l1(integers, targets).beta)
        np.testing.assert_allclose(min_l2(sparse, targets).beta, min_l2(integers, targets).beta)


def test_inputs_are_left_as_they_were():
    design, y = X.copy(), Y.copy()
    solve(design, y, alpha=0.1)
    np.testing.assert_array_equal(design, X)
    np.testing.assert_array_equal(y, Y)


def test_start_may_be_given_without_alpha():
    with_alpha = solve(X, Y, alpha=1.0, start=(0.2, 0.2))
    np.testing.assert_array_equal(solve(X, Y, start=(0.2, 0.2)).beta, with_alpha.beta)
    np.testing.assert_allclose(with_alpha.beta, solve(X, Y, alpha=0.2).beta, rtol=1e-9)


def test_a_sparse_matrix_with_repeated_entries_is_left_as_it_was() -> None:
    rows, starts = np.array([1, 0, 0]), np.array([0, 2, 3])
    data = np.array([1.0, 2.0, 3.0])
    for writeable in (True, False):
        for part in (rows, starts, data):
            part.flags.writeable = writeable
        X = sp.csc_array((data, rows, starts), shape=(2, 2))
        assert as_design(X).toarray().tolist() == [[2, 3], [1, 0]]
        assert (X.indices.tolist(), X.indptr.tolist()) == ([1, 0, 0], [0, 2, 3])
        repeated = sp.csc_array((data, np.array([0, 0, 1]), starts), shape=(2, 2))
        assert as_design(repeated).toarray().tolist() == [[3, 0], [0, 3]]
        assert repeated.data.tolist() == [1, 2, 3]
