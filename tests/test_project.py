"""The project as a whole: citations, stray paths, a light import, the README's first commands."""

import ast
import io
import json
import re
import subprocess
import sys
import tokenize
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = ("implicitbias", "proofs", "tests", "numerics", "notebooks", ".ci")
SHELLS = ("", "sh", "bash", "shell", "console")
HEAVY = ("torch", "cvxpy", "matplotlib", "sklearn", "pandas", "sympy", "z3")
# What an import alone does not need either.
USED = ("numpy", "scipy", "mpmath", "flint")
SOLVE = "import implicitbias as ib; ib.solve([[1.0, 2.0, 0.5]], [1.0], alpha=0.1, depth=3)"

KEY = re.compile(r"\b[a-z]+\d{4}\b")
CITATION = re.compile(r"\[([a-z]+\d{4})((?:[,;][^\[\]]*)?)\]")
BIB_ENTRY = re.compile(r"^@\w+\{([^,\s]+),", re.MULTILINE)

# Folders that only exist on the machine of whoever wrote the file. Put together from parts, so
# that this file passes its own test.
PARENT = ".." + "/" + "shared"
ABSOLUTE = re.compile(r"(?<![\w.~-])/" + "(?:work|root|home|Users)" + r"/\w")


def files_below(folder: Path) -> Iterator[Path]:
    """Every file below a folder, less caches and hidden folders."""
    if not folder.is_dir():
        return
    for path in sorted(folder.iterdir()):
        if path.is_dir():
            if not path.name.startswith(".") and path.name != "__pycache__":
                yield from files_below(path)
        else:
            yield path


def project_files() -> list[Path]:
    # In a work tree of git's, .git is a file that says where the repository is.
    top = [path for path in sorted(ROOT.iterdir()) if path.is_file() and path.name != ".git"]
    return top + [path for folder in FOLDERS for path in files_below(ROOT / folder)]


def remarks(source: str) -> Iterator[str]:
    """The docstrings of a Python source, and its runs of comments."""
    kinds = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, kinds):
            yield ast.get_docstring(node) or ""
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    # Joined, since a citation may be broken over two lines.
    yield " ".join(t.string.lstrip("# ") for t in tokens if t.type == tokenize.COMMENT)


def citations(source: str) -> set[str]:
    """Keys cited as `[key]`, `[key, where]` or `[key, where; key, where]`."""
    return {
        key
        for remark in remarks(source)
        for first, rest in CITATION.findall(remark)
        for key in (first, *KEY.findall(rest))
    }


def bib_keys() -> list[str]:
    return BIB_ENTRY.findall((ROOT / "references.bib").read_text(encoding="utf-8"))


def stray_paths(text: str) -> list[str]:
    """The lines of a text that name a path of somebody's machine."""
    return [line for line in text.splitlines() if PARENT in line or ABSOLUTE.search(line)]


def loaded_after(statement: str, packages: Sequence[str] = HEAVY) -> list[str]:
    """Which of the packages a fresh interpreter without torch has loaded after a statement."""
    script = (
        "import json, sys\n"
        "sys.modules['torch'] = None\n"
        f"{statement}\n"
        f"names = [name for name in {tuple(packages)!r} if sys.modules.get(name) is not None]\n"
        "print(json.dumps(names))\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr
    loaded: list[str] = json.loads(run.stdout)
    return loaded


def shell_commands(markdown: str) -> list[str]:
    """The command lines of a text's code blocks, fenced for a shell or without a language."""
    fences = re.findall(r"^```(\w*)[^\n]*\n(.*?)^```", markdown, re.MULTILINE | re.DOTALL)
    blocks = [text for language, text in fences if language in SHELLS]
    lines = (line.split(" #")[0].strip() for block in blocks for line in block.splitlines())
    return [line.removeprefix("$ ") for line in lines if line and not line.startswith("#")]


def test_every_cited_key_is_in_the_bibliography() -> None:
    known = set(bib_keys())
    unknown = {
        f"{path.relative_to(ROOT)}: {key}"
        for folder in ("implicitbias", "proofs")
        for path in files_below(ROOT / folder)
        if path.suffix == ".py"
        for key in citations(path.read_text(encoding="utf-8")) - known
    }
    assert not unknown, f"cited but not in references.bib: {sorted(unknown)}"


def test_every_key_of_the_bibliography_is_there_once() -> None:
    keys = bib_keys()
    assert "woodworth2020" in keys
    assert len(keys) == len(set(keys))


@pytest.mark.parametrize(
    ("source", "keys"),
    [
        ('"""A text [nobody1999]."""', {"nobody1999"}),
        (
            'def f():\n    """See [nobody1999, Thm 1; noone2001, p. 3]."""',
            {"nobody1999", "noone2001"},
        ),
        ("x = 1  # from [nobody1999,\n# Lemma 2]", {"nobody1999"}),
        ('x = "[nobody1999]"', set()),
        ("# an interval [0, 1], a slot [i], a shape [n2, d]", set()),
    ],
)
def test_citations_are_found_in_docstrings_and_comments_only(source: str, keys: set[str]) -> None:
    assert citations(source) == keys


def test_no_file_names_a_path_of_a_machine() -> None:
    stray = {
        f"{path.relative_to(ROOT)}: {line.strip()[:80]}"
        for path in project_files()
        if b"\0" not in (raw := path.read_bytes())
        for line in stray_paths(raw.decode("utf-8", errors="replace"))
    }
    assert not stray, f"paths that exist on one machine only: {sorted(stray)}"


@pytest.mark.parametrize("parts", [("/", "work/x"), ("'/", "home/me"), ("see ../", "shared/x")])
def test_a_path_of_a_machine_is_found(parts: tuple[str, str]) -> None:
    assert stray_paths("fine\n" + "".join(parts)) == ["".join(parts)]


def test_an_ordinary_path_is_not_taken_for_one_of_a_machine() -> None:
    assert not stray_paths("a/work/b ./home/x https://example.org/home/x /usr/bin ../other")


def test_the_package_imports_without_torch_and_without_heavy_packages() -> None:
    assert loaded_after("import implicitbias", HEAVY + USED) == []


def test_a_solve_loads_no_heavy_package() -> None:
    packages = (*HEAVY, "scipy.optimize", "scipy.integrate", "mpmath", "scipy.linalg")
    assert loaded_after(SOLVE, packages) == ["scipy.linalg"]


def test_the_help_of_the_command_loads_none() -> None:
    listing = "from typer.testing import CliRunner; from implicitbias.cli import app; "
    listing += "assert 'probe' in CliRunner().invoke(app, ['--help'], prog_name='x').output"
    assert loaded_after(listing, (*HEAVY, *USED, "rich")) == []


def test_a_heavy_package_would_be_noticed() -> None:
    assert "pandas" in loaded_after("from implicitbias import compare")


def test_the_readme_opens_with_the_two_commands() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert shell_commands(readme)[:2] == ["make prove", "make test"]


def test_shell_commands_are_read_from_code_blocks_of_a_shell() -> None:
    text = (
        "```sh\n# note\n$ make a  # why\n\nmake b\n```\n```python\nx = 1\n```\n```\nmake c\n```\n"
    )
    assert shell_commands(text) == ["make a", "make b", "make c"]
