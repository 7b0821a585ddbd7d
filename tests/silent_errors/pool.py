"""Problems judged in processes of their own, so that neither a hang nor a crash ends the run."""

import multiprocessing
import resource
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from typing import Any

from tests.silent_errors.case import ProblemClass
from tests.silent_errors.judge import CRASH, HANG, Verdict, judge

MEMORY = 6 * 2**30  # bytes a process may have
PATIENCE = 8.0  # times the seconds of a class, by the clock: then the process is killed
LEAST_PATIENCE = 240.0
Task = tuple[ProblemClass, int]


@dataclass
class _Worker:
    process: Any
    pipe: Connection
    task: Task | None = None
    since: float = 0.0

    @classmethod
    def start(cls) -> "_Worker":
        context = multiprocessing.get_context("fork")
        mine, theirs = context.Pipe()
        process = context.Process(target=_serve, args=(theirs,), daemon=True)
        process.start()
        theirs.close()
        return cls(process, mine)

    def give(self, task: Task) -> None:
        self.task, self.since = task, time.monotonic()
        self.pipe.send(task[1])

    def is_late(self) -> bool:
        assert self.task is not None
        allowed = max(PATIENCE * self.task[0].seconds, LEAST_PATIENCE)
        return time.monotonic() - self.since > allowed

    def end(self) -> int | None:
        self.process.kill()
        self.process.join()
        return self.process.exitcode


def verdicts(tasks: Iterable[Task], processes: int) -> Iterator[tuple[Task, Verdict]]:
    """The verdict on each (class, index), in the order in which they end.

    The classes are handed over by forking, so the tasks of one class come one after the other.
    """
    waiting = iter(tasks)
    workers: dict[Connection, _Worker] = {}
    upcoming = next(waiting, None)
    while upcoming is not None or workers:
        while upcoming is not None and len(workers) < processes:
            worker = _Worker.start()
            workers[worker.pipe] = worker
            worker.pipe.send(upcoming[0].name)
            worker.give(upcoming)
            upcoming = next(waiting, None)
        ready = wait(list(workers), timeout=1.0)
        for pipe, worker in list(workers.items()):
            if pipe not in ready and not worker.is_late():
                continue
            assert worker.task is not None
            task, verdict = worker.task, _received(worker, pipe in ready)
            if verdict.outcome != _GONE and upcoming is not None and upcoming[0] is task[0]:
                worker.give(upcoming)
                upcoming = next(waiting, None)
            else:
                worker.end()
                del workers[pipe]
            yield task, _named(verdict)


_GONE = "gone"


def _received(worker: _Worker, is_ready: bool) -> Verdict:
    if is_ready:
        try:
            verdict: Verdict = worker.pipe.recv()
            return verdict
        except EOFError:
            return Verdict(_GONE, f"{CRASH}: the process ended, exit code {worker.end()}")
    return Verdict(_GONE, f"{HANG}: no end, not even of the interpreter's step")


def _named(verdict: Verdict) -> Verdict:
    if verdict.outcome != _GONE:
        return verdict
    outcome, _, detail = verdict.detail.partition(": ")
    return Verdict(outcome, detail)


def _serve(pipe: Connection) -> None:
    """The class by name, then indices, until the other end closes."""
    from tests.silent_errors.corpus import CLASSES

    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    name = pipe.recv()
    problems = next(c for c in CLASSES if c.name == name)
    while True:
        try:
            index = pipe.recv()
        except EOFError:
            return
        pipe.send(judge(problems, index))
