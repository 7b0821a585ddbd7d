"""Where the arguments for a bound start from: a point of the mirror curve near each proposal."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np

from implicitbias.inputs.arrays import Batch, Indices, Vector
from implicitbias.solvers.doubles.certificates.curve_bounds import (
    dual_rounding,
    rounding_factor,
)
from implicitbias.solvers.doubles.certificates.linear_bounds import LinearBounds, gamma_of
from implicitbias.solvers.doubles.mirror_curve import MirrorCurve, Point

PINNED = 1e-15  # of the largest weight, for each basic coordinate whose rounding adds up otherwise


@dataclass(frozen=True, eq=False)
class Proposals:
    """What is to be certified, m of them in one basis.

    Attributes:
        log_inverse_scales: (m,).
        z: (m, d).
        sigma: (m, n) the duals of the basic coordinates; ``sigma(z_S)`` where it is None.
    """

    log_inverse_scales: Vector
    z: Batch
    sigma: Batch | None = None

    def on(self, curve: MirrorCurve) -> MirrorCurve:
        """The curve at the scales of the proposals."""
        return curve.at_scale(self.log_inverse_scales[:, None])

    def part(self, index: Any) -> Proposals:
        """Some of them."""
        sigma = None if self.sigma is None else self.sigma[index]
        return Proposals(self.log_inverse_scales[index], self.z[index], sigma)


@dataclass(frozen=True, eq=False)
class BasePoint:
    """One point (z, sigma) for each of m proposals: all that it misses of a minimiser is bounded.

    sigma is ``W^T sigma_S``, and z lies on the mirror curve with it, up to the two errors; A z
    misses b by the residual.

    Attributes:
        proposals: what it is the base of.
        basic: the points of the basic coordinates, (m, n).
        nonbasic: those of the others, (m, d), with no meaning on S.
        offset: (m, d) z less that of the proposal.
        sigma_error: eta, (m, d): how far sigma_I may be from ``W_I^T sigma_S``; 0 on S.
        z_error: zeta, (m, d): how far z_I may be from ``z_I(sigma_I)`` then; on S, z_S where a
            basic coordinate is at its sigma.
        residual: rho, (m, n): ``A_S^-1 (b - A z)``.
        residual_error: (m, n) how far rho may be from that.
        gap: (m,) a bound of the duality gap, with the residual added to z_S.
    """

    proposals: Proposals
    basic: Point
    nonbasic: Point
    offset: Batch
    sigma_error: Batch
    z_error: Batch
    residual: Batch
    residual_error: Batch
    gap: Vector

    @classmethod
    def at(
        cls, linear: LinearBounds, curve: MirrorCurve, proposals: Proposals, *, sharp: bool
    ) -> BasePoint:
        """On the curve at their scales; ``sharp``: with A z and A^T nu in twice the precision."""
        S, T = linear.basis.basic, linear.basis.inverse
        factor = rounding_factor(curve)
        of_basic = curve.at(S)
        basic = _basic_points(of_basic, S, proposals)
        rounding = dual_rounding(of_basic, basic)
        # A basic coordinate is at its sigma as computed where that pins z, else at its z.
        pin = PINNED * len(S) * np.abs(proposals.z).max(axis=1)[:, None]
        pinned = basic.inverse_metric * rounding <= pin
        sigma, sigma_error = linear.nonbasic_dual(
            basic.sigma, np.where(pinned, 0.0, rounding), sharp=sharp
        )
        parameter = curve.parameter_at_dual(sigma)
        parameter[:, S] = 0.0
        nonbasic = replace(curve.at_parameter(parameter), sigma=sigma)
        sigma_error += dual_rounding(curve, nonbasic)
        z_error = _change_of_z(curve, nonbasic, sigma_error) * factor
        sigma_error[:, S] = 0.0
        z_error[:, S] = np.where(pinned, _change_of_z(of_basic, basic, rounding) * factor, 0.0)
        z = nonbasic.z.copy()
        z[:, S] = basic.z
        left, left_error = linear.residuals(z, sharp=sharp)
        residual = left @ T.T
        size = np.abs(residual).max(axis=1, keepdims=True, initial=0.0)
        residual_error = 2 * linear.inverse_error * size + linear.abs_W_times(z_error)
        residual_error += z_error[:, S]
        residual_error += (1.2 * left_error + gamma_of(len(T)) * np.abs(left)) @ np.abs(T).T
        rho = np.abs(residual) + residual_error
        gap = _gap_of_residual(of_basic, basic, rho, rounding)
        gap = gap + (z_error * sigma_error).sum(axis=1)
        offset = z - proposals.z
        return cls(
            proposals, basic, nonbasic, offset, sigma_error, z_error, residual, residual_error, gap
        )

    @property
    def residual_bound(self) -> Batch:
        """(m, n) at least ``|rho|``, the exact ``A_S^-1 (b - A z)`` in size."""
        return np.abs(self.residual) + self.residual_error

    def part(self, index: Any) -> BasePoint:
        """The base of some of the proposals."""

        def take(value: Any) -> Any:
            if isinstance(value, Proposals):
                return value.part(index)
            return value.row(index) if isinstance(value, Point) else value[index]

        return BasePoint(*(take(getattr(self, field.name)) for field in fields(self)))

    def relative_gap(self, linear: LinearBounds, curve: MirrorCurve) -> Vector:
        """(m,) a bound of the gap relative to the value."""
        S, basic, nonbasic = linear.basis.basic, self.basic, self.nonbasic
        of_basic = curve.at(S).conjugate(basic.parameter)
        of_others = curve.conjugate(nonbasic.parameter)
        value = basic.z * basic.sigma - of_basic
        rest = nonbasic.z * nonbasic.sigma - of_others
        rest[:, S] = 0.0
        total = np.abs(value.sum(axis=1) + rest.sum(axis=1))
        return np.where(self.gap == 0.0, 0.0, self.gap / total)

    def change_of_z(self, curve: MirrorCurve, move: Batch) -> Batch:
        """(m, d) how far ``z_I(sigma_I + x)`` may be from ``z_I(sigma_I)`` for ``|x| <= move``."""
        variation = curve.variation(self.nonbasic, move + self.sigma_error) * rounding_factor(curve)
        # An infinite inverse metric does not move; a nan stays.
        return np.where(move == 0, 0.0, variation * self.nonbasic.inverse_metric * move)

    def error_of_moves(self, S: Indices, basic: Batch, nonbasic: Batch) -> Vector:
        """(m,) ``max|z - z^| / max|z^|`` at most, z^ no farther from the base than that.

        basic: (m, n). nonbasic: (m, d), with no meaning on S.
        """
        distance = nonbasic + self.z_error
        distance[:, S] = basic + self.z_error[:, S]
        return self.relative_error(distance + np.abs(self.offset))

    def relative_error(self, distance: Batch) -> Vector:
        """(m,) ``max|z - z^| / max|z^|`` at most, z^ no farther (m, d) from the proposal."""
        worst = distance.max(axis=1)
        worst *= 1 + 1e-9  # the bound's own arithmetic: sums of fewer than 1e6 positive terms
        largest = np.abs(self.proposals.z).max(axis=1)
        relative = np.where(worst < largest, worst / (largest - worst), np.inf)
        return np.where(worst == 0.0, 0.0, relative)


def _basic_points(of_basic: MirrorCurve, S: Indices, proposals: Proposals) -> Point:
    """The basic coordinates of the proposals on the curve: at their z where it is steep."""
    at_z = of_basic.at_primal(proposals.z[:, S])
    if proposals.sigma is None:
        return at_z
    at_sigma = of_basic.at_parameter(of_basic.parameter_at_dual(proposals.sigma))
    unit = np.abs(proposals.z).max(axis=1) / np.abs(at_z.sigma).max(axis=1, initial=0.0)
    return at_sigma.where(at_z.log_inverse_metric <= np.log(unit)[:, None], at_z)


def _change_of_z(curve: MirrorCurve, point: Point, move: Batch) -> Batch:
    """How far ``z(sigma + x)`` may be from ``z(sigma)`` for ``|x| <= move``, rounding apart."""
    return curve.variation(point, move) * point.inverse_metric * move


def _gap_of_residual(of_basic: MirrorCurve, basic: Point, rho: Batch, rounding: Batch) -> Vector:
    """(m,) a bound of the Fenchel-Young terms of z_S moved by at most rho, sigma_S staying.

    rounding: (m, n) how far sigma_S may be from ``sigma(z_S)``.
    """
    gap = np.zeros(len(rho))
    for side in (1.0, -1.0):
        beyond = of_basic.at_primal(basic.z + side * rho).sigma
        gap = np.maximum(gap, (rho * (np.abs(beyond - basic.sigma) + 2 * rounding)).sum(1))
    return 2 * gap
