"""The texts of a proof file: its own and those that it imports, and what its statement is made of.

Files are parsed and not run. A proof imports from its folder by `from proofs.lemma_1 import z` and
in no other way, which `lint.py` sees to.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Sources", "definitions", "imports_of", "is_shared", "read_sources"]


@dataclass(frozen=True)
class Sources:
    """A proof file and all that it imports from its folder, directly or not.

    Attributes:
        package: the name of the folder.
        name: of the file, without `.py`.
        texts: {name of a file: its text}.
    """

    package: str
    name: str
    texts: Mapping[str, str]

    def statement_names(self) -> set[tuple[str, str]]:
        """The (file, name) of each definition that STATEMENT is written with, itself included."""
        uses = {
            file: _uses(file, ast.parse(text), self.package) for file, text in self.texts.items()
        }
        found: set[tuple[str, str]] = set()
        waiting = [(self.name, "STATEMENT")]
        while waiting:
            file, name = waiting.pop()
            if (file, name) not in found and name in uses.get(file, {}):
                found.add((file, name))
                waiting += uses[file][name]
        return found


def read_sources(path: Path) -> Sources:
    """The texts as they are on disk. Raises SyntaxError."""
    package, texts = path.parent.name, dict[str, str]()
    waiting = [path.stem]
    while waiting:
        name = waiting.pop()
        file = path.with_name(f"{name}.py")
        if name not in texts and file.is_file():
            texts[name] = file.read_text(encoding="utf-8")
            waiting += imports_of(ast.parse(texts[name]), package)
    return Sources(package, path.stem, texts)


def is_shared(file: str) -> bool:
    """Whether a file is notation that proofs share, and no proof."""
    return file.startswith("_")


def imports_of(tree: ast.Module, package: str) -> dict[str, dict[str, str]]:
    """What a file imports from the folder `package`: {file: {name here: name there}}."""
    found: dict[str, dict[str, str]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(f"{package}."):
            names = {alias.asname or alias.name: alias.name for alias in node.names}
            found.setdefault(str(node.module).removeprefix(f"{package}."), {}).update(names)
    return found


def definitions(tree: ast.Module) -> Iterator[tuple[set[str], ast.AST]]:
    """The names that are defined at the level of the module, and by what: those of `a, b = c, d`
    each by its own value."""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            yield {node.name}, node
        elif isinstance(node, ast.Assign):
            for target in node.targets:
                for part, value in _parts(target, node.value):
                    yield {n.id for n in ast.walk(part) if isinstance(n, ast.Name)}, value


def _parts(target: ast.expr, value: ast.expr) -> list[tuple[ast.expr, ast.expr]]:
    if (
        isinstance(target, ast.Tuple)
        and isinstance(value, ast.Tuple)
        and len(target.elts) == len(value.elts)
    ):
        return list(zip(target.elts, value.elts, strict=True))
    return [(target, value)]


def _uses(file: str, tree: ast.Module, package: str) -> dict[str, set[tuple[str, str]]]:
    """For each name at the level of the module, the (file, name) that its definition mentions."""
    uses: dict[str, set[tuple[str, str]]] = {}
    for defined, value in definitions(tree):
        inside = {(file, name.id) for name in ast.walk(value) if isinstance(name, ast.Name)}
        for name in defined:
            uses.setdefault(name, set()).update(inside)
    for other, names in imports_of(tree, package).items():
        for here, there in names.items():
            uses.setdefault(here, set()).add((other, there))
    return uses
