"""The errors of a step that Newton's method cannot take: a solver answers them, and no others.

Such a step was too long, its start too far away or its precision too low, and the answer is a
shorter one, another way or more bits. They are raised where that is found out: at a factorisation,
at the end of an iteration, on leaving a domain. A mistake in the code raises something else (a
ValueError of numpy's, say), which no solver catches.
"""


class StepRefused(ArithmeticError):  # noqa: N818  # an answer, not an error
    """A step that is not taken."""


class SingularMatrixError(StepRefused):
    """A matrix is singular or not finite, in the arithmetic at hand."""


class NoConvergenceError(StepRefused):
    """Newton's method does not converge from this start."""


class OutsideError(StepRefused):
    """A dual point has left the domain of the conjugate, or its ball has."""
