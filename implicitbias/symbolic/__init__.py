"""Tactics that decide exact statements; they know no potential."""

from implicitbias.symbolic.cut import by_cases, discharge, relabel, rename, times
from implicitbias.symbolic.identity import prove_identity, prove_integral
from implicitbias.symbolic.implication import prove_implication
from implicitbias.symbolic.inequality import prove_nonnegative, prove_positive
from implicitbias.symbolic.limits import prove_expansion, prove_limit, prove_monotone
from implicitbias.symbolic.proof import Domain, Proof, Refuted, Undecided, expect_refuted
from implicitbias.symbolic.rules import (
    extremes_on_l1_sphere,
    extremes_on_l2_sphere,
    instantiate,
    jensen,
    kkt,
    midpoint,
    never_above_its_start,
    sum_termwise,
)
from implicitbias.symbolic.series import (
    prove_by_shift,
    prove_elasticity_increases,
    prove_series,
    prove_series_comparison,
    prove_terms_nonnegative,
)
from implicitbias.symbolic.statement import Statement
from implicitbias.symbolic.steps import enclosed, exact
from implicitbias.symbolic.vectors import (
    above_its_tangents,
    above_its_tangents_along,
    entry_below_sum,
    multiply_out,
    never_falls,
    pair_with_rows,
    split_sums,
    transpose,
)

__all__ = [
    "Domain",
    "Proof",
    "Refuted",
    "Statement",
    "Undecided",
    "above_its_tangents",
    "above_its_tangents_along",
    "by_cases",
    "discharge",
    "enclosed",
    "entry_below_sum",
    "exact",
    "expect_refuted",
    "extremes_on_l1_sphere",
    "extremes_on_l2_sphere",
    "instantiate",
    "jensen",
    "kkt",
    "midpoint",
    "multiply_out",
    "never_above_its_start",
    "never_falls",
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
    "split_sums",
    "sum_termwise",
    "times",
    "transpose",
]
