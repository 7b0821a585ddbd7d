"""Sign tables: where an element of a field changes sign, isolated exactly.

An irreducible polynomial P in the generators is taken down a ladder of derivatives and norms, by
its youngest generator that moves:
  - for a root the zeros of P are among those of its norm, which has one generator less;
  - for a logarithm, an exponential or t, with B the coefficient of its highest (for an exponential
    lowest) power, P/B is strictly monotone between the zeros of B and of the numerator Q of
    (P/B)', and Q has a lower degree. So the signs of P just inside the two ends of each piece tell
    whether it has one zero there or none.
At the bottom are polynomials in t alone, whose roots flint isolates.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import flint

from implicitbias.symbolic.engine.expansion import End, leading
from implicitbias.symbolic.engine.generators import Field, Generator, Polynomial
from implicitbias.symbolic.language.proof import Undecided

__all__ = ["Point", "SignIsolator", "SignTable"]

ISOLATION = 320  # bits of the roots of polynomials
BISECTIONS = 140
LARGEST_DEGREE = 400  # of a norm in t
Rational = flint.fmpq


@dataclass(frozen=True)
class Point:
    """A rational point (lo = hi) or a box around an irrational one.

    Attributes:
        lo, hi: the ends of the box.
        zero: whether the polynomial vanishes there; None for not known.
        clean: it has at most one zero in the box and the signs of the two gaps up to that zero.
    """

    lo: Rational
    hi: Rational
    zero: bool | None
    clean: bool = True

    @property
    def exact(self) -> bool:
        return bool(self.lo == self.hi)


@dataclass(frozen=True)
class SignTable:
    """Where one polynomial may vanish, and its signs in between.

    Attributes:
        points: in order.
        signs: on each of the len(points) + 1 gaps; never 0.
    """

    points: tuple[Point, ...]
    signs: tuple[int, ...]


class SignIsolator:
    """Sign tables of the polynomials of one field, on its whole interval."""

    def __init__(self, field: Field) -> None:
        self.field = field
        self._known: dict[str, SignTable] = {}

    def table(self, poly: Polynomial) -> SignTable:
        """The table of a polynomial that is not 0 by its form.

        Raises:
            Undecided: a sign or a zero is not certain.
        """
        poly = self.field.reduce(poly)
        if poly.is_zero():
            raise Undecided("a polynomial vanishes identically")
        constant, factors = self._factor(poly)
        sign = 1 if constant > 0 else -1
        rows = [(self._irreducible(f), k) for f, k in factors]
        return self._product(sign, rows)

    def _factor(self, poly: Polynomial) -> tuple[Rational, list[tuple[Polynomial, int]]]:
        try:
            constant, factors = poly.factor()
        except (OverflowError, ValueError) as error:
            raise Undecided(f"a polynomial does not factor: {error}") from error
        return constant, [(f, int(k)) for f, k in factors]

    def factors(self, poly: Polynomial) -> tuple[Rational, list[tuple[Polynomial, int]]]:
        """The constant and the irreducible factors with multiplicities."""
        return self._factor(self.field.reduce(poly))

    def _irreducible(self, poly: Polynomial) -> SignTable:
        key = str(poly)
        if key not in self._known:
            self.field.check_time()
            self._known[key] = self._decide(poly)
        return self._known[key]

    def _decide(self, poly: Polynomial) -> SignTable:
        members = self.field.members(poly)
        moving = [g for g in members if self.field.moves(g)]
        if not moving:
            sign = self.field.sign_of_number(poly)
            if not sign:
                raise Undecided("a constant factor is zero")
            return SignTable((), (sign,))
        top = moving[-1]
        if len(members) == 1 and top.kind == "variable":
            return self._roots(poly)
        if poly == self.field.symbols[top.index] and top.kind in ("root", "exp"):
            return SignTable((), (1,))
        if top.kind == "root":
            return self._by_norm(poly, top)
        if top.kind == "variable":
            algebraic = [g for g in members if g.kind == "root"]
            if algebraic:
                return self._by_norm(poly, algebraic[-1])
        return self._by_monotony(poly, top)

    # -- the bottom -------------------------------------------------------------------------------

    def _roots(self, poly: Polynomial) -> SignTable:
        """A polynomial in t with rational coefficients, irreducible over them."""
        coefficients = self._univariate(poly)
        points = []
        if len(coefficients) == 2:
            root = -coefficients[0] / coefficients[1]
            points = [Point(root, root, True)]
        elif len(coefficients) > LARGEST_DEGREE:
            raise Undecided(f"a polynomial of degree {len(coefficients) - 1}")
        else:
            scale = flint.fmpq_poly(coefficients)
            with flint.ctx.workprec(ISOLATION):
                for lo, hi in _real_roots(scale.numer()):
                    if scale(lo) * scale(hi) >= 0:  # flint isolates; this is a cross-check
                        raise Undecided("a root is not isolated")
                    points.append(Point(lo, hi, True))
        return self._settle(poly, points)

    def _univariate(self, poly: Polynomial) -> list[Rational]:
        coefficients = [Rational(0)] * (int(poly.degrees()[0]) + 1)
        for powers, c in poly.terms():
            coefficients[powers[0]] = c
        return coefficients

    # -- a step down ------------------------------------------------------------------------------

    def _by_norm(self, poly: Polynomial, g: Generator) -> SignTable:
        """The zeros of P are among those of the resultant of P and g**n - R over g."""
        assert g.of is not None
        parts = self.field.coefficients(poly, g.index)
        step = flint.fmpz(g.order)
        for k in parts:
            step = step.gcd(flint.fmpz(k))
        h = self.field.symbols[g.index]  # P is a polynomial in g**step, and (g**step)**n = R
        thin = self.field.constant(0)
        for k, c in parts.items():
            thin += c * h ** (k // int(step))
        relation = h ** (g.order // int(step)) - g.of.num
        norm = self.field.reduce(thin.resultant(relation, g.index))
        if norm.is_zero():
            raise Undecided("roots that depend on one another")
        return self._settle(poly, list(self.table(norm).points))

    def _by_monotony(self, poly: Polynomial, g: Generator) -> SignTable:
        """Between the zeros of B and Q, P/B is strictly monotone."""
        parts = self.field.coefficients(poly, g.index)
        base = self.field.reduce(parts[0] if g.kind == "exp" else parts[max(parts)])
        up, down = self.field.derivative(poly), self.field.derivative(base)
        difference = self.field.add(
            self.field.multiply(up, self.field.whole(base)),
            self.field.multiply(self.field.whole(-poly), down),
        )
        slope = difference.num  # (P/B)' = slope / (B**2 * a positive denominator)
        if slope.is_zero():
            raise Undecided("generators that depend on one another")
        if g.kind == "exp":
            lowest = min(self.field.coefficients(slope, g.index))
            slope = divmod(slope, self.field.symbols[g.index] ** lowest)[0]
        stops = [*self.table(base).points, *self.table(slope).points]
        points = [Point(p.lo, p.hi, None, p.exact) for p in merge(stops)]
        found = []
        for lo, hi in self._gaps(points):
            left = self._sign_inside(poly, lo, 1, points)
            if left != self._sign_inside(poly, hi, -1, points):
                found.append(self._bisect(poly, lo, hi, left))
        return self._settle(poly, [*points, *found])

    # -- gaps -------------------------------------------------------------------------------------

    def _gaps(self, points: Sequence[Point]) -> list[tuple[Rational | None, Rational | None]]:
        lower, upper = self.field.interval
        return list(
            zip([lower, *(p.hi for p in points)], [*(p.lo for p in points), upper], strict=True)
        )

    def _sign_inside(
        self, poly: Polynomial, end: Rational | None, side: int, points: Sequence[Point]
    ) -> int:
        """The sign just inside an end of a gap: the edge of a box, else a point or +-oo."""
        if end is not None and (sign := self.field.sign_at(poly, end)):
            return sign  # a finite ball that is not 0: poly is continuous up to there
        if any(end in (p.lo, p.hi) for p in points if not p.exact):
            raise Undecided("the sign at the edge of a box does not show")
        return leading(self.field, poly, End(end, side)).sign

    def _is_zero_at(self, poly: Polynomial, point: Rational) -> bool:
        """Exact: whether the polynomial vanishes at a rational point inside of the interval."""
        if self.field.sign_at(poly, point):
            return False
        return bool(leading(self.field, poly, End(point, 1)).power > 0)

    def _bisect(
        self, poly: Polynomial, lo: Rational | None, hi: Rational | None, left: int
    ) -> Point:
        """The one zero of a gap whose ends have the signs left and -left."""
        lo = self._witness(poly, lo, hi, left, 1)
        hi = self._witness(poly, hi, lo, -left, -1)
        for step in range(BISECTIONS):
            if step % 35 == 34:
                simple = simplest_between(lo, hi)
                if self._is_zero_at(poly, simple):
                    return Point(simple, simple, True)
            middle = _middle(lo, hi)
            sign = self.field.sign_at(poly, middle)
            if not sign:
                if not self._is_zero_at(poly, middle):
                    raise Undecided("a sign near a zero does not show")
                return Point(middle, middle, True)
            lo, hi = (middle, hi) if sign == left else (lo, middle)
        return Point(lo, hi, True)

    def _witness(
        self, poly: Polynomial, end: Rational | None, other: Rational | None, sign: int, side: int
    ) -> Rational:
        """A rational of the gap at which the polynomial has the sign that it has at `end`."""
        if end is not None and self.field.sign_at(poly, end) == sign:
            return end
        for point in approach(end, other, side):
            if self.field.sign_at(poly, point) == sign:
                return point
        raise Undecided("no point near an end shows the sign that its expansion has")

    def _settle(self, poly: Polynomial, points: list[Point]) -> SignTable:
        """The table of a polynomial without a zero outside of the points."""
        inside = merge(self._clip(points))
        gaps = self._gaps(inside)
        signs = [self.field.sign_at(poly, between(lo, hi)) for lo, hi in gaps]
        if not all(signs):
            raise Undecided("the sign on a gap does not show")
        kept, kept_signs = [], [signs[0]]
        for point, sign in zip(inside, signs[1:], strict=True):
            here = self._look(poly, point, sign != kept_signs[-1])
            if here is None:
                continue
            kept.append(here)
            kept_signs.append(sign)
        return SignTable(tuple(kept), tuple(kept_signs))

    def _look(self, poly: Polynomial, p: Point, crosses: bool) -> Point | None:
        """What the polynomial does at a point; None where it has no zero."""
        if p.exact:
            zero = crosses or self._may_be_zero_at(poly, p.lo)
            return None if zero is False else Point(p.lo, p.hi, zero)
        if not self.field.sign_over(poly, p.lo, p.hi):
            return Point(p.lo, p.hi, True if crosses else p.zero, p.clean)
        if crosses:
            raise Undecided("signs that contradict each other")
        return None

    def _may_be_zero_at(self, poly: Polynomial, point: Rational) -> bool | None:
        try:
            return self._is_zero_at(poly, point)
        except Undecided:
            return None

    def _clip(self, points: Sequence[Point]) -> list[Point]:
        """Those inside of the open interval."""
        lower, upper = self.field.interval
        inside = []
        for p in points:
            if (lower is not None and p.hi <= lower) or (upper is not None and p.lo >= upper):
                continue
            if (lower is not None and p.lo <= lower) or (upper is not None and p.hi >= upper):
                raise Undecided("a zero cannot be told from an end of the interval")
            inside.append(p)
        return inside

    def _product(self, sign: int, rows: list[tuple[SignTable, int]]) -> SignTable:
        """The table of sign * product of polynomials to the given powers."""
        clusters: list[list[Point]] = []
        for p in sorted((p for row, _ in rows for p in row.points), key=lambda p: p.lo):
            if clusters and p.lo <= max(q.hi for q in clusters[-1]):
                clusters[-1].append(p)
            else:
                clusters.append([p])
        points = [_join(cluster) for cluster in clusters]
        signs = []
        for lo, _ in self._gaps(points):
            total = sign
            for row, k in rows:
                index = sum(lo is not None and p.hi <= lo for p in row.points) if points else 0
                total *= row.signs[index] ** k
            signs.append(total)
        return SignTable(tuple(points), tuple(signs))


def _real_roots(poly: flint.fmpz_poly) -> list[tuple[Rational, Rational]]:
    """Isolated; flint marks a real root by an imaginary part that is exactly 0."""
    roots: list[tuple[flint.acb, int]] = poly.complex_roots()  # type: ignore[assignment]
    return [
        (root.real.lower().fmpq(), root.real.upper().fmpq())
        for root, _ in roots
        if root.imag.is_zero()
    ]


def merge(points: Sequence[Point]) -> list[Point]:
    """In order, with points that overlap put together."""
    merged: list[Point] = []
    for p in sorted(points, key=lambda p: p.lo):
        if merged and p.lo <= merged[-1].hi:
            merged[-1] = _join([merged[-1], p])
        else:
            merged.append(p)
    return merged


def _join(points: Sequence[Point]) -> Point:
    """One point for points that overlap: a box is then no longer known to hold one zero."""
    if len(points) == 1:
        return points[0]
    lo, hi = min(p.lo for p in points), max(p.hi for p in points)
    zeros = {p.zero for p in points}
    zero = True if True in zeros else None if None in zeros else False
    return Point(lo, hi, zero, clean=bool(lo == hi))


def between(lo: Rational | None, hi: Rational | None) -> Rational:
    """A rational strictly between two ends; None is -oo or +oo."""
    if lo is None and hi is None:
        return Rational(0)
    if lo is None:
        assert hi is not None
        return hi - 1
    return lo + 1 if hi is None else (lo + hi) / 2


def approach(end: Rational | None, other: Rational | None, side: int) -> Iterator[Rational]:
    """Rationals that tend to `end` from inside of the gap: from its right when side is 1."""
    middle = between(end, other) if side > 0 else between(other, end)
    for k in range(20):  # as far as a logarithm of 1e5, and no further
        scale = Rational(2) ** (2**k - 1)
        if end is None:
            yield middle - side * (scale - 1)
        else:
            yield end + (middle - end) / scale


def _middle(lo: Rational, hi: Rational) -> Rational:
    """The middle, or a power of 2 between ends of one sign that are of different size."""
    if lo > 0 and hi > 4 * lo:
        return _power_of_two(lo, hi)
    if hi < 0 and lo < 4 * hi:
        return -_power_of_two(-hi, -lo)
    return (lo + hi) / 2


def _power_of_two(lo: Rational, hi: Rational) -> Rational:
    a, b = (int(x.p).bit_length() - int(x.q).bit_length() for x in (lo, hi))
    middle = Rational(2) ** ((a + b + 1) // 2)
    return middle if lo < middle < hi else (lo + hi) / 2


def simplest_between(lo: Rational, hi: Rational) -> Rational:
    """The rational of least denominator strictly between two rationals."""
    if lo < 0 < hi:
        return Rational(0)
    if hi <= 0:
        return -simplest_between(-hi, -lo)
    whole = Rational(lo.p // lo.q)
    if whole + 1 < hi:
        return whole + 1
    low, high = lo - whole, hi - whole  # in [0, 1]
    if low == 0:
        return whole + Rational(1, (high.q // high.p) + 1)
    return whole + 1 / simplest_between(1 / high, 1 / low)
