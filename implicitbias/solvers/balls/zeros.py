"""Proof that entries of the minimiser are exactly 0, where the start is the same for all weights.

No ball of positive radius proves a zero. But let Z be the coordinates in question, the columns of V
a basis of ``{v : X_Z^T v = 0}``, and z the minimiser of the smaller problem ``V^T X z = V^T y`` on
the others, with its dual mu. Then (z, 0) with ``nu = V mu`` is stationary everywhere, so that it is
the minimiser of the whole problem as soon as ``r = X z - y`` vanishes. As coordinates whose columns
of ``V^T X`` are equal up to sign have equal z up to sign, r lies in the span C of the (signed) sums
of their columns of X and of y; and ``V^T r = 0``. So it is enough that V^T is injective on C, which
is a rank of rationals.
"""

from dataclasses import dataclass

from flint import fmpq, fmpq_mat

from implicitbias.inputs.exact import ExactData, null_space, take


@dataclass(frozen=True, eq=False)
class Reduction:
    """A smaller problem whose minimiser, 0 elsewhere, is that of the whole.

    Attributes:
        rest: the coordinates kept. V: (n, m) with ``nu = V mu``. data: the smaller problem.
    """

    rest: tuple[int, ...]
    V: fmpq_mat
    data: ExactData


def reduction(data: ExactData, zeros: list[int]) -> Reduction | None:
    """The problem without the entries that may be 0, if it is proved that they are."""
    n, d = data.X.nrows(), data.X.ncols()
    V = null_space(take(data.X, range(n), zeros).transpose())
    turned = V.transpose() * data.X if V.ncols() else fmpq_mat(0, d)
    rest = [i for i in range(d) if any(turned[k, i] != 0 for k in range(V.ncols()))]
    if set(rest) & set(zeros):
        return None
    sums: dict[tuple[fmpq, ...], list[fmpq]] = {}
    for i in rest:
        column = tuple(turned[k, i] for k in range(V.ncols()))
        negative = next(entry for entry in column if entry != 0) < 0
        key = tuple(-entry for entry in column) if negative else column
        total = sums.setdefault(key, [fmpq(0)] * n)
        for k in range(n):
            total[k] += -data.X[k, i] if negative else data.X[k, i]
    vectors = [*sums.values(), [data.y[k, 0] for k in range(n)]]
    C = fmpq_mat([[vector[k] for vector in vectors] for k in range(n)])
    kept_rank = (V.transpose() * C).rank() if V.ncols() else 0
    if kept_rank < C.rank():
        return None
    if not rest:
        empty = ExactData.from_parts(fmpq_mat(0, 0), fmpq_mat(0, 1))
        return Reduction((), V, empty)
    return Reduction(
        tuple(rest),
        V,
        ExactData.from_parts(take(turned, range(V.ncols()), rest), V.transpose() * data.y),
    )
