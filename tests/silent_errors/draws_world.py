"""The same easy problems under strict floating-point settings, and four at a time in threads."""

import dataclasses

import numpy as np

from tests.silent_errors.case import Case, ProblemClass
from tests.silent_errors.draws_shape import gaussian
from tests.silent_errors.world import THREADS

STRICT = ("solve", "digits", "auto", "path", "min_l1", "min_l1_exact", "min_l2", "flow")
STRICT += ("kernel_flow", "kernel_change", "conic", "explicit", "compare")


def _strict(rng: np.random.Generator, call: str) -> Case:
    """alpha^D from 1e-300, so that something underflows."""
    N = int(rng.integers(1, 5))
    X, y = rng.standard_normal((N, N + int(rng.integers(1, 7)))), rng.standard_normal(N)
    depth = [2, 3, 4][rng.integers(3)]
    name = call.removeprefix("strict ")
    if name == "explicit":
        depth = 2
    low = -0.5 if name.startswith(("flow", "kernel", "conic")) else -100 / depth
    case = Case.of(X, y, alpha=float(10 ** rng.uniform(low, 1)), depth=depth)
    return dataclasses.replace(case, extras={"betas": rng.standard_normal((1, X.shape[1]))})


def _threads(rng: np.random.Generator, call: str) -> Case:
    beside = [gaussian(rng, call) for _ in range(THREADS)]
    return dataclasses.replace(beside[0], extras={"beside": beside})


CLASSES = (
    ProblemClass(
        "strict_numpy",
        "Gaussian up to 4 x 10, alpha^D from 1e-100, where numpy raises at every floating-point "
        "event: right all the same.",
        (_strict,),
        tuple(f"strict {name}" for name in STRICT),
        count=260,
    ),
    ProblemClass(
        "threads",
        "Four Gaussian problems up to 8 x 20 at a time: each is right, and flint's precision is "
        "that of before.",
        (_threads,),
        ("threads solve", "threads digits", "threads min_l1_exact"),
        count=90,
        floor=0.995,
        seconds=40.0,
    ),
)
