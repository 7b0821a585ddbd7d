"""Data of every size: rows and columns scaled, close to the ends of the doubles."""

import numpy as np

from tests.silent_errors.case import Case, Draw, ProblemClass
from tests.silent_errors.draws import DEPTHS, SOLVERS, any_depth, any_log_alpha

LEAST, MOST = 5e-324, 1.7976931348623157e308


def _drawn(rng: np.random.Generator, least_rows: int = 2) -> tuple[np.ndarray, np.ndarray]:
    N = int(rng.integers(least_rows, 7))
    d = N + int(rng.integers(1, 10))
    return rng.standard_normal((N, d)), rng.standard_normal(N)


def _scaled(low: float, high: float) -> Draw:
    """Rows times ``10^U(low, high)``, and y with them: beta is of size one."""

    def draw(rng: np.random.Generator, call: str) -> Case:
        X, y = _drawn(rng)
        rows = 10 ** rng.uniform(low, high, len(y))
        depth = any_depth(rng)
        log_alpha = any_log_alpha(rng, depth)
        return Case.of(X * rows[:, None], y * rows, log_alpha=log_alpha, depth=depth)

    return draw


def _log_spaced(rng: np.random.Generator, call: str) -> Case:
    X, y = _drawn(rng, 4)
    rows = np.logspace(0, 8, len(y))
    depth = any_depth(rng)
    y = y * rows if rng.random() < 0.5 else X @ rng.standard_normal(X.shape[1]) * rows
    return Case.of(X * rows[:, None], y, log_alpha=any_log_alpha(rng, depth), depth=depth)


def _columns(rng: np.random.Generator, call: str) -> Case:
    """Columns times 10^-12 .. 10^12: beta_i is as much smaller or larger."""
    X, y = _drawn(rng)
    X = X * 10 ** rng.uniform(-12, 12, X.shape[1])
    depth = any_depth(rng)
    return Case.of(X, y, log_alpha=any_log_alpha(rng, depth, 1 / np.abs(X).max()), depth=depth)


def _both(rng: np.random.Generator, call: str) -> Case:
    X, y = _drawn(rng)
    rows = 10 ** rng.uniform(-12, 12, len(y))
    X = X * 10 ** rng.uniform(-6, 6, X.shape[1])
    depth = any_depth(rng)
    log_alpha = any_log_alpha(rng, depth, 1 / np.abs(X).max())
    return Case.of(X * rows[:, None], y * rows, log_alpha=log_alpha, depth=depth)


def _tiny_beside(rng: np.random.Generator, call: str) -> Case:
    """Small integers, one row times 1e-8 .. 1e-16."""
    N, d = int(rng.integers(2, 5)), int(rng.integers(5, 12))
    X = rng.integers(-3, 4, (N, d)).astype(float)
    X[:, 0] += 1.0
    rows = np.ones(N)
    rows[rng.integers(N)] = 10.0 ** -rng.integers(8, 17)
    X = X * rows[:, None]
    y = X @ rng.integers(-3, 4, d) if rng.random() < 0.5 else rng.integers(-3, 4, N) * rows
    depth = any_depth(rng)
    return Case.of(X, y, log_alpha=any_log_alpha(rng, depth), depth=depth)


def _sized(x: tuple[float, float], y: tuple[float, float], together: bool = False) -> Draw:
    """X and y times powers of ten from these ranges of exponents; together: by one power."""

    def draw(rng: np.random.Generator, call: str) -> Case:
        X, targets = _drawn(rng, 1)
        first = rng.uniform(*x)
        second = first if together else rng.uniform(*y)
        with np.errstate(all="ignore"):
            X, targets = (
                X * 10.0**first,
                targets * 10.0 ** max(second, -300) * 10.0 ** min(second + 300, 0),
            )
        X, targets = np.clip(X, -MOST, MOST), np.clip(targets, -MOST, MOST)
        depth = DEPTHS[rng.integers(len(DEPTHS))]
        log_alpha = any_log_alpha(rng, depth, size=1.0) + (second - first) * np.log(10) / (
            1 if np.isinf(depth) else depth
        )
        return Case.of(X, targets, log_alpha=float(log_alpha), depth=depth)

    return draw


CLASSES = (
    ProblemClass(
        "scaled_rows",
        "Gaussian up to 6 x 15, rows and their targets times 1e-12 to 1e12: the problem is the "
        "same, so the answer is right.",
        (_scaled(-12, 12),),
        SOLVERS,
        count=400,
    ),
    ProblemClass(
        "log_spaced_rows",
        "Gaussian, 4 to 6 rows times logspace(0, 8), up to 15 columns: right.",
        (_log_spaced,),
        SOLVERS,
    ),
    ProblemClass(
        "scaled_columns",
        "Gaussian up to 6 x 15, columns times 1e-12 to 1e12: never infeasible; right where the "
        "minimiser is well conditioned.",
        (_columns,),
        SOLVERS,
    ),
    ProblemClass(
        "scaled_both",
        "Rows times 1e-12 to 1e12 and columns times 1e-6 to 1e6, up to 6 x 15: as above.",
        (_both,),
        SOLVERS,
    ),
    ProblemClass(
        "tiny_row_beside",
        "Small integers up to 4 x 11, one row times 1e-8 to 1e-16: it counts as the others do.",
        (_tiny_beside,),
        SOLVERS,
    ),
    ProblemClass(
        "tiny_targets",
        "Gaussian up to 6 x 15, y of size 1e-150 to 1e-290: the answer is as small, and right.",
        (_sized((0, 0), (-290, -150)),),
        SOLVERS,
    ),
    ProblemClass(
        "denormal_targets",
        "The same, y of size 1e-300 to 1e-323: digits are right; doubles say what they miss.",
        (_sized((0, 0), (-323, -300)),),
        SOLVERS,
    ),
    ProblemClass(
        "huge_targets",
        "The same, y of size 1e150 to 1e290: right.",
        (_sized((0, 0), (150, 290)),),
        SOLVERS,
    ),
    ProblemClass(
        "near_overflow",
        "The same, X and y of size 1e290 to 1e308, beta of size one: right.",
        (_sized((290, 308), (0, 0), together=True),),
        SOLVERS,
    ),
    ProblemClass(
        "tiny_data",
        "The same, X and y of size 1e-90 to 1e-300, beta of size one: right.",
        (_sized((-300, -90), (0, 0), together=True),),
        SOLVERS,
    ),
    ProblemClass(
        "sizes_apart",
        "The same, X of size 1e-200 to 1e200 and y likewise: right, or OverflowError where no "
        "double "
        "holds beta.",
        (_sized((-200, 200), (-200, 200)),),
        SOLVERS,
    ),
)
