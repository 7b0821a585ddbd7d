"""The traps of the exact road, part by part: each has come back proved somewhere before."""

import flint
import pytest
import sympy as sp

from implicitbias.symbolic import (
    Proof,
    Refuted,
    Undecided,
    prove_nonnegative,
    prove_positive,
)
from implicitbias.symbolic.engine import sign
from implicitbias.symbolic.engine.changes import Change, changes
from implicitbias.symbolic.engine.expansion import End, leading
from implicitbias.symbolic.engine.generators import Field, bases
from implicitbias.symbolic.engine.sign_tables import Point, SignIsolator, merge, simplest_between

x = sp.Symbol("x", real=True)
R, oo = sp.Rational, sp.oo
Q = flint.fmpq
nudge = R(1, 10**10)
q = 2 - sp.sqrt(4 + x**2) + x * sp.asinh(x / 2)


# -- preprocessing --------------------------------------------------------------------------------


def test_float_that_sympy_hides_is_refused() -> None:
    for expr in (sp.Float("0.1") * x, x + 0.5, sp.exp(0.5 * x)):
        with pytest.raises(TypeError, match="a float is not exact"):
            prove_nonnegative(expr, x, 0, 1)
    with pytest.raises(ValueError, match="rational"):
        prove_nonnegative(x, x, 0.0, 1)
    with pytest.raises(ValueError, match="rational"):
        prove_nonnegative(x, x, sp.sqrt(2), 2)


def test_symbol_that_is_not_real_is_refused() -> None:
    w = sp.Symbol("w")
    with pytest.raises(TypeError, match="must be real"):
        prove_nonnegative(sp.sqrt(w**2), w)


def test_statement_is_the_one_that_was_decided() -> None:
    """sympy cancels x**2/x before any tactic sees it, so the Proof is about what is left."""
    assert prove_nonnegative(x**2 / x + 2, x, -1, 1).statement.lhs == x + 2
    unevaluated = sp.Mul(x**2, 1 / x, evaluate=False) + 2
    with pytest.raises(Refuted) as caught:
        prove_nonnegative(unevaluated, x, -1, 1)
    assert caught.value.point == {x: 0}


@pytest.mark.parametrize("expr", [x ** R(1, 3), (x**3) ** R(1, 3), sp.sqrt(x), (-x) ** R(3, 2)])
def test_root_of_a_negative_is_not_real(expr: sp.Expr) -> None:
    with pytest.raises(Refuted, match="not real"):
        prove_nonnegative(10 + expr, x, -2, 2)


def test_even_root_of_a_square_is_the_absolute_value() -> None:
    assert prove_nonnegative(sp.Pow(x**2, R(1, 2), evaluate=False) - x, x)
    with pytest.raises(Refuted):
        prove_nonnegative(x - sp.Pow(x**2, R(1, 2), evaluate=False), x)


# -- flint ----------------------------------------------------------------------------------------


def test_nan_ball_shows_no_sign() -> None:
    field = Field((None, None))
    t = field.symbols[0]
    log = field.log(t)  # not positive on all of R: only the ball is asked here
    assert field.sign_at(log, Q(-1)) == 0
    assert field.sign_over(log, Q(-1), Q(1)) == 0
    assert field.sign_over(t**2, Q(-1), Q(1)) == 0


def test_numbers_are_not_factored_forever() -> None:
    composite = (10**40 + 121) * (10**41 + 9)
    assert [p**k for p, k in bases(flint.fmpz(12))] == [4, 3]
    assert dict(bases(flint.fmpz(composite))).keys() != {2}


def test_roots_are_isolated_and_rational_ones_exact() -> None:
    field = Field((None, None))
    t = field.symbols[0]
    table = SignIsolator(field).table((3 * t - 1) * (t**2 - 2) * (t**2 + 1))
    assert table.signs == (-1, 1, -1, 1)
    assert [p.exact for p in table.points] == [False, True, False]
    assert table.points[1].lo == Q(1, 3)
    for p in (table.points[0], table.points[2]):
        assert p.lo**2 != p.hi**2
        assert min(p.lo**2, p.hi**2) < 2 < max(p.lo**2, p.hi**2)


def test_even_powers_do_not_change_the_sign() -> None:
    field = Field((None, None))
    t = field.symbols[0]
    table = SignIsolator(field).table((t - 1) ** 2 * (t - 2) ** 3)
    assert table.signs == (-1, -1, 1)


# -- expansions -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("at", "side", "sign", "power"),
    [(Q(0), 1, 1, 1), (Q(1), 1, 1, 0), (None, -1, 1, -1), (None, 1, -1, -1)],
)
def test_leading_term_of_the_variable(at: Q | None, side: int, sign: int, power: int) -> None:
    field = Field((None, None))
    found = leading(field, field.symbols[0], End(at, side))
    assert (found.sign, found.power) == (sign, power)


def test_leading_term_survives_deep_cancellation() -> None:
    """log(1 + t) - (t - t^2/2 + .. - t^20/20) = t^21/21 - .. at 0."""
    field = Field((Q(0), None))
    t = field.symbols[0]
    poly = field.log(1 + t)
    for k in range(1, 21):
        poly += Q((-1) ** k, k) * t**k
    found = leading(field, poly, End(Q(0), 1))
    assert (found.sign, found.power) == (1, 21)
    assert leading(field, -poly, End(Q(0), 1)).sign == -1


def test_vanishing_expansion_is_undecided() -> None:
    """log(2 t) - log(t) - log 2 is 0, which no expansion of finite order shows."""
    field = Field((Q(0), None))
    t = field.symbols[0]
    zero = field.log(2 * t) - field.log(t) - field.log(field.constant(2))
    with pytest.raises(Undecided):
        leading(field, zero, End(Q(1), 1))
    with pytest.raises(Undecided):
        SignIsolator(field).table(zero)


def test_exponential_that_dominates_hides_nothing() -> None:
    """exp(-t) decides only when every power beside it cancels."""
    for expr, tactic in (
        (sp.exp(-x) + x * sp.exp(-2 * x), prove_positive),
        (sp.log(1 + sp.exp(x)) - x, prove_positive),
    ):
        assert tactic(expr, x, 0, oo)
    with pytest.raises(Refuted):
        prove_positive(sp.exp(-x) - sp.exp(-2 * x) * 10**6, x, 0, oo)
    with pytest.raises(Refuted):
        prove_nonnegative(sp.sqrt(1 + sp.exp(-x)) - 1 - sp.exp(-x) / 2, x, 0, oo)


# -- the pieces -----------------------------------------------------------------------------------


def test_points_that_overlap_are_no_longer_clean() -> None:
    a, b = Point(Q(0), Q(2), True), Point(Q(1), Q(3), True)
    (joined,) = merge([b, a])
    assert (joined.lo, joined.hi, joined.clean) == (0, 3, False)
    (same,) = merge([Point(Q(1), Q(1), True), Point(Q(1), Q(1), False)])
    assert same.clean
    assert same.zero


@pytest.mark.parametrize(
    ("lo", "hi", "simple"),
    [(Q(1, 3), Q(1, 2), Q(2, 5)), (Q(-1), Q(1), 0), (Q(2), Q(3), Q(5, 2)), (Q(-3), Q(-1), -2)],
)
def test_simplest_rational_between(lo: Q, hi: Q, simple: Q) -> None:
    assert simplest_between(lo, hi) == simple


def test_roots_that_depend_on_one_another_prove_nothing() -> None:
    nested = sp.sqrt(5 + 2 * sp.sqrt(6)) - sp.sqrt(2) - sp.sqrt(3)  # 0
    for factor in (1, -1):
        with pytest.raises(Undecided):
            prove_positive(factor * nested + 0 * x, x, 0, 1)


def test_mirrored_change_of_variable_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """A true statement proved on the wrong interval: the cross-check compares the two sides."""

    def mirrored(*args: object) -> list[Change]:
        change = changes(*args)[0]
        return [
            Change(
                "mirrored", change.image, change.interval, lambda t: -change.ball(t), change.exact
            )
        ]

    statement = (x**2 / 4 - q + x, x, 0, oo)
    assert isinstance(prove_nonnegative(*statement), Proof)
    monkeypatch.setattr(sign, "changes", mirrored)
    with pytest.raises(Undecided, match="leaves the interval"):
        prove_nonnegative(*statement)
    with pytest.raises(Undecided, match="differs"):
        prove_nonnegative(statement[0], x)


def test_every_piece_is_decided() -> None:
    """|x^3 - x| has three zeros: the sign is wrong on the last of four pieces only."""
    expr = sp.Abs(x**3 - x) + 1
    assert prove_positive(expr, x)
    with pytest.raises(Refuted) as caught:
        prove_nonnegative(10 - expr, x, -1, oo)
    assert caught.value.point[x] > 2


def test_point_between_two_pieces_counts_when_the_claim_is_strict() -> None:
    assert prove_nonnegative(sp.Abs(x - 1), x)
    with pytest.raises(Refuted) as caught:
        prove_positive(sp.Abs(x - 1), x)
    assert caught.value.point == {x: 1}


def test_zero_at_an_irrational_point_is_left_open() -> None:
    assert prove_nonnegative((x**2 - 2) ** 2, x)
    with pytest.raises(Undecided):
        prove_positive((x**2 - 2) ** 2, x)
    with pytest.raises(Undecided):
        prove_nonnegative(1 / (x**2 - 2) ** 2, x)


def test_two_scales_of_asinh() -> None:
    assert prove_nonnegative(4 * q - q.subs(x, 2 * x), x)
    with pytest.raises(Refuted):
        prove_nonnegative((4 - nudge) * q - q.subs(x, 2 * x), x)
