"""The figure of the comparison shows what the rows say."""

import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.colors import same_color
from matplotlib.figure import Figure

from implicitbias.report.figures import ROUNDING, compare_figure


def frame(held_out: bool = True, depths: tuple[float, ...] = (2.0, 3.0)) -> pd.DataFrame:
    """Rows whose excesses are powers of alpha, down to below 0; alpha = 1e-2 is not certified."""
    alphas = [1e2, 1.0, 1e-2]
    rows = [
        {
            "model": "implicit",
            "depth": depth,
            "alpha": alpha,
            "certified": alpha != 1e-2,
            "l1_excess": 0.2 * min(alpha, 1) if alpha > 1e-2 else -1e-16,
            "l2_excess": 0.3 / max(alpha, 1),
            "weights": 5,
            "heldout_error": 0.5 * alpha if held_out else math.nan,
            "gap": 1e-15,
        }
        for depth in depths
        for alpha in alphas
    ]
    for model, l1, l2 in (("min_l1", 0.0, 0.4), ("min_l2", 0.25, 0.0)):
        rows.append(
            {
                "model": model,
                "certified": True,
                "l1_excess": l1,
                "l2_excess": l2,
                "weights": 3,
                "heldout_error": 1.0 if held_out else math.nan,
                "gap": 1e-14,
            }
        )
    return pd.DataFrame(rows).astype({"weights": "Int64"})


def horizontals(axis: Axes) -> list[float]:
    """The heights of the lines across a whole panel."""
    across = [line for line in axis.lines if np.array_equal(line.get_xdata(), [0, 1])]
    return sorted(float(np.asarray(line.get_ydata())[0]) for line in across)


def labels(figure: Figure) -> list[str]:
    return [text.get_text() for text in figure.legends[0].get_texts()]


def test_curves_carry_the_values_and_stop_at_the_stated_floor() -> None:
    l1, l2, weights, held_out = compare_figure(frame(), "caption").axes
    assert np.asarray(l1.lines[0].get_ydata()).tolist() == [ROUNDING, 0.2, 0.2]
    assert np.asarray(l2.lines[0].get_ydata()) == pytest.approx([0.3, 0.3, 0.003])
    assert any("below 1e-12 is drawn at 1e-12" in text.get_text() for text in l1.texts)
    assert np.asarray(held_out.lines[0].get_ydata()).tolist() == [0.005, 0.5, 50]
    assert (l1.get_yscale(), weights.get_yscale()) == ("log", "linear")


def test_limits_are_lines_where_they_differ_from_the_reference() -> None:
    l1, l2, weights, held_out = compare_figure(frame(), "caption").axes
    assert horizontals(l1) == [0.25]
    assert horizontals(l2) == [0.4]
    assert horizontals(weights) == [3, 3]
    assert horizontals(held_out) == [1, 1]


def test_an_uncertified_alpha_is_hollow() -> None:
    figure = compare_figure(frame(), "caption")
    _, filled, hollow, *_ = figure.axes[0].lines
    assert np.asarray(filled.get_xdata()).tolist() == [1.0, 1e2]
    assert np.asarray(hollow.get_xdata()).tolist() == [1e-2]
    assert same_color(hollow.get_markerfacecolor(), "white")
    assert not same_color(filled.get_markerfacecolor(), "white")
    assert labels(figure)[-1] == "not certified"
    everything = frame().assign(certified=True)
    assert "not certified" not in labels(compare_figure(everything, "caption"))


def test_the_floor_is_not_below_what_the_limits_are_known_to() -> None:
    doubtful = frame().assign(gap=1e-6)
    axis = compare_figure(doubtful, "caption").axes[0]
    assert np.asarray(axis.lines[0].get_ydata()).min() == 1e-6
    assert "below 1e-06 is drawn at 1e-06" in axis.texts[0].get_text()


def test_each_depth_has_a_colour_and_a_name() -> None:
    figure = compare_figure(frame(depths=(2.0, 2.5, math.inf)), "caption")
    assert labels(figure)[:3] == ["depth 2", "depth 2.5", r"depth $\infty$ (at $\alpha^D$)"]
    lines = figure.legends[0].get_lines()[:3]
    assert not same_color(lines[0].get_color(), lines[2].get_color())


def test_without_held_out_rows_the_panel_says_so() -> None:
    axis = compare_figure(frame(held_out=False), "caption").axes[3]
    assert not axis.lines
    assert axis.texts[0].get_text() == "no held-out rows"


@pytest.mark.parametrize("missing", [[], ["l1_excess", "weights"]])
def test_it_draws_at_twelve_hundred_pixels_with_its_caption(
    tmp_path: Path, missing: list[str]
) -> None:
    rows = frame(depths=(2.0,))
    rows.loc[rows["model"] == "implicit", missing] = pd.NA
    figure = compare_figure(rows, "toy: 6 rows")
    assert "toy: 6 rows" in [text.get_text() for text in figure.texts]
    figure.savefig(tmp_path / "figure.png", dpi=160)
    header = (tmp_path / "figure.png").read_bytes()[:24]
    assert int.from_bytes(header[16:20], "big") >= 1200
