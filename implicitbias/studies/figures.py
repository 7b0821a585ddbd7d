"""The figures of the paper as settings and cells [woodworth2020, Fig. 1, 2]."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from implicitbias.studies.cells import Cell
from implicitbias.studies.shapes import coordinates, potentials, ratios, two_paths, unit_balls
from implicitbias.studies.sparse_regression import l1_error, largest_scale, scales

Settings = Mapping[str, Any]


@dataclass(frozen=True)
class FigureStudy:
    """What is computed for a figure.

    Attributes:
        full: its settings.
        quick: those that differ for a look in seconds.
        cells: from settings; their order is that of the rows.
    """

    full: Settings
    quick: Settings
    cells: Callable[[Settings], list[Cell]]

    def settings(self, quick: bool) -> dict[str, Any]:
        """All settings, as plain numbers, strings and lists of them."""
        return {**self.full, **(self.quick if quick else {})}


PLANTED = {"columns": 1000, "nonzeros": 5, "variance": 0.01}
QUICK_PLANTED = {"columns": 200, "nonzeros": 3}
DEPTHS = [2, 3, 4, 5, 10, math.inf]


def _grid(start: float, stop: float, step: float) -> list[float]:
    """start, start + step, .. stop, without the rounding of a sum."""
    return [round(start + step * i, 10) for i in range(round((stop - start) / step) + 1)]


def _planted(settings: Settings) -> dict[str, Any]:
    return {name: settings[name] for name in PLANTED}


def _scale_cells(settings: Settings) -> list[Cell]:
    common = {"samples": settings["samples"], "log10_alphas": settings["log10_alphas"]}
    return [
        Cell(f"seed-{seed}", scales, {"seed": seed, **common, **_planted(settings)})
        for seed in range(settings["seeds"])
    ]


def _threshold_cells(settings: Settings) -> list[Cell]:
    seeds, planted = range(settings["seeds"]), _planted(settings)
    cells = [
        Cell(
            f"depth-{depth:g}-samples-{samples}-seed-{seed}",
            largest_scale,
            {"seed": seed, "samples": samples, "depth": depth, "wanted": settings["wanted"]}
            | planted,
            0.05 + (samples / planted["columns"]) ** 2,  # a Newton step is N^2 d
        )
        for depth in settings["depths"]
        for samples in settings["samples"]
        for seed in seeds
    ]
    lines = [
        Cell(
            f"l1-samples-{samples}-seed-{seed}",
            l1_error,
            {"seed": seed, "samples": samples, **planted},
            0.05,
        )
        for samples in settings["l1_samples"]
        for seed in seeds
    ]
    return [*cells, *lines]


def _curve_cells(function: Callable[..., Any]) -> Callable[[Settings], list[Cell]]:
    """A cell a depth; the other settings are the function's arguments."""

    def cells(settings: Settings) -> list[Cell]:
        rest = {name: value for name, value in settings.items() if name != "depths"}
        return [
            Cell(f"depth-{depth:g}", function, {"depth": depth, **rest})
            for depth in settings["depths"]
        ]

    return cells


def _explicit_cells(settings: Settings) -> list[Cell]:
    balls: Sequence[float] = settings["ball_log10_alphas"]
    return [
        Cell("potential", coordinates, {"log10_z": settings["log10_z"]}),
        *(
            Cell(f"ball-{at:g}", unit_balls, {"log10_alpha": at, "angles": settings["angles"]})
            for at in balls
        ),
        Cell("path", two_paths, {"log10_alphas": settings["path_log10_alphas"]}),
    ]


ALONG_ALPHA = FigureStudy(
    {**PLANTED, "samples": 100, "seeds": 20, "log10_alphas": _grid(2, -10, -0.2)},
    {**QUICK_PLANTED, "samples": 40, "seeds": 5, "log10_alphas": _grid(2, -10, -0.5)},
    _scale_cells,
)
SAMPLES = np.arange(50, 501, 25).tolist()
THRESHOLD = {**PLANTED, "wanted": 0.025, "seeds": 10, "samples": SAMPLES}
THRESHOLD |= {"l1_samples": np.arange(20, 101, 5).tolist()}
QUICK_THRESHOLD = {**QUICK_PLANTED, "seeds": 3, "samples": [40, 60, 100]}
QUICK_THRESHOLD |= {"l1_samples": np.arange(15, 61, 5).tolist()}

FIGURES = {
    "1a": ALONG_ALPHA,
    "1b": ALONG_ALPHA,
    "1c": FigureStudy({**THRESHOLD, "depths": [2]}, QUICK_THRESHOLD, _threshold_cells),
    "2a": FigureStudy({"depths": DEPTHS, "z": _grid(-10, 10, 0.1)}, {}, _curve_cells(potentials)),
    "2b": FigureStudy(
        {"depths": DEPTHS, "columns": 1000, "log10_scales": _grid(4, -16, -0.1)},
        {},
        _curve_cells(ratios),
    ),
    "2c": FigureStudy(
        {**THRESHOLD, "depths": DEPTHS},
        {**QUICK_THRESHOLD, "depths": [2, 3]},
        _threshold_cells,
    ),
    "explicit": FigureStudy(
        {
            "log10_z": _grid(-4, 6, 0.1),
            "ball_log10_alphas": [0.5, -0.5, -2],
            "angles": 360,
            "path_log10_alphas": _grid(1, -8, -0.1),
        },
        {},
        _explicit_cells,
    ),
}
