"""The errata: complete, each verdict with what it needs, each pointer to a function, up to date."""

from dataclasses import replace
from pathlib import Path

import pytest

from implicitbias.theorems.errata import (
    SOURCE,
    TARGET,
    MalformedErrataError,
    read_errata,
    render,
)

PROOFS = Path(__file__).parents[2] / "proofs"
PROOF = 'ID = "T1"\n\n\ndef step_1_holds():\n    ...\n\n\ndef refute_the_printed_form():\n    ...\n'
EQUATIONS = "".join(
    f'[[section.entry]]\nid = "({n})"\nwhat = "equation {n}"\nverdict = "definition"\n'
    for n in range(1, 112)
)


def folder_with(path: Path, extra: str = "", equations: str = EQUATIONS) -> Path:
    (path / "theorem.py").write_text(PROOF)
    (path / SOURCE).write_text(f'[[section]]\ntitle = "All"\n{equations}{extra}')
    return path


def entry(verdict: str, *, note: str = "", where: str = "", name: str = "extra") -> str:
    pointers = f"where = [{where}]\n" if where else ""
    return (
        f'[[section.entry]]\nid = "{name}"\nwhat = "w"\nverdict = "{verdict}"\n'
        f'note = "{note}"\n{pointers}'
    )


STEP, REFUTE = '"theorem.step_1_holds"', '"theorem.refute_the_printed_form"'


@pytest.mark.parametrize(
    ("verdict", "note", "where"),
    [
        ("true", "", STEP),
        ("slip", "2 for 1", REFUTE),
        ("argument", "a gap", STEP),
        ("false", "instead", f"{STEP}, {REFUTE}"),
        ("undecided", "an experiment", ""),
    ],
)
def test_a_verdict_with_what_it_needs_is_read(
    tmp_path: Path, verdict: str, note: str, where: str
) -> None:
    folder = folder_with(tmp_path, entry(verdict, note=note, where=where))
    last = read_errata(folder)[-1]
    assert (last.section, last.id, last.verdict, last.note) == ("All", "extra", verdict, note)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (entry("true"), "extra: true, but where names no step_"),
        (entry("true", where=REFUTE), "extra: true, but where names no step_"),
        (entry("slip", note="2 for 1", where=STEP), "extra: slip, but where names no refute_"),
        (entry("slip", where=REFUTE), "extra: slip, but there is no note"),
        (entry("false", note="no", where=STEP), "extra: false, but where names no refute_"),
        (entry("argument", note="a gap", where=REFUTE), "argument, but where names no step_"),
        (entry("undecided"), "extra: undecided, but there is no note"),
        (entry("typo"), "'typo' is no verdict; there are definition"),
        (entry("true", where='"theorem.step_2_is_not_there"'), "no proof file has theorem.step_2"),
        (entry("true", where='"other.step_1_holds"'), "no proof file has other.step_1"),
        (entry("definition", name="(7)"), r"\(7\) is there twice"),
        ('[[section.entry]]\nid = "x"\nwhat = "w"\n', "x: no verdict"),
        (entry("definition") + 'form = "2"\n', "extra: form is no field"),
    ],
)
def test_a_verdict_without_it_is_not(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(MalformedErrataError, match=message):
        read_errata(folder_with(tmp_path, text))


def test_every_equation_has_an_entry(tmp_path: Path) -> None:
    short = EQUATIONS.replace('id = "(33)"', 'id = "(330)"')
    with pytest.raises(MalformedErrataError, match=r"^equation \(33\) has no entry$"):
        read_errata(folder_with(tmp_path, equations=short))


def test_what_is_no_toml_says_so(tmp_path: Path) -> None:
    (tmp_path / SOURCE).write_text("[[section")
    with pytest.raises(MalformedErrataError, match=f"{SOURCE} is not TOML"):
        read_errata(tmp_path)


def test_the_table_has_a_line_for_each_entry(tmp_path: Path) -> None:
    folder = folder_with(tmp_path, entry("slip", note="|x| for x", where=REFUTE))
    text = render(read_errata(folder))
    assert r"| extra | w | slip | \|x\| for x | `theorem.refute_the_printed_form` |" in text
    assert "| slip | false as printed, true in the corrected form | 1 |" in text
    assert sum(line.startswith("| (") for line in text.splitlines()) == 111


def test_the_errata_of_this_project_are_up_to_date() -> None:
    entries = read_errata(PROOFS)
    written = (PROOFS / TARGET).read_text(encoding="utf-8")
    assert written == render(entries), "run `implicitbias errata`"
    assert written != render([replace(entries[0], what="another"), *entries[1:]])
