"""The corpus of true and false statements: nothing false is proved, nearly all are decided."""

import importlib.util
import time
from collections import Counter
from pathlib import Path
from types import ModuleType

import pytest
import sympy as sp

from implicitbias.symbolic import Proof, Refuted, Undecided, prove_nonnegative, prove_positive
from implicitbias.symbolic.engine.points import sign, undefined


def _load(name: str) -> ModuleType:
    """A module beside this one; importlib mode puts no folder of tests on the path."""
    spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


corpus = _load("corpus")
TABLES = {
    (truth, tactic): getattr(corpus, f"{truth}_{name}")
    for truth in ("TRUE", "FALSE")
    for name, tactic in (("NONNEGATIVE", prove_nonnegative), ("POSITIVE", prove_positive))
}


def answer(tactic, row) -> Proof | Refuted | Undecided:
    expr, lower, upper = row
    try:
        return tactic(expr, corpus.x, lower, upper)
    except (Refuted, Undecided) as other:
        return other


@pytest.fixture(scope="module")
def answers():
    return {
        (truth, tactic, name): answer(tactic, row)
        for (truth, tactic), rows in TABLES.items()
        for name, row in rows.items()
    }


def test_corpus_is_decided(answers, capsys: pytest.CaptureFixture[str]) -> None:
    """The table, and the rates that the tactics have to keep."""
    counts = Counter((truth, type(found).__name__) for (truth, _, _), found in answers.items())
    totals = Counter(truth for truth, _, _ in answers)
    with capsys.disabled():
        print(f"\n{'corpus':8}{'total':>8}{'proved':>8}{'refuted':>9}{'undecided':>11}")
        for truth, total in totals.items():
            row = [counts[truth, answer] for answer in ("Proof", "Refuted", "Undecided")]
            print(f"{truth.lower():8}{total:8}{row[0]:8}{row[1]:9}{row[2]:11}")
    assert totals["TRUE"] >= 60
    assert totals["FALSE"] >= 100
    assert counts["FALSE", "Proof"] == 0
    assert counts["TRUE", "Refuted"] == 0
    assert counts["FALSE", "Refuted"] >= 0.8 * totals["FALSE"]
    assert counts["TRUE", "Proof"] >= 0.9 * totals["TRUE"]


def test_nothing_false_is_proved(answers) -> None:
    assert not [key for key, got in answers.items() if key[0] == "FALSE" and isinstance(got, Proof)]


def test_refutations_hold_at_their_points(answers) -> None:
    """The point lies inside, and there the value is wrong or there is none."""
    for (truth, tactic, name), found in answers.items():
        if truth == "TRUE" or not isinstance(found, Refuted):
            continue
        expr, lower, upper = TABLES[truth, tactic][name]
        point = found.point[corpus.x]
        assert isinstance(point, sp.Rational)
        assert lower < point < upper
        if undefined(expr, corpus.x, point) is None:
            assert sign(expr, corpus.x, point) < (tactic is prove_positive)


def test_the_parabola_takes_less_than_a_second() -> None:
    start = time.perf_counter()
    proof = prove_nonnegative(corpus.x**2 / 4 - corpus.q, corpus.x)
    assert time.perf_counter() - start < 1
    assert proof.kind == "exact"
    assert proof.statement == sp.Ge(corpus.x**2 / 4 - corpus.q, 0, evaluate=False)
