"""Implications between real polynomial relations, by z3's nlsat.

Everything that is not polynomial is named: a logarithm, a norm, `f(t)` become unknowns of which
only what is added is known, and a root r = b**(1/n) an unknown with r**n = b, r >= 0.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

import flint
import sympy as sp
import z3

from implicitbias.symbolic.engine.balls import ball
from implicitbias.symbolic.language.assumptions import assumed_sign
from implicitbias.symbolic.language.proof import Undecided
from implicitbias.symbolic.language.scope import is_opaque
from implicitbias.symbolic.language.total import is_total

__all__ = ["Facts"]


class Facts:
    """sympy to z3: the unknowns and all that is known of them.

    A hypothesis that holds is defined: its logarithms are real, its denominators not 0, its
    radicands not negative. For the conclusion this has to follow before its roots are introduced.

    Attributes:
        assumed: the signs of unknowns that were used, as relations.
    """

    def __init__(self, seconds: int) -> None:
        self.assumed: list[sp.Basic] = []
        self._seconds = seconds
        self._unknowns: dict[sp.Expr, z3.ArithRef] = {}
        self._facts: list[z3.BoolRef] = []
        self._asked = False  # whether it is the conclusion that is translated
        self._free = True  # whether a partial operation may stand here
        self._solver = z3.Solver()

    def add(self, relation: sp.Basic) -> None:
        """Take a relation, or an `And` or `Or` of relations, as known."""
        formula = self._formula(relation, asked=False)
        self._facts.append(formula)

    def consistent(self) -> bool:
        """Whether all that is known can hold at once, for certain."""
        return bool(self._ask() == z3.sat)

    def counterexample(self, conclusion: sp.Basic) -> dict[sp.Expr, sp.Rational] | None:
        """Values at which all facts hold and the conclusion does not; None where it follows.

        Raises:
            Undecided: no answer in time, or no such values that are rational and independent.
        """
        found = self._ask(z3.Not(self._formula(conclusion, asked=True)))
        if found == z3.sat:
            return self._point()
        if found != z3.unsat:
            raise Undecided(f"nlsat gives no answer: {self._solver.reason_unknown()}")
        return None

    def _ask(self, *more: z3.BoolRef) -> z3.CheckSatResult:
        self._solver = z3.Tactic("qfnra-nlsat").solver()
        self._solver.set("timeout", 1000 * self._seconds)
        self._solver.add(*self._facts, *more)
        return self._solver.check()

    def _formula(self, relation: sp.Basic, *, asked: bool) -> z3.BoolRef:
        self._asked = asked
        if relation in (sp.true, sp.false):
            return z3.BoolVal(bool(relation))
        if isinstance(relation, sp.And | sp.Or):
            before, self._free = self._free, self._free and (asked or isinstance(relation, sp.And))
            parts = [self._formula(part, asked=asked) for part in relation.args]
            self._free = before
            return z3.And(*parts) if isinstance(relation, sp.And) else z3.Or(*parts)
        left, right = self._term(relation.lhs), self._term(relation.rhs)
        return _compare(relation, left, right)

    def _term(self, expr: sp.Expr) -> z3.ArithRef:
        if isinstance(expr, sp.Rational):
            return z3.RealVal(f"{expr.p}/{expr.q}")
        if isinstance(expr, sp.Add | sp.Mul):
            first, *rest = (self._term(arg) for arg in expr.args)
            for part in rest:
                first = first + part if isinstance(expr, sp.Add) else first * part
            return first
        if isinstance(expr, sp.Pow) and isinstance(expr.exp, sp.Rational):
            return self._power(expr)
        if expr.func in FORMULAS and expr.args[0].is_real:
            return FORMULAS[expr.func](self, expr)
        return self._unknown(expr)

    def _power(self, expr: sp.Expr) -> z3.ArithRef:
        base, exponent = expr.args
        order, k = int(exponent.q), int(exponent.p)
        inside = self._term(base)
        if order > 1:
            root = sp.Pow(base, sp.Rational(1, order), evaluate=False)
            if root not in self._unknowns:
                self._require(inside >= 0, f"{base} is not negative")
                r = self._unknowns[root] = self._fresh()
                self._facts += [r >= 0, _integer_power(r, order) == inside]
            inside = self._unknowns[root]
        if k < 0:
            over = sp.Pow(base, sp.Rational(-1, order), evaluate=False)
            if over not in self._unknowns:
                self._require(inside != 0, f"{base} is not zero")
                v = self._unknowns[over] = self._fresh()
                self._facts.append(v * inside == 1)
            inside = self._unknowns[over]
        return _integer_power(inside, abs(k))

    def _require(self, condition: z3.BoolRef, text: str) -> None:
        if not self._free:
            raise Undecided("a denominator or a root inside of an Or: name it by a symbol")
        if self._asked and self._ask(z3.Not(condition)) != z3.unsat:
            raise Undecided(f"the hypotheses do not show that {text}")

    def _fresh(self) -> z3.ArithRef:
        return z3.Real(f"u{len(self._unknowns)}")

    def _unknown(self, expr: sp.Expr) -> z3.ArithRef:
        if expr in self._unknowns:
            return self._unknowns[expr]
        if isinstance(expr, sp.Symbol) and not expr.is_real:
            raise TypeError(f"{expr} must be real: give its symbols real=True or positive=True")
        if (self._asked or not self._free) and not (expr.is_number or is_total(expr)):
            raise TypeError(
                f"{expr} must be real, and defined: give its symbols real=True or positive=True, "
                "or a hypothesis that has it"
            )
        if expr.is_integer and not expr.is_number and not _is_size(expr):
            raise TypeError(f"{expr} is an integer: name a real symbol for it")
        if (known := self._same_but_for_bound_names(expr)) is not None:
            self._unknowns[expr] = known
            return known
        name = self._unknowns[expr] = self._fresh()
        if expr.is_number:
            with flint.ctx.workprec(128):
                value = ball(expr, {})
                if not value.is_finite():
                    raise Undecided(f"no value of {expr}")
                low, high = value.lower().fmpq(), value.upper().fmpq()
                self._facts += [name >= z3.RealVal(str(low)), name <= z3.RealVal(str(high))]
            return name
        if isinstance(expr, sp.Symbol) or is_opaque(expr):
            if (relation := assumed_sign(expr)) is not None:
                assumed = relation(expr, 0, evaluate=False)
                self._facts.append(_compare(assumed, name, z3.RealVal(0)))
                self.assumed.append(assumed)
            if expr.is_integer:
                self._facts.append(name >= 1)
        return name

    def _same_but_for_bound_names(self, expr: sp.Expr) -> z3.ArithRef | None:
        if expr.has(sp.Integral, sp.Sum):
            for other, name in self._unknowns.items():
                if other.has(sp.Integral, sp.Sum) and other.as_dummy() == expr.as_dummy():
                    return name
        return None

    def _absolute(self, expr: sp.Expr) -> z3.ArithRef:
        if expr not in self._unknowns:
            inside = self._term(expr.args[0])
            r = self._unknowns[expr] = self._fresh()
            self._facts += [r >= 0, z3.Or(r == inside, r == -inside)]
        return self._unknowns[expr]

    def _point(self) -> dict[sp.Expr, sp.Rational]:
        """The unknowns but roots and moduli; Undecided when one is irrational or tied."""
        model = self._solver.model()
        values = {}
        for expr, name in self._unknowns.items():
            if isinstance(expr, sp.Abs) or (
                isinstance(expr, sp.Pow) and isinstance(expr.exp, sp.Rational)
            ):
                continue
            if not (isinstance(expr, sp.Symbol) or is_opaque(expr)):
                raise Undecided(f"a counterexample if {expr} could have any value: name it")
            value = model.eval(name, model_completion=True)
            if not z3.is_rational_value(value):
                raise Undecided(f"a counterexample with an irrational value of {expr}")
            fraction: Fraction = value.as_fraction()
            values[expr] = sp.Rational(fraction.numerator, fraction.denominator)
            if expr.is_integer and not values[expr].is_integer:
                raise Undecided(f"a counterexample only where {expr} is no integer")
        return values


FORMULAS: dict[type[sp.Basic], Callable[[Facts, sp.Expr], z3.ArithRef]] = {sp.Abs: Facts._absolute}
DECLINES = frozenset(  # an unknown, of which nothing is known
    {sp.exp, sp.log, sp.sinh, sp.cosh, sp.tanh, sp.asinh, sp.atanh, sp.Max, sp.Min}
)


def _is_size(expr: sp.Expr) -> bool:
    """A positive integer symbol, such as a dimension: what holds for all real d > 0 holds there."""
    return isinstance(expr, sp.Symbol) and expr.is_integer is True and expr.is_positive is True


def _compare(relation: sp.Basic, left: z3.ArithRef, right: z3.ArithRef) -> z3.BoolRef:
    builders: dict[type, Callable[[z3.ArithRef, z3.ArithRef], z3.BoolRef]] = {
        sp.Eq: lambda a, b: a == b,
        sp.Ne: lambda a, b: a != b,
        sp.Gt: lambda a, b: a > b,
        sp.Ge: lambda a, b: a >= b,
        sp.Lt: lambda a, b: a < b,
        sp.Le: lambda a, b: a <= b,
    }
    return builders[relation.func](left, right)


def _integer_power(base: z3.ArithRef, k: int) -> z3.ArithRef:
    result = z3.RealVal(1)
    for _ in range(k):
        result = result * base
    return result
