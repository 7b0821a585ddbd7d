"""A claim at chosen sizes: finitely many relations between numbers.

Sums are added up and derivatives carried out by sympy. `f(t)`, its derivatives and its integrals
are numbers of their own, as at one time they can be; where hypotheses hold for every time,
functions are given in closed form. Cases are chosen, and at times one vector is another.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence

import sympy as sp
from sympy.core.function import AppliedUndef
from sympy.core.relational import Relational

from implicitbias.symbolic.language.scope import is_opaque

__all__ = ["NoPointError", "concrete", "mapped", "unknowns_of"]

TIMES = (sp.Integer(0), sp.Integer(1), sp.Rational(-1, 2), sp.Integer(3))  # for "every time"
LARGEST = 3  # of a size, such as d
TIED = 0.3  # how often two vectors are the same one


class NoPointError(Exception):
    """This draw does not satisfy the hypotheses, or cannot be evaluated."""


def concrete(
    hypotheses: Sequence[sp.Basic],
    conclusion: sp.Basic,
    every: Sequence[sp.Symbol],
    rng: random.Random,
) -> tuple[list[Relational], sp.Basic, list[Relational]]:
    """The relations for chosen sizes, each index running over its values; those at later times."""
    rows = _tied([*hypotheses, conclusion], rng)
    times = [name for name in every if not name.is_integer]
    if times or any(map(_ties_integrals, rows)):
        rows = _functions(rows, rng)
    sizes: dict[sp.Symbol, int] = {}
    ends: dict[sp.Symbol, sp.Symbol] = {}
    for total in set().union(*(row.atoms(sp.Sum) for row in rows)):
        for index, _, last in total.limits:
            for name in last.free_symbols:
                sizes.setdefault(
                    name, rng.choice((1, 1, 2, 2, LARGEST) if str(name) != "N" else (1, 1, 2))
                )
            ends[index] = last
    free = {
        s for row in rows for s in row.free_symbols if isinstance(s, sp.Symbol) and s.is_integer
    }
    for name in sorted(free - set(every) - set(sizes), key=str):
        sizes[name] = rng.randint(1, max(1, int(sp.sympify(ends.get(name, 1)).subs(sizes))))
    given: list[sp.Basic] = []
    later: list[sp.Basic] = []
    for row in rows[:-1]:
        mine = [name for name in every if row.has(name)]
        choices: list[dict[sp.Symbol, object]] = [{}]
        for name in mine:
            last = int(sp.sympify(ends.get(name, LARGEST)).subs(sizes))
            values = range(1, last + 1) if name.is_integer else TIMES
            choices = [{**choice, name: value} for choice in choices for value in values]
        for choice in choices:
            late = any(choice[name] != TIMES[0] for name in times if name in choice)
            (later if late else given).append(_at(row, choice))

    def written_out(row: sp.Basic) -> sp.Basic:
        return mapped(_at(row, sizes), lambda side: _open(_sums(side)))

    now, after = (
        [part for row in group for part in _branch(written_out(row), rng)]
        for group in (given, later)
    )
    known = {row: row.func(*row.args) for row in {*now, *after} if not unknowns_of(row)}
    if sp.false in known.values():
        raise NoPointError("a hypothesis is false at these sizes")
    now, after = (
        [row for row in dict.fromkeys(group) if known.get(row) != sp.true] for group in (now, after)
    )
    return now, written_out(rows[-1]), after


def _tied(rows: list[sp.Basic], rng: random.Random) -> list[sp.Basic]:
    """At times one vector is another: where a minimiser is unique, no other point is admissible."""
    vectors, compared = set().union(*map(_vectors, rows)), _vectors(rows[-1])
    if len(compared) > 1 and rng.random() < 0.5:
        vectors = compared
    if len(vectors) < 2 or rng.random() > TIED:
        return rows
    one, other = rng.sample(sorted(vectors, key=str), 2)
    return [mapped(row, lambda side: side.xreplace({one: other})) for row in rows]


def _vectors(row: sp.Basic) -> set[sp.Basic]:
    return {entry.base for entry in row.atoms(sp.Indexed) if len(entry.indices) == 1}


def mapped(row: sp.Basic, change: Callable[[sp.Basic], sp.Basic]) -> sp.Basic:
    """The row with its sides changed; sympy does not try to decide it, which takes long."""
    if isinstance(row, sp.And | sp.Or | sp.Not):
        return row.func(*(mapped(arg, change) for arg in row.args), evaluate=False)
    if isinstance(row, Relational):
        return row.func(*map(change, row.args), evaluate=False)
    return change(row)


def _at(row: sp.Basic, choice: Mapping[sp.Symbol, object]) -> sp.Basic:
    return mapped(row, lambda side: side.subs(choice))


def _branch(row: sp.Basic, rng: random.Random) -> list[sp.Basic]:
    """The relations of one of the cases, which is as much as is asked and more."""
    if isinstance(row, sp.Or):
        return _branch(rng.choice(row.args), rng)
    if isinstance(row, sp.And):
        return [part for arg in row.args for part in _branch(arg, rng)]
    return [row]


def _sums(expr: sp.Basic) -> sp.Basic:
    """Sums written out."""
    if isinstance(expr, sp.Sum):
        body, (index, first, last) = expr.function, expr.limits[0]
        inner = sp.Sum(body, *expr.limits[1:]) if len(expr.limits) > 1 else body
        terms = (inner.subs(index, j) for j in range(int(first), int(last) + 1))
        return sp.Add(*map(_sums, terms))
    if not expr.args or isinstance(expr, sp.Indexed):
        return expr
    args = [_sums(arg) for arg in expr.args]
    return expr if tuple(args) == expr.args else expr.func(*args)


def _open(expr: sp.Basic) -> sp.Basic:
    """Derivatives of what is known carried out, those of an unknown function left."""
    if isinstance(expr, sp.Limit):
        return expr
    return expr.doit(integrals=False) if expr.has(sp.Derivative) else expr


def _ties_integrals(row: sp.Basic) -> bool:
    """Whether an integral is of more than a bare f(x), and so no number of its own."""
    return any(
        total.has(AppliedUndef) and not isinstance(total.function, AppliedUndef)
        for total in row.atoms(sp.Integral)
    )


def _functions(rows: Sequence[sp.Basic], rng: random.Random) -> list[sp.Basic]:
    """Each function of one time as an exponential of it, or a line; the constants are unknowns.

    One rate for all or one each, an exponential with a constant added or without, a line with a
    slope or without, by the toss of a coin each: the derivative of the one is of the shape of the
    other.
    """
    line, alike = rng.random() < 0.4, rng.random() < 0.7
    rows = [row.replace(sp.Integral, _integrated) for row in rows]
    functions = {f.func for row in rows for f in row.atoms(AppliedUndef) if len(f.args) == 1}
    for function in sorted(functions, key=str):
        sign = {"positive": True} if function.is_positive is True else {"real": True}
        size, shift = sp.Symbol(f"{function}_0", **sign), sp.Symbol(f"{function}_1", real=True)
        rate = sp.Symbol("rate" if alike else f"{function}_rate", real=True)
        x = sp.Dummy("x", real=True)
        value = size if line else size * sp.exp(rate * x)
        if rng.random() < 0.5:
            value += shift * x if line else shift
        replaced = sp.Lambda(x, value)
        rows = [row.replace(function, replaced) for row in rows]
    return [
        row.func(*map(_derived, row.args), evaluate=False)
        if isinstance(row, Relational)
        else _derived(row)
        for row in rows
    ]


def _integrated(integrand: sp.Expr, *limits: sp.Tuple) -> sp.Expr:
    """``c f^p f'`` integrated over a time, which saves a quadrature; else the same integral."""
    total = sp.Integral(integrand, *limits)
    derivatives = [f for f in sp.Mul.make_args(integrand) if isinstance(f, sp.Derivative)]
    if len(limits) != 1 or len(limits[0]) != 3 or len(derivatives) != 1:
        return total
    (time_, begin, end), (derivative,) = limits[0], derivatives
    function = derivative.expr
    constant, power = (integrand / derivative).as_independent(time_, as_Add=False)
    base, exponent = power.as_base_exp()
    if base != function or derivative.variables != (time_,) or exponent in (-1, 0):
        return total
    primitive = constant * function ** (exponent + 1) / (exponent + 1)
    return primitive.subs(time_, end) - primitive.subs(time_, begin)


def _derived(expr: sp.Basic) -> sp.Basic:
    """Derivatives carried out, those under an integral too, and no integral."""
    if not expr.has(sp.Derivative) or not expr.args:
        return expr
    inner = expr.func(*map(_derived, expr.args))
    return inner.doit(integrals=False, deep=False) if isinstance(inner, sp.Derivative) else inner


def unknowns_of(expr: sp.Basic) -> set[sp.Basic]:
    """What gets a number: symbols, entries, and the unknown functions at their arguments."""
    if isinstance(expr, sp.Symbol):
        return {expr}
    if isinstance(expr, sp.Limit):
        return unknowns_of(expr.args[0]) - {expr.args[1]}
    if isinstance(expr, sp.Integral) and not expr.has(AppliedUndef):
        bound = {row[0] for row in expr.limits}
        return set().union(*map(unknowns_of, expr.args)) - bound
    if is_opaque(expr) or isinstance(expr, sp.Subs):
        return {expr}
    return set().union(*map(unknowns_of, expr.args)) if expr.args else set()
