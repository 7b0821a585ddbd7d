"""How much faster ``solve`` is than cvxpy with Clarabel on the same problem.

Run: python numerics/benchmarks/conic.py

N = 100, d = 1000, Gaussian X, five weights of one, noise 0.1, depth 2. Three solvers in turn, three
times over, and the median of each: ``solve``; ``solve_conic``; and the program as a cvxpy user
would write it, under Clarabel's default tolerances. Errors of the first two are certified, that of
the third is its distance from the first.
"""

import os

THREADS = os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # before numpy is imported

import math  # noqa: E402
import statistics  # noqa: E402
import time  # noqa: E402
import warnings  # noqa: E402
from collections.abc import Callable  # noqa: E402

import cvxpy as cp  # noqa: E402
import numpy as np  # noqa: E402

from implicitbias import PrecisionError, solve  # noqa: E402
from implicitbias.solvers.conic import solve_conic  # noqa: E402

RUNS = 3
ALPHAS = (1.0, 1e-1, 1e-2)
Vector = np.ndarray
Solver = Callable[[Vector, Vector, float], tuple[Vector, float]]  # beta, and a bound on its error


def data() -> tuple[Vector, Vector]:
    rng = np.random.default_rng(0)
    X = rng.standard_normal((100, 1000))
    return X, X[:, :5].sum(axis=1) + 0.1 * rng.standard_normal(100)


def newton(X: Vector, y: Vector, alpha: float) -> tuple[Vector, float]:
    solution = solve(X, y, alpha=alpha)
    return solution.beta, solution.error or 0.0


def twin(X: Vector, y: Vector, alpha: float) -> tuple[Vector, float]:
    try:
        solution = solve_conic(X, y, alpha=alpha)
    except PrecisionError as error:
        solution = error.reached
    return solution.beta, solution.error or 0.0


def plain(X: Vector, y: Vector, alpha: float) -> tuple[Vector, float]:
    """``min sum p ln p - p (1 + ln alpha^2) + the same for m`` s.t. ``X (p - m) = y``."""
    p, m = cp.Variable(X.shape[1], nonneg=True), cp.Variable(X.shape[1], nonneg=True)
    linear = (1 + 2 * math.log(alpha)) * cp.sum(p + m)
    program = cp.Problem(cp.Minimize(-cp.sum(cp.entr(p) + cp.entr(m)) - linear), [X @ (p - m) == y])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # "Solution may be inaccurate"
        program.solve(solver=cp.CLARABEL)
    return p.value - m.value, math.nan


def main() -> None:
    X, y = data()
    solvers: dict[str, Solver] = {"solve": newton, "solve_conic": twin, "plain cvxpy": plain}
    print(f"BLAS threads: {THREADS}; median of {RUNS} interleaved runs")
    print(f"{'alpha':>6} {'solver':>12} {'seconds':>9} {'/ solve':>8} {'error':>8}")
    newton(X, y, ALPHAS[0])  # imports and caches
    for alpha in ALPHAS:
        seconds: dict[str, list[float]] = {name: [] for name in solvers}
        found = {}
        for _ in range(RUNS):
            for name, solver in solvers.items():
                begin = time.perf_counter()
                found[name] = solver(X, y, alpha)
                seconds[name].append(time.perf_counter() - begin)
        exact = found["solve"][0]
        for name, (beta, bound) in found.items():
            error = np.abs(beta - exact).max() / np.abs(exact).max() if math.isnan(bound) else bound
            median = statistics.median(seconds[name])
            ratio = median / statistics.median(seconds["solve"])
            print(f"{alpha:>6g} {name:>12} {median:>9.4f} {ratio:>8.1f} {error:>8.1e}")


if __name__ == "__main__":
    main()
