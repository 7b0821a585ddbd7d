"""The last digits of every potential in doubles: ``python numerics/last_digits/sweep.py``.

Where the exact value is a normal double, one ulp is 2^-52 of it; below 2^-1022, where doubles are
subnormal, it is their spacing 2^-1074. The exact value is the same method at the same double, in
50 digits or more; tests/potentials/test_catalogue.py ties those digits to the printed formulas.
"""

import math
import sys
from dataclasses import dataclass

import mpmath
import numpy as np
from mpmath import mpf

from implicitbias import Depth, Explicit, Hypentropy
from implicitbias.potentials.potential import Potential

DEPTHS = (2.5, 3, 4, 5, 6, 10, 50, math.inf)
POTENTIALS: tuple[Potential, ...] = (
    Hypentropy(),
    Explicit(),
    *(Depth(depth) for depth in DEPTHS),
)
# Of depths 2 and 4, where p and 1/p are doubles themselves, and of radicals; of all subnormals.
ULP_ALLOWED = 4.0
RELATIVE_ALLOWED = 1e-13  # of the others: z^(1/p) at 1e300 multiplies the rounding of 1/p by 690
DIGITS = 50
SLACK_DIGITS = 360  # 1 - |s| is taken at its word, and is as small as 1e-300
BEFORE_ONE = math.nextafter(1.0, 0.0)


@dataclass(frozen=True)
class Row:
    """The worst error of one method of one potential, and the argument it occurs at."""

    potential: Potential
    method: str
    subnormal: bool
    count: int
    ulp: float
    at: float

    @property
    def allowed(self) -> float:
        """In ulp."""
        exact_powers = not isinstance(self.potential, Depth) or self.potential.depth == 4
        return ULP_ALLOWED if self.subnormal or exact_powers else RELATIVE_ALLOWED * 2**52


def measure(potential: Potential, method: str, points: np.ndarray) -> list[Row]:
    """A row for the normal results and one for the subnormal ones, if there are any.

    The error is nan at a nan, and inf at an inf whose exact value is a double.
    """
    errors: dict[bool, list[tuple[float, float]]] = {False: [], True: []}
    for point, value in zip(points.tolist(), getattr(potential, method)(points), strict=True):
        truth = exact(potential, method, point)
        errors[is_subnormal(truth)].append((error(float(value), truth), point))
    return [
        Row(potential, method, subnormal, len(found), *max(found, key=_worst))
        for subnormal, found in errors.items()
        if found
    ]


def _worst(error_at: tuple[float, float]) -> float:
    return math.inf if math.isnan(error_at[0]) else error_at[0]


def exact(potential: Potential, method: str, point: float) -> mpf:
    if method == "slack":
        with mpmath.workdps(SLACK_DIGITS):
            return 1 - abs(potential.mirror(mpf(point)))
    with mpmath.workdps(DIGITS):
        return getattr(potential, method)(mpf(point))


def is_subnormal(truth: mpf) -> bool:
    return bool(abs(truth) < mpf(sys.float_info.min))


def error(value: float, truth: mpf) -> float:
    """In ulp."""
    with mpmath.workdps(DIGITS):
        if math.isinf(value) and mpf(value) * truth > 0 and abs(truth) > sys.float_info.max:
            return 0.0
        unit = mpf(2) ** -1074 if is_subnormal(truth) else abs(truth) * mpf(2) ** -52
        return float(abs(mpf(value) - truth) / unit)


def points_of(potential: Potential, method: str, count: int) -> np.ndarray:
    """About ``5 count`` arguments of either sign.

    1e-300 .. 1e300 for z, the whole range of doubles for s, and where results are subnormal.
    """
    rng = np.random.default_rng(count)
    small = 10.0 ** rng.uniform(-300, 0, count)
    if method not in ("inverse_mirror", "conjugate"):
        middle = 10.0 ** rng.uniform(-3, 5, 2 * count)
        large = 10.0 ** rng.uniform(0, 300, count)
        parts, ends = [small, middle, large], [1e-300, 1e300]
    elif isinstance(potential, Hypentropy):
        parts = [small, rng.uniform(0, 2, count), rng.uniform(0, 709.7, 2 * count)]
        ends = [1e-300, 709.7, 711.0]  # the last: h overflows, and so has q*
    else:
        parts = [small, rng.uniform(0, 1, 2 * count), 1 - 10.0 ** rng.uniform(-15, 0, count)]
        ends = [1e-300, 1 - 1e-15, BEFORE_ONE]
    points = np.concatenate([*parts, subnormal_points_of(potential, method, rng, count)])
    signs = rng.choice([-1.0, 1.0], len(points))
    return np.concatenate([signs * points, ends, np.negative(ends)])


def subnormal_points_of(
    potential: Potential, method: str, rng: np.random.Generator, count: int
) -> np.ndarray:
    """Arguments whose results spread over the subnormals, from each method's leading term there.

    Fewer, or none, where some of these arguments are no doubles themselves.
    """
    log = rng.uniform(-1074, -1022, count) * math.log(2)
    if isinstance(potential, Hypentropy):
        p, decay = 1.0, 1.0  # q'' = 1/z
    else:
        p = float(potential.p) if isinstance(potential, Depth) else 2.0  # Explicit is depth 4
        decay = 1 + 1 / p  # q'' = z^-(1 + 1/p) / p
    log_argument = {
        "value": (math.log(4 * p) + log) / 2,  # q = z^2 / (4p)
        "mirror": math.log(2 * p) + log,  # q' = z / (2p)
        "inverse_mirror": log - math.log(2 * p),  # h = 2 p s
        "conjugate": (log - math.log(p)) / 2,  # q* = p s^2
        "metric": -(math.log(p) + log) / decay,
        "slack": -p * log,  # 1 - |q'| = z^-(1/p)
    }[method]
    return np.exp(log_argument[log_argument < math.log(sys.float_info.max)])


def methods_of(potential: Potential) -> tuple[str, ...]:
    slack = ("slack",) if isinstance(potential, Depth) else ()
    return ("value", "mirror", *slack, "inverse_mirror", "conjugate", "metric")


def sweep(count: int) -> list[Row]:
    return [
        row
        for potential in POTENTIALS
        for method in methods_of(potential)
        for row in measure(potential, method, points_of(potential, method, count))
    ]


def main() -> None:
    print(f"{'potential':14}{'method':15}{'results':10}{'count':>6}{'ulp':>8}{'allowed':>8}  at")
    for row in sweep(count=500):
        name = repr(row.potential).replace("depth=", "")
        results = "subnormal" if row.subnormal else "normal"
        flag = "" if row.ulp <= row.allowed else "  TOO MANY"
        print(
            f"{name:14}{row.method:15}{results:10}{row.count:6d}{row.ulp:8.2f}"
            f"{row.allowed:8.0f}  {row.at:.17g}{flag}"
        )


if __name__ == "__main__":
    main()
