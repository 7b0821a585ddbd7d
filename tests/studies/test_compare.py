"""The rows of the comparison: what they measure, and that none is dropped."""

import io
import math
import re
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

import implicitbias as ib
from implicitbias import (
    InfeasibleError,
    PrecisionError,
    Solution,
    min_l1,
    solve,
    solve_explicit,
)
from implicitbias.studies.compare import L1Match, compare_dataset, count_weights
from implicitbias.studies.datasets import Dataset

LOG_ALPHAS = [math.log(10), math.log(0.1), math.log(1e-4)]


def dataset(rows: int = 6, columns: int = 14, held_out: bool = True) -> Dataset:
    random = np.random.default_rng(3)
    truth = np.zeros(columns)
    truth[:2] = 3.0, -2.0
    X, X_test = random.normal(size=(rows, columns)), random.normal(size=(40, columns))
    names = tuple(f"x{i}" for i in range(columns))
    test = (X_test, X_test @ truth) if held_out else (None, None)
    return Dataset("toy", "toy", X, X @ truth, names, *test)


def refuse_small(X: Any, y: Any, *, log_alpha: float, depth: float) -> Solution:
    """A solver that certifies nothing below alpha = 1e-2, and gives up at depth 3 there."""
    solution = solve(X, y, log_alpha=log_alpha, depth=depth)
    if log_alpha > math.log(1e-2):
        return solution
    if depth == 3:
        raise ArithmeticError("no convergence")
    doubtful = replace(solution.certificate, error=0.5)
    raise PrecisionError(replace(solution, certificate=doubtful), 1e-10)


def test_excesses_vanish_in_the_two_limits() -> None:
    frame = compare_dataset(dataset(), [2, 3], LOG_ALPHAS)
    for depth in (2, 3):
        curve: Any = frame[frame["depth"] == depth].itertuples()
        kernel, _, rich = curve
        assert kernel.certified and rich.certified
        assert 0 <= kernel.l2_excess < 1e-2 < kernel.l1_excess
        assert 0 <= rich.l1_excess < 1e-2 < rich.l2_excess
        assert rich.weights < kernel.weights
        assert rich.heldout_error < kernel.heldout_error < 1.5  # the truth is sparse
    limits: Any = frame.iloc[-2:].itertuples()
    l1, l2 = limits
    assert (l1.model, l1.l1_excess, l1.certified) == ("min_l1", 0, True)
    assert (l2.model, l2.l2_excess, l2.certified) == ("min_l2", 0, True)


def test_figures_are_those_of_the_solution() -> None:
    data = dataset()
    row = compare_dataset(data, [2.5], [-1.0]).iloc[0]
    solution = solve(data.X, data.y, log_alpha=-1.0, depth=2.5)
    assert data.X_test is not None and data.y_test is not None
    misses = data.X_test @ solution.beta - data.y_test
    assert row["l1"] == np.abs(solution.beta).sum()
    assert row["l2"] == pytest.approx(math.sqrt(solution.beta @ solution.beta), rel=1e-14)
    assert row["heldout_error"] == pytest.approx(misses @ misses / (data.y_test @ data.y_test))
    assert (row["residual"], row["gap"], row["error"], row["iterations"]) == (
        solution.residual,
        solution.gap,
        solution.error,
        solution.iterations,
    )
    assert (row["depth"], row["log_alpha"]) == (2.5, -1.0)
    assert row["alpha"] == pytest.approx(math.exp(-1.0), rel=1e-11)


def test_an_alpha_that_is_not_certified_is_a_row_that_says_so() -> None:
    frame = compare_dataset(dataset(), [2, 3], LOG_ALPHAS, solver=refuse_small)
    honest = compare_dataset(dataset(), [2, 3], LOG_ALPHAS)
    assert len(frame) == len(honest) == 2 * 3 + 2
    assert frame["certified"].tolist() == [True, True, False, True, True, False, True, True]
    reached, nothing = frame.iloc[2], frame.iloc[5]
    assert reached["note"] == "error 0.5 above 1e-08"
    assert reached["error"] == 0.5
    assert reached["l1"] == honest.iloc[2]["l1"]
    assert nothing["note"] == "no convergence"
    assert math.isnan(nothing["l1"]) and nothing["weights"] is pd.NA
    assert (honest["note"] == "").all()


def test_rows_survive_a_csv_file() -> None:
    frame = compare_dataset(dataset(), [2, math.inf], LOG_ALPHAS, solver=refuse_small)
    back = pd.read_csv(
        io.StringIO(frame.to_csv(index=False)),
        dtype={"weights": "Int64", "iterations": "Int64"},
    )
    pd.testing.assert_frame_equal(back.fillna({"note": ""}), frame, check_exact=True)


def test_alpha_reads_as_it_was_given() -> None:
    assert compare_dataset(dataset(), [2], [math.log(0.1), math.log(1e-5)])["alpha"].tolist()[
        :2
    ] == [
        0.1,
        1e-5,
    ]


def test_progress_is_told_every_solve() -> None:
    seen: list[tuple[float, float]] = []
    compare_dataset(dataset(), [3, 2], LOG_ALPHAS, lambda *where: seen.append(where))
    assert seen == [(depth, log_alpha) for depth in (3, 2) for log_alpha in LOG_ALPHAS]


def test_without_held_out_rows_their_error_is_missing() -> None:
    assert compare_dataset(dataset(held_out=False), [2], LOG_ALPHAS)["heldout_error"].isna().all()


def test_zero_targets_have_no_excess() -> None:
    frame = compare_dataset(replace(dataset(), y=np.zeros(6)), [2], LOG_ALPHAS)
    assert (frame[["l1", "l1_excess", "l2_excess", "weights"]] == 0).all(axis=None)


def test_equations_without_solution_are_an_error() -> None:
    data = dataset()
    X, y = np.vstack([data.X, data.X[:1]]), np.append(data.y, data.y[0] + 1)
    with pytest.raises(InfeasibleError, match="no solution"):
        compare_dataset(replace(data, X=X, y=y), [2], LOG_ALPHAS)


@pytest.mark.parametrize(("depths", "log_alphas"), [([], [0.0]), ([2], [])])
def test_nothing_to_compare_is_an_error(depths: list[float], log_alphas: list[float]) -> None:
    with pytest.raises(ValueError, match="needs a depth and an alpha"):
        compare_dataset(dataset(), depths, log_alphas)


def test_a_weight_counts_above_one_percent_of_the_largest() -> None:
    assert count_weights(np.array([1.0, -0.02, 0.01, 0.009, 0.0])) == 2
    assert count_weights(np.zeros(3)) == 0


def test_explicit_rows_say_how_far_they_are_from_the_implicit_ones() -> None:
    data = dataset()
    frame = compare_dataset(data, [2, 3, math.inf], LOG_ALPHAS, explicit=True)
    plain = compare_dataset(data, [2, 3, math.inf], LOG_ALPHAS)
    others = frame[frame["model"] != "explicit"]
    pd.testing.assert_frame_equal(
        others[plain.columns].reset_index(drop=True), plain, check_exact=True
    )
    assert others[["from_alpha", "from_scale", "from_l1"]].isna().all(axis=None)
    rows = frame[frame["model"] == "explicit"]
    assert rows["depth"].tolist() == [2] * 3 + [3] * 3
    shallow, deep = rows[rows["depth"] == 2], rows[rows["depth"] == 3]
    assert shallow["certified"].all() and (shallow["from_scale"] < 1e-8).all()
    assert shallow["from_alpha"].iloc[1] > 0.01
    assert not deep["certified"].any()
    assert deep["note"].iloc[0] == "no bound on its error"
    assert deep["note"].iloc[2].startswith("stationary: its distance from the start is at most")
    reached = solve_explicit(data.X, data.y, log_alpha=LOG_ALPHAS[1])
    same = solve(data.X, data.y, log_alpha=LOG_ALPHAS[1])
    apart = np.linalg.norm(reached.beta - same.beta) / np.linalg.norm(same.beta)
    assert shallow["from_alpha"].iloc[1] == pytest.approx(apart)
    assert shallow["l1"].iloc[1] == np.abs(reached.beta).sum()


def test_the_l1_match_has_that_l1_norm() -> None:
    data = dataset()
    known = [
        {
            "log_alpha": log_alpha,
            "l1": np.abs(solve(data.X, data.y, log_alpha=log_alpha).beta).sum(),
        }
        for log_alpha in LOG_ALPHAS
    ]
    wanted = solve(data.X, data.y, log_alpha=-3.0).beta
    least = float(np.abs(min_l1(data.X, data.y).beta).sum())
    found = L1Match(data, 2, known, least).at(float(np.abs(wanted).sum()))
    assert found is not None
    np.testing.assert_allclose(found, wanted, atol=1e-4)  # its norm is matched to 1e-6
    assert L1Match(data, 2, known, least).at(1e6) is None
    rounded = least * (1 + 1e-13)
    assert L1Match(data, 2, [{"log_alpha": -9.0, "l1": least}, *known], least).at(rounded) is None


def test_arrays_give_the_rows_of_their_dataset() -> None:
    data = dataset()
    alphas = [10.0, 0.1]
    held_out = {"X_test": data.X_test, "y_test": data.y_test}
    frame = ib.compare(data.X, data.y, alphas, [2, 3], **held_out, explicit=True)
    same = compare_dataset(data, [2, 3], [math.log(a) for a in alphas], explicit=True)
    pd.testing.assert_frame_equal(frame, same)
    assert frame["model"].value_counts()["explicit"] == 4
    assert frame["heldout_error"].notna().all()


@pytest.mark.parametrize("changes", [{"alphas": 0.1}, {"depths": 2}])
def test_a_number_in_place_of_a_list_is_refused(changes: dict[str, Any]) -> None:
    (value,) = changes.values()
    with pytest.raises(TypeError, match=re.escape(f"must be a list, such as [{value}]")):
        ib.compare(**{"X": [[1.0, 2.0]], "y": [1.0], "alphas": [1.0], **changes})


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"alphas": [0.0]}, "alpha must be > 0, got 0.0"),
        ({"alphas": []}, "compare needs a depth and an alpha"),
        ({"depths": [1.5]}, "depth must be"),
        ({"X_test": np.ones((3, 2))}, "need both X_test and y_test or neither; got X_test"),
        ({"X_test": np.ones((3, 2)), "y_test": [1.0]}, "X_test and y_test: X and y must have"),
        ({"X_test": np.ones((1, 3)), "y_test": [1.0]}, "same number of columns, got 2 and 3"),
        ({"X": [[1.0, math.nan]]}, "X must be finite, got nan at"),
    ],
)
def test_arrays_that_do_not_fit_are_refused(changes: dict[str, Any], message: str) -> None:
    good = {"X": [[1.0, 2.0]], "y": [1.0], "alphas": [1.0]}
    with pytest.raises(ValueError, match=message):
        ib.compare(**{**good, **changes})
