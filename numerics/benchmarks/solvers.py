"""The dual Newton solver against what people would use instead, as ratios within one run.

    OPENBLAS_NUM_THREADS=1 python numerics/benchmarks/solvers.py

Prints, for a Gaussian design with a sparse plant and noise: the path of 50 alphas from 1e1 to
1e-10000 against one HiGHS basis pursuit and against one product ``X diag(h) X^T``; 57 alphas from
1e2 to 1e-5 against one least squares; and how the time of one solve grows with d.
"""

import math
import os
import time
import tracemalloc
from collections.abc import Callable

import numpy as np
from scipy.optimize import linprog

import implicitbias as ib

LN10 = math.log(10.0)


def problem(N: int, d: int, nonzeros: int = 5) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    X = rng.standard_normal((N, d))
    return X, X[:, :nonzeros].sum(axis=1) + 0.1 * rng.standard_normal(N)


def ratio(ours: Callable[[], object], peer: Callable[[], object], runs: int) -> tuple[float, ...]:
    """Median times of both, run in turn, and the median of the ratios pair by pair."""
    pairs = []
    for _ in range(runs + 1):
        times = []
        for function in (ours, peer):
            begin = time.perf_counter()
            function()
            times.append(time.perf_counter() - begin)
        pairs.append(times)
    table = np.array(pairs[1:])  # the first pair warms up
    return *np.median(table, axis=0), float(np.median(table[:, 0] / table[:, 1]))


def show(what: str, ours: float, peer: float, times: float, must: str) -> None:
    print(
        f"{what:58s} {1e3 * ours:9.2f} ms {1e3 * peer:9.3f} ms  ratio {times:8.2f}  (must {must})"
    )


def main() -> None:
    print("BLAS threads:", os.environ.get("OPENBLAS_NUM_THREADS", "the default"))
    X, y = problem(100, 1000)
    logs = np.linspace(LN10, -10000 * LN10, 50)
    found = ib.path(X, y, log_alphas=logs)
    print("path of 50: largest error", max(s.error for s in found.solutions))

    def basis_pursuit() -> object:
        both = np.hstack([X, -X])
        return linprog(np.ones(2000), A_eq=both, b_eq=y, method="highs")

    weights = np.abs(found.betas[-1]) + 1e-3
    show(
        "path, 50 alphas to 1e-10000, against one basis pursuit",
        *ratio(lambda: ib.path(X, y, log_alphas=logs), basis_pursuit, 3),
        "<= 0.8",
    )
    show(
        "the same path against one product X diag(h) X^T",
        *ratio(lambda: ib.path(X, y, log_alphas=logs), lambda: (X * weights) @ X.T, 3),
        "<= 250",
    )
    small, targets = problem(40, 100)
    alphas = np.geomspace(1e2, 1e-5, 57)
    show(
        "57 alphas, N = 40, d = 100, against one lstsq",
        *ratio(
            lambda: ib.path(small, targets, alphas=alphas),
            lambda: np.linalg.lstsq(small, targets),
            5,
        ),
        "<= 70",
    )
    sizes, times = [10**3, 10**4, 10**5], []
    for d in sizes:
        X, y = problem(100, d)
        begin = time.perf_counter()
        ib.solve(X, y, alpha=1e-3)
        times.append(time.perf_counter() - begin)
    exponent = np.polyfit(np.log(sizes), np.log(times), 1)[0]
    print("solve at alpha 1e-3, N = 100:", dict(zip(sizes, np.round(times, 3), strict=True)))
    print(f"exponent of time in d: {exponent:.2f} (must <= 1.1)")
    tracemalloc.start()
    X, y = problem(100, 10**5)
    tracemalloc.reset_peak()
    ib.solve(X, y, alpha=1e-3)
    peak = tracemalloc.get_traced_memory()[1]
    print(f"peak traced memory: {peak / X.nbytes:.2f} times X (must <= 1.5)")


if __name__ == "__main__":
    main()
