"""Sparse regression from starts of every scale: what generalises [woodworth2020, Fig. 1, 2c]."""

import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from implicitbias.solvers import PrecisionError, Solution, min_l1, min_l2, path
from implicitbias.solvers.minimize import Minimizer
from implicitbias.studies.plants import Plant, sparse_plant

TOL = 1e-10  # on residual and gap, as the default of solve
LN10 = math.log(10)
COARSE, FINE = 0.5, 8  # a scan steps by half a decade of alpha^D; the crossing is cut in 8
# Decades of alpha^D: far out the depth-2 path moves with its logarithm only.
FAR = (-12, -15, -20, -30, -40, -60, -100)
DECADES = (*np.arange(2, -10.1, -COARSE).tolist(), *map(float, FAR))


def plant_of(
    seed: int, samples: int, columns: int, nonzeros: int, variance: float
) -> tuple[Plant, dict[str, Any]]:
    """A plant drawn from (seed, samples), and the columns that say so in each row."""
    rng = np.random.default_rng([seed, samples])
    plant = sparse_plant(rng, samples, columns, nonzeros, variance)
    return plant, {"seed": seed, "samples": samples, "columns": columns}


def scales(
    seed: int,
    samples: int,
    columns: int,
    nonzeros: int,
    variance: float,
    log10_alphas: Sequence[float],
) -> list[dict[str, Any]]:
    """One row an alpha, at depth 2, and one for each limit.

    Keys: ``seed``, ``samples``, ``columns``, ``model`` (implicit, min_l1, min_l2),
    ``log10_alpha``, ``population_error`` ``||beta - beta*||^2``, ``l1_excess`` and ``l2_excess``
    (norms less the least ones), ``error`` (of the certificate).
    """
    plant, about = plant_of(seed, samples, columns, nonzeros, variance)
    least_l1, least_l2 = min_l1(plant.X, plant.y), min_l2(plant.X, plant.y)

    def row(model: str, log10_alpha: float, solution: Solution) -> dict[str, Any]:
        beta = solution.beta
        l1 = np.abs(beta).sum() - np.abs(least_l1.beta).sum()
        return {
            **about,
            "model": model,
            "log10_alpha": log10_alpha,
            "population_error": plant.population_error(beta),
            "l1_excess": float(l1),
            "l2_excess": float(np.linalg.norm(beta) - np.linalg.norm(least_l2.beta)),
            "error": solution.error,
        }

    found = path(plant.X, plant.y, log_alphas=[LN10 * decade for decade in log10_alphas])
    rows = [row("implicit", *pair) for pair in zip(log10_alphas, found.solutions, strict=True)]
    limits = row("min_l1", -math.inf, least_l1), row("min_l2", math.inf, least_l2)
    return [*rows, *limits]


def largest_scale(
    seed: int,
    samples: int,
    columns: int,
    nonzeros: int,
    variance: float,
    depth: float,
    wanted: float,
) -> list[dict[str, Any]]:
    """One row: the largest ``alpha^D`` with ``||beta - beta*||^2 <= wanted``, as a bracket.

    A scan from ``alpha^D = 100`` down, by half decades; the first crossing is cut in 8, and the
    first crossing of that is the bracket. Keys: ``seed``, ``samples``, ``columns``, ``depth``,
    ``log10_above`` and ``log10_below`` (decades of alpha^D: the last that misses, the first that
    does not; -inf where none down to 1e-100 gets there), ``error_above``, ``error_below``,
    ``note`` (why the scan ended early, or "").
    """
    plant, about = plant_of(seed, samples, columns, nonzeros, variance)
    minimizer = Minimizer.for_data(plant.X, plant.y, depth, None, TOL)
    order = 1.0 if math.isinf(depth) else depth  # alpha stands for alpha^D at depth infinity
    row = {**about, "depth": depth, "log10_above": math.inf, "log10_below": -math.inf}
    row |= {"error_above": math.nan, "error_below": math.nan, "note": ""}

    def scan(decades: Sequence[float]) -> bool:
        """Whether the wanted error is reached; the bracket goes into the row."""
        logs = [LN10 * decade / order for decade in decades]
        for decade, solution in zip(decades, _falling(minimizer, logs), strict=True):
            error = plant.population_error(solution.beta)
            if error <= wanted:
                row.update(log10_below=decade, error_below=error)
                return True
            row.update(log10_above=decade, error_above=error)
        return False

    try:
        if scan(DECADES) and math.isfinite(row["log10_above"]):
            scan(np.linspace(row["log10_above"], row["log10_below"], FINE + 1)[1:].tolist())
    except PrecisionError as error:
        row["note"] = error.reason
    return [row]


def l1_error(
    seed: int, samples: int, columns: int, nonzeros: int, variance: float
) -> list[dict[str, Any]]:
    """One row: the population error of the least l1 norm, in ``l1_error``."""
    plant, about = plant_of(seed, samples, columns, nonzeros, variance)
    return [{**about, "l1_error": plant.population_error(min_l1(plant.X, plant.y).beta)}]


def _falling(minimizer: Minimizer, log_alphas: Sequence[float]) -> Iterator[Solution]:
    """Certified solutions as ``path`` finds them, but no more than are asked for.

    PrecisionError at the first that doubles do not certify.
    """
    done = 0
    while done < len(log_alphas):
        for solution in minimizer.follow(log_alphas[done:]):
            if not minimizer.is_certified(solution):
                break
            done += 1
            yield solution
        else:
            continue
        yield minimizer.solve(log_alphas[done])
        done += 1
