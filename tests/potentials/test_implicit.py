"""What a start makes of the mirror map: scale, rate, shift and ends, in every number system."""

import math
from fractions import Fraction

import flint
import mpmath
import numpy as np
import pytest
import sympy
from flint import arb, fmpq
from mpmath import mpf

from implicitbias import Depth, Hypentropy
from implicitbias.numbers import BALLS, DIGITS, DOUBLES, EXPRESSIONS
from implicitbias.potentials import ImplicitPotential, potential_for
from implicitbias.potentials.catalogue import POTENTIALS

DEPTHS = (2, 2.0000001, 2.01, 2.5, 3, Fraction(10, 3), 7, 50)
STARTS = ((0.3, 4.0), (1.7, 1.7), (2.0, 2.0 * (1 + 2.0**-40)), (1.0, 1.0), (5.0, 1e-3))
IMPLICIT = [e for e in POTENTIALS if isinstance(e.potential, ImplicitPotential)]


@pytest.fixture(autouse=True)
def precision():
    with mpmath.workdps(60), flint.ctx.workprec(300):
        yield


def as_mpf(value) -> mpf:
    if isinstance(value, (arb, fmpq)):
        return mpf(arb(value).mid().str(50, radius=False))
    if isinstance(value, sympy.Expr):
        return mpf(sympy.Float(value.evalf(50), 50)._mpf_)
    return mpf(float(np.broadcast_to(value, 1)[0])) if isinstance(value, np.ndarray) else mpf(value)


@mpmath.workdps(120)  # powers of what is nearly equal cancel
def printed(depth, a, b):
    """log_scale, rate, shift, ends as the docstring says, from the power mean of order 2 - D."""
    a, b, D = mpf(a), mpf(b), mpf(Fraction(depth).numerator) / Fraction(depth).denominator
    if depth == 2:
        return 2 * mpmath.log(mpmath.sqrt(a * b)), mpf(1), -mpmath.log(a / b), None
    m = ((a ** (2 - D) + b ** (2 - D)) / 2) ** (1 / (2 - D))
    shift = (a ** (2 - D) - b ** (2 - D)) / 2
    return D * mpmath.log(m), m ** (D - 2), shift, (-(b ** (2 - D)), a ** (2 - D))


def parts(parameters) -> list:
    ends = [] if parameters.ends is None else [parameters.ends.low, parameters.ends.high]
    return [parameters.log_scale, parameters.rate, parameters.shift, *ends]


@pytest.mark.parametrize("depth", DEPTHS, ids=str)
@pytest.mark.parametrize("start", STARTS, ids=str)
def test_parameters_are_those_printed_in_every_system(depth, start):
    potential = potential_for(depth)
    log_scale, rate, shift, ends = printed(depth, *start)
    expected = [log_scale, rate, shift, *(ends or ())]
    exact = [Fraction(v) for v in start]
    systems = {
        DOUBLES: ([np.array([v]) for v in start], 1e-14),
        DIGITS: ([mpf(v) for v in start], mpf(10) ** -45),
        BALLS: ([fmpq(v.numerator, v.denominator) for v in exact], mpf(10) ** -40),
        EXPRESSIONS: ([sympy.Rational(v.numerator, v.denominator) for v in exact], mpf(10) ** -45),
    }
    for xp, (values, tolerance) in systems.items():
        found = parts(potential.mirror_parameters(xp, *values))
        assert len(found) == len(expected)
        for value, true in zip(found, expected, strict=True):
            assert abs(as_mpf(value) - true) <= tolerance * (depth + 1) * abs(true), (xp.name, true)


def test_the_mean_of_powers_as_such_has_no_digits_near_depth_2():
    """Why there is a cosh in the formula: with it the test above holds to 1e-14."""
    depth, (a, b) = 2.0000001, STARTS[0]
    log_mean = np.logaddexp((2 - depth) * np.log(a), (2 - depth) * np.log(b)) - np.log(2)
    true, *_ = printed(depth, a, b)
    assert abs(depth / (2 - depth) * log_mean / true - 1) > 1e-10


@pytest.mark.parametrize("entry", IMPLICIT, ids=lambda entry: repr(entry.potential))
def test_a_start_of_ones_changes_nothing(entry):
    """Exactly, in doubles and in balls; in balls its ends are rationals."""
    for xp, one in ((DOUBLES, np.ones(1)), (BALLS, fmpq(1))):
        parameters = entry.potential.mirror_parameters(xp, one, one)
        assert parameters.log_scale == 0
        assert parameters.rate == 1
        assert parameters.shift == 0
        assert (parameters.ends is None) == (entry.dual_bound == math.inf)
        if parameters.ends is not None:
            assert (parameters.ends.low, parameters.ends.high) == (-1, 1)
            assert xp is DOUBLES or isinstance(parameters.ends.low, fmpq)


@pytest.mark.parametrize("entry", IMPLICIT, ids=lambda entry: repr(entry.potential))
def test_growth_rate_is_that_of_ln_z(entry):
    potential, v = entry.potential, np.array([200.0, 201.0])
    step = np.diff(potential.log_primal_at(DOUBLES, v))[0]
    assert step == pytest.approx(float(potential.growth_rate), rel=1e-12)


def test_scale_exponent_is_the_depth_and_1_at_infinity():
    assert potential_for(2).scale_exponent == 2
    assert potential_for(2.5).scale_exponent == Fraction(5, 2)
    assert potential_for(math.inf).scale_exponent == 1
    assert potential_for(3).log_inverse_scale(DOUBLES, -4.0) == 12.0
    assert potential_for(math.inf).log_inverse_scale(DOUBLES, -4.0) == 4.0


def test_near_an_end_the_distance_is_that_to_the_end():
    ends = Depth(3).mirror_parameters(DIGITS, mpf(1), mpf(1)).ends
    for v in (mpf("0.1"), mpf(3), mpf(40)):
        distance = ends.boundary_distance(DIGITS, v)
        assert abs(distance / (1 - mpmath.tanh(v)) - 1) < mpf(10) ** -20
        assert abs(ends.parameter_of_distance(DIGITS, distance) / v - 1) < mpf(10) ** -20


@pytest.mark.parametrize("depth", [2, 2.0, Fraction(2), sympy.Integer(2)], ids=repr)
def test_depth_two_is_the_hypentropy(depth):
    assert potential_for(depth) == Hypentropy()


def test_other_depths_are_depths_and_bad_ones_are_refused():
    assert potential_for(3) == Depth(3)
    assert potential_for(math.inf) == Depth(math.inf)
    symbolic = 2 + sympy.Symbol("delta", positive=True)
    assert potential_for(symbolic) == Depth(symbolic)
    for depth in (1.5, 1, math.nan):
        with pytest.raises(ValueError, match=f"depth must be > 2, got {depth}"):
            potential_for(depth)
    with pytest.raises(TypeError, match="depth must be a real number"):
        potential_for("3")
