"""Hypergeometric terms: their ratio, where they are defined, and the radius of their series."""

from __future__ import annotations

import sympy as sp

from implicitbias.symbolic.engine.shift import Orthant
from implicitbias.symbolic.language.proof import Undecided

__all__ = ["check_radius", "positive_arguments", "term_ratio"]


def term_ratio(term: sp.Expr, n: sp.Symbol) -> sp.Expr:
    """term(n + 1) / term(n) as a rational function of n, by the rules of each factor.

    Factors: rational functions of n, c**(m n + b), factorial, gamma, rising factorials and
    binomials of arguments linear in n with an integer slope.

    Raises:
        Undecided: other factors.
    """
    if not term.has(n):
        return sp.Integer(1)
    if isinstance(term, sp.Mul):
        return sp.Mul(*(term_ratio(factor, n) for factor in term.args))
    if isinstance(term, sp.Pow):
        if isinstance(term.exp, sp.Integer):
            return term_ratio(term.base, n) ** term.exp
        if not term.base.has(n):
            return term.base ** _slope(term.exp, n)
    if isinstance(term, sp.factorial):
        return _gamma_ratio(term.args[0] + 1, n)
    if isinstance(term, sp.gamma):
        return _gamma_ratio(term.args[0], n)
    if isinstance(term, sp.RisingFactorial):
        x, m = term.args
        return _gamma_ratio(x + m, n) / _gamma_ratio(x, n)
    if isinstance(term, sp.binomial):
        top, low = term.args
        below = _gamma_ratio(low + 1, n) * _gamma_ratio(top - low + 1, n)
        return _gamma_ratio(top + 1, n) / below
    if isinstance(term, sp.Symbol | sp.Add):
        return term.subs(n, n + 1) / term
    raise Undecided(f"no rule for the ratio of {term}")


def _slope(argument: sp.Expr, n: sp.Symbol) -> int:
    slope = sp.diff(argument, n)
    if not isinstance(slope, sp.Integer):
        raise Undecided(f"{argument} is not linear in {n} with an integer slope")
    return int(slope)


def _gamma_ratio(argument: sp.Expr, n: sp.Symbol) -> sp.Expr:
    m = _slope(argument, n) if argument.has(n) else 0
    if m >= 0:
        return sp.Mul(*(argument + j for j in range(m)))
    return 1 / sp.Mul(*(argument - j for j in range(1, 1 - m)))


def positive_arguments(term: sp.Expr, n: sp.Symbol, orthant: Orthant) -> list[sp.Expr]:
    """What has to be positive for the term to be defined for n >= 0, each once: the argument of
    every gamma function, and every base that has n in it or in its exponent, or a real one.

    Args:
        orthant: bounds of all symbols, and of n.

    Raises:
        Undecided: a denominator may be 0, or a factor is of another kind.
    """
    found: list[sp.Expr] = []
    _collect(term, n, orthant, found)
    return [
        argument
        for argument in dict.fromkeys(found)
        if not (isinstance(argument, sp.Rational) and argument > 0)
    ]


def _collect(term: sp.Expr, n: sp.Symbol, orthant: Orthant, arguments: list[sp.Expr]) -> None:
    """Look at each factor; what has to be positive goes to `arguments`."""
    if isinstance(term, sp.gamma):
        arguments.append(term.args[0])
    elif isinstance(term, sp.factorial):
        arguments.append(term.args[0] + 1)
    elif isinstance(term, sp.RisingFactorial):
        x, m = term.args
        arguments += [x, x + m]
    elif isinstance(term, sp.binomial):
        top, low = term.args
        arguments += [top + 1, low + 1, top - low + 1]
    elif isinstance(term, sp.Mul):
        for factor in term.args:
            _collect(factor, n, orthant, arguments)
    elif isinstance(term, sp.Pow) and not isinstance(term.exp, sp.Integer):
        whole = term.exp.is_integer and term.exp.is_nonnegative
        negative = isinstance(term.base, sp.Rational) and term.base < 0 and term.exp.is_integer
        if term.base.has(n) or not (whole or negative):
            arguments.append(term.base)
        for part in (term.base, term.exp):
            orthant.check_rational(part)
    elif isinstance(term, sp.Pow) and term.base.atoms(sp.Function):
        _collect(term.base, n, orthant, arguments)  # a product of positive factors
    else:
        orthant.check_rational(term)


def check_radius(above: sp.Expr, below: sp.Expr, n: sp.Symbol, bound: sp.Rational) -> None:
    """Undecided unless the ratio test gives at least this radius, for the ratio above/below."""
    up, down = sp.Poly(above, n), sp.Poly(below, n)
    if up.degree() < down.degree():
        return
    limit = sp.cancel(up.LC() / down.LC())
    if up.degree() > down.degree() or not isinstance(limit, sp.Rational):
        raise Undecided("the ratio test gives no radius")
    if abs(limit) * bound > 1:
        raise Undecided(f"the ratio test gives a radius below the one asked for, ratio {limit}")
