"""The equations ``X beta = y``, scaled and reduced to independent rows."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.linalg as la
import scipy.sparse as sp

from implicitbias.solvers.data import EPS, Matrix, Vector, as_design, as_targets


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
    """Equations ``A z = b`` equivalent to ``X beta = y``, with independent rows of size one.

    ``A = X[rows] / row_scale``, ``b = y[rows] / (row_scale target_scale)``,
    ``beta = target_scale z``; all scales are powers of two, so scaling loses no bit.

    Attributes:
        X: (N, d) as given, float64. y: (N,) as given.
        A: (n, d) with n = rank of X. b: (n,), largest entry in [1/2, 1), or all zero.
        rows: (n,) indices of the rows kept. row_scale: (n,). target_scale: positive.
    """

    X: Matrix
    y: Vector
    A: Matrix
    b: Vector
    rows: Any
    row_scale: Vector
    target_scale: float

    @classmethod
    def from_data(cls, X: Any, y: Any, tol: float) -> "Problem":
        """Check and scale the data, and keep a maximal set of independent rows.

        Raises InfeasibleError where no beta reaches ``||X beta - y|| <= tol ||y||``.
        """
        design = as_design(X)
        targets = as_targets(y, design.shape[0])
        row_scale = _power_of_two(_row_maxima(design))
        A = _scale_rows(design, 1 / row_scale)
        scaled = targets / row_scale
        target_scale = float(_power_of_two(np.abs(scaled).max()))
        b = scaled / target_scale
        rows = _independent_rows(A)
        if len(rows) < len(b):
            _check_consistent(A, b, rows, design, targets, tol)
            A, b, row_scale = A[rows], b[rows], row_scale[rows]
        return cls(design, targets, A, b, rows, row_scale, target_scale)

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
        dual[self.rows] = _representable(nu / self.row_scale, factor, "the dual vector")
        return dual


def _representable(vector: Vector, factor: float, what: str) -> Vector:
    with np.errstate(over="ignore", under="ignore"):
        scaled = vector * factor
    if not np.isfinite(scaled).all():
        raise OverflowError(f"{what} exceeds the largest double; scale X up or y down")
    return np.asarray(scaled)


def gram(A: Matrix, weights: Vector) -> Vector:
    """``A diag(weights) A^T``: (n, n), dense."""
    if sp.issparse(A):
        return np.asarray(((A * weights) @ A.T).toarray())
    root = A * np.sqrt(weights)
    return np.asarray(
        root @ root.T
    )  # one product with itself: numpy takes the symmetric BLAS routine


def dense(A: Matrix) -> Vector:
    """A as an ndarray."""
    return np.asarray(A.toarray() if sp.issparse(A) else A)


def columns(A: Matrix, index: Any) -> Vector:
    """``A[:, index]``, dense."""
    return dense(A[:, index])


def _row_maxima(X: Matrix) -> Vector:
    return np.asarray(abs(X).max(axis=1).toarray() if sp.issparse(X) else np.abs(X).max(axis=1))


def _power_of_two(size: Any) -> Any:
    """The power of two just above, so that ``size / it`` is in [1/2, 1); 1 for size 0."""
    return np.where(size > 0, np.ldexp(1.0, np.clip(np.frexp(size)[1], -1000, 1000)), 1.0)


def _scale_rows(X: Matrix, scale: Vector) -> Matrix:
    return sp.csc_array(sp.diags_array(scale) @ X) if sp.issparse(X) else X * scale[:, None]


def _independent_rows(A: Matrix) -> Any:
    """Indices of a maximal set of numerically independent rows, in their order."""
    n, d = A.shape
    everything = np.arange(n)
    if n <= d:
        try:
            factor = la.cholesky(gram(A, np.ones(d)), lower=True)
        except la.LinAlgError:
            pass
        else:
            # A well conditioned Gram matrix settles it at a fraction of the cost of a QR.
            if np.diag(factor).min() ** 2 > 1e-10 * np.diag(factor).max() ** 2:
                return everything
    triangle, pivots = la.qr(dense(A).T, mode="r", pivoting=True)
    diagonal = np.abs(np.diag(triangle))
    rank = int(np.sum(diagonal > 10 * max(n, d) * EPS * max(diagonal[0], EPS)))
    return everything if rank == n else np.sort(pivots[:rank])


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
