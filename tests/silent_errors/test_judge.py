"""Functions that lie, crash, hang and meddle are caught, each for what it does; no honest one is.

Each lie stands in for a function of the package on one easy problem.
"""

import contextlib
import dataclasses
import time
from collections.abc import Callable
from typing import Any

import flint
import numpy as np
import pytest

import implicitbias as ib
from tests.silent_errors import calls
from tests.silent_errors import judge as court
from tests.silent_errors.case import Case, ProblemClass, Raises, Refuses, Returns
from tests.silent_errors.judge import (
    CRASH,
    FALSE,
    HANG,
    RAISED,
    REFUSED,
    RIGHT,
    SILENT,
    Verdict,
    judge,
)

Function = Callable[[Case], Any]
RIGHTLY = Returns()


def easy(contract: Any = RIGHTLY) -> Callable[[np.random.Generator, str], Case]:
    def draw(rng: np.random.Generator, call: str) -> Case:
        return Case.of(rng.standard_normal((2, 5)), rng.standard_normal(2), contract, alpha=0.1)

    return draw


def honest(case: Case) -> ib.Solution:
    return ib.solve(case.X, case.y, **case.settings)


def off_by(share: float, **claims: Any) -> Function:
    def lie(case: Case) -> Any:
        found = honest(case)
        certificate = dataclasses.replace(found.certificate, **claims)  # of doubles: an ErrorBound
        return dataclasses.replace(found, beta=found.beta * (1 + share), certificate=certificate)

    return lie


def failing(error: BaseException) -> Function:
    def fail(case: Case) -> Any:
        raise error

    return fail


def precision_error(case: Case) -> Any:
    raise ib.PrecisionError(honest(case), 1e-10)


def infeasible(case: Case) -> Any:
    raise ib.InfeasibleError(1.0, 0.5)


def meddling(case: Case) -> Any:
    found = honest(case)
    case.X[0, 0] += 1
    return found


def leaking(case: Case) -> Any:
    found = honest(case)
    flint.ctx.prec = 77
    return found


def endless(case: Case) -> Any:
    while True:
        with contextlib.suppress(Exception):  # such a handler must not swallow the end
            time.sleep(0)


def verdict(
    monkeypatch: pytest.MonkeyPatch, function: Function, contract: Any = RIGHTLY
) -> Verdict:
    call = dataclasses.replace(calls.CALLS["solve"], run=function)
    monkeypatch.setitem(court.CALLS, "solve", call)
    return judge(ProblemClass("easy", "", (easy(contract),), ("solve",), seconds=0.5), 0)


@pytest.mark.parametrize(
    ("function", "outcome", "says"),
    [
        (honest, RIGHT, ""),
        (off_by(1e-9), SILENT, "claimed error"),
        (off_by(1e-12, error=1e-13), SILENT, "true 1e-12"),
        (off_by(0.0, error=1e-7), SILENT, "documented"),
        (off_by(0.0, error=float("nan")), SILENT, "documented"),
        (off_by(0.0, error=None), SILENT, "documented"),
        (off_by(float("nan")), SILENT, "beta is"),
        (off_by(1e-9, error=9e-9), SILENT, "claimed residual"),
        (off_by(0.0, residual=1e-9), SILENT, "asked for"),
        (precision_error, REFUSED, "PrecisionError"),
        (infeasible, FALSE, "there is a solution"),
        (failing(np.linalg.LinAlgError("Singular matrix, whatever that is")), CRASH, "LinAlg"),
        (failing(ZeroDivisionError("float division by zero, somewhere")), CRASH, "ZeroDivision"),
        (failing(FloatingPointError("underflow encountered in multiply")), CRASH, "underflow"),
        (failing(ValueError("operands could not be broadcast together")), CRASH, "broadcast"),
        (failing(OverflowError("no")), CRASH, "no way out"),
        (failing(OverflowError("the program is infeasible or unbounded")), FALSE, "infeasible"),
        (meddling, SILENT, "the caller's X"),
        (leaking, SILENT, "bits of flint: 53 -> 77"),
        (endless, HANG, "no end after 0.5 s"),
    ],
)
def test_each_kind_of_failure_has_its_name(
    monkeypatch: pytest.MonkeyPatch, function: Function, outcome: str, says: str
) -> None:
    found = verdict(monkeypatch, function)
    assert (found.outcome, says in found.detail) == (outcome, True), found
    assert flint.ctx.prec == 53


def test_within_the_claimed_error_is_right(monkeypatch: pytest.MonkeyPatch) -> None:
    assert verdict(monkeypatch, off_by(1e-11, error=1e-10, residual=1e-10)).outcome == RIGHT


RAISES = Raises(("ValueError",), "finite.*drop")


@pytest.mark.parametrize(
    ("function", "outcome"),
    [
        (honest, SILENT),
        (failing(ValueError("X must be finite; drop that row")), RAISED),
        (failing(ValueError("X must be FINITE: Drop that row")), RAISED),
        (failing(ValueError("array must not contain infs or NaNs")), CRASH),
        (failing(np.linalg.LinAlgError("finite: drop it, I say")), CRASH),
        (failing(TypeError("X must be finite; drop that row")), CRASH),
    ],
)
def test_bad_input_has_to_be_named(
    monkeypatch: pytest.MonkeyPatch, function: Function, outcome: str
) -> None:
    assert verdict(monkeypatch, function, RAISES).outcome == outcome


def test_what_may_refuse_still_may_not_lie(monkeypatch: pytest.MonkeyPatch) -> None:
    contract = Refuses(("InfeasibleError", "PrecisionError"))
    assert verdict(monkeypatch, infeasible, contract).outcome == RAISED
    assert verdict(monkeypatch, precision_error, contract).outcome == RAISED
    assert verdict(monkeypatch, off_by(1e-9), contract).outcome == SILENT


def test_a_number_for_equations_without_a_solution_is_a_lie(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def draw(rng: np.random.Generator, call: str) -> Case:
        return Case.of(np.ones((2, 3)), np.array([1.0, 1 + 1e-15]), alpha=0.1)

    problems = ProblemClass("contradiction", "", (draw,), ("solve",))
    call = dataclasses.replace(
        calls.CALLS["solve"], run=lambda case: ib.solve(case.X[:1], case.y[:1], alpha=0.1)
    )
    monkeypatch.setitem(court.CALLS, "solve", call)
    assert judge(problems, 0).outcome == SILENT


def test_a_refusal_counts_only_where_doubles_can_have_the_answer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert verdict(monkeypatch, precision_error).counts

    def draw(rng: np.random.Generator, call: str) -> Case:
        X = np.array([[1.0, 1.0, 1.0], [1.0, 1.0, 1 + 2.0**-45]])
        return Case.of(X, np.array([1.0, 2.0]), alpha=0.1)

    hard = ProblemClass("hard", "", (draw,), ("solve",))
    call = dataclasses.replace(
        calls.CALLS["solve"], run=lambda case: precision_error(easy()(np.random.default_rng(0), ""))
    )
    monkeypatch.setitem(court.CALLS, "solve", call)
    found = judge(hard, 0)
    assert (found.outcome, found.counts) == (REFUSED, False)
