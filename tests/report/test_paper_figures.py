"""The figures of the paper draw the rows, and nothing that is not in them."""

import math

import numpy as np
import pandas as pd
import pytest

from implicitbias.report.paper_figures import DRAW
from implicitbias.studies.cells import run_cells
from implicitbias.studies.figures import FIGURES


def rows(name: str) -> pd.DataFrame:
    study = FIGURES[name]
    cells = study.cells(study.settings(True))
    found = {cell.name: frame for cell, frame in run_cells(cells)}
    return pd.concat([found[cell.name] for cell in cells], ignore_index=True)


def line(axis, label: str) -> np.ndarray:
    (drawn,) = [line for line in axis.lines if line.get_label() == label]
    return np.array(drawn.get_xydata(), dtype=float)


def test_each_depth_has_its_curve() -> None:
    frame = rows("2a")
    (axis,) = DRAW["2a"](frame).axes
    for depth, label in ((3, "D = 3"), (math.inf, r"$D=\infty$")):
        of_depth = frame[frame["depth"] == depth]
        np.testing.assert_array_equal(line(axis, label), of_depth[["z", "q"]])
    (axis,) = DRAW["2b"](rows("2b")).axes
    assert line(axis, "D = 2")[:, 1].min() > line(axis, "D = 3")[:, 1].min()


def test_the_error_is_a_median_over_the_seeds() -> None:
    frame = rows("1a")
    (axis,) = DRAW["1a"](frame).axes
    first = frame[(frame["model"] == "implicit") & (frame["log10_alpha"] == 2)]
    assert line(axis, "depth 2")[-1].tolist() == [100, first["population_error"].median()]
    assert line(axis, "1 - N/d = 0.8")[0, 1] == pytest.approx(0.8)
    (axis,) = DRAW["1b"](frame).axes
    assert line(axis, r"excess $\ell_1$ norm")[-1, 1] == first["l1_excess"].median()


def test_what_is_never_reached_is_not_drawn_as_reached() -> None:
    frame = pd.DataFrame({"depth": 2.0, "samples": [10] * 3 + [20] * 3, "seed": [0, 1, 2] * 2})
    frame["log10_below"] = [-np.inf, -np.inf, -3.0, -2.0, -4.0, -3.0]
    frame = frame.assign(columns=50, l1_error=math.nan)
    limit = pd.DataFrame({"samples": [5, 15], "l1_error": [0.9, 0.02], "columns": 50, "seed": 0})
    (axis,) = DRAW["1c"](pd.concat([frame, limit])).axes
    np.testing.assert_array_equal(line(axis, "depth 2"), [[20, -3.0]])
    assert line(axis, r"least $\ell_1$ needs N = 15")[0, 0] == 15


def test_the_explicit_figure_has_both_penalties_everywhere() -> None:
    figure = DRAW["explicit"](rows("explicit"))
    for axis in figure.axes:
        labels = [str(line.get_label()) for line in axis.lines]
        assert any("implicit" in label for label in labels)
        assert any("explicit" in label for label in labels)
