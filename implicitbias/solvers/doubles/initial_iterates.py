"""Iterates to begin with: the weights' start, the kernel regime, least squares."""

import numpy as np
import scipy.linalg as la

from implicitbias.inputs.problem import dense, gram
from implicitbias.solvers.doubles.dual_problem import DualProblem
from implicitbias.solvers.doubles.iterate import Iterate
from implicitbias.solvers.linear_algebra import Cholesky
from implicitbias.solvers.refusal import OutsideError

KERNEL_MOVE = 0.3  # of a unit of s (of its slack at the start): the mirror map is nearly linear
# Far from the end of the kernel regime s is e^-60, and the minimiser has changed by its square: not
# at all.
LOG_NO_MOVE = 60.0


def start_iterate(problem: DualProblem, log_inverse_scale: float) -> Iterate:
    """The weights' start: the solution where there is no equation."""
    point = problem.point_at_dual(np.zeros(problem.A.shape[1]), log_inverse_scale)
    return Iterate.at(problem.A, point, log_inverse_scale)


def least_squares_iterate(problem: DualProblem, log_inverse_scale: float) -> Iterate:
    """An interpolator of no particular merit, to be shown where nothing better is reached."""
    z = la.lstsq(dense(problem.A), problem.b)[0]
    curve = problem.curve.at_scale(log_inverse_scale)
    return Iterate.at(problem.A, curve.at_primal(z), log_inverse_scale)


def kernel_iterate(problem: DualProblem, log_inverse_scale: float) -> Iterate:
    """A first guess for ``min(log_inverse_scale, l)``, where l is about the end of the kernel
    regime.

    There the mirror map is nearly linear around the start, ``z_0 + K_0 A^T nu``, and Newton's
    method converges from the solution of that linear problem. From an even start the guess is for
    ``l - 60`` at least. A StepRefused where doubles do not hold that problem.
    """
    A, b, curve = problem.A, problem.b, problem.curve
    start = problem.point_at_dual(np.zeros(A.shape[1]), 0.0)
    inverse_metric = start.inverse_metric
    matrix = Cholesky.of(gram(A, inverse_metric))
    move = np.abs(A.T @ matrix.solve(b)) * curve.slope(start)
    if move.max() > 0:
        end = float(np.log(KERNEL_MOVE / move.max()))
        log_inverse_scale = min(log_inverse_scale, end)
        if not start.z.any():
            log_inverse_scale = max(log_inverse_scale, end - LOG_NO_MOVE)
    scale = np.exp(-log_inverse_scale)
    missing = b / scale - A @ start.z
    if not np.isfinite(missing).all():
        raise OutsideError("the kernel regime ends beyond doubles")
    z = scale * (start.z + inverse_metric * (A.T @ matrix.solve(missing)))
    point = curve.at_scale(log_inverse_scale).at_primal(z)
    return Iterate.at(A, point, log_inverse_scale)
