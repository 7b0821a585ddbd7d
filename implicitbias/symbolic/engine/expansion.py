"""Exact expansions at an end of an interval, finite or not, and the sign just inside of it.

With u -> 0+ (t = a + u, a - u, 1/u or -1/u), every generator is exp(w) * S, where w is a sum of
terms c * u**(-k) * log(u)**j and S a series in u**(1/M) whose coefficients are polynomials in
log u and in exact numbers. Nothing is rounded: an expansion ends at a stated order, and a leading
coefficient counts only when its sign is certain.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cmp_to_key
from math import lcm
from typing import NamedTuple

import flint

from implicitbias.symbolic.engine.generators import (
    LOG_U,
    Field,
    Generator,
    Polynomial,
    Quotient,
    bases,
)
from implicitbias.symbolic.language.proof import Undecided

__all__ = ["End", "Expansion", "Leading", "leading"]

EXACT = 10**9  # the order of a series without remainder
BEYOND = 10**8  # the remainder is exponentially small: below every power of u
LENGTHS = (6, 14, 30, 62)  # terms kept, tried in turn until a leading one shows
Rational = flint.fmpq


@dataclass(frozen=True)
class End:
    """Where: t -> at from the right (side 1) or left (-1); at None is +oo (side -1) or -oo (1)."""

    at: Rational | None
    side: int


class Series(NamedTuple):
    """sum of terms[k] * u**(k/M), up to O(u**(order/M) * powers of log u)."""

    terms: dict[int, Polynomial]
    order: int


Scale = tuple[tuple[int, Polynomial], ...]  # the exponent w: ((k < 0, coefficient), ..)
Scaled = tuple[Scale, Series]  # exp(w) * S


class Leading(NamedTuple):
    """The leading term: exp(scale) * coefficient * u**(power) and the sign it has near the end.

    coefficient is a polynomial in log u (index LOG_U) and numbers; scale_sign is that of the
    exponent w, 0 when there is none.
    """

    sign: int
    scale: Scale
    scale_sign: int
    power: Rational
    coefficient: Polynomial


class Expansion:
    """Expansions of the elements of one field at one end."""

    def __init__(self, field: Field, end: End, length: int) -> None:
        self.field = field
        self.end = end
        self.unit = _unit(field)  # M
        self.length = length * self.unit
        self._cache: dict[int, Scaled] = {}
        self._powers: dict[tuple[int, int], Series] = {}

    # -- series -----------------------------------------------------------------------------------

    def series(self, terms: Mapping[int, Polynomial], order: int = EXACT) -> Series:
        kept = {k: self.field.reduce(c) for k, c in terms.items() if k < order}
        return Series({k: c for k, c in kept.items() if not c.is_zero()}, order)

    def add(self, a: Series, b: Series) -> Series:
        terms = dict(a.terms)
        for k, c in b.terms.items():
            terms[k] = terms[k] + c if k in terms else c
        return self.series(terms, min(a.order, b.order))

    def multiply(self, a: Series, b: Series) -> Series:
        low_a, low_b = min(a.terms, default=a.order), min(b.terms, default=b.order)
        if EXACT in (low_a, low_b):  # one of them is zero
            return Series({}, EXACT)
        self.field.check_time()
        order = min(_shift(a.order, low_b), _shift(b.order, low_a))
        cap = min(order, low_a + low_b + self.length)
        terms: dict[int, Polynomial] = {}
        lost = False
        for i, c in a.terms.items():
            for j, d in b.terms.items():
                if i + j >= cap:
                    lost = True
                else:
                    terms[i + j] = terms[i + j] + c * d if i + j in terms else c * d
        return self.series(terms, cap if lost else order)

    def _split(self, a: Series) -> tuple[int, Polynomial, Series]:
        """a = c u**k (1 + e): k, c and e. c must be a number, and its sign certain."""
        if not a.terms:
            raise Undecided("an expansion shows no leading term")
        k = min(a.terms)
        c = a.terms[k]
        if c.degrees()[LOG_U]:
            raise Undecided("a logarithm inside a root or a logarithm")
        self.field.sign_of_number(c)
        over = self._inverse(c)
        rest = {i - k: d * over for i, d in a.terms.items() if i > k}
        return k, c, self.series(rest, _shift(a.order, -k))

    def _inverse(self, c: Polynomial) -> Polynomial:
        """1/c for a number c: a rational times powers of roots of rationals."""
        if c.is_constant():
            return self.field.constant(1 / c.leading_coefficient())
        if len(c) == 1:
            over = self.field.constant(1 / c.leading_coefficient())
            for g in self.field.members(c):
                k = c.degrees()[g.index]
                if g.kind == "root" and g.of is not None and g.of.num.is_constant():
                    over *= self.field.symbols[g.index] ** (g.order - k)
                    over /= g.of.num.leading_coefficient()
                elif g.kind == "exp" and g.of is not None:
                    minus = Quotient(-g.of.num, g.of.den)
                    over *= self.field.exp(minus) ** k
                else:
                    break
            else:
                return over
        (*_, g) = self.field.members(c)
        if g.kind == "root" and g.order == 2:  # 1/(a + b g) = (a - b g)/(a**2 - b**2 R)
            parts = self.field.coefficients(c, g.index)
            a, b = (parts.get(k, self.field.constant(0)) for k in (0, 1))
            conjugate = a - b * self.field.symbols[g.index]
            return self.field.reduce(conjugate * self._inverse(self.field.reduce(c * conjugate)))
        raise Undecided("an expansion must divide by a number that is not algebraic")

    def _compose(self, a: Series, weights: list[Rational]) -> Series:
        """sum of weights[n] * a**n for a series a without constant term."""
        result = Series({}, EXACT)
        for w in reversed(weights):
            head = Series({0: self.field.constant(w)} if w != 0 else {}, EXACT)
            result = self.add(head, self.multiply(a, result))
        low = min(a.terms, default=a.order)
        if low >= EXACT:  # a is zero
            return result
        return self.series(result.terms, min(result.order, low * len(weights)))

    def _count(self, a: Series) -> int:
        """How many powers of a matter."""
        low = min(a.terms, default=a.order)
        if low <= 0:
            raise Undecided("an expansion does not start with a number")
        return 1 if low >= EXACT else self.length // low + 2

    # -- generators -------------------------------------------------------------------------------

    def generator(self, g: Generator) -> Scaled:
        if g.index not in self._cache:
            self._cache[g.index] = self._expand(g)
        return self._cache[g.index]

    def _expand(self, g: Generator) -> Scaled:
        symbol = self.field.symbols[g.index]
        if not self.field.moves(g):
            return (), Series({0: symbol}, EXACT)
        if g.of is None:
            return (), self._variable()
        if g.kind == "exp":
            scale, w = self._quotient(g.of)
            if scale:
                raise Undecided("an exponential of an exponential that grows at the end")
            return self._exponential(w)
        scale, inside = self._dominant(g.of.num)
        k, c, rest = self._split(inside)
        if self.field.sign_of_number(c) < 0:
            raise Undecided("the expansion of a positive function is negative")
        if g.kind == "log":
            weights = [Rational(0)]
            weights += [Rational((-1) ** (n + 1), n) for n in range(1, self._count(rest))]
            head = {0: self._log(c) + Rational(k, self.unit) * self.field.symbols[LOG_U]}
            head |= dict(scale)  # log exp(w) = w
            return (), self.add(self.series(head), self._compose(rest, weights))
        r = Rational(1, g.order)
        weights = [Rational(1)]
        for n in range(1, self._count(rest)):
            weights.append(weights[-1] * (r - (n - 1)) / n)
        if k % g.order:
            raise Undecided("a power of u of higher order than the roots")
        head = {k // g.order: self._root(c, g.order)}
        scale = tuple((i, d * r) for i, d in scale)
        return scale, self.multiply(self.series(head), self._compose(rest, weights))

    def _variable(self) -> Series:
        one = self.field.constant(1)
        if self.end.at is None:
            return Series({-self.unit: -one * self.end.side}, EXACT)
        terms = {0: self.field.constant(self.end.at), self.unit: one * self.end.side}
        return self.series(terms)

    def _dominant(self, poly: Polynomial) -> Scaled:
        """The largest exponential scale; the others are below every power of u beside it."""
        groups = self._ordered(poly)
        if not groups:
            return (), Series({}, EXACT)
        scale, series = groups[0]
        if len(groups) > 1:
            series = self.series(series.terms, min(series.order, BEYOND))
        return scale, series

    def _quotient(self, a: Quotient) -> Scaled:
        """num / den, on the scale that dominates each."""
        if a.den.is_constant():
            scale, series = self._dominant(a.num)
            factor = Series({0: self.field.constant(1 / a.den.leading_coefficient())}, EXACT)
            return scale, self.multiply(series, factor)
        (above, num), (below, den) = self._dominant(a.num), self._dominant(a.den)
        k, c, rest = self._split(den)
        weights = [Rational((-1) ** n) for n in range(self._count(rest))]
        over = self.multiply(self.series({-k: self._inverse(c)}), self._compose(rest, weights))
        return self._difference(above, below), self.multiply(num, over)

    def _exponential(self, w: Series) -> Scaled:
        if w.order <= 0:
            raise Undecided("an exponent is not known up to a constant")
        scale = tuple(sorted((k, c) for k, c in w.terms.items() if k < 0))
        c = w.terms.get(0, self.field.constant(0))
        power = 0
        logs = self.field.coefficients(c, LOG_U)
        if any(k > 1 for k in logs) or not logs.get(1, c * 0).is_constant():
            raise Undecided("an exponent grows like a power of a logarithm")
        if 1 in logs:  # exp(r log u) = u**r
            r = logs[1].leading_coefficient() * self.unit
            if r.q != 1:
                raise Undecided("a power of u of higher order than the roots")
            power, c = int(r.p), logs.get(0, c * 0)
        rest = self.series({k: d for k, d in w.terms.items() if k > 0}, w.order)
        weights = [Rational(1)]
        for n in range(1, self._count(rest)):
            weights.append(weights[-1] / n)
        head = {power: self._exp(c)}
        return scale, self.multiply(self.series(head), self._compose(rest, weights))

    # -- numbers ----------------------------------------------------------------------------------

    def _primes(self, c: Polynomial) -> dict[int, int] | None:
        """c > 0 as a product of prime powers, None for a number that is not rational."""
        if not c.is_constant():
            return None
        value = c.leading_coefficient()
        return dict(bases(value.p)) | {p: -k for p, k in bases(value.q)}

    def _log(self, c: Polynomial) -> Polynomial:
        primes = self._primes(c)
        if primes is None:
            return self.field.log(c)
        total = self.field.constant(0)
        for p, k in primes.items():
            total += k * self.field.log(self.field.constant(p))
        return total

    def _root(self, c: Polynomial, order: int) -> Polynomial:
        primes = self._primes(c)
        if primes is None:
            return self.field.root(c, order)
        total = self.field.constant(1)
        for p, k in primes.items():
            whole, part = divmod(k, order)
            total *= Rational(p) ** whole
            if part:
                total *= self.field.root(self.field.constant(p), order) ** part
        return total

    def _exp(self, c: Polynomial) -> Polynomial:
        return self.field.constant(1) if c.is_zero() else self.field.exp(self.field.whole(c))

    # -- polynomials ------------------------------------------------------------------------------

    def polynomial(self, poly: Polynomial) -> list[Scaled]:
        """The expansion, one entry an exponential scale."""
        groups: dict[str, Scaled] = {}
        for powers, c in poly.terms():
            scale: dict[int, Polynomial] = {}
            term = Series({0: self.field.constant(c)}, EXACT)
            for g in self.field.generators:
                k = powers[g.index]
                if not k:
                    continue
                inner, base = self.generator(g)
                for i, d in inner:
                    scale[i] = scale[i] + k * d if i in scale else k * d
                term = self.multiply(term, self._power(g.index, base, k))
            if powers[LOG_U]:
                raise Undecided("log u is not a function")
            kept = tuple(sorted((i, d) for i, d in scale.items() if not d.is_zero()))
            key = str(kept)
            before = groups[key][1] if key in groups else Series({}, EXACT)
            groups[key] = kept, self.add(before, term)
        return list(groups.values())

    def _power(self, index: int, base: Series, k: int) -> Series:
        if k == 1:
            return base
        if (index, k) not in self._powers:
            below = self._power(index, base, k - 1)
            self._powers[index, k] = self.multiply(below, base)
        return self._powers[index, k]

    def sign_of_coefficient(self, c: Polynomial) -> int:
        """The sign of a polynomial in log u as log u -> -oo."""
        logs = self.field.coefficients(c, LOG_U)
        k = max(logs)
        return -self.field.sign_of_number(logs[k]) if k % 2 else self.field.sign_of_number(logs[k])

    def sign_of_scale(self, scale: Scale) -> int:
        return self.sign_of_coefficient(min(scale, key=lambda row: row[0])[1]) if scale else 0

    def _difference(self, a: Scale, b: Scale) -> Scale:
        rest = dict(a)
        for k, c in b:
            rest[k] = rest[k] - c if k in rest else -c
        reduced = ((k, self.field.reduce(c)) for k, c in rest.items())
        return tuple((k, c) for k, c in reduced if not c.is_zero())

    def compare(self, a: Scale, b: Scale) -> int:
        """The sign of the difference of two exponents near the end, 0 where they are equal."""
        return self.sign_of_scale(self._difference(a, b))

    def _compare(self, a: Scaled, b: Scaled) -> int:
        """The sign of the difference of the exponents of two groups near the end."""
        sign = self.compare(a[0], b[0])
        if not sign:
            raise Undecided("two exponential scales that may be one")
        return sign

    def _ordered(self, poly: Polynomial) -> list[Scaled]:
        """The groups of a polynomial, the largest exponential scale first."""
        return sorted(self.polynomial(poly), key=cmp_to_key(self._compare), reverse=True)

    def leading(self, poly: Polynomial) -> Leading | None:
        """The leading term; None when the terms kept do not reach it."""
        for scale, series in self._ordered(poly):
            for k in sorted(series.terms):
                c = series.terms[k]
                sign = self.sign_of_coefficient(c)
                return Leading(sign, scale, self.sign_of_scale(scale), Rational(k, self.unit), c)
            if series.order < EXACT:
                return None
        raise Undecided("an expansion vanishes identically")


def _shift(order: int, by: int) -> int:
    return order if order == EXACT else order + by  # BEYOND stays beyond


def _unit(field: Field) -> int:
    """M: every root may take a root of u, and a root of a root one of that."""
    depth: dict[int, int] = {}
    for g in field.generators:
        inner = 1
        if g.of is not None:
            for poly in g.of:
                inner = lcm(inner, *(depth[m.index] for m in field.members(poly)))
        depth[g.index] = inner * (g.order if g.kind == "root" and field.moves(g) else 1)
    return lcm(*depth.values())


def leading(field: Field, poly: Polynomial, end: End) -> Leading:
    """The leading term of a polynomial of the field at an end of (a part of) its interval.

    Raises Undecided when no expansion shows it.
    """
    for length in LENGTHS:
        found = Expansion(field, end, length).leading(poly)
        if found is not None:
            return found
    raise Undecided("the expansion at an end vanishes to high order")
