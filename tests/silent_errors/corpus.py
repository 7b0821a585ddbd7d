"""The corpus: every class of problems, in one table."""

from tests.silent_errors import (
    draws_depth,
    draws_files,
    draws_flows,
    draws_kinds,
    draws_rank,
    draws_refused,
    draws_scale,
    draws_shape,
    draws_world,
)
from tests.silent_errors.case import ProblemClass

CLASSES: tuple[ProblemClass, ...] = (
    *draws_shape.CLASSES,
    *draws_rank.CLASSES,
    *draws_scale.CLASSES,
    *draws_depth.CLASSES,
    *draws_flows.CLASSES,
    *draws_kinds.CLASSES,
    *draws_refused.CLASSES,
    *draws_files.CLASSES,
    *draws_world.CLASSES,
)
