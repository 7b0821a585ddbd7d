"""What a solver returns, and the error it raises instead of an uncertified number."""

from dataclasses import dataclass

import numpy as np

from implicitbias.solvers.data import Vector

ERROR_TOL = 1e-8  # relative to max|beta|: what "certified" means throughout the package


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
        partial: from ``path``, the Path of what was certified before; else None.
    """

    partial: "Path | None" = None

    def __init__(self, reached: Solution, tol: float, error_tol: float = ERROR_TOL) -> None:
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
            f"{reached.depth}: {self.reason}; take a larger alpha, look at what was reached in "
            ".reached, or, in the limit, use min_l1"
        )
