"""Running a folder of statements: what passes, what fails, what the ledger says."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

HEAD = '''"""A statement.

Statement
---------
z = z.

Assumptions
-----------
None.

Not covered
-----------
Nothing.

Reference
---------
None.
"""

import pytest
import sympy as sp

from implicitbias.symbolic import expect_refuted, prove_identity

z = sp.Symbol("z", real=True)
'''
STEP = """
def step_1_equal():
    return prove_identity((z + 1) ** 2, z**2 + 2 * z + 1)
"""
CHECK = """
def check_numbers():
    assert 1 + 1 == 2
"""
REFUTE = """
def refute_nudged():
    return expect_refuted(prove_identity, (z + 1) ** 2, z**2 + 2 * z + 2)
"""


def run(folder: Path, text: str, *options: str) -> tuple[int, str]:
    """Exit code and output of pytest on one statement, with the configuration of this project."""
    shutil.copy(ROOT / "proofs" / "conftest.py", folder)
    (folder / "lemma_1_example.py").write_text(text)
    command = [sys.executable, "-m", "pytest", folder, *options, "-p", "no:cacheprovider"]
    done = subprocess.run(
        [*command, "-c", ROOT / "pyproject.toml", "--rootdir", folder],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def ledger(output: str) -> list[str]:
    """The columns of the one row, without the seconds."""
    return re.findall(r"^lemma_1_example .*$", output, flags=re.MULTILINE)[-1].split()[1:-1]


def test_good_statement_is_proved(tmp_path: Path) -> None:
    code, output = run(tmp_path, HEAD + STEP + CHECK + REFUTE)
    assert code == 0, output
    assert ledger(output) == ["proved", "1/1", "1/1", "1/1"]


@pytest.mark.parametrize(
    ("body", "row"),
    [
        (STEP.replace("* z + 1", "* z + 3") + REFUTE, ["open", "0/1", "0/0", "1/1"]),
        (STEP.replace("return", "pytest.skip()  #") + REFUTE, ["open", "0/1", "0/0", "1/1"]),
    ],
    ids=["false", "skipped"],
)
def test_failed_step_leaves_the_statement_open(tmp_path: Path, body: str, row: list[str]) -> None:
    code, output = run(tmp_path, HEAD + body)
    assert code == 1, output
    assert ledger(output) == row


def test_statement_without_a_false_neighbour_is_refused(tmp_path: Path) -> None:
    code, output = run(tmp_path, HEAD + STEP)
    assert code == 2, output
    assert "lemma_1_example.py has no refute_*" in output


@pytest.mark.parametrize("selection", ["step_1", "nothing_at_all"])
def test_deselected_argument_leaves_the_statement_partial(tmp_path: Path, selection: str) -> None:
    code, output = run(tmp_path, HEAD + STEP + REFUTE, "-k", selection)
    assert code == (5 if selection == "nothing_at_all" else 0), output
    assert ledger(output)[0] == "partial"


def test_workers_report_to_one_ledger(tmp_path: Path) -> None:
    code, output = run(tmp_path, HEAD + STEP + CHECK + REFUTE, "-n", "2")
    assert code == 0, output
    assert ledger(output) == ["proved", "1/1", "1/1", "1/1"]
