"""Linear equations in a basis, with bounds of what rounding hides."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import scipy.sparse as sp

from implicitbias.inputs.accurate import residual
from implicitbias.inputs.arrays import EPS, Matrix, Vector
from implicitbias.inputs.problem import columns, dense
from implicitbias.solvers.doubles.basis import Basis
from implicitbias.solvers.doubles.mirror_curve import MirrorCurve

BLOCK = 2**18  # entries handled at once, to bound the memory
KEPT = 2**22  # entries of W that are not computed anew each time


@dataclass(frozen=True, eq=False)
class Equations:
    """``A z = b`` in a basis: exactly ``z_S + W_I z_I = A_S^-1 b``, of which T A is an image.

    Attributes:
        data_error: the error of every entry of A and b, relative to the largest of A and of b.
    """

    A: Matrix
    b: Vector
    curve: MirrorCurve
    basis: Basis
    data_error: float

    @cached_property
    def column(self) -> Vector:
        """(d,) upper bounds of ``||A_j||_2``; data error times it bounds the error of the column
        too.
        """
        norms: Vector = _column_norms(self.A) * (1 + self._gamma)
        least = self.largest * np.sqrt(self.A.shape[0]) if self.data_error else 0.0
        return np.asarray(np.where(norms > 0, np.maximum(norms, least), 0.0))

    @cached_property
    def largest(self) -> float:
        """The largest entry of A, in size."""
        return float(abs(self.A).max())

    @cached_property
    def row(self) -> Vector:
        """(n,): ``row_i column_j`` bounds ``|W - T A|_ij``, T A as computed."""
        T = self.basis.inverse
        sizes = np.linalg.norm(T, axis=1) if len(T) else np.zeros(0)
        rounding = (self._gamma + self.data_error) * sizes
        bent = self.inexact * sizes.max(initial=0.0) / (1 - self.inexact)
        return np.asarray(1.01 * rounding + bent)

    @cached_property
    def inexact(self) -> float:
        """``||T A_S - 1||_oo`` at most; nan if T is no inverse at all."""
        T, A_S = self.basis.inverse, columns(self.A, self.basis.basic)
        n = len(T)
        if n == 0:
            return 0.0
        off = np.abs(T @ A_S - np.eye(n)).sum(axis=1)
        rounding = self._gamma * (np.abs(T) @ np.abs(A_S).sum(axis=1))
        rounding += (
            self.data_error * self.column[self.basis.basic].sum() * np.linalg.norm(T, axis=1)
        )
        worst = float((off + rounding).max())
        return worst if worst < 0.1 else np.nan

    @property
    def _gamma(self) -> float:
        return gamma_of(self.A.shape[0])

    def blocks(self) -> Iterator[tuple[slice, Vector]]:
        """Column blocks of ``W_I = T A``, as computed, with zeros in place of the basic
        coordinates.
        """
        n, d = self.A.shape
        return iter(self._kept) if n * d <= KEPT else self._computed()

    def across(self, x: Vector) -> Vector:
        """``|W_I| x``, (m, n) at most, for x (m, d) >= 0."""
        total = (x @ self.column)[:, None] * self.row
        if not x.any():
            return total
        for part, W in self.blocks():
            total += x[:, part] @ np.abs(W).T
        return np.asarray(total * (1 + gamma_of(x.shape[1])))

    def most(self, x: Vector) -> Vector:
        """``max_i |W_I|_ki x_i``, (m, n) at most, for x (m, d) >= 0."""
        largest = np.zeros((len(x), len(self.basis.basic)))
        for part, W in self.blocks():
            size = np.abs(W)
            for k, weights in enumerate(x[:, part]):
                largest[k] = np.maximum(largest[k], (size * weights).max(axis=1, initial=0.0))
        worst = (x * self.column).max(axis=1, keepdims=True, initial=0.0)
        return np.asarray(largest + worst * self.row)

    def along(self, y: Vector) -> Vector:
        """``|W_I|^T y``, (m, d) at most and 0 on the basic coordinates, for y (m, n) >= 0."""
        total = np.zeros((len(y), self.A.shape[1]))
        if not y.any():
            return total
        for part, W in self.blocks():
            total[:, part] = y @ np.abs(W)
        total += (y @ self.row)[:, None] * self.column
        total *= 1 + self._gamma
        total[:, self.basis.basic] = 0.0
        return total

    def moved(self, y: Vector) -> tuple[Vector, Vector]:
        """``W_I^T y`` (m, d), 0 on the basic ones, for y (m, n), and a bound of its error."""
        total = np.empty((len(y), self.A.shape[1]))
        for part, W in self.blocks():
            total[:, part] = y @ W
        size = np.abs(y)
        unknown = self._gamma * self.along(size) + (size @ self.row)[:, None] * self.column
        unknown[:, self.basis.basic] = 0.0
        return total, unknown

    def image(self, sigma: Vector, rounding: Vector, *, sharp: bool) -> tuple[Vector, Vector]:
        """``W^T sigma`` (m, d) for sigma (m, n) known up to rounding, and a bound of its error."""
        S, T = self.basis.basic, self.basis.inverse
        nu = sigma @ T
        A_S = columns(self.A, S)
        # W^T sigma = A^T nu - W^T e
        e = nu @ A_S - sigma
        size = np.linalg.norm(nu, axis=1)[:, None]
        unknown = self._gamma * (size * self.column[S] + np.abs(sigma))
        image = np.asarray(nu @ self.A)
        lost = self._gamma * size * self.column
        if sharp:
            for i, point in enumerate(nu):
                e[i] = -residual(A_S.T, point, sigma[i])
                image[i] = -residual(dense(self.A).T, point, np.zeros(self.A.shape[1]))
            for part, W in self.blocks():
                image[:, part] -= e @ W
            unknown = self._gamma**2 * (size * self.column[S] + np.abs(sigma))
            unknown += (EPS + 2 * self.inexact) * np.abs(e)
            lost = self._gamma**2 * size * self.column + EPS * np.abs(image)
        else:
            unknown += np.abs(e)
        unknown += self.data_error * size * self.column[S] + rounding
        return image, self.along(unknown) + lost + self.data_error * size * self.column

    def residuals(self, z: Vector, *, sharp: bool) -> tuple[Vector, Vector]:
        """``b - A z`` (m, n) for z (m, d), and a bound of its error [ogita2005, Prop 5.5]."""
        size, gamma = np.abs(z), gamma_of(z.shape[1])
        total = np.abs(self.b) + np.zeros((len(z), 1))
        for begin in range(0, z.shape[1], self._width):
            part = slice(begin, begin + self._width)
            total += size[:, part] @ abs(self.A[:, part]).T
        total *= 1 + gamma
        doubted = np.zeros((1, 1))
        if self.data_error:
            doubted = self.largest * size.sum(axis=1, keepdims=True) + np.abs(self.b).max(
                initial=0.0
            )
            doubted *= self.data_error * (1 + gamma)
        if not sharp:
            return self.b - z @ self.A.T, gamma * total + doubted
        left = np.array([residual(self.A, point, self.b) for point in z])
        return left, gamma**2 * total + EPS * np.abs(left) + doubted

    @property
    def _width(self) -> int:
        return int(max(1, BLOCK // max(1, self.A.shape[0])))

    @cached_property
    def _kept(self) -> list[tuple[slice, Vector]]:
        return list(self._computed())

    def _computed(self) -> Iterator[tuple[slice, Vector]]:
        S = self.basis.basic
        for begin in range(0, self.A.shape[1], self._width):
            end = begin + self._width
            W = np.asarray(self.basis.inverse @ self.A[:, begin:end])
            W[:, S[(begin <= S) & (end > S)] - begin] = 0.0
            yield slice(begin, end), W


def gamma_of(terms: int) -> float:
    """The relative rounding error of a sum of so many products [higham2002, Sec 3.1].

    ``k u / (1 - k u)`` with ``u = EPS / 2``, for k up to 1e13.
    """
    return (terms + 3) * 0.501 * EPS


def _column_norms(A: Matrix) -> Vector:
    if sp.issparse(A):
        return np.asarray(np.sqrt((A * A).sum(axis=0)))
    return np.asarray(np.sqrt(np.einsum("ij,ij->j", A, A)))
