"""The tangent kernel, its change along a flow, and the flow that it drives in closed form."""

import math

import numpy as np
import pytest

from implicitbias import (
    gradient_flow,
    kernel_change,
    kernel_gradient_flow,
    min_l2,
    tangent_kernel,
)
from implicitbias.flows import weights

RNG = np.random.default_rng(0)
X = RNG.standard_normal((5, 12))
Y = RNG.standard_normal(5)
W = RNG.uniform(0.2, 1.5, (2, 12))


@pytest.mark.parametrize("depth", [2, 2.5, 3, 5])
def test_the_kernel_is_that_of_the_gradients(depth: float) -> None:
    def model(w: np.ndarray) -> np.ndarray:
        return X @ (w[:12] ** depth - w[12:] ** depth)

    flat = W.ravel()
    J = np.array([(model(flat + h) - model(flat - h)) / 2e-6 for h in 1e-6 * np.eye(24)])
    assert np.allclose(tangent_kernel(W, X, depth), J.T @ J, rtol=1e-7)


def test_the_kernel_at_the_start() -> None:
    assert np.allclose(tangent_kernel(np.ones((2, 12)), X, 2), 8 * X @ X.T)
    at = tangent_kernel(np.full((2, 12), 0.1), X, 3)
    assert np.allclose(at, 2 * 9 * 0.1**4 * X @ X.T)


@pytest.mark.parametrize("depth", [2, 2.5, 3, 5])
@pytest.mark.parametrize("scale", [1e-60, 1e-3, 1.0, 1e3])
def test_weights_of_beta(depth: float, scale: float) -> None:
    beta = np.array([-1e3, -1.0, -1e-9, 0.0, 1e-200, 1e-3, 2.0])
    plus, minus = weights(beta, scale, depth)
    assert np.allclose(plus**depth - minus**depth, beta, rtol=1e-12, atol=1e-13 * scale**depth)
    if depth == 2:
        assert np.allclose(plus / scale * (minus / scale), 1, rtol=1e-12)
    elif scale >= 1e-3:
        conserved = (plus / scale) ** (2 - depth) + (minus / scale) ** (2 - depth)
        assert np.allclose(conserved, 2, rtol=1e-9)


@pytest.mark.parametrize("depth", [2, 3])
def test_the_change_vanishes_in_the_kernel_regime(depth: int) -> None:
    """The weights move by the order ``alpha^-D`` of themselves; the cosine feels its square."""
    alphas = np.array([3.0, 10.0, 30.0])
    changes = []
    for alpha in alphas:
        flow = gradient_flow(X, Y, alpha=alpha, depth=depth)
        change = kernel_change(flow.betas, X, alpha=alpha, depth=depth)
        assert max(change.kernel[0], change.gradient[0]) <= 1e-14
        changes.append((change.kernel[-1], change.gradient[-1]))
    slopes = np.diff(np.log(changes), axis=0) / np.diff(np.log(alphas))[:, None]
    # w_+^(2D-2) + w_-^(2D-2) is even in the move: it changes by its square as well.
    assert np.abs(slopes / (-2 * depth) - 1).max() <= 0.05


def test_the_change_is_that_of_the_weights() -> None:
    start = (np.linspace(0.5, 1, 12), np.linspace(0.9, 0.3, 12))
    flow = gradient_flow(X, Y, start=start, depth=3, method="parameters")
    change = kernel_change(flow.betas, X, start=start, depth=3)
    scale = ((start[0] ** -1.0 + start[1] ** -1.0) / 2) ** -1.0
    last = tangent_kernel(weights(flow.limit, scale, 3), X, 3)
    first = tangent_kernel(np.array(start), X, 3)
    expected = np.linalg.norm(last - first) / np.linalg.norm(first)
    assert change.kernel[-1] == pytest.approx(expected, rel=1e-12)
    assert 0 < change.gradient[-1] < 1


@pytest.mark.parametrize("depth", [2, 3])
def test_a_large_start_follows_the_kernel_flow(depth: int) -> None:
    alpha = 100.0
    flow = gradient_flow(X, Y, alpha=alpha, depth=depth)
    kernel = kernel_gradient_flow(X, Y, alpha=alpha, depth=depth, t_eval=flow.t)
    size = np.linalg.norm(kernel.limit)
    assert np.linalg.norm(flow.betas - kernel.betas, axis=1).max() <= 1e-3 * size
    assert np.allclose(kernel.limit, min_l2(X, Y).beta, rtol=1e-10)


def test_the_kernel_flow_solves_its_equation() -> None:
    start = (np.linspace(0.5, 1, 12), np.linspace(0.9, 0.3, 12))
    times = np.linspace(0, 0.02, 2001)
    flow = kernel_gradient_flow(X, Y, start=start, depth=3, t_eval=times)
    S = 9 * (start[0] ** 4 + start[1] ** 4)
    slope = -2 * S * ((flow.betas @ X.T - Y) @ X)
    seen = (flow.betas[2:] - flow.betas[:-2]) / (2 * times[1])
    # Central differences at 2001 times have an error of their square.
    assert np.allclose(seen, slope[1:-1], rtol=1e-3, atol=1e-4 * np.abs(slope).max())
    assert np.allclose(flow.betas[0], start[0] ** 3 - start[1] ** 3)
    assert np.allclose(X @ flow.limit, Y)
    move = flow.limit - flow.betas[0]
    coefficients = np.linalg.lstsq(X.T, move / S)[0]
    assert np.allclose(X.T @ coefficients, move / S)  # the least RKHS norm is stationary


def test_a_start_whose_kernel_no_double_holds() -> None:
    beta = np.array([[1.0, -2.0]])
    small = kernel_change(beta, np.eye(2), log_alpha=-60.0, depth=3)
    expected = np.sqrt(1 + 2 ** (8 / 3)) / np.sqrt(8) * math.exp(4 * 60.0)  # w^4 / (2 alpha^4)
    assert small.kernel[0] == pytest.approx(expected, rel=1e-9)
    with pytest.raises(OverflowError, match="doubles do not hold alpha"):
        kernel_change(beta, np.eye(2), log_alpha=-90.0, depth=3)


def test_bad_input_is_named() -> None:
    with pytest.raises(ValueError, match="w must be"):
        tangent_kernel(np.ones(24), X, 2)
    with pytest.raises(ValueError, match="w must be >= 0"):
        tangent_kernel(-np.ones((2, 12)), X, 2)
    with pytest.raises(ValueError, match="finite depth"):
        tangent_kernel(np.ones((2, 12)), X, math.inf)
    with pytest.raises(ValueError, match="scale must be > 0"):
        weights(np.ones(3), 0.0, 2)
    with pytest.raises(ValueError, match="t_eval must be"):
        kernel_gradient_flow(X, Y, alpha=1.0, t_eval=[-1.0])
