"""Ball arithmetic: enclosures of an expression, and counterexamples at exact random points.

It shares no formula with the normal form (`tower.py`) and none with the signs in a field
(`lifting.py`), so that a wrong one of these meets it. Balls refute; they never prove an equality.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping

import flint
import sympy as sp

from implicitbias.symbolic.engine.domain import Domains
from implicitbias.symbolic.language.proof import Undecided

__all__ = ["Ball", "ball", "below", "disjoint", "not_above", "points", "sample"]

BITS = 320  # the extreme points below lose some 80 bits in an exponent
TIGHT = sp.Rational(1, 2**100)  # a wider ball says nothing: it counts as no agreement
POINTS = 32
ENOUGH = 12  # informative points without which nothing is concluded
LARGEST_PRODUCT = 64
TRIES = 1200  # draws until POINTS of them satisfy the hypotheses

Ball = flint.arb
Values = Mapping[sp.Expr, sp.Rational]
Enclosures = Mapping[sp.Expr, sp.Rational | Ball]

FORMULAS: dict[type[sp.Basic], Callable[[Ball], Ball]] = {
    sp.exp: lambda u: u.exp(),
    sp.log: lambda u: u.log(),
    sp.sinh: lambda u: u.sinh(),
    sp.cosh: lambda u: u.cosh(),
    sp.tanh: lambda u: u.tanh(),
    sp.asinh: lambda u: u.asinh(),
    sp.atanh: lambda u: u.atanh(),
    sp.Abs: abs,
}
DECLINES = frozenset({sp.Max, sp.Min})


def ball(expr: sp.Expr, values: Enclosures) -> Ball:
    """Enclose `expr` at the `values` of its symbols and opaque atoms; nan where undefined.

    Args:
        values: exact, or balls: then the range over them is enclosed.

    Raises:
        Undecided: a function that has no enclosure here.
    """
    if expr in values:
        here = values[expr]
        if isinstance(here, Ball):
            return here
        expr = here
    if isinstance(expr, sp.Rational):
        return Ball(flint.fmpq(expr.p, expr.q))
    if expr is sp.E:
        return Ball(1).exp()
    if expr is sp.pi:
        return Ball.pi()
    args = [ball(arg, values) for arg in expr.args]
    if isinstance(expr, sp.Add):
        return sum(args, Ball(0))
    if isinstance(expr, sp.Mul):
        product = Ball(1)
        for arg in args:
            product *= arg
        return product
    if isinstance(expr, sp.Pow):
        return _power(args[0], args[1], expr.exp)
    if expr.func in FORMULAS:
        return FORMULAS[expr.func](args[0])
    raise Undecided(f"no ball for {expr.func.__name__} in {expr}")


def _power(base: Ball, exponent: Ball, printed: sp.Expr) -> Ball:
    if isinstance(printed, sp.Integer):
        k = int(printed)
        if abs(k) > LARGEST_PRODUCT or not base.contains(0):
            return base**k
        product = Ball(1)  # a power of a ball that contains 0 is nan in flint, products are not
        for _ in range(abs(k)):
            product *= base
        return product if k >= 0 else 1 / product
    if printed == sp.Rational(1, 2):
        return base.sqrt()
    return (exponent * base.log()).exp()  # nan unless the base is positive


def points(domains: Domains, rng: random.Random) -> Iterator[dict[sp.Expr, sp.Rational]]:
    """Exact rational points of the domain: every hypothesis certainly holds there."""
    for k in range(TRIES):
        point = {
            name: _draw(rng, lower, upper, spread=40 if k % 4 == 3 else 3)
            for name, (lower, upper) in domains.intervals.items()
        }
        if all(ball(h, point) > 0 for h in domains.positive):  # a nan ball is not > 0
            yield point


def _draw(rng: random.Random, lower: sp.Expr, upper: sp.Expr, spread: int) -> sp.Rational:
    """A rational of the open interval, of size up to 2**spread (as far as the ends allow)."""
    size = sp.Rational(rng.randrange(2**20, 2**21), 2**20) * sp.Rational(2) ** rng.randint(
        -spread, spread
    )
    if lower.is_finite and upper.is_finite:
        return lower + (upper - lower) * (size / (1 + size))
    if lower.is_finite:
        return lower + size
    if upper.is_finite:
        return upper - size
    return rng.choice((1, -1)) * size


def disjoint(left: Ball, right: Ball) -> bool:
    """Whether the values certainly differ: asked of finite balls only, where this is certain."""
    return not left.overlaps(right)


def below(left: Ball, right: Ball) -> bool:
    """Whether every value of left is below every one of right."""
    return bool(left < right)


def not_above(left: Ball, right: Ball) -> bool:
    """Whether every value of left is at most every one of right."""
    return bool(left <= right)


def sample(
    lhs: sp.Expr,
    rhs: sp.Expr,
    domains: Domains,
    contradicts: Callable[[Ball, Ball], bool],
) -> tuple[Values, str, str] | None:
    """Look for a point of the domain at which the two balls contradict the statement.

    Args:
        contradicts: whether two finite balls do; such as `disjoint`, for `lhs = rhs`.

    Returns:
        The point and both values, or None when POINTS points have been tried without one.

    Raises:
        Undecided: fewer than ENOUGH points gave two finite tight balls.
    """
    rng = random.Random(f"{lhs} ? {rhs}")  # its own generator: the same points in every run
    informative = tried = 0
    with flint.ctx.workprec(BITS):
        tight = Ball(flint.fmpq(TIGHT.p, TIGHT.q))
        for point in points(domains, rng):
            left, right = ball(lhs, point), ball(rhs, point)
            if left.is_finite() and right.is_finite():
                if contradicts(left, right):
                    return point, left.str(20), right.str(20)
                informative += bool((left - right).rad() <= tight * (1 + abs(left)))
            tried += 1
            if tried == POINTS or not domains.intervals:
                break
    if informative < (ENOUGH if domains.intervals else 1):
        raise Undecided(
            f"only {informative} of {tried} points of the domain gave finite tight balls for "
            f"{lhs} and {rhs}"
        )
    return None
