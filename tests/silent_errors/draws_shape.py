"""Shapes and ties: one row, as many rows as columns, zeros, equal columns, many minimisers."""

import math

import numpy as np

from tests.silent_errors.case import Case, ProblemClass
from tests.silent_errors.draws import SOLVERS, any_alpha, any_depth, integers


def gaussian(rng: np.random.Generator, call: str) -> Case:
    N = int(rng.integers(1, 9))
    depth = any_depth(rng)
    X = rng.standard_normal((N, N + int(rng.integers(0, 13))))
    return Case.of(X, rng.standard_normal(N), alpha=any_alpha(rng, depth), depth=depth)


def _large(rng: np.random.Generator, call: str) -> Case:
    N = int(rng.integers(20, 41))
    depth = any_depth(rng)
    X = rng.standard_normal((N, int(rng.integers(60, 101))))
    return Case.of(X, rng.standard_normal(N), alpha=any_alpha(rng, depth), depth=depth)


def _one_row(rng: np.random.Generator, call: str) -> Case:
    d = int(rng.integers(1, 15))
    X = rng.standard_normal((1, d)) * 10 ** rng.uniform(-3, 3, d)
    depth = any_depth(rng)
    return Case.of(X, rng.standard_normal(1), alpha=any_alpha(rng, depth), depth=depth)


def _tall(rng: np.random.Generator, call: str) -> Case:
    """As many rows as columns or more: one solution, and nothing to choose."""
    d = int(rng.integers(1, 7))
    X = integers(rng, d + int(rng.integers(0, 7)), d)
    y = X @ rng.integers(-3, 4, d)
    depth = any_depth(rng)
    return Case.of(X, y, alpha=any_alpha(rng, depth), depth=depth)


def _square(rng: np.random.Generator, call: str) -> Case:
    N = int(rng.integers(1, 9))
    depth = any_depth(rng)
    X, y = rng.standard_normal((N, N)), rng.standard_normal(N)
    return Case.of(X, y, alpha=any_alpha(rng, depth), depth=depth)


def _zeros(rng: np.random.Generator, call: str) -> Case:
    N, d = int(rng.integers(1, 7)), int(rng.integers(3, 14))
    X = rng.standard_normal((N, d)) if rng.random() < 0.5 else integers(rng, N, d)
    X[rng.random(N) < 0.3] = 0
    X[:, rng.random(d) < 0.3] = 0
    y = X @ rng.integers(-2, 3, d)
    y = np.where(rng.random() < 0.1, 0.0, y)
    case = Case.of(X, y)
    depth = any_depth(rng)
    # In the range exactly, for the products may have been rounded.
    y = np.zeros(N) if case.given.contradiction is not None else y
    return Case.of(X, y, alpha=any_alpha(rng, depth), depth=depth)


def _equal_columns(rng: np.random.Generator, call: str) -> Case:
    N, d = int(rng.integers(1, 6)), int(rng.integers(2, 8))
    X = rng.standard_normal((N, d)) if rng.random() < 0.5 else integers(rng, N, d)
    signs = rng.choice([-1.0, 1.0], 2 * d)
    X = X[:, rng.integers(0, d, 2 * d)] * signs
    y = X @ rng.integers(-2, 3, 2 * d)
    depth = any_depth(rng)
    y = y if Case.of(X, y).given.contradiction is None else np.zeros(N)
    return Case.of(X, y, alpha=any_alpha(rng, depth), depth=depth)


def _signs(rng: np.random.Generator, call: str) -> Case:
    N, d = int(rng.integers(2, 7)), int(rng.integers(6, 16))
    X = rng.integers(-1, 2, (N, d)).astype(float)
    y = X @ rng.integers(-1, 2, d)
    depth = any_depth(rng)
    return Case.of(X, y, alpha=any_alpha(rng, depth), depth=depth)


def _transport(rng: np.random.Generator, call: str) -> Case:
    """Row and column sums of a k x m table: each column has two ones, one row depends on others."""
    k, m = int(rng.integers(2, 5)), int(rng.integers(2, 6))
    X = np.vstack([np.kron(np.eye(k), np.ones(m)), np.kron(np.ones(k), np.eye(m))])
    y = X @ rng.integers(0, 4, k * m)
    depth = any_depth(rng)
    return Case.of(X, y, alpha=any_alpha(rng, depth), depth=depth)


def _plant(rng: np.random.Generator, call: str) -> Case:
    """Dyadic data and fewer weights than equations: the others vanish as alpha falls."""
    N, d = int(rng.integers(3, 8)), int(rng.integers(8, 20))
    X = np.round(rng.standard_normal((N, d)) * 256) / 256
    b = np.zeros(d)
    b[rng.choice(d, int(rng.integers(1, N)), replace=False)] = 1.0
    y = X @ (b * rng.choice([-1.0, 1.0, 2.0], d))
    depth = any_depth(rng)
    power = 1 if math.isinf(depth) else depth
    return Case.of(X, y, alpha=10 ** (rng.uniform(-30, 0) / power), depth=depth)


def _flat(rng: np.random.Generator, call: str) -> Case:
    """y = 0, or so near to an axis that most weights cancel."""
    N, d = int(rng.integers(1, 6)), int(rng.integers(6, 14))
    X = rng.standard_normal((N, d))
    y = np.zeros(N) if rng.random() < 0.3 else X[:, 0] * rng.choice([1.0, -2.0])
    depth = any_depth(rng)
    return Case.of(X, y, alpha=any_alpha(rng, depth), depth=depth)


CLASSES = (
    ProblemClass(
        "gaussian",
        "Gaussian up to 8 x 20, alpha^D from 1e-12 to 1e4: right, hardly ever refused.",
        (gaussian,),
        SOLVERS,
        count=600,
        floor=0.995,
    ),
    ProblemClass(
        "gaussian_large",
        "The same, 20 to 40 rows and 60 to 100 columns.",
        (_large,),
        SOLVERS,
        count=70,
        floor=0.995,
        seconds=60.0,
    ),
    ProblemClass(
        "one_row",
        "One equation with up to 14 unknowns, entries over six decades: right.",
        (_one_row,),
        SOLVERS,
    ),
    ProblemClass(
        "tall",
        "Small integers, d up to 6 and N from d to d + 6, y in the range: right.",
        (_tall,),
        SOLVERS,
    ),
    ProblemClass(
        "square",
        "Gaussian n x n up to 8: one solution, right.",
        (_square,),
        SOLVERS,
        count=200,
    ),
    ProblemClass(
        "zeros",
        "Rows and columns of zeros among up to 6 x 13, y in the range, also 0: right.",
        (_zeros,),
        SOLVERS,
    ),
    ProblemClass(
        "equal_columns",
        "Up to 5 x 14, columns that are equal or opposite: right.",
        (_equal_columns,),
        SOLVERS,
        count=400,
    ),
    ProblemClass(
        "signs",
        "Entries -1, 0, 1, up to 6 x 15, y in the range: many l1 minimisers; right.",
        (_signs,),
        SOLVERS,
        count=400,
    ),
    ProblemClass(
        "transport",
        "Row and column sums of tables up to 4 x 5 (9 x 20): all columns tie; right.",
        (_transport,),
        SOLVERS,
    ),
    ProblemClass(
        "plant",
        "Dyadic data up to 7 x 19 with fewer weights than equations, alpha^D to 1e-30: right.",
        (_plant,),
        SOLVERS,
    ),
    ProblemClass(
        "flat",
        "Up to 5 x 13, y = 0 or a multiple of one column: right.",
        (_flat,),
        SOLVERS,
        count=200,
    ),
)
