"""Signs of rational functions above lower bounds: every symbol is moved to its bound.

`k >= 0` and `p > 1` are moved to the origin; a polynomial with no negative coefficient is then
nonnegative.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product

import sympy as sp

from implicitbias.symbolic.language.proof import Undecided

__all__ = ["Orthant"]


@dataclass(frozen=True)
class Orthant:
    """All values above a bound of some symbols.

    Attributes:
        bounds: {symbol: rational}; an integer symbol stands for all real values above its bound.
        opened: the symbols that are strictly above.
    """

    bounds: dict[sp.Symbol, sp.Rational]
    opened: frozenset[sp.Symbol]

    @classmethod
    def above(cls, given: Sequence[sp.Basic]) -> Orthant:
        """Where rows `symbol >= number` or `symbol > number` hold.

        Raises:
            TypeError: another row, or two for one symbol.
        """
        rows = list(map(_bound, given))
        bounds = {symbol: bound for symbol, bound, _ in rows}
        if len(bounds) < len(rows):
            raise TypeError(f"one bound for every symbol, got {list(given)}")
        return cls(bounds, frozenset(symbol for symbol, _, is_open in rows if is_open))

    def points(self) -> Iterator[dict[sp.Symbol, sp.Rational]]:
        """Exact points, the small ones first."""
        axes = []
        for symbol, bound in self.bounds.items():
            is_open = symbol in self.opened
            steps: tuple[sp.Rational, ...] = tuple(map(sp.Integer, (0, 1, 2, 3, 5, 10, 50, 10**6)))
            start = bound
            if symbol.is_integer:
                start = sp.ceiling(bound) + (1 if is_open and bound.is_integer else 0)
            else:
                steps += tuple(sp.Rational(1, k) for k in (2, 10, 10**3, 10**6, 10**12))
                steps = steps[1:] if is_open else steps
            axes.append([(symbol, start + step) for step in steps])
        for rows in product(*axes):
            yield dict(rows)

    def is_nonnegative(self, expr: sp.Expr, *, strict: bool) -> bool:
        """Whether coefficients show that a quotient of polynomials is >= 0 (strict: > 0).

        Raises:
            Undecided: not such a quotient.
        """
        numerator, denominator = map(self._moved, sp.fraction(sp.together(expr)))
        sign = self._sign(denominator, strict=True)
        return bool(sign) and self._sign(sign * numerator, strict=strict) > 0

    def check_rational(self, expr: sp.Expr) -> None:
        """Undecided unless it is a rational function of the symbols, without a pole."""
        if isinstance(expr, sp.Rational) or expr in self.bounds:
            return
        if isinstance(expr, sp.Pow) and isinstance(expr.exp, sp.Integer):
            if expr.exp < 0:
                self._check_nonzero(expr.base)
        elif not isinstance(expr, sp.Add | sp.Mul):
            raise Undecided(f"not a rational function of the symbols with bounds: {expr}")
        for part in expr.args:
            self.check_rational(part)

    def _check_nonzero(self, base: sp.Expr) -> None:
        inside, _ = sp.fraction(sp.together(base))
        if not self._sign(self._moved(inside), strict=True):
            raise Undecided(f"{base} may be zero")

    def _moved(self, part: sp.Expr) -> sp.Poly:
        gens = sorted(self.bounds, key=sp.default_sort_key) or [sp.Dummy()]  # a constant has none
        shifted = part.subs({x: x + bound for x, bound in self.bounds.items()}, simultaneous=True)
        try:
            return sp.Poly(shifted, *gens, domain="QQ")
        except (sp.PolynomialError, sp.CoercionFailed) as error:
            raise Undecided(f"not a rational function: {part}") from error

    def _sign(self, poly: sp.Poly, *, strict: bool) -> int:
        """1 or -1 when all coefficients have this sign; strict: and one term is certainly not 0."""
        if poly.is_zero:
            return 0 if strict else 1
        coefficients = poly.coeffs()
        sign = 1 if coefficients[0] > 0 else -1
        if any(sign * c < 0 for c in coefficients):
            return 0
        certain = any(
            all(x in self.opened for x, k in zip(poly.gens, powers, strict=True) if k)
            for powers in poly.monoms()
        )
        return sign if certain or not strict else 0


def _bound(row: sp.Basic) -> tuple[sp.Symbol, sp.Rational, bool]:
    if isinstance(row, sp.Ge | sp.Gt | sp.Le | sp.Lt):
        symbol, bound = row.gts, row.lts
        if isinstance(symbol, sp.Symbol) and symbol.is_real and isinstance(bound, sp.Rational):
            return symbol, bound, isinstance(row, sp.Gt | sp.Lt)
    raise TypeError(f"a bound is `symbol >= number` or `symbol > number`, got {row}")
