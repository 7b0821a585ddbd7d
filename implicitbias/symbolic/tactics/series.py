"""Statements with symbolic parameters and indices: signs by a shift, hypergeometric terms, series.

A hypergeometric term is given by its ratio, a rational function of the index.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from typing import Any

import sympy as sp

from implicitbias.symbolic.engine.hypergeometric import (
    check_radius,
    positive_arguments,
    term_ratio,
)
from implicitbias.symbolic.engine.shift import Orthant
from implicitbias.symbolic.language.kernel import make, tactic
from implicitbias.symbolic.language.proof import Proof, Refuted, Undecided
from implicitbias.symbolic.tactics.identity import prove_identity

__all__ = [
    "prove_by_shift",
    "prove_elasticity_increases",
    "prove_series",
    "prove_series_comparison",
    "prove_terms_nonnegative",
]

SAMPLES = 4000


@tactic(engine=("hypergeometric terms",))
def prove_by_shift(relation: sp.Basic, given: Sequence[sp.Basic]) -> Proof:
    """Decide `a >= b` or `a > b` (or <=, <) between rational functions on an orthant.

    After every symbol is moved to its bound, no coefficient of the numerator may be negative, and
    the denominator must be positive (or both the other way round).

    Args:
        given: one bound `symbol >= number` or `symbol > number` for every symbol; integer symbols
            are decided for all real values above the bound.

    Returns:
        A Proof on the domain `given`.

    Raises:
        Refuted: with an exact point.
        Undecided: a coefficient is negative.
        TypeError: anything else than this.
    """
    greater, strict = _sides(relation)
    if relation.atoms(sp.Float):
        raise TypeError(f"a float is not exact: {relation}; write sympy.Rational(1, 10)")
    orthant = Orthant.above(given)
    if strangers := greater.free_symbols - set(orthant.bounds):
        raise TypeError(f"no lower bound is given for {strangers.pop()}")
    for point in islice(orthant.points(), SAMPLES):
        value = greater.subs(point)
        if isinstance(value, sp.Rational) and (value < 0 or (strict and value == 0)):
            raise Refuted(
                relation, point, str(relation.lhs.subs(point)), str(relation.rhs.subs(point))
            )
    for side in relation.args:  # one by one: the difference may have cancelled a pole
        orthant.check_rational(side)
    if not orthant.is_nonnegative(greater, strict=strict):
        raise Undecided(f"coefficients of both signs after the shift: {relation}")
    return make(relation, tuple(given))


def _sides(relation: sp.Basic) -> tuple[sp.Expr, bool]:
    """The difference that has to be >= 0 (or > 0 when the second is True)."""
    if isinstance(relation, sp.Ge | sp.Gt | sp.Le | sp.Lt):
        return relation.gts - relation.lts, isinstance(relation, sp.Gt | sp.Lt)
    raise TypeError(f"expected an inequality built with evaluate=False, got {relation}")


# -- hypergeometric terms -------------------------------------------------------------------------


def _defined(term: sp.Expr, n: sp.Symbol, given: Sequence[sp.Basic]) -> tuple[Proof, ...]:
    """That the term is defined for n >= 0."""
    bounds = (*given, sp.Ge(n, 0, evaluate=False))
    arguments = positive_arguments(term, n, Orthant.above(bounds))
    try:
        return tuple(
            prove_by_shift(sp.Gt(argument, 0, evaluate=False), bounds) for argument in arguments
        )
    except Refuted as refuted:
        raise Undecided(
            f"a base below 0, or a gamma function at a pole or below 0: {refuted}"
        ) from refuted


def _check_index(n: sp.Symbol, given: Sequence[sp.Basic]) -> None:
    """An integer that may be 0; between integers a term can have any sign."""
    if not (isinstance(n, sp.Symbol) and n.is_integer) or n.is_positive or n.is_nonpositive:
        raise TypeError(f"{n} must be a symbol with integer=True, or nonnegative as well")
    if any(row.has(n) for row in given):
        raise TypeError(f"{n} is the index, and runs from 0: no bound is given for it")


@tactic(engine=("hypergeometric terms",))
def prove_terms_nonnegative(
    term: sp.Expr, n: sp.Symbol, given: Sequence[sp.Basic] = (), *, strict: bool = False
) -> Proof:
    """Decide `term >= 0` (or `> 0`) for every integer n >= 0, by its first value and its ratio.

    Args:
        given: bounds of the other symbols, as in `prove_by_shift`; errors as there.
    """
    _check_index(n, given)
    start = sp.Ge(n, 0, evaluate=False)
    relation = sp.Gt if strict else sp.Ge
    statement = relation(term, 0, evaluate=False)
    ratio = term_ratio(term, n)
    for point in islice(Orthant.above((*given, start)).points(), SAMPLES // 20):
        value = term.subs(point) if max(point.values()) < 100 else sp.nan
        if isinstance(value, sp.Rational) and (value < 0 or (strict and value == 0)):
            raise Refuted(statement, point, str(value), "0")
    premises = [_defined(term, n, given)]
    for part, bounds in ((term.subs(n, 0), given), (ratio, (*given, start))):
        try:
            premises.append((prove_by_shift(relation(part, 0, evaluate=False), bounds),))
        except Refuted as refuted:  # of the ratio, not of the statement
            raise Undecided(f"the first term or the ratio is negative: {refuted}") from refuted
    return make(
        statement,
        (*given, start),
        premises=tuple(proof for part in premises for proof in part),
        notes=("induction on the index, which is an integer",),
    )


# -- power series ---------------------------------------------------------------------------------


@tactic(engine=("hypergeometric terms",))
def prove_series(
    f: sp.Expr,
    x: sp.Symbol,
    term: sp.Expr,
    n: sp.Symbol,
    given: Sequence[sp.Basic] = (),
    *,
    radius: Any = 1,
    step: int = 1,
    first: int = 0,
) -> Proof:
    """Decide f(x) = sum over n >= 0 of term(n) * x**(step*n + first) for |x| < radius.

    With the ratio A/B of the terms, f is shown to solve the differential equation of the series,
    B(m-1) f - B(-1) term(0) x**first = x**step A(m) f with m = (x d/dx - first)/step, to have no
    coefficient before its first, and to have that one (and for step 2 its parity); B(n) > 0 for
    n >= 0.

    Args:
        term: hypergeometric in n.
        given: bounds `p > number` of the other symbols.
        radius: rational; the ratio test must give at least that.
        step: 1 or 2.
        first: >= 0.

    Returns:
        A Proof of Eq(f, Sum(..)); errors as for `prove_identity` and `prove_by_shift`.
    """
    if step not in (1, 2) or first < 0:
        raise ValueError(f"step is 1 or 2 and first >= 0; got {step}, {first}")
    radius = sp.Rational(radius)
    if weak := [row for row in given if not isinstance(row, sp.Gt | sp.Lt)]:
        raise ValueError(f"a bound must be strict, as identities hold on open sets: got {weak[0]}")
    if x.is_nonnegative or x.is_nonpositive:
        raise TypeError(f"{x} has a sign, and the series is one on both sides of 0")
    if term.has(x) or any(row.has(x) for row in given):
        raise TypeError(f"{x} stands in a term or a bound: {term}, {list(given)}")
    _check_index(n, given)
    intervals = {symbol: (bound, sp.oo) for symbol, bound in Orthant.above(given).bounds.items()}
    intervals[x] = (-radius, radius)

    def equal(left: sp.Expr, right: sp.Expr) -> Proof:
        names = (left.free_symbols | right.free_symbols) & set(intervals)
        return prove_identity(left, right, domain={name: intervals[name] for name in names})

    above, below = sp.fraction(sp.together(term_ratio(term, n)))
    check_radius(above, below, n, radius**step)
    start = sp.Ge(n, 0, evaluate=False)
    initial = term.subs(n, 0)
    lhs = _operate(below.subs(n, n - 1), n, f, x, step, first)
    lhs -= below.subs(n, -1) * initial * x**first
    rhs = x**step * _operate(above, n, f, x, step, first)
    premises = [*_defined(term, n, given)]
    try:
        premises.append(prove_by_shift(sp.Gt(below, 0, evaluate=False), (*given, start)))
    except Refuted as refuted:
        raise Undecided(f"a ratio with a pole: {refuted}") from refuted
    premises += [equal(f, f), equal(lhs, rhs)]
    for power in range(first % step, first + 1, step):
        coefficient = sp.diff(f, x, power).subs(x, 0) / sp.factorial(power)
        premises.append(equal(coefficient, initial if power == first else sp.Integer(0)))
    if step == 2:
        premises.append(equal(f.subs(x, -x), (-1) ** first * f))
    statement = sp.Eq(f, sp.Sum(term * x ** (step * n + first), (n, 0, sp.oo)), evaluate=False)
    rows = (sp.Lt(-radius, x, evaluate=False), sp.Lt(x, radius, evaluate=False))
    return make(
        statement,
        (*given, *rows),
        premises=tuple(premises),
        notes=("a power series is differentiated term by term", "the ratio test"),
    )


def _operate(
    poly: sp.Expr, n: sp.Symbol, f: sp.Expr, x: sp.Symbol, step: int, first: int
) -> sp.Expr:
    """poly(m) f for m = (x d/dx - first)/step, which maps x**(step*n + first) to n times it."""
    total, power = sp.Integer(0), f
    for k, c in enumerate(reversed(sp.Poly(poly, n).all_coeffs())):
        if k:
            power = (x * sp.diff(power, x) - first * power) / step
        total += c * power
    return total


@tactic()
def prove_series_comparison(greater: Proof, smaller: Proof | None, terms: Proof) -> Proof:
    """From f = sum a_n x^e, g = sum b_n x^e and a_n >= b_n to f >= g for 0 <= x < radius.

    Args:
        greater, smaller: Proofs of `prove_series` with the same exponents; without `smaller`,
            g = 0.
        terms: a Proof of `a_n >= b_n` (or `a_n >= 0`), or with >, in exactly these terms.

    Raises:
        TypeError: the Proofs do not fit.
    """
    f, a, exponents = _series(greater)
    g, b = sp.Integer(0), sp.Integer(0)
    if smaller is not None:
        g, b, other = _series(smaller)
        if other != exponents:
            raise TypeError(f"the series have different powers: {exponents} and {other}")
    relation = terms.statement
    if not isinstance(relation, sp.Ge | sp.Gt) or (relation.lhs, relation.rhs) != (a, b):
        raise TypeError(f"expected a Proof of {a} >= {b}, got {relation}")
    x, n = exponents[0], exponents[2]
    others = _for_every_index(terms, n)
    rows = (*greater.domain, *(smaller.domain if smaller else ()), *others)
    return make(
        sp.Ge(f, g, evaluate=False),
        (*rows, sp.Ge(x, 0, evaluate=False)),
        premises=tuple(p for p in (greater, smaller, terms) if p is not None),
    )


@tactic()
def prove_elasticity_increases(
    series: Proof, terms: Proof, *, without_first: bool = False
) -> tuple[Proof, Proof, Proof]:
    """From g = sum a_n x^e_n with a_n > 0 and e_n increasing, for 0 < x < radius: g > 0, the
    elasticity E = x g'/g exceeds the first exponent, and dE/dx > 0, carried out.

    E is the mean of e_n under the weights a_n x^e_n, and x dE/dx their variance.
    Args:
        series: a Proof of `prove_series` of f = sum a_n x^e_n.
        terms: a Proof of `a_n > 0` for every n >= 0, in exactly these terms.
        without_first: g is f - a_0 x^e_0, and the first exponent e_1. Otherwise g is f.

    Returns:
        The three Proofs.

    Raises:
        TypeError: the Proofs do not fit.
    """
    f, a, (x, exponent, n) = _series(series)
    relation = terms.statement
    if not isinstance(relation, sp.Gt) or (relation.lhs, relation.rhs) != (a, 0):
        raise TypeError(f"expected a Proof of {a} > 0, got {relation}")
    start = 1 if without_first else 0
    g = f - (a * x**exponent).subs(n, 0) if without_first else f
    elasticity = x * sp.diff(g, x) / g
    others = _for_every_index(terms, n)
    domain = (*series.domain, *others, sp.Lt(0, x, evaluate=False))
    statements = (
        sp.Gt(g, 0, evaluate=False),
        sp.Gt(elasticity, exponent.subs(n, start), evaluate=False),
        sp.Gt(sp.diff(elasticity, x), 0, evaluate=False),
    )
    notes = ("a power series is differentiated term by term", "a variance is positive")
    first, second, third = (
        make(s, domain, premises=(series, terms), notes=notes) for s in statements
    )
    return first, second, third


def _for_every_index(terms: Proof, n: sp.Symbol) -> tuple[sp.Basic, ...]:
    """What the Proof asks of other symbols; TypeError when it asks more of n than n >= 0."""
    start = sp.Ge(n, 0, evaluate=False)
    if rows := [row for row in terms.domain if row.has(n) and row != start]:
        raise TypeError(f"expected a Proof for every {n} >= 0, got one on {rows[0]}")
    return tuple(row for row in terms.domain if row != start)


def _series(proof: Proof) -> tuple[sp.Expr, sp.Expr, tuple[sp.Symbol, sp.Expr, sp.Symbol]]:
    """f, the term, and (x, exponent, index) of a Proof made by `prove_series`."""
    if proof.tactic != "prove_series":
        raise TypeError(f"expected a Proof of prove_series, got one of {proof.tactic}")
    total = proof.statement.rhs
    ((n, _, _),) = total.limits
    (x,) = (row.lhs for row in proof.domain[-1:])
    factors = sp.Mul.make_args(total.function)
    for factor in factors:
        base, exponent = factor.as_base_exp()
        if base == x:
            term = sp.Mul(*(other for other in factors if other != factor))
            return proof.statement.lhs, term, (x, exponent, n)
    raise TypeError("the series has no power of its variable")
