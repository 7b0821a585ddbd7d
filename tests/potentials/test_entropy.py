"""The entropies that choose among l1 minimisers, and that the potentials tend to them."""

import math

import flint
import mpmath
import numpy as np
import pytest
import sympy
from flint import arb
from mpmath import mpf

from implicitbias.numbers import BALLS, DIGITS, DOUBLES, EXPRESSIONS
from implicitbias.potentials import potential_for
from implicitbias.potentials.entropy import Boltzmann, Tsallis

DEPTHS = (2, 2.5, 3, 4, 7, math.inf)


@pytest.mark.parametrize("depth", DEPTHS)
def test_dual_is_the_derivative_of_the_value_by_z(depth):
    entropy = potential_for(depth).limiting_entropy
    z, v = sympy.symbols("z v", positive=True)
    slope = entropy.value(EXPRESSIONS, z).diff(z)
    assert sympy.simplify(slope - entropy.dual_at(EXPRESSIONS, sympy.log(z))) == 0
    derivative = entropy.dual_at(EXPRESSIONS, v).diff(v)
    assert sympy.simplify(derivative - entropy.dual_derivative(EXPRESSIONS, v)) == 0


@pytest.mark.parametrize("depth", DEPTHS)
def test_parameter_of_dual_undoes_dual(depth):
    entropy = potential_for(depth).limiting_entropy
    v = np.linspace(-5, 5, 11)
    np.testing.assert_allclose(
        entropy.parameter_of_dual(DOUBLES, entropy.dual_at(DOUBLES, v)), v, rtol=1e-14, atol=1e-14
    )
    with flint.ctx.workprec(100):
        back = entropy.parameter_of_dual(BALLS, entropy.dual_at(BALLS, arb(3)))
        assert back.contains(3)
        assert float(back.rad()) < 1e-25


def test_depth_two_has_boltzmanns_and_infinity_burgs():
    assert potential_for(2).limiting_entropy == Boltzmann()
    burg = potential_for(math.inf).limiting_entropy
    assert isinstance(burg, Tsallis)
    np.testing.assert_allclose(burg.value(DOUBLES, np.array([2.0])), -np.log(2.0))


def test_a_dual_that_no_z_has_is_no_number():
    assert not Tsallis(3).parameter_of_dual(BALLS, arb(1)).is_finite()
    assert not Tsallis(3).parameter_of_dual(BALLS, arb(-1e-9, 1e-8)).is_finite()


@pytest.mark.parametrize("depth", DEPTHS)
def test_far_out_the_mirror_map_is_a_constant_and_the_slope_of_the_entropy(depth):
    """``q'(beta/x) = c + x^(1/p) f'(beta) + ..`` as x -> 0, at depth 2 without the power."""
    potential = potential_for(depth)
    entropy = potential.limiting_entropy
    with mpmath.workdps(60):
        x = mpf(10) ** -40
        power = x ** (1 / mpf(potential.p.numerator) * potential.p.denominator) if depth > 2 else 1
        first, second = (potential.mirror(mpf(beta) / x) for beta in (2, 5))
        slopes = [entropy.dual_at(DIGITS, mpmath.log(beta)) for beta in (2, 5)]
        assert abs((second - first) / power / (slopes[1] - slopes[0]) - 1) < 1e-5
