"""The figure of a flow shows what the rows say."""

import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure

from implicitbias.report.flow_figure import GAP, _spread, flow_figure

NAMES = ("a", "b", "$c$", "d")
LIMIT = np.array([2.0, -1.0, 0.5, 0.001])


def frame(first: float = -5.0, last: float = 2.0, moments: int = 30) -> pd.DataFrame:
    """From beta = 0 at t = 0 to LIMIT; times are powers of ten between first and last."""
    log_t = np.append(-math.inf, np.linspace(first, last, moments) * math.log(10))
    way = np.append(0.0, np.linspace(0.01, 1, moments))
    with np.errstate(over="ignore"):
        t = np.exp(log_t)
    rows = pd.DataFrame({"t": t, "log_t": log_t, "loss": (1 - way) ** 2})
    rows["kernel_change"], rows["gradient_distance"] = 10 * way, way / 2
    betas = pd.DataFrame(np.outer(way, LIMIT), columns=[f"beta.{name}" for name in NAMES])
    return pd.concat([rows, betas], axis=1)


def draw(rows: pd.DataFrame, predicted: np.ndarray | None = LIMIT) -> tuple[Figure, list[Axes]]:
    figure = flow_figure(rows, NAMES, predicted, "title", "toy: 6 rows")
    figure.canvas.draw()
    return figure, figure.axes


def across(axis: Axes) -> list[float]:
    """The heights of the lines across a whole panel."""
    lines = [line for line in axis.lines if np.array_equal(line.get_xdata(), [0, 1])]
    return [float(np.asarray(line.get_ydata())[0]) for line in lines]


def test_each_large_weight_has_its_way_its_name_and_its_predicted_limit() -> None:
    rows = frame()
    figure, (weights, _, _) = draw(rows, LIMIT + 0.25)
    ways = [line for line in weights.lines if len(np.asarray(line.get_xdata())) > 2]
    assert [np.asarray(line.get_ydata())[-1] for line in ways] == [2.0, -1.0, 0.5]
    assert across(weights) == [2.25, -0.75, 0.75]
    assert [text.get_text() for text in weights.texts] == ["a", "b", r"\$c\$"]
    (grey,) = [part for part in weights.collections if isinstance(part, LineCollection)]
    assert len(grey.get_segments()) == 1
    labels = [text.get_text() for text in figure.legends[0].get_texts()]
    assert labels == ["weights that end largest", "the other 1", "predicted limit"]


def test_without_a_prediction_no_limit_is_drawn() -> None:
    figure, (weights, _, _) = draw(frame(), None)
    assert across(weights) == []
    assert "predicted limit" not in [text.get_text() for text in figure.legends[0].get_texts()]


def test_time_is_drawn_by_its_logarithm_wherever_doubles_end() -> None:
    rows = frame(-400.0, 500.0)
    assert math.isinf(rows["t"].iloc[-1]) and rows["t"][1] == 0
    _, axes = draw(rows)
    for axis in axes:
        drawn = np.asarray(axis.lines[0].get_xdata())
        assert (drawn[0], drawn[-1]) == (pytest.approx(-400), pytest.approx(500))
        low, high = axis.get_xlim()
        assert low == pytest.approx(-400) and high >= 500
    assert "$10^{400}$" in [text.get_text() for text in axes[2].get_xticklabels()]


def test_ticks_of_a_short_axis_differ() -> None:
    _, axes = draw(frame(357.001, 357.002))
    texts = [text.get_text() for text in axes[2].get_xticklabels()]
    assert len(texts) > 2 and len(set(texts)) == len(texts)


def test_loss_and_changes_are_on_log_axes_without_what_is_not_positive() -> None:
    rows = frame()
    _, (_, loss, changes) = draw(rows)
    assert loss.get_yscale() == changes.get_yscale() == "log"
    drawn = np.asarray(loss.lines[0].get_ydata())
    assert drawn[:-1].tolist() == rows["loss"][1:-1].tolist() and math.isnan(drawn[-1])
    kernel, gradient = (np.asarray(line.get_ydata()) for line in changes.lines)
    assert (kernel[-1], gradient[-1]) == (10, 0.5)


def test_changes_below_rounding_are_said_and_not_drawn() -> None:
    rows = frame().assign(kernel_change=4e-16)
    _, (_, _, changes) = draw(rows)
    kernel, gradient = changes.lines
    assert not len(np.asarray(kernel.get_xdata())) and len(np.asarray(gradient.get_xdata())) == 30
    texts = [text.get_text() for text in changes.get_legend().get_texts()]
    assert texts[0].endswith("below 1e-14, rounding") and "rounding" not in texts[1]


def test_changes_that_doubles_do_not_hold_are_said() -> None:
    rows = frame().assign(kernel_change=math.nan, gradient_distance=math.nan)
    _, (_, _, changes) = draw(rows)
    assert not changes.lines
    assert [text.get_text() for text in changes.texts] == [
        "doubles do not hold the kernel at the start"
    ]


def test_a_flow_that_does_not_move_says_so() -> None:
    _, axes = draw(frame().iloc[:1])
    for axis in axes:
        assert [text.get_text() for text in axis.texts] == ["nothing moves"]


@pytest.mark.parametrize("heights", [[0.5], [0.9, 0.1], [0.5, 0.5, 0.51], [1.0, 1.0, 0.99, 0.0]])
def test_names_keep_their_order_and_their_distance(heights: list[float]) -> None:
    places = _spread(np.array(heights))
    order = np.argsort(heights, kind="stable")
    assert (np.diff(places[order]) >= GAP - 1e-12).all()
    assert places.min() >= 0 and places.max() <= 1 + 1e-12
    free = np.array([0.9, 0.1])
    assert np.allclose(_spread(free), free)


def test_it_draws_at_fifteen_hundred_pixels_with_its_caption(tmp_path: Path) -> None:
    figure, _ = draw(frame())
    assert "toy: 6 rows" in [text.get_text() for text in figure.texts]
    figure.savefig(tmp_path / "figure.png", dpi=160)
    header = (tmp_path / "figure.png").read_bytes()[:24]
    assert int.from_bytes(header[16:20], "big") >= 1500
