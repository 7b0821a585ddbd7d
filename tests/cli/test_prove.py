"""``implicitbias prove`` runs the theorems of a checkout and prints their ledger."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

import implicitbias.cli.prove as command
from implicitbias.cli import app
from implicitbias.theorems.trust import TRUST
from tests.theorems.example import write

FALSE = ("square, sum_of_powers)\n\n\n@exact\ndef step_2", "square, 0)\n\n\n@exact\ndef step_2")


@pytest.fixture
def proofs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The proofs of a checkout: L1, which is proved, and L2, which is false."""
    # Named after the test, as a module is imported once in a process.
    monkeypatch.setattr(command, "FOLDER", tmp_path.name)
    folder = tmp_path / tmp_path.name
    folder.mkdir()
    (folder / "conftest.py").touch()
    (folder / "contents.txt").write_text("L1 one\nL2 two\nL3 three\n")
    write(folder)
    write(folder, ('ID = "L1"', 'ID = "L2"'), FALSE, name="lemma_2_example.py")
    monkeypatch.setattr(command, "__file__", str(tmp_path / "implicitbias" / "cli" / "prove.py"))
    return folder


def call(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["prove", *arguments])


def test_one_statement_by_its_id(proofs: Path) -> None:
    result = call("L1")
    assert result.exit_code == 0, result.output
    lines = result.stdout.splitlines()
    assert lines[0].startswith("[1/1] L1: proved, ")
    assert lines[3].startswith("L1  proved   2/2    1/1     1/1 ")
    assert lines[-2:] == ["did not run: L2", "no file yet: L3"]
    assert [r["id"] for r in json.loads((proofs / "ledger.json").read_text())] == ["L1"]


def test_all_statements_with_one_open(proofs: Path) -> None:
    result = call("-n", "1")
    assert result.exit_code == 1, result.output
    assert result.stdout.splitlines()[1].startswith("[2/2] L2: open, ")
    assert "step_1_square: Refuted: " in result.stdout
    verdicts = [r["verdict"] for r in json.loads((proofs / "ledger.json").read_text())]
    assert verdicts == ["proved", "open"]


def test_cached_statements_do_not_run_and_no_page_is_written_of_them(proofs: Path) -> None:
    (proofs / "lemma_2_example.py").unlink()
    assert call("--cached", "-n", "1").stdout.startswith("[1/1] L1: proved, ")
    (proofs / TRUST).unlink()
    result = call("--cached")
    assert result.exit_code == 0 and "[1/1]" not in result.stdout, result.output
    assert "cached: 1 of them ran earlier" in result.stdout
    assert [r["cached"] for r in json.loads((proofs / "ledger.json").read_text())] == [True]
    assert not (proofs / TRUST).exists()
    assert call("-n", "1").stdout.startswith("[1/1] L1: proved, ")
    assert (proofs / TRUST).exists()


@pytest.mark.usefixtures("proofs")
def test_unknown_id_is_told_which_there_are() -> None:
    result = call("L1", "T9")
    assert result.exit_code == 2
    assert result.stdout == ""
    assert result.stderr == "error: there is no proof of 'T9'; there are L1 L2\n"


def test_a_file_without_an_id_is_bad_input(proofs: Path) -> None:
    (proofs / "lemma_3.py").write_text("x = 1\n")
    result = call()
    assert result.exit_code == 2
    assert result.stderr.startswith('error: lemma_3.py has 0 lines like ID = "T1"')


def test_an_installed_package_uses_the_checkout_it_is_called_in(
    proofs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(command, "__file__", str(tmp_path / "a" / "b" / "c" / "prove.py"))
    monkeypatch.chdir(proofs.parent)
    assert call("L1").exit_code == 0


def test_without_a_checkout_it_says_where_the_theorems_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(command, "__file__", str(tmp_path / "a" / "b" / "c" / "prove.py"))
    monkeypatch.chdir(tmp_path)
    result = call()
    assert result.exit_code == 2
    assert "the theorems come with the source checkout" in result.stderr
