"""Changes of the variable: increasing bijections x(t) that make one scale of exp or asinh rational.

x = log(t)/g makes exp(g x) = t; x = (t - 1/t)/(2c) makes asinh(c x) = log t and
sqrt(1 + (c x)**2) = (t + 1/t)/2. Otherwise x = t.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import flint
import sympy as sp

from implicitbias.symbolic.engine.generators import Field, Interval, Quotient, rational
from implicitbias.symbolic.language.grammar import FUNCTIONS

__all__ = ["Change", "changes"]

EXPONENTIALS = (sp.exp, sp.sinh, sp.cosh, sp.tanh)

Rational = flint.fmpq
Ball = flint.arb


@dataclass(frozen=True)
class Change:
    """x as a function of t.

    Attributes:
        name: in words.
        image: as an element of a field in t.
        interval: of t.
        ball: of x, for a ball of t.
        exact: x, where it is rational at a rational t.
    """

    name: str
    image: Callable[[Field], Quotient]
    interval: Interval
    ball: Callable[[Ball], Ball]
    exact: Callable[[Rational], Rational | None]


def changes(expr: sp.Expr, x: sp.Symbol, lower: sp.Expr, upper: sp.Expr) -> list[Change]:
    """The changes that suit an expression, the most promising first."""
    found = [_identity(lower, upper)]
    exponentials = _scales(expr, x, EXPONENTIALS)
    inverse = _scales(expr, x, (sp.asinh,))
    if exponentials:
        g = _gcd(exponentials)
        end = _exp_end(lower), _exp_end(upper)
        if None not in end:
            found.insert(0 if not _mixed(expr, x) else 1, _logarithm(g, end))
    if len(inverse) == 1 and not exponentials:
        (c,) = inverse
        end = _asinh_end(c, lower), _asinh_end(c, upper)
        if None not in end:
            found.insert(0, _hyperbolic(c, end))
    return found


def _scales(expr: sp.Expr, x: sp.Symbol, functions: tuple[type, ...]) -> set[sp.Rational]:
    """|c| for the functions of c*x + d that occur."""
    scales = set()
    for f in expr.atoms(*functions):
        slope = sp.diff(f.args[0], x)
        if isinstance(slope, sp.Rational) and slope != 0:
            scales.add(abs(slope))
    return scales


def _mixed(expr: sp.Expr, x: sp.Symbol) -> bool:
    """Whether x itself, outside of an exponential, is under a root or a logarithm."""
    if isinstance(expr, EXPONENTIALS):
        return False
    if expr.func in FUNCTIONS or (
        isinstance(expr, sp.Pow) and not isinstance(expr.exp, sp.Integer)
    ):
        return _bare(expr, x)
    return any(_mixed(arg, x) for arg in expr.args)


def _bare(expr: sp.Expr, x: sp.Symbol) -> bool:
    if isinstance(expr, EXPONENTIALS):
        return False
    return bool(expr == x) or any(_bare(arg, x) for arg in expr.args)


def _gcd(scales: set[sp.Rational]) -> sp.Rational:
    """The g of which every scale is a multiple."""
    denominator = sp.ilcm(1, 1, *(c.q for c in scales))
    return sp.Rational(sp.igcd(0, 0, *(int(c * denominator) for c in scales)), denominator)


def _identity(lower: sp.Expr, upper: sp.Expr) -> Change:
    ends = tuple(rational(end) if end.is_finite else None for end in (lower, upper))
    return Change(
        "x", lambda f: f.whole(f.symbols[0]), (ends[0], ends[1]), lambda t: t, lambda t: t
    )


End = Rational | str | None


def _exp_end(end: sp.Expr) -> End:
    if end == 0:
        return Rational(1)
    return None if end.is_finite else Rational(0) if end < 0 else "oo"


def _asinh_end(c: sp.Rational, end: sp.Expr) -> End:
    if not end.is_finite:
        return Rational(0) if end < 0 else "oo"
    root = sp.sqrt(1 + (c * end) ** 2)
    return rational(c * end + root) if isinstance(root, sp.Rational) else None


def _interval(ends: tuple[End, End]) -> Interval:
    lower, upper = (None if isinstance(end, str) else end for end in ends)
    return lower, upper


def _logarithm(g: sp.Rational, ends: tuple[End, End]) -> Change:
    scale = rational(g)
    return Change(
        f"log(t)/{g}",
        lambda f: f.whole(f.log(f.symbols[0]) / scale),
        _interval(ends),
        lambda t: t.log() / scale,
        lambda t: Rational(0) if t == 1 else None,
    )


def _hyperbolic(c: sp.Rational, ends: tuple[End, End]) -> Change:
    scale = 2 * rational(c)
    return Change(
        f"(t - 1/t)/{2 * c}",
        lambda f: f.normal(f.symbols[0] ** 2 - 1, scale * f.symbols[0]),
        _interval(ends),
        lambda t: (t - 1 / t) / scale,
        lambda t: (t - 1 / t) / scale,
    )


FORMULAS: dict[type[sp.Basic], Callable[..., Change]] = {  # what makes one scale of it rational
    **dict.fromkeys(EXPONENTIALS, _logarithm),
    sp.asinh: _hyperbolic,
}
DECLINES = frozenset({sp.log, sp.atanh, sp.Abs, sp.Max, sp.Min})
