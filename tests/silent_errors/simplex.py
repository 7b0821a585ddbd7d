"""The least l1 norm in rationals, by a simplex method of its own.

``min ||beta||_1`` s.t. ``X beta = y`` is ``min 1.(u + v)``, ``X (u - v) = y``, ``u, v >= 0``. Any N
independent columns S are a feasible basis: ``z = X_S^-1 y``, with the signs of z. The multipliers
``nu = X_S^-T sign`` are a dual solution once ``|X^T nu| <= 1``.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy.optimize
from flint import fmpq, fmpq_mat

from tests.silent_errors.equations import Equations, take

SMALL = 400  # entries of X: below, the simplex method starts anywhere
MOST_PIVOTS = 5_000


@dataclass(frozen=True, eq=False)
class LeastL1:
    """A vertex of least l1 norm, proved: ``norm = y.nu = ||beta||_1``, ``|X^T nu| <= 1``.

    Attributes:
        beta: (d,). nu: one a row of the reduced equations, ``rows`` their indices. norm: the least.
        prices: (d,) ``X^T nu``. unique: whether there is no other minimiser.
    """

    beta: list[fmpq]
    nu: list[fmpq]
    rows: list[int]
    norm: fmpq
    prices: list[fmpq]
    unique: bool


def least_l1(equations: Equations) -> LeastL1:
    """The least l1 norm of consistent equations."""
    part = equations.reduced()
    n, d = part.X.nrows(), part.X.ncols()
    if n == 0:
        zeros = [fmpq(0)] * d
        return LeastL1(zeros, [], [], fmpq(0), zeros, True)
    order = _guess(part) if n * d > SMALL else list(range(d))
    table = _Table.of(part, order)
    table.pivot_to_the_end()
    beta = [fmpq(0)] * d
    for j, value in zip(table.basic, table.z, strict=True):
        beta[j] = value
    square = take(part.X, range(n), table.basic)
    nu = square.transpose().solve(fmpq_mat(n, 1, list(table.signs)))
    prices = list((part.X.transpose() * nu).entries())
    norm = sum((abs(b) for b in beta), start=fmpq(0))
    assert all(abs(price) <= 1 for price in prices)
    assert (nu.transpose() * part.y)[0, 0] == norm
    unique = _is_unique(part.X, beta, prices)
    return LeastL1(beta, list(nu.entries()), equations.dependences[0], norm, prices, unique)


class _Table:
    """``X_S^-1 X`` and ``z = X_S^-1 y``, S the basic columns."""

    def __init__(self, rows: list[list[fmpq]], z: list[fmpq], basic: list[int]) -> None:
        self.rows, self.z, self.basic = rows, z, basic
        self.signs = [1 if value >= 0 else -1 for value in z]

    @classmethod
    def of(cls, part: Equations, order: Sequence[int]) -> "_Table":
        n = part.X.nrows()
        reduced, rank = take(part.X, range(n), order).rref()
        assert rank == n
        basic = []
        k = 0
        for i in range(n):
            while reduced[i, k] == 0:
                k += 1
            basic.append(order[k])
        square = take(part.X, range(n), basic)
        table = square.solve(part.X).tolist()
        return cls(table, list(square.solve(part.y).entries()), basic)

    def pivot_to_the_end(self) -> None:
        """Dantzig's rule, and Bland's, which cannot cycle, after a step that gained nothing."""
        stalled = False
        for _ in range(MOST_PIVOTS):
            entering = self._entering(stalled)
            if entering is None:
                return
            stalled = self._pivot(*entering)
        raise ArithmeticError(f"{MOST_PIVOTS} pivots were not enough")

    def _entering(self, first: bool) -> tuple[int, int] | None:
        """(column, sign) whose reduced cost is negative: the first, or the most negative."""
        best, found = fmpq(1), None
        for j in range(len(self.rows[0])):
            price = sum(
                (row[j] if sign > 0 else -row[j])
                for row, sign in zip(self.rows, self.signs, strict=True)
            )
            if abs(price) > best:
                found = j, (1 if price > 0 else -1)
                if first:
                    return found
                best = abs(price)
        return found

    def _pivot(self, j: int, sign: int) -> bool:
        """Let ``sign e_j`` enter; True where the objective did not fall."""
        ratios = [
            (self.z[i] * self.signs[i] / rate, 2 * self.basic[i] + (self.signs[i] < 0), i)
            for i, row in enumerate(self.rows)
            if (rate := row[j] * self.signs[i] * sign) > 0
        ]
        step, _, i = min(ratios)  # ties by Bland's rule
        pivot = self.rows[i][j]
        leading = [entry / pivot for entry in self.rows[i]]
        value = self.z[i] / pivot
        for k, row in enumerate(self.rows):
            if k != i and row[j] != 0:
                factor = row[j]
                self.rows[k] = [e - factor * a for e, a in zip(row, leading, strict=True)]
                self.z[k] -= factor * value
        self.rows[i], self.z[i] = leading, value
        self.basic[i], self.signs[i] = j, sign
        return bool(step == 0)


def _guess(part: Equations) -> list[int]:
    """The columns, those first that HiGHS puts into its optimal vertex."""
    n, d = part.X.nrows(), part.X.ncols()
    A = np.array([_double(entry) for entry in part.X.entries()]).reshape(n, d)
    b = np.array([_double(entry) for entry in part.y.entries()])
    scale = np.abs(A).max(axis=1)
    A, b = A / scale[:, None], b / scale
    b = b / (np.abs(b).max() or 1.0)
    found = scipy.optimize.linprog(np.ones(2 * d), A_eq=np.hstack([A, -A]), b_eq=b, method="highs")
    if found.x is None:
        return list(range(d))
    sizes = np.abs(found.x[:d] - found.x[d:])
    return [int(j) for j in np.argsort(-sizes, kind="stable")]


def _double(value: fmpq) -> float:
    return int(value.p) / int(value.q)


def _is_unique(X: fmpq_mat, beta: Sequence[fmpq], prices: Sequence[fmpq]) -> bool:
    """Whether no direction keeps the equations and all that makes beta optimal.

    The other minimisers are 0 where ``|price| < 1``, and have its sign elsewhere. With W the part
    of the tied columns that are 0 in beta (of that sign) which the support does not span: there is
    one iff ``W eta = 0`` has a solution ``eta >= 0``, not 0.
    """
    support = [j for j, b in enumerate(beta) if b != 0]
    tied = [j for j, b in enumerate(beta) if b == 0 and abs(prices[j]) == 1]
    if not tied:
        return True
    n = X.nrows()
    together = take(X, range(n), support + tied)
    reduced, _ = together.rref()
    # The support is independent (a vertex), so its columns come first, as unit vectors.
    first = len(support)
    rows = [
        [reduced[i, first + k] * prices[j] for k, j in enumerate(tied)] for i in range(first, n)
    ]
    return not _has_positive_null_vector(rows, len(tied))


def _has_positive_null_vector(rows: list[list[fmpq]], count: int) -> bool:
    """Whether ``W eta = 0``, ``eta >= 0``, ``sum eta = 1`` has a solution: phase one with Bland's
    rule.
    """
    table = [[*row, fmpq(0)] for row in rows] + [[fmpq(1)] * count + [fmpq(1)]]
    basic = [-1] * len(table)  # artificial
    for _ in range(MOST_PIVOTS):
        artificial = [i for i, j in enumerate(basic) if j < 0]
        costs = [sum((table[i][j] for i in artificial), start=fmpq(0)) for j in range(count + 1)]
        if costs[-1] == 0:
            return True
        entering = next((j for j in range(count) if costs[j] > 0), None)
        if entering is None:
            return False
        _, _, i = min(
            (row[-1] / row[entering], basic[i], i)
            for i, row in enumerate(table)
            if row[entering] > 0
        )
        pivot = table[i][entering]
        table[i] = [entry / pivot for entry in table[i]]
        for k, row in enumerate(table):
            if k != i and row[entering] != 0:
                factor = row[entering]
                table[k] = [e - factor * a for e, a in zip(row, table[i], strict=True)]
        basic[i] = entering
    raise ArithmeticError(f"{MOST_PIVOTS} pivots were not enough")
