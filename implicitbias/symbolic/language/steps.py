"""The two kinds of step a proof file has: `@exact` and `@enclosed`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Generic, TypeVar

import sympy as sp

from implicitbias.symbolic.language.kernel import is_genuine, running
from implicitbias.symbolic.language.proof import Kind, Proof, ancestors

__all__ = ["Step", "enclosed", "exact"]

T = TypeVar("T")


@dataclass(frozen=True)
class Step(Generic[T]):
    """An argument of a proof. Calling it gives its Proofs; it is run once, however often called.

    So a later step calls an earlier one to use what it has proved.

    Attributes:
        function: the argument, which returns one Proof or several.
        kind: as which it is marked.

    Raises:
        TypeError: it does not return Proofs of its kind; besides what the function raises.
    """

    function: Callable[[], T]
    kind: Kind

    def __call__(self) -> T:
        return self._run[0]

    @property
    def proofs(self) -> tuple[Proof, ...]:
        """The Proofs, also where the function returns a single one."""
        return self._run[1]

    @cached_property
    def _run(self) -> tuple[T, tuple[Proof, ...]]:
        name = f"{self.function.__module__}.{self.function.__name__}"
        with running(name):
            answer = self.function()
        proofs = tuple(answer) if isinstance(answer, Sequence) else (answer,)
        if not proofs or not all(isinstance(proof, Proof) for proof in proofs):
            raise TypeError(f"{name} must return Proofs, got {answer!r}")
        try:
            _check(self.kind, ancestors(proofs))
        except TypeError as error:
            raise TypeError(f"{name} {error}") from None
        return answer, proofs


def _check(kind: Kind, proofs: Sequence[Proof]) -> None:
    for proof in proofs:
        if not is_genuine(proof):
            raise TypeError(f"rests on a Proof that no tactic made: {proof}")
        if proof.step is None:
            raise TypeError(f"rests on a Proof that no step made: {proof}")
        if proof.kind == "enclosed" and isinstance(proof.statement, sp.Eq):
            raise TypeError(f"rests on balls for an equality, which they cannot prove: {proof}")
    found: Kind = "enclosed" if any(proof.kind == "enclosed" for proof in proofs) else "exact"
    if found != kind:
        raise TypeError(f"is marked @{kind}, but with all it rests on it is @{found}")


def exact(function: Callable[[], T]) -> Step[T]:
    """Mark a step in which algebra decides, as in all that it rests on."""
    return Step(function, "exact")


def enclosed(function: Callable[[], T]) -> Step[T]:
    """Mark a step that rests, itself or through a premise, on balls that cover a domain."""
    return Step(function, "enclosed")
