"""What each tactic calls: complete, and of modules that really import what they are said to."""

import ast
import re
from pathlib import Path

import pytest

import implicitbias.symbolic
from implicitbias.symbolic.engine.operations import OPERATIONS, TACTICS

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


def sealed_as() -> set[tuple[str, str]]:
    """(module, tactic) of every public function of the package that gives Proofs."""
    found = set()
    for name in implicitbias.symbolic.__all__:
        function = getattr(implicitbias.symbolic, name)
        returns = str(getattr(function, "__annotations__", {}).get("return", ""))
        if "Proof" in returns:
            found.add((function.__module__.removeprefix("implicitbias.symbolic."), name))
    return found


def test_every_tactic_is_listed_with_its_module() -> None:
    listed = {(engine.module, tactic) for tactic, engine in TACTICS.items()}
    assert listed == sealed_as()


@pytest.mark.parametrize("name", OPERATIONS)
def test_a_module_of_an_operation_imports_its_library(name: str) -> None:
    operation = OPERATIONS[name]
    assert all(operation.library in imports(module) for module in operation.modules)


@pytest.mark.parametrize("tactic", TACTICS)
def test_the_engines_of_a_tactic_are_those_that_its_module_reaches(tactic: str) -> None:
    engine = TACTICS[tactic]
    modules = reached(engine.module)
    for name in engine.operations:
        assert set(OPERATIONS[name].modules) & modules, f"{tactic} does not reach {name}"
    libraries = {OPERATIONS[name].library for name in engine.operations}
    direct = imports(engine.module) & {"flint", "z3"}
    assert direct <= libraries | {"flint"}
