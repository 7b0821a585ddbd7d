"""Newton's method at one alpha: from a guess to the solution, and on until rounding stops it."""

from dataclasses import dataclass, replace

import numpy as np

from implicitbias.inputs.arrays import EPS, Vector
from implicitbias.solvers.doubles.dual_problem import DualProblem
from implicitbias.solvers.doubles.iterate import Iterate
from implicitbias.solvers.doubles.newton_system import NewtonSystem, linearise
from implicitbias.solvers.refusal import NoConvergenceError, OutsideError

MOST_STEPS = 40
# Stop rules; sizes are relative to the largest z and the largest sigma.
DUAL_STEP_TOL = 1e-3  # of sigma: flat basic coordinates are small, and count as well
POLISHED = 5e-14  # certificates ask for 1e-8; rounding is at 1e-15
SMALL_STEP = 1e-6  # the Newton matrix of before does for a smaller one
SMALL_DUAL_STEP = 1e-2  # of sigma: a larger one is damped, and slow at first
# Of ln dz/dsigma below the steepest coordinate: a basic coordinate that is flat.
LOG_FLAT = -9.0


@dataclass(eq=False)
class Corrector:
    """Newton's method for one problem; the log inverse scale is that of the iterate it is given.

    Attributes:
        problem: what is solved.
        steps: Newton steps taken so far, in vain or not.
    """

    problem: DualProblem
    steps: int = 0

    def correct(self, iterate: Iterate, tol: float) -> tuple[Iterate, NewtonSystem]:
        """Newton's method, each step brought back to the curve [minty1962].

        It ends before a step of at most tol, relative to the largest z. The Newton system is that
        of the iterate returned, or of the one before where its last step was smaller than tol^2.
        A StepRefused where there is no convergence.
        """
        best, curve = np.inf, self.problem.curve.at_scale(iterate.log_inverse_scale)
        for iteration in range(MOST_STEPS):
            iterate, system = linearise(self.problem, iterate)
            point, (z_unit, sigma_unit) = iterate.point, iterate.units
            dz, dsigma = system.newton(point)
            dual_step = self._dual_step(dsigma, iterate)
            if np.abs(dz).max() <= tol * z_unit and dual_step <= DUAL_STEP_TOL:
                return iterate, system
            moved = curve.nearest(point.z + dz, point.sigma + dsigma, z_unit, sigma_unit)
            self.steps += 1
            iterate = replace(iterate, point=moved)
            defect = float(np.abs(moved.z - point.z).max() / z_unit)
            if defect <= tol**2 and dual_step <= DUAL_STEP_TOL:
                return iterate, system
            if not defect < 100 * best or (iteration > 8 and defect > 0.5 * best):
                break
            best = min(best, defect)
        raise NoConvergenceError(
            f"defect {defect:.3g} at log inverse scale {iterate.log_inverse_scale:.6g}"
        )

    def polish(self, iterate: Iterate, system: NewtonSystem) -> tuple[Iterate, NewtonSystem]:
        """Newton steps along the curve until rounding stops them: the best iterate on the way.

        Basic coordinates are held by z where the curve is steep: coming back from sigma z would
        lose a factor ``dz/dsigma`` of its digits. The other coordinates follow, ``z_I(A^T nu)``.
        Both systems are of iterates a small Newton step away. OutsideError where a step leads
        outside.
        """
        dz, dsigma = system.newton(iterate.point)
        iterate = self._moved(iterate, dz, dsigma)
        best, lowest = (iterate, system), np.inf
        least, idle = np.full(2, np.inf), 0
        for _ in range(MOST_STEPS):
            dz, dsigma = system.newton(iterate.point)
            # z counts where the curve is steep, sigma of the basic coordinates where it is flat.
            moves = np.abs(dz), np.abs(dsigma[iterate.basis.basic])
            defect = np.array(
                [move.max() / unit for move, unit in zip(moves, iterate.units, strict=True)]
            )
            if defect[0] + EPS * min(defect[1], 1.0) < lowest:
                best, lowest = (iterate, system), defect[0] + EPS * min(defect[1], 1.0)
            idle = 0 if (defect < 0.5 * least).any() else idle + 1
            if (
                (defect <= POLISHED).all()
                or idle > (8 if defect[1] > SMALL_DUAL_STEP else 2)
                or not np.isfinite(defect).all()
            ):
                break
            slow = 1e-2 if defect.max() > SMALL_STEP else 0.2
            if (defect > slow * least).any():
                system = NewtonSystem.at(self.problem, iterate.basis, iterate.point)
            least = np.fmin(defect, least)
            iterate = self._moved(iterate, dz, dsigma)
            self.steps += 1
        return best

    def _moved(self, iterate: Iterate, dz: Vector, dsigma: Vector) -> Iterate:
        """A step of the basic coordinates, by z where they are steep and by sigma elsewhere, and
        all others at their sigma.
        """
        S, point, log_inverse_scale = iterate.basis.basic, iterate.point, iterate.log_inverse_scale
        z_unit, sigma_unit = iterate.units
        by_z = point.log_inverse_metric[S] > np.log(z_unit / sigma_unit)
        z, sigma = (point.z + dz)[S], (point.sigma + self._damped(dsigma, iterate))[S]
        curve = self.problem.curve.at_scale(log_inverse_scale).at(S)
        held = curve.at_primal(z)
        turned = curve.at_parameter(curve.parameter_at_dual(sigma))
        basic = held.where(by_z, turned)
        nu = iterate.basis.inverse.T @ basic.sigma
        moved = self.problem.point_at_dual(self.problem.A.T @ nu, log_inverse_scale)
        moved = moved.with_coordinates(S, basic)
        if not np.isfinite(moved.parameter).all():
            raise OutsideError("a step left the domain of the conjugate")
        return replace(iterate, point=moved)

    def _damped(self, dsigma: Vector, iterate: Iterate) -> Vector:
        """The step, shorter on flat basic ones where it would bend the mirror map too far."""
        point, S = iterate.point, iterate.basis.basic
        z_unit, sigma_unit = iterate.units
        level = min(point.log_inverse_metric.max() + LOG_FLAT, np.log(z_unit / sigma_unit))
        flat = point.log_inverse_metric < level
        bend = np.where(flat, np.abs(dsigma) * self.problem.curve.slope(point), 0.0).max()
        if bend <= 1.0:
            return dsigma
        damped = dsigma.copy()
        damped[S] = np.where(flat[S], dsigma[S] / bend, dsigma[S])
        return damped

    def _dual_step(self, dsigma: Vector, iterate: Iterate) -> float:
        """How far the basic coordinates move: relative to sigma, or to what bends the mirror map
        there.
        """
        S, (_, sigma_unit) = iterate.basis.basic, iterate.units
        relative = np.abs(dsigma[S]) / sigma_unit
        if relative.max() <= DUAL_STEP_TOL:
            return float(relative.max())
        bend = (np.abs(dsigma) * self.problem.curve.slope(iterate.point))[S]
        return float(np.minimum(relative, bend).max())
