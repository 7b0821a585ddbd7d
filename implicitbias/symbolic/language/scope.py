"""Which symbols are free, bound in an expression, or bound by the hypotheses of a Proof.

A rule that sums over i, or integrates over t, asks its hypotheses of every i, of every t:
`b[i] > 0 for every i => ..`. Such a symbol is not free in the Proof, and may not become so.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import sympy as sp
from sympy.core.function import AppliedUndef

from implicitbias.symbolic.language.total import is_total

__all__ = [
    "Binding",
    "Every",
    "arguments",
    "bind",
    "bound_symbols",
    "check_scope",
    "is_opaque",
    "occurs_bare",
    "within_range",
]

Binding = tuple[sp.Symbol, sp.Expr | None]  # an index and its size, or a time and None
Every = Mapping[sp.Symbol, sp.Expr | None]


def is_opaque(expr: sp.Basic) -> bool:
    """Whether the tactics take `expr` as one real unknown."""
    return isinstance(expr, AppliedUndef | sp.Derivative | sp.Integral | sp.Indexed)


def arguments(relation: sp.Basic) -> set[sp.Symbol]:
    """The free symbols that occur in an argument, or an index, of an unknown."""
    found: set[sp.Symbol] = set()
    for part in sp.preorder_traversal(relation):
        if isinstance(part, sp.Indexed):
            found.update(*(index.free_symbols for index in part.indices))
        elif isinstance(part, AppliedUndef) or (
            isinstance(part, sp.Derivative | sp.Integral | sp.Subs) and part.has(AppliedUndef)
        ):
            labels = {name for b in part.atoms(sp.IndexedBase) for name in (b, b.label)}
            found |= part.free_symbols - labels
    return {name for name in found & relation.free_symbols if isinstance(name, sp.Symbol)}


def occurs_bare(expr: sp.Basic, t: sp.Symbol) -> bool:
    """Whether t occurs other than in an unknown."""
    if is_opaque(expr):
        return False
    return bool(expr == t) or any(occurs_bare(arg, t) for arg in expr.args)


def bound_symbols(expr: sp.Basic) -> set[sp.Symbol]:
    """The variables of its sums, products, integrals, limits, substitutions and derivatives."""
    found: set[sp.Symbol] = set()
    for part in sp.preorder_traversal(expr):
        if isinstance(part, sp.Derivative):
            found.update(part.variables)
        elif part.args and not isinstance(part, sp.Indexed | sp.IndexedBase):
            found |= set().union(*(arg.free_symbols for arg in part.args)) - part.free_symbols
    return {name for name in found if isinstance(name, sp.Symbol)}


def bind(every: Iterable[Binding]) -> Every:
    """The symbols with what they run to; with None where there are two answers."""
    found: dict[sp.Symbol, sp.Expr | None] = {}
    for name, size in every:
        found[name] = size if found.get(name, size) == size else None
    return found


def within_range(row: sp.Basic, every: Every) -> bool:
    """Whether it says that a symbol, which runs over 1..size, is at most size."""
    return (
        isinstance(row, sp.Le | sp.Ge)
        and every.get(row.lts) is not None
        and every[row.lts] == row.gts
    )


def check_scope(statement: sp.Basic, domain: Iterable[sp.Basic], every: Every) -> Every:
    """Those of `every` that the domain has: it has to hold for every value of them.

    Raises TypeError where one of them is free in the statement, or where the domain has a condition
    on it alone, which no value outside of the condition fulfils.
    """
    if not every:
        return {}
    if captured := [name for name in every if name in statement.free_symbols]:
        raise TypeError(
            f"{captured[0]} stands for every value of it in the hypotheses, and for one in "
            f"{statement}: take another symbol"
        )
    kept: set[sp.Symbol] = set()
    for row in domain:
        here = row.free_symbols.intersection(every)
        if not here or (row.func(*row.args) == sp.true and all(map(is_total, row.args))):
            continue  # such as `W[i] > 0` of a positive family
        if here - arguments(row) and not arguments(row):
            raise TypeError(f"{row} is a condition on {here.pop()}, asked for every value of it")
        kept |= here
    return {name: size for name, size in every.items() if name in kept}
