"""What an answer claims, against the truth: each check returns what is wrong, or None.

An answer that says itself that it is not good is a ``Modest`` one: no lie, but no answer either.
"""

from typing import Any

import numpy as np
from flint import arb, ctx, fmpq, fmpq_mat

from tests.silent_errors.case import Case
from tests.silent_errors.equations import Equations, largest, rational, square_norm
from tests.silent_errors.weights import exact_ball

CERTIFIED = 1e-8  # what solve documents for error
RESIDUAL = 1e-10  # and for residual and gap
CHECK_BITS = 256
ULP = 2.0**-52
LEAST = fmpq(1, 2**1074)  # the distance of the smallest doubles
USELESS = 1e-6  # a residual that no note excuses


class Modest(str):
    """What an answer admits: no error is silent, but it counts as a refusal."""


def off(beta: Any, truth: list[arb]) -> float:
    """A lower bound of ``max|beta - beta^| / max|beta^|``; 0 where both are 0."""
    with ctx.workprec(CHECK_BITS):
        apart = max(abs(exact_ball(b) - t).lower() for b, t in zip(beta, truth, strict=True))
        size = max(abs(t).upper() for t in truth)
        if not apart > 0:
            return 0.0
        return float("inf") if size == 0 else float(apart / size)


def solution(
    case: Case, answer: Any, bound: float = CERTIFIED, tol: float = RESIDUAL
) -> str | None:
    """``error``, and the residual, of an answer of ``solve`` and its like; with an enclosure the
    doubles next to it need not be that near.
    """
    truth = case.truth.beta
    if answer.enclosure is not None:
        bound, tol = np.inf, np.inf
    if answer.beta.shape != (len(truth),) or not np.isfinite(answer.beta).all():
        return f"beta is {answer.beta!r:.60}"
    if answer.error is None or not answer.error <= bound:
        return f"error is {answer.error}, documented <= {bound:g}"
    true = off(answer.beta, truth)
    if true > answer.error:
        return f"claimed error {answer.error:.2g}, true {true:.2g}"
    return residual(case.given, answer, tol)


def residual(equations: Equations, answer: Any, tol: float) -> str | None:
    """The relative residual that is claimed, up to what rounding makes of it."""
    true, rounding = true_residual(equations, answer.beta)
    if true > 2 * answer.residual + rounding:
        return f"claimed residual {answer.residual:.2g}, true {true:.2g}"
    if not answer.residual <= tol:
        said = f"residual {answer.residual:.2g}, {tol:g} is asked for"
        return Modest(said) if answer.residual <= USELESS and answer.error is None else said
    return None


def true_residual(equations: Equations, beta: Any) -> tuple[float, float]:
    """``||X beta - y|| / ||y||``, and how much of it the evaluation in doubles may add."""
    exact = [rational(float(b)) for b in beta]
    missing = [v - t for v, t in zip(equations.image(exact), equations.y.entries(), strict=True)]
    size = square_norm(equations.y.entries())
    if size == 0:
        return 0.0, 0.0  # as documented
    absolute = fmpq_mat(
        equations.X.nrows(), equations.X.ncols(), [abs(e) for e in equations.X.entries()]
    )
    # Where beta is rounded to a multiple of the smallest double, by that much at most.
    least = LEAST * 2**50 / len(exact)
    terms = Equations(absolute, equations.y).image([abs(e) + least for e in exact])
    spread = square_norm(t + abs(s) for t, s in zip(terms, equations.y.entries(), strict=True))
    with ctx.workprec(CHECK_BITS):
        share = (arb(square_norm(missing)) / arb(size)).sqrt()
        rounding = 4 * len(exact) * ULP * (arb(spread) / arb(size)).sqrt()
        return float(share), float(rounding)


def enclosure(case: Case, answer: Any, digits: int) -> str | None:
    """Balls that hold the minimiser, as narrow as asked; and the doubles next to them."""
    truth = case.truth.beta
    found = answer.enclosure
    if found is None:
        return "no enclosure"
    with ctx.workprec(max(case.truth.bits, found.bits)):
        for i, (given, true) in enumerate(zip(found.balls, truth, strict=True)):
            if not given.overlaps(true):
                return f"ball {i} is {given.str(20)}, the truth {true.str(20)}"
            if not given.rad() <= abs(given).lower() * arb(10) ** -digits:
                return f"ball {i} is wider than {digits} digits"
    return solution(case, answer)


def least_l1(case: Case, answer: Any) -> str | None:
    """A beta of least norm for what it reaches, and it reaches y up to the rounding of the rows."""
    wrong = _reaches(case.given, answer)
    if wrong:
        return wrong
    norm = sum((abs(rational(float(b))) for b in answer.beta), start=fmpq(0))
    least = case.least_l1.norm
    if least == 0:
        return None if norm == 0 else "beta is not 0"
    share = float(arb(norm / least)) - 1
    claimed = max(answer.gap, CERTIFIED)
    if abs(share) <= claimed:
        return _error(answer, balls(case.least_l1.beta), case.least_l1.unique)
    # Ill-conditioned rows: of least norm for the y that it reaches is enough.
    exact = [rational(float(b)) for b in answer.beta]
    part = case.given.reduced()
    there = Equations(part.X, fmpq_mat(part.X.nrows(), 1, part.image(exact)))
    best = Case(None, None, there).least_l1.norm
    if best == 0 or not float(arb(norm / best)) - 1 <= claimed:
        return f"claimed gap {answer.gap:.2g}, the norm is off by {share:.2g}"
    return None


def least_l2(case: Case, answer: Any) -> str | None:
    """The same for the least l2 norm."""
    wrong = _reaches(case.given, answer)
    if wrong:
        return wrong
    truth = case.given.least_squares_norm()
    true = off(answer.beta, balls(truth))
    if true <= CERTIFIED:
        return _error(answer, balls(truth), True)
    exact = [rational(float(b)) for b in answer.beta]
    part = case.given.reduced()
    there = Equations(part.X, fmpq_mat(part.X.nrows(), 1, part.image(exact)))
    best = there.least_squares_norm()
    moved = off(answer.beta, balls(best))
    if moved > CERTIFIED:
        return f"off by {true:.2g} (gap {answer.gap:.2g}, residual {answer.residual:.2g})"
    return None


def _error(answer: Any, truth: list[arb], unique: bool) -> str | None:
    """``error``, where it is set."""
    if answer.error is None or not unique:
        return None
    true = off(answer.beta, truth)
    return f"claimed error {answer.error:.2g}, true {true:.2g}" if true > answer.error else None


def _reaches(equations: Equations, answer: Any) -> str | None:
    """Each equation, relative to its own terms, and the residual that is claimed."""
    if not np.isfinite(answer.beta).all():
        return f"beta is {answer.beta!r:.60}"
    exact = [rational(float(b)) for b in answer.beta]
    image = equations.image(exact)
    size = largest(exact)
    for i, (value, target) in enumerate(zip(image, equations.y.entries(), strict=True)):
        row = largest(equations.X[i, j] for j in range(equations.X.ncols()))
        rounding = row * len(exact) * LEAST
        if abs(value - target) > rational(RESIDUAL) * (row * size + abs(target)) + rounding:
            apart = float(arb(abs(value - target) / (row * size + abs(target))))
            return f"equation {i} is off by {apart:.2g} of its terms"
    return residual(equations, answer, RESIDUAL)


def exact_l1(case: Case, answer: Any) -> str | None:
    """The proof in rationals, checked in rationals."""
    proof, equations = answer.exact, case.given
    beta, nu = ([rational(e) for e in part] for part in (proof.beta, proof.dual))
    if equations.image(beta) != list(equations.y.entries()):
        return "the exact beta does not solve the equations"
    prices = (equations.X.transpose() * fmpq_mat(len(nu), 1, nu)).entries()
    if largest(prices) > 1:
        return "the exact dual vector is not feasible"
    norm = sum((abs(b) for b in beta), start=fmpq(0))
    value = sum((v * t for v, t in zip(nu, equations.y.entries(), strict=True)), start=fmpq(0))
    if not norm == value == rational(proof.norm):
        return "the exact pair is not optimal"
    if proof.unique != case.least_l1.unique:
        return f"unique is {proof.unique}, in truth {case.least_l1.unique}"
    if proof.unique:
        true = off(answer.beta, balls(beta))
        if true > answer.error:
            return f"claimed error {answer.error:.2g}, true {true:.2g}"
    with ctx.workprec(answer.enclosure.bits):
        for given, b in zip(answer.enclosure.balls, beta, strict=True):
            if proof.unique and not given.overlaps(arb(b)):
                return "a ball does not contain the minimiser"
    return None


def balls(values: list[fmpq]) -> list[arb]:
    """Rationals as balls."""
    with ctx.workprec(CHECK_BITS):
        return [arb(value) for value in values]
