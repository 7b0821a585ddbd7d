"""The mirror curve of each coordinate in balls: what ``curve.py`` is in doubles."""

import math
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from typing import Any

from flint import arb, fmpq

from implicitbias.numbers import BALLS
from implicitbias.potentials import Depth, Hypentropy, Potential

MIDDLE = 0.5  # of s: beyond, z is known through the slack ``1 - |s|``, below through s
Exact = fmpq | arb


class OutsideError(ArithmeticError):
    """A dual point has left the domain of the conjugate, or its ball has."""


@dataclass(frozen=True, eq=False)
class ArcPoint:
    """One coordinate on its curve.

    Attributes:
        z, log_stretch, angle: as in ``curve.Point``; the angle has the sign of ``s``.
        stretch_at: computes log_stretch, which not every step of Newton's method needs.
    """

    z: arb
    angle: arb
    stretch_at: Callable[[], arb]

    @property
    def log_stretch(self) -> arb:
        return self.stretch_at()


@dataclass(frozen=True, eq=False)
class AnchorPoint(ArcPoint):
    """An anchor on its curve: ``sigma = corner + offset``, the offset with all its digits.

    Attributes:
        corner: which of the coordinate's fixed points it is measured from: the ends -1 and 1 of
            the range of sigma, or 0 its middle.
        speed: ``dsigma/dangle``.
    """

    corner: int
    offset: arb
    speed: arb


class Arcs(ABC):
    """A curve (z, sigma) for each of d coordinates, both increasing in its angle.

    ``growth`` is about ``dln|z|/dangle`` far out.
    """

    growth: float

    @abstractmethod
    def anchor(self, i: int, angle: arb) -> AnchorPoint:
        """The point at an angle."""

    @abstractmethod
    def corner(self, i: int, which: int) -> Exact:
        """Its fixed point -1, 0 or 1: a rational where it is one."""

    @abstractmethod
    def other(self, i: int, sigma: arb, from_end: Callable[[int], arb]) -> ArcPoint:
        """The point at sigma; ``from_end(side)`` is its distance to an end, with all its digits.

        OutsideError where the ball of sigma does not lie in the range.
        """


@dataclass(frozen=True, eq=False)
class MirrorArcs(Arcs):
    """``sigma = shift + s/rate``, ``z = exp(log_scale) h(s)``: see ``curve.MirrorCurve``.

    Here the length is part of log_scale.

    Attributes:
        log_scale, rate, shift: d each. ends: d pairs, the range of sigma; None at depth 2.
    """

    potential: Potential
    growth: float
    log_scale: list[arb]
    rate: list[arb]
    shift: list[Exact]
    ends: list[tuple[Exact, Exact]] | None

    @classmethod
    def from_start(
        cls,
        depth: Fraction | float,
        start: tuple[list[fmpq], list[fmpq]] | None,
        length: arb,
        d: int,
    ) -> "MirrorArcs":
        """The curve of the start ``alpha (a, b)``; ``length = -D ln alpha``, D = 1 at infinity."""
        infinite = depth == math.inf
        exact = Fraction(1) if infinite else Fraction(depth)
        one, zero = arb(1), fmpq(0)
        if depth == 2:
            potential: Potential = Hypentropy()
            if start is None:
                return cls(potential, 1.0, [-length] * d, [one] * d, [zero] * d, None)
            logs = [(arb(a).log(), arb(b).log()) for a, b in zip(*start, strict=True)]
            return cls(
                potential,
                1.0,
                [a + b - length for a, b in logs],
                [one] * d,
                [zero if a == b else (arb(b) / arb(a)).log() for a, b in zip(*start, strict=True)],
                None,
            )
        potential = Depth(math.inf if infinite else _plain(exact))
        growth = 2 * float(potential.p)
        if start is None:
            unit = (fmpq(-1), fmpq(1))
            return cls(potential, growth, [-length] * d, [one] * d, [zero] * d, [unit] * d)
        log_scale, rate, shift, ends = [], [], [], []
        for a, b in zip(*start, strict=True):
            high, low = _power(a, 2 - exact), _power(b, 2 - exact)
            mean: Exact = (high + low) / 2
            shift.append((high - low) / 2)
            ends.append((-low, high))
            rate.append(1 / arb(mean))
            log_scale.append(arb(mean).log() * _ball(exact / (2 - exact)) - length)
        return cls(potential, growth, log_scale, rate, shift, ends)

    def corner(self, i: int, which: int) -> Exact:
        if which == 0 or self.ends is None:
            return self.shift[i]
        return self.ends[i][(which + 1) // 2]

    def anchor(self, i: int, angle: arb) -> AnchorPoint:
        potential, rate = self.potential, self.rate[i]
        speed = potential.log_speed_at(BALLS, abs(angle)).exp() / rate
        if self.ends is None:  # sinh keeps its digits everywhere
            return AnchorPoint(*self._near(i, angle, angle), 0, angle, speed)
        if abs(angle).mid() <= MIDDLE:
            s = potential.dual_at(BALLS, angle)
            return AnchorPoint(*self._near(i, s, angle), 0, s / rate, speed)
        side = 1 if angle.mid() > 0 else -1
        size = side * angle
        point = self._far(i, side, size)
        slack = 2 / ((2 * size).exp() + 1)
        return AnchorPoint(*point, side, -side * slack / rate, speed)

    def other(self, i: int, sigma: arb, from_end: Callable[[int], arb]) -> ArcPoint:
        s = self.rate[i] * (sigma - self.shift[i])
        if self.ends is None:
            return ArcPoint(*self._near(i, s, s))
        if abs(s).mid() <= MIDDLE:
            angle = s.atanh()
            if not angle.is_finite():
                raise OutsideError
            return ArcPoint(*self._near(i, s, angle))
        side = 1 if s.mid() > 0 else -1
        slack = self.rate[i] * from_end(side)
        if not slack > 0:
            raise OutsideError
        size = ((2 - slack) / slack).log() / 2
        return ArcPoint(*self._far(i, side, size))

    def _near(self, i: int, s: arb, angle: arb) -> tuple[arb, arb, Callable[[], arb]]:
        z = self.log_scale[i].exp() * self.potential._inverse_mirror(BALLS, s)
        return z, angle, partial(self._log_stretch, i, abs(angle))

    def _far(self, i: int, side: int, size: arb) -> tuple[arb, arb, Callable[[], arb]]:
        z = (self.potential.log_primal_at(BALLS, size) + self.log_scale[i]).exp()
        if not z.is_finite():
            raise OutsideError
        return side * z, side * size, partial(self._log_stretch, i, size)

    def _log_stretch(self, i: int, size: arb) -> arb:
        rate = self.rate[i]
        log_rate = rate.log() if rate != 1 else 0
        log_stretch: arb = self.potential.log_stretch_at(BALLS, size)
        return log_stretch + self.log_scale[i] + log_rate


@dataclass(frozen=True, eq=False)
class EntropyArcs(Arcs):
    """The curves that choose among many l1 minimisers as alpha -> 0: ``z > 0``, angle ``ln z``.

    Depth 2 minimises ``sum z ln z``: ``sigma = ln z``. Depth D > 2 maximises ``sum z^(2/D)``:
    ``sigma = -z^(-1/p)``, ``p = D/(D-2)``, and depth infinity ``sum ln z``: p = 1.
    """

    power: Fraction | None  # p; None at depth 2
    growth: float = 1.0

    @classmethod
    def of_depth(cls, depth: Fraction | float) -> "EntropyArcs":
        """For a depth >= 2."""
        if depth == 2:
            return cls(None)
        if depth == math.inf:
            return cls(Fraction(1))
        return cls(Fraction(depth) / (Fraction(depth) - 2))

    def corner(self, i: int, which: int) -> Exact:
        return fmpq(0)

    def anchor(self, i: int, angle: arb) -> AnchorPoint:
        z, sigma, speed = self._at(angle)
        return AnchorPoint(z, angle, lambda: angle - speed.log(), 0, sigma, speed)

    def other(self, i: int, sigma: arb, from_end: Callable[[int], arb]) -> ArcPoint:
        if self.power is None:
            angle = sigma
        elif sigma < 0:
            angle = -_ball(self.power) * (-sigma).log()
        else:
            raise OutsideError
        z, _, speed = self._at(angle)
        if not z.is_finite():
            raise OutsideError
        return ArcPoint(z, angle, lambda: angle - speed.log())

    def _at(self, angle: arb) -> tuple[arb, arb, arb]:
        if self.power is None:
            return angle.exp(), angle, arb(1)
        sigma = -(-angle / _ball(self.power)).exp()
        return angle.exp(), sigma, -sigma / _ball(self.power)


def _power(base: fmpq, exponent: Fraction) -> Exact:
    """``base^exponent``, a rational where the exponent is whole."""
    if exponent.denominator == 1:
        return base ** int(exponent)
    power: arb = arb(base) ** _ball(exponent)
    return power


def _plain(depth: Fraction) -> Any:
    return int(depth) if depth.denominator == 1 else depth


def _ball(value: Fraction) -> arb:
    return arb(fmpq(value.numerator, value.denominator))
