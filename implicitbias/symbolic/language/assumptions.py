"""What a symbol assumes, as relations."""

from __future__ import annotations

from collections.abc import Callable

import sympy as sp

__all__ = ["assumed_sign", "rows_assumed"]


def assumed_sign(expr: sp.Expr) -> Callable[..., sp.Basic] | None:
    """The relation to 0 that is known of an expression on sight; None where it has no sign."""
    rows: tuple[tuple[bool | None, Callable[..., sp.Basic]], ...] = (
        (expr.is_positive, sp.Gt),
        (expr.is_negative, sp.Lt),
        (expr.is_nonnegative, sp.Ge),
        (expr.is_nonpositive, sp.Le),
    )
    return next((relation for known, relation in rows if known), None)


def rows_assumed(symbol: sp.Symbol, value: sp.Expr) -> list[sp.Basic]:
    """What the symbol assumes, asked of a value in its place.

    Raises:
        TypeError: it is an integer, and the value may not be.
    """
    if symbol.is_integer and not value.is_integer:
        raise TypeError(f"{symbol} is an integer and {value} may not be")
    relation = assumed_sign(symbol)
    return [] if relation is None else [relation(value, 0)]
