"""A mutant run: is its statement false, and does its file prove it all the same?

`falsify` classes what the mutant has changed. Then the last step of the mutant is run, and has to
decide the changed statement; the examples, which would reject many a mutant at the door, are not
asked for. What the steps prove on the way is put to `falsify` as well. A false conclusion is put
once more to the tactics directly, with all that the unchanged file had proved for its last step: so
that a mutant does not die only of a formula that is written differently.

Where a mutant changes the shared notation, the files that the proof imports are imported anew too,
and their steps run anew: all see the one changed notation.
"""

from __future__ import annotations

import ast
import importlib
import random
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import spec_from_loader
from pathlib import Path
from types import ModuleType
from typing import Literal

import sympy as sp

from implicitbias.symbolic.language.proof import Proof, Refuted, Undecided, ancestors
from implicitbias.symbolic.language.statement import Statement
from implicitbias.symbolic.language.steps import Step
from implicitbias.symbolic.tactics.identity import prove_identity
from implicitbias.symbolic.tactics.implication import prove_implication
from implicitbias.symbolic.tactics.inequality import prove_nonnegative, prove_positive
from implicitbias.theorems.falsify import Falsified, Inconclusive, falsify
from implicitbias.theorems.mutants import Mutant
from implicitbias.theorems.proof_file import ProofFile

__all__ = ["SECONDS", "MutationRun", "run_mutant"]

Verdict = Literal["false", "true", "unknown", "none"]
SECONDS = 4.0  # of the search for a counterexample to one mutant
ON_THE_WAY = 8  # Proofs of a mutant that are put to `falsify`
AGAIN_SECONDS = 2  # of nlsat, where a false conclusion is asked once more


@dataclass(frozen=True)
class MutationRun:
    """What came of a mutant.

    Attributes:
        kind: of the mutant.
        change: of the mutant.
        verdict: "false", "true" or "unknown", as its statement is falsified, survives, or neither;
            "none" where it is no statement or the same one.
        witness: the counterexample, or what else `falsify` found.
        outcome: how the file rejected it, or "proved".
        attacked: how many formulas that its steps proved were put to `falsify`.
        asked_again: how many times a false conclusion was put to the tactics directly.
        unsound: false formulas that a tactic has proved.
        seconds: of all of this.
    """

    kind: str
    change: str
    verdict: Verdict = "none"
    witness: str = ""
    outcome: str = ""
    attacked: int = 0
    asked_again: int = 0
    unsound: Sequence[str] = ()
    seconds: float = 0.0

    @property
    def is_unsound(self) -> bool:
        """Whether something false was proved, which is a bug of a tactic."""
        return bool(self.unsound) or (self.verdict == "false" and self.outcome == "proved")


def run_mutant(
    file: ProofFile,
    path: Path,
    mutant: Mutant,
    report: Callable[[MutationRun], None] = lambda _: None,
    *,
    seconds: float = SECONDS,
) -> MutationRun:
    """Run the mutant in this process, where it takes the place of its file: call it in a fork.

    Args:
        file: the unchanged one, which has run its last step.
        path: of the file.
        mutant: a change of it.
        report: is given the run as soon as it is classed, as the steps may take any time.
        seconds: of the search for a counterexample.
    """
    start = time.perf_counter()
    run = MutationRun(mutant.kind, mutant.change)
    try:
        module = _load(path, mutant.texts)
    except Exception as error:  # whatever the change has broken: it is no statement
        return replace(run, outcome=f"no statement: {type(error).__name__}")
    statement: Statement = module.STATEMENT
    old = {_key(file.statement, k) for k in range(len(file.statement.claims))}
    changed = [k for k in range(len(statement.claims)) if _key(statement, k) not in old]
    if not changed and len(statement.claims) == len(file.statement.claims):
        return replace(run, outcome="the same statement")
    verdict, witness, false = _classed(statement, changed, seconds)
    run = replace(run, verdict=verdict, witness=witness, seconds=time.perf_counter() - start)
    report(run)
    outcome = _outcome(statement, getattr(module, file.outline.steps[-1]))
    new = _new_proofs(file, module)
    proofs = random.Random(mutant.change).sample(new, min(len(new), ON_THE_WAY))
    unsound = list(_false_among(proofs, seconds=0.15))
    again = 0
    for k in false[:2]:
        count, proofs = _ask_again(file, statement.claims[k])
        again += count
        # They may rest on more than the mutant assumes: what was proved for the unchanged
        # hypotheses.
        unsound += [f"asked again: {text}" for text in _false_among(proofs, seconds=0.5)]
    return replace(
        run,
        outcome=outcome,
        attacked=min(len(new), ON_THE_WAY),
        asked_again=again,
        unsound=unsound,
        seconds=time.perf_counter() - start,
    )


class _Mutated(MetaPathFinder, Loader):
    """Imports the files of a folder with other texts, and their statements without examples."""

    def __init__(self, folder: Path, texts: Mapping[str, str]) -> None:
        self.folder, self.texts = folder, texts

    def find_spec(self, fullname: str, *others: object) -> ModuleSpec | None:
        package, _, name = fullname.rpartition(".")
        path = self.folder / f"{name}.py"
        if package != self.folder.name or not path.is_file():
            return None
        return spec_from_loader(fullname, self, origin=str(path))

    def exec_module(self, module: ModuleType) -> None:
        path = self.folder / f"{module.__name__.rpartition('.')[2]}.py"
        text = self.texts.get(path.stem) or path.read_text(encoding="utf-8")
        tree = _WithoutExamples().visit(ast.parse(text))
        exec(compile(tree, str(path), "exec"), vars(module))


class _WithoutExamples(ast.NodeTransformer):
    """`Statement(..)` becomes `Statement.without_examples(..)`."""

    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        if isinstance(node.func, ast.Name) and node.func.id == "Statement":
            function = ast.Attribute(node.func, "without_examples", ast.Load())
            node.func = ast.copy_location(function, node.func)
        return node


def _load(path: Path, texts: Mapping[str, str]) -> ModuleType:
    """The mutant of the file, with the others as they are if they do not change."""
    package = path.parent.name
    stale = [name for name in sys.modules if name.startswith(f"{package}.")]
    if not texts.keys() - {path.stem}:
        stale = [f"{package}.{path.stem}"]
    for name in stale:
        sys.modules.pop(name, None)
    sys.meta_path.insert(0, _Mutated(path.parent, texts))
    return importlib.import_module(f"{package}.{path.stem}")


def _key(statement: Statement, k: int) -> str:
    hypotheses, conclusion = claim = statement.claims[k]
    bound = sorted(map(str, statement.every(claim)))
    return str((sorted(map(sp.srepr, hypotheses)), sp.srepr(conclusion), bound))


def _classed(
    statement: Statement, changed: Sequence[int], seconds: float
) -> tuple[Verdict, str, list[int]]:
    """The verdict by the claims that the mutant changes, what shows it, and which are false."""
    false: list[int] = []
    witness = unknown = points = ""
    for k in changed:
        claim = statement.claims[k]
        left = max(0.8, seconds / len(changed))
        finding = falsify(*claim, statement.every(claim), seed=k, seconds=left)
        if isinstance(finding, Falsified):
            false.append(k)
            witness = witness or f"{claim[1]} at {finding}"[:400]
            if len(false) == 2:
                break
        elif isinstance(finding, Inconclusive):
            unknown = f"{claim[1]}: {finding}"[:400]
        else:
            points = str(finding)
    verdict: Verdict = "false" if false else "unknown" if unknown else "true"
    return verdict, witness or unknown or points, false


def _outcome(statement: Statement, last: Step[object]) -> str:
    try:
        proofs = last.proofs
    except Refuted:
        return "refuted"
    except Undecided:
        return "undecided"
    except Exception as error:  # a rule that does not apply any more
        return f"rejected: {type(error).__name__}"
    try:
        statement.check_decided_by(proofs)
    except ValueError:
        return "not decided"
    return "proved"


def _new_proofs(file: ProofFile, module: ModuleType) -> list[Proof]:
    """What the steps of the mutant have proved and those of the file have not."""
    known = {(p.statement, p.domain) for p in ancestors(_made(file.functions.values()))}
    mine = (
        step
        for step in vars(module).values()
        if isinstance(step, Step) and step.function.__module__ == module.__name__
    )
    return [p for p in ancestors(_made(mine)) if (p.statement, p.domain) not in known]


def _made(functions: Iterable[object]) -> Iterator[Proof]:
    """The Proofs of those that are steps and came to an end."""
    for step in functions:
        if isinstance(step, Step) and "_run" in vars(step):
            yield from step.proofs


def _false_among(proofs: Sequence[Proof], *, seconds: float) -> Iterator[str]:
    for proof in proofs:
        finding = falsify(proof.domain, proof.statement, list(proof.every), seconds=seconds)
        if isinstance(finding, Falsified):
            yield f"{proof} at {finding}"[:600]


def _ask_again(
    file: ProofFile, claim: tuple[Sequence[sp.Basic], sp.Basic]
) -> tuple[int, list[Proof]]:
    """How many times the tactics were asked for a false claim, and what they answered."""
    hypotheses, conclusion = claim
    last = file.functions[file.outline.steps[-1]]
    assert isinstance(last, Step)
    premises = [p for p in last.proofs if p.statement.free_symbols & conclusion.free_symbols]
    facts = [q for p in premises for q in p.premises]
    questions = list(_questions(hypotheses, conclusion, [[], premises, facts]))
    proofs = []
    for tactic, arguments, options in questions:
        try:
            proofs.append(tactic(*arguments, **options))
        except Exception:  # rejected, in whatever way
            continue
    return len(questions), proofs


def _questions(
    hypotheses: Sequence[sp.Basic], conclusion: sp.Basic, premises: Sequence[list[Proof]]
) -> Iterator[tuple[Callable[..., Proof], list[object], dict[str, object]]]:
    for rows in premises:
        yield prove_implication, [[*rows, *hypotheses], conclusion], {"seconds": AGAIN_SECONDS}
    if hypotheses:
        return
    if isinstance(conclusion, sp.Eq):
        yield prove_identity, list(conclusion.args), {}
    elif isinstance(conclusion, sp.Gt | sp.Ge | sp.Lt | sp.Le):
        strict = isinstance(conclusion, sp.Gt | sp.Lt)
        for x in sorted(conclusion.free_symbols, key=str)[:1]:
            tactic = prove_positive if strict else prove_nonnegative
            ends = [0, sp.oo] if x.is_positive else [-sp.oo, sp.oo]
            yield tactic, [conclusion.gts - conclusion.lts, x, *ends], {}
