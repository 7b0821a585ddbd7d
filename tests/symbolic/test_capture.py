"""Attacks on the rules that put Proofs together: each of these once proved something false."""

import pytest
import sympy as sp

from implicitbias.symbolic import (
    Proof,
    Undecided,
    by_cases,
    discharge,
    instantiate,
    jensen,
    kkt,
    midpoint,
    never_above_its_start,
    prove_by_shift,
    prove_identity,
    prove_implication,
    prove_nonnegative,
    prove_series,
    rename,
    single_le_sum,
)

x, y, t, p, u, v = sp.symbols("x y t p u v", real=True)
end = sp.Symbol("T", positive=True)
i, j, n, d, N = sp.symbols("i j n d N", integer=True, positive=True)
g, h = sp.Function("g", real=True), sp.Function("h", real=True)
slope = sp.Derivative(g(t), t)
b, c, X, beta, nu = (sp.IndexedBase(name, real=True) for name in ("b", "c", "X", "beta", "nu"))


def ge(left: sp.Expr, right: sp.Expr | int) -> sp.Ge:
    return sp.Ge(left, right, evaluate=False)


def falling(*more: sp.Basic) -> Proof:
    """g(T) <= g(0) where g' <= 0 for every t."""
    down = sp.Le(slope, 0, evaluate=False)
    return never_above_its_start(prove_implication([*more, down], down), g(t), t, end)


def test_a_value_with_the_variable_of_a_derivative_is_refused():
    # At p = t it would say that the derivative of t^3 is t^2.
    with pytest.raises(TypeError, match="bound variable t"):
        instantiate(prove_identity(sp.Derivative(p**2 * t, t), p**2), {p: t})


def test_a_symbol_that_stands_for_all_of_its_values_is_not_given_one():
    with pytest.raises(TypeError, match="every value"):
        instantiate(falling(), {t: sp.Integer(0)})  # false for g = t^2
    with pytest.raises(TypeError, match="all of its values"):
        rename(falling(), t, g(0))


def test_what_cancels_in_a_hypothesis_may_still_be_undefined():
    other_than_0 = sp.Ne(x, 0, evaluate=False)
    first = prove_implication([ge(1 / x + y, 1 / x)], other_than_0)
    second = prove_implication([ge(1 / x, 1 / x + y)], other_than_0)
    with pytest.raises(Undecided, match="x is not zero"):
        by_cases([first, second], [])
    shown = prove_by_shift(sp.Gt(y**2 + 1, y**2, evaluate=False), [sp.Ge(y, 0)])
    above = prove_implication([sp.Gt(1 / x + 1, 1 / x, evaluate=False)], other_than_0)
    with pytest.raises(TypeError, match="domain of the Proof has no"):
        discharge(above, shown)


def test_cases_of_functions_are_not_cases_for_every_argument():
    up, down = falling(ge(h(t), 0)), falling(sp.Le(h(t), 0, evaluate=False))
    with pytest.raises(TypeError, match="of functions"):
        by_cases([up, down], [sp.Le(slope, 0, evaluate=False)])


def test_convexity_has_to_be_on_an_interval():
    # x < 0 or 1 < x < 5: not convex from one side to the other.
    rows = [sp.Lt(x, x**2, evaluate=False), sp.Lt(x, 5, evaluate=False)]
    convex = prove_implication(rows, ge(x**2 - x, 0))
    with pytest.raises(TypeError, match="interval"):
        midpoint(convex, x**4 / 12 - x**3 / 6, x, u, v)


def test_the_index_of_a_rule_is_its_own():
    weighted = prove_implication([ge(c[i], 0)], ge(2 * c[i], 0))
    with pytest.raises(TypeError, match="must be new"):
        jensen(weighted, c[i] * x**2, x, b, i, d)
    square = prove_nonnegative(sp.Derivative(x**2, (x, 2)), x)
    with pytest.raises(TypeError, match="names of their own"):
        kkt(square, x**2, x, X, beta, b, nu, sp.Integer(1), (i, N), (i, d))
    positive = prove_by_shift(sp.Gt(i, 0, evaluate=False), [sp.Ge(i, 1, evaluate=False)])
    with pytest.raises(TypeError, match="other than through entries"):
        single_le_sum(positive, i, i, d, j)


def test_a_series_asks_for_strict_bounds():
    k = sp.Symbol("k", integer=True)
    with pytest.raises(ValueError, match="strict"):
        prove_series((p**2 + p) / p / (1 - x), x, p + 1, k, [ge(p, 0)])  # 0/0 at p = 0
