"""Running proof files without a test runner, one after the other or in several processes."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from pathlib import Path

from implicitbias.theorems.contents import read_id
from implicitbias.theorems.ledger import Entry, Outline, Result
from implicitbias.theorems.lint import MalformedProofFileError
from implicitbias.theorems.proof_file import ProofFile, read_proof_file

__all__ = ["run_file", "run_files"]


def run_files(paths: Iterable[Path], processes: int = 1) -> Iterator[Entry]:
    """The entry of each file, as it finishes."""
    if processes == 1:
        yield from map(run_file, paths)
        return
    # A fresh interpreter each: threads of numerical libraries do not survive a fork.
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        for future in as_completed([pool.submit(run_file, path) for path in paths]):
            yield future.result()


def run_file(path: Path) -> Entry:
    """Run all functions of a file; one that does not read as a proof is an open entry."""
    start = time.perf_counter()
    try:
        file = read_proof_file(path)
    except MalformedProofFileError as error:
        outline = Outline(read_id(path), path.name, "", "proved", {"reading": "exact"})
        seconds = time.perf_counter() - start
        return Entry(outline, {"reading": Result(False, seconds, error=str(error))})
    return Entry(file.outline, {name: _run(file, name) for name in file.functions})


def _run(file: ProofFile, name: str) -> Result:
    start = time.perf_counter()
    try:
        return file.run(name)
    except Exception as error:  # any of them leaves the statement open, and the next one runs
        text = f"{type(error).__name__}: {error}"
        return Result(False, time.perf_counter() - start, error=text)
