"""The interpolator of the explicit regularizer: of the weights nearest to their start."""

import math
from typing import Any

import numpy as np

from implicitbias.inputs.arrays import (
    EPS,
    Vector,
    as_finite_depth,
    as_log_alpha,
    as_start,
    as_tolerance,
)
from implicitbias.inputs.problem import Problem
from implicitbias.potentials import Depth
from implicitbias.solvers.doubles.minimizer import Minimizer
from implicitbias.solvers.doubles.mirror_curve import MirrorCurve
from implicitbias.solvers.errors import PrecisionError
from implicitbias.solvers.nearest_weights.local import nearest
from implicitbias.solvers.solution import Solution


@np.errstate(under="ignore")  # whatever the caller has set
def solve_explicit(
    X: Any,
    y: Any,
    *,
    alpha: float | None = None,
    log_alpha: float | None = None,
    depth: float = 2,
    start: Any = None,
    tol: float = 1e-10,
) -> Solution:
    """Minimise ``R_alpha(beta) = min ||w - alpha 1||^2, w_+^D - w_-^D = beta`` s.t. ``X beta = y``.

    What an optimiser that stayed as near as it can to its start would find, in place of the
    ``Q_alpha`` that gradient flow minimises [woodworth2020, sec. 4]. At D = 2 R_alpha is
    ``alpha^2 sum_i q_4(beta_i/alpha^2)``, convex, so it is solved as depth 4 is, with the same
    certificate. At D > 2 it grows like ``|beta|^(2/D)`` and is not convex: the answer is the better
    of where a local method ended from the least l2 and from the least l1 norm, with ``status``
    ``"stationary"`` and a global lower bound in ``gap``.

    Args:
        X, y, alpha, log_alpha, tol: as ``solve``.
        depth: D >= 2, finite.
        start: (a, a), positive scalars or (d,): both halves of the weights start at ``alpha a``.

    Returns:
        A Solution with ``X^T dual = alpha^(D-2) R_alpha'(beta)``. At D = 2 it is certified as by
        ``solve``. At D > 2 ``error`` is None, and no solution of the equations has a value below
        ``(1 - gap) R_alpha(beta)``, up to rounding, which is not counted. ``status`` is
        ``"global"`` there only where R_alpha is convex on all that is as good.

    Raises:
        ValueError, TypeError, InfeasibleError, PrecisionError: as ``solve``; ValueError too for
            depth infinity and for halves that start apart, whose R is not even;
            ArithmeticError where the local method does not come to rest, or beta/alpha^D is
            beyond doubles. At D > 2 a PrecisionError is about the residual alone.
    """
    depth = as_finite_depth(depth, "the explicit regularizer")
    tol = as_tolerance(tol)
    log_scale = as_log_alpha(alpha, log_alpha, needed=start is None)
    problem = Problem.from_data(X, y, tol)
    log_start = _log_start(start, problem.X.shape[1])
    if depth > 2:
        return nearest(problem, log_scale, log_start, depth, tol)
    rounding = 4 * EPS * (1 + 4 * np.abs(log_start) + abs(math.log(problem.target_scale)))
    offset = 2 * log_start - math.log(problem.target_scale)
    none = np.zeros(len(log_start))
    # Scaled coordinatewise with no other multipliers: R is alpha^2 a_i^2 r(beta_i/(alpha a_i)^2).
    curve = MirrorCurve(Depth(4), offset, none + 1, none, rounding)
    try:
        return Minimizer(problem, curve, depth, tol).solve(log_scale)
    except PrecisionError as error:
        way_out = "take a larger alpha"
        if start is None:
            way_out += f", or solve(X, y, depth=4, log_alpha={log_scale / 2!r}, digits={{digits}})"
            way_out += ", which is the same problem"
        raise PrecisionError(error.reached, tol, way_out=way_out) from None


def _log_start(start: Any, columns: int) -> Vector:
    weights = as_start(start, columns)
    if weights is None:
        return np.zeros(columns)
    a, b = weights
    apart = np.flatnonzero(a != b)
    if len(apart):
        i = int(apart[0])
        raise ValueError(
            f"the explicit regularizer needs a start (a, a), got {a[i]} and {b[i]} at column {i}; "
            "for halves that start apart, solve() has the implicit one"
        )
    return np.log(a)
