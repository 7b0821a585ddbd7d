"""Identities, decided exactly: `prove_identity` and `prove_integral`."""

from __future__ import annotations

from collections.abc import Sequence

import sympy as sp

from implicitbias.symbolic.engine.balls import disjoint, sample
from implicitbias.symbolic.engine.domain import Domains, prepare
from implicitbias.symbolic.engine.sign import check_zero
from implicitbias.symbolic.engine.tower import Tower
from implicitbias.symbolic.language.kernel import make, tactic
from implicitbias.symbolic.language.proof import Domain, Proof, Refuted, Undecided

__all__ = ["prove_identity", "prove_integral"]


@tactic(
    engine=("normal form", "sign tables", "cross-check", "balls at points"),
    second="balls at points",
)
def prove_identity(
    lhs: object,
    rhs: object,
    *,
    domain: Domain | None = None,
    given: Sequence[sp.Basic] = (),
) -> Proof:
    """Decide `lhs = rhs` on the domain, the product of open intervals where every `given` holds.

    Args:
        lhs, rhs: expressions in real symbols over rational functions, real powers, the functions of
            `language.grammar`, and unknowns: `f(t)`, its derivatives, its integral, `X[n, i]`.
            Derivatives of known expressions are carried out. Two `Sum`s over n = 1..N, for every
            N, are equal when their terms are.
        domain: {symbol: (lower, upper)}, rational ends or +-oo; otherwise what the symbol assumes.
        given: hypotheses `expr > 0`.

    Returns:
        A Proof, which includes that both sides are defined on the whole domain.

    Raises:
        Refuted: with a point.
        Undecided: neither shown nor refuted.
        TypeError, ValueError: a Float, a symbol that is not real, or a bad interval.
    """
    goal = prepare(lhs, rhs, domain=domain, given=given)
    statement = sp.Eq(goal.asked[0], goal.asked[1], evaluate=False)
    left, right = goal.sides
    # Balls go first: an identity that fails at a point never reaches the normal form.
    found = sample(left, right, goal.domains, disjoint)
    if found is not None:
        raise Refuted(statement, *found)
    try:
        tower = Tower(goal.domains)
        if not tower.is_zero(tower.lift(left) - tower.lift(right)):
            raise Undecided(f"the normal form of the difference is not zero: {statement}")
    except Undecided as undecided:
        _by_sign_tables(statement, left, right, goal.domains, undecided)
    rows = goal.domains.relations()
    return make(statement, rows, binds=goal.index)


def _by_sign_tables(
    statement: sp.Basic, left: sp.Expr, right: sp.Expr, domains: Domains, undecided: Undecided
) -> None:
    """In one variable sign tables know more signs; raise `undecided` unless they show it.

    The difference stays as it is: sympy would cancel 1/x - 1/x, which is not defined at 0.
    """
    if len(domains.intervals) != 1 or domains.positive:
        raise undecided
    ((x, ends),) = domains.intervals.items()
    if not isinstance(x, sp.Symbol):
        raise undecided
    minus = sp.Mul(-1, right, evaluate=False)
    try:
        check_zero(statement, sp.Add(left, minus, evaluate=False), x, *ends)
    except Refuted:
        raise undecided from None  # only balls refute an identity


@tactic()
def prove_integral(
    integrand: sp.Expr,
    x: sp.Symbol,
    antiderivative: sp.Expr,
    start: sp.Expr,
    *,
    domain: Domain | None = None,
    given: Sequence[sp.Basic] = (),
) -> Proof:
    """Decide `Integral(integrand, from start to x) = antiderivative` for x in its interval.

    The fundamental theorem of calculus: the derivative is the integrand, the value at `start` is 0,
    and `start` lies in the interval, on which both are smooth.

    Args:
        x: the upper end.
        start: the lower end, in the interval of x.
        domain, given: as for `prove_identity`, whose errors it has.

    Raises:
        ValueError: `start` is outside the interval, or a hypothesis is about x.
    """
    goal = prepare(antiderivative, integrand, x, domain=domain, given=given)
    lower, upper = goal.domains.intervals[x]
    if tied := [row for row in given if row.has(x)]:
        raise ValueError(f"a hypothesis on {x} is not known on the way to it: {tied[0]}")
    if not lower < sp.sympify(start) < upper:
        raise ValueError(f"the integral starts at {start}, outside of ({lower}, {upper})")
    u = sp.Dummy("u", real=True)
    others = {symbol: ends for symbol, ends in (domain or {}).items() if symbol != x}
    premises = (
        prove_identity(antiderivative, antiderivative, domain=domain, given=given),  # is defined
        prove_identity(sp.Derivative(antiderivative, x), integrand, domain=domain, given=given),
        prove_identity(antiderivative.subs(x, start), 0, domain=others, given=given),
    )
    statement = sp.Eq(
        sp.Integral(integrand.subs(x, u), (u, start, x)), antiderivative, evaluate=False
    )
    return make(
        statement,
        goal.domains.relations(),
        premises=premises,
        notes=("the fundamental theorem of calculus",),
    )
