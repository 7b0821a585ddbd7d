"""The weights along a flow: what they are at a dual variable, and what they conserve."""

import numpy as np
import pytest

from implicitbias.flows.conserved import PowerSum, Product, conserved_at
from implicitbias.flows.dual_weights import LogStart, dual_weights

DEPTHS = (2, 2.5, 3, 5)
LOG_A, LOG_B = np.array([0.3, -0.2, 0.0, 1.0]), np.array([-0.1, -0.2, 0.4, 0.999999])


@pytest.mark.parametrize("depth", DEPTHS)
@pytest.mark.parametrize("side", [-0.7, -1e-9, 0.0, 0.3])
def test_weights_at_a_dual_variable_conserve_what_the_start_does(depth, side):
    start = LogStart(depth, -0.5, LOG_A, LOG_B)
    weights, conserved = dual_weights(start), conserved_at(depth)
    sigma = side * np.minimum(*np.exp((2 - depth) * np.array([LOG_A, LOG_B])))  # of their poles
    plus, minus, apart = weights.logs(sigma)
    w = np.exp(np.array([plus, minus]) / depth)
    w_start = np.exp(start.log_alpha + np.array([LOG_A, LOG_B]))
    np.testing.assert_allclose(conserved.scale(w), conserved.scale(w_start), rtol=1e-13)
    np.testing.assert_allclose(conserved.effective_scale(w), conserved.scale(w), rtol=1e-13)
    np.testing.assert_allclose(plus - minus, apart, rtol=0, atol=1e-14)
    beta = weights.beta(sigma)
    np.testing.assert_allclose(beta, w[0] ** depth - w[1] ** depth, rtol=1e-9, atol=1e-14)
    larger, smaller = conserved.weights(np.abs(beta), conserved.scale(w))
    np.testing.assert_allclose([larger, smaller], [w.max(axis=0), w.min(axis=0)], rtol=1e-13)
    step = 1e-6
    slope = (weights.beta(sigma + step) - weights.beta(sigma - step)) / (2 * step)
    np.testing.assert_allclose(weights.inverse_metric(sigma), slope, rtol=1e-7)


@pytest.mark.parametrize("depth", DEPTHS)
def test_at_the_ends_the_larger_weight_has_come_to_the_most(depth):
    weights = dual_weights(LogStart(depth, -0.5, LOG_A, LOG_B))
    most = np.full(4, 3.0) + depth
    low, high = weights.ends(most)
    np.testing.assert_allclose(weights.logs(high)[0], most, rtol=1e-12)
    np.testing.assert_allclose(weights.logs(low)[1], most, rtol=1e-12)


def test_only_exponentials_have_a_formula_for_every_dual_variable():
    far = np.full(4, 50.0)
    exponential = dual_weights(LogStart(2, -0.5, LOG_A, LOG_B))
    np.testing.assert_allclose(exponential.beta_beyond(far), exponential.beta(far))
    assert dual_weights(LogStart(3, -0.5, LOG_A, LOG_B)).beta_beyond(far) is None
    assert dual_weights(LogStart(2, -400.0, LOG_A, LOG_B)).beta_beyond(far) is None  # no double


def test_a_weight_that_has_changed_its_sign_has_no_scale_at_odd_depth():
    w = np.array([[0.5, -0.1], [0.7, 0.5]])
    assert np.isnan(PowerSum(3).effective_scale(w)).tolist() == [False, True]
    np.testing.assert_allclose(Product().effective_scale(w)[1], np.sqrt(0.05))
