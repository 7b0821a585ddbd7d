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
from implicitbias.solvers.refusal import OutsideError

MIDDLE = 0.5  # of s: beyond, z is known through the slack ``1 - |s|``, below through s
Exact = fmpq | arb


@dataclass(frozen=True, eq=False)
class BallPoint:
    """One coordinate on its curve.

    Attributes:
        z, log_inverse_metric, parameter: as in ``curve.Point``; the parameter has the sign of
            ``s``.
        log_inverse_metric_at: computes log_inverse_metric, which not every step of Newton's method
            needs.
    """

    z: arb
    parameter: arb
    log_inverse_metric_at: Callable[[], arb]

    @property
    def log_inverse_metric(self) -> arb:
        return self.log_inverse_metric_at()


@dataclass(frozen=True, eq=False)
class BasicPoint(BallPoint):
    """A basic coordinate on its curve: ``sigma = reference_point + offset``, the offset with all
    its digits.

    Attributes:
        reference_point: which of the coordinate's fixed points it is measured from: the ends -1 and
            1 of the range of sigma, or 0 its middle.
        speed: ``dsigma/dangle``.
    """

    reference_point: int
    offset: arb
    speed: arb


class BallCurve(ABC):
    """A curve (z, sigma) for each of d coordinates, both increasing in its parameter.

    ``growth`` is about ``dln|z|/dangle`` far out.
    """

    growth: float

    @abstractmethod
    def basic_point(self, i: int, parameter: arb) -> BasicPoint:
        """The point at a parameter."""

    @abstractmethod
    def reference_point(self, i: int, which: int) -> Exact:
        """Its fixed point -1, 0 or 1: a rational where it is one."""

    @abstractmethod
    def nonbasic_point(self, i: int, sigma: arb, from_end: Callable[[int], arb]) -> BallPoint:
        """The point at sigma; ``from_end(side)`` is its distance to an end, with all its digits.

        OutsideError where the ball of sigma does not lie in the range.
        """


@dataclass(frozen=True, eq=False)
class MirrorBallCurve(BallCurve):
    """``sigma = shift + s/rate``, ``z = exp(log_scale) h(s)``: see ``curve.MirrorCurve``.

    Here the log inverse scale is part of log_scale.

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
        log_inverse_scale: arb,
        d: int,
    ) -> "MirrorBallCurve":
        """The curve of the start ``alpha (a, b)``; ``log_inverse_scale = -D ln alpha``, D = 1 at
        infinity.
        """
        infinite = depth == math.inf
        exact = Fraction(1) if infinite else Fraction(depth)
        one, zero = arb(1), fmpq(0)
        if depth == 2:
            potential: Potential = Hypentropy()
            if start is None:
                return cls(potential, 1.0, [-log_inverse_scale] * d, [one] * d, [zero] * d, None)
            logs = [(arb(a).log(), arb(b).log()) for a, b in zip(*start, strict=True)]
            return cls(
                potential,
                1.0,
                [a + b - log_inverse_scale for a, b in logs],
                [one] * d,
                [zero if a == b else (arb(b) / arb(a)).log() for a, b in zip(*start, strict=True)],
                None,
            )
        potential = Depth(math.inf if infinite else _plain(exact))
        growth = 2 * float(potential.p)
        if start is None:
            unit = (fmpq(-1), fmpq(1))
            return cls(
                potential, growth, [-log_inverse_scale] * d, [one] * d, [zero] * d, [unit] * d
            )
        log_scale, rate, shift, ends = [], [], [], []
        for a, b in zip(*start, strict=True):
            high, low = _power(a, 2 - exact), _power(b, 2 - exact)
            mean: Exact = (high + low) / 2
            shift.append((high - low) / 2)
            ends.append((-low, high))
            rate.append(1 / arb(mean))
            log_scale.append(arb(mean).log() * _ball(exact / (2 - exact)) - log_inverse_scale)
        return cls(potential, growth, log_scale, rate, shift, ends)

    def reference_point(self, i: int, which: int) -> Exact:
        if which == 0 or self.ends is None:
            return self.shift[i]
        return self.ends[i][(which + 1) // 2]

    def basic_point(self, i: int, parameter: arb) -> BasicPoint:
        potential, rate = self.potential, self.rate[i]
        speed = potential.log_speed_at(BALLS, abs(parameter)).exp() / rate
        if self.ends is None:  # sinh keeps its digits everywhere
            return BasicPoint(*self._near(i, parameter, parameter), 0, parameter, speed)
        if abs(parameter).mid() <= MIDDLE:
            s = potential.dual_at(BALLS, parameter)
            return BasicPoint(*self._near(i, s, parameter), 0, s / rate, speed)
        side = 1 if parameter.mid() > 0 else -1
        size = side * parameter
        point = self._far(i, side, size)
        boundary_distance = 2 / ((2 * size).exp() + 1)
        return BasicPoint(*point, side, -side * boundary_distance / rate, speed)

    def nonbasic_point(self, i: int, sigma: arb, from_end: Callable[[int], arb]) -> BallPoint:
        s = self.rate[i] * (sigma - self.shift[i])
        if self.ends is None:
            return BallPoint(*self._near(i, s, s))
        if abs(s).mid() <= MIDDLE:
            parameter = s.atanh()
            if not parameter.is_finite():
                raise OutsideError
            return BallPoint(*self._near(i, s, parameter))
        side = 1 if s.mid() > 0 else -1
        boundary_distance = self.rate[i] * from_end(side)
        if not boundary_distance > 0:
            raise OutsideError
        size = ((2 - boundary_distance) / boundary_distance).log() / 2
        return BallPoint(*self._far(i, side, size))

    def _near(self, i: int, s: arb, parameter: arb) -> tuple[arb, arb, Callable[[], arb]]:
        z = self.log_scale[i].exp() * self.potential._inverse_mirror(BALLS, s)
        return z, parameter, partial(self._log_inverse_metric, i, abs(parameter))

    def _far(self, i: int, side: int, size: arb) -> tuple[arb, arb, Callable[[], arb]]:
        z = (self.potential.log_primal_at(BALLS, size) + self.log_scale[i]).exp()
        if not z.is_finite():
            raise OutsideError
        return side * z, side * size, partial(self._log_inverse_metric, i, size)

    def _log_inverse_metric(self, i: int, size: arb) -> arb:
        rate = self.rate[i]
        log_rate = rate.log() if rate != 1 else 0
        log_inverse_metric: arb = self.potential.log_inverse_metric(BALLS, size)
        return log_inverse_metric + self.log_scale[i] + log_rate


@dataclass(frozen=True, eq=False)
class EntropyBallCurve(BallCurve):
    """The curves that choose among many l1 minimisers as alpha -> 0: ``z > 0``, parameter ``ln z``.

    Depth 2 minimises ``sum z ln z``: ``sigma = ln z``. Depth D > 2 maximises ``sum z^(2/D)``:
    ``sigma = -z^(-1/p)``, ``p = D/(D-2)``, and depth infinity ``sum ln z``: p = 1.
    """

    power: Fraction | None  # p; None at depth 2
    growth: float = 1.0

    @classmethod
    def of_depth(cls, depth: Fraction | float) -> "EntropyBallCurve":
        """For a depth >= 2."""
        if depth == 2:
            return cls(None)
        if depth == math.inf:
            return cls(Fraction(1))
        return cls(Fraction(depth) / (Fraction(depth) - 2))

    def reference_point(self, i: int, which: int) -> Exact:
        return fmpq(0)

    def basic_point(self, i: int, parameter: arb) -> BasicPoint:
        z, sigma, speed = self._at(parameter)
        return BasicPoint(z, parameter, lambda: parameter - speed.log(), 0, sigma, speed)

    def nonbasic_point(self, i: int, sigma: arb, from_end: Callable[[int], arb]) -> BallPoint:
        if self.power is None:
            parameter = sigma
        elif sigma < 0:
            parameter = -_ball(self.power) * (-sigma).log()
        else:
            raise OutsideError
        z, _, speed = self._at(parameter)
        if not z.is_finite():
            raise OutsideError
        return BallPoint(z, parameter, lambda: parameter - speed.log())

    def _at(self, parameter: arb) -> tuple[arb, arb, arb]:
        if self.power is None:
            return parameter.exp(), parameter, arb(1)
        sigma = -(-parameter / _ball(self.power)).exp()
        return parameter.exp(), sigma, -sigma / _ball(self.power)


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
