"""From data to a point near the minimiser, in balls: doubles where they get there, else a path."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
import scipy.linalg as la
from flint import arb, arb_mat

from implicitbias.inputs.arrays import Vector
from implicitbias.inputs.exact import ExactData, pivots, take
from implicitbias.solvers.balls.mirror_curve import ArcPoint, Arcs, OutsideError
from implicitbias.solvers.balls.newton import BallSystem, NoConvergenceError, Values
from implicitbias.solvers.doubles.basis import Frame
from implicitbias.solvers.doubles.dual_newton import DualNewton
from implicitbias.solvers.doubles.minimizer import Minimizer

SKEW = 30.0  # of a Newton matrix: a larger one asks for another frame
LIMIT = 30.0  # by which one Newton step may make it grow
FULL_STEP = 0.5  # of growth * angle: a longer Newton step is bent
LONGEST = 2.0  # the same, inwards
MOST_STEPS = 60
HALVINGS = 8
ROUGH = 1e-3  # a Newton step (growth * angle) from which the chord method goes on
KERNEL_MOVE = 0.3  # of s: the mirror map is nearly linear
LEAST_STEP = 1e-9  # of the length of a path
REFUSALS = (NoConvergenceError, OutsideError, ZeroDivisionError)


@dataclass(frozen=True, eq=False)
class Near:
    """A point a small Newton step away from the minimiser for one length.

    Attributes:
        anchors: n columns. angles: n exact numbers. length: where it is, ``-D ln alpha``.
    """

    anchors: tuple[int, ...]
    angles: list[arb]
    length: arb


ArcsAt = Callable[[arb], Arcs]
"""The mirror curves for one length."""


@dataclass(frozen=True, eq=False)
class Approach:
    """How to get near the minimiser of one problem.

    Attributes:
        arcs_at: the curves for a length. start: as the user gave it, for doubles. depth: D.
    """

    data: ExactData
    arcs_at: ArcsAt
    depth: float
    start: tuple[Vector, Vector] | None

    def near(self, length: arb) -> Near:
        """A point near the minimiser; NoConvergenceError where no way there was found.

        From where doubles get, or else from the kernel regime, where the problem is linear: along
        the tangent, on which the angles are nearly affine in the length.
        """
        length = length.mid()
        if self.data.X.nrows() == 0:
            return Near((), [], length)
        guess = self.from_doubles(length)
        if guess is not None:
            try:
                return self._followed(self.settled(guess), length)
            except REFUSALS:
                pass
        try:
            return self._followed(self.settled(self._from_kernel(length)), length)
        except REFUSALS as error:
            raise NoConvergenceError(f"no way from the kernel regime: {error}") from None

    def from_doubles(self, length: arb) -> Near | None:
        """Where Newton's method in doubles ends."""
        wanted = float(length)
        try:
            minimizer = Minimizer.for_data(
                self.data.doubles, self._targets(), self.depth, self.start, DOUBLE_TOL
            )
            problem = minimizer.problem
            if len(problem.rows) != self.data.X.nrows():
                return None
            state = DualNewton(problem.A, problem.b, minimizer.curve).solve(wanted)
        except (ArithmeticError, ValueError, la.LinAlgError):
            return None
        point, S = state.point, state.frame.anchors
        angles = np.copysign(point.angle[S], point.z[S])
        if not np.isfinite(angles).all():
            return None
        # Deep in the kernel regime the state is that of a longer length, and s proportional.
        back = (arb(wanted) - state.length).exp() if state.length > wanted else arb(1)
        return Near(
            tuple(int(i) for i in S),
            [(arb(float(v)) * back).mid() for v in angles],
            length if state.length >= wanted else arb(state.length),
        )

    def _targets(self) -> Vector:
        return np.array([int(t.p) / int(t.q) for t in self.data.y.entries()])

    def _from_kernel(self, length: arb) -> Near:
        """The minimiser where the mirror map is linear around the start: for some length before."""
        d, n = self.data.X.ncols(), self.data.X.nrows()
        X, y = arb_mat(self.data.X), arb_mat(self.data.y)
        arcs = self.arcs_at(arb(0))

        def at(sigma: list[arb], arcs: Arcs) -> list[ArcPoint]:
            def from_end(i: int, side: int) -> arb:
                return side * (arb(arcs.corner(i, side)) - sigma[i])

            return [arcs.other(i, s, partial(from_end, i)) for i, s in enumerate(sigma)]

        origin = at([arb(0)] * d, arcs)
        stretch = [point.log_stretch.exp().mid() for point in origin]
        weighted = arb_mat([[e * k for e, k in zip(r, stretch, strict=True)] for r in X.tolist()])
        gram = weighted * X.transpose()
        moves = (X.transpose() * gram.solve(y)).entries()
        largest = max((abs(m).upper() for m in moves), default=arb(0))
        if largest > 0:
            length = length.min((KERNEL_MOVE / largest).log().mid())
        offset = X * arb_mat(d, 1, [point.z for point in origin])
        missing = y * length.exp() - offset
        sigma = [m.mid() for m in (X.transpose() * gram.solve(missing)).entries()]
        arcs = self.arcs_at(length)
        while True:
            try:
                points = at(sigma, arcs)
                break
            except OutsideError:
                sigma = [(s / 2).mid() for s in sigma]
        anchors = self._frame([point.log_stretch for point in points])
        assert len(anchors) == n
        return Near(anchors, [points[j].angle.mid() for j in anchors], length)

    def settled(self, guess: Near) -> Near:
        """Newton's method at one length, each step in a frame that suits the point it is at.

        A step is bent as z is exponential in the angle, and halved where a coordinate that is no
        anchor would become much steeper than the anchors it needs.
        """
        arcs = self.arcs_at(guess.length)
        system, angles = BallSystem.at(self.data, guess.anchors), guess.angles
        values = system.values(arcs, angles)
        for _ in range(MOST_STEPS):
            chord = system.chord(values)
            if chord.skew > SKEW:
                steepness, turned = in_order(system, values)
                changed = self._frame(steepness)
                if set(changed) != set(system.anchors):
                    system = BallSystem.at(self.data, changed)
                    angles = [turned[j] for j in changed]
                    values = system.values(arcs, angles)
                    chord = system.chord(values)
            step = chord.step(system.residual(values))
            size = max((float(abs(d.mid())) * arcs.growth for d in step), default=0.0)
            if size < ROUGH:
                return Near(system.anchors, angles, guess.length)
            if not np.isfinite(size):
                break
            angles, values = self._taken(system, arcs, angles, step, LIMIT * max(chord.skew, 1.0))
        raise NoConvergenceError(f"no convergence at length {float(guess.length):.6g}")

    def _taken(
        self, system: BallSystem, arcs: Arcs, angles: list[arb], step: list[arb], limit: float
    ) -> tuple[list[arb], Values]:
        """A Newton step, as long as no coordinate becomes too steep for its anchors."""
        share = 1.0
        for _ in range(HALVINGS):
            trial = [
                (v + bent(share * d, v, arcs.growth)).mid()
                for v, d in zip(angles, step, strict=True)
            ]
            try:
                values = system.values(arcs, trial)
                if system.chord(values).skew <= limit:
                    return trial, values
            except OutsideError:
                pass
            share /= 3
        raise NoConvergenceError("a Newton step leads nowhere")

    def _followed(self, near: Near, length: arb) -> Near:
        """Continued to another length along the tangent, in steps as long as Newton allows."""
        step = whole = abs(length - near.length).mid()
        while near.length != length:
            left = (length - near.length).mid()
            taken = left if abs(left) <= step else (step * left.sgn()).mid()
            there = length if taken is left else (near.length + taken).mid()
            try:
                near = self._stepped(near, there)
                step = 2 * abs(taken)
            except REFUSALS:
                step = abs(taken) / 4
                if step < LEAST_STEP * whole:
                    raise
        return near

    def _stepped(self, near: Near, length: arb) -> Near:
        system = BallSystem.at(self.data, near.anchors)
        arcs = self.arcs_at(near.length)
        chord = system.chord(system.values(arcs, near.angles))
        slope = system.tangent(chord)
        move = length - near.length
        angles = [(v + move * s).mid() for v, s in zip(near.angles, slope, strict=True)]
        return self.settled(Near(near.anchors, angles, length))

    def _frame(self, log_stretch: list[arb]) -> tuple[int, ...]:
        """n independent columns, the steepest first."""
        top = max(log_stretch, key=lambda log: log.mid()).mid()
        steepness = np.array([float((log - top).mid()) for log in log_stretch])
        try:
            chosen = Frame.at(self.data.doubles, steepness).anchors
            return tuple(int(i) for i in chosen)
        except (la.LinAlgError, ValueError):
            # Independent in rationals, not in doubles: pivots modulo a prime, the steepest first.
            order = [int(i) for i in np.argsort(-steepness, kind="stable")]
            ordered = take(self.data.X, range(self.data.X.nrows()), order)
            return tuple(order[j] for j in pivots(ordered))


def bent(step: arb, angle: arb, growth: float) -> arb:
    """A Newton step of an angle, as long as z would have it: ln z is about ``growth |angle|``.

    As it is where short; outwards by the ln of it, inwards by no more than a factor of z.
    """
    step = step.mid()
    size = growth * abs(step)
    if size <= FULL_STEP:
        return step
    cut = size.log1p() if step * angle >= 0 else size.min(arb(LONGEST))
    return (step * cut / size).mid()


def in_order(system: BallSystem, values: Values) -> tuple[list[arb], list[arb]]:
    """(d,) ln of the stretch, and the angles, of all coordinates in their order."""
    d = len(system.anchors) + len(system.others)
    log_stretch, angles = [arb(0)] * d, [arb(0)] * d
    for j, anchor in zip(system.anchors, values.anchors, strict=True):
        log_stretch[j], angles[j] = anchor.log_stretch.mid(), anchor.angle.mid()
    for i, other in zip(system.others, values.others, strict=True):
        log_stretch[i], angles[i] = other.log_stretch.mid(), other.angle.mid()
    return log_stretch, angles


DOUBLE_TOL = 1e-10  # what doubles call a solution; whether it is one, balls find out
