"""What the draws of several classes share."""

import math

import numpy as np

SOLVERS = ("solve", "digits", "auto", "path", "min_l1", "min_l1_exact", "min_l2")
ENTRIES = ("solve", "digits", "auto", "path")  # what depends on alpha
DEPTHS = (2, 3, 2.5, 4, 5, 10, math.inf)


def any_depth(rng: np.random.Generator) -> float:
    return DEPTHS[rng.integers(len(DEPTHS))]


def any_alpha(rng: np.random.Generator, depth: float) -> float:
    """alpha with alpha^D from 1e-12 to 1e4: for beta of size one, from end to end."""
    power = 1 if math.isinf(depth) else depth
    return float(10 ** (rng.uniform(-12, 4) / power))


def integers(rng: np.random.Generator, rows: int, columns: int) -> np.ndarray:
    """Small ones, no row of zeros."""
    X = rng.integers(-3, 4, (rows, columns))
    X[:, 0] += ~X.any(axis=1)
    return X.astype(float)


def any_log_alpha(rng: np.random.Generator, depth: float, size: float = 1.0) -> float:
    """The same for beta of this size, as a logarithm."""
    power = 1 if math.isinf(depth) else depth
    return float((rng.uniform(-12, 4) * math.log(10) + math.log(size)) / power)
