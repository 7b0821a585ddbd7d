"""Newton's method in balls, in a basis, and the proof that it found the minimiser.

The equations are ``z_S + W_I z_I = t`` with ``W = X_S^-1 X`` and ``t = X_S^-1 y``, t in exact
rationals: a weight that is 1e-300 because its t is 0 has all its digits. The unknowns are the
parameters v of the basic coordinates, on which sigma_S depends, and ``sigma_I = W_I^T sigma_S``.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from flint import arb, arb_mat, ctx, fmpq

from implicitbias.inputs.arrays import Matrix
from implicitbias.inputs.exact import ExactData, take
from implicitbias.solvers.balls.mirror_curve import BallCurve, BallPoint, BasicPoint, Exact
from implicitbias.solvers.linear_algebra import graded_inverse, solve_flint
from implicitbias.solvers.refusal import OutsideError

NARROW = 64  # bits of what is only multiplied by the radius of a box
LARGEST_LOG = 600.0  # of a ratio of inverse metrics that enters a Newton matrix
LOG_RENEWED = -30.0  # ln of a step: from there on a Newton matrix in doubles cannot be better
LOG2 = float(np.log(2))
ROUNDS = 5  # of inflation of the box


@dataclass(frozen=True, eq=False)
class Values:
    """The coordinates at one set of parameters.

    Attributes:
        basic: n points.
        nonbasic: d - n points, in the order of ``BallSystem.nonbasic``.
    """

    basic: list[BasicPoint]
    nonbasic: list[BallPoint]


@dataclass(frozen=True, eq=False)
class VerifiedBox:
    """Balls that contain the minimiser.

    Attributes:
        parameters: n balls, of the basic coordinates.
        z: d balls.
        values: all coordinates over these parameters.
    """

    parameters: list[arb]
    z: list[arb]
    values: Values


@dataclass(eq=False)
class BallSystem:
    """The equations in one basis, at the working precision of its making.

    Attributes:
        data: the equations, exact.
        basic: S, n columns.
        nonbasic: I, the rest.
        W: (n, d-n) balls.
        t: n balls.
    """

    data: ExactData
    basic: tuple[int, ...]
    nonbasic: tuple[int, ...]
    W: arb_mat
    t: list[arb]
    _doubles: Matrix
    _exact_columns: dict[int, list[fmpq]] = field(default_factory=dict)
    _reference_points: dict[tuple[int, ...], list[arb]] = field(default_factory=dict)
    _gaps: dict[tuple[tuple[int, ...], int, int], arb] = field(default_factory=dict)

    @classmethod
    def at(cls, data: ExactData, basic: Sequence[int]) -> "BallSystem":
        """SingularMatrixError where the basic coordinates are not independent at the working
        precision.
        """
        n, d = data.X.nrows(), data.X.ncols()
        inside = set(basic)
        nonbasic = tuple(i for i in range(d) if i not in inside)
        if n == 0:
            return cls(data, (), nonbasic, arb_mat(0, d), [], np.zeros((0, d)))
        square = take(data.X, range(n), basic)
        exact = solve_flint(square, data.y)
        t = [arb(exact[j, 0]) for j in range(n)]
        if not nonbasic:
            return cls(data, tuple(basic), nonbasic, arb_mat(n, 0), t, np.zeros((n, 0)))
        right = arb_mat(take(data.X, range(n), nonbasic))
        W = solve_flint(arb_mat(square), right, algorithm="precond")
        # For Newton steps only: what is rounding may stand before a much larger inverse metric.
        doubles = [0.0 if entry.contains(0) else float(entry) for entry in W.entries()]
        return cls(data, tuple(basic), nonbasic, W, t, np.array(doubles).reshape(n, d - n))

    def values(self, curve: BallCurve, parameters: Sequence[arb]) -> Values:
        """All coordinates at the parameters of the basic coordinates; OutsideError where one leaves
        its range.
        """
        points = [curve.basic_point(j, v) for j, v in zip(self.basic, parameters, strict=True)]
        if not self.nonbasic:
            return Values(points, [])
        which = tuple(point.reference_point for point in points)
        at_reference_points = self._at_reference_points(curve, which)
        if points:
            moved = (self._transposed * _column([p.offset for p in points])).entries()
        else:
            moved = [arb(0)] * len(self.nonbasic)
        nonbasic = []
        for k, i in enumerate(self.nonbasic):

            def from_end(side: int, k: int = k) -> arb:
                return side * (self._gap(curve, which, k, side) - moved[k])

            nonbasic.append(curve.nonbasic_point(i, at_reference_points[k] + moved[k], from_end))
        return Values(points, nonbasic)

    @cached_property
    def _transposed(self) -> arb_mat:
        """``W^T``, (d-n, n)."""
        return self.W.transpose()

    def residual(self, values: Values) -> list[arb]:
        """``t - z_S - W z_I``."""
        left = [t - point.z for t, point in zip(self.t, values.basic, strict=True)]
        if not self.nonbasic or not left:
            return left
        image = (self.W * _column([point.z for point in values.nonbasic])).entries()
        return [a - b for a, b in zip(left, image, strict=True)]

    def polish(self, curve: BallCurve, parameters: list[arb]) -> tuple[list[arb], "Chord", Values]:
        """Chord steps until rounding stops them; the Newton matrix is renewed while it gains.

        The values are those at the parameters returned.
        """
        before, chord = np.inf, None
        while True:
            values = self.values(curve, parameters)
            if chord is None or not before < LOG_RENEWED:
                chord = self.chord(values)
            step = chord.step(self.residual(values))
            size = _log_size(step, parameters)
            if not size < before - 1:  # nan too
                return parameters, chord, values
            parameters = [(v + d).mid() for v, d in zip(parameters, step, strict=True)]
            if size < before < LOG_RENEWED and 2 * size - before < -ctx.prec * LOG2:
                # The next one is below rounding.
                return parameters, chord, self.values(curve, parameters)
            before = size

    def chord(self, values: Values) -> "Chord":
        """The Newton matrix at these values, in doubles: ``1 + K_S^-1 W K_I W^T``.

        SingularMatrixError where they do not hold it.
        """
        n = len(values.basic)
        if n == 0:
            return Chord(arb_mat(0, 0), [], [], 0.0)
        with ctx.workprec(NARROW):
            logs = [point.log_inverse_metric.mid() for point in values.basic]
            top = max(logs)
            steep = np.array([float(log - top) for log in logs])
            rest = np.array(
                [float(point.log_inverse_metric.mid() - top) for point in values.nonbasic]
            )
        with np.errstate(all="ignore"):  # what is not finite is refused
            ratio = np.exp(np.minimum(rest[None, :] - steep[:, None], LARGEST_LOG))
            weighted = self._doubles * ratio
            matrix = np.eye(n) + weighted @ self._doubles.T
            scaled_max = float(np.sqrt((weighted * self._doubles).max(initial=0.0)))
            inverse = graded_inverse(matrix, np.argsort(-steep, kind="stable"))
        return Chord(
            arb_mat(n, n, [float(e) for e in inverse.ravel()]),
            [(-log).exp().mid() for log in logs],
            [(1 / point.dual_derivative).mid() for point in values.basic],
            scaled_max,
        )

    def tangent(self, chord: "Chord") -> list[arb]:
        """``dv/dl`` of the basic coordinates at a solution: ``K_S + W K W^T`` against t."""
        return [step.mid() for step in chord.step(self.t)]

    def prove(
        self, curve: BallCurve, parameters: list[arb], chord: "Chord", base: Values
    ) -> VerifiedBox | None:
        """Krawczyk's test: a box around the parameters that holds a zero, which is the minimiser.

        ``v - Y F(v)`` maps the box into itself, Y an approximate inverse of F' and ``F'`` enclosed
        over the box [krawczyk1969]; the minimiser is unique as the problem is strictly convex.
        ``base`` are the values at the parameters. None where the test fails.
        """
        n, bits = len(parameters), ctx.prec
        if n == 0:
            return self._proved([], base)
        center = chord.scaled(self.residual(base))
        with ctx.workprec(NARROW):
            size = [abs(g).upper() for g in center]
            precision = arb(2) ** (-bits - 4)
            # What rounding does to the parameters, or less.
            floors = [
                (abs(v).upper() * precision / dv + s * precision).upper()
                for v, dv, s in zip(parameters, chord.parameter_derivative, size, strict=True)
            ]
            # A parameter of exactly 0 may be that of an entry 0. So that its box is not empty:
            floors = [
                floor if floor > 0 else (precision**4 / dv).upper()
                for floor, dv in zip(floors, chord.parameter_derivative, strict=True)
            ]
        box = [4 * s + floor for s, floor in zip(size, floors, strict=True)]
        for _ in range(ROUNDS):
            over = [
                v + dv * arb(0, r.abs_upper())
                for v, dv, r in zip(parameters, chord.parameter_derivative, box, strict=True)
            ]
            try:
                defect = self._defect(curve, over, chord)
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
                derivatives = chord.parameter_derivative
                tight = [
                    v + dv * (g + arb(0, r))
                    for v, dv, g, r in zip(parameters, derivatives, center, spread, strict=True)
                ]
                return self._proved(tight, self.values(curve, tight))
        return None

    def exact_column(self, k: int) -> list[fmpq]:
        """Column k of W (of the others) in rationals."""
        if k not in self._exact_columns:
            n = len(self.basic)
            square = take(self.data.X, range(n), self.basic)
            column = solve_flint(square, take(self.data.X, range(n), [self.nonbasic[k]]))
            self._exact_columns[k] = [column[j, 0] for j in range(n)]
        return self._exact_columns[k]

    def _defect(self, curve: BallCurve, over: list[arb], chord: "Chord") -> list[list[arb]]:
        """Bounds (n, n) of ``|1 - Y F'|`` over the box."""
        values = self.values(curve, over)
        n = len(over)
        with ctx.workprec(NARROW):
            logs = [point.log_inverse_metric for point in values.basic]
            left = [+metric for metric in chord.metric]
            right = [
                point.dual_derivative * dv
                for point, dv in zip(values.basic, chord.parameter_derivative, strict=True)
            ]
            diagonal = [log.exp() * a * b for log, a, b in zip(logs, left, right, strict=True)]
            jacobian = arb_mat(n, n)
            if self.nonbasic:
                roots = [(point.log_inverse_metric / 2).exp() for point in values.nonbasic]
                rows = self.W.tolist()
                first = arb_mat(
                    [
                        [factor * w * root for w, root in zip(row, roots, strict=True)]
                        for factor, row in zip(left, rows, strict=True)
                    ]
                )
                second = arb_mat(
                    [
                        [factor * w * root for w, root in zip(row, roots, strict=True)]
                        for factor, row in zip(right, rows, strict=True)
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

    def _proved(self, parameters: list[arb], values: Values) -> VerifiedBox:
        d = len(self.basic) + len(self.nonbasic)
        z = [arb(0)] * d
        for j, point in zip(self.basic, values.basic, strict=True):
            z[j] = point.z
        for i, other in zip(self.nonbasic, values.nonbasic, strict=True):
            z[i] = other.z
        return VerifiedBox(parameters, z, values)

    def _at_reference_points(self, curve: BallCurve, which: tuple[int, ...]) -> list[arb]:
        """``W_I^T reference_point_S``."""
        if which not in self._reference_points:
            reference_points = [
                curve.reference_point(j, c) for j, c in zip(self.basic, which, strict=True)
            ]
            if not any(reference_points):
                self._reference_points[which] = [arb(0)] * len(self.nonbasic)
            else:
                column = _column([arb(reference_point) for reference_point in reference_points])
                self._reference_points[which] = (self._transposed * column).entries()
        return self._reference_points[which]

    def _gap(self, curve: BallCurve, which: tuple[int, ...], k: int, side: int) -> arb:
        """``end - W_I^T reference_point_S``; exactly 0 where that is so."""
        key = (which, k, side)
        if key not in self._gaps:
            end = curve.reference_point(self.nonbasic[k], side)
            gap = arb(end) - self._at_reference_points(curve, which)[k]
            if gap.contains(0) and self._is_tied(curve, which, k, end):
                gap = arb(0)
            self._gaps[key] = gap
        return self._gaps[key]

    def _is_tied(self, curve: BallCurve, which: tuple[int, ...], k: int, end: Exact) -> bool:
        reference_points = [
            curve.reference_point(j, c) for j, c in zip(self.basic, which, strict=True)
        ]
        if not all(isinstance(value, fmpq) for value in (end, *reference_points)):
            return False
        products = (
            w * reference_point
            for w, reference_point in zip(self.exact_column(k), reference_points, strict=True)
        )
        return bool(sum(products, fmpq(0)) == end)


@dataclass(frozen=True, eq=False)
class Chord:
    """An approximate inverse of the Newton matrix, kept for several steps.

    A step is ``v += parameter_derivative * (inverse (metric * residual))``.

    Attributes:
        inverse: (n, n) exact doubles, of ``1 + K_S^-1 W K_I W^T``.
        metric: n exact numbers ``1/K_S``.
        parameter_derivative: n exact numbers ``dv/dsigma``.
        scaled_max: the largest ``|W_ji| (K_i/K_j)^(1/2)``: large where a coordinate is steeper than
            the basic coordinates it needs.
    """

    inverse: arb_mat
    metric: list[arb]
    parameter_derivative: list[arb]
    scaled_max: float

    def scaled(self, residual: Sequence[arb]) -> list[arb]:
        """The Newton step of sigma_S."""
        weighted = [metric * r for metric, r in zip(self.metric, residual, strict=True)]
        return list((self.inverse * _column(weighted)).entries()) if weighted else []

    def step(self, residual: Sequence[arb]) -> list[arb]:
        """The Newton step of the parameters."""
        scaled = self.scaled(residual)
        return [dv * g for dv, g in zip(self.parameter_derivative, scaled, strict=True)]


def _column(entries: Sequence[arb]) -> arb_mat:
    return arb_mat(len(entries), 1, list(entries))


def _times(matrix: list[list[arb]], vector: list[arb]) -> list[arb]:
    return list((arb_mat(matrix) * _column(vector)).entries())


def _log_size(step: Sequence[arb], parameters: Sequence[arb]) -> float:
    """The largest ``ln |step|``, relative to a parameter below 1; the midpoints count."""
    with ctx.workprec(NARROW):
        worst = -np.inf
        for d, v in zip(step, parameters, strict=True):
            size = abs(d.mid())
            if size > 0:
                unit = abs(v).min(arb(1))
                worst = max(worst, float((size / unit).log()) if unit > 0 else np.inf)
            elif not size.is_finite():
                return np.nan
        return worst
