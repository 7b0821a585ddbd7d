"""A bound by the basis alone: where the basic coordinates carry all equations, no matrix is needed.

The map of the moves y of z_S is ``y -> rho - W_I (z_I(sigma_I + W_I^T delta) - z_I)``, delta the
moves of sigma_S that belong to y. It takes a box ``|y| <= r`` into itself, and so has a fixed point
there, if ``rho + |W_I| |z_I(..) - z_I| <= r``; as far as the basic coordinates are the steep ones,
that is a small multiple of rho.
"""

import numpy as np

from implicitbias.inputs.arrays import Batch, Vector
from implicitbias.solvers.doubles.certificates.base_point import BasePoint
from implicitbias.solvers.doubles.certificates.linear_bounds import LinearBounds
from implicitbias.solvers.doubles.mirror_curve import MirrorCurve

LEAST = 1e-300  # stands for moves that underflow


def error_bound(linear: LinearBounds, curve: MirrorCurve, base: BasePoint) -> Vector:
    """(m,) a bound of the error where ``|y| <= r`` is mapped into itself, else infinity.

    Over the box sigma_S moves by at most ``2 r / K_S``, as K_S falls by at most half.
    """
    S = linear.basis.basic
    of_basic = curve.at(S)
    nonbasic = base.nonbasic.log_inverse_metric.copy()
    nonbasic[:, S] = -np.inf
    if (nonbasic.max(axis=1) > base.basic.log_inverse_metric.min(axis=1, initial=np.inf)).all():
        return np.full(len(nonbasic), np.inf)  # they do not carry all

    def image(r: Batch) -> tuple[Batch, Batch, Vector]:
        """Bounds of what ``|y| <= r`` is mapped to and of the moves of z_I; how much K_S varies."""
        move = np.where(r > 0, 2.1 * r / base.basic.inverse_metric + LEAST, 0.0)
        variation = of_basic.variation(base.basic, move).max(axis=1, initial=1.0)
        distance = base.change_of_z(curve, linear.abs_WT_times(move))
        return base.residual_bound + linear.abs_W_times(distance), distance, variation

    r = 2 * image(2 * base.residual_bound)[0]
    inside, distance, variation = image(r)
    holds = (inside <= r).all(axis=1) & (variation <= 2)
    return np.where(holds, base.error_of_moves(S, inside, distance), np.inf)
