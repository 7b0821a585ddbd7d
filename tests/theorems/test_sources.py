"""What a proof file is made of, and what its statement is written with."""

from pathlib import Path

from implicitbias.theorems.sources import Sources, read_sources

PROOFS = Path(__file__).parents[2] / "proofs"


def test_sources_are_the_file_and_all_that_it_imports(tmp_path: Path) -> None:
    package = tmp_path.name
    (tmp_path / "a.py").write_text(f"import sympy as sp\nfrom {package}.b import x, y as z\n")
    (tmp_path / "b.py").write_text(f"def step_1():\n    from {package}._c import q\n")
    (tmp_path / "_c.py").write_text("from elsewhere.d import q\n")
    (tmp_path / "d.py").write_text("q = 1\n")
    sources = read_sources(tmp_path / "a.py")
    assert (sources.package, sources.name) == (package, "a")
    assert list(sources.texts) == ["a", "b", "_c"]


def test_a_statement_is_written_with_what_its_definition_reaches() -> None:
    texts = {
        "a": "from proofs.b import x as u, w\nA, B = u + 1, 2\nc = w\nSTATEMENT = [A]\n",
        "b": "from proofs._c import q, r\nx = f(q)\ndef f(v):\n    return g * v\ng = 1\nw = r\n",
        "_c": "q = s\ns = 1\nr = 2\n",
    }
    names = Sources("proofs", "a", texts).statement_names()
    assert {name for file, name in names if file == "a"} == {"STATEMENT", "A", "u"}
    assert {name for file, name in names if file == "b"} == {"x", "f", "g", "q"}
    assert {name for file, name in names if file == "_c"} == {"q", "s"}


def test_the_statement_of_every_proof_is_found() -> None:
    path = PROOFS / "theorem_3.py"
    names = read_sources(path).statement_names()
    assert ("theorem_3", "STATEMENT") in names
    assert {file for file, _ in names} >= {"theorem_3", "theorem_3_limits", "theorem_3_potential"}
