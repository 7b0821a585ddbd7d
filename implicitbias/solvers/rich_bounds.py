"""How small alpha must be for ``||beta||_1 <= (1+eps) ||beta_L1||_1``: what theorems say of it."""

import math
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class RichBounds:
    """Bounds on the natural logarithm of alpha; None where a statement does not apply.

    Attributes:
        printed: enough at depth 2 by [woodworth2020, Thm 2], for ``eps < d``.
        sufficient: enough. Depth 2, ``eps <= d - 1``: ``alpha^2 <= (b/e) ((1+eps)/d)^(1+1/eps)``.
            Depth D > 2, finite: ``alpha^D <= (b/d) (2 eps/D)^p (1+eps)^(-2/(D-2))``.
        necessary: from here on Q is not within 1 + eps of a multiple of the l1 norm on vectors of
            norm b, so that no smaller alpha than this follows from Q alone: depth 2, ``d >= (2 +
            2/eps)^(2 eps)``, ``alpha = b^(1/2) d^(-1/4 - 1/(4 eps))``. Single data may need less.
    """

    printed: float | None
    sufficient: float | None
    necessary: float | None

    @classmethod
    def of(cls, norm: float, d: int, eps: float, depth: float) -> "RichBounds":
        """For ``b = ||beta_L1||_1 > 0`` and d weights."""
        log_norm, log_d = math.log(norm), math.log(d)
        if depth == 2:
            printed = sufficient = necessary = None
            if eps < d:
                order = (2 + eps) / (2 * eps)
                first = -order * math.log(2 * (1 + eps) * norm)
                printed = min(first, -d / (eps * norm))
            if eps <= d - 1:
                sufficient = (log_norm - 1 + (1 + 1 / eps) * (math.log1p(eps) - log_d)) / 2
            if log_d >= 2 * eps * math.log(2 + 2 / eps):
                necessary = log_norm / 2 - (1 + 1 / eps) * log_d / 4
            return cls(printed, sufficient, necessary)
        if math.isinf(depth):
            return cls(None, None, None)
        p = depth / (depth - 2)
        log_x = log_norm - log_d + p * math.log(2 * eps / depth) - (p - 1) * math.log1p(eps)
        return cls(None, log_x / depth, None)


def predicted_rate(exact: Any, prices: Any, depth: float) -> float | None:
    """The power of alpha with which ``||beta||_1 / ||beta_L1||_1 - 1`` falls in the end.

    ``2 (1 - a)`` at depth 2, D beyond and 1 at infinity, for an l1 minimiser that is unique with N
    nonzeros and a < 1 the largest ``|x_i . nu|`` off its support; None for others.

    Args:
        exact: an ``ExactL1``. prices: (d,) ``X^T nu``.
    """
    rows = sum(1 for v in exact.dual if v != 0)
    support = [b != 0 for b in exact.beta]
    if not exact.unique or sum(support) < rows:
        return None
    largest = max(
        (abs(price) for price, inside in zip(prices, support, strict=True) if not inside),
        default=None,
    )
    if largest is None or largest == 1:
        return None
    if depth == 2:
        return 2 * (1 - float(largest))
    return 1.0 if math.isinf(depth) else float(depth)
