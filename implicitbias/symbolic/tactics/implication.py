"""Implications between real polynomial relations: `prove_implication`, by z3's nlsat.

Everything that is not polynomial is named: a logarithm, a norm, `f(t)` become unknowns of which
only what the hypotheses say is known, and a root r = b**(1/n) an unknown with r**n = b, r >= 0.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction

import flint
import sympy as sp
import z3

from implicitbias.symbolic.engine.balls import ball
from implicitbias.symbolic.language.assumptions import assumed_sign
from implicitbias.symbolic.language.kernel import make, tactic
from implicitbias.symbolic.language.proof import Proof, Refuted, Undecided
from implicitbias.symbolic.language.scope import is_opaque
from implicitbias.symbolic.language.total import is_total

__all__ = ["prove_implication"]

SECONDS = 10
RELATIONS = (sp.Eq, sp.Ne, sp.Gt, sp.Ge, sp.Lt, sp.Le)


@tactic(engine=("nonlinear arithmetic",))
def prove_implication(
    hypotheses: Sequence[Proof | sp.Basic],
    conclusion: sp.Basic,
    *,
    seconds: int = SECONDS,
) -> Proof:
    """Decide that the hypotheses imply the conclusion, for all real values of the unknowns.

    hypotheses: earlier Proofs, taken with their domains, and the assumptions of the statement:
        relations, `And`s and `Or`s of them.
    conclusion: a relation, or an `And` or `Or` of relations.
    Unknowns: real symbols and `f(t)`, with the sign that they assume; every other function of the
        symbols, such as log(d), is an unknown of its own, of which the hypotheses are all that is
        known. With one of these a counterexample is Undecided: write a symbol to have it Refuted.
        A positive integer symbol is decided for all real values >= 1.
        Rational powers b**(p/q) stand for the nonnegative root: b >= 0 is asked for. Abs is known.
    Returns a Proof whose domain is the assumptions and whose premises are the Proofs.
    Raises Refuted with a point that satisfies all hypotheses and not the conclusion, checked
    exactly; Undecided for no answer in time, an irrational counterexample, hypotheses that
    contradict each other, or a denominator or base whose sign they do not give; TypeError for a
    Float, a relation that is not real, or a symbol that is not real.
    """
    premises = tuple(h for h in hypotheses if isinstance(h, Proof))
    assumptions = tuple(h for h in hypotheses if not isinstance(h, Proof))
    known = [relation for p in premises for relation in (*p.domain, p.statement)]
    known += list(assumptions)
    for relation in (*known, conclusion):
        _check(relation)
    if conclusion in (sp.true, sp.false):
        raise TypeError("sympy evaluated the conclusion already: build it with evaluate=False")
    facts = _Translation(seconds)
    for relation in known:
        facts.add(relation)
    if facts.ask() != z3.sat:
        raise Undecided("the hypotheses may contradict each other: nothing follows from them")
    goal = facts.formula(conclusion, asked=True)
    found = facts.ask(z3.Not(goal))
    if found == z3.sat:
        _confirm(known, conclusion, facts.point())
    if found != z3.unsat:
        raise Undecided(f"nlsat gives no answer: {facts.solver.reason_unknown()}")
    domain = tuple(
        dict.fromkeys((*(r for p in premises for r in p.domain), *assumptions, *facts.assumed))
    )
    return make(
        conclusion,
        domain,
        premises=premises,
        notes=("real polynomial arithmetic (nlsat)",),
    )


def _check(relation: sp.Basic) -> None:
    if isinstance(relation, sp.And | sp.Or):
        for part in relation.args:
            _check(part)
        return
    if relation in (sp.true, sp.false):
        return
    if not isinstance(relation, RELATIONS):
        raise TypeError(f"expected a relation between real expressions, got {relation}")
    if floats := relation.atoms(sp.Float):
        raise TypeError(f"a float is not exact: {floats.pop()}; write sympy.Rational(1, 10)")
    if relation.has(sp.nan, sp.zoo, sp.oo, -sp.oo, sp.I):
        raise TypeError(f"not a real relation: {relation}")


class _Translation:
    """sympy to z3: the unknowns and all that is known of them.

    A hypothesis that holds is defined: its logarithms are real, its denominators not 0, its
    radicands not negative. For the conclusion this has to follow before its roots are introduced.
    """

    def __init__(self, seconds: int) -> None:
        self.unknowns: dict[sp.Expr, z3.ArithRef] = {}
        self.assumed: list[sp.Basic] = []
        self.seconds = seconds
        self.facts: list[z3.BoolRef] = []
        self.asked = False
        self.free = True  # whether a partial operation may stand here
        self.solver = z3.Solver()

    def ask(self, *more: z3.BoolRef) -> z3.CheckSatResult:
        self.solver = z3.Tactic("qfnra-nlsat").solver()
        self.solver.set("timeout", 1000 * self.seconds)
        self.solver.add(*self.facts, *more)
        return self.solver.check()

    def add(self, relation: sp.Basic) -> None:
        formula = self.formula(relation, asked=False)
        self.facts.append(formula)

    def formula(self, relation: sp.Basic, *, asked: bool) -> z3.BoolRef:
        self.asked = asked
        if relation in (sp.true, sp.false):
            return z3.BoolVal(bool(relation))
        if isinstance(relation, sp.And | sp.Or):
            before, self.free = self.free, self.free and (asked or isinstance(relation, sp.And))
            parts = [self.formula(part, asked=asked) for part in relation.args]
            self.free = before
            return z3.And(*parts) if isinstance(relation, sp.And) else z3.Or(*parts)
        left, right = self.term(relation.lhs), self.term(relation.rhs)
        return _compare(relation, left, right)

    def term(self, expr: sp.Expr) -> z3.ArithRef:
        if isinstance(expr, sp.Rational):
            return z3.RealVal(f"{expr.p}/{expr.q}")
        if isinstance(expr, sp.Add | sp.Mul):
            first, *rest = (self.term(arg) for arg in expr.args)
            for part in rest:
                first = first + part if isinstance(expr, sp.Add) else first * part
            return first
        if isinstance(expr, sp.Pow) and isinstance(expr.exp, sp.Rational):
            return self._power(expr)
        if isinstance(expr, sp.Abs) and expr.args[0].is_real:
            return self._absolute(expr)
        return self._unknown(expr)

    def _power(self, expr: sp.Expr) -> z3.ArithRef:
        base, exponent = expr.args
        order, k = int(exponent.q), int(exponent.p)
        inside = self.term(base)
        if order > 1:
            root = sp.Pow(base, sp.Rational(1, order), evaluate=False)
            if root not in self.unknowns:
                self._require(inside >= 0, f"{base} is not negative")
                r = self.unknowns[root] = self._fresh()
                self.facts += [r >= 0, _integer_power(r, order) == inside]
            inside = self.unknowns[root]
        if k < 0:
            over = sp.Pow(base, sp.Rational(-1, order), evaluate=False)
            if over not in self.unknowns:
                self._require(inside != 0, f"{base} is not zero")
                v = self.unknowns[over] = self._fresh()
                self.facts.append(v * inside == 1)
            inside = self.unknowns[over]
        return _integer_power(inside, abs(k))

    def _require(self, condition: z3.BoolRef, text: str) -> None:
        if not self.free:
            raise Undecided("a denominator or a root inside of an Or: name it by a symbol")
        if self.asked and self.ask(z3.Not(condition)) != z3.unsat:
            raise Undecided(f"the hypotheses do not show that {text}")

    def _fresh(self) -> z3.ArithRef:
        return z3.Real(f"u{len(self.unknowns)}")

    def _unknown(self, expr: sp.Expr) -> z3.ArithRef:
        if expr in self.unknowns:
            return self.unknowns[expr]
        if isinstance(expr, sp.Symbol) and not expr.is_real:
            raise TypeError(f"{expr} must be real: give its symbols real=True or positive=True")
        if (self.asked or not self.free) and not (expr.is_number or is_total(expr)):
            raise TypeError(
                f"{expr} must be real, and defined: give its symbols real=True or positive=True, "
                "or a hypothesis that has it"
            )
        if expr.is_integer and not expr.is_number and not _is_size(expr):
            raise TypeError(f"{expr} is an integer: name a real symbol for it")
        if (known := self._same_but_for_bound_names(expr)) is not None:
            self.unknowns[expr] = known
            return known
        name = self.unknowns[expr] = self._fresh()
        if expr.is_number:
            with flint.ctx.workprec(128):
                value = ball(expr, {})
                if not value.is_finite():
                    raise Undecided(f"no value of {expr}")
                low, high = value.lower().fmpq(), value.upper().fmpq()
                self.facts += [name >= z3.RealVal(str(low)), name <= z3.RealVal(str(high))]
            return name
        if isinstance(expr, sp.Symbol) or is_opaque(expr):
            if (relation := assumed_sign(expr)) is not None:
                assumed = relation(expr, 0, evaluate=False)
                self.facts.append(_compare(assumed, name, z3.RealVal(0)))
                self.assumed.append(assumed)
            if expr.is_integer:
                self.facts.append(name >= 1)
        return name

    def _same_but_for_bound_names(self, expr: sp.Expr) -> z3.ArithRef | None:
        if expr.has(sp.Integral, sp.Sum):
            for other, name in self.unknowns.items():
                if other.has(sp.Integral, sp.Sum) and other.as_dummy() == expr.as_dummy():
                    return name
        return None

    def _absolute(self, expr: sp.Expr) -> z3.ArithRef:
        if expr not in self.unknowns:
            inside = self.term(expr.args[0])
            r = self.unknowns[expr] = self._fresh()
            self.facts += [r >= 0, z3.Or(r == inside, r == -inside)]
        return self.unknowns[expr]

    def point(self) -> dict[sp.Expr, sp.Rational]:
        """The unknowns but roots and moduli; Undecided when one is irrational or tied."""
        model = self.solver.model()
        values = {}
        for expr, name in self.unknowns.items():
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


def _confirm(
    known: Sequence[sp.Basic], conclusion: sp.Basic, point: Mapping[sp.Expr, sp.Rational]
) -> None:
    """Raise Refuted when exact arithmetic agrees that the point is a counterexample."""
    if all(_holds(relation, point) for relation in known) and not _holds(conclusion, point):
        sides = conclusion if isinstance(conclusion, RELATIONS) else sp.Eq(0, 0, evaluate=False)
        values = (str(_value(side, point)) for side in (sides.lhs, sides.rhs))
        raise Refuted(conclusion, point, *values)
    raise Undecided("nlsat's counterexample is not confirmed by exact arithmetic")


def _value(expr: sp.Expr, point: Mapping[sp.Expr, sp.Rational]) -> sp.Expr:
    """The exact value, a rational or a real root of one."""
    if expr in point:
        return point[expr]
    if not expr.args:
        return expr
    return expr.func(*(_value(arg, point) for arg in expr.args))


def _holds(relation: sp.Basic, point: Mapping[sp.Expr, sp.Rational]) -> bool:
    if isinstance(relation, sp.And):
        return all(_holds(part, point) for part in relation.args)
    if isinstance(relation, sp.Or):
        return any(_holds(part, point) for part in relation.args)
    value = relation.func(_value(relation.lhs, point), _value(relation.rhs, point))
    if value not in (sp.true, sp.false):
        raise Undecided(f"exact arithmetic does not decide {value}")
    return bool(value)
