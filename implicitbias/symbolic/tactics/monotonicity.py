"""Along an interval or in time: that a function increases, and what its slope says of its values.

`prove_monotone` decides; the rules take a Proof of the sign of a slope, and check that it fits.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import sympy as sp

from implicitbias.symbolic.engine import points
from implicitbias.symbolic.engine.domain import prepare
from implicitbias.symbolic.engine.sign import check_defined
from implicitbias.symbolic.language.kernel import make, tactic
from implicitbias.symbolic.language.proof import Proof, Refuted, Undecided
from implicitbias.symbolic.language.scope import occurs_bare
from implicitbias.symbolic.tactics.inequality import prove_nonnegative, prove_positive
from implicitbias.symbolic.tactics.premises import (
    check_new,
    check_plain,
    interval,
    is_bound,
    require_derivative,
    require_equal,
    rows_of,
)

__all__ = ["monotone_of_deriv_nonneg", "never_above_its_start", "prove_monotone"]


@tactic(engine=("sign tables", "cross-check"))
def prove_monotone(
    expr: Any,
    x: sp.Symbol,
    lower: object = -sp.oo,
    upper: object = sp.oo,
    *,
    increasing: bool = True,
    strict: bool = True,
) -> Proof:
    """Decide that `expr` increases (or decreases) on the open interval, by its derivative.

    Args:
        expr: an exact real expression in x, as for `prove_nonnegative`.
        lower, upper: rational or +-oo.
        increasing: or else decreasing.
        strict: which means here that the derivative is positive everywhere.

    Returns:
        A Proof of expr(x) < expr(y) (> for a decreasing one) for all x < y, or unless strict of
        expr(x) <= expr(y) (>=) for all x <= y; y is a new symbol of the same name with a prime.

    Raises:
        Refuted: with two points.
        Undecided, TypeError, ValueError: as `prove_nonnegative`.
    """
    expr = sp.sympify(expr, strict=True)
    later = sp.Symbol(f"{x.name}'", **x.assumptions0)
    values = (expr, expr.subs(x, later))
    relation = {
        (True, True): sp.Lt,
        (True, False): sp.Le,
        (False, True): sp.Gt,
        (False, False): sp.Ge,
    }[increasing, strict]
    statement = relation(*values, evaluate=False)
    intervals = prepare(expr, x, domain={x: (lower, upper)}).domains.intervals
    if set(intervals) != {x}:
        raise Undecided(f"monotony in one variable only: {expr}")
    check_defined(statement, expr, x, *intervals[x])
    slope = sp.diff(expr, x) if increasing else -sp.diff(expr, x)
    try:
        premise = (prove_positive if strict else prove_nonnegative)(slope, x, lower, upper)
    except Refuted as refuted:
        _refute_order(statement, expr, x, later, refuted.point.get(x), (lower, upper), increasing)
        raise Undecided(f"the derivative vanishes: {refuted}") from refuted
    before = (sp.Lt if strict else sp.Le)(x, later, evaluate=False)
    above = [row.subs(x, later) for row in premise.domain if row.rhs != x]
    return make(
        statement,
        [*premise.domain, before, *above],
        premises=(premise,),
        notes=("the mean value theorem",),
    )


def _refute_order(
    statement: sp.Basic,
    expr: sp.Expr,
    x: sp.Symbol,
    later: sp.Symbol,
    point: sp.Expr | None,
    ends: tuple[object, object],
    increasing: bool,
) -> None:
    """Raise Refuted with two points whose values are certainly in the wrong order."""
    if not isinstance(point, sp.Rational):
        return
    lower, upper = map(sp.sympify, ends)
    for first, second in _neighbours(point, lower, upper):
        for bits in points.PRECISIONS:
            a, b = (points.value(expr, x, at, bits) for at in (first, second))
            if (a > b) if increasing else (a < b):
                at = {x: first, later: second}
                raise Refuted(statement, at, a.str(20), b.str(20))


def _neighbours(
    point: sp.Rational, lower: sp.Expr, upper: sp.Expr
) -> Iterator[tuple[sp.Rational, sp.Rational]]:
    for k in (0, 3, 10, 30, 100, 300):
        step = sp.Rational(1, 2**k)
        for first, second in ((point, point + step), (point - step, point)):
            if lower < first and second < upper:
                yield first, second


@tactic()
def monotone_of_deriv_nonneg(
    slope: Proof,
    f: sp.Expr,
    name: sp.Symbol,
    start: sp.Symbol | sp.Rational,
    *,
    smooth_on: tuple[object, object] | None = None,
) -> Proof:
    """From f' >= 0 on an open interval: f(name) >= f(start) for start <= name in it.

    Args:
        slope: a Proof of `f' >= 0` (or > 0); other symbols are parameters.
        start: a new symbol in the interval; or a number in it or at its lower end, where f has to
            be smooth across.
        smooth_on: for such a number, a larger open interval on which f is smooth.

    Raises:
        TypeError: a Proof of something else.
        ValueError: a start outside.
        Undecided: f may be undefined.
    """
    check_plain(name)
    from_number = not isinstance(start, sp.Symbol)
    premises = require_derivative(slope, f, name, closed=from_number)
    rows = rows_of(premises)
    if not from_number:
        check_plain(start)
        check_new((start,), name, f, slope)
        rows += [row.subs(name, start) for row in slope.domain]
    else:
        start = sp.sympify(start)
        lower, upper = interval(slope, name)
        ends = (lower, upper) if smooth_on is None else tuple(map(sp.sympify, smooth_on))
        if not (start.is_Rational and lower <= start < upper and ends[0] < start < ends[1]):
            raise ValueError(f"{start} is not in [{lower}, {upper}), or f is not smooth across it")
        across = require_equal(f, f, {name: ends})
        premises += across
        rows += [row for row in rows_of(across) if not row.has(name)]
        # f is smooth at the start, which is a lower bound for the others.
        rows = [row for row in rows if not (is_bound(row, name) and row.gts == name)]
    return make(
        sp.Ge(f, f.subs(name, start), evaluate=False),
        [*rows, sp.Le(start, name, evaluate=False)],
        premises=premises,
        notes=("the mean value theorem",),
    )


@tactic()
def never_above_its_start(slope: Proof, f: sp.Expr, t: sp.Symbol, end: sp.Symbol) -> Proof:
    """From f' <= 0 to f(end) <= f(0), for end > 0: the mean value theorem.

    Args:
        slope: a Proof of `f' <= 0` in any form `a <= b` with a - b = f', under relations between
            unknown functions of t. They are the domain of the new Proof, for every t in (0, end).
        f: an expression in unknown functions of t, defined and smooth for every t.
        t: a real symbol without a sign.
        end: a new positive symbol.
    """
    for symbol in (t, end):
        if not isinstance(symbol, sp.Symbol) or symbol.is_integer or not symbol.is_real:
            raise TypeError(f"{symbol} must be a real symbol")
    if t.is_nonnegative or t.is_nonpositive:
        raise TypeError(f"{t} has a sign, and f has to be smooth for every {t}")
    if not end.is_positive or end in f.free_symbols or slope.statement.has(end):
        raise TypeError(f"{end} must be a new positive symbol")
    for row in slope.domain:
        if end in row.free_symbols or (row != sp.Lt(0, t, evaluate=False) and occurs_bare(row, t)):
            raise TypeError(f"expected relations between functions of {t}, got {row}")
    relation = slope.statement
    if not isinstance(relation, sp.Le | sp.Lt | sp.Ge | sp.Gt):
        raise TypeError(f"expected a Proof of f' <= 0, got {relation}")
    premises = (
        slope,
        *require_equal(f, f),
        *require_equal(relation.lts - relation.gts, sp.Derivative(f, t)),
    )
    return make(
        sp.Le(f.subs(t, end), f.subs(t, 0), evaluate=False),
        [row for row in rows_of(premises) if not occurs_bare(row, t)],
        premises=premises,
        notes=("the mean value theorem",),
        binds=((t, None),),
    )
