"""What each tactic believes: the operations of sympy, flint and z3 that it calls, by module.

A rule that only puts Proofs together believes sympy's expressions and itself; what it calls besides
is an operation of the tactic that it calls.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["OPERATIONS", "TACTICS", "Engine", "Operation"]


@dataclass(frozen=True)
class Operation:
    """modules: those of ``implicitbias.symbolic`` that call `library` for it."""

    library: str
    modules: tuple[str, ...]
    what: str


OPERATIONS = {
    "expressions": Operation(
        "sympy",
        (
            "engine.domain",
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
        ("engine.tower",),
        "together, cancel, expand, factor_list and Poly over the rationals, in several variables",
    ),
    "hypergeometric terms": Operation(
        "sympy",
        ("tactics.series",),
        "ratios of terms with together, cancel and Poly; coefficients read",
    ),
    "sign tables": Operation(
        "flint",
        ("engine.generators", "engine.lifting", "engine.sign_tables"),
        "fmpq_mpoly and fmpz_poly: arithmetic, factors, roots isolated by acb boxes",
    ),
    "cross-check": Operation(
        "flint",
        ("engine.sign", "engine.points"),
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
        ("engine.expansion", "tactics.limits"),
        "series with rational coefficients; arb for their signs",
    ),
    "nonlinear arithmetic": Operation(
        "z3", ("tactics.implication",), "the answer unsat of nlsat for real polynomial relations"
    ),
}


@dataclass(frozen=True)
class Engine:
    """operations: keys of OPERATIONS. second: the one that has looked at each fact of the tactic
    independently of the first, if there is one."""

    module: str
    operations: tuple[str, ...]
    second: str = ""


_ONE_VARIABLE = (
    *("expressions", "sign tables", "cross-check"),
    *("balls at points", "normal form", "cover"),
)
_POINTS_OR_CHECK = "balls at points, or a cross-check"
_BY_RULE = ("expressions",)
_BY_CASES = ("expressions", "nonlinear arithmetic")
_BY_IDENTITY = ("expressions", "normal form", "balls at points")

TACTICS = {
    "prove_identity": Engine("tactics.identity", _BY_IDENTITY, "balls at points"),
    "prove_integral": Engine("tactics.identity", _BY_IDENTITY),
    "prove_positive": Engine("tactics.inequality", _ONE_VARIABLE, _POINTS_OR_CHECK),
    "prove_nonnegative": Engine("tactics.inequality", _ONE_VARIABLE, _POINTS_OR_CHECK),
    "prove_implication": Engine("tactics.implication", ("expressions", "nonlinear arithmetic")),
    "prove_limit": Engine("tactics.limits", ("expressions", "sign tables", "expansions")),
    "prove_expansion": Engine("tactics.limits", ("expressions", "sign tables", "expansions")),
    "prove_monotone": Engine("tactics.limits", _ONE_VARIABLE),
    "prove_series": Engine("tactics.series", (*_BY_IDENTITY, "hypergeometric terms")),
    "prove_series_comparison": Engine("tactics.series", ("expressions", "hypergeometric terms")),
    "prove_terms_nonnegative": Engine("tactics.series", ("expressions", "hypergeometric terms")),
    "prove_by_shift": Engine("tactics.series", ("expressions", "hypergeometric terms")),
    "prove_elasticity_increases": Engine("tactics.series", ("expressions", "hypergeometric terms")),
    **dict.fromkeys(("discharge", "by_cases"), Engine("tactics.composition", _BY_CASES)),
    **dict.fromkeys(("rename", "relabel", "times"), Engine("tactics.composition", _BY_RULE)),
    **dict.fromkeys(
        ("instantiate", "sum_le_sum", "jensen", "midpoint", "kkt", "never_above_its_start"),
        Engine("tactics.rules", _BY_IDENTITY),
    ),
    **dict.fromkeys(
        ("extremes_on_l1_sphere", "extremes_on_l2_sphere"), Engine("tactics.rules", _BY_IDENTITY)
    ),
    **dict.fromkeys(
        (
            *(
                "first_order_convexity",
                "first_order_convexity_along",
                "monotone_of_deriv_nonneg",
                "pair_with_rows",
            ),
            *("single_le_sum", "transpose", "split_sums", "multiply_out"),
        ),
        Engine("tactics.vectors", (*_BY_IDENTITY, "nonlinear arithmetic")),
    ),
}
