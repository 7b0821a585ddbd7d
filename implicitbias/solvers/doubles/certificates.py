"""How far a proposed interpolator is from the exact minimiser: a bound, with rounding counted.

Setting: ``min P(z) s.t. A z = b``, P separable. The minimiser z^ and its dual nu^ satisfy
``A z^ = b`` and ``A^T nu^ = sigma(z^)``, coordinate by coordinate on the mirror curve, whose
steepness is ``K = dz/dsigma``. In the frame of the anchors S (n independent columns, T = A_S^-1,
W = T A) the equations are ``z_S + W_I z_I = T b`` and the dual unknowns are sigma_S.

1. *Base.* sigma_S and z_S are taken from the proposal: from its z where the curve is steep, from
   its dual vector where it is flat. Every other coordinate follows, ``z_I(W_I^T sigma_S)``, known
   up to eta in sigma and zeta in z. So all that is missing at the base is ``rho = T (b - A z)``.
2. *Existence.* Zeros of ``F(delta) = z_S(sigma_S + delta) - z_S + W_I (z_I(sigma_I + W_I^T delta)
   - z_I) - rho`` are minimisers, and there is one. Both arguments map a box into itself, so that
   it holds a zero (Brouwer) [krawczyk1969; rump2010]; G bounds how K changes over it.

   - Where the anchors carry all (`_by_anchors`), ``y = rho - W_I (z_I(..) - z_I)`` for the moves y
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
from implicitbias.numbers import DOUBLES
from implicitbias.solvers.doubles.basis import Frame
from implicitbias.solvers.doubles.equations import BLOCK, Equations, gamma_of
from implicitbias.solvers.doubles.mirror_curve import MirrorCurve, Point

ENOUGH = 1e-8  # a bound this small needs no sharper argument
NEGLIGIBLE = 1e-8  # of the largest weight: smaller ones are not taken for the support
LIBRARY = 8  # roundings of EPS that a curve evaluation costs, relative to what enters it
LEAST = 1e-300  # stands for moves that underflow
PINNED = 1e-15  # of the largest weight, for each anchor whose rounding adds up otherwise
FLAT = 1e-12  # of the flattest anchor's stretch


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
    length: float,
    z: Vector,
    nu: Vector | None = None,
    doubt: float = 0.0,
) -> Certificate:
    """The certificate of z (d,) and a dual vector nu (n,), in the frame of its steepest columns.

    ``doubt`` bounds the error of every entry of A and b, relative to the largest of A and of b.
    """
    with np.errstate(all="ignore"):
        if not (np.isfinite(z).all() and (nu is None or np.isfinite(nu).all())):
            return NOTHING
        point = curve.at_primal(z, length)
        try:
            frame = Frame.at(A, point.log_stretch)
        except la.LinAlgError:
            return NOTHING
    sigma = None if nu is None else (A.T @ nu)[None, frame.anchors]
    return certify_all(A, b, curve, frame, np.array([length]), z[None], sigma, doubt)[0]


def certify_all(
    A: Matrix,
    b: Vector,
    curve: MirrorCurve,
    frame: Frame,
    lengths: Vector,
    z: Vector,
    sigma: Vector | None = None,
    doubt: float = 0.0,
) -> list[Certificate]:
    """The certificates of m proposals in one frame.

    Args:
        lengths: (m,). z: (m, d). sigma: (m, n) the duals of the anchors, ``sigma(z_S)`` by default.
        doubt: bounds the error of every entry of A and b, relative to the largest of A and of b.
    """
    n, d = A.shape
    equations = Equations(A, b, curve, frame, doubt)
    step = max(1, 4 * BLOCK // (n * n + 4 * d))
    found: list[Certificate] = []
    with np.errstate(all="ignore"):  # a nan is compared in the positive form, and certifies nothing
        for i in range(0, len(lengths), step):
            part = slice(i, i + step)
            found += _certify(
                equations, lengths[part], z[part], None if sigma is None else sigma[part]
            )
    return found


def _certify(
    equations: Equations, lengths: Vector, z: Vector, sigma: Vector | None
) -> list[Certificate]:
    gap, error = np.full((2, len(z)), np.inf)
    for sharp in (False, True):
        todo = np.flatnonzero(~(error <= ENOUGH))
        if len(todo) == 0:
            break
        given = None if sigma is None else sigma[todo]
        base = Base.at(equations, lengths[todo], z[todo], given, sharp=sharp)
        gap[todo] = np.fmin(gap[todo], base.gap)
        for argument in (_by_anchors, _by_krawczyk, _by_gap):
            rest = np.flatnonzero(~(error[todo] <= ENOUGH))
            if len(rest):
                found = argument(equations, base.part(rest))
                error[todo[rest]] = np.fmin(error[todo[rest]], found)
    return [Certificate(float(g), float(e)) for g, e in zip(gap, error, strict=True)]


@dataclass(frozen=True, eq=False)
class Base:
    """Where the arguments start from, for m proposals.

    Attributes:
        lengths: (m, 1). slack: (m, 1) factor that covers the rounding of a stretch.
        anchors: the m points of the anchors, (m, n) each. others: (m, d), with no meaning on S.
        off: (m, d) the base less the proposal. largest: (m,) max|z| as proposed.
        eta, zeta: (m, d) bounds of what is not known of ``sigma_I = W_I^T sigma_S`` and of
            ``z_I(sigma_I)``; on S, of z_S where the anchor is at its sigma.
        missing, vague: (m, n) ``A_S^-1 (b - A z)`` and a bound of its error.
        terms: (m,) a bound of the duality gap of z + missing. gap: (m,) the same, relative.
    """

    lengths: Vector
    slack: Vector
    anchors: Point
    others: Point
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
        lengths: Vector,
        z: Vector,
        sigma: Vector | None,
        *,
        sharp: bool,
    ) -> Base:
        """``sharp``: with A z and A^T nu in twice the precision."""
        curve, frame, length = equations.curve, equations.frame, lengths[:, None]
        S, T = frame.anchors, frame.transform
        of_anchors = curve.at(S)
        anchors = of_anchors.at_primal(z[:, S], length)
        if sigma is not None:
            turned = of_anchors.at_angle(of_anchors.angle_at_dual(sigma), length)
            unit = np.abs(z).max(axis=1) / np.abs(anchors.sigma).max(axis=1, initial=0.0)
            anchors = turned.where(anchors.log_stretch <= np.log(unit)[:, None], anchors)
        rounding = _dual_rounding(of_anchors, anchors, length)
        largest = np.abs(z).max(axis=1)
        # An anchor is at its sigma as computed where that pins z, else at its z.
        pinned = anchors.stretch * rounding <= PINNED * len(S) * largest[:, None]
        image, eta = equations.image(anchors.sigma, np.where(pinned, 0.0, rounding), sharp=sharp)
        angle = curve.angle_at_dual(image)
        angle[:, S] = 0.0
        others = replace(curve.at_angle(angle, length), sigma=image)
        eta += _dual_rounding(curve, others, length)
        slack = 1 + LIBRARY * EPS * (1 + np.abs(length) + np.abs(curve.log_scale).max())
        slack = slack + curve.rounding.max()
        zeta = _drift(curve, others, eta) * others.stretch * eta * slack
        eta[:, S] = 0.0
        moved = _drift(of_anchors, anchors, rounding) * anchors.stretch * rounding * slack
        zeta[:, S] = np.where(pinned, moved, 0.0)
        proposed, z = z, others.z.copy()
        z[:, S] = anchors.z
        left, unknown = equations.residuals(z, sharp=sharp)
        missing = left @ T.T
        size = np.abs(missing).max(axis=1, keepdims=True, initial=0.0)
        vague = 2 * equations.inexact * size + equations.across(zeta) + zeta[:, S]
        vague += (1.2 * unknown + gamma_of(len(T)) * np.abs(left)) @ np.abs(T).T
        rho = np.abs(missing) + vague
        terms = np.zeros(len(z))
        for side in (1.0, -1.0):
            beyond = of_anchors.at_primal(anchors.z + side * rho, length).sigma
            terms = np.maximum(
                terms, (rho * (np.abs(beyond - anchors.sigma) + 2 * rounding)).sum(1)
            )
        terms = 2 * terms + (zeta * eta).sum(axis=1)
        value = anchors.z * anchors.sigma - of_anchors.conjugate(anchors.angle, length)
        rest = others.z * image - curve.conjugate(others.angle, length)
        rest[:, S] = 0.0
        total = np.abs(value.sum(axis=1) + rest.sum(axis=1))
        return cls(
            lengths=length,
            slack=slack,
            anchors=anchors,
            others=others,
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
        drift = _drift(curve, self.others, move + self.eta)
        # An infinite stretch does not move; a nan stays.
        return np.where(move == 0, 0.0, drift * self.slack * self.others.stretch * move)

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


def _by_anchors(equations: Equations, base: Base) -> Vector:
    """The bound where the anchors carry all equations: ``|y_S| <= r`` is mapped into itself.

    Over the box sigma_S moves by at most ``2 r / K_S``, as K_S falls by at most half.
    """
    S = equations.frame.anchors
    of_anchors = equations.curve.at(S)
    others = base.others.log_stretch.copy()
    others[:, S] = -np.inf
    if (others.max(axis=1) > base.anchors.log_stretch.min(axis=1, initial=np.inf)).all():
        return np.full(len(others), np.inf)  # they do not carry all

    def image(r: Vector) -> tuple[Vector, Vector, Vector]:
        move = np.where(r > 0, 2.1 * r / base.anchors.stretch + LEAST, 0.0)
        worst = _drift(of_anchors, base.anchors, move).max(axis=1, initial=1.0)
        distance = base.shift(equations.curve, equations.along(move))
        return base.rho + equations.across(distance), distance, worst

    r = 2 * image(2 * base.rho)[0]
    inside, distance, worst = image(r)
    holds = (inside <= r).all(axis=1) & (worst <= 2)
    return np.where(holds, base.error(S, inside, distance), np.inf)


def _by_krawczyk(equations: Equations, base: Base) -> Vector:
    """The bound from ``delta - Y F(delta)`` on a box, in units in which K_S is 1."""
    S, curve = equations.frame.anchors, equations.curve
    of_anchors = curve.at(S)
    n, d = equations.A.shape
    unit = np.exp(base.anchors.log_stretch / 2)
    stretch = base.others.stretch.copy()
    stretch[:, S] = 0.0
    weights, matrix = _hessian(equations, stretch, unit)
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
        drift = _drift(curve, base.others, move + base.eta) * base.slack
        turned = _drift(of_anchors, base.anchors, r / unit) * base.slack
        spread = np.where(move > 0, (drift * stretch - weights) * move, 0.0)
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
    drift = _drift(curve, base.others, np.abs(move) + unknown + base.eta) * base.slack
    spread = stretch * ((drift - 1) * np.abs(move) + drift * unknown)
    distance = np.abs(base.off + stretch * move) + spread + base.zeta
    of_steep = (
        np.abs(base.off[:, S])
        + base.rho
        + equations.across(base.shift(curve, np.abs(move) + unknown))
    )
    near = np.abs(base.off[:, S] + unit * center)
    near += unit * ((turned - 1) * np.abs(center) + turned * radius)
    distance[:, S] = np.fmin(of_steep, near) + base.zeta[:, S]
    return np.where(holds & ~bad, base.relative(distance), np.inf)


def _hessian(equations: Equations, stretch: Vector, unit: Vector) -> tuple[Vector, Vector]:
    """``1 + B B^T`` (m, n, n), ``B = W_I sqrt(K_I) / unit``, and the K (m, d) that are in it.

    What is far flatter than the anchors is left out, for the caller to count.
    """
    n = unit.shape[1]
    flat = FLAT * unit.min(axis=1, keepdims=True, initial=np.inf) ** 2
    weights = np.where(stretch > flat, stretch, 0.0)
    matrix = np.broadcast_to(np.eye(n), (len(unit), n, n)).copy()
    for part, W in equations.blocks():
        root = np.sqrt(weights[:, part])
        for i in range(len(unit)):
            inside = np.flatnonzero(root[i])
            B = W[:, inside] * root[i, inside] / unit[i][:, None]
            matrix[i] += B @ B.T
    return weights, matrix


def _by_gap(equations: Equations, base: Base) -> Vector:
    """The bound where some anchors are the support and all else is negligible.

    The base z + rho on S interpolates, and its duality gap g bounds the Fenchel-Young term of the
    minimiser at each coordinate. As ``P_i(z) >= z t - Q*_i(t)`` for every t, and ``Q*_i(t) <= g
    |t - shift|`` at ``t = sigma(g)``: ``z^_i <= g (1 + |t - shift|) / (t - sigma_i)``, and likewise
    from below. As it bounds the sum of all terms too, ``sum_i |z^_i| |t_i - sigma_i| <= g (1 + max
    |t - shift|)`` at ``t = sigma(g/d)``, which is what the support feels. Where the l1 minimiser is
    not unique both are infinite, however small the gap [rockafellar1970].
    """
    S, curve = equations.frame.anchors, equations.curve
    sigma, z = base.others.sigma.copy(), base.others.z.copy()
    sigma[:, S], z[:, S] = base.anchors.sigma, base.anchors.z
    size = np.abs(base.anchors.z)
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
            t = curve.at_primal(np.broadcast_to(side * share, z.shape), base.lengths).sigma
            room = side * (t - sigma) - base.eta - 4 * EPS * (np.abs(t) + np.abs(sigma))
            room = np.where(room > 0, room, 0.0)
            reach = gap * (1 + np.abs(t - curve.shift))
            if share is gap:
                bound = np.maximum(bound, reach / room)
            else:
                joint = np.maximum(joint, reach.max(axis=1, keepdims=True))
                least = np.minimum(least, room)
    far = bound + np.abs(z)
    on_anchors = far[:, S]
    far[:, S] = 0.0
    others = np.where(far > 0, np.abs(z), 0.0)
    others[:, S], least[:, S] = 0.0, np.inf
    apart = joint * equations.most(1 / least) + equations.across(others)
    on_support = base.rho + np.fmin(apart, equations.across(far))
    inside = np.where(support, on_support, on_anchors)
    holds = np.isfinite(gap[:, 0]) & support.any(axis=1)
    return np.where(holds, base.error(S, inside, far), np.inf)


def _dual_rounding(curve: MirrorCurve, point: Point, length: Vector) -> Vector:
    """(m, d) how far the computed sigma may be from the exact sigma(z)."""
    log_z = np.where(point.z != 0, np.abs(np.log(np.abs(point.z))), 0.0)
    logs = LIBRARY * EPS * (log_z + np.abs(curve.log_scale) + np.abs(length) + 1) + curve.rounding
    turn = np.abs(point.sigma) + 2 * np.abs(curve.shift)  # at least |s| / rate + |shift|
    biased = np.where(curve.shift == 0, 0.0, 4 * EPS + curve.rounding)
    # z/K is dsigma/dln z
    return np.asarray(logs * np.abs(point.ratio) + (EPS + biased) * turn)


def _drift(curve: MirrorCurve, point: Point, move: Vector) -> Vector:
    return np.asarray(curve.potential.stretch_drift_at(DOUBLES, point.angle, curve.rate * move))
