"""Proofs that no tactic has decided: what is left of the package has to look at them closely."""

from typing import Any

import sympy as sp

from implicitbias.symbolic import Proof
from implicitbias.symbolic.language import kernel


def by_hand(statement: sp.Basic, domain: tuple[sp.Basic, ...], name: str, **more: Any) -> Proof:
    """A Proof as a tactic of this name would make it."""
    kernel._calls.append(kernel._Call(kernel.Tactic(name, "by_hand")))
    try:
        return kernel.make(statement, domain, **more)
    finally:
        kernel._calls.pop()
