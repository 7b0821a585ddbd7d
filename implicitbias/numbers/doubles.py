"""Doubles: numpy arrays of float64, elementwise."""

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from fractions import Fraction
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import CubicSpline

from implicitbias.numbers.system import Exact, Function, NumberSystem, Value

Doubles = NDArray[np.float64]

NEWTON_STEPS = 100  # measured: at most 9 over depth 2 + 1e-8 .. infinity, arguments 1e-300 .. 1e300
NODES_PER_UNIT = 128  # of asinh(z/2): the interpolated root is good to TABLE_TOL
LAST_NODE = 709  # 2 sinh(710) is no double
# Newton's method is done after a step this small, relative to the root v: its square times
# v f''/(2f') is left. That is p v in general, up to 350; but below 1 where a table is not exact.
STEP_TOL = 1e-9
TABLE_TOL = 8e-9


@dataclass(frozen=True)
class _OddInverse:
    """The inverse v(z) of an odd function, interpolated in ``u = asinh(z/2)``."""

    name: Hashable
    function: Function = field(compare=False)
    derivative: Function = field(compare=False)
    start: Function = field(compare=False)

    def __call__(self, target: Doubles) -> Doubles:
        cubic = _cubics(self)
        u = np.arcsinh(target / 2)
        x = np.abs(u)
        cell = (NODES_PER_UNIT * x).astype(np.intp)
        x -= cell / NODES_PER_UNIT
        value = cubic[0].take(cell, mode="clip")
        for coefficients in cubic[1:]:
            value *= x
            value += coefficients.take(cell, mode="clip")
        return np.asarray(np.copysign(value, u))


@lru_cache(maxsize=16)  # 3 MB each
def _cubics(inverse: _OddInverse) -> Doubles:
    """Column k: the cubic on cell k, highest power first."""
    u = np.arange(LAST_NODE * NODES_PER_UNIT + 1) / NODES_PER_UNIT
    z = 2 * np.sinh(u)
    v = _newton(inverse.function, inverse.derivative, z, inverse.start(z))
    # Natural: v is odd in u, and straight at the far end.
    cubics = CubicSpline(u, v, bc_type="natural").c
    past_the_end = np.array([[0.0], [0.0], [cubics[2, -1]], [v[-1]]])
    return np.hstack([cubics, past_the_end])


def _newton(
    function: Function,
    derivative: Function,
    target: Value,
    start: Value,
    tolerance: float = STEP_TOL,
) -> Doubles:
    root = np.asarray(start)
    for _ in range(NEWTON_STEPS):
        step = (function(root) - target) / derivative(root)
        root = root - step
        if np.all(np.abs(step) <= tolerance * np.abs(root)):
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
        doubles = array.astype(np.float64)
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
        function: Function,
        derivative: Function,
        target: Value,
        start: Function,
        odd: Hashable = None,
    ) -> Doubles:
        if odd is None:
            return _newton(function, derivative, target, start(target))
        table = _OddInverse(odd, function, derivative, start)
        return _newton(function, derivative, target, table(target), TABLE_TOL)

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
        return power * np.exp(rest * np.log(base)) if rest else power


DOUBLES = _Doubles()
