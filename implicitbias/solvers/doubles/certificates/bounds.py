"""The entries: what is known of proposed solutions, by the best of the three arguments."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from implicitbias.inputs.arrays import Batch, Matrix, Vector
from implicitbias.solvers.doubles.basis import Basis
from implicitbias.solvers.doubles.certificates import contraction, fenchel_young, krawczyk
from implicitbias.solvers.doubles.certificates.base_point import BasePoint, Proposals
from implicitbias.solvers.doubles.certificates.linear_bounds import BLOCK, LinearBounds
from implicitbias.solvers.doubles.mirror_curve import MirrorCurve
from implicitbias.solvers.refusal import StepRefused

ENOUGH = 1e-8  # a bound this small needs no sharper argument


class Argument(Protocol):
    """Bounds ``max|z - z^| / max|z^|`` for m proposals, (m,), from their base and on the curve at
    their scales; infinity or nan where it does not apply.
    """

    def __call__(self, linear: LinearBounds, curve: MirrorCurve, base: BasePoint) -> Vector: ...


ARGUMENTS: tuple[Argument, ...] = (  # the cheap one first
    contraction.error_bound,
    krawczyk.error_bound,
    fenchel_young.error_bound,
)


@dataclass(frozen=True)
class Bounds:
    """What is known of a proposed solution; infinite where nothing is.

    Attributes:
        gap: ``(P(z~) - D(nu)) / max(|P|, |D|)``, z~ corrected back to ``A z~ = b``, at most.
        error: an upper bound on ``max|z - z^| / max|z^|`` for the exact minimiser z^.
    """

    gap: float
    error: float


NOTHING = Bounds(np.inf, np.inf)


def certify(
    A: Matrix,
    b: Vector,
    curve: MirrorCurve,
    log_inverse_scale: float,
    z: Vector,
    nu: Vector | None = None,
    data_error: float = 0.0,
) -> Bounds:
    """The bounds for z (d,) and a dual vector nu (n,), in the basis of its steepest columns.

    ``data_error`` bounds the error of every entry of A and b, relative to the largest of A and of
    b.
    """
    with np.errstate(all="ignore"):
        if not (np.isfinite(z).all() and (nu is None or np.isfinite(nu).all())):
            return NOTHING
        point = curve.at_scale(log_inverse_scale).at_primal(z)
        try:
            basis = Basis.at(A, point.log_inverse_metric)
        except StepRefused:
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
    z: Batch,
    sigma: Batch | None = None,
    data_error: float = 0.0,
) -> list[Bounds]:
    """The bounds for m proposals in one basis.

    Args:
        A: (n, d).
        b: (n,).
        curve: the mirror curve of P.
        basis: of A.
        log_inverse_scales: (m,).
        z: (m, d).
        sigma: (m, n) the duals of the basic coordinates, ``sigma(z_S)`` by default.
        data_error: bounds the error of every entry of A and b, relative to the largest of A and of
            b.
    """
    n, d = A.shape
    linear = LinearBounds(A, b, basis, data_error)
    proposals = Proposals(log_inverse_scales, z, sigma)
    step = max(1, 4 * BLOCK // (n * n + 4 * d))
    found: list[Bounds] = []
    with np.errstate(all="ignore"):  # a nan is compared in the positive form, and certifies nothing
        for i in range(0, len(log_inverse_scales), step):
            found += _certify(linear, curve, proposals.part(slice(i, i + step)))
    return found


def _certify(linear: LinearBounds, curve: MirrorCurve, proposals: Proposals) -> list[Bounds]:
    gap, error = np.full((2, len(proposals.z)), np.inf)
    for sharp in (False, True):
        todo = np.flatnonzero(~(error <= ENOUGH))
        if len(todo) == 0:
            break
        some = proposals.part(todo)
        base = BasePoint.at(linear, some.on(curve), some, sharp=sharp)
        gap[todo] = np.fmin(gap[todo], base.relative_gap(linear, some.on(curve)))
        for argument in ARGUMENTS:
            rest = np.flatnonzero(~(error[todo] <= ENOUGH))
            if len(rest):
                part = base.part(rest)
                found = argument(linear, part.proposals.on(curve), part)
                error[todo[rest]] = np.fmin(error[todo[rest]], found)
    return [Bounds(float(g), float(e)) for g, e in zip(gap, error, strict=True)]
