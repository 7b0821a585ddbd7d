"""The Newton matrix of the dual problem, in the frame of its anchors."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.linalg as la
from scipy.linalg import lapack

from implicitbias.inputs.accurate import residual
from implicitbias.inputs.arrays import EPS, Matrix, Vector
from implicitbias.inputs.problem import columns, gram
from implicitbias.solvers.doubles.basis import Frame
from implicitbias.solvers.doubles.mirror_curve import Point

SCREEN = 0.1  # at most so much of it is left out
LARGEST_LOG = 700.0  # exp of it is finite
NOISE = EPS  # of a residual
LARGE = 2**18  # entries of A: most of so many are not copied

# Differences of ln dz/dsigma: how much flatter than the steepest coordinate.
LOG_ROUNDED = -18.0  # here the residual needs twice the precision,
LOG_SETTLED = -32.0  # and here that does not do either: such a coordinate is nothing to the steep
LOG_NOTHING = 40.0  # below the flattest anchor: not in the Newton matrix


@dataclass(frozen=True, eq=False)
class Linearised:
    """The Newton matrix ``K_S + W_I K_I W_I^T`` at one state, as ``1 + B B^T`` and factored.

    ``W = T A``, K = dz/dsigma in units of the steepest coordinate that is no anchor, so that
    neither overflows nor underflows whatever alpha.

    Attributes:
        inside: coordinates I that the matrix takes into account, and columns: A_I.
        weights: (m,) K_I. steepness: (n,) K_S. steepest: ln of that unit.
        factor: (n, n) upper triangular. spread: the largest entry of 1 + B B^T.
        floor: flat anchors do not answer a residual below it, relative to the rows of ``|A| |z|``.
    """

    A: Matrix
    frame: Frame
    inside: Any  # indices, or a slice where they are most
    columns: Matrix
    weights: Vector
    steepness: Vector
    steepest: float
    factor: Vector
    spread: float
    floor: float

    @classmethod
    def at(cls, A: Matrix, frame: Frame, point: Point, floor: float) -> "Linearised":
        """LinAlgError where the matrix is not finite."""
        n = A.shape[0]
        log_stretch = point.log_stretch
        others = log_stretch.copy()
        others[frame.anchors] = -np.inf
        steepest = others.max(initial=-np.inf)
        if steepest == -np.inf:
            steepest = log_stretch.max()
        # The 2n steepest set the scale; the step stays good without those that are far below.
        count = min(2 * n, len(others))
        cut = np.partition(others, -count)[-count] + np.log(SCREEN * count / len(others))
        anchors = np.minimum(log_stretch[frame.anchors] - steepest, LARGEST_LOG)
        cut = max(cut, steepest + min(anchors.min(initial=0.0), 0.0) - LOG_NOTHING)
        inside: Any = np.flatnonzero(others > cut)
        part: Matrix
        if n * len(inside) > LARGE and 4 * len(inside) > len(others):
            inside, part = slice(None), A  # no copy of most of a large A
        else:
            part = columns(A, inside)
        weights = np.exp(others[inside] - steepest)
        steepness = np.exp(anchors)
        left = frame.transform / np.sqrt(steepness)[:, None]
        if len(weights) <= 2 * n:
            root = left @ (part * np.sqrt(weights))
            matrix = root @ root.T
        else:
            matrix = left @ gram(part, weights) @ left.T
        matrix[np.diag_indices(n)] += 1.0
        factor, info = lapack.dpotrf(matrix)
        if info != 0:
            raise la.LinAlgError("the Newton matrix is not finite")
        spread = float(matrix.max())
        return cls(A, frame, inside, part, weights, steepness, steepest, factor, spread, floor)

    def solve(self, right: Vector) -> Vector:
        """(n,) x with ``(K_S + W_I K_I W_I^T) x = right``."""
        root = np.sqrt(self.steepness)
        return np.asarray(lapack.dpotrs(self.factor, right / root)[0] / root)

    @property
    def contrast(self) -> float:
        """ln of the stretch of the flattest anchor, relative to the steepest."""
        return float(np.log(self.steepness.min() / self.steepness.max()))

    def newton(self, point: Point, b: Vector) -> tuple[Vector, Vector]:
        """``(dz, dsigma)``, (d,) each, that make the linearised conditions hold."""
        A, frame, S = self.A, self.frame, self.frame.anchors
        T = frame.transform
        sigma, stretch = point.sigma, point.stretch
        e = A.T @ (T.T @ sigma[S]) - sigma
        e[S] = 0.0
        rho, noise = self._residual(point.z, b)
        # A residual below its rounding says nothing; a flat anchor would take it at its word.
        rho = np.sign(rho) * np.maximum(np.abs(rho) - noise, 0.0)
        with np.errstate(divide="ignore", invalid="ignore"):
            right = np.where(rho != 0, rho / stretch[S], 0.0) * self.steepness
        right -= T @ (self.columns @ (self.weights * e[self.inside]))
        move = self.solve(right)
        dsigma = A.T @ (T.T @ move) + e
        dsigma[S] = move
        dz = stretch * dsigma
        dz[S] = 0.0
        dz[S] = rho - T @ (A @ dz)
        return dz, dsigma

    def _residual(self, z: Vector, b: Vector) -> tuple[Vector, Vector]:
        """``T (b - A z)`` (n,), and how much of it may be rounding where that matters."""
        T = self.frame.transform
        if self.contrast > LOG_ROUNDED:
            return T @ (b - self.A @ z), np.zeros(len(b))
        # In twice the precision: flat anchors are as small as what rounding leaves of steep ones.
        size = np.abs(z)
        large = np.flatnonzero(size > 1e-6 * size.max())
        small = z.copy()
        small[large] = 0.0
        r = residual(columns(self.A, large), z[large], b) - self.A @ small
        total = size.sum() + np.abs(b).max()
        noise = np.abs(small).sum() + 16 * np.abs(r) + (EPS + self.floor / NOISE) * total
        return T @ r, NOISE * (np.abs(T) @ noise)

    def tangent(self, point: Point) -> Vector:
        """(d,) ``dsigma/dlength`` along the path of solutions; ``dz`` is then ``K dsigma - z``.

        Where only anchors count, and those that do not count are about to be lost in the rounding
        of those that do, the former move as if alone, and the latter in proportion.
        """
        S, T = self.frame.anchors, self.frame.transform
        ratio, sigma = point.ratio, point.sigma[S]
        steep = point.log_stretch[S] > point.log_stretch.max() + LOG_SETTLED
        if self.steepest > point.log_stretch.max() + LOG_SETTLED:
            right = ratio[S] * self.steepness
            right += T @ (self.columns @ (self.weights * ratio[self.inside]))
            move = self.solve(right)
        else:
            growth = (ratio[S] @ np.where(steep, sigma, 0.0)) / (sigma[steep] @ sigma[steep])
            move = np.where(steep, ratio[S], growth * sigma)
        dsigma = self.A.T @ (T.T @ move)
        dsigma[S] = move
        return np.asarray(dsigma)
