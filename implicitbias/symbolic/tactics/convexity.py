"""Rules for convex functions: means, midpoints and tangents, from the sign of a second derivative.

Each takes Proofs and checks that they fit. `name` is what a Proof of one real variable is about; a
vector is an `IndexedBase` with its index i and dimension d.
"""

from __future__ import annotations

from collections.abc import Sequence

import sympy as sp

from implicitbias.symbolic.language.assumptions import rows_assumed
from implicitbias.symbolic.language.kernel import make, tactic
from implicitbias.symbolic.language.proof import Proof
from implicitbias.symbolic.tactics.premises import (
    check_index,
    check_new,
    check_plain,
    check_real,
    interval,
    intervals,
    require_derivative,
    require_equal,
    rows_of,
)

__all__ = ["first_order_convexity", "first_order_convexity_along", "jensen", "midpoint"]


@tactic()
def jensen(
    convex: Proof,
    f: sp.Expr,
    name: sp.Symbol,
    entries: sp.IndexedBase,
    index: sp.Symbol,
    size: sp.Symbol,
) -> Proof:
    """From f'' >= 0 on an open interval: f(mean of the entries) <= mean of f(entries).

    Args:
        convex: a Proof of `f'' >= 0` (or > 0), as `Derivative(f, (name, 2))` or carried out.
        entries, index, size: b, i and d of the vector b[i], i = 1..d.
    """
    check_index(index, size)
    check_real(entries)
    check_new((index, size, entries), f, convex)
    premises = require_derivative(convex, f, name, 2)
    entry, limits = entries[index], (index, 1, size)
    mean = sp.Sum(entry, limits) / size
    return make(
        sp.Le(f.subs(name, mean), sp.Sum(f.subs(name, entry), limits) / size, evaluate=False),
        [*(row.subs(name, entry) for row in rows_of(premises)), *rows_assumed(name, entry)],
        premises=premises,
        binds=((index, size),),
    )


@tactic()
def midpoint(convex: Proof, f: sp.Expr, name: sp.Symbol, x: sp.Symbol, y: sp.Symbol) -> Proof:
    """Jensen for two points, from f'' >= 0 on an open interval: f((x+y)/2) <= (f(x) + f(y))/2.

    Args:
        convex: as for `jensen`.
        x, y: new symbols.
    """
    for point in (x, y):
        if not (isinstance(point, sp.Symbol) and point.is_real) or point in f.free_symbols:
            raise TypeError(f"{point} must be a new real symbol")
    premises = require_derivative(convex, f, name, 2)
    mean = sum(f.subs(name, point) for point in (x, y)) / 2
    rows = [row.subs(name, point) for row in rows_of(premises) for point in (x, y)]
    rows += [row for point in (x, y) for row in rows_assumed(name, point)]
    statement = sp.Le(f.subs(name, (x + y) / 2), mean, evaluate=False)
    return make(statement, rows, premises=premises)


@tactic()
def first_order_convexity(
    convex: Proof, f: sp.Expr, name: sp.Symbol, at: sp.Symbol, *, strict: bool = False
) -> Proof:
    """From f'' >= 0 on an open interval: f(name) >= f(at) + f'(at) (name - at), both in it.

    Args:
        convex: a Proof of `f'' >= 0` (or > 0); other symbols are parameters.
        at: a new symbol.
        strict: from f'' > 0, > where `name` is not `at`.

    Raises:
        TypeError: a Proof of something else.
    """
    check_plain(name, at)
    check_new((at,), name, f, convex)
    premises = require_derivative(convex, f, name, 2)
    if strict and not isinstance(convex.statement, sp.Gt):
        raise TypeError(f"expected a Proof of f'' > 0, got {convex.statement}")
    slope = sp.diff(f, name).subs(name, at)
    tangent = f.subs(name, at) + slope * (name - at)
    rows = rows_of(premises)
    rows += [row.subs(name, at) for row in rows]
    if strict:
        rows.append(sp.Ne(name, at, evaluate=False))
    return make(
        (sp.Gt if strict else sp.Ge)(f, tangent, evaluate=False),
        rows,
        premises=premises,
        notes=("the mean value theorem",),
    )


@tactic()
def first_order_convexity_along(
    rises: Proof,
    grows: Proof,
    f: sp.Expr,
    g: sp.Expr,
    slope: sp.Expr,
    name: sp.Symbol,
    at: sp.Symbol,
    *,
    given: Sequence[Proof] = (),
) -> Proof:
    """f as a convex function of g, on an open interval: from f' = slope g', slope' >= 0, g' >= 0 to
    f(name) >= f(at) + slope(at) (g(name) - g(at)).

    Args:
        rises: a Proof of `slope' >= 0` (or > 0).
        grows: one of `g' >= 0`, on the same interval.
        at: a new symbol.
        given: Proofs of `expr > 0` on the interval, such as of an argument of log.

    Raises:
        TypeError: a Proof of something else.
        Undecided: f, g or slope may be undefined.
    """
    check_plain(name, at)
    check_new((at,), name, f, g, slope, rises, grows)
    if interval(rises, name) != interval(grows, name):
        raise TypeError(f"{rises} and {grows} are on two intervals of {name}")
    on = intervals(rises)
    premises = (
        *require_derivative(rises, slope, name, given=given),
        *require_derivative(grows, g, name, given=given),
        *require_equal(sp.Derivative(f, name), slope * sp.diff(g, name), on, given),
        *require_equal(f, f, on, given),
    )
    tangent = f.subs(name, at) + slope.subs(name, at) * (g - g.subs(name, at))
    rows = rows_of(premises)
    return make(
        sp.Ge(f, tangent, evaluate=False),
        [*rows, *(row.subs(name, at) for row in rows)],
        premises=premises,
        notes=("the fundamental theorem of calculus",),
    )
