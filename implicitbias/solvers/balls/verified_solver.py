"""The minimiser to any number of digits, each of them proved."""

import math
from dataclasses import dataclass, field
from typing import Any

from flint import arb, arb_mat, ctx, fmpq

from implicitbias.inputs.arrays import as_depth
from implicitbias.inputs.exact import ExactData, as_doubles, exact_start, take
from implicitbias.inputs.scale import Scale
from implicitbias.numbers import BALLS
from implicitbias.potentials import potential_for
from implicitbias.solvers.balls.mirror_curve import BallCurve, MirrorBallCurve
from implicitbias.solvers.balls.newton import BallSystem
from implicitbias.solvers.balls.starting_point import Homotopy, StartingPoint
from implicitbias.solvers.balls.zeros import reduction
from implicitbias.solvers.certificate import Enclosed
from implicitbias.solvers.enclosure import Enclosure, distance, to_doubles
from implicitbias.solvers.linear_algebra import solve_flint
from implicitbias.solvers.refusal import NoConvergenceError, StepRefused
from implicitbias.solvers.solution import Solution, Stats

BITS_PER_DIGIT = math.log2(10)
GUARD_BITS = 64
ROUGH_BITS = 96  # of the way to the minimiser, on top of those that its log inverse scale takes
DOUBLINGS = 7  # of the precision, before giving up


class EnclosureError(ArithmeticError):
    """No enclosure was proved with the precision that was tried."""


@dataclass(frozen=True, eq=False)
class VerifiedSolver:
    """Encloses the minimiser of one problem, for any alpha.

    Attributes:
        data: the equations, exact.
        depth: D as it was given, a number that potentials take exactly.
        start: (a, b), d rationals each, or None for ones.
    """

    data: ExactData
    depth: Any
    start: tuple[list[fmpq], list[fmpq]] | None
    _curves: dict[int, MirrorBallCurve] = field(default_factory=dict)  # at alpha = 1, by precision

    @classmethod
    def for_data(cls, X: Any, y: Any, depth: Any, start: Any) -> "VerifiedSolver":
        """Check the data; errors as ``solve``, and ContradictionError where no beta exists."""
        rounded = as_depth(depth)
        data = ExactData.from_user(X, y)
        return cls(data, depth, exact_start(start, data.X.ncols(), rounded))

    def solve(self, scale: Scale, digits: int) -> Solution:
        """The enclosure and the doubles next to it; EnclosureError as ``enclose``.

        OverflowError where no double holds an entry.
        """
        found = self.enclose(scale, digits)
        beta, dual = to_doubles(found.balls, "beta"), to_doubles(found.dual, "the dual vector")
        with ctx.workprec(found.bits):
            return Solution(
                beta=beta,
                dual=dual,
                stats=Stats(log_alpha=scale.log_alpha, depth=as_depth(self.depth)),
                certificate=Enclosed(
                    residual=self.data.residual(beta),
                    error=distance(beta, found.balls),
                    enclosure=found,
                ),
            )

    def curve_at(self, log_inverse_scale: arb) -> MirrorBallCurve:
        """The mirror curves for ``-D ln alpha``."""
        bits = ctx.prec
        if bits not in self._curves:
            self._curves[bits] = MirrorBallCurve.from_start(
                self.depth, self.start, self.data.X.ncols()
            )
        return self._curves[bits].at_scale(log_inverse_scale)

    def _log_inverse_scale(self, scale: Scale) -> arb:
        log_inverse_scale: arb = potential_for(self.depth).log_inverse_scale(BALLS, scale.log())
        return log_inverse_scale

    def _is_even(self) -> bool:
        """Whether all weights start alike and ``w_+ = w_-``, so that sigma is 0 where z is."""
        return self.start is None or len({w for side in self.start for w in side}) == 1

    def enclose(self, scale: Scale, digits: int) -> Enclosure:
        """Balls around the minimiser, every entry to ``digits`` digits relative to itself.

        Raises:
            EnclosureError: none was proved with the precision that was tried.
        """
        with ctx.workprec(64):
            size = int(float((2 + abs(self._log_inverse_scale(scale))).log())) * 2
        homotopy = Homotopy(self.data, self.curve_at, float(self.depth), as_doubles(self.start))
        rough, bits = ROUGH_BITS + size, int(BITS_PER_DIGIT * digits) + GUARD_BITS + size
        start: StartingPoint | None = None
        trouble = "no Newton step"
        for _ in range(DOUBLINGS + 1):
            try:
                if start is None:
                    with ctx.workprec(rough):
                        start = homotopy.locate(self._log_inverse_scale(scale))
                with ctx.workprec(bits):
                    curve = self.curve_at(self._log_inverse_scale(scale))
                    found = enclosed(self.data, curve, start, digits, bits)
            except StepRefused as error:
                trouble = str(error) or type(error).__name__
                rough, bits = 2 * rough, bits if start is None else 2 * bits
                continue
            if found.is_as_narrow_as_asked():
                return found
            zeros = [i for i, ball in enumerate(found.balls) if ball.contains(0)]
            smaller = self._without(zeros, scale, digits)
            if smaller is not None:
                return smaller
            trouble = "some entries are wider than asked"
            if zeros:
                trouble = f"entries {_listed(zeros)} may be 0"
            bits *= 2
        raise EnclosureError(
            f"no enclosure to {digits} digits was proved with {bits // 2} bits: {trouble}"
        )

    def _without(self, zeros: list[int], scale: Scale, digits: int) -> Enclosure | None:
        """The enclosure where these entries are exactly 0, if that is proved."""
        if not zeros or not self._is_even():
            return None
        smaller = reduction(self.data, zeros)
        if smaller is None:
            return None
        kept = len(smaller.rest)
        start = None if self.start is None else (self.start[0][:kept], self.start[1][:kept])
        inner = VerifiedSolver(smaller.data, self.depth, start).enclose(scale, digits)
        balls = [arb(0)] * self.data.X.ncols()
        for i, ball in zip(smaller.rest, inner.balls, strict=True):
            balls[i] = ball
        with ctx.workprec(inner.bits):
            nu = [arb(0)] * self.data.X.nrows()
            if inner.dual:
                mu = arb_mat(len(inner.dual), 1, list(inner.dual))
                nu = (arb_mat(smaller.V) * mu).entries()
            return Enclosure(tuple(balls), tuple(self.data.dual(nu)), digits, inner.bits)


def enclosed(
    data: ExactData, curve: BallCurve, start: StartingPoint, digits: int, bits: int
) -> Enclosure:
    """Balls around the minimiser, as narrow as the working precision makes them.

    NoConvergenceError where there is no proof.
    """
    system = BallSystem.at(data, start.basic)
    parameters, chord, base = system.polish(curve, start.parameters)
    box = system.prove(curve, parameters, chord, base)
    if box is None:
        raise NoConvergenceError("Krawczyk's test fails")
    n = len(start.basic)
    nu: list[arb] = []
    if n:
        sigma = [
            arb(curve.reference_point(j, point.reference_point)) + point.offset
            for j, point in zip(start.basic, box.values.basic, strict=True)
        ]
        square = arb_mat(take(data.X, range(n), start.basic))
        nu = solve_flint(square.transpose(), arb_mat(n, 1, sigma)).entries()
    return Enclosure(tuple(box.z), tuple(data.dual(nu)), digits, bits)


def _listed(indices: list[int]) -> str:
    return ", ".join(map(str, indices[:6])) + (", ..." if len(indices) > 6 else "")
