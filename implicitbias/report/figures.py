"""The figures of the studies. No pyplot: nothing here touches global state."""

from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import LogLocator, MaxNLocator, NullLocator

ROUNDING = 1e-12  # an excess is a difference of norms, which carry about 15 digits
INK = "#444444"
EXPLICIT: Any = ("--", "D")  # line and marker
LIMITS: dict[str, tuple[str, dict[str, Any]]] = {
    "min_l1": (r"least $\ell_1$", {"color": INK, "linestyle": (0, (6, 3)), "linewidth": 1.3}),
    "min_l2": (r"least $\ell_2$", {"color": INK, "linestyle": (0, (1, 2)), "linewidth": 1.7}),
}
PANELS = {
    "l1_excess": (
        r"How far above the least $\ell_1$ norm",
        r"$\Vert\beta\Vert_1\,/\,\min\Vert\cdot\Vert_1 - 1$",
    ),
    "l2_excess": (
        r"How far above the least $\ell_2$ norm",
        r"$\Vert\beta\Vert_2\,/\,\min\Vert\cdot\Vert_2 - 1$",
    ),
    "weights": ("How many weights count", "above 1 % of the largest"),
    "heldout_error": (
        "How far off on the held-out rows",
        "squared error / that of predicting 0",
    ),
}


def compare_figure(frame: pd.DataFrame, caption: str) -> Figure:
    """Four panels against alpha: l1 and l2 excess, weights that count, held-out error.

    Explicit solutions are dashed, with diamonds.

    Args:
        frame: the rows of ``studies.compare.compare``.
        caption: the data set and its shapes.
    """
    rows = frame[frame["model"] == "implicit"].sort_values("alpha")
    nearest = frame[frame["model"] == "explicit"].sort_values("alpha")
    limits = frame.set_index("model").loc[list(LIMITS)]
    floor = max(ROUNDING, float(limits["gap"].max()))
    depths = sorted(rows["depth"].unique())
    # viridis without its pale end: every colour shows on white, and in grey.
    shades = mpl.colormaps["viridis"](np.linspace(0.12, 0.76, max(len(depths), 2)))
    colors = dict(zip(depths, shades, strict=False))

    # A layout by hand: the automatic ones lay a legend outside the panels over the title.
    figure = Figure(figsize=(10, 7.8))
    figure.subplots_adjust(left=0.085, right=0.985, bottom=0.115, top=0.85, wspace=0.2, hspace=0.22)
    axes = figure.subplots(2, 2, sharex=True)
    for axis, (column, (title, label)) in zip(axes.flat, PANELS.items(), strict=True):
        axis.set_title(title, loc="left")
        axis.spines[["top", "right"]].set_visible(False)
        if rows[column].isna().all():
            reason = "no held-out rows" if column == "heldout_error" else "no alpha was solved"
            axis.text(0.5, 0.5, reason, transform=axis.transAxes, ha="center")
            axis.set_yticks([])
            continue
        axis.set_ylabel(label)
        lowest = floor if column.endswith("excess") else -np.inf
        for depth, color in colors.items():
            _draw_curve(axis, rows[rows["depth"] == depth], column, color, lowest)
            _draw_curve(axis, nearest[nearest["depth"] == depth], column, color, lowest, EXPLICIT)
        for model, (_, style) in LIMITS.items():
            value = limits[column].astype(float)[model]
            if value > lowest:
                axis.axhline(value, zorder=1, **style)
        if np.isfinite(lowest):
            _finish_excess(axis, floor)
        elif column == "weights":
            axis.yaxis.set_major_locator(MaxNLocator(integer=True))
    for axis in axes[1]:
        axis.set_xscale("log")
        axis.xaxis.set_minor_locator(NullLocator())
        axis.set_xlabel(
            r"rich  $\longleftarrow$  scale of the start $\alpha$  $\longrightarrow$  kernel"
        )
    figure.suptitle(
        "As its start shrinks, gradient flow moves from the least $\\ell_2$ "
        "to the least $\\ell_1$ interpolator",
        fontsize=14,
        y=0.98,
    )
    figure.legend(
        handles=_legend(
            colors, bool(rows["certified"].all() and nearest["certified"].all()), len(nearest) > 0
        ),
        loc="center",
        bbox_to_anchor=(0.5, 0.92),
        ncols=7,
        frameon=False,
    )
    figure.text(0.5, 0.015, caption, ha="center", fontsize=9, color=INK)
    return figure


def _draw_curve(
    axis: Axes,
    rows: pd.DataFrame,
    column: str,
    color: Any,
    lowest: float,
    look: tuple[str, str] = ("-", "o"),
) -> None:
    """One depth: filled where certified, hollow elsewhere, values below ``lowest`` drawn there."""
    values = np.maximum(rows[column].to_numpy(dtype=float, na_value=np.nan), lowest)
    alpha, certified = rows["alpha"].to_numpy(), rows["certified"].to_numpy(dtype=bool)
    axis.plot(alpha, values, look[0], color=color, linewidth=1.4, zorder=2)
    for chosen, face in ((certified, color), (~certified, "white")):
        axis.plot(
            alpha[chosen],
            values[chosen],
            linestyle="none",
            marker=look[1],
            markersize=4.5,
            color=color,
            markerfacecolor=face,
            zorder=3,
        )


def _finish_excess(axis: Axes, floor: float) -> None:
    axis.set_yscale("log")
    axis.set_ylim(floor / 50, max(2 * axis.get_ylim()[1], 10 * floor))
    axis.yaxis.set_major_locator(LogLocator(numticks=8))
    axis.yaxis.set_minor_locator(NullLocator())
    axis.axhspan(floor / 50, floor, color="#eeeeee", zorder=0)
    axis.annotate(
        f"rounding: what is below {floor:.0e} is drawn at {floor:.0e}",
        (0.5, floor / 20),
        xycoords=("axes fraction", "data"),
        ha="center",
        fontsize=8.5,
        color=INK,
    )


def _legend(colors: dict[float, Any], all_certified: bool, explicit: bool) -> list[Line2D]:
    infinite = r"$\infty$ (at $\alpha^D$)"  # the limit in which alpha stands for alpha^D
    names = {depth: infinite if np.isinf(depth) else f"{depth:g}" for depth in colors}
    handles = [
        Line2D([], [], color=color, marker="o", markersize=4.5, label=f"depth {names[depth]}")
        for depth, color in colors.items()
    ]
    handles += [Line2D([], [], label=label, **style) for label, style in LIMITS.values()]
    if explicit:
        handles.append(
            Line2D(
                [],
                [],
                color=INK,
                linestyle=EXPLICIT[0],
                marker=EXPLICIT[1],
                markersize=4.5,
                label="explicit",
            )
        )
    if not all_certified:
        hollow: dict[str, Any] = {"marker": "o", "markersize": 4.5, "markerfacecolor": "white"}
        handles.append(Line2D([], [], color=INK, linestyle="none", label="not certified", **hollow))
    return handles
