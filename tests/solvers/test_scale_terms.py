"""The terms of the objective as functions of the scale, against differences of their values."""

import math

import flint
import mpmath
import pytest
from flint import arb
from mpmath import mpf

from implicitbias.potentials import Euclidean, potential_for
from implicitbias.solvers.scale_terms import scale_terms

DEPTHS = [2, 2.5, 3, 7, math.inf]


@pytest.fixture(autouse=True)
def precision():
    with mpmath.workdps(60), flint.ctx.workprec(200):
        yield


def as_mpf(ball) -> mpf:
    return mpf(ball.mid().str(40, radius=False))


@pytest.mark.parametrize("depth", DEPTHS)
@pytest.mark.parametrize("b", [1e-3, 0.4, 30.0])
def test_term_is_the_derivative_of_the_objective_by_its_factor(depth, b):
    potential, x = potential_for(depth), mpf("0.3")

    def term(log_x: mpf, b: mpf) -> mpf:
        """``lambda x q(b/x)``, and lambda."""
        x = mpmath.exp(log_x)
        factor = (
            mpf(1)
            if depth == 2
            else x ** (-1 / (mpf(potential.p.numerator) / potential.p.denominator))
        )
        return factor * x * potential.value(mpf(b) / x), -log_x if depth == 2 else factor

    (found,) = scale_terms(potential).at([arb(b)], arb("0.3"))
    h, log_x = mpf(10) ** -15, mpmath.log(x)
    (low, before), (high, after) = term(log_x - h, b), term(log_x + h, b)
    assert abs(as_mpf(found.derivative) / ((high - low) / (after - before)) - 1) < 1e-12
    k = mpf(10) ** -15 * b
    (near,), (far,) = (
        scale_terms(potential).at([arb(b) + side * arb(float(k))], arb("0.3")) for side in (-1, 1)
    )
    slope = (as_mpf(far.derivative) - as_mpf(near.derivative)) / (2 * mpf(float(k)))
    assert abs(as_mpf(found.slope) / slope - 1) < 1e-12
    second = (term(log_x, b + k)[0] - 2 * term(log_x, b)[0] + term(log_x, b - k)[0]) / k**2
    assert abs(as_mpf(found.inverse_curvature) * second - 1) < 1e-12
    moved = scale_terms(potential).distance(arb("0.3"), arb("0.5"))
    assert abs(as_mpf(moved) - (term(log_x, b)[1] - term(mpmath.log(mpf("0.5")), b)[1])) < 1e-20


def test_other_potentials_have_none():
    with pytest.raises(TypeError, match=r"no terms are known of Euclidean\(\)"):
        scale_terms(Euclidean())
