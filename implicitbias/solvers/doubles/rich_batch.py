"""Many alphas at once, far in the rich regime, where the basic coordinates are all that counts."""

from dataclasses import replace

import numpy as np

from implicitbias.inputs.arrays import Vector
from implicitbias.solvers.doubles.corrector import POLISHED
from implicitbias.solvers.doubles.dual_problem import DualProblem
from implicitbias.solvers.doubles.iterate import Iterate
from implicitbias.solvers.doubles.newton_system import LOG_RICH, NewtonSystem

CHORD = 1e-3  # 1 + B B^T is that near to 1: a sweep gains three digits
LOG_CHORD = -8.0  # of ln dz/dsigma, all others below every basic coordinate: sweeps may do
SWEEPS = 6  # the first ones get there, the others are for rounding
SWEPT = 1e-13  # of the largest z: a residual that passes
BLOCK = 2**20  # entries of many iterates handled at once


def rich_batch(
    problem: DualProblem, iterate: Iterate, system: NewtonSystem, log_inverse_scales: Vector
) -> list[Iterate]:
    """Iterates at the log inverse scales (m,) beyond, all at once; as many of the first as
    converge.

    Where only the basic coordinates count, ``z_S = T (b - A_I z_I)`` and all else follows: a few
    sweeps of products of matrices, and no Newton matrix. None where that is not so.

    Args:
        iterate: a solution.
        system: of that, or of an iterate a small Newton step away.
    """
    with np.errstate(all="ignore"):
        if not np.isfinite(iterate.point.parameter).all():
            return []
        nonbasic = iterate.point.log_inverse_metric.copy()
        nonbasic[iterate.basis.basic] = -np.inf
        basic = iterate.point.log_inverse_metric[iterate.basis.basic]
        rest = nonbasic.max() - basic.max()
        if not (nonbasic.max() - basic.min() < LOG_CHORD or rest < LOG_RICH):
            return []
        if not (system.scaled_max < 1 + CHORD or rest < LOG_RICH):
            return []
        slope = system.tangent(iterate.point)
        size = max(1, BLOCK // problem.A.shape[1])
        found: list[Iterate] = []
        for i in range(0, len(log_inverse_scales), size):
            part = log_inverse_scales[i : i + size]
            new = _swept(problem, iterate, slope, part)
            found += new
            if len(new) < len(part):
                break
        return found


def _swept(
    problem: DualProblem, iterate: Iterate, slope: Vector, log_inverse_scales: Vector
) -> list[Iterate]:
    """The same for few log inverse scales; ``slope = dsigma/dl`` (d,) at the iterate."""
    A, b, point = problem.A, problem.b, iterate.point
    S, T = iterate.basis.basic, iterate.basis.inverse
    each = log_inverse_scales[:, None]
    curve = problem.curve.at_scale(each)
    basic_curve = curve.at(S)
    steep = point.log_inverse_metric[S] > point.log_inverse_metric.max() + LOG_RICH
    z = np.broadcast_to(point.z[S], (len(log_inverse_scales), len(S)))
    sigma = point.sigma[S] + (each - iterate.log_inverse_scale) * slope[S]
    turned = basic_curve.at_parameter(basic_curve.parameter_at_dual(sigma))
    for _ in range(SWEEPS):
        basic = basic_curve.at_primal(z).where(steep, turned)
        sigma = np.asarray(basic.sigma @ T @ A)
        points = curve.at_parameter(curve.parameter_at_dual(sigma))
        points = points.with_coordinates(S, basic)
        rho = (b - points.z @ A.T) @ T.T
        off = np.abs(np.where(steep, rho, 0.0)).max(axis=1) / np.abs(points.z).max(axis=1)
        if (off <= POLISHED).all():
            break
        z = basic.z + rho
    good = (off <= SWEPT) & np.isfinite(points.parameter).all(axis=1)
    count = len(good) if good.all() else int(np.argmin(good))
    return [
        replace(iterate, point=points.row(i), log_inverse_scale=float(log_inverse_scales[i]))
        for i in range(count)
    ]
