"""One coordinate of the explicit regularizer at depth D > 2, which is not convex."""

from collections.abc import Callable
from typing import Any

import numpy as np

from implicitbias.inputs.arrays import Vector

STEPS = 200  # of Newton's method, kept in a bracket
TOL = 1e-9  # of a step relative to f: Newton's method has an error of its square


def split(z: Any, depth: float) -> tuple[Vector, Vector]:
    """The weights ``(1 + e, 1 - f)`` nearest to (1, 1) with ``(1+e)^D - (1-f)^D = z >= 0``.

    Returns (e, f), the shape of z. Stationarity with the multiplier
    ``m = 2 e/(D (1+e)^(D-1)) = 2 f/(D (1-f)^(D-1))`` gives f in [0, 1]. (A negative weight is
    farther: with it at 0 the other needs no more than ``sqrt((1+e)^2 + (1-f)^2)``.)
    """
    z = np.asarray(z, dtype=np.float64)
    low, high = np.zeros(z.shape), np.ones(z.shape)
    f = np.minimum(z / (2 * depth), 0.5)
    for _ in range(STEPS):
        log_small = np.log1p(-f)
        log_large = np.log1p(z + np.expm1(depth * log_small)) / depth
        e = np.expm1(log_large)
        ratio = np.exp((depth - 1) * (log_small - log_large))
        value = f - e * ratio
        # de/df = -ratio by the constraint; every term is positive, so there is one root.
        slope = 1 + ratio * (ratio + e * (depth - 1) * (1 / (1 - f) - ratio / (1 + e)))
        low, high = np.where(value < 0, f, low), np.where(value < 0, high, f)
        newton = f - value / slope
        inside = (newton >= low) & (newton <= high) & (newton < 1)
        new = np.where(inside, newton, (low + high) / 2)
        done = np.all(np.abs(new - f) <= TOL * np.abs(f))
        f = new
        if done:
            break
    return np.expm1(np.log1p(z + np.expm1(depth * np.log1p(-f))) / depth), f


def distance(z: Any, depth: float) -> Vector:
    """``r_D(z) = e^2 + f^2``; elementwise, even."""
    e, f = split(np.abs(z), depth)
    return np.asarray(e * e + f * f)


def multiplier(z: Any, depth: float) -> Vector:
    """``r_D'(z) = 2 e/(D (1+e)^(D-1))``; elementwise, odd."""
    e, _ = split(np.abs(z), depth)
    return np.asarray(np.copysign(2 * e / depth * np.exp((1 - depth) * np.log1p(e)), z))


def inflection(depth: float) -> float:
    """The z up to which r_D is convex and beyond which it is concave: ``e = 1/(D-2)``.

    m increases with e up to there and falls after it, and z increases with e.
    """
    e = 1 / (depth - 2)
    m = 2 * e / depth * (1 + e) ** (1 - depth)
    return float(_at_multiplier(np.array([m]), depth)[0][0])


def conjugate(s: Vector, bound: Vector, depth: float) -> Vector:
    """``max s z - r_D(z)`` over ``0 <= z <= bound``, for s >= 0: inside, where r is convex, or at
    the end."""
    top = inflection(depth)
    at_end = s * bound - distance(bound, depth)
    z, cost = _at_multiplier(np.minimum(s, multiplier(top, depth)), depth)
    return np.asarray(np.maximum(at_end, np.where(z <= bound, s * z - cost, 0.0)))


def _at_multiplier(m: Vector, depth: float) -> tuple[Vector, Vector]:
    """z up to the inflection with ``r_D'(z) = m``, and ``r_D(z)``; by bisection for e and f."""
    log_m = np.log(np.maximum(m, 1e-300) * depth / 2)
    e = _bisect(lambda e: np.log(e) - (depth - 1) * np.log1p(e) - log_m, 1 / (depth - 2))
    f = _bisect(lambda f: np.log(f) - (depth - 1) * np.log1p(-f) - log_m, 1.0)
    z = np.expm1(depth * np.log1p(e)) - np.expm1(depth * np.log1p(-f))
    return np.where(m > 0, z, 0.0), np.where(m > 0, e * e + f * f, 0.0)


def _bisect(increasing: Callable[[Vector], Vector], top: float) -> Vector:
    """The root in ``(1e-300, top)``, in the logarithm."""
    size = increasing(np.array([top / 2])).shape
    low, high = np.full(size, -690.0), np.full(size, np.log(top))
    for _ in range(64):
        middle = (low + high) / 2
        below = increasing(np.exp(middle)) < 0
        low, high = np.where(below, middle, low), np.where(below, high, middle)
    return np.asarray(np.exp(low))
