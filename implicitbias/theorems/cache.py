"""Entries of the ledger that are kept from an earlier run, and read only where they are asked for.

An entry is kept under a digest of all that may change it: the texts of its file, of the files that
it imports and of the shared notation, those of the package as far as the proof uses it, and the
versions of Python and of the libraries. What does not fit, or is damaged, is as good as absent.
"""

from __future__ import annotations

import ast
import hashlib
import json
import sys
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from implicitbias.theorems.ledger import Entry, Outline, Result
from implicitbias.theorems.sources import read_sources

__all__ = ["Cache"]

FOLDER = ".ledger_cache"
PACKAGE = Path(__file__).parents[1]
# The rooms that every proof may use. One that uses another, as for a flow that it samples, has its
# entry kept under the whole package.
ROOMS = ("inputs", "numbers", "potentials", "symbolic", "theorems")
LIBRARIES = ("hypothesis", "mpmath", "numpy", "python-flint", "scipy", "sympy", "z3-solver")


class Cache:
    """The kept entries of proof files whose sources are what they were.

    Args:
        folder: of the proofs; the entries are in a folder inside of it.
        paths: of the proof files, whose sources are read now: what is run later is kept only if
            they have not changed meanwhile. Of no other file is an entry read or kept.
    """

    def __init__(self, folder: Path, paths: Iterable[Path]) -> None:
        self._folder = folder / FOLDER
        self._keys = {path.name: _key(path) for path in paths}

    def get(self, path: Path) -> Entry | None:
        """The entry of a file, marked as cached, if there is one."""
        if path.name not in self._keys:
            return None
        try:
            kept = json.loads(self._place(path).read_text(encoding="utf-8"))
            entry = kept["entry"]
            if kept["key"] != self._keys[path.name] or kept["digest"] != _digest(entry):
                return None
            results = {name: Result(**row) for name, row in entry["results"].items()}
            return Entry(Outline(**entry["outline"]), results, cached=True)
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def put(self, path: Path, entry: Entry) -> None:
        """Keep an entry that is whole and not open, and no cached one."""
        if path.name not in self._keys or entry.cached or entry.verdict != entry.outline.goal:
            return
        if self._keys[path.name] != _key(path):
            return  # who knows which of the two was run
        results = {name: asdict(result) for name, result in entry.results.items()}
        record = {"outline": asdict(entry.outline), "results": results}
        kept = {"key": self._keys[path.name], "digest": _digest(record), "entry": record}
        self._folder.mkdir(exist_ok=True)
        self._place(path).write_text(json.dumps(kept) + "\n", encoding="utf-8")

    def _place(self, path: Path) -> Path:
        return self._folder / f"{path.stem}.json"


def _digest(value: object) -> str:
    return hashlib.sha256(json.dumps(value).encode()).hexdigest()


def _key(path: Path) -> str:
    """A digest of all that may change the entry of a proof file."""
    try:
        texts = dict(read_sources(path).texts)
        for shared in path.parent.glob("_*.py"):
            texts[shared.stem] = shared.read_text(encoding="utf-8")
        rooms = {room for text in texts.values() for room in _rooms_of(text)}
    except SyntaxError:
        return "unreadable"
    package = _package(rooms <= set(ROOMS))
    return _digest([sorted(texts.items()), package, sys.version, *map(_version, LIBRARIES)])


def _rooms_of(text: str) -> Iterator[str]:
    """The rooms of the package that a file imports from; "" for its root."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.ImportFrom):
            modules = [node.module or ""]
        elif isinstance(node, ast.Import):
            modules = [alias.name for alias in node.names]
        else:
            continue
        for module in modules:
            package, _, rest = module.partition(".")
            if package == PACKAGE.name:
                yield rest.partition(".")[0]


def _package(only_rooms: bool) -> str:
    """A digest of the texts of the package, or of the rooms and the root only."""
    patterns = ["*.py", *(f"{room}/**/*.py" for room in ROOMS)] if only_rooms else ["**/*.py"]
    paths = sorted(path for pattern in patterns for path in PACKAGE.glob(pattern))
    return _digest([[str(p.relative_to(PACKAGE)), p.read_text(encoding="utf-8")] for p in paths])


def _version(library: str) -> str:
    try:
        return version(library)
    except PackageNotFoundError:
        return "absent"
