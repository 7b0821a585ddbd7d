"""The main entry: the interpolator that gradient flow chooses, certified."""

import math
from dataclasses import dataclass
from typing import Any

from implicitbias.solvers.certificates import certify
from implicitbias.solvers.curve import MirrorCurve
from implicitbias.solvers.data import as_depth, as_log_alpha, as_start, as_tolerance
from implicitbias.solvers.dual_newton import DualNewton, State
from implicitbias.solvers.problem import Problem
from implicitbias.solvers.solution import ERROR_TOL, PrecisionError, Solution


def solve(
    X: Any,
    y: Any,
    *,
    alpha: float | None = None,
    log_alpha: float | None = None,
    depth: float = 2,
    start: Any = None,
    tol: float = 1e-10,
) -> Solution:
    """The limit of gradient flow on ``||X beta - y||^2``, ``beta = w_+^D - w_-^D``.

    It is the minimiser of ``sum_i q_D(beta_i / alpha^D)`` s.t. ``X beta = y`` [woodworth2020,
    Thm 1, Thm 3], found by Newton's method on the N-dimensional dual ``max_nu y.nu - alpha^D
    sum_i q_D*((X^T nu)_i)`` and ``beta = alpha^D h_D(X^T nu)``.

    Args:
        X: (N, d) real matrix: array, DataFrame or scipy.sparse; any rank.
        y: (N,) targets in the range of X.
        alpha: the scale of the start, > 0; or
        log_alpha: its natural logarithm. Exactly one of the two, unless start is given.
        depth: D >= 2, any real number; math.inf is the limit at fixed ``alpha^D`` (there alpha
            stands for ``alpha^D`` itself).
        start: (a, b), positive scalars or (d,): the weights start at ``w_+ = alpha a``,
            ``w_- = alpha b`` in place of ``alpha``; alpha is then 1 unless given. At D = 2 this
            minimises ``sum_i c_i q(beta_i/c_i) - beta_i ln(a_i/b_i)``, ``c_i = a_i b_i``.
        tol: bound on the relative residual and duality gap.

    Returns:
        A Solution with every field set; ``residual, gap <= tol`` and ``error <= 1e-8``. With a
        start, ``dual`` is nu in ``grad Q(beta) = X^T nu``, Q taken at ``alpha = 1``'s units.

    Raises:
        ValueError, TypeError: bad input, named with the way out.
        InfeasibleError: no beta has ``X beta = y``.
        PrecisionError: doubles do not certify the answer; ``.reached`` is what there is.
    """
    log_scale = as_log_alpha(alpha, log_alpha, needed=start is None)
    return Minimizer.for_data(X, y, depth, start, as_tolerance(tol)).solve(log_scale)[0]


@dataclass(frozen=True, eq=False)
class Minimizer:
    """One problem, for every alpha."""

    problem: Problem
    curve: MirrorCurve
    depth: float
    tol: float

    @classmethod
    def for_data(cls, X: Any, y: Any, depth: Any, start: Any, tol: float) -> "Minimizer":
        """Check the data; errors as ``solve``."""
        depth = as_depth(depth)
        problem = Problem.from_data(X, y, tol)
        columns = problem.X.shape[1]
        weights = as_start(start, columns)
        if weights is not None and math.isinf(depth):
            raise ValueError(f"start needs a finite depth, got depth {depth}")
        curve = MirrorCurve.from_start(depth, weights, problem.target_scale, columns)
        return cls(problem, curve, depth, tol)

    def solve(self, log_alpha: float, begin: State | None = None) -> tuple[Solution, State]:
        """The certified solution, and the state to continue from; PrecisionError otherwise."""
        problem = self.problem
        length = -(1.0 if math.isinf(self.depth) else self.depth) * log_alpha
        newton = DualNewton(problem.A, problem.b, self.curve)
        state = newton.solve(length, begin)
        # A state of larger length is one deep in the kernel regime: the same problem.
        certificate = certify(
            problem.A,
            problem.b,
            self.curve,
            max(length, state.length),
            state.point.z,
            state.nu,
            problem.doubt,
        )
        beta = problem.beta(state.point.z)
        nu = state.nu
        solution = Solution(
            beta=beta,
            # Deep in the kernel regime s is proportional to 1/alpha^D, and nu with it.
            dual=problem.dual(nu, math.exp(min(length - state.length, 0.0))),
            residual=problem.residual(beta),
            gap=certificate.gap,
            error=certificate.error,
            iterations=newton.iterations,
            log_alpha=log_alpha,
            depth=self.depth,
        )
        figures = (solution.residual <= self.tol, solution.gap <= self.tol)
        # Positive form: a nan is not certified either.
        if not (all(figures) and certificate.error <= ERROR_TOL):
            raise PrecisionError(solution, self.tol)
        return solution, state
