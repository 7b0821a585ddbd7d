"""What a solver returns: an interpolator and its certificate, or many of them along alpha."""

from dataclasses import dataclass

from implicitbias.inputs.arrays import Vector
from implicitbias.solvers.certificate import Certificate, Enclosed, ExactL1, ExactVertex, Status
from implicitbias.solvers.enclosure import Enclosure


@dataclass(frozen=True)
class Stats:
    """What was asked and what it took; None where a field does not apply.

    Attributes:
        iterations: Newton steps (``solve``) or simplex iterations (``min_l1``).
        log_alpha: natural logarithm of the scale alpha of the weights' start.
        depth: D of the model ``beta = w_+^D - w_-^D``.
    """

    iterations: int | None = None
    log_alpha: float | None = None
    depth: float | None = None


@dataclass(frozen=True, eq=False)
class Solution:
    """An interpolator ``X beta = y`` with its certificate.

    Attributes:
        beta: (d,) the interpolator.
        dual: (N,) the dual vector nu: ``X^T nu = q'(beta/alpha^D)`` for ``solve``,
            ``X^T nu in d||beta||_1`` for ``min_l1``, ``X^T nu = beta`` for ``min_l2``.
        stats: what was asked and what it took; its fields are also the solution's.
        certificate: what is known of beta; ``certificate.holds(tol)`` says whether that is enough,
            and its fields are also the solution's, None where it has none.
    """

    beta: Vector
    dual: Vector
    stats: Stats
    certificate: Certificate

    @property
    def residual(self) -> float:
        """``||X beta - y|| / ||y||``, 0 when y = 0."""
        return self.certificate.residual

    @property
    def gap(self) -> float:
        """Relative duality gap ``(P(beta~) - D(dual)) / max(|P|, |D|) >= 0``, ``X beta~ = y``."""
        return self.certificate.gap

    @property
    def error(self) -> float | None:
        """An upper bound on ``max|beta - beta^| / max|beta^|``, beta^ the exact minimiser."""
        return self.certificate.error

    @property
    def status(self) -> Status:
        """``"global"``, or ``"stationary"`` where beta is only known to be a stationary point.

        That is so for ``solve_explicit`` at D > 2; the gap is then against a global lower bound.
        """
        return self.certificate.status

    @property
    def enclosure(self) -> Enclosure | None:
        """Balls that contain beta^ and nu, where digits were asked for.

        ``beta`` and ``dual`` are the doubles next to them, and ``residual`` is that of ``beta``.
        """
        match self.certificate:
            case Enclosed(enclosure=found) | ExactVertex(enclosure=found):
                return found
        return None

    @property
    def exact(self) -> ExactL1 | None:
        """The vertex in rationals, from ``min_l1(..., exact=True)``."""
        return self.certificate.exact if isinstance(self.certificate, ExactVertex) else None

    @property
    def iterations(self) -> int | None:
        """Newton steps (``solve``) or simplex iterations (``min_l1``)."""
        return self.stats.iterations

    @property
    def log_alpha(self) -> float | None:
        """Natural logarithm of the scale alpha of the weights' start."""
        return self.stats.log_alpha

    @property
    def depth(self) -> float | None:
        """D of the model ``beta = w_+^D - w_-^D``."""
        return self.stats.depth


@dataclass(frozen=True, eq=False)
class Path:
    """Interpolators along alpha, in the order asked for.

    Attributes:
        log_alphas: (m,) natural logarithms. betas: (m, d). solutions: m Solutions.
    """

    log_alphas: Vector
    betas: Vector
    solutions: tuple[Solution, ...]
