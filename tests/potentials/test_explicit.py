"""The explicit regularizer: derived by elimination, and equal to the potential of depth 4."""

import math

import flint
import mpmath
import numpy as np
import pytest
import sympy as sp
from flint import arb
from mpmath import mpf

from implicitbias import Depth, Explicit, Hypentropy

u, v, r, s, z, g = sp.symbols("u v r s z g")
QUARTIC = r**4 - 6 * r**3 + (12 - 2 * z**2) * r**2 - (8 + 10 * z**2) * r + z**2 + z**4


def test_elimination_of_the_weights_leads_to_the_quartic():
    """Stationarity with a multiplier s, the constraint and the distance leave one polynomial."""
    distance = (u - 1) ** 2 + (v - 1) ** 2
    stationary = [u * (1 - s) - 1, v * (1 + s) - 1, u**2 - v**2 - z, distance - r]
    basis = sp.groebner(stationary, u, v, s, r, z, order="lex")
    left = [part for part in basis.exprs if not part.free_symbols & {u, v, s}]
    assert len(left) == 1
    _, factors = sp.factor_list(left[0])
    assert [factor for factor, _ in factors if factor.has(r)] in ([QUARTIC], [sp.expand(QUARTIC)])


def test_the_quartic_is_that_of_the_sum_of_the_weights():
    """``g^4 - 2 g^3 = z^2`` and ``r = (g-1)(g-2)`` give it; the resultant is exact."""
    found = sp.resultant(g**4 - 2 * g**3 - z**2, r - (g - 1) * (g - 2), g)
    assert sp.expand(found - QUARTIC) == 0
    assert sp.expand(found - QUARTIC - r) != 0


@pytest.mark.parametrize("point", ["1/100", "1", "30"])
def test_it_is_the_least_real_root(point):
    roots = sp.Poly(QUARTIC.subs(z, sp.Rational(point)), r).nroots(n=30)
    real = sorted(sp.re(root) for root in roots if abs(sp.im(root)) < 1e-20)
    assert len(real) == 2
    with mpmath.workdps(30):
        value = Explicit().value(mpf(sp.Rational(point).p) / sp.Rational(point).q)
        assert abs(value - mpf(str(real[0]))) < mpf(10) ** -24 * value
        assert not abs(value - mpf(str(real[1]))) < 1


def test_it_is_the_least_distance_of_the_weights():
    for point in (1e-3, 0.7, 25.0):
        w = np.linspace(0, 2, 200001)  # of the smaller weight
        distance = (np.sqrt(point + w**2) - 1) ** 2 + (w - 1) ** 2
        value = Explicit().value(point)
        assert value <= distance.min() <= value + 1e-9


def test_it_is_the_potential_of_depth_four_and_of_no_other():
    with mpmath.workdps(60):
        for point in (mpf(10) ** k for k in (-40, -3, 0, 2, 40)):
            for method in ("value", "mirror", "metric"):
                ours = getattr(Explicit(), method)(point)
                theirs = getattr(Depth(4), method)(point)
                assert abs(ours / theirs - 1) < mpf(10) ** -50
                assert not abs(ours / getattr(Depth(5), method)(point) - 1) < mpf(10) ** -22
    grid = np.geomspace(1e-150, 1e300, 4001)
    np.testing.assert_allclose(Explicit().value(grid), Depth(4).value(grid), rtol=2e-15, atol=0)


def test_it_is_no_rescaling_of_the_hypentropy():
    """A rescaling ``c q(k z)`` matches at 0 and far out only where the elasticities do."""
    far = 1e12

    def elasticity(q, z):
        return z * q.mirror(z) / q.value(z)

    assert elasticity(Explicit(), far) - 1 == pytest.approx(1 / math.sqrt(far), rel=1e-3)
    assert elasticity(Hypentropy(), far) - 1 > 0.03  # 1/ln z at every scale of z


def test_the_symbolic_form_is_in_radicals():
    x = sp.Symbol("x", positive=True)
    form = Explicit().value(x)
    assert form.is_algebraic_expr(x)
    assert not Hypentropy().value(x).is_algebraic_expr(x)
    at = form.subs(x, sp.Rational(48**2 * 3 // 2, 1)).evalf(30)
    assert abs(QUARTIC.subs({z: 3456, r: at})) < sp.Float("1e-10")


def test_a_ball_around_zero_is_enclosed():
    with flint.ctx.workprec(100):
        wide = Explicit().value(arb(0, 0.5))
        for point in (-0.5, 0.0, 0.1, 0.5):
            assert wide.contains(Depth(4).value(arb(point)))
        assert wide.is_finite()
        assert not Explicit().value(arb(0, 0.01)).contains(Depth(4).value(arb(3)))
