"""Behaviour at an end of an interval: `prove_limit` and `prove_expansion`."""

from __future__ import annotations

from typing import Any

import sympy as sp

from implicitbias.symbolic.engine.domain import prepare
from implicitbias.symbolic.engine.growth import check_agreement, growth
from implicitbias.symbolic.language.kernel import make, tactic
from implicitbias.symbolic.language.proof import Proof, Refuted, Undecided
from implicitbias.symbolic.tactics.inequality import prove_nonnegative

__all__ = ["prove_expansion", "prove_limit"]


@tactic(engine=("sign tables", "expansions", "cross-check"))
def prove_limit(expr: Any, x: sp.Symbol, end: Any, value: Any, *, side: int = 1) -> Proof:
    """Decide that `expr` tends to `value` as x tends to `end`.

    The limit is read from an exact expansion, and balls close to the end must agree.

    Args:
        end: rational, or +-oo.
        value: an exact number, or +-oo.
        side: whether a rational end is approached from its right (1) or its left (-1).

    Returns:
        A Proof of Eq(Limit(..), value).

    Raises:
        Refuted: with what it tends to instead.
        Undecided, TypeError, ValueError: as `prove_nonnegative`.
    """
    end, value = _expr(end), _expr(value)
    if side not in (1, -1):
        raise ValueError(f"side must be 1 (from the right) or -1 (from the left), got {side}")
    if value.free_symbols or not (value.is_extended_real or value.is_number):
        raise ValueError(f"the limit must be a number or +-oo, got {value}")
    goal = prepare(expr, x, *([] if value.is_infinite else [value]))
    if set(goal.domains.intervals) != {x}:
        raise Undecided(f"a limit in one variable only: {goal.asked[0]}")
    if end.is_infinite:
        side = -1 if end > 0 else 1
    statement = sp.Eq(
        sp.Limit(goal.asked[0], x, end, "+" if side > 0 else "-"), value, evaluate=False
    )
    gap = goal.sides[0] if value.is_infinite else goal.sides[0] - goal.sides[2]
    growing, sign = growth(gap, x, end, side)
    wanted = (1, 1 if value > 0 else -1) if value.is_infinite else (-1, sign)
    if (growing, sign) != wanted:
        away = _describe(growing, sign, value)
        raise Refuted(statement, {x: end}, away, str(value))
    check_agreement(gap, x, end, side, value)
    return make(statement, goal.domains.relations())


def _describe(growing: int, sign: int, value: sp.Expr) -> str:
    if growing > 0:
        return "oo" if sign > 0 else "-oo"
    if growing < 0 or value.is_infinite:
        return "a finite limit"
    return f"a limit {'above' if sign > 0 else 'below'} it"


@tactic()
def prove_expansion(
    expr: Any,
    main: Any,
    remainder: Any,
    x: sp.Symbol,
    lower: object = -sp.oo,
    upper: object = sp.oo,
) -> Proof:
    """Decide `|expr - main| <= remainder` on the open interval: leading terms, bounded remainder.

    Two calls of `prove_nonnegative`, whose errors it has.

    Returns:
        The Proof of Abs(..) <= ..
    """
    expr, main, remainder = map(_expr, (expr, main, remainder))
    premises = (
        prove_nonnegative(remainder - (expr - main), x, lower, upper),
        prove_nonnegative(remainder + (expr - main), x, lower, upper),
    )
    statement = sp.Le(sp.Abs(expr - main), remainder, evaluate=False)
    return make(statement, premises[0].domain, premises=premises)


def _expr(value: object) -> sp.Expr:
    return sp.sympify(value, strict=True)
