"""``implicitbias prove`` hands the theorems to pytest and its exit code on."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

import implicitbias.cli.prove as command
from implicitbias.cli import app

ROOT = Path(__file__).parents[2]


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[tuple[list[str], Path]]:
    """What would have been run, and where; its exit code is 3."""
    runs: list[tuple[list[str], Path]] = []

    def record(arguments: list[str], cwd: Path, check: bool) -> Any:
        runs.append((arguments, cwd))
        return subprocess.CompletedProcess(arguments, 3)

    monkeypatch.setattr(subprocess, "run", record)
    return runs


def test_it_runs_the_theorems_of_its_checkout_from_anywhere(
    started: list[tuple[list[str], Path]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert CliRunner().invoke(app, ["prove", "-k", "theorem_1", "-q"]).exit_code == 3
    expected = [sys.executable, "-m", "pytest", "proofs/", "-k", "theorem_1", "-q"]
    assert started == [(expected, ROOT)]


def test_an_installed_package_uses_the_checkout_it_is_called_in(
    started: list[tuple[list[str], Path]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(command, "__file__", str(tmp_path / "a" / "b" / "c" / "prove.py"))
    monkeypatch.chdir(ROOT)
    assert CliRunner().invoke(app, ["prove"]).exit_code == 3
    assert started[0][1] == ROOT


def test_without_a_checkout_it_says_where_the_theorems_are(
    started: list[tuple[list[str], Path]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(command, "__file__", str(tmp_path / "a" / "b" / "c" / "prove.py"))
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(app, ["prove"])
    assert result.exit_code == 2
    assert "the theorems come with the source checkout" in result.stderr
    assert not started


def test_pytest_collects_the_theorems() -> None:
    run = subprocess.run(
        [sys.executable, "-m", "implicitbias", "prove", "--collect-only", "-q"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    assert "theorem_1" in run.stdout
