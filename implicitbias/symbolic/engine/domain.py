"""Preprocessing: exact real expressions to decide, and the open domain of their unknowns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import sympy as sp
from sympy.core.function import AppliedUndef

from implicitbias.symbolic.language.proof import Domain, Undecided
from implicitbias.symbolic.language.scope import Binding, is_opaque

__all__ = ["Domains", "Goal", "prepare"]


@dataclass(frozen=True)
class Domains:
    """A product of open intervals, and the part of it where some expressions are positive.

    Attributes:
        intervals: the ends (lower, upper) of every symbol and opaque atom.
        positive: the hypotheses h, as `h > 0`.
    """

    intervals: Mapping[sp.Expr, tuple[sp.Expr, sp.Expr]]
    positive: Sequence[sp.Expr] = ()

    def relations(self) -> tuple[sp.Basic, ...]:
        """The domain as sympy relations, for a `Proof` to carry."""
        rows: list[sp.Basic] = []
        for name, (lower, upper) in self.intervals.items():
            if lower is not sp.S.NegativeInfinity:
                rows.append(sp.Lt(lower, name, evaluate=False))
            if upper is not sp.S.Infinity:
                rows.append(sp.Lt(name, upper, evaluate=False))
        return (*rows, *(sp.Gt(h, 0, evaluate=False) for h in self.positive))


@dataclass(frozen=True)
class Goal:
    """What is to be decided.

    Attributes:
        asked: the sides as they were asked.
        sides: the same, as expressions to decide.
        domains: where.
        index: of the sums that are compared term by term; the domain has to hold for every value
            of it.
    """

    asked: tuple[sp.Expr, ...]
    sides: tuple[sp.Expr, ...]
    domains: Domains
    index: tuple[Binding, ...] = ()


def prepare(*sides: object, domain: Domain | None = None, given: Sequence[sp.Basic] = ()) -> Goal:
    """Check a statement and prepare it: derivatives carried out, sums to their terms.

    Args:
        sides: exact real expressions.
        domain: open intervals, as in `prove_identity`.
        given: hypotheses `expr > 0`.

    Raises:
        TypeError: for a Float, a complex number, a relation where an expression belongs, or a
            symbol that is not real.
        ValueError: for a bad interval.
        Undecided: for unknowns that may depend on one another.
    """
    asked = tuple(_exact(sp.sympify(side, strict=True)) for side in sides)
    hypotheses = tuple(_hypothesis(relation) for relation in given)
    prepared, index = _terms(tuple(map(_carry_out, asked)))
    unknowns = sorted(set().union(*map(_unknowns, prepared + hypotheses)), key=sp.default_sort_key)
    _check_independent(unknowns)
    wanted = {symbol: _ends(symbol, ends) for symbol, ends in (domain or {}).items()}
    if strangers := set(wanted) - set().union(*(side.free_symbols for side in asked)):
        raise ValueError(
            f"the domain names {strangers.pop()}, which the statement does not contain"
        )
    intervals = {name: _meet(name, wanted.get(name)) for name in unknowns}
    return Goal(asked, prepared, Domains(intervals, hypotheses), index)


def _exact(expr: sp.Basic) -> sp.Expr:
    if not isinstance(expr, sp.Expr):
        raise TypeError(f"expected a scalar expression, got {expr}")
    if floats := expr.atoms(sp.Float):
        raise TypeError(f"a float is not exact: {floats.pop()}; write sympy.Rational(1, 10)")
    if expr.has(sp.nan, sp.zoo, sp.oo, -sp.oo, sp.I):
        raise TypeError(f"not a real expression: {expr}")
    return expr


def _hypothesis(relation: sp.Basic) -> sp.Expr:
    if not isinstance(relation, sp.Gt | sp.Lt):
        raise TypeError(f"a hypothesis is a strict relation `expr > 0`, got {relation}")
    return _carry_out(_exact(relation.gts - relation.lts))


def _carry_out(expr: sp.Expr) -> sp.Expr:
    """Differentiate what is known; `f(t)` and its derivatives stay, an empty integral is 0."""
    return expr.replace(
        lambda e: isinstance(e, sp.Derivative),
        lambda e: e.expr.diff(*e.variable_count),
    ).replace(
        lambda e: isinstance(e, sp.Integral) and e.limits[0][1:2] == e.limits[0][2:],
        lambda e: sp.Integer(0),
    )


def _terms(sides: tuple[sp.Expr, ...]) -> tuple[tuple[sp.Expr, ...], tuple[Binding, ...]]:
    """Sums over n = 1..N, for every N, are compared term by term (N = 1 is one of them).

    Returns the terms and their index. Factors without the index may stand before a sum, and sums
    over the same index are added.
    """
    if not any(side.has(sp.Sum) for side in sides):
        return sides, ()
    sides = tuple(map(_one_sum, sides))
    limits: sp.Tuple = sides[0].limits if isinstance(sides[0], sp.Sum) else sp.Tuple()
    if len(limits) == 1 and all(isinstance(s, sp.Sum) and s.limits == limits for s in sides):
        index, first, last = limits[0]
        if first == 1 and isinstance(last, sp.Symbol) and last.is_integer and last.is_positive:
            return tuple(side.function for side in sides), ((index, last),)
    raise Undecided("only two whole sums over n = 1..N, N a positive integer symbol, are compared")


def _one_sum(side: sp.Expr) -> sp.Expr:
    """a * sum f + b * sum g as sum (a f + b g), for factors a, b without the index.

    Unevaluated: sympy would cancel 1/x - 1/x, which is not defined at 0.
    """
    terms, limits = [], set()
    for term in sp.Add.make_args(side):
        factors = sp.Mul.make_args(term)
        sums = [factor for factor in factors if isinstance(factor, sp.Sum)]
        if len(sums) != 1:
            return side
        (inner,) = sums
        limits.add(inner.limits)
        factor = sp.Mul(*(other for other in factors if other != inner))
        if len(limits) > 1 or len(inner.limits) != 1 or factor.has(sp.Sum, inner.limits[0][0]):
            return side
        terms.append(sp.Mul(factor, inner.function, evaluate=False))
    return sp.Sum(sp.Add(*terms, evaluate=False), *limits.pop())


def _unknowns(expr: sp.Expr) -> set[sp.Expr]:
    if is_opaque(expr) or isinstance(expr, sp.Symbol):
        return {expr}
    return set().union(*map(_unknowns, expr.args))


def _check_independent(unknowns: Sequence[sp.Expr]) -> None:
    """Balls at points give each unknown a value of its own, so no two may be related.

    At a point, f, its derivatives and one integral of it are free; f(x + 1) and
    f((x**2 - 1)/(x - 1)) are not, nor are two integrals of f.
    """
    integrated = []
    for unknown in filter(is_opaque, unknowns):
        core = unknown.expr if isinstance(unknown, sp.Derivative) else unknown
        if isinstance(core, sp.Integral):
            (x, *ends), core = core.limits[0], core.function
            if len(unknown.limits) > 1 or len(ends) != 2 or core.args != (x,):
                raise Undecided(f"only the integral of a bare f(x) is an unknown: {unknown}")
            if core.is_nonnegative or core.is_nonpositive:
                raise Undecided(f"the sign of {core} ties its integral")
            integrated.append(core.func)
        elif not all(isinstance(x, sp.Symbol | sp.Rational | sp.IndexedBase) for x in core.args):
            raise Undecided(f"write the arguments of {core} as symbols or numbers")
        if not isinstance(core, AppliedUndef | sp.Indexed) or not core.is_real:
            raise TypeError(f"{core} must be a real unknown: sympy.Function('f', real=True)")
    if len(integrated) > len(set(integrated)):
        raise Undecided("two integrals of one function may depend on one another")


def _meet(name: sp.Expr, wanted: tuple[sp.Expr, sp.Expr] | None) -> tuple[sp.Expr, sp.Expr]:
    """The interval asked for, within what the unknown assumes."""
    if name.is_integer or (isinstance(name, sp.Symbol) and not name.is_real):
        raise TypeError(f"{name} must be real, not complex or integer: Symbol('z', real=True)")
    lower = sp.Integer(0) if name.is_positive else -sp.oo
    upper = sp.Integer(0) if name.is_negative else sp.oo
    if wanted is not None:
        lower, upper = sp.Max(lower, wanted[0]), sp.Min(upper, wanted[1])
    if (name.is_nonnegative and lower < 0) or (name.is_nonpositive and upper > 0):
        raise ValueError(f"the sign of {name} is not an open condition: make it strict or real")
    if not lower < upper:
        raise ValueError(f"the interval of {name} is empty: ({lower}, {upper})")
    return lower, upper


def _ends(symbol: sp.Symbol, ends: tuple[object, object]) -> tuple[sp.Expr, sp.Expr]:
    lower, upper = map(sp.sympify, ends)
    for end in (lower, upper):
        if not (end.is_Rational or end in (sp.oo, -sp.oo)):
            raise ValueError(f"an end of the interval of {symbol} must be rational or +-oo: {end}")
    return lower, upper
