"""Which proof files stay together, and which come first."""

import json
from pathlib import Path

import pytest

from implicitbias.theorems.contents import proof_files
from implicitbias.theorems.schedule import batches

PROOFS = Path(__file__).parents[2] / "proofs"
STEPS = "def step_1():\n    ...\n\n\ndef step_2():\n    ...\n\n\ndef step_3():\n    ...\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Four proofs: B takes one step of A that is not the last one, C the last one, D two."""
    imports = {"a": "", "b": "step_1, z", "c": "step_3", "d": "step_1, step_2"}
    for name, taken in imports.items():
        line = f"from {tmp_path.name}.a import {taken}\n" if taken else ""
        text = f'{line}ID = "{name.upper()}"\n{STEPS}'
        (tmp_path / f"{name}.py").write_text(text + "#" * {"b": 900}.get(name, 0))
    return tmp_path


def names(folder: Path, *ids: str) -> list[str]:
    files = {name: p for name, p in proof_files(folder).items() if not ids or name in ids}
    return ["".join(path.stem for path in batch) for batch in batches(folder, files)]


def test_files_that_share_steps_stay_together(folder: Path) -> None:
    assert sorted(names(folder)) == ["acd", "b"]
    assert sorted(names(folder, "B", "C", "D")) == ["b", "c", "d"]
    assert names(folder, "C") == ["c"]


def test_the_longest_text_comes_first_without_a_ledger(folder: Path) -> None:
    assert names(folder) == ["b", "acd"]


def test_the_longest_time_of_the_ledger_comes_first(folder: Path) -> None:
    times = {"A": 1.0, "B": 9.0, "C": 1.0, "D": 9.0}
    records = [{"id": name, "verdict": "proved", "seconds": s} for name, s in times.items()]
    (folder / "ledger.json").write_text(json.dumps(records))
    assert names(folder) == ["acd", "b"]
    records[3]["verdict"] = "partial"  # and so it may take another time
    (folder / "ledger.json").write_text(json.dumps(records))
    assert names(folder) == ["b", "acd"]


@pytest.mark.parametrize("text", ["", "[{", '[{"id": "B"}]', '{"id": "B"}', "[1]"])
def test_a_damaged_ledger_is_as_good_as_none(folder: Path, text: str) -> None:
    (folder / "ledger.json").write_text(text)
    assert names(folder) == ["b", "acd"]


def test_batches_of_this_project_hold_each_file_once() -> None:
    files = proof_files(PROOFS)
    found = batches(PROOFS, files)
    assert sorted(path for batch in found for path in batch) == sorted(files.values())
    together = {path.stem for path in next(b for b in found if PROOFS / "theorem_2.py" in b)}
    assert together >= {"theorem_2", "theorem_2_kernel_half", "theorem_2_rich_half"}
