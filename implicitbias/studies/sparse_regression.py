"""Sparse regression from starts of every scale: what generalises [woodworth2020, Fig. 1, 2c]."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from implicitbias.inputs.arrays import Vector
from implicitbias.potentials import potential_for
from implicitbias.solvers import PrecisionError, Solution, min_l1, min_l2, path, solve
from implicitbias.solvers.doubles.iterate import Outcome, Reached
from implicitbias.solvers.doubles.minimizer import Minimizer
from implicitbias.studies.planted_model import PlantedModel, planted_model

TOL = 1e-10  # on residual and gap, as the default of solve
LN10 = math.log(10)
WIDTH = 1 / 32  # of a bracket in decades of alpha^D, up to alpha^D = 1e-5; then it grows with them
# Decades of alpha^D: far out the depth-2 path moves with its logarithm only.
FAR = (-12, -15, -20, -30, -40, -60, -100)
DECADES = (*np.arange(2, -10.1, -0.5).tolist(), *map(float, FAR))


def draw_planted_model(
    seed: int, samples: int, columns: int, nonzeros: int, variance: float
) -> tuple[PlantedModel, dict[str, Any]]:
    """A planted model drawn from (seed, samples), and the columns that say so in each row."""
    rng = np.random.default_rng([seed, samples])
    planted = planted_model(rng, samples, columns, nonzeros, variance)
    return planted, {"seed": seed, "samples": samples, "columns": columns}


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
    planted, about = draw_planted_model(seed, samples, columns, nonzeros, variance)
    least_l1, least_l2 = min_l1(planted.X, planted.y), min_l2(planted.X, planted.y)

    def row(model: str, log10_alpha: float, solution: Solution) -> dict[str, Any]:
        beta = solution.beta
        l1 = np.abs(beta).sum() - np.abs(least_l1.beta).sum()
        return {
            **about,
            "model": model,
            "log10_alpha": log10_alpha,
            "population_error": planted.population_error(beta),
            "l1_excess": float(l1),
            "l2_excess": float(np.linalg.norm(beta) - np.linalg.norm(least_l2.beta)),
            "error": solution.error,
        }

    found = path(planted.X, planted.y, log_alphas=[LN10 * decade for decade in log10_alphas])
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

    A scan from ``alpha^D = 100`` down to 1e-100, by half decades and farther apart below 1e-10;
    the first crossing is halved down to 1/32 of a decade, or 1/160 of the exponent. Newton's method
    is followed without certificates; the two ends are certified. Keys:
    ``seed``, ``samples``, ``columns``, ``depth``, ``log10_above`` and ``log10_below`` (decades of
    alpha^D: the last that misses, the first that does not; -inf where there is none),
    ``error_above``, ``error_below`` (of the certified solutions; in balls where doubles do not
    certify), ``note`` (what went wrong).
    """
    planted, about = draw_planted_model(seed, samples, columns, nonzeros, variance)
    minimizer = Minimizer.for_data(planted.X, planted.y, depth, None, TOL)
    scan = _Scan(planted, minimizer, wanted)
    row = {**about, "depth": depth, "log10_above": math.inf, "log10_below": -math.inf}
    row |= {"error_above": math.nan, "error_below": math.nan, "note": ""}
    order = float(potential_for(depth).scale_exponent)
    try:
        ends = dict(zip(("above", "below"), scan.bracket(), strict=True))
        row |= {f"log10_{end}": decade for end, (decade, _) in ends.items()}
        for end, (decade, reached) in ends.items():
            if reached is not None:
                beta = _certified(planted, minimizer, LN10 * decade / order, reached)
                row[f"error_{end}"] = planted.population_error(beta)
    except ArithmeticError as error:
        row["note"] = str(error)
    if row["error_below"] > wanted or row["error_above"] <= wanted:
        row["note"] = "the certified solutions do not cross in the bracket"
    return [row]


def _certified(
    planted: PlantedModel, minimizer: Minimizer, log_alpha: float, reached: Reached
) -> Vector:
    """The solution for it; in balls where its bound in doubles is not small enough."""
    try:
        return minimizer.certified(log_alpha, reached).beta
    except PrecisionError:
        return solve(
            planted.X, planted.y, log_alpha=log_alpha, depth=minimizer.depth, digits="auto"
        ).beta


End = tuple[float, Reached | None]  # decade of alpha^D, and what Newton's method reached there


@dataclass(frozen=True, eq=False)
class _Scan:
    """Newton's method along falling alpha^D."""

    planted: PlantedModel
    minimizer: Minimizer
    wanted: float

    def bracket(self) -> tuple[End, End]:
        """The decades that miss and reach what is wanted; (inf, None), (-inf, None) for none."""
        above: End = (math.inf, None)
        for decade in DECADES:
            found = self._at(decade, above[1])
            if self._reaches(found):
                break
            above = decade, found
        else:
            return above, (-math.inf, None)
        below: End = (decade, found)
        while above[1] and above[0] - below[0] > max(WIDTH, abs(below[0]) * WIDTH / 5):
            decade = (above[0] + below[0]) / 2
            found = self._at(decade, above[1])
            if self._reaches(found):
                below = decade, found
            else:
                above = decade, found
        return above, below

    def _at(self, decade: float, begin: Reached | None) -> Reached:
        newton = self.minimizer.newton()
        found = newton.solve(-LN10 * decade, None if begin is None else begin.iterate)
        if found.outcome is Outcome.STALLED:
            raise ArithmeticError(f"Newton's method did not reach alpha^D = 1e{decade:g}")
        return found

    def _reaches(self, reached: Reached) -> bool:
        beta = self.minimizer.problem.beta(reached.iterate.point.z)
        return self.planted.population_error(beta) <= self.wanted


def l1_error(
    seed: int, samples: int, columns: int, nonzeros: int, variance: float
) -> list[dict[str, Any]]:
    """One row: the population error of the least l1 norm, in ``l1_error``."""
    planted, about = draw_planted_model(seed, samples, columns, nonzeros, variance)
    return [{**about, "l1_error": planted.population_error(min_l1(planted.X, planted.y).beta)}]
