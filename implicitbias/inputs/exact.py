"""What a user passes as X, y and start, as the rationals they are; and proof that a beta exists.

Accepted are the real numbers of ``inputs/arrays.py``, and Fractions, Decimals and strings such as
"0.1" and "1/3".
"""

import numbers
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import scipy.linalg as la
import scipy.sparse as sp
from flint import arb, arb_mat, fmpq, fmpq_mat, fmpz_mat, nmod_mat

from implicitbias.inputs.arrays import (
    EPS,
    Matrix,
    Vector,
    as_array,
    as_columns,
    as_pair,
    check_finite,
    not_positive,
    with_design_shape,
    with_target_shape,
)
from implicitbias.inputs.problem import SKEW, InfeasibleError

MOST_ROUNDS = 5  # of turning rows apart
PRIMES = (2305843009213693951, 9223372036854775783, 4611686018427387847)  # of 61 to 63 bits


class ContradictionError(InfeasibleError):
    """``X beta = y`` has no solution, proved in exact arithmetic.

    Attributes:
        witness: rationals w, one a row, with ``w X = 0`` and ``w y != 0``.
        distance: a lower bound of the distance of y from the range of X (l2).
    """

    def __init__(self, witness: tuple[Fraction, ...], off: Fraction) -> None:
        rows = [i for i, entry in enumerate(witness) if entry]
        listed = ", ".join(map(str, rows[:6])) + (", ..." if len(rows) > 6 else "")
        self.witness = witness
        self.distance = abs(float(off)) / float(np.linalg.norm([float(w) for w in witness]))
        ValueError.__init__(
            self,
            f"X beta = y has no solution, exactly: a combination of the rows {listed} of X is 0, "
            f"that of y is {float(off):.6g} (y is at least {self.distance:.3g} away from the "
            "range of X); drop one of these rows, or pass data that are exact: fractions.Fraction "
            "or decimal strings in place of rounded doubles",
        )


@dataclass(frozen=True, eq=False)
class ExactData:
    """Equations ``X beta = y`` in rationals, reduced to independent rows that doubles can handle.

    Attributes:
        X: (n, d), n = rank.
        y: (n, 1).
        doubles: (n, d) X rounded.
        rows: the n rows kept.
        mix: (n, n) what they were multiplied by; None for 1.
        given: (N, d) and (N, 1) X and y as they were.
    """

    X: fmpq_mat
    y: fmpq_mat
    doubles: Matrix
    rows: tuple[int, ...]
    mix: fmpq_mat | None
    given: tuple[fmpq_mat, fmpq_mat]

    @classmethod
    def from_user(cls, X: Any, y: Any) -> "ExactData":
        """Check the data; ValueError or TypeError name the flaw, ContradictionError proves it."""
        array = with_design_shape(_numbers(X.toarray() if sp.issparse(X) else X, "X"))
        count, d = array.shape
        design = [exact(entry, "X") for entry in array.ravel().tolist()]
        column = with_target_shape(_numbers(y, "y"), count)
        targets = [exact(entry, "y") for entry in column.tolist()]
        return cls.from_parts(fmpq_mat(count, d, design), fmpq_mat(count, 1, targets))

    @classmethod
    def from_parts(cls, X: fmpq_mat, y: fmpq_mat) -> "ExactData":
        """The same for X (N, d) and y (N, 1) that are rationals already."""
        given, (count, d) = (X, y), (X.nrows(), X.ncols())
        scales = [_row_scale([X[i, j] for j in range(d)]) for i in range(count)]
        if any(scale != 1 for scale in scales):
            diagonal = _diagonal(scales)
            X, y = diagonal * X, diagonal * y
        rows = independent_rows(X, y, scales)
        if len(rows) < count:
            X, y = take(X, rows, range(d)), take(y, rows, range(1))
        kept = [scales[i] for i in rows]
        mix = _diagonal(kept) if any(scale != 1 for scale in kept) else None
        for _ in range(MOST_ROUNDS):
            doubles = _doubles(X)
            change = _straightening(doubles)
            if change is None:
                break
            X, y, mix = change * X, change * y, change if mix is None else change * mix
        return cls(X, y, doubles, tuple(rows), mix, given)

    def dual(self, nu: Sequence[Any]) -> list[Any]:
        """(N,) the dual vector of the equations as given, for that of the rows kept; 0 on others.

        Its entries are balls or rationals, as those of nu.
        """
        values = list(nu)
        if self.mix is not None and values:
            if isinstance(values[0], fmpq):
                values = (self.mix.transpose() * fmpq_mat(len(values), 1, values)).entries()
            else:
                column = arb_mat(len(values), 1, values)
                values = (arb_mat(self.mix).transpose() * column).entries()
        dual = [0 * values[0] if values else fmpq(0)] * self.given[0].nrows()
        for row, value in zip(self.rows, values, strict=True):
            dual[row] = value
        return dual

    def residual(self, beta: Vector) -> float:
        """``||X beta - y|| / ||y||`` to the last digits, 0 when y = 0; X and y are those given."""
        X, y = (arb_mat(part) for part in self.given)
        column = arb_mat(len(beta), 1, [float(b) for b in beta])
        off, size = (_square_sum(part) for part in (X * column - y, y))
        # The ball of a sum that is 0 has a negative end.
        return float((off.upper() / size).sqrt()) if size != 0 else 0.0


def exact_start(start: Any, columns: int, depth: float) -> tuple[list[fmpq], list[fmpq]] | None:
    """``start=(a, b)`` as two positive vectors of d rationals; None stands for ones."""
    if start is None:
        return None
    a, b = as_pair(start, depth)
    return _positive(a, "start a", columns), _positive(b, "start b", columns)


def as_doubles(start: tuple[list[fmpq], list[fmpq]] | None) -> tuple[Vector, Vector] | None:
    """The start rounded to doubles."""
    if start is None:
        return None
    a, b = (np.array([to_float(w) for w in side]) for side in start)
    return a, b


def exact(value: Any, what: str) -> fmpq:
    """One number as the rational it is; a string stands for what it says, "0.1" for 1/10."""
    if isinstance(value, fmpq):
        return value
    if isinstance(value, float):
        try:
            return fmpq(*value.as_integer_ratio())
        except (OverflowError, ValueError):
            raise ValueError(f"{what} must be finite, got {value}") from None
    if isinstance(value, bool):
        return fmpq(int(value))
    try:
        return _rational(fraction(value))
    except (TypeError, ValueError, OverflowError, ZeroDivisionError):
        raise ValueError(
            f"{what} must be finite real numbers, got {value!r:.60}; exact ones are "
            "fractions.Fraction, decimal.Decimal or strings such as '0.1' and '1/3'"
        ) from None


def fraction(value: Any) -> Fraction:
    """A real number or a string as the Fraction it is; ValueError or TypeError where it is none."""
    if isinstance(value, (str, Decimal, float, int)):
        return Fraction(value)
    if isinstance(value, numbers.Rational):
        return Fraction(int(value.numerator), int(value.denominator))
    if isinstance(value, numbers.Real):
        return Fraction(float(value))
    raise TypeError(f"{value!r:.60} is no real number")


def independent_rows(X: fmpq_mat, y: fmpq_mat, scales: Iterable[Fraction]) -> list[int]:
    """A maximal set of independent rows, the first ones; the others are proved to follow.

    Rows that are independent modulo a prime are independent. ContradictionError, with its witness,
    where y does not follow as X does.
    """
    n, d = X.nrows(), X.ncols()
    for prime in PRIMES:
        rows = pivots(X.transpose(), prime)
        if len(rows) == n:
            return rows
        columns = pivots(take(X, rows, range(d)), prime)
        rest = [i for i in range(n) if i not in set(rows)]
        kept = take(X, rows, range(d))
        if rows:
            square = take(X, rows, columns).transpose()
            weights = square.solve(take(X, rest, columns).transpose()).transpose()
            implied, targets = weights * kept, weights * take(y, rows, range(1))
        else:
            weights, implied = fmpq_mat(len(rest), 0), fmpq_mat(len(rest), d)
            targets = fmpq_mat(len(rest), 1)
        if implied != take(X, rest, range(d)):
            continue  # the prime divides a minor of X: try another
        for k, i in enumerate(rest):
            if targets[k, 0] != y[i, 0]:
                combination = dict(
                    zip(rows, (weights[k, j] for j in range(len(rows))), strict=True)
                )
                combination[i] = fmpq(-1)
                witness = tuple(
                    to_fraction(combination.get(j, fmpq(0))) * scale
                    for j, scale in enumerate(scales)
                )
                raise ContradictionError(witness, to_fraction(targets[k, 0] - y[i, 0]))
        return rows
    raise ArithmeticError("the rank of X could not be decided; scale its entries")


def pivots(X: fmpq_mat, prime: int = PRIMES[0]) -> list[int]:
    """The first columns that are independent of those before them, modulo a prime."""
    if 0 in (X.nrows(), X.ncols()):
        return []
    numerators, _ = X.numer_denom()
    reduced, rank = nmod_mat(numerators, prime).rref()
    found = []
    column = 0
    for i in range(rank):
        while not int(reduced[i, column]):
            column += 1
        found.append(column)
    return found


def null_space(X: fmpq_mat) -> fmpq_mat:
    """(n, k) a basis of ``{v : X v = 0}``, as columns."""
    numerators, _ = X.numer_denom()
    basis, rank = fmpz_mat(numerators).nullspace()
    columns = range(basis.ncols())
    return take(fmpq_mat(basis), columns, range(rank)) if rank else fmpq_mat(len(columns), 0)


def take(X: fmpq_mat, rows: Iterable[int], columns: Iterable[int]) -> fmpq_mat:
    """The submatrix of these rows and columns."""
    rows, columns = list(rows), list(columns)
    if not rows or not columns:
        return fmpq_mat(len(rows), len(columns))
    return fmpq_mat(len(rows), len(columns), [X[i, j] for i in rows for j in columns])


def to_fraction(value: fmpq) -> Fraction:
    return Fraction(int(value.p), int(value.q))


def to_float(value: fmpq) -> float:
    """The nearest double; inf beyond the largest."""
    try:
        return int(value.p) / int(value.q)
    except OverflowError:
        return float("inf") if value > 0 else float("-inf")


def _square_sum(column: arb_mat) -> arb:
    return sum((entry * entry for entry in column.entries()), arb(0))


def _positive(values: Any, what: str, columns: int) -> list[fmpq]:
    array = as_columns(_numbers(values, what), what, columns)
    weights = [exact(entry, what) for entry in array.tolist()]
    for entry in weights:
        if entry <= 0:
            raise not_positive(what, to_float(entry))
    return weights


def _rational(value: Fraction) -> fmpq:
    return fmpq(value.numerator, value.denominator)


def _diagonal(scales: Sequence[Fraction]) -> fmpq_mat:
    matrix = fmpq_mat(len(scales), len(scales))
    for i, scale in enumerate(scales):
        matrix[i, i] = _rational(scale)
    return matrix


def _doubles(X: fmpq_mat) -> Matrix:
    return np.array([to_float(entry) for entry in X.entries()]).reshape(X.nrows(), X.ncols())


def _straightening(X: Matrix) -> fmpq_mat | None:
    """An invertible matrix that turns rows that are nearly dependent apart; None where none are.

    Rows that are dependent but for their rounding differ by numbers of that size, exactly, in which
    the next round finds independent rows.
    """
    if X.shape[0] < 2:
        return None
    sizes = la.norm(X, axis=1)
    lower = la.qr((X / sizes[:, None]).T, mode="r")[0][: X.shape[0]].T
    sines = np.abs(np.diag(lower))
    if sines.min() > SKEW:
        return None
    # What is below the rounding is not known any better.
    np.fill_diagonal(lower, np.where(sines > EPS, np.diag(lower), EPS))
    inverse = la.solve_triangular(lower, np.diag(1 / sizes), lower=True)
    entries = [fmpq(*entry.as_integer_ratio()) for entry in inverse.ravel().tolist()]
    return fmpq_mat(len(inverse), len(inverse), entries)


def _row_scale(row: list[fmpq]) -> Fraction:
    """The power of two that brings the largest entry near 1."""
    size = max((abs(entry) for entry in row), default=fmpq(0))
    if size == 0:
        return Fraction(1)
    shift = int(size.q).bit_length() - int(size.p).bit_length()
    return Fraction(1) if abs(shift) < 32 else Fraction(2) ** shift


def _numbers(values: Any, what: str) -> Any:
    array = as_array(values, what)
    if array.dtype.kind == "f":
        check_finite(array, what)
    if array.dtype.kind == "U":  # a mixed list of strings and numbers, which numpy made strings
        array = np.array(values, dtype=object)
    return array
