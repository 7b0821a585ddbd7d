"""The scale alpha of the start, held exactly, however small."""

import re
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from typing import Any

from flint import arb, ctx, fmpq

from implicitbias.inputs.arrays import as_log_alpha
from implicitbias.inputs.exact import fraction

NUMBER = re.compile(r"\s*([+-]?(?:\d+\.?\d*|\.\d+))(?:[eE]([+-]?\d+))?\s*\Z")
DOUBLE_BITS = 53
LARGEST_LOG = 1e18  # of |ln alpha|


@dataclass(frozen=True)
class Scale:
    """``alpha = factor 10^tens e^nats`` in exact rationals."""

    factor: Fraction
    tens: Fraction
    nats: Fraction

    def log(self) -> arb:
        """A ball that contains ``ln alpha``, at the working precision."""
        total = _ball(self.nats)
        if self.tens:
            total += _ball(self.tens) * arb(10).log()
        return total if self.factor == 1 else total + _ball(self.factor).log()

    @cached_property
    def log_alpha(self) -> float:
        """The double nearest to ``ln alpha``."""
        with ctx.workprec(DOUBLE_BITS + 64):
            return float(self.log())


def as_scale(
    alpha: Any = None, log_alpha: Any = None, log10_alpha: Any = None, *, needed: bool = True
) -> Scale:
    """alpha from exactly one of the three; not ``needed``: none of them means alpha 1.

    Numbers, Fractions and Decimals are taken exactly; alpha may be a string such as
    ``"1e-1000000"``. ValueError or TypeError name the flaw.
    """
    scale = _as_scale(alpha, log_alpha, log10_alpha, needed)
    if not abs(scale.log_alpha) <= LARGEST_LOG:
        raise ValueError(
            f"|ln alpha| must be <= {LARGEST_LOG:g}, got {scale.log_alpha:g}; the limit 0 is "
            "min_l1, the limit inf min_l2"
        )
    return scale


def _as_scale(alpha: Any, log_alpha: Any, log10_alpha: Any, needed: bool) -> Scale:
    given = {"alpha": alpha, "log_alpha": log_alpha, "log10_alpha": log10_alpha}
    named = [f"{name} = {value!r:.40}" for name, value in given.items() if value is not None]
    if alpha is not None and log_alpha is not None:
        as_log_alpha(alpha, log_alpha)  # its error
    if len(named) > 1:
        raise ValueError(f"pass one of alpha, log_alpha and log10_alpha, got {', '.join(named)}")
    zero = Fraction(0)
    if isinstance(alpha, str):
        match = NUMBER.match(alpha)
        if match is None:
            raise ValueError(
                f"alpha must be a number, got {alpha!r:.60}; write it as '1e-1000000' or '0.01'"
            )
        factor = Fraction(match[1])
        if factor <= 0:
            raise ValueError(f"alpha must be > 0, got {alpha!r:.60}; the limit 0 is min_l1")
        return Scale(factor, Fraction(int(match[2] or 0)), zero)
    if isinstance(alpha, Decimal):
        return _as_scale(str(alpha), None, None, needed)
    if log10_alpha is not None:
        return Scale(Fraction(1), _finite(log10_alpha, "log10_alpha"), zero)
    if isinstance(log_alpha, (Fraction, str, Decimal)):
        return Scale(Fraction(1), zero, _finite(log_alpha, "log_alpha"))
    if isinstance(alpha, Fraction):
        if alpha <= 0:
            raise ValueError(f"alpha must be > 0, got {alpha!r}; the limit 0 is min_l1")
        return Scale(alpha, zero, zero)
    as_log_alpha(alpha, log_alpha, needed=needed)  # its errors
    if log_alpha is not None:
        return Scale(Fraction(1), zero, fraction(log_alpha))
    return Scale(Fraction(1) if alpha is None else fraction(alpha), zero, zero)


def _finite(value: Any, what: str) -> Fraction:
    try:
        if isinstance(value, bool):
            raise TypeError
        return fraction(value)
    except (TypeError, ValueError, OverflowError, ZeroDivisionError):
        raise ValueError(
            f"{what} must be a finite number, got {value!r:.60}; write it as -1000000 or '-0.5'"
        ) from None


def _ball(value: Fraction) -> arb:
    return arb(fmpq(value.numerator, value.denominator))
