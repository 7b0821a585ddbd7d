"""The verdict, the record and the table."""

import json
from pathlib import Path

import pytest

from implicitbias.theorems.ledger import Entry, Outline, Result, table, write_ledger

FUNCTIONS = {"step_1": "exact", "step_2": "enclosed", "check_1": "check", "refute_1": "refute"}
ALL = dict.fromkeys(FUNCTIONS, True)


def entry(passed: dict[str, bool], goal: str = "proved", name: str = "L1") -> Entry:
    outline = Outline(name, "lemma_1.py", "a = b", goal, FUNCTIONS, ("Compactness",))  # type: ignore[arg-type]
    results = {
        function: Result(ok, 0.25, ("prove_identity",), error="" if ok else "Undecided: why")
        for function, ok in passed.items()
    }
    return Entry(outline, results)


@pytest.mark.parametrize(
    ("passed", "goal", "verdict"),
    [
        (ALL, "proved", "proved"),
        (ALL, "repaired", "repaired"),
        (ALL, "refuted", "refuted"),
        ({"step_1": True, "refute_1": True}, "repaired", "partial"),
        ({}, "proved", "partial"),
        ({"step_1": False}, "proved", "open"),
        ({**ALL, "step_2": False}, "repaired", "open"),
        ({**ALL, "check_1": False}, "proved", "open"),
        ({**ALL, "refute_1": False}, "refuted", "open"),
    ],
)
def test_verdict(passed: dict[str, bool], goal: str, verdict: str) -> None:
    assert entry(passed, goal).verdict == verdict


def test_table_has_a_row_and_a_formula_a_statement() -> None:
    lines = table([entry({**ALL, "step_2": False}, name="T1"), entry(ALL)], ["T2"], ["2.3", "F2"])
    assert lines == [
        "id  verdict  steps             checks  refuted  seconds  tactics",
        "L1  proved   2/2 (1 enclosed)  1/1     1/1      1.00     prove_identity",
        "    a = b",
        "    rests on: Compactness",
        "T1  open     1/2 (1 enclosed)  1/1     1/1      1.00     prove_identity",
        "    a = b",
        "    rests on: Compactness",
        "    step_2: Undecided: why",
        "",
        "2 statements: 1 proved, 1 open",
        "did not run: T2",
        "no file yet: 2.3 F2",
    ]


def test_ledger_is_a_list_of_records(tmp_path: Path) -> None:
    write_ledger(tmp_path, [entry({"step_1": True}, name="T1"), entry(ALL, "repaired")])
    first, second = json.loads((tmp_path / "ledger.json").read_text())
    assert first == {
        "id": "L1",
        "verdict": "repaired",
        "formula": "a = b",
        "steps": [
            {"name": "step_1", "kind": "exact", "passed": True},
            {"name": "step_2", "kind": "enclosed", "passed": True},
        ],
        "tactics": ["prove_identity"],
        "refuted": [],
        "seconds": 1.0,
        "cached": False,
    }
    assert (second["id"], second["verdict"]) == ("T1", "partial")
    assert [step["passed"] for step in second["steps"]] == [True, False]
