"""Enclosures: they contain what an independent solve finds, and are as narrow as asked."""

import math
from decimal import Decimal
from fractions import Fraction
from typing import Any

import mpmath
import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from flint import arb, ctx
from mpmath import mpf

from implicitbias import InfeasibleError, PrecisionError, Solution, min_l1, min_l2, solve
from implicitbias.inputs.exact import ContradictionError, ExactData
from implicitbias.solvers.balls.zeros import reduction
from tests.solvers.reference import newton_at, problem_at

INSTANCES = 500
DEPTHS = [2, 2.5, 3, 5, math.inf]
LOG10 = math.log(10)


def gaussian(n: int = 10, d: int = 30, nonzeros: int = 3) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    X = rng.standard_normal((n, d))
    return X, X[:, :nonzeros].sum(axis=1) + 0.1 * rng.standard_normal(n)


def dyadic_plant(n: int = 40, d: int = 100) -> tuple[np.ndarray, np.ndarray]:
    """y = X beta exactly, with 5 nonzeros: fewer than equations."""
    rng = np.random.default_rng(1)
    X = rng.integers(-64, 65, (n, d)) / 64
    return X, X[:, :5] @ (rng.integers(-64, 65, 5) / 64)


def as_ball(value: mpf) -> arb:
    """The exact number."""
    mantissa, exponent = mpmath.frexp(value)
    bits = mpmath.mp.prec + 8
    return arb(int(mpmath.ldexp(mantissa, bits))) * arb(2) ** (int(exponent) - bits)


def twin(X: Any, y: Any, found: Solution, start: Any) -> list[arb]:
    """beta by mpmath in three times the precision, Newton's method from a rounded dual vector."""
    assert found.enclosure is not None and found.depth is not None and found.log_alpha is not None
    depth, digits = found.depth, 3 * found.enclosure.digits
    # Of the slacks 1 - |s|, twice as many as there are in alpha^D.
    lost = int(2 * abs((1 if math.isinf(depth) else depth) * found.log_alpha) / LOG10) + 30
    # A start with an error far above the digits asked for, but within reach of Newton's method.
    start_digits = digits // 6 + lost
    near = solve(X, y, log_alpha=found.log_alpha, depth=depth, start=start, digits=start_digits)
    assert near.enclosure is not None
    with mpmath.workdps(digits + 2 * lost), ctx.workprec(8 * (digits + lost)):
        flow, log_x = problem_at(X, y, depth=depth, log_alpha=found.log_alpha, start=start)
        nu = [mpf(ball.mid().str(start_digits, radius=False)) for ball in near.enclosure.dual]
        return [as_ball(b) for b in newton_at(flow, nu, mpmath.exp(log_x), digits)]


def random_instance(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, dict[str, Any]]:
    n = int(rng.integers(1, 4))
    X = rng.standard_normal((n, n + int(rng.integers(1, 5))))
    depth = DEPTHS[rng.integers(len(DEPTHS))]
    options: dict[str, Any] = {"depth": depth, "log_alpha": float(rng.uniform(-70, 5))}
    if rng.random() < 0.5 and not math.isinf(depth):
        options["start"] = tuple(rng.uniform(0.5, 2, X.shape[1]) for _ in range(2))
    return X, rng.standard_normal(n), options


def test_enclosures_contain_a_solve_at_three_times_the_precision() -> None:
    rng = np.random.default_rng(0)
    for _ in range(INSTANCES):
        X, y, options = random_instance(rng)
        digits = int(rng.integers(5, 40))
        found = solve(X, y, digits=digits, **options)
        assert found.enclosure is not None and found.enclosure.is_as_narrow_as_asked()
        exact = twin(X, y, found, options.get("start"))
        with ctx.workprec(2000):
            for ball, b in zip(found.enclosure.balls, exact, strict=True):
                assert ball.contains(b), (options, ball, b)
                assert not ball.contains(b * (1 + arb(10) ** (1 - digits)))


@pytest.mark.parametrize("depth", [2, 3, 5])
def test_a_million_decades(depth: float) -> None:
    X, y = gaussian()
    found = solve(X, y, alpha="1e-1000000", depth=depth, digits=50)
    assert found.enclosure is not None and found.enclosure.is_as_narrow_as_asked()
    assert found.error is not None and found.error < 1e-16
    np.testing.assert_allclose(found.beta, min_l1(X, y).beta, rtol=1e-9, atol=1e-12)
    smallest = min(found.enclosure.midpoints, key=abs)
    assert 0 < abs(smallest) < arb(10) ** -100000
    assert float(smallest) == 0.0


@pytest.mark.parametrize("depth", [2, 3])
@pytest.mark.parametrize("alpha", [1e-4, 1e-20, 1e-300])
def test_exactly_sparse_plant(depth: float, alpha: float) -> None:
    X, y = dyadic_plant()
    found = solve(X, y, alpha=alpha, depth=depth, digits=50)
    assert found.enclosure is not None and found.enclosure.is_as_narrow_as_asked()
    assert found.error is not None and found.error < 1e-16
    if alpha == 1e-300:
        assert (np.abs(found.beta[5:]) < 1e-200).all()


def test_entries_that_are_exactly_0_are_proved_to_be() -> None:
    X = [[1, 0, 1, 0], [0, 1, 0, -1]]
    found = solve(X, [1, 0], alpha=0.1, digits=30).enclosure
    assert found is not None
    assert [ball == 0 for ball in found.balls] == [False, True, False, True]
    assert found.is_as_narrow_as_asked()
    biased = solve(X, [1, 0], alpha=0.1, digits=30, start=(1, [1, 1, 1, 2])).enclosure
    assert biased is not None
    assert not biased.balls[1].contains(0)


def test_targets_of_0_have_the_solution_0() -> None:
    found = solve([[1.0, 2.0]], [0.0], alpha=0.1, digits=20)
    assert found.beta.tolist() == [0, 0] and found.error == 0 and found.residual == 0


def test_without_equations_the_weights_stay_where_they_start() -> None:
    found = solve([[0, 0]], [0], alpha=Fraction(1, 2), digits=20, start=(1, [1, "0.5"])).enclosure
    assert found is not None and found.balls[0] == 0 and found.dual[0] == 0
    assert found.balls[1].contains(arb(3) / 16)


def test_exact_data_are_taken_exactly() -> None:
    texts = solve([["0.1", "1/3"]], ["0.7"], alpha="0.01", digits=40).enclosure
    fractions = solve(
        [[Fraction(1, 10), Fraction(1, 3)]], [Decimal("0.7")], alpha=Decimal("0.01"), digits=40
    ).enclosure
    doubles = solve([[0.1, 1 / 3]], [0.7], alpha=0.01, digits=40).enclosure
    assert texts is not None and fractions is not None and doubles is not None
    for text, fraction, double in zip(texts.balls, fractions.balls, doubles.balls, strict=True):
        assert text.overlaps(fraction)
        assert not text.overlaps(double)


def test_exact_starts_are_taken_exactly() -> None:
    X, y = gaussian(3, 6)
    third = solve(X, y, alpha=0.1, digits=40, start=(Fraction(1, 3), 1)).enclosure
    rounded = solve(X, y, alpha=0.1, digits=40, start=(1 / 3, 1)).enclosure
    assert third is not None and rounded is not None
    assert not any(a.overlaps(b) for a, b in zip(third.balls, rounded.balls, strict=True))


def test_ways_to_say_alpha() -> None:
    X, y = gaussian(3, 6)
    ways: list[dict[str, Any]] = [
        {"alpha": "1e-50"},
        {"log10_alpha": -50},
        {"log10_alpha": "-50.0"},
        {"alpha": Decimal("1e-50")},
        {"alpha": Fraction(1, 10**50)},
    ]
    found = [solve(X, y, digits=30, **way).enclosure for way in ways]
    rounded = solve(X, y, digits=30, alpha=1e-50).enclosure
    assert rounded is not None and found[0] is not None
    for other in found[1:]:
        assert other is not None
        assert all(a.overlaps(b) for a, b in zip(found[0].balls, other.balls, strict=True))
    # Entries that fall like a power of alpha know it to its last digit.
    assert not all(a.overlaps(b) for a, b in zip(found[0].balls, rounded.balls, strict=True))


def test_dual_vector_is_stationary() -> None:
    X, y = gaussian(3, 6)
    found = solve(X, y, log_alpha=-3, digits=30).enclosure
    assert found is not None
    with ctx.workprec(200):
        for column, ball in zip(X.T, found.balls, strict=True):
            s = sum((v * float(e) for v, e in zip(found.dual, column, strict=True)), arb(0))
            assert s.overlaps((ball / (2 * arb(-6).exp())).asinh())


def test_dependent_rows_are_left_out() -> None:
    X, y = gaussian(3, 6)
    twice = solve(np.vstack([X, X[0]]), [*y, y[0]], alpha=1e-3, digits=20).enclosure
    once = solve(X, y, alpha=1e-3, digits=20).enclosure
    assert once is not None and twice is not None and twice.dual[3] == 0
    assert all(a.overlaps(b) for a, b in zip(once.balls, twice.balls, strict=True))


def test_auto_takes_digits_where_doubles_fail() -> None:
    rng = np.random.default_rng(0)
    X = rng.standard_normal((10, 30))
    X = np.hstack([X, X])  # equal columns
    y = rng.standard_normal(10)
    with pytest.raises(PrecisionError, match="digits=17") as caught:
        solve(X, y, alpha="1e-1000", depth=3)
    assert caught.value.digits == 17
    found = solve(X, y, alpha="1e-1000", depth=3, digits="auto")
    assert found.enclosure is not None and found.enclosure.digits == 17
    assert found.error is not None and found.error < 1e-16
    assert solve(X, y, alpha=0.1, digits="auto").enclosure is None


def test_contradicting_rows_are_proved_to_contradict() -> None:
    X = [["0.1", "0.2", "0.3"], ["0.2", "0.4", "0.6"], [1, 0, 0]]
    with pytest.raises(ContradictionError, match="exactly") as caught:
        solve(X, ["0.1", "0.3", 1], alpha=1, digits=5)
    assert isinstance(caught.value, InfeasibleError)
    witness = caught.value.witness
    columns = list(zip(*[[Fraction(entry) for entry in row] for row in X], strict=True))
    assert all(sum(w * e for w, e in zip(witness, c, strict=True)) == 0 for c in columns)
    targets = [Fraction("0.1"), Fraction("0.3"), Fraction(1)]
    assert sum(w * t for w, t in zip(witness, targets, strict=True)) != 0
    # In doubles the same tiny contradiction is no contradiction.
    solve([[0.1, 0.2], [0.2, 0.4]], [0.3, 0.6], alpha=1, digits=5)
    with pytest.raises(ContradictionError):
        solve([[0.1, 0.2], [0.3, 0.7]], [0.1, 0.3], alpha=1, digits=5) and solve(
            [[0.1, 0.2], [0.2, 0.4]], [0.1, 0.2 + 1e-16], alpha=1, digits=5
        )


@pytest.mark.parametrize(
    ("options", "error", "says"),
    [
        ({"alpha": 1, "digits": 0}, ValueError, "digits must be >= 1, got 0"),
        ({"alpha": 1, "digits": 2.5}, TypeError, "whole number"),
        ({"alpha": 1, "digits": True}, TypeError, "whole number"),
        ({"alpha": 1, "digits": "many"}, TypeError, "'auto'"),
        ({"alpha": "1e-", "digits": 5}, ValueError, "'1e-1000000'"),
        ({"alpha": "-1e-5"}, ValueError, "alpha must be > 0"),
        ({"alpha": "0"}, ValueError, "min_l1"),
        ({"alpha": "1e-1" + "0" * 40}, ValueError, "min_l1"),
        ({"alpha": 1, "log10_alpha": 0}, ValueError, "pass one of"),
        ({"log10_alpha": math.nan}, ValueError, "log10_alpha must be a finite number"),
        ({"digits": 5}, ValueError, "got neither"),
        ({"alpha": 1, "digits": 5, "depth": math.inf, "start": (1, 1)}, ValueError, "finite depth"),
        ({"alpha": 1, "digits": 5, "start": (1, "-1/3")}, ValueError, "start b must be > 0"),
        ({"digits": 5, "start": (math.nan, 1)}, ValueError, "start a must be finite, got nan"),
    ],
)
def test_bad_options(options: dict[str, Any], error: type[Exception], says: str) -> None:
    X, y = gaussian(3, 6)
    with pytest.raises(error, match=says):
        solve(X, y, **options)


@pytest.mark.parametrize(
    ("X", "y", "error", "says"),
    [
        ([["x", 1]], [1], ValueError, "'x'"),
        ([["1/0", 1]], [1], ValueError, "'1/0'"),
        ([[math.nan, 1]], [1], ValueError, "finite"),
        ([[1j, 1]], [1], ValueError, "1j"),
        ([[1, 2]], [1, 2], ValueError, "same number of rows"),
        ([1, 2], [1], ValueError, "2-d"),
    ],
)
def test_bad_data(X: Any, y: Any, error: type[Exception], says: str) -> None:
    with pytest.raises(error, match=says):
        solve(X, y, alpha=1, digits=5)


def test_entries_that_are_only_tiny_are_not_called_0() -> None:
    X, y = dyadic_plant(10, 30)
    assert reduction(ExactData.from_user(X, y), list(range(5, 30))) is None
    # Zeros that would contradict the second equation.
    whole = ExactData.from_user([[1, 0, 1, 0], [0, 1, 0, -1]], [1, 1])
    assert reduction(whole, [1, 3]) is None
    even = ExactData.from_user([[1, 0, 1, 0], [0, 1, 0, -1]], [1, 0])
    smaller = reduction(even, [1, 3])
    assert smaller is not None and smaller.rest == (0, 2)


def test_equal_columns_share_their_weight() -> None:
    X, y = gaussian(4, 8)
    twice = solve(np.hstack([X, X]), y, alpha="1e-500", depth=3, digits=30).enclosure
    # Two equal terms at b/2 each: 2 q(b/(2x)) is the term of a scale 2x.
    once = solve(X, y, start=(2 ** (1 / 3), 2 ** (1 / 3)), alpha="1e-500", depth=3, digits=12)
    assert twice is not None and once.enclosure is not None
    for left, right, ball in zip(
        twice.balls[:8], twice.balls[8:], once.enclosure.balls, strict=True
    ):
        assert left.overlaps(right)
        assert abs(left + right - ball) < abs(ball) * arb(10) ** -9


@pytest.mark.parametrize("depth", [2, 3])
def test_rows_that_are_dependent_but_for_rounding_are_taken_exactly(depth: float) -> None:
    rng = np.random.default_rng(3)
    X, y = rng.standard_normal((4, 9)), rng.standard_normal(4)
    X[3], y[3] = X[:3].sum(axis=0), y[:3].sum()
    found = solve(X, y, log_alpha=-3, depth=depth, digits=30)
    assert found.enclosure is not None and found.enclosure.is_as_narrow_as_asked()
    with ctx.workprec(2000):
        for ball, b in zip(found.enclosure.balls, twin(X, y, found, None), strict=True):
            assert ball.contains(b)
        for column, ball in zip(X.T, found.enclosure.balls, strict=True):
            duals = zip(found.enclosure.dual, column, strict=True)
            s = sum((v * float(e) for v, e in duals), arb(0))
            if depth == 2:
                assert s.overlaps((ball / (2 * arb(-6).exp())).asinh())


def test_all_kinds_of_containers_and_numbers() -> None:
    X, y = np.array([[1, 2, 3], [0, 1, 5]]), [1, 2]
    plain = solve(X, y, alpha=0.1, digits=20).enclosure
    assert plain is not None
    for other in (
        pd.DataFrame(X),
        sp.csr_array(X),
        X.astype(np.int8),
        X.astype(np.float32),
        X.tolist(),
    ):
        found = solve(other, y, alpha=0.1, digits=20).enclosure
        assert found is not None
        assert [str(b) for b in found.balls] == [str(b) for b in plain.balls]
    scaled = solve(X * 1e-200, np.array(y) * 1e-200, alpha=0.1, digits=20).enclosure
    assert scaled is not None
    for ball, other in zip(plain.balls, scaled.balls, strict=True):
        assert abs(ball - other) < abs(ball) * arb(10) ** -12
    large = solve([[2**60 + 1, 1]], [1], alpha=0.1, digits=20).enclosure
    near = solve([[2**60, 1]], [1], alpha=0.1, digits=20).enclosure
    assert large is not None and near is not None
    assert not any(a.overlaps(b) for a, b in zip(large.balls, near.balls, strict=True))


@pytest.mark.parametrize("depth", [2, 3, math.inf])
@pytest.mark.parametrize("alpha", ["1e300", "1e-1"])
def test_kernel_regime(depth: float, alpha: str) -> None:
    X, y = gaussian(4, 8)
    found = solve(X, y, alpha=alpha, depth=depth, digits=40)
    assert found.enclosure is not None and found.enclosure.is_as_narrow_as_asked()
    if alpha == "1e300":
        np.testing.assert_allclose(found.beta, min_l2(X, y).beta, rtol=1e-12)


def test_a_residual_of_zero_is_a_number() -> None:
    solution = solve(np.array([[1.0, 1.0, 1e-3]]), [1.0], alpha=1e-30, depth=3, digits=17)
    assert 0 <= solution.residual <= 1e-15
