"""Proof files as pytest sees them: an item for each function, and the ledger at the end.

A file is read as a text when it is collected, and imported when its first function runs. So with
pytest-xdist a process imports no more than it runs, and the one that hands out the work imports
nothing: which is why some imports here are inside functions.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from implicitbias.theorems.cache import Cache
from implicitbias.theorems.contents import is_proof_file, missing_ids, proof_files
from implicitbias.theorems.ledger import Entry, Outline, Result, table, write_ledger
from implicitbias.theorems.lint import MalformedProofFileError
from implicitbias.theorems.schedule import batches

if TYPE_CHECKING:
    from implicitbias.theorems.proof_file import ProofFile, ProofText

__all__ = ["Ledger", "add_options"]


def add_options(parser: pytest.Parser) -> None:
    """`--cached`, for the `conftest.py` of a folder of proofs."""
    parser.addoption(
        "--cached",
        action="store_true",
        help="skip proofs that ran earlier with the same sources, and keep those that run now",
    )


class _File(pytest.File):
    """A proof file: its text, and from the first of its functions on that runs, what there is to
    run, or the entry that is kept of it."""

    text: ProofText
    file: ProofFile
    kept: Entry | None

    def __init__(self, *, cache: Cache, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._cache = cache

    def collect(self) -> Iterator[pytest.Item]:
        from implicitbias.theorems.proof_file import read_proof_text

        try:
            self.text = read_proof_text(self.path)
        except MalformedProofFileError as error:
            raise self.CollectError(str(error)) from error
        for name in self.text.outline.functions:
            yield _Argument.from_parent(self, name=name, file=self)

    def setup(self) -> None:
        self.kept = self._cache.get(self.path)
        if self.kept is None:
            self.file = self.text.load()

    @property
    def outline(self) -> Outline:
        return self.file.outline if self.kept is None else self.kept.outline

    def run(self, name: str) -> Result:
        return self.file.run(name) if self.kept is None else self.kept.results[name]


class _Argument(pytest.Item):
    def __init__(self, *, file: _File, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._file = file
        # Reports travel between processes, so the ledger is made from them alone.
        self.user_properties.append(("outline", asdict(file.text.outline)))

    def setup(self) -> None:
        self.user_properties[0] = ("outline", asdict(self._file.outline))  # with its formula
        self.user_properties.append(("cached", self._file.kept is not None))

    def runtest(self) -> None:
        self.user_properties.append(("result", asdict(self._file.run(self.name))))

    def repr_failure(self, excinfo: Any, style: Any = None) -> Any:
        if excinfo.errisinstance(MalformedProofFileError):
            return str(excinfo.value)
        here = excinfo.traceback.filter(lambda entry: Path(entry.path) == self.path)
        excinfo.traceback = here or excinfo.traceback  # the argument, not the tactic's inside
        return super().repr_failure(excinfo, style="short")

    def reportinfo(self) -> tuple[Path, None, str]:
        return self.path, None, self.name


class Ledger:
    """Hands the proof files of a folder to pytest, prints the ledger, writes `ledger.json`."""

    def __init__(self, folder: Path, config: pytest.Config) -> None:
        self.folder = folder
        self.entries: dict[str, Entry] = {}
        self.is_worker = hasattr(config, "workerinput")  # one of pytest-xdist's processes
        paths = filter(is_proof_file, folder.iterdir()) if config.getoption("cached", False) else ()
        self.cache = Cache(folder, paths)
        if config.getoption("dist", "no") == "load":
            config.option.dist = "loadfile"  # steps of one file share what they have proved

    def pytest_collect_file(
        self, file_path: Path, parent: pytest.Collector
    ) -> pytest.Collector | None:
        if file_path.parent == self.folder and is_proof_file(file_path):
            return _File.from_parent(parent, path=file_path, cache=self.cache)
        return None

    @cached_property
    def batches(self) -> list[list[str]]:
        """The names of the files, in batches for one process each."""
        try:
            found = batches(self.folder, proof_files(self.folder))
        except (MalformedProofFileError, SyntaxError):
            return []  # the collection says so
        return [[path.name for path in batch] for batch in found]

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        """Tell one of pytest-xdist's processes the batches, so that all have the same."""
        node.workerinput["batches"] = self.batches

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_make_scheduler(self, config: pytest.Config, log: Any) -> object:
        if config.getoption("dist") != "loadfile":
            return None
        from implicitbias.theorems.distribution import BatchScheduling

        return BatchScheduling(config, log, self.batches)

    def pytest_collection_modifyitems(
        self, config: pytest.Config, items: list[pytest.Item]
    ) -> None:
        """Where several processes run the items, in the order of the batches."""
        if self.is_worker:
            order: list[list[str]] = config.workerinput["batches"]  # type: ignore[attr-defined]
            place = {name: k for k, batch in enumerate(order) for name in batch}
            items.sort(key=lambda item: place.get(item.path.name, len(order)))

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        properties: dict[str, Any] = dict(report.user_properties)
        if "outline" not in properties:
            return
        outline, name = Outline(**properties["outline"]), report.nodeid.rpartition("::")[2]
        entry = self.entries.setdefault(outline.id, Entry(outline, {}))
        result = entry.results.get(name) or Result(True, 0.0)
        if report.when == "call" and "result" in properties:
            result = Result(**properties["result"])
        if not report.passed:  # a skip, too, decides nothing
            error = str(report.longrepr).strip().splitlines()[-1:] or [report.outcome]
            result = replace(result, passed=False, seconds=report.duration, error=error[0])
        results = {**entry.results, name: result}
        self.entries[outline.id] = Entry(outline, results, properties.get("cached", False))

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if self.is_worker or session.config.option.collectonly:
            return
        if session.exitstatus == 0 and any(e.verdict == "open" for e in self.entries.values()):
            session.exitstatus = pytest.ExitCode.TESTS_FAILED
        if session.exitstatus == 0 and self._is_stale():
            session.exitstatus = pytest.ExitCode.TESTS_FAILED
        write_ledger(self.folder, self.entries.values())
        for entry in self.entries.values():
            self.cache.put(self.folder / entry.outline.file, entry)

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if self.is_worker or terminalreporter.config.option.collectonly:
            return
        try:
            known = proof_files(self.folder)
        except MalformedProofFileError:
            return  # the collection has said so
        terminalreporter.section("ledger")
        idle = [name for name in known if name not in self.entries]
        for line in table(self.entries.values(), idle, missing_ids(self.folder, known)):
            terminalreporter.line(line)
        if self._is_stale():
            from implicitbias.theorems.trust import TRUST

            terminalreporter.line(f"{TRUST} is stale: `implicitbias prove` writes it")

    def _is_stale(self) -> bool:
        """Of a run of everything; part of one says nothing about the page."""
        entries = self.entries.values()
        whole = all(entry.verdict not in {"open", "partial"} for entry in entries)
        if not entries or not whole or len(entries) < len(proof_files(self.folder)):
            return False
        from implicitbias.theorems.trust import is_stale, trust

        return is_stale(self.folder, trust(entries))
