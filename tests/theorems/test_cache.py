"""Entries that are kept, and what makes them worthless."""

import ast
import json
from dataclasses import replace
from pathlib import Path

import pytest

import implicitbias.theorems.cache as module
from implicitbias.theorems.cache import PACKAGE, ROOMS, Cache
from implicitbias.theorems.ledger import Entry, Outline, Result

OUTLINE = Outline("L1", "a.py", "x = x", "proved", {"step_1": "exact"}, ("Compactness",))
RESULT = Result(True, 1.5, ("prove_identity",), refuted=("0 = 1",), proofs={"prove_identity": 2})
ENTRY = Entry(OUTLINE, {"step_1": RESULT})


@pytest.fixture
def a(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A proof file that imports another one, beside a third and shared notation."""
    package = tmp_path / "implicitbias"
    for room in ("theorems", "symbolic", "flows"):
        (package / room).mkdir(parents=True)
        (package / room / "one.py").write_text("x = 1\n")
    monkeypatch.setattr(module, "PACKAGE", package)
    folder = tmp_path / "proofs"
    folder.mkdir()
    (folder / "a.py").write_text("from proofs.b import y\nfrom implicitbias.symbolic import z\n")
    for name in ("b", "c", "_notation"):
        (folder / f"{name}.py").write_text("y = 1\n")
    return folder / "a.py"


def kept(path: Path) -> Entry | None:
    return Cache(path.parent, [path]).get(path)


def keep(path: Path, entry: Entry = ENTRY) -> None:
    Cache(path.parent, [path]).put(path, entry)


def test_an_entry_is_kept_and_says_so(a: Path) -> None:
    assert kept(a) is None
    keep(a)
    found = kept(a)
    assert found is not None and found.cached
    assert found.record() == {**ENTRY.record(), "cached": True}
    assert found.results["step_1"].proofs == RESULT.proofs and found.row()[-2] == "cached"


def test_of_other_files_nothing_is_kept(a: Path) -> None:
    keep(a)
    assert Cache(a.parent, []).get(a) is None
    other = a.with_name("c.py")
    Cache(a.parent, [a]).put(other, ENTRY)
    assert kept(other) is None


@pytest.mark.parametrize(
    ("file", "counts"),
    [
        ("proofs/a.py", True),
        ("proofs/b.py", True),
        ("proofs/_notation.py", True),
        ("proofs/c.py", False),
        ("proofs/conftest.py", False),
        ("implicitbias/__init__.py", True),
        ("implicitbias/theorems/one.py", True),
        ("implicitbias/symbolic/tactics/new.py", True),
        ("implicitbias/flows/one.py", False),
    ],
)
def test_a_changed_source_counts(a: Path, file: str, counts: bool) -> None:
    keep(a)
    path = a.parents[1] / file
    path.parent.mkdir(exist_ok=True)
    path.write_text("from implicitbias.symbolic import z\ny = 2\n")
    assert (kept(a) is None) == counts


@pytest.mark.parametrize("line", ["import gradient_flow", "import implicitbias.flows"])
def test_of_a_proof_that_uses_the_rest_of_the_package_all_of_it_counts(a: Path, line: str) -> None:
    text = line if "." in line else f"from implicitbias.flows {line}"
    a.with_name("b.py").write_text(f"def check_1():\n    {text}\n")
    keep(a)
    assert kept(a) is not None
    (module.PACKAGE / "flows" / "one.py").write_text("x = 2\n")
    assert kept(a) is None


@pytest.mark.parametrize("library", ["sympy", "python-flint", "z3-solver", "mpmath", "numpy"])
def test_another_version_counts(a: Path, library: str, monkeypatch: pytest.MonkeyPatch) -> None:
    keep(a)
    real = module.version
    monkeypatch.setattr(module, "version", lambda n: "0.0" if n == library else real(n))
    assert kept(a) is None


def test_another_python_counts(a: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keep(a)
    monkeypatch.setattr("sys.version", "4.0")
    assert kept(a) is None


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"x = x"', '"x = y"'),
        ('"passed": true', '"passed": false'),
        ('"key": "', '"key": "0'),
        ('"digest": "', '"digest": "0'),
        ('"entry"', '"other"'),
        ("}", ""),
    ],
)
def test_a_damaged_entry_is_as_good_as_absent(a: Path, old: str, new: str) -> None:
    keep(a)
    (file,) = (a.parent / module.FOLDER).iterdir()
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new))
    assert kept(a) is None
    keep(a)
    assert kept(a) is not None
    file.write_bytes(b"\xff")
    assert kept(a) is None


@pytest.mark.parametrize(
    "entry",
    [
        Entry(OUTLINE, {}),
        Entry(OUTLINE, {"step_1": replace(RESULT, passed=False)}),
        replace(ENTRY, cached=True),
    ],
    ids=["partial", "open", "cached"],
)
def test_what_did_not_run_to_its_end_is_not_kept(a: Path, entry: Entry) -> None:
    keep(a, entry)
    assert kept(a) is None


def test_what_has_changed_since_it_was_run_is_not_kept(a: Path) -> None:
    cache = Cache(a.parent, [a])
    a.with_name("b.py").write_text("y = 2\n")
    cache.put(a, ENTRY)
    assert kept(a) is None and not (a.parent / module.FOLDER).exists()


def test_a_file_that_is_not_python_has_no_entry(a: Path) -> None:
    a.write_text("import import\n")
    assert kept(a) is None


def test_the_rooms_that_count_import_no_others() -> None:
    imported = set()
    for room in ROOMS:
        for path in (PACKAGE / room).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("implicit"):
                    imported.add(str(node.module).split(".")[1])
    assert imported <= set(ROOMS)


def test_the_file_of_an_entry_can_be_read(a: Path) -> None:
    keep(a)
    kept_as = json.loads((a.parent / module.FOLDER / "a.json").read_text())
    assert kept_as["entry"]["outline"]["formula"] == "x = x"
