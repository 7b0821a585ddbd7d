"""Proof files run without pytest."""

import multiprocessing
import time
from pathlib import Path

import pytest

from implicitbias.theorems.runner import run_file, run_files
from tests.theorems.example import write

FALSE = ("square, sum_of_powers)\n\n\n@exact\ndef step_2", "square, 0)\n\n\n@exact\ndef step_2")


def test_good_file_is_proved(tmp_path: Path) -> None:
    entry = run_file(write(tmp_path))
    assert (entry.verdict, entry.counts("exact"), entry.seconds > 0) == ("proved", "2/2", True)


def test_a_failed_step_leaves_it_open_and_the_others_run(tmp_path: Path) -> None:
    entry = run_file(write(tmp_path, FALSE))
    assert entry.verdict == "open"
    assert {name: result.passed for name, result in entry.results.items()} == {
        "step_1_square": False,
        "step_2_both": False,  # it uses step 1
        "check_numbers": True,
        "refute_nudged": True,
    }
    assert entry.results["step_1_square"].error.startswith("Refuted: ")


def test_a_file_that_breaks_a_rule_is_open(tmp_path: Path) -> None:
    entry = run_file(write(tmp_path, ("@exact\ndef step_1", "def step_1")))
    assert entry.verdict == "open"
    assert "step_1_square is not marked" in entry.details()[-1]


@pytest.mark.parametrize("processes", [1, 2])
def test_each_file_has_an_entry(tmp_path: Path, processes: int) -> None:
    paths = [
        write(tmp_path),
        write(tmp_path, ('ID = "L1"', 'ID = "L2"'), FALSE, name="lemma_2_example.py"),
    ]
    entries = run_files([[path] for path in paths], processes)
    assert {entry.outline.id: entry.verdict for entry in entries} == {"L1": "proved", "L2": "open"}


def proof(folder: Path, name: str, check: str = "assert True") -> Path:
    """A copy of the example with another check."""
    change = ("assert abs((0.5 + 1) ** 2 - 2.25) < 1e-9", check)
    return write(folder, ('ID = "L1"', f'ID = "{name}"'), change, name=f"{name}.py")


def test_a_process_that_dies_leaves_its_file_open_and_the_others_run(tmp_path: Path) -> None:
    """As of a bug in a C library; what is left of its batch goes to another process."""
    dies = proof(tmp_path, "L1", "sp.utilities.misc.os.abort()")
    batches = [[dies, proof(tmp_path, "L2")], [proof(tmp_path, "L3")]]
    entries = {entry.outline.id: entry for entry in run_files(batches, 2)}
    assert {name: entry.verdict for name, entry in entries.items()} == {
        "L1": "open",
        "L2": "proved",
        "L3": "proved",
    }
    assert entries["L1"].results["running"].error == "the process ended with exit code -6"


def test_leaving_early_ends_the_processes_with_what_they_run(tmp_path: Path) -> None:
    endless = "from itertools import count\n    all(map(bool, count(1)))"
    batches = [[proof(tmp_path, "L1")], [proof(tmp_path, "L2", endless)]]
    others = set(multiprocessing.active_children())  # of tests before this one
    start, entries = time.monotonic(), run_files(batches, 2)
    assert next(entries).outline.id == "L1"
    assert len(set(multiprocessing.active_children()) - others) == 2
    entries.close()
    assert not set(multiprocessing.active_children()) - others
    assert time.monotonic() - start < 60
