"""Residuals in twice the working precision, so that they are not all rounding."""

import math

import numpy as np
import scipy.sparse as sp

from implicitbias.inputs.arrays import Matrix, Vector

SPLIT = 134217729.0  # 2^27 + 1: cuts a double into two halves whose products are exact
BLOCK = 2**18  # entries handled at once, to bound the memory


def residual(A: Matrix, x: Vector, b: Vector) -> Vector:
    """``b - A x``, (n,), as if computed in twice the precision and rounded [ogita2005].

    Error-free transformations: the rounding of each product and of each sum is itself a double,
    and is added up on the side.
    """
    if sp.issparse(A):
        rows = sp.csr_array(A)
        return np.array(
            [
                _exact_row(rows.data[begin:end], x[rows.indices[begin:end]], target)
                for begin, end, target in zip(rows.indptr, rows.indptr[1:], b, strict=False)
            ]
        )
    n, d = A.shape
    if n == 0:
        return b
    height = max(1, BLOCK // max(1, d))
    blocks = [_dense(A[i : i + height], x, b[i : i + height]) for i in range(0, n, height)]
    return np.concatenate(blocks)


def _dense(A: Matrix, x: Vector, b: Vector) -> Vector:
    terms = np.empty((A.shape[0], A.shape[1] + 1))
    np.multiply(A, -x, out=terms[:, 1:])
    terms[:, 0] = b
    lost = _product_error(A, -x, terms[:, 1:]).sum(axis=1)
    while terms.shape[1] > 1:
        half = terms.shape[1] // 2
        left, right = terms[:, :half], terms[:, half : 2 * half]
        total = left + right
        shifted = total - left
        lost += ((left - (total - shifted)) + (right - shifted)).sum(axis=1)
        terms = np.hstack([total, terms[:, 2 * half :]])
    return np.asarray(terms[:, 0] + lost)


def _exact_row(values: Vector, x: Vector, target: float) -> float:
    products = values * -x
    return math.fsum([target, *products, *_product_error(values, -x, products)])


def _product_error(a: Vector, b: Vector, product: Vector) -> Vector:
    """The exact ``a b - fl(a b)``."""
    a_high, b_high = (SPLIT * a) - (SPLIT * a - a), (SPLIT * b) - (SPLIT * b - b)
    a_low, b_low = a - a_high, b - b_high
    return np.asarray(
        ((a_high * b_high - product) + a_high * b_low + a_low * b_high) + a_low * b_low
    )
