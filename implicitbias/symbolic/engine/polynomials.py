"""The one sign of a polynomial with rational coefficients on a product of open intervals."""

from __future__ import annotations

from collections.abc import Mapping

import sympy as sp

__all__ = ["Ends", "Sign", "sign_by_coefficients", "sign_by_roots"]

Sign = int  # +1, -1, or 0 for "not known", which is also the answer where the sign changes
Ends = Mapping[sp.Expr, tuple[sp.Expr, sp.Expr]]  # of every variable: rational or +-oo


def sign_by_coefficients(p: sp.Expr, ends: Ends) -> Sign:
    """All coefficients of one sign, after each variable is moved to (0, oo), if it can be."""
    positive = []
    for x in sorted(p.free_symbols, key=sp.default_sort_key):
        lower, upper = ends[x]
        if lower.is_infinite and upper.is_infinite:
            continue
        t = sp.Dummy(x.name, positive=True)
        positive.append(t)
        if lower.is_infinite or upper.is_infinite:
            p = p.xreplace({x: upper - t if lower.is_infinite else lower + t})
        else:  # x = (lower + upper*t)/(1 + t), cleared of the denominator
            poly = sp.Poly(p, x)
            n = poly.degree()
            p = sp.Add(
                *(c * (lower + upper * t) ** k * (1 + t) ** (n - k) for (k,), c in poly.terms())
            )
    reals = sorted(p.free_symbols - set(positive), key=sp.default_sort_key)
    return _is_positive(p, positive, reals) - _is_positive(-p, positive, reals)


def _is_positive(p: sp.Expr, positive: list[sp.Dummy], reals: list[sp.Basic]) -> int:
    """1 when every term is nonnegative on (0, oo)^m x R^n and one of them positive, else 0."""
    gens = [*positive, *reals]
    if not gens:
        return int(bool(p > 0))
    strict = False
    for powers, c in sp.Poly(p, *gens).terms():
        free = powers[len(positive) :]
        if c < 0 or any(k % 2 for k in free):
            return 0
        strict |= not any(free)  # a square of a real may vanish
    return int(strict)


def sign_by_roots(p: sp.Expr, ends: Ends) -> Sign:
    """A polynomial in one variable: Sturm's theorem on its interval."""
    if len(p.free_symbols) != 1:
        return 0
    (x,) = p.free_symbols
    lower, upper = ends[x]
    poly = sp.Poly(p, x, domain="QQ")
    for end in (lower, upper):
        while end.is_finite and poly.eval(end) == 0:
            poly = sp.quo(poly, sp.Poly(x - end, x))
    if poly.count_roots(lower, upper):
        return 0
    if lower.is_finite:
        inside = (lower + upper) / 2 if upper.is_finite else lower + 1
    else:
        inside = upper - 1 if upper.is_finite else sp.Integer(0)
    return int(sp.sign(p.subs(x, inside)))
