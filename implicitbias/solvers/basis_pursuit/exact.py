"""The l1 limit in exact arithmetic: a vertex, its certificate, the face it lies on, and which of
the face's points gradient flow chooses as alpha -> 0."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.linalg as la
from flint import arb, ctx, fmpq, fmpq_mat

from implicitbias.inputs.arrays import Vector, as_depth
from implicitbias.inputs.exact import (
    ExactData,
    pivots,
    take,
    to_float,
    to_fraction,
)
from implicitbias.numbers import DOUBLES
from implicitbias.potentials import potential_for
from implicitbias.potentials.entropy import Entropy
from implicitbias.solvers.balls.mirror_curve import EntropyBallCurve
from implicitbias.solvers.balls.starting_point import Homotopy, StartingPoint
from implicitbias.solvers.balls.verified_solver import (
    BITS_PER_DIGIT,
    DOUBLINGS,
    GUARD_BITS,
    EnclosureError,
    enclosed,
)
from implicitbias.solvers.basis_pursuit.highs import basis_pursuit
from implicitbias.solvers.basis_pursuit.simplex import Vertex, minimise
from implicitbias.solvers.certificate import ExactL1, ExactVertex
from implicitbias.solvers.doubles.basis import Basis
from implicitbias.solvers.enclosure import Enclosure, distance, to_doubles
from implicitbias.solvers.refusal import StepRefused
from implicitbias.solvers.solution import Solution, Stats

TIGHT = 1e-7  # 1 - |x_i . nu| of a column that HiGHS may have in its basis
MOST_STEPS = 200
CLOSE = 1e-15  # relative to f: a fall at which doubles have done what they can
INSIDE = 0.9  # of the way to the boundary of the face is what one step may take


@dataclass(frozen=True, eq=False)
class Face:
    """All minimisers: ``{beta : X beta = y, sign_i beta_i >= 0 on T, 0 elsewhere}``.

    T are the columns with ``|x_i . nu| = 1``, for any one optimal nu.

    Attributes:
        columns: those of T on which some minimiser is not 0. signs: 1 or -1 on each.
        inner: the ``sign_i beta_i`` there of one minimiser with none of them 0.
    """

    columns: tuple[int, ...]
    signs: tuple[int, ...]
    inner: tuple[fmpq, ...]


def exact_min_l1(X: Any, y: Any, depth: Any, digits: int) -> Solution:
    """``min_l1(..., exact=True)``."""
    depth = as_depth(depth)
    data = ExactData.from_user(X, y)
    vertex, signs, iterations = optimal_vertex(data)
    d = data.X.ncols()
    beta = [fmpq(0)] * d
    for j, sign, size in zip(vertex.columns, signs, vertex.x, strict=True):
        beta[j] = sign * size
    face = face_of(data, vertex)
    nu = data.dual(vertex.nu)
    unique = len([b for b in beta if b != 0]) == len(face.columns)
    exact = ExactL1(
        beta=tuple(map(to_fraction, beta)),
        dual=tuple(map(to_fraction, nu)),
        norm=to_fraction(sum((abs(b) for b in beta), fmpq(0))),
        unique=unique,
    )
    bits = int(BITS_PER_DIGIT * digits) + GUARD_BITS
    if unique:
        with ctx.workprec(bits):
            found = Enclosure(tuple(map(arb, beta)), tuple(map(arb, nu)), digits, bits)
    else:
        found = selected(data, face, nu, depth, digits)
    doubles = to_doubles(found.balls, "beta")
    with ctx.workprec(found.bits):
        return Solution(
            beta=doubles,
            dual=to_doubles(found.dual, "the dual vector"),
            stats=Stats(iterations=iterations, depth=None if unique else depth),
            certificate=ExactVertex(
                residual=data.residual(doubles),
                error=distance(doubles, found.balls),
                enclosure=found,
                exact=exact,
            ),
        )


def optimal_vertex(data: ExactData) -> tuple[Vertex, tuple[int, ...], int]:
    """An optimal basis of ``min ||beta||_1``, the sign of beta on each of its columns, iterations.

    HiGHS names the columns; that they are optimal is decided in rationals, and mended if not.
    """
    n, d = data.X.nrows(), data.X.ncols()
    if n == 0:
        return Vertex.at(data.X, data.y, [], ()), (), 0
    top = max(abs(entry) for entry in data.y.entries())
    targets = np.array([to_float(t / top) if top != 0 else 0.0 for t in data.y.entries()])
    guess = basis_pursuit(data.doubles, targets)
    prices = data.doubles.T @ guess.nu
    # Its support first, then the columns that its dual vector makes tight.
    order = np.lexsort((-np.abs(prices), guess.z == 0))
    columns = [int(order[j]) for j in pivots(take(data.X, range(n), order.tolist()))]
    x = take(data.X, range(n), columns).solve(data.y).entries()
    # Columns 0 .. d-1 stand for beta_i > 0, d .. 2d-1 for beta_i < 0.
    start = [
        j if size > 0 or (size == 0 and prices[j] >= 0) else j + d
        for j, size in zip(columns, x, strict=True)
    ]
    both = fmpq_mat(n, 2 * d, [entry for row in data.X.tolist() for entry in (*row, *_minus(row))])
    found = minimise(both, data.y, [fmpq(1)] * (2 * d), start)
    signs = tuple(1 if j < d else -1 for j in found.columns)
    plain = tuple(j % d for j in found.columns)
    return (
        Vertex(plain, found.x, found.nu, found.prices[:d]),
        signs,
        guess.iterations,
    )


def face_of(data: ExactData, vertex: Vertex) -> Face:
    """The face of all minimisers, by linear programs that ask which entries can be positive."""
    n = data.X.nrows()
    tight = [i for i, price in enumerate(vertex.prices) if abs(price) == 1]
    signs = [1 if vertex.prices[i] > 0 else -1 for i in tight]
    A = fmpq_mat(
        n,
        len(tight),
        [s * data.X[k, i] for k in range(n) for i, s in zip(tight, signs, strict=True)],
    )
    place = {i: k for k, i in enumerate(tight)}
    here = [place[j] for j in vertex.columns]
    points = [_spread(here, vertex.x, len(tight))]
    positive = {k for k, size in enumerate(points[0]) if size > 0}
    while len(positive) < len(tight):
        costs = [fmpq(0) if k in positive else fmpq(-1) for k in range(len(tight))]
        found = minimise(A, data.y, costs, here)
        point = _spread(found.columns, found.x, len(tight))
        new = {k for k, size in enumerate(point) if size > 0} - positive
        if not new:
            break
        here = list(found.columns)
        points.append(point)
        positive |= new
    kept = sorted(positive)
    return Face(
        tuple(tight[k] for k in kept),
        tuple(signs[k] for k in kept),
        tuple(sum((point[k] for point in points), fmpq(0)) / len(points) for k in kept),
    )


def selected(
    data: ExactData, face: Face, nu: Sequence[fmpq], depth: float, digits: int
) -> Enclosure:
    """The minimiser on the face that gradient flow tends to as alpha -> 0, enclosed.

    Depth 2: that of least ``sum |b_i| ln |b_i|``; depth D > 2: that of largest
    ``sum |b_i|^(2/D)``, at infinity of largest ``sum ln |b_i|``. Their slopes at 0 are infinite, so
    that all entries that can be positive are. EnclosureError as ``solve``.
    """
    n = data.X.nrows()
    A = fmpq_mat(
        n,
        len(face.columns),
        [s * data.X[k, i] for k in range(n) for i, s in zip(face.columns, face.signs, strict=True)],
    )
    part = ExactData.from_parts(A, data.y)
    entropy = potential_for(depth).limiting_entropy
    curve, top = EntropyBallCurve(entropy), max(face.inner)
    z = _minimised(entropy, part.doubles, np.array([to_float(size / top) for size in face.inner]))
    log_z = np.log(z)
    # ln dz/dsigma, as dsigma = f'' dz.
    steepness = log_z - np.log(entropy.dual_derivative(DOUBLES, log_z))
    basic = Basis.at(part.doubles, steepness).basic.tolist()
    guess = StartingPoint(
        tuple(basic), [(arb(float(log_z[j])) + arb(top).log()).mid() for j in basic], arb(0)
    )
    homotopy = Homotopy(part, lambda _: curve, float(depth), None)
    bits = int(BITS_PER_DIGIT * digits) + GUARD_BITS
    trouble = "the balls are wider than asked"
    for _ in range(DOUBLINGS):
        try:
            with ctx.workprec(bits):
                found = enclosed(part, curve, homotopy.correct(guess), digits, bits)
                if found.is_as_narrow_as_asked():
                    balls = [arb(0)] * data.X.ncols()
                    for i, sign, ball in zip(face.columns, face.signs, found.balls, strict=True):
                        balls[i] = sign * ball
                    return Enclosure(tuple(balls), tuple(map(arb, nu)), digits, bits)
        except StepRefused as error:
            trouble = str(error) or type(error).__name__
        bits *= 2
    raise EnclosureError(f"the minimiser on the l1 face was not enclosed: {trouble}")


def _minimised(entropy: Entropy, A: Vector, z: Vector) -> Vector:
    """The z > 0 (d,) of least ``sum f(z_i)`` with the same ``A z``, by a damped Newton method."""

    def total(z: Vector) -> float:
        return float(np.sum(entropy.value(DOUBLES, z)))

    for _ in range(MOST_STEPS):
        log_z = np.log(z)
        slope = entropy.dual_at(DOUBLES, log_z)
        curvature = entropy.dual_derivative(DOUBLES, log_z) / z
        root = 1 / np.sqrt(curvature)
        # The step (A^T nu - f')/f'', nu such that A z stays.
        off = la.lstsq((A * root).T, root * slope)[0] @ A - slope
        step = off / curvature
        fall = float(step @ off)
        if not fall > CLOSE * np.abs(z * slope).sum():
            break
        share, value = min(1.0, INSIDE / float(np.max(-step / z, initial=0.0))), total(z)
        while share > CLOSE and not total(z + share * step) < value - share * fall / 10:
            share /= 2
        z = z + share * step
    return z


def _spread(columns: Sequence[int], x: Sequence[fmpq], d: int) -> list[fmpq]:
    point = [fmpq(0)] * d
    for j, size in zip(columns, x, strict=True):
        point[j] = size
    return point


def _minus(row: Sequence[fmpq]) -> list[fmpq]:
    return [-entry for entry in row]
