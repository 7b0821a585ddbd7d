"""Every kind of array and number that may be passed, and what is none: one table of each.

A kind is right in both entrances, that of the doubles and that of the rationals, or it is refused
there with the way out; what is taken is taken as the numbers it shows.
"""

import warnings
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from typing import Any

import mpmath
import numpy as np
import pandas as pd
import scipy.sparse as sp
import sympy

from tests.silent_errors.case import Case, Contract, Draw, ProblemClass, Refuses, Returns
from tests.silent_errors.draws import integers
from tests.silent_errors.equations import Equations

CALLS = ("solve", "digits", "min_l1", "min_l1_exact", "min_l2", "flow")
EXACT = ("digits", "min_l1_exact")
RIGHT, NOT_TAKEN = Returns(), Refuses(("TypeError", "ValueError"))
Pair = tuple[Any, Any]


def base(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """X (N, d) and y (N,), small integers, consistent."""
    N = int(rng.integers(1, 4))
    X = integers(rng, N, N + int(rng.integers(1, 5))).astype(int)
    return X, X @ rng.integers(-2, 3, X.shape[1])


def kind(
    make: Callable[[np.ndarray, np.ndarray], Pair],
    doubles: Contract = RIGHT,
    rationals: Contract = RIGHT,
    *,
    means: Callable[[np.ndarray, np.ndarray], Pair] | None = None,
    nonnegative: bool = False,
) -> Draw:
    """Problems in this kind; means: the rationals that they stand for, if not the integers."""

    def draw(rng: np.random.Generator, call: str) -> Case:
        X, y = base(rng)
        if nonnegative:
            X, y = np.abs(X), np.abs(X) @ rng.integers(0, 3, X.shape[1])
        given = make(X, y)
        rows, targets = (X.tolist(), y.tolist()) if means is None else means(X, y)
        equations = Equations.of(rows, targets)
        contract = rationals if call in EXACT else doubles
        return Case(given[0], given[1], equations, {"alpha": 0.5}, contract)

    return draw


def _as(dtype: Any) -> Draw:
    return kind(lambda X, y: (X.astype(dtype), y.astype(dtype)))


def _objects(convert: Callable[[int], Any], doubles: Contract, rationals: Contract) -> Draw:
    """Arrays of objects that stand for the integers."""

    def make(X: np.ndarray, y: np.ndarray) -> Pair:
        return np.vectorize(convert, otypes=[object])(X), [convert(int(v)) for v in y]

    return kind(make, doubles, rationals)


def _thirds(convert: Callable[[Fraction], Any], doubles: Contract, rationals: Contract) -> Draw:
    """The equations divided by 3 on one side, times 1/7 on the other: no doubles."""

    def means(X: np.ndarray, y: np.ndarray) -> Pair:
        fractions_of_X = [[Fraction(int(e), 3) for e in row] for row in X]
        return np.array(fractions_of_X, dtype=object), [Fraction(int(v), 7) for v in y]

    def make(X: np.ndarray, y: np.ndarray) -> Pair:
        rows, targets = means(X, y)
        return np.vectorize(convert, otypes=[object])(rows), [convert(v) for v in targets]

    return kind(make, doubles, rationals, means=means)


def _digits(convert: Callable[[Fraction], Any], value: Callable[[Any], Fraction]) -> Draw:
    """Thirds to 60 digits; value: the rational that one of these numbers is."""

    def make(X: np.ndarray, y: np.ndarray) -> Pair:
        with mpmath.workdps(60):
            rows = [[convert(Fraction(int(e), 3)) for e in row] for row in X]
            return np.array(rows, dtype=object), [convert(Fraction(int(v), 7)) for v in y]

    def means(X: np.ndarray, y: np.ndarray) -> Pair:
        rows, targets = make(X, y)
        return [[value(e) for e in row] for row in rows], [value(v) for v in targets]

    return kind(make, NOT_TAKEN, NOT_TAKEN, means=means)


def mpf_value(number: Any) -> Fraction:
    sign, mantissa, exponent, _ = number._mpf_
    return (-1) ** sign * Fraction(int(mantissa)) * Fraction(2) ** exponent


def sympy_value(number: Any) -> Fraction:
    exact = sympy.Rational(number)
    return Fraction(int(exact.p), int(exact.q))


def _wide(dtype: Any, doubles: Contract, rationals: Contract) -> Draw:
    """Integers above 2^53 that differ in their last digit, by which beta is decided."""

    def make(X: np.ndarray, y: np.ndarray) -> Pair:
        base = 2**62
        return (
            np.array([[base, base + 1, base - 1]], dtype=dtype),
            np.array([base + 3], dtype=dtype),
        )

    return kind(make, doubles, rationals, means=make)


def _longdouble_bits(X: np.ndarray, y: np.ndarray) -> Pair:
    """Rows whose difference only a longdouble holds."""
    one, small = np.longdouble(1), np.longdouble(2) ** -60
    return np.array([[one, one, one], [one, one, one + small]]), np.array([one, one + small])


def _longdouble_tiny(X: np.ndarray, y: np.ndarray) -> Pair:
    return np.array([[np.longdouble("1e-400"), np.longdouble("3e-400")]]), np.array(
        [np.longdouble("2e-400")]
    )


def _exact_parts(pair: Pair) -> Pair:
    """Longdoubles as Fractions."""
    rows = [[Fraction(*entry.as_integer_ratio()) for entry in row] for row in pair[0]]
    return np.array(rows, dtype=object), [Fraction(*e.as_integer_ratio()) for e in pair[1]]


def _sparse(form: str, array: bool, spoil: Callable[[Any], Any] = lambda X: X) -> Draw:
    def make(X: np.ndarray, y: np.ndarray) -> Pair:
        matrix = (sp.coo_array if array else sp.coo_matrix)(X.astype(float)).asformat(form)
        return spoil(matrix), y

    return kind(make)


def _with_duplicates(X: np.ndarray, y: np.ndarray) -> Pair:
    """CSC with every entry in two parts, unsorted: not canonical, and nobody's to reorder."""
    parts = sp.coo_array(np.vstack([X, X]).astype(float) / 2)
    rows = parts.coords[0] % len(X)
    order = np.lexsort((-rows, parts.coords[1]))
    counts = np.bincount(parts.coords[1], minlength=X.shape[1])
    return sp.csc_array(
        (parts.data[order], rows[order], np.concatenate([[0], np.cumsum(counts)])), shape=X.shape
    ), y


def _read_only(matrix: Any) -> Any:
    for part in (matrix.data, matrix.indices, matrix.indptr):
        part.setflags(write=False)
    return matrix


def _read_only_duplicates(X: np.ndarray, y: np.ndarray) -> Pair:
    matrix, targets = _with_duplicates(X, y)
    return _read_only(matrix), targets


def _as_matrix(X: Any) -> Any:
    """numpy's deprecated class, which users still have."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", PendingDeprecationWarning)
        return np.matrix(X)


def _frozen(X: np.ndarray, y: np.ndarray) -> Pair:
    X, y = X.astype(float), y.astype(float)
    X.setflags(write=False)
    y.setflags(write=False)
    return X, y


WHOLE = (np.int8, np.int16, np.int32, np.int64, np.float16, np.float32, np.float64, ">f8", ">i4")
GOOD: tuple[Draw, ...] = (
    *map(_as, (*WHOLE, np.longdouble)),
    *(
        kind(lambda X, y, t=t: (X.astype(t), y.astype(t)), nonnegative=True)
        for t in (np.uint8, np.uint64)
    ),
    kind(lambda X, y: (X.tolist(), y.tolist())),
    kind(lambda X, y: (tuple(map(tuple, X.tolist())), tuple(y.tolist()))),
    kind(lambda X, y: (X.astype(float), y[:, None].astype(float))),
    kind(lambda X, y: (np.asfortranarray(X, dtype=float), y)),
    kind(lambda X, y: (X[::-1, ::-1].copy()[::-1, ::-1], y[::-1].copy()[::-1])),
    kind(lambda X, y: (np.repeat(X, 2, axis=1)[:, ::2], y)),
    kind(_frozen),
    kind(lambda X, y: (_as_matrix(X), y)),
    kind(lambda X, y: (pd.DataFrame(X), pd.Series(y))),
    kind(lambda X, y: (pd.DataFrame(X).astype("Int64"), pd.Series(y, dtype="Float64"))),
    kind(lambda X, y: (pd.DataFrame(X).astype({0: "float32"}), y)),
    kind(
        lambda X, y: ((X != 0), (X != 0) @ np.ones(X.shape[1])),
        nonnegative=True,
        means=lambda X, y: ((X != 0).astype(int), (X != 0).sum(axis=1)),
    ),
    _objects(int, RIGHT, RIGHT),
    _objects(float, RIGHT, RIGHT),
    _objects(lambda v: Fraction(int(v)), RIGHT, RIGHT),
    _objects(lambda v: Decimal(int(v)), NOT_TAKEN, RIGHT),
    _objects(lambda v: str(int(v)), NOT_TAKEN, RIGHT),
    _objects(lambda v: sympy.Integer(int(v)), NOT_TAKEN, NOT_TAKEN),
    _objects(lambda v: mpmath.mpf(int(v)), NOT_TAKEN, NOT_TAKEN),
    _thirds(lambda v: v, RIGHT, RIGHT),
    _thirds(lambda v: f"{v.numerator}/{v.denominator}", NOT_TAKEN, RIGHT),
    _thirds(lambda v: sympy.Rational(v.numerator, v.denominator), NOT_TAKEN, NOT_TAKEN),
    _digits(lambda v: mpmath.mpf(v.numerator) / v.denominator, mpf_value),
    _digits(lambda v: sympy.Float(v.numerator, 60) / v.denominator, sympy_value),
    _wide(np.int64, NOT_TAKEN, RIGHT),
    _wide(np.uint64, NOT_TAKEN, RIGHT),
    _wide(object, NOT_TAKEN, RIGHT),
    kind(
        _longdouble_bits,
        Refuses(("TypeError", "ValueError", "PrecisionError")),
        NOT_TAKEN,
        means=lambda X, y: _exact_parts(_longdouble_bits(X, y)),
    ),
    kind(
        _longdouble_tiny,
        NOT_TAKEN,
        NOT_TAKEN,
        means=lambda X, y: _exact_parts(_longdouble_tiny(X, y)),
    ),
)
SPARSE: tuple[Draw, ...] = (
    *(
        _sparse(form, array)
        for form in ("csc", "csr", "coo", "bsr", "dia", "dok", "lil")
        for array in (True, False)
    ),
    kind(_with_duplicates),
    kind(_read_only_duplicates),
    _sparse("csc", True, _read_only),
    _sparse("csr", True, _read_only),
    _sparse("csc", True, lambda X: X.astype(np.int32)),
    _sparse("csr", True, lambda X: X.astype(np.float32)),
    kind(lambda X, y: (sp.csr_array(np.hstack([X, X])[:, : X.shape[1]]), y.tolist())),
)
CLASSES = (
    ProblemClass(
        "kinds",
        "Small integers up to 3 x 7 in every kind of array and number: taken as the numbers that "
        "they are, or refused with the way out.",
        GOOD,
        CALLS,
        count=2 * len(GOOD) * len(CALLS),
        floor=0.9,
    ),
    ProblemClass(
        "sparse",
        "The same in every sparse format, read-only and not canonical too: right, and left alone.",
        SPARSE,
        CALLS,
        count=2 * len(SPARSE) * len(CALLS),
    ),
)
