"""Behaviour at an end and along an interval: `prove_limit`, `prove_expansion`, `prove_monotone`."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import flint
import sympy as sp

from implicitbias.symbolic.engine.balls import ball
from implicitbias.symbolic.engine.changes import changes
from implicitbias.symbolic.engine.domain import prepare
from implicitbias.symbolic.engine.expansion import End, Expansion, leading
from implicitbias.symbolic.engine.generators import LOG_U
from implicitbias.symbolic.engine.lifting import Lift, SplitInterval, UndefinedError, lift
from implicitbias.symbolic.language.kernel import make, tactic
from implicitbias.symbolic.language.proof import Proof, Refuted, Undecided
from implicitbias.symbolic.tactics.inequality import prove_nonnegative

__all__ = ["prove_expansion", "prove_limit"]

NEARNESS = (4, 12, 40, 160)  # the neighbourhoods of an end that are tried: 2**-k wide
CHECKED = (512, 2048, 8192)  # 2**-k from the end; even log u is four times as large each time
Rational = flint.fmpq


@tactic(engine=("sign tables", "expansions", "cross-check"))
def prove_limit(expr: Any, x: sp.Symbol, end: Any, value: Any, *, side: int = 1) -> Proof:
    """Decide that `expr` tends to `value` as x tends to `end`.

    end: rational, approached from its right (side 1) or its left (side -1), or +-oo.
    value: an exact number, or +-oo.
    The limit is read from an exact expansion, and balls close to the end must agree.
    Returns a Proof of Eq(Limit(..), value).
    Raises Refuted with what it tends to instead; Undecided; TypeError or ValueError as
    `prove_nonnegative`.
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
    growth, sign = _growth(gap, x, end, side)
    wanted = (1, 1 if value > 0 else -1) if value.is_infinite else (-1, sign)
    if (growth, sign) != wanted:
        away = _describe(growth, sign, value)
        raise Refuted(statement, {x: end}, away, str(value))
    _agree(gap, x, end, side, value)
    return make(statement, goal.domains.relations())


def _describe(growth: int, sign: int, value: sp.Expr) -> str:
    if growth > 0:
        return "oo" if sign > 0 else "-oo"
    if growth < 0 or value.is_infinite:
        return "a finite limit"
    return f"a limit {'above' if sign > 0 else 'below'} it"


def _growth(gap: sp.Expr, x: sp.Symbol, end: sp.Expr, side: int) -> tuple[int, int]:
    """(1, 0 or -1 for growth to infinity, to a number other than 0, to 0; the sign near the end)"""
    lifted, place = _near(gap, x, end, side)
    field = lifted.field
    if lifted.value.num.is_zero():
        return -1, 0
    above, below = (leading(field, poly, place) for poly in lifted.value)
    sign = above.sign * below.sign
    if above.scale or below.scale:
        scale = Expansion(field, place, 1).compare(above.scale, below.scale)
        if scale:
            return scale, sign
    power = above.power - below.power
    if power != 0:
        return (-1 if power > 0 else 1), sign
    logs = above.coefficient.degrees()[LOG_U] - below.coefficient.degrees()[LOG_U]
    return (logs > 0) - (logs < 0), sign


def _near(gap: sp.Expr, x: sp.Symbol, end: sp.Expr, side: int) -> tuple[Lift, End]:
    """Lift on a neighbourhood of the end, with the end in the variable of the lift."""
    reasons = []
    for k in NEARNESS:
        lower, upper = _neighbourhood(end, side, k)
        for change in changes(gap, x, lower, upper):
            place = change.interval[0 if side > 0 else 1]
            try:
                lifted = lift(gap, x, change.image, change.interval)
            except SplitInterval:
                continue
            except UndefinedError as undefined:
                raise Undecided(f"not defined close to {end}: {undefined}") from undefined
            except Undecided as undecided:
                reasons.append(str(undecided))
                continue
            return lifted, End(place, side)
    raise Undecided(f"no expansion at {end}: " + "; ".join(dict.fromkeys(reasons)))


def _neighbourhood(end: sp.Expr, side: int, k: int) -> tuple[sp.Expr, sp.Expr]:
    """A neighbourhood of the end, or all of its side when the change of variable needs that."""
    if end.is_infinite:  # from 0 first, where the changes of variable are exact
        start = sp.Integer(2) ** k if k > NEARNESS[0] else sp.Integer(0)
        return (start, sp.oo) if end > 0 else (-sp.oo, -start)
    width = sp.Rational(1, 2**k)
    return (end, end + width) if side > 0 else (end - width, end)


def _agree(gap: sp.Expr, x: sp.Symbol, end: sp.Expr, side: int, value: sp.Expr) -> None:
    """The cross-check: the distance falls (or expr grows) on the way to the end, by balls."""
    sign = 1 if value == sp.oo else -1 if value == -sp.oo else 0
    seen = []
    for k in CHECKED:
        with flint.ctx.workprec(4 * k + 256):
            step = sp.Integer(2) ** k
            point = -side * step if end.is_infinite else end + side / step
            here = ball(gap, {x: point})
            seen.append(here * sign if sign else abs(here))
    for far, near in pairwise(seen):
        grows, falls = near > far, 4 * near < 3 * far or near.overlaps(far * 0)
        if not (grows if sign else falls):
            raise Undecided("balls close to the end do not confirm the limit")


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

    Two calls of `prove_nonnegative`, whose errors it has. Returns the Proof of Abs(..) <= ..
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
