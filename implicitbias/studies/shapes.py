"""The potentials as curves: q_D, its l1-to-l2 ratio, and q against the explicit r."""

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from implicitbias.inputs.arrays import Vector
from implicitbias.potentials import Explicit, Hypentropy, Potential, potential_for
from implicitbias.solvers import solve, solve_explicit

LN10 = math.log(10)
HALVINGS = 100  # of a bracket: the last digit of a double needs no more
EQUATION = ((1.0, 0.6), 1.0)  # x, y of x.beta = y, whose l1 and l2 minimisers differ


def potentials(depth: float, z: Sequence[float]) -> list[dict[str, Any]]:
    """A row a z: ``depth``, ``z``, ``q`` = q_D(z)."""
    values = potential_for(depth).value(np.array(z, dtype=float))
    return [{"depth": depth, "z": at, "q": q} for at, q in zip(z, values, strict=True)]


def ratios(depth: float, columns: int, log10_scales: Sequence[float]) -> list[dict[str, Any]]:
    """``Q(e_1) / Q(1/sqrt(d))`` at each scale x = alpha^D: 1 for l2, ``1/sqrt(d)`` for l1.

    A row a scale: ``depth``, ``columns`` (d), ``log10_scale``, ``ratio``.
    """
    q = potential_for(depth)
    scale = 10.0 ** np.array(log10_scales, dtype=float)
    ratio = q.value(1 / scale) / (columns * q.value(columns**-0.5 / scale))
    return [
        {"depth": depth, "columns": columns, "log10_scale": at, "ratio": value}
        for at, value in zip(log10_scales, ratio, strict=True)
    ]


PENALTIES: dict[str, Callable[[], Potential]] = {"q": Hypentropy, "r": Explicit}


def coordinates(log10_z: Sequence[float]) -> list[dict[str, Any]]:
    """q_2 and r: rows ``panel`` = potential, ``penalty`` (q or r), ``x`` = z, ``y``."""
    z = 10.0 ** np.array(log10_z, dtype=float)
    return [
        {"panel": "potential", "penalty": name, "x": at, "y": value}
        for name, penalty in PENALTIES.items()
        for at, value in zip(z, penalty().value(z), strict=True)
    ]


def unit_balls(log10_alpha: float, angles: int) -> list[dict[str, Any]]:
    """``Q_alpha(beta) = Q_alpha(1, 0)`` and the same for R_alpha, in the plane.

    Rows ``panel`` = ball, ``penalty``, ``log10_alpha``, ``x``, ``y``.
    """
    scale = 10.0 ** (-2 * log10_alpha)
    theta = np.linspace(0, 2 * np.pi, angles + 1)
    across, up = np.cos(theta), np.sin(theta)
    rows = []
    for name, penalty in PENALTIES.items():
        q = penalty()

        def value(radius: Vector, q: Potential = q) -> Vector:
            return np.asarray(q.value(scale * radius * across) + q.value(scale * radius * up))

        # Between the l1 and the l2 ball through (1, 0).
        low, high = np.full(len(theta), 0.5), np.full(len(theta), 1.5)
        for _ in range(HALVINGS):
            middle = (low + high) / 2
            inside = value(middle) < q.value(scale)
            low, high = np.where(inside, middle, low), np.where(inside, high, middle)
        rows += [
            {"panel": "ball", "penalty": name, "log10_alpha": log10_alpha, "x": x, "y": y}
            for x, y in zip(low * across, low * up, strict=True)
        ]
    return rows


def two_paths(log10_alphas: Sequence[float]) -> list[dict[str, Any]]:
    """Both minimisers of one equation in two unknowns, along alpha.

    Rows ``panel`` = path, ``penalty``, ``log10_alpha``, ``x``, ``y`` (the two weights).
    """
    X, y = np.array([EQUATION[0]]), np.array([EQUATION[1]])
    rows = []
    for name, solver in (("q", solve), ("r", solve_explicit)):
        for decade in log10_alphas:
            first, second = solver(X, y, log_alpha=LN10 * decade).beta
            place = {"panel": "path", "penalty": name, "log10_alpha": decade}
            rows.append({**place, "x": first, "y": second})
    return rows
