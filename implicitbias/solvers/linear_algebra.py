"""Factorisations by LAPACK and flint that refuse a matrix which is singular or not finite."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.linalg as la
from scipy.linalg import lapack

from implicitbias.inputs.arrays import Indices, Matrix, Vector
from implicitbias.solvers.refusal import SingularMatrixError


@dataclass(frozen=True, eq=False)
class Cholesky:
    """``M = R^T R``.

    Attributes:
        factor: R (n, n), upper triangular.
    """

    factor: Matrix

    @classmethod
    def of(cls, matrix: Matrix) -> "Cholesky":
        """For M (n, n); SingularMatrixError where it is not finite or not positive definite."""
        factor, info = lapack.dpotrf(matrix)
        if info != 0 or not np.isfinite(factor).all():
            raise SingularMatrixError("a matrix is not finite or not positive definite")
        return cls(factor)

    def solve(self, right: Vector) -> Vector:
        """(n,) x with ``M x = right``."""
        return np.asarray(lapack.dpotrs(self.factor, right)[0])


def inverse(matrix: Matrix) -> Matrix:
    """Of a finite (n, n) matrix; SingularMatrixError where it has none."""
    try:
        return la.inv(matrix)
    except la.LinAlgError as error:
        raise SingularMatrixError(str(error)) from None


def inverses(matrices: Matrix) -> tuple[Matrix, Any]:
    """Of m matrices (m, n, n), and (m,) whether it has one: that of 1 stands for it where not."""
    exists = np.isfinite(matrices).all(axis=(1, 2))
    matrices = np.where(exists[:, None, None], matrices, np.eye(matrices.shape[1]))
    try:
        return np.linalg.inv(matrices), exists
    except np.linalg.LinAlgError:  # of one, which spoils them all
        found = np.array(matrices)
        for i, matrix in enumerate(matrices):
            try:
                found[i] = np.linalg.inv(matrix)
            except np.linalg.LinAlgError:
                found[i], exists[i] = np.eye(len(matrix)), False
        return found, exists


def graded_inverse(matrix: Matrix, order: Indices) -> Matrix:
    """Of ``1 + K^-1 M`` (n, n), M positive semidefinite, with every entry to its own size.

    K falls along the order by any number of decades. Elimination in that order needs no pivoting,
    as Cholesky's does not, and keeps what is far below the rounding of the largest entries.
    SingularMatrixError where doubles do not hold it.
    """
    upper = matrix[np.ix_(order, order)].copy()
    n = len(upper)
    lower = np.eye(n)
    for k in range(n - 1):
        lower[k + 1 :, k] = upper[k + 1 :, k] / upper[k, k]
        upper[k + 1 :, k:] -= np.outer(lower[k + 1 :, k], upper[k, k:])
        upper[k + 1 :, k] = 0.0
    graded = np.full((n, n), np.nan)
    if np.isfinite(upper).all() and (np.diag(upper) > 0).all():
        unit = la.solve_triangular(lower, np.eye(n), lower=True, unit_diagonal=True)
        graded[np.ix_(order, order)] = la.solve_triangular(upper, unit)
    if not np.isfinite(graded).all():
        raise SingularMatrixError("a graded matrix is singular in doubles")
    return graded


def solve_flint(matrix: Any, right: Any, **options: Any) -> Any:
    """x with ``matrix x = right``, in rationals or in balls; SingularMatrixError where it is not
    known to be the only one.
    """
    try:
        return matrix.solve(right, **options)
    except ZeroDivisionError as error:
        raise SingularMatrixError(str(error)) from None
