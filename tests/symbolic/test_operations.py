"""What each tactic calls: operations of modules that it reaches, and that call the library."""

import ast
import re
from pathlib import Path

import pytest

import implicitbias.symbolic
from implicitbias.symbolic.engine.operations import OPERATIONS
from implicitbias.symbolic.language.kernel import TACTICS

FOLDER = Path(implicitbias.symbolic.__file__).parent


def source(module: str) -> Path:
    return FOLDER / f"{module.replace('.', '/')}.py"


def imports(module: str) -> set[str]:
    tree = ast.parse(source(module).read_text(encoding="utf-8"))
    nodes = [node for node in ast.walk(tree) if isinstance(node, ast.Import)]
    return {alias.name for node in nodes for alias in node.names}


def reached(module: str) -> set[str]:
    """The modules of the folder that a module imports, and those that these import."""
    found, waiting = {module}, [module]
    while waiting:
        text = source(waiting.pop()).read_text(encoding="utf-8")
        names = re.findall(r"from implicitbias\.symbolic\.(\w+\.\w+) import", text)
        inner = re.findall(r"from implicitbias\.symbolic\.(\w+) import (\w+)$", text, re.MULTILINE)
        names += [f"{room}.{name}" for room, name in inner]
        waiting += [name for name in names if name not in found]
        found.update(names)
    return found


@pytest.mark.parametrize("name", OPERATIONS)
def test_a_module_of_an_operation_imports_its_library(name: str) -> None:
    operation = OPERATIONS[name]
    assert all(operation.library in imports(module) for module in operation.modules)


@pytest.mark.parametrize("tactic", TACTICS)
def test_the_engines_of_a_tactic_are_those_that_its_module_reaches(tactic: str) -> None:
    row = TACTICS[tactic]
    modules = reached(row.module)
    for name in row.operations:
        assert set(OPERATIONS[name].modules) & modules, f"{tactic} does not reach {name}"
    libraries = {OPERATIONS[name].library for name in row.operations}
    direct = imports(row.module) & {"flint", "z3"}
    assert direct <= libraries | {"flint"}
