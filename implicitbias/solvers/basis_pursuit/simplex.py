"""The simplex method in rationals: from a basis that is nearly optimal to one that is."""

from collections.abc import Sequence
from dataclasses import dataclass

from flint import fmpq, fmpq_mat

from implicitbias.inputs.exact import take


@dataclass(frozen=True, eq=False)
class Vertex:
    """A vertex of ``min c.x`` s.t. ``A x = b, x >= 0``, and its dual vector.

    Attributes:
        columns: n columns of A, independent. x: the n entries there, >= 0; the others are 0.
        nu: (n,) with ``(A^T nu)_i = c_i`` on the columns.
        prices: (d,) ``A^T nu``; the vertex is optimal if they are <= c.
    """

    columns: tuple[int, ...]
    x: tuple[fmpq, ...]
    nu: tuple[fmpq, ...]
    prices: tuple[fmpq, ...]

    @classmethod
    def at(
        cls, A: fmpq_mat, b: fmpq_mat, costs: Sequence[fmpq], columns: Sequence[int]
    ) -> "Vertex":
        """The vertex of these columns, which may not be feasible."""
        n = A.nrows()
        if n == 0:
            return cls((), (), (), (fmpq(0),) * A.ncols())
        square = take(A, range(n), columns)
        x = square.solve(b).entries()
        nu = square.transpose().solve(fmpq_mat(n, 1, [costs[j] for j in columns]))
        prices = (nu.transpose() * A).entries()
        return cls(tuple(columns), tuple(x), tuple(nu.entries()), tuple(prices))


def minimise(A: fmpq_mat, b: fmpq_mat, costs: Sequence[fmpq], columns: Sequence[int]) -> Vertex:
    """An optimal vertex of ``min c.x`` s.t. ``A x = b, x >= 0``, from a feasible basis.

    The column that costs most less than its price enters; after a step that gains nothing, the
    first such column does until a step gains again, so that no basis comes twice [bland1977].

    Args:
        A: (n, d) of rank n. b: (n, 1). costs: d. columns: n independent ones, with x >= 0 there.

    Raises:
        ValueError: the columns are not feasible.
        ArithmeticError: the minimum is minus infinity.
    """
    n, stuck = A.nrows(), False
    while True:
        here = Vertex.at(A, b, costs, columns)
        if any(entry < 0 for entry in here.x):
            raise ValueError("the basis to start from is not feasible")
        gains = [price - cost for price, cost in zip(here.prices, costs, strict=True)]
        better = [i for i, gain in enumerate(gains) if gain > 0]
        if not better:
            return here
        entering = better[0] if stuck else max(better, key=gains.__getitem__)
        square = take(A, range(n), here.columns)
        slope = square.solve(take(A, range(n), [entering])).entries()
        ratios = [
            (x / s, column, k)
            for k, (x, s, column) in enumerate(zip(here.x, slope, here.columns, strict=True))
            if s > 0
        ]
        if not ratios:
            raise ArithmeticError("the linear program is unbounded")
        step, _, leaving = min(ratios)
        stuck = step == 0
        columns = [entering if k == leaving else j for k, j in enumerate(here.columns)]
