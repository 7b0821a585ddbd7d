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

from dataclasses import dataclass

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
SHARPENINGS = 3
LIBRARY = 8  # roundings of EPS that a curve evaluation costs, relative to what enters it


@dataclass(frozen=True)
class Certificate:
    """What is known of a proposed solution; infinite where nothing is.

    Attributes:
        gap: ``(P(z~) - D(nu)) / max(|P|, |D|)``, z~ corrected back to ``A z~ = b``.
        error: an upper bound on ``max|z - z^| / max|z^|`` for the exact minimiser z^.
    """

    gap: float
    error: float


NOTHING = Certificate(np.inf, np.inf)


def certify(
    A: Matrix, b: Vector, curve: MirrorCurve, length: float, z: Vector, nu: Vector | None = None
) -> Certificate:
    """The certificate of z (d,) and a dual vector nu (n,), which is fitted where not given."""
    with np.errstate(over="ignore", under="ignore", invalid="ignore", divide="ignore"):
        if not np.isfinite(z).all():
            return NOTHING
        point = curve.at_primal(z, length)
        if not (np.isfinite(point.stretch).all() and (point.stretch > 0).all()):
            return NOTHING
        if A.shape[0] == 0:  # no equation: the minimiser is the start
            start = curve.at_angle(curve.angle_at_dual(np.zeros(len(z))), length).z
            rounding = LIBRARY * EPS * (1 + abs(length) + np.abs(curve.log_scale)) * np.abs(start)
            return Certificate(0.0, _relative(float((np.abs(z - start) + rounding).max()), z))
        if nu is None:
            nu = _fitted_dual(A, point)
        frame = Frame.at(A, point)
        if not frame.least > 0:
            return NOTHING
        left = residual(A, z, b)
        missing = frame.transform @ left
        unknown = np.abs(frame.transform) @ (
            _gamma(len(b)) * np.abs(left) + _residual_rounding(A, z, b)
        )
        e, eps = _mismatch(A, point, frame, nu, _dual_rounding(curve, point, length))
        error = _error(curve, point, frame, (e, eps), (missing, unknown))
        if A.shape[0] == A.shape[1]:
            error = min(error, _error_of_the_only_interpolator(A, b, z))
        return Certificate(_gap(curve, length, point, frame, e, missing), error)


@dataclass(frozen=True, eq=False)
class Frame:
    """The equations in the frame of the anchor, and their Hessian.

    Attributes:
        transform: T (n, n). W: (n, d) ``T A``. steep: (m,) indices of the anchored columns.
        inverse: (n, n) ``H^-1``, ``H = W K W^T``.
        inverse_size: (n, n) an upper bound of ``|H^-1|``, entry by entry.
        least: a lower bound of the smallest eigenvalue of H scaled to unit diagonal; not positive
            where there is none.
        reach: (d,) an upper bound of ``||W_i||_{H^-1}``.
    """

    transform: Vector
    W: Vector
    steep: Indices
    inverse: Vector
    inverse_size: Vector
    least: float
    reach: Vector

    @classmethod
    def at(cls, A: Matrix, point: Point) -> "Frame":
        """The frame with as few anchors as will do."""
        z_unit, sigma_unit = np.abs(point.z).max() or 1.0, np.abs(point.sigma).max() or 1.0
        steepness = point.stretch * sigma_unit / z_unit
        everything = np.arange(A.shape[1])
        if A.shape[0] == A.shape[1]:
            return cls.anchored(A, point, everything)
        anchors = everything[steepness > FLAT] if steepness.max() > STEEP else everything[:0]
        frame = cls.anchored(A, point, anchors)
        # Anchors also take the condition number of X out of H.
        return frame if frame.least > 0 else cls.anchored(A, point, everything)

    @classmethod
    def anchored(cls, A: Matrix, point: Point, candidates: Indices) -> "Frame":
        """The frame whose anchors are chosen among the candidates (indices)."""
        n, d = A.shape
        stretch = point.stretch
        steep, transform = _anchor(A, candidates, stretch)
        W = np.asarray(transform @ A)
        H = gram(W, stretch)
        scale = 1 / np.sqrt(np.diag(H))
        half, least = _inverse_factor(H * scale * scale[:, None], d)
        # ||scale (W - T A) sqrt(K)||_F against ||scale W sqrt(K)||_F = sqrt(n)
        row_size = la.norm(scale * la.norm(transform, axis=1))
        off = _gamma(n) * float(row_size * la.norm(_column_norms(A) * np.sqrt(stretch)))
        least -= (2 * np.sqrt(n) + off) * off
        norms = np.sqrt(np.einsum("ij,ij,i->j", W, W, scale**2)) / np.sqrt(max(least, 0.0))
        units = np.outer(scale, scale)
        inverse = (half.T @ half) * units
        rounding = 10 * _gamma(n) * n / max(least, EPS) ** 2
        size = np.abs(inverse) + rounding * units
        reach = np.minimum(norms, 1 / np.sqrt(stretch))
        return cls(transform, W, steep, inverse, size, least, reach)


def _mismatch(
    A: Matrix, point: Point, frame: Frame, nu: Vector, unknown: Vector
) -> tuple[Vector, Vector]:
    """``e = A^T nu - sigma`` for the anchored nu, and a bound of what is not known of e; 0 on S."""
    m, steep = len(frame.steep), frame.steep
    e = -residual(A.T, nu, point.sigma)
    move = frame.transform[:m].T @ -e[steep]  # the second double of nu
    e = e + A.T @ move
    left = np.abs(e[steep]) + unknown[steep]
    eps = np.abs(frame.W[:m]).T @ left + unknown + 2 * EPS * np.abs(e)
    eps += _gamma(A.shape[0]) * (abs(A).T @ np.abs(move))
    e[steep], eps[steep] = 0.0, 0.0
    return e, eps


def _error(
    curve: MirrorCurve,
    point: Point,
    frame: Frame,
    mismatch: tuple[Vector, Vector],
    residuals: tuple[Vector, Vector],
) -> float:
    """The bound on ``max|z - z^| / max|z^|``: steps 2 to 4 of the module's argument."""
    (e, eps), (missing, unknown) = mismatch, residuals
    stretch, reach, W = point.stretch, frame.reach, np.abs(frame.W)
    size = np.abs(e) + eps
    f = missing - frame.W @ (stretch * e)
    step = frame.inverse @ f
    moved = frame.W.T @ step
    # What the linear problem leaves out: rounding, and what is not known of e.
    base = W @ (stretch * (eps + (_drift(curve, point, size) - 1) * size))
    base += np.abs(frame.W @ (stretch * moved) - f) + unknown
    base += _gamma(sum(W.shape)) * (np.abs(missing) + W @ (stretch * (size + np.abs(moved))))
    total = np.abs(f) + base
    eta = float(np.sqrt(total @ frame.inverse_size @ total))
    worst = float(_drift(curve, point, size + 2 * eta * reach).max())
    if not worst <= 2:  # nan too
        return np.inf
    bound = worst * eta * reach
    for _ in range(SHARPENINGS):
        left_out = base + W @ (stretch * (_drift(curve, point, size + bound) - 1) * bound)
        bound = np.minimum(bound, np.abs(moved) + W.T @ (frame.inverse_size @ left_out))
    move = np.abs(e + moved) + eps + W.T @ (frame.inverse_size @ left_out)
    move = np.minimum(move, size + bound)
    return _relative(float((stretch * _drift(curve, point, move) * move).max()), point.z)


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
    missing = np.abs(residual(A, z, b)) * (1 + EPS) + _residual_rounding(A, z, b)
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


def _gap(
    curve: MirrorCurve, length: float, point: Point, frame: Frame, e: Vector, missing: Vector
) -> float:
    """The relative duality gap: a sum of Fenchel-Young terms, each >= 0.

    ``P(z~) - D(nu) = sum_i z~_i (sigma(z~_i) - sigma_i) + Q*(sigma_i) - Q*(sigma(z~_i))`` at
    ``sigma = A^T nu``, as ``b.nu = (A z~).nu``.
    """
    z = point.z + point.stretch * (frame.W.T @ (frame.inverse @ missing))
    corrected = curve.at_primal(z, length)
    angle = curve.angle_at_dual(point.sigma + e)
    angle[frame.steep] = np.copysign(point.angle, point.z)[frame.steep]
    if np.isnan(angle).any():
        return np.inf  # nu is not dual feasible
    below, above = curve.conjugate(corrected.angle, length), curve.conjugate(angle, length)
    move = corrected.sigma - point.sigma - e
    terms = np.maximum(z * move + above - below, 0.0)
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


def _residual_rounding(A: Matrix, z: Vector, b: Vector) -> Vector:
    """What twice the working precision leaves unknown of ``b - A z`` [ogita2005, Prop 5.5]."""
    return np.asarray(_gamma(A.shape[1]) ** 2 * (abs(A) @ np.abs(z) + np.abs(b)))


def _inverse_factor(H: Vector, terms: int) -> tuple[Vector, float]:
    """``L^-1`` for ``H = L L^T`` (unit diagonal, entries sums of so many products), and a lower
    bound of the smallest eigenvalue of H: not positive where there is none."""
    n = len(H)
    try:
        lower = la.cholesky(H, lower=True)
    except (la.LinAlgError, ValueError):
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
    return np.asarray(logs * np.abs(point.z) / point.stretch + (EPS + biased) * turn)


def _drift(curve: MirrorCurve, point: Point, move: Vector) -> Vector:
    return np.asarray(curve.potential.stretch_drift_at(DOUBLES, point.angle, curve.rate * move))


def _column_norms(A: Matrix) -> Vector:
    if sp.issparse(A):
        return np.asarray(np.sqrt((A * A).sum(axis=0)))
    return np.asarray(np.sqrt(np.einsum("ij,ij->j", A, A)))
