"""The last digits of every potential in doubles: ``python numerics/last_digits/sweep.py``.

One ulp is 2^-52 of the exact value, or the spacing 2^-1074 of the subnormals. The exact value is
the same method at the same double, in 50 digits or more; tests/potentials/test_catalogue.py ties
those digits to the printed formulas.
"""

import math
import sys
from dataclasses import dataclass

import mpmath
import numpy as np
from mpmath import mpf

from implicitbias import Depth, Hypentropy
from implicitbias.potentials.potential import Potential

DEPTHS = (2.5, 3, 4, 5, 6, 10, 50, math.inf)
POTENTIALS: tuple[Potential, ...] = (Hypentropy(), *(Depth(depth) for depth in DEPTHS))
ULP_ALLOWED = 4.0  # of depths 2 and 4, where p and 1/p are doubles themselves
RELATIVE_ALLOWED = 1e-13  # of the others: z^(1/p) at 1e300 multiplies the rounding of 1/p by 690
DIGITS = 50
SLACK_DIGITS = 360  # 1 - |s| is taken at its word, and is as small as 1e-300


@dataclass(frozen=True)
class Row:
    """The worst error of one method of one potential, and the argument it occurs at."""

    potential: Potential
    method: str
    ulp: float
    at: float

    @property
    def allowed(self) -> float:
        """In ulp."""
        exact_powers = isinstance(self.potential, Hypentropy) or self.potential.depth == 4
        return ULP_ALLOWED if exact_powers else RELATIVE_ALLOWED * 2**52


def measure(potential: Potential, method: str, points: np.ndarray) -> Row:
    """AssertionError at a nan, and at an inf whose exact value is a double."""
    worst = Row(potential, method, 0.0, 0.0)
    for point, value in zip(points.tolist(), getattr(potential, method)(points), strict=True):
        ulp = _error(float(value), exact(potential, method, point))
        if not ulp <= worst.ulp:
            worst = Row(potential, method, ulp, point)
    return worst


def exact(potential: Potential, method: str, point: float) -> mpf:
    if method == "slack":
        with mpmath.workdps(SLACK_DIGITS):
            return 1 - abs(potential.mirror(mpf(point)))
    with mpmath.workdps(DIGITS):
        return getattr(potential, method)(mpf(point))


def _error(value: float, truth: mpf) -> float:
    with mpmath.workdps(DIGITS):
        if math.isinf(value) and truth > sys.float_info.max:
            return 0.0
        unit = max(abs(truth) * mpf(2) ** -52, mpf(2) ** -1074)
        return float(abs(mpf(value) - truth) / unit)


def points_of(potential: Potential, method: str, count: int) -> np.ndarray:
    """About ``4 count`` arguments: 1e-300 .. 1e300 for z, the whole range of doubles for s."""
    rng = np.random.default_rng(count)
    small = 10.0 ** rng.uniform(-300, 0, count)
    if method not in ("inverse_mirror", "conjugate"):
        middle = 10.0 ** rng.uniform(-3, 5, 2 * count)
        return np.concatenate([small, middle, 10.0 ** rng.uniform(0, 300, count), [1e-300, 1e300]])
    if isinstance(potential, Hypentropy):
        return np.concatenate([small, rng.uniform(0, 2, count), rng.uniform(0, 709.7, 2 * count)])
    ends = 1 - 10.0 ** rng.uniform(-15, 0, count)
    return np.concatenate([small, rng.uniform(-1, 1, 2 * count), ends, [1 - 1e-15, 1e-15 - 1]])


def methods_of(potential: Potential) -> tuple[str, ...]:
    slack = () if isinstance(potential, Hypentropy) else ("slack",)
    return ("value", "mirror", *slack, "inverse_mirror", "conjugate", "metric")


def sweep(count: int) -> list[Row]:
    return [
        measure(potential, method, points_of(potential, method, count))
        for potential in POTENTIALS
        for method in methods_of(potential)
    ]


def main() -> None:
    print(f"{'potential':18}{'method':16}{'ulp':>8}{'relative':>11}{'allowed':>9}  at")
    for row in sweep(count=500):
        name = repr(row.potential).replace("depth=", "")
        print(
            f"{name:18}{row.method:16}{row.ulp:8.2f}{row.ulp * 2**-52:11.1e}"
            f"{row.allowed:9.0f}  {row.at:.17g}"
        )


if __name__ == "__main__":
    main()
