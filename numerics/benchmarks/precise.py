"""Certified digits: times, the peer mpmath, and how many instances contain an independent solve.

    OPENBLAS_NUM_THREADS=1 python numerics/benchmarks/precise.py

Prints a line for each figure, beside what it must be. A Gaussian design with a 5-sparse plant (3 at
N = 10, d = 30) and noise 0.1 unless said. Times are the best of three, enclosure included.
"""

import math
import os
import time
from collections.abc import Callable
from typing import Any

import mpmath
import numpy as np
from flint import ctx

import implicitbias as ib
from implicitbias.inputs.scale import as_scale
from implicitbias.solvers.balls.starting_point import Homotopy
from implicitbias.solvers.balls.verified_solver import VerifiedSolver, enclosed

LN10 = math.log(10.0)
RUNS = 3


def gaussian(N: int, d: int, nonzeros: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    X = rng.standard_normal((N, d))
    return X, X[:, :nonzeros].sum(axis=1) + 0.1 * rng.standard_normal(N)


def dyadic_plant(N: int, d: int, nonzeros: int) -> tuple[np.ndarray, np.ndarray]:
    """``y = X b`` without rounding: fewer nonzeros than equations."""
    rng = np.random.default_rng(1)
    X = rng.integers(-64, 65, (N, d)) / 64
    return X, X[:, :nonzeros] @ (rng.integers(-64, 65, nonzeros) / 64)


def best(function: Callable[[], Any], runs: int = RUNS) -> tuple[float, Any]:
    times, found = [], None
    for _ in range(runs):
        begin = time.perf_counter()
        found = function()
        times.append(time.perf_counter() - begin)
    return min(times), found


def show(what: str, seconds: float, must: str, *solutions: ib.Solution) -> None:
    narrow = all(s.enclosure is not None and s.enclosure.is_as_narrow_as_asked() for s in solutions)
    bits = max(s.enclosure.bits for s in solutions if s.enclosure is not None)
    proved = "certified" if narrow else "WIDER THAN ASKED"
    print(f"{what:58s} {seconds:8.3f} s  (must {must})  {proved}, {bits} bits", flush=True)


def findroot(X: np.ndarray, y: np.ndarray, alpha: float, nu: np.ndarray, own: bool) -> list[Any]:
    """The depth-2 dual by mpmath.findroot from nu; with its own Jacobian or with the exact one."""
    rows = [[mpmath.mpf(e) for e in row] for row in X.tolist()]
    targets = [mpmath.mpf(t) for t in y.tolist()]
    columns = list(zip(*rows, strict=True))
    x = mpmath.mpf(alpha) ** 2

    def excess(*v: Any) -> list[Any]:
        beta = [2 * x * mpmath.sinh(mpmath.fdot(v, column)) for column in columns]
        return [mpmath.fdot(row, beta) - t for row, t in zip(rows, targets, strict=True)]

    def jacobian(*v: Any) -> mpmath.matrix:
        slope = [2 * x * mpmath.cosh(mpmath.fdot(v, column)) for column in columns]
        weighted = [[e * k for e, k in zip(row, slope, strict=True)] for row in rows]
        return mpmath.matrix([[mpmath.fdot(a, b) for b in rows] for a in weighted])

    options = {} if own else {"J": jacobian}
    root = mpmath.findroot(excess, tuple(mpmath.mpf(v) for v in nu.tolist()), **options)
    return [2 * x * mpmath.sinh(mpmath.fdot(root, column)) for column in columns]


def peer() -> None:
    """From the double solution to 50 digits: ours with the proof, theirs without."""
    X, y = gaussian(10, 30, 3)
    start, scale = ib.solve(X, y, alpha=1e-100).dual, as_scale(alpha=1e-100)
    solver = VerifiedSolver.for_data(X, y, 2, None)
    homotopy = Homotopy(solver.data, solver.curve_at, 2.0, None)
    with ctx.workprec(53 + 2 * 10):
        start_at = homotopy.from_doubles(-2 * scale.log().mid())
    bits = 240
    with ctx.workprec(bits):
        curve = solver.curve_at(-2 * scale.log())
        seconds, ours = best(lambda: enclosed(solver.data, curve, start_at, 50, bits), 9)
    assert ours.is_as_narrow_as_asked()
    with mpmath.workdps(60):
        for own, name in ((True, "its Jacobian"), (False, "the exact Jacobian")):
            theirs, beta = best(lambda own=own: findroot(X, y, 1e-100, start, own), 5)
            off = max(
                abs(mpmath.mpf(ball.mid().str(60, radius=False)) / b - 1)
                for ball, b in zip(ours.balls, beta, strict=True)
            )
            print(
                f"{f'mpmath.findroot with {name}, same start':58s} {1e3 * seconds:6.2f} ms against "
                f"{1e3 * theirs:.1f} ms: {theirs / seconds:.1f} times (must >= 30); "
                f"equal to {float(-mpmath.log10(off)):.0f} digits",
                flush=True,
            )


def main() -> None:
    print("BLAS threads:", os.environ.get("OPENBLAS_NUM_THREADS", "the default"))
    X, y = gaussian(40, 100, 5)
    for depth, alpha in ((2, "1e-1000"), (3, "1e-100"), (5, "1e-100")):
        seconds, found = best(lambda d=depth, a=alpha: ib.solve(X, y, alpha=a, depth=d, digits=50))
        show(f"N = 40, d = 100, depth {depth}, {alpha}, 50 digits", seconds, "<= 1", found)
    peer()
    X, y = gaussian(10, 100, 5)
    for depth in (2, 3):
        logs = np.linspace(-1, -300, 60)
        begin = time.perf_counter()
        found = [ib.solve(X, y, log10_alpha=a, depth=depth, digits=30) for a in logs]
        seconds = time.perf_counter() - begin
        show(f"N = 10, d = 100, depth {depth}, 60 alphas, 30 digits", seconds, "<= 6", *found)
    X, y = gaussian(10, 30, 3)
    for depth in (2, 3, 5):
        seconds, s = best(lambda d=depth: ib.solve(X, y, alpha="1e-1000000", depth=d, digits=50))
        show(f"N = 10, d = 30, depth {depth}, 1e-1000000, 50 digits", seconds, "<= 5", s)
    X, y = dyadic_plant(40, 100, 5)
    for depth in (2, 3):
        seconds, s = best(lambda d=depth: ib.solve(X, y, alpha=1e-300, depth=d, digits=50), 1)
        show(f"dyadic plant, N = 40, d = 100, depth {depth}, 1e-300", seconds, "<= 60", s)
    X, y = gaussian(100, 1000, 5)
    for depth in (2, 3):
        seconds, s = best(lambda d=depth: ib.solve(X, y, alpha=1e-100, depth=d, digits=50), 1)
        show(f"N = 100, d = 1000, depth {depth}, 1e-100, 50 digits", seconds, "<= 30", s)
    seconds, s = best(lambda: ib.min_l1(X, y, exact=True), 1)
    show("min_l1 exactly, N = 100, d = 1000", seconds, "nothing asked", s)
    X, y = gaussian(10, 100, 5)
    for depth in (2, 3):
        seconds, needed = best(lambda d=depth: ib.alpha_needed(X, y, 0.05, depth=d), 1)
        print(
            f"{f'alpha_needed, N = 10, d = 100, eps = 0.05, depth {depth}':58s} {seconds:8.3f} s  "
            f"10^{needed.log_alpha / LN10:.4f}, certified: {needed.certified}, "
            f"{needed.solves} solves"
        )


if __name__ == "__main__":
    main()
