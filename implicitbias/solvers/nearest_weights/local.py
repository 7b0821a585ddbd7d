"""A stationary point of the explicit regularizer at depth D > 2, and a global lower bound."""

import math
from collections.abc import Callable

import numpy as np

from implicitbias.inputs.accurate import residual
from implicitbias.inputs.arrays import Matrix, Vector
from implicitbias.inputs.problem import Problem, gram
from implicitbias.solvers.basis_pursuit.highs import HighsError, basis_pursuit
from implicitbias.solvers.certificate import GapBound, Status
from implicitbias.solvers.doubles.basis import Basis
from implicitbias.solvers.errors import PrecisionError
from implicitbias.solvers.linear_algebra import Cholesky
from implicitbias.solvers.nearest_weights.coordinate import (
    conjugate,
    distance,
    inflection,
    multiplier,
)
from implicitbias.solvers.refusal import StepRefused
from implicitbias.solvers.solution import Solution, Stats

STEPS = 20000
HULL_STEPS = 300  # any dual vector gives a bound
REST = 1e-12  # of a step relative to the largest |beta|: below it is rounding
TINY = 1e-150  # of beta/alpha^D: below it r_D'(z)/z is 1/D^2 to all digits
LARGEST_LOG = 300.0  # of beta/alpha^D: its square is still a double
KERNEL_LOG = 100.0  # of alpha^D/beta: r_D is z^2/(2 D^2) to all digits long before
CLOSE = 1e-11  # relative residual up to which normal equations will do
LEAST = 1e-300  # a weight, relative to the largest


def nearest(
    problem: Problem, log_alpha: float, log_start: Vector, depth: float, tol: float
) -> Solution:
    """Reweighted least norms: ``solve_explicit`` at D > 2.

    From the least l2 norm on, and where R_alpha is not convex from the least l1 norm too; the
    better of the two.

    With ``A_i = alpha a_i`` the value is ``sum_i A_i^2 r_D(beta_i/A_i^D)``. ``r_D'(z)/z`` falls
    (sampled over 1e-14 .. 1e12, not proved); where it does,
    ``r_D(z) <= r_D(c) + r_D'(c)/(2c) (z^2 - c^2)``, with equality at z = c: minimising that bound
    subject to the equations is a weighted least norm, and no step makes the value larger.

    Raises:
        ArithmeticError: no rest within STEPS, or beta/alpha^D beyond doubles. PrecisionError: a
            relative residual above tol.
    """
    unit = depth * (log_alpha + log_start) - math.log(problem.target_scale)
    # Deep in the kernel regime R_alpha is a square: the same problem, whatever alpha.
    beyond = max(0.0, float(unit.min()) - KERNEL_LOG)
    unit -= beyond
    if np.abs(unit).max() > LARGEST_LOG:
        raise ArithmeticError(
            f"beta/alpha^D is beyond doubles at log_alpha = {log_alpha:.6g}, depth {depth}; take "
            + ("a larger alpha" if unit.min() < 0 else "a start whose entries are less apart")
        )
    scale, cost = np.exp(-unit), np.exp(2 * log_start)

    def weights(slope: Callable[[Vector], Vector], z: Vector) -> Vector:
        size = np.abs(z) * scale
        m = slope(size)
        ratio = np.divide(
            size, m, out=np.full(len(z), float(depth**2)), where=(size > TINY) & (m > 0)
        )
        return np.asarray(ratio / (cost * scale * scale))

    def slope(size: Vector) -> Vector:
        return multiplier(size, depth)

    def descend(begin: Vector) -> tuple[float, Vector, Vector, int, float]:
        z, nu, steps, rested = _reweighted(
            problem.A, problem.b, lambda z: weights(slope, z), STEPS, begin
        )
        return float(cost @ distance(z * scale, depth)), z, nu, steps, rested

    value, z, nu, steps, rested = descend(np.zeros(len(scale)))
    if not rested <= REST:
        raise ArithmeticError(
            f"the local method did not come to rest in {STEPS} steps at log_alpha = "
            f"{log_alpha:.6g}, depth {depth}: the last one was {rested:.2g}; take a larger alpha"
        )

    def box_of(value: float) -> Vector:
        """What is better keeps every coordinate in this box, as r_D(u^D - v^D) >= (u-1)^2."""
        return np.asarray((1 + np.sqrt(value / cost)) ** depth)

    if np.any(box_of(value) > inflection(depth)):
        # Not convex: least squares may lead to a saddle, where a vertex does not.
        try:
            other = descend(basis_pursuit(problem.A, problem.b).z)
        except HighsError:  # there is an answer all the same
            other = (math.inf, z, nu, 0, math.inf)
        if other[0] < value and other[4] <= REST:
            value, z, nu, _, _ = other
        steps += other[3]
    # In the box r_D is at least its hull: r_D up to a knee, and from there a tangent that ends at
    # the box. Whatever nu is, b.nu - max (A^T nu).z - hull(z) bounds the value of all solutions
    # from below, up to rounding, which is not counted.
    box, bound = box_of(value), value
    convex = bool(np.all(box <= inflection(depth)))
    if not convex:
        knee = _knee(box, depth)

        def hull_slope(size: Vector) -> Vector:
            return multiplier(np.minimum(size, knee), depth)

        _, hull_nu, _, _ = _reweighted(
            problem.A, problem.b, lambda z: weights(hull_slope, z), HULL_STEPS, np.zeros(len(scale))
        )
        s = np.abs(problem.A.T @ hull_nu) / (cost * scale)
        # Up to the hull's slope the box does not matter; beyond it, all of it does.
        ends = multiplier(knee, depth)
        share = min(1.0, float(np.min(ends[s > 0] / s[s > 0], initial=1.0)))
        bound = max(
            t * float(problem.b @ hull_nu) - float(cost @ conjugate(t * s, box, depth))
            for t in (0.0, share, (1 + share) / 2, 1.0)
        )
    beta = problem.beta(z)
    solution = Solution(
        beta=beta,
        dual=problem.dual(nu, math.exp(depth * log_alpha - 2 * beyond) / problem.target_scale),
        stats=Stats(iterations=steps, log_alpha=log_alpha, depth=depth),
        certificate=GapBound(
            residual=problem.residual(beta),
            gap=max(0.0, 1 - bound / value) if value else 0.0,
            status=Status.GLOBAL if convex else Status.STATIONARY,
        ),
    )
    if not solution.certificate.holds(tol, gap_tol=math.inf):
        raise PrecisionError(solution, tol, way_out="take a larger alpha")
    return solution


def _reweighted(
    A: Matrix, b: Vector, weights: Callable[[Vector], Vector], most: int, z: Vector
) -> tuple[Vector, Vector, int, float]:
    """z with ``A z = b``, nu with ``A^T nu = z / weights(z)``, the steps, the size of the last."""
    nu, size = np.zeros(len(b)), math.inf
    steps = 0
    while steps < most and not size <= REST:
        steps += 1
        weight = weights(z)
        unit = weight.max()
        new, nu = _least_norm(A, np.maximum(weight / unit, LEAST), b)
        nu /= unit
        largest = np.abs(new).max()
        size = float(np.abs(new - z).max() / largest) if largest else 0.0
        z = new
    return z, nu, steps, size


def _least_norm(A: Matrix, weight: Vector, b: Vector) -> tuple[Vector, Vector]:
    """``z = diag(weight) A^T nu`` with ``A z = b``, and nu; no weight is 0."""
    try:
        matrix = Cholesky.of(gram(A, weight))
    except StepRefused:  # fewer large weights than equations
        pass
    else:
        nu = matrix.solve(b)
        nu += matrix.solve(b - A @ (weight * (A.T @ nu)))
        z = weight * (A.T @ nu)
        if np.abs(b - A @ z).max(initial=0.0) <= CLOSE * np.abs(b).max(initial=0.0):
            return z, nu
    # In the basis of the heaviest columns, where the matrix is 1 + B B^T.
    basis = Basis.at(A, np.log(weight))
    S, T = basis.basic, basis.inverse
    root = np.sqrt(weight)
    W = np.asarray(T @ A)
    W[:, S] = 0.0
    B = (W * root) / root[S][:, None]
    dual = Cholesky.of(np.eye(len(S)) + B @ B.T).solve(T @ b / root[S]) / root[S]
    z = weight * (W.T @ dual)
    z[S] = weight[S] * dual
    z[S] += T @ residual(A, z, b)
    return z, np.asarray(T.T @ dual)


def _knee(box: Vector, depth: float) -> Vector:
    """Where the tangent of r_D passes through its value at box; box itself where r_D is convex."""
    top = inflection(depth)
    low, high = np.full(len(box), math.log(top) - 600), np.full(len(box), math.log(top))
    end = distance(box, depth)
    for _ in range(64):
        z = np.exp((low + high) / 2)
        below = multiplier(z, depth) * (box - z) < end - distance(z, depth)
        low, high = np.where(below, (low + high) / 2, low), np.where(below, high, (low + high) / 2)
    return np.where(box <= top, box, np.exp(low))
