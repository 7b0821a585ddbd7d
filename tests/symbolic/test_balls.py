"""Balls at points: enclosures, undefined points, the points that are visited."""

import random

import flint
import pytest
import sympy as sp

from implicitbias.symbolic import Undecided
from implicitbias.symbolic.engine.balls import BITS, ball, disjoint, points, sample
from implicitbias.symbolic.engine.domain import Domains

z = sp.Symbol("z", real=True)
HALF = {z: sp.Rational(1, 2)}


@pytest.mark.parametrize(
    "expr",
    [
        sp.sinh(z) * sp.cosh(z) - sp.tanh(z),
        sp.asinh(z) + sp.atanh(z) ** 2,
        sp.sqrt(z) + z ** sp.Rational(1, 3) + z**z,
        sp.log(z) / sp.exp(z) + sp.E + sp.pi,
        sp.Abs(-z) - (1 + z) ** -3,
    ],
)
def test_ball_encloses_the_value(expr: sp.Expr) -> None:
    digits = sp.N(expr.subs(HALF), 40)
    with flint.ctx.workprec(BITS):
        distance = abs(ball(expr, HALF) - flint.arb(str(digits)))
        assert distance < flint.arb(10) ** -35


@pytest.mark.parametrize(
    "expr", [sp.log(-z), sp.sqrt(-z), (-z) ** sp.Rational(1, 3), 1 / (2 * z - 1), sp.atanh(4 * z)]
)
def test_ball_is_not_finite_where_undefined(expr: sp.Expr) -> None:
    assert not ball(expr, HALF).is_finite()


def test_nan_counts_as_nothing() -> None:
    everywhere = Domains({z: (-sp.oo, sp.oo)})
    undefined = sp.log(-1 - z**2)
    with pytest.raises(Undecided, match="only 0 of"):
        sample(undefined, undefined, everywhere, disjoint)
    with pytest.raises(Undecided, match="only 0 of"):
        sample(undefined, sp.Integer(0), everywhere, disjoint)


@pytest.mark.parametrize("ends", [(-1, 1), (0, sp.oo), (-sp.oo, 3), (-sp.oo, sp.oo)])
def test_points_lie_in_the_open_interval(ends: tuple[object, object]) -> None:
    lower, upper = map(sp.sympify, ends)
    positive = (z + 10,)
    found = list(points(Domains({z: (lower, upper)}, positive), random.Random(1)))
    assert len(found) > 100
    assert all(lower < point[z] < upper and point[z] > -10 for point in found)
