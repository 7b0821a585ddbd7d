"""The mirror curve: pairs (z_i, sigma_i) that satisfy stationarity, coordinate by coordinate."""

import math
from dataclasses import dataclass

import numpy as np

from implicitbias.numbers import DOUBLES
from implicitbias.potentials import Depth, Hypentropy, Potential
from implicitbias.solvers.data import EPS, Vector

LOG2 = math.log(2.0)


@dataclass(frozen=True, eq=False)
class Point:
    """One point of the curve for every coordinate.

    Attributes:
        z: (d,) primal. sigma: (d,) dual, ``A^T nu`` at the solution. angle: (d,), >= 0.
        stretch: (d,) ``dz/dsigma > 0``.
    """

    z: Vector
    sigma: Vector
    angle: Vector
    stretch: Vector


@dataclass(frozen=True, eq=False)
class MirrorCurve:
    """``sigma = shift + s / rate``, ``z = exp(log_scale - length) h(s)``, h the inverse mirror map.

    That is the stationarity condition of ``min sum_i scale_i/rate_i q(z_i/scale_i) + shift_i z_i``
    s.t. ``A z = b``, with ``scale = exp(log_scale - length)``: for the start alpha (a, b), in the
    units of ``Problem``, ``length = -D ln alpha`` and, with alpha_i the power mean of order 2 - D
    of (a_i, b_i): ``log_scale = D ln alpha_i``, ``rate = alpha_i^(D-2)``,
    ``shift = (a_i^(2-D) - b_i^(2-D))/2``; at D = 2 ``alpha_i^2 = a_i b_i``, ``rate = 1``,
    ``shift = -ln(a_i/b_i)``. (A dual vector in units where alpha = 1.)

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

    def at_primal(self, z: Vector, length: float) -> Point:
        """The point with the given z."""
        angle = self._angle_of_primal(z, length)
        return self._complete(z, np.copysign(angle, z), length)

    def at_angle(self, signed_angle: Vector, length: float) -> Point:
        """The point with the given angle; its sign is that of z."""
        angle = np.abs(signed_angle)
        with np.errstate(divide="ignore"):
            log_z = self.potential.log_primal_at(DOUBLES, angle) + self.log_scale - length
        z = np.where(angle > 0, np.copysign(np.exp(log_z), signed_angle), 0.0)
        return self._complete(z, signed_angle, length)

    def angle_at_dual(self, sigma: Vector) -> Vector:
        """The signed angle at sigma; nan where sigma is outside the range of the mirror map."""
        s = self.rate * (sigma - self.shift)
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.copysign(self.potential.angle_of_dual(DOUBLES, s), s)

    def conjugate(self, signed_angle: Vector, length: float) -> Vector:
        """(d,) ``scale/rate q*(s)``: the conjugate of P's terms, less ``shift``'s linear part."""
        angle = np.abs(signed_angle)
        with np.errstate(divide="ignore"):
            log_conjugate = self.potential.log_conjugate_at(DOUBLES, angle)
            return np.asarray(np.exp(log_conjugate + self.log_scale - length) / self.rate)

    def slope(self, point: Point) -> Vector:
        """(d,) how fast s moves with sigma, relative to what bends the mirror map there."""
        unit = np.ones(len(point.z))
        drift = self.potential.stretch_drift_at(DOUBLES, point.angle, 1e-6 * unit)
        return np.asarray(self.rate * np.maximum(np.log(drift) * 1e6, unit))

    def nearest(self, w: Vector, z_unit: float, sigma_unit: float, length: float) -> Point:
        """The point with ``z / z_unit + sigma / sigma_unit = w``: Minty's parametrisation.

        Both coordinates increase along the curve, so each real w meets it once [minty1962]: a
        Newton step that has left the curve comes back to it, whatever its length.
        """
        target = w - self.shift / sigma_unit
        size = np.abs(target)
        dual_unit = self.rate * sigma_unit
        angle_of_dual = self.potential.angle_of_dual
        with np.errstate(invalid="ignore", divide="ignore"):
            ends = []
            for part in (1.0, 0.5):  # one of the two terms is at least half, none more than all
                by_dual = angle_of_dual(DOUBLES, part * size * dual_unit)
                by_primal = self._angle_of_primal(part * size * z_unit, length)
                ends.append(np.fmin(by_dual, by_primal))
        high, low = ends
        v = high
        log_scale = self.log_scale - length - math.log(z_unit)
        for _ in range(100):
            with np.errstate(divide="ignore"):
                excess = (
                    np.exp(self.potential.log_primal_at(DOUBLES, v) + log_scale)
                    + self.potential.dual_at(DOUBLES, v) / dual_unit
                    - size
                )
            high = np.where(excess >= 0, v, high)
            low = np.where(excess <= 0, v, low)
            # In one exponential: the stretch alone may overflow where the slope does not.
            log_speed = self.potential.log_speed_at(DOUBLES, v)
            log_stretch = self.potential.log_stretch_at(DOUBLES, v) + log_scale
            slope = np.exp(log_speed + log_stretch) + np.exp(log_speed) / dual_unit
            new = v - excess / slope
            new = np.where((new > high) | (new < low), (high + low) / 2, new)
            if np.all((np.abs(new - v) <= 1e-13 * v) | (np.abs(excess) <= 8 * EPS * size)):
                return self.at_angle(np.copysign(new, target), length)
            v = new
        raise ArithmeticError(f"no point of the mirror curve found for w up to {size.max()}")

    def _angle_of_primal(self, z: Vector, length: float) -> Vector:
        with np.errstate(divide="ignore"):
            log_z = np.log(np.abs(z)) - self.log_scale + length
        angle = np.zeros(np.shape(z))
        inside = log_z > -700.0  # below, the angle is 0 to the last bit of any sum it enters
        angle[inside] = self.potential.angle_of_log(DOUBLES, log_z[inside])
        return angle

    def _complete(self, z: Vector, signed_angle: Vector, length: float) -> Point:
        angle = np.abs(signed_angle)
        s = np.copysign(self.potential.dual_at(DOUBLES, angle), signed_angle)
        log_stretch = self.potential.log_stretch_at(DOUBLES, angle) + self.log_scale - length
        return Point(z, self.shift + s / self.rate, angle, self.rate * np.exp(log_stretch))
