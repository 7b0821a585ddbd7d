"""The mirror curve in balls: pairs (z, sigma) that satisfy stationarity, one coordinate at a time.

What ``doubles/mirror_curve.py`` says of the curve and its parameter holds here too. What balls ask
for besides is where sigma is measured from: minus an end of its range, it may be far below the
rounding of sigma itself, and only with that distance's own digits does z have any.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import Any

from flint import arb, fmpq

from implicitbias.numbers import BALLS
from implicitbias.potentials import ImplicitPotential, MirrorParameters, potential_for
from implicitbias.potentials.entropy import Entropy
from implicitbias.solvers.refusal import OutsideError

MIDDLE = 0.5  # of s or v: beyond, z is known through the distance ``1 - |s|``, below through s
Exact = fmpq | arb


@dataclass(frozen=True, eq=False)
class BallPoint:
    """One coordinate on its curve.

    Attributes:
        z: the primal variable.
        parameter: where on the curve it is.
        log_inverse_metric_at: computes log_inverse_metric, which not every step of Newton's method
            needs.
    """

    z: arb
    parameter: arb
    log_inverse_metric_at: Callable[[], arb]

    @property
    def log_inverse_metric(self) -> arb:
        """``ln dz/dsigma``."""
        return self.log_inverse_metric_at()


@dataclass(frozen=True, eq=False)
class BasicPoint(BallPoint):
    """A basic coordinate on its curve: ``sigma = reference_point + offset``, the offset with all
    its digits.

    Attributes:
        reference_point: which of the coordinate's fixed points it is measured from: the ends -1 and
            1 of the range of sigma, or 0 its middle.
        offset: sigma minus that point.
        dual_derivative: ``dsigma/dv``, v the parameter.
    """

    reference_point: int
    offset: arb
    dual_derivative: arb


class BallCurve(ABC):
    """A curve (z, sigma) for each of d coordinates, both increasing in its parameter."""

    @property
    @abstractmethod
    def growth_rate(self) -> float:
        """About ``dln|z|/dv`` far out."""

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
    """``sigma = shift + s/rate``, ``z = exp(log_scale - log_inverse_scale) h(s)``, h the inverse
    mirror map.

    Attributes:
        coordinates: d, what the start makes of each.
        log_inverse_scale: ``-D ln alpha``.
    """

    potential: ImplicitPotential
    coordinates: Sequence[MirrorParameters]
    log_inverse_scale: arb

    @classmethod
    def from_start(
        cls, depth: Any, start: tuple[list[fmpq], list[fmpq]] | None, d: int
    ) -> "MirrorBallCurve":
        """The curve for the weights' start, at alpha = 1 and the working precision."""
        potential = potential_for(depth)
        if start is None:
            coordinates = [potential.mirror_parameters(BALLS, fmpq(1), fmpq(1))] * d
        else:
            coordinates = [
                potential.mirror_parameters(BALLS, a, b) for a, b in zip(*start, strict=True)
            ]
        return cls(potential, coordinates, arb(0))

    def at_scale(self, log_inverse_scale: arb) -> "MirrorBallCurve":
        """The curve of the same start at another alpha."""
        return replace(self, log_inverse_scale=log_inverse_scale)

    @cached_property
    def growth_rate(self) -> float:
        return float(self.potential.growth_rate)

    def reference_point(self, i: int, which: int) -> Exact:
        own = self.coordinates[i]
        point: Exact = own.shift
        if which != 0 and own.ends is not None:
            point = own.ends.high if which > 0 else own.ends.low
        return point

    def basic_point(self, i: int, parameter: arb) -> BasicPoint:
        own, size = self.coordinates[i], abs(parameter)
        derivative = self.potential.log_dual_derivative(BALLS, size).exp() / own.rate
        if own.ends is None or size.mid() <= MIDDLE:
            s = self.potential.dual_at(BALLS, parameter)
            return BasicPoint(*self._at_dual(i, s, parameter), 0, s / own.rate, derivative)
        side = 1 if parameter.mid() > 0 else -1
        offset = -side * own.ends.boundary_distance(BALLS, size) / own.rate
        return BasicPoint(*self._at_size(i, side, size), side, offset, derivative)

    def nonbasic_point(self, i: int, sigma: arb, from_end: Callable[[int], arb]) -> BallPoint:
        own = self.coordinates[i]
        s = own.rate * (sigma - own.shift)
        if own.ends is None or abs(s).mid() <= MIDDLE:
            parameter = self.potential.parameter_of_dual(BALLS, s)
            if not parameter.is_finite():
                raise OutsideError
            return BallPoint(*self._at_dual(i, s, parameter))
        side = 1 if s.mid() > 0 else -1
        distance = own.rate * from_end(side)
        if not distance > 0:
            raise OutsideError
        size = own.ends.parameter_of_distance(BALLS, distance)
        return BallPoint(*self._at_size(i, side, size))

    def _at_dual(self, i: int, s: arb, parameter: arb) -> tuple[arb, arb, Callable[[], arb]]:
        """z through s, which may be 0."""
        z = self._log_scale(i).exp() * self.potential.primal_of_dual(BALLS, s)
        return z, parameter, partial(self._log_inverse_metric, i, abs(parameter))

    def _at_size(self, i: int, side: int, size: arb) -> tuple[arb, arb, Callable[[], arb]]:
        """z through ``size = |v|``, which is not 0."""
        z = (self.potential.log_primal_at(BALLS, size) + self._log_scale(i)).exp()
        if not z.is_finite():
            raise OutsideError
        return side * z, side * size, partial(self._log_inverse_metric, i, size)

    def _log_scale(self, i: int) -> arb:
        log_scale: arb = self.coordinates[i].log_scale - self.log_inverse_scale
        return log_scale

    def _log_inverse_metric(self, i: int, size: arb) -> arb:
        of_potential: arb = self.potential.log_inverse_metric(BALLS, size)
        log_rate: arb = self.coordinates[i].rate.log()
        return of_potential + (self._log_scale(i) + log_rate)


@dataclass(frozen=True, eq=False)
class EntropyBallCurve(BallCurve):
    """``sigma = f'(z)``, z > 0, of the entropy that chooses among many l1 minimisers as alpha -> 0.

    The parameter is ``ln z``.
    """

    entropy: Entropy

    @property
    def growth_rate(self) -> float:
        return 1.0

    def reference_point(self, i: int, which: int) -> Exact:
        return fmpq(0)

    def basic_point(self, i: int, parameter: arb) -> BasicPoint:
        sigma = self.entropy.dual_at(BALLS, parameter)
        derivative = self.entropy.dual_derivative(BALLS, parameter)
        return BasicPoint(*self._at(parameter), 0, sigma, derivative)

    def nonbasic_point(self, i: int, sigma: arb, from_end: Callable[[int], arb]) -> BallPoint:
        point = BallPoint(*self._at(self.entropy.parameter_of_dual(BALLS, sigma)))
        if not point.z.is_finite():
            raise OutsideError
        return point

    def _at(self, parameter: arb) -> tuple[arb, arb, Callable[[], arb]]:
        return parameter.exp(), parameter, partial(self._log_inverse_metric, parameter)

    def _log_inverse_metric(self, parameter: arb) -> arb:
        log_derivative: arb = self.entropy.dual_derivative(BALLS, parameter).log()
        return parameter - log_derivative
