"""How a statement is written: quantifiers, what is given, and conclusions, in lines of text."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from types import MappingProxyType
from typing import Any

import sympy as sp
from sympy.core.function import UndefinedFunction
from sympy.core.relational import Relational
from sympy.printing.str import StrPrinter

__all__ = ["SIGNS", "formula", "given_as", "printed", "size_of"]

SIGNS = {sp.Eq: "=", sp.Ne: "!=", sp.Lt: "<", sp.Le: "<=", sp.Gt: ">", sp.Ge: ">="}
Names = Mapping[sp.Basic, str]
Rows = tuple[sp.Basic, ...]
NO_NAMES: Names = MappingProxyType({})


def formula(
    names: Sequence[Any],
    claims: Iterable[tuple[Rows, sp.Basic, tuple[sp.Symbol, ...]]],
    where: Names,
) -> str:
    """`for all ..:`, a line for the conclusions that have the same hypotheses, and definitions.

    claims: (hypotheses, conclusion, symbols for every value of which the hypotheses hold).
    """
    claims = list(claims)
    free = set().union(*(_free(rows, conclusion, every) for rows, conclusion, every in claims))
    outside = [name for name in names if not isinstance(name, sp.Symbol) or name in free]
    lines = [f"for all {quantifier(outside)}:"] if outside else []
    for (rows, every), group in groupby(claims, key=lambda claim: (claim[0], claim[2])):
        conclusions = [conclusion for _, conclusion, _ in group]
        given = f"{given_as(rows, every, conclusions, where)} => " if rows else ""
        lines.append(given + ", ".join(printed(conclusion, where) for conclusion in conclusions))
    for number, (expr, name) in enumerate(where.items()):
        others = {other: where[other] for other in where if other != expr}
        lines.append(f"{'and' if number else 'where'} {name} = {printed(expr, others)}")
    return "\n".join(lines)


def _free(rows: Rows, conclusion: sp.Basic, every: Sequence[sp.Symbol]) -> set[sp.Basic]:
    return set().union(conclusion.free_symbols, *(row.free_symbols for row in rows)) - set(every)


def given_as(
    rows: Rows,
    every: Sequence[sp.Symbol],
    conclusions: Sequence[sp.Basic] = (),
    names: Names = NO_NAMES,
) -> str:
    """`a > 0, (X[n, i] > 0 for every n = 1..N, i = 1..d)`: each row once, in this order."""
    bound = {row: tuple(name for name in every if name in row.free_symbols) for row in rows}
    parts = []
    for symbols in dict.fromkeys(bound.values()):
        text = ", ".join(printed(row, names) for row in rows if bound[row] == symbols)
        if symbols:
            ranges = (_range(name, (*rows, *conclusions)) for name in symbols)
            text = f"({text} for every {', '.join(ranges)})"
        parts.append(text)
    return ", ".join(parts)


def _range(name: sp.Symbol, relations: Iterable[sp.Basic]) -> str:
    """`i = 1..d` where all sums over i say so, or else what the symbol assumes."""
    size = size_of(name, relations)
    return quantifier([name]) if size is None else f"{name} = 1..{size}"


def size_of(name: sp.Symbol, relations: Iterable[sp.Basic]) -> sp.Expr | None:
    """The d to which an index runs from 1 in all sums over it; None where they do not agree."""
    sums = (total for relation in relations for total in relation.atoms(sp.Sum))
    ends = {row[1:] for total in sums for row in total.limits if row[0] == name}
    ((first, last),) = ends if len(ends) == 1 else ((0, 0),)
    return last if first == 1 else None


class _Printer(StrPrinter):  # type: ignore[misc]
    """Writes the names of known expressions in their place."""

    def __init__(self, names: Names) -> None:
        super().__init__()
        self._names = names

    def _print(self, expr: Any, **kwargs: Any) -> str:
        if isinstance(expr, sp.Basic) and expr in self._names:
            return self._names[expr]
        return str(super()._print(expr, **kwargs))

    def parenthesize(self, item: Any, level: int, strict: bool = False) -> str:
        name = self._names.get(item, "") if isinstance(item, sp.Basic) else ""
        return name if name.isidentifier() else str(super().parenthesize(item, level, strict))


def printed(relation: sp.Basic, names: Names = NO_NAMES) -> str:
    """`a < b` in one line, with names for some of its parts."""
    write = _Printer(names).doprint
    if isinstance(relation, Relational):
        return f"{write(relation.lhs)} {SIGNS[relation.func]} {write(relation.rhs)}"
    return str(write(relation))


def quantifier(names: Sequence[Any]) -> str:
    """`alpha, a > 0, integer N >= 1, real z, function g, family X`."""

    def type_of(name: Any) -> tuple[str, str]:
        if isinstance(name, UndefinedFunction | sp.IndexedBase):
            what = "function" if isinstance(name, UndefinedFunction) else "family"
            before = f"real {what}" if name.is_real is True else what
        else:
            before = "integer" if name.is_integer else "" if name.is_real else "complex"
        # `is True`, since these are properties of the class where a function assumes nothing.
        if name.is_positive is True:
            return before, "> 0"
        if name.is_nonnegative is True:
            return before, ">= 0"
        if name.is_negative is True:
            return before, "< 0"
        return before or "real", ""

    return "; ".join(
        " ".join(filter(None, (before, ", ".join(map(str, group)), after)))
        for (before, after), group in groupby(names, key=type_of)
    )
