"""Balls that cover an interval: what is left where exact sign tables do not decide.

- On a compact part boxes are halved until one ball shows the sign, by the expression itself or by
  its mean value form f(c) + f'(I) (I - c).
- At a finite end a where f, f', .., f^(k-1) vanish exactly, f = f^(k)(xi) (x - a)^k / k!, and one
  ball for f^(k) shows the sign next to a.
- Beyond some M, or next to an end where f is singular, the bounds of every part are put together,
  with the limits of monotone functions at infinity.
"""

from __future__ import annotations

from collections.abc import Callable

import flint
import sympy as sp

from implicitbias.symbolic.engine import points
from implicitbias.symbolic.engine.balls import Ball, ball
from implicitbias.symbolic.language.proof import Refuted, Undecided

__all__ = ["cover"]

BITS = 160
BOXES = 600
HIGHEST_ORDER = 6  # of a zero at an end
CLOSEST = 40  # 2**-CLOSEST from an end, 2**CLOSEST for infinity
Rational = flint.fmpq
Bounds = tuple[Ball, Ball]  # from below and from above, +-oo included


def cover(
    statement: sp.Basic, expr: sp.Expr, x: sp.Symbol, lower: sp.Expr, upper: sp.Expr
) -> tuple[str, ...]:
    """Show `expr > 0` on the open interval.

    Returns:
        How, in words: at the lower end, in between, at the upper end.

    Raises:
        Refuted: with a point at which a ball is negative.
        Undecided: otherwise.
    """
    with flint.ctx.workprec(BITS):
        left, by_left = _from_end(expr, x, lower, 1)
        right, by_right = _from_end(expr, x, upper, -1)
        if left < right:
            _compact(statement, expr, x, left, right)
    return (by_left, f"balls cover [{left}, {right}]", by_right)


def _from_end(expr: sp.Expr, x: sp.Symbol, end: sp.Expr, side: int) -> tuple[sp.Rational, str]:
    """Where the cover can start, with the sign shown from there to the end, and how."""
    if end.is_infinite:
        for k in range(CLOSEST):
            start = -side * sp.Integer(2) ** k
            outer = (start, end) if side < 0 else (end, start)
            if _shows(_bounds(expr, x, *map(_endpoint, outer))):
                return start, f"bounds beyond {start}"
        raise Undecided(f"no bound shows the sign close to {end}")
    if points.value(expr, x, end).is_finite():
        return _by_taylor(expr, x, end, side)
    for k in range(CLOSEST):
        start = end + side * sp.Rational(1, 2**k)
        inside = expr.subs(x, end + side / x)  # x - end = side/x, with x from 2**k to oo
        if _shows(_bounds(inside, x, _endpoint(sp.Integer(2) ** k), Ball("inf"))):
            return start, f"bounds between {end} and {start}"
    raise Undecided(f"no bound shows the sign close to {end}, where the expression is singular")


def _by_taylor(expr: sp.Expr, x: sp.Symbol, end: sp.Rational, side: int) -> tuple[sp.Rational, str]:
    derivative = expr
    for order in range(HIGHEST_ORDER):
        wanted = side**order
        here = points.sign(derivative, x, end)
        if here == -wanted:
            raise Undecided(f"the sign next to {end} is negative")
        if here == wanted:
            for k in range(CLOSEST):
                start = end + side * sp.Rational(1, 2**k)
                box = _box(end, start)
                if _defined(expr, x, box) and ball(wanted * derivative, {x: box}) > 0:
                    return start, f"order {order} at {end}, remainder bounded up to {start}"
            raise Undecided(f"no ball for the remainder at {end}")
        if not points.is_zero(derivative, x, end):
            raise Undecided(f"no value at {end}")
        derivative = sp.diff(derivative, x)
    raise Undecided(f"a zero of high order at {end}")


def _box(a: sp.Rational, b: sp.Rational) -> Ball:
    return _endpoint(a).union(_endpoint(b))


def _defined(expr: sp.Expr, x: sp.Symbol, box: Ball) -> bool:
    """On a whole box. A derivative does not tell: sympy may have cancelled what is not defined."""
    return bool(ball(expr, {x: box}).is_finite())


def _compact(
    statement: sp.Basic, expr: sp.Expr, x: sp.Symbol, left: sp.Rational, right: sp.Rational
) -> None:
    slope = sp.diff(expr, x)
    boxes, done = [(left, right)], 0
    while boxes:
        a, b = boxes.pop()
        done += 1
        if done > BOXES:
            raise Undecided(f"{BOXES} boxes do not cover [{left}, {right}]")
        middle = (a + b) / 2
        box = _box(a, b)
        center = ball(expr, {x: middle})
        if center < 0:
            raise Refuted(statement, {x: middle}, center.str(20), "0")
        if ball(expr, {x: box}) > 0:
            continue
        change = ball(slope, {x: box}) * (box - _endpoint(middle))
        if _defined(expr, x, box) and center + change > 0:
            continue
        boxes += [(a, middle), (middle, b)]


# -- bounds with infinite ends --------------------------------------------------------------------


def _endpoint(value: sp.Expr) -> Ball:
    if value.is_infinite:
        return Ball("inf") if value > 0 else Ball("-inf")
    return Ball(Rational(int(value.p), int(value.q)))


def _shows(bounds: Bounds | None) -> bool:
    return bounds is not None and bool(bounds[0] > 0)


FORMULAS: dict[type[sp.Basic], Callable[[Ball], Ball]] = {  # of increasing functions
    sp.exp: lambda u: u.exp(),
    sp.sinh: lambda u: u.sinh(),
    sp.asinh: lambda u: u if _infinite(u) else u.asinh(),
    sp.tanh: lambda u: u.tanh() if not _infinite(u) else u.sgn(),
    sp.log: lambda u: u.log(),
}
DECLINES = frozenset({sp.cosh, sp.atanh, sp.Abs, sp.Max, sp.Min})


def _infinite(u: Ball) -> bool:
    return not u.is_finite() and not u.is_nan()


def _bounds(expr: sp.Expr, x: sp.Symbol, low: Ball, high: Ball) -> Bounds | None:
    """Bounds of the values for low < x < high; None where there may be none."""
    if expr == x:
        return low, high
    if not expr.has(x):
        value = ball(expr, {})
        return (value, value) if value.is_finite() else None
    parts = [_bounds(arg, x, low, high) for arg in expr.args]
    if any(part is None for part in parts):
        return None
    inner = [part for part in parts if part is not None]
    result = _combine(expr, inner)
    return None if result is None or any(end.is_nan() for end in result) else result


def _combine(expr: sp.Expr, inner: list[Bounds]) -> Bounds | None:
    if isinstance(expr, sp.Add):
        return sum((low for low, _ in inner), Ball(0)), sum((high for _, high in inner), Ball(0))
    if isinstance(expr, sp.Mul):
        result = inner[0]
        for part in inner[1:]:
            result = _product(result, part)
        return result
    low, high = inner[0]
    if isinstance(expr, sp.Pow):
        if isinstance(expr.exp, sp.Integer) and high <= 0:  # (-u)**k, with the sign back
            sign = -1 if expr.exp % 2 else 1
            positive = _power(-high, -low, Ball(int(expr.exp)))
            return _minus(positive) if positive and sign < 0 else positive
        return None if expr.exp.free_symbols else _power(low, high, ball(expr.exp, {}))
    if isinstance(expr, sp.log) and not low >= 0:
        return None
    if expr.func in FORMULAS:
        f = FORMULAS[expr.func]
        if isinstance(expr, sp.log) and low.is_zero():  # open at 0
            return Ball("-inf"), f(high)
        return f(low), f(high)
    return None


def _product(a: Bounds, b: Bounds) -> Bounds:
    """Values are finite, so 0 times an infinite end is 0."""
    corners = [Ball(0) if u.is_zero() or v.is_zero() else u * v for u in a for v in b]
    low = high = corners[0]
    for corner in corners[1:]:
        low, high = low.min(corner), high.max(corner)
    if any(corner.is_nan() for corner in corners):
        return Ball.nan(), Ball.nan()
    return low, high


def _minus(a: Bounds) -> Bounds:
    return -a[1], -a[0]


def _power(low: Ball, high: Ball, exponent: Ball) -> Bounds | None:
    """Of nonnegative bases only, where powers are monotone."""
    if not low >= 0:
        return None
    if exponent > 0:
        return _raise(low, exponent), _raise(high, exponent)
    if not exponent < 0:
        return None
    below = _inverse(_raise(high, -exponent))
    if low.is_zero():  # open at 0
        return below, Ball("inf")
    return below, _inverse(_raise(low, -exponent))


def _inverse(u: Ball) -> Ball:
    return Ball(0) if _infinite(u) else 1 / u


def _raise(u: Ball, exponent: Ball) -> Ball:
    return u if u.is_zero() or _infinite(u) else (u.log() * exponent).exp()
