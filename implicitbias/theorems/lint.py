"""What the source of a proof file may contain, read without running it."""

from __future__ import annotations

import ast
import importlib
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

__all__ = [
    "COVERS",
    "REFUTED",
    "SECTIONS",
    "MalformedProofFileError",
    "covered",
    "functions",
    "kind_of",
    "parse",
    "sections",
    "source_violations",
    "violations",
]

SECTIONS = ("Statement", "Assumptions", "Not covered", "Reference")
COVERS = (
    "Existence and uniqueness for ODEs",
    "Compactness",
    "Convex duality and separation",
    "Term-by-term differentiation of power series",
)
KINDS = ("step", "check", "refute")
REFUTED = "refute_the_statement"  # in a file whose statement is false as printed
# A proof needs no more. What is absent could reach into a tactic: sys, gc, copy, unittest.mock ..
MODULES = (
    *("collections", "fractions", "functools", "itertools", "math", "random", "typing"),
    *("flint", "hypothesis", "mpmath", "numpy", "scipy", "sympy"),
)
# Ways to a name that the source does not show.
BUILTINS = {"getattr", "setattr", "delattr", "vars", "globals", "locals"} | {
    *("exec", "eval", "compile", "open", "object", "type", "super", "__import__", "breakpoint"),
}


class MalformedProofFileError(ValueError):
    """The file does not keep the rules; the message has a line for each that it breaks."""


def parse(path: Path) -> ast.Module:
    """The text of a proof file. Raises MalformedProofFileError when it is not Python."""
    try:
        return ast.parse(path.read_text(encoding="utf-8"), path.name)
    except (SyntaxError, ValueError) as error:
        raise MalformedProofFileError(f"{path.name} is not Python: {error}") from error


def functions(tree: ast.Module) -> list[ast.FunctionDef]:
    """The public functions of a file, in the order of the text."""
    defined = [node for node in tree.body if isinstance(node, ast.FunctionDef)]
    return [node for node in defined if not node.name.startswith("_")]


def kind_of(name: str) -> str:
    """`step`, `check` or `refute`, if it is one of them."""
    return name.partition("_")[0]


def sections(docstring: str) -> dict[str, str]:
    """The text below each heading that is underlined with hyphens."""
    parts = re.split(r"^(\w[\w ]*)\n-{3,}$", docstring, flags=re.MULTILINE)
    return dict(zip(parts[1::2], map(str.strip, parts[2::2]), strict=True))


def covered(text: str) -> list[str]:
    """The items of `Not covered`: `Item: explanation`, continued on indented lines.

    Raises ValueError for an item that is not in COVERS.
    """
    items = []
    for line in text.splitlines():
        if line[:1].strip() and line != "Nothing.":
            item = re.split(r"[:.]", line)[0]
            if item not in COVERS:
                raise ValueError(
                    f"'Not covered' may list {', '.join(COVERS)}, or 'Nothing.', each as "
                    f"'Item: explanation' with further lines indented; got {line!r}"
                )
            items.append(item)
    return items


def violations(path: Path, tree: ast.Module) -> Iterator[str]:
    """One line for each rule that the text of a proof file breaks."""
    found = sections(ast.get_docstring(tree) or "")
    for section in SECTIONS:
        if not found.get(section):
            yield f"{path.name} lacks the section {section!r} in its docstring, or it is empty"
    try:
        covered(found.get("Not covered", ""))
    except ValueError as error:
        yield f"{path.name}: {error}"
    names = [node.name for node in functions(tree)]
    for name in {name for name in names if names.count(name) > 1}:
        yield f"{path.name} defines {name} twice, and only the last one would run"
    for node in functions(tree):
        where = f"{path.name}:{node.lineno}: {node.name}"
        if kind_of(node.name) not in KINDS:
            yield f"{where} is none of step_*, check_*, refute_*; start it with _ if it is a helper"
        elif kind_of(node.name) != "check":
            yield from _argument_violations(where, node)
    if not any(kind_of(name) == "refute" for name in names):
        yield f"{path.name} has no refute_*: show a false neighbour that the same tactic rejects"
    yield from source_violations(path, tree)
    yield from _tactic_violations(path, tree)


def _argument_violations(where: str, node: ast.FunctionDef) -> Iterator[str]:
    arguments = node.args
    if arguments.args or arguments.kwonlyargs or arguments.vararg or arguments.kwarg:
        yield f"{where} takes arguments; a step or a refute takes none"
    for inner in ast.walk(node):
        if isinstance(inner, ast.Assert):
            yield f"{where} asserts, which proves nothing: return Proofs, and assert in a check_*"
        if isinstance(inner, ast.Try):
            yield f"{where} catches errors; undecided is a failure, and expect_refuted catches"


def source_violations(path: Path, tree: ast.Module) -> Iterator[str]:
    """The rules that hold for every file that a proof imports from its folder, too."""
    checks = [node for node in functions(tree) if kind_of(node.name) == "check"]
    sampled = {id(inner) for check in checks for inner in ast.walk(check)}
    for node in ast.walk(tree):
        where = f"{path.name}:{getattr(node, 'lineno', 0)}:"
        if id(node) not in sampled and (number := _float(node)):
            yield f"{where} {number} is a float; write sympy.Rational, or move it into a check_*"
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield from (f"{where} {text}" for text in _import_violations(path, node))
        elif isinstance(node, ast.Attribute):
            if node.attr.startswith("_"):
                yield f"{where} .{node.attr} is private"
            if node.attr == "without_examples":
                yield f"{where} .{node.attr} is for mutants; give a point of the hypotheses"
            if isinstance(node.ctx, ast.Store | ast.Del):
                yield f"{where} sets .{node.attr} of an object, which may be a tactic's"
        elif isinstance(node, ast.Name) and (node.id in BUILTINS or node.id.startswith("__")):
            yield f"{where} {node.id} is not for a proof file"
        elif isinstance(node, ast.Global | ast.ClassDef | ast.AsyncFunctionDef):
            yield f"{where} no class, global or async: a proof file is made of functions"


def _float(node: ast.AST) -> str:
    if isinstance(node, ast.Constant) and isinstance(node.value, float | complex):
        return repr(node.value)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div):
        sides = (node.left, node.right)
        if all(isinstance(s, ast.Constant) and isinstance(s.value, int) for s in sides):
            return ast.unparse(node)
    return ""


def _import_violations(path: Path, node: ast.Import | ast.ImportFrom) -> Iterator[str]:
    if isinstance(node, ast.Import):
        for alias in node.names:
            if alias.name.partition(".")[0] not in MODULES:
                yield f"import {alias.name} is not for a proof file; there are {', '.join(MODULES)}"
        return
    module, names = node.module or "", [alias.name for alias in node.names]
    root = module.partition(".")[0]
    if root == path.parent.name and module.count(".") == 1:
        if private := [name for name in names if name.startswith("_") or name == "*"]:
            yield f"{private[0]} is private to {module}"
    elif root == "implicitbias":
        for name in sorted(set(names) - set(_public_names(module))):
            yield f"{name} is no public name of a folder: from implicitbias.symbolic import ..."
    elif root not in (*MODULES, "__future__") or "*" in names or node.level:
        yield f"an import from {module or '.'} is not for a proof file"


def _public_names(module: str) -> Sequence[str]:
    """Those of the package and of its folders; a file or a room of a folder has none."""
    if module.count(".") > 1:
        return ()
    try:
        return getattr(importlib.import_module(module), "__all__", ())
    except ImportError:
        return ()


def _tactic_violations(path: Path, tree: ast.Module) -> Iterator[str]:
    """A neighbour is rejected by a tactic that the file also proves with, or it shows nothing."""
    refutes = [node for node in functions(tree) if kind_of(node.name) == "refute"]
    inside = {id(inner) for refute in refutes for inner in ast.walk(refute)}
    origin = {
        alias.asname or alias.name: node.module or ""
        for node in tree.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    tactics = {name for name, module in origin.items() if module == "implicitbias.symbolic"}
    used = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and id(node) not in inside:
            used.add(node.id)
            if isinstance(node.ctx, ast.Store) and node.id in tactics:
                yield f"{path.name}:{node.lineno}: {node.id} hides the one of implicitbias.symbolic"
    # Steps of another file may have used any tactic; a statement that is false needs no step.
    elsewhere = any(
        node.module.startswith(f"{path.parent.name}.") and kind_of(alias.name) == "step"
        for node in tree.body
        if isinstance(node, ast.ImportFrom) and node.module
        for alias in node.names
    )
    if not elsewhere and REFUTED not in [refute.name for refute in refutes]:
        tactics &= used
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "expect_refuted":
            tactic = ast.unparse(node.args[0]) if node.args else "nothing"
            if tactic not in tactics:
                yield (
                    f"{path.name}:{node.lineno}: expect_refuted({tactic}, ..) has to name a tactic "
                    "that a step of this file uses"
                )
