"""Newton's method on the dual of ``min Q_alpha s.t. A z = b``, continued in log alpha."""

from dataclasses import dataclass, fields

import numpy as np
import scipy.linalg as la
from numpy.typing import NDArray

from implicitbias.solvers.curve import MirrorCurve, Point
from implicitbias.solvers.data import EPS, Matrix, Vector
from implicitbias.solvers.problem import columns, dense, gram


@dataclass(frozen=True, eq=False)
class State:
    """A dual vector and a point of the mirror curve, at one ``length = -D ln alpha``.

    At the solution ``A point.z = b`` and ``A^T nu = point.sigma``. Where the curve is steep nu
    cannot resolve z: there z is the coordinate and sigma follows; elsewhere sigma is.
    """

    nu: Vector
    point: Point
    length: float


@dataclass(frozen=True, eq=False)
class Linearised:
    """The Newton matrix at one state, factored once.

    ``[A_I K_I A_I^T, A_S; A_S^T, -K_S^-1]`` with K = dz/dsigma, S the steep coordinates and I the
    others; symmetric quasi-definite. Without steep coordinates: ``A K A^T``.
    """

    A: Matrix
    stretch: Vector
    steep: NDArray[np.bool_]
    steep_columns: Vector
    factor: tuple[Vector, ...]

    @classmethod
    def at(
        cls, A: Matrix, point: Point, units: tuple[float, float], *, proximal: bool
    ) -> "Linearised":
        """The factored matrix; ``proximal`` keeps nu where the equations do not resolve it.

        Where fewer than n coordinates survive, the rest of nu is determined by coordinates that
        are smaller than the rounding of the residual: a Newton step would be that, divided by 0.
        """
        z_unit, sigma_unit = units
        stretch = point.stretch
        n = A.shape[0]
        steep = stretch * sigma_unit > 1e3 * z_unit
        large = stretch > 1e-4 * min(stretch.max(), 1e3 * z_unit / sigma_unit)
        if large.sum() < n:
            steep |= large  # fewer than n directions carry the Gram matrix: keep them out of it
        upper = gram(A, np.where(steep, 0.0, stretch))
        if not steep.any():
            return cls(A, stretch, steep, np.empty((n, 0)), (_triangle(A, stretch, upper),))
        A_steep = columns(A, np.flatnonzero(steep))
        if proximal:
            upper[np.diag_indices(n)] += PROXIMAL * z_unit / sigma_unit
        matrix = np.block([[upper, A_steep], [A_steep.T, -np.diag(1 / stretch[steep])]])
        scale = 1 / np.sqrt(np.abs(matrix).max(axis=0))
        lu, pivots, info = la.lapack.dgetrf(matrix * scale * scale[:, None])
        if info > 0:
            raise la.LinAlgError(f"the Newton matrix is singular in row {info}")
        return cls(A, stretch, steep, A_steep, (matrix, scale, lu, pivots))

    def solve(self, top: Vector, bottom: Vector) -> tuple[Vector, Vector]:
        """``(dnu, dz_S)`` for the right-hand side (top (n,), bottom (|S|,))."""
        if len(self.factor) == 1:
            return la.cho_solve((self.factor[0], False), top), np.empty(0)
        matrix, scale, *lu = self.factor
        right = np.concatenate([top, bottom])
        solution = scale * la.lu_solve(tuple(lu), scale * right)
        solution += scale * la.lu_solve(tuple(lu), scale * (right - matrix @ solution))
        return solution[: len(top)], solution[len(top) :]

    def newton(self, state: State, b: Vector) -> tuple[Vector, Vector, Vector]:
        """``(dnu, dz, dsigma)`` that make the linearised conditions hold."""
        point, steep = state.point, self.steep
        mismatch = self.A.T @ state.nu - point.sigma
        flat_stretch = np.where(steep, 0.0, self.stretch)
        top = b - self.A @ (point.z + flat_stretch * mismatch)
        dnu, dz_steep = self.solve(top, -mismatch[steep])
        dsigma = self.A.T @ dnu + mismatch
        dz = flat_stretch * dsigma
        dz[steep] = dz_steep
        return dnu, dz, dsigma

    def tangent(self, point: Point) -> tuple[Vector, Vector, Vector]:
        """``d(nu, z, sigma)/dlength`` along the path of solutions."""
        steep = self.steep
        top = self.A @ np.where(steep, 0.0, point.z)
        dnu, dz_steep = self.solve(top, point.z[steep] / self.stretch[steep])
        dsigma = self.A.T @ dnu
        dz = self.stretch * dsigma - point.z
        dz[steep] = dz_steep
        return dnu, dz, dsigma


@dataclass(eq=False)
class DualNewton:
    """The solver of one problem, ``A z = b`` on a mirror curve, for any alpha.

    Attributes:
        iterations: Newton steps taken so far.
    """

    A: Matrix
    b: Vector
    curve: MirrorCurve
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
            state = None
            try:
                if begin is not None and begin.length <= length:
                    state = begin
                else:
                    state = self.correct(self.kernel_state(length))
                while state.length < length:
                    state = self.advance(state, length)
                return self.polish(state)
            except REFUSALS:
                return state or self.least_squares_state(length)

    def start_state(self, length: float) -> State:
        """The weights' start: the solution where there is no equation."""
        angle = self.curve.angle_at_dual(np.zeros(self.A.shape[1]))
        return State(np.zeros(len(self.b)), self.curve.at_angle(angle, length), length)

    def least_squares_state(self, length: float) -> State:
        """An interpolator of no particular merit, to be shown where nothing better is reached."""
        z = la.lstsq(dense(self.A), self.b)[0]
        return State(np.zeros(len(self.b)), self.curve.at_primal(z, length), length)

    def kernel_state(self, length: float) -> State:
        """A first guess for ``min(length, l)``, where l is about the end of the kernel regime.

        There the mirror map is nearly linear around the start, ``z_0 + K_0 A^T nu``, and Newton's
        method converges from the solution of that linear problem.
        """
        begin = self.start_state(0.0).point
        factor = (_triangle(self.A, begin.stretch, gram(self.A, begin.stretch)), False)
        move = np.abs(self.A.T @ la.cho_solve(factor, self.b)) * self.curve.slope(begin)
        if move.max() > 0:
            end = float(np.log(KERNEL_MOVE / move.max()))
            length = min(length, end)
            if not begin.z.any():
                # From here on s is e^-60, and the minimiser has changed by its square: not at all.
                length = max(length, end - 60.0)
        scale = np.exp(-length)
        nu = la.cho_solve(factor, self.b / scale - self.A @ begin.z)
        z = scale * (begin.z + begin.stretch * (self.A.T @ nu))
        return State(nu, self.curve.at_primal(z, length), length)

    def advance(self, state: State, length: float) -> State:
        """One continuation step towards ``length``, as long as Newton's method allows."""
        step = length - state.length
        # Early on the support is still forming: long steps fail there more often than they pay.
        limit = max(4.0, state.length)
        step = min(step, limit)
        while True:
            try:
                return self.correct(self.predict(state, step))
            except REFUSALS:
                step /= 4
                if step < SMALLEST_STEP:
                    raise

    def predict(self, state: State, step: float) -> State:
        """The tangent's guess at ``length + step``."""
        units = self._units(state)
        linear = Linearised.at(self.A, state.point, units, proximal=False)
        dnu, dz, dsigma = linear.tangent(state.point)
        z = state.point.z
        with np.errstate(divide="ignore", invalid="ignore"):
            growth = np.where(z != 0, np.clip(step * dz / z, -2.0, 2.0), 0.0)
        w = z * np.exp(growth) / units[0] + (state.point.sigma + step * dsigma) / units[1]
        length = state.length + step
        return State(state.nu + step * dnu, self.curve.nearest(w, *units, length), length)

    def correct(self, state: State) -> State:
        """Newton's method at one length, each step brought back to the curve [minty1962]."""
        best = np.inf
        for iteration in range(MOST_STEPS):
            defect = self._defect(state)
            if defect <= NEWTON_TOL:
                return state
            if not defect < 1e6 * best or (iteration > 8 and defect > 0.5 * best):
                break
            best = min(best, defect)
            state = self._newton_step(state, store_z=False)
        raise NoConvergenceError(f"defect {defect:.3g} at length {state.length:.6g}")

    def polish(self, state: State) -> State:
        """Newton steps until rounding stops them, with z itself stored rather than sigma.

        So z rounds to 1e-16 of itself; coming back from sigma it would lose a factor ``stretch``
        of that where the curve is steep or X is ill-conditioned.
        """
        best, least, idle = state, self._defect(state), 0
        for _ in range(MOST_STEPS):
            try:
                state = self._newton_step(state, store_z=True)
            except REFUSALS:
                break
            defect = self._defect(state)
            idle = 0 if defect < 0.5 * least else idle + 1
            if defect < least:
                best, least = state, defect
            if idle == 2:  # the first step also changes what is stored: it may not pay by itself
                break
        return best

    def _newton_step(self, state: State, *, store_z: bool) -> State:
        units = self._units(state)
        linear = Linearised.at(self.A, state.point, units, proximal=True)
        dnu, dz, dsigma = linear.newton(state, self.b)
        z = state.point.z + dz
        w = z / units[0] + (state.point.sigma + dsigma) / units[1]
        point = self.curve.nearest(w, *units, state.length)
        if store_z:
            exact = self.curve.at_primal(z, state.length)
            stored = linear.steep | ((np.abs(dz) <= 0.1 * np.abs(z)) & (np.abs(z) > TINY))
            point = Point(
                *(
                    np.where(stored, getattr(exact, field.name), getattr(point, field.name))
                    for field in fields(Point)
                )
            )
        self.iterations += 1
        return State(state.nu + dnu, point, state.length)

    def _units(self, state: State) -> tuple[float, float]:
        """The sizes of z and sigma: what a Newton step is measured against."""
        z_unit = float(np.abs(state.point.z).max())
        sigma_unit = float(np.abs(state.point.sigma).max())
        return z_unit or 1.0, sigma_unit or 1.0

    def _defect(self, state: State) -> float:
        """How far the state is from a solution, relative to z: residual and mismatch of duals."""
        point = state.point
        z_unit, sigma_unit = self._units(state)
        residual = np.abs(self.A @ point.z - self.b).max() / (np.abs(self.b).max() or z_unit)
        mismatch = np.abs(self.A.T @ state.nu - point.sigma)
        excess = np.maximum(mismatch - 1e2 * EPS * sigma_unit, 0.0)
        shift = np.fmin(point.stretch * excess / z_unit, mismatch / sigma_unit)
        return float(max(residual, shift.max()))


def _triangle(A: Matrix, weights: Vector, product: Vector) -> Vector:
    """The upper triangular R with ``R^T R = A diag(weights) A^T``, the product given."""
    try:
        return np.asarray(la.cholesky(product))
    except la.LinAlgError:  # condition number above 1e8: a QR does not square it
        return np.asarray(la.qr(dense(A * np.sqrt(weights)).T, mode="r")[0][: A.shape[0]])


class NoConvergenceError(ArithmeticError):
    """Newton's method did not converge from this start: take a shorter continuation step."""


# What a step too long ends in: no convergence, a singular or a non-finite Newton matrix.
REFUSALS = (ArithmeticError, la.LinAlgError, ValueError)
PROXIMAL = 1e-12  # against a residual of 1e-16: such noise moves nu by 1e-4 of its size
TINY = 1e-290  # below, z is losing its digits, and sigma has to keep them
KERNEL_MOVE = 0.3  # of a unit of s (of its slack at the start): the mirror map is nearly linear
NEWTON_TOL = 1e-8  # between continuation steps; the last point is polished to rounding
MOST_STEPS = 40
SMALLEST_STEP = 1e-6
