"""The corpus: every class of problems, in one table."""

from tests.silent_errors import draws_rank
from tests.silent_errors.case import ProblemClass

CLASSES: tuple[ProblemClass, ...] = (*draws_rank.CLASSES,)
