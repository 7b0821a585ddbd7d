"""Linear equations in rationals: which rows depend on which, least squares, least l2 norm.

Nothing of the package is imported here, nor rounded: the entries are the rationals that the data
are, and flint's ``rref`` and ``solve`` of rationals are exact.
"""

import functools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from flint import fmpq, fmpq_mat


@dataclass(frozen=True, eq=False)
class Equations:
    """``X beta = y`` in rationals.

    Attributes:
        X: (N, d). y: (N, 1).
    """

    X: fmpq_mat
    y: fmpq_mat

    @classmethod
    def of(cls, X: Iterable[Iterable[Any]], y: Iterable[Any]) -> "Equations":
        """From anything that ``Fraction`` takes, doubles among it."""
        rows = [[rational(entry) for entry in row] for row in X]
        targets = [rational(entry) for entry in y]
        flat = [entry for row in rows for entry in row]
        return cls(fmpq_mat(len(rows), len(rows[0]), flat), fmpq_mat(len(targets), 1, targets))

    @functools.cached_property
    def dependences(self) -> tuple[list[int], dict[int, list[fmpq]]]:
        """A maximal set of independent rows, the first ones; of each other row the coefficients
        with which it is their combination.
        """
        reduced, rank = self.X.transpose().rref()
        kept: list[int] = []
        others: dict[int, list[fmpq]] = {}
        for i in range(self.X.nrows()):
            step = len(kept)
            if step < rank and reduced[step, i] != 0:
                kept.append(i)
            else:
                others[i] = [reduced[k, i] for k in range(step)]
        return kept, others

    @functools.cached_property
    def contradiction(self) -> int | None:
        """The first row whose target does not follow from those it depends on; None: consistent."""
        kept, others = self.dependences
        for i, coefficients in others.items():
            implied = sum(
                (c * self.y[kept[k], 0] for k, c in enumerate(coefficients)), start=fmpq(0)
            )
            if implied != self.y[i, 0]:
                return i
        return None

    def reduced(self) -> "Equations":
        """The independent rows alone."""
        return self.rows(self.dependences[0])

    def rows(self, index: Sequence[int]) -> "Equations":
        """These rows alone."""
        everything = range(self.X.ncols())
        return Equations(take(self.X, index, everything), take(self.y, index, range(1)))

    def projected(self) -> "Equations":
        """The same with y replaced by what is nearest to it in the range of X."""
        kept, _ = self.dependences
        part = take(self.X, kept, range(self.X.ncols()))
        # X = C part, C of full column rank: the range of X is that of C.
        C = fmpq_mat(self.X.nrows(), len(kept), self._combinations())
        if not kept:
            return Equations(self.X, fmpq_mat(self.X.nrows(), 1))
        best = (C.transpose() * C).solve(C.transpose() * self.y)
        assert C * part == self.X
        return Equations(self.X, C * best)

    def _combinations(self) -> list[fmpq]:
        kept, others = self.dependences
        place = {row: k for k, row in enumerate(kept)}
        flat = []
        for i in range(self.X.nrows()):
            coefficients = others.get(i)
            if coefficients is None:
                flat += [fmpq(int(k == place[i])) for k in range(len(kept))]
            else:
                flat += coefficients + [fmpq(0)] * (len(kept) - len(coefficients))
        return flat

    def least_squares_norm(self, weights: Sequence[fmpq] | None = None) -> list[fmpq]:
        """(d,) the beta of least ``sum beta_i^2 / weights_i`` with ``X beta = y``, consistent."""
        part = self.reduced()
        d = self.X.ncols()
        if not part.X.nrows():
            return [fmpq(0)] * d
        weighted = part.X
        if weights is not None:
            weighted = fmpq_mat(
                part.X.nrows(),
                d,
                [part.X[i, j] * weights[j] for i in range(part.X.nrows()) for j in range(d)],
            )
        nu = (weighted * part.X.transpose()).solve(part.y)
        return list((weighted.transpose() * nu).entries())

    def image(self, beta: Sequence[fmpq]) -> list[fmpq]:
        """``X beta``."""
        return list((self.X * fmpq_mat(len(beta), 1, list(beta))).entries())


def rational(value: Any) -> fmpq:
    """A number as the rational it is."""
    if isinstance(value, fmpq):
        return value
    if isinstance(value, int):
        return fmpq(value)
    exact = Fraction(value) if not isinstance(value, Fraction) else value
    return fmpq(int(exact.numerator), int(exact.denominator))


def fraction(value: fmpq) -> Fraction:
    return Fraction(int(value.p), int(value.q))


def take(X: fmpq_mat, rows: Iterable[int], columns: Iterable[int]) -> fmpq_mat:
    """The submatrix of these rows and columns."""
    rows, columns = list(rows), list(columns)
    return fmpq_mat(len(rows), len(columns), [X[i, j] for i in rows for j in columns])


def square_norm(vector: Iterable[fmpq]) -> fmpq:
    return sum((entry * entry for entry in vector), start=fmpq(0))


def largest(vector: Iterable[fmpq]) -> fmpq:
    return max((abs(entry) for entry in vector), default=fmpq(0))
