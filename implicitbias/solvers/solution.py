"""What a solver returns, and the error it raises instead of an uncertified number."""

from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from implicitbias.inputs.arrays import Vector
from implicitbias.solvers.enclosure import Enclosure

ERROR_TOL = 1e-8  # relative to max|beta|: what "certified" means throughout the package
AUTO = "auto"
DOUBLE_DIGITS = 17  # so many decimal digits determine a double


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
class Solution:
    """An interpolator ``X beta = y`` with its certificate; None where a field does not apply.

    Attributes:
        beta: (d,) the interpolator.
        dual: (N,) the dual vector nu: ``X^T nu = q'(beta/alpha^D)`` for ``solve``,
            ``X^T nu in d||beta||_1`` for ``min_l1``, ``X^T nu = beta`` for ``min_l2``.
        residual: ``||X beta - y|| / ||y||``, 0 when y = 0.
        gap: relative duality gap ``(P(beta~) - D(dual)) / max(|P|, |D|) >= 0``, with beta~
            corrected back to ``X beta~ = y``.
        error: an upper bound on ``max|beta - beta^| / max|beta^|``, beta^ the exact minimiser.
        iterations: Newton steps (``solve``) or simplex iterations (``min_l1``).
        log_alpha: natural logarithm of the scale alpha of the weights' start.
        depth: D of the model ``beta = w_+^D - w_-^D``.
        enclosure: balls that contain beta^ and nu, where digits were asked for: ``beta`` and
            ``dual`` are the doubles next to them, ``residual`` is that of ``beta``, and ``gap`` is
            0, as the enclosed pair is optimal.
        exact: from ``min_l1(..., exact=True)``.
        status: ``"global"``, or ``"stationary"`` where beta is only known to be a stationary point
            (``solve_explicit`` at D > 2); the gap is then against a global lower bound.
    """

    beta: Vector
    dual: Vector
    residual: float
    gap: float
    error: float | None = None
    iterations: int | None = None
    log_alpha: float | None = None
    depth: float | None = None
    enclosure: Enclosure | None = None
    exact: ExactL1 | None = None
    status: str = "global"


@dataclass(frozen=True, eq=False)
class Path:
    """Interpolators along alpha, in the order asked for.

    Attributes:
        log_alphas: (m,) natural logarithms. betas: (m, d). solutions: m Solutions.
    """

    log_alphas: Vector
    betas: Vector
    solutions: tuple[Solution, ...]


class PrecisionError(ArithmeticError):
    """Double precision did not reach the tolerance.

    Attributes:
        reached: the uncertified Solution.
        reason: which figure falls short, in a few words.
        digits: what to pass as ``digits`` to have the answer in balls, of a precision that is
            raised until it is proved.
        partial: from ``path``, the Path of what was certified before; else None.
    """

    partial: "Path | None" = None
    digits: int = DOUBLE_DIGITS

    def __init__(
        self,
        reached: Solution,
        tol: float,
        error_tol: float = ERROR_TOL,
        *,
        way_out: str = "solve(..., digits={digits}) takes the precision it needs (digits='auto' "
        "where doubles fail), or take a larger alpha",
    ) -> None:
        figures = {"residual": (reached.residual, tol), "gap": (reached.gap, tol)}
        figures["error"] = (np.inf if reached.error is None else reached.error, error_tol)
        self.reached = reached
        self.reason = ", ".join(
            f"{name} {value:.2g} above {bound:g}"
            for name, (value, bound) in figures.items()
            if not value <= bound  # nan too
        )
        super().__init__(
            f"not certified in double precision at log_alpha = {reached.log_alpha:.6g}, depth "
            f"{reached.depth}: {self.reason}; {way_out.format(digits=self.digits)}; .reached is "
            "what doubles reached"
        )
