"""Rows that depend on others: exactly, nearly, up to rounding, and with a contradiction."""

import math

import numpy as np

from tests.silent_errors.case import Case, ProblemClass, Raises, Refuses, Returns
from tests.silent_errors.draws import SOLVERS, any_alpha, any_depth, integers

AS_DEPENDENT = Refuses(("RankError", "PrecisionError"))
NO_SOLUTION = Refuses(("RankError", "PrecisionError", "InfeasibleError"))
PRECISE = ("digits", "min_l1_exact")


def _dependent_integers(rng: np.random.Generator) -> np.ndarray:
    """(N, d) of rank below N, small integers."""
    rank = int(rng.integers(1, 5))
    d = rank + int(rng.integers(0, 10))
    extra = int(rng.integers(1, 4))
    basis = integers(rng, rank, d)
    X = np.vstack([basis, rng.integers(-2, 3, (extra, rank)) @ basis])
    return X[rng.permutation(len(X))]


def _dependent(rng: np.random.Generator, call: str) -> Case:
    X = _dependent_integers(rng)
    y = X @ rng.integers(-3, 4, X.shape[1])
    depth = any_depth(rng)
    return Case.of(X.astype(float), y.astype(float), alpha=any_alpha(rng, depth), depth=depth)


def _rounded_targets(rng: np.random.Generator, call: str) -> Case:
    X = _dependent_integers(rng).astype(float)
    y = X @ rng.standard_normal(X.shape[1])
    depth = any_depth(rng)
    return Case.of(X, y, NO_SOLUTION, alpha=any_alpha(rng, depth), depth=depth)


def _contradiction(rng: np.random.Generator, call: str) -> Case:
    while True:
        X = _dependent_integers(rng).astype(float)
        y = X @ rng.integers(-3, 4, X.shape[1]) + 10.0 ** rng.uniform(-6, 3) * rng.standard_normal(
            len(X)
        )
        depth = any_depth(rng)
        contract = Raises(("InfeasibleError",), "no solution.*(drop|merge|project)")
        case = Case.of(X, y, contract, alpha=any_alpha(rng, depth), depth=depth)
        if case.given.contradiction is not None:
            return case


def _up_to_rounding(rng: np.random.Generator, call: str) -> Case:
    N, d = int(rng.integers(2, 6)), int(rng.integers(6, 16))
    basis = rng.standard_normal((N, d))
    mixed = rng.standard_normal((int(rng.integers(1, 3)), N)) @ basis
    X = np.vstack([basis, mixed])[rng.permutation(N + len(mixed))]
    y = X @ rng.standard_normal(d)
    depth = any_depth(rng)
    contract = Returns() if call in PRECISE else AS_DEPENDENT
    return Case.of(X, y, contract, alpha=any_alpha(rng, depth), depth=depth)


def _centred(rng: np.random.Generator, call: str) -> Case:
    N, d = int(rng.integers(3, 9)), int(rng.integers(9, 21))
    X = rng.standard_normal((N, d)) + rng.uniform(-5, 5, d)
    y = rng.standard_normal(N)
    X, y = X - X.mean(axis=0), y - y.mean()
    depth = any_depth(rng)
    contract = Returns() if call in PRECISE else AS_DEPENDENT
    return Case.of(X, y, contract, alpha=any_alpha(rng, depth), depth=depth)


def _nearly_dependent(rng: np.random.Generator, call: str) -> Case:
    """Rows that differ from a combination by 2^-10 .. 2^-48 of small integers, all exact."""
    N, d = int(rng.integers(1, 5)), int(rng.integers(6, 14))
    basis = integers(rng, N, d)
    bits = int(rng.integers(10, 49))
    near = rng.integers(-1, 2, (1, N)) @ basis + 2.0**-bits * rng.integers(-2, 3, (1, d))
    X = np.vstack([basis, near])
    y = X @ rng.integers(-2, 3, d) + np.where(rng.random() < 0.5, 0, rng.integers(-2, 3, N + 1))
    depth = any_depth(rng)
    return Case.of(X, y.astype(float), alpha=any_alpha(rng, depth), depth=depth)


def _hilbert(rng: np.random.Generator, call: str) -> Case:
    N = int(rng.integers(2, 10))
    d = N + int(rng.integers(0, 12))
    X = 1.0 / (np.arange(N)[:, None] + np.arange(d) + 1)
    y = X.sum(axis=1) if rng.random() < 0.5 else rng.standard_normal(N)
    return Case.of(X, y, AS_DEPENDENT, alpha=10 ** rng.uniform(-3, 1), depth=any_depth(rng))


def _vandermonde(rng: np.random.Generator, call: str) -> Case:
    N = int(rng.integers(2, 10))
    d = N + int(rng.integers(0, 12))
    X = np.vander(np.linspace(-1, 1, N) if rng.random() < 0.5 else rng.uniform(0, 1, N), d)
    y = rng.standard_normal(N)
    return Case.of(X, y, AS_DEPENDENT, alpha=10 ** rng.uniform(-3, 1), depth=any_depth(rng))


def _moving_averages(rng: np.random.Generator, call: str) -> Case:
    N = int(rng.integers(3, 9))
    width = int(rng.integers(2, 2 * N))
    d = N + width - 1
    X = np.array([[float(i <= j < i + width) for j in range(d)] for i in range(N)]) / width
    X = np.vstack([X, X[:1] / 3 + X[1:2] * (2 / 3)])  # a mean of two of them, rounded
    y = X @ rng.standard_normal(d)
    contract = Returns() if call in PRECISE else AS_DEPENDENT
    return Case.of(X, y, contract, alpha=10 ** rng.uniform(-3, 1), depth=any_depth(rng))


def _binary_rows(rng: np.random.Generator, call: str) -> Case:
    """Small integers, rows times 2^k: a scaled copy of an easy problem."""
    N, d = int(rng.integers(2, 7)), int(rng.integers(6, 14))
    X = integers(rng, N, d)
    scale = 2.0 ** rng.integers(-40, 41, N)
    y = X @ rng.integers(-3, 4, d)
    depth = any_depth(rng)
    return Case.of(X * scale[:, None], y * scale, alpha=any_alpha(rng, depth), depth=depth)


def _dominated(rng: np.random.Generator, call: str) -> Case:
    """Two rows of size 1e8, equal or nearly, and one of 1e-8 that still counts."""
    d = int(rng.integers(4, 12))
    large, small = 10.0 ** rng.integers(4, 11), 10.0 ** -rng.integers(4, 11)
    first, third = integers(rng, 1, d)[0], integers(rng, 1, d)[0]
    second = first.copy()
    second[rng.integers(d)] += rng.integers(0, 2)
    X = np.array([first * large, second * large, third * small])
    y = X @ rng.integers(-3, 4, d)
    depth = any_depth(rng)
    return Case.of(X, y.astype(float), alpha=any_alpha(rng, depth), depth=depth)


def _dominant_column(rng: np.random.Generator, call: str) -> Case:
    N, d = int(rng.integers(2, 7)), int(rng.integers(7, 14))
    X = rng.standard_normal((N, d))
    X[:, rng.integers(d)] *= 10 ** rng.uniform(6, 18)
    y = rng.standard_normal(N)
    return Case.of(X, y, alpha=10 ** rng.uniform(-3, 1), depth=any_depth(rng))


CLASSES = (
    ProblemClass(
        "dependent",
        "Small integers, 2 to 8 rows of rank 1 to 4, up to 14 columns, y in the range exactly: the "
        "dependent rows are left out and the answer is right.",
        (_dependent,),
        SOLVERS,
    ),
    ProblemClass(
        "rounded_targets",
        "The same X with y = X b rounded: a contradiction of the size of the rounding is refused "
        "as rank or as infeasible, for the equations as given have no solution.",
        (_rounded_targets,),
        SOLVERS,
        count=200,
    ),
    ProblemClass(
        "contradiction",
        "The same X with y off by 1e-6 to 1e3: InfeasibleError, with what to do.",
        (_contradiction,),
        SOLVERS,
        count=200,
        floor=1.0,
    ),
    ProblemClass(
        "up_to_rounding",
        "Up to 7 x 15 Gaussian, one or two rows being combinations of others but for rounding: a "
        "RankError or what is right for the data as given; with digits, right.",
        (_up_to_rounding,),
        SOLVERS,
    ),
    ProblemClass(
        "centred",
        "Up to 8 x 20, columns centred in doubles: rows sum to 0 but for rounding; as above.",
        (_centred,),
        SOLVERS,
        count=200,
    ),
    ProblemClass(
        "nearly_dependent",
        "Up to 5 x 13 small integers and a row 2^-10 to 2^-48 away from a combination of others, "
        "exactly: right, or a PrecisionError where the condition is above 1e12.",
        (_nearly_dependent,),
        SOLVERS,
    ),
    ProblemClass(
        "hilbert",
        "Hilbert matrices up to 9 x 20 in doubles: right for the doubles, or a RankError.",
        (_hilbert,),
        SOLVERS,
        count=200,
    ),
    ProblemClass(
        "vandermonde",
        "Vandermonde matrices up to 9 x 20 of points in [-1, 1]: right, or a RankError.",
        (_vandermonde,),
        SOLVERS,
        count=200,
    ),
    ProblemClass(
        "moving_averages",
        "Moving averages up to 9 x 23 and a mean of two of them, rounded: as up_to_rounding.",
        (_moving_averages,),
        SOLVERS,
        count=200,
    ),
    ProblemClass(
        "binary_rows",
        "Small integers up to 6 x 13, rows times 2^-40 to 2^40: no digit is lost, so right.",
        (_binary_rows,),
        SOLVERS,
    ),
    ProblemClass(
        "dominated",
        "Two rows of size 1e4 to 1e10, equal or one entry apart, and one of 1e-4 to 1e-10, up to "
        "11 "
        "columns: the small one counts as the others do.",
        (_dominated,),
        SOLVERS,
    ),
    ProblemClass(
        "dominant_column",
        "Gaussian up to 6 x 13, one column times 1e6 to 1e18: of full rank, so never infeasible.",
        (_dominant_column,),
        SOLVERS,
    ),
)
assert math
