"""The kernel: only a registered tactic makes a Proof, and it has to name all that it rests on.

    @tactic(engine=("normal form",), second="balls at points")
    def prove_identity(...) -> Proof:
        ...
        return make(statement, domain, premises=...)

The name that a Proof carries, the list of tactics and the tables of `TRUST.md` follow from that.
A Proof that a tactic was given, or has from another tactic, is among the premises of what it makes,
or among their premises: else the call fails, so that no tactic loses what it rests on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import wraps
from typing import ParamSpec, TypeVar
from weakref import WeakValueDictionary

import sympy as sp

from implicitbias.symbolic.language.proof import SEAL, Kind, Proof, ancestors
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


@dataclass
class _Call:
    """A tactic that is running, with the Proofs that it was given or that others made for it."""

    tactic: Tactic
    used: list[Proof] = field(default_factory=list)


TACTICS: dict[str, Tactic] = {}
_calls: list[_Call] = []  # one made by the other
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
            call = _Call(known, list(_proofs([*args, *kwargs.values()])))
            _calls.append(call)
            try:
                answer = function(*args, **kwargs)
            finally:
                _calls.pop()
            made = list(_proofs([answer]))
            _check_all_named(call, made)
            if _calls:
                _calls[-1].used += made
            return answer

        return run

    return register


def _proofs(values: Iterable[object]) -> Iterator[Proof]:
    """The Proofs among values, and in the lists and tuples among them."""
    for value in values:
        if isinstance(value, Proof):
            yield value
        elif isinstance(value, list | tuple):
            yield from _proofs(value)


def _check_all_named(call: _Call, made: list[Proof]) -> None:
    """RuntimeError where a tactic forgets a Proof: the ledger would not know what it rests on."""
    named = {id(premise) for proof in made for premise in (proof, *proof.premises)}
    if all(id(proof) in named for proof in call.used):
        return
    named = set(map(id, ancestors(made)))
    for proof in call.used:
        if id(proof) not in named:
            raise RuntimeError(f"{call.tactic.name} does not name among its premises: {proof}")


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
        _calls[-1].tactic.name,
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
