"""The errata of the paper: a verdict on each printed formula and claim, and where it is shown."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from implicitbias.theorems.contents import is_proof_file
from implicitbias.theorems.lint import functions, kind_of, parse

__all__ = ["SOURCE", "TARGET", "VERDICTS", "Entry", "MalformedErrataError", "read_errata", "render"]

SOURCE, TARGET = "errata.toml", "ERRATA.md"
EQUATIONS = range(1, 112)
"""The numbered equations of [woodworth2020]."""

VERDICTS = {
    "definition": "nothing is claimed",
    "true": "as printed",
    "slip": "false as printed, true in the corrected form",
    "argument": "true, but the printed argument does not carry",
    "false": "false, and what holds instead",
    "undecided": "not decidable here",
}


class MalformedErrataError(ValueError):
    """The source does not keep the rules; the message has a line for each that it breaks."""


@dataclass(frozen=True)
class Entry:
    """One line of the errata.

    id: `(13)` for a numbered equation, else a name. what: what it is about, in our words.
    verdict: a key of VERDICTS. note: the corrected form of a slip, what holds instead of what is
    false, the gap of an argument, why it is not decidable. where: `file.function` in proofs/.
    """

    section: str
    id: str
    what: str
    verdict: str
    note: str = ""
    where: tuple[str, ...] = ()


def read_errata(folder: Path) -> list[Entry]:
    """The entries of `errata.toml` in a folder of proofs, in order.

    Raises MalformedErrataError for an equation that is missing, a verdict without what it needs,
    and a pointer to no function of a proof file.
    """
    try:
        data = tomllib.loads((folder / SOURCE).read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise MalformedErrataError(f"{SOURCE} is not TOML: {error}") from error
    entries = list(_entries(data))
    if broken := [*_violations(entries), *_dangling(entries, folder)]:
        raise MalformedErrataError("\n".join(broken))
    return entries


def _entries(data: dict[str, Any]) -> Iterator[Entry]:
    for section in data.get("section", ()):
        for row in section.get("entry", ()):
            if unknown := row.keys() - {"id", "what", "verdict", "note", "where"}:
                raise MalformedErrataError(f"{row.get('id')}: {min(unknown)} is no field")
            if missing := {"id", "what", "verdict"} - row.keys():
                raise MalformedErrataError(f"{row.get('id', section['title'])}: no {min(missing)}")
            where = tuple(row.get("where", ()))
            yield Entry(section["title"], **{**row, "where": where})


def _violations(entries: list[Entry]) -> Iterator[str]:
    ids = [entry.id for entry in entries]
    yield from (f"{name} is there twice" for name in dict.fromkeys(ids) if ids.count(name) > 1)
    yield from (f"equation ({n}) has no entry" for n in EQUATIONS if f"({n})" not in ids)
    for entry in entries:
        kinds = {kind_of(pointer.rpartition(".")[2]) for pointer in entry.where}
        needs = {
            "true": "step",
            "slip": "refute",
            "argument": "step",
            "false": "refute",
        }.get(entry.verdict)
        if entry.verdict not in VERDICTS:
            yield f"{entry.id}: {entry.verdict!r} is no verdict; there are {', '.join(VERDICTS)}"
        elif needs and needs not in kinds:
            yield f"{entry.id}: {entry.verdict}, but where names no {needs}_*"
        elif entry.verdict not in {"definition", "true"} and not entry.note:
            yield f"{entry.id}: {entry.verdict}, but there is no note"


def _dangling(entries: list[Entry], folder: Path) -> Iterator[str]:
    known = {
        f"{path.stem}.{node.name}"
        for path in filter(is_proof_file, folder.iterdir())
        for node in functions(parse(path))
    }
    for entry in entries:
        for pointer in entry.where:
            if pointer not in known:
                yield f"{entry.id}: no proof file has {pointer}"


def render(entries: list[Entry]) -> str:
    """`ERRATA.md`: how many of each verdict, and a table for each section of the paper."""
    verdicts = [entry.verdict for entry in entries]
    lines = [
        "# Errata",
        "",
        f"Made from `{SOURCE}` by `implicitbias errata`. The equations are those of "
        "[woodworth2020].",
        "",
        "| verdict | | lines |",
        "|---|---|---|",
        *(f"| {name} | {text} | {verdicts.count(name)} |" for name, text in VERDICTS.items()),
    ]
    for title in dict.fromkeys(entry.section for entry in entries):
        lines += ["", f"## {title}", "", "| | | verdict | | shown by |", "|---|---|---|---|---|"]
        lines += [_row(entry) for entry in entries if entry.section == title]
    return "\n".join(lines) + "\n"


def _row(entry: Entry) -> str:
    pointers = ", ".join(f"`{pointer}`" for pointer in entry.where)
    cells = (entry.id, entry.what, entry.verdict, entry.note, pointers)
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"
