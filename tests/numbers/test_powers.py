"""Ratios and powers of two positive numbers that may be near each other, in every system."""

from fractions import Fraction

import flint
import mpmath
import numpy as np
import pytest
import sympy
from flint import arb, fmpq
from mpmath import mpf

from implicitbias.numbers import BALLS, DIGITS, DOUBLES, EXPRESSIONS

EXPONENTS = (-1, Fraction(-1, 2), Fraction(1, 3), 2)
PAIRS = (
    (Fraction(3), Fraction(3) * (1 + Fraction(1, 2**45))),
    (Fraction(1, 2**60), Fraction(5)),
    (Fraction(7), Fraction(2)),
)
WORKING = 30


@pytest.fixture(autouse=True)
def precision():
    with mpmath.workdps(WORKING), flint.ctx.workprec(100):
        yield


def exactly(x: Fraction, y: Fraction, exponent) -> tuple[mpf, mpf]:
    with mpmath.workdps(3 * WORKING):
        x, y = (mpf(v.numerator) / v.denominator for v in (x, y))
        power = mpf(Fraction(exponent).numerator) / Fraction(exponent).denominator
        return mpmath.log(x / y), x**power - y**power


@pytest.mark.parametrize("exponent", EXPONENTS, ids=str)
@pytest.mark.parametrize("pair", PAIRS, ids=["near", "far", "apart"])
def test_all_systems_keep_the_digits(pair, exponent):
    for true, name, arguments in zip(
        exactly(*pair, exponent),
        ("log_ratio", "power_difference"),
        (pair, (*pair, exponent)),
        strict=True,
    ):
        rest = arguments[2:]
        double = getattr(DOUBLES, name)(*(np.array([float(v)]) for v in pair), *rest)[0]
        assert abs(mpf(float(double)) / true - 1) <= 1e-14
        digits = getattr(DIGITS, name)(*(mpf(v.numerator) / v.denominator for v in pair), *rest)
        assert abs(digits / true - 1) <= mpf(10) ** (3 - WORKING)
        ball = arb(getattr(BALLS, name)(*(fmpq(v.numerator, v.denominator) for v in pair), *rest))
        assert abs(mpf(ball.mid().str(WORKING, radius=False)) / true - 1) <= mpf(10) ** -14
        rationals = [sympy.Rational(v.numerator, v.denominator) for v in pair]
        expression = getattr(EXPRESSIONS, name)(*rationals, *rest)
        assert abs(mpf(expression.evalf(WORKING)._mpf_) / true - 1) <= mpf(10) ** (3 - WORKING)


def test_the_plain_difference_in_doubles_does_not_keep_them():
    x, y = (float(v) for v in PAIRS[0])
    _, true = exactly(*PAIRS[0], Fraction(1, 3))
    assert abs(mpf(x ** (1 / 3) - y ** (1 / 3)) / true - 1) > 1e-4


def test_balls_of_rationals_stay_rational_where_that_is_exact():
    x, y = fmpq(2, 3), fmpq(3)
    assert isinstance(BALLS.power(x, -3), fmpq)
    assert BALLS.power(x, -3) == fmpq(27, 8)
    assert BALLS.power_difference(x, y, Fraction(2)) == fmpq(4, 9) - 9
    assert BALLS.power(fmpq(1), Fraction(1, 2)) == 1
    assert isinstance(BALLS.power(fmpq(1), Fraction(1, 2)), fmpq)
    assert isinstance(BALLS.power(x, Fraction(1, 2)), arb)
    assert isinstance(BALLS.power_difference(x, x, Fraction(1, 2)), fmpq)
    assert BALLS.power_difference(x, x, Fraction(1, 2)) == 0
    assert BALLS.log_ratio(x, x) == 0


def test_a_ball_minus_itself_is_not_zero():
    wide = arb(2, 0.5)
    assert BALLS.power_difference(wide, wide, 1).contains(1)
