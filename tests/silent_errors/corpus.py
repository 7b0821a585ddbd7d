"""The corpus: every class of problems, in one table."""

from tests.silent_errors import draws_depth, draws_flows, draws_rank, draws_scale, draws_shape
from tests.silent_errors.case import ProblemClass

CLASSES: tuple[ProblemClass, ...] = (
    *draws_shape.CLASSES,
    *draws_rank.CLASSES,
    *draws_scale.CLASSES,
    *draws_depth.CLASSES,
    *draws_flows.CLASSES,
)
