"""The conditions that Newton's method on the dual solves: ``A z = b``, ``A^T nu = sigma(z)``."""

from dataclasses import dataclass

from implicitbias.inputs.arrays import Matrix, Vector
from implicitbias.solvers.doubles.mirror_curve import MirrorCurve, Point


@dataclass(frozen=True, eq=False)
class DualProblem:
    """``max_nu b.nu - P*(A^T nu)``, the dual of ``min P(z) s.t. A z = b``, for every alpha.

    P is separable, and its stationarity conditions are a mirror curve for each coordinate.

    Attributes:
        A: (n, d), its rows independent.
        b: (n,).
        curve: of d coordinates.
        residual_floor: flat basic coordinates do not answer residuals below it, relative to the
            rows of ``|A| |z|``; 0 for those above rounding.
    """

    A: Matrix
    b: Vector
    curve: MirrorCurve
    residual_floor: float = 0.0

    def point_at_dual(self, sigma: Vector, log_inverse_scale: float) -> Point:
        """The point of the curve at sigma (d,); nan where that is outside its range."""
        curve = self.curve.at_scale(log_inverse_scale)
        return curve.at_parameter(curve.parameter_at_dual(sigma))
