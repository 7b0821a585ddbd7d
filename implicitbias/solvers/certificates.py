"""How far a proposed interpolator is from the exact minimiser: a bound, with rounding counted.

Setting: ``min P(z) s.t. A z = b``, P separable. The minimiser z^ and its dual nu^ satisfy
``A z^ = b`` and ``A^T nu^ = sigma(z^)``, coordinate by coordinate on the mirror curve, whose
steepness is ``K = dz/dsigma``. Proposed are z and nu.

1. *Anchor.* Where the curve is steep nu in doubles cannot resolve z. So take independent steep
   columns S, and as nu the nearest real vector with ``A_S^T nu = sigma(z_S)`` exactly, known as a
   sum of two doubles. T with ``T A_S = [I; 0]`` turns the equations into ``W z = T b``,
   ``W = T A``, well conditioned in what S carries.
2. *Base.* For the other coordinates ``A^T nu`` misses ``sigma(z)`` by e, known to within eps. z
   moved there leaves the residual ``f = T(b - A z) - W K e``, up to terms of second order.
   Where the anchors carry all equations, a fixed point argument ends it here
   (`_error_of_a_vertex`); where they are the support and the rest is negligible, a gap does
   (`_error_of_a_support`). Otherwise:
3. *Existence.* The dual of the minimiser is ``nu + T^T delta``, where delta minimises a convex
   function with gradient -f at 0 and a Hessian of at least H/G on ``||delta||_H <= R``,
   ``H = W K W^T``, G the drift of K over moves of ``R ||W_i||_{H^-1}``. If ``G eta <= R`` for
   ``eta >= ||f||_{H^-1}``, then ``||delta||_H <= G eta`` [ortega1968; boyd2004, Sec 9.6].
4. *Sharpening.* ``delta = H^-1 (f + W phi)`` with ``|phi| <= K ((G - 1) |W^T delta| + ...)``, so
   ``|W^T delta - W^T H^-1 f| <= |W|^T |H^-1| |W| |phi|``: a bound for each coordinate, put into
   itself to improve. Then z_i moves by at most K_i, times its drift, times the move of sigma_i.

The smallest eigenvalue of H, scaled to unit diagonal, is bounded below through its Cholesky
factor, less the rounding in both [rump2010, Sec 10.8].
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
import scipy.linalg as la
import scipy.sparse as sp

from implicitbias.numbers import DOUBLES
from implicitbias.solvers.accurate import residual
from implicitbias.solvers.curve import MirrorCurve, Point
from implicitbias.solvers.data import EPS, Indices, Matrix, Vector
from implicitbias.solvers.problem import columns, dense, gram

STEEP = 10.0  # dz/dsigma in units of max|z| / max|sigma|: above, z has to anchor sigma,
FLAT = 1e-4  # and down to here it had better
ENOUGH = 1e-8  # a bound this small needs no sharper argument
NEGLIGIBLE = 1e-8  # of the largest weight: smaller ones are not taken for the support
HUGE = 1e150  # steeper than this is as steep as this, in choosing anchors
SHARPENINGS = 3
LIBRARY = 8  # roundings of EPS that a curve evaluation costs, relative to what enters it


@dataclass(frozen=True)
class Certificate:
    """What is known of a proposed solution; infinite where nothing is.

    Attributes:
        gap: ``(P(z~) - D(nu)) / max(|P|, |D|)``, z~ corrected back to ``A z~ = b``.
        error: an upper bound on ``max|z - z^| / max|z^|`` for the exact minimiser z^.
        nu: (n,) the dual vector of the gap, where it is another than the one proposed.
    """

    gap: float
    error: float
    nu: Vector | None = None


NOTHING = Certificate(np.inf, np.inf)


def certify(
    A: Matrix, b: Vector, curve: MirrorCurve, length: float, z: Vector, nu: Vector | None = None
) -> Certificate:
    """The certificate of z (d,) and a dual vector nu (n,), which is fitted where not given."""
    with np.errstate(over="ignore", under="ignore", invalid="ignore", divide="ignore"):
        if not np.isfinite(z).all():
            return NOTHING
        point = curve.at_primal(z, length)
        if A.shape[0] == 0:  # no equation: the minimiser is the start
            start = curve.at_angle(curve.angle_at_dual(np.zeros(len(z))), length).z
            rounding = LIBRARY * EPS * (1 + abs(length) + np.abs(curve.log_scale)) * np.abs(start)
            return Certificate(0.0, _relative(float((np.abs(z - start) + rounding).max()), z))
        if nu is None:
            nu = _fitted_dual(A, point)
        if not np.isfinite(nu).all():
            return NOTHING
        proposal = Proposal(A, b, curve, length, z, point)
        anchors = proposal.anchors()
        anchor = Anchor.among(A, anchors, point)
        base = Base.at(proposal, anchor, nu)
        found = _by_anchors(proposal, anchor, base)
        if found.error > ENOUGH:
            found = _by_shortest_dual(proposal)
        return found if found.error <= ENOUGH else _by_hessian(proposal, anchor, base, nu)


@dataclass(frozen=True, eq=False)
class Proposal:
    """What is to be certified; ``point`` is z on the mirror curve."""

    A: Matrix
    b: Vector
    curve: MirrorCurve
    length: float
    z: Vector
    point: Point

    def anchors(self) -> Indices:
        """The coordinates to choose anchors from: none where the curve is flat throughout."""
        steepness = _steepness(self.point)
        square = self.A.shape[0] == self.A.shape[1]
        flat = FLAT if steepness.max() > STEEP else np.inf
        return np.flatnonzero(square | (steepness > flat))


def _by_anchors(proposal: Proposal, anchor: Anchor, base: Base) -> Certificate:
    """The best of the arguments in which the anchors carry all that matters."""
    if len(anchor.steep) == 0:
        return NOTHING
    error, move = _error_of_a_support(proposal.curve, proposal.length, anchor, base)
    n, d = proposal.A.shape
    if len(anchor.steep) == n:
        error = min(error, _error_of_a_vertex(proposal.curve, anchor, base))
    if n == d:
        error = min(error, _error_of_the_only_interpolator(proposal.A, proposal.b, proposal.z))
    return Certificate(_gap(proposal.curve, proposal.length, anchor, base, move), error)


def _by_shortest_dual(proposal: Proposal) -> Certificate:
    """Fewer weights survive than there are equations, and nu beyond them may be noise: instead of
    it, the shortest dual vector that fits the support."""
    size = np.abs(proposal.z)
    support = np.flatnonzero(size > NEGLIGIBLE * size.max())
    if not 0 < len(support) < len(proposal.b):
        return NOTHING
    anchor = Anchor.among(proposal.A, support, proposal.point)
    shortest = anchor.transform[: len(anchor.steep)].T @ proposal.point.sigma[anchor.steep]
    found = _by_anchors(proposal, anchor, Base.at(proposal, anchor, shortest))
    return Certificate(found.gap, found.error, shortest)


def _by_hessian(proposal: Proposal, anchor: Anchor, base: Base, nu: Vector) -> Certificate:
    """Newton-Kantorovich in the duals that no anchor determines."""
    if not np.isfinite(base.point.stretch).all():
        return NOTHING
    hessian = Hessian.at(proposal.A, anchor, base.point)
    if not hessian.least > 0 and len(anchor.steep) < len(proposal.b):
        # Anchors also take the condition number of X out of the Hessian.
        anchor = Anchor.among(proposal.A, np.arange(len(proposal.z)), proposal.point)
        base = Base.at(proposal, anchor, nu)
        hessian = Hessian.at(proposal.A, anchor, base.point)
    if not (hessian.least > 0 and np.isfinite(hessian.inverse).all()):
        return NOTHING
    move = base.point.stretch * (anchor.W.T @ (hessian.inverse @ base.missing))
    error = _error(proposal.curve, anchor, base, hessian)
    return Certificate(_gap(proposal.curve, proposal.length, anchor, base, move), error)


def _steepness(point: Point) -> Vector:
    """(d,) dz/dsigma in units of max|z| / max|sigma|."""
    z_unit, sigma_unit = np.abs(point.z).max() or 1.0, np.abs(point.sigma).max() or 1.0
    return point.stretch * sigma_unit / z_unit


@dataclass(frozen=True, eq=False)
class Anchor:
    """The equations in the frame of their anchor: ``W z = T b``, ``W = T A``, ``W_S = [I; 0]``.

    Attributes:
        transform: T (n, n), invertible. W: (n, d). steep: (m,) indices S of the anchored columns.
        W_error: (n,) and (d,): their outer product bounds ``|W - T A|``.
    """

    transform: Vector
    W: Vector
    steep: Indices
    W_error: tuple[Vector, Vector]

    @classmethod
    def among(cls, A: Matrix, candidates: Indices, point: Point) -> Anchor:
        """The anchor of independent columns among the candidates, the steepest first."""
        n = A.shape[0]
        steep, transform = _anchor(A, candidates, np.minimum(point.stretch, HUGE))
        W = np.asarray(transform @ A)
        return cls(transform, W, steep, (_gamma(n) * la.norm(transform, axis=1), _column_norms(A)))


@dataclass(frozen=True, eq=False)
class Base:
    """The point of the curve that the argument starts from.

    Attributes:
        point: z as proposed, but on the flattest coordinates ``z(A^T nu)``: there sigma keeps
            digits that z may have lost to underflow.
        off: (d,) ``|point.z - z|``, what that changed.
        e, eps: (d,) ``A^T nu - point.sigma`` and a bound of what is not known of it; 0 on S.
        missing, unknown: (n,) ``T(b - A point.z)`` and a bound of what is not known of it.
    """

    point: Point
    off: Vector
    e: Vector
    eps: Vector
    missing: Vector
    unknown: Vector

    @classmethod
    def at(cls, proposal: Proposal, anchor: Anchor, nu: Vector) -> Base:
        A, b, point = proposal.A, proposal.b, proposal.point
        curve, length = proposal.curve, proposal.length
        e, eps = _mismatch(A, point, anchor, nu, _dual_rounding(curve, point, length))
        z = point.z
        if len(anchor.steep):
            sigma = point.sigma + e
            angle = curve.angle_at_dual(sigma)
            moved = (_steepness(point) <= FLAT) & np.isfinite(angle)
            moved[anchor.steep] = False
            other = curve.at_angle(np.where(moved, angle, 0.0), length)
            point = Point(
                *(
                    np.where(moved, getattr(other, field.name), getattr(point, field.name))
                    for field in fields(Point)
                )
            )
            eps = eps + np.where(moved, EPS * np.abs(sigma), 0.0)
            eps += np.where(moved, _dual_rounding(curve, point, length), 0.0)
            e = np.where(moved, 0.0, e)
        left, rounding = _residual(A, point.z, b)
        unknown = np.abs(anchor.transform) @ (_gamma(len(b)) * np.abs(left) + rounding)
        return cls(point, np.abs(point.z - z), e, eps, anchor.transform @ left, unknown)


@dataclass(frozen=True, eq=False)
class Hessian:
    """``H = W K W^T``.

    Attributes:
        inverse: (n, n) ``H^-1``. inverse_size: (n, n) an upper bound of ``|H^-1|``, by entries.
        least: a lower bound of the smallest eigenvalue of H scaled to unit diagonal; not positive
            where there is none.
        reach: (d,) an upper bound of ``||W_i||_{H^-1}``.
    """

    inverse: Vector
    inverse_size: Vector
    least: float
    reach: Vector

    @classmethod
    def at(cls, A: Matrix, anchor: Anchor, point: Point) -> Hessian:
        n, d = A.shape
        W, stretch = anchor.W, point.stretch
        H = gram(W, stretch)
        scale = 1 / np.sqrt(np.diag(H))
        half, least = _inverse_factor(H * scale * scale[:, None], d)
        # ||scale (W - T A) sqrt(K)||_F against ||scale W sqrt(K)||_F = sqrt(n)
        row, column = anchor.W_error
        off = float(la.norm(scale * row) * la.norm(column * np.sqrt(stretch)))
        least -= (2 * np.sqrt(n) + off) * off
        norms = np.sqrt(np.einsum("ij,ij,i->j", W, W, scale**2)) / np.sqrt(max(least, 0.0))
        units = np.outer(scale, scale)
        inverse = (half.T @ half) * units
        rounding = 10 * _gamma(n) * n / max(least, EPS) ** 2
        size = np.abs(inverse) + rounding * units
        return cls(inverse, size, least, np.minimum(norms, 1 / np.sqrt(stretch)))


def _mismatch(
    A: Matrix, point: Point, anchor: Anchor, nu: Vector, unknown: Vector
) -> tuple[Vector, Vector]:
    """``e = A^T nu - sigma`` for the anchored nu, and a bound of what is not known of e; 0 on S."""
    m, steep = len(anchor.steep), anchor.steep
    # Twice the precision where it matters; elsewhere K is so small that it does not.
    sharp = _steepness(point) > FLAT
    sharp[steep] = True
    e = A.T @ nu - point.sigma
    e[sharp] = -residual(columns(A, sharp).T, nu, point.sigma[sharp])
    column = anchor.W_error[1]
    rounding = _gamma(A.shape[0]) * np.where(sharp, 0.0, column * la.norm(nu))
    move = anchor.transform[:m].T @ -e[steep]  # the second double of nu
    e = e + A.T @ move
    left = np.abs(e[steep]) + unknown[steep]
    eps = np.abs(anchor.W[:m]).T @ left + unknown + 2 * EPS * np.abs(e)
    eps += rounding + _gamma(A.shape[0]) * column * la.norm(move)
    e[steep], eps[steep] = 0.0, 0.0
    return e, eps


def _error_of_a_support(
    curve: MirrorCurve, length: float, anchor: Anchor, base: Base
) -> tuple[float, Vector]:
    """The bound where the anchor is the support and the rest is negligible, and ``z~ - z``.

    z~ with ``A z~ = b`` and the dual nu have a gap g, a sum of Fenchel-Young terms. The term of
    the minimiser at each other coordinate is at most g too. As ``P_i(z) >= z t - Q*_i(t)`` for
    every t, and ``Q*_i(t) <= g |t - shift|`` at ``t = sigma(g)``,

        z^_i <= g (1 + |t - shift|) / (t - sigma_i),

    and likewise from below. What is left, ``z_S = (T b)_S - W_I z_I``, follows. Where the l1
    minimiser is not unique this bound is infinite, however small the gap [rockafellar1970].
    """
    point, steep = base.point, anchor.steep
    m = len(steep)
    W, (row, column) = np.abs(anchor.W), anchor.W_error
    others = np.ones(len(point.z), dtype=bool)
    others[steep] = False
    move, slop = np.zeros(len(point.z)), np.zeros(len(point.z))
    if m < len(row):
        inverse = la.pinv(anchor.W[m:, others])
        move[others] = inverse @ base.missing[m:]
        left = np.abs(base.missing[m:] - anchor.W[m:] @ move) + base.unknown[m:]
        left += row[m:] * float(column @ np.abs(move)) + _gamma(len(move)) * (W[m:] @ np.abs(move))
        slop[others] = 2 * la.norm(inverse) * la.norm(left)
    move[steep] = base.missing[:m] - anchor.W[:m, others] @ move[others]
    slop[steep] = base.unknown[:m] + W[:m] @ (slop + _gamma(len(move)) * np.abs(move))
    size = np.abs(move) + slop
    if not (size[steep] <= np.abs(point.z[steep]) / 2).all():  # nan too
        return np.inf, move
    # Fenchel-Young terms: on S by the curvature, elsewhere by their three parts.
    terms = 4 * size**2 / point.stretch
    z = np.abs(point.z) + size
    beyond = np.abs(curve.at_primal(z, length).sigma) + np.abs(curve.shift)
    sigma = np.abs(point.sigma) + np.abs(base.e) + base.eps
    # Where eps reaches the end of the domain this is nan, and so is the gap.
    outermost = point.sigma + base.e
    outermost = outermost + np.copysign(base.eps, outermost - curve.shift)
    conjugate = curve.conjugate(curve.angle_at_dual(outermost), length)
    terms[others] = (z * (beyond + sigma) + 2 * conjugate)[others]
    gap = float(terms.sum())
    if not np.isfinite(gap):
        return np.inf, move
    bound = np.zeros(len(move))
    for side in (1.0, -1.0):
        t = curve.at_primal(np.full(len(move), side * gap), length).sigma
        room = side * (t - point.sigma - base.e) - base.eps - 4 * EPS * np.abs(t)
        reach = gap * (1 + np.abs(t - curve.shift)) / room
        bound = np.maximum(bound, np.where(room > 0, reach, np.inf))
    bound[steep] = 0.0
    far = bound + np.abs(np.where(others, point.z, 0.0))
    distance = far.copy()
    distance[steep] = np.abs(base.missing[:m]) + base.unknown[:m] + W[:m] @ far
    distance[steep] += row[:m] * float(column @ far + column[steep] @ distance[steep])
    return _relative(float((distance + base.off).max()), point.z), move


def _error_of_a_vertex(curve: MirrorCurve, anchor: Anchor, base: Base) -> float:
    """The bound where n anchors carry all equations: no Hessian is needed.

    ``z_S -> T b - W_I z_I(W_I^T sigma(z_S))`` maps the box ``|z_S - base| <= r`` into itself; so
    it has a fixed point there (Brouwer), which satisfies all conditions of the minimiser. Over the
    box sigma_S moves by at most ``4 r / K``, as K(z/2) >= K(z)/4.
    """
    point, steep = base.point, anchor.steep
    W, (row, column) = np.abs(anchor.W), anchor.W_error
    size = np.abs(base.e) + base.eps
    known = np.abs(base.missing) + base.unknown

    def image(r: Vector) -> tuple[Vector, Vector]:
        move = size + W.T @ (4 * r / point.stretch[steep])
        spread = point.stretch * _drift(curve, point, move) * move
        distance = np.where(move == 0, 0.0, spread)  # an infinite stretch does not move; nan stays
        distance[steep] = 0.0
        rounding = row * float(column @ distance + column[steep] @ r)
        return known + W @ distance + rounding, distance

    r = 2 * image(np.zeros(len(steep)))[0]
    inside, distance = image(r)
    if not ((inside <= r) & (r <= np.abs(point.z[steep]) / 2)).all():  # nan too
        return np.inf
    distance[steep] = inside
    return _relative(float((distance + base.off).max()), point.z)


def _error(curve: MirrorCurve, anchor: Anchor, base: Base, hessian: Hessian) -> float:
    """The bound on ``max|z - z^| / max|z^|``: steps 2 to 4 of the module's argument."""
    point, e, eps, missing = base.point, base.e, base.eps, base.missing
    stretch, reach, W = point.stretch, hessian.reach, np.abs(anchor.W)
    size = np.abs(e) + eps
    f = missing - anchor.W @ (stretch * e)
    step = hessian.inverse @ f
    moved = anchor.W.T @ step
    # What the linear problem leaves out: rounding, and what is not known of e.
    forced = W @ (stretch * (eps + (_drift(curve, point, size) - 1) * size))
    forced += np.abs(anchor.W @ (stretch * moved) - f) + base.unknown
    forced += _gamma(sum(W.shape)) * (np.abs(missing) + W @ (stretch * (size + np.abs(moved))))
    total = np.abs(f) + forced
    eta = float(np.sqrt(total @ hessian.inverse_size @ total))
    worst = float(_drift(curve, point, size + 2 * eta * reach).max())
    if not worst <= 2:  # nan too
        return np.inf
    bound = worst * eta * reach
    for _ in range(SHARPENINGS):
        left_out = forced + W @ (stretch * (_drift(curve, point, size + bound) - 1) * bound)
        bound = np.minimum(bound, np.abs(moved) + W.T @ (hessian.inverse_size @ left_out))
    move = np.abs(e + moved) + eps + W.T @ (hessian.inverse_size @ left_out)
    move = np.minimum(move, size + bound)
    distance = stretch * _drift(curve, point, move) * move + base.off
    return _relative(float(distance.max()), point.z)


def _error_of_the_only_interpolator(A: Matrix, b: Vector, z: Vector) -> float:
    """The bound for square A: there is one interpolator, whatever the potential.

    ``|z - z^| = |A^-1 (A z - b)|``, with an approximate inverse Y and ``||I - Y A|| < 1``.
    """
    square = dense(A)
    inverse = la.inv(square)
    n = len(b)
    defect = np.abs(np.eye(n) - inverse @ square) + _gamma(n) * (np.abs(inverse) @ np.abs(square))
    contraction = float(defect.sum(axis=1).max())
    if not contraction < 1:
        return np.inf
    left, rounding = _residual(A, z, b)
    missing = np.abs(left) + rounding
    return _relative(
        float((np.abs(inverse) @ missing).max() * (1 + _gamma(n)) / (1 - contraction)), z
    )


def _relative(distance: float, z: Vector) -> float:
    """``max|z - z^| / max|z^|`` at most, from ``max|z - z^| <= distance``."""
    largest = float(np.abs(z).max())
    if distance == 0.0:
        return 0.0
    distance *= 1 + 1e-9  # the bound's own arithmetic: sums of fewer than 1e6 positive terms
    return distance / (largest - distance) if distance < largest else np.inf


def _gap(curve: MirrorCurve, length: float, anchor: Anchor, base: Base, move: Vector) -> float:
    """The relative duality gap at ``z~ = z + move``: a sum of Fenchel-Young terms, each >= 0.

    ``P(z~) - D(nu) = sum_i z~_i (sigma(z~_i) - sigma_i) + Q*(sigma_i) - Q*(sigma(z~_i))`` at
    ``sigma = A^T nu``, as ``b.nu = (A z~).nu``.
    """
    point = base.point
    z = point.z + move
    corrected = curve.at_primal(z, length)
    angle = curve.angle_at_dual(point.sigma + base.e)
    known = base.e == 0
    angle[known] = np.copysign(point.angle, point.z)[known]
    if np.isnan(angle).any():
        return np.inf  # nu is not dual feasible
    same = move == 0
    corrected = Point(
        *(
            np.where(same, getattr(point, field.name), getattr(corrected, field.name))
            for field in fields(Point)
        )
    )
    below, above = curve.conjugate(corrected.angle, length), curve.conjugate(angle, length)
    terms = z * (corrected.sigma - point.sigma - base.e) + above - below
    terms = np.maximum(np.where(same & known, 0.0, terms), 0.0)
    primal = float((z * corrected.sigma - below).sum())
    gap = float(terms.sum())
    if not np.isfinite(gap + primal):
        return np.inf
    unit = max(abs(primal), abs(primal - gap))
    return gap / unit if gap > 0 else 0.0


def _anchor(A: Matrix, candidates: Indices, stretch: Vector) -> tuple[Indices, Vector]:
    """Independent columns S among the candidates, the steepest first, and T, ``T A_S = [I; 0]``."""
    n = A.shape[0]
    if len(candidates) == 0:
        return candidates, np.eye(n)
    B = columns(A, candidates)
    weighted = B * np.sqrt(stretch[candidates] / stretch[candidates].max())
    triangle, pivots = la.qr(weighted, mode="r", pivoting=True)
    sizes = la.norm(weighted, axis=0)[pivots[: min(B.shape)]]
    independent = np.abs(np.diag(triangle)) > 1e-6 * sizes
    rank = len(independent) if independent.all() else int(np.argmin(independent))
    steep = pivots[:rank]
    Q, R = la.qr(B[:, steep])
    transform = Q.T.copy()
    transform[:rank] = la.solve_triangular(R[:rank], Q.T[:rank])
    return candidates[steep], transform


def _fitted_dual(A: Matrix, point: Point) -> Vector:
    """nu that fits ``A^T nu = sigma`` best, weighted by how much each coordinate matters."""
    weights = np.sqrt(point.stretch / point.stretch.max())
    return np.asarray(la.lstsq((dense(A) * weights).T, weights * point.sigma)[0])


def _gamma(terms: int) -> float:
    """The relative rounding error of a sum of so many products [higham2002, Sec 3.1]."""
    return (terms + 3) * EPS


def _residual(A: Matrix, z: Vector, b: Vector) -> tuple[Vector, Vector]:
    """``b - A z`` and a bound of its error, (n,) each [ogita2005, Prop 5.5].

    In twice the precision for the entries of z that count, in plain doubles for the small rest.
    """
    size = np.abs(z)
    large = size > 1e-6 * size.max()
    column = _column_norms(A)
    left = residual(columns(A, large), z[large], b) - A @ np.where(large, 0.0, z)
    gamma = _gamma(len(z))
    rounding = gamma**2 * (float(column[large] @ size[large]) + np.abs(b))
    rounding += gamma * float(column[~large] @ size[~large]) + 2 * EPS * np.abs(left)
    return left, rounding


def _inverse_factor(H: Vector, terms: int) -> tuple[Vector, float]:
    """``L^-1`` for ``H = L L^T`` (unit diagonal, entries sums of so many products), and a lower
    bound of the smallest eigenvalue of H: not positive where there is none."""
    n = len(H)
    if not np.isfinite(H).all():
        return H, 0.0
    try:
        lower = la.cholesky(H, lower=True)
    except la.LinAlgError:
        return H, 0.0
    inverse = la.solve_triangular(lower, np.eye(n), lower=True)
    # 1/||L^-1||_F^2 <= 1/||L^-1||_2^2. The entries of scaled W K W^T and L L^T are at most 1 in
    # size, so n times the componentwise rounding bounds the norm of what both are off.
    return inverse, float(0.99 / (inverse**2).sum() - n * (_gamma(terms) + _gamma(n)))


def _dual_rounding(curve: MirrorCurve, point: Point, length: float) -> Vector:
    """(d,) how far the computed sigma may be from the exact sigma(z)."""
    log_z = np.where(point.z != 0, np.abs(np.log(np.abs(point.z))), 0.0)
    logs = LIBRARY * EPS * (log_z + np.abs(curve.log_scale) + abs(length) + 1) + curve.rounding
    turn = np.abs(point.sigma) + 2 * np.abs(curve.shift)  # at least |s| / rate + |shift|
    biased = np.where(curve.shift == 0, 0.0, 4 * EPS + curve.rounding)
    # z/K is dsigma/dln z; h convex on s > 0 bounds it by |s| / rate, where z and K underflow.
    slope = np.where(point.z == 0, turn, np.abs(point.z) / point.stretch)
    return np.asarray(logs * slope + (EPS + biased) * turn)


def _drift(curve: MirrorCurve, point: Point, move: Vector) -> Vector:
    return np.asarray(curve.potential.stretch_drift_at(DOUBLES, point.angle, curve.rate * move))


def _column_norms(A: Matrix) -> Vector:
    if sp.issparse(A):
        return np.asarray(np.sqrt((A * A).sum(axis=0)))
    return np.asarray(np.sqrt(np.einsum("ij,ij->j", A, A)))
