"""How far a proposed interpolator is from the exact minimiser: a bound, with rounding counted.

Setting: ``min P(z) s.t. A z = b``, P separable. The minimiser z^ and its dual nu^ satisfy
``A z^ = b`` and ``A^T nu^ = sigma(z^)``, coordinate by coordinate on the mirror curve, whose
steepness is ``K = dz/dsigma``. In the basis of the basic coordinates S (n independent columns, T =
A_S^-1, W = T A) the equations are ``z_S + W_I z_I = T b`` and the dual unknowns are sigma_S.

1. *Base.* sigma_S and z_S are taken from the proposal: from its z where the curve is steep, from
   its dual vector where it is flat. Every other coordinate follows, ``z_I(W_I^T sigma_S)``, known
   up to eta in sigma and zeta in z. So all that is missing at the base is ``rho = T (b - A z)``.
2. *Existence.* Zeros of ``F(delta) = z_S(sigma_S + delta) - z_S + W_I (z_I(sigma_I + W_I^T delta)
   - z_I) - rho`` are minimisers, and there is one. Both arguments map a box into itself, so that
   it holds a zero (Brouwer) [krawczyk1969; rump2010]; G bounds how K changes over it.

   - Where the basic coordinates carry all (`_by_basis`), ``y = rho - W_I (z_I(..) - z_I)`` for the
   moves y
     of z_S: no matrix is needed.
   - Otherwise (`_by_krawczyk`) ``delta - Y F(delta)``, Y an approximate inverse of
     ``K_S + W_I K_I W_I^T``.
3. *Support* (`_by_gap`). Where fewer weights survive than there are equations, doubles do not hold
   what determines the rest of the dual. But the gap g of the base is a sum of Fenchel-Young terms,
   and so bounds that of the minimiser at each coordinate: off the support
   ``|z^_i| <= g (1 + |t - shift|) / |t - sigma_i|``, t = sigma(g), and the support follows.

What is not negligible is counted: rounding of A z, of A^T nu and of the elementary functions, that
of T and W, and, where it is said that A is known up to a relative error, that.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
import scipy.linalg as la

from implicitbias.inputs.arrays import EPS, Indices, Matrix, Vector
from implicitbias.solvers.doubles.basis import Basis
from implicitbias.solvers.doubles.equations import BLOCK, Equations, gamma_of
from implicitbias.solvers.doubles.mirror_curve import MirrorCurve, Point

ENOUGH = 1e-8  # a bound this small needs no sharper argument
NEGLIGIBLE = 1e-8  # of the largest weight: smaller ones are not taken for the support
LIBRARY = 8  # roundings of EPS that a curve evaluation costs, relative to what enters it
LEAST = 1e-300  # stands for moves that underflow
PINNED = 1e-15  # of the largest weight, for each basic coordinate whose rounding adds up otherwise
FLAT = 1e-12  # of the flattest basic coordinate's inverse metric


@dataclass(frozen=True)
class Certificate:
    """What is known of a proposed solution; infinite where nothing is.

    Attributes:
        gap: ``(P(z~) - D(nu)) / max(|P|, |D|)``, z~ corrected back to ``A z~ = b``, at most.
        error: an upper bound on ``max|z - z^| / max|z^|`` for the exact minimiser z^.
    """

    gap: float
    error: float


NOTHING = Certificate(np.inf, np.inf)


def certify(
    A: Matrix,
    b: Vector,
    curve: MirrorCurve,
    log_inverse_scale: float,
    z: Vector,
    nu: Vector | None = None,
    data_error: float = 0.0,
) -> Certificate:
    """The certificate of z (d,) and a dual vector nu (n,), in the basis of its steepest columns.

    ``data_error`` bounds the error of every entry of A and b, relative to the largest of A and of
    b.
    """
    with np.errstate(all="ignore"):
        if not (np.isfinite(z).all() and (nu is None or np.isfinite(nu).all())):
            return NOTHING
        point = curve.at_scale(log_inverse_scale).at_primal(z)
        try:
            basis = Basis.at(A, point.log_inverse_metric)
        except la.LinAlgError:
            return NOTHING
    sigma = None if nu is None else (A.T @ nu)[None, basis.basic]
    return certify_all(
        A, b, curve, basis, np.array([log_inverse_scale]), z[None], sigma, data_error
    )[0]


def certify_all(
    A: Matrix,
    b: Vector,
    curve: MirrorCurve,
    basis: Basis,
    log_inverse_scales: Vector,
    z: Vector,
    sigma: Vector | None = None,
    data_error: float = 0.0,
) -> list[Certificate]:
    """The certificates of m proposals in one basis.

    Args:
        log_inverse_scales: (m,). z: (m, d). sigma: (m, n) the duals of the basic coordinates,
            ``sigma(z_S)`` by default.
        data_error: bounds the error of every entry of A and b, relative to the largest of A and of
            b.
    """
    n, d = A.shape
    equations = Equations(A, b, curve, basis, data_error)
    step = max(1, 4 * BLOCK // (n * n + 4 * d))
    found: list[Certificate] = []
    with np.errstate(all="ignore"):  # a nan is compared in the positive form, and certifies nothing
        for i in range(0, len(log_inverse_scales), step):
            part = slice(i, i + step)
            found += _certify(
                equations, log_inverse_scales[part], z[part], None if sigma is None else sigma[part]
            )
    return found


def _certify(
    equations: Equations, log_inverse_scales: Vector, z: Vector, sigma: Vector | None
) -> list[Certificate]:
    gap, error = np.full((2, len(z)), np.inf)
    for sharp in (False, True):
        todo = np.flatnonzero(~(error <= ENOUGH))
        if len(todo) == 0:
            break
        given = None if sigma is None else sigma[todo]
        base = Base.at(equations, log_inverse_scales[todo], z[todo], given, sharp=sharp)
        gap[todo] = np.fmin(gap[todo], base.gap)
        for argument in (_by_basis, _by_krawczyk, _by_gap):
            rest = np.flatnonzero(~(error[todo] <= ENOUGH))
            if len(rest):
                found = argument(equations, base.part(rest))
                error[todo[rest]] = np.fmin(error[todo[rest]], found)
    return [Certificate(float(g), float(e)) for g, e in zip(gap, error, strict=True)]


@dataclass(frozen=True, eq=False)
class Base:
    """Where the arguments start from, for m proposals.

    Attributes:
        log_inverse_scales: (m, 1). slack: (m, 1) factor that covers the rounding of an inverse
            metric.
        basic: the m points of the basic coordinates, (m, n) each. nonbasic: (m, d), with no meaning
            on S.
        off: (m, d) the base less the proposal. largest: (m,) max|z| as proposed.
        eta, zeta: (m, d) bounds of what is not known of ``sigma_I = W_I^T sigma_S`` and of
            ``z_I(sigma_I)``; on S, of z_S where the basic coordinate is at its sigma.
        missing, vague: (m, n) ``A_S^-1 (b - A z)`` and a bound of its error.
        terms: (m,) a bound of the duality gap of z + missing. gap: (m,) the same, relative.
    """

    log_inverse_scales: Vector
    slack: Vector
    basic: Point
    nonbasic: Point
    off: Vector
    largest: Vector
    eta: Vector
    zeta: Vector
    missing: Vector
    vague: Vector
    terms: Vector
    gap: Vector

    @classmethod
    def at(
        cls,
        equations: Equations,
        log_inverse_scales: Vector,
        z: Vector,
        sigma: Vector | None,
        *,
        sharp: bool,
    ) -> Base:
        """``sharp``: with A z and A^T nu in twice the precision."""
        basis, log_inverse_scale = equations.basis, log_inverse_scales[:, None]
        curve = equations.curve.at_scale(log_inverse_scale)
        S, T = basis.basic, basis.inverse
        of_basic = curve.at(S)
        basic = of_basic.at_primal(z[:, S])
        if sigma is not None:
            turned = of_basic.at_parameter(of_basic.parameter_at_dual(sigma))
            unit = np.abs(z).max(axis=1) / np.abs(basic.sigma).max(axis=1, initial=0.0)
            basic = turned.where(basic.log_inverse_metric <= np.log(unit)[:, None], basic)
        rounding = _dual_rounding(of_basic, basic)
        largest = np.abs(z).max(axis=1)
        # A basic coordinate is at its sigma as computed where that pins z, else at its z.
        pinned = basic.inverse_metric * rounding <= PINNED * len(S) * largest[:, None]
        image, eta = equations.image(basic.sigma, np.where(pinned, 0.0, rounding), sharp=sharp)
        parameter = curve.parameter_at_dual(image)
        parameter[:, S] = 0.0
        nonbasic = replace(curve.at_parameter(parameter), sigma=image)
        eta += _dual_rounding(curve, nonbasic)
        slack = 1 + LIBRARY * EPS * (1 + np.abs(log_inverse_scale) + np.abs(curve.log_scale).max())
        slack = slack + curve.rounding.max()
        zeta = curve.variation(nonbasic, eta) * nonbasic.inverse_metric * eta * slack
        eta[:, S] = 0.0
        moved = of_basic.variation(basic, rounding) * basic.inverse_metric * rounding * slack
        zeta[:, S] = np.where(pinned, moved, 0.0)
        proposed, z = z, nonbasic.z.copy()
        z[:, S] = basic.z
        left, unknown = equations.residuals(z, sharp=sharp)
        missing = left @ T.T
        size = np.abs(missing).max(axis=1, keepdims=True, initial=0.0)
        vague = 2 * equations.inexact * size + equations.across(zeta) + zeta[:, S]
        vague += (1.2 * unknown + gamma_of(len(T)) * np.abs(left)) @ np.abs(T).T
        rho = np.abs(missing) + vague
        terms = np.zeros(len(z))
        for side in (1.0, -1.0):
            beyond = of_basic.at_primal(basic.z + side * rho).sigma
            terms = np.maximum(terms, (rho * (np.abs(beyond - basic.sigma) + 2 * rounding)).sum(1))
        terms = 2 * terms + (zeta * eta).sum(axis=1)
        value = basic.z * basic.sigma - of_basic.conjugate(basic.parameter)
        rest = nonbasic.z * image - curve.conjugate(nonbasic.parameter)
        rest[:, S] = 0.0
        total = np.abs(value.sum(axis=1) + rest.sum(axis=1))
        return cls(
            log_inverse_scales=log_inverse_scale,
            slack=slack,
            basic=basic,
            nonbasic=nonbasic,
            off=z - proposed,
            largest=largest,
            eta=eta,
            zeta=zeta,
            missing=missing,
            vague=vague,
            terms=terms,
            gap=np.where(terms == 0.0, 0.0, terms / total),
        )

    @property
    def rho(self) -> Vector:
        """(m, n) a bound of ``|A_S^-1 (b - A z)|``."""
        return np.abs(self.missing) + self.vague

    def part(self, index: Any) -> Base:
        """Some of the m proposals."""

        def take(value: Any) -> Any:
            return value.row(index) if isinstance(value, Point) else value[index]

        return Base(*(take(getattr(self, field.name)) for field in fields(Base)))

    def shift(self, curve: MirrorCurve, move: Vector) -> Vector:
        """(m, d) how far ``z_I(sigma_I + m)`` is from ``z_I(sigma_I)`` for ``|m| <= move``."""
        variation = curve.variation(self.nonbasic, move + self.eta)
        # An infinite inverse metric does not move; a nan stays.
        return np.where(
            move == 0, 0.0, variation * self.slack * self.nonbasic.inverse_metric * move
        )

    def error(self, S: Indices, inside: Vector, distance: Vector) -> Vector:
        """(m,) ``max|z - z^| / max|z^|`` at most, from bounds of what S and the others move."""
        distance = distance + self.zeta
        distance[:, S] = inside + self.zeta[:, S]
        return self.relative(distance + np.abs(self.off))

    def relative(self, distance: Vector) -> Vector:
        """(m,) ``max|z - z^| / max|z^|`` at most, from bounds of ``|z - z^|`` (m, d)."""
        worst = distance.max(axis=1)
        worst *= 1 + 1e-9  # the bound's own arithmetic: sums of fewer than 1e6 positive terms
        relative = np.where(worst < self.largest, worst / (self.largest - worst), np.inf)
        return np.where(worst == 0.0, 0.0, relative)


def _by_basis(equations: Equations, base: Base) -> Vector:
    """The bound where the basic coordinates carry all equations: ``|y_S| <= r`` is mapped into
    itself.

    Over the box sigma_S moves by at most ``2 r / K_S``, as K_S falls by at most half.
    """
    S = equations.basis.basic
    of_basic = equations.curve.at(S)
    nonbasic = base.nonbasic.log_inverse_metric.copy()
    nonbasic[:, S] = -np.inf
    if (nonbasic.max(axis=1) > base.basic.log_inverse_metric.min(axis=1, initial=np.inf)).all():
        return np.full(len(nonbasic), np.inf)  # they do not carry all

    def image(r: Vector) -> tuple[Vector, Vector, Vector]:
        move = np.where(r > 0, 2.1 * r / base.basic.inverse_metric + LEAST, 0.0)
        worst = of_basic.variation(base.basic, move).max(axis=1, initial=1.0)
        distance = base.shift(equations.curve, equations.along(move))
        return base.rho + equations.across(distance), distance, worst

    r = 2 * image(2 * base.rho)[0]
    inside, distance, worst = image(r)
    holds = (inside <= r).all(axis=1) & (worst <= 2)
    return np.where(holds, base.error(S, inside, distance), np.inf)


def _by_krawczyk(equations: Equations, base: Base) -> Vector:
    """The bound from ``delta - Y F(delta)`` on a box, in units in which K_S is 1."""
    S, curve = equations.basis.basic, equations.curve
    of_basic = curve.at(S)
    n, d = equations.A.shape
    unit = np.exp(base.basic.log_inverse_metric / 2)
    inverse_metric = base.nonbasic.inverse_metric.copy()
    inverse_metric[:, S] = 0.0
    weights, matrix = _hessian(equations, inverse_metric, unit)
    bad = ~np.isfinite(matrix).all(axis=(1, 2))
    matrix[bad] = np.eye(n)
    inverse = np.linalg.inv(matrix)
    size = np.abs(inverse)
    # What 1 - Y H is: as computed, and the rounding of the product, of the sums in the matrix, of
    # the weights (base.slack) and of W, whose error is an outer product.
    defect = np.abs(np.eye(n) - inverse @ matrix)
    diagonal = np.sqrt(np.einsum("mii->mi", matrix))
    row, skew = equations.row / unit, 1.01 * equations.across(weights * equations.column) / unit

    def times(M: Any, v: Vector) -> Vector:
        return np.asarray((M @ v[..., None])[..., 0])

    center = times(inverse, base.missing / unit)

    def image(r: Vector) -> tuple[Vector, Vector]:
        """How far from the center ``delta - Y F(delta)`` is for ``|delta| <= r``; drift of K_S."""
        move = equations.along(r / unit)
        variation = curve.variation(base.nonbasic, move + base.eta) * base.slack
        turned = of_basic.variation(base.basic, r / unit) * base.slack
        spread = np.where(move > 0, (variation * inverse_metric - weights) * move, 0.0)
        left_out = base.vague / unit + (turned - 1) * r + equations.across(spread) / unit
        left_out += 2 * gamma_of(d) * diagonal * (diagonal * r).sum(axis=1, keepdims=True)
        left_out += row * (skew * r).sum(axis=1, keepdims=True)
        left_out += skew * (row * r).sum(axis=1, keepdims=True)
        result = times(size, left_out + gamma_of(n) * np.abs(base.missing / unit))
        result += times(defect, r) + 2 * gamma_of(n) * times(size, times(np.abs(matrix), r))
        return result, turned

    r = 2 * (np.abs(center) + image(np.zeros_like(unit))[0])
    radius, turned = image(r)
    holds: Any = (np.abs(center) + radius <= r).all(axis=1)
    if not holds.all():
        r = np.where(holds[:, None], r, 2 * (np.abs(center) + radius))
        radius, turned = image(r)
        holds = (np.abs(center) + radius <= r).all(axis=1)
    # The minimiser is near the base moved by the center, to first order.
    move, unknown = equations.moved(center / unit)
    unknown += equations.along(radius / unit)
    variation = curve.variation(base.nonbasic, np.abs(move) + unknown + base.eta) * base.slack
    spread = inverse_metric * ((variation - 1) * np.abs(move) + variation * unknown)
    distance = np.abs(base.off + inverse_metric * move) + spread + base.zeta
    of_steep = (
        np.abs(base.off[:, S])
        + base.rho
        + equations.across(base.shift(curve, np.abs(move) + unknown))
    )
    near = np.abs(base.off[:, S] + unit * center)
    near += unit * ((turned - 1) * np.abs(center) + turned * radius)
    distance[:, S] = np.fmin(of_steep, near) + base.zeta[:, S]
    return np.where(holds & ~bad, base.relative(distance), np.inf)


def _hessian(equations: Equations, inverse_metric: Vector, unit: Vector) -> tuple[Vector, Vector]:
    """``1 + B B^T`` (m, n, n), ``B = W_I sqrt(K_I) / unit``, and the K (m, d) that are in it.

    What is far flatter than the basic coordinates is left out, for the caller to count.
    """
    n = unit.shape[1]
    flat = FLAT * unit.min(axis=1, keepdims=True, initial=np.inf) ** 2
    weights = np.where(inverse_metric > flat, inverse_metric, 0.0)
    matrix = np.broadcast_to(np.eye(n), (len(unit), n, n)).copy()
    for part, W in equations.blocks():
        root = np.sqrt(weights[:, part])
        for i in range(len(unit)):
            inside = np.flatnonzero(root[i])
            B = W[:, inside] * root[i, inside] / unit[i][:, None]
            matrix[i] += B @ B.T
    return weights, matrix


def _by_gap(equations: Equations, base: Base) -> Vector:
    """The bound where some basic coordinates are the support and all else is negligible.

    The base z + rho on S interpolates, and its duality gap g bounds the Fenchel-Young term of the
    minimiser at each coordinate. As ``P_i(z) >= z t - Q*_i(t)`` for every t, and ``Q*_i(t) <= g
    |t - shift|`` at ``t = sigma(g)``: ``z^_i <= g (1 + |t - shift|) / (t - sigma_i)``, and likewise
    from below. As it bounds the sum of all terms too, ``sum_i |z^_i| |t_i - sigma_i| <= g (1 + max
    |t - shift|)`` at ``t = sigma(g/d)``, which is what the support feels. Where the l1 minimiser is
    not unique both are infinite, however small the gap [rockafellar1970].
    """
    S, curve = equations.basis.basic, equations.curve.at_scale(base.log_inverse_scales)
    sigma, z = base.nonbasic.sigma.copy(), base.nonbasic.z.copy()
    sigma[:, S], z[:, S] = base.basic.sigma, base.basic.z
    size = np.abs(base.basic.z)
    support = size > NEGLIGIBLE * size.max(axis=1, keepdims=True, initial=0.0)
    bound = np.zeros(z.shape)
    # A larger bound of the gap is one too, and gives those that are about as large as it room.
    small = np.where(support, 0.0, size).max(axis=1, initial=0.0)
    small = np.maximum(
        small, np.where(np.isin(np.arange(z.shape[1]), S), 0.0, np.abs(z)).max(axis=1)
    )
    gap = np.maximum(base.terms, 10 * small)[:, None]
    d = z.shape[1]
    joint, least = np.zeros((len(z), 1)), np.full(z.shape, np.inf)
    for side in (1.0, -1.0):
        for share in (gap, gap / d):
            t = curve.at_primal(np.broadcast_to(side * share, z.shape)).sigma
            room = side * (t - sigma) - base.eta - 4 * EPS * (np.abs(t) + np.abs(sigma))
            room = np.where(room > 0, room, 0.0)
            reach = gap * (1 + np.abs(t - curve.shift))
            if share is gap:
                bound = np.maximum(bound, reach / room)
            else:
                joint = np.maximum(joint, reach.max(axis=1, keepdims=True))
                least = np.minimum(least, room)
    far = bound + np.abs(z)
    on_basic = far[:, S]
    far[:, S] = 0.0
    nonbasic = np.where(far > 0, np.abs(z), 0.0)
    nonbasic[:, S], least[:, S] = 0.0, np.inf
    apart = joint * equations.most(1 / least) + equations.across(nonbasic)
    on_support = base.rho + np.fmin(apart, equations.across(far))
    inside = np.where(support, on_support, on_basic)
    holds = np.isfinite(gap[:, 0]) & support.any(axis=1)
    return np.where(holds, base.error(S, inside, far), np.inf)


def _dual_rounding(curve: MirrorCurve, point: Point) -> Vector:
    """(m, d) how far the computed sigma may be from the exact sigma(z)."""
    log_z = np.where(point.z != 0, np.abs(np.log(np.abs(point.z))), 0.0)
    logs = (
        LIBRARY * EPS * (log_z + np.abs(curve.log_scale) + np.abs(curve.log_inverse_scale) + 1)
        + curve.rounding
    )
    dual_step = np.abs(point.sigma) + 2 * np.abs(curve.shift)  # at least |s| / rate + |shift|
    biased = np.where(curve.shift == 0, 0.0, 4 * EPS + curve.rounding)
    # z/K is dsigma/dln z
    return np.asarray(logs * np.abs(point.ratio) + (EPS + biased) * dual_step)
