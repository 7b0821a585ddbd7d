"""Where Newton's method on the dual is, and how far it got."""

from dataclasses import dataclass
from enum import Enum, auto
from functools import cached_property

import numpy as np

from implicitbias.inputs.arrays import Matrix, Vector
from implicitbias.solvers.doubles.basis import Basis
from implicitbias.solvers.doubles.mirror_curve import Point


@dataclass(frozen=True, eq=False)
class Iterate:
    """A point of the mirror curve for one alpha, and the basis it is seen in.

    At the solution ``A point.z = b`` and ``A^T nu = point.sigma``.

    Attributes:
        point: of d coordinates.
        log_inverse_scale: ``-D ln alpha``.
        basis: of n coordinates S.
    """

    point: Point
    log_inverse_scale: float
    basis: Basis

    @classmethod
    def at(cls, A: Matrix, point: Point, log_inverse_scale: float) -> "Iterate":
        """In the basis of the steepest columns of A; SingularMatrixError where there is none."""
        return cls(point, log_inverse_scale, Basis.at(A, point.log_inverse_metric))

    @cached_property
    def nu(self) -> Vector:
        """(n,) the dual vector ``T^T sigma_S``."""
        return np.asarray(self.basis.inverse.T @ self.point.sigma[self.basis.basic])

    @cached_property
    def units(self) -> tuple[float, float]:
        """The largest z and the largest sigma, 1 for 0: what a Newton step is measured against."""
        z_unit = float(np.abs(self.point.z).max())
        sigma_unit = float(np.abs(self.point.sigma).max())
        return z_unit or 1.0, sigma_unit or 1.0


class Outcome(Enum):
    """How the iterate is related to the log inverse scale that was asked for."""

    REACHED = auto()
    """It is there."""

    KERNEL_EQUIVALENT = auto()
    """It is at a larger one, deep in the kernel regime: both have the same solution to all digits,
    and their dual vectors are proportional to ``1/alpha^D``."""

    STALLED = auto()
    """Newton's method could not be continued there. It is at the last one that was reached, or an
    interpolator of no particular merit where there is none."""


@dataclass(frozen=True, eq=False)
class Reached:
    """What Newton's method made of one log inverse scale.

    Attributes:
        iterate: where it ended.
        outcome: whether that is where it was to go.
        steps: how many Newton steps it took.
    """

    iterate: Iterate
    outcome: Outcome
    steps: int
