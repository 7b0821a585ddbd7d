"""Gradient flow: its limit, its way, its ends and its errors."""

import math

import numpy as np
import pytest
import scipy.sparse

from implicitbias import FlowError, gradient_flow, solve
from implicitbias.flows.parameters import WeightFlow

RNG = np.random.default_rng(0)
X = RNG.standard_normal((5, 12))
Y = RNG.standard_normal(5)


@pytest.mark.parametrize("depth", [2, 3, 4, 5])
@pytest.mark.parametrize("alpha", [10.0, 1.0, 1e-1, 1e-3, 1e-6])
def test_the_limit_of_the_weights_is_the_minimiser(depth: int, alpha: float) -> None:
    flow = gradient_flow(X, Y, alpha=alpha, depth=depth, method="parameters")
    expected = solve(X, Y, alpha=alpha, depth=depth).beta
    assert np.abs(flow.limit - expected).max() <= 1e-8 * np.abs(expected).max()
    assert flow.error is not None and flow.error <= 1e-6
    assert flow.stopped_by in ("loss", "stationary")
    assert np.array_equal(flow.limit, flow.betas[-1])


@pytest.mark.parametrize("alpha", [10.0, 1e-3, 1e-30, 1e-100])
def test_weights_that_no_double_holds(alpha: float) -> None:
    """At depth 2 the limit has digits at every alpha, by both ways."""
    expected = solve(X, Y, alpha=alpha).beta
    for method in ("mirror", "parameters"):
        flow = gradient_flow(X, Y, alpha=alpha, method=method)
        assert np.abs(flow.limit - expected).max() <= 1e-9 * np.abs(expected).max()
        assert flow.loss[-1] <= 1e-20 * flow.loss[0]


@pytest.mark.parametrize(
    ("depth", "alpha"), [(2, 1.0), (2, 1e-3), (2, 1e-30), (2.5, 0.01), (3, 0.1)]
)
def test_both_forms_agree_along_the_way(depth: float, alpha: float) -> None:
    end = gradient_flow(X, Y, alpha=alpha, depth=depth).t[-1]
    times = np.linspace(0, end / 2, 20)
    one, two = (
        gradient_flow(X, Y, alpha=alpha, depth=depth, method=method, t_eval=times)
        for method in ("mirror", "parameters")
    )
    assert one.betas.shape == two.betas.shape == (20, 12)
    size = np.linalg.norm(one.limit)
    assert np.linalg.norm(one.betas - two.betas, axis=1).max() <= 1e-6 * size
    assert np.allclose(one.log_t[1:], np.log(times[1:]))


@pytest.mark.parametrize(("depth", "end"), [(2, 0.1), (3, 0.03), (4, 0.02)])
def test_the_way_is_that_of_the_equation(depth: int, end: float) -> None:
    """Against the plain equation in the weights and its own time, with another integrator."""
    from scipy.integrate import solve_ivp

    a, b = np.linspace(0.5, 1.5, 12), np.linspace(1.2, 0.4, 12)

    def slope(_: float, w: np.ndarray) -> np.ndarray:
        g = X.T @ (X @ (w[:12] ** depth - w[12:] ** depth) - Y)
        pace = 2 * depth * w ** (depth - 1)
        return np.concatenate([-pace[:12] * g, pace[12:] * g])

    plain = solve_ivp(
        slope, (0, end), np.concatenate([a, b]), method="DOP853", rtol=1e-12, atol=1e-12
    ).y[:, -1]
    expected = plain[:12] ** depth - plain[12:] ** depth
    for method in ("mirror", "parameters"):
        flow = gradient_flow(X, Y, start=(a, b), depth=depth, method=method, t_max=end)
        assert flow.stopped_by == "t_max" and flow.t[-1] == pytest.approx(end, rel=1e-14)
        assert flow.loss[-1] > 1e-6 * flow.loss[0]  # on the way, not at the limit
        assert np.allclose(flow.limit, expected, rtol=0, atol=1e-8)


@pytest.mark.parametrize("integrator", ["LSODA", "BDF", "Radau", "DOP853", "RK45"])
def test_every_integrator_gets_there(integrator: str) -> None:
    expected = solve(X, Y, alpha=0.5, depth=3).beta
    flow = gradient_flow(
        X,
        Y,
        alpha=0.5,
        depth=3,
        method="parameters",
        integrator=integrator,
        rtol=1e-9,
        loss_tol=1e-13,
    )
    assert np.allclose(flow.limit, expected, rtol=0, atol=1e-6)


@pytest.mark.parametrize("depth", [2, 3, 4.5])
def test_the_analytic_jacobian(depth: float) -> None:
    flow = WeightFlow.from_start(X, Y, depth, np.full(12, -0.3), np.full(12, -0.2))
    state = 0.1 * RNG.standard_normal(24)
    differences = [
        (flow.slope(0, state + step) - flow.slope(0, state - step)) / 2e-6
        for step in 1e-6 * np.eye(24)
    ]
    assert np.allclose(flow.jacobian(0, state), np.transpose(differences), atol=1e-8)


def test_sparse_data_flow_the_same_way() -> None:
    for method in ("mirror", "parameters"):
        dense = gradient_flow(X, Y, alpha=0.1, method=method)
        sparse = gradient_flow(scipy.sparse.csr_array(X), Y, alpha=0.1, method=method)
        assert np.allclose(dense.limit, sparse.limit, rtol=0, atol=1e-9)


def test_equations_without_a_solution_end_at_the_least_squares() -> None:
    tall, y = RNG.standard_normal((8, 3)), RNG.standard_normal(8)
    expected = np.linalg.lstsq(tall, y)[0]
    for method in ("mirror", "parameters"):
        flow = gradient_flow(tall, y, alpha=0.5, method=method)
        assert flow.stopped_by == "stationary"
        assert np.allclose(flow.limit, expected, atol=1e-8)


def test_a_start_that_fits_does_not_move() -> None:
    for method in ("mirror", "parameters"):
        flow = gradient_flow(X, np.zeros(5), alpha=0.5, method=method)
        assert not flow.limit.any() and flow.stopped_by == "loss"


def test_times_that_no_double_holds() -> None:
    """At depth 14 and alpha 1e-30 nothing happens before ``t = alpha^-12 = 1e360``."""
    flow = gradient_flow(
        X[:1],
        Y[:1],
        alpha=1e-30,
        depth=14,
        method="parameters",
        loss_tol=0.999,
        estimate_error=False,
    )
    assert math.isinf(flow.t[-1]) and 800 < flow.log_t[-1] < 900


def test_poles_that_doubles_do_not_resolve_are_refused() -> None:
    with pytest.raises(FlowError, match='method="parameters"') as caught:
        gradient_flow(X, Y, alpha=1e-6, depth=5)
    assert caught.value.reached.betas.shape[1] == 12


def test_loss_tol_is_relative_to_the_start() -> None:
    for method in ("mirror", "parameters"):
        flow = gradient_flow(X, Y, alpha=0.1, loss_tol=1e-4, method=method)
        assert 1e-6 < flow.loss[-1] / flow.loss[0] <= 1e-4


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({}, "pass alpha"),
        ({"alpha": -1.0}, "alpha must be > 0"),
        ({"alpha": 1.0, "depth": 1.5}, "depth must be >= 2"),
        ({"alpha": 1.0, "depth": math.inf}, "finite depth"),
        ({"alpha": 1.0, "method": "euler"}, "method must be one of mirror, parameters"),
        ({"alpha": 1.0, "integrator": "euler"}, "integrator must be one of LSODA"),
        ({"alpha": 1.0, "rtol": 0.0}, "rtol must be in"),
        ({"alpha": 1.0, "rtol": math.nan}, "rtol must be in"),
        ({"alpha": 1.0, "loss_tol": -1.0}, "loss_tol must be in"),
        ({"alpha": 1.0, "t_max": 0.0}, "t_max must be > 0"),
        ({"alpha": 1.0, "t_eval": [1.0, 0.5]}, "increasing times"),
        ({"alpha": 1.0, "t_eval": [1.0, 2.0], "t_max": 1.5}, "must not go beyond t_max"),
        ({"start": (np.ones(3), 1.0)}, "start a must be a scalar or have shape"),
    ],
)
def test_bad_input_is_named(arguments: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        gradient_flow(X, Y, **arguments)
