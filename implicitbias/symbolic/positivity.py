"""Strict signs, decided exactly: `prove_positive`."""

from __future__ import annotations

from collections.abc import Sequence

import sympy as sp

from implicitbias.symbolic.balls import Ball, attack
from implicitbias.symbolic.door import enter
from implicitbias.symbolic.proof import Domain, Proof, Refuted, Undecided, seal
from implicitbias.symbolic.tower import Tower

__all__ = ["prove_positive"]


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

    Each factor of the normal form must show one sign: by its coefficients after every variable is
    moved to (0, oo), by Sturm's theorem in one variable, or by the conjugate of a square root.
    Returns a Proof; raises Refuted with a point, Undecided, and the errors of `prove_identity`.
    """
    question = enter(expr, x, domain={**(domain or {}), x: (lower, upper)}, given=given)
    statement = sp.Gt(question.asked[0], 0, evaluate=False)
    side = question.sides[0]
    found = attack(side, sp.Integer(0), question.domains, _is_not_above)
    if found is not None:
        raise Refuted(statement, *found)
    tower = Tower(question.domains)
    if tower.sign_of(tower.lift(side)) <= 0:
        raise Undecided(f"no rule shows the sign: {statement}")
    return seal(statement, question.domains.relations(), "prove_positive")


def _is_not_above(left: Ball, right: Ball) -> bool:
    return bool(left <= right)  # certain for balls: every value of left is <= every one of right
