"""The interface of a potential, over the whole catalogue, in all four number systems."""

import itertools
import math
from fractions import Fraction

import flint
import mpmath
import numpy as np
import pytest
import sympy
from flint import arb, fmpq
from mpmath import mpf

from implicitbias import Absolute, Depth, Euclidean, Hypentropy
from implicitbias.numbers import DOUBLES, system_of
from implicitbias.potentials.catalogue import BAD_DEPTHS, BAD_POINTS, POTENTIALS, REGULARIZERS
from implicitbias.potentials.potential import Potential

Z = tuple(
    Fraction(n, d) for n, d in ((-40, 1), (-3, 2), (-1, 1000), (1, 7), (1, 1), (9, 4), (500, 3))
)
DIGITS = 40
BITS = 160


def doubles(x: Fraction) -> np.float64:
    return np.float64(float(x))


def digits(x: Fraction) -> mpf:
    return mpf(x.numerator) / x.denominator


def balls(x: Fraction) -> arb:
    return arb(fmpq(x.numerator, x.denominator))


def expressions(x: Fraction) -> sympy.Expr:
    return sympy.Rational(x.numerator, x.denominator)


FEW = tuple(Fraction(n, d) for n, d in ((-3, 2), (1, 7), (500, 3)))


def points(system) -> list:
    """Fewer points for expressions: each costs a second of sympy's adaptive evaluation."""
    return [system(z) for z in (FEW if system is expressions else Z)]


SYSTEMS = (doubles, digits, balls, expressions)
TOLERANCE = {doubles: 1e-14, digits: 1e-36, balls: 1e-40, expressions: 1e-36}


@pytest.fixture(autouse=True)
def precision():
    with mpmath.workdps(DIGITS), flint.ctx.workprec(BITS):
        yield


def to_mpf(value) -> mpf:
    """Any system's number as an mpf, a ball by its midpoint: its radius is tested by itself."""
    if isinstance(value, sympy.Expr):
        value = value.evalf(DIGITS)
        assert value.is_Float or value.is_Integer, value
        return mpf(value._mpf_) if value.is_Float else mpf(int(value))
    if isinstance(value, arb):
        return mpf(value.mid().str(DIGITS + 8, radius=False))
    return mpf(value)


def close(a, b, system) -> bool:
    a, b = to_mpf(a), to_mpf(b)
    return abs(a - b) <= TOLERANCE[system] * (1 + abs(b))


@pytest.fixture(params=POTENTIALS, ids=lambda entry: repr(entry.potential))
def entry(request):
    return request.param


@pytest.fixture(params=SYSTEMS, ids=lambda system: system.__name__)
def system(request):
    return request.param


def test_inverse_mirror_undoes_mirror(entry, system):
    for z in points(system):
        back = entry.potential.inverse_mirror(entry.potential.mirror(z))
        # s loses digits of z where it is flat: compare in the unit in which s was rounded.
        stretch = 1 / to_mpf(entry.potential.metric(z))
        unit = 1 + abs(to_mpf(z)) + stretch
        assert abs(to_mpf(back) - to_mpf(z)) <= 4 * TOLERANCE[system] * unit


def test_fenchel_equality_holds(entry, system):
    for z in points(system):
        s = entry.potential.mirror(z)
        total = to_mpf(entry.potential.value(z)) + to_mpf(entry.potential.conjugate(s))
        product = to_mpf(z) * to_mpf(s)
        stretch = 1 / to_mpf(entry.potential.metric(z))
        # An error ds in s costs |q*'(s) - z| ds <= stretch ds^2, and rounding of the terms.
        allowed = TOLERANCE[system] * (1 + abs(product)) + stretch * TOLERANCE[system] ** 2
        assert abs(total - product) <= allowed


def test_fenchel_young_inequality_is_strict_elsewhere(entry, system):
    potential = entry.potential
    for z, other in itertools.pairwise(points(system)):
        s = potential.mirror(other)
        assert to_mpf(potential.value(z)) + to_mpf(potential.conjugate(s)) > to_mpf(z) * to_mpf(s)


def test_mirror_is_the_derivative_of_value(entry):
    z = sympy.Symbol("z", real=True)
    slope = entry.potential.value(z).diff(z)
    for point in points(expressions):
        assert close(slope.subs(z, point), entry.potential.mirror(point), expressions)


def test_mirror_is_the_slope_of_value_in_digits(entry):
    for point in Z:
        z = digits(point)
        with mpmath.workdps(3 * DIGITS):
            h = mpf(10) ** -DIGITS
            slope = (entry.potential.value(z + h) - entry.potential.value(z - h)) / (2 * h)
        assert close(slope, entry.potential.mirror(z), digits)


def test_metric_is_the_derivative_of_mirror(entry):
    z = sympy.Symbol("z", real=True)
    slope = entry.potential.mirror(z).diff(z)
    for point in points(expressions):
        assert close(slope.subs(z, point), entry.potential.metric(point), expressions)


def test_inverse_mirror_is_the_derivative_of_conjugate(entry):
    s = sympy.Symbol("s", real=True)
    slope = entry.potential.conjugate(s).diff(s)
    for point in map(expressions, (Fraction(-9, 10), Fraction(1, 3), Fraction(3, 4))):
        assert close(slope.subs(s, point), entry.potential.inverse_mirror(point), expressions)


def test_all_systems_agree(entry):
    potential = entry.potential
    for z in FEW:
        s = Fraction(float(to_mpf(potential.mirror(digits(z)))))
        for method, point in (
            (potential.value, z),
            (potential.mirror, z),
            (potential.metric, z),
            (potential.inverse_mirror, s),
            (potential.conjugate, s),
        ):
            exact = to_mpf(method(digits(point)))
            for system in SYSTEMS:
                value = to_mpf(method(system(point)))
                assert abs(value - exact) <= 20 * TOLERANCE[system] * abs(exact), (method, system)


def test_ball_encloses_the_value_and_is_thin(entry):
    for z in Z:
        for method in (entry.potential.value, entry.potential.mirror, entry.potential.metric):
            ball = method(balls(z))
            with flint.ctx.workprec(4 * BITS):
                assert ball.contains(method(balls(z)))
            assert float(ball.rad()) <= 1e-40 * abs(float(ball.mid()))


def test_wide_ball_encloses_the_values_at_its_points(entry):
    wide = arb(1, 0.5)  # [0.5, 1.5]
    for method in (entry.potential.value, entry.potential.mirror, entry.potential.metric):
        for point in (0.5, 0.8, 1.25, 1.5):
            assert method(wide).contains(method(arb(point)))


def test_value_is_even_and_mirror_is_odd(entry, system):
    potential = entry.potential
    for z in points(system):
        assert close(potential.value(-z), potential.value(z), system)
        assert close(potential.mirror(-z), -potential.mirror(z), system)
        assert close(potential.metric(-z), potential.metric(z), system)


def test_everything_vanishes_at_zero(entry, system):
    zero = system(Fraction(0))
    potential = entry.potential
    for method in (
        potential.value,
        potential.mirror,
        potential.inverse_mirror,
        potential.conjugate,
    ):
        assert to_mpf(method(zero)) == 0


def test_value_and_mirror_increase_on_positive_arguments(entry, system):
    positive = [system(z) for z in sorted(FEW) if z > 0]
    for method in (entry.potential.value, entry.potential.mirror):
        values = [to_mpf(method(z)) for z in positive]
        assert all(low < high for low, high in itertools.pairwise(values))


def test_arrays_keep_their_shape_and_agree_with_scalars(entry):
    grid = np.array([[float(z) for z in Z], [2 * float(z) for z in Z]])
    values = entry.potential.value(grid)
    assert values.shape == grid.shape
    assert values[1, 3] == pytest.approx(entry.potential.value(grid[1, 3]), rel=1e-15)
    objects = np.array([digits(z) for z in Z], dtype=object)
    assert entry.potential.value(objects).shape == objects.shape
    assert entry.potential.value(list(objects))[2] == entry.potential.value(objects[2])
    assert entry.potential.value([1, 2]).shape == (2,)


def test_bad_duals_are_refused_with_the_value(entry):
    for s in entry.bad_duals:
        for method in (entry.potential.inverse_mirror, entry.potential.conjugate):
            with pytest.raises(ValueError, match="s must") as caught:
                method(s)
            assert repr(s).lstrip("-").rstrip("0") in str(caught.value)
            with pytest.raises(ValueError, match="s must"):
                method(mpf(s))
            with pytest.raises(ValueError, match="s must"):
                method(arb(s))


def test_a_ball_that_reaches_the_end_of_the_domain_is_refused():
    with pytest.raises(ValueError, match=r"s must lie in \(-1, 1\) at depth 3"):
        Depth(3).inverse_mirror(arb(0.75, 0.25))


@pytest.mark.parametrize("regularizer", REGULARIZERS, ids=repr)
def test_bad_points_are_refused_with_the_value(regularizer):
    for z in BAD_POINTS:
        with pytest.raises(ValueError, match=f"z must be finite, got {z}"):
            regularizer.value(z)
    with pytest.raises(TypeError, match="z must be real numbers, got complex128"):
        regularizer.value(1j)
    with pytest.raises(TypeError, match="z must be real numbers, got <U"):
        regularizer.value("one")
    with pytest.raises(ValueError, match="z must be real, got I"):
        regularizer.value(sympy.I)


@pytest.mark.parametrize("depth", BAD_DEPTHS)
def test_bad_depths_are_refused_with_the_value(depth):
    with pytest.raises(ValueError, match=f"depth must be > 2, got {depth}"):
        Depth(depth)


def test_bad_depth_types_are_refused():
    with pytest.raises(TypeError, match="depth must be a real number, got '3'"):
        Depth("3")
    with pytest.raises(TypeError, match="got True"):
        Depth(True)
    with pytest.raises(ValueError, match="depth must be known to be > 2, got D"):
        Depth(sympy.Symbol("D", positive=True))


def test_depth_two_points_to_the_hypentropy():
    with pytest.raises(ValueError, match=r"depth 2 is Hypentropy\(\)"):
        Depth(2)


def test_a_symbolic_depth_has_no_double():
    with pytest.raises(TypeError, match="symbolic"):
        Depth(2 + sympy.Symbol("delta", positive=True)).value(1.0)


def test_absolute_value_is_not_a_potential():
    assert not isinstance(Absolute(), Potential)
    assert list(Absolute().value([-2.0, 0.0, 3.0])) == [2.0, 0.0, 3.0]


@pytest.mark.parametrize(
    ("potential", "value", "mirror", "inverse_mirror", "conjugate"),
    [
        # The formulas as they are printed, by other means than the package's.
        (
            Hypentropy(),
            lambda z: 2 - mpmath.sqrt(4 + z * z) + z * mpmath.asinh(z / 2),
            lambda z: mpmath.log(z / 2 + mpmath.sqrt(1 + z * z / 4)),
            lambda s: mpmath.exp(s) - mpmath.exp(-s),
            lambda s: 2 * mpmath.cosh(s) - 2,
        ),
        (
            Euclidean(),
            lambda z: z * z / 4,
            lambda z: z / 2,
            lambda s: 2 * s,
            lambda s: s * s,
        ),
        (
            Depth(math.inf),
            lambda z: mpmath.sqrt(1 + z * z) - 1 - mpmath.log((1 + mpmath.sqrt(1 + z * z)) / 2),
            lambda z: (mpmath.sqrt(1 + z * z) - 1) / z,
            lambda s: 2 * s / (1 - s * s),
            lambda s: -mpmath.log(1 - s * s),
        ),
        *(
            (
                Depth(D),
                lambda z, D=D: mpmath.quad(
                    lambda u: mpmath.findroot(
                        lambda s: (1 - s) ** (-D / (D - 2)) - (1 + s) ** (-D / (D - 2)) - u,
                        (0, mpf("0.9")),
                        solver="anderson",
                    ),
                    [0, z],
                ),
                None,
                lambda s, D=D: (1 - s) ** (-D / (D - 2)) - (1 + s) ** (-D / (D - 2)),
                lambda s, D=D: (
                    (D - 2) / 2 * ((1 - s) ** (-2 / (D - 2)) + (1 + s) ** (-2 / (D - 2)) - 2)
                ),
            )
            for D in (mpf(3), mpf(5))
        ),
    ],
    ids=["hypentropy", "euclidean", "infinity", "3", "5"],
)
def test_printed_formulas_agree(potential, value, mirror, inverse_mirror, conjugate):
    potential = (
        Depth(int(potential.depth))
        if isinstance(potential, Depth) and potential.depth < 99
        else potential
    )
    for z in (mpf("0.2"), mpf(3)):
        assert abs(potential.value(z) - value(z)) < mpf(10) ** -15
        if mirror is not None:
            assert abs(potential.mirror(z) - mirror(z)) < mpf(10) ** -36
    for s in (mpf("-0.7"), mpf("0.3")):
        assert abs(potential.inverse_mirror(s) - inverse_mirror(s)) < mpf(10) ** -36
        assert abs(potential.conjugate(s) - conjugate(s)) < mpf(10) ** -36


@pytest.mark.parametrize("depth", [2.5, 3, 4, 10, 50, math.inf])
def test_slack_keeps_its_digits_where_mirror_rounds_to_one(depth):
    potential = Depth(depth)
    for z in (1e-5, 0.3, 1e5, 1e20, -1e200, 1e300):
        with mpmath.workdps(400):
            exact = 1 - abs(potential.mirror(mpf(z)))
            assert abs(mpf(potential.slack(z)) / exact - 1) <= 4e-13


def test_hyperbolic_angle_forms_agree_with_the_public_ones(entry):
    potential, xp = entry.potential, DOUBLES
    z = np.array([1e-20, 1e-3, 0.7, 5.0, 1e4, 1e30])
    v = potential.parameter_of_log(xp, np.log(z))
    s = potential.dual_at(xp, v)
    np.testing.assert_allclose(s, potential.mirror(z), rtol=2e-14)
    np.testing.assert_allclose(potential.log_primal_at(xp, v), np.log(z), rtol=1e-14, atol=1e-14)
    np.testing.assert_allclose(
        np.exp(-potential.log_inverse_metric(xp, v)), potential.metric(z), rtol=1e-12
    )
    inside = s < 0.999999
    conjugate = np.exp(potential.log_conjugate_at(xp, v[inside]))
    np.testing.assert_allclose(conjugate, potential.conjugate(s[inside]), rtol=1e-9)
    for side in (1.0, -1.0):  # both are odd
        np.testing.assert_allclose(potential.dual_at(xp, side * v), side * s)
        back = potential.parameter_of_dual(xp, side * s[inside])
        np.testing.assert_allclose(back, side * v[inside], rtol=1e-9)
    step = 1e-6 * v
    speed = (potential.dual_at(xp, v + step) - potential.dual_at(xp, v - step)) / (2 * step)
    known = np.exp(potential.log_dual_derivative(xp, v))
    np.testing.assert_allclose(speed[:4], known[:4], rtol=1e-5)


def test_stretch_drift_bounds_the_change_of_the_stretch(entry):
    potential, xp = entry.potential, DOUBLES
    rng = np.random.default_rng(1)
    s = rng.uniform(-0.95, 0.95, 200)
    move = rng.uniform(0.0, 0.5, 200) * (1 - np.abs(s))
    drift = potential.inverse_metric_variation(xp, np.abs(potential.parameter_of_dual(xp, s)), move)

    def log_inverse_metric(t):
        return potential.log_inverse_metric(xp, np.abs(potential.parameter_of_dual(xp, t)))

    for side in (-1.0, -0.3, 0.5, 1.0):
        change = np.abs(log_inverse_metric(s + side * move) - log_inverse_metric(s))
        assert (change <= np.log(drift) + 1e-12).all()
    assert (drift >= 1).all()


def test_leaving_the_domain_has_infinite_drift():
    with np.errstate(divide="ignore"):  # as the certificate does
        drift = Depth(3).inverse_metric_variation(DOUBLES, np.array([1.0]), np.array([0.9]))
    assert np.isinf(drift).all()


def test_number_system_is_told_by_type():
    names = [system_of(value).name for value in (1.0, mpf(1), arb(1), sympy.Integer(1))]
    assert names == ["doubles", "digits", "balls", "expressions"]
