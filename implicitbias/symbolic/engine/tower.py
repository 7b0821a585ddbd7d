"""One tower of generators: the normal form of expressions in several unknowns.

`Tower.lift` rewrites an expression into a rational function of
  - its symbols and opaque atoms (`f(t)`, its derivatives, an integral of it, `X[n, i]`), all real;
  - powers `B = f**m` of a base f that is positive on the whole domain, with m a monomial such as
    `1/a` or `p*x`; `exp(u)` is the base E, and `exp(c*log f)` is `f**c`. A rational power of B is
    written as such; the only relation it has is `B = f` at m = 1;
  - logarithms `log f` of such bases, with f a prime or an irreducible polynomial.
Integer parts of an exponent leave it (`f**(m + n) = f**m * f**n`), products and contents split off,
so that `sqrt(z**2/4 + 1)` and `sqrt(z**2 + 4)/2` are lifted to the same expression.

Every base, argument of a logarithm and denominator on the way must have a sign that is constant
on the domain and that `Tower.sign` can prove; otherwise lift raises Undecided. So an expression
that is lifted is defined, real and smooth on all of the domain, and its lift equals it there.
"""

from __future__ import annotations

from collections.abc import Callable

import sympy as sp

from implicitbias.symbolic.engine.domain import Domains
from implicitbias.symbolic.engine.polynomials import Sign, sign_by_coefficients, sign_by_roots
from implicitbias.symbolic.language.proof import Undecided
from implicitbias.symbolic.language.scope import is_opaque

__all__ = ["Tower"]

SMALL_PRIME = 2**16  # what is left of a number is not factored: that may take forever
LARGEST_ROOT = 1000  # polynomials in a root have its order as degree


class Tower:
    """The generators of one statement; every expression that is compared is lifted by one tower."""

    def __init__(self, domains: Domains) -> None:
        self._intervals = dict(domains.intervals)
        self._opaque: dict[sp.Expr, sp.Dummy] = {}
        self._powers: dict[sp.Dummy, tuple[sp.Expr, sp.Expr]] = {}  # B: (f, m)
        self._logs: dict[sp.Dummy, sp.Expr] = {}
        self._signs: dict[sp.Expr, Sign] = {}
        self._factored: dict[sp.Expr, tuple[Sign, list[tuple[sp.Expr, sp.Rational]]]] = {}
        for hypothesis in domains.positive:
            self._assume_positive(self.lift(hypothesis))

    # -- lifting ----------------------------------------------------------------------------------

    def lift(self, expr: sp.Expr) -> sp.Expr:
        """`expr` as a rational function of generators.

        Raises:
            Undecided: unless it is shown to be defined on the domain.
        """
        if isinstance(expr, sp.Rational | sp.Symbol):
            return expr
        if is_opaque(expr) or expr is sp.pi:
            return self._atom(expr)
        if expr is sp.E:
            return self._exp(sp.Integer(1))
        args = [self.lift(arg) for arg in expr.args]
        if isinstance(expr, sp.Add | sp.Mul):
            return expr.func(*args)
        if isinstance(expr, sp.Pow):
            return self._power(*args)
        if expr.func in FORMULAS:
            return FORMULAS[expr.func](self, args[0])
        raise Undecided(f"no normal form for {expr.func.__name__} in {expr}")

    def _sinh(self, argument: sp.Expr) -> sp.Expr:
        up = self._exp(argument)
        return (up - 1 / up) / 2

    def _cosh(self, argument: sp.Expr) -> sp.Expr:
        up = self._exp(argument)
        return (up + 1 / up) / 2

    def _tanh(self, argument: sp.Expr) -> sp.Expr:
        up = self._exp(2 * argument)
        return (up - 1) / (up + 1)

    def _asinh(self, argument: sp.Expr) -> sp.Expr:
        return self._log(argument + self._power(argument**2 + 1, sp.Rational(1, 2)))

    def _atanh(self, argument: sp.Expr) -> sp.Expr:
        return (self._log(1 + argument) - self._log(1 - argument)) / 2

    def _abs(self, argument: sp.Expr) -> sp.Expr:
        return self._certain_sign(argument) * argument

    def _atom(self, expr: sp.Expr) -> sp.Dummy:
        if expr not in self._opaque:
            atom = self._opaque[expr] = sp.Dummy(f"<{expr}>", real=True)
            self._intervals[atom] = (
                (sp.Integer(3), sp.Integer(4)) if expr is sp.pi else self._intervals[expr]
            )
        return self._opaque[expr]

    def _power(self, base: sp.Expr, exponent: sp.Expr) -> sp.Expr:
        if isinstance(exponent, sp.Integer):
            if exponent < 0:
                self._certain_sign(base)
            return base**exponent
        return sp.Mul(*(self._raise(f, k * exponent) for f, k in self._positive_factors(base)))

    def _raise(self, base: sp.Expr, exponent: sp.Expr) -> sp.Expr:
        """base**exponent, one factor for each monomial of the exponent."""
        if base in self._powers:
            inner, monomial = self._powers[base]
            return self._raise(inner, exponent * monomial)
        if base is sp.E:
            return self._exp(exponent)
        factors = []
        for c, monomial in self._terms(exponent):
            whole = sp.floor(c) if monomial == 1 else sp.Integer(0)
            factors.append(base**whole * self._generator(base, monomial) ** (c - whole))
        return sp.Mul(*factors)

    def _exp(self, exponent: sp.Expr) -> sp.Expr:
        """exp(c*m*log f) is (f**m)**c; any other monomial m gives (E**m)**c."""
        factors = []
        for c, monomial in self._terms(exponent):
            log = next((x for x in self._logs if self._splits_off(x, monomial)), None)
            if log is None:
                factors.append(self._generator(sp.E, monomial) ** c)
            else:
                factors.append(self._generator(self._logs[log], sp.cancel(monomial / log)) ** c)
        return sp.Mul(*factors)

    @staticmethod
    def _splits_off(log: sp.Dummy, monomial: sp.Expr) -> bool:
        return monomial.has(log) and not sp.cancel(monomial / log).has(log)

    def _log(self, argument: sp.Expr) -> sp.Expr:
        terms: list[sp.Expr] = []
        for f, k in self._positive_factors(argument):
            base, monomial = self._powers.get(f, (f, sp.Integer(1)))
            log = sp.Integer(1) if base is sp.E else self._logarithm(base)
            terms.append(k * monomial * log)
        return sp.Add(*terms)

    def _generator(self, base: sp.Expr, monomial: sp.Expr) -> sp.Dummy:
        for known, key in self._powers.items():
            if key == (base, monomial):
                return known
        new = sp.Dummy(f"({base})^({monomial})", positive=True)
        self._powers[new] = (base, monomial)
        self._intervals[new] = self._locate(base, monomial)
        return new

    def _locate(self, base: sp.Expr, monomial: sp.Expr) -> tuple[sp.Expr, sp.Expr]:
        """base**monomial > 1 when base - 1 and the monomial have one sign, < 1 when they differ."""
        above = 1 if base is sp.E else self.sign_of(base - 1)
        sign = above * self.sign_of(monomial)
        return sp.Integer(sign > 0), sp.Integer(1) if sign < 0 else sp.oo

    def _logarithm(self, base: sp.Expr) -> sp.Dummy:
        for known, key in self._logs.items():
            if key == base:
                return known
        new = sp.Dummy(f"log({base})", real=True)
        self._logs[new] = base
        sign = self.sign_of(base - 1)  # log f > 0 where f > 1
        lower = sp.Integer(0) if sign > 0 else sp.S.NegativeInfinity
        self._intervals[new] = lower, sp.Integer(0) if sign < 0 else sp.S.Infinity
        return new

    # -- polynomials ------------------------------------------------------------------------------

    def _whole(self, *exprs: sp.Expr) -> tuple[list[sp.Expr], dict[sp.Expr, sp.Expr]]:
        """Replace each B by g**N, N clearing the exponents of B; also the way back {g: B**(1/N)}.

        The g's are positive, so the substitution is a bijection of the domain.
        """
        forth, back = {}, {}
        for b in set().union(*(e.free_symbols for e in exprs)) & set(self._powers):
            exponents = (p.exp for e in exprs for p in e.atoms(sp.Pow) if p.base == b)
            order = sp.ilcm(1, 1, *(e.q for e in exponents if isinstance(e, sp.Rational)))
            if order > LARGEST_ROOT:
                raise Undecided(f"a root of order {order} of {self._powers[b][0]} is too high")
            if order > 1:
                g = sp.Dummy(b.name, positive=True)
                forth[b], back[g] = g**order, b ** sp.Rational(1, order)
        return [e.xreplace(forth) for e in exprs], back

    def _terms(self, expr: sp.Expr) -> list[tuple[sp.Rational, sp.Expr]]:
        """expr = sum of c*m: rational c, and m a monomial, or one over a monic denominator."""
        (expr,), back = self._whole(expr)
        numerator, denominator = sp.fraction(sp.cancel(expr))
        gens = sorted(expr.free_symbols, key=sp.default_sort_key)
        if not gens:
            return [(expr, sp.Integer(1))] if expr else []
        monic = sp.Poly(denominator, *gens, domain="QQ")
        numerator = sp.Poly(numerator, *gens, domain="QQ").quo_ground(monic.LC())
        monic = monic.monic()
        if len(monic.terms()) == 1:  # Laurent monomials
            parts = [(numerator, monic)]
        else:
            quotient, remainder = sp.div(numerator, monic)
            parts = [(quotient, monic.one), (remainder, monic)]
        return [
            (
                c,
                (
                    sp.prod(g**k for g, k in zip(gens, powers, strict=True)) / over.as_expr()
                ).xreplace(back),
            )
            for part, over in parts
            for powers, c in part.terms()
            if c
        ]

    def _factors(self, expr: sp.Expr) -> tuple[Sign, list[tuple[sp.Expr, sp.Rational]]]:
        """Sign and [(f, k)]: primes, generators and irreducible polynomials; the sign is of the
        constant, and of every factor that `sign` knows to be negative (its -f is listed)."""
        sign, parts = self._irreducible(expr)
        rows = []
        for f, k in parts:
            if f.is_Integer or f in self._powers or self.sign(f) >= 0:
                rows.append((f, k))
            else:
                sign = -sign if k % 2 else sign
                rows.append((-f, k))
        return sign, rows

    def _irreducible(self, expr: sp.Expr) -> tuple[Sign, list[tuple[sp.Expr, sp.Rational]]]:
        """The same, whatever is known of the signs of the factors; each expression once."""
        if expr in self._factored:
            return self._factored[expr]
        (whole,), back = self._whole(expr)
        numerator, denominator = sp.fraction(sp.cancel(sp.together(whole)))
        if numerator == 0:
            raise Undecided("a denominator, base or argument of log is zero")
        sign, rows = 1, []
        for poly, way in ((numerator, 1), (denominator, -1)):
            content, factors = sp.factor_list(poly)
            if content < 0:
                sign, content = -sign, -content
            primes = sp.factorrat(sp.Rational(content), limit=SMALL_PRIME)
            rows += [(sp.Integer(p), sp.Rational(way * k)) for p, k in primes.items()]
            for factor, multiplicity in factors:
                f, k = factor.xreplace(back).expand(), sp.Rational(way * multiplicity)
                is_root = f.is_Pow and f.base in self._powers  # g = B**(1/N)
                rows.append((f.base, k * f.exp) if is_root else (f, k))
        self._factored[expr] = sign, rows
        return sign, rows

    def _positive_factors(self, expr: sp.Expr) -> list[tuple[sp.Expr, sp.Rational]]:
        sign, rows = self._factors(expr)
        if sign < 0 or any(self.sign(f) <= 0 for f, _ in rows):
            raise Undecided(
                f"a base or argument of log is not provably positive: {self.show(expr)}"
            )
        return rows

    def _certain_sign(self, expr: sp.Expr) -> Sign:
        sign, rows = self._factors(expr)
        if any(self.sign(f) <= 0 for f, _ in rows):
            raise Undecided(f"cannot prove that this has no zero on the domain: {self.show(expr)}")
        return sign

    def _reduce(self, expr: sp.Expr) -> sp.Expr:
        """`expr` with its numerator reduced by the relations B = f at m = 1."""
        relations = [(b, f) for b, (f, m) in self._powers.items() if m == 1 and f is not sp.E]
        (expr, *bases), back = self._whole(expr, *(f for _, f in relations))
        roots = {b.base: (g, 1 / b.exp) for g, b in back.items()}
        result, denominator = sp.fraction(sp.cancel(sp.together(expr)))
        newest_first = reversed(list(zip(relations, bases, strict=True)))
        for (b, _), f in newest_first:  # f has older generators only
            g, order = roots.get(b, (b, sp.Integer(1)))
            poly = sp.Poly(result, g)
            result = sp.Add(*(c * f ** (k // order) * g ** (k % order) for (k,), c in poly.terms()))
            result = sp.expand(result)
        return (result / denominator).xreplace(back)

    def is_zero(self, lifted: sp.Expr) -> bool:
        """Whether the normal form is zero: sufficient for being zero on the domain."""
        return bool(self._reduce(lifted) == 0)

    def show(self, lifted: sp.Expr) -> sp.Expr:
        """A lifted expression for a reader: generators written out."""
        names: dict[sp.Expr, sp.Expr] = {atom: expr for expr, atom in self._opaque.items()}
        names |= {b: f**m for b, (f, m) in self._powers.items()}
        names |= {x: sp.log(f) for x, f in self._logs.items()}
        for _ in range(len(names)):  # a generator of a generator: as deep as the tower
            lifted = lifted.xreplace(names)
        return lifted

    # -- signs ------------------------------------------------------------------------------------

    def _assume_positive(self, lifted: sp.Expr) -> None:
        sign, rows = self._factors(lifted)
        unknown = [(f, k) for f, k in rows if self.sign(f) == 0]
        if not unknown and sign > 0:
            return  # it says nothing new
        if len(unknown) != 1 or unknown[0][1] % 2 != 1:
            raise Undecided(f"a hypothesis must have one factor of unknown sign: {lifted} > 0")
        f = unknown[0][0]
        self._signs[f], self._signs[-f] = sign, -sign

    def sign_of(self, lifted: sp.Expr) -> Sign:
        """The sign of a lifted expression, constant and never zero on the domain, or 0."""
        try:
            return self._certain_sign(lifted)
        except Undecided:
            return 0

    def is_nonnegative(self, lifted: sp.Expr) -> bool:
        """Whether it is 0 by its form, or a product of squares and of factors of known sign."""
        if self.is_zero(lifted):
            return True
        sign, rows = self._factors(lifted)
        return sign > 0 and all(self.sign(f) > 0 or (k > 0 and k % 2 == 0) for f, k in rows)

    def sign(self, f: sp.Expr) -> Sign:
        """The same for a polynomial in the generators."""
        if f not in self._signs:
            (p,), back = self._whole(f)
            ends = {x: self._interval(x, back) for x in p.free_symbols}
            self._signs[f] = (
                sign_by_coefficients(p, ends)
                or sign_by_roots(p, ends)
                or self._sign_by_conjugate(p, back)
            )
        return self._signs[f]

    def _interval(self, x: sp.Expr, back: dict[sp.Expr, sp.Expr]) -> tuple[sp.Expr, sp.Expr]:
        """That of g = B**(1/N) is that of B: the ends are 0, 1 and oo."""
        lower, upper = self._intervals[back[x].base if x in back else x]
        return lower, upper

    def _sign_by_conjugate(self, p: sp.Expr, back: dict[sp.Expr, sp.Expr]) -> Sign:
        """p = A + C*sqrt(f): where A and C disagree, C**2 * f - A**2 decides. It has no sqrt(f)."""
        for g, power in back.items():
            f, monomial = self._powers[power.base]
            if power.exp != sp.Rational(1, 2) or monomial != 1 or f is sp.E:
                continue
            terms = sp.Poly(p, g).terms()
            a, c = (
                sp.Add(*(k * f ** (n // 2) for (n,), k in terms if n % 2 == odd)).xreplace(back)
                for odd in (0, 1)
            )
            sign_a, sign_c = self.sign_of(a), self.sign_of(c)
            if sign_c and sign_c == sign_a:
                return sign_c
            larger = self.sign_of(c**2 * f - a**2)
            if larger:
                return sign_c if larger > 0 else sign_a
        return 0


FORMULAS: dict[type[sp.Basic], Callable[[Tower, sp.Expr], sp.Expr]] = {
    sp.exp: Tower._exp,
    sp.log: Tower._log,
    sp.sinh: Tower._sinh,
    sp.cosh: Tower._cosh,
    sp.tanh: Tower._tanh,
    sp.asinh: Tower._asinh,
    sp.atanh: Tower._atanh,
    sp.Abs: Tower._abs,
}
DECLINES = frozenset({sp.Max, sp.Min})
