"""The equations ``X beta = y``, scaled and reduced to independent rows."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.linalg as la
import scipy.sparse as sp

from implicitbias.inputs.accurate import residual
from implicitbias.inputs.arrays import EPS, Matrix, Vector, as_design, as_targets

LARGE = 2.0**32  # rows whose largest entries lie between this and its inverse are left as they are
SKEW = 1e-3  # the sine of a row's angle to the others: below, the equations are preconditioned
BLOCK = 2**18  # entries handled at once: they stay in the cache


class InfeasibleError(ValueError):
    """``X beta = y`` has no solution; ``distance`` is that of y from the range of X (l2)."""

    def __init__(self, distance: float, relative: float) -> None:
        super().__init__(
            f"X beta = y has no solution: y is {distance:.6g} (relative to ||y||: {relative:.3g}) "
            "away from the range of X; drop or merge contradicting rows, or project y onto the "
            "range of X first"
        )
        self.distance = distance


@dataclass(frozen=True, eq=False)
class Problem:
    """Equations ``A z = b`` equivalent to ``X beta = y``, with independent rows.

    ``beta = target_scale z``. In general A is X itself, or some rows of it, scaled by powers of two
    where sizes are far from 1: that loses no bit. Where X is ill-conditioned it is ``C X``, C an
    invertible matrix that makes its rows nearly orthonormal, computed in twice the precision.

    Attributes:
        X: (N, d) as given, float64.
        y: (N,) as given.
        A: (n, d) with n = rank of X.
        b: (n,).
        rows: (n,) indices of the rows kept.
        mix: (n,) scales or (n, n), with ``A = mix X[rows]``.
        target_scale: positive.
        data_error: bounds the error of every entry of A and b, relative to the largest of A and
            of b.
    """

    X: Matrix
    y: Vector
    A: Matrix
    b: Vector
    rows: Any
    mix: Vector
    target_scale: float
    data_error: float = 0.0

    @classmethod
    def from_data(cls, X: Any, y: Any, tol: float) -> "Problem":
        """Check and scale the data, and keep a maximal set of independent rows.

        Raises InfeasibleError where no beta reaches ``||X beta - y|| <= tol ||y||``.
        """
        design = as_design(X)
        targets = as_targets(y, design.shape[0])
        maxima = _row_maxima(design)
        A, scaled, mix = design, targets, np.ones(len(targets))
        used = maxima[maxima > 0]
        if len(used) and not (used.max() < LARGE and used.min() > 1 / LARGE):
            mix = 1 / _power_of_two(maxima)
            A, scaled = scale_rows(design, mix), targets * mix
        target_scale = float(_power_of_two(np.abs(scaled).max()))
        b = scaled / target_scale
        rows, skew = _independent_rows(A)
        if len(rows) < len(b):
            _check_consistent(A, b, rows, design, targets, tol)
            A, b, mix = A[rows], b[rows], mix[rows]
        if not skew:
            return cls(design, targets, A, b, rows, mix, target_scale)
        A = dense(A)
        C = _whitening(A)
        whitened = np.array([-residual(A.T, row, np.zeros(A.shape[1])) for row in C])
        mixed = -residual(C, b, np.zeros(len(C)))
        # A sum in twice the precision, rounded [ogita2005, Prop 5.5].
        gamma = (max(A.shape) + 3) * EPS
        lost = [
            (np.abs(C) @ np.abs(part)).max() / np.abs(image).max()
            for part, image in ((A, whitened), (b, mixed))
            if part.any()
        ]
        data_error = 2 * EPS + gamma**2 * max(lost)
        return cls(design, targets, whitened, mixed, rows, C * mix, target_scale, data_error)

    def residual(self, beta: Vector) -> float:
        """``||X beta - y|| / ||y||``; 0 when y = 0."""
        size = np.abs(self.y).max()
        if size == 0:
            return 0.0
        # In units of y, so that no square overflows.
        return float(la.norm((self.X @ beta - self.y) / size) / la.norm(self.y / size))

    def beta(self, z: Vector) -> Vector:
        """``target_scale z``; OverflowError where no double holds its largest entry."""
        return _representable(z, self.target_scale, "beta")

    def dual(self, nu: Vector, factor: float = 1.0) -> Vector:
        """The dual vector of ``X beta = y`` with ``X^T dual = factor A^T nu``; 0 on rows left out.

        OverflowError where no double holds it.
        """
        dual = np.zeros(len(self.y))
        mixed = nu * self.mix if self.mix.ndim == 1 else nu @ self.mix
        dual[self.rows] = _representable(mixed, factor, "the dual vector")
        return dual


def _representable(vector: Vector, factor: float, what: str) -> Vector:
    with np.errstate(over="ignore", under="ignore"):
        scaled = vector * factor
    if not np.isfinite(scaled).all():
        raise OverflowError(f"{what} exceeds the largest double; scale X up or y down")
    return np.asarray(scaled)


def gram(A: Matrix, weights: Vector) -> Matrix:
    """``A diag(weights) A^T``: (n, n), dense; in column blocks, to bound the memory."""
    if sp.issparse(A):
        return np.asarray(((A * weights) @ A.T).toarray())
    n, d = A.shape
    width = max(1, BLOCK // max(1, n))
    product = np.zeros((n, n))
    for i in range(0, d, width):
        root = A[:, i : i + width] * np.sqrt(weights[i : i + width])
        product += root @ root.T  # with itself: numpy takes the symmetric BLAS routine
    return product


def dense(A: Matrix) -> Matrix:
    """A as an ndarray."""
    return np.asarray(A.toarray() if sp.issparse(A) else A)


def columns(A: Matrix, index: Any) -> Matrix:
    """``A[:, index]``, dense."""
    return dense(A[:, index])


def _row_maxima(X: Matrix) -> Vector:
    if sp.issparse(X):
        return np.asarray(abs(X).max(axis=1).toarray())
    return np.asarray(np.maximum(X.max(axis=1), -X.min(axis=1)))


def row_scale(X: Matrix) -> Vector:
    """(N,) the powers of two just above the largest entries of the rows; 1 for a row of zeros."""
    return np.asarray(_power_of_two(_row_maxima(X)))


def _power_of_two(size: Any) -> Any:
    """The power of two just above, so that ``size / it`` is in [1/2, 1); 1 for size 0."""
    return np.where(size > 0, np.ldexp(1.0, np.clip(np.frexp(size)[1], -1000, 1000)), 1.0)


def scale_rows(X: Matrix, scale: Vector) -> Matrix:
    """``diag(scale) X``."""
    return sp.csc_array(sp.diags_array(scale) @ X) if sp.issparse(X) else X * scale[:, None]


def _independent_rows(A: Matrix) -> tuple[Any, bool]:
    """Indices of a maximal set of numerically independent rows, in their order; and whether they
    are ill-conditioned, whatever their sizes."""
    n, d = A.shape
    everything = np.arange(n)
    if n <= d:
        product = gram(A, np.ones(d))
        size = np.sqrt(np.diag(product))
        size = np.where(size > 0, size, 1.0)
        try:
            factor = la.cholesky(product / np.outer(size, size))
        except la.LinAlgError:
            pass
        else:
            if np.diag(factor).min() > SKEW:
                return everything, False
    triangle, pivots = la.qr(dense(A).T, mode="r", pivoting=True)
    diagonal = np.abs(np.diag(triangle))
    rank = int(np.sum(diagonal > 10 * max(n, d) * EPS * max(diagonal[0], EPS)))
    if rank == 0:
        return everything[:0], False
    rows = everything if rank == n else np.sort(pivots[:rank])
    return rows, bool(diagonal[rank - 1] < SKEW * diagonal[0])


def _whitening(A: Matrix) -> Matrix:
    """C (n, n) triangular, with ``C A`` nearly orthonormal."""
    triangle = la.qr(dense(A).T, mode="r")[0][: A.shape[0]]
    return np.asarray(la.solve_triangular(triangle, np.eye(len(triangle)), trans="T"))


def _check_consistent(A: Matrix, b: Vector, rows: Any, X: Matrix, y: Vector, tol: float) -> None:
    """InfeasibleError unless the rows left out follow from the rows kept."""
    if len(rows) == 0:
        beta = np.zeros(X.shape[1])
    else:
        beta = la.lstsq(dense(A), b, lapack_driver="gelsd")[0]
    size = la.norm(b)
    if size == 0 or la.norm(A @ beta - b) <= tol * size:
        return
    largest = np.abs(y).max()
    shrunk = dense(X)
    shrunk = shrunk / float(_power_of_two(np.abs(shrunk).max()))
    best = la.lstsq(shrunk, y / largest, lapack_driver="gelsd")[0]
    distance = float(la.norm(shrunk @ best - y / largest) * largest)
    raise InfeasibleError(distance, float(distance / (la.norm(y / largest) * largest)))
