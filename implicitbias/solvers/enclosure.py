"""What is proved of a minimiser: a ball for every entry."""

from dataclasses import dataclass

from flint import arb, ctx


@dataclass(frozen=True, eq=False)
class Enclosure:
    """Balls that contain the exact minimiser and its dual vector; the proof is in their making.

    The entries are flint balls: ``float(entry)`` is the nearest double to its midpoint,
    ``entry.mid()`` and ``entry.rad()`` are exact.

    Attributes:
        balls: (d,) each contains ``beta_i``, and is no wider than asked relative to itself; an
            entry that is 0 is the exact ball 0.
        dual: (N,) each contains ``nu_i``.
        digits: asked for: every radius in ``balls`` is at most ``10^-digits |beta_i|``.
        bits: the working precision that did it.
    """

    balls: tuple[arb, ...]
    dual: tuple[arb, ...]
    digits: int
    bits: int

    @property
    def midpoints(self) -> tuple[arb, ...]:
        """(d,) exact midpoints."""
        return tuple(ball.mid() for ball in self.balls)

    @property
    def radii(self) -> tuple[arb, ...]:
        """(d,) exact radii."""
        return tuple(ball.rad() for ball in self.balls)

    def is_as_narrow_as_asked(self) -> bool:
        """Whether every radius is at most ``10^-digits`` of its entry."""
        return is_narrow(self.balls, self.digits)


def is_narrow(balls: tuple[arb, ...] | list[arb], digits: int) -> bool:
    """Whether the radius of every ball is at most ``10^-digits`` of all it contains."""
    with ctx.workprec(64):
        share = arb(10) ** -digits
        return all(ball.is_zero() or ball.rad() <= abs(ball).abs_lower() * share for ball in balls)
