"""Flows, descent, tangent kernels, the cone twin, explicit weights, alpha_needed and compare."""

import dataclasses
import math

import numpy as np

from tests.silent_errors.case import Case, Draw, ProblemClass
from tests.silent_errors.draws import integers

FLOWS = ("flow", "flow_weights")


def _drawn(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    N = int(rng.integers(1, 5))
    d = N + int(rng.integers(1, 7))
    return rng.standard_normal((N, d)), rng.standard_normal(N)


def _flow_gaussian(rng: np.random.Generator, call: str) -> Case:
    X, y = _drawn(rng)
    depth = [2, 3, 2.5, 4][rng.integers(4)]
    return Case.of(X, y, alpha=float(10 ** rng.uniform(-2, 1)), depth=depth)


def _flow_sized(rng: np.random.Generator, call: str) -> Case:
    """y times 1e-170 .. 1e170, alpha^D with it; or X and y times one power."""
    X, y = _drawn(rng)
    depth = [2, 3][rng.integers(2)]
    exponent = rng.uniform(-170, 170)
    log_alpha = math.log(10 ** rng.uniform(-1, 1))
    if rng.random() < 0.5:
        y, log_alpha = y * 10**exponent, log_alpha + exponent * math.log(10) / depth
    else:
        X, y = X * 10**exponent, y * 10**exponent
    return Case.of(X, y, log_alpha=float(log_alpha), depth=depth)


def _flow_small_targets(rng: np.random.Generator, call: str) -> Case:
    """y of 1e-1 .. 1e-300 at an alpha of size one: nothing moves far, but it moves."""
    X, y = _drawn(rng)
    y = y * 10 ** rng.uniform(-300, -1)
    return Case.of(X, y, alpha=float(10 ** rng.uniform(-1, 1)), depth=[2, 3][rng.integers(2)])


def _flow_hair(rng: np.random.Generator, call: str) -> Case:
    X, y = _drawn(rng)
    d = X.shape[1]
    b = 1 + 10 ** rng.uniform(-15.5, -9, d) * rng.integers(-3, 4, d)
    depth, alpha = [2, 3][rng.integers(2)], float(10 ** rng.uniform(-1, 1))
    size = 10 ** rng.uniform(-14, -6) * alpha**depth
    return Case.of(X, y * size, alpha=alpha, depth=depth, start=(np.ones(d), b))


def _flow_next_to_two(rng: np.random.Generator, call: str) -> Case:
    X, y = _drawn(rng)
    depth = float(2 + 10.0 ** -rng.choice([3, 6, 9, 12, 15]))
    start = None if rng.random() < 0.5 else tuple(10 ** rng.uniform(-1, 1, (2, X.shape[1])))
    settings = {} if start is None else {"start": start}
    return Case.of(X, y, alpha=float(10 ** rng.uniform(-2, 0)), depth=depth, **settings)


def _flow_uneven(rng: np.random.Generator, call: str) -> Case:
    X, y = _drawn(rng)
    depth = [2, 3][rng.integers(2)]
    start = tuple(10 ** rng.uniform(-4 / depth, 4 / depth, (2, X.shape[1])))
    return Case.of(X, y, alpha=float(10 ** rng.uniform(-1, 0)), depth=depth, start=start)


def _flow_dependent(rng: np.random.Generator, call: str) -> Case:
    """Rows that depend on others, with or without a contradiction: the least-squares solution."""
    rank, d = int(rng.integers(1, 4)), int(rng.integers(4, 9))
    basis = integers(rng, rank, d)
    X = np.vstack([basis, rng.integers(-1, 2, (2, rank)) @ basis]).astype(float)
    y = X @ rng.integers(-2, 3, d) + rng.integers(-1, 2, len(X)) * (rng.random() < 0.5)
    depth = [2, 3][rng.integers(2)]
    return Case.of(X, y.astype(float), alpha=float(10 ** rng.uniform(-1, 1)), depth=depth)


def _flow_scaled_rows(rng: np.random.Generator, call: str) -> Case:
    X, y = _drawn(rng)
    rows = 10 ** rng.uniform(-3, 3, len(y))
    depth = [2, 3][rng.integers(2)]
    alpha = float(10 ** rng.uniform(-1, 1))
    return Case.of(X * rows[:, None], y * rows, alpha=alpha, depth=depth)


def _step(case: Case, share: float) -> Case:
    """With a step that is this share of the edge of stability at the start or the end."""
    X, y = np.asarray(case.X), np.asarray(case.y)
    with np.errstate(all="ignore"):
        size = np.linalg.norm(X / np.abs(X).max(), 2) * np.abs(X).max()
        weight = max(case.settings["alpha"] ** case.depth, np.abs(y).max() / size) ** (
            1 / case.depth
        )
        step = (
            share
            / (case.depth**2 * size * weight ** (case.depth - 1))
            / (size * weight ** (case.depth - 1))
        )
    step = float(step) if 0 < step < math.inf else 1e-3
    return dataclasses.replace(case, extras={"step": step})


def _descent(rng: np.random.Generator, call: str) -> Case:
    X, y = _drawn(rng)
    alpha, depth = float(10 ** rng.uniform(-0.5, 0.5)), int(rng.integers(2, 5))
    return _step(Case.of(X, y, alpha=alpha, depth=depth), 0.05)


def _descent_sized(rng: np.random.Generator, call: str) -> Case:
    """y of 1e-300 .. 1e300 with weights of that size."""
    X, y = _drawn(rng)
    exponent = rng.uniform(-300, 300)
    case = Case.of(X, y * 10**exponent, alpha=float(10 ** (exponent / 2)), depth=2)
    return _step(case, 0.05)


def _kernel(scaled: float, near_two: bool = False) -> Draw:
    def draw(rng: np.random.Generator, call: str) -> Case:
        X, y = _drawn(rng)
        factor = 10 ** rng.uniform(-scaled, scaled)
        depth = float(2 + 10.0 ** -rng.choice([6, 9, 12, 15])) if near_two else 2
        depth = depth if near_two else [2, 3, 2.5, 5][rng.integers(4)]
        alpha = float(10 ** rng.uniform(-2, 2))
        case = Case.of(X * factor, y * factor, alpha=alpha, depth=depth)
        beta = rng.standard_normal((1, X.shape[1])) * alpha**depth * 10 ** rng.uniform(-3, 2)
        return dataclasses.replace(case, extras={"betas": beta})

    return draw


def _conic(low: float, high: float) -> Draw:
    def draw(rng: np.random.Generator, call: str) -> Case:
        X, y = _drawn(rng)
        depth = [2, 3, 4, math.inf][rng.integers(4)]
        return Case.of(X, y, alpha=float(10 ** rng.uniform(low, high)), depth=depth)

    return draw


def _explicit(rng: np.random.Generator, call: str) -> Case:
    X, y = _drawn(rng)
    return Case.of(X, y, alpha=float(10 ** rng.uniform(-4, 2)))


def _alpha_needed(rng: np.random.Generator, call: str) -> Case:
    X, y = rng.standard_normal((2, int(rng.integers(3, 7)))), rng.standard_normal(2)
    case = Case.of(X, y, depth=[2, 3][rng.integers(2)])
    return dataclasses.replace(case, extras={"eps": float(rng.choice([0.05, 0.2, 0.5]))})


def _alpha_needed_hard(rng: np.random.Generator, call: str) -> Case:
    """y of 1e-320 .. 1e300, or eps next to where the l2 limit itself is within it."""
    d = int(rng.integers(2, 5))
    X, y = rng.standard_normal((1, d)), rng.standard_normal(1)
    eps = float(rng.choice([0.05, 0.5]))
    if rng.random() < 0.5:
        y = y * 10 ** rng.uniform(-300, 300) * float(rng.choice([1.0, 1e-20]))
    else:
        row = np.abs(X[0])
        share = row.sum() * row.max() / (row @ row)  # ||beta_L2||_1 / ||beta_L1||_1
        eps = float((share - 1) * (1 + rng.choice([-1, 1]) * 10 ** rng.uniform(-16, -3)))
    case = Case.of(X, y, depth=[2, 3][rng.integers(2)])
    return dataclasses.replace(case, extras={"eps": max(eps, 1e-9)})


def _compare(rng: np.random.Generator, call: str) -> Case:
    X, y = _drawn(rng)
    rows = 10 ** rng.uniform(-4, 4, len(y)) if rng.random() < 0.5 else np.ones(len(y))
    alpha, depth = float(10 ** rng.uniform(-5, 2)), [2, 3][rng.integers(2)]
    return Case.of(X * rows[:, None], y * rows, alpha=alpha, depth=depth)


CLASSES = (
    ProblemClass(
        "flow",
        "Gaussian up to 4 x 10, alpha from 0.01 to 10, depth 2 to 4: the limit is that of solve.",
        (_flow_gaussian,),
        FLOWS,
        count=200,
        floor=0.995,
    ),
    ProblemClass(
        "flow_sized",
        "The same times 1e-170 to 1e170, alpha with it: the same flow in other units.",
        (_flow_sized,),
        FLOWS,
        count=200,
    ),
    ProblemClass(
        "flow_small_targets",
        "The same, y of size 1e-1 to 1e-300, alpha about 1: the kernel end, where beta is as small "
        "as y, and nothing that has not moved counts as converged.",
        (_flow_small_targets,),
        FLOWS,
        count=160,
    ),
    ProblemClass(
        "flow_hair",
        "The same, y of size 1e-14 to 1e-6 (over alpha^D) from halves 1e-15 to 1e-9 apart: right.",
        (_flow_hair,),
        FLOWS,
        count=160,
    ),
    ProblemClass(
        "flow_next_to_two",
        "The same at depths 2 + 1e-3 to 2 + 1e-15, half of them from uneven starts: right.",
        (_flow_next_to_two,),
        FLOWS,
        count=160,
    ),
    ProblemClass(
        "flow_uneven",
        "The same from starts over 1e-2 to 1e2: right.",
        (_flow_uneven,),
        FLOWS,
        count=160,
    ),
    ProblemClass(
        "flow_dependent",
        "Small integers up to 5 x 8 of rank up to 3, half of them contradicting: the limit is the "
        "minimiser for the nearest y in the range.",
        (_flow_dependent,),
        FLOWS,
        count=160,
    ),
    ProblemClass(
        "flow_scaled_rows",
        "Gaussian up to 4 x 10, rows times 1e-3 to 1e3: right, or a FlowError that says which.",
        (_flow_scaled_rows,),
        FLOWS,
        count=120,
        floor=0.5,
    ),
    ProblemClass(
        "descent",
        "The same, finite steps at depth 2 to 4: what it says of its loss holds.",
        (_descent,),
        ("descent",),
        count=100,
    ),
    ProblemClass(
        "descent_sized",
        "The same at depth 2, y of size 1e-300 to 1e300 and weights with it: the same steps.",
        (_descent_sized,),
        ("descent",),
        count=100,
    ),
    ProblemClass(
        "kernel",
        "The same: the kernel flow ends at its interpolant, and the change of the kernel is right "
        "to 1e-8 of itself.",
        (_kernel(0),),
        ("kernel_flow", "kernel_change"),
        count=200,
        floor=0.995,
    ),
    ProblemClass(
        "kernel_scaled",
        "The same, X and y times 1e-120 to 1e120: as above.",
        (_kernel(120),),
        ("kernel_flow", "kernel_change"),
        count=200,
    ),
    ProblemClass(
        "kernel_next_to_two",
        "The same at depths 2 + 1e-6 to 2 + 1e-15: as above.",
        (_kernel(0, near_two=True),),
        ("kernel_flow", "kernel_change"),
        count=120,
    ),
    ProblemClass(
        "conic",
        "Gaussian up to 4 x 10, alpha from 0.01 to 1: the twin is within the error it certifies.",
        (_conic(-2, 0),),
        ("conic",),
        count=100,
    ),
    ProblemClass(
        "conic_large_alpha",
        "The same, alpha from 10 to 1e4, where Clarabel fails: right or refused, and never called "
        "infeasible or unbounded.",
        (_conic(1, 4),),
        ("conic",),
        count=80,
        floor=0.1,
    ),
    ProblemClass(
        "explicit",
        "The same at depth 2, alpha from 1e-4 to 100: right.",
        (_explicit,),
        ("explicit",),
        count=100,
    ),
    ProblemClass(
        "alpha_needed",
        "Gaussian 2 x 3 to 2 x 6, eps 0.05 to 0.5, depths 2 and 3: the norms at both ends of the "
        "bracket are as proved.",
        (_alpha_needed,),
        ("alpha_needed",),
        count=40,
        seconds=30.0,
    ),
    ProblemClass(
        "alpha_needed_hard",
        "One row of up to 4, y of size 1e-320 to 1e300, or eps within 1e-3 to 1e-16 of the share "
        "at "
        "which the l2 end is within it: as above.",
        (_alpha_needed_hard,),
        ("alpha_needed",),
        count=40,
        floor=0.5,
        seconds=30.0,
    ),
    ProblemClass(
        "compare",
        "Gaussian up to 4 x 10, half of them with rows times 1e-4 to 1e4: each certified row is "
        "right.",
        (_compare,),
        ("compare",),
        count=100,
    ),
)
