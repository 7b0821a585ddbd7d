"""A sample of the corpus; `make hostile` has all of it.

Only the classes in ACTIVE are on trial here: those whose contracts hold. A class enters with what
makes it hold, and does not leave.
"""

import numpy as np
import pytest

from tests.silent_errors.calls import CALLS
from tests.silent_errors.case import Raises
from tests.silent_errors.corpus import CLASSES
from tests.silent_errors.judge import VIOLATIONS, judge
from tests.silent_errors.table import Tally

ACTIVE: tuple[str, ...] = (
    *("gaussian", "gaussian_large", "one_row", "tall", "square", "zeros", "plant", "flat"),
    *("contradiction", "tiny_targets", "huge_targets", "near_overflow", "tiny_data"),
    *("deep", "deep_and_small", "infinite_depth", "tiny_alpha", "huge_alpha", "even_wide_start"),
    *("flow", "flow_uneven", "flow_dependent", "descent", "kernel", "conic", "explicit", "compare"),
    *("sparse", "settings", "no_settings", "strict_numpy", "parquet"),
)
SAMPLE = 600  # problems in all
LEAST = 12_000  # that the full run has
LEAST_FLOOR, LEAST_ANSWERED = 0.1, 0.5
BY_NAME = {problems.name: problems for problems in CLASSES}


@pytest.mark.parametrize("name", ACTIVE)
def test_contracts_hold(name: str) -> None:
    problems = BY_NAME[name]
    few = max(len(problems.calls), SAMPLE // len(ACTIVE))
    order = np.random.default_rng(0).permutation(problems.count)[:few].tolist()
    found = {index: judge(problems, index) for index in order}
    broken = [
        f"{index} ({problems.call(index)}): {verdict.outcome}: {verdict.detail}"
        for index, verdict in found.items()
        if verdict.outcome in VIOLATIONS
    ]
    assert not broken, "\n".join(broken)
    assert Tally.of(problems, found.values()).share >= min(problems.floor, LEAST_ANSWERED)


def test_the_corpus_is_large_and_every_class_has_a_floor() -> None:
    assert len(BY_NAME) == len(CLASSES)
    assert sum(problems.count for problems in CLASSES) >= LEAST
    for problems in CLASSES:
        assert problems.floor >= LEAST_FLOOR, problems.name
        assert set(problems.calls) <= set(CALLS), problems.name
        assert problems.about.endswith("."), problems.name


def test_a_class_that_must_raise_must_always_raise() -> None:
    for problems in CLASSES:
        if isinstance(problems.case(0).contract, Raises) and len(problems.draws) > 1:
            contracts = {type(problems.case(i).contract) for i in range(problems.count)}
            assert problems.floor == 1 or contracts != {Raises}, problems.name


@pytest.mark.parametrize("name", BY_NAME)
def test_a_problem_is_drawn_by_name_and_index_alone(name: str) -> None:
    problems = BY_NAME[name]
    first, again, other = (problems.case(i) for i in (1, 1, 1 + len(problems.calls)))
    assert repr(first.X) == repr(again.X)
    assert repr(first.settings) == repr(again.settings)
    assert repr((first.X, first.y, first.extras)) != repr((other.X, other.y, other.extras)) or (
        len(problems.draws) > 1
    )
