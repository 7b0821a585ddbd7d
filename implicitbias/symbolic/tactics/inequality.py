"""Signs of an expression: `prove_nonnegative` and `prove_positive`."""

from __future__ import annotations

from collections.abc import Sequence

import sympy as sp

from implicitbias.symbolic.engine.balls import below, not_above, sample
from implicitbias.symbolic.engine.domain import Goal, prepare
from implicitbias.symbolic.engine.sign import decide
from implicitbias.symbolic.engine.tower import Tower
from implicitbias.symbolic.language.kernel import make, tactic
from implicitbias.symbolic.language.proof import Domain, Proof, Refuted, Undecided

__all__ = ["prove_nonnegative", "prove_positive"]

ENGINE = ("sign tables", "cross-check", "balls at points", "normal form", "cover")
SECOND = "balls at points, or a cross-check"


@tactic(engine=ENGINE, second=SECOND)
def prove_nonnegative(
    expr: object,
    x: sp.Symbol,
    lower: object = -sp.oo,
    upper: object = sp.oo,
    *,
    domain: Domain | None = None,
    given: Sequence[sp.Basic] = (),
) -> Proof:
    """Decide `expr >= 0` for x in the open interval (lower, upper).

    In one variable exact sign tables decide (`engine.sign`); in several every factor of the normal
    form must show one sign, see `prove_positive`.

    Args:
        expr: an exact real expression over rational and radical functions and those of
            `language.grammar`. It may be singular at the ends; undefined inside, it is Refuted.
        lower, upper: rational or +-oo.
        domain, given: for expressions in several symbols, as in `prove_identity`.

    Returns:
        A Proof that carries `expr >= 0` and the interval.

    Raises:
        Refuted: with a rational point and both values.
        Undecided: neither shown nor refuted.
        TypeError, ValueError: a Float, a symbol that is not real, or a bad interval.
    """
    return _prove(expr, x, lower, upper, domain, given, strict=False)


@tactic(engine=ENGINE, second=SECOND)
def prove_positive(
    expr: object,
    x: sp.Symbol,
    lower: object = -sp.oo,
    upper: object = sp.oo,
    *,
    domain: Domain | None = None,
    given: Sequence[sp.Basic] = (),
) -> Proof:
    """Decide `expr > 0` for x in the open interval (lower, upper), other symbols in `domain`.

    As `prove_nonnegative`, and strict: a zero inside is Refuted. In several symbols each factor of
    the normal form must show one sign: by its coefficients after every variable is moved to
    (0, oo), by Sturm's theorem in one variable, or by the conjugate of a square root.
    """
    return _prove(expr, x, lower, upper, domain, given, strict=True)


def _prove(
    expr: object,
    x: sp.Symbol,
    lower: object,
    upper: object,
    domain: Domain | None,
    given: Sequence[sp.Basic],
    *,
    strict: bool,
) -> Proof:
    goal = prepare(expr, x, domain={**(domain or {}), x: (lower, upper)}, given=given)
    relation = sp.Gt if strict else sp.Ge
    statement = relation(goal.asked[0], 0, evaluate=False)
    if set(goal.domains.intervals) == {x} and not given:
        why = decide(statement, goal.sides[0], x, *goal.domains.intervals[x], strict=strict)
        return make(statement, goal.domains.relations(), kind=why.kind, notes=why.notes)
    _by_factors(statement, goal, strict=strict)
    return make(statement, goal.domains.relations(), binds=goal.index)


def _by_factors(statement: sp.Basic, goal: Goal, *, strict: bool) -> None:
    """Several symbols: Refuted or Undecided unless the statement is shown."""
    side = goal.sides[0]
    found = sample(side, sp.Integer(0), goal.domains, not_above if strict else below)
    if found is not None:
        raise Refuted(statement, *found)
    tower = Tower(goal.domains)
    lifted = tower.lift(side)
    if tower.sign_of(lifted) > 0 or (not strict and tower.is_nonnegative(lifted)):
        return
    raise Undecided(f"no rule shows the sign: {statement}")
