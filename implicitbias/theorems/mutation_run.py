"""A mutant on trial: is its statement false, and does its file prove it all the same?

The adversary of `falsify.py` classes what the mutant has changed. Then the last step of the mutant
is run, and has to decide the changed statement; the examples, which would reject many a mutant at
the door, are not asked for. Whatever the steps prove on the way is attacked as well. A false
conclusion is put once more to the tactics directly, with all that the unchanged file had proved
for its last step: so that a mutant does not die only of a formula that is written differently.
"""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Literal
from unittest import mock

import sympy as sp

from implicitbias.symbolic.language.proof import Proof, Refuted, Undecided, closure
from implicitbias.symbolic.language.statement import Statement
from implicitbias.symbolic.language.steps import Step
from implicitbias.symbolic.tactics.identity import prove_identity
from implicitbias.symbolic.tactics.implication import prove_implication
from implicitbias.symbolic.tactics.inequality import prove_nonnegative, prove_positive
from implicitbias.theorems.falsify import attack
from implicitbias.theorems.mutants import Mutant
from implicitbias.theorems.proof_file import ProofFile

__all__ = ["SECONDS", "Trial", "is_hole", "try_mutant"]

Class = Literal["false", "true", "unknown", "none"]
SECONDS = 4.0  # of the attack on one mutant
ON_THE_WAY = 8  # Proofs of a mutant that are attacked
AGAIN_SECONDS = 2  # of nlsat, where a false conclusion is asked once more


@dataclass
class Trial:
    """kind, change: of the mutant. verdict: false, true, unknown; none, where it is no statement
    or the same one. outcome: how the file rejected it, or `proved`. holes: false formulas that a
    tactic has proved."""

    kind: str
    change: str
    verdict: Class = "none"
    witness: str = ""
    outcome: str = ""
    attacked: int = 0
    asked_again: int = 0
    holes: list[str] = field(default_factory=list)
    seconds: float = 0.0


def is_hole(trial: Trial) -> bool:
    return bool(trial.holes) or (trial.verdict == "false" and trial.outcome == "proved")


def try_mutant(
    file: ProofFile,
    path: Path,
    mutant: Mutant,
    report: Callable[[Trial], None] = lambda _: None,
    *,
    seconds: float = SECONDS,
) -> Trial:
    """Run the mutant in this process, where it takes the place of its file: call it in a fork.

    report: is given the trial as soon as it is classed, as the steps may take any time.
    seconds: of the attack that classes it.
    """
    start = time.perf_counter()
    trial = Trial(mutant.kind, mutant.change)
    try:
        module = _load(path, mutant.source)
    except Exception as error:  # whatever the change has broken: it is no statement
        trial.outcome = f"no statement: {type(error).__name__}"
        return trial
    statement: Statement = module.STATEMENT
    old = {_key(file.statement, k) for k in range(len(file.statement.claims))}
    changed = [k for k in range(len(statement.claims)) if _key(statement, k) not in old]
    if not changed and len(statement.claims) == len(file.statement.claims):
        trial.outcome = "the same statement"
        return trial
    false = _class(statement, changed, trial, seconds)
    trial.seconds = time.perf_counter() - start
    report(trial)
    last = getattr(module, file.outline.steps[-1])
    trial.outcome = _outcome(statement, last)
    _attack_proofs(file, module, trial)
    for k in false[:2]:
        _ask_again(file, statement.claims[k], trial)
    trial.seconds = time.perf_counter() - start
    return trial


def _load(path: Path, source: str) -> ModuleType:
    name = f"{path.parent.name}.{path.stem}"
    module = ModuleType(name)
    module.__file__ = str(path)
    sys.modules[name] = module
    with mock.patch("implicitbias.symbolic.language.statement.holds", lambda *_: True):
        exec(compile(source, str(path), "exec"), vars(module))
    return module


def _key(statement: Statement, k: int) -> str:
    hypotheses, conclusion = claim = statement.claims[k]
    bound = sorted(map(str, statement.every(claim)))
    return str((sorted(map(sp.srepr, hypotheses)), sp.srepr(conclusion), bound))


def _class(statement: Statement, changed: Sequence[int], trial: Trial, seconds: float) -> list[int]:
    """Class the mutant by the claims that it changes; which are false."""
    false, unknown, points = [], "", ""
    for k in changed:
        claim = statement.claims[k]
        left = max(0.8, seconds / len(changed))
        verdict, text = attack(*claim, statement.every(claim), seed=k, seconds=left)
        if verdict == "false":
            false.append(k)
            trial.witness = trial.witness or f"{claim[1]} at {text}"[:400]
            if len(false) == 2:
                break
        elif verdict == "unknown":
            unknown = f"{claim[1]}: {text}"[:400]
        else:
            points = text
    trial.verdict = "false" if false else "unknown" if unknown else "true"
    trial.witness = trial.witness or unknown or points
    return false


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


def _made(module: ModuleType) -> Iterator[Proof]:
    for step in vars(module).values():
        if isinstance(step, Step) and step.function.__module__ == module.__name__:
            run = vars(step).get("_run")  # of those that came to an end
            if run is not None:
                yield from run[1]


def _attack_proofs(file: ProofFile, module: ModuleType, trial: Trial) -> None:
    """What the steps of the mutant have proved and those of the file have not."""
    steps = [file.functions[name] for name in file.outline.steps]
    known = {
        (p.statement, p.domain)
        for step in steps
        if isinstance(step, Step)
        for p in closure(vars(step).get("_run", ((), ()))[1])
    }
    new = [p for p in closure(_made(module)) if (p.statement, p.domain) not in known]
    rng = random.Random(trial.change)
    for proof in rng.sample(new, min(len(new), ON_THE_WAY)):
        trial.attacked += 1
        verdict, text = attack(proof.domain, proof.statement, list(proof.every), seconds=0.15)
        if verdict == "false":
            trial.holes.append(f"{proof} at {text}"[:600])


def _ask_again(file: ProofFile, claim: tuple[Sequence[sp.Basic], sp.Basic], trial: Trial) -> None:
    hypotheses, conclusion = claim
    last = file.functions[file.outline.steps[-1]]
    assert isinstance(last, Step)
    premises = [p for p in last.proofs if p.statement.free_symbols & conclusion.free_symbols]
    facts = [q for p in premises for q in p.premises]
    for tactic, arguments, options in _questions(hypotheses, conclusion, [[], premises, facts]):
        trial.asked_again += 1
        try:
            proof = tactic(*arguments, **options)
        except Exception:  # rejected, in whatever way
            continue
        # It may rest on more than the mutant assumes: what was proved for the unchanged hypotheses.
        verdict, text = attack(proof.domain, proof.statement, list(proof.every), seconds=0.5)
        if verdict == "false":
            trial.holes.append(f"asked again: {proof} at {text}"[:600])


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
