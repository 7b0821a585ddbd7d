"""One problem on trial: what the function did, and whether its contract allows that."""

import re
import signal
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType
from typing import Any

import implicitbias as ib
from tests.silent_errors.calls import CALLS, Call
from tests.silent_errors.case import Case, ProblemClass, Raises, Refuses, Returns
from tests.silent_errors.checks import Modest
from tests.silent_errors.minimiser import UndecidedError
from tests.silent_errors.world import World

RIGHT, RAISED, REFUSED, UNDECIDED = "right", "raised", "refused", "undecided"
SILENT, FALSE, CRASH, HANG = "silent error", "false claim", "crash", "hang"
VIOLATIONS = (SILENT, FALSE, CRASH, HANG)
NOT_OURS = (
    "infeasible",
    "unbounded",
)  # what a linear or cone program says of data that are neither
LEAST_WORDS = 20  # characters of a message that names a flaw and a way out


@dataclass(frozen=True)
class Verdict:
    """How one problem ended.

    Attributes:
        outcome: one of the above. detail: for a violation or a refusal, in one line.
        counts: whether the floor of the class counts it.
        seconds: of the call.
    """

    outcome: str
    detail: str = ""
    counts: bool = True
    seconds: float = 0.0


class HangError(BaseException):
    """The time of a call is over; no ``except Exception`` of the package may catch it."""


def judge(problems: ProblemClass, index: int) -> Verdict:
    """The verdict on one problem of a class."""
    case, call = problems.case(index), CALLS[problems.call(index)]
    began, world = time.process_time(), World.around(case)
    try:
        with watchdog(problems.seconds), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a warning is no wrong number
            answer, error = call.run(case), None
    except HangError:
        world.restore()
        return Verdict(HANG, f"no end after {problems.seconds:g} s", seconds=problems.seconds)
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as raised:  # each is classed below, by its exact type
        answer, error = None, raised
    seconds, changed = time.process_time() - began, world.changes(case)
    world.restore()
    if changed:
        return Verdict(SILENT, f"changed: {'; '.join(changed)}", seconds=seconds)
    if error is not None:
        return _on_error(case, call, error, seconds)
    return _on_answer(case, call, answer, seconds)


@contextmanager
def watchdog(seconds: float) -> Iterator[None]:
    """HangError after so many seconds of processor time, at the next step of the interpreter."""

    def stop(number: int, frame: FrameType | None) -> None:
        raise HangError

    before = signal.signal(signal.SIGVTALRM, stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


def _on_answer(case: Case, call: Call, answer: Any, seconds: float) -> Verdict:
    if isinstance(case.contract, Raises):
        return Verdict(SILENT, f"no error, but {_short(answer)}", seconds=seconds)
    if case.equations is not None and _needs_a_solution(call) and case.given.contradiction:
        return Verdict(SILENT, f"there is no solution, got {_short(answer)}", seconds=seconds)
    try:
        wrong = call.check(case, answer)
    except UndecidedError as error:
        return Verdict(UNDECIDED, str(error), counts=False, seconds=seconds)
    if isinstance(wrong, Modest):
        return Verdict(REFUSED, wrong, counts=_is_easy(case, call), seconds=seconds)
    if wrong:
        return Verdict(SILENT, wrong, seconds=seconds)
    return Verdict(RIGHT, seconds=seconds)


def _on_error(case: Case, call: Call, error: BaseException, seconds: float) -> Verdict:
    name, said = type(error).__name__, " ".join(str(error).split())
    detail = f"{name}: {said[:200]}"
    contract = case.contract
    if isinstance(contract, Raises):
        return _as_asked(contract, error, detail, seconds)
    allowed = call.refusals + (contract.types if isinstance(contract, Refuses) else ())
    if _is(error, ("InfeasibleError",)) and not _is(error, allowed):
        if case.equations is None or case.given.contradiction is None:
            return Verdict(FALSE, f"there is a solution, got {detail}", seconds=seconds)
        return Verdict(RAISED, seconds=seconds)
    if not _is(error, allowed):
        return Verdict(CRASH, detail, seconds=seconds)
    if any(word in said.lower() for word in NOT_OURS):
        return Verdict(FALSE, detail, seconds=seconds)
    if len(said) < LEAST_WORDS:
        return Verdict(CRASH, f"no way out in {detail!r}", seconds=seconds)
    if isinstance(contract, Refuses) and _is(error, contract.types):
        if not re.search(contract.says, said, re.IGNORECASE):
            return Verdict(CRASH, f"{detail!r} does not say {contract.says!r}", seconds=seconds)
        return Verdict(RAISED, detail, seconds=seconds)
    return Verdict(REFUSED, detail, counts=call.precise or _is_easy(case, call), seconds=seconds)


def _as_asked(contract: Raises, error: BaseException, detail: str, seconds: float) -> Verdict:
    if not _is(error, contract.types):
        return Verdict(CRASH, f"{detail} in place of {' or '.join(contract.types)}", True, seconds)
    if not re.search(contract.says, str(error), re.IGNORECASE) or len(str(error)) < LEAST_WORDS:
        return Verdict(CRASH, f"{detail!r} does not say {contract.says!r}", True, seconds)
    return Verdict(RAISED, seconds=seconds)


def _is(error: BaseException, names: tuple[str, ...]) -> bool:
    """Whether an error is of one of these types: exactly, for types that are not the package's.

    A LinAlgError is a ValueError and a ZeroDivisionError an ArithmeticError, but nobody documents
    them.
    """
    if type(error).__module__.partition(".")[0] in ("implicitbias", "tests"):
        return any(base.__name__ in names for base in type(error).__mro__)
    return type(error).__module__ == "builtins" and type(error).__name__ in names


def _needs_a_solution(call: Call) -> bool:
    return "FlowError" not in call.refusals and call is not CALLS["kernel_flow"]


def _is_easy(case: Case, call: Call) -> bool:
    """Whether the answer is one that doubles can have."""
    if case.equations is None:
        return True
    at = Case(None, None, case.given, {"log_alpha": 0}) if call.limits else case
    try:
        return at.is_easy
    except UndecidedError:
        return False


def _short(answer: Any) -> str:
    beta = getattr(answer, "beta", None)
    if beta is None:
        return f"{type(answer).__name__}"
    return f"beta = {[float(f'{b:.4g}') for b in beta[:4]]}, error = {answer.error}"


assert ib, Returns  # what the docstrings speak of
