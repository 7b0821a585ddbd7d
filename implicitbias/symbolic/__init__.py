"""Tactics that decide exact statements; they know no potential."""

from implicitbias.symbolic.identity import prove_identity, prove_integral
from implicitbias.symbolic.positivity import prove_positive
from implicitbias.symbolic.proof import Domain, Proof, Refuted, Undecided, expect_refuted
from implicitbias.symbolic.statement import Statement
from implicitbias.symbolic.steps import enclosed, exact

__all__ = [
    "Domain",
    "Proof",
    "Refuted",
    "Statement",
    "Undecided",
    "enclosed",
    "exact",
    "expect_refuted",
    "prove_identity",
    "prove_integral",
    "prove_positive",
]
