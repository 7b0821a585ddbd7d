"""The two ends of the path: minimum l1 norm (alpha -> 0) and minimum l2 norm (alpha -> oo)."""

from typing import Any

import numpy as np
import scipy.linalg as la
import scipy.sparse as sp

from implicitbias.inputs.arrays import Matrix, Vector, as_whole_digits
from implicitbias.inputs.problem import Problem, columns, gram
from implicitbias.solvers.basis_pursuit.exact import exact_min_l1
from implicitbias.solvers.basis_pursuit.highs import basis_pursuit
from implicitbias.solvers.certificate import GapBound
from implicitbias.solvers.enclosure import DOUBLE_DIGITS
from implicitbias.solvers.solution import Solution, Stats

CONSISTENT = 1e-10  # relative residual up to which y counts as being in the range of X


def min_l1(
    X: Any, y: Any, *, exact: bool = False, depth: float = 2, digits: int = DOUBLE_DIGITS
) -> Solution:
    """A minimiser of ``||beta||_1`` s.t. ``X beta = y``: basis pursuit, by HiGHS [huangfu2018].

    The rich limit alpha -> 0 where it is unique; where it is not, one vertex of the optimal face.
    With exact the vertex and its dual vector are proved optimal in rationals, and it is decided
    whether there is another minimiser. If there is, ``beta`` is the one that gradient flow tends to
    as alpha -> 0: at depth 2 that of least ``sum |b_i| ln |b_i|``, at depth D > 2 that of largest
    ``sum |b_i|^(2/D)``, at infinity of largest ``sum ln |b_i|`` over the entries that are not 0 in
    all minimisers; enclosed as by ``solve``.

    Args:
        X: (N, d) real matrix: array, DataFrame or scipy.sparse. y: (N,) in the range of X. With
            exact they are the rationals they are, and may be Fractions, Decimals or strings.
        exact: as above.
        depth: with exact: D >= 2, which minimiser to take among many.
        digits: with exact: how many digits of every entry ``enclosure`` has.

    Returns:
        A Solution; ``gap = (||beta||_1 - y.nu) / ||beta||_1`` with ``||X^T nu||_oo <= 1``,
        ``iterations`` are HiGHS's; ``error``, ``log_alpha`` and ``depth`` are None. With exact:
        ``exact`` has the vertex in rationals and ``.unique``, ``enclosure`` contains ``beta``,
        ``error`` bounds its rounding and ``depth`` is D where it matters.

    Raises:
        ValueError, TypeError, InfeasibleError: as ``solve``.
        ArithmeticError: HiGHS gave up; its message is passed on.
        EnclosureError: with exact, there are many minimisers and that one was not enclosed.
    """
    if exact:
        return exact_min_l1(X, y, depth, as_whole_digits(digits))
    problem = Problem.from_data(X, y, CONSISTENT)
    A, b = problem.A, problem.b
    if not b.any():
        zero = np.zeros(A.shape[1])
        return Solution(zero, np.zeros(len(problem.y)), Stats(iterations=0), GapBound(0.0, 0.0))
    vertex = basis_pursuit(A, b)
    z = _refined(A, b, vertex.z)
    norm = float(np.abs(z).sum())
    beta = problem.beta(z)
    return Solution(
        beta=beta,
        dual=problem.dual(vertex.nu),
        stats=Stats(iterations=vertex.iterations),
        certificate=GapBound(
            residual=problem.residual(beta), gap=max(norm - float(b @ vertex.nu), 0.0) / norm
        ),
    )


def min_l2(X: Any, y: Any) -> Solution:
    """The minimiser of ``||beta||_2`` s.t. ``X beta = y``, by LAPACK's SVD (gelsd).

    The kernel limit alpha -> oo. Sparse X goes through the normal equations, refined once.

    Args:
        X: (N, d) real matrix: array, DataFrame or scipy.sparse. y: (N,) in the range of X.

    Returns:
        A Solution with ``beta = X^T dual``; gap of ``||beta||^2/2`` against ``y.nu -
        ||X^T nu||^2/2``; ``error``, ``iterations``, ``log_alpha`` and ``depth`` are None.

    Raises:
        ValueError, TypeError, InfeasibleError: as ``solve``.
    """
    problem = Problem.from_data(X, y, CONSISTENT)
    A, b = problem.A, problem.b
    if not b.any():
        zero = np.zeros(A.shape[1])
        return Solution(zero, np.zeros(len(problem.y)), Stats(), GapBound(0.0, 0.0))
    if sp.issparse(A):
        factor = la.cho_factor(gram(A, np.ones(A.shape[1])))
        nu = la.cho_solve(factor, b)
        nu = nu + la.cho_solve(factor, b - A @ (A.T @ nu))
        z = np.asarray(A.T @ nu)
    else:
        z = la.lstsq(A, b, lapack_driver="gelsd")[0]
        nu = la.lstsq(A.T, z, lapack_driver="gelsd")[0]
    primal = float(z @ z) / 2
    from_dual = A.T @ nu
    dual = float(b @ nu) - float(from_dual @ from_dual) / 2
    beta = problem.beta(z)
    return Solution(
        beta=beta,
        dual=problem.dual(nu, problem.target_scale),
        stats=Stats(),
        certificate=GapBound(residual=problem.residual(beta), gap=max(primal - dual, 0.0) / primal),
    )


def _refined(A: Matrix, b: Vector, z: Vector) -> Vector:
    """A basic solution solved for again on its support, where that lowers the residual."""
    support = np.flatnonzero(z)
    exact = np.zeros(len(z))
    exact[support] = la.lstsq(columns(A, support), b, lapack_driver="gelsd")[0]
    keeps_signs = (exact[support] * z[support] >= 0).all()
    better = la.norm(A @ exact - b) <= la.norm(A @ z - b)
    return exact if keeps_signs and better else z
