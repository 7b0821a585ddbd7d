"""Mutants of every proof file are run: `make mutants`, or `python numerics/mutants/run.py L1 T2`.

Every run is kept in `trials.jsonl` as soon as it ends, under the texts of the file and of those
that it imports from its folder, of the mutant and of the court, so that an interrupted `make
mutants` goes on where it was, and what has changed is tried anew. Writes `table.md`. Exits with 1
where a false formula was proved.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import multiprocessing
import random
import sys
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict
from functools import cache
from multiprocessing.connection import Connection
from pathlib import Path
from types import MappingProxyType
from typing import Any

import implicitbias
from implicitbias.theorems.contents import proof_files
from implicitbias.theorems.mutants import Mutant, mutants
from implicitbias.theorems.mutation_run import SECONDS, MutationRun, run_mutant
from implicitbias.theorems.proof_file import ProofFile, read_proof_file
from implicitbias.theorems.sources import read_sources

HERE = Path(__file__).parent
FOLDER = HERE.parents[1] / "proofs"
STORE, TABLE = HERE / "trials.jsonl", HERE / "table.md"
UNDONE = ("", "no time", "crashed")  # says nothing
LIMIT = 40.0  # seconds for one mutant: the slowest file takes 8 to prove its own statement
JUDGES = ("concrete", "falsify", "gaps", "mutants", "mutation_run", "problem", "sources")
COURT = ("symbolic/**/*.py", *(f"theorems/{name}.py" for name in JUDGES))
Record = dict[str, Any]


def main() -> int:
    options = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    options.add_argument("ids", nargs="*", help="of the statements; all if none is given")
    options.add_argument("--per-file", type=int, default=8, help="mutants that change a statement")
    options.add_argument("--processes", type=int, default=2)
    options.add_argument("--again", action="store_true", help="try what was unknown once more")
    chosen = options.parse_args()
    files = proof_files(FOLDER)
    ids = chosen.ids or list(files)
    records = _stored(files)
    STORE.write_text("".join(json.dumps(r) + "\n" for r in records.values()), encoding="utf-8")
    if chosen.again:
        records = {key: r for key, r in records.items() if r["verdict"] != "unknown"}
    start = time.monotonic()
    for number, name in enumerate(ids, start=1):
        _try_file(name, files[name], chosen, records)
        done = [r for r in records.values() if r["id"] == name and r["verdict"] != "none"]
        print(
            f"\r[{number}/{len(ids)}] {name:12} {len(done)} mutants, "
            f"{sum(_run(r).is_unsound for r in done)} unsound, {time.monotonic() - start:.0f} s",
            flush=True,
        )
        TABLE.write_text(_table(records.values(), files), encoding="utf-8")
    print(TABLE.read_text(encoding="utf-8"))
    return int(any(_run(r).is_unsound for r in records.values()))


def _try_file(
    name: str, path: Path, chosen: argparse.Namespace, records: dict[str, Record]
) -> None:
    wanted, processes = chosen.per_file, chosen.processes
    seconds = 4 * SECONDS if chosen.again else SECONDS
    sources = read_sources(path)
    counted = sum(r["id"] == name and r["verdict"] != "none" for r in records.values())
    made = mutants(sources, random.Random(name))
    keyed = ((_key(sources.texts, mutant.texts), mutant) for mutant in made)
    waiting = ((key, mutant) for key, mutant in keyed if key not in records)
    if counted >= wanted:
        return
    file = read_proof_file(path)
    file.run(file.outline.steps[-1])  # what it takes from other files is proved once, before forks
    running: list[tuple[str, Mutant, Any, Connection, float]] = []
    exhausted = False
    while running or (counted < wanted and not exhausted):
        while len(running) < processes and counted + len(running) < wanted and not exhausted:
            key, mutant = next(waiting, ("", None))
            if mutant is None:
                exhausted = True
                break
            mine, theirs = multiprocessing.get_context("fork").Pipe()
            process = multiprocessing.get_context("fork").Process(
                target=_child, args=(file, path, mutant, theirs, seconds)
            )
            process.start()
            theirs.close()
            running.append((key, mutant, process, mine, time.monotonic()))
        time.sleep(0.01)
        for job in list(running):
            record = _finished(*job[1:])
            if record is not None:
                running.remove(job)
                record |= {"key": job[0], "id": name, "text": _key(sources.texts)}
                records[job[0]] = record
                with STORE.open("a", encoding="utf-8") as store:
                    store.write(json.dumps(record) + "\n")
                counted += record["verdict"] != "none"
        print(f"\r{name:12} {counted}/{wanted} ", end="", flush=True)


def _child(file: ProofFile, path: Path, mutant: Mutant, pipe: Connection, seconds: float) -> None:
    sys.setrecursionlimit(10_000)
    run = run_mutant(file, path, mutant, lambda r: pipe.send((False, asdict(r))), seconds=seconds)
    pipe.send((True, asdict(run)))


def _finished(mutant: Mutant, process: Any, pipe: Connection, start: float) -> Record | None:
    """The record of a process that has ended, or that has to."""
    if process.is_alive() and time.monotonic() - start < LIMIT and not pipe.poll():
        return None
    unclassed = MutationRun(mutant.kind, mutant.change, "unknown", "no time to class it", "no time")
    record = asdict(unclassed)
    late = time.monotonic() - start >= LIMIT
    complete, record = (_messages(pipe) or [(False, record)])[-1]
    if not complete and process.is_alive() and not late:
        _classed[process.pid] = record  # its steps are running
        return None
    process.kill()
    process.join()
    if not complete:
        record = _classed.pop(process.pid, record)
        record["outcome"] = record["outcome"] or ("no time" if late else "crashed")
        record["seconds"] = time.monotonic() - start
    return record


_classed: dict[int, Record] = {}


def _messages(pipe: Connection) -> list[tuple[bool, Record]]:
    """(whether this is the whole run, the run) as far as they have been sent."""
    found: list[tuple[bool, Record]] = []
    try:
        while pipe.poll():
            found.append(pipe.recv())
    except EOFError:
        pass
    return found


@cache
def _court() -> str:
    """A digest of the tactics and of what runs the mutants."""
    package = Path(implicitbias.__file__).parent
    paths = sorted(path for pattern in COURT for path in package.glob(pattern))
    texts = "\0".join(path.read_text(encoding="utf-8") for path in paths)
    return hashlib.sha256(texts.encode()).hexdigest()


def _key(texts: Mapping[str, str], mutant: Mapping[str, str] = MappingProxyType({})) -> str:
    said = json.dumps([sorted(texts.items()), sorted(mutant.items()), _court()])
    return hashlib.sha256(said.encode()).hexdigest()[:16]


def _stored(files: dict[str, Path]) -> dict[str, Record]:
    """The runs of earlier times whose files have not changed since."""
    if not STORE.is_file():
        return {}
    texts = {_key(read_sources(path).texts) for path in files.values()}
    records = map(json.loads, STORE.read_text(encoding="utf-8").splitlines())
    return {r["key"]: r for r in records if r["text"] in texts and r["outcome"] != "crashed"}


def _is_killed(record: Record) -> bool:
    """Rejected in time, by an answer."""
    return record["outcome"] not in {"proved", *UNDONE} and not record["unsound"]


def _run(record: Record) -> MutationRun:
    return MutationRun(**{name: record[name] for name in MutationRun.__dataclass_fields__})


def _table(records: Any, files: dict[str, Path]) -> str:
    head = ["id", "mutants", "false", "killed", "slack", "of them proved", "unknown", "seconds"]
    rows, total = [], Counter[str]()
    outcomes: Counter[str] = Counter()
    for name in files:
        mine = [r for r in records if r["id"] == name and r["verdict"] != "none"]
        false = [r for r in mine if r["verdict"] == "false"]
        true = [r for r in mine if r["verdict"] == "true"]
        outcomes.update(r["outcome"] for r in false)
        counts = Counter(
            {
                "mutants": len(mine),
                "false": len(false),
                "killed": sum(_is_killed(r) for r in false),
                "slack": len(true),
                "of them proved": sum(r["outcome"] == "proved" for r in true),
                "unknown": len(mine) - len(false) - len(true),
                "seconds": round(sum(r["seconds"] for r in mine)),
            }
        )
        total += counts
        rows.append([name, *(str(counts[column]) for column in head[1:])])
    rows.append(["all", *(str(total[column]) for column in head[1:])])
    lines = ["# Mutants of the proof files", "", "| " + " | ".join(head) + " |"]
    lines += ["|" + "---|" * len(head), *("| " + " | ".join(row) + " |" for row in rows), ""]
    lines += ["How the false ones were killed:", ""]
    lines += [f"- {outcome}: {count}" for outcome, count in outcomes.most_common()]
    attacked = sum(r["attacked"] for r in records)
    again = sum(r["asked_again"] for r in records)
    lines += [
        "",
        f"{attacked} formulas that steps of mutants proved on the way were searched as well, and",
        f"{again} times a false conclusion was put directly to the tactics.",
        "",
        "## Slack",
        "",
        "No counterexample was found to these, which proves nothing: where hypotheses tie several",
        "vectors (T2, T3, 2.5, 2.6, 2.7), the search meets few points, most of them of size 1. So",
        "only those marked `proved`, by the file itself, are sure to be true; the others are",
        "candidates, with the answer of the file.",
        "",
    ]
    for r in sorted(records, key=lambda r: (r["id"], r["change"])):
        if r["verdict"] == "true":
            how = "proved" if r["outcome"] == "proved" else r["outcome"]
            lines.append(f"- {r['id']} `{r['change']}` ({how})")
    if unsound := [r for r in records if _run(r).is_unsound]:
        lines += ["", "## False, and proved", ""]
        lines += [f"- {r['id']} `{r['change']}`: {r['witness']} {r['unsound']}" for r in unsound]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main())
