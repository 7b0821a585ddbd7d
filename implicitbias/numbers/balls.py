"""Balls: python-flint's arb, at the caller's working precision (``with flint.ctx.workprec(b)``).

A ball encloses: the exact result for every point of the argument balls lies in the result
[johansson2017]. A rational (fmpq) is a ball too, of radius 0: it enters formulas by ``log``,
``power``, ``log_ratio`` and ``power_difference``, and stays exact as long as powers are whole.
"""

from collections.abc import Callable, Hashable
from fractions import Fraction
from typing import Any

from flint import arb, ctx, fmpq

from implicitbias.numbers.system import Curve, Exact, Function, NumberSystem, Value


class _Balls(NumberSystem):
    name = "balls"

    def constant(self, exact: Exact) -> arb:
        if not isinstance(exact, (int, Fraction)):
            raise TypeError(f"{exact} is symbolic: it has no ball; pass a sympy expression in")
        fraction = Fraction(exact)
        return arb(fmpq(fraction.numerator, fraction.denominator))

    def admit(self, value: object, what: str) -> arb:
        if not isinstance(value, arb):
            raise TypeError(f"{what} must be an arb, got {type(value).__name__} ({value!r:.60})")
        if not value.is_finite():
            raise ValueError(f"{what} must be finite, got {value}")
        return value

    def within(self, value: arb, bound: int) -> bool:
        return bool(abs(value) < bound)

    def either(
        self,
        x: arb,
        bound: float,
        below: Callable[..., Value],
        above: Callable[..., Value],
        *arguments: Value,
    ) -> Value:
        # Either branch encloses: the midpoint picks the one whose ball is tighter.
        return below(*arguments) if x.mid() <= bound else above(*arguments)

    def root(
        self,
        curve: Curve,
        target: arb,
        start: Function,
        odd: Hashable = None,
    ) -> Value:
        root = start(target).mid()
        if target.is_exact():
            return self._enclose_root(curve, target, root)
        # The function increases: the roots for the two ends enclose those for all between.
        return self._enclose_root(curve, arb(target.lower()), root).union(
            self._enclose_root(curve, arb(target.upper()), root)
        )

    def _enclose_root(self, curve: Curve, target: arb, root: arb) -> Value:
        """Newton on midpoints, then one interval Newton step, which proves that a root is there."""
        for _ in range(ctx.prec):
            value, slope = curve(root)
            step = ((value - target) / slope).mid()
            root = (root - step).mid()
            if abs(step) <= abs(root) * arb(2) ** (-ctx.prec // 2):
                break
        residual = curve(root)[0] - target
        if residual == 0:
            return root
        radius = abs(root) * arb(2) ** (8 - ctx.prec)
        for _ in range(ctx.prec):  # two or three doublings are the rule
            box = root + arb(0, radius.abs_upper())
            newton = root - residual / curve(box)[1]
            if newton.is_finite() and box.contains_interior(newton):
                return newton
            radius = radius * 2
        raise ArithmeticError(f"no ball around {root} encloses the root for target {target}")

    def exp(self, x: Any) -> Any:
        return x.exp()

    def expm1(self, x: Any) -> Any:
        return x.expm1()

    def log(self, x: Any) -> Any:
        return x.log() if isinstance(x, arb) else arb(x).log()

    def log1p(self, x: Any) -> Any:
        return x.log1p()

    def sinh(self, x: Any) -> Any:
        return x.sinh()

    def cosh(self, x: Any) -> Any:
        return x.cosh()

    def tanh(self, x: Any) -> Any:
        return x.tanh()

    def asinh(self, x: Any) -> Any:
        return x.asinh()

    def atanh(self, x: Any) -> Any:
        return x.atanh()

    def sqrt(self, x: Any) -> Any:
        return x.sqrt()

    def absolute(self, x: Any) -> Any:
        return abs(x)

    def minimum(self, x: Any, y: Any) -> Any:
        return x.min(y)

    def copysign(self, magnitude: Any, sign: Any) -> Any:
        return abs(magnitude) * sign.sgn()

    def power(self, base: Any, exponent: Exact) -> Any:
        if isinstance(base, fmpq):
            if base == 1:
                return base
            if isinstance(exponent, (int, Fraction)) and exponent.denominator == 1:
                return base ** int(exponent)
            base = arb(base)
        power = self.constant(exponent)
        if base > 0 or not power > 0:
            return base**power
        return (base.upper() ** power).union(arb(0)) if base.upper() > 0 else arb(0)

    def log_ratio(self, x: Any, y: Any) -> Any:
        return self.log(x / y)

    def power_difference(self, x: Any, y: Any, exponent: Exact) -> Any:
        # A ball tells its own width where the powers cancel.
        return fmpq(0) if x == y else self.power(x, exponent) - self.power(y, exponent)


BALLS = _Balls()
