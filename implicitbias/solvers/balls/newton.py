"""Newton's method in balls, in the frame of the anchors, and the proof that it found the minimiser.

The equations are ``z_S + W_I z_I = t`` with ``W = X_S^-1 X`` and ``t = X_S^-1 y``, t in exact
rationals: a weight that is 1e-300 because its t is 0 has all its digits. The unknowns are the
angles v of the anchors, on which sigma_S depends, and ``sigma_I = W_I^T sigma_S``.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import scipy.linalg as la
from flint import arb, arb_mat, ctx, fmpq

from implicitbias.inputs.arrays import Indices, Vector
from implicitbias.inputs.exact import ExactData, take
from implicitbias.solvers.balls.mirror_curve import AnchorPoint, ArcPoint, Arcs, Exact, OutsideError

NARROW = 64  # bits of what is only multiplied by the radius of a box
LARGEST_LOG = 600.0  # of a ratio of stretches that enters a Newton matrix
LOG_RENEWED = -30.0  # ln of a step: from there on a Newton matrix in doubles cannot be better
LOG2 = float(np.log(2))
ROUNDS = 5  # of inflation of the box


class NoConvergenceError(ArithmeticError):
    """Newton's method did not converge from this start."""


@dataclass(frozen=True, eq=False)
class Values:
    """The coordinates at one set of angles.

    Attributes:
        anchors: n points. others: d - n points, in the order of ``BallSystem.others``.
    """

    anchors: list[AnchorPoint]
    others: list[ArcPoint]


@dataclass(frozen=True, eq=False)
class Proved:
    """Balls for the angles of the anchors that contain those of the minimiser, and all else there.

    Attributes:
        z: (d,) balls. values: all coordinates over these angles.
    """

    angles: list[arb]
    z: list[arb]
    values: Values


@dataclass(eq=False)
class BallSystem:
    """The equations in one frame, at the working precision of its making.

    Attributes:
        anchors: S, n columns. others: I, the rest. W: (n, d-n) balls. t: n balls.
    """

    data: ExactData
    anchors: tuple[int, ...]
    others: tuple[int, ...]
    W: arb_mat
    t: list[arb]
    _doubles: Vector
    _exact_columns: dict[int, list[fmpq]] = field(default_factory=dict)
    _corners: dict[tuple[int, ...], list[arb]] = field(default_factory=dict)
    _gaps: dict[tuple[tuple[int, ...], int, int], arb] = field(default_factory=dict)

    @classmethod
    def at(cls, data: ExactData, anchors: Sequence[int]) -> "BallSystem":
        """ZeroDivisionError where the anchors are not independent at the working precision."""
        n, d = data.X.nrows(), data.X.ncols()
        inside = set(anchors)
        others = tuple(i for i in range(d) if i not in inside)
        if n == 0:
            return cls(data, (), others, arb_mat(0, d), [], np.zeros((0, d)))
        square = take(data.X, range(n), anchors)
        exact = square.solve(data.y)
        t = [arb(exact[j, 0]) for j in range(n)]
        if not others:
            return cls(data, tuple(anchors), others, arb_mat(n, 0), t, np.zeros((n, 0)))
        W = arb_mat(square).solve(arb_mat(take(data.X, range(n), others)), algorithm="precond")
        # For Newton steps only: what is rounding may stand before a much larger stretch.
        doubles = [0.0 if entry.contains(0) else float(entry) for entry in W.entries()]
        return cls(data, tuple(anchors), others, W, t, np.array(doubles).reshape(n, d - n))

    def values(self, arcs: Arcs, angles: Sequence[arb]) -> Values:
        """All coordinates at the angles of the anchors; OutsideError where one leaves its range."""
        points = [arcs.anchor(j, v) for j, v in zip(self.anchors, angles, strict=True)]
        if not self.others:
            return Values(points, [])
        which = tuple(point.corner for point in points)
        at_corners = self._at_corners(arcs, which)
        if points:
            moved = (self._transposed * _column([p.offset for p in points])).entries()
        else:
            moved = [arb(0)] * len(self.others)
        others = []
        for k, i in enumerate(self.others):

            def from_end(side: int, k: int = k) -> arb:
                return side * (self._gap(arcs, which, k, side) - moved[k])

            others.append(arcs.other(i, at_corners[k] + moved[k], from_end))
        return Values(points, others)

    @cached_property
    def _transposed(self) -> arb_mat:
        """``W^T``, (d-n, n)."""
        return self.W.transpose()

    def residual(self, values: Values) -> list[arb]:
        """``t - z_S - W z_I``."""
        left = [t - point.z for t, point in zip(self.t, values.anchors, strict=True)]
        if not self.others or not left:
            return left
        image = (self.W * _column([point.z for point in values.others])).entries()
        return [a - b for a, b in zip(left, image, strict=True)]

    def polish(self, arcs: Arcs, angles: list[arb]) -> tuple[list[arb], "Chord", Values]:
        """Chord steps until rounding stops them; the Newton matrix is renewed while it gains.

        The values are those at the angles returned.
        """
        before, chord = np.inf, None
        while True:
            values = self.values(arcs, angles)
            if chord is None or not before < LOG_RENEWED:
                chord = self.chord(values)
            step = chord.step(self.residual(values))
            size = _log_size(step, angles)
            if not size < before - 1:  # nan too
                return angles, chord, values
            angles = [(v + d).mid() for v, d in zip(angles, step, strict=True)]
            if size < before < LOG_RENEWED and 2 * size - before < -ctx.prec * LOG2:
                return angles, chord, self.values(arcs, angles)  # the next is below rounding
            before = size

    def chord(self, values: Values) -> "Chord":
        """The Newton matrix at these values, in doubles: ``1 + K_S^-1 W K_I W^T``."""
        n = len(values.anchors)
        if n == 0:
            return Chord(arb_mat(0, 0), [], [], 0.0)
        with ctx.workprec(NARROW):
            logs = [point.log_stretch.mid() for point in values.anchors]
            top = max(logs)
            steep = np.array([float(log - top) for log in logs])
            rest = np.array([float(point.log_stretch.mid() - top) for point in values.others])
        with np.errstate(all="ignore"):  # what is not finite is refused
            ratio = np.exp(np.minimum(rest[None, :] - steep[:, None], LARGEST_LOG))
            weighted = self._doubles * ratio
            matrix = np.eye(n) + weighted @ self._doubles.T
            skew = float(np.sqrt((weighted * self._doubles).max(initial=0.0)))
            inverse = _graded_inverse(matrix, np.argsort(-steep, kind="stable"))
        if not np.isfinite(inverse).all():
            raise NoConvergenceError("the Newton matrix is singular in doubles")
        return Chord(
            arb_mat(n, n, [float(e) for e in inverse.ravel()]),
            [(-log).exp().mid() for log in logs],
            [(1 / point.speed).mid() for point in values.anchors],
            skew,
        )

    def tangent(self, chord: "Chord") -> list[arb]:
        """``dangle/dlength`` of the anchors at a solution: ``K_S + W K W^T`` against t."""
        return [step.mid() for step in chord.step(self.t)]

    def prove(self, arcs: Arcs, angles: list[arb], chord: "Chord", base: Values) -> Proved | None:
        """Krawczyk's test: a box around the angles that holds a zero, which is the minimiser.

        ``v - Y F(v)`` maps the box into itself, Y an approximate inverse of F' and ``F'`` enclosed
        over the box [krawczyk1969]; the minimiser is unique as the problem is strictly convex.
        ``base`` are the values at the angles. None where the test fails.
        """
        n, bits = len(angles), ctx.prec
        if n == 0:
            return self._proved([], base)
        center = chord.scaled(self.residual(base))
        with ctx.workprec(NARROW):
            size = [abs(g).upper() for g in center]
            precision = arb(2) ** (-bits - 4)
            # What rounding does to the angle, or less.
            floors = [
                (abs(v).upper() * precision / unit + s * precision).upper()
                for v, unit, s in zip(angles, chord.turns, size, strict=True)
            ]
            # An angle of exactly 0 may be that of an entry 0. So that its box is not empty:
            floors = [
                floor if floor > 0 else (precision**4 / unit).upper()
                for floor, unit in zip(floors, chord.turns, strict=True)
            ]
        box = [4 * s + floor for s, floor in zip(size, floors, strict=True)]
        for _ in range(ROUNDS):
            over = [
                v + unit * arb(0, r.abs_upper())
                for v, unit, r in zip(angles, chord.turns, box, strict=True)
            ]
            try:
                defect = self._defect(arcs, over, chord)
            except OutsideError:
                return None
            with ctx.workprec(NARROW):
                radius = [s + floor for s, floor in zip(size, floors, strict=True)]
                for _ in range(3):
                    image = _times(defect, radius)
                    radius = [
                        ((s + m) * arb(1.01) + floor).upper()
                        for s, m, floor in zip(size, image, floors, strict=True)
                    ]
                image = [s + m for s, m in zip(size, _times(defect, radius), strict=True)]
                inside = all(m < r for m, r in zip(image, radius, strict=True)) and all(
                    r <= b for r, b in zip(radius, box, strict=True)
                )
                spread = [m.abs_upper() for m in _times(defect, radius)]
                if not inside:
                    box = [2 * r for r in radius]
                    if not all(b.is_finite() for b in box):
                        return None
            if inside:
                tight = [
                    v + unit * (g + arb(0, r))
                    for v, unit, g, r in zip(angles, chord.turns, center, spread, strict=True)
                ]
                return self._proved(tight, self.values(arcs, tight))
        return None

    def exact_column(self, k: int) -> list[fmpq]:
        """Column k of W (of the others) in rationals."""
        if k not in self._exact_columns:
            n = len(self.anchors)
            square = take(self.data.X, range(n), self.anchors)
            column = square.solve(take(self.data.X, range(n), [self.others[k]]))
            self._exact_columns[k] = [column[j, 0] for j in range(n)]
        return self._exact_columns[k]

    def _defect(self, arcs: Arcs, over: list[arb], chord: "Chord") -> list[list[arb]]:
        """Bounds (n, n) of ``|1 - Y F'|`` over the box."""
        values = self.values(arcs, over)
        n = len(over)
        with ctx.workprec(NARROW):
            logs = [point.log_stretch for point in values.anchors]
            left = [+unit for unit in chord.units]
            right = [p.speed * unit for p, unit in zip(values.anchors, chord.turns, strict=True)]
            diagonal = [log.exp() * a * b for log, a, b in zip(logs, left, right, strict=True)]
            jacobian = arb_mat(n, n)
            if self.others:
                roots = [(point.log_stretch / 2).exp() for point in values.others]
                rows = self.W.tolist()
                first = arb_mat(
                    [
                        [unit * w * root for w, root in zip(row, roots, strict=True)]
                        for unit, row in zip(left, rows, strict=True)
                    ]
                )
                second = arb_mat(
                    [
                        [unit * w * root for w, root in zip(row, roots, strict=True)]
                        for unit, row in zip(right, rows, strict=True)
                    ]
                )
                jacobian = first * second.transpose()
            for j in range(n):
                jacobian[j, j] += diagonal[j]
            product = chord.inverse * jacobian
            return [
                [abs((1 if i == j else 0) - product[i, j]).upper() for j in range(n)]
                for i in range(n)
            ]

    def _proved(self, angles: list[arb], values: Values) -> Proved:
        d = len(self.anchors) + len(self.others)
        z = [arb(0)] * d
        for j, point in zip(self.anchors, values.anchors, strict=True):
            z[j] = point.z
        for i, other in zip(self.others, values.others, strict=True):
            z[i] = other.z
        return Proved(angles, z, values)

    def _at_corners(self, arcs: Arcs, which: tuple[int, ...]) -> list[arb]:
        """``W_I^T corner_S``."""
        if which not in self._corners:
            corners = [arcs.corner(j, c) for j, c in zip(self.anchors, which, strict=True)]
            if not any(corners):
                self._corners[which] = [arb(0)] * len(self.others)
            else:
                column = _column([arb(corner) for corner in corners])
                self._corners[which] = (self._transposed * column).entries()
        return self._corners[which]

    def _gap(self, arcs: Arcs, which: tuple[int, ...], k: int, side: int) -> arb:
        """``end - W_I^T corner_S``; exactly 0 where that is so."""
        key = (which, k, side)
        if key not in self._gaps:
            end = arcs.corner(self.others[k], side)
            gap = arb(end) - self._at_corners(arcs, which)[k]
            if gap.contains(0) and self._is_tied(arcs, which, k, end):
                gap = arb(0)
            self._gaps[key] = gap
        return self._gaps[key]

    def _is_tied(self, arcs: Arcs, which: tuple[int, ...], k: int, end: Exact) -> bool:
        corners = [arcs.corner(j, c) for j, c in zip(self.anchors, which, strict=True)]
        if not all(isinstance(value, fmpq) for value in (end, *corners)):
            return False
        products = (w * corner for w, corner in zip(self.exact_column(k), corners, strict=True))
        return bool(sum(products, fmpq(0)) == end)


@dataclass(frozen=True, eq=False)
class Chord:
    """An approximate inverse of the Newton matrix: ``v += turns * (inverse (units * residual))``.

    Attributes:
        inverse: (n, n) exact doubles. units: n exact numbers ``1/K_S``. turns: n, ``dv/dsigma``.
        skew: the largest ``|W_ji| (K_i/K_j)^(1/2)``: large where a coordinate is steeper than the
            anchors it needs.
    """

    inverse: arb_mat
    units: list[arb]
    turns: list[arb]
    skew: float

    def scaled(self, residual: Sequence[arb]) -> list[arb]:
        """The Newton step of sigma_S."""
        weighted = [unit * r for unit, r in zip(self.units, residual, strict=True)]
        return list((self.inverse * _column(weighted)).entries()) if weighted else []

    def step(self, residual: Sequence[arb]) -> list[arb]:
        """The Newton step of the angles."""
        return [s * g for s, g in zip(self.turns, self.scaled(residual), strict=True)]


def _graded_inverse(matrix: Vector, order: Indices) -> Vector:
    """The inverse of ``1 + K^-1 M``, M positive semidefinite, with every entry to its own size.

    K falls along the order by any number of decades. Elimination in that order needs no pivoting,
    as Cholesky's does not, and keeps what is far below the rounding of the largest entries.
    """
    upper = matrix[np.ix_(order, order)].copy()
    n = len(upper)
    lower = np.eye(n)
    for k in range(n - 1):
        lower[k + 1 :, k] = upper[k + 1 :, k] / upper[k, k]
        upper[k + 1 :, k:] -= np.outer(lower[k + 1 :, k], upper[k, k:])
        upper[k + 1 :, k] = 0.0
    inverse = np.full((n, n), np.nan)
    if np.isfinite(upper).all() and (np.diag(upper) > 0).all():
        unit = la.solve_triangular(lower, np.eye(n), lower=True, unit_diagonal=True)
        inverse[np.ix_(order, order)] = la.solve_triangular(upper, unit)
    return inverse


def _column(entries: Sequence[arb]) -> arb_mat:
    return arb_mat(len(entries), 1, list(entries))


def _times(matrix: list[list[arb]], vector: list[arb]) -> list[arb]:
    return list((arb_mat(matrix) * _column(vector)).entries())


def _log_size(step: Sequence[arb], angles: Sequence[arb]) -> float:
    """The largest ``ln |step|``, relative to an angle below 1; the midpoints count."""
    with ctx.workprec(NARROW):
        worst = -np.inf
        for d, v in zip(step, angles, strict=True):
            size = abs(d.mid())
            if size > 0:
                unit = abs(v).min(arb(1))
                worst = max(worst, float((size / unit).log()) if unit > 0 else np.inf)
            elif not size.is_finite():
                return np.nan
        return worst
