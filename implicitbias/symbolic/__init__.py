"""Tactics that decide exact statements; they know no potential."""

from implicitbias.symbolic.identity import prove_identity, prove_integral
from implicitbias.symbolic.implication import prove_implication
from implicitbias.symbolic.inequality import prove_nonnegative, prove_positive
from implicitbias.symbolic.limits import prove_expansion, prove_limit, prove_monotone
from implicitbias.symbolic.proof import Domain, Proof, Refuted, Undecided, expect_refuted

__all__ = [
    "Domain",
    "Proof",
    "Refuted",
    "Undecided",
    "expect_refuted",
    "prove_expansion",
    "prove_identity",
    "prove_implication",
    "prove_integral",
    "prove_limit",
    "prove_monotone",
    "prove_nonnegative",
    "prove_positive",
]
