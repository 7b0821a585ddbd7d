"""Whether a number is 0: balls refute, and only the normal form proves."""

from __future__ import annotations

import sympy as sp

from implicitbias.symbolic.engine.balls import disjoint, sample
from implicitbias.symbolic.engine.domain import prepare
from implicitbias.symbolic.engine.tower import Tower
from implicitbias.symbolic.language.proof import Undecided

__all__ = ["is_zero"]


def is_zero(number: sp.Expr) -> bool:
    """Whether an exact number is 0.

    Raises:
        Undecided: its ball contains 0, and its normal form is not 0.
        TypeError: for a Float, or what is no real number.
    """
    goal = prepare(number, 0)
    left, right = goal.sides
    if sample(left, right, goal.domains, disjoint) is not None:
        return False
    tower = Tower(goal.domains)
    if not tower.is_zero(tower.lift(left)):
        raise Undecided(f"it may or may not be zero: {number}")
    return True
