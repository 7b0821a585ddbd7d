"""Named rules with which a proof goes from slopes to values and from entries to sums.

As in `rules.py`: each takes Proofs and checks that they fit; a vector is an `IndexedBase`.
"""

from __future__ import annotations

from collections.abc import Sequence

import sympy as sp

from implicitbias.symbolic.language.kernel import make, tactic
from implicitbias.symbolic.language.proof import Proof, Refuted
from implicitbias.symbolic.language.total import is_total
from implicitbias.symbolic.tactics.composition import discharge
from implicitbias.symbolic.tactics.identity import prove_identity

_REAL = sp.Symbol("x", real=True)

__all__ = [
    "first_order_convexity",
    "first_order_convexity_along",
    "monotone_of_deriv_nonneg",
    "multiply_out",
    "pair_with_rows",
    "single_le_sum",
    "split_sums",
    "transpose",
]


@tactic()
def first_order_convexity(
    convex: Proof, f: sp.Expr, name: sp.Symbol, at: sp.Symbol, *, strict: bool = False
) -> Proof:
    """From f'' >= 0 on an open interval: f(name) >= f(at) + f'(at) (name - at), both in it.

    convex: a Proof of `f'' >= 0` (or > 0); other symbols are parameters.
    at: a new symbol. strict: from f'' > 0, > where `name` is not `at`.
    Raises TypeError for a Proof of something else.
    """
    _new(at, name, f, convex)
    smooth = _says(convex, sp.diff(f, name, 2), f, name)
    if strict and not isinstance(convex.statement, sp.Gt):
        raise TypeError(f"expected a Proof of f'' > 0, got {convex.statement}")
    slope = sp.diff(f, name).subs(name, at)
    tangent = f.subs(name, at) + slope * (name - at)
    rows = [row for premise in (convex, *smooth) for row in premise.domain]
    rows += [row.subs(name, at) for row in rows]
    if strict:
        rows.append(sp.Ne(name, at, evaluate=False))
    return make(
        (sp.Gt if strict else sp.Ge)(f, tangent, evaluate=False),
        _clean(rows),
        premises=(convex, *smooth),
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

    rises: a Proof of `slope' >= 0` (or > 0); grows: one of `g' >= 0`; both on the same interval.
    at: a new symbol. given: Proofs of `expr > 0` on the interval, such as of an argument of log.
    Raises TypeError for a Proof of something else; Undecided where f, g or slope may be undefined.
    """
    _new(at, name, f + g + slope, rises)
    _new(at, name, f + g + slope, grows)
    if _interval(rises, name) != _interval(grows, name):
        raise TypeError(f"{rises} and {grows} are on two intervals of {name}")
    premises = [rises, *_says(rises, sp.diff(slope, name), slope, name, given)]
    premises += [grows, *_says(grows, sp.diff(g, name), g, name, given)]
    premises += _same(sp.Derivative(f, name), slope * sp.diff(g, name), rises, name, given)
    premises += _same(f, f, rises, name, given)
    rows = [row for premise in premises for row in premise.domain]
    tangent = f.subs(name, at) + slope.subs(name, at) * (g - g.subs(name, at))
    return make(
        sp.Ge(f, tangent, evaluate=False),
        _clean([*rows, *(row.subs(name, at) for row in rows)]),
        premises=tuple(premises),
        notes=("the fundamental theorem of calculus",),
    )


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

    slope: a Proof of `f' >= 0` (or > 0); other symbols are parameters.
    start: a new symbol in the interval; or a number in it or at its lower end, where f has to be
        smooth across: `smooth_on` is then a larger open interval.
    Raises TypeError for a Proof of something else, ValueError for a start outside; Undecided where
    f may be undefined.
    """
    from_number = not isinstance(start, sp.Symbol)  # across which f is shown to be smooth
    premises = [slope, *_says(slope, sp.diff(f, name), f, name, closed=from_number)]
    rows = [row for premise in premises for row in premise.domain]
    if not from_number:
        _new(start, name, f, slope)
        rows += [row.subs(name, start) for row in slope.domain]
        rows.append(sp.Le(start, name, evaluate=False))
    else:
        start = sp.sympify(start)
        lower, upper = _interval(slope, name)
        ends = (lower, upper) if smooth_on is None else tuple(map(sp.sympify, smooth_on))
        if not (start.is_Rational and lower <= start < upper and ends[0] < start < ends[1]):
            raise ValueError(f"{start} is not in [{lower}, {upper}), or f is not smooth across it")
        across = prove_identity(f, f, domain={name: ends})
        premises.append(across)
        rows += [row for row in across.domain if not row.has(name)]
        # f is smooth at the start, which is a lower bound for the others.
        rows = [row for row in rows if not (_is_bound(row, name) and row.gts == name)]
        rows.append(sp.Le(start, name, evaluate=False))
    return make(
        sp.Ge(f, f.subs(name, start), evaluate=False),
        _clean(rows),
        premises=tuple(premises),
        notes=("the mean value theorem",),
    )


@tactic()
def single_le_sum(
    proof: Proof, entry: sp.Expr, index: sp.Symbol, size: sp.Symbol, at: sp.Symbol
) -> Proof:
    """From `entry >= 0` for every index = 1..size to the entry `at` <= sum of the entries.

    at: a new positive integer symbol; that it is at most the size is added to the domain.
    """
    if not isinstance(proof.statement, sp.Ge | sp.Gt) or proof.statement.args != (entry, 0):
        raise TypeError(f"expected a Proof of {entry} >= 0, got {proof.statement}")
    _index(index, size, at)
    if not entry.has(index) or entry.has(size):
        raise TypeError(f"{entry} is not an entry with the index {index}")
    if any(part.has(at) for part in (entry, *proof.domain)):
        raise TypeError(f"{at} must be a new symbol")
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

    vector s[i], design X[n, i], dual nu[n]; left u_i and right v_i are expressions with the index
    i. rows (n, N) and columns (i, d). The two conditions are the domain, for every i and every n.
    """
    (n, size_n), (i, size_d) = rows, columns
    _index(n, size_n, i, size_d)
    for family in (vector, design, dual):
        if family.is_real is not True:
            raise TypeError(f"{family} must be real: sympy.IndexedBase('{family}', real=True)")
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

    design X[n, i]; columns (i, d) and left (s_i, u_i), rows (n, N) and right (nu_n, z_n), real
    expressions. The definitions of s and z are the domain, for every i and every n.
    """
    (i, size_d), (n, size_n) = columns, rows
    _index(n, size_n, i, size_d)
    if design.is_real is not True:
        raise TypeError(f"{design} must be real: sympy.IndexedBase('{design}', real=True)")
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


@tactic()
def split_sums(proof: Proof) -> Proof:
    """The same relation with each `Sum` over i = 1..d of a linear combination written as the linear
    combination of the sums; a term without the index counts d times.
    """
    statement = proof.statement
    sides = [side.replace(lambda e: isinstance(e, sp.Sum), _split) for side in statement.args]
    return make(
        statement.func(*sides, evaluate=False),
        proof.domain,
        premises=(proof,),
    )


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


# -- what a Proof has to say ----------------------------------------------------------------------


def _index(*symbols: sp.Symbol) -> None:
    if len(set(symbols)) < len(symbols):
        raise TypeError(f"indices and sizes must have names of their own, got {symbols}")
    for symbol in symbols:
        if not (isinstance(symbol, sp.Symbol) and symbol.is_integer and symbol.is_positive):
            raise TypeError(f"{symbol} must be a positive integer symbol")


def _says(
    proof: Proof,
    wanted: sp.Expr,
    f: sp.Expr,
    name: sp.Symbol,
    given: Sequence[Proof] = (),
    *,
    closed: bool = False,
) -> list[Proof]:
    """Check that the Proof is of `wanted >= 0` or `> 0` on an open interval of the name; returns
    Proofs of it, and that f is defined and smooth there."""
    statement = proof.statement
    if not isinstance(statement, sp.Ge | sp.Gt):
        raise TypeError(f"expected a Proof of {wanted} >= 0, got {statement}")
    _plain(name)
    _check_interval(proof, name, closed=closed)
    return [
        *_same(f, f, proof, name, given),
        *_same(statement.lhs - statement.rhs, wanted, proof, name, given),
    ]


def _check_interval(proof: Proof, name: sp.Symbol, *, closed: bool = False) -> None:
    """That the domain is an open interval of the name; closed: or has its lower end as well."""
    for row in proof.domain:
        if row.has(name) and not (
            _is_bound(row, name)
            and (isinstance(row, sp.Lt | sp.Gt) or (closed and row.gts == name))
        ):
            raise TypeError(f"expected a Proof on an interval of {name}, got one on {row}")


def _is_bound(row: sp.Basic, name: sp.Symbol) -> bool:
    """Whether the row is a rational bound of the name, open or closed."""
    return (
        isinstance(row, sp.Lt | sp.Le | sp.Gt | sp.Ge)
        and name in row.args
        and any(side.is_Rational for side in row.args)
    )


def _same(
    said: sp.Expr, wanted: sp.Expr, proof: Proof, name: sp.Symbol, given: Sequence[Proof]
) -> list[Proof]:
    """That the two are equal on the interval of the Proof, where `given` shows what is positive."""
    ends = _interval(proof, name)
    for positive in given:
        _check_interval(positive, name)
        lower, upper = _interval(positive, name)
        if not (lower <= ends[0] and ends[1] <= upper):
            raise TypeError(f"{positive} is not on all of the interval of {proof}")
    try:
        equal = prove_identity(
            said,
            wanted,
            domain={name: ends} if name in said.free_symbols | wanted.free_symbols else None,
            given=[positive.statement for positive in given],
        )
    except Refuted as refuted:
        raise TypeError(f"expected {wanted}, got {said}") from refuted
    return [discharge(equal, *given)]


def _interval(proof: Proof, name: sp.Symbol) -> tuple[sp.Expr, sp.Expr]:
    """Of `lower < name < upper` with rational ends, closed or not."""
    bounds = [row for row in proof.domain if _is_bound(row, name)]
    lower = (row.lts for row in bounds if row.gts == name)
    upper = (row.gts for row in bounds if row.lts == name)
    return sp.Max(-sp.oo, *lower), sp.Min(sp.oo, *upper)


def _new(symbol: sp.Symbol, name: sp.Symbol, f: sp.Expr, proof: Proof) -> None:
    _plain(symbol)
    parts = (f, proof.statement, *proof.domain)
    if symbol == name or any(part.has(symbol) for part in parts):
        raise TypeError(f"{symbol} must be a new symbol")


def _plain(symbol: sp.Symbol) -> None:
    """Of no sign, so that the rows of a domain say all that is known of it."""
    if not isinstance(symbol, sp.Symbol) or symbol.assumptions0 != _REAL.assumptions0:
        raise TypeError(f"{symbol} must be a symbol with real=True and nothing else")


def _clean(rows: Sequence[sp.Basic]) -> tuple[sp.Basic, ...]:
    return tuple(dict.fromkeys(row for row in rows if row != sp.true))
