"""The mirror curve is one in doubles and in balls; its parameter has the sign of z in both."""

import math

import numpy as np
import pytest
from flint import arb, ctx

from implicitbias.inputs.exact import exact_start
from implicitbias.solvers.balls.mirror_curve import MirrorBallCurve, OutsideError
from implicitbias.solvers.doubles.mirror_curve import MirrorCurve

DEPTHS = [2, 2.5, 3, 4, 7, math.inf]
PARAMETERS = np.array([-3.0, -0.4, -1e-8, 0.0, 0.2, 0.7, 2.5])
LOG_INVERSE_SCALE = 4.0


def start(depth: float, biased: bool) -> tuple[np.ndarray, np.ndarray] | None:
    if not biased:
        return None
    rng = np.random.default_rng(1)
    a, b = np.exp(rng.uniform(-1, 1, (2, len(PARAMETERS))))
    a[0], b[1] = b[0], a[1] * (1 + 1e-9)
    return a, b


def curves(depth: float, biased: bool) -> tuple[MirrorCurve, MirrorBallCurve]:
    weights, d = start(depth, biased), len(PARAMETERS)
    doubles = MirrorCurve.from_start(depth, weights, 1.0, d)
    balls = MirrorBallCurve.from_start(depth, exact_start(weights, d, depth), d)
    return doubles.at_scale(LOG_INVERSE_SCALE), balls.at_scale(arb(LOG_INVERSE_SCALE))


CASES = [(depth, biased) for depth in DEPTHS for biased in (False, True) if depth < math.inf]
CASES.append((math.inf, False))


@pytest.fixture(autouse=True)
def precision():
    with ctx.workprec(120):
        yield


@pytest.mark.parametrize(("depth", "biased"), CASES, ids=str)
def test_doubles_and_balls_agree_at_a_parameter(depth, biased):
    curve, balls = curves(depth, biased)
    with np.errstate(divide="ignore"):  # ln 0 at the parameter 0
        point = curve.at_parameter(PARAMETERS)
    for i, parameter in enumerate(PARAMETERS.tolist()):
        ball = balls.basic_point(i, arb(parameter))
        sigma = arb(balls.reference_point(i, ball.reference_point)) + ball.offset
        assert point.z[i] == pytest.approx(float(ball.z), rel=1e-12)
        assert point.sigma[i] == pytest.approx(float(sigma), rel=1e-13, abs=1e-15)
        expected = float(ball.log_inverse_metric)
        assert point.log_inverse_metric[i] == pytest.approx(expected, rel=1e-13, abs=1e-13)
        assert np.sign(point.z[i]) == np.sign(parameter)


@pytest.mark.parametrize(("depth", "biased"), CASES, ids=str)
def test_a_point_is_the_same_by_z_by_sigma_and_by_its_parameter(depth, biased):
    curve, balls = curves(depth, biased)
    with np.errstate(divide="ignore"):
        point = curve.at_parameter(PARAMETERS)
        by_z = curve.at_primal(point.z).parameter
    np.testing.assert_allclose(by_z, PARAMETERS, rtol=1e-12)
    by_sigma = curve.parameter_at_dual(point.sigma)
    np.testing.assert_allclose(by_sigma, PARAMETERS, rtol=1e-11, atol=1e-15)
    assert (np.sign(by_sigma[PARAMETERS != 0]) == np.sign(point.z[PARAMETERS != 0])).all()
    for i, parameter in enumerate(PARAMETERS.tolist()):
        ball = balls.basic_point(i, arb(parameter))
        sigma = arb(balls.reference_point(i, ball.reference_point)) + ball.offset
        other = balls.nonbasic_point(
            i, sigma, lambda side, i=i, s=sigma: side * (arb(balls.reference_point(i, side)) - s)
        )
        assert other.parameter.overlaps(ball.parameter)
        assert other.z.overlaps(ball.z)
        assert other.log_inverse_metric.overlaps(ball.log_inverse_metric)


@pytest.mark.parametrize("depth", [2, 3])
def test_the_scale_moves_z_alone(depth):
    curve, balls = curves(depth, True)
    some = curve.at(slice(4, None))
    point = some.at_parameter(PARAMETERS[4:])
    farther = some.at_scale(LOG_INVERSE_SCALE + 1).at_parameter(PARAMETERS[4:])
    np.testing.assert_allclose(farther.z, point.z / math.e, rtol=1e-13)
    np.testing.assert_array_equal(farther.sigma, point.sigma)
    ball = balls.basic_point(5, arb(0.7))
    moved = balls.at_scale(arb(LOG_INVERSE_SCALE + 1)).basic_point(5, arb(0.7))
    assert (moved.z * arb(1).exp()).overlaps(ball.z)
    assert moved.offset.overlaps(ball.offset)


def test_outside_the_range_there_is_no_point():
    curve, balls = curves(3, False)
    assert np.isnan(curve.parameter_at_dual(np.full(len(PARAMETERS), 1.5))).all()
    with pytest.raises(OutsideError):
        balls.nonbasic_point(0, arb(1.5), lambda side: side * (side - arb(1.5)))
    with pytest.raises(OutsideError):  # the ball reaches across the end
        balls.nonbasic_point(0, arb(0.99, 0.02), lambda side: side * (side - arb(0.99, 0.02)))
