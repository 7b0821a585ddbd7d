"""Implications: what follows is proved, what does not is refuted at a point, nothing in between."""

import pytest
import sympy as sp
import z3
from hypothesis import given, settings
from hypothesis import strategies as st

from implicitbias.symbolic import (
    Refuted,
    Undecided,
    prove_implication,
    prove_nonnegative,
)
from implicitbias.symbolic.engine.nlsat import Facts
from implicitbias.symbolic.tactics import implication

x, y = sp.symbols("x y", real=True)
a, b, e, d, p, D = sp.symbols("a b e d p D", positive=True)
f = sp.Function("f", real=True)
nudge = sp.Rational(1, 10**10)
half = sp.Rational(1, 2)

TRUE = {
    "means": ([], a**2 + b**2 >= 2 * a * b),
    "means of roots": ([], sp.sqrt(a * b) <= (a + b) / 2),
    "means of roots, strict by a nudge": ([], sp.sqrt(a * b) < (a + b) / 2 + nudge),
    "square of a root": ([x >= sp.sqrt(y)], x**2 >= y),
    "Theorem 2's factor": ([], sp.Le(4 * (1 + e), (2 + e) ** 2, evaluate=False)),
    "moved denominator": ([a >= d / (2 * e * b)], b * e >= d / (2 * a)),
    "logarithm as a name": ([a >= 2, sp.log(d) <= a], sp.log(d) / a <= 1),
    "unknown function": ([f(x) >= 2, y <= f(x)], sp.Or(y <= 2, f(x) >= y)),
    "symbolic depth": ([sp.Eq(p * (D - 2), D), D > 2], sp.Gt(p, 1, evaluate=False)),
    "cases": ([sp.Or(x > 1, x < -1)], x**2 > 1),
    "cube root": ([a ** sp.Rational(1, 3) >= 2], a >= 8),
    "a number as a bound": ([x >= sp.log(2)], x > sp.Rational(69, 100)),
    "conclusion of two": ([x > 2], sp.And(x**2 > 4, x**3 > 8)),
}
FALSE = {
    "means, strict": ([], a**2 + b**2 > 2 * a * b),
    "means of roots nudged": ([], sp.sqrt(a * b) <= (1 - nudge) * (a + b) / 2),
    "Theorem 2's factor nudged": ([e < 1], (4 + nudge) * (1 + e) <= (2 + e) ** 2),
    "moved denominator, wrong way": ([a >= d / (2 * e * b)], b * e <= d / (2 * a)),
    "beyond 1e6": ([x > 0], x <= 10**6),
    "one case forgotten": ([x**2 > 4], x > 2),
    "unknown function": ([f(x) >= 2], f(x) >= 2 + nudge),
    "square loses the sign": ([x**2 >= y**2], x >= y),
    "symbolic depth": ([sp.Eq(p * (D - 2), D), D > 2], p > 2),
    "conclusion of two": ([x > 2], sp.And(x**2 > 4, x > 2 + nudge)),
}
NEITHER = {
    "contradiction": ([x > 1, x < 0], x > 5),
    "denominator of unknown sign": ([], 1 / x + 1 > 1 / x),
    "root of unknown sign": ([], sp.sqrt(y) + 1 > 0),
    "root of unknown sign, odd": ([], sp.Pow(y, sp.Rational(1, 3)) + 1 > 0),
    "logarithm with a property it has": ([d > 1], sp.log(d) > 0),
    "irrational counterexample": ([sp.Eq(x**2, 2), x > 0], x < 1),
    "partial in a case": ([sp.Or(x > 1, 1 / x > 2)], x > 0),
}


@pytest.mark.parametrize("name", TRUE)
def test_what_follows_is_proved(name: str) -> None:
    hypotheses, conclusion = TRUE[name]
    proof = prove_implication(hypotheses, conclusion)
    assert proof.statement == conclusion
    assert set(hypotheses) <= set(proof.domain)


@pytest.mark.parametrize("name", FALSE)
def test_what_does_not_follow_is_refuted(name: str) -> None:
    hypotheses, conclusion = FALSE[name]
    with pytest.raises(Refuted) as caught:
        prove_implication(hypotheses, conclusion)
    point = caught.value.point
    assert all(h.subs(point) == sp.true for h in hypotheses)
    assert conclusion.subs(point) == sp.false


@pytest.mark.parametrize("name", NEITHER)
def test_what_is_neither_is_undecided(name: str) -> None:
    with pytest.raises(Undecided):
        prove_implication(*NEITHER[name])


def test_earlier_proofs_are_used_with_their_domains() -> None:
    tangent = prove_nonnegative(x - 1 - sp.log(x), x, 0)
    proof = prove_implication([tangent], sp.log(x) < x)
    assert proof.premises == (tangent,)
    assert tangent.domain[0] in proof.domain
    with pytest.raises(Undecided, match="name it"):
        prove_implication([tangent], sp.log(x) < x - 2)


def test_no_counterexample_is_believed_without_exact_arithmetic(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(implication, "_holds", lambda *_: True)
    with pytest.raises(Undecided, match="not confirmed"):
        prove_implication(*FALSE["beyond 1e6"])


def test_no_answer_of_the_solver_is_undecided(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Facts, "_ask", lambda *_: z3.unknown)
    with pytest.raises(Undecided):
        prove_implication(*TRUE["means"])


@pytest.mark.parametrize(
    ("hypotheses", "conclusion", "message"),
    [
        ([], x > 0.5, "a float is not exact"),
        ([x > 0.5], x > 0, "a float is not exact"),
        ([x], x > 0, "expected a relation"),
        ([], sp.Gt(sp.Symbol("w"), 0), "must be real"),
        ([], sp.Gt(sp.log(x), 0), "must be real"),
        ([], sp.Gt(sp.Symbol("n", integer=True), 0), "is an integer"),
        ([], sp.true, "evaluated the conclusion already"),
    ],
)
def test_bad_implication_is_refused(hypotheses, conclusion, message: str) -> None:
    with pytest.raises(TypeError, match=message):
        prove_implication(hypotheses, conclusion)


@settings(max_examples=25, deadline=None)
@given(*(st.integers(-4, 4) for _ in range(3)), st.integers(1, 12))
def test_minimum_of_a_parabola_is_sharp(m: int, n: int, c: int, digit: int) -> None:
    """(x - m)^2 + (y - n)^2 + c exceeds c - 10^-digit, and not c + 10^-digit."""
    value = (x - m) ** 2 + (y - n) ** 2 + c
    step = sp.Rational(1, 10**digit)
    assert prove_implication([], sp.Gt(sp.expand(value), c - step, evaluate=False))
    with pytest.raises(Refuted):
        prove_implication([], sp.Gt(sp.expand(value), c + step, evaluate=False))


def test_modulus_is_known() -> None:
    assert prove_implication([x**2 <= a**2], sp.Abs(x) <= a)
    assert prove_implication([], sp.Ge(sp.Abs(x) * sp.Abs(y), x * y, evaluate=False))
    with pytest.raises(Refuted) as caught:
        prove_implication([x <= a], sp.Abs(x) <= a)
    assert abs(caught.value.point[x]) > caught.value.point[a]
    with pytest.raises(Refuted):
        prove_implication([], sp.Ge(x, sp.Abs(x), evaluate=False))


def test_bound_names_do_not_matter() -> None:
    t, u = sp.symbols("t u", real=True)
    g = sp.Function("g", real=True)
    first, second = sp.Integral(g(t), (t, 0, x)), sp.Integral(g(u), (u, 0, x))
    assert prove_implication([first > 1, sp.Eq(y, second)], y > sp.Rational(1, 2))
    with pytest.raises(Refuted):
        prove_implication([first > 1, sp.Eq(y, second)], y > 2)
    with pytest.raises(Refuted):  # to another end, another integral
        prove_implication([first > 1, sp.Eq(y, sp.Integral(g(u), (u, 0, 2 * x)))], y > 0)
