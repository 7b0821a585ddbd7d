"""What a run has decided: an entry for each statement, as a table and as records."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Any, Literal

__all__ = ["Entry", "Goal", "Outline", "Result", "seconds_of_last_run", "table", "write_ledger"]

Goal = Literal["proved", "repaired", "refuted"]
Verdict = Literal["proved", "repaired", "refuted", "partial", "open"]

LEDGER = "ledger.json"
WIDTH = 100


@dataclass(frozen=True)
class Outline:
    """What is known of a proof file before it runs.

    goal: the verdict if all goes well. functions: {name: kind}, a kind being exact, enclosed,
    check or refute. rests_on: the items of "Not covered".
    """

    id: str
    file: str
    formula: str
    goal: Goal
    functions: Mapping[str, str]
    rests_on: tuple[str, ...] = ()

    @property
    def steps(self) -> list[str]:
        """The names of the steps, in order."""
        return [name for name, kind in self.functions.items() if kind in {"exact", "enclosed"}]


@dataclass(frozen=True)
class Result:
    """What one function did.

    tactics: which decided its Proofs. proofs: {tactic: how many Proofs it made in this step, with
    those that they rest on}. rests_on: theorems that these used, steps of other files. refuted:
    the false neighbours, with their points. error: why it failed.
    """

    passed: bool
    seconds: float
    tactics: tuple[str, ...] = ()
    rests_on: tuple[str, ...] = ()
    refuted: tuple[str, ...] = ()
    error: str = ""
    proofs: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Entry:
    """One statement of the ledger.

    Attributes:
        outline: what is known of the file.
        results: of the functions that ran.
        cached: whether they ran earlier, with the same sources, and not in this run.
    """

    outline: Outline
    results: Mapping[str, Result] = field(default_factory=dict)
    cached: bool = False

    @property
    def verdict(self) -> Verdict:
        """open: something failed, a check too; partial: something did not run; else the goal."""
        if not all(result.passed for result in self.results.values()):
            return "open"
        if self.outline.functions.keys() - self.results.keys():
            return "partial"
        return self.outline.goal

    @property
    def seconds(self) -> float:
        return sum(result.seconds for result in self.results.values())

    def counts(self, *kinds: str) -> str:
        """`passed/total` of the functions of these kinds."""
        names = [name for name, kind in self.outline.functions.items() if kind in kinds]
        return f"{sum(self._passed(name) for name in names)}/{len(names)}"

    def record(self) -> dict[str, Any]:
        """The entry as it stands in `ledger.json`."""
        return {
            "id": self.outline.id,
            "verdict": self.verdict,
            "formula": self.outline.formula,
            "steps": [
                {"name": name, "kind": self.outline.functions[name], "passed": self._passed(name)}
                for name in self.outline.steps
            ],
            "tactics": self._all("tactics"),
            "refuted": self._all("refuted"),
            "seconds": round(self.seconds, 3),
            "cached": self.cached,
        }

    def row(self) -> tuple[str, ...]:
        steps = self.counts("exact", "enclosed")
        if enclosed := list(self.outline.functions.values()).count("enclosed"):
            steps += f" ({enclosed} enclosed)"
        seconds = "cached" if self.cached else f"{self.seconds:.2f}"
        others = self.counts("check"), self.counts("refute"), seconds
        return (self.outline.id, self.verdict, steps, *others, ", ".join(self._all("tactics")))

    def details(self) -> list[str]:
        """The formula, what it rests on, and what failed."""
        lines = []
        for line in (self.outline.formula or "(no formula)").splitlines():
            lines += textwrap.wrap(line, WIDTH - 4, subsequent_indent="    ")
        if rests_on := sorted({*self.outline.rests_on, *self._all("rests_on")}):
            lines += textwrap.wrap(f"rests on: {', '.join(rests_on)}", WIDTH - 4)
        for name, result in self.results.items():
            if not result.passed:
                lines += textwrap.wrap(f"{name}: {result.error or 'did not pass'}", WIDTH - 4)
        return [f"    {line}" for line in lines]

    def _passed(self, name: str) -> bool:
        return name in self.results and self.results[name].passed

    def _all(self, attribute: str) -> list[str]:
        values = chain.from_iterable(getattr(r, attribute) for r in self.results.values())
        return list(dict.fromkeys(values))


def write_ledger(folder: Path, entries: Iterable[Entry]) -> None:
    """Write `ledger.json`, which holds the last run only, whole or in part."""
    records = [entry.record() for entry in sorted(entries, key=lambda entry: entry.outline.id)]
    text = json.dumps(records, indent=1) + "\n"
    (folder / LEDGER).write_text(text, encoding="utf-8")


def seconds_of_last_run(folder: Path) -> dict[str, float]:
    """{ID: seconds} of the statements that `ledger.json` has whole; empty where there is none."""
    try:
        records = json.loads((folder / LEDGER).read_text(encoding="utf-8"))
        return {r["id"]: float(r["seconds"]) for r in records if r["verdict"] != "partial"}
    except (OSError, ValueError, KeyError, TypeError):
        return {}  # it only helps to order the next run


HEAD = ("id", "verdict", "steps", "checks", "refuted", "seconds", "tactics")


def table(
    entries: Iterable[Entry], idle: Collection[str] = (), missing: Collection[str] = ()
) -> list[str]:
    """The ledger as lines of text: a row for each statement, and below it what the row is about.

    idle: IDs whose files did not run. missing: expected IDs that no file has.
    """
    entries = sorted(entries, key=lambda entry: entry.outline.id)
    rows = [HEAD, *(entry.row() for entry in entries)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ["  ".join(map(str.ljust, row, widths)).rstrip() for row in rows]
    body = [(line, *entry.details()) for line, entry in zip(lines[1:], entries, strict=True)]
    verdicts = [entry.verdict for entry in entries]
    counts = (f"{verdicts.count(verdict)} {verdict}" for verdict in dict.fromkeys(verdicts))
    summary = [f"{len(entries)} statements: {', '.join(counts)}"] if entries else []
    if cached := sum(entry.cached for entry in entries):
        summary.append(f"cached: {cached} of them ran earlier, with the same sources, not now")
    for what, ids in (("did not run", idle), ("no file yet", missing)):
        if ids:
            summary += textwrap.wrap(f"{what}: {' '.join(ids)}", WIDTH)
    return [lines[0], *chain.from_iterable(body), "", *summary] if entries else summary
