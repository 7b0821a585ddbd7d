"""How much faster ``gradient_flow`` is than scipy's LSODA on the weights; and how exact.

Run: python numerics/benchmarks/flows.py

N = 40, d = 100, Gaussian X, five weights of one, noise 0.1, depth 2, rtol 1e-10, to a relative
residual of 1e-7 that is checked for both. Runs alternate; medians. The flow in the weights is what
one would write with ``solve_ivp(method="LSODA")``, given the time at which to stop.
"""

import os

THREADS = os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # before numpy is imported

import statistics  # noqa: E402
import time  # noqa: E402

import numpy as np  # noqa: E402
from scipy.integrate import solve_ivp  # noqa: E402

from implicitbias import gradient_flow, solve  # noqa: E402

RUNS = 5
RESIDUAL = 1e-7
MUST = {1e-3: 4, 1e-5: 6, 1e-30: 10}
Vector = np.ndarray


def data() -> tuple[Vector, Vector]:
    rng = np.random.default_rng(0)
    X = rng.standard_normal((40, 100))
    return X, X[:, :5].sum(axis=1) + 0.1 * rng.standard_normal(40)


def plain(X: Vector, y: Vector, alpha: float, end: float) -> Vector:
    """LSODA on the weights; atol below every weight, or the small ones are noise."""
    d = X.shape[1]

    def slope(_: float, w: Vector) -> Vector:
        pull = 4 * (X.T @ (X @ (w[:d] ** 2 - w[d:] ** 2) - y))
        return np.concatenate([-pull * w[:d], pull * w[d:]])

    start = np.full(2 * d, alpha)
    run = solve_ivp(
        slope, (0, end), start, method="LSODA", t_eval=[end], rtol=1e-10, atol=1e-10 * alpha
    )
    return run.y[:d, -1] ** 2 - run.y[d:, -1] ** 2


def main() -> None:
    X, y = data()
    size = np.linalg.norm(y)
    print(f"BLAS threads: {THREADS}; median of {RUNS} interleaved runs")
    print(f"{'alpha':>6} {'flow, s':>8} {'LSODA, s':>9} {'ratio':>6} {'must':>5}  residuals, apart")
    for alpha, must in MUST.items():
        seconds: tuple[list[float], list[float]] = ([], [])
        for _ in range(RUNS):
            begin = time.perf_counter()
            flow = gradient_flow(X, y, alpha=alpha, loss_tol=RESIDUAL**2, estimate_error=False)
            seconds[0].append(time.perf_counter() - begin)
            begin = time.perf_counter()
            other = plain(X, y, alpha, flow.t[-1])
            seconds[1].append(time.perf_counter() - begin)
        mine, theirs = (statistics.median(times) for times in seconds)
        residuals = [np.linalg.norm(X @ beta - y) / size for beta in (flow.limit, other)]
        assert max(residuals) <= 1.1 * RESIDUAL, residuals
        apart = np.abs(flow.limit - other).max() / np.abs(flow.limit).max()
        print(
            f"{alpha:>6g} {mine:>8.3f} {theirs:>9.3f} {theirs / mine:>6.1f} {must:>5}  "
            f"{residuals[0]:.1e} {residuals[1]:.1e} {apart:.1e}"
        )
    flow = gradient_flow(X, y, alpha=1e-30)
    print(f"\ntrain residual at alpha 1e-30: {np.linalg.norm(X @ flow.limit - y) / size:.1e}")
    print("\nlimit of the flow in the weights against solve, relative, and seconds")
    for depth in (2, 3, 4, 5):
        for alpha in (10.0, 1.0, 0.1, 1e-2, 1e-3, 1e-4, 1e-5, 1e-6):
            flow = gradient_flow(
                X, y, alpha=alpha, depth=depth, method="parameters", estimate_error=False
            )
            best = solve(X, y, alpha=alpha, depth=depth).beta
            apart = np.abs(flow.limit - best).max() / np.abs(best).max()
            print(f"depth {depth} alpha {alpha:<6g} {apart:.1e} {flow.seconds:8.2f}", flush=True)


if __name__ == "__main__":
    main()
