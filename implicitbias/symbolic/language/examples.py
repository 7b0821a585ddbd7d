"""Whether hypotheses hold at a point, so that a statement about them is not empty: `holds`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import sympy as sp
from sympy.core.function import AppliedUndef

__all__ = ["Point", "check_exact", "holds"]

Point = Mapping[sp.Basic, object]

ASSUMED = ("real", "positive", "nonnegative", "negative", "integer")
_ANY = sp.Dummy("any", integer=True)  # an index


def holds(relations: Iterable[sp.Basic], point: Point) -> bool:
    """Whether the relations certainly hold at the point, which has to fit what its names assume.

    point: values of symbols, of entries `b[i]` (all of them, unless one such as `b[2]` has a value
        of its own), of `f(t)`, its derivatives and its integral. Sums are added up, so that the
        sizes need values.
    Raises ValueError for a value of anything else: it follows from those. TypeError for a Float.
    """
    values = {name: sp.sympify(value) for name, value in point.items()}
    for name, value in values.items():
        check_exact(sp.Eq(name, value, evaluate=False))
        if not _is_unknown(name):
            raise ValueError(f"an example gives values to unknowns, and {name} follows from them")
        for assumption in ASSUMED:
            if getattr(name, f"is_{assumption}") is True and (
                getattr(value, f"is_{assumption}") is not True
            ):
                return False
    at = _Values(values)
    return all(at.value(relation) == sp.true for relation in relations)


def check_exact(relation: sp.Basic) -> None:
    """Raise TypeError for a Float."""
    if floats := relation.atoms(sp.Float):
        raise TypeError(f"a float is not exact: {floats.pop()}; write sympy.Rational(1, 10)")


def _is_unknown(name: sp.Basic) -> bool:
    if isinstance(name, sp.Derivative | sp.Subs):
        return _is_unknown(name.expr)
    if isinstance(name, sp.Integral):
        return _is_unknown(name.function)
    return isinstance(name, sp.Symbol | AppliedUndef | sp.Indexed)


class _Values:
    def __init__(self, point: Mapping[sp.Basic, sp.Basic]) -> None:
        self.indices = {name: value for name, value in point.items() if _is_index(name)}
        self.single = {self._at(name): value for name, value in point.items()}
        # A key that still has an index by name stands for all of them.
        self.all = {
            _pattern(name): value
            for name, value in self.single.items()
            if any(map(_is_index, name.free_symbols))
        } | {name: value for name, value in point.items() if isinstance(name, sp.Symbol)}

    def _at(self, expr: sp.Basic) -> sp.Basic:
        return expr if isinstance(expr, sp.Symbol) else expr.xreplace(self.indices)

    def value(self, expr: sp.Basic) -> sp.Basic:
        if isinstance(expr, sp.Sum):
            (index, first, last), *others = expr.limits
            first, last = self.value(first), self.value(last)
            if others or not (isinstance(first, sp.Integer) and isinstance(last, sp.Integer)):
                return expr
            terms = (expr.function.xreplace({index: j}) for j in sp.Range(first, last + 1))
            return sp.Add(*map(self.value, terms))
        if _is_unknown(expr):
            expr = self._at(expr)
            return self.single.get(expr, self.all.get(_pattern(expr), expr))
        if isinstance(expr, sp.Derivative):
            done = expr.doit(deep=False)
            return self.value(done) if done != expr else expr
        if isinstance(expr, sp.Integral):
            ends = {self.value(end) for end in expr.limits[0][1:]}
            return sp.Integer(0) if len(ends) == 1 else expr
        if isinstance(expr, sp.Eq):
            left, right = map(self.value, expr.args)
            return sp.Eq(sp.expand((left - right).rewrite(sp.exp)), 0)
        return expr.func(*map(self.value, expr.args)) if expr.args else expr


def _is_index(name: sp.Basic) -> bool:
    return isinstance(name, sp.Symbol) and name.is_integer is True


def _pattern(expr: sp.Basic) -> sp.Basic:
    """The same for every index."""
    parts = expr.atoms(AppliedUndef, sp.Indexed)
    return expr.xreplace({part: part.func(*map(_any_index, part.args)) for part in parts})


def _any_index(arg: sp.Basic) -> sp.Basic:
    return _ANY if isinstance(arg, sp.Integer) or _is_index(arg) else arg
