"""Every engine says of every function of the grammar whether it handles it, and is right."""

import ast
import importlib
from collections.abc import Callable, Iterable
from pathlib import Path

import flint
import pytest
import sympy as sp
import z3

import implicitbias.symbolic.engine
from implicitbias.symbolic import Undecided
from implicitbias.symbolic.engine.balls import ball
from implicitbias.symbolic.engine.changes import changes
from implicitbias.symbolic.engine.cover import _bounds
from implicitbias.symbolic.engine.domain import Domains
from implicitbias.symbolic.engine.lifting import lift
from implicitbias.symbolic.engine.nlsat import Facts
from implicitbias.symbolic.engine.points import undefined
from implicitbias.symbolic.engine.tower import Tower
from implicitbias.symbolic.language.grammar import EVERYWHERE, FUNCTIONS
from implicitbias.symbolic.language.total import is_total

FOLDER = Path(implicitbias.symbolic.engine.__file__).parent
x = sp.Symbol("x", real=True)
HALF = sp.Rational(1, 2)


def formulas(name: str) -> tuple[set[type], set[type]]:
    """What an engine handles, and what it declines."""
    module = importlib.import_module(f"implicitbias.symbolic.engine.{name}")
    return set(module.FORMULAS), set(module.DECLINES)


def mentions(path: Path) -> set[str]:
    """The functions `sp.f` that a module writes."""
    nodes = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    return {
        node.attr
        for node in nodes
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)
        if node.value.id == "sp"
    }


def undeclared(engine: str, functions: Iterable[type]) -> set[type]:
    handles, declines = formulas(engine)
    assert not handles & declines
    return set(functions) - handles - declines


LATTICE = (sp.Max, sp.Min)  # of several arguments; modules take them of numbers too
NAMES = {function.__name__ for function in FUNCTIONS if function not in LATTICE}
ENGINES = sorted(path.stem for path in FOLDER.glob("*.py") if mentions(path) & NAMES)


def test_the_engines_are_all_that_have_formulas() -> None:
    assert ENGINES == ["balls", "changes", "cover", "lifting", "nlsat", "tower"]


@pytest.mark.parametrize("engine", ENGINES)
def test_every_function_is_handled_or_declined(engine: str) -> None:
    assert not undeclared(engine, FUNCTIONS)
    handles, declines = formulas(engine)
    assert handles | declines == set(FUNCTIONS)


@pytest.mark.parametrize("engine", ENGINES)
def test_a_new_function_is_neither(engine: str) -> None:
    assert undeclared(engine, {**FUNCTIONS, sp.erf: EVERYWHERE}) == {sp.erf}


def by_sign_tables(expr: sp.Expr) -> bool:
    (same,) = changes(x, x, sp.Integer(0), sp.Integer(1))
    lift(expr, x, same.image, same.interval)
    return True


def by_balls(expr: sp.Expr) -> bool:
    return bool(ball(expr, {x: HALF}).is_finite())


def by_normal_form(expr: sp.Expr) -> bool:
    Tower(Domains({x: (sp.Integer(0), HALF)})).lift(expr)
    return True


def by_cover(expr: sp.Expr) -> bool:
    return _bounds(expr, x, flint.arb("0.25"), flint.arb("0.5")) is not None


def by_change(expr: sp.Expr) -> bool:
    return any(change.name != "x" for change in changes(expr, x, sp.Integer(0), sp.oo))


def by_nlsat(expr: sp.Expr) -> bool:
    """More than an unknown: something of its value is known."""
    facts = Facts(5)
    facts.add(sp.Lt(expr, -2, evaluate=False))
    return facts._ask() == z3.unsat


USES: dict[str, Callable[[sp.Expr], bool]] = {
    "balls": by_balls,
    "changes": by_change,
    "cover": by_cover,
    "lifting": by_sign_tables,
    "nlsat": by_nlsat,
    "tower": by_normal_form,
}


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda function: function.__name__)
@pytest.mark.parametrize("engine", ENGINES)
def test_an_engine_does_what_it_says(engine: str, function: type[sp.Function]) -> None:
    expr = function(x, x**2) if function in LATTICE else function(x, evaluate=False)
    try:
        handled = USES[engine](expr)
    except Undecided:
        handled = False
    assert handled == (function in formulas(engine)[0])


@pytest.mark.parametrize(
    "function",
    [function for function in FUNCTIONS if function not in LATTICE],
    ids=lambda function: function.__name__,
)
def test_a_function_is_real_where_the_grammar_says(function: type[sp.Function]) -> None:
    """By balls, which have the domains of flint, at points inside and outside."""
    where, expr = FUNCTIONS[function], function(x, evaluate=False)
    for point in map(sp.Rational, ("-2", "-1", "-1/2", "0", "1/2", "1", "2")):
        inside = all(part > 0 for part in where.positive(point))
        assert bool(ball(expr, {x: point}).is_finite()) == inside
        assert (undefined(expr, x, point) is None) == inside
        assert inside or where.otherwise


def test_total_are_those_without_a_condition() -> None:
    for function, where in FUNCTIONS.items():
        expr = function(x, x**2) if function in LATTICE else function(x, evaluate=False)
        assert is_total(expr) == (where is EVERYWHERE)
    assert is_total(sp.atanh(HALF, evaluate=False))
    assert not is_total(sp.erf(x))
