"""How fast the l1 limit is reached, as far down in alpha as one likes, in certified digits."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from flint import arb, arb_mat, ctx, fmpq, fmpq_mat

from implicitbias.inputs.exact import take
from implicitbias.inputs.problem import Problem
from implicitbias.inputs.scale import as_scale
from implicitbias.solvers import min_l1
from implicitbias.solvers.balls.verified_solver import EnclosureError, VerifiedSolver
from implicitbias.solvers.certificate import ExactL1
from implicitbias.solvers.limits import CONSISTENT
from implicitbias.solvers.rich_bounds import RichBounds, predicted_rate
from implicitbias.studies.datasets import Dataset

COLUMNS = ["depth", "log10_alpha", "certified", "note", "log10_excess", "log10_distance"]
COLUMNS += ["predicted_slope", "bits"]
KERNEL = (1.0, 0.5, 0.0)  # log10 alpha of the first points
FIRST = 0.25  # -log10 alpha of the next


@dataclass(frozen=True, eq=False)
class Probe:
    """One data set beside its exact l1 limit.

    Attributes:
        dataset: the equations.
        limit: the l1 minimiser, exactly.
        prices: (d,) ``X^T nu``, exactly.
        support: its columns where they are a basis; else None.
    """

    dataset: Dataset
    limit: ExactL1
    prices: tuple[fmpq, ...]
    support: tuple[int, ...] | None

    @classmethod
    def of(cls, dataset: Dataset) -> "Probe":
        """Solves for the limit; errors as ``min_l1`` with exact.

        A row that follows from the others to within rounding (of centred data, say) is left out:
        taken exactly, it would be an equation of its own, between rounding errors.
        """
        problem = Problem.from_data(dataset.X, dataset.y, CONSISTENT)
        if len(problem.rows) < len(dataset.y):
            kept = np.sort(problem.rows)
            title = f"{dataset.title} ({len(dataset.y) - len(kept)} dependent left out)"
            dataset = replace(dataset, title=title, X=problem.X[kept], y=problem.y[kept])
        exact = min_l1(dataset.X, dataset.y, exact=True).exact
        assert exact is not None
        if exact.norm == 0:
            raise ValueError("y is 0, and so is beta at every alpha: there is nothing to probe")
        data = VerifiedSolver.for_data(dataset.X, dataset.y, 2, None).data
        nu = fmpq_mat(1, len(exact.dual), [fmpq(v.numerator, v.denominator) for v in exact.dual])
        support = tuple(i for i, b in enumerate(exact.beta) if b)
        is_basis = exact.unique and len(support) == data.X.nrows()
        prices = tuple((nu * data.given[0]).entries())
        return cls(dataset, exact, prices, support if is_basis else None)

    def row(self, depth: float, log10_alpha: float, digits: int) -> dict[str, Any]:
        """The figures at one alpha, by the names of COLUMNS."""
        row: dict[str, Any] = {"depth": depth, "log10_alpha": log10_alpha, "note": ""}
        row["predicted_slope"] = predicted_rate(self.limit, self.prices, depth)
        solver = VerifiedSolver.for_data(self.dataset.X, self.dataset.y, depth, None)
        try:
            found = solver.enclose(as_scale(log10_alpha=log10_alpha), digits)
        except EnclosureError as error:
            return {**row, "certified": False, "note": str(error)}
        with ctx.workprec(found.bits):
            return {
                **row,
                "certified": True,
                "log10_excess": _log10(self._excess(found.balls)),
                "log10_distance": _log10(self._distance(solver, found.balls)),
                "bits": found.bits,
            }

    def bounds(self, eps: float, depth: float) -> RichBounds:
        """What the theorems say of an excess of eps."""
        return RichBounds.of(float(self.limit.norm), len(self.prices), eps, depth)

    def _excess(self, beta: Sequence[arb]) -> arb:
        """``||beta||_1 / ||beta_L1||_1 - 1``, as ``sum_i |beta_i| (1 - sign(beta_i) (X^T nu)_i)``.

        No term is negative, and those of the support are exactly 0: nothing cancels.
        """
        norm = self.limit.norm
        terms = (
            abs(b) * (1 - price * (1 if b.mid() > 0 else -1))
            for b, price in zip(beta, self.prices, strict=True)
        )
        return sum(terms, arb(0)) / fmpq(norm.numerator, norm.denominator)

    def _distance(self, solver: VerifiedSolver, beta: Sequence[arb]) -> arb | None:
        """``||beta - beta_L1||_1 / ||beta_L1||_1``, on the support as ``-X_S^-1 X_I beta_I``."""
        if self.support is None:
            return None
        X, S = solver.data.X, self.support
        others = [i for i in range(len(beta)) if i not in set(S)]
        rest = arb_mat(len(others), 1, [beta[i] for i in others])
        square = arb_mat(take(X, range(len(S)), S))
        moved = square.solve(arb_mat(take(X, range(len(S)), others)) * rest)
        norm = fmpq(self.limit.norm.numerator, self.limit.norm.denominator)
        return sum((abs(e) for e in (*moved.entries(), *rest.entries())), arb(0)) / norm


def grid(to: float, points: int) -> list[float]:
    """log10 alpha from 1 down to ``to``, ever sparser: its logarithms are evenly spaced."""
    if not to < -FIRST or math.isinf(to):
        raise ValueError(f"the last alpha must be below 10^-{FIRST}, got 10^{to:g}")
    if points < len(KERNEL) + 2:
        raise ValueError(f"a probe needs at least {len(KERNEL) + 2} points, got {points}")
    tail = -np.geomspace(FIRST, -to, points - len(KERNEL))
    tail[-1] = to
    return [*KERNEL, *(float(f"{t:.6g}") for t in tail[:-1]), to]


def as_frame(rows: Sequence[dict[str, Any]]) -> pd.DataFrame:
    """Rows in the order of depth and falling alpha."""
    frame = pd.DataFrame(rows, columns=COLUMNS).astype({"bits": "Int64"})
    floats = ["depth", "log10_alpha", "log10_excess", "log10_distance", "predicted_slope"]
    frame = frame.astype(dict.fromkeys(floats, "float64"))
    return frame.sort_values(["depth", "log10_alpha"], ascending=[True, False], ignore_index=True)


def _log10(value: arb | None) -> float | None:
    """Of a positive ball's midpoint; None where the ball does not tell even the first digits."""
    if value is None or not value > 0 or not value.rel_accuracy_bits() > 10:
        return None
    return float(value.log() / arb(10).log())
