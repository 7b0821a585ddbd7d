"""Neither a process that dies nor one that hears no signal ends the run."""

import os
import time

import numpy as np
import pytest

from tests.silent_errors import corpus, judge, pool
from tests.silent_errors.calls import Call
from tests.silent_errors.case import Case, ProblemClass
from tests.silent_errors.judge import CRASH, HANG, RIGHT
from tests.silent_errors.table import Tally, is_met, table


def draw(rng: np.random.Generator, call: str) -> Case:
    return Case.of(np.ones((1, 2)), np.ones(1), alpha=1.0)


def sleeping(case: Case) -> None:
    time.sleep(60)  # takes no processor time, so the watchdog inside does not see it


@pytest.fixture
def problems(monkeypatch: pytest.MonkeyPatch) -> ProblemClass:
    good = judge.CALLS["solve"]
    monkeypatch.setitem(judge.CALLS, "dies", Call(lambda case: os._exit(3), good.check))
    monkeypatch.setitem(judge.CALLS, "sleeps", Call(sleeping, good.check))
    found = ProblemClass("frail", "", (draw,), ("solve", "dies", "sleeps"), count=6, seconds=0.01)
    monkeypatch.setattr(corpus, "CLASSES", (found,))
    monkeypatch.setattr(pool, "LEAST_PATIENCE", 1.5)
    return found


def test_every_problem_gets_its_verdict(problems: ProblemClass) -> None:
    tasks = [(problems, index) for index in range(problems.count)]
    found = {index: verdict.outcome for (_, index), verdict in pool.verdicts(tasks, 2)}
    assert found == {0: RIGHT, 1: CRASH, 2: HANG, 3: RIGHT, 4: CRASH, 5: HANG}


def test_the_table_counts_them(problems: ProblemClass) -> None:
    tasks = [(problems, index) for index in range(3)]
    tally = Tally.of(problems, [verdict for _, verdict in pool.verdicts(tasks, 1)])
    assert "| frail | 3 | 0 | 0 | 1 | 1 | 0 | 0 | 33.3 % of 3 | 95 % |" in table([tally])
    assert not is_met(tally)


def test_a_class_is_met_by_answers_only(problems: ProblemClass) -> None:
    right = [judge.Verdict(RIGHT)] * 97
    refused = judge.Verdict(judge.REFUSED)
    assert is_met(Tally.of(problems, [*right, *[refused] * 3]))
    assert not is_met(Tally.of(problems, [*right, *[refused] * 7]))
    assert is_met(Tally.of(problems, [*right, *[judge.Verdict(judge.REFUSED, counts=False)] * 7]))
