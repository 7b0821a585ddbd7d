"""Hypothesis strategies: a corpus of hostile problems ``X beta = y``, each with an interpolator."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from hypothesis import strategies as st

Rng = np.random.Generator


@dataclass(frozen=True, eq=False)
class Problem:
    """X (N, d) and y (N,), in the range of X up to rounding; ``label`` says what is hostile."""

    label: str
    X: np.ndarray
    y: np.ndarray


def _generic(rng: Rng, n: int, d: int) -> tuple[np.ndarray, np.ndarray]:
    return rng.standard_normal((n, d)), rng.standard_normal(n)


def _whole(rng: Rng, n: int, d: int) -> tuple[np.ndarray, np.ndarray]:
    """Small integers, so that y = X beta is exact and l1 minimisers are often not unique."""
    X = rng.integers(-2, 3, (n, d)).astype(float)
    return X, X @ rng.integers(-2, 3, d)


def _planted_sparse(rng: Rng, n: int, d: int) -> tuple[np.ndarray, np.ndarray]:
    """Fewer nonzeros than equations, dyadic entries and integer weights: y is exact."""
    X = np.round(1024 * rng.standard_normal((n, d))) / 1024
    beta = np.zeros(d)
    beta[: max(1, n // 2)] = rng.integers(1, 4, max(1, n // 2))
    return X, X @ beta


def _rank_deficient(rng: Rng, n: int, d: int) -> tuple[np.ndarray, np.ndarray]:
    """Rows that follow from the others, and y with them."""
    X, y = _planted_sparse(rng, n, d)
    return np.vstack([X, X[:1], X.sum(axis=0)]), np.concatenate([y, y[:1], [y.sum()]])


def _tall(rng: Rng, n: int, d: int) -> tuple[np.ndarray, np.ndarray]:
    """At least as many equations as unknowns: one interpolator, if X has rank d."""
    return _whole(rng, d + n - 1, d)


def _duplicated_columns(rng: Rng, n: int, d: int) -> tuple[np.ndarray, np.ndarray]:
    X, y = _generic(rng, n, d)
    return np.hstack([X, X[:, :2], -X[:, :1]]), y


def _nearly_duplicated_columns(rng: Rng, n: int, d: int) -> tuple[np.ndarray, np.ndarray]:
    X, y = _generic(rng, n, d)
    return np.hstack([X, X * (1 + 1e-6 * rng.standard_normal((n, d)))]), y


def _zero_columns(rng: Rng, n: int, d: int) -> tuple[np.ndarray, np.ndarray]:
    X, y = _generic(rng, n, d)
    return np.hstack([np.zeros((n, 1)), X, np.zeros((n, 2))]), y


def _scaled_rows(rng: Rng, n: int, d: int) -> tuple[np.ndarray, np.ndarray]:
    X, y = _generic(rng, n, d)
    scale = 10.0 ** rng.integers(-100, 101, n)
    return X * scale[:, None], y * scale


def _scaled_columns(rng: Rng, n: int, d: int) -> tuple[np.ndarray, np.ndarray]:
    X, y = _generic(rng, n, d)
    return X * 10.0 ** rng.uniform(-3, 3, d), y


def _nearly_dependent_rows(rng: Rng, n: int, d: int) -> tuple[np.ndarray, np.ndarray]:
    """Condition number 1e5, at y of no particular kind: large interpolators that cancel."""
    X, y = _generic(rng, n, d)
    return np.vstack([X, X[:1] + 1e-5 * rng.standard_normal((1, d))]), np.append(y, y[0])


def _nearly_infeasible(rng: Rng, n: int, d: int) -> tuple[np.ndarray, np.ndarray]:
    """A row given twice, with targets that differ in the last digits."""
    X, y = _generic(rng, n, d)
    return np.vstack([X, X[:1]]), np.append(y, y[0] * (1 + 1e-13))


def _no_targets(rng: Rng, n: int, d: int) -> tuple[np.ndarray, np.ndarray]:
    return rng.standard_normal((n, d)), np.zeros(n)


HOSTILE: list[Callable[[Rng, int, int], tuple[np.ndarray, np.ndarray]]] = [
    _generic,
    _whole,
    _planted_sparse,
    _rank_deficient,
    _tall,
    _duplicated_columns,
    _nearly_duplicated_columns,
    _zero_columns,
    _scaled_rows,
    _scaled_columns,
    _nearly_dependent_rows,
    _nearly_infeasible,
    _no_targets,
]


@st.composite
def problems(draw: st.DrawFn, rows: int = 4, columns: int = 9) -> Problem:
    """A hostile problem with up to ``rows`` rows and ``columns`` columns, or a few more."""
    make = draw(st.sampled_from(HOSTILE))
    n = draw(st.integers(1, rows))
    d = draw(st.integers(n + 1, columns))
    X, y = make(np.random.default_rng(draw(st.integers(0, 2**16))), n, d)
    return Problem(make.__name__.strip("_"), X, y)
