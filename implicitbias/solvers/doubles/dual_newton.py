"""Newton's method on the dual of ``min Q_alpha s.t. A z = b``, continued in log alpha."""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import scipy.linalg as la

from implicitbias.inputs.arrays import EPS, Indices, Matrix, Vector
from implicitbias.inputs.problem import columns, dense, gram
from implicitbias.solvers.doubles.basis import Frame
from implicitbias.solvers.doubles.mirror_curve import MirrorCurve, Point
from implicitbias.solvers.doubles.newton_matrix import LOG_SETTLED, Linearised


@dataclass(frozen=True, eq=False)
class State:
    """A point of the mirror curve at one ``length = -D ln alpha``, and the frame it is seen in.

    The dual vector is ``nu = T^T sigma_S``. At the solution ``A point.z = b`` and ``A^T nu =
    point.sigma``.
    """

    point: Point
    length: float
    frame: Frame
    linear: "Linearised | None" = None  # at this point, or at one a small Newton step away

    @cached_property
    def nu(self) -> Vector:
        """(n,)"""
        return np.asarray(self.frame.transform.T @ self.point.sigma[self.frame.anchors])


@dataclass(eq=False)
class DualNewton:
    """The solver of one problem, ``A z = b`` on a mirror curve, for any alpha.

    Attributes:
        floor: flat anchors do not answer residuals below it; 0 for those above rounding.
        iterations: Newton steps taken so far.
    """

    A: Matrix
    b: Vector
    curve: MirrorCurve
    floor: float = 0.0
    iterations: int = 0

    def solve(self, length: float, begin: State | None = None) -> State:
        """The state reached for one length, continued from ``begin`` or from the kernel regime.

        Its own ``length`` is larger where the two problems have the same solution to all digits,
        deep in the kernel regime, and smaller where Newton's method could not be continued.
        """
        # Off the solution the exponentials may overflow to inf: such a step is then refused.
        with np.errstate(over="ignore", under="ignore", invalid="ignore", divide="ignore"):
            if self.A.shape[0] == 0:
                return self.start_state(length)
            found = self._in_working_set(length, begin) if begin is not None else None
            if found is not None:
                return found
            state = None
            try:
                if begin is not None and begin.length <= length:
                    state = begin
                else:
                    state = self.correct(self.kernel_state(length), LAST_TOL)
                while state.length < length:
                    state = self.advance(state, length)
                return self.polish(state)
            except REFUSALS:
                return state or self.least_squares_state(length)

    def _in_working_set(self, length: float, begin: State) -> State | None:
        """The state for one length if the coordinates that count are few, and stay the same."""
        depth_below = begin.point.log_stretch - begin.point.log_stretch.max()
        working = depth_below > LOG_IDLE
        working[begin.frame.anchors] = True
        if begin.length > length or 2 * working.sum() > len(working):
            return None
        J = np.flatnonzero(working)
        inner = DualNewton(columns(self.A, J), self.b, self.curve.at(J), self.floor)
        frame = Frame(np.searchsorted(J, begin.frame.anchors), begin.frame.transform)
        linear = begin.linear
        if linear is not None:
            inside = linear.inside
            known = isinstance(inside, np.ndarray) and working[inside].all()
            inside = np.searchsorted(J, inside)
            linear = replace(linear, A=inner.A, frame=frame, inside=inside) if known else None
        found = inner.solve(length, State(begin.point.row(J), begin.length, frame, linear))
        self.iterations += inner.iterations
        if found.length < length:
            return None
        point = self.curve.at_angle(self.curve.angle_at_dual(self.A.T @ found.nu), length)
        outside = point.log_stretch[~working] - found.point.log_stretch.max()
        if not (outside < LOG_IDLE / 2).all():  # nan too
            return None
        point.put(J, found.point)
        frame = replace(found.frame, anchors=J[found.frame.anchors])
        if found.frame.transform is begin.frame.transform:
            frame = begin.frame
        linear = found.linear
        if linear is not None:
            linear = replace(linear, A=self.A, frame=frame, inside=J[linear.inside])
        return State(point, length, frame, linear)

    def settled(self, state: State, lengths: Vector) -> list[State]:
        """States at the lengths (m,) beyond, all at once; as many of the first as converge.

        Where only the anchors count, ``z_S = T (b - A_I z_I)`` and all else follows: a few sweeps
        of products of matrices, and no Newton matrix. No state where that is not so.
        """
        with np.errstate(all="ignore"):
            if len(self.b) == 0 or not np.isfinite(state.point.angle).all():
                return []
            others = state.point.log_stretch.copy()
            others[state.frame.anchors] = -np.inf
            anchors = state.point.log_stretch[state.frame.anchors]
            rest = others.max() - anchors.max()
            if not (others.max() - anchors.min() < LOG_CHORD or rest < LOG_SETTLED):
                return []
            linear = state.linear or self._linearised(state)
            if not (linear.spread < 1 + CHORD or rest < LOG_SETTLED):
                return []
            state = replace(state, frame=linear.frame)
            slope = linear.tangent(state.point)
            step = max(1, BLOCK // self.A.shape[1])
            found: list[State] = []
            for i in range(0, len(lengths), step):
                part = lengths[i : i + step]
                new = self._sweep(state, slope, part)
                found += new
                if len(new) < len(part):
                    break
            return found

    def _sweep(self, state: State, slope: Vector, lengths: Vector) -> list[State]:
        S, T = state.frame.anchors, state.frame.transform
        anchors, length = self.curve.at(S), lengths[:, None]
        steep = state.point.log_stretch[S] > state.point.log_stretch.max() + LOG_SETTLED
        z = np.broadcast_to(state.point.z[S], (len(lengths), len(S)))
        sigma = state.point.sigma[S] + (length - state.length) * slope[S]
        turned = anchors.at_angle(anchors.angle_at_dual(sigma), length)
        for _ in range(SWEEPS):
            of_anchors = anchors.at_primal(z, length).where(steep, turned)
            sigma = np.asarray(of_anchors.sigma @ T @ self.A)
            point = self.curve.at_angle(self.curve.angle_at_dual(sigma), length)
            point.put(S, of_anchors)
            rho = (self.b - point.z @ self.A.T) @ T.T
            off = np.abs(np.where(steep, rho, 0.0)).max(axis=1) / np.abs(point.z).max(axis=1)
            if (off <= POLISHED).all():
                break
            z = of_anchors.z + rho
        good = (off <= SWEPT) & np.isfinite(point.angle).all(axis=1)
        count = len(good) if good.all() else int(np.argmin(good))
        return [State(point.row(i), float(lengths[i]), state.frame) for i in range(count)]

    def start_state(self, length: float) -> State:
        """The weights' start: the solution where there is no equation."""
        angle = self.curve.angle_at_dual(np.zeros(self.A.shape[1]))
        return self._framed(self.curve.at_angle(angle, length), length)

    def least_squares_state(self, length: float) -> State:
        """An interpolator of no particular merit, to be shown where nothing better is reached."""
        z = la.lstsq(dense(self.A), self.b)[0]
        return self._framed(self.curve.at_primal(z, length), length)

    def kernel_state(self, length: float) -> State:
        """A first guess for ``min(length, l)``, where l is about the end of the kernel regime.

        There the mirror map is nearly linear around the start, ``z_0 + K_0 A^T nu``, and Newton's
        method converges from the solution of that linear problem.
        """
        angle = self.curve.angle_at_dual(np.zeros(self.A.shape[1]))
        begin = self.curve.at_angle(angle, 0.0)
        stretch = begin.stretch
        factor = la.cho_factor(gram(self.A, stretch))
        move = np.abs(self.A.T @ la.cho_solve(factor, self.b)) * self.curve.slope(begin)
        if move.max() > 0:
            end = float(np.log(KERNEL_MOVE / move.max()))
            length = min(length, end)
            if not begin.z.any():
                # From here on s is e^-60, and the minimiser has changed by its square: not at all.
                length = max(length, end - 60.0)
        scale = np.exp(-length)
        nu = la.cho_solve(factor, self.b / scale - self.A @ begin.z)
        z = scale * (begin.z + stretch * (self.A.T @ nu))
        return self._framed(self.curve.at_primal(z, length), length)

    def advance(self, state: State, length: float) -> State:
        """One continuation step towards ``length``, as long as Newton's method allows."""
        step = length - state.length
        # Early on the support is still forming: long steps fail there more often than they pay.
        linear = state.linear or self._linearised(state)
        fading = LOG_FLAT > linear.contrast > LOG_SETTLED
        step = min(step, max(4.0, state.length / (4 if fading else 2)))
        slope = linear.tangent(state.point)
        while True:
            try:
                tol = NEWTON_TOL if state.length + step < length else LAST_TOL
                guess = self.predict(state, slope, step)
                if linear.contrast < LOG_FADING and step > state.length / 50:
                    # Newton's method is slow to bring back anchors that the tangent makes grow.
                    refuse_growth(state.point.log_stretch, guess.point.log_stretch)
                return self.correct(guess, tol)
            except REFUSALS:
                step /= 4
                if step < SMALLEST_STEP * (1.0 + abs(state.length)):
                    raise

    def predict(self, state: State, slope: Vector, step: float) -> State:
        """The tangent's guess at ``length + step``; ``slope = dsigma/dlength``."""
        point = state.point
        z_unit, sigma_unit = self._units(point)
        growth = np.where(point.ratio != 0, slope / point.ratio - 1.0, 0.0)  # dln z/dlength
        z = point.z * np.exp(np.clip(step * growth, -2.0, 2.0))
        sigma = point.sigma + step * slope
        length = state.length + step
        point = self.curve.nearest(z, sigma, z_unit, sigma_unit, length)
        return replace(state, point=point, length=length)

    def correct(self, state: State, tol: float) -> State:
        """Newton's method at one length, each step brought back to the curve [minty1962].

        It ends before a step of at most tol, relative to the largest z.
        """
        best = np.inf
        for iteration in range(MOST_STEPS):
            linear = self._linearised(state)
            state = State(state.point, state.length, linear.frame, linear)
            point = state.point
            dz, dsigma = linear.newton(point, self.b)
            z_unit, sigma_unit = self._units(point)
            turn = self._turn(dsigma, point, linear.frame.anchors)
            if np.abs(dz).max() <= tol * z_unit and turn <= TURN_TOL:
                return state
            point = self.curve.nearest(
                point.z + dz, point.sigma + dsigma, z_unit, sigma_unit, state.length
            )
            self.iterations += 1
            defect = float(np.abs(point.z - state.point.z).max() / z_unit)
            state = replace(state, point=point)
            if defect <= tol**2 and turn <= TURN_TOL:
                return state
            if not defect < 100 * best or (iteration > 8 and defect > 0.5 * best):
                break
            best = min(best, defect)
        raise NoConvergenceError(f"defect {defect:.3g} at length {state.length:.6g}")

    def polish(self, state: State) -> State:
        """Newton steps along the curve until rounding stops them.

        Anchors are held by z where the curve is steep: coming back from sigma z would lose a
        factor ``stretch`` of its digits. The other coordinates follow, ``z_I(A^T nu)``.
        """
        linear = state.linear or self._linearised(state)
        state = State(state.point, state.length, linear.frame, linear)
        dz, dsigma = linear.newton(state.point, self.b)
        state = self._moved(state, dz, self._damped(dsigma, state))
        best, lowest = state, np.inf
        least, idle = np.full(2, np.inf), 0
        for _ in range(MOST_STEPS):
            dz, dsigma = linear.newton(state.point, self.b)
            # z counts where the curve is steep, sigma of the anchors where it is flat.
            units = self._units(state.point)
            moves = (np.abs(dz), np.abs(dsigma[state.frame.anchors]))
            defect = np.array([move.max() / unit for move, unit in zip(moves, units, strict=True)])
            if defect[0] + EPS * min(defect[1], 1.0) < lowest:
                best, lowest = state, defect[0] + EPS * min(defect[1], 1.0)
            idle = 0 if (defect < 0.5 * least).any() else idle + 1
            if (
                (defect <= POLISHED).all()
                or idle > (8 if defect[1] > SMALL_TURN else 2)
                or not np.isfinite(defect).all()
            ):
                break
            slow = 1e-2 if defect.max() > SMALL_STEP else 0.2
            if (defect > slow * least).any():
                linear = Linearised.at(self.A, state.frame, state.point, self.floor)
                state = replace(state, linear=linear)
            least = np.fmin(defect, least)
            state = self._moved(state, dz, self._damped(dsigma, state))
            self.iterations += 1
        return best

    def _damped(self, dsigma: Vector, state: State) -> Vector:
        """The step, shorter on flat anchors where it would bend the mirror map too far."""
        point, S = state.point, state.frame.anchors
        z_unit, sigma_unit = self._units(point)
        level = min(point.log_stretch.max() + LOG_FLAT, np.log(z_unit / sigma_unit))
        flat = point.log_stretch < level
        bend = np.where(flat, np.abs(dsigma) * self.curve.slope(point), 0.0).max()
        if bend <= 1.0:
            return dsigma
        damped = dsigma.copy()
        damped[S] = np.where(flat[S], dsigma[S] / bend, dsigma[S])
        return damped

    def _moved(self, state: State, dz: Vector | float, dsigma: Vector | float) -> State:
        S, point = state.frame.anchors, state.point
        z_unit, sigma_unit = self._units(point)
        by_z = point.log_stretch[S] > np.log(z_unit / sigma_unit)
        z, sigma = (point.z + dz)[S], (point.sigma + dsigma)[S]
        curve = self.curve.at(S)
        held = curve.at_primal(z, state.length)
        turned = curve.at_angle(curve.angle_at_dual(sigma), state.length)
        anchors = held.where(by_z, turned)
        nu = state.frame.transform.T @ anchors.sigma
        moved = self.curve.at_angle(self.curve.angle_at_dual(self.A.T @ nu), state.length)
        moved.put(S, anchors)
        if not np.isfinite(moved.angle).all():
            raise NoConvergenceError("a step left the domain of the conjugate")
        return replace(state, point=moved)

    def _framed(self, point: Point, length: float) -> State:
        return State(point, length, Frame.at(self.A, point.log_stretch))

    def _linearised(self, state: State) -> Linearised:
        """The Newton matrix, in another frame where that of the state has become too skew."""
        linear = Linearised.at(self.A, state.frame, state.point, self.floor)
        if not linear.spread <= SKEW * max(1.0, self.A.shape[1] / self.A.shape[0]):
            frame = Frame.at(self.A, state.point.log_stretch)
            linear = Linearised.at(self.A, frame, state.point, self.floor)
        return linear

    def _turn(self, dsigma: Vector, point: Point, S: Indices) -> float:
        """How far the anchors turn: relative to sigma, or to what bends the mirror map there."""
        _, sigma_unit = self._units(point)
        relative = np.abs(dsigma[S]) / sigma_unit
        if relative.max() <= TURN_TOL:
            return float(relative.max())
        return float(np.minimum(relative, (np.abs(dsigma) * self.curve.slope(point))[S]).max())

    def _units(self, point: Point) -> tuple[float, float]:
        """The sizes of z and sigma: what a Newton step is measured against."""
        z_unit = float(np.abs(point.z).max())
        sigma_unit = float(np.abs(point.sigma).max())
        return z_unit or 1.0, sigma_unit or 1.0


def refuse_growth(before: Vector, after: Vector) -> None:
    """NoConvergenceError where flat anchors become much steeper; both (n,), ln of the stretch."""
    before, after = before - before.max(), after - after.max()
    flat = before < LOG_FADING
    growth = after[flat].max() - before[flat].max() if flat.any() else 0.0
    if growth > 2:
        raise NoConvergenceError(f"flat anchors grow by {growth:.3g}")


class NoConvergenceError(ArithmeticError):
    """Newton's method did not converge from this start: take a shorter continuation step."""


# What a step too long ends in: no convergence, a singular or a non-finite Newton matrix.
REFUSALS = (ArithmeticError, la.LinAlgError, ValueError)
KERNEL_MOVE = 0.3  # of a unit of s (of its slack at the start): the mirror map is nearly linear
MOST_STEPS = 40
SMALLEST_STEP = 1e-6  # of the continuation, relative to the length

# Stop rules; sizes are relative to the largest z and the largest sigma.
NEWTON_TOL = 1e-3  # the step not taken between two continuation steps,
LAST_TOL = 1e-5  # and before the polish, which takes it
TURN_TOL = 1e-3  # of sigma, in either case: flat anchors are small, and count as well
POLISHED = 5e-14  # certificates ask for 1e-8; rounding is at 1e-15
SMALL_STEP = 1e-6  # the Newton matrix of before does for a smaller one
SMALL_TURN = 1e-2  # of sigma: a larger one is damped, and slow at first
CHORD = 1e-3  # 1 + B B^T is that near to 1: a sweep gains three digits
SWEEPS = 6  # of the settled states: the first ones get there, the others are for rounding
SWEPT = 1e-13

# The Newton matrix.
SKEW = 1e3  # times d/n: a larger entry of 1 + B B^T asks for another frame
BLOCK = 2**20  # entries of many states handled at once

# Differences of ln dz/dsigma: how much flatter than the steepest coordinate.
LOG_FADING = -4.0  # an anchor that may be on its way out: watched
LOG_FLAT = -9.0  # an anchor that is flat: the continuation goes in steps of a quarter
LOG_CHORD = -8.0  # all others, below every anchor: sweeps may do
LOG_IDLE = -90.0  # not in the working set: no step brings such a coordinate back
