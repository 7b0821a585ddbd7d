"""Reading a statement, running its functions, the verdict, the table."""

from pathlib import Path

import pytest

from implicitbias.symbolic import Proof, Refuted
from implicitbias.symbolic.ledger import (
    Entry,
    MalformedStatementError,
    is_statement,
    read_statement,
    table,
)

DOCSTRING = '''"""A statement.

Statement
---------
(z + 1)^2 = z^2 + 2 z + 1.

Assumptions
-----------
z is real.

Not covered
-----------
Nothing.

Reference
---------
None.
"""
'''
BODY = """
import sympy as sp
from implicitbias.symbolic import expect_refuted, prove_identity

z = sp.Symbol("z", real=True)

def step_1():
    return prove_identity((z + 1) ** 2, z**2 + 2 * z + 1)

def step_2():
    return [step_1(), step_1()]

def check_numbers():
    assert 1 + 1 == 2

def refute_nudged():
    return expect_refuted(prove_identity, (z + 1) ** 2, z**2 + 2 * z + 2)
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "lemma_1_example.py"


def test_statement_runs_its_functions_in_order(path: Path) -> None:
    path.write_text(DOCSTRING + BODY)
    statement = read_statement(path)
    assert statement.name == "lemma_1_example"
    assert list(statement.functions) == ["step_1", "step_2", "check_numbers", "refute_nudged"]
    assert [type(answer) for answer in statement.run("step_2")] == [Proof, Proof]
    assert [type(answer) for answer in statement.run("refute_nudged")] == [Refuted]
    assert statement.run("check_numbers") == ()


@pytest.mark.parametrize("answer", ["None", "[]", "True", "[step_1(), None]", "refute_nudged()"])
def test_step_must_return_proofs(path: Path, answer: str) -> None:
    path.write_text(DOCSTRING + BODY.replace("[step_1(), step_1()]", answer))
    with pytest.raises(TypeError, match="step_2 must return Proofs, got"):
        read_statement(path).run("step_2")


def test_refute_must_return_a_refutation(path: Path) -> None:
    path.write_text(DOCSTRING + BODY.replace("return expect_refuted", "list"))
    with pytest.raises(TypeError):
        read_statement(path).run("refute_nudged")
    path.write_text(DOCSTRING + BODY.replace("2 * z + 2", "2 * z + 1"))
    with pytest.raises(AssertionError, match="a false neighbour was proved"):
        read_statement(path).run("refute_nudged")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (DOCSTRING + BODY.replace("refute_", "no_"), "has no refute_"),
        (DOCSTRING + BODY.replace("step_", "no_"), "has no step_"),
        (DOCSTRING.replace("Not covered", "Left out") + BODY, "lacks the section 'Not covered'"),
        (BODY, "lacks the section 'Statement'"),
    ],
)
def test_malformed_statement_is_refused(path: Path, text: str, message: str) -> None:
    path.write_text(text)
    with pytest.raises(MalformedStatementError, match=f"lemma_1_example.py {message}"):
        read_statement(path)


def test_names_announce_statements() -> None:
    assert is_statement(Path("theorem_1_potential.py"))
    assert is_statement(Path("lemma_1.py"))
    assert not is_statement(Path("conftest.py"))
    assert not is_statement(Path("theorem_1.md"))


@pytest.mark.parametrize(
    ("passed", "verdict"),
    [
        ({"step_1": True, "check_1": True, "refute_1": True}, "proved"),
        ({"step_1": True, "refute_1": True}, "partial"),
        ({}, "partial"),
        ({"step_1": False}, "open"),
        ({"step_1": True, "check_1": False, "refute_1": True}, "open"),
        ({"step_1": True, "check_1": True, "refute_1": False}, "open"),
    ],
)
def test_verdict(passed: dict[str, bool], verdict: str) -> None:
    assert Entry("lemma_1", ("step_1", "check_1", "refute_1"), passed, 0.0).verdict == verdict


def test_table_has_a_row_a_statement() -> None:
    functions = ("step_1", "step_2", "refute_1")
    entries = [
        Entry("theorem_1", functions, {"step_1": True, "step_2": False}, 1.5),
        Entry("lemma_1", functions, dict.fromkeys(functions, True), 0.25),
    ]
    assert table(entries) == [
        "statement  verdict  steps  checks  refuted  seconds",
        "lemma_1    proved   2/2    0/0     1/1      0.25",
        "theorem_1  open     1/2    0/0     0/1      1.50",
    ]
