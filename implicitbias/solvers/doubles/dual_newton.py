"""Newton's method on the dual of ``min Q_alpha s.t. A z = b``, continued in log alpha."""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import scipy.linalg as la

from implicitbias.inputs.arrays import EPS, Indices, Matrix, Vector
from implicitbias.inputs.problem import columns, dense, gram
from implicitbias.solvers.doubles.basis import Basis
from implicitbias.solvers.doubles.mirror_curve import MirrorCurve, Point
from implicitbias.solvers.doubles.newton_matrix import LOG_RICH, NewtonSystem


@dataclass(frozen=True, eq=False)
class State:
    """A point of the mirror curve at one ``log_inverse_scale = -D ln alpha``, and the basis it is
    seen in.

    The dual vector is ``nu = T^T sigma_S``. At the solution ``A point.z = b`` and ``A^T nu =
    point.sigma``.
    """

    point: Point
    log_inverse_scale: float
    basis: Basis
    linear: NewtonSystem | None = None  # at this point, or at one a small Newton step away

    @cached_property
    def nu(self) -> Vector:
        """(n,)"""
        return np.asarray(self.basis.inverse.T @ self.point.sigma[self.basis.basic])


@dataclass(eq=False)
class DualNewton:
    """The solver of one problem, ``A z = b`` on a mirror curve, for any alpha.

    Attributes:
        residual_floor: flat basic coordinates do not answer residuals below it; 0 for those above
            rounding.
        iterations: Newton steps taken so far.
    """

    A: Matrix
    b: Vector
    curve: MirrorCurve
    residual_floor: float = 0.0
    iterations: int = 0

    def solve(self, log_inverse_scale: float, begin: State | None = None) -> State:
        """The state reached for one log inverse scale, continued from ``begin`` or from the kernel
        regime.

        Its own ``log_inverse_scale`` is larger where the two problems have the same solution to all
        digits, deep in the kernel regime, and smaller where Newton's method could not be continued.
        """
        # Off the solution the exponentials may overflow to inf: such a step is then refused.
        with np.errstate(over="ignore", under="ignore", invalid="ignore", divide="ignore"):
            if self.A.shape[0] == 0:
                return self.start_state(log_inverse_scale)
            found = self._in_working_set(log_inverse_scale, begin) if begin is not None else None
            if found is not None:
                return found
            state = None
            try:
                if begin is not None and begin.log_inverse_scale <= log_inverse_scale:
                    state = begin
                else:
                    state = self.correct(self.kernel_state(log_inverse_scale), LAST_TOL)
                while state.log_inverse_scale < log_inverse_scale:
                    state = self.advance(state, log_inverse_scale)
                return self.polish(state)
            except REFUSALS:
                return state or self.least_squares_state(log_inverse_scale)

    def _in_working_set(self, log_inverse_scale: float, begin: State) -> State | None:
        """The state for one log inverse scale if the coordinates that count are few, and stay the
        same.
        """
        depth_below = begin.point.log_inverse_metric - begin.point.log_inverse_metric.max()
        working = depth_below > LOG_IDLE
        working[begin.basis.basic] = True
        if begin.log_inverse_scale > log_inverse_scale or 2 * working.sum() > len(working):
            return None
        J = np.flatnonzero(working)
        inner = DualNewton(columns(self.A, J), self.b, self.curve.at(J), self.residual_floor)
        basis = Basis(np.searchsorted(J, begin.basis.basic), begin.basis.inverse)
        linear = begin.linear
        if linear is not None:
            inside = linear.inside
            known = isinstance(inside, np.ndarray) and working[inside].all()
            inside = np.searchsorted(J, inside)
            linear = replace(linear, A=inner.A, basis=basis, inside=inside) if known else None
        found = inner.solve(
            log_inverse_scale, State(begin.point.row(J), begin.log_inverse_scale, basis, linear)
        )
        self.iterations += inner.iterations
        if found.log_inverse_scale < log_inverse_scale:
            return None
        curve = self.curve.at_scale(log_inverse_scale)
        point = curve.at_parameter(curve.parameter_at_dual(self.A.T @ found.nu))
        outside = point.log_inverse_metric[~working] - found.point.log_inverse_metric.max()
        if not (outside < LOG_IDLE / 2).all():  # nan too
            return None
        point.put(J, found.point)
        basis = replace(found.basis, basic=J[found.basis.basic])
        if found.basis.inverse is begin.basis.inverse:
            basis = begin.basis
        linear = found.linear
        if linear is not None:
            linear = replace(linear, A=self.A, basis=basis, inside=J[linear.inside])
        return State(point, log_inverse_scale, basis, linear)

    def rich_batch(self, state: State, log_inverse_scales: Vector) -> list[State]:
        """States at the log inverse scales (m,) beyond, all at once; as many of the first as
        converge.

        Where only the basic coordinates count, ``z_S = T (b - A_I z_I)`` and all else follows: a
        few sweeps of products of matrices, and no Newton matrix. No state where that is not so.
        """
        with np.errstate(all="ignore"):
            if len(self.b) == 0 or not np.isfinite(state.point.parameter).all():
                return []
            nonbasic = state.point.log_inverse_metric.copy()
            nonbasic[state.basis.basic] = -np.inf
            basic = state.point.log_inverse_metric[state.basis.basic]
            rest = nonbasic.max() - basic.max()
            if not (nonbasic.max() - basic.min() < LOG_CHORD or rest < LOG_RICH):
                return []
            linear = state.linear or self._newton_system(state)
            if not (linear.scaled_max < 1 + CHORD or rest < LOG_RICH):
                return []
            state = replace(state, basis=linear.basis)
            slope = linear.tangent(state.point)
            step = max(1, BLOCK // self.A.shape[1])
            found: list[State] = []
            for i in range(0, len(log_inverse_scales), step):
                part = log_inverse_scales[i : i + step]
                new = self._sweep(state, slope, part)
                found += new
                if len(new) < len(part):
                    break
            return found

    def _sweep(self, state: State, slope: Vector, log_inverse_scales: Vector) -> list[State]:
        S, T = state.basis.basic, state.basis.inverse
        log_inverse_scale = log_inverse_scales[:, None]
        curve = self.curve.at_scale(log_inverse_scale)
        basic = curve.at(S)
        steep = state.point.log_inverse_metric[S] > state.point.log_inverse_metric.max() + LOG_RICH
        z = np.broadcast_to(state.point.z[S], (len(log_inverse_scales), len(S)))
        sigma = state.point.sigma[S] + (log_inverse_scale - state.log_inverse_scale) * slope[S]
        turned = basic.at_parameter(basic.parameter_at_dual(sigma))
        for _ in range(SWEEPS):
            of_basic = basic.at_primal(z).where(steep, turned)
            sigma = np.asarray(of_basic.sigma @ T @ self.A)
            point = curve.at_parameter(curve.parameter_at_dual(sigma))
            point.put(S, of_basic)
            rho = (self.b - point.z @ self.A.T) @ T.T
            off = np.abs(np.where(steep, rho, 0.0)).max(axis=1) / np.abs(point.z).max(axis=1)
            if (off <= POLISHED).all():
                break
            z = of_basic.z + rho
        good = (off <= SWEPT) & np.isfinite(point.parameter).all(axis=1)
        count = len(good) if good.all() else int(np.argmin(good))
        return [
            State(point.row(i), float(log_inverse_scales[i]), state.basis) for i in range(count)
        ]

    def start_state(self, log_inverse_scale: float) -> State:
        """The weights' start: the solution where there is no equation."""
        curve = self.curve.at_scale(log_inverse_scale)
        parameter = curve.parameter_at_dual(np.zeros(self.A.shape[1]))
        return self._framed(curve.at_parameter(parameter), log_inverse_scale)

    def least_squares_state(self, log_inverse_scale: float) -> State:
        """An interpolator of no particular merit, to be shown where nothing better is reached."""
        z = la.lstsq(dense(self.A), self.b)[0]
        curve = self.curve.at_scale(log_inverse_scale)
        return self._framed(curve.at_primal(z), log_inverse_scale)

    def kernel_state(self, log_inverse_scale: float) -> State:
        """A first guess for ``min(log_inverse_scale, l)``, where l is about the end of the kernel
        regime.

        There the mirror map is nearly linear around the start, ``z_0 + K_0 A^T nu``, and Newton's
        method converges from the solution of that linear problem.
        """
        parameter = self.curve.parameter_at_dual(np.zeros(self.A.shape[1]))
        begin = self.curve.at_scale(0.0).at_parameter(parameter)
        inverse_metric = begin.inverse_metric
        factor = la.cho_factor(gram(self.A, inverse_metric))
        move = np.abs(self.A.T @ la.cho_solve(factor, self.b)) * self.curve.slope(begin)
        if move.max() > 0:
            end = float(np.log(KERNEL_MOVE / move.max()))
            log_inverse_scale = min(log_inverse_scale, end)
            if not begin.z.any():
                # From here on s is e^-60, and the minimiser has changed by its square: not at all.
                log_inverse_scale = max(log_inverse_scale, end - 60.0)
        scale = np.exp(-log_inverse_scale)
        nu = la.cho_solve(factor, self.b / scale - self.A @ begin.z)
        z = scale * (begin.z + inverse_metric * (self.A.T @ nu))
        curve = self.curve.at_scale(log_inverse_scale)
        return self._framed(curve.at_primal(z), log_inverse_scale)

    def advance(self, state: State, log_inverse_scale: float) -> State:
        """One continuation step towards that scale, as long as Newton's method allows."""
        step = log_inverse_scale - state.log_inverse_scale
        # Early on the support is still forming: long steps fail there more often than they pay.
        linear = state.linear or self._newton_system(state)
        fading = LOG_FLAT > linear.contrast > LOG_RICH
        step = min(step, max(4.0, state.log_inverse_scale / (4 if fading else 2)))
        slope = linear.tangent(state.point)
        while True:
            try:
                tol = NEWTON_TOL if state.log_inverse_scale + step < log_inverse_scale else LAST_TOL
                guess = self.predict(state, slope, step)
                if linear.contrast < LOG_FADING and step > state.log_inverse_scale / 50:
                    # Newton's method is slow to bring back basic coordinates that the tangent makes
                    # grow.
                    refuse_growth(state.point.log_inverse_metric, guess.point.log_inverse_metric)
                return self.correct(guess, tol)
            except REFUSALS:
                step /= 4
                if step < SMALLEST_STEP * (1.0 + abs(state.log_inverse_scale)):
                    raise

    def predict(self, state: State, slope: Vector, step: float) -> State:
        """The tangent's guess at ``log_inverse_scale + step``; ``slope = dsigma/dl``."""
        point = state.point
        z_unit, sigma_unit = self._units(point)
        growth = np.where(point.ratio != 0, slope / point.ratio - 1.0, 0.0)  # dln z/dlength
        z = point.z * np.exp(np.clip(step * growth, -2.0, 2.0))
        sigma = point.sigma + step * slope
        log_inverse_scale = state.log_inverse_scale + step
        curve = self.curve.at_scale(log_inverse_scale)
        point = curve.nearest(z, sigma, z_unit, sigma_unit)
        return replace(state, point=point, log_inverse_scale=log_inverse_scale)

    def correct(self, state: State, tol: float) -> State:
        """Newton's method at one log inverse scale, each step brought back to the curve
        [minty1962].

        It ends before a step of at most tol, relative to the largest z.
        """
        best, curve = np.inf, self.curve.at_scale(state.log_inverse_scale)
        for iteration in range(MOST_STEPS):
            linear = self._newton_system(state)
            state = State(state.point, state.log_inverse_scale, linear.basis, linear)
            point = state.point
            dz, dsigma = linear.newton(point, self.b)
            z_unit, sigma_unit = self._units(point)
            dual_step = self._dual_step(dsigma, point, linear.basis.basic)
            if np.abs(dz).max() <= tol * z_unit and dual_step <= DUAL_STEP_TOL:
                return state
            point = curve.nearest(point.z + dz, point.sigma + dsigma, z_unit, sigma_unit)
            self.iterations += 1
            defect = float(np.abs(point.z - state.point.z).max() / z_unit)
            state = replace(state, point=point)
            if defect <= tol**2 and dual_step <= DUAL_STEP_TOL:
                return state
            if not defect < 100 * best or (iteration > 8 and defect > 0.5 * best):
                break
            best = min(best, defect)
        raise NoConvergenceError(
            f"defect {defect:.3g} at log inverse scale {state.log_inverse_scale:.6g}"
        )

    def polish(self, state: State) -> State:
        """Newton steps along the curve until rounding stops them.

        Basic coordinates are held by z where the curve is steep: coming back from sigma z would
        lose a factor ``inverse_metric`` of its digits. The other coordinates follow, ``z_I(A^T
        nu)``.
        """
        linear = state.linear or self._newton_system(state)
        state = State(state.point, state.log_inverse_scale, linear.basis, linear)
        dz, dsigma = linear.newton(state.point, self.b)
        state = self._moved(state, dz, self._damped(dsigma, state))
        best, lowest = state, np.inf
        least, idle = np.full(2, np.inf), 0
        for _ in range(MOST_STEPS):
            dz, dsigma = linear.newton(state.point, self.b)
            # z counts where the curve is steep, sigma of the basic coordinates where it is flat.
            units = self._units(state.point)
            moves = (np.abs(dz), np.abs(dsigma[state.basis.basic]))
            defect = np.array([move.max() / unit for move, unit in zip(moves, units, strict=True)])
            if defect[0] + EPS * min(defect[1], 1.0) < lowest:
                best, lowest = state, defect[0] + EPS * min(defect[1], 1.0)
            idle = 0 if (defect < 0.5 * least).any() else idle + 1
            if (
                (defect <= POLISHED).all()
                or idle > (8 if defect[1] > SMALL_DUAL_STEP else 2)
                or not np.isfinite(defect).all()
            ):
                break
            slow = 1e-2 if defect.max() > SMALL_STEP else 0.2
            if (defect > slow * least).any():
                linear = NewtonSystem.at(self.A, state.basis, state.point, self.residual_floor)
                state = replace(state, linear=linear)
            least = np.fmin(defect, least)
            state = self._moved(state, dz, self._damped(dsigma, state))
            self.iterations += 1
        return best

    def _damped(self, dsigma: Vector, state: State) -> Vector:
        """The step, shorter on flat basic ones where it would bend the mirror map too far."""
        point, S = state.point, state.basis.basic
        z_unit, sigma_unit = self._units(point)
        level = min(point.log_inverse_metric.max() + LOG_FLAT, np.log(z_unit / sigma_unit))
        flat = point.log_inverse_metric < level
        bend = np.where(flat, np.abs(dsigma) * self.curve.slope(point), 0.0).max()
        if bend <= 1.0:
            return dsigma
        damped = dsigma.copy()
        damped[S] = np.where(flat[S], dsigma[S] / bend, dsigma[S])
        return damped

    def _moved(self, state: State, dz: Vector | float, dsigma: Vector | float) -> State:
        S, point = state.basis.basic, state.point
        z_unit, sigma_unit = self._units(point)
        by_z = point.log_inverse_metric[S] > np.log(z_unit / sigma_unit)
        z, sigma = (point.z + dz)[S], (point.sigma + dsigma)[S]
        curve = self.curve.at_scale(state.log_inverse_scale)
        of_basic = curve.at(S)
        held = of_basic.at_primal(z)
        turned = of_basic.at_parameter(of_basic.parameter_at_dual(sigma))
        basic = held.where(by_z, turned)
        nu = state.basis.inverse.T @ basic.sigma
        moved = curve.at_parameter(curve.parameter_at_dual(self.A.T @ nu))
        moved.put(S, basic)
        if not np.isfinite(moved.parameter).all():
            raise NoConvergenceError("a step left the domain of the conjugate")
        return replace(state, point=moved)

    def _framed(self, point: Point, log_inverse_scale: float) -> State:
        return State(point, log_inverse_scale, Basis.at(self.A, point.log_inverse_metric))

    def _newton_system(self, state: State) -> NewtonSystem:
        """The Newton matrix, in another basis where that of the state has become too skew."""
        linear = NewtonSystem.at(self.A, state.basis, state.point, self.residual_floor)
        if not linear.scaled_max <= SKEW * max(1.0, self.A.shape[1] / self.A.shape[0]):
            basis = Basis.at(self.A, state.point.log_inverse_metric)
            linear = NewtonSystem.at(self.A, basis, state.point, self.residual_floor)
        return linear

    def _dual_step(self, dsigma: Vector, point: Point, S: Indices) -> float:
        """How far the basic coordinates move: relative to sigma, or to what bends the mirror map
        there.
        """
        _, sigma_unit = self._units(point)
        relative = np.abs(dsigma[S]) / sigma_unit
        if relative.max() <= DUAL_STEP_TOL:
            return float(relative.max())
        return float(np.minimum(relative, (np.abs(dsigma) * self.curve.slope(point))[S]).max())

    def _units(self, point: Point) -> tuple[float, float]:
        """The sizes of z and sigma: what a Newton step is measured against."""
        z_unit = float(np.abs(point.z).max())
        sigma_unit = float(np.abs(point.sigma).max())
        return z_unit or 1.0, sigma_unit or 1.0


def refuse_growth(before: Vector, after: Vector) -> None:
    """NoConvergenceError where flat basic coordinates become much steeper; both (n,), ln of the
    inverse metric.
    """
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
SMALLEST_STEP = 1e-6  # of the continuation, relative to the log inverse scale

# Stop rules; sizes are relative to the largest z and the largest sigma.
NEWTON_TOL = 1e-3  # the step not taken between two continuation steps,
LAST_TOL = 1e-5  # and before the polish, which takes it
DUAL_STEP_TOL = (
    1e-3  # of sigma, in either case: flat basic coordinates are small, and count as well
)
POLISHED = 5e-14  # certificates ask for 1e-8; rounding is at 1e-15
SMALL_STEP = 1e-6  # the Newton matrix of before does for a smaller one
SMALL_DUAL_STEP = 1e-2  # of sigma: a larger one is damped, and slow at first
CHORD = 1e-3  # 1 + B B^T is that near to 1: a sweep gains three digits
SWEEPS = 6  # of the settled states: the first ones get there, the others are for rounding
SWEPT = 1e-13

# The Newton matrix.
SKEW = 1e3  # times d/n: a larger entry of 1 + B B^T asks for another basis
BLOCK = 2**20  # entries of many states handled at once

# Differences of ln dz/dsigma: how much flatter than the steepest coordinate.
LOG_FADING = -4.0  # a basic coordinate that may be on its way out: watched
LOG_FLAT = -9.0  # a basic coordinate that is flat: the continuation goes in steps of a quarter
LOG_CHORD = -8.0  # all others, below every basic coordinate: sweeps may do
LOG_IDLE = -90.0  # not in the working set: no step brings such a coordinate back
