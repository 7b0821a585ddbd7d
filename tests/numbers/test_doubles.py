"""Doubles: the table of an odd inverse, and powers with an exact exponent."""

import math
from fractions import Fraction

import mpmath
import numpy as np
import pytest
from mpmath import mpf

from implicitbias import Depth
from implicitbias.numbers import DIGITS, DOUBLES
from implicitbias.numbers.system import ODD_BOUND

ULP = 2.0**-52
LOG_ULP_ALLOWED = 3.0  # of the angle: Newton's method and the table round, measured at most 2


def rippled(size):
    """``2 sinh(v + size sin(40 v))`` and its slope: odd and increasing, with ripples in it."""

    def curve(v):
        u = v + size * np.sin(40 * v)
        return 2 * np.sinh(u), 2 * np.cosh(u) * (1 + 40 * size * np.cos(40 * v))

    return curve


def test_table_undoes_its_function():
    z = 10.0 ** np.linspace(-300, 200, 1001)
    v = DOUBLES.root(rippled(0.0), z, lambda z: np.arcsinh(z / 2), odd="no ripples")
    np.testing.assert_allclose(v, np.arcsinh(z / 2), rtol=8 * ULP)


def test_a_function_too_rough_for_the_table_is_refused():
    with pytest.raises(ArithmeticError, match="the table of ripples is off by"):
        DOUBLES.root(rippled(1e-3), np.ones(1), lambda z: np.arcsinh(z / 2), odd="ripples")


def test_a_target_beyond_the_table_is_refused():
    with pytest.raises(IndexError):
        DOUBLES.root(
            rippled(0.0),
            np.array([1.1 * ODD_BOUND]),
            lambda z: np.arcsinh(z / 2),
            odd="no ripples",
        )


@pytest.mark.parametrize("exponent", [Fraction(-1, 3), Fraction(3, 5), Fraction(-25, 24)])
def test_power_takes_its_exponent_exactly(exponent):
    base = np.array([1e-280, 0.3, 1e280])
    with mpmath.workdps(40):
        exact = [mpf(b) ** (mpf(exponent.numerator) / exponent.denominator) for b in base.tolist()]

        def ulp(powers):
            pairs = zip(powers.tolist(), exact, strict=True)
            return max(float(abs(mpf(power) / true - 1)) / ULP for power, true in pairs)

        assert ulp(DOUBLES.power(base, exponent)) <= 2
        assert ulp(np.power(base, float(exponent))) >= 10


@pytest.mark.parametrize("depth", [2 + 1e-12, 2.003, 2.01, 2.5, 3, 5, 50, math.inf])
def test_angle_of_log_keeps_its_digits(depth):
    """At depth 2.003 Newton's method from the bare upper bound takes 145 steps."""
    potential = Depth(depth)
    log_z = np.concatenate([np.linspace(-650, 20, 40), [459.0, 461.0, 720.0, 1e4, 1e6]])
    angles = potential.parameter_of_log(DOUBLES, log_z)
    for log, angle in zip(log_z.tolist(), angles.tolist(), strict=True):
        with mpmath.workdps(40):
            exact = potential.parameter_of_log(DIGITS, mpf(log))
            assert abs(mpf(angle) / exact - 1) <= LOG_ULP_ALLOWED * ULP, log


def test_subnormal_and_largest_arguments_have_an_angle():
    tiny, largest = 5e-324, np.finfo(float).max
    for depth in (2.003, 2.5, 3, 5, math.inf):
        s = Depth(depth).mirror(np.array([tiny, -3 * tiny, largest, -largest]))
        assert 0 <= s[0] <= tiny
        assert -2 * tiny <= s[1] <= 0
        assert 0.6 < s[2] == -s[3] <= 1


def test_positive_powers_reach_zero():
    power = DOUBLES.power(np.array([0.0, 8.0]), Fraction(2, 3))
    np.testing.assert_allclose(power, [0, 4], rtol=1e-15)
