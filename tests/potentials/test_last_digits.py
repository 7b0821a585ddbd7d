"""Doubles keep their last digits, at every depth and next to depth 2."""

import sys
from pathlib import Path

import mpmath
import numpy as np
import pytest
from mpmath import mpf

from implicitbias import Depth, Hypentropy

sys.path.insert(0, str(Path(__file__).parents[2] / "numerics" / "last_digits"))
import sweep

FEW = 20  # the script sweeps 25 times as many
LIMIT_CONSTANT = 3.0  # times 1/p: measured, see the test
Z = np.array([1e-3, 0.4, 3.0, 20.0])


@pytest.mark.parametrize("potential", sweep.POTENTIALS, ids=repr)
def test_last_digits(potential):
    for method in sweep.methods_of(potential):
        rows = sweep.measure(potential, method, sweep.points_of(potential, method, FEW))
        for row in rows:
            assert row.ulp <= row.allowed, row
        subnormal = sum(row.count for row in rows if row.subnormal)
        # Where these two are subnormal, z is beyond 1e307.
        beyond = method == "slack" or (method == "metric" and isinstance(potential, Hypentropy))
        assert beyond or subnormal >= FEW / 2


def test_the_measure_sees_a_wrong_digit():
    exact = sweep.exact(Hypentropy(), "value", 3.0)
    assert sweep.error(float(exact) * (1 + 2e-15), exact) > sweep.ULP_ALLOWED
    assert sweep.error(float("inf"), exact) == float("inf")
    assert np.isnan(sweep.error(float("nan"), exact))


def test_the_measure_counts_subnormal_spacings():
    tiny = mpf(2) ** -1074
    assert sweep.error(0.0, 5 * tiny) == 5
    assert sweep.error(float(7 * tiny), 5 * tiny) == 2


def test_overflow_is_right_only_beyond_the_largest_double():
    largest = mpf(np.finfo(float).max)
    assert sweep.error(np.inf, 1.01 * largest) == 0
    assert sweep.error(-np.inf, -1.01 * largest) == 0
    assert sweep.error(-np.inf, 1.01 * largest) == np.inf
    assert sweep.error(np.inf, largest) == np.inf


@pytest.mark.parametrize("excess", [1e-2, 1e-4, 1e-8])
def test_the_four_scaled_limits_at_depth_two(excess):
    """``p q_D -> q_2``, ``p q_D' -> q_2'``, ``h_D(s/p) -> h_2(s)``, ``p q_D*(s/p) -> q_2*(s)``."""
    depth, limit = Depth(2 + excess), Hypentropy()
    p = float(depth.p)
    s = limit.mirror(Z)
    for scaled, target in (
        (p * depth.value(Z), limit.value(Z)),
        (p * depth.mirror(Z), limit.mirror(Z)),
        (depth.inverse_mirror(s / p), limit.inverse_mirror(s)),
        (p * depth.conjugate(s / p), limit.conjugate(s)),
    ):
        gap = np.abs(scaled / target - 1) * p
        assert (gap <= LIMIT_CONSTANT * (1 + s * s)).all(), gap
        # First order, and no faster where s is not small: the gap is not a constant of rounding.
        assert gap[-1] >= 0.1, gap


@pytest.mark.parametrize("excess", [1e-2, 1e-4, 1e-8])
def test_no_digits_are_lost_next_to_depth_two(excess):
    potential = Depth(2 + excess)
    z = np.concatenate([10.0 ** np.linspace(-20, 20, 41), [1e100, 1e200, 1e300]])
    s = np.concatenate([z[z <= 1], [3.0, 30.0]]) / float(potential.p)
    for method in sweep.methods_of(potential):
        points = s if method in ("inverse_mirror", "conjugate") else z
        for row in sweep.measure(potential, method, points):
            assert row.ulp <= row.allowed, row


def test_a_block_and_a_scalar_get_the_same_double():
    z = 10.0 ** np.linspace(-300, 300, 20001)
    for potential in (Hypentropy(), Depth(3)):
        some = slice(0, None, 997)
        alone = [potential.value(point) for point in z[some]]
        np.testing.assert_allclose(potential.value(z)[some], alone, rtol=1e-15, atol=0)


def test_digits_of_the_sweep_are_those_of_twice_the_precision():
    for point in (1e-300, 0.3, 1e300):
        with mpmath.workdps(2 * sweep.DIGITS):
            more = Depth(3).value(mpf(point))
        assert abs(sweep.exact(Depth(3), "value", point) / more - 1) < mpf(10) ** (-40)
