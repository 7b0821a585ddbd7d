"""The exact minimiser to 40 digits: slow, plain, and without a formula of the package.

Everything follows from the flow of one pair of weights. ``w' = -+D c(t) w^(D-1)`` has the solution

    D = 2:  w_+ = alpha a e^(s/2),              w_- = alpha b e^(-s/2)
    D > 2:  (w_+/alpha)^(2-D) = a^(2-D) - s,    (w_-/alpha)^(2-D) = b^(2-D) + s

for one function s of time, and s = X^T nu since c is a combination of rows of X. The limit is the
nu with ``X beta = y``, ``beta = w_+^D - w_-^D``: the stationary point of a concave function of nu,
found by Newton's method with a line search, in as many digits as it takes, continued from large to
small alpha. The doubles in X, y, alpha and start are taken as the exact numbers they are.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import mpmath
import numpy as np
from mpmath import mpf

DIGITS = 40  # of the answer, relative to max|beta|


@dataclass(frozen=True)
class Minimiser:
    """The exact minimiser, as mpf numbers: beta (d,), and nu (N,), 0 on rows left out."""

    beta: list[mpf]
    dual: list[mpf]

    def distance(self, beta: Any) -> float:
        """``max|beta - beta^| / max|beta^|`` for a double vector beta; 0 below 10^-40.

        There beta is exact as far as beta^ is known.
        """
        with mpmath.workdps(80):
            largest = max(abs(exact) for exact in self.beta)
            off = max(abs(mpf(float(b)) - exact) for b, exact in zip(beta, self.beta, strict=True))
            if largest == 0:
                return 0.0 if off == 0 else math.inf
            return float(off / largest) if off > largest * mpf(10) ** -DIGITS else 0.0

    def doubles(self) -> np.ndarray:
        """beta rounded to doubles."""
        return np.array([float(b) for b in self.beta])


def minimiser(
    X: Any,
    y: Any,
    *,
    depth: float,
    alpha: float | None = None,
    log_alpha: float | None = None,
    start: tuple[Any, Any] | None = None,
) -> Minimiser:
    """The limit of gradient flow for dense X (N, d) and y (N,) in the range of X."""
    X, y = np.asarray(X, dtype=float), np.asarray(y, dtype=float)
    rows = independent_rows(X, y)
    if log_alpha is None:
        with mpmath.workdps(40):
            bits = float(mpmath.log(mpf(alpha)))
    else:
        bits = log_alpha
    power = 1 if math.isinf(depth) else depth
    # The Hessian mixes curvatures from alpha^D to alpha^-D: digits for their ratio, and to spare.
    spread = 2 * abs(power * bits) / math.log(10) + abs(math.log10(np.abs(y).max() or 1.0))
    with mpmath.workdps(int(DIGITS + 40 + 1.2 * spread)):
        exact = mpf(log_alpha) if log_alpha is not None else mpmath.log(mpf(alpha))
        flow, log_x = problem_at(X, y, depth=depth, log_alpha=exact, start=start)
        beta, nu = flow.follow(log_x)
        dual = [mpf(0)] * len(y)
        for i, row in enumerate(rows):
            dual[row] = nu[i]
        return Minimiser(beta, dual)


def problem_at(
    X: Any, y: Any, *, depth: float, log_alpha: Any, start: Any = None
) -> tuple["_Flow", mpf]:
    """The dual problem and ``ln alpha^D``, in the working precision."""
    X, y = np.asarray(X, dtype=float), np.asarray(y, dtype=float)
    rows = independent_rows(X, y)
    a, b = (1.0, 1.0) if start is None else start
    flow = _Flow(
        rows=[[mpf(float(entry)) for entry in X[i]] for i in rows],
        targets=[mpf(float(y[i])) for i in rows],
        depth=mpmath.inf if math.isinf(depth) else _exact(depth),
        a=[mpf(float(entry)) for entry in np.broadcast_to(a, X.shape[1])],
        b=[mpf(float(entry)) for entry in np.broadcast_to(b, X.shape[1])],
    )
    return flow, mpf(log_alpha) * (1 if math.isinf(depth) else flow.depth)


def newton_at(flow: "_Flow", nu: list[mpf], x: mpf, digits: int) -> list[mpf]:
    """beta at ``alpha^D = x``, every entry to ``digits`` digits, from a nu near the stationary one.

    Full steps of Newton's method in the working precision, which the caller has raised enough.
    """
    for _ in range(30):
        _, beta, slope = flow.coordinates(nu, x)
        missing = [
            t - mpmath.fdot(row, beta) for t, row in zip(flow.targets, flow.rows, strict=True)
        ]
        step = flow.solve(slope, missing)
        nu = [v + s for v, s in zip(nu, step, strict=True)]
        moved = [abs(mpmath.fdot(step, column)) for column in zip(*flow.rows, strict=True)]
        tolerance = mpf(10) ** (-digits - 5)
        if all(k * m <= tolerance * abs(z) for k, m, z in zip(slope, moved, beta, strict=True)):
            return flow.coordinates(nu, x)[1]
    raise ArithmeticError("Newton's method has not converged from this start")


def independent_rows(X: np.ndarray, y: np.ndarray) -> list[int]:
    """A maximal set of independent rows, by exact elimination; the others must follow from it."""
    kept: list[int] = []
    basis: list[tuple[int, list[Fraction]]] = []  # (pivot column, row of [X | y])
    for i in range(len(y)):
        row = [Fraction(float(entry)) for entry in (*X[i], y[i])]
        for pivot, other in basis:
            factor = row[pivot] / other[pivot]
            if factor:
                row = [r - factor * o for r, o in zip(row, other, strict=True)]
        pivots = [j for j, entry in enumerate(row[:-1]) if entry]
        if pivots:
            basis.append((pivots[0], row))
            kept.append(i)
        elif row[-1]:
            raise ValueError(f"row {i} contradicts the rows above it by {float(row[-1])}")
    return kept


def _exact(depth: Any) -> mpf:
    exact = Fraction(depth)
    return mpf(exact.numerator) / exact.denominator


class _OutsideError(Exception):
    """A trial s left the domain: a weight would have blown up."""


@dataclass
class _Flow:
    """The N-dimensional dual problem of one data set."""

    rows: list[list[mpf]]
    targets: list[mpf]
    depth: mpf
    a: list[mpf]
    b: list[mpf]

    def follow(self, log_x: mpf) -> tuple[list[mpf], list[mpf]]:
        """beta and nu at ``alpha^D = exp(log_x)``, continued from where the flow hardly moves."""
        nu = [mpf(0)] * len(self.rows)
        if not nu:
            zeros = self.beta_at(nu, mpmath.exp(log_x))
            return zeros, nu
        here = self.easy_log_x(log_x)
        nu, _ = self.newton(nu, mpmath.exp(here), final=False, most=300)
        step = mpf(1)
        while here > log_x:
            there = max(here - step, log_x)
            try:
                guess = [
                    v + (here - there) * t for v, t in zip(nu, self.tangent(nu, here), strict=True)
                ]
                nu_there, _ = self.newton(guess, mpmath.exp(there), final=False, most=7)
            except (_OutsideError, ArithmeticError):
                step = (here - there) / 3
                if step < mpf(10) ** -8:
                    raise
                continue
            nu, here, step = nu_there, there, step * mpf("1.7")
        return self.newton(nu, mpmath.exp(log_x), final=True, most=60)[::-1]

    def easy_log_x(self, log_x: mpf) -> mpf:
        """An alpha^D so large that beta is a small move from the start."""
        size = max(*(abs(t) for t in self.targets), mpf(10) ** -300)
        return max(log_x, mpmath.log(size))

    def coordinates(self, nu: Sequence[mpf], x: mpf) -> tuple[list[mpf], list[mpf], list[mpf]]:
        """For each coordinate: the integral of beta over s, beta, and d beta / d s."""
        integral, beta, slope = [], [], []
        for i, (a, b) in enumerate(zip(self.a, self.b, strict=True)):
            s = mpmath.fsum(v * row[i] for v, row in zip(nu, self.rows, strict=True))
            if self.depth == 2:
                plus, minus = a * a * mpmath.exp(s), b * b * mpmath.exp(-s)
                integral.append(x * (plus + minus))
                beta.append(x * (plus - minus))
                slope.append(x * (plus + minus))
                continue
            if mpmath.isinf(self.depth):
                left, right = 1 - s, 1 + s
                power, over = mpf(1), mpf(0)
            else:
                left, right = a ** (2 - self.depth) - s, b ** (2 - self.depth) + s
                power = self.depth / (self.depth - 2)
                over = 2 / (self.depth - 2)
            if left <= 0 or right <= 0:
                raise _OutsideError
            plus, minus = left**-over, right**-over
            if over:
                integral.append(x * (plus + minus) / over)
            else:
                integral.append(-x * mpmath.log(left * right))
            plus, minus = plus / left, minus / right
            beta.append(x * (plus - minus))
            slope.append(x * power * (plus / left + minus / right))
        return integral, beta, slope

    def beta_at(self, nu: Sequence[mpf], x: mpf) -> list[mpf]:
        if not nu and self.depth == 2:
            return [x * (a * a - b * b) for a, b in zip(self.a, self.b, strict=True)]
        if not nu and mpmath.isinf(self.depth):
            return [mpf(0) for _ in self.a]
        if not nu:
            return [
                x * (a**self.depth - b**self.depth) for a, b in zip(self.a, self.b, strict=True)
            ]
        return self.coordinates(nu, x)[1]

    def hessian(self, slope: Sequence[mpf]) -> mpmath.matrix:
        n = len(self.rows)
        weighted = [[e * k for e, k in zip(row, slope, strict=True)] for row in self.rows]
        H = mpmath.matrix(n, n)
        for i in range(n):
            for j in range(i + 1):
                H[i, j] = mpmath.fdot(weighted[i], self.rows[j])
                H[j, i] = H[i, j]
        return H

    def solve(self, slope: Sequence[mpf], right: Sequence[mpf]) -> list[mpf]:
        # Unit diagonal: pivots are then chosen by what is independent, not by what is large.
        H = self.hessian(slope)
        n = len(right)
        unit = [1 / mpmath.sqrt(H[i, i]) for i in range(n)]
        scaled = mpmath.matrix(n, n)
        for i in range(n):
            for j in range(n):
                scaled[i, j] = H[i, j] * unit[i] * unit[j]
        solution = mpmath.lu_solve(scaled, [r * u for r, u in zip(right, unit, strict=True)])
        return [v * u for v, u in zip(solution, unit, strict=True)]

    def tangent(self, nu: Sequence[mpf], log_x: mpf) -> list[mpf]:
        """``d nu / d(-ln x)``: X beta stays y while every beta_i at fixed s is scaled by x."""
        _, _, slope = self.coordinates(nu, mpmath.exp(log_x))
        return self.solve(slope, self.targets)

    def newton(
        self, nu: list[mpf], x: mpf, *, final: bool, most: int
    ) -> tuple[list[mpf], list[mpf]]:
        """The stationary nu, and its beta; ArithmeticError after ``most`` steps."""
        tolerance = mpf(10) ** (-(DIGITS + 8)) if final else mpf("1e-6")
        integral, beta, slope = self.coordinates(nu, x)
        for _ in range(most):
            missing = [
                t - mpmath.fdot(row, beta) for t, row in zip(self.targets, self.rows, strict=True)
            ]
            step = self.solve(slope, missing)
            value = mpmath.fdot(self.targets, nu) - mpmath.fsum(integral)
            rise = mpmath.fdot(missing, step)
            moved = [mpmath.fdot(step, column) for column in zip(*self.rows, strict=True)]
            change = max(abs(k * m) for k, m in zip(slope, moved, strict=True))
            largest = max(abs(z) for z in beta)
            if change <= tolerance * largest:
                return nu, beta
            length = mpf(1)
            while True:
                trial = [v + length * s for v, s in zip(nu, step, strict=True)]
                try:
                    found = self.coordinates(trial, x)
                except _OutsideError:
                    length /= 3
                    continue
                gained = mpmath.fdot(self.targets, trial) - mpmath.fsum(found[0]) - value
                # Close to the top the gain drowns in rounding; full steps are right there.
                close = change <= mpf("1e-3") * largest
                if close or gained >= length * rise / 10:
                    break
                length /= 3
                if length < mpf(10) ** -30:
                    raise ArithmeticError("the line search found no ascent")
            nu, (integral, beta, slope) = trial, found
        raise ArithmeticError(f"not converged after {most} steps: last change {change}")
