"""How small alpha must be for ``||beta||_1 <= (1+eps) ||beta_L1||_1``: what theorems say of it."""

import math
from dataclasses import dataclass
from functools import singledispatch
from typing import Any

from implicitbias.potentials import Depth, Hypentropy, ImplicitPotential, potential_for


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
        return _bounds(potential_for(depth), norm, d, eps)


def predicted_rate(exact: Any, prices: Any, depth: float) -> float | None:
    """The power of alpha with which ``||beta||_1 / ||beta_L1||_1 - 1`` falls in the end.

    ``2 (1 - a)`` at depth 2, D beyond and 1 at infinity, for an l1 minimiser that is unique with N
    nonzeros and a < 1 the largest ``|x_i . nu|`` off its support; None for others.

    Args:
        exact: an ``ExactL1``.
        prices: (d,) ``X^T nu``.
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
    return _rate(potential_for(depth), float(largest))


# What the theorems say is one thing at depth 2, where alpha may have to be exponentially small, and
# another above.


@singledispatch
def _bounds(potential: ImplicitPotential, norm: float, d: int, eps: float) -> RichBounds:
    raise TypeError(f"no theorem is known on {potential!r}")


@_bounds.register
def _(potential: Hypentropy, norm: float, d: int, eps: float) -> RichBounds:
    log_norm, log_d = math.log(norm), math.log(d)
    printed = sufficient = necessary = None
    if eps < d:
        order = (2 + eps) / (2 * eps)
        first = -order * math.log(2 * (1 + eps) * norm)
        printed = min(first, -d / (eps * norm))
    if eps <= d - 1:
        sufficient = (log_norm - 1 + (1 + 1 / eps) * (math.log1p(eps) - log_d)) / 2
    if log_d >= 2 * eps * math.log(2 + 2 / eps):
        necessary = log_norm / 2 - (1 + 1 / eps) * log_d / 4
    return RichBounds(printed, sufficient, necessary)


@_bounds.register
def _(potential: Depth, norm: float, d: int, eps: float) -> RichBounds:
    p, share = float(potential.p), 2 * eps / float(potential.depth)
    if share == 0:  # at depth infinity: no alpha is small enough for this bound
        return RichBounds(None, None, None)
    log_x = math.log(norm) - math.log(d) + p * math.log(share) - (p - 1) * math.log1p(eps)
    return RichBounds(None, log_x / float(potential.scale_exponent), None)


@singledispatch
def _rate(potential: ImplicitPotential, largest: float) -> float:
    raise TypeError(f"no theorem is known on {potential!r}")


@_rate.register
def _(potential: Hypentropy, largest: float) -> float:
    return 2 * (1 - largest)


@_rate.register
def _(potential: Depth, largest: float) -> float:
    return float(potential.scale_exponent)
