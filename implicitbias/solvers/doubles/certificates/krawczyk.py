"""A bound by Krawczyk's test on the Newton matrix, which all coordinates may have a share in.

F has the derivative ``H = K_S + W_I K_I W_I^T`` at 0, and Y is near its inverse. So ``delta - Y
F(delta)`` hardly depends on delta: it maps a box ``|delta| <= r`` to within a radius of its value
``Y rho`` at 0, the center. Where ``|center| + radius <= r``, the box has a fixed point, and that is
within the radius of the center. All in units in which K_S is 1.
"""

from typing import Any

import numpy as np

from implicitbias.inputs.arrays import Batch, Matrix, Vector
from implicitbias.solvers.doubles.certificates.base_point import BasePoint
from implicitbias.solvers.doubles.certificates.curve_bounds import rounding_factor
from implicitbias.solvers.doubles.certificates.linear_bounds import LinearBounds, gamma_of
from implicitbias.solvers.doubles.mirror_curve import MirrorCurve
from implicitbias.solvers.linear_algebra import inverses

FLAT = 1e-12  # of the flattest basic coordinate's inverse metric


def error_bound(linear: LinearBounds, curve: MirrorCurve, base: BasePoint) -> Vector:
    """(m,) a bound of the error where a box is mapped into itself, else infinity."""
    S = linear.basis.basic
    of_basic = curve.at(S)
    n, d = linear.A.shape
    factor = rounding_factor(curve)
    unit = np.exp(base.basic.log_inverse_metric / 2)
    inverse_metric = base.nonbasic.inverse_metric.copy()
    inverse_metric[:, S] = 0.0
    weights, matrix = _newton_matrix(linear, inverse_metric, unit)
    inverse, exists = inverses(matrix)
    matrix = np.where(exists[:, None, None], matrix, np.eye(n))
    abs_inverse = np.abs(inverse)
    # What 1 - Y H is: as computed, and the rounding of the product, of the sums in the matrix, of
    # the weights (factor) and of W, whose error is an outer product.
    defect = np.abs(np.eye(n) - inverse @ matrix)
    diagonal = np.sqrt(np.einsum("mii->mi", matrix))
    left = linear.row_error / unit
    right = 1.01 * linear.abs_W_times(weights * linear.column_norm) / unit
    center = _times(inverse, base.residual / unit)

    def image(r: Batch) -> tuple[Batch, Batch]:
        """The radius for ``|delta| <= r``, and how much K_S varies there."""
        move = linear.abs_WT_times(r / unit)
        variation = curve.variation(base.nonbasic, move + base.sigma_error) * factor
        of_steep = of_basic.variation(base.basic, r / unit) * factor
        bend = np.where(move > 0, (variation * inverse_metric - weights) * move, 0.0)
        left_out = base.residual_error / unit + (of_steep - 1) * r + linear.abs_W_times(bend) / unit
        left_out += 2 * gamma_of(d) * diagonal * (diagonal * r).sum(axis=1, keepdims=True)
        left_out += left * (right * r).sum(axis=1, keepdims=True)
        left_out += right * (left * r).sum(axis=1, keepdims=True)
        result = _times(abs_inverse, left_out + gamma_of(n) * np.abs(base.residual / unit))
        of_product = 2 * gamma_of(n) * _times(abs_inverse, _times(np.abs(matrix), r))
        result += _times(defect, r) + of_product
        return result, of_steep

    r = 2 * (np.abs(center) + image(np.zeros_like(unit))[0])
    radius, of_steep = image(r)
    holds: Any = (np.abs(center) + radius <= r).all(axis=1)
    if not holds.all():
        r = np.where(holds[:, None], r, 2 * (np.abs(center) + radius))
        radius, of_steep = image(r)
        holds = (np.abs(center) + radius <= r).all(axis=1)
    # The minimiser is near the base moved by the center, to first order.
    move, unknown = linear.WT_times(center / unit)
    unknown += linear.abs_WT_times(radius / unit)
    most = np.abs(move) + unknown
    variation = curve.variation(base.nonbasic, most + base.sigma_error) * factor
    bend = inverse_metric * ((variation - 1) * np.abs(move) + variation * unknown)
    distance = np.abs(base.offset + inverse_metric * move) + bend + base.z_error
    # On S it is as near as the equations leave it, and as the curve does.
    by_equations = np.abs(base.offset[:, S]) + base.residual_bound
    by_equations = by_equations + linear.abs_W_times(base.change_of_z(curve, most))
    by_curve = np.abs(base.offset[:, S] + unit * center)
    by_curve += unit * ((of_steep - 1) * np.abs(center) + of_steep * radius)
    distance[:, S] = np.fmin(by_equations, by_curve) + base.z_error[:, S]
    return np.where(holds & exists, base.relative_error(distance), np.inf)


def _newton_matrix(
    linear: LinearBounds, inverse_metric: Batch, unit: Batch
) -> tuple[Batch, Matrix]:
    """The K (m, d) that are in it, and ``1 + B B^T`` (m, n, n), ``B = W_I sqrt(K_I) / unit``.

    What is far flatter than the basic coordinates is left out, for the caller to count.
    """
    n = unit.shape[1]
    flat = FLAT * unit.min(axis=1, keepdims=True, initial=np.inf) ** 2
    weights = np.where(inverse_metric > flat, inverse_metric, 0.0)
    matrix = np.broadcast_to(np.eye(n), (len(unit), n, n)).copy()
    for part, W in linear.W_blocks():
        root = np.sqrt(weights[:, part])
        for i in range(len(unit)):
            inside = np.flatnonzero(root[i])
            B = W[:, inside] * root[i, inside] / unit[i][:, None]
            matrix[i] += B @ B.T
    return weights, matrix


def _times(matrices: Matrix, vectors: Batch) -> Batch:
    """(m, n) products of m matrices (m, n, n) with a vector (m, n) each."""
    return np.asarray((matrices @ vectors[..., None])[..., 0])
