"""A one-variable field of generators in exact polynomials, in which signs are isolated.

Its elements are quotients of polynomials with rational coefficients in
  - the variable t, on an open interval with rational ends or +-oo;
  - `root`: g with g**n = R, `log`: g = log R, `exp`: g = exp(w), where R is a polynomial (w a
    quotient) in generators made before and R > 0 on the whole interval;
  - the same made of numbers alone, such as log 2 or sqrt(5), whose derivative is 0; and pi.
Every element is smooth on the interval wherever its denominator is not zero.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

import flint

from implicitbias.symbolic.language.proof import Undecided

__all__ = [
    "PRECISIONS",
    "Field",
    "Generator",
    "Interval",
    "Polynomial",
    "Quotient",
    "bases",
    "rational",
]

SIZE = 24  # variables of the polynomial ring; more generators than that are Undecided
LOG_U = 1  # the index of log u, which only expansions contain (u -> 0+ is the local variable)
PRECISIONS = (128, 512, 2048, 8192)  # bits, tried in turn until a ball shows its sign
SECONDS = 10  # for one piece; statements of this project take 0.05
SMALL_PRIME = 2**16
LARGEST_POWER = 500  # an integer exponent
LARGEST_ORDER = 60  # of a root: polynomials in it have this degree

Ball = flint.arb
Rational = flint.fmpq
Polynomial = flint.fmpq_mpoly
Interval = tuple[Rational | None, Rational | None]  # None: -oo below, +oo above


class Quotient(NamedTuple):
    """num / den, where den has no zero on the interval."""

    num: Polynomial
    den: Polynomial


@dataclass(frozen=True)
class Generator:
    """One generator: `index` in the ring, and what it is of."""

    kind: Literal["variable", "root", "log", "exp", "pi"]
    index: int
    of: Quotient | None = None
    order: int = 1


@dataclass
class Field:
    """The generators of one goal on one interval; grows while an expression is lifted."""

    interval: Interval
    generators: list[Generator] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.ring = flint.fmpq_mpoly_ctx.get([f"g{i}" for i in range(SIZE)], "lex")
        self.symbols = self.ring.gens()
        self.generators.append(Generator("variable", 0))
        self._known: dict[str, Generator] = {}
        self._start = time.monotonic()
        self._terms: dict[str, list[tuple[Rational, list[tuple[int, int]]]]] = {}

    def check_time(self) -> None:
        """Raise Undecided when the goal has taken SECONDS; called between long steps."""
        if time.monotonic() - self._start > SECONDS:
            raise Undecided(f"more than {SECONDS} seconds")

    # -- elements ---------------------------------------------------------------------------------

    def constant(self, value: Rational | int) -> Polynomial:
        """A rational number as a polynomial."""
        return self.ring.constant(value)

    def number(self, value: Rational | int) -> Quotient:
        """A rational number as an element."""
        return Quotient(self.constant(value), self.constant(1))

    def whole(self, poly: Polynomial) -> Quotient:
        """A polynomial as an element."""
        return Quotient(poly, self.constant(1))

    def add(self, a: Quotient, b: Quotient) -> Quotient:
        if a.den == b.den:
            return self.normal(a.num + b.num, a.den)
        return self.normal(a.num * b.den + b.num * a.den, a.den * b.den)

    def multiply(self, a: Quotient, b: Quotient) -> Quotient:
        return self.normal(a.num * b.num, a.den * b.den)

    def power(self, a: Quotient, k: int) -> Quotient:
        """a**k; for k < 0 the caller knows that a has no zero."""
        if abs(k) > LARGEST_POWER:
            raise Undecided(f"a power of order {k}")
        num, den = (a.num, a.den) if k >= 0 else (a.den, a.num)
        result = self.number(1)
        self.check_time()
        for _ in range(abs(k)):  # reduced on the way, so that roots stay short
            result = self.normal(result.num * num, result.den * den)
        return result

    def normal(self, num: Polynomial, den: Polynomial) -> Quotient:
        """Reduced by the relations g**n = R and without common factors; den != 0 on the interval.

        Cancelling keeps this: a factor of den has no zero either.
        """
        num, den = self.reduce(num), self.reduce(den)
        if den.is_zero():
            raise Undecided("a denominator vanishes identically")
        if num.is_zero():
            return self.number(0)
        common = num.gcd(den)
        num, den = divmod(num, common)[0], divmod(den, common)[0]
        scale = den.leading_coefficient()
        return Quotient(num / scale, den / scale)

    def reduce(self, poly: Polynomial) -> Polynomial:
        """Every root below its order, by g**n = R, the youngest first."""
        for g in reversed(self.generators):
            if g.kind != "root" or poly.degrees()[g.index] < g.order:
                continue
            assert g.of is not None
            result = self.constant(0)
            for k, coefficient in self.coefficients(poly, g.index).items():
                high, low = divmod(k, g.order)
                result += coefficient * g.of.num**high * self.symbols[g.index] ** low
            poly = result
        return poly

    def coefficients(self, poly: Polynomial, index: int) -> dict[int, Polynomial]:
        """{k: coefficient of the k-th power of the generator}, the zero ones left out."""
        rows: dict[int, dict[tuple[int, ...], Rational]] = {}
        for powers, c in poly.terms():
            rest = (*powers[:index], 0, *powers[index + 1 :])
            rows.setdefault(powers[index], {})[rest] = c
        return {k: self.ring.from_dict(row) for k, row in rows.items()}

    def members(self, poly: Polynomial) -> list[Generator]:
        """The generators that occur, in the order in which they were made."""
        degrees = poly.degrees()
        return [g for g in self.generators if degrees[g.index] > 0]

    def depends(self, poly: Polynomial) -> bool:
        """Whether the polynomial has t in it, itself or through a generator."""
        return any(self.moves(g) for g in self.members(poly))

    def moves(self, g: Generator) -> bool:
        """Whether a generator is a function of t rather than a number."""
        if g.of is None:
            return g.kind == "variable"
        return self.depends(g.of.num) or self.depends(g.of.den)

    # -- generators -------------------------------------------------------------------------------

    def root(self, radicand: Polynomial, order: int) -> Polynomial:
        """The positive g with g**order = radicand; the caller knows radicand > 0."""
        if order > LARGEST_ORDER:
            raise Undecided(f"a root of order {order} is too high")
        return self._generator("root", self.whole(radicand), order)

    def log(self, argument: Polynomial) -> Polynomial:
        """log(argument); the caller knows argument > 0."""
        return self._generator("log", self.whole(argument))

    def exp(self, exponent: Quotient) -> Polynomial:
        return self._generator("exp", exponent)

    def pi(self) -> Polynomial:
        return self._generator("pi", None)

    def _generator(
        self, kind: Literal["root", "log", "exp", "pi"], of: Quotient | None, order: int = 1
    ) -> Polynomial:
        key = f"{kind} {order} {of and of.num} {of and of.den}"
        if key not in self._known:
            index = len(self.generators) + 1  # 0 is t and 1 is log u
            if index >= SIZE:
                raise Undecided(f"more than {SIZE - 2} generators")
            self._known[key] = Generator(kind, index, of, order)
            self.generators.append(self._known[key])
        return self.symbols[self._known[key].index]

    # -- calculus ---------------------------------------------------------------------------------

    def derivative(self, poly: Polynomial) -> Quotient:
        """d/dt, by the chain rule over the generators."""
        total = self.number(0)
        for g in self.members(poly):
            inner = self._slope(g)
            if inner is not None:
                total = self.add(total, self.multiply(self.whole(poly.derivative(g.index)), inner))
        return total

    def slope(self, a: Quotient) -> Quotient:
        """d/dt of a quotient."""
        up, down = self.derivative(a.num), self.derivative(a.den)
        top = self.add(
            self.multiply(up, self.whole(a.den)), self.multiply(self.whole(-a.num), down)
        )
        return self.multiply(top, Quotient(self.constant(1), a.den**2))

    def _slope(self, g: Generator) -> Quotient | None:
        """dg/dt, or None for a number."""
        if not self.moves(g):
            return None
        if g.of is None:
            return self.number(1)
        inner = self.slope(g.of)
        if g.kind == "exp":
            return self.multiply(inner, self.whole(self.symbols[g.index]))
        scaled = self.multiply(inner, Quotient(self.constant(1), g.of.num))
        if g.kind == "log":
            return scaled
        part = Quotient(self.symbols[g.index] / g.order, self.constant(1))
        return self.multiply(scaled, part)

    # -- balls ------------------------------------------------------------------------------------

    def balls(self, t: Ball) -> dict[int, Ball]:
        """The enclosure of every generator over the ball t, nan where one is not defined."""
        values: dict[int, Ball] = {}
        for g in self.generators:
            values[g.index] = self._ball(g, t, values)
        return values

    def _ball(self, g: Generator, t: Ball, values: dict[int, Ball]) -> Ball:
        if g.of is None:
            return t if g.kind == "variable" else Ball.pi()
        inside = self.evaluate(g.of.num, values) / self.evaluate(g.of.den, values)
        if g.kind == "exp":
            return inside.exp()
        if not inside > 0:  # true for a nan as well
            return Ball.nan()
        return inside.log() if g.kind == "log" else inside.root(g.order)

    def evaluate(self, poly: Polynomial, values: dict[int, Ball]) -> Ball:
        """The ball of a polynomial at given balls of the generators."""
        key = str(poly)
        if key not in self._terms:
            self._terms[key] = [
                (c, [(i, k) for i, k in enumerate(powers) if k]) for powers, c in poly.terms()
            ]
        total = Ball(0)
        for c, powers in self._terms[key]:
            term = Ball(c)
            for i, k in powers:
                term *= values[i] ** k
            total += term
        return total

    def sign_at(self, poly: Polynomial, t: Rational) -> int:
        """The sign at a rational point of the interval, by balls; 0 when none shows it."""
        return self._first_sign(poly, lambda: Ball(t))

    def sign_over(self, poly: Polynomial, lo: Rational, hi: Rational) -> int:
        """The sign on the whole of [lo, hi], by one ball; 0 when it does not show."""
        return self._first_sign(poly, lambda: Ball(lo).union(Ball(hi)))

    def sign_of_number(self, poly: Polynomial) -> int:
        """The sign of a polynomial in numbers alone: exact for 0, otherwise by balls.

        Raises Undecided for one that is not 0 by its form and whose balls all contain 0.
        """
        poly = self.reduce(poly)
        if poly.is_zero():
            return 0
        sign = self._first_sign(poly, lambda: Ball(0))
        if not sign:
            raise Undecided("a constant may or may not be zero")
        return sign

    def _first_sign(self, poly: Polynomial, point: Callable[[], Ball]) -> int:
        for bits in PRECISIONS:
            with flint.ctx.workprec(bits):
                value = self.evaluate(poly, self.balls(point()))
                if value > 0:
                    return 1
                if value < 0:
                    return -1
                if value.is_zero():
                    return 0
        return 0


def rational(value: object) -> Rational:
    """A sympy Rational as a flint one."""
    return Rational(int(value.p), int(value.q))  # type: ignore[attr-defined]


def bases(integer: flint.fmpz) -> list[tuple[int, int]]:
    """A positive integer as a product of powers: of its small primes and of what is left.

    To factor all of it may take forever; a composite base costs no more than a relation unseen.
    """
    return [(int(p), int(k)) for p, k in integer.factor(trial_limit=SMALL_PRIME)]
