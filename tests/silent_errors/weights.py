"""Where the flow of one pair of weights can go: beta as a function of one variable s.

``w' = -+D c(t) w^(D-1)`` has the solution

    D = 2:  w_+ = A e^(s/2),              w_- = B e^(-s/2)
    D > 2:  w_+^(2-D) = A^(2-D) - s,      w_-^(2-D) = B^(2-D) + s

from ``w = (A, B)``, for one function s of time, and ``beta = w_+^D - w_-^D``. All is in units of
alpha: ``A = a``, ``B = b``, and beta has the factor ``alpha^D``.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from flint import arb, fmpq


class OutsideError(Exception):
    """An s is not proved to be inside: a weight would have blown up."""


@dataclass(frozen=True)
class Model:
    """The potential: depth, scale and start of the weights.

    Attributes:
        depth: D >= 2, or math.inf (alpha then stands for ``alpha^D``).
        factor, nats: ``alpha = factor e^nats``.
        start: (a, b), d positive rationals each; None for ones.
        exponent: in place of D in ``alpha^D``.
    """

    depth: Fraction | float
    factor: Fraction = Fraction(1)
    nats: Fraction = Fraction(0)
    start: tuple[tuple[Fraction, ...], tuple[Fraction, ...]] | None = None
    exponent: Fraction | None = None

    @property
    def power(self) -> Fraction:
        if self.exponent is not None:
            return self.exponent
        return Fraction(1) if self.depth == math.inf else Fraction(self.depth)

    def log_x(self) -> arb:
        """``ln alpha^D``."""
        return ball(self.power) * (ball(self.factor).log() + ball(self.nats))


@dataclass(frozen=True)
class Point:
    """d coordinates: beta, ``d beta / d s``, and how far s may move until that changes."""

    beta: list[arb]
    slope: list[arb]
    scale: list[arb]


@dataclass(frozen=True)
class Weights:
    """The constants of one model, at the working precision of their making.

    Attributes:
        p: ``D/(D-2)``, 1 at depth infinity, None at D = 2. x: ``alpha^D``.
        ends: where s ends, to the right and to the left; at D = 2 the ``w^2`` at the start.
        even: whether both weights start alike.
    """

    p: arb | None
    x: arb
    ends: list[tuple[arb, arb]]
    even: list[bool]

    @classmethod
    def of(cls, model: Model, d: int) -> "Weights":
        x = model.log_x().exp()
        ones = (Fraction(1),) * d
        a, b = model.start or (ones, ones)
        pairs = list(zip(a, b, strict=True))
        even = [u == v for u, v in pairs]
        if model.depth == math.inf:
            return cls(arb(1), x, [(arb(1), arb(1))] * d, even)
        if model.depth == 2:
            return cls(None, x, [(x * ball(u) ** 2, x * ball(v) ** 2) for u, v in pairs], even)
        D = ball(Fraction(model.depth))
        return cls(
            D / (D - 2), x, [(ball(u) ** (2 - D), ball(v) ** (2 - D)) for u, v in pairs], even
        )

    def at(self, s: Sequence[arb]) -> Point:
        """OutsideError where an s is not proved to be inside."""
        beta, slope, scale = [], [], []
        for value, ends, even in zip(s, self.ends, self.even, strict=True):
            found = self._exponential(value, ends, even) if self.p is None else None
            found = found or self._power(value, ends, even, self.p)
            beta.append(found[0])
            slope.append(found[1])
            scale.append(found[2])
        return Point(beta, slope, scale)

    def _exponential(self, s: arb, ends: tuple[arb, arb], even: bool) -> tuple[arb, arb, arb]:
        growth = s.exp()
        plus, minus = ends[0] * growth, ends[1] / growth
        # No cancellation where the weights hardly move.
        beta = 2 * ends[0] * s.sinh() if even else plus - minus
        return beta, plus + minus, arb(1)

    def _power(self, s: arb, ends: tuple[arb, arb], even: bool, p: Any) -> tuple[arb, arb, arb]:
        right, left = ends[0] - s, ends[1] + s
        if not (right > 0 and left > 0):
            raise OutsideError
        plus, minus = self.x * right**-p, self.x * left**-p
        beta = plus - minus
        if even and abs(s) < ends[0] / 8:
            beta = 2 * (plus * minus).sqrt() * (p * (s / ends[0]).atanh()).sinh()
        slope = p * (plus / right + minus / left)
        return beta, slope, right.min(left).mid() / (1 + p)

    def reach(self, length: arb) -> arb:
        """How far ``p t^(-1/p)`` moves, ln t at D = 2, where ln t rises by this length."""
        return length if self.p is None else self.p * -(-length / self.p).expm1()

    def room(self, moved: Sequence[arb]) -> arb:
        """A factor f such that ``f moved`` is a small step from s = 0."""
        if self.p is None:
            return min([1 / abs(m).upper() for m in moved if m != 0]).mid() / 16
        rooms = [
            end / abs(m).upper()
            for m, ends in zip(moved, self.ends, strict=True)
            for end in ends
            if m != 0
        ]
        return min(rooms).mid() / (16 * (1 + self.p))


def ball(value: Fraction) -> arb:
    return arb(fmpq(value.numerator, value.denominator))


def exact_ball(value: Any) -> arb:
    """A double as a ball, exactly; a rational at the working precision."""
    return arb(value) if isinstance(value, fmpq) else arb(float(value))
