"""Rules for sums: from entries to their sum and back, and sums that are written differently.

A vector is an `IndexedBase` with its index i and dimension d; the conclusions are relations between
`Sum(.., (i, 1, d))` for every d >= 1.
"""

from __future__ import annotations

from collections.abc import Mapping

import sympy as sp

from implicitbias.symbolic.language.kernel import make, tactic
from implicitbias.symbolic.language.proof import Domain, Proof
from implicitbias.symbolic.language.total import is_total
from implicitbias.symbolic.tactics.composition import instantiate
from implicitbias.symbolic.tactics.premises import check_index, check_new, check_real

__all__ = [
    "multiply_out",
    "pair_with_rows",
    "single_le_sum",
    "split_sums",
    "sum_le_sum",
    "transpose",
]


@tactic()
def sum_le_sum(
    proof: Proof,
    name: sp.Symbol,
    entry: sp.Expr,
    index: sp.Symbol,
    size: sp.Symbol,
    *,
    others: Mapping[sp.Symbol, sp.Expr] | None = None,
    domain: Domain | None = None,
) -> Proof:
    """From `f(name) >= g(name)` to sum f(entry) >= sum g(entry) over index = 1..size.

    Works for >=, >, <=, < and =. What the Proof asks of the name is asked of every entry.

    Args:
        entry: an expression with the index, such as `beta[i]/alpha**2`.
        others: {name: entry} of further names that have entries of their own.
        domain: as for `instantiate`.
    """
    check_index(index, size)
    if proof.statement.has(index) or any(row.has(index) for row in proof.domain):
        raise TypeError(f"the Proof has an {index} of its own")
    if not entry.has(index):
        raise TypeError(f"the entry {entry} does not depend on {index}")
    at = instantiate(proof, {name: entry, **(others or {})}, domain=domain)
    left, right = (
        sp.Sum(side, (index, 1, size)) if side.has(index) else size * side
        for side in (at.statement.lhs, at.statement.rhs)
    )
    statement = at.statement.func(left, right, evaluate=False)
    return make(statement, at.domain, premises=(at,), binds=((index, size),))


@tactic()
def single_le_sum(
    proof: Proof, entry: sp.Expr, index: sp.Symbol, size: sp.Symbol, at: sp.Symbol
) -> Proof:
    """From `entry >= 0` for every index = 1..size to the entry `at` <= sum of the entries.

    Args:
        proof: a Proof of `entry >= 0` (or > 0), about the entry with its index.
        at: a new positive integer symbol; that it is at most the size is added to the domain.
    """
    if not isinstance(proof.statement, sp.Ge | sp.Gt) or proof.statement.args != (entry, 0):
        raise TypeError(f"expected a Proof of {entry} >= 0, got {proof.statement}")
    check_index(index, size, at)
    if not entry.has(index) or entry.has(size):
        raise TypeError(f"{entry} is not an entry with the index {index}")
    check_new((at,), entry, proof)
    # An index that stands by itself is not known to be at most the size.
    for part in (entry, *proof.domain):
        outside = part.xreplace({e: sp.Dummy() for e in part.atoms(sp.Indexed)})
        if outside.has(index):
            raise TypeError(f"{part} depends on {index} other than through entries")
    return make(
        sp.Le(entry.xreplace({index: at}), sp.Sum(entry, (index, 1, size)), evaluate=False),
        (*proof.domain, sp.Le(at, size, evaluate=False)),
        premises=(proof,),
        binds=((index, size),),
    )


@tactic()
def split_sums(proof: Proof) -> Proof:
    """The same relation with each `Sum` over i = 1..d of a linear combination written as the linear
    combination of the sums; a term without the index counts d times.
    """
    statement = proof.statement
    sides = [side.replace(lambda e: isinstance(e, sp.Sum), _split) for side in statement.args]
    return make(statement.func(*sides, evaluate=False), proof.domain, premises=(proof,))


@tactic()
def multiply_out(total: sp.Sum) -> Proof:
    """That the sum of a polynomial in the entries is the linear combination of `split_sums`."""
    entries = sorted(total.function.atoms(sp.Indexed), key=sp.default_sort_key)
    if not entries or not total.function.is_polynomial(*entries) or _split(total) == total:
        raise TypeError(f"expected a sum of a polynomial with several terms, got {total}")
    if not is_total(total):  # a coefficient that cancels may be undefined
        raise TypeError(f"{total} may be undefined")
    return make(sp.Eq(total, _split(total), evaluate=False), ())


def _split(total: sp.Sum) -> sp.Expr:
    if len(total.limits) != 1 or total.limits[0][1] != 1:
        return total
    index, _, size = total.limits[0]
    if not (isinstance(size, sp.Symbol) and size.is_integer and size.is_positive):
        return total
    # Only products and integer powers of sums are multiplied out: no rule for real powers.
    expanded = sp.expand(
        total.function, power_base=False, power_exp=False, log=False, trig=False, func=False
    )
    parts = []
    for term in sp.Add.make_args(expanded):
        factors = sp.Mul.make_args(term)
        outside = sp.Mul(*(f for f in factors if not f.has(index)))
        inside = sp.Mul(*(f for f in factors if f.has(index)))
        parts.append(outside * (size if inside == 1 else sp.Sum(inside, total.limits[0])))
    return sp.Add(*parts)


@tactic()
def pair_with_rows(
    vector: sp.IndexedBase,
    left: sp.Expr,
    right: sp.Expr,
    design: sp.IndexedBase,
    dual: sp.IndexedBase,
    rows: tuple[sp.Symbol, sp.Symbol],
    columns: tuple[sp.Symbol, sp.Symbol],
) -> Proof:
    """For s = X^T nu and X u = X v: sum s_i u_i = sum s_i v_i. (Both are nu . X u.)

    The two conditions are the domain, for every i and every n.

    Args:
        vector, design, dual: s[i], X[n, i], nu[n].
        left, right: u_i and v_i, expressions with the index i.
        rows, columns: the indices with their sizes, (n, N) and (i, d).
    """
    (n, size_n), (i, size_d) = rows, columns
    check_index(n, size_n, i, size_d)
    check_real(vector, design, dual)
    if {n, size_n, size_d} & (left.free_symbols | right.free_symbols):
        raise TypeError(f"entries of {columns} may not depend on {n}, {size_n} or {size_d}")
    limits = (i, 1, size_d)
    conditions = (
        sp.Eq(vector[i], sp.Sum(design[n, i] * dual[n], (n, 1, size_n)), evaluate=False),
        sp.Eq(
            sp.Sum(design[n, i] * left, limits),
            sp.Sum(design[n, i] * right, limits),
            evaluate=False,
        ),
    )
    return make(
        sp.Eq(sp.Sum(vector[i] * left, limits), sp.Sum(vector[i] * right, limits), evaluate=False),
        conditions,
        notes=("finite sums are exchanged",),
        binds=((n, size_n), (i, size_d)),
    )


@tactic()
def transpose(
    design: sp.IndexedBase,
    columns: tuple[sp.Symbol, sp.Symbol],
    left: tuple[sp.Expr, sp.Expr],
    rows: tuple[sp.Symbol, sp.Symbol],
    right: tuple[sp.Expr, sp.Expr],
) -> Proof:
    """(X^T nu) . u = nu . (X u): sum s_i u_i = sum nu_n z_n for s = X^T nu and z = X u.

    The definitions of s and z are the domain, for every i and every n.

    Args:
        design: X[n, i].
        columns, left: (i, d), and (s_i, u_i) as real expressions.
        rows, right: (n, N), and (nu_n, z_n).
    """
    (i, size_d), (n, size_n) = columns, rows
    check_index(n, size_n, i, size_d)
    check_real(design)
    for parts, others in ((left, {n, size_n, size_d}), (right, {i, size_n, size_d})):
        for part in parts:
            if not is_total(part):
                raise TypeError(f"{part} may be undefined")
            if others & part.free_symbols:
                raise TypeError(f"{part} may not depend on {', '.join(map(str, others))}")
    (s, u), (nu, z) = left, right
    over_i, over_n = (i, 1, size_d), (n, 1, size_n)
    return make(
        sp.Eq(sp.Sum(s * u, over_i), sp.Sum(nu * z, over_n), evaluate=False),
        (
            sp.Eq(s, sp.Sum(design[n, i] * nu, over_n), evaluate=False),
            sp.Eq(z, sp.Sum(design[n, i] * u, over_i), evaluate=False),
        ),
        notes=("finite sums are exchanged",),
        binds=((n, size_n), (i, size_d)),
    )
