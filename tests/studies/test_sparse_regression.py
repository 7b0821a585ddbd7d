"""Scans over the scale of the start, against solutions one by one."""

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from implicitbias import min_l1, min_l2, solve
from implicitbias.solvers.certificate import ErrorBound
from implicitbias.solvers.doubles.minimizer import Minimizer
from implicitbias.studies.shapes import ratios, unit_balls
from implicitbias.studies.sparse_regression import (
    draw_planted_model,
    l1_error,
    largest_scale,
    scales,
)

PLANTED: dict[str, Any] = {"columns": 100, "nonzeros": 3, "variance": 0.01}


@pytest.mark.parametrize("depth", [2, 3, math.inf])
def test_the_bracket_is_a_crossing_and_nothing_larger_crosses(depth: float) -> None:
    (row,) = largest_scale(1, 40, **PLANTED, depth=depth, wanted=0.03)
    planted, _ = draw_planted_model(1, 40, **PLANTED)
    assert row["note"] == ""
    assert 0 < row["log10_above"] - row["log10_below"] <= 1 / 16
    assert row["error_below"] <= 0.03 < row["error_above"]
    order = 1 if math.isinf(depth) else depth

    def error(decade: float) -> float:
        log_alpha = math.log(10) * decade / order
        return planted.population_error(
            solve(planted.X, planted.y, log_alpha=log_alpha, depth=depth).beta
        )

    assert error(row["log10_below"]) == pytest.approx(row["error_below"], rel=1e-6)
    larger = np.linspace(row["log10_above"], 2, 8)
    assert min(map(error, larger)) > 0.03


def test_the_ends_of_a_bracket_are_certified_or_solved_for_again() -> None:
    planted, _ = draw_planted_model(1, 40, **PLANTED)
    minimizer = Minimizer.for_data(planted.X, planted.y, 3, None, 1e-10)
    reached = minimizer.newton().solve(-3 * math.log(0.01))
    good = minimizer.certified(math.log(0.01), reached)
    assert good.iterations == reached.steps and good.error is not None and good.error < 1e-8
    there = reached.iterate
    curve = minimizer.curve.at_scale(there.log_inverse_scale)
    point = curve.at_primal(there.point.z * (1 + 1e-6))
    bent = replace(reached, iterate=replace(there, point=point), steps=0)
    again = minimizer.certified(math.log(0.01), bent)
    assert again.iterations > 0 and again.error is not None and again.error < 1e-8
    np.testing.assert_allclose(again.beta, good.beta, rtol=1e-7, atol=1e-12)


def test_an_end_that_doubles_do_not_certify_is_solved_for_in_balls(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (row,) = largest_scale(1, 20, **PLANTED, depth=3, wanted=0.5)
    monkeypatch.setattr(ErrorBound, "holds", lambda *_: False)
    (same,) = largest_scale(1, 20, **PLANTED, depth=3, wanted=0.5)
    assert same["note"] == "" and math.isfinite(same["log10_below"])
    for name in ("log10_above", "log10_below"):
        assert same[name] == row[name]
    for name in ("error_above", "error_below"):
        assert same[name] == pytest.approx(row[name], rel=1e-12)


def test_what_is_never_reached_is_minus_infinity() -> None:
    (row,) = largest_scale(1, 10, **PLANTED, depth=2, wanted=1e-6)
    assert row["log10_below"] == -math.inf and row["log10_above"] == -100
    assert math.isnan(row["error_below"]) and row["error_above"] > 1e-6
    assert row["note"] == ""


def test_rows_along_alpha_are_those_of_solve() -> None:
    rows = scales(1, 40, **PLANTED, log10_alphas=[1.0, -2.0])
    planted, _ = draw_planted_model(1, 40, **PLANTED)
    least = min_l1(planted.X, planted.y).beta, min_l2(planted.X, planted.y).beta
    beta = solve(planted.X, planted.y, alpha=0.01).beta
    second = rows[1]
    assert [row["model"] for row in rows] == ["implicit", "implicit", "min_l1", "min_l2"]
    assert second["population_error"] == pytest.approx(planted.population_error(beta), rel=1e-7)
    assert second["l1_excess"] == pytest.approx(np.abs(beta).sum() - np.abs(least[0]).sum())
    assert second["l2_excess"] == pytest.approx(np.linalg.norm(beta) - np.linalg.norm(least[1]))
    assert rows[0]["population_error"] == pytest.approx(rows[3]["population_error"], rel=1e-2)
    (line,) = l1_error(1, 40, **PLANTED)
    assert line["l1_error"] == rows[2]["population_error"]


def test_ratios_go_from_the_l2_to_the_l1_one() -> None:
    for depth in (2, 3, math.inf):
        ratio = [row["ratio"] for row in ratios(depth, 100, [5.0, 0.0, -1.0, -200.0])]
        assert ratio[0] == pytest.approx(1, rel=1e-6)
        assert ratio == sorted(ratio, reverse=True)
        assert ratio[3] == pytest.approx(0.1, rel=0.01 if depth == 2 else 1e-12)


def test_balls_pass_through_the_unit_vectors_and_lie_between_the_norms() -> None:
    rows = unit_balls(-1, 8)
    for name in ("q", "r"):
        x, y = np.array([(row["x"], row["y"]) for row in rows if row["penalty"] == name]).T
        np.testing.assert_allclose(np.abs([x[0], y[2], x[4], y[6]]), 1, rtol=1e-12)
        assert (np.abs(x) + np.abs(y) >= 1 - 1e-12).all() and (x**2 + y**2 <= 1 + 1e-12).all()
