"""What is known of a solution: four kinds of certificate, and the one place that judges them."""

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction

from implicitbias.solvers.enclosure import Enclosure

ERROR_TOL = 1e-8  # relative to max|beta|: what "certified" means throughout the package


class Status(StrEnum):
    """What beta is known to be; compares and prints as its text."""

    GLOBAL = "global"  # the minimiser, up to the figures of the certificate
    STATIONARY = "stationary"  # where the objective is not convex: its gap is all that is known

    __repr__ = str.__repr__


class Certificate(ABC):
    """What is known of the beta of a ``Solution``, in figures that are small if it is right.

    Attributes:
        residual: ``||X beta - y|| / ||y||``, 0 when y = 0.
        gap: relative duality gap ``(P(beta~) - D(dual)) / max(|P|, |D|) >= 0``, with beta~
            corrected back to ``X beta~ = y``.
        error: an upper bound on ``max|beta - beta^| / max|beta^|``, beta^ the exact minimiser; None
            where there is none.
        status: whether the gap is that of a convex problem.
    """

    residual: float
    gap: float
    error: float | None
    status: Status

    @abstractmethod
    def figures(self) -> dict[str, float]:
        """Those that decide whether it holds, by name."""

    def shortfalls(
        self, tol: float, *, gap_tol: float | None = None, error_tol: float = ERROR_TOL
    ) -> tuple[str, ...]:
        """The figures that are too large, a few words each; a nan is.

        Args:
            tol: bound on the residual, and on the gap unless that has its own, ``gap_tol``.
            error_tol: bound on the error.
        """
        bounds = {"residual": tol, "gap": tol if gap_tol is None else gap_tol, "error": error_tol}
        return tuple(
            f"{name} {value:.2g} above {bounds[name]:g}"
            for name, value in self.figures().items()
            if not value <= bounds[name]
        )

    def holds(
        self, tol: float, *, gap_tol: float | None = None, error_tol: float = ERROR_TOL
    ) -> bool:
        """Whether the solution is certified: no figure falls short. Arguments as `shortfalls`."""
        return not self.shortfalls(tol, gap_tol=gap_tol, error_tol=error_tol)


@dataclass(frozen=True)
class GapBound(Certificate):
    """The value of beta is near the least one; where beta itself is, the gap does not tell."""

    residual: float
    gap: float
    error: None = field(default=None, init=False, repr=False)
    status: Status = Status.GLOBAL

    def figures(self) -> dict[str, float]:
        """Residual and gap."""
        return {"residual": self.residual, "gap": self.gap}


@dataclass(frozen=True)
class ErrorBound(Certificate):
    """beta is near the exact minimiser, by an argument in doubles with rounding counted."""

    residual: float
    gap: float
    error: float
    status: Status = field(default=Status.GLOBAL, init=False, repr=False)

    def figures(self) -> dict[str, float]:
        """Residual, gap and error."""
        return {"residual": self.residual, "gap": self.gap, "error": self.error}


@dataclass(frozen=True, eq=False)
class Enclosed(Certificate):
    """The exact minimiser and its dual vector lie in balls, and beta is the doubles next to them.

    The gap is 0, as the enclosed pair is optimal; what residual there is, is beta's rounding.
    """

    residual: float
    error: float
    enclosure: Enclosure
    gap: float = field(default=0.0, init=False)
    status: Status = field(default=Status.GLOBAL, init=False, repr=False)

    def figures(self) -> dict[str, float]:
        """The error alone: what the balls prove is no matter of rounding."""
        return {"error": self.error}


@dataclass(frozen=True, eq=False)
class ExactL1:
    """An l1 minimiser in rationals, with the proof: ``norm = ||beta||_1 = y.dual``,
    ``||X^T dual||_oo <= 1``, ``X beta = y``, each of them exactly.

    Attributes:
        beta: (d,) a basic solution. dual: (N,). norm: the least l1 norm.
        unique: whether beta is the only minimiser, proved either way.
    """

    beta: tuple[Fraction, ...]
    dual: tuple[Fraction, ...]
    norm: Fraction
    unique: bool


@dataclass(frozen=True, eq=False)
class ExactVertex(Certificate):
    """The least l1 norm is proved in rationals, by a vertex and its dual vector.

    The balls contain that vertex where it is the only minimiser, else the minimiser that gradient
    flow tends to; beta is the doubles next to them, as for `Enclosed`.
    """

    residual: float
    error: float
    enclosure: Enclosure
    exact: ExactL1
    gap: float = field(default=0.0, init=False)
    status: Status = field(default=Status.GLOBAL, init=False, repr=False)

    def figures(self) -> dict[str, float]:
        """The error alone, as for `Enclosed`."""
        return {"error": self.error}
