"""How the unknowns of a claim get numbers for which its hypotheses are likely to hold.

Equations are solved for one unknown each; bounds of an unknown are met.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import sympy as sp
from sympy.core.relational import Relational

from implicitbias.theorems.concrete import concrete, mapped, unknowns_of

__all__ = ["Modulus", "Problem", "problem_of"]


@dataclass(frozen=True)
class Problem:
    """Finitely many relations between numbers, and how each unknown gets its own."""

    rows: Sequence[Relational]
    conclusion: sp.Basic
    defined: Mapping[sp.Basic, sp.Expr]  # unknown = expression in others
    solved: Mapping[sp.Basic, sp.Expr]  # unknown is a zero of the expression
    bounds: Mapping[sp.Basic, Sequence[tuple[int, sp.Expr]]]  # (1, e): e <= unknown, (-1, e): above
    unknowns: Sequence[sp.Basic]


def problem_of(
    hypotheses: Sequence[sp.Basic],
    conclusion: sp.Basic,
    every: Sequence[sp.Symbol],
    rng: random.Random,
) -> Problem:
    rows, goal, later = concrete(hypotheses, conclusion, every, rng)
    all_names = set().union(*map(unknowns_of, (*rows, *later, goal)))
    plain = {name: _plain(name) for name in all_names if not isinstance(name, sp.Symbol)}

    def bare(row: sp.Basic) -> sp.Basic:
        return mapped(row, lambda side: side.replace(sp.Abs, Modulus).xreplace(plain))

    rows, later, goal = [*map(bare, rows)], [*map(bare, later)], bare(goal)
    equations = [row for row in rows if isinstance(row, sp.Eq)]
    rows = [*rows, *later]
    unknowns = sorted(set().union(*map(unknowns_of, (*rows, goal))), key=sp.default_sort_key)
    defined: dict[sp.Basic, sp.Expr] = {}
    solved: dict[sp.Basic, sp.Expr] = {}
    depends: dict[sp.Basic, set[sp.Basic]] = {}

    def reach(names: set[sp.Basic]) -> set[sp.Basic]:
        found, waiting = set(names), list(names)
        while waiting:
            for name in depends.get(waiting.pop(), set()) - found:
                found.add(name)
                waiting.append(name)
        return found

    bounded = {side for row in rows if not isinstance(row, sp.Eq) for side in row.args}
    waiting = rng.sample(equations, len(equations))
    for way in (_isolated, _linear, _any):  # the simpler first, each by the toss of a coin
        later_ways = []
        for row in waiting:
            residual = _residual(row)
            while way is _any and residual.has(*defined):
                residual = residual.xreplace(defined)
            names = [n for n in unknowns_of(residual) - depends.keys() if not n.is_integer]
            names = [n for n in names if n not in reach(unknowns_of(residual) - {n})]
            rng.shuffle(names := sorted(names, key=sp.default_sort_key))
            # What has bounds is drawn between them, or solved for there by a change of sign.
            names.sort(key=lambda name: (name in bounded) != (way is _any))
            answer = way(residual, names) if way is _any or rng.random() < 0.7 else None
            if answer is None:
                later_ways.append(row)
                continue
            name, value = answer
            (solved if way is _any else defined)[name] = value
            depends[name] = unknowns_of(value) - {name}
        waiting = later_ways  # in the end those that follow from the others, if any point is met
    bounds: dict[sp.Basic, list[tuple[int, sp.Expr]]] = {}
    for row in rng.sample(rows, len(rows)):
        if not isinstance(row, sp.Lt | sp.Le | sp.Gt | sp.Ge):
            continue
        for name, value, side in ((row.lts, row.gts, -1), (row.gts, row.lts, 1)):
            free = name in unknowns and name not in defined
            if free and name not in reach(unknowns_of(value)):
                bounds.setdefault(name, []).append((side, value))
                depends.setdefault(name, set()).update(unknowns_of(value))
                break
    return Problem(rows, goal, defined, solved, bounds, unknowns)


class Modulus(sp.Function):  # type: ignore[misc]
    """Abs, of which sympy does not look for the real part."""


def _plain(name: sp.Basic) -> sp.Symbol:
    """A symbol in place of an entry or of a value of a function."""
    sign = {"positive": True} if name.is_positive else {"real": True}
    return sp.Symbol(str(name), **sign)


def _residual(row: sp.Eq) -> sp.Expr:
    """What is to be 0; of equal powers the bases, which is enough."""
    left, right = row.args
    if isinstance(left, sp.Pow) and isinstance(right, sp.Pow) and left.exp == right.exp:
        return left.base - right.base
    return left - right


Answer = tuple[sp.Basic, sp.Expr] | None


def _isolated(residual: sp.Expr, names: Sequence[sp.Basic]) -> Answer:
    """An unknown that is a term of the equation, with the rest."""
    for name in names:
        for sign in (1, -1):
            rest = residual - sign * name
            if not rest.has(name):
                return name, -sign * rest
    return None


def _linear(residual: sp.Expr, names: Sequence[sp.Basic]) -> Answer:
    for name in names:
        plain = sp.Dummy("plain")
        line = residual.xreplace({name: plain})
        slope = sp.diff(line, plain)
        if not slope.has(plain) and slope != 0:
            value = -line.xreplace({plain: sp.Integer(0)}) / slope
            return None if value.has(sp.nan, sp.zoo) else (name, value)
    return None


def _any(residual: sp.Expr, names: Sequence[sp.Basic]) -> Answer:
    return (names[0], residual) if names else None
