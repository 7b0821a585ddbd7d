"""What each tactic believes: the operations of sympy, flint and z3 that it calls, by module.

A rule that only puts Proofs together believes sympy's expressions and itself; what it calls besides
is an operation of the tactic that it calls.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["OPERATIONS", "TACTICS", "Engine", "Operation"]


@dataclass(frozen=True)
class Operation:
    """modules: those of this folder that call `library` for it."""

    library: str
    modules: tuple[str, ...]
    what: str


OPERATIONS = {
    "expressions": Operation(
        "sympy",
        ("door", "proof", "scope", "total", "statement"),
        "expressions are built, compared, substituted into and differentiated; the assumptions "
        "of a symbol decide what is 0 or positive on sight",
    ),
    "normal form": Operation(
        "sympy",
        ("tower",),
        "together, cancel, expand, factor_list and Poly over the rationals, in several variables",
    ),
    "hypergeometric terms": Operation(
        "sympy", ("series",), "ratios of terms with together, cancel and Poly; coefficients read"
    ),
    "ladder": Operation(
        "flint",
        ("generators", "lifting", "patterns"),
        "fmpq_mpoly and fmpz_poly: arithmetic, factors, roots isolated by acb boxes",
    ),
    "second look": Operation(
        "flint", ("decide", "points"), "arb balls of the expression as it was asked, at points"
    ),
    "balls at points": Operation(
        "flint", ("balls",), "arb balls of both sides at 32 rational points of the domain"
    ),
    "cover": Operation(
        "flint", ("enclosure",), "arb balls and their derivatives over boxes that cover a domain"
    ),
    "expansions": Operation(
        "flint", ("expansion", "limits"), "series with rational coefficients; arb for their signs"
    ),
    "nonlinear arithmetic": Operation(
        "z3", ("implication",), "the answer unsat of nlsat for real polynomial relations"
    ),
}


@dataclass(frozen=True)
class Engine:
    """operations: keys of OPERATIONS. second: the one that has looked at each fact of the tactic
    independently of the first, if there is one."""

    module: str
    operations: tuple[str, ...]
    second: str = ""


_ONE_VARIABLE = ("expressions", "ladder", "second look", "balls at points", "normal form", "cover")
_BY_RULE = ("expressions",)
_BY_CASES = ("expressions", "nonlinear arithmetic")
_BY_IDENTITY = ("expressions", "normal form", "balls at points")

TACTICS = {
    "prove_identity": Engine("identity", _BY_IDENTITY, "balls at points"),
    "prove_integral": Engine("identity", _BY_IDENTITY),
    "prove_positive": Engine("inequality", _ONE_VARIABLE, "balls at points, or a second look"),
    "prove_nonnegative": Engine("inequality", _ONE_VARIABLE, "balls at points, or a second look"),
    "prove_implication": Engine("implication", ("expressions", "nonlinear arithmetic")),
    "prove_limit": Engine("limits", ("expressions", "ladder", "expansions")),
    "prove_expansion": Engine("limits", ("expressions", "ladder", "expansions")),
    "prove_monotone": Engine("limits", _ONE_VARIABLE),
    "prove_series": Engine("series", (*_BY_IDENTITY, "hypergeometric terms")),
    "prove_series_comparison": Engine("series", ("expressions", "hypergeometric terms")),
    "prove_terms_nonnegative": Engine("series", ("expressions", "hypergeometric terms")),
    "prove_by_shift": Engine("series", ("expressions", "hypergeometric terms")),
    "prove_elasticity_increases": Engine("series", ("expressions", "hypergeometric terms")),
    **dict.fromkeys(("discharge", "by_cases"), Engine("cut", _BY_CASES)),
    **dict.fromkeys(("rename", "relabel", "times"), Engine("cut", _BY_RULE)),
    **dict.fromkeys(
        ("instantiate", "sum_termwise", "jensen", "midpoint", "kkt", "never_above_its_start"),
        Engine("rules", _BY_IDENTITY),
    ),
    **dict.fromkeys(
        ("extremes_on_l1_sphere", "extremes_on_l2_sphere"), Engine("rules", _BY_IDENTITY)
    ),
    **dict.fromkeys(
        (
            *("above_its_tangents", "above_its_tangents_along", "never_falls", "pair_with_rows"),
            *("entry_below_sum", "transpose", "split_sums", "multiply_out"),
        ),
        Engine("vectors", (*_BY_IDENTITY, "nonlinear arithmetic")),
    ),
}
