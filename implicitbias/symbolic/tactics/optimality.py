"""Rules for extremes: KKT points of a convex program, and even functions on spheres.

Each takes Proofs and checks that they fit. `name` is what a Proof of one real variable is about; a
vector is an `IndexedBase` with its index i and dimension d, for every d >= 1.
"""

from __future__ import annotations

import sympy as sp

from implicitbias.symbolic.language.kernel import make, tactic
from implicitbias.symbolic.language.proof import Proof
from implicitbias.symbolic.tactics.identity import prove_identity
from implicitbias.symbolic.tactics.premises import (
    check_everywhere,
    check_index,
    check_new,
    check_real,
    intervals,
    require_derivative,
    require_even,
    require_sign,
    rows_of,
)

__all__ = ["extremes_on_l1_sphere", "extremes_on_l2_sphere", "kkt"]


@tactic()
def kkt(
    convex: Proof,
    f: sp.Expr,
    name: sp.Symbol,
    design: sp.IndexedBase,
    solution: sp.IndexedBase,
    other: sp.IndexedBase,
    dual: sp.IndexedBase,
    scale: sp.Expr,
    rows: tuple[sp.Symbol, sp.Symbol],
    columns: tuple[sp.Symbol, sp.Symbol],
    *,
    slope: sp.Expr | None = None,
) -> Proof:
    """KKT: where f'(beta_i/c) = (X^T nu)_i and X b = X beta, sum f(b_i/c) >= sum f(beta_i/c).

    The two conditions are the domain of the Proof, for every i and every n.

    Args:
        convex: a Proof of f'' >= 0 on R; with > 0 the conclusion is strict wherever b is not beta,
            which is added to the domain as Ne(sum (b_i - beta_i)^2, 0).
        design, solution, other, dual: X[n, i], beta[i], b[i], nu[n].
        scale: c > 0, by its symbols.
        rows, columns: the indices with their sizes, (n, N) and (i, d).
        slope: f' as it should be printed.
    """
    (n, size_n), (i, size_d) = rows, columns
    vectors = (design, solution, other, dual)
    if len({n, size_n, i, size_d}) < 4 or len(set(vectors)) < 4:
        raise TypeError("indices, sizes and vectors must have names of their own")
    check_index(n, size_n, i, size_d)
    check_real(*vectors)
    check_new((n, size_n, i, size_d, *vectors), f, convex)
    if {n, i, size_n, size_d} & scale.free_symbols:
        raise TypeError(f"the scale {scale} must be the same for all entries")
    if not scale.is_positive:
        raise TypeError(f"the scale must be positive by its symbols, got {scale}")
    premises = require_derivative(convex, f, name, 2)
    if slope is None:
        slope = sp.diff(f, name)
    else:
        premises += (prove_identity(slope, sp.Derivative(f, name)),)
    check_everywhere(name, premises)
    strict = isinstance(convex.statement, sp.Gt)
    limits = (i, 1, size_d)
    value = [sp.Sum(f.subs(name, v[i] / scale), limits) for v in (other, solution)]
    stationary = sp.Eq(
        slope.subs(name, solution[i] / scale),
        sp.Sum(design[n, i] * dual[n], (n, 1, size_n)),
        evaluate=False,
    )
    feasible = sp.Eq(
        sp.Sum(design[n, i] * other[i], limits),
        sp.Sum(design[n, i] * solution[i], limits),
        evaluate=False,
    )
    conditions = [stationary, feasible]
    if strict:
        distance = sp.Sum((other[i] - solution[i]) ** 2, limits)
        conditions.append(sp.Ne(distance, 0, evaluate=False))
    relation = sp.Gt if strict else sp.Ge
    return make(
        relation(value[0], value[1], evaluate=False),
        [*rows_of(premises), *conditions],
        premises=premises,
        notes=("a convex function lies above its tangent; finite sums are exchanged",),
        binds=((n, size_n), (i, size_d)),
    )


@tactic()
def extremes_on_l1_sphere(
    convex: Proof,
    even: Proof,
    f: sp.Expr,
    name: sp.Symbol,
    entries: sp.IndexedBase,
    index: sp.Symbol,
    size: sp.Symbol,
) -> tuple[Proof, Proof]:
    """For f even and convex on R, b the l1 norm:
    d f(b/d) <= sum f(entries) <= f(b) + (d-1) f(0).

    Below: Jensen on |entries|. Above: |b_i| = t b + (1-t) 0.

    Args:
        convex: a Proof of f'' >= 0 on R.
        even: a Proof of f(-name) = f(name) on R.
        entries, index, size: b, i and d of the vector b[i], i = 1..d.

    Returns:
        The Proofs of both halves.
    """
    check_index(index, size)
    check_real(entries)
    check_new((index, size, entries), f, convex, even)
    premises = (*require_derivative(convex, f, name, 2), *require_even(even, f, name))
    check_everywhere(name, premises)
    entry, limits = entries[index], (index, 1, size)
    total = sp.Sum(f.subs(name, entry), limits)
    norm = sp.Sum(sp.Abs(entry), limits)
    low = sp.Ge(total, size * f.subs(name, norm / size), evaluate=False)
    high = sp.Le(total, f.subs(name, norm) + (size - 1) * f.subs(name, 0), evaluate=False)
    domain = rows_of(premises)
    return make(low, domain, premises=premises), make(high, domain, premises=premises)


@tactic()
def extremes_on_l2_sphere(
    concave_in_square: Proof,
    even: Proof,
    f: sp.Expr,
    name: sp.Symbol,
    entries: sp.IndexedBase,
    index: sp.Symbol,
    size: sp.Symbol,
) -> tuple[Proof, Proof]:
    """f even on R, f'(z)/z falling on z > 0, b the l2 norm:
    f(b) + (d-1) f(0) <= sum f(entries) <= d f(b/sqrt(d)).

    Concave g on [0, b^2]: Jensen, and the chord through 0.

    Args:
        concave_in_square: a Proof of `f' - z f'' >= 0` (or > 0) on z > 0, which says that f is a
            concave function of z**2.
        even: a Proof of f(-z) = f(z) on R.
        entries, index, size: b, i and d of the vector b[i], i = 1..d.

    Returns:
        The Proofs of both halves.
    """
    check_index(index, size)
    check_real(entries)
    check_new((index, size, entries), f, concave_in_square, even)
    symmetric = require_even(even, f, name)
    check_everywhere(name, symmetric)
    positive = sp.Lt(0, name, evaluate=False)
    for row in concave_in_square.domain:
        if row.has(name) and row != positive:
            raise TypeError(f"expected a Proof on all of {name} > 0, got one on {row}")
    slope = sp.diff(f, name)
    on = intervals(concave_in_square)
    concave = require_sign(concave_in_square, slope - name * sp.diff(slope, name), on)
    entry, limits = entries[index], (index, 1, size)
    total = sp.Sum(f.subs(name, entry), limits)
    norm = sp.sqrt(sp.Sum(entry**2, limits))
    low = sp.Ge(total, f.subs(name, norm) + (size - 1) * f.subs(name, 0), evaluate=False)
    high = sp.Le(total, size * f.subs(name, norm / sp.sqrt(size)), evaluate=False)
    premises = (*concave, *symmetric)
    domain = [row for row in rows_of(premises) if not row.has(name)]
    return make(low, domain, premises=premises), make(high, domain, premises=premises)
