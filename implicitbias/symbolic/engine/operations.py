"""What there is to believe: operations of sympy, flint and z3, by the modules that call them.

A tactic says in `@tactic(engine=..)` which of them it calls itself; all call "expressions".
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["OPERATIONS", "Operation"]


@dataclass(frozen=True)
class Operation:
    """Something that a library does.

    Attributes:
        library: its name.
        modules: those of `implicitbias.symbolic` that call it.
        what: in words.
    """

    library: str
    modules: tuple[str, ...]
    what: str


OPERATIONS = {
    "expressions": Operation(
        "sympy",
        (
            "engine.domain",
            "language.kernel",
            "language.proof",
            "language.scope",
            "language.total",
            "language.statement",
        ),
        "expressions are built, compared, substituted into and differentiated; the assumptions "
        "of a symbol decide what is 0 or positive on sight",
    ),
    "normal form": Operation(
        "sympy",
        ("engine.tower", "engine.polynomials"),
        "together, cancel, expand, factor_list and Poly over the rationals, in several variables",
    ),
    "hypergeometric terms": Operation(
        "sympy",
        ("engine.hypergeometric", "engine.shift"),
        "ratios of terms with together, cancel and Poly; coefficients read",
    ),
    "sign tables": Operation(
        "flint",
        ("engine.generators", "engine.lifting", "engine.sign_tables"),
        "fmpq_mpoly and fmpz_poly: arithmetic, factors, roots isolated by acb boxes",
    ),
    "cross-check": Operation(
        "flint",
        ("engine.sign", "engine.points", "engine.growth"),
        "arb balls of the expression as it was asked, at points",
    ),
    "balls at points": Operation(
        "flint", ("engine.balls",), "arb balls of both sides at 32 rational points of the domain"
    ),
    "cover": Operation(
        "flint", ("engine.cover",), "arb balls and their derivatives over boxes that cover a domain"
    ),
    "expansions": Operation(
        "flint",
        ("engine.expansion", "engine.growth"),
        "series with rational coefficients; arb for their signs",
    ),
    "nonlinear arithmetic": Operation(
        "z3", ("engine.nlsat",), "the answer unsat of nlsat for real polynomial relations"
    ),
}
