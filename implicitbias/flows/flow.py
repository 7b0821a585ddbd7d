"""What a simulation of the flow returns, and the error it raises instead of a wrong limit."""

from dataclasses import dataclass

import numpy as np

from implicitbias.inputs.arrays import EPS, Batch, Matrix, Vector


@dataclass(frozen=True, eq=False)
class Flow:
    """The states of ``w' = -grad ||X beta - y||^2``, or of finite steps, at m moments.

    Attributes:
        t: (m,) physical times, inf where no double holds them; for descent ``step`` times the
            number of steps.
        log_t: (m,) their natural logarithms, -inf at t = 0.
        betas: (m, d).
        loss: (m,) ``||X beta - y||^2``.
        limit: (d,) the last state: what was reached, never a solver's answer.
        stopped_by: ``"loss"`` (fell to ``loss_tol`` times that of the start), ``"stationary"``
            (the gradient is 0 up to rounding) or ``"t_max"``.
        error: how far the limits at two tolerances, and at the rounding of the state, lie apart:
            ``max|difference| / max|limit|``. An estimate, not a bound; None where it was not asked.
        seconds: of wall time.
    """

    t: Vector
    log_t: Vector
    betas: Batch
    loss: Vector
    limit: Vector
    stopped_by: str
    error: float | None
    seconds: float


class FlowError(ArithmeticError):
    """The flow could not be followed further.

    Attributes:
        reached: the Flow until there.
        try_parameters: whether that is for the digits of the dual variables, which the weights
            have.
    """

    def __init__(self, message: str, reached: Flow, try_parameters: bool = False) -> None:
        if try_parameters:
            message += '; try method="parameters"'
        super().__init__(message)
        self.reached = reached
        self.try_parameters = try_parameters


def is_stationary(sizes: Matrix, beta: Vector, y: Vector, gradient: Vector) -> bool:
    """Whether the gradient ``X^T (X beta - y)`` is 0 up to the rounding of its own evaluation.

    Args:
        sizes: (N, d) ``|X|``, entry by entry.
        beta: (d,).
        y: (N,).
        gradient: (d,).
    """
    size = sizes.T @ (sizes @ np.abs(beta) + np.abs(y))
    return bool((np.abs(gradient) <= 4 * EPS * size).all())
