"""Proof files as pytest sees them: an item for each function, and the ledger at the end."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest

from implicitbias.theorems.contents import is_proof_file, missing_ids, proof_files
from implicitbias.theorems.ledger import Entry, Outline, Result, table, write_ledger
from implicitbias.theorems.lint import MalformedProofFileError
from implicitbias.theorems.proof_file import ProofFile, read_proof_file
from implicitbias.theorems.trust import TRUST, is_stale, trust

__all__ = ["Ledger"]


class _File(pytest.File):
    def collect(self) -> Iterator[pytest.Item]:
        try:
            file = read_proof_file(self.path)
        except MalformedProofFileError as error:
            raise self.CollectError(str(error)) from error
        for name in file.functions:
            yield _Argument.from_parent(self, name=name, file=file)


class _Argument(pytest.Item):
    def __init__(self, *, file: ProofFile, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.file = file
        # Reports travel between processes, so the ledger is made from them alone.
        self.user_properties.append(("outline", asdict(file.outline)))

    def runtest(self) -> None:
        self.user_properties.append(("result", asdict(self.file.run(self.name))))

    def repr_failure(self, excinfo: Any, style: Any = None) -> Any:
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
        if config.getoption("dist", "no") == "load":
            config.option.dist = "loadfile"  # steps of one file share what they have proved

    def pytest_collect_file(
        self, file_path: Path, parent: pytest.Collector
    ) -> pytest.Collector | None:
        if file_path.parent == self.folder and is_proof_file(file_path):
            return _File.from_parent(parent, path=file_path)
        return None

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
        self.entries[outline.id] = Entry(outline, {**entry.results, name: result})

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if self.is_worker or session.config.option.collectonly:
            return
        if session.exitstatus == 0 and any(e.verdict == "open" for e in self.entries.values()):
            session.exitstatus = pytest.ExitCode.TESTS_FAILED
        if session.exitstatus == 0 and self._is_stale():
            session.exitstatus = pytest.ExitCode.TESTS_FAILED
        write_ledger(self.folder, self.entries.values())

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
            terminalreporter.line(f"{TRUST} is stale: `implicitbias prove` writes it")

    def _is_stale(self) -> bool:
        """Of a run of everything; part of one says nothing about the page."""
        entries = self.entries.values()
        whole = all(entry.verdict not in {"open", "partial"} for entry in entries)
        if not entries or not whole or len(entries) < len(proof_files(self.folder)):
            return False
        return is_stale(self.folder, trust(entries))
