"""Bounds on the mirror curve: what rounding does to its points and its steepness."""

import numpy as np

from implicitbias.inputs.arrays import EPS, Batch
from implicitbias.solvers.doubles.mirror_curve import MirrorCurve, Point

LIBRARY = 8  # roundings of EPS that a curve evaluation costs, relative to what enters it


def rounding_factor(curve: MirrorCurve) -> Batch:
    """(m, 1), just above 1: an inverse metric as computed times this is no less than the exact."""
    factor = 1 + LIBRARY * EPS * (
        1 + np.abs(curve.log_inverse_scale) + np.abs(curve.log_scale).max()
    )
    return np.asarray(factor + curve.rounding.max())


def dual_rounding(curve: MirrorCurve, point: Point) -> Batch:
    """(m, d) how far the computed sigma may be from the exact sigma(z)."""
    log_z = np.where(point.z != 0, np.abs(np.log(np.abs(point.z))), 0.0)
    logs = (
        LIBRARY * EPS * (log_z + np.abs(curve.log_scale) + np.abs(curve.log_inverse_scale) + 1)
        + curve.rounding
    )
    size = np.abs(point.sigma) + 2 * np.abs(curve.shift)  # at least |s| / rate + |shift|
    biased = np.where(curve.shift == 0, 0.0, 4 * EPS + curve.rounding)
    # z/K is dsigma/dln z
    return np.asarray(logs * np.abs(point.ratio) + (EPS + biased) * size)
