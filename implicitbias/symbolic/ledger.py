"""Statements: files of executable theorems, and the table of what a run has decided.

A statement is a file `theorem_*.py` or `lemma_*.py` whose docstring has the four SECTIONS and whose
functions are
    step_*    an argument of the proof; returns the Proof, or a sequence of them.
    check_*   sampled evidence, which asserts; shown, never counted.
    refute_*  false neighbours that the same tactic rejects; returns the Refuted, or a sequence.
No test runner is needed to run one; `proofs/conftest.py` hands them to pytest.
"""

from __future__ import annotations

import importlib.util
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from implicitbias.symbolic.proof import Proof, Refuted

__all__ = ["Entry", "MalformedStatementError", "Statement", "read_statement", "table"]

SECTIONS = ("Statement", "Assumptions", "Not covered", "Reference")
KINDS = ("step", "check", "refute")
RETURNS: Mapping[str, type] = {"step": Proof, "refute": Refuted}

Verdict = Literal["proved", "partial", "open"]


class MalformedStatementError(ValueError):
    """The file does not read as a statement; the message says what is missing."""


@dataclass(frozen=True)
class Statement:
    """The functions of one file, in the order in which they are written."""

    name: str
    functions: Mapping[str, Callable[[], object]]

    def run(self, function: str) -> tuple[Proof | Refuted, ...]:
        """Run one function and return its answers (none for a check).

        Raises what it raises, and TypeError when a step returns no Proof or a refute no Refuted.
        """
        result = self.functions[function]()
        wanted = RETURNS.get(_kind(function))
        if wanted is None:
            return ()
        answers = tuple(result) if isinstance(result, Sequence) else (result,)
        if not answers or not all(isinstance(answer, wanted) for answer in answers):
            raise TypeError(f"{function} must return {wanted.__name__}s, got {result!r}")
        return answers


def is_statement(path: Path) -> bool:
    """Whether the name of the file announces a statement."""
    return path.suffix == ".py" and path.stem.startswith(("theorem_", "lemma_"))


def read_statement(path: Path) -> Statement:
    """Import the file. Raises MalformedStatementError when it does not keep the rules."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    if spec is None or spec.loader is None:
        raise MalformedStatementError(f"{path} is not a Python file")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    headings = re.findall(r"^(\w[\w ]*)$\n^-{3,}$", module.__doc__ or "", flags=re.MULTILINE)
    if missing := [section for section in SECTIONS if section not in headings]:
        raise MalformedStatementError(f"{path.name} lacks the section {missing[0]!r}")
    functions = {
        name: function
        for name, function in vars(module).items()
        if callable(function) and _kind(name) in KINDS
    }
    for kind in RETURNS:
        if kind not in map(_kind, functions):
            raise MalformedStatementError(f"{path.name} has no {kind}_*")
    return Statement(path.stem, functions)


def _kind(function: str) -> str:
    return function.partition("_")[0]


@dataclass(frozen=True)
class Entry:
    """One line of the ledger: what happened to the functions of a statement.

    passed: {function: passed?} of the functions that ran. functions: all of them.
    """

    name: str
    functions: tuple[str, ...]
    passed: Mapping[str, bool]
    seconds: float

    @property
    def verdict(self) -> Verdict:
        """open: something failed, a check too; partial: something did not run; else proved."""
        if not all(self.passed.values()):
            return "open"
        return "partial" if set(self.functions) - set(self.passed) else "proved"

    def counts(self, kind: str) -> str:
        """`passed/total` of one kind."""
        total = Counter(map(_kind, self.functions))[kind]
        return f"{sum(ok for name, ok in self.passed.items() if _kind(name) == kind)}/{total}"


def table(entries: Iterable[Entry]) -> list[str]:
    """The ledger as lines of text."""
    rows: list[tuple[str, ...]] = [
        ("statement", "verdict", "steps", "checks", "refuted", "seconds"),
        *(
            (e.name, e.verdict, *map(e.counts, KINDS), f"{e.seconds:.2f}")
            for e in sorted(entries, key=lambda e: e.name)
        ),
    ]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  ".join(map(str.ljust, row, widths)).rstrip() for row in rows]
