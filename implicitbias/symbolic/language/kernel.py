"""The kernel: only a registered tactic makes a Proof.

    @tactic(engine=("normal form",), second="balls at points")
    def prove_identity(...) -> Proof:
        ...
        return make(statement, domain, premises=...)

The name that a Proof carries, the list of tactics and the tables of `TRUST.md` follow from that.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import wraps
from typing import ParamSpec, TypeVar
from weakref import WeakValueDictionary

import sympy as sp

from implicitbias.symbolic.language.proof import SEAL, Kind, Proof
from implicitbias.symbolic.language.scope import Binding, bind, check_scope, within_range

__all__ = ["TACTICS", "Tactic", "is_genuine", "make", "running", "tactic"]

P = ParamSpec("P")
R = TypeVar("R", bound=Proof | tuple[Proof, ...])

ROOM = "implicitbias.symbolic.tactics."


@dataclass(frozen=True)
class Tactic:
    """A function that makes Proofs, and what there is to believe in it.

    Attributes:
        name: of the function; its Proofs carry it.
        module: the file, in `implicitbias.symbolic`.
        engine: what it calls itself, by the keys of `engine.operations.OPERATIONS`; a rule that
            puts Proofs together calls nothing, and what these rest on is counted with them.
        second: what has looked at each of its facts independently of the first; "" for nothing.
    """

    name: str
    module: str
    engine: tuple[str, ...] = ()
    second: str = ""

    @property
    def operations(self) -> tuple[str, ...]:
        """All that there is to believe: a tactic compares and rewrites sympy's expressions."""
        return ("expressions", *self.engine)


TACTICS: dict[str, Tactic] = {}
_calls: list[Tactic] = []  # that are running, one called by the other
_steps: list[str] = []  # the steps that are being run, one called by the other
_genuine: WeakValueDictionary[int, Proof] = WeakValueDictionary()


def tactic(
    *, engine: tuple[str, ...] = (), second: str = ""
) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Register a function of the folder `tactics`, which may then make Proofs.

    Args:
        engine, second: as for `Tactic`.

    Raises:
        TypeError: for a function of another folder, or a name that is taken.
    """

    def register(function: Callable[P, R]) -> Callable[P, R]:
        name, module = function.__name__, function.__module__
        if not module.startswith(ROOM) or name in TACTICS:
            raise TypeError(f"{module}.{name} is in another folder than the tactics, or one twice")
        known = Tactic(name, module.removeprefix("implicitbias.symbolic."), engine, second)
        TACTICS[name] = known

        @wraps(function)
        def run(*args: P.args, **kwargs: P.kwargs) -> R:
            _calls.append(known)
            try:
                return function(*args, **kwargs)
            finally:
                _calls.pop()

        return run

    return register


def make(
    statement: sp.Basic,
    domain: Iterable[sp.Basic],
    *,
    premises: tuple[Proof, ...] = (),
    notes: tuple[str, ...] = (),
    kind: Kind = "exact",
    binds: tuple[Binding, ...] = (),
) -> Proof:
    """The Proof of a statement, in the name of the tactic that is running.

    Args:
        domain: what it was decided under; a relation that is true on sight, or twice, is left out.
        kind: how it was decided; where balls decided a premise it is "enclosed" in any case.
        binds: what the tactic asks the domain for every value of, besides that of the premises.
            That such an index is at most its size is no condition, and left out of the domain.

    Raises:
        TypeError: no tactic is running, or a symbol that is bound is free in the statement.
    """
    if not _calls:
        raise TypeError("only a tactic makes a Proof, and none is running")
    every = bind((*binds, *(row for p in premises for row in p.every.items())))
    rows = tuple(
        row for row in dict.fromkeys(domain) if row != sp.true and not within_range(row, every)
    )
    proof = Proof(
        statement,
        rows,
        _calls[-1].name,
        premises,
        notes,
        "enclosed" if any(p.kind == "enclosed" for p in premises) else kind,
        check_scope(statement, rows, every),
        _steps[-1] if _steps else None,
        seal=SEAL,
    )
    _genuine[id(proof)] = proof
    return proof


def is_genuine(proof: Proof) -> bool:
    """Whether this very object left a tactic, and is not a copy or put together by other means."""
    return _genuine.get(id(proof)) is proof


@contextmanager
def running(step: str) -> Iterator[None]:
    """Proofs made inside say that they were made by this step."""
    _steps.append(step)
    try:
        yield
    finally:
        _steps.pop()
