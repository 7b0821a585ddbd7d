"""The cover by balls on its own: what it shows, what it leaves, and that it shows nothing false."""

import importlib.util
from pathlib import Path

import flint
import pytest
import sympy as sp

from implicitbias.symbolic import Refuted, Undecided, prove_nonnegative, prove_positive
from implicitbias.symbolic.engine import sign
from implicitbias.symbolic.engine.cover import _bounds, cover

spec = importlib.util.spec_from_file_location("corpus", Path(__file__).with_name("corpus.py"))
corpus = importlib.util.module_from_spec(spec)
spec.loader.exec_module(corpus)

x = corpus.x
R, oo = sp.Rational, sp.oo
q = corpus.q

SHOWN = {
    "order 4 at 0": (x**2 / 4 - q, 0, 3),
    "order 2 at 0": (x - sp.log(1 + x), 0, 5),
    "singular at 0": (x - sp.log(x) - R(99, 100), 0, 100),
    "both tails": (R(11, 10) - sp.tanh(x), -oo, oo),
    "zeros at both ends": ((2 - x) * x, 0, 2),
    "an irrational exponent": (x**sp.pi - 1, 1, oo),
    "a high root": (x ** R(1, 100) - 1, 1, oo),
    "a corner": (sp.Abs(x - 1) + R(1, 10), 0, 3),
    "iterated logarithm": (sp.log(sp.log(x)), 3, oo),
}
NOT_SHOWN = {
    "touches 0 inside": ((x - 1) ** 2, 0, 3),
    "pole inside": (1 / (x - 1) ** 2, 0, 2),
    "negative next to an end": (x**2 - corpus.nudge, 0, 2),
    "not real next to an end": (sp.sqrt(x - 1) + 1, 0, 3),
    "not real inside": (sp.sqrt((x - 1) ** 2 - R(1, 100)) + 1, 0, 3),
    "negative far away": (corpus.large - x, 0, oo),
    "negative close to a pole": (sp.log(x) + 30, 0, 2),
    "negative inside": (x - sp.log(x) - R(101, 100), 0, 100),
    "undefined at a point, where sympy's derivative is 0": (
        2 + sp.Mul(x - 1, 1 / (x - 1), evaluate=False),
        0,
        3,
    ),
}


def show(expr: sp.Expr, lower: object, upper: object) -> tuple[str, ...]:
    statement = sp.Gt(expr, 0, evaluate=False)
    return cover(statement, expr, x, sp.sympify(lower), sp.sympify(upper))


@pytest.mark.parametrize("name", SHOWN)
def test_cover_shows(name: str) -> None:
    assert len(show(*SHOWN[name])) == 3


@pytest.mark.parametrize("name", NOT_SHOWN)
def test_cover_does_not_show(name: str) -> None:
    with pytest.raises((Refuted, Undecided)):
        show(*NOT_SHOWN[name])


def test_proof_says_that_balls_decided() -> None:
    proof = prove_positive(sp.log(sp.log(x)), x, 3)
    assert proof.kind == "enclosed"
    assert "bounds beyond" in proof.notes[2]
    assert str(proof).endswith("[enclosed, prove_positive]")


def test_nothing_false_is_shown_without_the_ladder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sign, "changes", lambda *_: [])
    rows = [(prove_nonnegative, row) for row in corpus.FALSE_NONNEGATIVE.values()]
    rows += [(prove_positive, row) for row in corpus.FALSE_POSITIVE.values()]
    for tactic, row in rows:
        with pytest.raises((Refuted, Undecided)):
            tactic(row[0], x, *row[1:])


@pytest.mark.parametrize(
    ("expr", "low", "high"),
    [
        (1 / x, "2", "inf"),
        (sp.exp(-x), "2", "inf"),
        (sp.log(x) * sp.tanh(x), "2", "inf"),
        (x**-2, "-inf", "-2"),
        (x**3, "-inf", "-2"),
        (sp.sqrt(x) * sp.exp(-x), "0", "2"),
        (sp.log(x), "0", "2"),
    ],
)
def test_bounds_hold(expr: sp.Expr, low: str, high: str) -> None:
    below, above = _bounds(expr, x, flint.arb(low), flint.arb(high))
    for point in (R(-1000), R(-5), R(1, 1000), R(1), R(5), R(1000)):
        if flint.arb(low) < int(point) < flint.arb(high):
            value = flint.arb(str(sp.N(expr.subs(x, point), 30)))
            assert below <= value <= above


def test_bounds_that_do_not_exist() -> None:
    infinity = flint.arb("inf")
    low, _ = _bounds(x - sp.log(x), x, flint.arb(2), infinity)
    assert not low > 0  # oo - oo: nothing is known
    assert _bounds(sp.log(x), x, -infinity, infinity) is None
    assert _bounds(sp.sqrt(x), x, -infinity, infinity) is None
