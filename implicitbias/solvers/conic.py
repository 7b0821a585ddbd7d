"""The twin of ``solve``: the same minimiser as an exact cone program, by cvxpy and Clarabel.

The weights ``w_+^D = p_i``, ``w_-^D = m_i`` are the variables. Flow from ``w_+ = alpha a``,
``w_- = alpha b`` ends at the minimiser of

    sum_i  a_i^2 phi(p_i / (alpha a_i)^D) + b_i^2 phi(m_i / (alpha b_i)^D),   X (p - m) = y,

``phi(u) = u ln u - u + 1`` at D = 2 (exponential cones), ``u - (D/2) u^(2/D) + (D-2)/2`` at D > 2
(power cones), ``u - 1 - ln u`` at infinity (exponential cones). Nothing here is shared with the
Newton method of ``solve`` but the checks of the input, the exponents, the scaling of the equations
and the certificate.
"""

import math
import warnings
from abc import ABC, abstractmethod
from dataclasses import dataclass
from functools import singledispatch
from typing import Any

import numpy as np
import scipy.linalg as la

from implicitbias.inputs.arrays import (
    Matrix,
    Vector,
    as_depth,
    as_log_alpha,
    as_start,
    as_tolerance,
)
from implicitbias.inputs.problem import Problem, dense, row_scale, scale_rows
from implicitbias.potentials import Depth, Hypentropy, ImplicitPotential, potential_for
from implicitbias.solvers.certificate import ErrorBound
from implicitbias.solvers.doubles.certificates import certify
from implicitbias.solvers.doubles.mirror_curve import MirrorCurve
from implicitbias.solvers.errors import PrecisionError
from implicitbias.solvers.solution import Solution, Stats

CONSISTENT = 1e-10  # relative residual up to which y counts as being in the range of X
ASKED = 1e-12  # of Clarabel; its default 1e-8 leaves errors of 1e-5 where this leaves 1e-11
LARGEST_LOG = 600.0  # of a start that a double can hold, with room for products


def solve_conic(
    X: Any,
    y: Any,
    *,
    alpha: float | None = None,
    log_alpha: float | None = None,
    depth: float = 2,
    start: Any = None,
    tol: float = 1e-3,
) -> Solution:
    """What ``solve`` solves, by Clarabel's interior point method on cones [goulart2024].

    A slow, independent check. Clarabel calls wrong answers optimal: where l1 minimisers are not
    unique, errors of 0.18 at depth 5 and alpha = 1e-4, of 0.09 at depth 10 and alpha = 1e-2. So
    its status is not trusted: what it returns goes through the certificate of ``solve``, which
    is mostly far below tol (1e-8 at alpha from 1 to 1e-2). Clarabel fails where alpha^D is 1e3
    times beta or more, later at depth 2 (1e4) and infinity.

    Args:
        X, y, alpha, log_alpha, depth, start: as for ``solve``.
        tol: bound on the error, relative to ``max|beta|``, that is to be certified.

    Returns:
        A Solution: Clarabel's beta and dual, and their certified figures, ``error <= tol``;
        iterations are Clarabel's.

    Raises:
        ValueError, TypeError, InfeasibleError: as ``solve``.
        PrecisionError: the certificate does not bound the error of Clarabel's answer by tol,
            whatever its status (y = 0 from a symmetric start too: no rounding is small relative
            to beta = 0); ``.reached`` is the answer.
        ArithmeticError: Clarabel returned no answer; its status is passed on.
    """
    tol = as_tolerance(tol)
    depth = as_depth(depth)
    log_scale = as_log_alpha(alpha, log_alpha, needed=start is None)
    problem = Problem.from_data(X, y, CONSISTENT)
    d = problem.X.shape[1]
    weights = as_start(start, d, depth)
    exponent = float(potential_for(depth).scale_exponent)
    log_weights = np.zeros(2 * d) if weights is None else np.log(np.concatenate(weights))
    offset = exponent * log_scale - math.log(problem.target_scale)
    # A cone solver weighs all rows alike: make their sizes one.
    unit = row_scale(problem.A)
    A, b = scale_rows(problem.A, 1 / unit), problem.b / unit
    log_rho = offset + exponent * log_weights
    z, nu, iterations = _cone_program(A, b, _cone_of(potential_for(depth)), log_rho, log_weights)
    nu = nu / unit
    curve = MirrorCurve.from_start(depth, weights, problem.target_scale, d)
    bounds = certify(problem.A, problem.b, curve, -exponent * log_scale, z, nu, problem.data_error)
    beta = problem.beta(z)
    solution = Solution(
        beta=beta,
        dual=problem.dual(nu),
        stats=Stats(iterations=iterations, log_alpha=log_scale, depth=depth),
        certificate=ErrorBound(problem.residual(beta), bounds.gap, bounds.error),
    )
    if not solution.certificate.holds(math.inf, error_tol=tol):
        raise PrecisionError(solution, tol, error_tol=tol)
    return solution


class _Cone(ABC):
    """The concave part of phi in ``u = p / unit``: its tangent at u = 1 less c ``bend``, a cone in
    (u, bend); and what Q costs then."""

    @abstractmethod
    def costs(self, growth: Vector, step: Vector, log_weights: Vector) -> tuple[Vector, Vector]:
        """(2d,) each: the slope of Q in x and its weight of bend, but for the factor r.

        Args:
            growth: (2d,) ``ln(unit/rho)``.
            step: (2d,) ``r/unit``.
            log_weights: (2d,) ln of the starts.
        """

    @abstractmethod
    def constraint(self, cp: Any, above: Any, bend: Any, step: Vector) -> Any:
        """cvxpy's, of ``above = u - 1`` and bend."""


@dataclass(frozen=True)
class _EntropyCone(_Cone):
    """``-u ln u``, of depth 2."""

    def costs(self, growth: Vector, step: Vector, log_weights: Vector) -> tuple[Vector, Vector]:
        return growth, step

    def constraint(self, cp: Any, above: Any, bend: Any, step: Vector) -> Any:
        one = cp.Constant(np.ones(len(step)))
        return cp.ExpCone(-above - cp.multiply(step**2, bend), one + above, one)


@dataclass(frozen=True)
class _PowerCone(_Cone):
    """``u^theta``, ``theta = 2/D``, of depth D > 2; its limit ``ln u`` at theta = 0.

    order: 2 - D; at infinity anything, as no start is given there.
    """

    theta: float
    order: float

    def costs(self, growth: Vector, step: Vector, log_weights: Vector) -> tuple[Vector, Vector]:
        rate = np.exp(log_weights * self.order)
        slope = rate * -np.expm1(-(1 - self.theta) * growth)
        weight = rate * (1 - self.theta) * np.exp(-(1 - self.theta) * growth) * step
        return slope, weight

    def constraint(self, cp: Any, above: Any, bend: Any, step: Vector) -> Any:
        one = cp.Constant(np.ones(len(step)))
        bent = above - cp.multiply((1 - self.theta) * step**2, bend)
        if self.theta == 0:
            return cp.ExpCone(bent, one, one + above)
        return cp.PowCone3D(one + above, one, one + self.theta * bent, self.theta)


@singledispatch
def _cone_of(potential: ImplicitPotential) -> _Cone:
    raise TypeError(f"no cone is known of {potential!r}")


@_cone_of.register
def _(potential: Hypentropy) -> _Cone:
    return _EntropyCone()


@_cone_of.register
def _(potential: Depth) -> _Cone:
    return _PowerCone(2 / float(potential.depth), -float(potential.scale_exponent / potential.p))


def _cone_program(
    A: Matrix, b: Vector, cone: _Cone, log_rho: Vector, log_weights: Vector
) -> tuple[Vector, Vector, int]:
    """z (d,) and nu (n,) of the program for ``A z = b``, and how many iterations they took.

    The starts (a, b) are ``exp(log_weights)``, (2d,), and ``rho = (alpha a, alpha b)^D`` in the
    units of b. Cone solvers want variables of size one: with r the size of the least move from the
    start to an interpolator, ``p = rho + r x``. Where ``rho >> r`` phi is a small rest of large
    terms; where ``rho << r``, large. So put ``u = p / max(rho, r)``, and let the concave part of
    phi be its tangent at u = 1 less c ``bend``, with ``bend`` about ``x^2 / 2``: that is a cone in
    (u, bend), and up to constants and the factor r ``Q = slope.x + weight.bend``.
    """
    import cvxpy

    cp: Any = cvxpy  # typed in parts only

    n, d = A.shape
    rho = np.exp(np.minimum(log_rho, LARGEST_LOG))
    origin = rho[:d] - rho[d:]
    missing = b - A @ origin
    move = float(np.abs(la.lstsq(dense(A), missing)[0]).max()) if n else 0.0
    move = move if move > 0 else 1.0

    log_unit = np.maximum(log_rho, math.log(move))
    growth = log_unit - log_rho
    step = move * np.exp(-log_unit)
    x, bend = cp.Variable(2 * d), cp.Variable(2 * d)
    above = cp.multiply(step, x) + np.expm1(-growth)  # u - 1
    slope, weight = cone.costs(growth, step, log_weights)
    constraint = cone.constraint(cp, above, bend, step)
    unit = max(slope.max(), weight.max())
    if not 0 < unit < math.inf:
        raise ArithmeticError(
            "no cone program in doubles: alpha^D is too far above beta, or the start too uneven"
        )
    objective = cp.sum(cp.multiply(slope / unit, x) + cp.multiply(weight / unit, bend))
    equations = A @ (x[:d] - x[d:]) == missing / move
    program = cp.Problem(cp.Minimize(objective), [constraint, equations] if n else [constraint])
    with warnings.catch_warnings():
        # "Solution may be inaccurate": the certificate says whether it is.
        warnings.simplefilter("ignore", UserWarning)
        try:
            program.solve(solver=cp.CLARABEL, tol_gap_abs=ASKED, tol_gap_rel=ASKED, tol_feas=ASKED)
        except cp.error.SolverError as error:
            raise ArithmeticError(f"Clarabel found no minimiser: {error}") from error
    if x.value is None:
        raise ArithmeticError(f"Clarabel found no minimiser, its status is {program.status}")
    nu = -unit * equations.dual_value if n else np.zeros(0)
    return origin + move * (x.value[:d] - x.value[d:]), nu, program.solver_stats.num_iters
