"""The largest alpha near the least l1 norm: against a scan, and against the theorems."""

import math
from typing import Any

import numpy as np
import pytest
from flint import ctx

from implicitbias import AlphaNeeded, alpha_needed, min_l1, solve
from implicitbias.solvers.alpha_needed import COVER_BITS, REFINED, _Scan

DEPTHS = [2, 3, 5, math.inf]
LN10 = math.log(10)


def data(n: int = 3, d: int = 6) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    return rng.standard_normal((n, d)), rng.standard_normal(n)


def excess(X: Any, y: Any, log_alpha: float, depth: float) -> float:
    found = solve(X, y, log_alpha=log_alpha, depth=depth, digits="auto").beta
    return float(np.abs(found).sum() / np.abs(min_l1(X, y).beta).sum() - 1)


@pytest.mark.parametrize("depth", DEPTHS)
@pytest.mark.parametrize("eps", [0.2, 0.02])
def test_it_is_where_a_scan_crosses_first(depth: float, eps: float) -> None:
    X, y = data()
    found = alpha_needed(X, y, eps, depth)
    assert found.certified and found.norm == pytest.approx(np.abs(min_l1(X, y).beta).sum())
    low, high = found.bracket
    assert found.log_alpha == low and 0 < high - low <= REFINED * LN10 * (1 + 1e-9)
    assert excess(X, y, low, depth) <= eps < excess(X, y, high, depth)
    for log_alpha in np.linspace(high, high + 8, 60):
        assert excess(X, y, float(log_alpha), depth) > eps


@pytest.mark.parametrize("depth", DEPTHS)
def test_what_is_enough_is_enough_and_the_printed_bound_asks_for_more(depth: float) -> None:
    X, y = data()
    found = alpha_needed(X, y, 0.1, depth)
    if depth == 2:
        assert found.bounds.printed is not None and found.bounds.sufficient is not None
        assert found.bounds.printed < found.bounds.sufficient < found.log_alpha
        assert excess(X, y, found.bounds.sufficient, depth) <= 0.1
    elif math.isfinite(depth):
        assert found.bounds.printed is None and found.bounds.sufficient is not None
        assert found.bounds.sufficient < found.log_alpha
        assert excess(X, y, found.bounds.sufficient, depth) <= 0.1


@pytest.mark.parametrize("depth", [2, 3, math.inf])
def test_excess_falls_at_the_predicted_rate(depth: float) -> None:
    X, y = data()
    rate = alpha_needed(X, y, 0.1, depth).rate
    assert rate is not None
    power = 1 if math.isinf(depth) else depth
    logs = [-20 / power, -22 / power]
    if depth == 2:
        logs = [-10 / rate, -12 / rate]
    first, second = (excess(X, y, log, depth) for log in logs)
    assert math.log(first / second) / (logs[0] - logs[1]) == pytest.approx(rate, rel=0.05)


def test_far_down() -> None:
    # Two columns that are nearly as good: only a tiny alpha tells them apart.
    X, y = np.array([[1.0, 0.999]]), np.array([1.0])
    found = alpha_needed(X, y, 1e-4, 2)
    assert found.certified and found.log_alpha < -1000
    assert excess(X, y, found.bracket[0], 2) <= 1e-4 < excess(X, y, found.bracket[1], 2)
    assert found.alpha == 0.0


def test_the_kernel_end_may_be_near_enough() -> None:
    found = alpha_needed([[1.0, 1.0]], [1.0], 0.1)
    assert found.log_alpha == found.alpha == math.inf and found.certified


def test_a_step_that_is_too_long_is_not_covered() -> None:
    X, y = data()
    found = alpha_needed(X, y, 0.1, 2)
    scan = _Scan.of(X, y, 0.1, 2)
    high = found.bracket[1] + 0.5
    with ctx.workprec(COVER_BITS):
        beta = scan._beta(high)
        assert scan._is_above(high, high + 0.05, beta)
        assert not scan._is_above(high, high + 5, beta)
        # Below the crossing there is nothing to cover.
        low = found.bracket[0] - 0.5
        assert not scan._is_above(low, low + 0.05, scan._beta(low))


@pytest.mark.parametrize("depth", DEPTHS)
def test_the_norm_is_at_least_that_of_the_mirrored_terms(depth: float) -> None:
    # The inequality that covers: at x >= x0, ||beta(x)||_1 >= sum_i N_x(beta_i(x0)).
    X, y = data()
    scan = _Scan.of(X, y, 0.1, depth)
    with ctx.workprec(COVER_BITS):
        for low in (-6.0, -3.0, 0.0):
            sizes = [abs(b) for b in scan._beta(low)]
            for high in (low, low + 0.1, low + 1):
                norm = sum(abs(b) for b in scan._beta(high))
                terms = scan.terms.at(sizes, scan._x(high))
                assert sum(term.derivative for term in terms) < norm
                assert all(0 <= term.slope <= 1 for term in terms)


def test_bad_input() -> None:
    X, y = data()
    with pytest.raises(ValueError, match="eps must be > 0, got 0"):
        alpha_needed(X, y, 0)
    with pytest.raises(ValueError, match="depth must be >= 2"):
        alpha_needed(X, y, 0.1, depth=1)
    with pytest.raises(ValueError, match="y is 0"):
        alpha_needed(X, 0 * y, 0.1)
    assert isinstance(alpha_needed([[1.0, 1.0]], [1.0], 0.1), AlphaNeeded)
