"""Tactics that decide exact statements; they know no potential."""

from implicitbias.symbolic.identity import prove_identity, prove_integral
from implicitbias.symbolic.implication import prove_implication
from implicitbias.symbolic.inequality import prove_nonnegative, prove_positive
from implicitbias.symbolic.proof import Domain, Proof, Refuted, Undecided, expect_refuted

__all__ = [
    "Domain",
    "Proof",
    "Refuted",
    "Undecided",
    "expect_refuted",
    "prove_identity",
    "prove_implication",
    "prove_integral",
    "prove_nonnegative",
    "prove_positive",
]
