"""Which statements run in the same process, and in which order, where several processes run them.

A step runs once in a process, however many statements use it. So a file stays with one from which
it takes the conclusion, or two steps: of the time in which steps run a second time, in another
process, that saves two thirds. The batches that are expected to take longest come first, so that
the processes end at about the same time.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from pathlib import Path

from implicitbias.theorems.ledger import seconds_of_last_run
from implicitbias.theorems.lint import functions, kind_of
from implicitbias.theorems.sources import imports_of

__all__ = ["batches"]


def batches(folder: Path, files: Mapping[str, Path]) -> list[list[Path]]:
    """The files, a batch for one process at a time, in the order in which to start them.

    Args:
        folder: of the proofs.
        files: {ID: file} of those that are to run, as `proof_files` gives them.
    """
    seconds = _expected_seconds(folder, files)
    joined: dict[Path, list[Path]] = {}
    for path, batch in _joined(list(files.values())).items():
        joined.setdefault(batch, []).append(path)
    return sorted(joined.values(), key=lambda batch: -sum(seconds[path] for path in batch))


def _joined(paths: list[Path]) -> dict[Path, Path]:
    """{file: the one that its batch is named by}."""
    trees = {path: ast.parse(path.read_text(encoding="utf-8")) for path in paths}
    named = {path.stem: path for path in paths}
    batch = {path: path for path in paths}
    for path, tree in trees.items():
        for name, taken in imports_of(tree, path.parent.name).items():
            if name in named and _share(set(taken.values()), _steps(trees[named[name]])):
                old, new = batch[path], batch[named[name]]
                batch = {file: new if found == old else found for file, found in batch.items()}
    return batch


def _share(taken: set[str], steps: list[str]) -> bool:
    """Whether the names are enough of the steps to keep two files together."""
    return len(taken.intersection(steps)) > 1 or not taken.isdisjoint(steps[-1:])


def _steps(tree: ast.Module) -> list[str]:
    return [node.name for node in functions(tree) if kind_of(node.name) == "step"]


def _expected_seconds(folder: Path, files: Mapping[str, Path]) -> dict[Path, float]:
    """Of the last run; without one, by the length of the text."""
    last = seconds_of_last_run(folder)
    length = {path: path.stat().st_size for path in files.values()}
    known = {path: last[name] for name, path in files.items() if name in last}
    rate = sum(known.values()) / sum(length[path] for path in known) if known else 1.0
    return {path: known.get(path, rate * length[path]) for path in length}
