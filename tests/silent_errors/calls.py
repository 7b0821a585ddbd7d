"""The public functions as the corpus calls them, each with the check of its answer."""

import dataclasses
import inspect
import math
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from flint import arb

import implicitbias as ib
from tests.silent_errors import checks, command, flow_checks
from tests.silent_errors.case import Case, exact
from tests.silent_errors.minimiser import minimiser
from tests.silent_errors.weights import Model
from tests.silent_errors.world import each, in_threads, under_strict_numpy

DIGITS = 20
PATH = (2.0, 0.0, -3.0)  # log alphas of a path, added to that of the case
CONIC_TOL = 1e-3  # its default
RELATIVE = 1e-6  # of the l1 norms in compare


@dataclass(frozen=True)
class Call:
    """One way to call one public function.

    Attributes:
        run: the answer, for a case. check: what is wrong with it, or None.
        refusals: names of the errors that the function documents for valid data.
        precise: whether it takes the digits it needs, so that no condition excuses it.
        limits: whether alpha, depth and start play no part.
    """

    run: Callable[[Case], Any]
    check: Callable[[Case, Any], str | None]
    refusals: tuple[str, ...] = ("PrecisionError", "OverflowError")
    precise: bool = False
    limits: bool = False


def scale(case: Case) -> dict[str, Any]:
    """alpha or log_alpha, and start."""
    return {k: v for k, v in case.settings.items() if k != "depth"}


def _digits(digits: int | str) -> Callable[[Case], Any]:
    return lambda case: ib.solve(case.X, case.y, **case.settings, digits=digits)


def _path(case: Case) -> Any:
    settings = dict(case.settings)
    here = settings.pop("log_alpha", None)
    alpha = settings.pop("alpha", None)
    if here is None:
        here = 0.0 if alpha is None else math.log(alpha)
    return ib.path(case.X, case.y, log_alphas=[here + step for step in PATH], **settings)


def _check_path(case: Case, answer: Any) -> str | None:
    for log_alpha, found in zip(answer.log_alphas, answer.solutions, strict=True):
        settings = {k: v for k, v in case.settings.items() if k != "alpha"}
        there = Case(None, None, case.given, {**settings, "log_alpha": float(log_alpha)})
        wrong = checks.solution(there, found)
        if wrong:
            return f"at log_alpha {log_alpha:.6g}: {wrong}"
    return None


def _check_conic(case: Case, answer: Any) -> str | None:
    return checks.solution(case, answer, bound=CONIC_TOL, tol=CONIC_TOL)


def _check_explicit(case: Case, answer: Any) -> str | None:
    """At depth 2 ``R_alpha = alpha^2 sum q_4(beta_i/alpha^2)``."""
    here = case.model
    twin = Model(Fraction(4), here.factor, here.nats, None, exponent=Fraction(2))
    there = Case(None, None, case.given, case.settings)
    there.__dict__["truth"] = minimiser(case.given, twin)
    return checks.solution(there, answer)


def _alpha_needed(case: Case) -> Any:
    return ib.alpha_needed(case.X, case.y, case.extras["eps"], case.depth)


def _check_alpha_needed(case: Case, answer: Any) -> str | None:
    least = case.least_l1.norm
    bound = arb(least) * (1 + arb(case.extras["eps"]))
    if abs(answer.norm - float(arb(least))) > 1e-12 * answer.norm:
        return f"norm is {answer.norm}, in truth {float(arb(least))}"
    low, high = answer.bracket
    if low == math.inf:
        limit = sum((abs(b) for b in checks.balls(case.given.least_squares_norm())), arb(0))
        return f"the l1 norm of the l2 limit is {limit}" if limit > bound else None
    for log_alpha, holds in ((low, True), (high, False)):
        model = Model(case.model.depth, Fraction(1), exact(log_alpha))
        norm = sum((abs(b) for b in minimiser(case.given, model).beta), arb(0))
        if (holds and norm > bound) or (not holds and norm <= bound):
            return f"at log_alpha {log_alpha:.9g} the norm is {norm}, the bound {bound}"
    return None


def _compare(case: Case) -> Any:
    return ib.compare(case.X, case.y, [case.settings["alpha"]], [case.depth])


def _check_compare(case: Case, frame: Any) -> str | None:
    row = frame[frame["model"] == "implicit"].iloc[0]
    if not row["certified"]:
        return None
    true = float(sum((abs(b) for b in case.truth.beta), arb(0)))
    apart = abs(row["l1"] - true) / true
    allowed = len(case.truth.beta) * row["error"] + 1e-14
    if apart > allowed:
        return f"the l1 norm is off by {apart:.2g}, error {row['error']:.2g}"
    least = float(arb(case.least_l1.norm))
    excess = true / least - 1
    if abs(row["l1_excess"] - excess) > RELATIVE * (1 + excess):
        return f"l1_excess is {row['l1_excess']}, in truth {excess}"
    return None


def accepts(function: Any, keyword: str) -> bool:
    """Whether a function has this argument (some are still to come)."""
    return keyword in inspect.signature(function).parameters


def _numerical(case: Case) -> Any:
    return ib.solve(case.X, case.y, **case.settings, rank="numerical")


def _check_numerical(case: Case, answer: Any) -> str | None:
    """``error`` is about the equations that are not dropped."""
    dropped = {int(i) for i in answer.dropped}
    kept = [i for i in range(case.given.X.nrows()) if i not in dropped]
    remaining = Case(None, None, case.given.rows(kept), case.settings)
    return checks.solution(remaining, answer)


ENCLOSES = ("EnclosureError", "OverflowError")
CALLS: dict[str, Call] = {
    "solve": Call(lambda case: ib.solve(case.X, case.y, **case.settings), checks.solution),
    "digits": Call(
        _digits(DIGITS),
        lambda case, answer: checks.enclosure(case, answer, DIGITS),
        ENCLOSES,
        precise=True,
    ),
    "auto": Call(_digits("auto"), checks.solution, ENCLOSES, precise=True),
    "path": Call(_path, _check_path),
    "min_l1": Call(
        lambda case: ib.min_l1(case.X, case.y),
        checks.least_l1,
        ("PrecisionError", "OverflowError", "ArithmeticError"),
        limits=True,
    ),
    "min_l1_exact": Call(
        lambda case: ib.min_l1(case.X, case.y, exact=True, depth=case.depth),
        checks.exact_l1,
        ENCLOSES,
        precise=True,
        limits=True,
    ),
    "min_l2": Call(lambda case: ib.min_l2(case.X, case.y), checks.least_l2, limits=True),
    "conic": Call(
        lambda case: ib.solve_conic(case.X, case.y, **case.settings),
        _check_conic,
        ("PrecisionError", "OverflowError", "ArithmeticError"),
    ),
    "explicit": Call(
        lambda case: ib.solve_explicit(case.X, case.y, **case.settings),
        _check_explicit,
        ("PrecisionError", "OverflowError", "ArithmeticError"),
    ),
    "alpha_needed": Call(
        _alpha_needed, _check_alpha_needed, ("EnclosureError", "ArithmeticError"), limits=True
    ),
    "compare": Call(_compare, _check_compare, ("ArithmeticError", "PrecisionError")),
    "flow": Call(
        lambda case: ib.gradient_flow(case.X, case.y, **case.settings),
        flow_checks.limit,
        ("FlowError",),
    ),
    "flow_weights": Call(
        lambda case: ib.gradient_flow(case.X, case.y, **case.settings, method="parameters"),
        flow_checks.limit,
        ("FlowError",),
    ),
    "descent": Call(
        lambda case: ib.gradient_descent(
            case.X, case.y, **case.settings, step=case.extras["step"], max_steps=20_000
        ),
        flow_checks.descent,
        ("FlowError",),
    ),
    "kernel_flow": Call(
        lambda case: ib.kernel_gradient_flow(case.X, case.y, **case.settings),
        flow_checks.kernel_flow,
        ("OverflowError",),
    ),
    "kernel_change": Call(
        lambda case: ib.kernel_change(case.extras["betas"], case.X, **case.settings),
        flow_checks.kernel_change,
        ("OverflowError",),
    ),
}
if accepts(ib.solve, "rank"):
    CALLS["numerical"] = Call(_numerical, _check_numerical)
CALLS["command"] = Call(command.run, command.check)
CALLS |= {
    f"strict {name}": dataclasses.replace(call, run=under_strict_numpy(call.run))
    for name, call in CALLS.items()
}
CALLS |= {
    f"threads {name}": dataclasses.replace(
        CALLS[name], run=in_threads(CALLS[name].run), check=each(CALLS[name].check)
    )
    for name in ("solve", "digits", "min_l1_exact")
}
