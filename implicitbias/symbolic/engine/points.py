"""One point of one variable: the value as a ball, and whether an expression is defined there.

This is the second opinion of the tactics. It reads the expression as it was asked, with balls and
the normal form of numbers, and knows nothing of fields, sign tables and expansions.
"""

from __future__ import annotations

from collections.abc import Iterator

import flint
import sympy as sp

from implicitbias.symbolic.engine import zero
from implicitbias.symbolic.engine.balls import Ball, ball
from implicitbias.symbolic.language.grammar import FUNCTIONS
from implicitbias.symbolic.language.proof import Undecided

__all__ = ["PRECISIONS", "is_zero", "sign", "undefined", "value"]

PRECISIONS = (128, 512, 2048, 8192)  # bits, tried in turn until a ball shows its sign


def value(expr: sp.Expr, x: sp.Symbol, point: sp.Rational, bits: int = 256) -> Ball:
    """The ball of `expr` at x = point."""
    with flint.ctx.workprec(bits):
        return ball(expr, {x: point})


def sign(expr: sp.Expr, x: sp.Symbol, point: sp.Rational) -> int:
    """The sign at a rational point, when a ball shows it; else 0."""
    for bits in PRECISIONS:
        here = value(expr, x, point, bits)
        if here > 0:
            return 1
        if here < 0:
            return -1
    return 0


def is_zero(expr: sp.Expr, x: sp.Symbol, point: sp.Rational) -> bool:
    """Whether the value at a rational point is exactly 0. Raises Undecided."""
    if sign(expr, x, point):
        return False
    try:
        return zero.is_zero(expr.xreplace({x: point}))
    except (TypeError, ValueError) as error:  # sympy makes zoo or nan of an undefined value
        raise Undecided(f"{expr} has no value at {x} = {point}") from error


def undefined(expr: sp.Expr, x: sp.Symbol, point: sp.Rational) -> str | None:
    """Why `expr` is certainly not a real number at x = point; None where it certainly is one.

    Raises Undecided in between.
    """
    for part in sp.postorder_traversal(expr):
        if isinstance(part, sp.Expr) and part.has(x):
            for inside, relation, holds in _conditions(part, x, point):
                if not holds:
                    return f"{part} is not real as {inside} {relation}"
    return None


def _conditions(
    part: sp.Expr, x: sp.Symbol, point: sp.Rational
) -> Iterator[tuple[sp.Expr, str, bool]]:
    """What the outermost function of `part` asks of its arguments, how it fails, if it holds."""

    def above(expr: sp.Expr) -> bool:
        s = sign(expr, x, point)
        return s > 0 or (s == 0 and not is_zero(expr, x, point) and _unknown(expr))

    if part.func in FUNCTIONS:
        where = FUNCTIONS[part.func]
        if where.otherwise:
            yield part.args[0], where.otherwise, all(map(above, where.positive(*part.args)))
    elif isinstance(part, sp.Pow):
        base, exponent = part.args
        if isinstance(exponent, sp.Integer):
            if exponent < 0:
                yield base, "is zero", bool(sign(base, x, point)) or not is_zero(base, x, point)
        elif isinstance(exponent, sp.Rational) and exponent > 0:
            if sign(base, x, point) <= 0:  # 0 to a positive power is 0
                negative = sign(base, x, point) < 0
                yield base, "is negative", not negative and is_zero(base, x, point)
        else:
            yield base, "is not positive", above(base)


def _unknown(expr: sp.Expr) -> bool:
    raise Undecided(f"the sign of {expr} does not show at the point")
