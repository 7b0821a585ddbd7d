"""The corpus of hostile problems on trial: `make hostile`, or `python -m numerics.hostile.run`.

Prints a line for every violation, and a table, which it writes to `table.md`. Every verdict is kept
in `rows.csv` as soon as it is there, under the texts of the package and of the corpus, so that an
interrupted run goes on where it was. Exits with 1 where a contract is broken or a class answers
less than its least share.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import sys
import time
from collections.abc import Iterable
from pathlib import Path

import implicitbias
from tests.silent_errors.case import ProblemClass
from tests.silent_errors.corpus import CLASSES
from tests.silent_errors.judge import VIOLATIONS, Verdict
from tests.silent_errors.pool import verdicts
from tests.silent_errors.table import Tally, is_met, table

HERE = Path(__file__).parent
STORE, TABLE = HERE / "rows.csv", HERE / "table.md"
FIELDS = ("class", "index", "outcome", "counts", "seconds", "detail")
Key = tuple[str, int]


def main() -> int:
    options = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    options.add_argument("--only", action="append", default=[], help="a class; may be repeated")
    options.add_argument("--per-class", type=int, help="at most so many problems of each class")
    options.add_argument("--index", type=int, help="one problem of the class")
    options.add_argument("--processes", type=int, default=2)
    chosen = options.parse_args()
    unknown = set(chosen.only) - {problems.name for problems in CLASSES}
    if unknown:
        options.error(f"no class {', '.join(sorted(unknown))}")
    classes = [c for c in CLASSES if not chosen.only or c.name in chosen.only]
    wanted = {c.name: _indices(c, chosen) for c in classes}
    done = _stored()
    start, ended = time.monotonic(), 0
    tasks = [(c, i) for c in classes for i in wanted[c.name] if (c.name, i) not in done]
    with STORE.open("a", encoding="utf-8", newline="") as store:
        rows = csv.writer(store, lineterminator="\n")
        for (problems, index), verdict in verdicts(tasks, chosen.processes):
            done[problems.name, index] = verdict
            rows.writerow(_row(problems.name, index, verdict))
            store.flush()
            ended += 1
            if verdict.outcome in VIOLATIONS:
                print(f"\r{_line(problems, index, verdict)}", flush=True)
            if sys.stderr.isatty():
                elapsed = time.monotonic() - start
                print(
                    f"\r{ended}/{len(tasks)} {elapsed:.0f} s", end="", file=sys.stderr, flush=True
                )
    tallies = [
        Tally.of(c, [done[c.name, i] for i in wanted[c.name] if (c.name, i) in done])
        for c in classes
    ]
    text = table(tallies)
    if not chosen.only and chosen.per_class is None:
        TABLE.write_text(text, encoding="utf-8")
    print(f"\r{text}")
    return int(not all(is_met(tally) for tally in tallies))


def _indices(problems: ProblemClass, chosen: argparse.Namespace) -> Iterable[int]:
    if chosen.index is not None:
        return range(chosen.index, chosen.index + 1)
    return range(min(problems.count, chosen.per_class or problems.count))


def _line(problems: ProblemClass, index: int, verdict: Verdict) -> str:
    call = problems.call(index)
    return f"{problems.name} {index} ({call}): {verdict.outcome}: {verdict.detail}"


def _row(name: str, index: int, verdict: Verdict) -> list[object]:
    detail = "" if verdict.outcome == "right" else verdict.detail
    return [name, index, verdict.outcome, int(verdict.counts), f"{verdict.seconds:.3f}", detail]


def _stored() -> dict[Key, Verdict]:
    """The verdicts of earlier runs on these texts; the store starts anew where they changed."""
    head = f"# {_texts()}\n"
    if not STORE.is_file() or not STORE.read_text(encoding="utf-8").startswith(head):
        STORE.write_text(head + ",".join(FIELDS) + "\n", encoding="utf-8")
        return {}
    found: dict[Key, Verdict] = {}
    with STORE.open(encoding="utf-8", newline="") as store:
        next(store)
        for row in csv.DictReader(store):
            if row["detail"] is not None:  # else the run was interrupted at this line
                found[row["class"], int(row["index"])] = Verdict(
                    row["outcome"], row["detail"], row["counts"] == "1", float(row["seconds"])
                )
    return found


def _texts() -> str:
    """The package and the corpus, as a number."""
    package = Path(implicitbias.__file__).parent
    corpus = HERE.parents[1] / "tests" / "silent_errors"
    paths = [*sorted(package.rglob("*.py")), *sorted(corpus.glob("*.py"))]
    texts = [p.read_text(encoding="utf-8") for p in paths if not p.name.startswith("test_")]
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()[:16]


if __name__ == "__main__":
    sys.exit(main())
