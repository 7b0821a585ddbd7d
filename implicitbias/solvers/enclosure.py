"""What is proved of a minimiser: a ball for every entry."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from flint import arb, ctx

from implicitbias.inputs.arrays import Vector

DOUBLE_DIGITS = 17  # so many decimal digits determine a double


@dataclass(frozen=True, eq=False)
class Enclosure:
    """Balls that contain the exact minimiser and its dual vector; the proof is in their making.

    The entries are flint balls: ``float(entry)`` is the nearest double to its midpoint,
    ``entry.mid()`` and ``entry.rad()`` are exact.

    Attributes:
        balls: (d,) each contains ``beta_i``, and is no wider than asked relative to itself; an
            entry that is 0 is the exact ball 0.
        dual: (N,) each contains ``nu_i``.
        digits: asked for: every radius in ``balls`` is at most ``10^-digits |beta_i|``.
        bits: the working precision that did it.
    """

    balls: tuple[arb, ...]
    dual: tuple[arb, ...]
    digits: int
    bits: int

    @property
    def midpoints(self) -> tuple[arb, ...]:
        """(d,) exact midpoints."""
        return tuple(ball.mid() for ball in self.balls)

    @property
    def radii(self) -> tuple[arb, ...]:
        """(d,) exact radii."""
        return tuple(ball.rad() for ball in self.balls)

    def __reduce__(self) -> tuple[Any, ...]:
        # flint balls do not pickle; their midpoints and radii are integers times powers of two.
        return _of_parts, (_parts(self.balls), _parts(self.dual), self.digits, self.bits)

    def is_as_narrow_as_asked(self) -> bool:
        """Whether every radius is at most ``10^-digits`` of its entry."""
        return is_narrow(self.balls, self.digits)


def is_narrow(balls: tuple[arb, ...] | list[arb], digits: int) -> bool:
    """Whether the radius of every ball is at most ``10^-digits`` of all it contains."""
    with ctx.workprec(64):
        share = arb(10) ** -digits
        return all(ball.is_zero() or ball.rad() <= abs(ball).abs_lower() * share for ball in balls)


def to_doubles(balls: Sequence[arb], what: str) -> Vector:
    """The doubles nearest to the midpoints; OverflowError where one is too large."""
    doubles = np.array([float(ball) for ball in balls])
    if not np.isfinite(doubles).all():
        raise OverflowError(f"{what} exceeds the largest double; scale X up or y down")
    return doubles


def distance(beta: Vector, balls: Sequence[arb]) -> float:
    """A bound on ``max|beta - beta^| / max|beta^|`` for all beta^ in the balls; 0 where both are 0.

    In doubles, rounded up; inf where it is not known that beta^ is not 0.
    """
    off = max(abs(ball - float(b)).upper() for b, ball in zip(beta, balls, strict=True))
    size = max(abs(ball).lower() for ball in balls)
    if off == 0:
        return 0.0
    return float(np.nextafter(float((off / size).upper()), np.inf)) if size > 0 else np.inf


Parts = tuple[tuple[int, int], tuple[int, int]]  # mantissa and exponent of midpoint and of radius
RADIUS_BITS = 30  # of FLINT's radii


def _parts(balls: Sequence[arb]) -> tuple[Parts, ...]:
    def pair(number: arb) -> tuple[int, int]:
        mantissa, exponent = number.man_exp()
        return int(mantissa), int(exponent)

    return tuple((pair(ball.mid()), pair(ball.rad())) for ball in balls)


def _of_parts(balls: Sequence[Parts], dual: Sequence[Parts], digits: int, bits: int) -> Enclosure:
    return Enclosure(
        tuple(_ball(*parts) for parts in balls),
        tuple(_ball(*parts) for parts in dual),
        digits,
        bits,
    )


def _ball(mid: tuple[int, int], rad: tuple[int, int]) -> arb:
    """The ball of that midpoint and radius.

    FLINT rounds a radius that it is given up by a unit in the last place: the ball is still right,
    but wider. So it is given half a unit less, where that makes the radius what it was.
    """
    mantissa, exponent = rad
    shift = RADIUS_BITS + 1 - mantissa.bit_length()
    same = arb(mid, ((mantissa << shift) - 1, exponent - shift))
    return same if same.rad() == arb(rad) else arb(mid, rad)
