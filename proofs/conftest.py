"""Hands the statements of this folder to pytest; the rules: `implicitbias.symbolic.ledger`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from implicitbias.symbolic.ledger import Entry, is_statement, read_statement, table


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    return StatementFile.from_parent(parent, path=file_path) if is_statement(file_path) else None


class StatementFile(pytest.File):
    def collect(self) -> Iterator[pytest.Item]:
        statement = read_statement(self.path)
        for name in statement.functions:
            item = Argument.from_parent(self, name=name, statement=statement)
            # Reports travel between processes, so the ledger is made from them alone.
            item.user_properties.append(("statement", (statement.name, *statement.functions)))
            yield item


class Argument(pytest.Item):
    def __init__(self, *, statement: Any, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.statement = statement

    def runtest(self) -> None:
        self.statement.run(self.name)

    def repr_failure(self, excinfo: Any, style: Any = None) -> Any:
        here = excinfo.traceback.filter(lambda entry: Path(entry.path) == self.path)
        excinfo.traceback = here or excinfo.traceback  # the argument, not the tactic's inside
        return super().repr_failure(excinfo, style="short")

    def reportinfo(self) -> tuple[Path, None, str]:
        return self.path, None, self.name


class Ledger:
    """Collects the reports of a run, prints the table, fails the run when something is open."""

    def __init__(self) -> None:
        self.functions: dict[str, tuple[str, ...]] = {}
        self.passed: dict[str, dict[str, bool]] = {}
        self.seconds: dict[str, float] = {}

    def open(self, name: str, functions: Iterable[str]) -> None:
        if name not in self.functions:
            self.functions[name], self.passed[name], self.seconds[name] = tuple(functions), {}, 0.0

    def pytest_deselected(self, items: list[pytest.Item]) -> None:
        for item in items:
            if isinstance(item, Argument):
                self.open(item.statement.name, item.statement.functions)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        for key, value in report.user_properties:
            if key == "statement":
                name, *functions = value
                self.open(name, functions)
                function = report.nodeid.rpartition("::")[2]
                self.passed[name][function] = (
                    self.passed[name].get(function, True) and report.passed
                )
                self.seconds[name] += report.duration

    def entries(self) -> list[Entry]:
        return [Entry(n, f, self.passed[n], self.seconds[n]) for n, f in self.functions.items()]

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if session.exitstatus == 0 and any(entry.verdict == "open" for entry in self.entries()):
            session.exitstatus = pytest.ExitCode.TESTS_FAILED  # a skip leaves a statement open

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if self.functions:
            terminalreporter.section("ledger")
            for line in table(self.entries()):
                terminalreporter.line(line)


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(Ledger(), "ledger")
