"""What the ledger asks of pytest, without a run; runs are in `tests/proofs/test_run.py`."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from implicitbias.theorems.plugin import Ledger


def config(**inputs: object) -> Any:
    """As far as the ledger asks it; with inputs that of one of pytest-xdist's processes."""
    worker = {"workerinput": inputs} if inputs else {}
    return SimpleNamespace(getoption=lambda name, default: default, **worker)


@pytest.mark.parametrize("inputs", [{"batches": [["c.py"], ["a.py", "b.py"]]}, {}])
def test_one_of_several_processes_runs_the_batches_in_their_order(
    tmp_path: Path, inputs: dict[str, object]
) -> None:
    names = ["a.py", "a.py", "b.py", "c.py", "other.py"]
    items = [SimpleNamespace(path=tmp_path / name, k=k) for k, name in enumerate(names)]
    settings: Any = config(**inputs)
    collected: Any = items
    Ledger(tmp_path, settings).pytest_collection_modifyitems(settings, collected)
    assert [item.k for item in items] == ([3, 0, 1, 2, 4] if inputs else [0, 1, 2, 3, 4])


def test_the_processes_are_told_the_batches(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / f"{name}.py").write_text(f'ID = "{name}"\n' + "#" * (name == "b"))
    node: Any = SimpleNamespace(workerinput={})
    Ledger(tmp_path, config()).pytest_configure_node(node)
    assert node.workerinput == {"batches": [["b.py"], ["a.py"]]}
    (tmp_path / "c.py").write_text("")  # it does not collect, and that says why
    Ledger(tmp_path, config()).pytest_configure_node(node)
    assert node.workerinput == {"batches": []}
