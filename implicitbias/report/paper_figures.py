"""The figures of the paper, from rows alone [woodworth2020, Fig. 1, 2]."""

from collections.abc import Callable
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

INK = "#444444"
WANTED = "squared error at most 0.025"
LIMITS = {"min_l1": (r"least $\ell_1$", "--"), "min_l2": (r"least $\ell_2$", ":")}
PENALTY = {"q": (r"$q$, implicit", "#2a788e"), "r": (r"$r$, explicit", "#c7532a")}
DASHES = ("-", "--", ":", "-.")
NEVER = -100.0  # decades: where the scan ends


def population_error_figure(frame: pd.DataFrame) -> Figure:
    """1a: the population error along alpha; median and the middle 80 % over the seeds."""
    figure, axis = _one(_plant_title(frame, "The error falls with the start"))
    rows = frame[frame["model"] == "implicit"]
    _band(axis, rows, "population_error", "#2a788e", "depth 2")
    for model, (label, dashes) in LIMITS.items():
        level = frame.loc[frame["model"] == model, "population_error"].median()
        axis.axhline(level, color=INK, ls=dashes, lw=1.2, label=label)
    n_over_d = 1 - frame["samples"].iloc[0] / frame["columns"].iloc[0]
    axis.axhline(n_over_d, color="#c7532a", lw=0.8, label=f"1 - N/d = {n_over_d:g}")
    _along_alpha(axis, r"population error $\Vert\beta-\beta^*\Vert^2$")
    axis.set_yscale("log")
    axis.legend(frameon=False)
    return figure


def excess_norms_figure(frame: pd.DataFrame) -> Figure:
    """1b: how far the norms are above the least ones; median and the middle 80 %."""
    figure, axis = _one(_plant_title(frame, "From the least l2 to the least l1 norm"))
    rows = frame[frame["model"] == "implicit"]
    _band(axis, rows, "l1_excess", "#2a788e", r"excess $\ell_1$ norm")
    _band(axis, rows, "l2_excess", "#c7532a", r"excess $\ell_2$ norm")
    _along_alpha(axis, "norm less the least one")
    axis.legend(frameon=False)
    return figure


def largest_scale_figure(frame: pd.DataFrame) -> Figure:
    """1c and 2c: the largest ``alpha^D`` that generalises, against N; median, middle 80 %.

    The bracket of each crossing is drawn by its smaller end; no band where a tenth of the seeds
    get there at no scale. The dashed line is where the least l1
    norm has a median error below the wanted one.
    """
    scans = frame[frame["depth"].notna()]
    figure, axis = _one(_plant_title(frame, f"Largest start with {WANTED}", samples=False))
    depths = sorted(scans["depth"].unique())
    lowest = 0.0
    for depth, color in _colors(depths):
        groups = scans[scans["depth"] == depth].groupby("samples")["log10_below"]
        low, high = (groups.apply(_quantile, share) for share in (0.1, 0.9))
        middle = groups.median()
        reached = middle[middle > NEVER]
        label = f"depth {depth:g}".replace("inf", r"$\infty$")
        axis.plot(reached.index, reached, "o-", ms=3.5, color=color, label=label)
        ends = low > NEVER
        axis.fill_between(low.index, low, high, where=ends, color=color, alpha=0.15, lw=0)
        lowest = min(lowest, reached.min())
    line = frame.dropna(subset=["l1_error"]).groupby("samples")["l1_error"].median()
    enough = line[line <= 0.025].index.min()
    axis.axvline(enough, color=INK, ls="--", lw=1.2, label=f"least $\\ell_1$ needs N = {enough:g}")
    axis.set_ylim(1.15 * lowest, 0.5)
    axis.set_xlabel("samples N")
    axis.set_ylabel(r"$\log_{10}\,\alpha^D$")
    axis.legend(frameon=False)
    return figure


def potentials_figure(frame: pd.DataFrame) -> Figure:
    """2a: q_D."""
    figure, axis = _one(r"The potential $q_D$")
    _curves(axis, frame, "z", "q")
    axis.set_xlabel(r"$z=\beta/\alpha^D$")
    axis.set_ylabel(r"$q_D(z)$")
    return figure


def ratios_figure(frame: pd.DataFrame) -> Figure:
    """2b: from the l2 ratio 1 to the l1 ratio ``1/sqrt(d)``."""
    columns = int(frame["columns"].iloc[0])
    figure, axis = _one(rf"How near to the $\ell_1$ norm, d = {columns}")
    _curves(axis, frame.assign(scale=10.0 ** frame["log10_scale"]), "scale", "ratio")
    axis.axhline(columns**-0.5, color=INK, ls="--", lw=1)
    axis.set_xscale("log")
    axis.set_xlabel(r"$\alpha^D$")
    axis.set_yscale("log")
    axis.set_ylabel(r"$Q_\alpha(e_1)\,/\,Q_\alpha(\mathbf{1}/\sqrt{d})$")
    return figure


def explicit_figure(frame: pd.DataFrame) -> Figure:
    """q and r on log axes, their unit balls, and both minimisers of one equation along alpha."""
    figure = Figure(figsize=(13.5, 4.4), layout="constrained")
    left, middle, right = figure.subplots(1, 3)
    potential = frame[frame["panel"] == "potential"]
    for name, rows in potential.groupby("penalty"):
        label, color = PENALTY[str(name)]
        left.plot(rows["x"], rows["y"], color=color, label=label)
    z = np.array([1e-4, 1e6])
    left.plot(z, z**2 / 8, color=INK, lw=0.8, ls="--", zorder=0, label=r"$z^2/8$")
    left.plot(z, z, color=INK, lw=0.8, ls=":", zorder=0, label=r"$z$")
    left.set(xscale="log", yscale="log", ylim=(1e-10, 1e8), xlabel=r"$z=\beta/\alpha^2$")
    left.set_title(r"Quadratic, then like $z\,\ln z$ or $z$", loc="left")
    left.legend(frameon=False)
    balls = frame[frame["panel"] == "ball"]
    for decade, dashes in zip(sorted(balls["log10_alpha"].unique()), DASHES, strict=False):
        for name, rows in balls[balls["log10_alpha"] == decade].groupby("penalty"):
            label, color = PENALTY[str(name)]
            label = rf"{label}, $\alpha=10^{{{decade:g}}}$"
            middle.plot(rows["x"], rows["y"], color=color, ls=dashes, lw=1.2, label=label)
    middle.set(aspect="equal", xlabel=r"$\beta_1$", ylabel=r"$\beta_2$")
    middle.set(xlim=(-1.05, 1.05), ylim=(-1.05, 1.05))
    middle.set_title("Balls through (1, 0)", loc="left")
    middle.legend(frameon=False, fontsize=8, loc="center")
    for name, rows in frame[frame["panel"] == "path"].groupby("penalty"):
        label, color = PENALTY[str(name)]
        right.plot(10.0 ** rows["log10_alpha"], rows["y"], color=color, label=label)
    right.set(xscale="log", yscale="log", ylim=(1e-9, 1))
    right.set_title("Solutions of one equation in two unknowns", loc="left")
    right.set(xlabel=r"$\alpha$", ylabel=r"$\beta_2$, 0 at the least $\ell_1$ norm")
    right.legend(frameon=False)
    for axis in (left, middle, right):
        axis.spines[["top", "right"]].set_visible(False)
    return figure


DRAW: dict[str, Callable[[pd.DataFrame], Figure]] = {
    "1a": population_error_figure,
    "1b": excess_norms_figure,
    "1c": largest_scale_figure,
    "2a": potentials_figure,
    "2b": ratios_figure,
    "2c": largest_scale_figure,
    "explicit": explicit_figure,
}


def _one(title: str) -> tuple[Figure, Axes]:
    figure = Figure(figsize=(7, 4.6), layout="constrained")
    axis = figure.subplots()
    axis.set_title(title, loc="left")
    axis.spines[["top", "right"]].set_visible(False)
    return figure, axis


def _plant_title(frame: pd.DataFrame, title: str, samples: bool = True) -> str:
    size = f"d = {frame['columns'].iloc[0]:g}, {frame['seed'].nunique()} seeds"
    return f"{title} (N = {frame['samples'].iloc[0]:g}, {size})" if samples else f"{title} ({size})"


def _along_alpha(axis: Axes, label: str) -> None:
    axis.set_xscale("log")
    axis.set_xlabel(r"rich  $\longleftarrow$  $\alpha$  $\longrightarrow$  kernel")
    axis.set_ylabel(label)


def _band(axis: Axes, rows: pd.DataFrame, column: str, color: str, label: str) -> None:
    groups = rows.groupby("log10_alpha")[column]
    alpha = 10.0 ** np.array(list(groups.groups), dtype=float)
    low, middle, high = (groups.quantile(share).to_numpy() for share in (0.1, 0.5, 0.9))
    axis.plot(alpha, middle, color=color, label=label)
    axis.fill_between(alpha, low, high, color=color, alpha=0.2, lw=0)


def _quantile(values: pd.Series, share: float) -> float:
    """An order statistic, so that what is never reached counts as -inf."""
    return float(np.quantile(values, share, method="lower"))


def _curves(axis: Axes, frame: pd.DataFrame, x: str, y: str) -> None:
    for depth, color in _colors(sorted(frame["depth"].unique())):
        rows = frame[frame["depth"] == depth]
        label = r"$D=\infty$" if np.isinf(depth) else f"D = {depth:g}"
        axis.plot(rows[x], rows[y], color=color, label=label)
    axis.legend(frameon=False)


def _colors(depths: list[float]) -> list[tuple[float, Any]]:
    # viridis without its pale end
    shades = mpl.colormaps["viridis"](np.linspace(0.1, 0.8, max(len(depths), 2)))
    return list(zip(depths, shades, strict=False))
