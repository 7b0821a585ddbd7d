"""Symbolic parameters: shifts, hypergeometric terms, power series."""

import pytest
import sympy as sp

from implicitbias.symbolic import (
    Refuted,
    Undecided,
    prove_by_shift,
    prove_elasticity_increases,
    prove_series,
    prove_series_comparison,
    prove_terms_nonnegative,
)
from implicitbias.symbolic.engine.hypergeometric import term_ratio
from tests.symbolic.by_hand import by_hand

s, y = sp.symbols("s y", real=True)
p = sp.Symbol("p", positive=True)
k, n = sp.symbols("k n", integer=True, nonnegative=True)
nudge = sp.Rational(1, 10**10)
K, P = sp.Ge(k, 0, evaluate=False), sp.Gt(p, 1)
h = (1 - s) ** -p - (1 + s) ** -p
odd = 2 * sp.rf(p, 2 * n + 1) / sp.factorial(2 * n + 1)
ratio = (p + 2 * k + 1) * (p + 2 * k + 2) / ((2 * k + 2) * (2 * k + 3))
bound = (p + 1) * (p + 2) / 2  # c_{k+1} <= 3 c_1 c_k with c_1 = (p+1)(p+2)/6


def test_ratio_of_the_coefficients_is_bounded() -> None:
    proof = prove_by_shift(sp.Le(ratio, bound), [K, P])
    assert proof.domain == (K, P)


@pytest.mark.parametrize(
    "relation",
    [
        sp.Lt(ratio, bound),  # equal at k = 0 only in the limit p -> 1: strict inside
        sp.Gt(p * k + p - 1, 0),
        sp.Ge(1 / (k + p) + k, 0, evaluate=False),
        sp.Ge(k**2 + 2 * k * p - 2 * k, 0),
    ],
)
def test_shift_proves(relation: sp.Basic) -> None:
    assert prove_by_shift(relation, [K, P]).statement == relation


@pytest.mark.parametrize(
    "relation",
    [
        sp.Le(ratio, bound * (1 - nudge) / 3),
        sp.Gt(k * p, 0, evaluate=False),
        sp.Ge(k - 1, 0, evaluate=False),
        sp.Ge(10**6 - p, 0),
        sp.Ge(p - 1 - nudge, 0),
    ],
)
def test_shift_refutes_at_a_point(relation: sp.Basic) -> None:
    with pytest.raises(Refuted) as caught:
        prove_by_shift(relation, [K, P])
    assert relation.subs(caught.value.point) == sp.false


def test_shift_leaves_the_rest_undecided() -> None:
    with pytest.raises(Undecided):  # true, with a negative coefficient
        prove_by_shift(sp.Ge((p - 2) ** 2, 0, evaluate=False), [P])
    with pytest.raises(Undecided):  # a pole inside
        prove_by_shift(sp.Ge(1 / (2 * p - 7) ** 2, 0, evaluate=False), [P])


def test_pole_common_to_both_sides_is_seen() -> None:
    pole = 1 / (p - 2)
    with pytest.raises(Undecided, match="p - 2 may be zero"):
        prove_by_shift(sp.Ge(pole + p, pole, evaluate=False), [P])
    cancelled = sp.Mul(n - 3, 1 / (n - 3), 1 / sp.factorial(n), evaluate=False)
    with pytest.raises(Undecided, match="n - 3 may be zero"):
        prove_terms_nonnegative(cancelled, n)


@pytest.mark.parametrize(
    ("relation", "given", "message"),
    [
        (sp.Ge(p * k, 0, evaluate=False), [P], "no lower bound is given for k"),
        (sp.Ge(p, 0.5), [P], "a float is not exact"),
        (sp.Eq(p, k), [P, K], "expected an inequality"),
        (sp.Ge(p, 1), [P, sp.Ge(p, 2)], "one bound for every symbol"),
        (sp.Ge(p, 1), [sp.Lt(p, 2)], "a bound is"),
    ],
)
def test_bad_shift_is_refused(relation, given, message: str) -> None:
    with pytest.raises(TypeError, match=message):
        prove_by_shift(relation, given)


TERMS = [
    sp.rf(p, n) / sp.factorial(n),
    odd,
    sp.binomial(p + 2 * n, 2 * n + 1) / p,
    3**n / (n + p) ** 2,
    sp.gamma(n + p) / sp.gamma(n + p + 3),
    sp.factorial(3 * n) / sp.factorial(n) ** 3,
]


@pytest.mark.parametrize("term", TERMS)
def test_ratio_of_a_term_agrees_with_numbers(term: sp.Expr) -> None:
    for m in (0, 1, 4):
        numbers = {p: sp.Rational(7, 2)}
        here, there = (term.subs(numbers).subs(n, j) for j in (m, m + 1))
        by_rule = term_ratio(term, n).subs(numbers).subs(n, m)
        assert abs(sp.N(there / here / by_rule - 1, 30)) < 1e-25


def test_ratio_of_another_term_is_undecided() -> None:
    for term in (sp.sin(n), n**n, sp.factorial(n**2), p ** (n**2)):
        with pytest.raises(Undecided):
            term_ratio(term, n)


def test_terms_are_nonnegative() -> None:
    assert prove_terms_nonnegative(odd, n, [P]).statement == sp.Ge(odd, 0, evaluate=False)
    assert prove_terms_nonnegative(odd, n, [P], strict=True)
    with pytest.raises(Refuted):
        prove_terms_nonnegative(-odd, n, [P])
    with pytest.raises(Refuted):
        prove_terms_nonnegative((-1) ** n / sp.factorial(n), n)
    with pytest.raises(Undecided, match="gamma function at a pole"):
        prove_terms_nonnegative(sp.factorial(n - 1), n)


SERIES = {
    "binomial": ((1 - s) ** -p, sp.rf(p, n) / sp.factorial(n), [P], {}),
    "h": (h, odd, [P], {"step": 2, "first": 1}),
    "h by binomials": (h, 2 * sp.binomial(p + 2 * n, 2 * n + 1), [P], {"step": 2, "first": 1}),
    "h from its cubic on": (
        h - 2 * p * s,
        2 * sp.rf(p, 2 * n + 3) / sp.factorial(2 * n + 3),
        [P],
        {"step": 2, "first": 3},
    ),
    "exp from its square on": (sp.exp(s) - 1 - s, 1 / sp.factorial(n + 2), [], {"first": 2}),
    "exp": (sp.exp(s), 1 / sp.factorial(n), [], {"radius": 100}),
    "cosh": (sp.cosh(s), 1 / sp.factorial(2 * n), [], {"step": 2}),
    "atanh": (sp.atanh(s), 1 / (2 * n + 1), [], {"step": 2, "first": 1}),
    "geometric": (1 / (1 - 2 * s), 2**n, [], {"radius": sp.Rational(1, 2)}),
}
NOT_SERIES = {
    "a term before the first": (
        sp.exp(s) - 1 - (1 + nudge) * s,
        1 / sp.factorial(n + 2),
        [],
        {"first": 2},
    ),
    "first too small": (sp.exp(s) - 1 - s, 1 / sp.factorial(n + 1), [], {"first": 1}),
    "exponent nudged": ((1 - s) ** (-p - nudge), sp.rf(p, n) / sp.factorial(n), [P], {}),
    "factor": (h, odd * (1 + nudge), [P], {"step": 2, "first": 1}),
    "even for odd": (h, 2 * sp.rf(p, 2 * n) / sp.factorial(2 * n), [P], {"step": 2}),
    "exp for cosh": (sp.exp(s), 1 / sp.factorial(2 * n), [], {"step": 2}),
    "shifted": (sp.exp(s) + nudge, 1 / sp.factorial(n), [], {}),
    "radius too large": (1 / (1 - 2 * s), 2**n, [], {"radius": 1}),
    "wrong by a solution": (sp.exp(s) + 0 * s, 2 / sp.factorial(n), [], {}),
    "terms with a pole": (sp.exp(s), 1 / (n - 3), [], {}),
}


@pytest.mark.parametrize("name", SERIES)
def test_series_is_proved(name: str) -> None:
    f, term, given, options = SERIES[name]
    proof = prove_series(f, s, term, n, given, **options)
    total = proof.statement.rhs
    assert proof.statement.lhs == f
    numbers = {p: sp.Rational(5, 2), s: sp.Rational(1, 7)}
    partial = sum(total.function.subs(numbers).subs(n, m) for m in range(60))
    assert abs(sp.N(f.subs(numbers) - partial, 40)) < 1e-25


@pytest.mark.parametrize("name", NOT_SERIES)
def test_other_series_is_not_proved(name: str) -> None:
    f, term, given, options = NOT_SERIES[name]
    with pytest.raises((Refuted, Undecided)):
        prove_series(f, s, term, n, given, **options)


def test_series_with_nonnegative_terms_is_nonnegative() -> None:
    series = prove_series(h, s, odd, n, [P], step=2, first=1)
    terms = prove_terms_nonnegative(odd, n, [P])
    proof = prove_series_comparison(series, None, terms)
    assert proof.statement == sp.Ge(h, 0, evaluate=False)
    assert sp.Ge(s, 0, evaluate=False) in proof.domain
    other = prove_terms_nonnegative(1 / sp.factorial(n), n)
    with pytest.raises(TypeError, match="expected a Proof of"):
        prove_series_comparison(series, None, other)
    with pytest.raises(TypeError, match="prove_series"):
        prove_series_comparison(terms, None, terms)
    cosh = prove_series(sp.cosh(s), s, 1 / sp.factorial(2 * n), n, step=2)
    with pytest.raises(TypeError, match="different powers"):
        prove_series_comparison(series, cosh, terms)


def test_elasticity_of_a_series_increases() -> None:
    term = 1 / sp.factorial(2 * n)
    cosh = prove_series(sp.cosh(s), s, term, n, step=2, radius=100)
    positive = prove_terms_nonnegative(term, n, strict=True)
    for rest, first, (value, above, slope) in (
        (sp.cosh(s), 0, prove_elasticity_increases(cosh, positive)),
        (sp.cosh(s) - 1, 2, prove_elasticity_increases(cosh, positive, without_first=True)),
    ):
        elasticity = s * sp.diff(rest, s) / rest
        assert value.statement == sp.Gt(rest, 0, evaluate=False)
        assert above.statement == sp.Gt(elasticity, first, evaluate=False)
        assert slope.statement.lhs == sp.diff(elasticity, s)
        assert sp.Lt(0, s, evaluate=False) in slope.domain
        for point in (sp.Rational(1, 9), 1, 50):
            assert sp.N(elasticity.subs(s, point) - first, 30) > 0
            assert sp.N(sp.diff(elasticity, s).subs(s, point), 30) > 0
    weak = prove_terms_nonnegative(term, n)
    other = prove_terms_nonnegative(1 / sp.factorial(n), n, strict=True)
    for terms in (weak, other):
        with pytest.raises(TypeError, match="expected a Proof of"):
            prove_elasticity_increases(cosh, terms)
    with pytest.raises(TypeError, match="prove_series"):
        prove_elasticity_increases(positive, positive)


def ge(left: sp.Expr, right: sp.Expr | int) -> sp.Ge:
    return sp.Ge(left, right, evaluate=False)


root = sp.sqrt(-y - 1)


@pytest.mark.parametrize(
    "relation",
    [
        ge(y + sp.log(s), sp.log(s)),  # not defined for s < 0
        ge(y + sp.sqrt(y - 1), sp.sqrt(y - 1)),
        ge(sp.Mul(root, root, root, root, evaluate=False), 0),
        ge(y + sp.I, sp.I),
    ],
)
def test_shift_sees_what_cancels(relation: sp.Basic) -> None:
    with pytest.raises(Undecided, match="not a rational function"):
        prove_by_shift(relation, [ge(y, 0)])


@pytest.mark.parametrize(
    "index",
    [
        sp.Symbol("t", real=True),
        sp.Symbol("m", integer=True, positive=True),  # begins at 1
        sp.Symbol("m", integer=True, negative=True),
    ],
)
def test_an_index_is_an_integer_from_0_on(index: sp.Symbol) -> None:
    with pytest.raises(TypeError, match="integer=True"):
        prove_terms_nonnegative(2**index, index)
    with pytest.raises(TypeError, match="integer=True"):
        prove_series(1 / (1 - s), s, (-1) ** (2 * index), index)
    with pytest.raises(TypeError, match="runs from 0"):
        prove_terms_nonnegative(2**n, n, [sp.Ge(n, 3)])


@pytest.mark.parametrize(
    ("term", "given"),
    [
        # 0 * oo at y = 0, and not real below
        (sp.Mul(y ** (n + nudge), y ** (-n), evaluate=False), [ge(y, 0)]),
        (sp.Mul((y - 5) ** (n + 2), (y - 5) ** (-n), evaluate=False), [ge(y, 0)]),
        (1 / (sp.factorial(n) - 1), []),
        (1 / (n - 3) ** 2, []),
        (sp.binomial(3, n), []),
        (sp.sin(y) ** 2 / sp.factorial(n), [ge(y, 0)]),
    ],
)
def test_terms_have_to_be_defined(term: sp.Expr, given) -> None:
    with pytest.raises(Undecided):
        prove_terms_nonnegative(term, n, given)


def test_the_variable_of_a_series_is_not_in_its_terms() -> None:
    """sum of x^k x^k / k! is exp(x^2), not exp(x^2/2)."""
    with pytest.raises(TypeError, match="stands in a term"):
        prove_series(sp.exp(s**2 / 2), s, s**k / sp.factorial(k), k)


def test_the_variable_of_a_series_has_no_sign() -> None:
    """exp(sqrt x) solves the equation of sum x^n / (2n)! on x > 0 as well, from 1 at 0."""
    with pytest.raises(TypeError, match="has a sign"):
        prove_series(sp.exp(sp.sqrt(p)), p, 1 / sp.factorial(2 * n), n)


def test_terms_have_to_be_known_for_every_index() -> None:
    """sum of n - 1/2 is negative at 0, but its terms are positive from n = 1 on."""
    term = n - sp.Rational(1, 2)
    f = s / (1 - s) ** 2 - 1 / (2 * (1 - s))
    series = by_hand(sp.Eq(f, sp.Sum(term * s**n, (n, 0, sp.oo))), (s > -1, s < 1), "prove_series")
    later = prove_by_shift(sp.Gt(term, 0), [sp.Ge(n, 1)])
    for use in (
        lambda: prove_series_comparison(series, None, later),
        lambda: prove_elasticity_increases(series, later),
    ):
        with pytest.raises(TypeError, match="for every n >= 0"):
            use()
