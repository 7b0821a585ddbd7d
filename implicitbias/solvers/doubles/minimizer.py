"""The interpolator that gradient flow chooses, in doubles, certified."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from implicitbias.inputs.arrays import as_depth, as_start
from implicitbias.inputs.problem import Problem
from implicitbias.numbers import DOUBLES
from implicitbias.potentials import potential_for
from implicitbias.solvers.certificate import ErrorBound
from implicitbias.solvers.doubles.certificates import certify_all
from implicitbias.solvers.doubles.continuation import Continuation
from implicitbias.solvers.doubles.dual_problem import DualProblem
from implicitbias.solvers.doubles.iterate import Outcome, Reached
from implicitbias.solvers.doubles.mirror_curve import MirrorCurve
from implicitbias.solvers.errors import PrecisionError
from implicitbias.solvers.solution import Solution, Stats

ROUNDED_DATA = 1e-15  # relative to the sums that y is rounded from
MOST_ENTRIES = 2**22  # of the iterates that wait to be certified together


@dataclass(frozen=True, eq=False)
class Minimizer:
    """One problem, for every alpha.

    Attributes:
        problem: the equations, in doubles.
        curve: of the weights' start.
        depth: D.
        tol: on residual and gap.
    """

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
        weights = as_start(start, columns, depth)
        curve = MirrorCurve.from_start(depth, weights, problem.target_scale, columns)
        return cls(problem, curve, depth, tol)

    def newton(self, residual_floor: float = 0.0) -> Continuation:
        """Newton's method for this problem, uncertified; ``residual_floor`` as in `DualProblem`."""
        dual = DualProblem(self.problem.A, self.problem.b, self.curve, residual_floor)
        return Continuation(dual)

    def solve(self, log_alpha: float) -> Solution:
        """The certified solution, the long way round; PrecisionError where there is none.

        Data rounded from those of a sparse plant have a minimiser with weights as small as that
        rounding, which Newton's method may not reach. Then it is to leave them alone: the
        certificate tells whether they matter.
        """
        for residual_floor in (0.0, ROUNDED_DATA):
            (solution,) = self.follow([log_alpha], residual_floor)
            if solution.certificate.holds(self.tol):
                return solution
        raise PrecisionError(solution, self.tol)

    def follow(
        self, log_alphas: Sequence[float], residual_floor: float = 0.0
    ) -> Iterator[Solution]:
        """What Newton's method reaches, certified or not, for falling alphas one from the other.

        It ends after the first alpha that Newton's method does not reach.
        """
        log_inverse_scales = np.array(
            [self._log_inverse_scale(log_alpha) for log_alpha in log_alphas]
        )
        traced = self.newton(residual_floor).trace(log_inverse_scales)
        most = max(1, MOST_ENTRIES // self.problem.A.shape[1])
        waiting: list[tuple[float, Reached]] = []
        for log_alpha, reached in zip(log_alphas, traced, strict=False):
            if waiting:
                basis = waiting[0][1].iterate.basis
                if len(waiting) == most or not reached.iterate.basis.is_same(basis):
                    yield from self._certified(waiting)
                    waiting = []
            waiting.append((log_alpha, reached))
        yield from self._certified(waiting)

    def certified(self, log_alpha: float, reached: Reached) -> Solution:
        """The solution for what `newton` reached at this alpha; solved anew where it falls short.

        Errors as ``solve``.
        """
        (solution,) = self._certified([(log_alpha, reached)])
        return solution if solution.certificate.holds(self.tol) else self.solve(log_alpha)

    def _log_inverse_scale(self, log_alpha: float) -> float:
        return float(potential_for(self.depth).log_inverse_scale(DOUBLES, log_alpha))

    def _certified(self, found: Sequence[tuple[float, Reached]]) -> Iterator[Solution]:
        """Solutions for what was reached at some alphas, in one basis, with their certificates."""
        problem = self.problem
        iterates = [reached.iterate for _, reached in found]
        basis = iterates[0].basis
        z = np.array([iterate.point.z for iterate in iterates])
        sigma = np.array([iterate.point.sigma[basis.basic] for iterate in iterates])
        wanted = [self._log_inverse_scale(log_alpha) for log_alpha, _ in found]
        # Deep in the kernel regime the problem at the iterate's log inverse scale is the same.
        log_inverse_scales = [
            reached.iterate.log_inverse_scale
            if reached.outcome is Outcome.KERNEL_EQUIVALENT
            else scale
            for scale, (_, reached) in zip(wanted, found, strict=True)
        ]
        bounds = certify_all(
            problem.A,
            problem.b,
            self.curve,
            basis,
            np.array(log_inverse_scales),
            z,
            sigma,
            problem.data_error,
        )
        for i, (log_alpha, reached) in enumerate(found):
            beta = problem.beta(z[i])
            yield Solution(
                beta=beta,
                # There s is proportional to 1/alpha^D, and nu with it.
                dual=problem.dual(iterates[i].nu, math.exp(wanted[i] - log_inverse_scales[i])),
                stats=Stats(reached.steps, log_alpha, self.depth),
                certificate=ErrorBound(problem.residual(beta), bounds[i].gap, bounds[i].error),
            )
