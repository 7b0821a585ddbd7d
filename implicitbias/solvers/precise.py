"""The minimiser to any number of digits, each of them proved."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from flint import arb, arb_mat, ctx, fmpq

from implicitbias.solvers.approach import REFUSALS, Approach, ArcsAt, Near
from implicitbias.solvers.arcs import MirrorArcs
from implicitbias.solvers.ball_newton import BallSystem, NoConvergenceError
from implicitbias.solvers.data import as_depth, as_start
from implicitbias.solvers.enclosure import Enclosure, is_narrow
from implicitbias.solvers.rational import ExactData, exact, fraction, take
from implicitbias.solvers.scale import Scale
from implicitbias.solvers.zeros import reduction

BITS_PER_DIGIT = math.log2(10)
GUARD_BITS = 64
ROUGH_BITS = 96  # of the way to the minimiser, on top of those that its length takes
DOUBLINGS = 7  # of the precision, before giving up


class EnclosureError(ArithmeticError):
    """No enclosure was proved with the precision that was tried."""


@dataclass(frozen=True, eq=False)
class Encloser:
    """Encloses the minimiser of one problem, for any alpha.

    Attributes:
        data: the equations, exact. arcs_at: the mirror curves for one length.
        near: finds a point near the minimiser for one length, at the working precision.
        even: whether all weights start alike and ``w_+ = w_-``, so that sigma is 0 where z is.
    """

    data: ExactData
    arcs_at: ArcsAt
    near: Callable[[arb], Near]
    even: bool
    power: Fraction
    remake: "Callable[[ExactData], Encloser] | None" = None

    @classmethod
    def for_data(cls, X: Any, y: Any, depth: Any, start: Any) -> "Encloser":
        """Check the data; errors as ``solve``, and ContradictionError where no beta exists."""
        as_depth(depth)
        data = ExactData.from_user(X, y)
        weights = as_start(start, data.X.ncols())
        if weights is not None and math.isinf(depth):
            raise ValueError(f"start needs a finite depth, got depth {depth}")
        return cls._of(data, depth, weights)

    @classmethod
    def _of(cls, data: ExactData, depth: Any, weights: Any) -> "Encloser":
        d = data.X.ncols()
        sides = None
        if weights is not None:
            a, b = ([exact(float(w), "start") for w in side] for side in weights)
            sides = (a, b)
        exact_depth = math.inf if math.isinf(depth) else fraction(depth)

        def arcs_at(length: arb) -> MirrorArcs:
            return MirrorArcs.from_start(exact_depth, sides, length, d)

        approach = Approach(data, arcs_at, float(depth), weights)
        even = weights is None or len({float(w) for side in weights for w in side}) == 1
        power = Fraction(1) if math.isinf(depth) else fraction(depth)

        def remake(smaller: ExactData) -> "Encloser":
            left = smaller.X.ncols()
            return cls._of(
                smaller, depth, None if weights is None else [side[:left] for side in weights]
            )

        return cls(data, arcs_at, approach.near, even, power, remake)

    def enclose(self, scale: Scale, digits: int) -> Enclosure:
        """Balls around the minimiser, every entry to ``digits`` digits relative to itself.

        Raises:
            EnclosureError: none was proved with the precision that was tried.
        """
        power = fmpq(self.power.numerator, self.power.denominator)
        size = math.log2(2 + abs(float(self.power) * scale.log_alpha))
        rough, bits = int(ROUGH_BITS + size), int(BITS_PER_DIGIT * digits + GUARD_BITS + size)
        near: Near | None = None
        trouble = "no Newton step"
        for _ in range(DOUBLINGS + 1):
            try:
                if near is None:
                    with ctx.workprec(rough):
                        near = self.near(-arb(power) * scale.log())
                with ctx.workprec(bits):
                    found = self._proved(near, -arb(power) * scale.log(), digits, bits)
            except REFUSALS as error:
                trouble = str(error) or type(error).__name__
                rough, bits = 2 * rough, bits if near is None else 2 * bits
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

    def _proved(self, near: Near, length: arb, digits: int, bits: int) -> Enclosure:
        arcs = self.arcs_at(length)
        system = BallSystem.at(self.data, near.anchors)
        angles, chord = system.polish(arcs, near.angles)
        proved = system.prove(arcs, angles, chord)
        if proved is None:
            raise NoConvergenceError("Krawczyk's test fails")
        n = len(near.anchors)
        sigma = [
            arb(arcs.corner(j, point.corner)) + point.offset
            for j, point in zip(near.anchors, proved.values.anchors, strict=True)
        ]
        if n:
            square = arb_mat(take(self.data.X, range(n), near.anchors))
            nu = square.transpose().solve(arb_mat(n, 1, sigma)).entries()
        else:
            nu = []
        return Enclosure(tuple(proved.z), self._in_rows(nu), digits, bits)

    def _without(self, zeros: list[int], scale: Scale, digits: int) -> Enclosure | None:
        """The enclosure where these entries are exactly 0, if that is proved."""
        if not zeros or not self.even or self.remake is None:
            return None
        smaller = reduction(self.data, zeros)
        if smaller is None:
            return None
        inner = self.remake(smaller.data).enclose(scale, digits)
        balls = [arb(0)] * self.data.X.ncols()
        for i, ball in zip(smaller.rest, inner.balls, strict=True):
            balls[i] = ball
        with ctx.workprec(inner.bits):
            nu = [arb(0)] * self.data.X.nrows()
            if inner.dual:
                mu = arb_mat(len(inner.dual), 1, list(inner.dual))
                nu = (arb_mat(smaller.V) * mu).entries()
            return Enclosure(tuple(balls), self._in_rows(nu), digits, inner.bits)

    def _in_rows(self, nu: list[arb]) -> tuple[arb, ...]:
        """The dual vector of the equations as given; 0 on rows left out."""
        dual = [arb(0)] * self.data.count
        for row, factor, value in zip(self.data.rows, self.data.scales, nu, strict=True):
            dual[row] = value * fmpq(factor.numerator, factor.denominator)
        return tuple(dual)


def _listed(indices: list[int]) -> str:
    return ", ".join(map(str, indices[:6])) + (", ..." if len(indices) > 6 else "")
