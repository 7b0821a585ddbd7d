"""A proof file: one statement of the paper, with the arguments that decide it.

    ID = "T1"                    as in `contents.txt`
    STATEMENT = Statement(...)   what is decided; the ledger prints it
    REPAIRS = "..."              only where the print is false or its proof broken: what, and how
                                 it is mended; a `refute_*printed*` then rejects the printed form
    step_*    `@exact` or `@enclosed`: an argument of the proof; returns its Proofs. The last one
              returns those that decide STATEMENT.
    check_*   sampled evidence, which asserts; shown, never counted.
    refute_*  false neighbours that a tactic of the steps rejects; returns the Refuted. Where the
              statement is false, `refute_the_statement` returns the Refuted of STATEMENT itself.

It is read in two parts: the text, and what only the imported file can show. No test runner is
needed to run one; `plugin.py` hands them to pytest.
"""

from __future__ import annotations

import ast
import importlib
import importlib.util
import sys
import time
import traceback
from collections import Counter
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import get_args

from implicitbias.symbolic.language.proof import Kind, Refuted, ancestors, is_witnessed
from implicitbias.symbolic.language.statement import Statement
from implicitbias.symbolic.language.steps import Step
from implicitbias.theorems.contents import read_id
from implicitbias.theorems.ledger import Goal, Outline, Result
from implicitbias.theorems.lint import (
    REFUTED,
    MalformedProofFileError,
    covered,
    functions,
    kind_of,
    parse,
    sections,
    source_violations,
    violations,
)

__all__ = ["ProofFile", "ProofText", "read_proof_file", "read_proof_text"]


@dataclass(frozen=True)
class ProofFile:
    """The functions of one file, in the order in which they are written."""

    outline: Outline
    statement: Statement
    functions: Mapping[str, Callable[[], object]]

    def run(self, name: str) -> Result:
        """Run one function. Raises what it raises, and TypeError or ValueError where its answer
        is not what its name promises."""
        start = time.perf_counter()
        function = self.functions[name]
        tactics: tuple[str, ...] = ()
        rests_on: tuple[str, ...] = ()
        refuted: tuple[str, ...] = ()
        proofs: Mapping[str, int] = {}
        if isinstance(function, Step):
            tactics, rests_on = self._run_step(name, function)
            proofs = _made_by(function)
        elif kind_of(name) == "refute":
            refuted = self._run_refute(name, function)
        else:
            function()
        seconds = time.perf_counter() - start
        return Result(True, seconds, tactics, rests_on, refuted, proofs=proofs)

    def _run_step(self, name: str, step: Step[object]) -> tuple[tuple[str, ...], tuple[str, ...]]:
        proofs = step.proofs
        if self.outline.goal != "refuted" and name == self.outline.steps[-1]:
            try:
                self.statement.check_decided_by(proofs)
            except ValueError as error:
                raise ValueError(f"{name} has to decide STATEMENT exactly, but {error}") from None
        here = step.function.__module__
        used = ancestors(proofs)
        rests_on = {note for proof in used for note in proof.notes}
        for proof in used:
            module, _, other = str(proof.step).rpartition(".")
            if module != here:
                rests_on.add(f"{other} of {module.rpartition('.')[2]}")
        tactics = dict.fromkeys(proof.tactic for proof in proofs)
        return tuple(tactics), tuple(sorted(rests_on))

    def _run_refute(self, name: str, function: Callable[[], object]) -> tuple[str, ...]:
        result = function()
        answers = tuple(result) if isinstance(result, Sequence) else (result,)
        if not answers or not all(isinstance(a, Refuted) and is_witnessed(a) for a in answers):
            raise TypeError(f"{name} must return what expect_refuted returned, got {result!r}")
        if name == REFUTED:
            for answer in answers:
                self.statement.check_refuted_at(answer.statement, answer.point)
        return tuple(map(str, answers))


def _made_by(step: Step[object]) -> dict[str, int]:
    """How many Proofs each tactic made in this step, of those that its answer rests on."""
    here = f"{step.function.__module__}.{step.function.__name__}"
    return dict(Counter(p.tactic for p in ancestors(step.proofs) if p.step == here))


@dataclass(frozen=True)
class ProofText:
    """A file whose text keeps the rules; it is not imported yet.

    Attributes:
        path: of the file.
        outline: all but the formula, and the kinds of the steps as they are marked in the text.
    """

    path: Path
    outline: Outline

    def load(self) -> ProofFile:
        """Import the file. Raises MalformedProofFileError when it breaks a rule that only the
        imported file can show."""
        module = _import(self.path)
        public = {name: getattr(module, name) for name in self.outline.functions}
        if broken := list(_object_violations(self.path.name, module, public)):
            raise MalformedProofFileError("\n".join(broken))
        kinds = {n: f.kind if isinstance(f, Step) else kind_of(n) for n, f in public.items()}
        statement: Statement = module.STATEMENT
        goal = _goal(public, vars(module))
        outline = replace(self.outline, formula=str(statement), goal=goal, functions=kinds)
        return ProofFile(outline, statement, public)


def read_proof_file(path: Path) -> ProofFile:
    """Read and import the file. Raises MalformedProofFileError when it does not keep the rules."""
    return read_proof_text(path).load()


def read_proof_text(path: Path) -> ProofText:
    """Read the text of the file. Raises MalformedProofFileError when it does not keep the rules."""
    tree = parse(path)
    name = read_id(path)
    broken = list(violations(path, tree))
    for helper in sorted(path.parent.glob("_*.py")):
        broken += _shared_violations(helper, helper.read_bytes())
    if broken:
        raise MalformedProofFileError("\n".join(dict.fromkeys(broken)))
    kinds = {node.name: _marked(node) or kind_of(node.name) for node in functions(tree)}
    items = covered(sections(ast.get_docstring(tree) or "")["Not covered"])
    goal = _goal(kinds, _assigned(tree))
    return ProofText(path, Outline(name, path.name, "", goal, kinds, tuple(items)))


@cache
def _shared_violations(path: Path, text: bytes) -> list[str]:  # text: so that it is read anew
    return list(source_violations(path, parse(path)))


def _goal(functions: Container[str], names: Container[str]) -> Goal:
    if REFUTED in functions:
        return "refuted"
    return "repaired" if "REPAIRS" in names else "proved"


def _marked(node: ast.FunctionDef) -> str:
    """`exact` or `enclosed`, as the text says above a step."""
    marks = [d.id for d in node.decorator_list if isinstance(d, ast.Name)]
    return next((mark for mark in marks if mark in get_args(Kind)), "")


def _assigned(tree: ast.Module) -> set[str]:
    targets = [t for node in tree.body if isinstance(node, ast.Assign) for t in node.targets]
    return {target.id for target in targets if isinstance(target, ast.Name)}


def _object_violations(
    file: str, module: ModuleType, public: Mapping[str, object]
) -> Iterator[str]:
    """The rules that only the imported file can show."""
    if not isinstance(getattr(module, "STATEMENT", None), Statement):
        yield f"{file} has no STATEMENT: write STATEMENT = Statement(forall=.., conclusion=..)"
    for name, function in public.items():
        if kind_of(name) == "step" and not isinstance(function, Step):
            yield f"{file}: {name} is not marked; write @exact or @enclosed above it"
        if kind_of(name) != "step" and isinstance(function, Step):
            yield f"{file}: {name} is marked as a step, and is none"
    if REFUTED not in public and "step" not in map(kind_of, public):
        yield f"{file} has no step_*, the last of which decides STATEMENT"
    printed = [name for name in public if kind_of(name) == "refute" and "printed" in name]
    repairs = getattr(module, "REPAIRS", None)
    if repairs is None and printed:
        yield f"{file} has {printed[0]}, but no REPAIRS = '...' that says how it is mended"
    if repairs is not None and not (isinstance(repairs, str) and repairs.strip() and printed):
        yield f"{file}: REPAIRS is a text, and goes with a refute_*printed* of what is mended"
    if repairs is not None and REFUTED in public:
        yield f"{file} has both REPAIRS and {REFUTED}: it is one or the other"


def _import(path: Path) -> ModuleType:
    """Under the name that other proof files import it by, so that a step is run once for all."""
    name, above = f"{path.parent.name}.{path.stem}", str(path.parent.parent.resolve())
    sys.path.insert(0, above)
    try:
        _same_examples_in_every_run()
        module = importlib.import_module(name)
    except Exception as error:  # whatever the file does on import, it is the file's fault
        frames = traceback.extract_tb(error.__traceback__)
        lines = [str(frame.lineno) for frame in frames if Path(frame.filename) == path.resolve()]
        where = ":".join([path.name, *lines[-1:]])
        raise MalformedProofFileError(f"{where}: {type(error).__name__}: {error}") from error
    finally:
        sys.path.remove(above)
    if Path(module.__file__ or "").resolve() != path.resolve():
        raise MalformedProofFileError(f"{path} is hidden by {module.__file__}; rename the folder")
    return module


def _same_examples_in_every_run() -> None:
    """Checks that draw examples draw the same ones each time, whoever runs them."""
    if importlib.util.find_spec("hypothesis") is None:
        return  # it comes with the tests; a file that needs it says so itself
    hypothesis = importlib.import_module("hypothesis")
    hypothesis.settings.register_profile(
        "proofs", derandomize=True, deadline=None, database=None, print_blob=False
    )
    hypothesis.settings.load_profile("proofs")
