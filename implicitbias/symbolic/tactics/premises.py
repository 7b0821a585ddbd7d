"""What a rule asks of its arguments: `require_*` returns the Proofs that rests on, `check_*` none.

A rule names as premises all that `require_*` returned, the Proof that was asked first, and its
domain contains their domains: so nothing that it rests on is lost.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import sympy as sp

from implicitbias.symbolic.language.proof import Domain, Proof, Refuted
from implicitbias.symbolic.tactics.composition import discharge
from implicitbias.symbolic.tactics.identity import prove_identity

__all__ = [
    "check_everywhere",
    "check_index",
    "check_interval",
    "check_new",
    "check_plain",
    "check_real",
    "interval",
    "intervals",
    "is_bound",
    "require_derivative",
    "require_equal",
    "require_even",
    "require_sign",
    "rows_of",
]

_REAL = sp.Symbol("x", real=True)


def require_equal(
    left: sp.Expr, right: sp.Expr, on: Domain | None = None, given: Sequence[Proof] = ()
) -> tuple[Proof, ...]:
    """That two expressions are equal, and both defined and smooth; f = f says only the latter.

    Args:
        on: intervals, of symbols that need not occur.
        given: Proofs of `expr > 0`, there.

    Raises:
        TypeError: they are not.
        Undecided: that is not shown.
    """
    names = left.free_symbols | right.free_symbols
    try:
        equal = prove_identity(
            left,
            right,
            domain={name: ends for name, ends in (on or {}).items() if name in names},
            given=[positive.statement for positive in given],
        )
    except Refuted as refuted:
        raise TypeError(f"expected {right}, got {left}") from refuted
    return (discharge(equal, *given),) if given else (equal,)


def require_sign(
    proof: Proof, wanted: sp.Expr, on: Domain, given: Sequence[Proof] = ()
) -> tuple[Proof, ...]:
    """That the Proof is one of `wanted >= 0` or `wanted > 0`.

    Args:
        on, given: where it says so, as for `require_equal`.
    """
    statement = proof.statement
    if not isinstance(statement, sp.Ge | sp.Gt):
        raise TypeError(f"expected a Proof of {wanted} >= 0, got {statement}")
    said = statement.lhs - statement.rhs
    return (proof,) if said == wanted else (proof, *require_equal(said, wanted, on, given))


def require_derivative(
    proof: Proof,
    f: sp.Expr,
    name: sp.Symbol,
    order: int = 1,
    *,
    given: Sequence[Proof] = (),
    closed: bool = False,
) -> tuple[Proof, ...]:
    """That the Proof is one of `f' >= 0` or `> 0` (order 2: `f'' >= 0`) on an interval of the name,
    and that f is smooth inside of it.

    Args:
        given: Proofs of `expr > 0`, on all of the interval.
        closed: whether the interval may have its lower end.
    """
    check_interval(proof, name, closed=closed)
    on = intervals(proof) | {name: interval(proof, name)}
    for positive in given:
        check_interval(positive, name)
        lower, upper = interval(positive, name)
        if not (lower <= on[name][0] and on[name][1] <= upper):
            raise TypeError(f"{positive} is not on all of the interval of {proof}")
    said = require_sign(proof, sp.diff(f, name, order), on, given)
    return (*said, *require_equal(f, f, on, given))


def require_even(proof: Proof, f: sp.Expr, name: sp.Symbol) -> tuple[Proof, ...]:
    """That the Proof is one of f(-name) = f(name)."""
    wanted = {f.subs(name, -name), f}
    statement = proof.statement
    if not isinstance(statement, sp.Eq) or {statement.lhs, statement.rhs} != wanted:
        raise TypeError(f"expected a Proof that {f} is even in {name}, got {statement}")
    return (proof,)


# -- domains --------------------------------------------------------------------------------------


def rows_of(proofs: Iterable[Proof]) -> list[sp.Basic]:
    """What the Proofs ask, together."""
    return list(dict.fromkeys(row for proof in proofs for row in proof.domain))


def interval(proof: Proof, name: sp.Symbol) -> tuple[sp.Expr, sp.Expr]:
    """Of `lower < name < upper` with rational ends, closed or not."""
    bounds = [row for row in proof.domain if is_bound(row, name)]
    lower = (row.lts for row in bounds if row.gts == name)
    upper = (row.gts for row in bounds if row.lts == name)
    return sp.Max(-sp.oo, *lower), sp.Min(sp.oo, *upper)


def intervals(proof: Proof) -> dict[sp.Symbol, tuple[sp.Expr, sp.Expr]]:
    """The open ones of all symbols."""
    ends: dict[sp.Symbol, tuple[sp.Expr, sp.Expr]] = {}
    for row in proof.domain:
        for name in row.free_symbols:
            if is_bound(row, name) and isinstance(row, sp.Lt | sp.Gt):
                lower, upper = ends.get(name, (-sp.oo, sp.oo))
                if row.gts == name:
                    ends[name] = sp.Max(lower, row.lts), upper
                else:
                    ends[name] = lower, sp.Min(upper, row.gts)
    return ends


def is_bound(row: sp.Basic, name: sp.Symbol) -> bool:
    """Whether the row is a rational bound of the name, open or closed."""
    return (
        isinstance(row, sp.Lt | sp.Le | sp.Gt | sp.Ge)
        and name in row.args
        and any(side.is_Rational for side in row.args)
    )


def check_interval(proof: Proof, name: sp.Symbol, *, closed: bool = False) -> None:
    """TypeError unless the domain is an open interval of the name; closed: or has its lower end."""
    for row in proof.domain:
        if row.has(name) and not (
            is_bound(row, name) and (isinstance(row, sp.Lt | sp.Gt) or (closed and row.gts == name))
        ):
            raise TypeError(f"expected a Proof on an interval of {name}, got one on {row}")


def check_everywhere(name: sp.Symbol, proofs: Iterable[Proof]) -> None:
    """TypeError unless the Proofs hold for every real `name`."""
    for row in rows_of(proofs):
        if row.has(name):
            raise TypeError(f"expected a Proof for every real {name}, got one on {row}")


# -- names ----------------------------------------------------------------------------------------


def check_index(*symbols: sp.Symbol) -> None:
    """TypeError unless they are positive integers, indices and sizes, with names of their own."""
    if len(set(symbols)) < len(symbols):
        raise TypeError(f"indices and sizes must have names of their own, got {symbols}")
    for symbol in symbols:
        if not (isinstance(symbol, sp.Symbol) and symbol.is_integer and symbol.is_positive):
            raise TypeError(f"{symbol} must be a positive integer symbol")


def check_real(*families: sp.IndexedBase) -> None:
    """TypeError unless the entries of all are real."""
    for family in families:
        if family.is_real is not True:
            raise TypeError(f"{family} must be real: sympy.IndexedBase('{family}', real=True)")


def check_new(names: Iterable[sp.Basic], *where: sp.Basic | Proof) -> None:
    """TypeError where an expression has one of the names, or a Proof."""
    parts = [
        part
        for place in where
        for part in ((place.statement, *place.domain) if isinstance(place, Proof) else (place,))
    ]
    for name in names:
        if any(part.has(name) for part in parts):
            raise TypeError(f"{name} must be new: the Proof or the expression has it")


def check_plain(*symbols: sp.Symbol) -> None:
    """TypeError unless they are real and of no sign: the rows of a domain say all that is known."""
    for symbol in symbols:
        if not isinstance(symbol, sp.Symbol) or symbol.assumptions0 != _REAL.assumptions0:
            raise TypeError(f"{symbol} must be a symbol with real=True and nothing else")
