"""Depths next to 2 and far from it, alphas from end to end, starts that are uneven or biased."""

import math
from fractions import Fraction

import numpy as np

from tests.silent_errors.case import Case, ProblemClass
from tests.silent_errors.draws import ENTRIES, any_alpha, any_depth


def _drawn(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    N = int(rng.integers(1, 6))
    d = N + int(rng.integers(1, 9))
    return rng.standard_normal((N, d)), rng.standard_normal(N)


def _near_two(rng: np.random.Generator) -> float:
    return float(2 + 10.0 ** -rng.choice([3, 6, 8, 9, 10, 12, 14, 15]))


def _next_to_two(rng: np.random.Generator, call: str) -> Case:
    X, y = _drawn(rng)
    return Case.of(X, y, alpha=any_alpha(rng, 2), depth=_near_two(rng))


def _a_hair_from_two(rng: np.random.Generator, call: str) -> Case:
    X, y = _drawn(rng)
    depth = 2 + Fraction(1, 10 ** int(rng.integers(16, 31)))
    return Case.of(X, y, alpha=any_alpha(rng, 2), depth=depth)


def _deep(rng: np.random.Generator, call: str) -> Case:
    X, y = _drawn(rng)
    depth = float(rng.choice([20, 50, 99.5, 200, 1000]))
    return Case.of(X, y, alpha=float(10 ** (rng.uniform(-30, 4) / depth)), depth=depth)


def _deep_and_small(rng: np.random.Generator, call: str) -> Case:
    """Depth 50 to 1000 at alphas that one would choose: alpha^D is 1e-50 to 1e-1000."""
    X, y = _drawn(rng)
    depth = float(rng.choice([50, 200, 1000]))
    log_alpha = -rng.uniform(50, 1000) * math.log(10) / depth
    return Case.of(X, y, log_alpha=float(log_alpha), depth=depth)


def _infinite(rng: np.random.Generator, call: str) -> Case:
    X, y = _drawn(rng)
    return Case.of(X, y, alpha=10 ** rng.uniform(-100, 4), depth=math.inf)


def _tiny_alpha(rng: np.random.Generator, call: str) -> Case:
    """ln alpha to -1e6 at depth 2, ln alpha^D to -3000 above."""
    X, y = _drawn(rng)
    depth = any_depth(rng)
    power = 1 if math.isinf(depth) else depth
    largest = 6 if depth == 2 else 3.4
    return Case.of(X, y, log_alpha=float(-(10 ** rng.uniform(1.5, largest)) / power), depth=depth)


def _huge_alpha(rng: np.random.Generator, call: str) -> Case:
    X, y = _drawn(rng)
    return Case.of(X, y, log_alpha=float(10 ** rng.uniform(1, 6)), depth=any_depth(rng))


def _uneven(rng: np.random.Generator, call: str) -> Case:
    """Both halves of the weights start over 1e-6 .. 1e6."""
    X, y = _drawn(rng)
    depth = [2, 3, 2.5, 4][rng.integers(4)]
    width = 6 if depth == 2 else 6 / depth
    a, b = 10 ** rng.uniform(-width, width, (2, X.shape[1]))
    return Case.of(X, y, alpha=any_alpha(rng, depth), depth=depth, start=(a, b))


def _even_but_wide(rng: np.random.Generator, call: str) -> Case:
    X, y = _drawn(rng)
    depth = [2, 3, 2.5, 5][rng.integers(4)]
    a = 10 ** rng.uniform(-6 / depth, 6 / depth, X.shape[1])
    return Case.of(X, y, alpha=any_alpha(rng, depth), depth=depth, start=(a, a.copy()))


def _wide_and_deep(rng: np.random.Generator, call: str) -> Case:
    X, y = _drawn(rng)
    X, y, depth = X[:3, :8], y[:3], [4, 5, 10][rng.integers(3)]
    a, b = 10 ** rng.uniform(-6, 6, (2, X.shape[1]))
    return Case.of(X, y, alpha=any_alpha(rng, depth), depth=depth, start=(a, b))


def _hair(rng: np.random.Generator, call: str) -> Case:
    """w_- starts apart from w_+ by a few roundings, or 1e-10 of itself."""
    X, y = _drawn(rng)
    d = X.shape[1]
    depth = [2, 3, 2.5, 5][rng.integers(4)]
    b = 1 + 10 ** rng.uniform(-16, -9, d) * rng.integers(-3, 4, d)
    size = 10 ** rng.uniform(-14, 0)
    return Case.of(X, y * size, alpha=any_alpha(rng, depth), depth=depth, start=(np.ones(d), b))


def _biased(rng: np.random.Generator, call: str) -> Case:
    X, y = _drawn(rng)
    depth = [2, 3, 2.5, 5][rng.integers(4)]
    a, b = 10 ** rng.uniform(-3, 3, 2)
    start = (float(a), float(b))
    return Case.of(X, y, alpha=any_alpha(rng, depth), depth=depth, start=start)


def _biased_to_nothing(rng: np.random.Generator, call: str) -> Case:
    """alpha^D about 1e-200 .. 1e-700: what the start leaves in a column that no equation needs."""
    X, y = _drawn(rng)
    X[:, 0] = 0
    d = X.shape[1]
    if rng.random() < 0.5:
        y = np.zeros(len(y))
    depth = [2, 3][rng.integers(2)]
    log_alpha = -rng.uniform(200, 700) * math.log(10) / depth
    start = (np.full(d, 2.0), np.ones(d))
    return Case.of(X, y, log_alpha=float(log_alpha), depth=depth, start=start)


def _near_two_biased(rng: np.random.Generator, call: str) -> Case:
    X, y = _drawn(rng)
    a, b = 10 ** rng.uniform(-1, 1, (2, X.shape[1]))
    return Case.of(X, y, alpha=any_alpha(rng, 2), depth=_near_two(rng), start=(a, b))


CLASSES = (
    ProblemClass(
        "next_to_two",
        "Gaussian up to 5 x 13 at depth 2 + 1e-3 to 2 + 1e-15: beta is next to that of depth 2.",
        (_next_to_two,),
        ENTRIES,
    ),
    ProblemClass(
        "a_hair_from_two",
        "The same at Fraction depths 2 + 1e-16 to 2 + 1e-30, which no double holds: with digits "
        "right for that depth; doubles may take it for 2, whose beta is the same to 1e-15.",
        (_a_hair_from_two,),
        ("digits", "auto", "solve"),
        count=150,
    ),
    ProblemClass(
        "deep",
        "The same at depths 20 to 1000, alpha^D from 1e-30 to 1e4: right.",
        (_deep,),
        ENTRIES,
    ),
    ProblemClass(
        "deep_and_small",
        "The same at depths 50 to 1000, alpha^D from 1e-50 to 1e-1000: right.",
        (_deep_and_small,),
        ENTRIES,
        count=160,
    ),
    ProblemClass(
        "infinite_depth",
        "The same at depth infinity, alpha from 1e-100 to 1e4: right.",
        (_infinite,),
        ENTRIES,
        count=200,
    ),
    ProblemClass(
        "tiny_alpha",
        "The same, ln alpha to -1e6 at depth 2 and ln alpha^D to -2500 above: right.",
        (_tiny_alpha,),
        ENTRIES,
    ),
    ProblemClass(
        "huge_alpha",
        "The same, ln alpha from 10 to 1e6: the l2 end, right.",
        (_huge_alpha,),
        ENTRIES,
    ),
    ProblemClass(
        "uneven_start",
        "The same from starts over 1e-6 to 1e6 (in alpha^D: 1e-12 to 1e12): right.",
        (_uneven,),
        ENTRIES,
    ),
    ProblemClass(
        "even_wide_start",
        "The same from starts with equal halves over 1e-6 to 1e6 in alpha^D: right.",
        (_even_but_wide,),
        ENTRIES,
        count=200,
    ),
    ProblemClass(
        "wide_deep_start",
        "The same at depths 4 to 10 from starts over 1e-6 to 1e6 (in alpha^D to 1e60): right where "
        "the minimiser is well conditioned.",
        (_wide_and_deep,),
        ENTRIES,
        count=80,
    ),
    ProblemClass(
        "hair_start",
        "The same from starts whose halves are 1e-16 to 1e-9 apart, y of size 1e-14 to 1: right.",
        (_hair,),
        ENTRIES,
    ),
    ProblemClass(
        "biased_start",
        "The same from two scalars over 1e-3 to 1e3: right.",
        (_biased,),
        ENTRIES,
    ),
    ProblemClass(
        "biased_to_nothing",
        "The same from (2, 1) at alpha^D from 1e-200 to 1e-700, one column 0, half of them y = 0: "
        "right, and no underflow is called exact.",
        (_biased_to_nothing,),
        ENTRIES,
        count=200,
    ),
    ProblemClass(
        "biased_next_to_two",
        "The same at depth 2 + 1e-3 to 2 + 1e-15 from starts over 0.1 to 10: right.",
        (_near_two_biased,),
        ENTRIES,
    ),
)
