"""From a sympy expression in one real variable to an element of a `Field`, on one interval.

Every denominator, base and argument of a logarithm on the way must have one sign on the whole
interval, shown by its sign table. So an expression that is lifted is defined, real and smooth
there, and equal to its lift. Where a sign changes, `SplitInterval` says at which points.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import lcm

import flint
import sympy as sp

from implicitbias.symbolic.engine.generators import (
    LARGEST_ORDER,
    Field,
    Interval,
    Polynomial,
    Quotient,
    bases,
    rational,
)
from implicitbias.symbolic.engine.sign_tables import Point, SignIsolator
from implicitbias.symbolic.language.proof import Undecided

__all__ = ["Lift", "SplitInterval", "UndefinedError", "lift"]

Rational = flint.fmpq
Row = tuple[Polynomial, Rational]  # a factor and its exponent


class SplitInterval(Exception):  # noqa: N818  # a message to the caller, not an error
    """A sign changes at these points of the interval."""

    def __init__(self, points: tuple[Point, ...]) -> None:
        self.points = points
        super().__init__("a sign changes inside of the interval")


class UndefinedError(Exception):
    """The expression is not defined, or not real, anywhere on the interval."""


class _RestartError(Exception):
    """Roots or exponentials need a finer unit."""


@dataclass(frozen=True)
class Lift:
    """An expression as an element of a field on one interval.

    Attributes:
        field: the generators on the interval.
        isolator: of the signs of its polynomials.
        value: the element.
    """

    field: Field
    isolator: SignIsolator
    value: Quotient

    def sign_of_denominator(self) -> int:
        (sign,) = self.isolator.table(self.value.den).signs
        return sign


def lift(expr: sp.Expr, x: sp.Symbol, image: Callable[[Field], Quotient], where: Interval) -> Lift:
    """Lift `expr`, with `image` in the place of x, on an interval of t.

    Raises:
        SplitInterval: a sign changes inside.
        UndefinedError: it is not defined, or not real.
        Undecided: a sign is not shown, or a function is unknown.
    """
    units: dict[str, int] = {}
    for _ in range(20):
        field = Field(where)
        lifter = _Lifter(field, x, image(field), units)
        try:
            return Lift(field, lifter.isolator, lifter.lift(expr))
        except _RestartError:
            continue
    raise Undecided("too many orders of roots")


class _Lifter:
    def __init__(self, field: Field, x: sp.Symbol, image: Quotient, units: dict[str, int]) -> None:
        self.field = field
        self.isolator = SignIsolator(field)
        self.x = x
        self.image = image
        self.units = units

    def lift(self, expr: sp.Expr) -> Quotient:
        field = self.field
        if isinstance(expr, sp.Rational):
            return field.number(rational(expr))
        if expr == self.x:
            return self.image
        if expr is sp.E:
            return self._exp(field.number(1))
        if expr is sp.pi:
            return field.whole(field.pi())
        args = [self.lift(arg) for arg in expr.args]
        if isinstance(expr, sp.Add | sp.Mul):
            total, *rest = args
            for arg in rest:
                total = (field.add if isinstance(expr, sp.Add) else field.multiply)(total, arg)
            return total
        if isinstance(expr, sp.Pow):
            return self._pow(args[0], args[1], expr.exp)
        if expr.func not in FORMULAS:
            raise Undecided(f"no exact sign for {expr.func.__name__} in {expr}")
        return FORMULAS[expr.func](self, args[0])

    def _sinh(self, a: Quotient) -> Quotient:
        return self._hyperbolic(a, -1)

    def _cosh(self, a: Quotient) -> Quotient:
        return self._hyperbolic(a, 1)

    def _hyperbolic(self, a: Quotient, sign: int) -> Quotient:
        up = self._exp(a)
        down = self._times(self._invert(up), sign)
        return self._times(self.field.add(up, down), Rational(1, 2))

    def _tanh(self, a: Quotient) -> Quotient:
        up = self._exp(self._times(a, 2))
        return self.field.multiply(self._plus(up, -1), self._invert(self._plus(up, 1)))

    def _asinh(self, a: Quotient) -> Quotient:
        square = self._plus(self.field.power(a, 2), 1)
        return self._log(self.field.add(a, self._raise(square, Rational(1, 2))))

    def _atanh(self, a: Quotient) -> Quotient:
        high, low = (self._log(self._plus(self._times(a, way), 1)) for way in (1, -1))
        return self._times(self.field.add(high, self._times(low, -1)), Rational(1, 2))

    def _abs(self, a: Quotient) -> Quotient:
        return a if a.num.is_zero() else self._times(a, self._sign(a))

    def _plus(self, a: Quotient, c: int) -> Quotient:
        return self.field.add(a, self.field.number(c))

    def _times(self, a: Quotient, c: Rational | int) -> Quotient:
        return self.field.multiply(a, self.field.number(c))

    # -- signs ------------------------------------------------------------------------------------

    def _sign_of(self, poly: Polynomial) -> int:
        """The one sign of a polynomial on the interval; SplitInterval where it changes or is 0."""
        table = self.isolator.table(poly)
        if table.points:
            raise SplitInterval(table.points)
        return table.signs[0]

    def _sign(self, a: Quotient) -> int:
        return self._sign_of(a.num) * self._sign_of(a.den)

    def _invert(self, a: Quotient) -> Quotient:
        if a.num.is_zero():
            raise UndefinedError("a denominator is 0")
        self._sign_of(a.num)
        return self.field.normal(a.den, a.num)

    def _rows(self, a: Quotient) -> list[Row]:
        """a as a product of powers of positive polynomials; a must be positive."""
        if a.num.is_zero():
            raise UndefinedError("a base or an argument of log is 0")
        sign, rows = 1, []
        for poly, way in ((a.num, 1), (a.den, -1)):
            constant, factors = self.isolator.factors(poly)
            sign *= 1 if constant > 0 else -1
            for p, k in (*_primes(constant, 1), *_primes(constant, -1)):
                rows.append((self.field.constant(p), Rational(way * k)))
            for f, k in factors:
                here = self._sign_of(f)
                sign *= here**k
                rows.append((here * f, Rational(way * k)))
        if sign < 0:
            raise UndefinedError("a base or an argument of log is negative")
        return rows

    # -- powers -----------------------------------------------------------------------------------

    def _pow(self, base: Quotient, exponent: Quotient, printed: sp.Expr) -> Quotient:
        if isinstance(printed, sp.Integer):
            return self.field.power(base if printed > 0 else self._invert(base), abs(int(printed)))
        if isinstance(printed, sp.Rational):
            if base.num.is_zero() and printed > 0:
                return base
            return self._raise(base, rational(printed))
        return self._exp(self.field.multiply(exponent, self._log(base)))

    def _raise(self, base: Quotient, exponent: Rational) -> Quotient:
        result = self.field.number(1)
        for f, k in self._rows(base):
            result = self.field.multiply(result, self._root(f, k * exponent))
        return result

    def _root(self, f: Polynomial, exponent: Rational) -> Quotient:
        """f**exponent for a positive polynomial f."""
        if exponent.q == 1:
            return self._integer_power(f, int(exponent.p))
        for g in self.field.members(f):
            if f == self.field.symbols[g.index] and g.of is not None:
                if g.kind == "exp":
                    return self._exp(self._times(g.of, exponent))
                if g.kind == "root":
                    return self._root(g.of.num, exponent / g.order)
        unit = self._unit("root", exponent)
        if unit > LARGEST_ORDER:
            raise Undecided(f"roots of order {unit}")
        return self._integer_power(self.field.root(f, unit), int((exponent * unit).p))

    def _integer_power(self, f: Polynomial, k: int) -> Quotient:
        return self.field.power(self.field.whole(f), k)

    def _unit(self, key: str, exponent: Rational) -> int:
        """The common denominator of the exponents so far; a new one starts the lift again."""
        before = self.units.get(key, 1)
        unit = lcm(before, int(exponent.q))
        if before < unit <= LARGEST_ORDER:
            self.units[key] = unit
            raise _RestartError
        return unit

    # -- exponentials and logarithms --------------------------------------------------------------

    def _exp(self, w: Quotient) -> Quotient:
        """exp of a sum: exp(c log f) is f**c, any other term c*m gives exp(m/M)**(c*M)."""
        field = self.field
        if w.num.is_zero():
            return field.number(1)
        if not w.den.is_constant():
            c = w.num.leading_coefficient()
            return self._exponential(Quotient(w.num / c, w.den), c)
        result = field.number(1)
        for powers, c in (w.num / w.den.leading_coefficient()).terms():
            monomial = field.ring.from_dict({powers: 1})
            (*_, g) = field.members(monomial) or [field.generators[0]]
            if g.kind == "log" and monomial == field.symbols[g.index] and g.of is not None:
                part = self._root(g.of.num, c)
            else:
                part = self._exponential(field.whole(monomial), c)
            result = field.multiply(result, part)
        return result

    def _exponential(self, w: Quotient, c: Rational) -> Quotient:
        unit = self._unit(f"exp {w}", c)
        if unit > LARGEST_ORDER:  # a generator of its own
            return self.field.whole(self.field.exp(self._times(w, c)))
        base = self.field.exp(self._times(w, Rational(1, unit)))
        return self._integer_power(base, int((c * unit).p))

    def _log(self, a: Quotient) -> Quotient:
        total = self.field.number(0)
        for f, k in self._rows(a):
            total = self.field.add(total, self._times(self._log_of(f), k))
        return total

    def _log_of(self, f: Polynomial) -> Quotient:
        for g in self.field.members(f):
            if f == self.field.symbols[g.index] and g.of is not None:
                if g.kind == "exp":
                    return g.of
                if g.kind == "root":
                    return self._times(self._log_of(g.of.num), Rational(1, g.order))
        return self.field.whole(self.field.log(f))


FORMULAS: dict[type[sp.Basic], Callable[[_Lifter, Quotient], Quotient]] = {
    sp.exp: _Lifter._exp,
    sp.log: _Lifter._log,
    sp.sinh: _Lifter._sinh,
    sp.cosh: _Lifter._cosh,
    sp.tanh: _Lifter._tanh,
    sp.asinh: _Lifter._asinh,
    sp.atanh: _Lifter._atanh,
    sp.Abs: _Lifter._abs,
}
DECLINES = frozenset({sp.Max, sp.Min})


def _primes(value: Rational, way: int) -> list[tuple[int, int]]:
    """The primes of |numerator| (way 1) or of the denominator (way -1), with exponents."""
    integer = abs(value.p) if way > 0 else value.q
    return [(p, way * k) for p, k in bases(integer)]
