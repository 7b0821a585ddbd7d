"""How the interpolator moves from the l2 to the l1 limit as the scale of the start shrinks."""

import itertools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from implicitbias.inputs.arrays import Vector, as_log_alpha
from implicitbias.solvers import (
    PrecisionError,
    Solution,
    min_l1,
    min_l2,
    solve,
    solve_explicit,
)
from implicitbias.solvers.certificate import Status
from implicitbias.studies.datasets import Dataset, from_arrays

COUNTS = 0.01  # a weight counts when it exceeds this share of the largest
# A limit's gap bounds the relative error of its norm, hence of the excess measured against it.
LIMIT_TOL = 1e-8

Progress = Callable[[float, float], None]


def compare(
    X: Any,
    y: Any,
    alphas: Sequence[float],
    depths: Sequence[float] = (2,),
    *,
    X_test: Any = None,
    y_test: Any = None,
    explicit: bool = False,
    progress: Progress | None = None,
) -> pd.DataFrame:
    """Solve along alpha and compare with the least l1 and the least l2 interpolator.

    Args:
        X: (N, d) real matrix, as for ``solve``.
        y: (N,).
        alphas: scales of the start, > 0.
        depths: D >= 2, ``math.inf`` too.
        X_test: (M, d) held-out rows; with y_test or not at all.
        y_test: (M,).
        explicit: also the weights nearest to the start, ``solve_explicit``.
        progress: called with (depth, log_alpha) after each solve.

    Returns:
        The rows of ``compare_dataset``: one a model, depth and alpha, one a limit. What doubles do
        not certify is a row too, with ``certified`` False and the reason in ``note``.

    Raises:
        ValueError, TypeError: what ``solve`` refuses; no alpha or depth; held-out rows that do not
            fit.
        InfeasibleError: no beta solves the equations.
        ArithmeticError: the l1 limit cannot be found.
    """
    dataset = from_arrays(X, y, X_test, y_test)
    for name, values in (("alphas", alphas), ("depths", depths)):
        if np.ndim(values) != 1:
            raise TypeError(f"{name} must be a list, such as [{values!r}], got {values!r}")
    log_alphas = [as_log_alpha(alpha, None) for alpha in alphas]
    return compare_dataset(dataset, list(depths), log_alphas, progress, explicit=explicit)


def compare_dataset(
    dataset: Dataset,
    depths: Sequence[float],
    log_alphas: Sequence[float],
    progress: Progress | None = None,
    solver: Callable[..., Solution] = solve,
    explicit: bool = False,
) -> pd.DataFrame:
    """One row a (depth, alpha), then, with ``explicit``, one a (depth, alpha) for the nearest
    weights, then one for each limit.

    Columns: ``model`` (implicit, explicit, min_l1, min_l2), ``depth``, ``alpha``, ``log_alpha``,
    ``certified``, ``note`` (why not), ``l1`` and ``l2`` (norms of beta), ``l1_excess`` =
    ``||beta||_1 / ||beta_L1||_1 - 1``, ``l2_excess`` likewise, ``weights`` (how many
    ``|beta_i|`` exceed 1 % of the largest), ``heldout_error`` (mean squared error on the held-out
    rows, relative to predicting 0), ``residual``, ``gap``, ``error``, ``iterations``. What does not
    apply or was not reached is nan.

    With ``explicit``, of its rows also ``||beta - b|| / ||b||`` for three implicit solutions b:
    ``from_alpha``, of the same depth at the same alpha; ``from_scale``, of twice the depth at
    ``sqrt(alpha)``, thus equal ``alpha^D`` (at D = 2 the two are one); ``from_l1``, of the same
    depth at the alpha with the same l1 norm, to 1e-6 of it (nan where no alpha between the
    extreme ones has it, or its excess is rounding).

    Args:
        dataset: the equations.
        depths: D >= 2, not empty.
        log_alphas: natural logarithms of the scales of the start, not empty.
        progress: called with (depth, log_alpha) after each solve.
        solver: ``implicitbias.solve`` or a stand-in.
        explicit: also ``solve_explicit``; infinite depths have none.

    Raises:
        ValueError: no depth or no alpha; what ``solve`` refuses.
        InfeasibleError: no beta solves the equations.
        ArithmeticError: the l1 limit cannot be found.
    """
    if not depths or not log_alphas:
        raise ValueError(
            f"compare needs a depth and an alpha, got {len(depths)} depths and {len(log_alphas)} "
            "alphas"
        )
    limits = {"min_l1": min_l1(dataset.X, dataset.y), "min_l2": min_l2(dataset.X, dataset.y)}
    least_l1 = float(np.abs(limits["min_l1"].beta).sum())
    least_l2 = float(np.linalg.norm(limits["min_l2"].beta))

    def figures(solution: Solution) -> dict[str, Any]:
        beta = solution.beta
        l1, l2 = float(np.abs(beta).sum()), float(np.linalg.norm(beta))
        return {
            "l1": l1,
            "l2": l2,
            "l1_excess": _excess(l1, least_l1),
            "l2_excess": _excess(l2, least_l2),
            "weights": count_weights(beta),
            "heldout_error": _heldout_error(dataset, beta),
            "residual": solution.residual,
            "gap": solution.gap,
            "error": solution.error,
            "iterations": solution.iterations,
        }

    rows: list[dict[str, Any]] = []
    for depth in depths:
        for log_alpha in log_alphas:
            reached, note = _attempt(solver, dataset, depth, log_alpha)
            rows.append(
                {
                    "model": "implicit",
                    "depth": depth,
                    # Rounded, so that 0.1 reads 0.1; log_alpha is what was solved for.
                    "alpha": float(f"{math.exp(log_alpha):.12g}"),
                    "log_alpha": log_alpha,
                    "certified": not note,
                    "note": note,
                    **(figures(reached) if reached else {}),
                }
            )
            if progress:
                progress(depth, log_alpha)
    if explicit:
        for depth in depths:
            if not math.isinf(depth):
                along = [row for row in rows if (row["model"], row["depth"]) == ("implicit", depth)]
                match = L1Match(dataset, depth, along, least_l1)
                for log_alpha in log_alphas:
                    rows.append(_explicit_row(dataset, depth, log_alpha, figures, match))
                    if progress:
                        progress(depth, log_alpha)
    for model, limit in limits.items():
        note = ""
        if not limit.certificate.holds(LIMIT_TOL):
            worst = max(limit.residual, limit.gap)
            note = f"residual or gap {worst:.2g} above {LIMIT_TOL:g}"
        rows.append({"model": model, "certified": not note, "note": note, **figures(limit)})
    columns, reals = (COLUMNS + DISTANCES, REALS + DISTANCES) if explicit else (COLUMNS, REALS)
    frame = pd.DataFrame(rows, columns=columns)
    whole = dict.fromkeys(("weights", "iterations"), "Int64")  # integers that may be missing
    return frame.astype({**dict.fromkeys(reals, "float64"), **whole})


def count_weights(beta: Vector) -> int:
    """How many ``|beta_i|`` exceed 1 % of the largest; 0 at beta = 0."""
    size = np.abs(beta)
    return int(np.sum(size > COUNTS * size.max()))


REALS = ["depth", "alpha", "log_alpha", "l1", "l2", "l1_excess", "l2_excess", "heldout_error"]
REALS += ["residual", "gap", "error"]
COLUMNS = ["model", "depth", "alpha", "log_alpha", "certified", "note", "l1", "l2", "l1_excess"]
COLUMNS += ["l2_excess", "weights", "heldout_error", "residual", "gap", "error", "iterations"]
DISTANCES = ["from_alpha", "from_scale", "from_l1"]
L1_TOL = 1e-6  # relative, of the matched l1 norm,
EXCESS_TOL = 1e-2  # and of its excess
ROUNDING = 1e-13  # of a norm
MATCH_STEPS = 60  # of halving a bracket in log alpha


@dataclass(frozen=True, eq=False)
class L1Match:
    """The implicit solution of a depth that has a given l1 norm.

    Args:
        known: the rows of that depth, which bracket the alpha.
        least: the least l1 norm. A norm so near to it that its excess is rounding has no match.
    """

    dataset: Dataset
    depth: float
    known: Sequence[dict[str, Any]]
    least: float

    def at(self, l1: float) -> Vector | None:
        """beta, or None where the l1 norms known do not bracket this one.

        The l1 norm rises with alpha in every case seen; a bracket is all that is used.
        """
        points = sorted((row["log_alpha"], row["l1"]) for row in self.known if "l1" in row)
        for (low, below), (high, above) in itertools.pairwise(points):
            if below <= l1 <= above:
                return self._between(l1, low, high)
        return None

    def _between(self, l1: float, low: float, high: float) -> Vector | None:
        near = min(L1_TOL * l1, EXCESS_TOL * (l1 - self.least))
        if near < ROUNDING * l1:
            return None
        for _ in range(MATCH_STEPS):
            middle = (low + high) / 2
            reached, _ = _attempt(solve, self.dataset, self.depth, middle)
            if reached is None:
                return None
            norm = float(np.abs(reached.beta).sum())
            if abs(norm - l1) <= near:
                return reached.beta
            low, high = (middle, high) if norm < l1 else (low, middle)
        return None


def _explicit_row(
    dataset: Dataset,
    depth: float,
    log_alpha: float,
    figures: Callable[[Solution], dict[str, Any]],
    match: L1Match,
) -> dict[str, Any]:
    reached, note = _attempt(solve_explicit, dataset, depth, log_alpha)
    if reached and reached.status is Status.STATIONARY:
        note = f"stationary: its distance from the start is at most {reached.gap:.2g} of it too far"
    elif reached and not note and reached.error is None:
        note = "no bound on its error"
    row = {
        "model": "explicit",
        "depth": depth,
        "alpha": float(f"{math.exp(log_alpha):.12g}"),
        "log_alpha": log_alpha,
        "certified": not note,
        "note": note,
    }
    if reached is None:
        return row
    others = {
        "from_alpha": _beta(_attempt(solve, dataset, depth, log_alpha)[0]),
        "from_scale": _beta(_attempt(solve, dataset, 2 * depth, log_alpha / 2)[0]),
        "from_l1": match.at(float(np.abs(reached.beta).sum())),
    }
    apart = {name: _distance(reached.beta, other) for name, other in others.items()}
    return {**row, **figures(reached), **apart}


def _beta(solution: Solution | None) -> Vector | None:
    return None if solution is None else solution.beta


def _distance(beta: Vector, other: Vector | None) -> float:
    if other is None:
        return math.nan
    return float(np.linalg.norm(beta - other) / (np.linalg.norm(other) or 1.0))


def _attempt(
    solver: Callable[..., Solution], dataset: Dataset, depth: float, log_alpha: float
) -> tuple[Solution | None, str]:
    """What was reached, and why it is not certified ("" where it is)."""
    try:
        return solver(dataset.X, dataset.y, log_alpha=log_alpha, depth=depth), ""
    except PrecisionError as error:
        return error.reached, error.reason
    except (
        ArithmeticError,
        np.linalg.LinAlgError,
    ) as error:  # no convergence: nothing to show, still a row
        return None, str(error) or type(error).__name__


def _excess(norm: float, least: float) -> float:
    return norm / least - 1 if least else 0.0  # least = 0 means y = 0, hence beta = 0


def _heldout_error(dataset: Dataset, beta: Vector) -> float:
    """Mean squared error on the held-out rows over that of predicting 0; nan without either."""
    if dataset.X_test is None or dataset.y_test is None or not dataset.y_test.any():
        return math.nan
    misses = dataset.X_test @ beta - dataset.y_test
    return float(np.mean(misses**2) / np.mean(dataset.y_test**2))
