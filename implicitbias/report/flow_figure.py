"""The figure of a flow: the weights, the loss and the kernel against time."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullLocator
from numpy.typing import NDArray

from implicitbias.report.figures import INK

Vector = NDArray[np.float64]

# A colour a weight that has a name and a predicted limit; all of them dark enough for text.
COLORS = ("#1b6ca8", "#c0392b", "#1e8449", "#7d3c98", "#b9770e", "#0e8c8b")
COLOURED = len(COLORS)
COUNTS = 0.01  # a weight has a colour if it ends above this share of the largest
GREY = 1000  # further weights; more cannot be told apart
LONGEST = 18  # characters of a name
END = 0.02  # of the axis of time is after the end, so that a late arrival is seen
GAP = 0.06  # of the panel's height between two names
PREDICTED: dict[str, Any] = {"linestyle": (0, (5, 3)), "linewidth": 1.1}
# Label, colour, and what is below the rounding of a difference of kernels, of a chord squared.
CHANGES = {
    "kernel_change": (r"kernel $\Vert K - K_0\Vert\,/\,\Vert K_0\Vert$", "#26828e", 1e-14),
    "gradient_distance": (r"gradient $1 - \cos(J, J_0)$", "#b5651d", 1e-28),
}


def flow_figure(
    frame: pd.DataFrame, names: Sequence[str], predicted: Vector | None, title: str, caption: str
) -> Figure:
    """Three panels over one axis of time: weights and their predicted limits, loss, kernel.

    The axis is ``log10 t`` itself, so that times beyond doubles have a place on it; t = 0 has none.

    Args:
        frame: the rows of ``studies.flow.follow``.
        names: d names of the weights.
        predicted: (d,) their predicted limits, or None.
        title: what was followed.
        caption: the data set and its shapes.
    """
    moved = frame[np.isfinite(frame["log_t"])]
    decades = moved["log_t"].to_numpy() / math.log(10)
    figure = Figure(figsize=(10, 9.2))
    figure.subplots_adjust(left=0.095, right=0.845, bottom=0.09, top=0.875, hspace=0.2)
    weights, loss, kernel = figure.subplots(3, 1, sharex=True, height_ratios=(2.1, 1, 1))
    panels = {
        weights: (r"The weights $\beta_i(t)$", r"$\beta_i$"),
        loss: ("The loss", r"$\Vert X\beta - y\Vert^2$"),
        kernel: ("How far the model has left its linearisation", "change since the start"),
    }
    for axis, (heading, label) in panels.items():
        axis.set_title(heading, loc="left")
        axis.set_ylabel(label)
        axis.spines[["top", "right"]].set_visible(False)
        if not len(moved):
            axis.text(0.5, 0.5, "nothing moves", transform=axis.transAxes, ha="center")
            axis.set_xticks([])
            axis.set_yticks([])
    if len(moved):
        betas = moved[[f"beta.{name}" for name in names]].to_numpy()
        count = _draw_weights(weights, decades, betas, names, predicted)
        _draw_log(loss, decades, moved["loss"].to_numpy(), color=INK)
        _draw_changes(kernel, decades, moved)
        span = (decades[-1] - decades[0]) or 1.0
        kernel.set_xlim(decades[0], decades[-1] + END * span)
        _label_times(kernel, span)
        figure.legend(
            handles=_legend(len(names) - count, predicted is not None),
            loc="center",
            bbox_to_anchor=(0.5, 0.925),
            ncols=3,
            frameon=False,
        )
    kernel.set_xlabel("time $t$")
    figure.suptitle(title, fontsize=14, y=0.98)
    figure.text(0.5, 0.015, caption, ha="center", fontsize=9, color=INK)
    return figure


def _draw_weights(
    axis: Axes, decades: Vector, betas: Vector, names: Sequence[str], predicted: Vector | None
) -> int:
    """The largest at the end in colour, with names and predicted limits; the others in grey.

    Returns how many have a colour.
    """
    size = np.abs(betas[-1])
    order = np.argsort(-size, kind="stable")
    count = min(COLOURED, int(np.sum(size > COUNTS * size.max())))
    chosen, others = order[:count], order[count : count + GREY]
    ways = np.stack([np.broadcast_to(decades[:, None], betas.shape), betas], axis=-1)
    lines = LineCollection(
        [ways[:, i] for i in others], colors="#bbbbbb", linewidths=0.5, alpha=0.6, zorder=1
    )
    axis.add_collection(lines)
    colors = dict(zip(chosen, COLORS, strict=False))
    for i, color in colors.items():
        axis.plot(decades, betas[:, i], color=color, linewidth=1.6, zorder=3)
        if predicted is not None:
            axis.axhline(float(predicted[i]), color=color, zorder=2, **PREDICTED)
    axis.autoscale_view()
    ends = betas[-1] if predicted is None else predicted
    low, high = axis.get_ylim()
    heights = (ends[chosen] - low) / (high - low)
    for i, height, place in zip(chosen, heights, _spread(heights), strict=True):
        axis.annotate(
            _plain(names[i]),
            (1.0, height),
            (1.03, place),
            xycoords="axes fraction",
            textcoords="axes fraction",
            va="center",
            fontsize=9,
            color=colors[i],
            arrowprops={"arrowstyle": "-", "color": colors[i], "linewidth": 0.7, "shrinkA": 0},
        )
    return count


def _label_times(axis: Axes, span: float) -> None:
    """Powers of ten, with as many digits as tell the ticks apart."""
    whole = span >= 3
    digits = 0 if whole else 1 + max(0, -math.floor(math.log10(span)))
    axis.xaxis.set_major_locator(MaxNLocator(nbins=10 if whole else 4, integer=whole))
    axis.xaxis.set_major_formatter(FuncFormatter(lambda at, _: f"$10^{{{at:.{digits}f}}}$"))


def _spread(heights: Vector) -> Vector:
    """Places near these heights, GAP apart and within the panel where there is room."""
    order = np.argsort(heights, kind="stable")
    slots = GAP * np.arange(len(heights))
    # Places p with p_k - p_(k-1) >= GAP: without the slots, an increasing sequence.
    low = np.maximum.accumulate(heights[order] - slots)
    high = np.minimum.accumulate((heights[order] - slots)[::-1])[::-1]
    places = np.clip((low + high) / 2, 0.0, max(1.0 - slots[-1], 0.0)) + slots
    spread = np.empty_like(heights)
    spread[order] = places
    return spread


def _draw_log(axis: Axes, decades: Vector, values: Vector, **style: Any) -> None:
    """On a log axis, where what is not positive has no place."""
    axis.plot(decades, np.where(values > 0, values, np.nan), linewidth=1.5, **style)
    axis.set_yscale("log")
    axis.yaxis.set_major_locator(LogLocator(numticks=7))
    axis.yaxis.set_minor_locator(NullLocator())


def _draw_changes(axis: Axes, decades: Vector, frame: pd.DataFrame) -> None:
    """The changes where they are more than rounding, or a word on why there are none."""
    for column, (label, color, rounding) in CHANGES.items():
        values = frame[column].to_numpy()
        if (values > rounding).any():
            shown = np.where(values > rounding, values, np.nan)
            _draw_log(axis, decades, shown, color=color, label=label)
        elif not np.isnan(values).any():
            axis.plot([], [], color=color, label=f"{label}: below {rounding:g}, rounding")
    if axis.lines:
        axis.legend(frameon=False, fontsize=9, loc="best")
    else:
        reason = "doubles do not hold the kernel at the start"
        axis.text(0.5, 0.5, reason, transform=axis.transAxes, ha="center")
    if axis.get_yscale() != "log":  # nothing drawn
        axis.set_yticks([])


def _legend(others: int, is_predicted: bool) -> list[Line2D]:
    handles = [Line2D([], [], color=INK, linewidth=1.6, label="weights that end largest")]
    if others > 0:
        label = f"the other {others}" if others <= GREY else f"the next {GREY} of {others}"
        handles.append(Line2D([], [], color="#bbbbbb", linewidth=0.8, label=label))
    if is_predicted:
        handles.append(Line2D([], [], color=INK, label="predicted limit", **PREDICTED))
    return handles


def _plain(name: str) -> str:
    """A name of the data that fits the margin, none of it taken for mathematics."""
    short = name if len(name) <= LONGEST else f"{name[: LONGEST - 1]}\u2026"
    return short.replace("$", r"\$")
