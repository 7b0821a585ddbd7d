"""Every notebook runs from top to bottom, through public names only."""

import json
import re
from pathlib import Path

import pytest

NOTEBOOKS = sorted((Path(__file__).parents[2] / "notebooks").glob("*.ipynb"))


def code_of(notebook: Path) -> list[str]:
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    return ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]


def test_there_are_notebooks():
    assert NOTEBOOKS


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebook_runs(notebook, capsys):
    namespace: dict[str, object] = {}
    for number, code in enumerate(code_of(notebook)):
        exec(compile(code, f"{notebook.name}[{number}]", "exec"), namespace)
    assert capsys.readouterr().out


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebook_uses_public_names_only(notebook):
    for code in code_of(notebook):
        assert not re.search(r"implicitbias\.\w+\.|from implicitbias\.", code), code
