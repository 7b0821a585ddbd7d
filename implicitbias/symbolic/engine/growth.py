"""How an expression behaves at an end of an interval: exact expansions, and balls that agree."""

from __future__ import annotations

from itertools import pairwise

import flint
import sympy as sp

from implicitbias.symbolic.engine.balls import ball
from implicitbias.symbolic.engine.changes import changes
from implicitbias.symbolic.engine.expansion import End, Expansion, leading
from implicitbias.symbolic.engine.generators import LOG_U
from implicitbias.symbolic.engine.lifting import Lift, SplitInterval, UndefinedError, lift
from implicitbias.symbolic.language.proof import Undecided

__all__ = ["check_agreement", "growth"]

NEARNESS = (4, 12, 40, 160)  # the neighbourhoods of an end that are tried: 2**-k wide
CHECKED = (512, 2048, 8192)  # 2**-k from the end; even log u is four times as large each time


def growth(gap: sp.Expr, x: sp.Symbol, end: sp.Expr, side: int) -> tuple[int, int]:
    """How an expression behaves as x tends to an end.

    Args:
        side: 1 from its right, -1 from its left; at oo -1, at -oo 1.

    Returns:
        1, 0 or -1 for growth to infinity, to a number other than 0, to 0; and the sign near the
        end.

    Raises:
        Undecided: no exact expansion shows it.
    """
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


def check_agreement(gap: sp.Expr, x: sp.Symbol, end: sp.Expr, side: int, value: sp.Expr) -> None:
    """The cross-check: the gap falls on the way to the end, by balls; Undecided where it may not.

    Args:
        value: oo or -oo where the gap grows to that.
    """
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
