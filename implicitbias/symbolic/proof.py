"""What a tactic answers: a `Proof`, or one of the exceptions `Refuted` and `Undecided`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import InitVar, dataclass
from typing import Literal, ParamSpec

import sympy as sp

__all__ = ["Domain", "Proof", "Refuted", "Undecided", "expect_refuted"]

P = ParamSpec("P")

Domain = Mapping[sp.Symbol, tuple[object, object]]
"""Open intervals `symbol -> (lower, upper)`; a symbol not named ranges over what it assumes."""

_SEAL = object()


@dataclass(frozen=True)
class Proof:
    """A relation that a tactic has decided on the whole of a domain.

    statement: the sympy relation, as it was asked.
    domain: the relations (`0 < alpha`, `B(t) > 0`, ..) under which it was decided.
    tactic: the name of the function that decided it.
    premises: the proofs it was put together from.
    notes: what the tactic relies on besides algebra, in words.
    kind: "exact" when algebra decided, "enclosed" when balls that cover the domain did.
    Raises TypeError unless a tactic makes it.
    """

    statement: sp.Basic
    domain: tuple[sp.Basic, ...]
    tactic: str
    premises: tuple[Proof, ...] = ()
    notes: tuple[str, ...] = ()
    kind: Literal["exact", "enclosed"] = "exact"
    seal: InitVar[object] = None

    def __post_init__(self, seal: object) -> None:
        if seal is not _SEAL:
            raise TypeError("only a tactic makes a Proof; call prove_identity or prove_positive")

    def __str__(self) -> str:
        where = ", ".join(map(str, self.domain)) or "everywhere"
        return f"{self.statement}  on  {where}  [{self.kind}, {self.tactic}]"


def seal(
    statement: sp.Basic,
    domain: tuple[sp.Basic, ...],
    tactic: str,
    *,
    premises: tuple[Proof, ...] = (),
    notes: tuple[str, ...] = (),
    kind: Literal["exact", "enclosed"] = "exact",
) -> Proof:
    """The one door to `Proof`, for the tactics of this folder; it is not exported."""
    return Proof(statement, domain, tactic, premises, notes, kind, seal=_SEAL)


class Refuted(Exception):  # noqa: N818  # an answer, not an error
    """The statement is false at `point`, where the two sides have the values given as balls."""

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

    Raises AssertionError when the tactic proves them; `Undecided` passes through.
    """
    try:
        proof = tactic(*args, **kwargs)
    except Refuted as refuted:
        return refuted
    raise AssertionError(f"a false neighbour was proved: {proof}")
