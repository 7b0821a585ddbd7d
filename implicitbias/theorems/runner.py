"""Running proof files without a test runner, one after the other or in several processes."""

from __future__ import annotations

import signal
import time
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from pathlib import Path

from implicitbias.theorems.contents import read_id
from implicitbias.theorems.ledger import Entry, Outline, Result
from implicitbias.theorems.lint import MalformedProofFileError
from implicitbias.theorems.proof_file import ProofFile, read_proof_file

__all__ = ["run_file", "run_files"]


def run_files(batches: Iterable[Sequence[Path]], jobs: int = 1) -> Iterator[Entry]:
    """The entry of each file, as it finishes.

    Whoever leaves early, as by an interrupt, ends the processes with what they are running.

    Args:
        batches: of files, in the order in which to start them; a batch stays in one process.
        jobs: how many processes. One is this process.
    """
    waiting = deque(batches)
    if jobs == 1:
        yield from (run_file(path) for batch in waiting for path in batch)
        return
    workers: list[_Worker] = []
    try:
        while waiting or any(worker.batch for worker in workers):
            idle = [worker for worker in workers if not worker.batch]
            if waiting and not idle and len(workers) < jobs:
                workers.append(_Worker())
            elif waiting and idle:
                idle[0].start(waiting.popleft())
            else:
                (pipe, *_) = wait([worker.pipe for worker in workers if worker.batch])
                worker = next(worker for worker in workers if worker.pipe is pipe)
                entry = worker.receive()
                if worker.exitcode is not None:
                    workers.remove(worker)
                    waiting.extendleft([worker.batch] if worker.batch else [])
                yield entry
    finally:
        for worker in workers:
            worker.end()


class _Worker:
    """A process that runs one batch after the other."""

    def __init__(self) -> None:
        # A fresh interpreter: threads of numerical libraries do not survive a fork.
        context = get_context("spawn")
        self.pipe, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs,), daemon=True)
        self._process.start()
        theirs.close()
        self.batch: list[Path] = []  # what is still to be run
        self.exitcode: int | None = None

    def start(self, batch: Sequence[Path]) -> None:
        self.batch = list(batch)
        self.pipe.send(self.batch)

    def receive(self) -> Entry:
        """The entry of the first file of the batch; open if the process has died of it."""
        path = self.batch.pop(0)
        try:
            entry: Entry = self.pipe.recv()
        except (EOFError, OSError):
            self._process.join()
            self.exitcode = self._process.exitcode
            why = f"the process ended with exit code {self.exitcode}"
            return _failed(path, "running", Result(False, 0.0, error=why))
        return entry

    def end(self) -> None:
        self._process.kill()
        self._process.join()
        self.pipe.close()


def _serve(pipe: Connection) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # an interrupt is for the process that waits
    while True:
        try:
            batch = pipe.recv()
        except EOFError:
            return
        for path in batch:
            pipe.send(run_file(path))


def run_file(path: Path) -> Entry:
    """Run all functions of a file; one that does not read as a proof is an open entry."""
    start = time.perf_counter()
    try:
        file = read_proof_file(path)
    except MalformedProofFileError as error:
        result = Result(False, time.perf_counter() - start, error=str(error))
        return _failed(path, "reading", result)
    return Entry(file.outline, {name: _run(file, name) for name in file.functions})


def _failed(path: Path, what: str, result: Result) -> Entry:
    outline = Outline(read_id(path), path.name, "", "proved", {what: "exact"})
    return Entry(outline, {what: result})


def _run(file: ProofFile, name: str) -> Result:
    start = time.perf_counter()
    try:
        return file.run(name)
    except Exception as error:  # any of them leaves the statement open, and the next one runs
        text = f"{type(error).__name__}: {error}"
        return Result(False, time.perf_counter() - start, error=text)
