"""Linear images in a basis, bounded: every product that a certificate needs, rounding counted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import scipy.sparse as sp

from implicitbias.inputs.accurate import residual
from implicitbias.inputs.arrays import EPS, Batch, Matrix, Vector
from implicitbias.inputs.problem import columns, dense
from implicitbias.solvers.doubles.basis import Basis

BLOCK = 2**18  # entries handled at once, to bound the memory
KEPT = 2**22  # entries of W that are not computed anew each time


@dataclass(frozen=True, eq=False)
class LinearBounds:
    """``A z = b`` in a basis, ``z_S + W_I z_I = A_S^-1 b`` with ``W = A_S^-1 A``.

    W is that of the exact inverse. What is computed is ``T A``, and `row_error` and `column_norm`
    bound how far it is from W; the bounds of products below count that too.

    Attributes:
        A: (n, d).
        b: (n,).
        basis: the columns S and T, about ``A_S^-1``.
        data_error: bounds the error of every entry of A and b, relative to the largest of A and of
            b.
    """

    A: Matrix
    b: Vector
    basis: Basis
    data_error: float

    @cached_property
    def column_norm(self) -> Vector:
        """(d,) upper bounds of ``||A_j||_2``; times data_error they bound a column's error too."""
        norms: Vector = _column_norms(self.A) * (1 + self._gamma)
        least = self.largest_entry * np.sqrt(self.A.shape[0]) if self.data_error else 0.0
        return np.asarray(np.where(norms > 0, np.maximum(norms, least), 0.0))

    @cached_property
    def largest_entry(self) -> float:
        """The largest entry of A, in size."""
        return float(abs(self.A).max())

    @cached_property
    def row_error(self) -> Vector:
        """(n,): ``row_error_i column_norm_j`` bounds ``|W - T A|_ij``, T A as computed."""
        T = self.basis.inverse
        sizes = np.linalg.norm(T, axis=1) if len(T) else np.zeros(0)
        rounding = (self._gamma + self.data_error) * sizes
        bent = self.inverse_error * sizes.max(initial=0.0) / (1 - self.inverse_error)
        return np.asarray(1.01 * rounding + bent)

    @cached_property
    def inverse_error(self) -> float:
        """``||T A_S - 1||_oo`` at most; nan if T is no inverse at all."""
        T, A_S = self.basis.inverse, columns(self.A, self.basis.basic)
        n = len(T)
        if n == 0:
            return 0.0
        off = np.abs(T @ A_S - np.eye(n)).sum(axis=1)
        rounding = self._gamma * (np.abs(T) @ np.abs(A_S).sum(axis=1))
        rounding += (
            self.data_error * self.column_norm[self.basis.basic].sum() * np.linalg.norm(T, axis=1)
        )
        worst = float((off + rounding).max())
        return worst if worst < 0.1 else np.nan

    @property
    def _gamma(self) -> float:
        return gamma_of(self.A.shape[0])

    def W_blocks(self) -> Iterator[tuple[slice, Matrix]]:
        """Blocks of the columns of ``T A`` as computed, with zeros in those of S."""
        n, d = self.A.shape
        return iter(self._kept) if n * d <= KEPT else self._computed()

    def abs_W_times(self, x: Batch) -> Batch:
        """(m, n) at least ``|W_I| x``, for x (m, d) >= 0."""
        total = (x @ self.column_norm)[:, None] * self.row_error
        if not x.any():
            return total
        for part, W in self.W_blocks():
            total += x[:, part] @ np.abs(W).T
        return np.asarray(total * (1 + gamma_of(x.shape[1])))

    def abs_W_largest(self, x: Batch) -> Batch:
        """(m, n) at least ``max_i |W_I|_ki x_i``, for x (m, d) >= 0."""
        largest = np.zeros((len(x), len(self.basis.basic)))
        for part, W in self.W_blocks():
            size = np.abs(W)
            for k, weights in enumerate(x[:, part]):
                largest[k] = np.maximum(largest[k], (size * weights).max(axis=1, initial=0.0))
        worst = (x * self.column_norm).max(axis=1, keepdims=True, initial=0.0)
        return np.asarray(largest + worst * self.row_error)

    def abs_WT_times(self, y: Batch) -> Batch:
        """(m, d) at least ``|W_I|^T y``, 0 on S, for y (m, n) >= 0."""
        total = np.zeros((len(y), self.A.shape[1]))
        if not y.any():
            return total
        for part, W in self.W_blocks():
            total[:, part] = y @ np.abs(W)
        total += (y @ self.row_error)[:, None] * self.column_norm
        total *= 1 + self._gamma
        total[:, self.basis.basic] = 0.0
        return total

    def WT_times(self, y: Batch) -> tuple[Batch, Batch]:
        """(m, d) ``W_I^T y``, 0 on S, for y (m, n), and a bound of its error."""
        total = np.empty((len(y), self.A.shape[1]))
        for part, W in self.W_blocks():
            total[:, part] = y @ W
        size = np.abs(y)
        unknown = self._gamma * self.abs_WT_times(size)
        unknown += (size @ self.row_error)[:, None] * self.column_norm
        unknown[:, self.basis.basic] = 0.0
        return total, unknown

    def nonbasic_dual(self, sigma: Batch, rounding: Batch, *, sharp: bool) -> tuple[Batch, Batch]:
        """(m, d) ``W_I^T sigma`` by way of ``A^T nu``, and a bound of its error; no meaning on S.

        More accurate than `WT_times`, as the rounding of W does not enter.

        Args:
            sigma: (m, n) on S.
            rounding: (m, n) how far sigma may be from what it stands for.
            sharp: in twice the precision.
        """
        S, T = self.basis.basic, self.basis.inverse
        nu = sigma @ T
        A_S = columns(self.A, S)
        # W^T sigma = A^T nu - W^T e
        e = nu @ A_S - sigma
        size = np.linalg.norm(nu, axis=1)[:, None]
        unknown = self._gamma * (size * self.column_norm[S] + np.abs(sigma))
        sigma_I = np.asarray(nu @ self.A)
        lost = self._gamma * size * self.column_norm
        if sharp:
            for i, point in enumerate(nu):
                e[i] = -residual(A_S.T, point, sigma[i])
                sigma_I[i] = -residual(dense(self.A).T, point, np.zeros(self.A.shape[1]))
            for part, W in self.W_blocks():
                sigma_I[:, part] -= e @ W
            unknown = self._gamma**2 * (size * self.column_norm[S] + np.abs(sigma))
            unknown += (EPS + 2 * self.inverse_error) * np.abs(e)
            lost = self._gamma**2 * size * self.column_norm + EPS * np.abs(sigma_I)
        else:
            unknown += np.abs(e)
        unknown += self.data_error * size * self.column_norm[S] + rounding
        lost_to_data = self.data_error * size * self.column_norm
        return sigma_I, self.abs_WT_times(unknown) + lost + lost_to_data

    def residuals(self, z: Batch, *, sharp: bool) -> tuple[Batch, Batch]:
        """(m, n) ``b - A z`` for z (m, d), and a bound of its error [ogita2005, Prop 5.5].

        ``sharp``: in twice the precision.
        """
        size, gamma = np.abs(z), gamma_of(z.shape[1])
        total = np.abs(self.b) + np.zeros((len(z), 1))
        for begin in range(0, z.shape[1], self._width):
            part = slice(begin, begin + self._width)
            total += size[:, part] @ abs(self.A[:, part]).T
        total *= 1 + gamma
        of_data = np.zeros((1, 1))
        if self.data_error:
            largest_target = np.abs(self.b).max(initial=0.0)
            of_data = self.largest_entry * size.sum(axis=1, keepdims=True) + largest_target
            of_data *= self.data_error * (1 + gamma)
        if not sharp:
            return self.b - z @ self.A.T, gamma * total + of_data
        left = np.array([residual(self.A, point, self.b) for point in z])
        return left, gamma**2 * total + EPS * np.abs(left) + of_data

    @property
    def _width(self) -> int:
        return int(max(1, BLOCK // max(1, self.A.shape[0])))

    @cached_property
    def _kept(self) -> list[tuple[slice, Matrix]]:
        return list(self._computed())

    def _computed(self) -> Iterator[tuple[slice, Matrix]]:
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
