"""Which expressions are defined and real for all values of their symbols, by their form alone."""

from __future__ import annotations

import sympy as sp
from sympy.core.function import AppliedUndef

from implicitbias.symbolic.language.grammar import FUNCTIONS

__all__ = ["is_total", "may_cancel"]


def is_total(expr: sp.Basic) -> bool:
    """Whether the expression is defined and real for all values of its symbols.

    A sum has to be finite. Unknown functions `f(t)` are total and smooth.
    """
    if isinstance(expr, sp.Rational | sp.NumberSymbol):
        return True
    if isinstance(expr, sp.Symbol | sp.Indexed | AppliedUndef):
        return expr.is_real is True
    if isinstance(expr, sp.Derivative):
        return isinstance(expr.expr, AppliedUndef | sp.Indexed) and is_total(expr.expr)
    if isinstance(expr, sp.Pow):
        return _is_total_power(*expr.args)
    if isinstance(expr, sp.Sum):
        return is_total(expr.function) and all(map(_is_finite, expr.limits))
    if not all(map(is_total, expr.args)):
        return False
    if expr.func in FUNCTIONS:
        return all(part.is_positive is True for part in FUNCTIONS[expr.func].positive(*expr.args))
    return isinstance(expr, sp.Add | sp.Mul)


def _is_total_power(base: sp.Expr, exponent: sp.Expr) -> bool:
    if not (is_total(base) and is_total(exponent)):
        return False
    if exponent.is_nonnegative and isinstance(exponent, sp.Rational):
        return isinstance(exponent, sp.Integer) or base.is_nonnegative is True
    return base.is_positive is True


def _is_finite(limits: sp.Tuple) -> bool:
    return all(
        isinstance(end, sp.Integer | sp.Symbol) and end.is_integer is True for end in limits[1:]
    )


def may_cancel(relation: sp.Basic, kept: sp.Basic) -> bool:
    """Whether the relation is undefined where `kept` is not: it has a term that the other lacks,
    and that may be undefined."""
    return not all(map(is_total, _terms(relation) - _terms(kept)))


def _terms(relation: sp.Basic) -> set[sp.Expr]:
    """What is added up in the sides of a relation, without its rational coefficients."""
    addends = (term for side in relation.args for term in sp.Add.make_args(side))
    return {term.as_coeff_Mul(rational=True)[1] for term in addends}
