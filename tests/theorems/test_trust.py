"""The page of what has to be trusted: its counts, and when it is stale."""

from pathlib import Path

import pytest

from implicitbias.theorems.ledger import Entry, Outline, Result
from implicitbias.theorems.trust import TRUST, is_stale, trust


def entry(**proofs: int) -> Entry:
    outline = Outline("L1", "lemma_1.py", "a = b", "proved", {"step_1": "exact"}, ("Compactness",))
    return Entry(outline, {"step_1": Result(True, 0.1, proofs=proofs)})


def test_facts_are_counted_by_who_decided_them() -> None:
    page = trust([entry(prove_identity=3, prove_implication=2), entry(prove_positive=1)])
    flat = " ".join(page.split())
    assert "2 statements rest on 6 facts" in flat and "4 were looked at by two engines" in flat
    assert "- 2 on the word of z3" in page
    assert "| `prove_identity` | 3 | tactics.identity |" in page
    assert "nlsat" in page and "`lemma_1.py`" in page


def test_unlisted_tactic_is_an_error() -> None:
    with pytest.raises(KeyError, match="prove_anything"):
        trust([entry(prove_anything=1)])


def test_another_page_is_stale(tmp_path: Path) -> None:
    page = trust([entry(prove_identity=3)])
    assert not is_stale(tmp_path, page)  # a folder without the page
    (tmp_path / TRUST).write_text(page)
    assert not is_stale(tmp_path, page)
    assert is_stale(tmp_path, trust([entry(prove_identity=4)]))
