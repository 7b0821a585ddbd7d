"""From data to a point near the minimiser, in balls: doubles where they get there, else a path."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
from flint import arb, arb_mat

from implicitbias.inputs.arrays import Vector
from implicitbias.inputs.exact import ExactData, pivots, take, to_float
from implicitbias.solvers.balls.mirror_curve import BallCurve, BallPoint
from implicitbias.solvers.balls.newton import BallSystem, Values
from implicitbias.solvers.doubles.basis import Basis
from implicitbias.solvers.doubles.iterate import Outcome
from implicitbias.solvers.doubles.minimizer import Minimizer
from implicitbias.solvers.linear_algebra import solve_flint
from implicitbias.solvers.refusal import (
    NoConvergenceError,
    OutsideError,
    SingularMatrixError,
    StepRefused,
)

SKEW = 30.0  # of a Newton matrix: a larger one asks for another basis
LIMIT = 30.0  # by which one Newton step may make it grow
FULL_STEP = 0.5  # of growth * parameter: a longer Newton step is bent
LONGEST = 2.0  # the same, inwards
MOST_STEPS = 60
HALVINGS = 8
ROUGH = 1e-3  # a Newton step (growth * parameter) from which the chord method goes on
KERNEL_MOVE = 0.3  # of s: the mirror map is nearly linear
LEAST_STEP = 1e-9  # of the log inverse scale of a path
ANY_TOL = math.inf  # doubles need not solve the equations: whether a point is near, balls find out


@dataclass(frozen=True, eq=False)
class StartingPoint:
    """A point a small Newton step away from the minimiser for one log inverse scale.

    Attributes:
        basic: n columns.
        parameters: n exact numbers.
        log_inverse_scale: where it is, ``-D ln alpha``.
    """

    basic: tuple[int, ...]
    parameters: list[arb]
    log_inverse_scale: arb


CurveAt = Callable[[arb], BallCurve]
"""The mirror curves for one log inverse scale."""


@dataclass(frozen=True, eq=False)
class Homotopy:
    """How to get near the minimiser of one problem.

    Attributes:
        data: the equations, exact.
        curve_at: the curves for a log inverse scale.
        depth: D.
        start: as the user gave it, for doubles.
    """

    data: ExactData
    curve_at: CurveAt
    depth: float
    start: tuple[Vector, Vector] | None

    def locate(self, log_inverse_scale: arb) -> StartingPoint:
        """A point near the minimiser; NoConvergenceError where no way there was found.

        From where doubles get, or else from the kernel regime, where the problem is linear: along
        the tangent, on which the parameters are nearly affine in the log inverse scale.
        """
        log_inverse_scale = log_inverse_scale.mid()
        if self.data.X.nrows() == 0:
            return StartingPoint((), [], log_inverse_scale)
        guess = self.from_doubles(log_inverse_scale)
        if guess is not None:
            try:
                return self._trace(self.correct(guess), log_inverse_scale)
            except StepRefused:
                pass
        try:
            return self._trace(
                self.correct(self._from_kernel(log_inverse_scale)), log_inverse_scale
            )
        except StepRefused as error:
            raise NoConvergenceError(f"no way from the kernel regime: {error}") from None

    def from_doubles(self, log_inverse_scale: arb) -> StartingPoint | None:
        """Where Newton's method in doubles ends; None where doubles do not hold the problem."""
        wanted = float(log_inverse_scale)
        X, y = self.data.doubles, np.array([to_float(t) for t in self.data.y.entries()])
        start = () if self.start is None else self.start
        if not all(np.isfinite(part).all() for part in (X, y, *start)):
            return None
        if not all((weights > 0).all() for weights in start):
            return None
        minimizer = Minimizer.for_data(X, y, self.depth, self.start, ANY_TOL)
        problem = minimizer.problem
        if len(problem.rows) != self.data.X.nrows():
            return None
        try:
            reached = minimizer.newton().solve(wanted)
        except StepRefused:
            return None
        iterate = reached.iterate
        point, S = iterate.point, iterate.basis.basic
        parameters = point.parameter[S]
        if not np.isfinite(parameters).all():
            return None
        back = arb(1)
        if reached.outcome is Outcome.KERNEL_EQUIVALENT:
            back = (arb(wanted) - iterate.log_inverse_scale).exp()  # s is proportional to 1/alpha^D
        elif reached.outcome is Outcome.STALLED:
            log_inverse_scale = arb(iterate.log_inverse_scale)
        return StartingPoint(
            tuple(int(i) for i in S),
            [(arb(float(v)) * back).mid() for v in parameters],
            log_inverse_scale,
        )

    def _from_kernel(self, log_inverse_scale: arb) -> StartingPoint:
        """The minimiser for some log inverse scale before, where the mirror map is linear around
        the start.
        """
        d, n = self.data.X.ncols(), self.data.X.nrows()
        X, y = arb_mat(self.data.X), arb_mat(self.data.y)
        curve = self.curve_at(arb(0))

        def at(sigma: list[arb], curve: BallCurve) -> list[BallPoint]:
            def from_end(i: int, side: int) -> arb:
                return side * (arb(curve.reference_point(i, side)) - sigma[i])

            return [curve.nonbasic_point(i, s, partial(from_end, i)) for i, s in enumerate(sigma)]

        origin = at([arb(0)] * d, curve)
        inverse_metric = [point.log_inverse_metric.exp().mid() for point in origin]
        weighted = arb_mat(
            [[e * k for e, k in zip(r, inverse_metric, strict=True)] for r in X.tolist()]
        )
        gram = weighted * X.transpose()
        moves = (X.transpose() * solve_flint(gram, y)).entries()
        largest = max((abs(m).upper() for m in moves), default=arb(0))
        if largest > 0:
            log_inverse_scale = log_inverse_scale.min((KERNEL_MOVE / largest).log().mid())
        offset = X * arb_mat(d, 1, [point.z for point in origin])
        missing = y * log_inverse_scale.exp() - offset
        sigma = [m.mid() for m in (X.transpose() * solve_flint(gram, missing)).entries()]
        curve = self.curve_at(log_inverse_scale)
        while True:
            try:
                points = at(sigma, curve)
                break
            except OutsideError:
                sigma = [(s / 2).mid() for s in sigma]
        basic = self._basis([point.log_inverse_metric for point in points])
        assert len(basic) == n
        return StartingPoint(basic, [points[j].parameter.mid() for j in basic], log_inverse_scale)

    def correct(self, guess: StartingPoint) -> StartingPoint:
        """Newton's method at one log inverse scale, each step in a basis that suits its point.

        A step is bent as z is exponential in the parameter, and halved where a coordinate that is
        no basic coordinate would become much steeper than the basic coordinates it needs.
        """
        curve = self.curve_at(guess.log_inverse_scale)
        system, parameters = BallSystem.at(self.data, guess.basic), guess.parameters
        values = system.values(curve, parameters)
        for _ in range(MOST_STEPS):
            chord = system.chord(values)
            if chord.scaled_max > SKEW:
                steepness, turned = in_order(system, values)
                changed = self._basis(steepness)
                if set(changed) != set(system.basic):
                    system = BallSystem.at(self.data, changed)
                    parameters = [turned[j] for j in changed]
                    values = system.values(curve, parameters)
                    chord = system.chord(values)
            step = chord.step(system.residual(values))
            size = max((float(abs(d.mid())) * curve.growth_rate for d in step), default=0.0)
            if size < ROUGH:
                return StartingPoint(system.basic, parameters, guess.log_inverse_scale)
            if not np.isfinite(size):
                break
            parameters, values = self._taken(
                system, curve, parameters, step, LIMIT * max(chord.scaled_max, 1.0)
            )
        raise NoConvergenceError(
            f"no convergence at log inverse scale {float(guess.log_inverse_scale):.6g}"
        )

    def _taken(
        self,
        system: BallSystem,
        curve: BallCurve,
        parameters: list[arb],
        step: list[arb],
        limit: float,
    ) -> tuple[list[arb], Values]:
        """A Newton step, as long as no coordinate becomes too steep for its basic coordinates."""
        share = 1.0
        for _ in range(HALVINGS):
            trial = [
                (v + bent(share * d, v, curve.growth_rate)).mid()
                for v, d in zip(parameters, step, strict=True)
            ]
            try:
                values = system.values(curve, trial)
                if system.chord(values).scaled_max <= limit:
                    return trial, values
            except OutsideError:
                pass
            share /= 3
        raise NoConvergenceError("a Newton step leads nowhere")

    def _trace(self, start: StartingPoint, log_inverse_scale: arb) -> StartingPoint:
        """Continued to another log inverse scale along the tangent, in steps as long as Newton's
        method allows.
        """
        step = whole = abs(log_inverse_scale - start.log_inverse_scale).mid()
        while start.log_inverse_scale != log_inverse_scale:
            left = (log_inverse_scale - start.log_inverse_scale).mid()
            taken = left if abs(left) <= step else (step * left.sgn()).mid()
            there = log_inverse_scale if taken is left else (start.log_inverse_scale + taken).mid()
            try:
                start = self._predict_correct(start, there)
                step = 2 * abs(taken)
            except StepRefused:
                step = abs(taken) / 4
                if step < LEAST_STEP * whole:
                    raise
        return start

    def _predict_correct(self, start: StartingPoint, log_inverse_scale: arb) -> StartingPoint:
        system = BallSystem.at(self.data, start.basic)
        curve = self.curve_at(start.log_inverse_scale)
        chord = system.chord(system.values(curve, start.parameters))
        slope = system.tangent(chord)
        move = log_inverse_scale - start.log_inverse_scale
        parameters = [(v + move * s).mid() for v, s in zip(start.parameters, slope, strict=True)]
        return self.correct(StartingPoint(start.basic, parameters, log_inverse_scale))

    def _basis(self, log_inverse_metric: list[arb]) -> tuple[int, ...]:
        """n independent columns, the steepest first."""
        top = max(log_inverse_metric, key=lambda log: log.mid()).mid()
        steepness = np.array([float((log - top).mid()) for log in log_inverse_metric])
        try:
            chosen = Basis.at(self.data.doubles, steepness).basic
            return tuple(int(i) for i in chosen)
        except SingularMatrixError:
            # Independent in rationals, not in doubles: pivots modulo a prime, the steepest first.
            order = [int(i) for i in np.argsort(-steepness, kind="stable")]
            ordered = take(self.data.X, range(self.data.X.nrows()), order)
            return tuple(order[j] for j in pivots(ordered))


def bent(step: arb, parameter: arb, growth: float) -> arb:
    """A Newton step of a parameter, as long as z would have it: ln z is about ``growth
    |parameter|``.

    As it is where short; outwards by the ln of it, inwards by no more than a factor of z.
    """
    step = step.mid()
    size = growth * abs(step)
    if size <= FULL_STEP:
        return step
    cut = size.log1p() if step * parameter >= 0 else size.min(arb(LONGEST))
    return (step * cut / size).mid()


def in_order(system: BallSystem, values: Values) -> tuple[list[arb], list[arb]]:
    """(d,) ln of the inverse metric, and the parameters, of all coordinates in their order."""
    d = len(system.basic) + len(system.nonbasic)
    log_inverse_metric, parameters = [arb(0)] * d, [arb(0)] * d
    for indices, points in ((system.basic, values.basic), (system.nonbasic, values.nonbasic)):
        for i, point in zip(indices, points, strict=True):
            log_inverse_metric[i] = point.log_inverse_metric.mid()
            parameters[i] = point.parameter.mid()
    return log_inverse_metric, parameters
