"""What a simulated flow, or a tangent kernel, claims, against the truth."""

import math
from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

import numpy as np
from flint import arb, arb_mat, ctx, fmpq

from tests.silent_errors.case import Case
from tests.silent_errors.checks import off
from tests.silent_errors.equations import rational, square_norm
from tests.silent_errors.minimiser import MOST_BITS, UndecidedError, minimiser
from tests.silent_errors.weights import ball

LIMIT = 1e-6  # what gradient_flow documents: a limit with a larger error is not returned
ESTIMATED = 100.0  # times the estimate of the error: beyond, it misleads
UNNOTICED = 1e-9  # that much below it nobody minds
KERNEL = 1e-8  # relative, of what has a closed form
UNMOVED = 0.9  # share of the loss at the start: nothing has happened
FALLEN = 1.001  # times the loss that was asked for


def limit(case: Case, answer: Any) -> str | None:
    """The limit is that of ``solve``; of equations without a solution, that of the nearest y."""
    truth = case.truth.beta
    if case.given.contradiction is not None:
        truth = minimiser(case.given.projected(), case.model).beta
    if not np.isfinite(answer.limit).all():
        return f"the limit is {answer.limit!r:.60}"
    true = off(answer.limit, truth)
    if true > max(ESTIMATED * answer.error, UNNOTICED):
        return f"estimated error {answer.error:.2g}, true {true:.2g} ({answer.stopped_by})"
    if true > LIMIT:
        return f"true error {true:.2g}, documented <= {LIMIT:g}"
    return None


def descent(case: Case, answer: Any) -> str | None:
    """It has fitted, if it says so."""
    equations, (a, b) = case.given, _start(case)
    depth = int(case.depth)
    first = [rational(u**depth - v**depth) for u, v in zip(a, b, strict=True)]

    def loss(beta: Sequence[fmpq]) -> fmpq:
        image = equations.image(beta)
        return square_norm(v - t for v, t in zip(image, equations.y.entries(), strict=True))

    if not np.isfinite(answer.limit).all():
        return f"the limit is {answer.limit!r:.60}"
    at_start, at_end = loss(first), loss([rational(float(b)) for b in answer.limit])
    if at_start == 0:
        return None
    share = float(arb(at_end / at_start))
    if answer.stopped_by == "loss" and share > FALLEN * 1e-24 + _rounding(case, answer, at_start):
        return f"it says that the loss has fallen to 1e-24; in truth to {share:.2g}"
    if answer.stopped_by == "stationary" and share > UNMOVED:
        return f"it says that the gradient is 0; the loss is at {share:.2g} of that of the start"
    return None


def _rounding(case: Case, answer: Any, at_start: fmpq) -> float:
    """What the rounding of beta makes of the loss."""
    entries = [abs(e) for e in case.given.X.entries()]
    size = max((abs(rational(float(b))) for b in answer.limit), default=fmpq(0))
    terms = max(entries) * size * len(answer.limit) + max(abs(e) for e in case.given.y.entries())
    share = terms * terms * case.given.X.nrows() / at_start
    return float(arb(share)) * 2.0**-100


def kernel_flow(case: Case, answer: Any) -> str | None:
    """``beta_0 + S X^T (X S X^T)^-1 (y - X beta_0)``, S that of the kernel at the start."""
    equations = case.given
    if equations.contradiction is not None:
        equations = equations.projected()
    part = equations.reduced()
    n, d = part.X.nrows(), part.X.ncols()

    def attempt() -> list[arb] | None:
        depth = ball(Fraction(case.depth))
        a, b = ([ball(w) for w in side] for side in _start(case))
        first = [u**depth - v**depth for u, v in zip(a, b, strict=True)]
        S = [u ** (2 * depth - 2) + v ** (2 * depth - 2) for u, v in zip(a, b, strict=True)]
        X = arb_mat(part.X)
        weighted = arb_mat(n, d, [e * s for row in X.tolist() for e, s in zip(row, S, strict=True)])
        missing = arb_mat(part.y) - X * arb_mat(d, 1, first)
        nu = (weighted * X.transpose()).solve(missing)
        moved = (weighted.transpose() * nu).entries()
        return _if_narrow([f + m for f, m in zip(first, moved, strict=True)])

    true = off(answer.limit, _precisely(attempt))
    return f"off by {true:.2g}" if true > KERNEL or math.isnan(true) else None


def kernel_change(case: Case, answer: Any) -> str | None:
    """``||K - K_0||_F / ||K_0||_F`` and the cosine distance of the gradients, from the conserved
    ``w_+ w_-`` (D = 2) or ``w_+^(2-D) + w_-^(2-D)``.
    """
    beta = [rational(float(b)) for b in case.extras["betas"][-1]]

    def attempt() -> list[arb] | None:
        depth = ball(Fraction(case.depth))
        a, b = ([ball(w) for w in side] for side in _start(case))
        now = [_weights(arb(t), u, v, case.depth) for t, u, v in zip(beta, a, b, strict=True)]
        then = list(zip(a, b, strict=True))
        X = arb_mat(case.given.X)
        power = 2 * depth - 2

        def kernel(pairs: Sequence[Any]) -> arb_mat:
            S = [u**power + v**power for u, v in pairs]
            flat = [e * s for row in X.tolist() for e, s in zip(row, S, strict=True)]
            return arb_mat(X.nrows(), X.ncols(), flat) * X.transpose()

        change, start = kernel(now) - kernel(then), kernel(then)
        squares = [sum((e * e for e in column), arb(0)) for column in X.transpose().tolist()]
        inner = [
            sum(
                (
                    s * ((p[0] * q[0]) ** (depth - 1) + (p[1] * q[1]) ** (depth - 1))
                    for s, p, q in zip(squares, left, right, strict=True)
                ),
                arb(0),
            )
            for left, right in ((now, then), (now, now), (then, then))
        ]
        return _if_narrow(
            [
                _frobenius(change) / _frobenius(start),
                1 - inner[0] / (inner[1] * inner[2]).sqrt(),
            ],
            each=True,
        )

    kernel, gradient = _precisely(attempt)
    for name, given, true in (
        ("kernel", answer.kernel[-1], kernel),
        ("gradient", answer.gradient[-1], gradient),
    ):
        if not abs(arb(float(given)) - true) <= KERNEL * abs(true) + arb(2) ** -1060:
            return f"the change of the {name} is {given}, in truth {true.str(10)}"
    return None


def _weights(beta: arb, a: arb, b: arb, depth: Any) -> tuple[arb, arb]:
    """``w_+, w_-`` on the way from (a, b), with ``w_+^D - w_-^D = beta``."""
    if depth == 2:
        c = a * b
        root = (beta * beta + 4 * c * c).sqrt()
        larger = ((abs(beta) + root) / 2).sqrt()
        return (larger, c / larger) if beta >= 0 else (c / larger, larger)
    D = ball(Fraction(depth))
    p = D / (D - 2)
    left, right = a ** (2 - D), b ** (2 - D)

    def value(s: arb) -> arb:
        return (left - s) ** -p - (right + s) ** -p - beta

    low, high = -right, left
    for _ in range(2 * ctx.prec):
        middle = ((low + high) / 2).mid()
        if not (left - middle > 0 and right + middle > 0):
            break
        at = value(middle)
        if at > 0:
            high = middle
        elif at < 0:
            low = middle
        else:
            break
    s = low.union(high)
    return (left - s) ** (1 / (2 - D)), (right + s) ** (1 / (2 - D))


def _start(case: Case) -> tuple[Any, Any]:
    """The weights at the start, as Fractions."""
    model = case.model
    if model.nats:
        raise UndecidedError("for alpha, not log_alpha")
    ones = (Fraction(1),) * case.given.X.ncols()
    a, b = model.start or (ones, ones)
    return tuple(model.factor * w for w in a), tuple(model.factor * w for w in b)


def _frobenius(matrix: arb_mat) -> arb:
    return sum((e * e for e in matrix.entries()), arb(0)).sqrt()


def _precisely(attempt: Callable[[], list[arb] | None]) -> list[arb]:
    bits = 256
    while bits <= MOST_BITS:
        with ctx.workprec(bits):
            try:
                found = attempt()
            except ZeroDivisionError:
                found = None
        if found is not None:
            return found
        bits *= 2
    raise UndecidedError(f"{bits} bits are beyond the budget")


def _if_narrow(values: list[arb], each: bool = False) -> list[arb] | None:
    size = max(abs(v).lower() for v in values)
    share = arb(10) ** -20
    if any(not v.is_finite() for v in values):
        return None
    if each:
        return values if all(v.rad() <= share * abs(v) or v.is_zero() for v in values) else None
    return values if all(v.rad() <= share * size for v in values) else None
