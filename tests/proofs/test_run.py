"""Running a folder of proof files with pytest: what passes, what fails, what the ledger says."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from implicitbias.theorems.cache import FOLDER as CACHE
from implicitbias.theorems.ledger import Entry, Outline, Result
from implicitbias.theorems.trust import TRUST, trust
from tests.theorems.example import write

ROOT = Path(__file__).parents[2]
FALSE = ("square, sum_of_powers)\n\n\n@exact\ndef step_2", "square, 0)\n\n\n@exact\ndef step_2")


# What the example is to be trusted for, as far as the page says it.
STEPS = {"step_1_square": "exact", "step_2_both": "exact"}
OUTLINE = Outline("L1", "lemma_1_example.py", "", "proved", STEPS, ("Compactness",))
DECIDED = Result(True, 0.0, proofs={"prove_identity": 1, "prove_positive": 1})
PAGE = trust([Entry(OUTLINE, {"step_2_both": DECIDED})])


def run(folder: Path, *options: str, conftest: str = "") -> tuple[int, str]:
    """Exit code and output of pytest on the folder, with the configuration of this project."""
    (folder / "conftest.py").write_text((ROOT / "proofs" / "conftest.py").read_text() + conftest)
    # No assert is rewritten: it would be in hypothesis, which takes half of the time where Python
    # keeps no bytecode.
    fast = ("-p", "no:cacheprovider", "--assert=plain")
    command = [sys.executable, "-m", "pytest", folder, *options, *fast]
    done = subprocess.run(
        [*command, "-c", ROOT / "pyproject.toml", "--rootdir", folder],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def row(output: str, name: str = "L1") -> list[str]:
    """Verdict, steps, checks and refuted of the row of the table."""
    return re.findall(rf"^{name}  .*$", output, flags=re.MULTILINE)[-1].split()[1:5]


def records(folder: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((folder / "ledger.json").read_text())
    return found


def verdicts(folder: Path) -> dict[str, str]:
    return {r["id"]: r["verdict"] for r in records(folder)}


@pytest.mark.parametrize("options", [(), ("-n", "2")], ids=["one process", "two processes"])
def test_good_statement_is_proved(tmp_path: Path, options: tuple[str, ...]) -> None:
    write(tmp_path)
    (tmp_path / TRUST).write_text(PAGE)
    (tmp_path / "contents.txt").write_text("L1 Lemma 1\nL2 Lemma 2\n")
    code, output = run(tmp_path, *options)
    assert code == 0, output
    assert row(output) == ["proved", "2/2", "1/1", "1/1"]
    assert "for all real z:" in output and "(z + 1)**2 = z**2 + 2*z + 1" in output
    assert "no file yet: L2" in output
    assert not (tmp_path / CACHE).exists()
    (record,) = records(tmp_path)
    assert record["tactics"] == ["prove_identity", "prove_positive"]
    assert len(record["refuted"]) == 1


@pytest.mark.parametrize("options", [(), ("-n", "2")], ids=["one process", "two processes"])
def test_failed_step_leaves_the_statement_open(tmp_path: Path, options: tuple[str, ...]) -> None:
    write(tmp_path, FALSE)
    write(tmp_path, ('ID = "L1"', 'ID = "L2"'), name="lemma_2_example.py")
    code, output = run(tmp_path, *options)
    assert code == 1, output
    assert row(output) == ["open", "0/2", "1/1", "1/1"]
    assert verdicts(tmp_path) == {"L1": "open", "L2": "proved"}


def test_run_that_stops_at_a_failure_says_what_did_not_run(tmp_path: Path) -> None:
    write(tmp_path, FALSE)
    write(tmp_path, ('ID = "L1"', 'ID = "L2"'), name="lemma_2_example.py")
    code, output = run(tmp_path, "-x")
    assert code == 1, output
    assert row(output) == ["open", "0/2", "0/1", "0/1"]
    assert "did not run: L2" in output
    assert verdicts(tmp_path) == {"L1": "open"}


def test_a_skip_leaves_the_statement_open(tmp_path: Path) -> None:
    write(tmp_path)
    skip = "\n\ndef pytest_runtest_setup(item):\n    'check' in item.name and pytest.skip('why')\n"
    code, output = run(tmp_path, conftest=skip)
    assert code == 1, output
    assert row(output) == ["open", "2/2", "0/1", "1/1"]


def test_file_that_breaks_a_rule_does_not_collect(tmp_path: Path) -> None:
    write(tmp_path, ("def refute_", "def _refute_"))
    code, output = run(tmp_path)
    assert code == 2, output
    assert "lemma_1_example.py has no refute_*" in output
    assert "Traceback" not in output
    assert verdicts(tmp_path) == {}


@pytest.mark.parametrize("options", [(), ("-n", "2")], ids=["one process", "two processes"])
def test_deselected_function_leaves_the_statement_partial(
    tmp_path: Path, options: tuple[str, ...]
) -> None:
    write(tmp_path)
    code, output = run(tmp_path, "-k", "step_2", *options)
    assert code == 0, output
    assert row(output) == ["partial", "1/2", "0/1", "0/1"]
    assert "1 statements: 1 partial" in output


def test_nothing_selected_says_so(tmp_path: Path) -> None:
    write(tmp_path)
    code, output = run(tmp_path, "-k", "nothing_at_all")
    assert code == 5, output
    assert "did not run: L1" in output


@pytest.mark.parametrize("options", [(), ("-n", "2")], ids=["one process", "two processes"])
def test_stale_page_of_what_is_trusted_fails(tmp_path: Path, options: tuple[str, ...]) -> None:
    """The page of `test_good_statement_is_proved`, with another tactic."""
    write(tmp_path)
    (tmp_path / TRUST).write_text(PAGE.replace("prove_identity", "prove_integral"))
    code, output = run(tmp_path, *options)
    assert code == 1 and "TRUST.md is stale" in output, output


def test_two_processes_write_the_ledger_of_one(tmp_path: Path) -> None:
    """The second file takes the conclusion of the first, and stays with it; only times differ."""
    write(tmp_path)
    line = f"from {tmp_path.name}.lemma_1_example import step_2_both as both\n"
    uses = (
        ('ID = "L1"', 'ID = "L2"'),
        ("from implicitbias", f"{line}from implicitbias"),
        ("    return [step_1_square(), prove_positive(z**2 + z, z, 0)]", "    return both()"),
    )
    write(tmp_path, *uses, name="lemma_2_example.py")
    write(tmp_path, ('ID = "L1"', 'ID = "L3"'), FALSE, name="lemma_3_example.py")
    ledgers = []
    for options in ((), ("-n", "2", "-v")):
        code, output = run(tmp_path, *options)
        assert code == 1, output
        assert "rests on: Compactness, step_1_square of lemma_1_example, step_2" in output
        ledgers.append([{**record, "seconds": 0} for record in records(tmp_path)])
    assert ledgers[0] == ledgers[1]
    ran = set(re.findall(r"^\[(gw\d)\].*(lemma_\d)_example.py::", output, flags=re.MULTILINE))
    where = {file: process for process, file in ran}
    assert len(ran) == 3 and where["lemma_1"] == where["lemma_2"] != where["lemma_3"]
    assert verdicts(tmp_path) == {"L1": "proved", "L2": "proved", "L3": "open"}


def test_file_that_does_not_import_leaves_the_statement_open(tmp_path: Path) -> None:
    write(tmp_path, ("forall=(z,)", "forall=()"))
    write(tmp_path, ('ID = "L1"', 'ID = "L2"'), name="lemma_2_example.py")
    code, output = run(tmp_path)
    assert code == 1, output
    assert row(output) == ["open", "0/2", "0/1", "0/1"]
    assert "lemma_1_example.py:32: ValueError: forall does not name z, which is free" in output
    assert "Traceback" not in output
    assert verdicts(tmp_path) == {"L1": "open", "L2": "proved"}


def test_cached_statement_does_not_run_and_says_so(tmp_path: Path) -> None:
    write(tmp_path)
    code, output = run(tmp_path, "--cached")
    assert code == 0 and "cached: " not in output, output
    (fresh,) = records(tmp_path)
    assert (tmp_path / CACHE).is_dir() and not fresh["cached"]
    no_load = "\nfrom implicitbias.theorems.proof_file import ProofText\nProofText.load = 0\n"
    code, output = run(tmp_path, "--cached", "-n", "2", conftest=no_load)
    assert code == 0 and "cached: 1 of them ran earlier" in output, output
    assert records(tmp_path) == [{**fresh, "cached": True}]
    code, output = run(tmp_path)
    assert code == 0 and not records(tmp_path)[0]["cached"], output
