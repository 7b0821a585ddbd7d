"""Expressions: sympy, exact and symbolic."""

from collections.abc import Callable, Hashable
from fractions import Fraction
from functools import lru_cache
from typing import Any, ClassVar

import mpmath
import sympy

from implicitbias.numbers.system import Curve, Exact, Function, NumberSystem, Value


class ImplicitInverse(sympy.Function):  # type: ignore[misc]  # sympy ships no types
    """``ImplicitInverse(z, f)`` is the real v with ``f(v) = z``, for a sympy Lambda f, odd and
    increasing; ``ImplicitInverse(z, f).diff(z) = 1 / f'(v)``; a number wherever z is one.

    It stands for the mirror map where no closed form exists: depth 3 already has the Galois
    group S6.
    """

    nargs: ClassVar[Any] = 2

    @classmethod
    def eval(cls, target: Any, function: Any) -> Any:
        if target.is_zero:
            return sympy.S.Zero
        if target.could_extract_minus_sign():
            return -cls(-target, function)
        return None

    def fdiff(self, argindex: int = 1) -> Any:
        if argindex != 1:
            raise sympy.ArgumentIndexError(self, argindex)
        function = self.args[1]
        variable = function.variables[0]
        return 1 / function.expr.diff(variable).subs(variable, self)

    def _eval_is_extended_real(self) -> Any:
        return self.args[0].is_extended_real

    def _eval_is_positive(self) -> Any:
        return self.args[0].is_positive

    def _eval_evalf(self, prec: int) -> Any:
        target, function = self.args
        value = target.evalf(mpmath.libmp.prec_to_dps(prec))
        return _numeric_inverse(value, function, prec) if value.is_Float else None


@lru_cache(maxsize=4096)  # an expression holds the same inverse many times over
def _numeric_inverse(target: Any, function: Any, prec: int) -> Any:
    f = _compiled(function)
    with mpmath.workprec(prec + 30):
        z, upper = mpmath.mpf(target._mpf_), mpmath.mpf(1)
        while f(upper) < abs(z):
            upper *= 2
        root = mpmath.findroot(lambda v: f(v) - z, (-upper, upper), solver="anderson")
    return sympy.Float(root, precision=prec)


@lru_cache(maxsize=256)
def _compiled(function: Any) -> Any:
    return sympy.lambdify(function.variables[0], function.expr, "mpmath")


class _Expressions(NumberSystem):
    name = "expressions"

    def constant(self, exact: Exact) -> sympy.Expr:
        if isinstance(exact, Fraction):
            return sympy.Rational(exact.numerator, exact.denominator)
        return sympy.sympify(exact)

    def admit(self, value: object, what: str) -> sympy.Expr:
        if not isinstance(value, sympy.Expr):
            raise TypeError(f"{what} must be a sympy expression, got {value!r:.60}")
        if value.is_extended_real is False or value.has(sympy.nan):
            raise ValueError(f"{what} must be real, got {value}")
        if value.is_infinite:
            raise ValueError(f"{what} must be finite, got {value}")
        return value

    def within(self, value: sympy.Expr, bound: int) -> bool:
        # Only what is known to be outside is refused: a symbol carries no interval.
        return (abs(value) < bound) is not sympy.false

    def either(
        self,
        x: sympy.Expr,
        bound: float,
        below: Callable[..., Value],
        above: Callable[..., Value],
        *arguments: Value,
    ) -> sympy.Expr:
        return below(*arguments)

    def root(
        self,
        curve: Curve,
        target: sympy.Expr,
        start: Function,
        odd: Hashable = None,
    ) -> sympy.Expr:
        variable = sympy.Dummy("v", real=True)
        return ImplicitInverse(target, sympy.Lambda(variable, curve(variable)[0]))

    def exp(self, x: Any) -> Any:
        return sympy.exp(x)

    def expm1(self, x: Any) -> Any:
        return sympy.exp(x) - 1

    def log(self, x: Any) -> Any:
        return sympy.log(x)

    def log1p(self, x: Any) -> Any:
        return sympy.log(1 + x)

    def sinh(self, x: Any) -> Any:
        return sympy.sinh(x)

    def cosh(self, x: Any) -> Any:
        return sympy.cosh(x)

    def tanh(self, x: Any) -> Any:
        return sympy.tanh(x)

    def asinh(self, x: Any) -> Any:
        return sympy.asinh(x)

    def atanh(self, x: Any) -> Any:
        return sympy.atanh(x)

    def sqrt(self, x: Any) -> Any:
        return sympy.sqrt(x)

    def absolute(self, x: Any) -> Any:
        return sympy.Abs(x)

    def minimum(self, x: Any, y: Any) -> Any:
        return sympy.Min(x, y)

    def copysign(self, magnitude: Any, sign: Any) -> Any:
        return sympy.Abs(magnitude) * sympy.sign(sign)

    def power(self, base: Any, exponent: Exact) -> Any:
        return base ** self.constant(exponent)

    def log_ratio(self, x: Any, y: Any) -> Any:
        return sympy.log(x / y)

    def power_difference(self, x: Any, y: Any, exponent: Exact) -> Any:
        return x ** self.constant(exponent) - y ** self.constant(exponent)


EXPRESSIONS = _Expressions()
