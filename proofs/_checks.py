"""What several check_* functions sample: problems, flows, minimisers and roots, in numbers.

Not evidence of its own: nothing here is counted, and a proof uses nothing of it.
"""

from collections.abc import Callable
from typing import Any

import mpmath
import numpy as np
from scipy.optimize import minimize

Velocity = Callable[[float, np.ndarray], np.ndarray]


def pull(design: np.ndarray, y: np.ndarray, beta: np.ndarray) -> np.ndarray:
    """X^T r, r = X beta - y."""
    return design.T @ (design @ beta - y)


def model(weights: np.ndarray, depth: float) -> np.ndarray:
    """beta = w_+^D - w_-^D, of the weights w_+ and after them w_-; one vector or a column each."""
    plus, minus = np.split(weights, 2)
    return plus**depth - minus**depth


def velocity(design: np.ndarray, y: np.ndarray, depth: float) -> Velocity:
    """w' = -grad ||X (w_+^D - w_-^D) - y||_2^2, in the form that solve_ivp asks for."""

    def rhs(_: float, weights: np.ndarray) -> np.ndarray:
        signs = np.repeat([-1, 1], len(weights) // 2)
        force = np.tile(pull(design, y, model(weights, depth)), 2)
        return signs * 2 * depth * force * weights ** (depth - 1)

    return rhs


def check_gradient(design: np.ndarray, y: np.ndarray, weights: np.ndarray, depth: float) -> None:
    """The velocity against central differences of the loss itself."""

    def loss(at: np.ndarray) -> float:
        return float(np.sum((design @ model(at, depth) - y) ** 2))

    step = 1e-6
    steps = step * np.eye(len(weights))
    slopes = [(loss(weights + e) - loss(weights - e)) / (2 * step) for e in steps]
    np.testing.assert_allclose(slopes, -velocity(design, y, depth)(0, weights), rtol=1e-6)


def check_least_over_the_null_space(
    potential: Callable[[np.ndarray], float],
    end: np.ndarray,
    design: np.ndarray,
    atol: float,
    first: float = 1,
    **options: Any,
) -> None:
    """No other beta with the same X beta has a smaller potential, by a numerical minimum."""
    null = np.linalg.svd(design)[2][len(design) :].T
    start = np.full(null.shape[1], first)
    found = minimize(lambda k: potential(end + null @ k), start, **options)
    np.testing.assert_allclose(found.x, 0, atol=atol)


def check_is_in_the_row_space(design: np.ndarray, mirror: np.ndarray) -> None:
    """The mirror image of the end of a flow is an X^T nu."""
    nu = np.linalg.lstsq(design.T, mirror)[0]
    np.testing.assert_allclose(design.T @ nu, mirror, atol=1e-5 * np.abs(mirror).max())


def drawn_dual(
    rng: np.random.Generator, shape: tuple[int, int], size: float
) -> tuple[np.ndarray, np.ndarray]:
    """X, and an X^T nu of this largest entry: any nu is the dual vector where y = X beta."""
    design = rng.normal(size=shape)
    dual = design.T @ rng.normal(size=shape[0])
    return design, dual * (size / np.max(np.abs(dual)))


def end_at(dual: np.ndarray, depth: float) -> np.ndarray:
    """beta/alpha^D of this dual vector: 2 sinh(s) at D = 2, h(s) at D > 2."""
    if depth == 2:
        return 2 * np.sinh(dual)
    power = depth / (depth - 2)
    return (1 - dual) ** -power - (1 + dual) ** -power


def least_l2_solution(design: np.ndarray, beta: np.ndarray) -> np.ndarray:
    """The b of least l2 norm with X b = X beta."""
    return np.linalg.pinv(design) @ (design @ beta)


def other_solution(rng: np.random.Generator, design: np.ndarray, least: np.ndarray) -> np.ndarray:
    """A b with X b = X least."""
    drawn = rng.normal(size=len(least))
    return least + drawn - least_l2_solution(design, drawn)


def q_by_digits(z: mpmath.mpf) -> mpmath.mpf:
    """q(z) = z (s - tanh(s/2)), s = asinh(z/2), in which nothing cancels near 0."""
    s = mpmath.asinh(z / 2)
    return z * (s - mpmath.tanh(s / 2))


def dual_of_columns(x: mpmath.mpf, slope: mpmath.mpf, copies: int = 1) -> mpmath.mpf:
    """The s of X = [1, a, .., a], y = 1 at depth 2, alpha^2 = x, with the slope a in m copies.

    2 x (sinh(s) + m a sinh(a s)) = 1: the left side is convex, so Newton's method comes down to it.
    """
    s = step = mpmath.asinh(1 / (2 * x))
    while step > s * mpmath.sqrt(mpmath.eps):
        value = 2 * x * (mpmath.sinh(s) + copies * slope * mpmath.sinh(slope * s))
        rate = 2 * x * (mpmath.cosh(s) + copies * slope**2 * mpmath.cosh(slope * s))
        step = (value - 1) / rate
        s -= step
    return s
