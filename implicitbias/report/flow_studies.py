"""The figures of the studies of flows and of finite steps."""

from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

INK = "#444444"
ERROR = r"$\Vert\beta-\beta^*\Vert^2$"


def regimes_figure(frame: pd.DataFrame, caption: str) -> Figure:
    """Time to fit, population error, and change of the kernel, against alpha.

    Args:
        frame: the rows of ``studies.regimes.regimes``.
    """
    figure, axes = _panels(caption, 3)
    alphas = r"rich  $\longleftarrow$  $\alpha$  $\longrightarrow$  kernel"
    _label(
        axes[0], "The price: time to fit", alphas, r"$t$ until the loss is $10^{-8}$ of the start"
    )
    _label(axes[1], "What it buys: population error", alphas, ERROR)
    _label(axes[2], "How far it leaves the kernel", alphas, "cosine distance of the gradients")
    for color, (depth, rows) in _colored(frame.groupby("depth")):
        alpha = np.exp(rows["log_alpha"])
        name = f"depth {depth:g}"
        axes[0].plot(alpha, np.exp(rows["log_time"]), "o-", ms=3, color=color, label=name)
        axes[1].plot(alpha, rows["population_error"], "o-", ms=3, color=color, label=name)
        axes[2].plot(alpha, rows["gradient_distance"], "o-", ms=3, color=color, label=name)
        law, text = _law(rows, float(depth))
        axes[0].plot(alpha, law, color=INK, ls=":", lw=1, zorder=0)
        axes[0].annotate(
            text,
            (alpha.min(), law[int(np.argmin(alpha))]),
            xytext=(2, 4),
            textcoords="offset points",
            color=INK,
            fontsize=8,
        )
    axes[1].legend(frameon=False)
    return figure


def steps_figure(frame: pd.DataFrame, caption: str) -> Figure:
    """Distance of the limit of gradient descent from the minimisers, against the step.

    Args:
        frame: the rows of ``studies.steps.step_sizes``, with a column ``edge``.
    """
    figure, axes = _panels(caption, 2)
    steps = "step / edge of stability"
    distance = r"$\Vert\beta-\hat\beta\Vert\,/\,\Vert\hat\beta\Vert$"
    _label(axes[0], "How far the limit is from the minimiser", steps, distance)
    _label(
        axes[1],
        "What start the limit is that of",
        steps,
        r"effective $\alpha$ / $\alpha$ (mean of logs)",
    )
    for color, (alpha, rows) in _colored(frame.dropna(subset=["steps"]).groupby("alpha")):
        x = rows["step"] / rows["edge"]
        dots, boxes = (
            {"marker": "o", "ms": 3, "color": color},
            {"marker": "s", "ms": 3, "color": color},
        )
        axes[0].plot(x, rows["from_nominal"], label=rf"of $\alpha={alpha:g}$", **dots)
        name = rf"of the effective $\alpha$, $\alpha={alpha:g}$"
        axes[0].plot(x, rows["from_effective"], ls="--", mfc="none", label=name, **boxes)
        axes[1].plot(x, rows["effective"], label=rf"$\alpha={alpha:g}$", **dots)
    axes[1].set_yscale("linear")
    for axis in axes:
        axis.axvline(1, color=INK, ls=":", lw=1, zorder=0)
        axis.legend(frameon=False, fontsize=7)
    return figure


def passes_figure(frame: pd.DataFrame, caption: str) -> Figure:
    """Population error against samples seen, once each or many times over.

    Args:
        frame: the rows of ``studies.passes.passes``.
    """
    figure, axes = _panels(caption, 2)
    for axis, kind, title in zip(
        axes,
        ("many passes", "one pass"),
        ("Many passes over few samples", "One pass over fresh samples"),
        strict=True,
    ):
        _label(axis, title, "steps, one sample each", ERROR)
        axis.sharey(axes[0])
        axis.sharex(axes[0])
        for color, (alpha, rows) in _colored(frame[frame["kind"] == kind].groupby("alpha")):
            x, y = rows["seen"].where(rows["seen"] > 0), rows["population_error"]
            axis.plot(x, y, color=color, label=rf"$\alpha={alpha:g}$")
    axes[1].legend(frameon=False)
    return figure


def _panels(caption: str, count: int) -> tuple[Figure, list[Axes]]:
    figure = Figure(figsize=(4.6 * count, 4.2), layout="constrained")
    axes = list(np.atleast_1d(figure.subplots(1, count)))
    figure.supxlabel(caption, fontsize=8, color=INK)
    return figure, axes


def _label(axis: Axes, title: str, x: str, y: str) -> None:
    axis.set(xscale="log", yscale="log", xlabel=x, ylabel=y)
    axis.set_title(title, loc="left", fontsize=10)
    axis.spines[["top", "right"]].set_visible(False)


def _colored(groups: Any) -> Any:
    """Each group with a colour that shows on white, and in grey."""
    groups = list(groups)
    shades = mpl.colormaps["viridis"](np.linspace(0.08, 0.8, max(len(groups), 2)))
    return zip(shades, groups, strict=False)


def _law(rows: pd.DataFrame, depth: float) -> tuple[np.ndarray[Any, Any], str]:
    """The predicted growth of the time, through the smallest alpha."""
    logs = rows["log_alpha"].to_numpy()
    last = float(np.exp(rows["log_time"].to_numpy()[np.argmin(logs)]))
    if depth == 2:
        law = np.where(logs < -1, -logs, np.nan)
        return last * law / -logs.min(), r"$\ln 1/\alpha$"
    return last * np.exp((2 - depth) * (logs - logs.min())), rf"$\alpha^{{-{depth - 2:g}}}$"
