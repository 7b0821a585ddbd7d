"""A basis of the equations, as in the simplex method: ``z_S + W_I z_I = T b``."""

from dataclasses import dataclass

import numpy as np
import scipy.linalg as la

from implicitbias.inputs.arrays import Indices, Matrix, Vector
from implicitbias.inputs.problem import columns
from implicitbias.solvers.linear_algebra import inverse
from implicitbias.solvers.refusal import SingularMatrixError

CANDIDATES = 3  # times n: columns among which the basic coordinates are sought first
INDEPENDENT = 1e-5  # the sine of its angle to the basic columns before, below which none is one
LIGHT = 1e-8  # columns of a smaller weight are left to a round of their own


@dataclass(frozen=True, eq=False)
class Basis:
    """n independent columns S of A, the steepest first, and ``T = A_S^-1``.

    Multiplied by T the equations ``A z = b`` read ``z_S + W_I z_I = T b``, ``W = T A``, and the
    dual unknowns are ``sigma_S`` themselves, ``A^T nu = W^T sigma_S``. As no column that is left is
    much steeper than the basic coordinates it needs, the Newton matrix ``K_S + W_I K_I W_I^T``
    scaled to ``1 + B B^T`` is well conditioned, whatever the condition number of A and however
    different the steepness K of the coordinates.

    Attributes:
        basic: S (n,).
        inverse: T (n, n).
    """

    basic: Indices
    inverse: Matrix

    @classmethod
    def at(cls, A: Matrix, log_inverse_metric: Vector) -> "Basis":
        """The basis for coordinates of that steepness (d,).

        SingularMatrixError where the rank of A is less than n.
        """
        n, d = A.shape
        if n == 0:
            return cls(np.zeros(0, dtype=np.intp), np.zeros((0, 0)))
        count = CANDIDATES * n
        while True:
            steepest = np.argpartition(-log_inverse_metric, min(count, d) - 1)
            candidates = steepest[: min(count, d)]
            chosen = _independent(columns(A, candidates), log_inverse_metric[candidates])
            if len(chosen) == n:
                basic = candidates[chosen]
                return cls(basic, inverse(columns(A, basic)))
            if count >= d:
                raise SingularMatrixError(f"only {len(chosen)} of {n} columns are independent")
            count *= 4

    def is_same(self, other: "Basis") -> bool:
        """Whether both are one basis: it shares T with what is restricted or extended of it."""
        return self.inverse is other.inverse


def _independent(B: Matrix, log_inverse_metric: Vector) -> Indices:
    """Up to n independent columns of B (n, m), those first that are steepest in what is left.

    By QR with pivoting, in rounds: where the weights differ by more than doubles resolve, what is
    left of a column after the basic coordinates so far is rounding, and the column is put aside.
    """
    n = B.shape[0]
    chosen: Indices = np.zeros(0, dtype=np.intp)
    rest = np.flatnonzero(B.any(axis=0))
    left = B[:, rest]
    sizes = la.norm(left, axis=0)
    while len(chosen) < n and len(rest):
        top = log_inverse_metric[rest].max()
        weighted = left * np.exp((log_inverse_metric[rest] - top) / 2)
        triangle, pivots = la.qr(weighted, mode="r", pivoting=True, check_finite=False)
        room = min(n - len(chosen), len(rest))
        weights = np.exp((log_inverse_metric[rest[pivots[:room]]] - top) / 2)
        sine = np.abs(np.diag(triangle)[:room])
        fine = (sine > INDEPENDENT * sizes[pivots[:room]] * weights) & (weights > LIGHT)
        good = room if fine.all() else int(np.argmin(fine))
        chosen = np.concatenate([chosen, rest[pivots[:good]]])
        if len(chosen) == n:
            break
        # Next round: without the span of the chosen, and without the pivot that failed unless its
        # weight is what failed it.
        keep = np.ones(len(rest), dtype=bool)
        keep[pivots[:good]] = False
        if good == 0 or (good < room and weights[good] > LIGHT):
            keep[pivots[good]] = False
        Q = la.qr(B[:, chosen], mode="economic")[0]
        rest, sizes = rest[keep], sizes[keep]
        left = B[:, rest] - Q @ (Q.T @ B[:, rest])
        left = left - Q @ (Q.T @ left)
        fine = la.norm(left, axis=0) > INDEPENDENT * sizes
        rest, left, sizes = rest[fine], left[:, fine], sizes[fine]
    return chosen
