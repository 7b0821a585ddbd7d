"""The figure of a probe: how many digits agree with the l1 limit, against alpha."""

from collections.abc import Callable

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator

from implicitbias.report.figures import INK

EPSILONS = 10 ** -np.geomspace(0.003, 300, 400)
BOUNDS = {
    "printed": (r"enough by Theorem 2 ($D = 2$)", (0, (1, 2))),
    "sufficient": ("enough, sharper", (0, (6, 3))),
    "necessary": (r"$Q$ is not near $\ell_1$ above ($D = 2$)", (0, (4, 2, 1, 2))),
}
LINEAR = 1.0  # of both axes: below one decade they are linear


def probe_figure(
    frame: pd.DataFrame, caption: str, bound: Callable[[float, float, str], float | None]
) -> Figure:
    """Digits of the l1 norm that are right against decades of alpha.

    Args:
        frame: the rows of ``studies.probe``. caption: the data set and its shapes.
        bound: ``(eps, depth, name)`` to log10 alpha, the name a field of ``RichBounds``.
    """
    depths = sorted(frame["depth"].unique())
    shades = mpl.colormaps["viridis"](np.linspace(0.12, 0.76, max(len(depths), 2)))
    figure = Figure(figsize=(9, 6.2))
    figure.subplots_adjust(left=0.09, right=0.69, bottom=0.14, top=0.88)
    axis = figure.subplots()
    axis.spines[["top", "right"]].set_visible(False)
    axis.set_xscale("symlog", linthresh=LINEAR)
    axis.set_yscale("symlog", linthresh=LINEAR)
    deepest = float(-frame["log10_alpha"].min())
    for depth, color in zip(depths, shades, strict=False):
        rows = frame[(frame["depth"] == depth) & frame["log10_excess"].notna()]
        name = r"$\infty$ (at $\alpha^D$)" if np.isinf(depth) else f"{depth:g}"
        axis.plot(
            -rows["log10_alpha"],
            -rows["log10_excess"],
            color=color,
            marker="o",
            markersize=4,
            linewidth=1.3,
            label=f"depth {name}",
            zorder=3,
        )
        _draw_slope(axis, rows, color)
        for field, (label, style) in BOUNDS.items():
            points = [(bound(eps, depth, field), eps) for eps in EPSILONS]
            decades = [(-where, -np.log10(eps)) for where, eps in points if where is not None]
            decades = [point for point in decades if point[0] <= 2 * deepest]
            if decades:
                axis.plot(
                    *zip(*decades, strict=True),
                    color=color,
                    linestyle=style,
                    linewidth=1.2,
                    label=f"{label}, depth {name}" if field == "sufficient" else label,
                    zorder=2,
                )
    axis.set_xlim(-1.2, 1.15 * deepest)
    for ticks in (axis.xaxis, axis.yaxis):
        ticks.set_minor_locator(NullLocator())
    axis.set_xlabel(r"decades below 1 of the scale of the start, $-\log_{10} \alpha$")
    axis.set_ylabel(r"$-\log_{10}(\Vert\beta\Vert_1\,/\,\min\Vert\cdot\Vert_1 - 1)$")
    figure.suptitle("How small must the start be to reach the least $\\ell_1$ norm?", fontsize=14)
    axis.legend(loc="upper left", bbox_to_anchor=(1.02, 1.0), frameon=False, fontsize=9)
    figure.text(0.5, 0.02, caption, ha="center", fontsize=9, color=INK)
    return figure


def _draw_slope(axis: mpl.axes.Axes, rows: pd.DataFrame, color: object) -> None:
    """The predicted slope, through the last point."""
    if rows.empty or rows["predicted_slope"].isna().all():
        return
    last, slope = rows.iloc[-1], float(rows["predicted_slope"].iloc[0])
    decades = np.geomspace(0.5, max(-float(last["log10_alpha"]), 1.0), 80)
    digits = -float(last["log10_excess"]) + slope * (decades + float(last["log10_alpha"]))
    shown = digits > 0
    axis.plot(
        decades[shown],
        digits[shown],
        color=color,
        alpha=0.35,
        linewidth=5,
        label=rf"predicted, $\alpha^{{{slope:.3g}}}$",
        zorder=1,
    )
