"""A mutant run: classed, rejected by its file, or a sign that a tactic is unsound."""

import multiprocessing
from collections.abc import Mapping
from multiprocessing.connection import Connection
from pathlib import Path

import mpmath
import pytest

from implicitbias.theorems.falsify import Falsified
from implicitbias.theorems.mutants import Mutant
from implicitbias.theorems.mutation_run import MutationRun, run_mutant
from implicitbias.theorems.proof_file import read_proof_file
from tests.theorems.example import write


def _in_a_fork(path: Path, texts: Mapping[str, str], pipe: Connection) -> None:
    file = read_proof_file(path)
    file.run(file.outline.steps[-1])
    pipe.send(run_mutant(file, path, Mutant("constant", "a test", texts), seconds=1))


def run_of(path: Path, texts: Mapping[str, str]) -> MutationRun:
    """Of the mutant with these texts, in a process of its own."""
    mine, theirs = multiprocessing.get_context("fork").Pipe()
    process = multiprocessing.get_context("fork").Process(
        target=_in_a_fork, args=(path, texts, theirs)
    )
    process.start()
    run: MutationRun = mine.recv()
    process.join()
    return run


def changed(folder: Path, before: str, after: str) -> MutationRun:
    path = write(folder)
    text = path.read_text(encoding="utf-8")
    assert before in text
    return run_of(path, {path.stem: text.replace(before, after)})


def test_a_false_mutant_is_killed(tmp_path: Path) -> None:
    run = changed(tmp_path, "2 * z", "3 * z")
    assert run.verdict == "false" and run.outcome == "refuted" and not run.is_unsound


def test_the_same_statement_counts_for_nothing(tmp_path: Path) -> None:
    run = changed(tmp_path, "import sympy as sp\n", "import sympy as sp\n\n")
    assert (run.verdict, run.outcome) == ("none", "the same statement")


def test_what_does_not_import_counts_for_nothing(tmp_path: Path) -> None:
    run = changed(tmp_path, "forall=(z,)", "forall=()")
    assert (run.verdict, run.outcome) == ("none", "no statement: ValueError")


def test_no_example_is_asked_of_a_mutant(tmp_path: Path) -> None:
    """At its example z = 1 the changed hypothesis does not hold, and all the same it is a claim."""
    run = changed(tmp_path, "sp.Implies(z > 0, ", "sp.Implies(z > 2, ")
    assert (run.verdict, run.outcome) == ("true", "not decided")


def test_what_is_called_false_and_can_be_proved_is_a_hole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An adversary that lies: the tactics, asked again, do prove the changed formula."""
    monkeypatch.setattr(
        "implicitbias.theorems.mutation_run.falsify",
        lambda *_, **__: Falsified({}, mpmath.mpf(-1)),
    )
    run = changed(tmp_path, "z**2 + z > 0)", "z**2 + z >= 0)")
    assert run.asked_again > 0 and run.is_unsound
    assert any(text.startswith("asked again") for text in run.unsound)


@pytest.mark.parametrize(
    ("trial", "hole"),
    [
        (MutationRun("sign", "", "false", outcome="proved"), True),
        (MutationRun("sign", "", "true", outcome="proved"), False),
        (MutationRun("sign", "", "true", outcome="refuted", unsound=["0 = 1"]), True),
        (MutationRun("sign", "", "false", outcome="undecided"), False),
    ],
)
def test_a_hole_is_what_is_false_and_proved(trial: MutationRun, hole: bool) -> None:
    assert trial.is_unsound == hole


NOTATION = """
import sympy as sp

z = sp.Symbol("z", real=True)
total = z**2 + z


def doubled(entry):
    return 2 * entry
"""
SHARED = (
    ('z = sp.Symbol("z", real=True)\n', ""),
    ("from implicitbias", "from {package}._notation import doubled, total, z\nfrom implicitbias"),
    ("z**2 + 2 * z + 1\n", "z**2 + doubled(z) + 1\n"),
    ("z**2 + z > 0)", "total > 0)"),
    ("prove_positive(z**2 + z, z, 0)", "prove_positive(total, z, 0)"),
)
USES_IT = (
    ('ID = "L1"', 'ID = "L2"'),
    ("from implicitbias", "from {package}.lemma_1_example import step_1_square\nfrom implicitbias"),
    ("@exact\ndef step_1_square", "def _step_1_square"),
    ("    return prove_identity(", "    return (lambda *_: 0)("),
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two files with one notation, of which the second uses a step of the first."""
    (tmp_path / "_notation.py").write_text(NOTATION)
    write(tmp_path, *_in(tmp_path, SHARED))
    write(tmp_path, *_in(tmp_path, SHARED), *_in(tmp_path, USES_IT), name="lemma_2_example.py")
    return tmp_path


def _in(folder: Path, changes: tuple[tuple[str, str], ...]) -> list[tuple[str, str]]:
    return [(old, new.replace("{package}", folder.name)) for old, new in changes]


@pytest.mark.parametrize("file", ["lemma_1_example", "lemma_2_example"])
def test_one_changed_notation_is_seen_by_all_files(folder: Path, file: str) -> None:
    """Also by the step that is taken from another file: it is that one which is refuted."""
    path = folder / f"{file}.py"
    run = run_of(path, {"_notation": NOTATION.replace("2 * entry", "3 * entry")})
    assert (run.verdict, run.outcome) == ("false", "refuted"), run
    run = run_of(path, {"_notation": NOTATION.replace("z**2 + z", "z**2 + 2 * z")})
    assert (run.verdict, run.outcome) == ("true", "proved"), run
    run = run_of(path, {"_notation": NOTATION + "\nother = 1\n"})
    assert (run.verdict, run.outcome) == ("none", "the same statement"), run
