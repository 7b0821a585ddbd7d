"""The error that a solver raises in place of an uncertified number."""

from typing import Any

from implicitbias.solvers.certificate import ERROR_TOL
from implicitbias.solvers.enclosure import DOUBLE_DIGITS
from implicitbias.solvers.solution import Path, Solution


class PrecisionError(ArithmeticError):
    """Double precision did not reach the tolerance.

    Attributes:
        reached: the uncertified Solution.
        reason: which figure falls short, in a few words.
        digits: what to pass as ``digits`` to have the answer in balls, of a precision that is
            raised until it is proved.
        partial: from ``path``, the Path of what was certified before; else None.
    """

    partial: Path | None = None
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
        self.reached = reached
        self.reason = ", ".join(reached.certificate.shortfalls(tol, error_tol=error_tol))
        super().__init__(
            f"not certified in double precision at log_alpha = {reached.log_alpha:.6g}, depth "
            f"{reached.depth}: {self.reason}; {way_out.format(digits=self.digits)}; .reached is "
            "what doubles reached"
        )

    def __reduce__(self) -> tuple[Any, ...]:
        # By default it would be made anew from its message, which is not what it is made from.
        return PrecisionError.__new__, (PrecisionError, *self.args), self.__dict__
