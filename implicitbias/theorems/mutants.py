"""Mutants of a proof file: its text with one formula changed, wherever the file writes it.

A formula is changed where it is defined, at the level of the module or in a helper, and in the
steps too where they write the same term, so that the steps argue for the changed formula and do
not just disagree with the statement.

It may be defined in the shared notation too, `_*.py`: there every definition counts that STATEMENT
is written with, directly or through other files. Then the term is changed in all files that the
proof imports, so that the steps that it takes from them argue for the changed formula as well.
"""

from __future__ import annotations

import ast
import copy
import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from implicitbias.theorems.lint import functions, kind_of
from implicitbias.theorems.sources import Sources, definitions, is_shared

__all__ = ["Kind", "Mutant", "mutants"]

Kind = Literal["constant", "sign", "exponent", "comparison", "domain"]

_TURNED = {"Le": "Ge", "Ge": "Le", "Lt": "Gt", "Gt": "Lt", "Eq": "Le"}
_TURNED_OPS: dict[type[ast.cmpop], type[ast.cmpop]] = {
    **{ast.Lt: ast.Gt, ast.Gt: ast.Lt, ast.LtE: ast.GtE, ast.GtE: ast.LtE},
}
# What of the file is no formula of the statement.
_NAMES = {"ID", "REPAIRS"}
_KEYWORDS = {"forall", "some", "examples", "where", "evaluate"}
_DECLARE = {"symbols", "Symbol", "IndexedBase", "Function", "Dummy"}


@dataclass(frozen=True)
class Mutant:
    """One change.

    Attributes:
        kind: what was changed.
        change: `line: before -> after`, with the file before the line if it is another.
        texts: {name of a file: its text} of each file that it changes.
    """

    kind: Kind
    change: str
    texts: Mapping[str, str]


def mutants(sources: Sources, rng: random.Random) -> Iterator[Mutant]:
    """All of them in random order, the kinds in turn, the same change of the texts once."""
    trees = {file: ast.parse(text) for file, text in sources.texts.items()}
    plain = {file: ast.unparse(tree) for file, tree in trees.items()}
    sites = [(sources.name, site) for site in _own_sites(trees[sources.name])]
    sites += _shared_sites(sources, trees)
    rng.shuffle(sites)
    queues: dict[Kind, list[tuple[str, _Site]]] = {}
    for file, site in sites:
        queues.setdefault(site.kind, []).append((file, site))
    seen: set[tuple[tuple[str, str], ...]] = {()}
    while queues:
        for kind in list(queues):
            file, site = queues[kind].pop()
            if not queues[kind]:
                del queues[kind]
            reach = [file] if file == sources.name else list(trees)
            texts = {name: _changed(trees[name], site) for name in reach}
            texts = {name: text for name, text in texts.items() if text != plain[name]}
            if tuple(texts.items()) not in seen:
                seen.add(tuple(texts.items()))
                where = "" if file == sources.name else f"{file}:"
                before, after = ast.unparse(site.before), ast.unparse(site.after)
                yield Mutant(kind, f"{where}{site.before.lineno}: {before} -> {after}", texts)


@dataclass(frozen=True)
class _Site:
    kind: Kind
    before: ast.expr
    after: ast.expr


def _changed(tree: ast.Module, site: _Site) -> str:
    return ast.unparse(_Everywhere(site).visit(copy.deepcopy(tree)))


class _Everywhere(ast.NodeTransformer):
    """The change in formulas and steps, not in what is sampled or shown to fail."""

    def __init__(self, site: _Site) -> None:
        self.wanted, self.after = ast.dump(site.before), site.after

    def visit(self, node: ast.AST) -> ast.AST:
        if isinstance(node, ast.FunctionDef) and kind_of(node.name) in {"check", "refute"}:
            return node
        if isinstance(node, ast.keyword) and node.arg in {"examples", "forall"}:
            return node
        if isinstance(node, ast.expr) and ast.dump(node) == self.wanted:
            return ast.copy_location(copy.deepcopy(self.after), node)
        return self.generic_visit(node)


def _own_sites(tree: ast.Module) -> Iterator[_Site]:
    """In the formulas of a proof file: its definitions and what its helpers return."""
    public = functions(tree)
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and node not in public:
            yield from _formulas(node)
        elif isinstance(node, ast.Assign):
            names = {target.id for target in node.targets if isinstance(target, ast.Name)}
            if not names & _NAMES:
                yield from _formulas(node.value)


def _shared_sites(sources: Sources, trees: Mapping[str, ast.Module]) -> Iterator[tuple[str, _Site]]:
    """In the shared notation, as far as the statement is written with it."""
    used = sources.statement_names()
    for file in filter(is_shared, trees):
        for names, value in definitions(trees[file]):
            if any((file, name) in used for name in names):
                yield from ((file, site) for site in _formulas(value))


def _formulas(value: ast.AST) -> Iterator[_Site]:
    """In what a helper returns, or in the value of an assignment."""
    if not isinstance(value, ast.FunctionDef):
        yield from _in(value, None)
        return
    for inner in ast.walk(value):
        if isinstance(inner, ast.Return) and inner.value is not None:
            yield from _in(inner.value, None)


def _in(node: ast.AST, term: ast.expr | None) -> Iterator[_Site]:
    """term: the smallest operation around the node, which is what is replaced."""
    if isinstance(node, ast.keyword) and node.arg in _KEYWORDS:
        return
    if isinstance(node, ast.Call):
        name = node.func.attr if isinstance(node.func, ast.Attribute) else ""
        if name in _DECLARE:
            return
        if name in _TURNED:
            yield _Site("comparison", node, _other_call(node, name))
        if name == "And" and len(node.args) > 1:
            fewer = (ast.Call(node.func, rest, node.keywords) for rest in _fewer(node.args))
            yield from (_Site("domain", node, call) for call in fewer)
    if isinstance(node, ast.BinOp | ast.UnaryOp | ast.Compare):
        term = node
        yield from _operators(node)
    elif isinstance(node, ast.Call) and term is None:
        term = node
    elif isinstance(node, ast.Constant) and type(node.value) is int and term is not None:
        exponent = isinstance(term, ast.BinOp) and isinstance(term.op, ast.Pow)
        kind: Kind = "exponent" if exponent and term.right is node else "constant"  # type: ignore[attr-defined]
        yield from _changes(kind, term, node, ast.Constant(node.value + 1))
        if node.value > 1:
            yield from _changes(kind, term, node, ast.Constant(node.value - 1))
    yield from _domains(node, term)
    for child in ast.iter_child_nodes(node):
        yield from _in(child, term)


def _domains(node: ast.AST, term: ast.expr | None) -> Iterator[_Site]:
    """One hypothesis fewer, or another end of an interval such as (-1, 1)."""
    rows: ast.AST = node.value if isinstance(node, ast.keyword) else node
    if not isinstance(rows, ast.Tuple):
        return
    if isinstance(node, ast.keyword):
        if node.arg != "hypotheses":
            return
    elif len(rows.elts) < 2 or not all(map(_is_relation, rows.elts)):
        if len(rows.elts) == 2 and term is None:
            for end in rows.elts:
                if isinstance(end, ast.Constant) and type(end.value) is int:
                    yield from _changes("domain", rows, end, ast.Constant(end.value + 1))
        return
    fewer = (ast.Tuple(rest, ast.Load()) for rest in _fewer(rows.elts))
    yield from (_Site("domain", rows, row) for row in fewer)


def _operators(node: ast.BinOp | ast.UnaryOp | ast.Compare) -> Iterator[_Site]:
    if isinstance(node, ast.UnaryOp):
        if isinstance(node.op, ast.USub):
            yield _Site("sign", node, node.operand)
        return
    if isinstance(node, ast.Compare):
        other = _TURNED_OPS.get(type(node.ops[0]))
        if other is not None and len(node.ops) == 1:
            yield _Site("comparison", node, ast.Compare(node.left, [other()], node.comparators))
        return
    if isinstance(node.op, ast.Add | ast.Sub):
        op = ast.Sub() if isinstance(node.op, ast.Add) else ast.Add()
        yield _Site("sign", node, ast.BinOp(node.left, op, node.right))
    elif isinstance(node.op, ast.Pow):
        more = ast.BinOp(node.right, ast.Add(), ast.Constant(1))
        yield _Site("exponent", node, ast.BinOp(node.left, ast.Pow(), more))


def _other_call(node: ast.Call, name: str) -> ast.Call:
    assert isinstance(node.func, ast.Attribute)
    return ast.Call(ast.Attribute(node.func.value, _TURNED[name]), node.args, node.keywords)


def _is_relation(node: ast.expr) -> bool:
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        return node.func.attr in {*_TURNED, "Ne"}
    return isinstance(node, ast.Compare)


def _fewer(nodes: list[ast.expr]) -> Iterator[list[ast.expr]]:
    """The list with one of them left out."""
    return ([*nodes[:k], *nodes[k + 1 :]] for k in range(len(nodes)))


def _changes(kind: Kind, term: ast.expr, old: ast.AST, new: ast.expr) -> Iterator[_Site]:
    """The term with the node `old` in it replaced."""
    if term is old:
        yield _Site(kind, term, new)
        return
    yield _Site(kind, term, copy.deepcopy(term, {id(old): new}))
