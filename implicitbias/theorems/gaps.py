"""How far a relation is from failing, in mpmath."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import mpmath
import sympy as sp
from sympy.core.relational import Relational

from implicitbias.theorems.concrete import NoPointError, unknowns_of

__all__ = ["CLEAR", "DIGITS", "SPARE", "Evaluator", "Numbers", "difference", "gap_of", "violation"]

DIGITS = 60
CLEAR = mpmath.mpf(10) ** -25  # a gap, relative to the sides, that no rounding of 60 digits makes
SPARE = 15  # digits that an equation of the hypotheses may lose

Numbers = dict[sp.Basic, Any]


def violation(rows: Sequence[Relational], numbers: Numbers, evaluate: Evaluator) -> Any:
    """How far the relations are from all holding; 0 where they do."""
    gaps = [gap_of(row, numbers, evaluate) for row in rows]
    if None in gaps:
        raise NoPointError("a hypothesis is undefined")
    tiny = mpmath.mpf(10) ** (SPARE - mpmath.mp.dps)
    return sum((-gap for gap in gaps if gap < -tiny), mpmath.mpf(0))


def gap_of(relation: sp.Basic, numbers: Numbers, evaluate: Evaluator) -> Any:
    """How far the relation is from failing, relative to its sides; < 0 where it fails.

    None where a side is not a real number.
    """
    if relation in (sp.true, sp.false):
        return mpmath.mpf(1 if relation == sp.true else -1)
    if isinstance(relation, sp.And | sp.Or):
        gaps = [gap_of(arg, numbers, evaluate) for arg in relation.args]
        gaps = [mpmath.mpf(-1) if gap is None else gap for gap in gaps]
        return min(gaps) if isinstance(relation, sp.And) else max(gaps)
    if not isinstance(relation, Relational):
        raise NoPointError(f"no relation: {relation}")
    if any(side.has(sp.Limit) for side in relation.args):
        return _limit_gap(relation, numbers, evaluate)
    sides = _sides(relation, numbers, evaluate)
    if sides is None:
        return None
    left, right = sides
    difference, strict = right - left, isinstance(relation, sp.Lt | sp.Gt)
    size = abs(left) + abs(right)
    if 0 in relation.args:  # then a side that is all rounding would be as large as itself
        terms = (term for side in relation.args for term in sp.Add.make_args(side))
        size = sum(abs(evaluate(t, {n: numbers[n] for n in unknowns_of(t)})) for t in terms)
    if relation.has(sp.Integral):
        size *= mpmath.mpf(10) ** 15  # a quadrature has fewer digits
    if isinstance(relation, sp.Ne):
        return abs(difference) - mpmath.mpf(10) ** (-mpmath.mp.dps // 2)
    if strict and difference == 0:
        return -2 * CLEAR
    relative = difference / size if size else mpmath.mpf(0)
    if isinstance(relation, sp.Eq):
        return -abs(relative)
    return relative if isinstance(relation, sp.Lt | sp.Le) else -relative


def difference(conclusion: sp.Basic, numbers: Numbers, evaluate: Evaluator) -> Any:
    """Of its sides, if it is one relation between numbers."""
    if not isinstance(conclusion, Relational) or conclusion.has(sp.Limit):
        return mpmath.mpf(0)
    sides = _sides(conclusion, numbers, evaluate)
    return mpmath.mpf(0) if sides is None else sides[1] - sides[0]


def _sides(relation: sp.Basic, numbers: Numbers, evaluate: Evaluator) -> tuple[Any, Any] | None:
    """Both sides; None where one is not a real number."""
    try:
        left, right = (
            evaluate(side, {n: numbers[n] for n in unknowns_of(side)}) for side in relation.args
        )
    except ZeroDivisionError:
        return None
    tiny = mpmath.mpf(10) ** (5 - mpmath.mp.dps)
    for side in (left, right):
        if mpmath.isnan(side) or abs(mpmath.im(side)) > tiny * abs(side):
            return None
    left, right = mpmath.re(left), mpmath.re(right)
    if not (mpmath.isfinite(left) and mpmath.isfinite(right)):
        raise NoPointError("out of range")
    return left, right


def _limit_gap(relation: sp.Basic, numbers: Numbers, evaluate: Evaluator) -> Any:
    """The limit on one side, compared with values ever nearer to it."""
    limit, value = relation.args if isinstance(relation.lhs, sp.Limit) else relation.args[::-1]
    if not isinstance(limit, sp.Limit) or isinstance(relation, sp.Ne):
        raise NoPointError("a limit inside of an expression")
    expr, x, x0, _ = limit.args
    wanted = evaluate(value, {n: numbers[n] for n in unknowns_of(value)})
    off = []
    for k in (4, 16, 64, 256, 1024, 4096, 16384):
        with mpmath.workdps(DIGITS + (3 * k if x0 == 0 else 10)):
            near = mpmath.mpf(10) ** k if x0 == sp.oo else mpmath.mpf(10) ** -k + evaluate(x0, {})
            here = {n: numbers[n] for n in unknowns_of(expr) - {x}}
            off.append(evaluate(expr, {**here, x: near}) - wanted)
    if abs(off[-1]) < mpmath.mpf("1e-3") and abs(off[-1]) <= abs(off[-2]):
        return mpmath.mpf(-1 if isinstance(relation, sp.Lt | sp.Gt) else 1)
    if abs(off[-1]) > mpmath.mpf("0.9") * abs(off[-2]):
        above = (off[-1] > 0) == (limit == relation.lhs)
        rises = isinstance(relation, sp.Gt | sp.Ge)
        return mpmath.mpf(1 if not isinstance(relation, sp.Eq) and above == rises else -1)
    raise NoPointError("the limit is not reached")


class Evaluator:
    """Expressions compiled for mpmath, each once."""

    def __init__(self) -> None:
        self._known: dict[sp.Basic, tuple[list[sp.Basic], Callable[..., Any]]] = {}

    def __call__(self, expr: sp.Basic, numbers: Mapping[sp.Basic, Any]) -> Any:
        if expr.has(sp.zoo, sp.nan):
            raise NoPointError("a division by zero")
        if expr not in self._known:
            names = sorted(unknowns_of(expr), key=sp.default_sort_key)
            plain = {name: sp.Dummy(f"x{k}", real=True) for k, name in enumerate(names)}
            body = expr.xreplace(plain)
            self._known[expr] = (
                names,
                sp.lambdify(
                    list(plain.values()),
                    body,
                    [{"Modulus": mpmath.fabs}, "mpmath"],
                    cse=not body.has(sp.Integral),
                ),
            )
        names, function = self._known[expr]
        return mpmath.mpmathify(function(*(numbers[name] for name in names)))
