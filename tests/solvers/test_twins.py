"""The two twins, Newton on the dual and the cone program, over a corpus of hostile problems."""

import math
from collections import Counter
from typing import Any

import numpy as np
import pytest
from hypothesis import given, note, settings
from hypothesis import strategies as st

from implicitbias import PrecisionError, Solution, solve
from implicitbias.solvers.conic import solve_conic
from tests.strategies import Problem, problems

DEPTHS = [2, 2.5, 3, 4, 5, math.inf]
EASY = [3.0, 1.0, 0.1, 0.01]  # alpha that cones can take, and
HARD = [1e5, 1e-4, 1e-8, 1e-16]  # cannot
WRONG = 1e-3  # what solve_conic promises to refuse


def answer(solver: Any, problem: Problem, **model: float) -> tuple[Solution | None, bool]:
    """What a solver found, if anything, and whether it stands by it."""
    try:
        return solver(problem.X, problem.y, **model), True
    except PrecisionError as error:
        return error.reached, False
    except ArithmeticError:
        return None, False


def verdict(problem: Problem, depth: float, alpha: float) -> str:
    """How the twins compare; AssertionError where they contradict each other."""
    newton, certified = answer(solve, problem, depth=depth, alpha=alpha)
    cone, believed = answer(solve_conic, problem, depth=depth, alpha=alpha)
    if newton is None or not certified:
        return "cone only" if believed else "neither"
    if cone is None:
        return "failure"
    size = np.abs(newton.beta).max() / (1 - newton.error)  # at least max|beta^|
    apart = np.abs(newton.beta - cone.beta).max()
    note(f"{problem.label} {problem.X.shape}: apart {apart:.3g}, size {size:.3g}, {cone}")
    # A bound that is not infinite holds, believed or not.
    if math.isfinite(cone.error):
        assert apart <= (newton.error + cone.error) * size
    if believed:
        return "equal"
    return "lie" if apart > WRONG * size > 0 else "refused"


def tally(alphas: list[float], examples: int) -> Counter[str]:
    counts: Counter[str] = Counter()

    @settings(max_examples=examples, derandomize=True, deadline=None, database=None)
    @given(problems(), st.sampled_from(DEPTHS), st.sampled_from(alphas))
    def sweep(problem: Problem, depth: float, alpha: float) -> None:
        counts[verdict(problem, depth, alpha)] += 1

    sweep()
    print(dict(counts))
    return counts


@pytest.mark.parametrize(("alphas", "share"), [(EASY, 2 / 3), (HARD, 1 / 3)])
def test_the_twins_agree(alphas: list[float], share: float) -> None:
    counts = tally(alphas, 300)
    assert counts["equal"] >= share * counts.total(), counts
