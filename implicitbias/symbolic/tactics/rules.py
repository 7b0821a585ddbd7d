"""Named rules, from one coordinate to vectors. Each takes Proofs and checks that they fit.

A vector is an `IndexedBase` with its index i and dimension d; the conclusions are relations between
`Sum(.., (i, 1, d))` for every d >= 1. `name` is what a Proof of one real variable is about.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import sympy as sp

from implicitbias.symbolic.language.kernel import make, tactic
from implicitbias.symbolic.language.proof import Domain, Proof, Refuted, Undecided
from implicitbias.symbolic.language.scope import bound_symbols, occurs_bare
from implicitbias.symbolic.language.total import is_total
from implicitbias.symbolic.tactics.identity import prove_identity

__all__ = [
    "extremes_on_l1_sphere",
    "extremes_on_l2_sphere",
    "instantiate",
    "jensen",
    "kkt",
    "midpoint",
    "never_above_its_start",
    "sum_le_sum",
]

INEQUALITIES = (sp.Ge, sp.Gt, sp.Le, sp.Lt, sp.Eq)


@tactic()
def instantiate(
    proof: Proof,
    values: Mapping[sp.Symbol, sp.Expr],
    *,
    domain: Domain | None = None,
    given: Sequence[sp.Basic] = (),
) -> Proof:
    """The statement at `values` of its symbols, defined wherever `domain` and `given` hold.

    The domain of the Proof, with the values in it, becomes the domain of the new one. A row of
    `given` counts for the values that have all of its symbols.
    Raises TypeError for a symbol that the Proof is not about, an index of a vector, or a value
    that uses the name of a bound variable; Undecided when a value may be undefined.
    """
    _check_replaceable(proof, values)
    sizes = _reals_for_sizes(values.values())
    defined = tuple(
        prove_identity(
            value.xreplace(sizes),
            value.xreplace(sizes),
            domain={s: ends for s, ends in (domain or {}).items() if s in value.free_symbols},
            given=[row for row in given if row.free_symbols <= value.free_symbols],
        )
        for value in map(_bare_modulus, values.values())
    )
    rows = [_row_at(row, values) for row in proof.domain]
    rows += [row for s, value in values.items() for row in _assumption(s, value)]
    if sp.false in rows:
        raise TypeError(f"the values {dict(values)} lie outside of the domain of the Proof")
    back = {real: size for size, real in sizes.items()}
    rows += [row.xreplace(back) for p in defined for row in p.domain]
    return make(
        _at(proof.statement, values),
        _clean(rows),
        premises=(proof, *defined),
    )


def _bare_modulus(value: sp.Expr) -> sp.Expr:
    """|e| is defined wherever e is."""
    return value.args[0] if isinstance(value, sp.Abs) else value


def _reals_for_sizes(values: Iterable[sp.Expr]) -> dict[sp.Symbol, sp.Symbol]:
    """A value that is defined for every real d > 0 is defined for every positive integer d."""
    sizes = set().union(*map(_sizes, values))
    return {size: sp.Dummy(size.name, positive=True) for size in sizes}


def _sizes(value: sp.Expr) -> set[sp.Symbol]:
    """The positive integers in it that are no index and no end of a sum."""
    if isinstance(value, sp.Symbol):
        return {value} if value.is_integer and value.is_positive else set()
    if isinstance(value, sp.Indexed | sp.Sum):
        return set()
    return set().union(*map(_sizes, value.args))


def _row_at(row: sp.Basic, values: Mapping[sp.Symbol, sp.Expr]) -> sp.Basic:
    """The row at the values; it also says that its parts are defined, so that none may cancel."""
    new = row.subs(values, simultaneous=True)
    for part in sp.preorder_traversal(row):
        if not isinstance(part, sp.Expr) or isinstance(part, sp.Add | sp.Mul | sp.Indexed):
            continue
        if is_total(part):
            continue
        at = part.subs(values, simultaneous=True)
        if not (is_total(at) or new.has(at) or any(value.has(at) for value in values.values())):
            raise Undecided(f"{at} cancels in {row} at {dict(values)}, and may be undefined")
    return new


def _at(statement: sp.Basic, values: Mapping[sp.Symbol, sp.Expr]) -> sp.Basic:
    left, right = (side.subs(values, simultaneous=True) for side in (statement.lhs, statement.rhs))
    return statement.func(left, right, evaluate=False)


def _check_replaceable(proof: Proof, values: Mapping[sp.Symbol, sp.Expr]) -> None:
    statement, parts = proof.statement, (proof.statement, *proof.domain)
    if not isinstance(statement, INEQUALITIES):
        raise TypeError(f"expected one relation, got {statement}")
    vectors = {base.label for part in parts for base in part.atoms(sp.IndexedBase)}
    indices = {s for part in parts for entry in part.atoms(sp.Indexed) for s in entry.indices}
    bound = set().union(*map(bound_symbols, parts))
    hidden = set(proof.every)
    for symbol, value in values.items():
        if not any(symbol in part.free_symbols for part in parts):
            raise TypeError(f"the statement has no {symbol}")
        if symbol in hidden - indices:
            raise TypeError(f"{symbol} stands for every value of it in a hypothesis")
        if symbol in indices | bound | vectors:
            raise TypeError(f"{symbol} is an index, a vector or bound: it stands for all of them")
        if captured := hidden & value.free_symbols:
            raise TypeError(f"the value {value} uses {captured.pop()}, asked for every value of it")
        if captured := bound & value.free_symbols:
            raise TypeError(f"the value {value} uses the bound variable {captured.pop()}")


def _assumption(symbol: sp.Symbol, value: sp.Expr) -> list[sp.Basic]:
    """What the symbol assumes is asked of its value."""
    if symbol.is_integer and not value.is_integer:
        raise TypeError(f"{symbol} is an integer and {value} may not be")
    rows = []
    for known, relation in (
        (symbol.is_positive, sp.Gt),
        (symbol.is_negative, sp.Lt),
        (symbol.is_nonnegative, sp.Ge),
        (symbol.is_nonpositive, sp.Le),
    ):
        if known:
            rows.append(relation(value, 0))
            break
    return rows


def _clean(rows: Sequence[sp.Basic]) -> tuple[sp.Basic, ...]:
    return tuple(dict.fromkeys(row for row in rows if row != sp.true))


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

    entry: an expression with the index, such as `beta[i]/alpha**2`. What the Proof asks of the
        name is asked of every entry. Works for >=, >, <=, < and =.
    others: {name: entry} of further names that have entries of their own.
    """
    _index(index, size)
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
    return make(
        statement,
        at.domain,
        premises=(at,),
        binds=((index, size),),
    )


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

    convex: a Proof of `f'' >= 0` (or > 0), as `Derivative(f, (name, 2))` or carried out.
    """
    _index(index, size)
    _new(convex, f, index, size, entries)
    smooth = _is_convex(convex, f, name)
    entry, limits = entries[index], (index, 1, size)
    mean = sp.Sum(entry, limits) / size
    statement = sp.Le(
        f.subs(name, mean), sp.Sum(f.subs(name, entry), limits) / size, evaluate=False
    )
    rows = [row.subs(name, entry) for row in (*convex.domain, *smooth.domain)]
    return make(
        statement,
        _clean([*rows, *_assumption(name, entry)]),
        premises=(convex, smooth),
        binds=((index, size),),
    )


@tactic()
def midpoint(convex: Proof, f: sp.Expr, name: sp.Symbol, x: sp.Symbol, y: sp.Symbol) -> Proof:
    """Jensen for two points, from f'' >= 0 on an open interval: f((x+y)/2) <= (f(x) + f(y))/2."""
    for point in (x, y):
        if not (isinstance(point, sp.Symbol) and point.is_real) or point in f.free_symbols:
            raise TypeError(f"{point} must be a new real symbol")
    smooth = _is_convex(convex, f, name)
    mean = sum(f.subs(name, point) for point in (x, y)) / 2
    statement = sp.Le(f.subs(name, (x + y) / 2), mean, evaluate=False)
    domain = (*convex.domain, *smooth.domain)
    rows = [row.subs(name, point) for row in domain for point in (x, y)]
    rows += [row for point in (x, y) for row in _assumption(name, point)]
    return make(statement, _clean(rows), premises=(convex, smooth))


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

    convex: a Proof of f'' >= 0 on R; even: a Proof of f(-name) = f(name) on R.
    Returns the Proofs of both halves. (Below: Jensen on |entries|. Above: |b_i| = t b + (1-t) 0.)
    """
    _index(index, size)
    _new(convex, f, index, size, entries)
    _new(even, f, index, size, entries)
    smooth = _is_convex(convex, f, name)
    _is_even(even, f, name)
    others = _everywhere(name, convex, smooth, even)
    entry, limits = entries[index], (index, 1, size)
    total = sp.Sum(f.subs(name, entry), limits)
    norm = sp.Sum(sp.Abs(entry), limits)
    low = sp.Ge(total, size * f.subs(name, norm / size), evaluate=False)
    high = sp.Le(total, f.subs(name, norm) + (size - 1) * f.subs(name, 0), evaluate=False)
    return _both(low, high, others, (convex, smooth, even))


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

    concave_in_square: a Proof of `f' - z f'' >= 0` (or > 0) on z > 0, which says that f is a
        concave function of z**2; even: a Proof of f(-z) = f(z) on R.
    Returns the Proofs of both halves. (Concave g on [0, b^2]: Jensen, and the chord through 0.)
    """
    _index(index, size)
    _new(concave_in_square, f, index, size, entries)
    _new(even, f, index, size, entries)
    _is_even(even, f, name)
    slope = sp.diff(f, name)
    _says(concave_in_square, slope - name * sp.diff(slope, name))
    others = _everywhere(name, even)
    positive = sp.Lt(0, name, evaluate=False)
    for row in concave_in_square.domain:
        if row.has(name) and row != positive:
            raise TypeError(f"expected a Proof on all of {name} > 0, got one on {row}")
        others += () if row.has(name) else (row,)
    entry, limits = entries[index], (index, 1, size)
    total = sp.Sum(f.subs(name, entry), limits)
    norm = sp.sqrt(sp.Sum(entry**2, limits))
    low = sp.Ge(total, f.subs(name, norm) + (size - 1) * f.subs(name, 0), evaluate=False)
    high = sp.Le(total, size * f.subs(name, norm / sp.sqrt(size)), evaluate=False)
    return _both(low, high, others, (concave_in_square, even))


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

    convex: a Proof of f'' >= 0 on R; with > 0 the conclusion is strict wherever b is not beta,
        which is added to the domain as Ne(sum (b_i - beta_i)^2, 0).
    design X[n, i], solution beta[i], other b[i], dual nu[n]; scale c > 0; rows (n, N) and
        columns (i, d) are the indices with their sizes. slope: f' as it should be printed.
    The two conditions are the domain of the Proof, for every i and every n.
    """
    (n, size_n), (i, size_d) = rows, columns
    _index(n, size_n)
    _index(i, size_d)
    if len({n, size_n, i, size_d}) < 4 or len({design, solution, other, dual}) < 4:
        raise TypeError("indices, sizes and vectors must have names of their own")
    _new(convex, f, n, size_n, i, size_d, design, solution, other, dual)
    if {n, i, size_n, size_d} & scale.free_symbols:
        raise TypeError(f"the scale {scale} must be the same for all entries")
    premises = [convex, _is_convex(convex, f, name)]
    others = _everywhere(name, *premises)
    if slope is None:
        slope = sp.diff(f, name)
    else:
        premises.append(prove_identity(slope, sp.Derivative(f, name)))
    if not scale.is_positive:
        raise TypeError(f"the scale must be positive by its symbols, got {scale}")
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
        (*others, *conditions),
        premises=tuple(premises),
        notes=("a convex function lies above its tangent; finite sums are exchanged",),
        binds=((n, size_n), (i, size_d)),
    )


@tactic()
def never_above_its_start(slope: Proof, f: sp.Expr, t: sp.Symbol, end: sp.Symbol) -> Proof:
    """From f' <= 0 to f(end) <= f(0), for end > 0: the mean value theorem.

    slope: a Proof of `f' <= 0` in any form `a <= b` with a - b = f', under relations between
        unknown functions of t. They are the domain of the new Proof, for every t in (0, end).
    f: an expression in unknown functions of t, defined and smooth for every t.
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
    try:
        premises = (
            slope,
            prove_identity(f, f),
            prove_identity(relation.lts - relation.gts, sp.Derivative(f, t)),
        )
    except Refuted as refuted:
        raise TypeError(f"expected a Proof of {sp.diff(f, t)} <= 0, got {relation}") from refuted
    rows = [row for premise in premises for row in premise.domain if not occurs_bare(row, t)]
    return make(
        sp.Le(f.subs(t, end), f.subs(t, 0), evaluate=False),
        _clean(rows),
        premises=premises,
        notes=("the mean value theorem",),
        binds=((t, None),),
    )


# -- what a Proof has to say ----------------------------------------------------------------------


def _new(proof: Proof, f: sp.Expr, *parts: sp.Basic) -> None:
    """That neither the Proof nor f speaks of the entries or their index, and entries are real."""
    for part in parts:
        if isinstance(part, sp.IndexedBase) and part.is_real is not True:
            raise TypeError(f"{part} must be real: sympy.IndexedBase('{part}', real=True)")
        if f.has(part) or proof.statement.has(part) or any(row.has(part) for row in proof.domain):
            raise TypeError(f"{part} must be new: the Proof or {f} has it")


def _index(index: sp.Symbol, size: sp.Symbol) -> None:
    if index == size:
        raise TypeError(f"the index and the size must have names of their own, got {index}")
    for symbol in (index, size):
        if not (isinstance(symbol, sp.Symbol) and symbol.is_integer and symbol.is_positive):
            raise TypeError(f"{symbol} must be a positive integer symbol")


def _says(proof: Proof, expr: sp.Expr) -> None:
    """That the Proof is of `expr >= 0` or `> 0`, by an identity on its domain."""
    statement = proof.statement
    if not isinstance(statement, sp.Ge | sp.Gt):
        raise TypeError(f"expected a Proof of {expr} >= 0, got {statement}")
    said = statement.lhs - statement.rhs
    if said != expr:
        try:
            prove_identity(said, expr, domain=_intervals(proof, said, expr))
        except Refuted as refuted:
            raise TypeError(f"expected a Proof of {expr} >= 0, got {statement}") from refuted


def _intervals(proof: Proof, *exprs: sp.Expr) -> dict[sp.Symbol, tuple[sp.Expr, sp.Expr]]:
    """The intervals that the domain of a Proof gives to the symbols of expressions."""
    symbols = set().union(*(e.free_symbols for e in exprs))
    return {s: _interval(proof, s) for s in symbols if any(row.has(s) for row in proof.domain)}


def _interval(proof: Proof, name: sp.Symbol) -> tuple[sp.Expr, sp.Expr]:
    lower, upper = -sp.oo, sp.oo
    for row in proof.domain:
        if isinstance(row, sp.Lt) and row.rhs == name:
            lower = row.lhs
        elif isinstance(row, sp.Lt) and row.lhs == name:
            upper = row.rhs
    return lower, upper


def _is_convex(proof: Proof, f: sp.Expr, name: sp.Symbol) -> Proof:
    """Check the Proof of f'' >= 0 on an interval; returns one that f is defined there."""
    for row in proof.domain:
        if row.has(name) and not (
            isinstance(row, sp.Lt) and name in row.args and sum(a.has(name) for a in row.args) == 1
        ):
            raise TypeError(f"expected a Proof on an interval of {name}, got one on {row}")
    _says(proof, sp.diff(f, name, 2))
    return prove_identity(f, f, domain=_intervals(proof, f))


def _is_even(proof: Proof, f: sp.Expr, name: sp.Symbol) -> None:
    wanted = {f.subs(name, -name), f}
    statement = proof.statement
    if not isinstance(statement, sp.Eq) or {statement.lhs, statement.rhs} != wanted:
        raise TypeError(f"expected a Proof that {f} is even in {name}, got {statement}")


def _everywhere(name: sp.Symbol, *proofs: Proof) -> tuple[sp.Basic, ...]:
    """Check that the Proofs hold for every real `name`; what they ask of other symbols."""
    rows = tuple(dict.fromkeys(row for proof in proofs for row in proof.domain))
    for row in rows:
        if row.has(name):
            raise TypeError(f"expected a Proof for every real {name}, got one on {row}")
    return rows


def _both(
    low: sp.Basic,
    high: sp.Basic,
    domain: tuple[sp.Basic, ...],
    premises: tuple[Proof, ...],
) -> tuple[Proof, Proof]:
    first, second = (make(statement, domain, premises=premises) for statement in (low, high))
    return first, second
