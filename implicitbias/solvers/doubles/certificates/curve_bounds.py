"""Bounds on the mirror curve: the rounding of its points, and how its steepness changes."""

import numpy as np

from implicitbias.inputs.arrays import EPS, Batch
from implicitbias.numbers import DOUBLES
from implicitbias.solvers.doubles.mirror_curve import MirrorCurve, Point

LIBRARY = 8  # roundings of EPS that a curve evaluation costs, relative to what enters it


def metric_variation(curve: MirrorCurve, point: Point, move: Batch) -> Batch:
    """(m, d) G >= 1 with ``1/G <= K(sigma + x) / K(sigma) <= G`` for all ``|x| <= move``.

    Infinite where ``sigma + x`` may leave the domain. For the exact K: see `rounding_factor`.
    """
    return np.asarray(
        curve.potential.inverse_metric_variation(DOUBLES, point.parameter, curve.rate * move)
    )


def rounding_factor(curve: MirrorCurve, log_inverse_scales: Batch) -> Batch:
    """(m, 1), just above 1: an inverse metric as computed times this is no less than the exact.

    ``log_inverse_scales``: (m, 1).
    """
    factor = 1 + LIBRARY * EPS * (1 + np.abs(log_inverse_scales) + np.abs(curve.log_scale).max())
    return np.asarray(factor + curve.rounding.max())


def dual_rounding(curve: MirrorCurve, point: Point, log_inverse_scales: Batch) -> Batch:
    """(m, d) how far the computed sigma may be from the exact sigma(z).

    ``log_inverse_scales``: (m, 1).
    """
    log_z = np.where(point.z != 0, np.abs(np.log(np.abs(point.z))), 0.0)
    logs = (
        LIBRARY * EPS * (log_z + np.abs(curve.log_scale) + np.abs(log_inverse_scales) + 1)
        + curve.rounding
    )
    size = np.abs(point.sigma) + 2 * np.abs(curve.shift)  # at least |s| / rate + |shift|
    biased = np.where(curve.shift == 0, 0.0, 4 * EPS + curve.rounding)
    # z/K is dsigma/dln z
    return np.asarray(logs * np.abs(point.ratio) + (EPS + biased) * size)
