"""Mutants of the texts of a proof file, shared notation included."""

import ast
import random

from implicitbias.theorems.mutants import Mutant, mutants
from implicitbias.theorems.sources import Sources

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
NOTATION = """
import sympy as sp
z, w = sp.symbols("z w")
q, unused = z**2 + 3, 5 * z
shift = w + 11

def scaled(v):
    return 7 * v - z

def raised(v):
    return v**2
"""
WITH_NOTATION = """
from proofs._notation import scaled, z
from proofs.lemma_0 import r
STATEMENT = [scaled(z), r]

def step_1():
    return 7 * z, z**2 + 3
"""
LEMMA = """
from proofs._notation import q, raised, shift, z
r = raised(q)

def step_0():
    return z**2 + 3, shift

def check_0():
    assert z**2 + 3
"""


def made(text: str = SOURCE, seed: int = 0, **others: str) -> list[Mutant]:
    sources = Sources("proofs", "lemma_1", {"lemma_1": text, **others})
    return list(mutants(sources, random.Random(seed)))


def test_each_kind_is_changed_and_each_mutant_is_another_file() -> None:
    found = made()
    assert {m.kind for m in found} == {"constant", "sign", "exponent", "comparison", "domain"}
    texts = [m.texts["lemma_1"] for m in found]
    assert len(set(texts)) == len(found)
    assert all(ast.parse(text) and "ID = 'L1'" in text for text in texts)
    assert "4: z ** 2 + 1 -> z ** 2 - 1" in {m.change for m in found}
    assert "5: (0, 1) -> (1, 1)" in {m.change for m in found}
    assert "6: (sp.Le(z, square), z > 0) -> (z > 0,)" in {m.change for m in found}


def test_a_step_that_writes_the_same_term_is_changed_and_a_check_is_not() -> None:
    (mutant,) = (m for m in made() if m.change.endswith("z ** 2 - 1"))
    text = mutant.texts["lemma_1"]
    assert "[z ** 2 - 1, 7]" in text and "assert z ** 2 + 1" in text


def test_the_order_is_that_of_the_seed() -> None:
    def changes(seed: int) -> list[str]:
        return [m.change for m in made(seed=seed)]

    assert changes(1) == changes(1) != changes(2)


def test_shared_notation_is_changed_as_far_as_the_statement_is_written_with_it() -> None:
    found = made(WITH_NOTATION, lemma_0=LEMMA, _notation=NOTATION)
    changes = {m.change for m in found}
    assert "_notation:4: z ** 2 + 3 -> z ** 2 - 3" in changes  # through lemma_0
    assert "_notation:8: 7 * v - z -> 7 * v + z" in changes
    assert "_notation:11: v ** 2 -> v ** 3" in changes
    assert not any(":5:" in change for change in changes)  # in a step of lemma_0 only
    assert not any(change.startswith("lemma_0") for change in changes)


def test_a_change_of_the_notation_is_made_in_all_files_that_write_the_term() -> None:
    found = made(WITH_NOTATION, lemma_0=LEMMA, _notation=NOTATION)
    (mutant,) = (m for m in found if m.change.endswith("-> z ** 2 - 3"))
    assert set(mutant.texts) == {"lemma_1", "lemma_0", "_notation"}
    assert "return (7 * z, z ** 2 - 3)" in mutant.texts["lemma_1"]
    assert "return (z ** 2 - 3, shift)" in mutant.texts["lemma_0"]
    assert "assert z ** 2 + 3" in mutant.texts["lemma_0"]
    (mutant,) = (m for m in found if m.change.endswith("-> v ** 3"))
    assert set(mutant.texts) == {"_notation"}
