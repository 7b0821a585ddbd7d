"""Which IDs a folder holds and is to hold."""

from pathlib import Path

import pytest

from implicitbias.theorems.contents import expected_ids, missing_ids, proof_files, read_id
from implicitbias.theorems.lint import MalformedProofFileError

ROOT = Path(__file__).parents[2]


def add(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text)
    return path


def test_files_are_found_by_their_ids(tmp_path: Path) -> None:
    path = add(tmp_path, "section_2.py", 'x = 1\nID = "2.3"  # why\n')
    for other in ("conftest.py", "_notation.py", "notes.md"):
        add(tmp_path, other, "")
    assert proof_files(tmp_path) == {"2.3": path}


def test_two_files_do_not_share_an_id(tmp_path: Path) -> None:
    add(tmp_path, "a.py", 'ID = "T1"\n')
    add(tmp_path, "b.py", 'ID = "T1"\n')
    with pytest.raises(MalformedProofFileError, match=r"a.py has the ID 'T1' of b.py"):
        proof_files(tmp_path)


def test_an_id_is_listed_or_a_part_of_a_listed_one(tmp_path: Path) -> None:
    add(tmp_path, "contents.txt", "# the paper\nT1   Theorem 1\n\n2.3  elasticity\n")
    assert expected_ids(tmp_path) == ["T1", "2.3"]
    assert read_id(add(tmp_path, "a.py", 'ID = "T1.flow"\n')) == "T1.flow"
    for name in ("T2", "T12", "2", "2.33"):
        path = add(tmp_path, "b.py", f'ID = "{name}"\n')
        with pytest.raises(MalformedProofFileError, match=f"not list the ID '{name}'; it lists T1"):
            read_id(path)


def test_a_part_does_not_complete_a_statement(tmp_path: Path) -> None:
    add(tmp_path, "contents.txt", "T1 Theorem 1\nT2 Theorem 2\n")
    assert missing_ids(tmp_path, ["T1.flow", "T2"]) == ["T1"]


def test_the_proofs_of_this_project_are_listed() -> None:
    assert len(expected_ids(ROOT / "proofs")) == 34
    assert "T1.potential" in proof_files(ROOT / "proofs")
