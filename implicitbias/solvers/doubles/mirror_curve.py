"""The mirror curve in doubles: all pairs (z_i, sigma_i) that satisfy stationarity.

Stationarity of ``min sum_i q_i(z_i) s.t. A z = b`` is ``sigma_i = q_i'(z_i)`` for each coordinate,
with ``sigma = A^T nu``. Each such equation is a curve in the plane of (z, sigma), on which both
increase: where it is flat z is lost in the rounding of sigma, where it is steep sigma in that of z.
So a solver holds a point of it by a parameter, from which both follow with all their digits:

    z = +-exp(ln |h|(v) + log_scale - log_inverse_scale),    sigma = shift + s(v) / rate,

v the parameter of the potential's own curve ``z = h(s)``, and the sign that of v. How steep it is,
``dz/dsigma``, is the inverse metric: the weight of the coordinate in the Newton matrix.
"""

import math
from dataclasses import dataclass, fields, replace
from functools import cached_property
from typing import Any

import numpy as np

from implicitbias.inputs.arrays import EPS, Vector
from implicitbias.numbers import DOUBLES
from implicitbias.potentials import Potential, potential_for
from implicitbias.solvers.refusal import NoConvergenceError

STEEP = 1e-2  # of w is z: there z tells the parameter better than sigma
BLOCK = 8192
NEAR = 1e-5  # a relative Newton step so small has an error of its square; all lie on the curve


@dataclass(frozen=True, eq=False)
class Point:
    """One point of the curve for every coordinate, or (m, d) of them.

    Attributes:
        z: (d,) the primal variable.
        sigma: (d,) the dual variable, ``A^T nu`` at the solution.
        parameter: (d,) of the potential's curve, with the sign of z; nan off the curve.
        log_inverse_metric: (d,) ``ln dz/dsigma``.
        ratio: (d,) ``z / (dz/dsigma) = dsigma/dln|z|``, also where both underflow.
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
    mirror map: the curves of ``min sum_i scale_i/rate_i q(z_i/scale_i) + shift_i z_i``.

    For the start alpha (a, b), with z in the units of ``Problem`` and sigma in units where alpha is
    1, they are the ``MirrorParameters`` of (a, b), and ``log_inverse_scale = -D ln alpha``.

    Attributes:
        log_scale: (d,) ln of the scale of z at alpha = 1.
        rate: (d,) > 0.
        shift: (d,) sigma at z = 0.
        rounding: (d,) a bound on the error of log_scale and the relative error of rate and shift.
        log_inverse_scale: a number, or (m, 1) for m curves of the same start.
    """

    potential: Potential
    log_scale: Vector
    rate: Vector
    shift: Vector
    rounding: Vector
    log_inverse_scale: Any = 0.0

    @classmethod
    def from_start(
        cls, depth: float, start: tuple[Vector, Vector] | None, target_scale: float, d: int
    ) -> "MirrorCurve":
        """The curve for the weights' start, in units where targets are divided by target_scale.

        At alpha = 1: other scales have it by ``at_scale``.
        """
        potential, offset = potential_for(depth), -math.log(target_scale)
        a, b = (np.ones(d), np.ones(d)) if start is None else start
        given = potential.mirror_parameters(DOUBLES, a, b)
        rounding = np.full(d, EPS * (1 + abs(offset)))
        if start is not None:  # for ones all else is exact
            # Errors of ln a and ln b weigh D in log_scale.
            logs = np.abs(np.log(a)) + np.abs(np.log(b))
            rounding = 4 * EPS * (1 + abs(offset) + depth * (logs + 1))
        log_scale, rate, shift = given.log_scale + offset, np.full(d, given.rate), given.shift + 0.0
        return cls(potential, log_scale, rate, shift, rounding)

    def at(self, index: Any) -> "MirrorCurve":
        """The curve of some of the coordinates."""
        return replace(
            self,
            log_scale=self.log_scale[index],
            rate=self.rate[index],
            shift=self.shift[index],
            rounding=self.rounding[index],
        )

    def at_scale(self, log_inverse_scale: Any) -> "MirrorCurve":
        """The curve of the same start at another alpha, or at m of them for (m, 1)."""
        return replace(self, log_inverse_scale=log_inverse_scale)

    def at_primal(self, z: Vector) -> Point:
        """The point with the given z."""
        log_primal = np.log(np.abs(z)) - self.log_scale + self.log_inverse_scale  # -inf at 0
        parameter = np.copysign(self._parameter_of_log(log_primal), z)
        return self._complete(z, parameter, log_primal)

    def at_parameter(self, parameter: Vector) -> Point:
        """The point with the given parameter, whose sign is that of z."""
        log_primal = self.potential.log_primal_at(DOUBLES, np.abs(parameter))  # -inf at 0
        z = np.copysign(np.exp(log_primal + self.log_scale - self.log_inverse_scale), parameter)
        return self._complete(z, parameter, log_primal)

    def parameter_at_dual(self, sigma: Vector) -> Vector:
        """The parameter at sigma; nan where sigma is outside the range of the mirror map."""
        s = self.rate * (sigma - self.shift)
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.asarray(self.potential.parameter_of_dual(DOUBLES, s))

    def conjugate(self, parameter: Vector) -> Vector:
        """(d,) ``scale/rate q*(s)``: the conjugate of P's terms, less ``shift``'s linear part."""
        with np.errstate(divide="ignore"):
            log_conjugate = self.potential.log_conjugate_at(DOUBLES, np.abs(parameter))
            return np.asarray(
                np.exp(log_conjugate + self.log_scale - self.log_inverse_scale) / self.rate
            )

    def variation(self, point: Point, move: Vector) -> Vector:
        """(d,) by which factor dz/dsigma changes at most where sigma moves by at most ``move``."""
        return np.asarray(
            self.potential.inverse_metric_variation(
                DOUBLES, np.abs(point.parameter), self.rate * move
            )
        )

    def slope(self, point: Point) -> Vector:
        """(d,) how fast s moves with sigma, relative to what bends the mirror map there."""
        unit = np.ones(len(point.z))
        size = np.abs(point.parameter)
        variation = self.potential.inverse_metric_variation(DOUBLES, size, 1e-6 * unit)
        return np.asarray(self.rate * np.maximum(np.log(variation) * 1e6, unit))

    def nearest(self, z: Vector, sigma: Vector, z_unit: float, sigma_unit: float) -> Point:
        """The point of the curve with the same ``w = z / z_unit + sigma / sigma_unit``.

        Both coordinates increase along the curve, so it meets each real w once [minty1962]: a
        Newton step that has left the curve comes back to it, at whatever scale.
        """
        if len(z) > BLOCK:  # coordinate by coordinate anyway: intermediate results stay small
            blocks = [slice(i, i + BLOCK) for i in range(0, len(z), BLOCK)]
            points = [
                self.at(part).nearest(z[part], sigma[part], z_unit, sigma_unit) for part in blocks
            ]
            return Point(*(np.concatenate([getattr(p, name) for p in points]) for name in PARTS))
        potential = self.potential
        target = z / z_unit + (sigma - self.shift) / sigma_unit
        size = np.abs(target)
        dual_unit = self.rate * sigma_unit
        log_scale = self.log_scale - self.log_inverse_scale - math.log(z_unit)
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
            # The derivatives of both terms; in one exponential, as dz/ds alone may overflow.
            log_ds = potential.log_dual_derivative(DOUBLES, v)
            of_primal = np.exp(log_ds + (potential.log_inverse_metric(DOUBLES, v) + log_unit))
            of_dual = np.exp(log_ds) / unit
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
                return self.at_parameter(np.copysign(parameter, target))
        raise NoConvergenceError(f"no point of the mirror curve found for w up to {size.max()}")

    def _parameter_of_log(self, log_primal: Vector) -> Vector:
        """(d,) >= 0, for ``ln |z|`` in units of the scale."""
        # Below, the parameter is 0 to the last bit of any sum it enters.
        inside = (log_primal > -700.0) & (log_primal < np.inf)
        if inside.all():
            return np.asarray(self.potential.parameter_of_log(DOUBLES, log_primal))
        parameter = np.where(log_primal <= -700.0, 0.0, np.nan)
        parameter[inside] = self.potential.parameter_of_log(DOUBLES, log_primal[inside])
        return parameter

    def _complete(self, z: Vector, parameter: Vector, log_primal: Vector) -> Point:
        sigma = self.shift + self.potential.dual_at(DOUBLES, parameter) / self.rate
        of_potential = self.potential.log_inverse_metric(DOUBLES, np.abs(parameter))
        ratio = np.copysign(np.exp(log_primal - of_potential) / self.rate, parameter)
        log_inverse_metric = of_potential + (
            self.log_scale - self.log_inverse_scale + np.log(self.rate)
        )
        return Point(z, sigma, parameter, log_inverse_metric, ratio)
