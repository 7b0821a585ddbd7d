"""The sign of an expression in one variable on an open interval: exact sign tables, cross-checked.

Where they do not decide, balls that cover the interval are tried (`cover.py`).

Whatever a sign table says is checked against the expression as it was asked: a negative gap must
give a rational point where an independent ball is negative, and before "shown" the lift must agree
with the expression at points of every piece.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import flint
import sympy as sp

from implicitbias.symbolic.engine import points
from implicitbias.symbolic.engine.balls import ball
from implicitbias.symbolic.engine.changes import Change, changes
from implicitbias.symbolic.engine.cover import cover
from implicitbias.symbolic.engine.generators import Interval
from implicitbias.symbolic.engine.lifting import Lift, SplitInterval, UndefinedError, lift
from implicitbias.symbolic.engine.sign_tables import Point, simplest_between
from implicitbias.symbolic.language.proof import Refuted, Undecided

__all__ = ["Shown", "check_defined", "check_zero", "decide"]

CROSS_CHECKS = 24
MOST_PIECES = 40
Rational = flint.fmpq
Ball = flint.arb
Claim = Literal["positive", "nonnegative", "zero", "defined"]
Gap = tuple[Rational | None, Rational | None]


@dataclass(frozen=True)
class Shown:
    """How it was shown.

    Attributes:
        kind: by algebra, or by balls that cover the interval.
        notes: in words.
    """

    kind: Literal["exact", "enclosed"] = "exact"
    notes: tuple[str, ...] = ()


def decide(
    statement: sp.Basic,
    expr: sp.Expr,
    x: sp.Symbol,
    lower: sp.Expr,
    upper: sp.Expr,
    *,
    strict: bool,
) -> Shown:
    """Show `expr >= 0` on the open interval (strict: `expr > 0`).

    Raises:
        Refuted: with a rational point.
        Undecided: neither shown nor refuted.
    """
    reasons = []
    for change in changes(expr, x, lower, upper):
        try:
            claim: Claim = "positive" if strict else "nonnegative"
            return _Goal(statement, expr, x, lower, upper, change, claim).decide()
        except Undecided as undecided:
            reasons.append(f"x = {change.name}: {undecided}")
    try:
        return Shown("enclosed", cover(statement, expr, x, lower, upper))
    except Undecided as undecided:
        reasons.append(f"balls: {undecided}")
    raise Undecided(f"{statement}: " + "; ".join(reasons))


def check_defined(
    statement: sp.Basic, expr: sp.Expr, x: sp.Symbol, lower: sp.Expr, upper: sp.Expr
) -> None:
    """Show that `expr` is real and continuous on the open interval; errors as for `decide`.

    A derivative does not tell: that of log(x) has a sign on x < 0 too.
    """
    _check(statement, expr, x, lower, upper, "defined")


def check_zero(
    statement: sp.Basic, expr: sp.Expr, x: sp.Symbol, lower: sp.Expr, upper: sp.Expr
) -> None:
    """Show that `expr` is defined and 0 on the open interval; errors as for `decide`."""
    _check(statement, expr, x, lower, upper, "zero")


def _check(
    statement: sp.Basic,
    expr: sp.Expr,
    x: sp.Symbol,
    lower: sp.Expr,
    upper: sp.Expr,
    claim: Claim,
) -> None:
    reasons = []
    for change in changes(expr, x, lower, upper):
        try:
            _Goal(statement, expr, x, lower, upper, change, claim).decide()
        except Undecided as undecided:
            reasons.append(str(undecided))
        else:
            return
    raise Undecided(f"{expr} is not shown to be {claim}: " + "; ".join(reasons))


@dataclass(frozen=True)
class _Goal:
    """One claim about an expression in one variable, with one change of the variable."""

    statement: sp.Basic
    expr: sp.Expr
    x: sp.Symbol
    lower: sp.Expr
    upper: sp.Expr
    change: Change
    claim: Claim

    def decide(self) -> Shown:
        pieces = [self.change.interval]
        open_reasons: list[str] = []
        done = 0
        while pieces:
            piece = pieces.pop()
            done += 1
            if done > MOST_PIECES:
                raise Undecided("too many pieces")
            try:
                lifted = lift(self.expr, self.x, self.change.image, piece)
                self._cross_check(lifted, piece)
                self._read(lifted, piece)
            except SplitInterval as split:
                lower, upper = piece
                inside = split.points
                pieces += zip(
                    [lower, *(p.hi for p in inside)], [*(p.lo for p in inside), upper], strict=True
                )
                for p in inside:
                    if p.exact:
                        self._read_point(p.lo)
                    elif self.claim in ("defined", "zero") or not self._covers(p):
                        open_reasons.append(f"the values in a box at {_about(p.lo)}")
            except UndefinedError as undefined:
                self._refute_undefined(piece, str(undefined))
            except Undecided as undecided:
                open_reasons.append(str(undecided))  # another piece may still refute
        if open_reasons:
            raise Undecided("; ".join(open_reasons))
        return Shown(notes=("the ladder of derivatives",))

    # -- reading the table ------------------------------------------------------------------------

    def _read(self, lifted: Lift, piece: Interval) -> None:
        num = lifted.value.num
        if self.claim == "defined":
            return
        if num.is_zero():
            if self.claim == "positive":
                self._refute_zero(self._inside(*piece))
            return
        if self.claim == "zero":
            raise Undecided("the normal form is not zero")
        table = lifted.isolator.table(num)
        sign = lifted.sign_of_denominator()
        lower, upper = piece
        gaps = zip(
            [lower, *(p.hi for p in table.points)],
            [*(p.lo for p in table.points), upper],
            strict=True,
        )
        for gap, here in zip(gaps, table.signs, strict=True):
            if here * sign < 0:
                self._refute_negative(gap)
        for p in table.points:
            strict = self.claim == "positive"
            if strict and p.exact and p.zero:
                self._refute_zero(self._rational_of(p.lo))
            if ((strict and p.zero is not False) or not p.clean) and not self._covers(p):
                raise Undecided(f"the sign in a box at {_about(p.lo)}")

    def _covers(self, p: Point) -> bool:
        """Whether one ball shows that the expression is defined and positive on a whole box."""
        with flint.ctx.workprec(1024):
            box = self.change.ball(Ball(p.lo).union(Ball(p.hi)))
            return bool(ball(self.expr, {self.x: box}) > 0)

    def _read_point(self, t: Rational) -> None:
        """A point between two pieces: defined, so continuous; and > 0 when the claim is strict."""
        x = self._rational_of(t)
        why = points.undefined(self.expr, self.x, x)
        if why is not None:
            raise Refuted(self.statement, {self.x: x}, why, "0")
        if self.claim == "positive" and points.sign(self.expr, self.x, x) <= 0:
            self._refute_negative_at(x)
            self._refute_zero(x)

    def _cross_check(self, lifted: Lift, piece: Interval) -> None:
        """The lift and the expression as it was asked have balls that meet, on this piece."""
        rng = random.Random(str(self.statement))
        agreed = 0
        for t in _spread(piece, rng):
            with flint.ctx.workprec(256):
                x = self.change.ball(Ball(t))
                if not (_above(x, self.lower) and _above(-x, -self.upper)):
                    raise Undecided(
                        f"the change of variable leaves the interval at t = {_about(t)}"
                    )
                values = lifted.field.balls(Ball(t))
                mine = lifted.field.evaluate(lifted.value.num, values)
                mine /= lifted.field.evaluate(lifted.value.den, values)
                other = ball(self.expr, {self.x: x})
                if mine.is_finite() and other.is_finite():
                    if not mine.overlaps(other):
                        raise Undecided(f"the lift differs from the expression at {_about(t)}")
                    agreed += 1
        if not agreed:
            raise Undecided("no point at which the lift could be compared with the expression")

    # -- refuting ---------------------------------------------------------------------------------

    def _refute_negative(self, gap: Gap) -> None:
        for x in self._candidates(gap):
            self._refute_negative_at(x)
        raise Undecided("a sign table has a negative sign that balls do not confirm")

    def _refute_negative_at(self, x: sp.Rational) -> None:
        if points.sign(self.expr, self.x, x) < 0:
            here = points.value(self.expr, self.x, x)
            raise Refuted(self.statement, {self.x: x}, here.str(20), "0")

    def _refute_zero(self, x: sp.Rational) -> None:
        if points.undefined(self.expr, self.x, x) is None and points.is_zero(self.expr, self.x, x):
            raise Refuted(self.statement, {self.x: x}, "0", "0")
        raise Undecided(f"a zero at {x} that the cross-check does not confirm")

    def _refute_undefined(self, piece: Interval, reason: str) -> None:
        for x in self._candidates(piece):
            why = points.undefined(self.expr, self.x, x)
            if why is not None:
                raise Refuted(self.statement, {self.x: x}, why, "0")
        raise Undecided(f"{reason}, which the cross-check does not confirm")

    def _candidates(self, gap: Gap) -> Iterator[sp.Rational]:
        """Some rational x whose t lie in the gap."""
        low, high = (self._bound(end, side) for end, side in zip(gap, (1, -1), strict=True))
        if low is not None and high is not None and not low < high:
            return
        yield self._inside_of(low, high)
        for k in (1, 3, 8, 17, 40):
            if low is not None and high is not None:
                yield _sympy(low + (high - low) / (k + 1))
                yield _sympy(high - (high - low) / (k + 1))
            elif low is not None:
                yield _sympy(low + Rational(2) ** k)
            elif high is not None:
                yield _sympy(high - Rational(2) ** k)

    def _bound(self, end: Rational | None, side: int) -> Rational | None:
        """A rational bound of x(end), on the inner side."""
        original = self.lower if side > 0 else self.upper
        if end == self.change.interval[0 if side > 0 else 1]:
            return None if not original.is_finite else Rational(int(original.p), int(original.q))
        assert end is not None
        with flint.ctx.workprec(512):
            x = self.change.ball(Ball(end))
            return (x.upper() if side > 0 else x.lower()).fmpq()

    def _inside(self, lo: Rational | None, hi: Rational | None) -> sp.Rational:
        return next(self._candidates((lo, hi)))

    @staticmethod
    def _inside_of(low: Rational | None, high: Rational | None) -> sp.Rational:
        if low is not None and high is not None:
            return _sympy(simplest_between(low, high))
        if low is not None:
            return _sympy(simplest_between(low, 2 * abs(low) + 1))
        if high is not None:
            return _sympy(simplest_between(-2 * abs(high) - 1, high))
        return sp.Integer(0)

    def _rational_of(self, t: Rational) -> sp.Rational:
        x = self.change.exact(t)
        if x is None:
            raise Undecided(
                f"a point that is not rational, t = {_about(t)} where x = {self.change.name}"
            )
        return _sympy(x)


def _spread(piece: Interval, rng: random.Random) -> Iterator[Rational]:
    """Rationals all over an interval."""
    lower, upper = piece
    for k in range(CROSS_CHECKS):
        size = Rational(rng.randrange(1, 2**16), 2**16) * Rational(2) ** (k % 9 - 4)
        if lower is not None and upper is not None:
            yield lower + (upper - lower) * size / (1 + size)
        elif lower is not None:
            yield lower + size
        elif upper is not None:
            yield upper - size
        else:
            yield size * (-1) ** k


def _above(x: Ball, end: sp.Expr) -> bool:
    return bool(end == -sp.oo or x > Ball(Rational(int(end.p), int(end.q))))


def _sympy(value: Rational) -> sp.Rational:
    return sp.Rational(int(value.p), int(value.q))


def _about(t: Rational) -> str:
    return str(Ball(t).str(6, radius=False))
