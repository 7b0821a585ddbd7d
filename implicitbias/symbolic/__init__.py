"""Tactics that decide exact statements; they know no potential."""

from implicitbias.symbolic.language.proof import Domain, Proof, Refuted, Undecided, expect_refuted
from implicitbias.symbolic.language.statement import Statement
from implicitbias.symbolic.language.steps import enclosed, exact
from implicitbias.symbolic.tactics.composition import (
    by_cases,
    discharge,
    instantiate,
    relabel,
    rename,
    times,
)
from implicitbias.symbolic.tactics.convexity import (
    first_order_convexity,
    first_order_convexity_along,
    jensen,
    midpoint,
)
from implicitbias.symbolic.tactics.identity import prove_identity, prove_integral
from implicitbias.symbolic.tactics.implication import prove_implication
from implicitbias.symbolic.tactics.inequality import prove_nonnegative, prove_positive
from implicitbias.symbolic.tactics.limits import prove_expansion, prove_limit
from implicitbias.symbolic.tactics.monotonicity import (
    monotone_of_deriv_nonneg,
    never_above_its_start,
    prove_monotone,
)
from implicitbias.symbolic.tactics.optimality import (
    extremes_on_l1_sphere,
    extremes_on_l2_sphere,
    kkt,
)
from implicitbias.symbolic.tactics.series import (
    prove_by_shift,
    prove_elasticity_increases,
    prove_series,
    prove_series_comparison,
    prove_terms_nonnegative,
)
from implicitbias.symbolic.tactics.sums import (
    multiply_out,
    pair_with_rows,
    single_le_sum,
    split_sums,
    sum_le_sum,
    transpose,
)

__all__ = [
    "Domain",
    "Proof",
    "Refuted",
    "Statement",
    "Undecided",
    "by_cases",
    "discharge",
    "enclosed",
    "exact",
    "expect_refuted",
    "extremes_on_l1_sphere",
    "extremes_on_l2_sphere",
    "first_order_convexity",
    "first_order_convexity_along",
    "instantiate",
    "jensen",
    "kkt",
    "midpoint",
    "monotone_of_deriv_nonneg",
    "multiply_out",
    "never_above_its_start",
    "pair_with_rows",
    "prove_by_shift",
    "prove_elasticity_increases",
    "prove_expansion",
    "prove_identity",
    "prove_implication",
    "prove_integral",
    "prove_limit",
    "prove_monotone",
    "prove_nonnegative",
    "prove_positive",
    "prove_series",
    "prove_series_comparison",
    "prove_terms_nonnegative",
    "relabel",
    "rename",
    "single_le_sum",
    "split_sums",
    "sum_le_sum",
    "times",
    "transpose",
]
