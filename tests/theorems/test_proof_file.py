"""Reading a proof file and running its functions; what does not collect, what does not pass."""

from pathlib import Path

import pytest

from implicitbias.symbolic.language.steps import Step
from implicitbias.theorems.lint import MalformedProofFileError
from implicitbias.theorems.proof_file import read_proof_file
from tests.theorems.example import write

STEP_1 = "return prove_identity(square, sum_of_powers)"
BOTH = "return [step_1_square(), prove_positive(z**2 + z, z, 0)]"
REFUTE_1 = "expect_refuted(prove_identity, square, z**2 + 2 * z + 2)"
STATEMENT = "conclusion=(sp.Eq(square, sum_of_powers), sp.Implies(z > 0, z**2 + z > 0)),"


def test_example_runs_in_order(tmp_path: Path) -> None:
    file = read_proof_file(write(tmp_path))
    assert list(file.functions) == [
        "step_1_square",
        "step_2_both",
        "check_numbers",
        "refute_nudged",
    ]
    assert (file.outline.id, file.outline.goal) == ("L1", "proved")
    assert file.outline.rests_on == ("Compactness",)
    assert file.outline.formula == (
        "for all real z:\n(z + 1)**2 = z**2 + 2*z + 1\nz > 0 => z**2 + z > 0"
    )
    results = {name: file.run(name) for name in file.functions}
    assert all(result.passed for result in results.values())
    assert results["step_2_both"].tactics == ("prove_identity", "prove_positive")
    assert results["refute_nudged"].refuted[0].startswith("Eq((z + 1)**2, z**2 + 2*z + 2) is false")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("Not covered\n", "Left out\n---\nx\n", "lacks the section 'Not covered'"),
        ("z is real.\n", "", "lacks the section 'Assumptions'"),
        ("Compactness: not", "Sard's theorem: not", "'Not covered' may list .*got \"Sard's"),
        ("    over two lines", "over two lines", "'Not covered' may list .*got 'over two"),
        ("@exact\ndef step_1", "def step_1", "step_1_square is not marked; write @exact"),
        ("def check_numbers", "@exact\ndef check_numbers", "check_numbers is marked as a step"),
        ("def refute_", "def _refute_", r"has no refute_\*"),
        ("def check_numbers", "def lemma_numbers", "lemma_numbers is none of step_"),
        ("def step_2_both():", "def step_2_both(z=z):", "step_2_both takes arguments"),
        ("def step_2_both", "def step_1_square", "defines step_1_square twice"),
        ("STATEMENT = ", "CLAIM = ", "has no STATEMENT"),
        ('ID = "L1"', "", 'has 0 lines like ID = "T1"'),
        ('ID = "L1"', 'ID = "L1"\nID = "L2"', 'has 2 lines like ID = "T1"'),
        (STEP_1, f"assert True\n    {STEP_1}", "step_1_square asserts, which proves nothing"),
        (
            STEP_1,
            f"try:\n        {STEP_1}\n    except Exception:\n        pass",
            "step_1_square catches errors",
        ),
        (STEP_1, f"x = 0.5\n    {STEP_1}", "0.5 is a float"),
        ("(z + 1) ** 2,", "(z + sp.Rational(2/2)) ** 2,", "2 / 2 is a float"),
        ("import sympy as sp\n", "import sympy as sp\nimport sys\n", "import sys is not for"),
        (
            "import sympy as sp\n",
            "import sympy as sp\nfrom unittest import mock\n",
            "an import from unittest is not",
        ),
        (
            "import sympy as sp\n",
            "import sympy as sp\nfrom implicitbias.symbolic.language.proof import seal\n",
            "seal is no public name of a folder",
        ),
        (
            "import sympy as sp\n",
            "import sympy as sp\nfrom implicitbias import symbolic\n",
            "symbolic is no public name",
        ),
        (
            "import sympy as sp\n",
            "import sympy as sp\nfrom implicitbias.nothing import x\n",
            "x is no public name",
        ),
        (STEP_1, f"Proof.__new__(Proof)\n    {STEP_1}", ".__new__ is private"),
        (STEP_1, f"Proof.__init__ = None\n    {STEP_1}", "sets .__init__ of an object"),
        (STEP_1, f"setattr(Proof, 'x', 1)\n    {STEP_1}", "setattr is not for a proof file"),
        ("@exact\ndef step_1", "class _C: pass\n\n@exact\ndef step_1", "no class, global"),
        ("ID = ", "prove_identity = sp.Eq\nID = ", "prove_identity hides the one of"),
        (REFUTE_1, "expect_refuted(lambda: 0)", r"expect_refuted\(lambda: 0, ..\) has to name"),
        (REFUTE_1, "expect_refuted(prove_integral, 1, z, z, 1)", r"expect_refuted\(prove_integral"),
        ("def refute_nudged", "def refute_the_printed_one", "but no REPAIRS"),
        ('ID = "L1"', 'ID = "L1"\nREPAIRS = "a sign"', "REPAIRS is a text, and goes with"),
        ("forall=(z,)", "forall=()", ":32: ValueError: forall does not name z, which is free"),
        ("STATEMENT = ", "z + {}\nSTATEMENT = ", ":32: TypeError"),
        ("Statement(\n", "Statement.without_examples(\n", ".without_examples is for mutants"),
        ("import sympy as sp", "import sympy sp", "is not Python: invalid syntax"),
    ],
)
def test_file_that_breaks_a_rule_does_not_collect(
    tmp_path: Path, old: str, new: str, message: str
) -> None:
    with pytest.raises(MalformedProofFileError, match=rf"lemma_1_example.py.*{message}"):
        read_proof_file(write(tmp_path, (old, new)))


def test_a_file_without_steps_does_not_collect(tmp_path: Path) -> None:
    changes = (("@exact\n", ""), ("step_", "_step_"))
    with pytest.raises(MalformedProofFileError, match=r"has no step_\*"):
        read_proof_file(write(tmp_path, *changes))


def test_all_broken_rules_are_named(tmp_path: Path) -> None:
    path = write(tmp_path, ("def check_numbers", "def lemma"), (STEP_1, f"assert 1\n    {STEP_1}"))
    with pytest.raises(MalformedProofFileError, match=r"asserts[^\n]*\n.*lemma is none of"):
        read_proof_file(path)


@pytest.mark.parametrize(
    ("old", "new", "error", "message"),
    [
        (BOTH, "step_1_square()", TypeError, "step_2_both must return Proofs, got None"),
        (BOTH, "return []", TypeError, "step_2_both must return Proofs, got "),
        (BOTH, "return True", TypeError, "step_2_both must return Proofs, got True"),
        (BOTH, "return [step_1_square(), sp.true]", TypeError, "must return Proofs, got "),
        ("@exact\ndef step_2", "@enclosed\ndef step_2", TypeError, "is marked @enclosed, but"),
        (
            "return [step_1_square(), ",
            "return [",
            ValueError,
            r"no Proof decides \(z \+ 1\)\*\*2 = z\*\*2 \+ 2\*z \+ 1",
        ),
        (BOTH, "return step_1_square()", ValueError, r"no Proof decides z\*\*2 \+ z > 0 under"),
        (
            "z, 0)]",
            "z, 0), prove_identity(z, z)]",
            ValueError,
            "the statement does not say z = z",
        ),
        # More is asked of z than the statement does: the proof is of something weaker.
        ("(z**2 + z, z, 0)", "(z**2 + z, z, 1)", ValueError, r"no Proof decides z\*\*2 \+ z > 0"),
        ("z**2 + z > 0)),", "z**2 + 2*z > 0)),", ValueError, r"no Proof decides z\*\*2 \+ 2\*z"),
        ("z**2 + z > 0)),", "z**2 + z >= 0)),", ValueError, r"no Proof decides z\*\*2 \+ z >= 0"),
    ],
)
def test_last_step_has_to_decide_the_statement(
    tmp_path: Path, old: str, new: str, error: type[Exception], message: str
) -> None:
    file = read_proof_file(write(tmp_path, (old, new)))
    with pytest.raises(error, match=message):
        file.run("step_2_both")


def test_every_hypothesis_has_to_be_used(tmp_path: Path) -> None:
    changes = (("z**2 + z > 0)),", "z**2 + 1 > 0)),"), ("z**2 + z, z, 0)]", "z**2 + 1, z)]"))
    changes += (("z**2 + 1 > 0", "sp.Gt(z**2 + 1, 0, evaluate=False)"),)
    file = read_proof_file(write(tmp_path, *changes))
    with pytest.raises(ValueError, match="no Proof uses the hypothesis z > 0"):
        file.run("step_2_both")


def test_a_proof_made_outside_of_the_steps_is_refused(tmp_path: Path) -> None:
    changes = (('ID = "L1"', 'ID = "L1"\n_EARLY = prove_identity(square, sum_of_powers)'),)
    file = read_proof_file(write(tmp_path, *changes, ("[step_1_square()", "[_EARLY")))
    with pytest.raises(TypeError, match="step_2_both rests on a Proof that no step made"):
        file.run("step_2_both")


@pytest.mark.parametrize(
    ("new", "error"),
    [
        ("Refuted(sp.Eq(z, 1), {}, '1', '2')", TypeError),
        ("None", TypeError),
        ("step_1_square()", TypeError),
        ("expect_refuted(prove_identity, square, sum_of_powers)", AssertionError),
    ],
)
def test_refute_has_to_return_what_a_tactic_refuted(
    tmp_path: Path, new: str, error: type[Exception]
) -> None:
    file = read_proof_file(write(tmp_path, (REFUTE_1, new)))
    with pytest.raises(error):
        file.run("refute_nudged")


def test_steps_of_another_file_are_used_not_taken_over(tmp_path: Path) -> None:
    write(tmp_path)
    other = write(
        tmp_path,
        ('ID = "L1"', f'ID = "L2"\nfrom {tmp_path.name}.lemma_1_example import step_1_square'),
        ("@exact\ndef step_1_square():\n    return prove_identity(square, sum_of_powers)\n", ""),
        name="lemma_2_example.py",
    )
    file = read_proof_file(other)
    assert file.outline.steps == ["step_2_both"]
    result = file.run("step_2_both")
    assert "step_1_square of lemma_1_example" in result.rests_on
    # Imported once, so that a step runs once for all files.
    first = read_proof_file(tmp_path / "lemma_1_example.py").functions["step_1_square"]
    last = file.functions["step_2_both"]
    assert isinstance(first, Step) and isinstance(last, Step)
    assert last.proofs[0] is first.proofs[0]


def test_shared_notation_is_held_to_the_rules_of_the_source(tmp_path: Path) -> None:
    (tmp_path / "_notation.py").write_text("import gc\n")
    with pytest.raises(MalformedProofFileError, match=r"_notation.py:1: import gc is"):
        read_proof_file(write(tmp_path))


def test_notation_that_is_imported_uses_no_tactic(tmp_path: Path) -> None:
    """As the steps of another file may: a refute_* has to name a tactic of this file."""
    (tmp_path / "_notation.py").write_text("import sympy as sp\nz = sp.Symbol('z', real=True)\n")
    changes = (
        ('ID = "L1"', f'ID = "L1"\nfrom {tmp_path.name}._notation import z'),
        ("prove_identity, prove_positive", "prove_identity, prove_integral, prove_positive"),
        (REFUTE_1, "expect_refuted(prove_integral, 1, z, z, 1)"),
    )
    with pytest.raises(MalformedProofFileError, match=r"expect_refuted\(prove_integral, ..\) has"):
        read_proof_file(write(tmp_path, *changes))


REPAIRED = (
    ('ID = "L1"', 'ID = "L1"\nREPAIRS = "printed with 2 for 1"'),
    ("refute_nudged", "refute_the_printed_constant"),
)
PRINTED = (
    (STATEMENT, "conclusion=sp.Eq(square, z**2 + 2 * z + 2),"),
    ("refute_nudged", "refute_the_statement"),
)


def test_repairs_change_the_goal(tmp_path: Path) -> None:
    assert read_proof_file(write(tmp_path, *REPAIRED)).outline.goal == "repaired"


def test_a_false_statement_is_refuted_by_its_own_formula(tmp_path: Path) -> None:
    file = read_proof_file(write(tmp_path, *PRINTED))
    assert file.outline.goal == "refuted"
    assert file.run("step_2_both").passed  # which need not decide the statement
    assert len(file.run("refute_the_statement").refuted) == 1


def test_a_false_statement_is_not_refuted_by_another(tmp_path: Path) -> None:
    other = (REFUTE_1, "expect_refuted(prove_identity, square, z**2 + 2 * z + 3)")
    file = read_proof_file(write(tmp_path, *PRINTED, other))
    with pytest.raises(ValueError, match="this refutes another statement"):
        file.run("refute_the_statement")


def test_a_statement_is_not_both_repaired_and_refuted(tmp_path: Path) -> None:
    changes = (*PRINTED, ('ID = "L1"', 'ID = "L1"\nREPAIRS = "x"'))
    with pytest.raises(MalformedProofFileError, match="it is one or the other"):
        read_proof_file(write(tmp_path, *changes))
