"""Gradient descent: orders in the step, the effective alpha, stochastic steps, divergence."""

import math

import numpy as np
import pytest

from implicitbias import Depth, FlowError, Hypentropy, gradient_descent, gradient_flow, solve

RNG = np.random.default_rng(0)
X = RNG.standard_normal((5, 12))
Y = RNG.standard_normal(5)
STEPS = 10.0 ** np.arange(-2.5, -4.1, -0.25)


def orders(errors: list[float]) -> np.ndarray:
    return np.diff(np.log(errors)) / np.diff(np.log(STEPS))


@pytest.mark.parametrize(("depth", "alpha"), [(2, 0.3), (3, 0.3), (4, 0.5)])
def test_orders_in_the_step(depth: int, alpha: float) -> None:
    """Distance of order 1, excess of the potential of order 2."""
    best = solve(X, Y, alpha=alpha, depth=depth).beta
    potential = Hypentropy() if depth == 2 else Depth(depth)
    least = math.fsum(potential.value(best / alpha**depth))
    distances, excesses = [], []
    for step in STEPS:
        limit = gradient_descent(X, Y, alpha=alpha, depth=depth, step=step).limit
        distances.append(np.linalg.norm(limit - best))
        excesses.append(math.fsum(potential.value(limit / alpha**depth)) - least)
    assert np.abs(orders(distances)[2:] - 1).max() <= 0.1
    assert np.abs(orders(excesses)[2:] - 2).max() <= 0.2


def test_the_effective_alpha_explains_the_first_order() -> None:
    distances = []
    for step in STEPS:
        descent = gradient_descent(X, Y, alpha=0.3, step=step)
        c = descent.effective_alpha
        assert c.shape == (12,) and (c < 0.3).all() and (c > 0.2).all()
        distances.append(np.linalg.norm(descent.limit - solve(X, Y, start=(c, c)).beta))
    assert np.abs(orders(distances)[2:] - 2).max() <= 0.1


def test_a_step_multiplies_the_product_of_the_weights() -> None:
    step = 0.003
    descent = gradient_descent(X, Y, alpha=0.3, step=step, loss_tol=1e-8)
    assert len(descent.betas) == descent.steps + 1  # none was thinned out
    g = (descent.betas[:-1] @ X.T - Y) @ X
    factors = np.prod(1 - 16 * step**2 * g**2, axis=0)
    assert np.allclose(descent.effective_alpha**2, 0.3**2 * factors, rtol=1e-12)


@pytest.mark.parametrize("depth", [3, 4])
def test_the_effective_alpha_of_a_flow_is_its_alpha(depth: int) -> None:
    descent = gradient_descent(X, Y, alpha=0.4, depth=depth, step=1e-4)
    # Of the order of the step, 1e-4, with constants near 4 and 1.
    assert np.allclose(descent.effective_alpha, 0.4, rtol=1e-3)
    flow = gradient_flow(X, Y, alpha=0.4, depth=depth)
    assert np.allclose(descent.limit, flow.limit, rtol=0, atol=2e-4)
    assert descent.t[-1] == pytest.approx(1e-4 * descent.steps)


def test_stochastic_steps() -> None:
    one, same, other = (
        gradient_descent(X, Y, alpha=0.3, step=1e-3, stochastic=True, rng=seed)
        for seed in (0, 0, 1)
    )
    assert np.array_equal(one.limit, same.limit) and not np.array_equal(one.limit, other.limit)
    assert one.stopped_by == "loss" and np.allclose(X @ one.limit, Y, atol=1e-10)
    assert np.allclose(one.limit, solve(X, Y, alpha=0.3).beta, atol=0.01)
    assert one.steps % 5 == 0 and one.t[-1] == pytest.approx(1e-3 * one.steps / 5)


def test_a_step_beyond_the_edge_diverges() -> None:
    with pytest.raises(FlowError, match="a step smaller than") as caught:
        gradient_descent(X, Y, alpha=0.3, step=0.3)
    assert caught.value.reached.steps >= 1


def test_other_ends() -> None:
    with pytest.raises(FlowError, match="10 steps were not enough"):
        gradient_descent(X, Y, alpha=0.3, step=1e-3, max_steps=10)
    with pytest.raises(FlowError, match="no weight moves"):
        gradient_descent(X, Y, alpha=1e-100, depth=5, step=1e-3)
    tall, y = RNG.standard_normal((8, 3)), RNG.standard_normal(8)
    descent = gradient_descent(tall, y, alpha=0.5, step=1e-3)
    assert descent.stopped_by == "stationary"
    assert np.allclose(descent.limit, np.linalg.lstsq(tall, y)[0], atol=1e-10)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"step": 1e-3}, "pass alpha"),
        ({"step": 0.0, "alpha": 1.0}, "step must be > 0"),
        ({"step": math.nan, "alpha": 1.0}, "step must be > 0"),
        ({"step": 1e-3, "alpha": 1.0, "depth": 2.5}, "integer depth"),
        ({"step": 1e-3, "alpha": 1.0, "depth": math.inf}, "integer depth"),
        ({"step": 1e-3, "alpha": 1.0, "loss_tol": 1.0}, "loss_tol must be in"),
        ({"step": 1e-3, "alpha": 1.0, "max_steps": 0}, "max_steps must be"),
    ],
)
def test_bad_input_is_named(arguments: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        gradient_descent(X, Y, **arguments)
