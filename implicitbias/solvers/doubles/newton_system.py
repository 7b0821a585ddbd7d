"""The Newton matrix of the dual problem, in the basis of its basic coordinates."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from implicitbias.inputs.accurate import residual
from implicitbias.inputs.arrays import EPS, Matrix, Vector
from implicitbias.inputs.problem import columns, gram
from implicitbias.solvers.doubles.basis import Basis
from implicitbias.solvers.doubles.mirror_curve import Point
from implicitbias.solvers.linear_algebra import Cholesky

SCREEN = 0.1  # at most so much of it is left out
LARGEST_LOG = 700.0  # exp of it is finite
NOISE = EPS  # of a residual
LARGE = 2**18  # entries of A: most of so many are not copied

# Differences of ln dz/dsigma: how much flatter than the steepest coordinate.
LOG_ROUNDED = -18.0  # here the residual needs twice the precision,
LOG_RICH = -32.0  # and here that does not do either: such a coordinate is nothing to the steep
LOG_NOTHING = 40.0  # below the flattest basic_point: not in the Newton matrix


@dataclass(frozen=True, eq=False)
class NewtonSystem:
    """The Newton matrix ``K_S + W_I K_I W_I^T`` at one state, as ``1 + B B^T`` and factored.

    ``W = T A``, K = dz/dsigma in units of the steepest coordinate that is no basic coordinate, so
    that neither overflows nor underflows whatever alpha.

    Attributes:
        inside: coordinates I that the matrix takes into account, and columns: A_I.
        weights: (m,) K_I. steepness: (n,) K_S. steepest: ln of that unit.
        factor: of 1 + B B^T (n, n). scaled_max: the largest entry of 1 + B B^T.
        residual_floor: flat basic coordinates do not answer a residual below it, relative to the
            rows of ``|A| |z|``.
    """

    A: Matrix
    basis: Basis
    inside: Any  # indices, or a slice where they are most
    columns: Matrix
    weights: Vector
    steepness: Vector
    steepest: float
    factor: Cholesky
    scaled_max: float
    residual_floor: float

    @classmethod
    def at(cls, A: Matrix, basis: Basis, point: Point, residual_floor: float) -> "NewtonSystem":
        """SingularMatrixError where the matrix is not finite."""
        n = A.shape[0]
        log_inverse_metric = point.log_inverse_metric
        nonbasic = log_inverse_metric.copy()
        nonbasic[basis.basic] = -np.inf
        steepest = nonbasic.max(initial=-np.inf)
        if steepest == -np.inf:
            steepest = log_inverse_metric.max()
        # The 2n steepest set the scale; the step stays good without those that are far below.
        count = min(2 * n, len(nonbasic))
        cut = np.partition(nonbasic, -count)[-count] + np.log(SCREEN * count / len(nonbasic))
        basic = np.minimum(log_inverse_metric[basis.basic] - steepest, LARGEST_LOG)
        cut = max(cut, steepest + min(basic.min(initial=0.0), 0.0) - LOG_NOTHING)
        inside: Any = np.flatnonzero(nonbasic > cut)
        part: Matrix
        if n * len(inside) > LARGE and 4 * len(inside) > len(nonbasic):
            inside, part = slice(None), A  # no copy of most of a large A
        else:
            part = columns(A, inside)
        weights = np.exp(nonbasic[inside] - steepest)
        steepness = np.exp(basic)
        left = basis.inverse / np.sqrt(steepness)[:, None]
        if len(weights) <= 2 * n:
            root = left @ (part * np.sqrt(weights))
            matrix = root @ root.T
        else:
            matrix = left @ gram(part, weights) @ left.T
        matrix[np.diag_indices(n)] += 1.0
        factor = Cholesky.of(matrix)
        scaled_max = float(matrix.max())
        return cls(
            A, basis, inside, part, weights, steepness, steepest, factor, scaled_max, residual_floor
        )

    def solve(self, right: Vector) -> Vector:
        """(n,) x with ``(K_S + W_I K_I W_I^T) x = right``."""
        root = np.sqrt(self.steepness)
        return np.asarray(self.factor.solve(right / root) / root)

    @property
    def contrast(self) -> float:
        """ln of the inverse metric of the flattest basic coordinate, relative to the steepest."""
        return float(np.log(self.steepness.min() / self.steepness.max()))

    def newton(self, point: Point, b: Vector) -> tuple[Vector, Vector]:
        """``(dz, dsigma)``, (d,) each, that make the linearised conditions hold."""
        A, basis, S = self.A, self.basis, self.basis.basic
        T = basis.inverse
        sigma, inverse_metric = point.sigma, point.inverse_metric
        e = A.T @ (T.T @ sigma[S]) - sigma
        e[S] = 0.0
        rho, noise = self._residual(point.z, b)
        # A residual below its rounding says nothing; a flat basic coordinate would take it at its
        # word.
        rho = np.sign(rho) * np.maximum(np.abs(rho) - noise, 0.0)
        with np.errstate(divide="ignore", invalid="ignore"):
            right = np.where(rho != 0, rho / inverse_metric[S], 0.0) * self.steepness
        right -= T @ (self.columns @ (self.weights * e[self.inside]))
        move = self.solve(right)
        dsigma = A.T @ (T.T @ move) + e
        dsigma[S] = move
        dz = inverse_metric * dsigma
        dz[S] = 0.0
        dz[S] = rho - T @ (A @ dz)
        return dz, dsigma

    def _residual(self, z: Vector, b: Vector) -> tuple[Vector, Vector]:
        """``T (b - A z)`` (n,), and how much of it may be rounding where that matters."""
        T = self.basis.inverse
        if self.contrast > LOG_ROUNDED:
            return T @ (b - self.A @ z), np.zeros(len(b))
        # In twice the precision: flat basic coordinates are as small as what rounding leaves of
        # steep ones.
        size = np.abs(z)
        large = np.flatnonzero(size > 1e-6 * size.max())
        small = z.copy()
        small[large] = 0.0
        r = residual(columns(self.A, large), z[large], b) - self.A @ small
        total = size.sum() + np.abs(b).max()
        noise = np.abs(small).sum() + 16 * np.abs(r) + (EPS + self.residual_floor / NOISE) * total
        return T @ r, NOISE * (np.abs(T) @ noise)

    def tangent(self, point: Point) -> Vector:
        """(d,) ``dsigma/dl`` (l: the log inverse scale) along the path of solutions; ``dz``
        is then ``K dsigma - z``.

        Where only basic coordinates count, and those that do not count are about to be lost in the
        rounding of those that do, the former move as if alone, and the latter in proportion.
        """
        S, T = self.basis.basic, self.basis.inverse
        ratio, sigma = point.ratio, point.sigma[S]
        steep = point.log_inverse_metric[S] > point.log_inverse_metric.max() + LOG_RICH
        if self.steepest > point.log_inverse_metric.max() + LOG_RICH:
            right = ratio[S] * self.steepness
            right += T @ (self.columns @ (self.weights * ratio[self.inside]))
            move = self.solve(right)
        else:
            growth = (ratio[S] @ np.where(steep, sigma, 0.0)) / (sigma[steep] @ sigma[steep])
            move = np.where(steep, ratio[S], growth * sigma)
        dsigma = self.A.T @ (T.T @ move)
        dsigma[S] = move
        return np.asarray(dsigma)
