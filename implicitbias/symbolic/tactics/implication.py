"""Implications between real polynomial relations: `prove_implication`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import sympy as sp

from implicitbias.symbolic.engine.nlsat import Facts
from implicitbias.symbolic.language.kernel import make, tactic
from implicitbias.symbolic.language.proof import Proof, Refuted, Undecided

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

    The unknowns are real symbols and `f(t)`, with the sign that they assume; every other function
    of the symbols, such as log(d), is an unknown of its own, of which the hypotheses are all that
    is known. With one of these a counterexample is Undecided: write a symbol to have it Refuted.
    A positive integer symbol is decided for all real values >= 1. Rational powers b**(p/q) stand
    for the nonnegative root: b >= 0 is asked for. Abs is known.

    Args:
        hypotheses: earlier Proofs, taken with their domains, and the assumptions of the statement:
            relations, `And`s and `Or`s of them.
        conclusion: a relation, or an `And` or `Or` of relations.
        seconds: of each question to nlsat.

    Returns:
        A Proof whose domain is the assumptions and whose premises are the Proofs.

    Raises:
        Refuted: with a point that satisfies all hypotheses and not the conclusion, checked exactly.
        Undecided: no answer in time, an irrational counterexample, hypotheses that contradict each
            other, or a denominator or base whose sign they do not give.
        TypeError: a Float, a relation that is not real, or a symbol that is not real.
    """
    premises = tuple(h for h in hypotheses if isinstance(h, Proof))
    assumptions = tuple(h for h in hypotheses if not isinstance(h, Proof))
    known = [relation for p in premises for relation in (*p.domain, p.statement)]
    known += list(assumptions)
    for relation in (*known, conclusion):
        _check(relation)
    if conclusion in (sp.true, sp.false):
        raise TypeError("sympy evaluated the conclusion already: build it with evaluate=False")
    facts = Facts(seconds)
    for relation in known:
        facts.add(relation)
    if not facts.consistent():
        raise Undecided("the hypotheses may contradict each other: nothing follows from them")
    point = facts.counterexample(conclusion)
    if point is not None:
        raise _confirmed(known, conclusion, point)
    return make(
        conclusion,
        (*(row for p in premises for row in p.domain), *assumptions, *facts.assumed),
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


def _confirmed(
    known: Sequence[sp.Basic], conclusion: sp.Basic, point: Mapping[sp.Expr, sp.Rational]
) -> Refuted | Undecided:
    """Refuted, when exact arithmetic agrees that the point is a counterexample."""
    if all(_holds(relation, point) for relation in known) and not _holds(conclusion, point):
        sides = conclusion if isinstance(conclusion, RELATIONS) else sp.Eq(0, 0, evaluate=False)
        values = (str(_value(side, point)) for side in (sides.lhs, sides.rhs))
        return Refuted(conclusion, point, *values)
    return Undecided("nlsat's counterexample is not confirmed by exact arithmetic")


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
