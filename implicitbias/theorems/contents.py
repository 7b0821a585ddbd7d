"""Which statements a folder of proofs holds, and which it is still to hold."""

from __future__ import annotations

import re
from collections.abc import Collection
from pathlib import Path

from implicitbias.theorems.lint import MalformedProofFileError

__all__ = ["expected_ids", "is_proof_file", "missing_ids", "proof_files", "read_id"]

CONTENTS = "contents.txt"


def is_proof_file(path: Path) -> bool:
    """Every Python file of the folder is one, unless its name starts with an underscore."""
    return path.suffix == ".py" and path.name != "conftest.py" and not path.name.startswith("_")


def proof_files(folder: Path) -> dict[str, Path]:
    """The file of each ID; none is run. Raises MalformedProofFileError."""
    return {read_id(path): path for path in sorted(filter(is_proof_file, folder.iterdir()))}


def read_id(path: Path) -> str:
    """The ID that the text of a file gives.

    `T1.flow` is a part of `T1`, and does not complete it.
    Raises MalformedProofFileError when the contents do not list it, or another file has it.
    """
    found = _ids(path)
    if len(found) != 1:
        raise MalformedProofFileError(
            f'{path.name} has {len(found)} lines like ID = "T1"; write one, as in {CONTENTS}'
        )
    name, expected = found[0], expected_ids(path.parent)
    if expected and not any(name == whole or name.startswith(f"{whole}.") for whole in expected):
        raise MalformedProofFileError(
            f"{path.name}: {CONTENTS} does not list the ID {name!r}; it lists {' '.join(expected)}"
        )
    for other in filter(is_proof_file, path.parent.iterdir()):
        if other.name != path.name and name in _ids(other):
            raise MalformedProofFileError(f"{path.name} has the ID {name!r} of {other.name}")
    return name


def _ids(path: Path) -> list[str]:
    return re.findall(
        r'^ID = "([\w.]+)"(?: *#.*)?$', path.read_text(encoding="utf-8"), re.MULTILINE
    )


def expected_ids(folder: Path) -> list[str]:
    """The first word of each line of the contents, if the folder has them."""
    path = folder / CONTENTS
    lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
    return [line.split()[0] for line in lines if line.strip() and not line.startswith("#")]


def missing_ids(folder: Path, known: Collection[str]) -> list[str]:
    """The expected ones that have no file yet."""
    return [name for name in expected_ids(folder) if name not in known]
