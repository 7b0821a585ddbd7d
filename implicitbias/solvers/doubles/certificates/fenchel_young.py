"""A bound by the duality gap: where fewer weights survive than there are equations.

The base with its residual added to z_S interpolates, and its duality gap g bounds the Fenchel-Young
term of the minimiser at each coordinate. As ``P_i(z) >= z t - P*_i(t)`` for every t, and ``P*_i(t)
<= g |t - shift|`` at ``t = sigma(g)``: ``z^_i <= g (1 + |t - shift|) / (t - sigma_i)``, and
likewise from below. g bounds the sum of all terms too, so that ``sum_i |z^_i| |t_i - sigma_i| <= g
(1 + max |t - shift|)`` at ``t = sigma(g/d)``, which is what the support feels. Where the l1
minimiser is not unique both are infinite, however small the gap [rockafellar1970].
"""

import numpy as np

from implicitbias.inputs.arrays import EPS, Batch, Vector
from implicitbias.solvers.doubles.certificates.base_point import BasePoint
from implicitbias.solvers.doubles.certificates.linear_bounds import LinearBounds
from implicitbias.solvers.doubles.mirror_curve import MirrorCurve

NEGLIGIBLE = 1e-8  # of the largest weight: smaller ones are not taken for the support


def error_bound(linear: LinearBounds, curve: MirrorCurve, base: BasePoint) -> Vector:
    """(m,) a bound of the error, finite where all but some basic coordinates is negligible."""
    S = linear.basis.basic
    sigma, z = base.nonbasic.sigma.copy(), base.nonbasic.z.copy()
    sigma[:, S], z[:, S] = base.basic.sigma, base.basic.z
    d = z.shape[1]
    size = np.abs(base.basic.z)
    support = size > NEGLIGIBLE * size.max(axis=1, keepdims=True, initial=0.0)
    # A larger bound of the gap is one too, and gives those that are about as large as it room.
    small = np.where(support, 0.0, size).max(axis=1, initial=0.0)
    others = np.where(np.isin(np.arange(d), S), 0.0, np.abs(z)).max(axis=1)
    gap = np.maximum(base.gap, 10 * np.maximum(small, others))[:, None]

    def at(side: float, share: Batch) -> tuple[Batch, Batch]:
        """``g (1 + |t - shift|)`` and at most ``|t - sigma|``, for ``t = sigma(side share)``."""
        primal = np.broadcast_to(side * share, z.shape)
        t = curve.at_primal(primal).sigma
        room = side * (t - sigma) - base.sigma_error - 4 * EPS * (np.abs(t) + np.abs(sigma))
        return gap * (1 + np.abs(t - curve.shift)), np.where(room > 0, room, 0.0)

    alone = np.zeros(z.shape)
    joint, least = np.zeros((len(z), 1)), np.full(z.shape, np.inf)
    for side in (1.0, -1.0):
        reach, room = at(side, gap)
        alone = np.maximum(alone, reach / room)
        reach, room = at(side, gap / d)
        joint = np.maximum(joint, reach.max(axis=1, keepdims=True))
        least = np.minimum(least, room)
    far = alone + np.abs(z)
    on_basic = far[:, S]
    far[:, S] = 0.0
    nonbasic = np.where(far > 0, np.abs(z), 0.0)
    nonbasic[:, S], least[:, S] = 0.0, np.inf
    together = joint * linear.abs_W_largest(1 / least) + linear.abs_W_times(nonbasic)
    on_support = base.residual_bound + np.fmin(together, linear.abs_W_times(far))
    basic = np.where(support, on_support, on_basic)
    holds = np.isfinite(gap[:, 0]) & support.any(axis=1)
    return np.where(holds, base.error_of_moves(S, basic, far), np.inf)
