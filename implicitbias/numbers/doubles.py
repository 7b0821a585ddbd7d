"""Doubles: numpy arrays of float64, elementwise."""

import math
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from fractions import Fraction
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from implicitbias.numbers.system import ODD_BOUND, Curve, Exact, Function, NumberSystem, Value

Doubles = NDArray[np.float64]

NEWTON_STEPS = 100  # measured: at most 9 over depth 2 + 1e-8 .. infinity, arguments 1e-300 .. 1e300
# Newton's method is done after a step this small, relative to the root v: its square times
# v f''/(2f') is left, and that is p v in general, up to 350.
STEP_TOL = 1e-9
CELLS_PER_UNIT = 96  # of asinh(z/2); with DEGREE, the truncation is below 2^-56
CELLS = math.ceil(math.asinh(ODD_BOUND / 2) * CELLS_PER_UNIT)
DEGREE = 6
SMALLEST = 2.0**-1074  # double > 0
TABLE_TOL = 2e-15  # relative, of the table against Newton's method: their roundings, 5 ulp each


@dataclass(frozen=True)
class _OddInverse:
    """The inverse v(z) of an odd function, by polynomials in ``u = asinh(z/2)`` for ``v/u``."""

    name: Hashable
    curve: Curve = field(compare=False)
    start: Function = field(compare=False)

    def __call__(self, target: Doubles) -> Doubles:
        u = np.arcsinh(target / 2)
        x = np.abs(u)
        x *= CELLS_PER_UNIT
        cell = x.astype(np.intp)
        x -= cell
        return np.asarray(_horner(_table(self), cell, x) * u)


def _horner(coefficients: Doubles, cell: NDArray[np.intp], x: Value) -> Doubles:
    value = coefficients[0].take(cell)
    for row in coefficients[1:]:
        value *= x
        value += row.take(cell)
    return np.asarray(value)


@lru_cache(maxsize=16)  # 2.5 MB each
def _table(inverse: _OddInverse) -> Doubles:
    """Column k: the polynomial in x, 0 to 1 along cell k, highest power first.

    ArithmeticError if it is off by more than TABLE_TOL anywhere at the cells' ends, where a
    polynomial through Chebyshev's nodes is off the most.
    """
    nodes = (1 - np.cos((2 * np.arange(DEGREE + 1) + 1) * np.pi / (2 * DEGREE + 2))) / 2
    cell = np.arange(CELLS)
    middle = (cell + nodes[DEGREE // 2]) / CELLS_PER_UNIT
    z = 2 * np.sinh(middle)
    ratio = _newton(inverse.curve, z, inverse.start(z)) / middle
    at_nodes = np.empty((DEGREE + 1, CELLS))
    for row, node in zip(at_nodes, nodes, strict=True):
        u = (cell + node) / CELLS_PER_UNIT
        row[:] = _newton(inverse.curve, 2 * np.sinh(u), ratio * u) / u
    # Relative to the middle, so that the fit rounds the small differences only.
    table = np.linalg.solve(np.vander(nodes), at_nodes - ratio)
    table[-1] += ratio
    end = (cell + 1) / CELLS_PER_UNIT
    v = _horner(table, cell, 1.0) * end
    value, slope = inverse.curve(v)
    step = np.abs(value - 2 * np.sinh(end)) / slope
    if not np.all(step <= TABLE_TOL * v):
        raise ArithmeticError(f"the table of {inverse.name} is off by {(step / v).max()}")
    return table


def _newton(curve: Curve, target: Value, start: Value) -> Doubles:
    root = np.asarray(start)
    for _ in range(NEWTON_STEPS):
        value, slope = curve(root)
        step = (value - target) / slope
        root = root - step
        if np.all(np.abs(step) <= STEP_TOL * np.abs(root)):
            return np.asarray(root)
    raise ArithmeticError(f"Newton's method stalled with a last step of {np.abs(step).max()}")


class _Doubles(NumberSystem):
    name = "doubles"

    def constant(self, exact: Exact) -> float:
        if not isinstance(exact, (int, Fraction)):
            raise TypeError(f"{exact} is symbolic: it has no double; pass a sympy expression in")
        return float(exact)

    def admit(self, value: object, what: str) -> Doubles:
        array = np.asarray(value)
        if array.dtype.kind not in "biuf":
            raise TypeError(f"{what} must be real numbers, got {array.dtype} ({value!r:.60})")
        doubles = array.astype(np.float64, copy=False)
        if not np.isfinite(doubles).all():
            raise ValueError(f"{what} must be finite, got {doubles[~np.isfinite(doubles)][0]}")
        return doubles

    def within(self, value: Doubles, bound: int) -> bool:
        return bool(np.all(np.abs(value) < bound))

    def either(
        self,
        x: Doubles,
        bound: float,
        below: Callable[..., Value],
        above: Callable[..., Value],
        *arguments: Value,
    ) -> Doubles:
        is_below = x <= bound
        if is_below.all():
            return np.asarray(below(*arguments))
        if not is_below.any():
            return np.asarray(above(*arguments))
        result = np.empty(np.shape(x))
        result[is_below] = below(*(argument[is_below] for argument in arguments))
        result[~is_below] = above(*(argument[~is_below] for argument in arguments))
        return result

    def root(
        self,
        curve: Curve,
        target: Value,
        start: Function,
        odd: Hashable = None,
    ) -> Doubles:
        if odd is None:
            return _newton(curve, target, start(target))
        return _OddInverse(odd, curve, start)(target)

    def exp(self, x: Any) -> Any:
        return np.exp(x)

    def expm1(self, x: Any) -> Any:
        return np.expm1(x)

    def log(self, x: Any) -> Any:
        return np.log(x)

    def log1p(self, x: Any) -> Any:
        return np.log1p(x)

    def sinh(self, x: Any) -> Any:
        return np.sinh(x)

    def cosh(self, x: Any) -> Any:
        return np.cosh(x)

    def tanh(self, x: Any) -> Any:
        return np.tanh(x)

    def asinh(self, x: Any) -> Any:
        return np.arcsinh(x)

    def atanh(self, x: Any) -> Any:
        return np.arctanh(x)

    def sqrt(self, x: Any) -> Any:
        return np.sqrt(x)

    def absolute(self, x: Any) -> Any:
        return np.abs(x)

    def minimum(self, x: Any, y: Any) -> Any:
        return np.minimum(x, y)

    def copysign(self, magnitude: Any, sign: Any) -> Any:
        return np.copysign(magnitude, sign)

    def power(self, base: Any, exponent: Exact) -> Any:
        rounded = self.constant(exponent)
        power = np.power(base, rounded)
        rest = float(Fraction(exponent) - Fraction(rounded))
        # At base 1e300 the rounding of an exponent near 1 weighs 345 ulp.
        if not rest:
            return power
        return power * np.exp(rest * np.log(np.maximum(base, SMALLEST)))  # 0 at base 0

    def log_ratio(self, x: Any, y: Any) -> Any:
        with np.errstate(divide="ignore"):  # far below y, where it is not taken
            near = np.log1p((x - y) / y)
        return np.where(np.abs(x - y) < y / 2, near, np.log(x) - np.log(y))

    def power_difference(self, x: Any, y: Any, exponent: Exact) -> Any:
        power = self.constant(exponent)
        mean = power * (np.log(x) + np.log(y)) / 2
        return np.exp(mean) * (2 * np.sinh(power * self.log_ratio(x, y) / 2))


DOUBLES = _Doubles()
