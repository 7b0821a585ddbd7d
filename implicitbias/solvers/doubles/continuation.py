"""Newton's method on the dual of ``min P(z) s.t. A z = b``, continued in log alpha."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace

import numpy as np

from implicitbias.inputs.arrays import Vector
from implicitbias.solvers.doubles.corrector import LOG_FLAT, Corrector
from implicitbias.solvers.doubles.dual_problem import DualProblem
from implicitbias.solvers.doubles.initial_iterates import (
    kernel_iterate,
    least_squares_iterate,
    start_iterate,
)
from implicitbias.solvers.doubles.iterate import Iterate, Outcome, Reached
from implicitbias.solvers.doubles.newton_system import LOG_RICH, NewtonSystem, linearise
from implicitbias.solvers.doubles.rich_batch import rich_batch
from implicitbias.solvers.doubles.working_set import WorkingSet
from implicitbias.solvers.refusal import NoConvergenceError, StepRefused

SMALLEST_STEP = 1e-6  # relative to the log inverse scale
NEWTON_TOL = 1e-3  # the step not taken between two continuation steps, relative to the largest z,
LAST_TOL = 1e-5  # and before the polish, which takes it

# Differences of ln dz/dsigma: how much flatter than the steepest coordinate.
LOG_FADING = -4.0  # a basic coordinate that may be on its way out: watched
MOST_GROWTH = 2.0  # of such a one in one step


@dataclass(frozen=True, eq=False)
class Continuation:
    """The solver of one problem, for any alpha.

    A Newton system is worth keeping from one step, and from one alpha, to the next: it is handed on
    beside an iterate, and is that iterate's own or that of one a small Newton step away.
    """

    problem: DualProblem

    def solve(self, log_inverse_scale: float, begin: Iterate | None = None) -> Reached:
        """What is reached for one log inverse scale, from ``begin`` or from the kernel regime."""
        return self._solve(log_inverse_scale, begin, None)[0]

    def trace(self, log_inverse_scales: Vector) -> Iterator[Reached]:
        """What is reached for rising log inverse scales (m,), each from the one before.

        It ends with the first that stalls.
        """
        iterate: Iterate | None = None
        system: NewtonSystem | None = None
        rest = log_inverse_scales
        while len(rest):
            reached, system = self._solve(rest[0], iterate, system)
            yield reached
            if reached.outcome is Outcome.STALLED:
                return
            iterate, rest = reached.iterate, rest[1:]
            if len(rest) and system is not None and reached.outcome is Outcome.REACHED:
                batch = rich_batch(self.problem, iterate, system, rest)
                yield from (Reached(found, Outcome.REACHED, 0) for found in batch)
                if batch:
                    iterate, system, rest = batch[-1], None, rest[len(batch) :]

    # Off the solution the exponentials may overflow to inf: such a step is then refused.
    @np.errstate(over="ignore", under="ignore", invalid="ignore", divide="ignore")
    def _solve(
        self, log_inverse_scale: float, begin: Iterate | None, system: NewtonSystem | None
    ) -> tuple[Reached, NewtonSystem | None]:
        """With the Newton system of ``begin`` in, and that of the iterate reached out, where there
        is one.
        """
        problem, corrector = self.problem, Corrector(self.problem)
        if len(problem.b) == 0:
            return Reached(start_iterate(problem, log_inverse_scale), Outcome.REACHED, 0), None
        if begin is not None and begin.log_inverse_scale <= log_inverse_scale:
            found = self._in_working_set(log_inverse_scale, begin, system, corrector)
            if found is not None:
                return found
            iterate = begin
        else:
            try:
                guess = kernel_iterate(problem, log_inverse_scale)
                iterate, system = corrector.correct(guess, LAST_TOL)
            except StepRefused:
                iterate = least_squares_iterate(problem, log_inverse_scale)
                return Reached(iterate, Outcome.STALLED, corrector.steps), None
        try:
            if system is None:
                iterate, system = linearise(problem, iterate)
            while iterate.log_inverse_scale < log_inverse_scale:
                iterate, system = self._advance(log_inverse_scale, iterate, system, corrector)
        except StepRefused:
            return Reached(iterate, Outcome.STALLED, corrector.steps), system
        with suppress(StepRefused):  # within LAST_TOL it is there already
            iterate, system = corrector.polish(iterate, system)
        is_there = iterate.log_inverse_scale == log_inverse_scale
        outcome = Outcome.REACHED if is_there else Outcome.KERNEL_EQUIVALENT
        return Reached(iterate, outcome, corrector.steps), system

    def _in_working_set(
        self,
        log_inverse_scale: float,
        begin: Iterate,
        system: NewtonSystem | None,
        corrector: Corrector,
    ) -> tuple[Reached, NewtonSystem | None] | None:
        """The same on the coordinates that count, if these are few and stay the same."""
        working = WorkingSet.at(self.problem, begin)
        if working is None:
            return None
        if system is not None:
            system = working.restrict_system(system)
        inner = Continuation(working.inner)
        reached, system = inner._solve(log_inverse_scale, working.restrict_iterate(begin), system)
        corrector.steps += reached.steps
        if reached.outcome is Outcome.STALLED:
            return None
        iterate = working.extend_iterate(reached.iterate)
        if iterate is None:
            return None
        if system is not None:
            system = working.extend_system(system)
        return Reached(iterate, reached.outcome, corrector.steps), system

    def _advance(
        self, log_inverse_scale: float, iterate: Iterate, system: NewtonSystem, corrector: Corrector
    ) -> tuple[Iterate, NewtonSystem]:
        """One continuation step towards that log inverse scale, as long as Newton's method allows.

        A StepRefused where it allows none.
        """
        here = iterate.log_inverse_scale
        # Early on the support is still forming: long steps fail there more often than they pay.
        fading = LOG_FLAT > system.contrast > LOG_RICH
        step = min(log_inverse_scale - here, max(4.0, here / (4 if fading else 2)))
        slope = system.tangent(iterate.point)
        while True:
            try:
                guess = self._predict(iterate, slope, step)
                if system.contrast < LOG_FADING and step > here / 50:
                    # Newton's method is slow to bring back basic coordinates that the tangent makes
                    # grow.
                    _refuse_growth(iterate.point.log_inverse_metric, guess.point.log_inverse_metric)
                tol = NEWTON_TOL if here + step < log_inverse_scale else LAST_TOL
                return corrector.correct(guess, tol)
            except StepRefused:
                step /= 4
                if step < SMALLEST_STEP * (1.0 + abs(here)):
                    raise

    def _predict(self, iterate: Iterate, slope: Vector, step: float) -> Iterate:
        """The tangent's guess at ``log_inverse_scale + step``; ``slope = dsigma/dl``."""
        point = iterate.point
        growth = np.where(point.ratio != 0, slope / point.ratio - 1.0, 0.0)  # dln z/dl
        z = point.z * np.exp(np.clip(step * growth, -2.0, 2.0))
        sigma = point.sigma + step * slope
        log_inverse_scale = iterate.log_inverse_scale + step
        curve = self.problem.curve.at_scale(log_inverse_scale)
        point = curve.nearest(z, sigma, *iterate.units)
        return replace(iterate, point=point, log_inverse_scale=log_inverse_scale)


def _refuse_growth(before: Vector, after: Vector) -> None:
    """NoConvergenceError where flat coordinates become much steeper; ln of the inverse metric, (d,)
    each.
    """
    before, after = before - before.max(), after - after.max()
    flat = before < LOG_FADING
    growth = after[flat].max() - before[flat].max() if flat.any() else 0.0
    if growth > MOST_GROWTH:
        raise NoConvergenceError(f"flat coordinates grow by {growth:.3g}")
