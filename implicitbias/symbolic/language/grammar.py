"""The functions that an expression may have, and where each of them is real.

Beside them it has numbers, real symbols, unknowns, sums, products and powers. Every engine has a
table `FORMULAS` of the functions that it handles, by formulas of its own, and a set `DECLINES` of
those that it does not; a function that is listed here and in neither fails `test_grammar.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import sympy as sp

__all__ = ["FUNCTIONS", "Where"]


@dataclass(frozen=True)
class Where:
    """Which real arguments a function takes; it is continuous there.

    Attributes:
        positive: what has to be positive, of its arguments.
        otherwise: in words, what an argument is for which it is not.
    """

    positive: Callable[..., tuple[sp.Expr, ...]]
    otherwise: str


EVERYWHERE = Where(lambda *_: (), "")

FUNCTIONS: dict[type[sp.Basic], Where] = {
    sp.exp: EVERYWHERE,
    sp.log: Where(lambda u: (u,), "is not positive"),
    sp.sinh: EVERYWHERE,
    sp.cosh: EVERYWHERE,
    sp.tanh: EVERYWHERE,
    sp.asinh: EVERYWHERE,
    sp.atanh: Where(lambda u: (1 - u, 1 + u), "is not in (-1, 1)"),
    sp.Abs: EVERYWHERE,
    sp.Max: EVERYWHERE,
    sp.Min: EVERYWHERE,
}
