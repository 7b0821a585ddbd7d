"""Basis pursuit as a linear program in doubles, by HiGHS [huangfu2018]."""

from dataclasses import dataclass

import numpy as np
import scipy  # loads scipy.optimize when it is used
import scipy.sparse as sp

from implicitbias.inputs.arrays import Matrix, Vector

LP_TOLERANCE = 1e-10  # HiGHS's tightest feasibility tolerance


class HighsError(ArithmeticError):
    """HiGHS gave up; its message is passed on."""


@dataclass(frozen=True, eq=False)
class Vertex:
    """What HiGHS found: z (d,), nu (n,) with ``||A^T nu||_oo <= 1``, and its iterations."""

    z: Vector
    nu: Vector
    iterations: int


def basis_pursuit(A: Matrix, b: Vector) -> Vertex:
    """``min ||z||_1`` s.t. ``A z = b``, to LP_TOLERANCE; HighsError if it gives up."""
    d = A.shape[1]
    both_signs = sp.hstack([A, -A], format="csc") if sp.issparse(A) else np.hstack([A, -A])
    result = scipy.optimize.linprog(
        np.ones(2 * d),
        A_eq=both_signs,
        b_eq=b,
        bounds=(0, None),
        method="highs-ds",
        options={
            "primal_feasibility_tolerance": LP_TOLERANCE,
            "dual_feasibility_tolerance": LP_TOLERANCE,
        },
    )
    if result.status != 0:
        raise HighsError(f"HiGHS found no l1 minimiser: {result.message}")
    nu = result.eqlin.marginals
    nu = nu / max(1.0, np.abs(A.T @ nu).max())
    return Vertex(result.x[:d] - result.x[d:], nu, int(result.nit))
