"""The cut and the renaming: what they conclude, and what they turn away."""

import pytest
import sympy as sp

from implicitbias.symbolic import (
    Refuted,
    Undecided,
    by_cases,
    discharge,
    instantiate,
    prove_implication,
    prove_nonnegative,
    prove_positive,
    rename,
    sum_le_sum,
    times,
)

x, y = sp.symbols("x y", real=True)
c, e = sp.symbols("c e", positive=True)
i, d = sp.symbols("i d", integer=True, positive=True)
beta = sp.IndexedBase("beta", real=True)
tangent = prove_nonnegative(x - 1 - sp.log(x), x, 0)  # on 0 < x
squares = sum_le_sum(prove_nonnegative(x**2, x), x, beta[i], i, d)
total = sp.Sum(beta[i] ** 2, (i, 1, d))


def test_what_is_shown_is_no_longer_assumed() -> None:
    large = prove_implication([sp.Gt(x, y), sp.Gt(y, 1)], sp.Gt(x, 0))
    proof = discharge(tangent, large)
    assert proof.statement == tangent.statement
    assert proof.domain == (sp.Gt(x, y), sp.Gt(y, 1))
    assert large in proof.premises


def test_a_strict_relation_shows_the_other_and_not_the_other_way_round() -> None:
    root = prove_implication([sp.Ge(x, 0), sp.Ge(y, 0)], sp.Ge(x + y, 0))
    strict = prove_implication([sp.Gt(x, 1)], sp.Gt(x, 0))
    assert sp.Gt(x, 1) in discharge(root, strict).domain
    weak = prove_implication([sp.Ge(x, 2)], sp.Ge(x, 0))
    with pytest.raises(TypeError, match="the domain of the Proof has no x >= 0"):
        discharge(tangent, weak)


def test_a_circle_keeps_an_assumption() -> None:
    """x > 0 from y > 0 and y > 0 from x > 0: one of them stays."""
    first = prove_implication([sp.Gt(y, 0), sp.Gt(x, y)], sp.Gt(x, 0))
    second = prove_implication([sp.Gt(x, 0), sp.Gt(y, x)], sp.Gt(y, 0))
    proof = discharge(tangent, first, second)
    assert proof.domain == (sp.Gt(x, y), sp.Gt(x, 0), sp.Gt(y, x))


def test_norm_gets_a_name() -> None:
    proof = rename(squares, c, total)
    assert proof.statement == sp.Ge(c, 0, evaluate=False)
    assert proof.domain == (*squares.domain, sp.Eq(c, total))


def test_what_a_sum_binds_is_not_renamed() -> None:
    with pytest.raises(TypeError, match="bound variable"):
        rename(squares, c, beta[i] ** 2)
    with pytest.raises(TypeError, match="bound variable"):
        rename(squares, i, total)
    with pytest.raises(TypeError, match="the statement has no"):
        rename(squares, c, sp.Sum(beta[i], (i, 1, d)))
    with pytest.raises(TypeError, match="must be a real symbol"):
        rename(squares, sp.Symbol("w"), total)


def test_a_size_may_stand_in_a_value() -> None:
    proof = instantiate(tangent, {x: c / d})
    assert proof.statement == sp.Ge(c / d - sp.log(c / d) - 1, 0, evaluate=False)
    assert not proof.statement.atoms(sp.Dummy)
    assert not any(row.atoms(sp.Dummy) for row in proof.domain)
    with pytest.raises(Undecided):
        instantiate(prove_nonnegative(x**2, x), {x: 1 / (d - 3)})


def test_a_size_in_an_implication_is_at_least_1() -> None:
    assert prove_implication([sp.Lt(e, d)], sp.Gt(d + d * e, e, evaluate=False))
    assert prove_implication([], sp.Ge(d**2, d, evaluate=False))
    with pytest.raises(Undecided, match="no integer"):
        prove_implication([sp.Gt(d, 1), sp.Lt(d, 2)], sp.Gt(d, 5))


def test_strict_positivity_of_a_size() -> None:
    proof = instantiate(prove_positive(sp.exp(x) - x, x), {x: sp.log(e) + d})
    assert sp.Lt(0, e, evaluate=False) in proof.domain


h = (1 - x) ** -c - (1 + x) ** -c


def test_cases_have_to_cover() -> None:
    right = prove_positive(x * h, x, 0, 1)
    left = prove_positive(x * h, x, -1, 0)
    inside = [sp.Lt(-1, x, evaluate=False), sp.Lt(x, 1, evaluate=False)]
    with pytest.raises(Refuted):  # 0 is missing, rightly
        by_cases([left, right], inside)
    assert by_cases([left, right], [*inside, sp.Ne(x, 0)]).statement == right.statement
    with pytest.raises(TypeError, match="in common"):
        by_cases([right, prove_positive(h, x, 0, 1)], inside)
    with pytest.raises(Refuted):
        by_cases([right], inside)
    entries = sum_le_sum(right, x, beta[i], i, d)
    others = sum_le_sum(left, x, beta[i], i, d)
    rows = [sp.Lt(-1, beta[i]), sp.Lt(beta[i], 1), sp.Ne(beta[i], 0)]
    with pytest.raises(TypeError, match="speak of entries"):
        by_cases([entries, others], rows)
    half = [sp.Lt(0, beta[i]), sp.Lt(beta[i], sp.Rational(1, 2))]
    assert set(half) <= set(by_cases([entries], half).domain)


def test_two_cases_are_all() -> None:
    wanted = sp.Ge(x**2 + x * y, 0, evaluate=False)
    rows = sp.Ge(x, 0), sp.Le(x, 0), sp.Ge(y, 0), sp.Le(y, 0)
    first = prove_implication([rows[0], rows[2]], wanted)
    second = prove_implication([rows[1], rows[3]], wanted)
    assert by_cases([first, second], [rows[2], rows[3]]).domain == (rows[2], rows[3])


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (sp.Gt(x, 0), sp.Lt(x, 0)),  # 0 is missing
        (sp.Ge(x, 0), sp.Le(x, -1)),
        (sp.Ge(x, 0), sp.Ge(x, 1)),
        (sp.Ge(sp.log(x), 0), sp.Le(sp.log(x), 0)),  # not defined below 0
        (sp.Ge(beta[i], 0), sp.Le(beta[i], 0)),  # of every entry
    ],
)
def test_two_cases_that_are_not_all(first: sp.Basic, second: sp.Basic) -> None:
    wanted = sp.Ge(y**2, 0, evaluate=False)
    with pytest.raises((TypeError, Refuted)):
        by_cases([prove_implication([row], wanted) for row in (first, second)], [])
    with pytest.raises(TypeError, match="in common"):
        by_cases([squares, tangent], [])


def test_product_with_what_has_a_sign() -> None:
    proof = times(tangent, prove_positive(sp.exp(y), y))
    assert proof.statement == sp.Ge((x - 1 - sp.log(x)) * sp.exp(y), 0, evaluate=False)
    assert proof.domain == tangent.domain
    with pytest.raises(TypeError, match="c >= 0"):
        times(tangent, prove_implication([sp.Gt(y, 2)], sp.Gt(y, 1)))
    with pytest.raises(TypeError, match="c >= 0"):
        times(tangent, prove_implication([sp.Lt(y, -1)], sp.Lt(y, 0)))


def test_symbol_of_the_domain_alone_may_have_a_value() -> None:
    order = prove_implication([sp.Ge(x, 0), sp.Eq(x, 2 * y)], sp.Ge(y, 0))
    assert instantiate(order, {x: c - e}).domain[:2] == (sp.Ge(c - e, 0), sp.Eq(c - e, 2 * y))
