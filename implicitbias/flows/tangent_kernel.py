"""The tangent kernel of ``f(w, x) = <w_+^D - w_-^D, x>``, and the flow that it alone would drive.

[woodworth2020, sec. 3] Where the weights hardly move, relative to their size, the gradient of the
model stays as it was, and gradient flow is kernel gradient flow.
"""

import math
import time
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.sparse

from implicitbias.flows.flow import Flow
from implicitbias.flows.powers import LARGEST
from implicitbias.inputs.arrays import (
    Batch,
    Matrix,
    Vector,
    as_depth,
    as_design,
    as_log_alpha,
    as_start,
    as_targets,
)
from implicitbias.potentials import Depth


def tangent_kernel(w: Any, X: Any, depth: float) -> Matrix:
    """``K(x, x') = <grad_w f(w, x), grad_w f(w, x')> = D^2 X diag(w_+^(2D-2) + w_-^(2D-2)) X^T``.

    Args:
        w: (2, d), the weights ``w_+`` and ``w_-``, >= 0.
        X: (N, d).
        depth: D >= 2, finite.

    Returns:
        (N, N). At ``w = alpha`` it is ``2 D^2 alpha^(2D-2) X X^T``, 8 times the Gram matrix at
        D = 2, alpha = 1.
    """
    X, depth = as_design(X), _finite(depth)
    w = _as_weights(w, X.shape[1])
    kernel = (X * (_features(w, depth) ** 2).sum(axis=0)) @ X.T
    return np.asarray(kernel if isinstance(kernel, np.ndarray) else kernel.toarray())


def weights(beta: Any, scale: Any, depth: float) -> Batch:
    """(2, d): the ``w_+, w_- > 0`` with ``w_+^D - w_-^D = beta`` and the conserved quantity.

    ``w_+ w_- = scale^2`` at D = 2, ``w_+^(2-D) + w_-^(2-D) = 2 scale^(2-D)`` above: from a start
    where both are alpha, the weights of the flow when it is at beta, with scale alpha.

    Args:
        beta: (d,).
        scale: positive scalar or (d,).
        depth: D >= 2, finite.
    """
    depth = _finite(depth)
    beta, scale = np.asarray(beta, dtype=float), np.asarray(scale, dtype=float)
    if not (scale > 0).all():
        raise ValueError(f"scale must be > 0, got {scale.min()}")
    size = np.abs(beta)
    if depth == 2:
        larger = np.sqrt((size + np.hypot(size, 2 * scale**2)) / 2)
        smaller = scale * (scale / larger)
    else:
        with np.errstate(divide="ignore"):
            z = np.exp(np.minimum(np.log(size) - depth * np.log(scale), LARGEST))
        smaller = scale * (1 + Depth(depth).mirror(z)) ** (-1 / (depth - 2))
        larger = (size + smaller**depth) ** (1 / depth)
    return np.where(beta >= 0, [larger, smaller], [smaller, larger])


MOST = 300.0  # of the exponent of a change: its square has to be a double


@dataclass(frozen=True, eq=False)
class KernelChange:
    """How far the model has left its linearisation.

    Attributes:
        kernel: (m,) ``||K - K_0||_F / ||K_0||_F``.
        gradient: (m,) cosine distance ``1 - <J, J_0> / (||J|| ||J_0||)`` of ``J = grad_w f`` on all
            rows of X, in [0, 1].
    """

    kernel: Vector
    gradient: Vector


def kernel_change(
    betas: Any,
    X: Any,
    *,
    alpha: float | None = None,
    log_alpha: float | None = None,
    depth: float = 2,
    start: Any = None,
) -> KernelChange:
    """The change of the tangent kernel on the way of a flow, against its start.

    Args:
        betas: (m, d) states of the flow from this start, such as ``gradient_flow(...).betas``.
        X: (N, d).
        alpha: as in ``gradient_flow``, and so are log_alpha, depth and start.

    Raises:
        OverflowError: alpha is so small that no double holds the change of the kernel.
    """
    X, depth = as_design(X), _finite(depth)
    w_start = _start(alpha, log_alpha, start, X.shape[1])
    # In units of the start the kernel there is no power of alpha, which could underflow.
    unit = float(w_start.max())
    if unit == 0 or (2 * depth - 2) * abs(math.log(unit)) > MOST:
        raise OverflowError(f"doubles do not hold alpha^(2D-2) at depth {depth:g}, alpha {unit:g}")
    scale = _conserved_scale(w_start, depth)
    first = _features(w_start, depth)
    squares = np.asarray((X.multiply(X) if scipy.sparse.issparse(X) else X * X).sum(axis=0)).ravel()
    K_0 = tangent_kernel(w_start / unit, X, depth)
    direction = _unit(first, squares)
    kernel, gradient = [], []
    for beta in np.atleast_2d(betas):
        w = weights(beta, scale, depth)
        kernel.append(float(np.linalg.norm(tangent_kernel(w / unit, X, depth) - K_0)))
        # 1 - cos as half the square of the chord: no cancellation.
        chord = _unit(_features(w, depth), squares) - direction
        gradient.append(float(squares @ (chord**2).sum(axis=0)) / 2)
    size = float(np.linalg.norm(K_0)) or 1.0
    return KernelChange(np.array(kernel) / size, np.array(gradient))


def kernel_gradient_flow(
    X: Any,
    y: Any,
    *,
    alpha: float | None = None,
    log_alpha: float | None = None,
    depth: float = 2,
    start: Any = None,
    t_eval: Any = (),
) -> Flow:
    """The flow of the model linearised at its start, in closed form.

    ``beta(t) = beta(0) + S X^T K_0^+ (1 - e^(-2 K_0 t)) (y - X beta(0))``, with ``K_0 = X S X^T``
    the tangent kernel at the start, ``S = D^2 diag(w_+^(2D-2) + w_-^(2D-2))``. Its limit is the
    interpolant of least RKHS norm, ``sum (beta - beta(0))_i^2 / S_ii``.

    Args:
        X: (N, d).
        y: (N,).
        alpha: as in ``gradient_flow``, and so are log_alpha, depth and start.
        t_eval: physical times.

    Returns:
        A Flow at ``t_eval``, with the exact limit; ``stopped_by`` is ``"loss"``, as of a flow that
        ends.
    """
    began = time.perf_counter()
    X, depth = as_design(X), _finite(depth)
    y = as_targets(y, X.shape[0])
    w = _start(alpha, log_alpha, start, X.shape[1])
    beta_0 = w[0] ** depth - w[1] ** depth
    S = (_features(w, depth) ** 2).sum(axis=0)
    values, vectors = np.linalg.eigh(tangent_kernel(w, X, depth))
    values = np.where(values > len(values) * np.finfo(float).eps * values[-1], values, 0.0)
    r = vectors.T @ (y - X @ beta_0)
    times = np.asarray(t_eval, dtype=float)
    if times.ndim != 1 or not (times >= 0).all():
        raise ValueError(f"t_eval must be a vector of times >= 0, got {t_eval!r:.80}")

    def beta(shares: Vector) -> Vector:
        """Given how much of each eigenvector's residual is gone, divided by its eigenvalue."""
        return np.asarray(beta_0 + S * (X.T @ (vectors @ (shares * r))))

    inverse = np.divide(1.0, values, out=np.zeros_like(values), where=values > 0)
    betas = [beta(-np.expm1(-2 * values * t) * inverse) for t in times]
    states = np.array(betas).reshape(len(times), X.shape[1])
    loss = np.array([float(np.sum((X @ state - y) ** 2)) for state in states])
    with np.errstate(divide="ignore"):
        log_t = np.log(times)
    seconds = time.perf_counter() - began
    return Flow(times, log_t, states, loss, beta(inverse), "loss", None, seconds)


def _features(w: Batch, depth: float) -> Batch:
    """(2, d) ``D w^(D-1)``: the gradient of f by the weights, but for x."""
    return np.asarray(depth * w ** (depth - 1))


def _unit(features: Batch, squares: Vector) -> Batch:
    """J over its norm, whose square is ``sum_ij features_ij^2 squares_j``."""
    scaled = features / (features.max() or 1.0)
    return np.asarray(scaled / (math.sqrt(float(squares @ (scaled**2).sum(axis=0))) or 1.0))


def _start(alpha: Any, log_alpha: Any, start: Any, columns: int) -> Batch:
    """(2, d) weights at the start."""
    log_scale = as_log_alpha(alpha, log_alpha, needed=start is None)
    a, b = as_start(start, columns) or (np.ones(columns), np.ones(columns))
    return np.asarray(math.exp(log_scale) * np.array([a, b]))


def _conserved_scale(w: Vector, depth: float) -> Vector:
    """(d,) the alpha from which both weights would conserve the same."""
    if depth == 2:
        return np.asarray(np.sqrt(w[0]) * np.sqrt(w[1]))
    least = w.min(axis=0)  # so that no power overflows
    mean = ((w / least) ** (2 - depth)).mean(axis=0)
    return np.asarray(least * mean ** (-1 / (depth - 2)))


def _as_weights(values: Any, columns: int) -> Batch:
    w: Batch = np.asarray(values, dtype=np.float64)
    if w.shape != (2, columns):
        raise ValueError(f"w must be (w_+, w_-) of shape (2, {columns}), got shape {w.shape}")
    if not (w >= 0).all():
        raise ValueError(f"w must be >= 0, got {w.min()}")
    return w


def _finite(depth: Any) -> float:
    value = as_depth(depth)
    if math.isinf(value):
        raise ValueError("a tangent kernel needs a finite depth, got inf")
    return value
