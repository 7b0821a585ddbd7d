"""The problems on which certificates are put to the test, and their exact minimisers."""

import math
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from implicitbias.inputs.arrays import as_start
from implicitbias.inputs.problem import Problem
from implicitbias.solvers.doubles.certificates import (
    Bounds,
    certify,
)
from implicitbias.solvers.doubles.mirror_curve import MirrorCurve
from tests.solvers.reference import Minimiser, minimiser

TOL = 1e-10  # solve's default


@dataclass(frozen=True, eq=False)
class Case:
    """One problem; ``label`` names it in the test's id."""

    label: str
    X: np.ndarray
    y: np.ndarray
    depth: float
    log_alpha: float
    start: tuple[Any, Any] | None = None

    @cache  # noqa: B019 - a few dozen cases live as long as the test run
    def exact(self) -> Minimiser:
        return minimiser(
            self.X, self.y, depth=self.depth, log_alpha=self.log_alpha, start=self.start
        )

    @cache  # noqa: B019
    def problem(self) -> Problem:
        return Problem.from_data(self.X, self.y, TOL)

    def certify(
        self,
        beta: np.ndarray,
        nu: np.ndarray | None,
        *,
        depth: float | None = None,
        log_alpha: float | None = None,
    ) -> Bounds:
        problem, depth = self.problem(), depth or self.depth
        log_alpha = self.log_alpha if log_alpha is None else log_alpha
        d = len(beta)
        curve = MirrorCurve.from_start(depth, as_start(self.start, d), problem.target_scale, d)
        length = -(1 if math.isinf(depth) else depth) * log_alpha
        z = np.asarray(beta) / problem.target_scale  # a power of two: exact
        return certify(problem.A, problem.b, curve, length, z, nu, problem.data_error)

    def exact_dual(self) -> np.ndarray:
        """The exact dual vector in the units of ``Problem``, rounded."""
        dual = np.array([float(v) for v in self.exact().dual])
        A = self.problem().A
        return np.linalg.lstsq(A.T, self.X.T @ dual, rcond=None)[0]


def smallest_alpha(depth: float) -> float:
    """The end of the range that this package promises, as a power of ten."""
    return -6.0 if depth <= 3 else -3.0


def random_data(kind: str, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    n, d = int(rng.integers(2, 5)), int(rng.integers(5, 9))
    X, y = rng.standard_normal((n, d)), rng.standard_normal(n)
    if kind == "large":
        X, y = rng.standard_normal((6, 12)), rng.standard_normal(6)
    elif kind == "one equation":
        X, y = X[:1], y[:1]
    elif kind == "rows of different size":
        X *= 10.0 ** rng.uniform(-3, 3, n)[:, None]
    elif kind == "columns of different size":
        X *= 10.0 ** rng.uniform(-2, 2, d)
    elif kind == "nearly dependent rows":
        X[1] = X[0] + 1e-3 * X[1]
        y[1] = y[0] + 1e-3 * y[1]
    elif kind == "nearly equal columns":
        X[:, 1] = X[:, 0] + 1e-7 * X[:, 1]
    elif kind == "equal, opposite and zero columns":
        X, y = rng.standard_normal((3, 8)), rng.standard_normal(3)
        X[:, 1], X[:, 2], X[:, 3] = X[:, 0], -X[:, 0], 0.0
    elif kind == "sparse plant":
        y = X[:, : n - 1] @ rng.standard_normal(n - 1)
    elif kind == "rank deficient":
        X = rng.integers(-3, 4, (3, d)).astype(float)
        X = np.vstack([X, X[0] - X[1], 2 * X[2]])
        y = X @ rng.integers(-3, 4, d)
    elif kind == "square":
        X, y = rng.standard_normal((n, n)), rng.standard_normal(n)
    elif kind == "ill-conditioned square":
        left, right = rng.standard_normal((2, 4, 4))
        X, y = left @ np.diag([1, 1e-1, 1e-3, 1e-4]) @ right, rng.standard_normal(4)
    elif kind == "tall":
        X = rng.integers(-3, 4, (6, 3)).astype(float)
        y = X @ rng.integers(-3, 4, 3)
    return X, y


KINDS = [
    "gaussian",
    "large",
    "one equation",
    "rows of different size",
    "columns of different size",
    "nearly dependent rows",
    "nearly equal columns",
    "equal, opposite and zero columns",
    "sparse plant",
    "rank deficient",
    "square",
    "ill-conditioned square",
    "tall",
    "tiny targets",
]
DEPTHS = [2, 2.5, 3, 4, 5, 10, math.inf]


def uniform_cases() -> list[Case]:
    """Every kind of data at three depths and every depth at all of its alphas."""
    rng = np.random.default_rng(20240)
    cases = []
    for i, kind in enumerate(KINDS):
        for j in range(3):
            depth = DEPTHS[(i + 2 * j) % len(DEPTHS)]
            X, y = random_data(kind, rng)
            exponent = rng.uniform(smallest_alpha(depth) * (0.5 if kind == "large" else 1), 2)
            # Deep and small is slow in the reference, and rank deficient integers at a small
            # alpha are not well posed: nearly every vertex is degenerate.
            if depth == 10 or kind in ("rank deficient", "sparse plant", "nearly equal columns"):
                exponent = max(exponent, -1.0)
            if kind == "tiny targets":
                y *= 1e-30
                exponent -= 30 / (1 if math.isinf(depth) else depth)
            cases.append(Case(kind, X, y, depth, exponent * math.log(10)))
    for depth in DEPTHS:
        X, y = rng.standard_normal((3, 6)), rng.standard_normal(3)
        for exponent in (2.0, smallest_alpha(depth) if depth < 10 else -1.0):
            cases.append(Case("end of the range", X, y, depth, exponent * math.log(10)))
    return cases


def started_cases() -> list[Case]:
    """Starts that differ between coordinates, and between w_+ and w_-."""
    rng = np.random.default_rng(20241)
    cases = []
    for depth in (2, 2.5, 3, 4, 5):
        for log_alpha in (0.0, -3.0):
            X, y = rng.standard_normal((2, 5)), rng.standard_normal(2)
            a = np.exp(0.5 * rng.standard_normal(5))
            b = a * np.exp(0.3 * rng.standard_normal(5))
            cases.append(Case("non-uniform", X, y, depth, log_alpha, (a, a)))
            cases.append(Case("biased", X, y, depth, log_alpha, (a, b)))
        cases.append(Case("scalar bias", X, y, depth, -1.0, (1.5, 0.5)))
    return cases


UNIFORM, STARTED = uniform_cases(), started_cases()
CASES = UNIFORM + STARTED


def name(case: Case) -> str:
    return f"{case.label}-{len(case.y)}x{case.X.shape[1]}-D{case.depth}-{case.log_alpha:.2f}"
