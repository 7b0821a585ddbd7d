"""The exact minimiser in balls, found and proved without a formula of the package.

Everything follows from the flow of one pair of weights. ``w' = -+D c(t) w^(D-1)`` has the solution

    D = 2:  w_+ = A e^(s/2),              w_- = B e^(-s/2)
    D > 2:  w_+^(2-D) = A^(2-D) - s,      w_-^(2-D) = B^(2-D) + s

from ``w = (A, B)``, for one function s of time, and ``s = X^T nu`` as c is a combination of rows of
X. Its limit is the nu with ``F(nu) = y - X beta(X^T nu) = 0``, ``beta = w_+^D - w_-^D``. F is the
gradient of a strictly concave function where the rows of X are independent, so it has one zero at
most. Newton's method follows that of ``y_t = X beta(0) + t (y - X beta(0))`` from t near 0, where
nu is, to t = 1; there Krawczyk's test in balls proves the zero, whatever led to it
[krawczyk1969]. All figures are in units of alpha: A = a, B = b, and beta has the factor alpha^D.
"""

import functools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from flint import arb, arb_mat, ctx, fmpq

from tests.silent_errors.equations import Equations

FIRST_BITS = 128
NEWTON_STEPS = 9  # of one step of the homotopy
SHORTEST = 2.0**-400  # step of ln t, before more bits are tried
FARTHEST = 30.0  # scales of s that a Newton step may go
NEAR = 2.0**-20  # relative to max|beta|: close enough to go on
DEFAULT_DIGITS = 30
MOST_BITS = 40_000
MOST_SOLVES = 6_000  # of Newton systems


class UndecidedError(Exception):
    """The truth itself was not proved within its budget."""


@dataclass(frozen=True)
class Model:
    """The potential: depth, scale and start of the weights.

    Attributes:
        depth: D >= 2, or math.inf (alpha then stands for ``alpha^D``).
        factor, nats: ``alpha = factor e^nats``.
        exponent: in place of D in ``alpha^D``.
        start: (a, b), d positive rationals each; None for ones.
    """

    depth: Fraction | float
    factor: Fraction = Fraction(1)
    nats: Fraction = Fraction(0)
    start: tuple[tuple[Fraction, ...], tuple[Fraction, ...]] | None = None
    exponent: Fraction | None = None

    @property
    def power(self) -> Fraction:
        if self.exponent is not None:
            return self.exponent
        return Fraction(1) if self.depth == math.inf else Fraction(self.depth)

    def log_x(self) -> arb:
        """``ln alpha^D``."""
        return ball(self.power) * (ball(self.factor).log() + ball(self.nats))


@dataclass(frozen=True, eq=False)
class Minimiser:
    """Balls that contain the minimiser.

    Attributes:
        beta: (d,). nu: one a row of the reduced equations. bits: of the precision that proved it.
        condition: the componentwise condition number, about: how much ``max|beta|`` moves,
            relative to itself, per relative change of every entry of X and y.
    """

    beta: list[arb]
    nu: list[arb]
    bits: int
    condition: float


@dataclass
class _Point:
    """beta and ``d beta / d s`` at one nu; scale: by how much s may move until the slope changes."""

    beta: list[arb]
    slope: list[arb]
    scale: list[arb]


class _OutsideError(Exception):
    """A trial s left the domain: a weight would have blown up."""


class _ImpreciseError(Exception):
    """The working precision is too low."""


def minimiser(equations: Equations, model: Model, digits: int = DEFAULT_DIGITS) -> Minimiser:
    """The minimiser, ``max|beta|`` to ``digits`` digits; UndecidedError beyond the budget.

    The equations are consistent. The bits in use are the caller's again at the end.
    """
    with ctx.workprec(ctx.prec):
        return _Search(equations.reduced(), model, digits).run()


class _Search:
    def __init__(self, equations: Equations, model: Model, digits: int) -> None:
        self.X, self.y, self.model, self.digits = equations.X, equations.y, model, digits
        self.n, self.d = self.X.nrows(), self.X.ncols()
        self.solves = 0

    def run(self) -> Minimiser:
        self._set_bits(FIRST_BITS)
        nu = self._followed()
        if nu is None:
            return Minimiser(self.beta_0, [arb(0)] * self.n, self.bits, 1.0)
        while True:
            found = self._proved(nu)
            if found is not None:
                return found
            self._set_bits(2 * self.bits)

    def _set_bits(self, bits: int) -> None:
        if bits > MOST_BITS:
            raise UndecidedError(f"{bits} bits are beyond the budget")
        self.bits = ctx.prec = bits
        model = self.model
        # Rows by powers of two: an entry of nu is then about as large as those of s.
        shifts = [_power_of_two([self.X[i, j] for j in range(self.d)]) for i in range(self.n)]
        entries = [
            self.X[i, j] / shift for i, shift in enumerate(shifts) for j in range(self.d)
        ]
        self.A = arb_mat(self.n, self.d, [arb(entry) for entry in entries])
        self.AT = self.A.transpose()
        self.b = arb_mat(self.n, 1, [arb(self.y[i, 0] / s) for i, s in enumerate(shifts)])
        self.shifts = shifts
        self.x = model.log_x().exp()
        ones = (Fraction(1),) * self.d
        a, b = model.start or (ones, ones)
        self.infinite = model.depth == math.inf
        self.p = None
        if self.infinite:
            self.p, self.ends = arb(1), [(arb(1), arb(1))] * self.d
        elif model.depth == 2:
            self.ends = [(self.x * ball(u) ** 2, self.x * ball(v) ** 2) for u, v in zip(a, b)]
        else:
            depth = ball(Fraction(model.depth))
            self.p = depth / (depth - 2)
            self.ends = [(ball(u) ** (2 - depth), ball(v) ** (2 - depth)) for u, v in zip(a, b)]
        self.even = [u == v for u, v in zip(a, b, strict=True)]
        self.beta_0 = self._point([arb(0)] * self.d).beta
        self.image_0 = self.A * column(self.beta_0)
        self.missing = self.b - self.image_0

    def _point(self, s: Sequence[arb]) -> _Point:
        """OutsideError where an s is not proved to be inside."""
        beta, slope, scale = [], [], []
        for value, (left, right), even in zip(s, self.ends, self.even, strict=True):
            if self.p is None:
                growth = value.exp()
                plus, minus = left * growth, right / growth
                # No cancellation where the weights hardly move.
                beta.append(2 * left * value.sinh() if even else plus - minus)
                slope.append(plus + minus)
                scale.append(arb(1))
                continue
            room, other = left - value, right + value
            if not (room > 0 and other > 0):
                raise _OutsideError
            if self.p == 1:
                plus, minus = self.x / room, self.x / other
            else:
                plus, minus = self.x * room**-self.p, self.x * other**-self.p
            if even and abs(value) < left / 8:
                part = value / left
                middle = (plus * minus).sqrt()
                beta.append(2 * middle * (self.p * part.atanh()).sinh())
            else:
                beta.append(plus - minus)
            slope.append(self.p * (plus / room + minus / other))
            scale.append(room.min(other).mid() / (1 + self.p))
        return _Point(beta, slope, scale)

    def _at(self, nu: arb_mat) -> _Point:
        return self._point((self.AT * nu).entries())

    def _jacobian(self, slope: Sequence[arb]) -> arb_mat:
        """``A diag(slope) A^T``."""
        weighted = [
            entry * k for row in self.A.tolist() for entry, k in zip(row, slope, strict=True)
        ]
        return arb_mat(self.n, self.d, weighted) * self.AT

    def _solve(self, slope: Sequence[arb], right: arb_mat) -> arb_mat:
        self.solves += 1
        if self.solves > MOST_SOLVES:
            raise UndecidedError(f"{MOST_SOLVES} Newton steps are beyond the budget")
        try:
            return self._jacobian(slope).solve(right)
        except ZeroDivisionError:
            raise _ImpreciseError from None

    def _followed(self) -> arb_mat | None:
        """nu at t = 1, about; None where the flow does not move, for beta(0) solves the equations."""
        while all(entry.contains(0) for entry in self.missing.entries()):
            if all(entry.is_zero() for entry in self.missing.entries()):
                return None
            self._set_bits(2 * self.bits)
        direction = self._precisely(self._direction)
        t = self._first(direction).min(arb(1)).mid()  # exact: what has a radius does not get better
        log_t, step = t.log().mid(), arb(1)
        nu, tangent = self._precisely(lambda: self._corrected(mid(t * direction), t, step))
        growth = 4
        while log_t < 0:
            is_last = not log_t + step < 0
            length = -log_t if is_last else step
            try:
                nu, tangent = self._precisely(
                    functools.partial(self._moved, nu, tangent, log_t, length, is_last)
                )
            except _OutsideError:
                # Where y is far below what the start has, the last of it goes by powers of ten.
                step, growth = length * (0.9 if is_last and growth else 1 / 3), 0
                if step < SHORTEST:
                    self._set_bits(2 * self.bits)
                    step = arb(1)
                continue
            log_t = arb(0) if is_last else (log_t + length).mid()
            step, growth = (1 + growth) * length, 3
        return nu

    def _precisely(self, attempt: Callable[[], Any]) -> Any:
        """With as many bits as it takes."""
        while True:
            try:
                return attempt()
            except _ImpreciseError:
                self._set_bits(2 * self.bits)

    def _direction(self) -> arb_mat:
        return mid(self._solve(self._at(arb_mat(self.n, 1)).slope, self.missing))

    def _moved(
        self, nu: arb_mat, tangent: arb_mat, log_t: arb, length: arb, is_last: bool
    ) -> tuple[arb_mat, arb_mat]:
        """nu and its tangent a step of ln t on: nu is about affine in ``t^(-1/p)``, at D = 2 in
        ln t.
        """
        reach = length if self.p is None else self.p * -(-length / self.p).expm1()
        t = arb(1) if is_last else (log_t + length).mid().exp()
        return self._corrected(mid(nu + reach * tangent), t, 4 * length)

    def _first(self, direction: arb_mat) -> arb:
        """A t at which nu is ``t direction``, about."""
        moved = (self.AT * direction).entries()
        if self.p is None:
            return min([1 / abs(m).upper() for m in moved if m != 0]).mid() / 16
        rooms = [
            end / abs(m).upper() for m, ends in zip(moved, self.ends) for end in ends if m != 0
        ]
        return min(rooms).mid() / (16 * (1 + self.p))

    def _corrected(self, nu: arb_mat, t: arb, wish: arb) -> tuple[arb_mat, arb_mat]:
        """nu and ``d nu / d ln t`` at t, by Newton's method from nearby; OutsideError where it does
        not converge. wish: the next step of ln t, over which a distance to an end of s may shrink
        by ``exp(-wish/p)``: the tangent has to be better than that.
        """
        near = arb(NEAR)
        if self.p is not None:
            near *= (-wish / self.p).exp().max(arb(2) ** (-self.bits // 2))
        # What is there at the start is 0 in general, exactly.
        right = self.b if t == 1 else self.image_0 + t * self.missing
        before = None
        for _ in range(NEWTON_STEPS):
            point = self._at(nu)
            step = self._solve(point.slope, right - self.A * column(point.beta))
            moved = (self.AT * step).entries()
            size = max(abs(b).upper() for b in point.beta)
            change = max(
                (abs(k.mid() * m.mid()) for k, m in zip(point.slope, moved)), default=arb(0)
            )
            blur = max((k.mid() * m.rad() for k, m in zip(point.slope, moved)), default=arb(0))
            if not blur < near / 4 * size:
                raise _ImpreciseError
            if not all(abs(m.mid()) < FARTHEST * c for m, c in zip(moved, point.scale)):
                raise _OutsideError
            nu = mid(nu + step)
            settled = all(abs(m.mid()) < c.mid() for m, c in zip(moved, point.scale))
            if change < near * size and settled:
                tangent = mid(self._solve(self._at(nu).slope, t * self.missing))
                return nu, tangent
            if before is not None and not change < before * 4:
                raise _OutsideError
            before = change
        raise _OutsideError

    def _proved(self, nu: arb_mat) -> Minimiser | None:
        """Newton's method to the working precision, then Krawczyk's test."""
        try:
            nu, last = self._polished(nu)
            point = self._at(nu)
            inverse = mid(self._jacobian(point.slope)).inv()
            inverse = mid(inverse)
            step = inverse * (self.b - self.A * column(point.beta))
            size = max((abs(entry).upper() for entry in nu.entries()), default=arb(0))
            tiny = size * arb(2) ** (-4 * self.bits)
            radii = [2 * abs(entry).upper() + tiny for entry in step.entries()]
            box = arb_mat(self.n, 1, [arb(0, r.upper()) for r in radii])
            around = self._at(nu + box)
            defect = eye(self.n) - inverse * self._jacobian(around.slope)
            image = (step + defect * box).entries()
        except (_OutsideError, _ImpreciseError, ZeroDivisionError):
            return None
        inside = zip(box.entries(), image, strict=True)
        if not all(b.contains_interior(i) for b, i in inside):
            return None
        nu = nu + arb_mat(self.n, 1, image)
        beta = self._at(nu).beta
        size = max(abs(b).lower() for b in beta) if self.d else arb(0)
        share = arb(10) ** -self.digits
        if not all(b.rad() <= size * share for b in beta):
            return None
        condition = self._condition(beta, around.slope, nu, inverse)
        given = [v / arb(s) for v, s in zip(nu.entries(), self.shifts, strict=True)]
        return Minimiser(beta, given, self.bits, condition)

    def _polished(self, nu: arb_mat) -> tuple[arb_mat, arb]:
        before = None
        for _ in range(40):
            point = self._at(nu)
            step = self._solve(point.slope, self.b - self.A * column(point.beta))
            size = max((abs(entry.mid()) for entry in step.entries()), default=arb(0))
            if all(entry.contains(0) for entry in step.entries()):
                return nu, size
            if before is not None and not size < before:
                return nu, size
            nu, before = mid(nu + step), size
        return nu, arb(0)

    def _condition(
        self, beta: Sequence[arb], slope: Sequence[arb], nu: arb_mat, inverse: arb_mat
    ) -> float:
        """``max (|P| |A|^T |nu| + |G| (|b| + |A| |beta|)) / max|beta|``, ``G = K A^T J^-1``,
        ``P = K - G A K``: from ``X K X^T d nu = dy - dX beta - X K dX^T nu``.
        """
        with ctx.workprec(max(64, self.bits)):
            size = max((abs(b).mid() for b in beta), default=arb(0))
            if not self.n or size == 0:
                return 1.0
            K = [k.mid() for k in slope]
            KAT = arb_mat(
                self.d,
                self.n,
                [e * k for row, k in zip(self.AT.tolist(), K, strict=True) for e in row],
            )
            G = mid(KAT * inverse)
            P = eye(self.d) * 0 - mid(G * KAT.transpose())
            P = arb_mat(
                self.d,
                self.d,
                [P[i, j] + (K[i] if i == j else 0) for i in range(self.d) for j in range(self.d)],
            )
            absolute = [abs_mat(part) for part in (P, self.AT, nu, G, self.b, self.A)]
            P, AT, v, G, b, A = absolute
            total = P * (AT * v) + G * (b + A * abs_mat(column(list(beta))))
            worst = max(entry.mid() for entry in total.entries()) / size
            return float(worst)


def ball(value: Fraction) -> arb:
    return arb(fmpq(value.numerator, value.denominator))


def column(values: Sequence[arb]) -> arb_mat:
    return arb_mat(len(values), 1, list(values))


def mid(matrix: arb_mat) -> arb_mat:
    return matrix.mid()


def abs_mat(matrix: arb_mat) -> arb_mat:
    return arb_mat(matrix.nrows(), matrix.ncols(), [abs(e.mid()) for e in matrix.entries()])


def eye(n: int) -> arb_mat:
    return arb_mat(n, n, [arb(int(i == j)) for i in range(n) for j in range(n)])


def _power_of_two(row: Sequence[fmpq]) -> fmpq:
    """About the largest entry."""
    size = max(abs(entry) for entry in row)
    shift = int(size.p).bit_length() - int(size.q).bit_length()
    return fmpq(2**shift) if shift >= 0 else fmpq(1, 2**-shift)


def exact_ball(value: Any) -> arb:
    """A double or a rational as a ball, exactly (a rational: at the working precision)."""
    if isinstance(value, fmpq):
        return arb(value)
    return arb(float(value))
