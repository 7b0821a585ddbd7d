"""A proof file that keeps every rule; tests break one at a time."""

from pathlib import Path

TEXT = '''"""The square of a sum.

Statement
---------
(z + 1)^2 = z^2 + 2 z + 1, and z^2 + z > 0 for z > 0.

Assumptions
-----------
z is real.

Not covered
-----------
Compactness: not needed, and cited
    over two lines.
Nothing.

Reference
---------
None.
"""

import sympy as sp

from implicitbias.symbolic import (
    Proof, Refuted, Statement, enclosed, exact, expect_refuted, prove_identity, prove_positive
)

z = sp.Symbol("z", real=True)
square, sum_of_powers = (z + 1) ** 2, z**2 + 2 * z + 1

ID = "L1"
STATEMENT = Statement(
    forall=(z,),
    conclusion=(sp.Eq(square, sum_of_powers), sp.Implies(z > 0, z**2 + z > 0)),
    examples=({z: 1},),
)


@exact
def step_1_square():
    return prove_identity(square, sum_of_powers)


@exact
def step_2_both():
    return [step_1_square(), prove_positive(z**2 + z, z, 0)]


def check_numbers():
    assert abs((0.5 + 1) ** 2 - 2.25) < 1e-9


def refute_nudged():
    return expect_refuted(prove_identity, square, z**2 + 2 * z + 2)
'''


def write(folder: Path, *changes: tuple[str, str], name: str = "lemma_1_example.py") -> Path:
    """The example with some of its text replaced, which has to be there."""
    text = TEXT
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    path = folder / name
    path.write_text(text)
    return path
