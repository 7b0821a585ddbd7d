"""The main entry: where gradient flow goes, measured."""

import dataclasses
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import scipy.sparse

from implicitbias.flows.flow import Flow, FlowError
from implicitbias.flows.follow import INTEGRATORS, FlowEnd, StopRule, follow
from implicitbias.flows.follow_dual import follow_dual
from implicitbias.flows.mirror import DualFlow
from implicitbias.flows.parameters import WeightFlow
from implicitbias.inputs.arrays import (
    Matrix,
    Vector,
    as_design,
    as_finite_depth,
    as_log_alpha,
    as_start,
    as_targets,
)

METHODS = ("mirror", "parameters")
FINEST, COARSEST = 1e-13, 1e-3  # rtol
WRONG = 1e-6  # a limit with this error is not returned
FITTED = 1e-6  # residual, relative to y, of equations that have a solution
COARSER = 10.0  # times rtol: the second run, for the error


def gradient_flow(
    X: Any,
    y: Any,
    *,
    alpha: float | None = None,
    log_alpha: float | None = None,
    depth: float = 2,
    start: Any = None,
    method: str = "mirror",
    integrator: str = "LSODA",
    t_eval: Any = None,
    t_max: float | None = None,
    rtol: float = 1e-10,
    loss_tol: float = 1e-24,
    estimate_error: bool = True,
    watch: Callable[[float], None] | None = None,
) -> Flow:
    """``w' = -grad ||X beta - y||^2`` for ``beta = w_+^D - w_-^D``, followed to its limit.

    The limit is the minimiser that ``solve`` computes [woodworth2020, Thm 1, Thm 3]; here it is
    measured. No y has to be reached: from equations without a solution it is a least-squares one.

    Args:
        X: (N, d) real matrix: array, DataFrame or scipy.sparse.
        y: (N,).
        alpha: the scale of the start, ``w_+ = w_- = alpha``.
        log_alpha: its logarithm, in place of alpha.
        start: ``(a, b)`` for ``w_+ = alpha a``, ``w_- = alpha b``; as in ``solve``.
        depth: D >= 2, finite.
        method: ``"mirror"``, in the N dual variables, or ``"parameters"``, in the logarithms of the
            2d weights, which shares nothing with the solvers. Above D = 2 the dual variables lose
            the digits ``alpha^(D-2)`` of a weight that has arrived; the weights do not.
        integrator: for ``"parameters"``, of scipy: LSODA, BDF or Radau (with the analytic
            Jacobian), DOP853 or RK45.
        t_eval: increasing physical times to report; without it up to 800 that the integrator chose.
        t_max: physical time to stop at; without it the flow runs to its limit.
        rtol: of the integrator, in 1e-13 .. 1e-3. The limit has far more digits than the way.
        loss_tol: stop where the loss has fallen to this share of that at the start.
        estimate_error: run a second time, at ten times rtol, for ``error``.
        watch: called now and then with ``ln(loss / loss at the start)``; ``"parameters"`` at every
            step.

    Returns:
        A Flow.

    Raises:
        ValueError, TypeError: bad input, named with the way out.
        FlowError: the flow cannot be followed, or its limit has an error above 1e-6 (and above ten
            times the square root of loss_tol); ``.reached`` is what there is.
    """
    X = as_design(X)
    y = as_targets(y, X.shape[0])
    depth = as_finite_depth(depth, "the flow", "; solve has the limit")
    log_scale = as_log_alpha(alpha, log_alpha, needed=start is None)
    log_plus, log_minus = _log_weights(as_start(start, X.shape[1]), log_scale, X.shape[1])
    rule = StopRule(
        _log_times(t_eval, t_max),
        _log_time(t_max),
        _within(rtol, "rtol", FINEST, COARSEST),
        _within(loss_tol, "loss_tol", 0.0, 1.0),
        _one_of(integrator, "integrator", INTEGRATORS),
    )
    data = (X, y, depth, log_plus, log_minus)

    def run(rule: StopRule, watch: Callable[[float], None] | None = None) -> FlowEnd:
        with np.errstate(under="ignore"):  # weights far below the least double count as 0
            if method == "mirror":
                return follow_dual(DualFlow.from_start(*data), rule, watch)
            return follow(WeightFlow.from_start(*data), rule, watch)

    _one_of(method, "method", METHODS)
    end = run(rule, watch)
    flow = end.flow
    if not estimate_error:
        return flow
    # The same event, for at depth 3 and more an arrival is too sudden to be met at a given time.
    log_t_end = end.log_t if flow.stopped_by == "t_max" else math.inf
    again = StopRule((), log_t_end, COARSER * rule.rtol, rule.loss_tol, integrator)
    try:
        other = run(again).flow
    except FlowError as stuck:
        other = stuck.reached  # with less tolerance for rounding; what it reached counts
    size = float(np.abs(flow.limit).max()) or 1.0
    apart = float(np.abs(flow.limit - other.limit).max())
    to_go = 0.0 if flow.stopped_by == "t_max" else _to_go(X, y, end)
    error = max(end.rounding, apart / size, to_go / size)
    flow = dataclasses.replace(flow, error=error, seconds=flow.seconds + other.seconds)
    if error <= max(WRONG, 10 * math.sqrt(rule.loss_tol)):
        return flow
    unresolved = method == "mirror" and (
        end.rounding > WRONG or (flow.stopped_by == "stationary" and to_go > apart)
    )
    way_out = "try a smaller rtol"
    if to_go > apart:
        way_out = "some equations weigh little in the loss: a smaller loss_tol may help"
    raise FlowError(
        f"the limit has an error of {error:.2g} of its size"
        + ("" if unresolved else f"; {way_out}"),
        flow,
        try_parameters=unresolved,
    )


def _to_go(X: Matrix, y: Vector, end: FlowEnd) -> float:
    """``max|K X^T c|``, ``X K X^T c = y - X beta``: to where the flow would go at constant speed K.

    Equations that weigh little in the loss can be far from fitted when it has fallen.
    """
    root = np.sqrt(end.speed)
    flow = end.flow
    residual = y - X @ flow.limit
    matrix = np.asarray((X * root).toarray() if scipy.sparse.issparse(X) else X * root)
    if np.linalg.norm(residual) <= FITTED * np.linalg.norm(y):  # then all equations are to hold
        rows = np.abs(matrix).max(axis=1)
        rows[rows == 0] = 1.0
        matrix, residual = matrix / rows[:, None], residual / rows
    step = np.linalg.lstsq(matrix, residual, rcond=1e-14)[0]
    return float(np.abs(root * step).max())


def _log_weights(
    start: tuple[Vector, Vector] | None, log_alpha: float, columns: int
) -> tuple[Vector, Vector]:
    """``ln w_+`` and ``ln w_-`` at the start."""
    if start is None:
        return np.full(columns, log_alpha), np.full(columns, log_alpha)
    return log_alpha + np.log(start[0]), log_alpha + np.log(start[1])


def _log_time(t_max: Any) -> float:
    if t_max is None:
        return math.inf
    if not float(t_max) > 0:
        raise ValueError(f"t_max must be > 0, got {t_max!r}")
    return math.log(t_max)


def _log_times(t_eval: Any, t_max: Any) -> list[float] | None:
    if t_eval is None:
        return None
    times = np.asarray(t_eval, dtype=float)
    if times.ndim != 1 or not (times >= 0).all() or not (np.diff(times) >= 0).all():
        raise ValueError(f"t_eval must be a vector of increasing times >= 0, got {t_eval!r:.80}")
    if t_max is not None and len(times) and times[-1] > t_max:
        raise ValueError(f"t_eval must not go beyond t_max = {t_max!r}, got {times[-1]}")
    with np.errstate(divide="ignore"):
        return [float(value) for value in np.log(times)]


def _within(value: Any, what: str, low: float, high: float) -> float:
    if not low <= float(value) <= high:
        raise ValueError(f"{what} must be in [{low:g}, {high:g}], got {value!r}")
    return float(value)


def _one_of(value: Any, what: str, known: Any) -> str:
    if value not in known:
        raise ValueError(f"{what} must be one of {', '.join(known)}, got {value!r}")
    return str(value)
