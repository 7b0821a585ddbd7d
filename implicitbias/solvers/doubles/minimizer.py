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
from implicitbias.solvers.doubles.certificates import certify_all
from implicitbias.solvers.doubles.dual_newton import DualNewton, State
from implicitbias.solvers.doubles.mirror_curve import MirrorCurve
from implicitbias.solvers.solution import ERROR_TOL, PrecisionError, Solution


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
        weights = as_start(start, columns, depth)
        curve = MirrorCurve.from_start(depth, weights, problem.target_scale, columns)
        return cls(problem, curve, depth, tol)

    def solve(self, log_alpha: float) -> Solution:
        """The certified solution, the long way round; PrecisionError where there is none.

        Data rounded from those of a sparse plant have a minimiser with weights as small as that
        rounding, which Newton's method may not reach. Then it is to leave them alone: the
        certificate tells whether they matter.
        """
        for residual_floor in (0.0, ROUNDED_DATA):
            (solution,) = self.follow([log_alpha], residual_floor)
            if self.is_certified(solution):
                return solution
        raise PrecisionError(solution, self.tol)

    def follow(
        self, log_alphas: Sequence[float], residual_floor: float = 0.0
    ) -> Iterator[Solution]:
        """What Newton's method reaches, certified or not, for falling alphas one from the other.

        It ends after the first alpha that Newton's method does not reach.
        """
        newton = DualNewton(self.problem.A, self.problem.b, self.curve, residual_floor)
        log_inverse_scales = np.array(
            [self._log_inverse_scale(log_alpha) for log_alpha in log_alphas]
        )
        most = max(1, MOST_ENTRIES // self.problem.A.shape[1])
        state: State | None = None
        waiting: list[tuple[float, State, int]] = []
        done = 0
        while done < len(log_inverse_scales):
            before = newton.iterations
            state = newton.solve(log_inverse_scales[done], state)
            new = [state]
            if (
                done + 1 < len(log_inverse_scales)
                and state.log_inverse_scale == log_inverse_scales[done]
            ):
                new += newton.rich_batch(state, log_inverse_scales[done + 1 :])
            for found in new:
                if waiting and (len(waiting) == most or found.basis is not waiting[0][1].basis):
                    yield from self._certified(waiting)
                    waiting = []
                waiting.append((log_alphas[done], found, newton.iterations - before))
                before = newton.iterations
                done += 1
            state = new[-1]
            if state.log_inverse_scale < log_inverse_scales[done - 1]:
                break
        yield from self._certified(waiting)

    def certified(self, log_alpha: float, state: State) -> Solution:
        """The solution for a state of `DualNewton` at this alpha; solved anew where it falls short.

        Errors as ``solve``.
        """
        (solution,) = self._certified([(log_alpha, state, 0)])
        return solution if self.is_certified(solution) else self.solve(log_alpha)

    def is_certified(self, solution: Solution) -> bool:
        """Whether all its figures are small enough; a nan is not."""
        error = math.inf if solution.error is None else solution.error
        return solution.residual <= self.tol and solution.gap <= self.tol and error <= ERROR_TOL

    def _log_inverse_scale(self, log_alpha: float) -> float:
        return float(potential_for(self.depth).log_inverse_scale(DOUBLES, log_alpha))

    def _certified(self, found: list[tuple[float, State, int]]) -> Iterator[Solution]:
        """Solutions for states in one basis, with their certificates."""
        problem, curve = self.problem, self.curve
        states = [state for _, state, _ in found]
        basis = states[0].basis
        z = np.array([state.point.z for state in states])
        sigma = np.array([state.point.sigma[basis.basic] for state in states])
        wanted = np.array([self._log_inverse_scale(log_alpha) for log_alpha, _, _ in found])
        # A state of larger log inverse scale is one deep in the kernel regime: the same problem.
        log_inverse_scales = np.maximum(wanted, [state.log_inverse_scale for state in states])
        certificates = certify_all(
            problem.A, problem.b, curve, basis, log_inverse_scales, z, sigma, problem.data_error
        )
        for i, (log_alpha, state, iterations) in enumerate(found):
            beta = problem.beta(z[i])
            yield Solution(
                beta=beta,
                # Deep in the kernel regime s is proportional to 1/alpha^D, and nu with it.
                dual=problem.dual(
                    state.nu, math.exp(min(wanted[i] - state.log_inverse_scale, 0.0))
                ),
                residual=problem.residual(beta),
                gap=certificates[i].gap,
                error=certificates[i].error,
                iterations=iterations,
                log_alpha=log_alpha,
                depth=self.depth,
            )


ROUNDED_DATA = 1e-15  # relative to the sums that y is rounded from
MOST_ENTRIES = 2**22  # of the states that wait to be certified together
