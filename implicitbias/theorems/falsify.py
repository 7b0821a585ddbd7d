"""Counterexamples to a claim: 60 digits at random and extreme points where its hypotheses hold.

It shares nothing with the tactics. A draw meets bounds, with an inclination to meet them exactly,
so that a bound without slack shows.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import mpmath
import sympy as sp

from implicitbias.theorems.concrete import NoPointError, unknowns_of
from implicitbias.theorems.gaps import (
    CLEAR,
    DIGITS,
    SPARE,
    Evaluator,
    Numbers,
    difference,
    gap_of,
    violation,
)
from implicitbias.theorems.problem import Problem, problem_of

__all__ = ["Falsified", "Finding", "Inconclusive", "Survived", "falsify"]

SURE = (1000, 8000)  # digits for a counterexample once more, so that it is not cancellation
ENOUGH = 12  # admissible points without which "no counterexample" says nothing
MOVES = 40  # of a walk
PATIENCE = 5  # moves that come no nearer to where the hypotheses hold
HOPELESS = 3  # starts without an admissible point after which another system is tried


@dataclass(frozen=True)
class Falsified:
    """The hypotheses hold at a point and the conclusion does not.

    Attributes:
        point: the value of each unknown, with 60 digits.
        gap: how far the conclusion is from holding, relative to its sides; < 0. None where a side
            is not a real number.
    """

    point: Mapping[sp.Basic, Any]
    gap: Any

    def __str__(self) -> str:
        values = sorted(self.point.items(), key=str)
        shown = ", ".join(f"{name} = {mpmath.nstr(value, 6)}" for name, value in values)
        off = "undefined" if self.gap is None else f"off by {mpmath.nstr(-self.gap, 3)}"
        return f"{shown}: {off}"


@dataclass(frozen=True)
class Survived:
    """The conclusion holds at all points that were met, which proves nothing.

    Attributes:
        points: how many of them satisfied the hypotheses.
    """

    points: int

    def __str__(self) -> str:
        return f"{self.points} points"


@dataclass(frozen=True)
class Inconclusive:
    """Too few points satisfied the hypotheses.

    Attributes:
        reason: how many, and what was in the way.
    """

    reason: str

    def __str__(self) -> str:
        return self.reason


Finding = Falsified | Survived | Inconclusive

Gene = tuple[int, float, float]

_ERRORS = (ArithmeticError, ValueError, TypeError, OverflowError, mpmath.libmp.NoConvergence)


def falsify(
    hypotheses: Sequence[sp.Basic],
    conclusion: sp.Basic,
    every: Sequence[sp.Symbol],
    *,
    seed: int = 0,
    seconds: float = 2.0,
) -> Finding:
    """Look for a point at which the hypotheses hold and the conclusion does not.

    Args:
        hypotheses: relations.
        conclusion: a relation.
        every: the symbols for every value of which the hypotheses hold, as `Statement.every` gives.
        seed: of the draws.
        seconds: after which no further point is drawn.
    """
    rng = random.Random(seed)
    end, met, trouble = time.monotonic() + seconds, 0, "no point satisfies the hypotheses"
    with mpmath.workdps(DIGITS):
        while time.monotonic() < end:
            try:
                problem = problem_of(hypotheses, conclusion, every, rng)
            except (NoPointError, *_ERRORS) as error:
                trouble = f"{type(error).__name__}: {error}"
                continue
            found = _search(problem, rng, min(end, time.monotonic() + seconds / 6))
            if isinstance(found, Falsified):
                return found
            met += found.points
    if met < ENOUGH:
        return Inconclusive(f"{met} admissible points; {trouble}")
    return Survived(met)


def _search(problem: Problem, rng: random.Random, end: float) -> Falsified | Survived:
    """Draw points, walk from each to where the hypotheses hold, and on towards a smaller gap."""
    evaluate = Evaluator()
    met = draws = 0
    while time.monotonic() < end and (met or draws < HOPELESS):
        draws += 1
        genes = {name: _gene(rng) for name in problem.unknowns}
        best: tuple[Any, Any] | None = None  # how far off the hypotheses, then the gap
        improved = 0
        for move in range(MOVES):
            if time.monotonic() > end:
                break
            trial = _moved(genes, rng) if move else genes
            try:
                numbers = _numbers(problem, trial, evaluate)
                off = violation(problem.rows, numbers, evaluate)
                gap = mpmath.inf if off else gap_of(problem.conclusion, numbers, evaluate)
                if (gap is None or gap < -CLEAR) and _is_sure(problem, trial, evaluate):
                    return Falsified(numbers, gap)
            except (NoPointError, *_ERRORS):
                if best is None and move > 4:
                    break
                continue
            met += not off
            here = (off, mpmath.inf if gap is None else gap)
            if best is None or here <= best:
                best, genes, improved = here, trial, move
            if not genes:
                return Survived(0 if off else max(met, ENOUGH))  # nothing is free: that decides
            if best[0] and move - improved > PATIENCE:
                break
    return Survived(met)


def _moved(genes: Mapping[sp.Basic, Gene], rng: random.Random) -> dict[sp.Basic, Gene]:
    """One or two unknowns drawn anew, shifted a little, or drawn like another one."""
    trial = dict(genes)
    for name in rng.sample(list(genes), min(len(genes), rng.choice((1, 1, 2)))):
        toss = rng.random()
        if toss < 0.2:
            trial[name] = rng.choice(list(genes.values()))
        else:
            trial[name] = _gene(rng) if toss < 0.6 else _near(trial[name], rng)
    return trial


def _is_sure(problem: Problem, genes: Mapping[sp.Basic, Gene], evaluate: Evaluator) -> bool:
    """Whether the same point, computed again with many more digits, says the same.

    What is rounding alone is as large as itself in relation to sides that are rounding too; but
    with more digits it is smaller.
    """
    gaps, differences = [], []
    rows = (*problem.rows, problem.conclusion)
    for digits in (DIGITS, DIGITS + 30) if any(r.has(sp.Integral) for r in rows) else SURE:
        with mpmath.workdps(digits):
            numbers = _numbers(problem, genes, evaluate)
            if violation(problem.rows, numbers, evaluate):
                raise NoPointError("a hypothesis was within rounding")
            gaps.append(gap_of(problem.conclusion, numbers, evaluate))
            differences.append(difference(problem.conclusion, numbers, evaluate))
    if None in gaps:
        return gaps == [None, None]
    stays = abs(differences[0] - differences[1]) <= abs(differences[1]) / 100
    return bool(max(gaps) < -CLEAR and stays)


def _gene(rng: random.Random) -> Gene:
    return rng.randrange(12), rng.random(), rng.random()


def _near(gene: Gene, rng: random.Random) -> Gene:
    kind, u, v = gene
    return kind, min(1.0, max(0.0, u + rng.gauss(0, 0.1) * rng.random() ** 2)), v


def _numbers(problem: Problem, genes: Mapping[sp.Basic, Gene], evaluate: Evaluator) -> Numbers:
    numbers: Numbers = {}

    def value(name: sp.Basic) -> Any:
        if name not in numbers:
            numbers[name] = compute(name)
        return numbers[name]

    def at(expr: sp.Expr) -> Any:
        return evaluate(expr, {n: value(n) for n in unknowns_of(expr)})

    def compute(name: sp.Basic) -> Any:
        if name in problem.defined:
            return at(problem.defined[name])
        if name in problem.solved:
            residual = problem.solved[name]
            others = {n: value(n) for n in unknowns_of(residual) - {name}}
            function = lambda x: evaluate(residual, {**others, name: x})  # noqa: E731
            return _root(function, genes[name], *ends(name))
        return _draw(*ends(name), genes[name])

    def ends(name: sp.Basic) -> tuple[Any, Any]:
        low, high = -mpmath.inf, mpmath.inf
        if name.is_positive or name.is_nonnegative:
            low = mpmath.mpf(0)
        for side, bound in problem.bounds.get(name, ()):
            if side > 0:
                low = max(low, at(bound))
            else:
                high = min(high, at(bound))
        return low, high

    for name in problem.unknowns:
        value(name)
    for name, number in numbers.items():
        if not abs(number) < mpmath.mpf(10) ** 40 or mpmath.im(number) != 0:
            raise NoPointError(f"{name} = {number}")
        if (name.is_positive and number <= 0) or (name.is_nonnegative and number < 0):
            raise NoPointError(f"{name} = {number}")
    return numbers


def _draw(low: Any, high: Any, gene: Gene) -> Any:
    """A number between the ends: in the middle, near an end, at an end; over many scales."""
    kind, u, v = gene
    u_ = mpmath.mpf(u)
    if not low <= high:
        raise NoPointError("empty interval")
    scale = mpmath.mpf(10) ** ((2 * u_ - 1) * (0.5, 1, 1, 2)[kind % 4])
    if mpmath.isfinite(low) and mpmath.isfinite(high):
        if kind < 5:
            return low + (high - low) * u_
        near = (high - low) * mpmath.mpf(10) ** (-(1 + 8 * u_)) if kind < 9 else mpmath.mpf(0)
        return high - near if v < 0.5 else low + near
    if mpmath.isfinite(low):
        tight = kind >= 9 and low != 0  # a sign that a symbol assumes is strict
        return low + (0 if tight else scale if low == 0 else scale * abs(low) * kind)
    if mpmath.isfinite(high):
        return high - (0 if kind >= 9 else scale if high == 0 else scale * abs(high) * kind)
    if kind == 11 and v < 0.3:
        return mpmath.mpf(round(4 * u) - 2)
    return scale * (1 if v < 0.5 else -1)


def _root(function: Callable[[Any], Any], gene: Gene, low: Any, high: Any) -> Any:
    """A zero: between two signs where there are ends, else by secants from a drawn start."""
    if mpmath.isfinite(low) and mpmath.isfinite(high):
        inside = [low + (high - low) * (k + mpmath.mpf(gene[1]) / 2) / 9 for k in range(9)]
        values = [function(x) for x in inside]
        tiny = max(map(abs, values)) * mpmath.mpf(10) ** (SPARE - mpmath.mp.dps)
        for end in (low, high):  # where a bound is met exactly
            try:
                if abs(function(end)) < tiny:
                    return end
            except ZeroDivisionError:
                continue
        for k in range(8):
            if mpmath.im(values[k]) == mpmath.im(values[k + 1]) == 0 and (
                mpmath.re(values[k]) * mpmath.re(values[k + 1]) <= 0
            ):
                return mpmath.findroot(function, inside[k : k + 2], solver="anderson", verify=False)
        raise NoPointError("no change of sign")
    a = _draw(low, high, gene)
    b = a * mpmath.mpf("1.25")
    f_a, f_b = function(a), function(b)
    for _ in range(80):
        if f_b == 0 or abs(b - a) < abs(b) * mpmath.mpf(10) ** (3 - mpmath.mp.dps):
            return b
        if f_a == f_b:
            raise NoPointError("flat")
        a, b, f_a = b, b - f_b * (b - a) / (f_b - f_a), f_b
        f_b = function(b)
        if mpmath.im(f_b) != 0:
            raise NoPointError("complex")
    raise NoPointError("no root")
