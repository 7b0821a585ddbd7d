"""What a tactic answers: a `Proof`, or one of the exceptions `Refuted` and `Undecided`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import InitVar, dataclass, field
from typing import Literal, ParamSpec
from weakref import WeakSet

import sympy as sp

from implicitbias.symbolic.language.scope import Every

__all__ = ["Domain", "Kind", "Proof", "Refuted", "Undecided", "ancestors", "expect_refuted"]

P = ParamSpec("P")

Kind = Literal["exact", "enclosed"]
"""Decided by algebra, or by balls that cover the domain."""

Domain = Mapping[sp.Symbol, tuple[object, object]]
"""Open intervals `symbol -> (lower, upper)`; a symbol not named ranges over what it assumes."""

SEAL = object()  # what `kernel.make` has and nobody else takes


@dataclass(frozen=True)
class Proof:
    """A relation that a tactic has decided on the whole of a domain.

    Attributes:
        statement: the sympy relation, as it was asked.
        domain: the relations (`0 < alpha`, `B(t) > 0`, ..) under which it was decided.
        tactic: the name of the function that decided it.
        premises: the proofs it was put together from.
        notes: what the tactic relies on besides algebra, in words.
        kind: how it was decided, with all that it rests on.
        every: the symbols for every value of which the domain has to hold, such as the index of a
            sum, with the size that they run to from 1; None for a time.
        step: the step of a proof file that was running, if any.

    Raises:
        TypeError: unless `kernel.make` makes it.
    """

    statement: sp.Basic
    domain: tuple[sp.Basic, ...]
    tactic: str
    premises: tuple[Proof, ...] = ()
    notes: tuple[str, ...] = ()
    kind: Kind = "exact"
    every: Every = field(default_factory=dict, hash=False)
    step: str | None = field(default=None, compare=False, repr=False)
    seal: InitVar[object] = None

    def __post_init__(self, seal: object) -> None:
        if seal is not SEAL:
            raise TypeError("only a tactic makes a Proof; call prove_identity or prove_positive")

    def __str__(self) -> str:
        where = ", ".join(map(str, self.domain)) or "everywhere"
        where += "".join(f", for every {name}" for name in self.every)
        return f"{self.statement}  on  {where}  [{self.kind}, {self.tactic}]"


def ancestors(proofs: Iterable[Proof]) -> list[Proof]:
    """The proofs and all that they were put together from, each once."""
    found: dict[int, Proof] = {}
    waiting = list(proofs)
    while waiting:
        proof = waiting.pop()
        if id(proof) not in found:
            found[id(proof)] = proof
            waiting.extend(proof.premises)
    return list(found.values())


class Refuted(Exception):  # noqa: N818  # an answer, not an error
    """The statement is false at a point.

    Attributes:
        statement: the sympy relation, as it was asked.
        point: exact values of its symbols.
        lhs_value, rhs_value: the two sides there, as balls.
    """

    def __init__(
        self,
        statement: sp.Basic,
        point: Mapping[sp.Expr, sp.Expr],
        lhs_value: str,
        rhs_value: str,
    ) -> None:
        self.statement = statement
        self.point = dict(point)
        self.lhs_value = lhs_value
        self.rhs_value = rhs_value
        at = ", ".join(f"{name} = {value}" for name, value in self.point.items())
        super().__init__(f"{statement} is false at {at}: {lhs_value} against {rhs_value}")


class Undecided(Exception):  # noqa: N818  # an answer, not an error
    """The tactic could neither prove nor refute the statement; the message says what is missing."""


def expect_refuted(tactic: Callable[P, Proof], /, *args: P.args, **kwargs: P.kwargs) -> Refuted:
    """The `Refuted` that the tactic raises on these arguments.

    Raises:
        AssertionError: the tactic proves them. `Undecided` passes through.
    """
    try:
        proof = tactic(*args, **kwargs)
    except Refuted as refuted:
        _witnessed.add(refuted)
        return refuted
    raise AssertionError(f"a false neighbour was proved: {proof}")


_witnessed: WeakSet[Refuted] = WeakSet()


def is_witnessed(refuted: Refuted) -> bool:
    """Whether `expect_refuted` has caught this very answer."""
    return refuted in _witnessed
