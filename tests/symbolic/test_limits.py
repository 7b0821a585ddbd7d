"""Limits, expansions and monotony: true ones proved, false ones refuted, the rest undecided."""

import flint
import pytest
import sympy as sp

from implicitbias.symbolic import (
    Refuted,
    Undecided,
    prove_expansion,
    prove_limit,
    prove_monotone,
)
from implicitbias.symbolic.engine.points import value
from implicitbias.symbolic.tactics import limits

x = sp.Symbol("x", real=True)
R, oo = sp.Rational, sp.oo
nudge = R(1, 10**10)
q = 2 - sp.sqrt(4 + x**2) + x * sp.asinh(x / 2)
G = x * q.subs(x, 1 / x) + sp.log(x) + 1
E_q = 1 / (1 - sp.tanh(x / 2) / x)

TRUE = {
    "q is quadratic at 0": (q / x**2, 0, R(1, 4)),
    "q is x log x at infinity": (q / (x * sp.log(x)), oo, 1),
    "q exceeds every line": (q / x, oo, oo),
    "remainder": (G, 0, 0),
    "slope of the remainder": (G / x, 0, 2),
    "E": ((1 + 1 / x) ** x, oo, sp.E),
    "x to the x": (x**x, 0, 1),
    "exponential wins": (sp.exp(-x) * x**20, oo, 0),
    "tanh on the left": (sp.tanh(x), -oo, -1),
    "log cosh": (sp.log(sp.cosh(x)) - x, oo, -sp.log(2)),
    "pole from the right": (1 / x, 0, oo),
    "difference of roots": (sp.sqrt(x**2 + x) - x, oo, R(1, 2)),
    "slow": (1 / sp.log(x), oo, 0),
    "elasticity at 0": (E_q, 0, 2),
    "elasticity at infinity": (E_q, oo, 1),
    "constant": (sp.cosh(x) ** 2 - sp.sinh(x) ** 2, 3, 1),
}
FALSE = {
    "quadratic nudged": (q / x**2, 0, R(1, 4) + nudge),
    "x log x nudged": (q / (x * sp.log(x)), oo, 1 + nudge),
    "unbounded": (q / x, oo, 10**6),
    "bounded": (q / x**2, oo, oo),
    "other infinity": (sp.log(x), 0, oo),
    "E in ten digits": ((1 + 1 / x) ** x, oo, R(27182818284, 10**10)),
    "log 2 in ten digits": (sp.log(sp.cosh(x)) - x, oo, -R(6931471805, 10**10)),
    "elasticity": (E_q, oo, 1 + nudge),
    "sign": (sp.tanh(x), -oo, 1),
    "slow and bounded": (sp.log(x), oo, 10**9),
}


@pytest.mark.parametrize("name", TRUE)
def test_limit_is_proved(name: str) -> None:
    expr, end, limit = TRUE[name]
    statement = prove_limit(expr, x, end, limit).statement
    assert statement == sp.Eq(sp.Limit(expr, x, end, "+" if end != oo else "-"), limit)


@pytest.mark.parametrize("name", FALSE)
def test_other_limit_is_refuted(name: str) -> None:
    expr, end, limit = FALSE[name]
    with pytest.raises(Refuted):
        prove_limit(expr, x, end, limit)


BEYOND_BALLS = {
    "slow and bounded",
    "x log x nudged",
}  # logarithms: still far from the limit at 2**8192


@pytest.mark.parametrize("name", [*TRUE, *(name for name in FALSE if name not in BEYOND_BALLS)])
def test_wrong_expansion_meets_the_balls(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the growth turned round, nothing that is false is proved."""
    expr, end, limit = {**TRUE, **FALSE}[name]
    real = limits.growth
    if name in TRUE:
        monkeypatch.setattr(limits, "growth", lambda *a: (-real(*a)[0], real(*a)[1]))
    else:
        claimed = (1, 1) if limit == oo else (-1, 1)
        monkeypatch.setattr(limits, "growth", lambda *_: claimed)
    with pytest.raises((Refuted, Undecided)):
        prove_limit(expr, x, end, limit)


def test_sides_differ() -> None:
    assert prove_limit(1 / x, x, 0, -oo, side=-1)
    assert prove_limit((1 - x) ** -2, x, 1, oo, side=-1)
    with pytest.raises(Refuted):
        prove_limit(1 / x, x, 0, oo, side=-1)
    with pytest.raises(Undecided, match="not defined"):
        prove_limit(sp.log(x), x, 0, -oo, side=-1)
    with pytest.raises(ValueError, match="side must be"):
        prove_limit(x, x, 0, 0, side=0)
    with pytest.raises(TypeError, match="a float is not exact"):
        prove_limit(x, x, 0, 0.5)


def test_expansion_bounds_the_remainder() -> None:
    proof = prove_expansion(q, x**2 / 4, x**4 / 192, x)
    assert proof.statement == sp.Le(sp.Abs(q - x**2 / 4), x**4 / 192)
    with pytest.raises(Refuted):
        prove_expansion(q, x**2 / 4, (R(1, 192) - nudge) * x**4, x)
    with pytest.raises(Refuted):
        prove_expansion(q, (R(1, 4) + nudge) * x**2, x**4 / 192, x)
    assert prove_expansion(x * q.subs(x, 1 / x), -sp.log(x) - 1, 2 * x, x, 0)


def test_monotone_is_proved_by_the_derivative() -> None:
    proof = prove_monotone(G, x, 0)
    later = sp.Symbol("x'", real=True)
    assert proof.statement == sp.Lt(G, G.subs(x, later), evaluate=False)
    assert sp.Lt(x, later, evaluate=False) in proof.domain
    assert prove_monotone(E_q, x, 0, increasing=False)
    assert prove_monotone(x**3, x, strict=False)
    with pytest.raises(Undecided, match="derivative vanishes"):
        prove_monotone(x**3, x)
    bounded = prove_monotone(x**2, x, 0, 1)
    assert sp.Lt(later, 1, evaluate=False) in bounded.domain


@pytest.mark.parametrize(("expr", "increasing"), [(q, True), (E_q, True), (G, False), (-x, True)])
def test_other_direction_is_refuted_by_two_points(expr: sp.Expr, increasing: bool) -> None:
    lower = -oo if expr in (q, -x) else 0
    with pytest.raises(Refuted) as caught:
        prove_monotone(expr, x, lower, increasing=increasing)
    (_, first), (_, second) = caught.value.point.items()
    assert lower < first < second
    with flint.ctx.workprec(300):
        left, right = (value(expr, x, at) for at in (first, second))
        assert left > right if increasing else left < right


def test_derivative_alone_does_not_make_a_function_monotone() -> None:
    """log has the derivative 1/x < 0 on x < 0, where it is not real; a gap has a derivative too."""
    with pytest.raises(Refuted, match="not real"):
        prove_monotone(sp.log(x), x, -2, -1, increasing=False)
    jump = sp.Mul(x - 1, 1 / (x - 1), evaluate=False) + x
    with pytest.raises(Refuted, match="not real"):
        prove_monotone(jump, x, 0, 3)
