"""The Newton matrix of the dual problem, in the basis of its basic coordinates."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from implicitbias.inputs.accurate import residual
from implicitbias.inputs.arrays import EPS, Matrix, Vector
from implicitbias.inputs.problem import columns, gram
from implicitbias.solvers.doubles.basis import Basis
from implicitbias.solvers.doubles.dual_problem import DualProblem
from implicitbias.solvers.doubles.iterate import Iterate
from implicitbias.solvers.doubles.mirror_curve import Point
from implicitbias.solvers.linear_algebra import Cholesky

SKEW = 1e3  # times d/n: a larger entry of 1 + B B^T asks for another basis
SCREEN = 0.1  # at most so much of it is left out
LARGEST_LOG = 700.0  # exp of it is finite
NOISE = EPS  # of a residual
LARGE = 2**18  # entries of A: most of so many are not copied

# Differences of ln dz/dsigma: how much flatter than the steepest coordinate.
LOG_ROUNDED = -18.0  # here the residual needs twice the precision,
LOG_RICH = -32.0  # and here that does not do either: such a coordinate is nothing to the steep
LOG_NOTHING = 40.0  # below the flattest basic coordinate: not in the Newton matrix


@dataclass(frozen=True, eq=False)
class NewtonSystem:
    """The Newton matrix ``K_S + W_I K_I W_I^T`` at one point, as ``1 + B B^T`` and factored.

    ``W = T A``, K = dz/dsigma in units of the steepest coordinate that is no basic coordinate, so
    that neither overflows nor underflows whatever alpha. It serves points nearby, too.

    Attributes:
        problem: A, b and the rest, of d coordinates.
        basis: S and T.
        inside: the m coordinates I that the matrix takes into account.
        columns: A_I (n, m).
        weights: K_I (m,).
        steepness: K_S (n,).
        steepest: ln of the unit of K.
        factor: of 1 + B B^T (n, n).
        scaled_max: the largest entry of 1 + B B^T.
    """

    problem: DualProblem
    basis: Basis
    inside: Any  # indices, or a slice where they are most
    columns: Matrix
    weights: Vector
    steepness: Vector
    steepest: float
    factor: Cholesky
    scaled_max: float

    @classmethod
    def at(cls, problem: DualProblem, basis: Basis, point: Point) -> "NewtonSystem":
        """SingularMatrixError where the matrix is not finite."""
        A, n = problem.A, problem.A.shape[0]
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
        matrix.flat[:: n + 1] += 1.0
        factor, scaled_max = Cholesky.of(matrix), float(matrix.max())
        return cls(problem, basis, inside, part, weights, steepness, steepest, factor, scaled_max)

    def solve(self, right: Vector) -> Vector:
        """(n,) x with ``(K_S + W_I K_I W_I^T) x = right``."""
        root = np.sqrt(self.steepness)
        return np.asarray(self.factor.solve(right / root) / root)

    @cached_property
    def contrast(self) -> float:
        """ln of the inverse metric of the flattest basic coordinate, relative to the steepest."""
        return float(np.log(self.steepness.min() / self.steepness.max()))

    def newton(self, point: Point) -> tuple[Vector, Vector]:
        """``(dz, dsigma)``, (d,) each, that make the linearised conditions hold."""
        A, S, T = self.problem.A, self.basis.basic, self.basis.inverse
        sigma, inverse_metric = point.sigma, point.inverse_metric
        e = A.T @ (T.T @ sigma[S]) - sigma
        e[S] = 0.0
        rho, noise = self._residual(point.z)
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

    def _residual(self, z: Vector) -> tuple[Vector, Vector]:
        """``T (b - A z)`` (n,), and how much of it may be rounding where that matters."""
        A, b, T = self.problem.A, self.problem.b, self.basis.inverse
        if self.contrast > LOG_ROUNDED:
            return T @ (b - A @ z), np.zeros(len(b))
        # In twice the precision: flat basic coordinates are as small as what rounding leaves of
        # steep ones.
        size = np.abs(z)
        large = np.flatnonzero(size > 1e-6 * size.max())
        small = z.copy()
        small[large] = 0.0
        r = residual(columns(A, large), z[large], b) - A @ small
        total = size.sum() + np.abs(b).max()
        floor = EPS + self.problem.residual_floor / NOISE
        noise = np.abs(small).sum() + 16 * np.abs(r) + floor * total
        return T @ r, NOISE * (np.abs(T) @ noise)

    def tangent(self, point: Point) -> Vector:
        """(d,) ``dsigma/dl``, l the log inverse scale, along the path of solutions.

        ``dz/dl`` is then ``K dsigma/dl - z``. Where only basic coordinates count, and those that do
        not count are about to be lost in the rounding of those that do, the former move as if
        alone, and the latter in proportion.
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
        dsigma = self.problem.A.T @ (T.T @ move)
        dsigma[S] = move
        return np.asarray(dsigma)


def linearise(problem: DualProblem, iterate: Iterate) -> tuple[Iterate, NewtonSystem]:
    """The Newton system at an iterate, both in another basis where its own has become too skew."""
    system = NewtonSystem.at(problem, iterate.basis, iterate.point)
    if system.scaled_max <= SKEW * max(1.0, problem.A.shape[1] / problem.A.shape[0]):
        return iterate, system
    iterate = Iterate.at(problem.A, iterate.point, iterate.log_inverse_scale)
    return iterate, NewtonSystem.at(problem, iterate.basis, iterate.point)
