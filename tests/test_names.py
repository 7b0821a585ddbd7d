"""The public names: all there before anything is loaded, and the ones that a type checker sees."""

import ast
import pickle
import pydoc
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest

import implicitbias as ib
from implicitbias import numbers


def static_homes(path: str | None) -> dict[str, str]:
    """Name and module of what a package imports for type checkers."""
    assert path is not None
    guarded = [
        node for node in ast.parse(Path(path).read_text("utf-8")).body if isinstance(node, ast.If)
    ]
    return {
        alias.name: node.module or ""
        for branch in guarded
        for node in branch.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }


def fresh(expression: str) -> str:
    """What an interpreter that has just imported the package prints for an expression."""
    script = f"import implicitbias as ib; print({expression})"
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return run.stdout.strip()


@pytest.mark.parametrize("package", [ib, numbers], ids=["implicitbias", "numbers"])
def test_a_type_checker_sees_what_is_loaded(package: object) -> None:
    homes = static_homes(package.__file__)  # type: ignore[attr-defined]
    assert homes
    for name, home in homes.items():
        assert getattr(package, name) is getattr(import_module(home), name)


def test_every_public_name_is_imported_for_type_checkers() -> None:
    assert sorted(static_homes(ib.__file__)) == ib.__all__


def test_names_are_listed_before_they_are_loaded() -> None:
    assert fresh("set(ib.__all__) <= set(dir(ib)), 'solve' in vars(ib)") == "True False"


def test_a_star_import_brings_every_public_name() -> None:
    names: dict[str, object] = {}
    exec("from implicitbias import *", names)
    assert names["solve"] is ib.solve
    assert set(ib.__all__) <= set(names)


def test_a_folder_is_an_attribute_of_the_package() -> None:
    assert fresh("ib.flows.gradient_flow is ib.gradient_flow") == "True"


@pytest.mark.parametrize("package", [ib, numbers], ids=["implicitbias", "numbers"])
def test_a_name_that_is_none_is_an_attribute_error(package: object) -> None:
    with pytest.raises(AttributeError, match=r"^module 'implicitbias.*' has no attribute 'slove'$"):
        getattr(package, "slove")  # noqa: B009  # a type checker refuses package.slove


def test_help_describes_the_names() -> None:
    text = pydoc.plain(pydoc.render_doc(ib))
    assert "class Depth" in text
    assert "solve(" in text


def test_what_is_returned_can_be_pickled() -> None:
    solution = ib.solve([[1.0, 2.0]], [1.0], alpha=0.1)
    again = pickle.loads(pickle.dumps(solution))
    assert type(again) is ib.Solution
    assert np.array_equal(again.beta, solution.beta)
    assert pickle.loads(pickle.dumps(ib.solve)) is ib.solve
    assert pickle.loads(pickle.dumps(ib.Depth(3))) == ib.Depth(3)
