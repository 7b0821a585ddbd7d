"""The mirror curve: pairs (z_i, sigma_i) that satisfy stationarity, coordinate by coordinate."""

import math
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any

import numpy as np

from implicitbias.inputs.arrays import EPS, Vector
from implicitbias.numbers import DOUBLES
from implicitbias.potentials import Depth, Hypentropy, Potential
from implicitbias.solvers.refusal import NoConvergenceError

LOG2 = math.log(2.0)
STEEP = 1e-2  # of w is z: there z tells the parameter better than sigma
BLOCK = 8192
NEAR = 1e-5  # a relative Newton step so small has an error of its square; all lie on the curve


@dataclass(frozen=True, eq=False)
class Point:
    """One point of the curve for every coordinate.

    Attributes:
        z: (d,) primal. sigma: (d,) dual, ``A^T nu`` at the solution. parameter: (d,), >= 0.
        log_inverse_metric: (d,) ``ln dz/dsigma``. ratio: (d,) ``z / (dz/dsigma)``, also where both
            underflow.
    """

    z: Vector
    sigma: Vector
    parameter: Vector
    log_inverse_metric: Vector
    ratio: Vector

    @cached_property
    def inverse_metric(self) -> Vector:
        """(d,) ``dz/dsigma > 0``; it may underflow to 0."""
        return np.exp(self.log_inverse_metric)

    def row(self, index: Any) -> "Point":
        """One of many points, or some of them."""
        return Point(*(getattr(self, name)[index] for name in PARTS))

    def where(self, mask: Any, other: "Point") -> "Point":
        """This point where mask holds, the other elsewhere."""
        return Point(*(np.where(mask, getattr(self, name), getattr(other, name)) for name in PARTS))

    def with_coordinates(self, index: Any, other: "Point") -> "Point":
        """This point, but for some of its coordinates, which are those of the other."""
        parts = [getattr(self, name).copy() for name in PARTS]
        for part, name in zip(parts, PARTS, strict=True):
            part[..., index] = getattr(other, name)
        return Point(*parts)


PARTS = tuple(field.name for field in fields(Point))


@dataclass(frozen=True, eq=False)
class MirrorCurve:
    """``sigma = shift + s / rate``, ``z = exp(log_scale - log_inverse_scale) h(s)``, h the inverse
    mirror map.

    That is the stationarity condition of ``min sum_i scale_i/rate_i q(z_i/scale_i) + shift_i z_i``
    s.t. ``A z = b``, with ``scale = exp(log_scale - log_inverse_scale)``: for the start alpha (a,
    b), in the units of ``Problem``, ``log_inverse_scale = -D ln alpha`` and, with alpha_i the power
    mean of order 2 - D of (a_i, b_i): ``log_scale = D ln alpha_i``, ``rate = alpha_i^(D-2)``,
    ``shift = (a_i^(2-D) - b_i^(2-D))/2``; at D = 2 ``alpha_i^2 = a_i b_i``, ``rate = 1``, ``shift =
    -ln(a_i/b_i)``. (A dual vector in units where alpha = 1.)

    Attributes:
        log_scale, rate, shift: (d,) as above.
        rounding: (d,) a bound on the error of log_scale and the relative error of rate and shift.
    """

    potential: Potential
    log_scale: Vector
    rate: Vector
    shift: Vector
    rounding: Vector

    @classmethod
    def from_start(
        cls, depth: float, start: tuple[Vector, Vector] | None, target_scale: float, d: int
    ) -> "MirrorCurve":
        """The curve for the weights' start, in units where targets are divided by target_scale."""
        potential: Potential = Hypentropy() if depth == 2 else Depth(depth)
        offset = -math.log(target_scale)
        if start is None:
            rounding = np.full(d, EPS * (1 + abs(offset)))
            return cls(potential, np.full(d, offset), np.ones(d), np.zeros(d), rounding)
        a, b = start
        log_a, log_b = np.log(a), np.log(b)
        # A start that is biased by a hair is biased: its log ratio must not be a difference.
        ratio = np.where(np.abs(a - b) < b / 2, np.log1p((a - b) / b), log_a - log_b)
        rounding = 4 * EPS * (1 + abs(offset) + depth * (np.abs(log_a) + np.abs(log_b) + 1))
        if depth == 2:
            return cls(potential, log_a + log_b + offset, np.ones(d), -ratio, rounding)
        order = 2 - depth
        mean = np.logaddexp(order * log_a, order * log_b) - LOG2  # ln alpha_i^(2-D)
        shift = np.exp(order * (log_a + log_b) / 2) * np.sinh(order * ratio / 2)
        log_scale = depth / order * mean + offset
        rounding = rounding + 4 * EPS * np.abs(log_scale)
        return cls(potential, log_scale, np.exp(-mean), shift, rounding)

    def at(self, index: Any) -> "MirrorCurve":
        """The curve of some of the coordinates."""
        parts = (self.log_scale, self.rate, self.shift, self.rounding)
        return MirrorCurve(self.potential, *(part[index] for part in parts))

    def at_primal(self, z: Vector, log_inverse_scale: Any) -> Point:
        """The point with the given z."""
        log_primal = self._log_primal(z, log_inverse_scale)
        parameter = self._parameter_of_log(log_primal)
        return self._complete(z, np.copysign(parameter, z), log_primal, log_inverse_scale)

    def at_parameter(self, signed_parameter: Vector, log_inverse_scale: Any) -> Point:
        """The point with the given parameter; its sign is that of z."""
        log_primal = self.potential.log_primal_at(DOUBLES, np.abs(signed_parameter))  # -inf at 0
        z = np.copysign(np.exp(log_primal + self.log_scale - log_inverse_scale), signed_parameter)
        return self._complete(z, signed_parameter, log_primal, log_inverse_scale)

    def parameter_at_dual(self, sigma: Vector) -> Vector:
        """The signed parameter at sigma; nan where sigma is outside the range of the mirror map."""
        s = self.rate * (sigma - self.shift)
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.copysign(self.potential.parameter_of_dual(DOUBLES, s), s)

    def conjugate(self, signed_parameter: Vector, log_inverse_scale: Any) -> Vector:
        """(d,) ``scale/rate q*(s)``: the conjugate of P's terms, less ``shift``'s linear part."""
        parameter = np.abs(signed_parameter)
        with np.errstate(divide="ignore"):
            log_conjugate = self.potential.log_conjugate_at(DOUBLES, parameter)
            return np.asarray(
                np.exp(log_conjugate + self.log_scale - log_inverse_scale) / self.rate
            )

    def slope(self, point: Point) -> Vector:
        """(d,) how fast s moves with sigma, relative to what bends the mirror map there."""
        unit = np.ones(len(point.z))
        variation = self.potential.inverse_metric_variation(DOUBLES, point.parameter, 1e-6 * unit)
        return np.asarray(self.rate * np.maximum(np.log(variation) * 1e6, unit))

    def nearest(
        self, z: Vector, sigma: Vector, z_unit: float, sigma_unit: float, log_inverse_scale: float
    ) -> Point:
        """The point of the curve with the same ``w = z / z_unit + sigma / sigma_unit``.

        Both coordinates increase along the curve, so it meets each real w once [minty1962]: a
        Newton step that has left the curve comes back to it, whatever its log inverse scale.
        """
        if len(z) > BLOCK:  # coordinate by coordinate anyway: intermediate results stay small
            blocks = [slice(i, i + BLOCK) for i in range(0, len(z), BLOCK)]
            points = [
                self.at(part).nearest(z[part], sigma[part], z_unit, sigma_unit, log_inverse_scale)
                for part in blocks
            ]
            return Point(*(np.concatenate([getattr(p, name) for p in points]) for name in PARTS))
        potential = self.potential
        target = z / z_unit + (sigma - self.shift) / sigma_unit
        size = np.abs(target)
        dual_unit = self.rate * sigma_unit
        log_scale = self.log_scale - log_inverse_scale - math.log(z_unit)
        # Neither term is more than all.
        high = potential.parameter_of_dual(DOUBLES, size * dual_unit)
        unbounded: Any = np.flatnonzero(~(high < np.inf))
        high[unbounded] = self._parameter_of_log(np.log(size[unbounded]) - log_scale[unbounded])
        # The point is probably near (z, sigma): near z where the curve is steep, else near sigma.
        side = np.sign(target)
        beyond = np.maximum(side * (sigma - self.shift), 0.0)
        parameter: Any = potential.parameter_of_dual(DOUBLES, self.rate * beyond)
        primal = np.minimum(side * z / z_unit, size)
        steep: Any = (primal > STEEP * size) | ~(parameter < high)
        parameter[steep] = self._parameter_of_log(np.log(primal[steep]) - log_scale[steep])
        parameter = np.where(parameter < high, parameter, high)
        low = np.zeros(len(size))
        rest: Any = np.arange(len(size))
        for _ in range(100):
            v, log_unit, unit = parameter[rest], log_scale[rest], dual_unit[rest]
            # In one exponential: the inverse metric alone may overflow where the slope does not.
            log_speed = potential.log_speed_at(DOUBLES, v)
            of_primal = np.exp(log_speed + (potential.log_inverse_metric(DOUBLES, v) + log_unit))
            of_dual = np.exp(log_speed) / unit
            primal = np.exp(potential.log_primal_at(DOUBLES, v) + log_unit)
            excess = primal + potential.dual_at(DOUBLES, v) / unit - size[rest]
            high[rest] = np.where(excess >= 0, v, high[rest])
            low[rest] = np.where(excess <= 0, v, low[rest])
            new = v - excess / (of_primal + of_dual)
            new = np.where(
                (new > high[rest]) | (new < low[rest]), (high[rest] + low[rest]) / 2, new
            )
            parameter[rest] = new
            step = np.abs(new - v)
            far = (step * of_primal > NEAR * primal) | (step * of_dual > NEAR * size[rest])
            far &= np.abs(excess) > 8 * EPS * size[rest]
            rest = rest[far | np.isnan(excess)]
            if len(rest) == 0:
                return self.at_parameter(np.copysign(parameter, target), log_inverse_scale)
        raise NoConvergenceError(f"no point of the mirror curve found for w up to {size.max()}")

    def _log_primal(self, z: Vector, log_inverse_scale: Any) -> Vector:
        """(d,) ``ln |z|`` in units of the curve's scale; -inf at 0."""
        return np.asarray(np.log(np.abs(z)) - self.log_scale + log_inverse_scale)

    def _parameter_of_log(self, log_primal: Vector) -> Vector:
        # Below, the parameter is 0 to the last bit of any sum it enters.
        inside = (log_primal > -700.0) & (log_primal < np.inf)
        if inside.all():
            return np.asarray(self.potential.parameter_of_log(DOUBLES, log_primal))
        parameter = np.where(log_primal <= -700.0, 0.0, np.nan)
        parameter[inside] = self.potential.parameter_of_log(DOUBLES, log_primal[inside])
        return parameter

    def _complete(
        self, z: Vector, signed_parameter: Vector, log_primal: Vector, log_inverse_scale: Any
    ) -> Point:
        parameter = np.abs(signed_parameter)
        s = np.copysign(self.potential.dual_at(DOUBLES, parameter), signed_parameter)
        log_inverse_metric = self.potential.log_inverse_metric(DOUBLES, parameter)
        ratio = np.copysign(np.exp(log_primal - log_inverse_metric) / self.rate, signed_parameter)
        log_inverse_metric = log_inverse_metric + (
            self.log_scale - log_inverse_scale + np.log(self.rate)
        )
        return Point(z, self.shift + s / self.rate, parameter, log_inverse_metric, ratio)
