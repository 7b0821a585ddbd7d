"""Digits: mpmath floats at the caller's working precision (``with mpmath.workdps(50): ...``)."""

from collections.abc import Callable, Hashable
from fractions import Fraction
from typing import Any

import mpmath
from mpmath import mp, mpf

from implicitbias.numbers.system import Curve, Exact, Function, NumberSystem, Value

GUARD_BITS = 20  # Newton runs with these on top, so that its rounding stays out of the answer


class _Digits(NumberSystem):
    name = "digits"

    def constant(self, exact: Exact) -> mpf:
        if not isinstance(exact, (int, Fraction)):
            raise TypeError(f"{exact} is symbolic: it has no digits; pass a sympy expression in")
        fraction = Fraction(exact)
        return mpf(fraction.numerator) / fraction.denominator

    def admit(self, value: object, what: str) -> mpf:
        if not isinstance(value, mpf):
            raise TypeError(f"{what} must be an mpf, got {type(value).__name__} ({value!r:.60})")
        if not mpmath.isfinite(value):
            raise ValueError(f"{what} must be finite, got {value}")
        return value

    def within(self, value: mpf, bound: int) -> bool:
        return bool(abs(value) < bound)

    def either(
        self,
        x: mpf,
        bound: float,
        below: Callable[..., Value],
        above: Callable[..., Value],
        *arguments: Value,
    ) -> mpf:
        return below(*arguments) if x <= bound else above(*arguments)

    def root(
        self,
        curve: Curve,
        target: mpf,
        start: Function,
        odd: Hashable = None,
    ) -> mpf:
        with mpmath.workprec(mp.prec + GUARD_BITS):
            root = start(target)
            for _ in range(mp.prec):
                value, slope = curve(root)
                step = (value - target) / slope
                root -= step
                if abs(step) <= mpmath.ldexp(abs(root), -(mp.prec // 2) - 1):
                    break
            else:
                raise ArithmeticError(f"Newton's method stalled at {root} for target {target}")
        return +root

    def exp(self, x: Any) -> Any:
        return mpmath.exp(x)

    def expm1(self, x: Any) -> Any:
        return mpmath.expm1(x)

    def log(self, x: Any) -> Any:
        return mpmath.log(x)

    def log1p(self, x: Any) -> Any:
        return mpmath.log1p(x)

    def sinh(self, x: Any) -> Any:
        return mpmath.sinh(x)

    def cosh(self, x: Any) -> Any:
        return mpmath.cosh(x)

    def tanh(self, x: Any) -> Any:
        return mpmath.tanh(x)

    def asinh(self, x: Any) -> Any:
        return mpmath.asinh(x)

    def atanh(self, x: Any) -> Any:
        return mpmath.atanh(x)

    def sqrt(self, x: Any) -> Any:
        return mpmath.sqrt(x)

    def absolute(self, x: Any) -> Any:
        return abs(x)

    def minimum(self, x: Any, y: Any) -> Any:
        return min(x, y)

    def copysign(self, magnitude: Any, sign: Any) -> Any:
        return abs(magnitude) if sign >= 0 else -abs(magnitude)

    def power(self, base: Any, exponent: Exact) -> Any:
        return mpmath.power(base, self.constant(exponent))

    def log_ratio(self, x: Any, y: Any) -> Any:
        return mpmath.log1p((x - y) / y) if abs(x - y) < y / 2 else mpmath.log(x / y)

    def power_difference(self, x: Any, y: Any, exponent: Exact) -> Any:
        half = self.constant(exponent) / 2
        mean = half * (mpmath.log(x) + mpmath.log(y))
        return mpmath.exp(mean) * (2 * mpmath.sinh(half * self.log_ratio(x, y)))


DIGITS = _Digits()
