"""Mutants of a source, and a mutant on trial."""

import ast
import multiprocessing
import random
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from implicitbias.theorems.mutants import Mutant, mutants
from implicitbias.theorems.mutation_run import Trial, is_hole, try_mutant
from implicitbias.theorems.proof_file import read_proof_file
from tests.theorems.example import write

SOURCE = """
import sympy as sp
z = sp.Symbol("z", real=True)
square = z**2 + 1
OPEN = {z: (0, 1)}
GIVEN = (sp.Le(z, square), z > 0)
ID = "L1"

def step_1():
    return [z**2 + 1, 7]

def check_1():
    assert z**2 + 1
"""


def test_each_kind_is_changed_and_each_mutant_is_another_file() -> None:
    found = list(mutants(SOURCE, random.Random(0)))
    assert {m.kind for m in found} == {"constant", "sign", "exponent", "comparison", "domain"}
    assert len({m.source for m in found}) == len(found)
    assert all(ast.parse(m.source) and "ID = 'L1'" in m.source for m in found)
    assert "4: z ** 2 + 1 -> z ** 2 - 1" in {m.change for m in found}
    assert "5: (0, 1) -> (1, 1)" in {m.change for m in found}
    assert "6: (sp.Le(z, square), z > 0) -> (z > 0,)" in {m.change for m in found}


def test_a_step_that_writes_the_same_term_is_changed_and_a_check_is_not() -> None:
    (mutant,) = (m for m in mutants(SOURCE, random.Random(0)) if m.change.endswith("z ** 2 - 1"))
    assert "[z ** 2 - 1, 7]" in mutant.source and "assert z ** 2 + 1" in mutant.source


def test_the_order_is_that_of_the_seed() -> None:
    def changes(seed: int) -> list[str]:
        return [m.change for m in mutants(SOURCE, random.Random(seed))]

    assert changes(1) == changes(1) != changes(2)


def _in_a_fork(folder: Path, text: str, pipe: Connection) -> None:
    path = folder / "lemma_1_example.py"
    file = read_proof_file(path)
    file.run(file.outline.steps[-1])
    pipe.send(try_mutant(file, path, Mutant("constant", "a test", text)))


def on_trial(folder: Path, before: str, after: str) -> Trial:
    path = write(folder)
    text = path.read_text(encoding="utf-8")
    assert before in text
    mine, theirs = multiprocessing.get_context("fork").Pipe()
    process = multiprocessing.get_context("fork").Process(
        target=_in_a_fork, args=(folder, text.replace(before, after), theirs)
    )
    process.start()
    trial: Trial = mine.recv()
    process.join()
    return trial


def test_a_false_mutant_is_killed(tmp_path: Path) -> None:
    trial = on_trial(tmp_path, "2 * z", "3 * z")
    assert trial.verdict == "false" and trial.outcome == "refuted" and not is_hole(trial)


def test_the_same_statement_counts_for_nothing(tmp_path: Path) -> None:
    assert on_trial(tmp_path, "import sympy as sp\n", "import sympy as sp\n\n").verdict == "none"


def test_what_is_called_false_and_can_be_proved_is_a_hole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An adversary that lies: the tactics, asked again, do prove the changed formula."""
    monkeypatch.setattr(
        "implicitbias.theorems.mutation_run.attack",
        lambda *_, **__: ("false", "a lie about everything"),
    )
    trial = on_trial(tmp_path, "z**2 + z > 0)", "z**2 + z >= 0)")
    assert trial.asked_again > 0 and is_hole(trial)
    assert any(hole.startswith("asked again") for hole in trial.holes)


@pytest.mark.parametrize(
    ("trial", "hole"),
    [
        (Trial("sign", "", "false", outcome="proved"), True),
        (Trial("sign", "", "true", outcome="proved"), False),
        (Trial("sign", "", "true", outcome="refuted", holes=["0 = 1"]), True),
        (Trial("sign", "", "false", outcome="undecided"), False),
    ],
)
def test_a_hole_is_what_is_false_and_proved(trial: Trial, hole: bool) -> None:
    assert is_hole(trial) == hole
