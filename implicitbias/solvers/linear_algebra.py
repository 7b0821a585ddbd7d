"""Factorisations by LAPACK and flint that refuse a matrix which is singular or not finite."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.linalg as la
from scipy.linalg import lapack

from implicitbias.inputs.arrays import Matrix, Vector
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


def solve_flint(matrix: Any, right: Any, **options: Any) -> Any:
    """x with ``matrix x = right``, in rationals or in balls; SingularMatrixError where it is not
    known to be the only one.
    """
    try:
        return matrix.solve(right, **options)
    except ZeroDivisionError as error:
        raise SingularMatrixError(str(error)) from None
