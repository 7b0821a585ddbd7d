"""Signs: what shows one is proved, what fails at a point is refuted, no part is trusted alone."""

import pytest
import sympy as sp

from implicitbias.symbolic import (
    Refuted,
    Undecided,
    prove_nonnegative,
    prove_positive,
)
from implicitbias.symbolic.engine import points
from implicitbias.symbolic.tactics import inequality

z, s, v = sp.symbols("z s v", real=True)
a = sp.Symbol("a", positive=True)
nudge = sp.Rational(1, 10**10)
h = (1 - s) ** (-1 - a) - (1 + s) ** (-1 - a)

TRUE = {
    "square plus": (z**2 + nudge, z, -sp.oo, sp.oo),
    "no real root": (z**2 - 2 * z + 1 + nudge, z, -sp.oo, sp.oo),
    "roots at the ends only": (1 - s**2, s, -1, 1),
    "cubic beyond its root": (z**3 - 2 * z - 4, z, 2, sp.oo),
    "exp": (sp.exp(-v), v, -sp.oo, sp.oo),
    "exp above 1": (sp.exp(v) - 1, v, 0, sp.oo),
    "exp below 1": (1 - sp.exp(-v), v, 0, sp.oo),
    "sinh": (sp.sinh(v), v, 0, sp.oo),
    "root above its argument": (sp.sqrt(1 + z**2) + z, z, -sp.oo, sp.oo),
    "root above 1": (sp.sqrt(1 + z**2) - 1, z, 0, sp.oo),
    "slope of h": (sp.Derivative(h, s), s, -1, 1),
    "h on the right": (h, s, 0, 1),
    "fourth root and a logarithm": (a ** sp.Rational(1, 4) + sp.cosh(sp.log(a)), a, 0, sp.oo),
    "negative denominators": (1 / (s - 1) ** 3 * (s - 2), s, -1, 1),
}
FALSE = {
    "negative": (-1 - z**2, z, -sp.oo, sp.oo),
    "identically zero": (sp.cosh(v) ** 2 - sp.sinh(v) ** 2 - 1, v, -sp.oo, sp.oo),
    "odd": (h, s, -1, 1),
    "beyond a root": (4 - z, z, 0, sp.oo),
    "exp on the wrong side": (sp.exp(v) - 1, v, -1, sp.oo),
    "two roots": (z**2 - 2 * z + 1 - nudge * 10**9, z, -sp.oo, sp.oo),
    "too steep": (sp.diff(h, s) - 4 * (1 + a), s, -1, 1),
}
SEVERAL = ("too steep", "odd")  # in two symbols: the normal form, not sign tables


@pytest.mark.parametrize("name", TRUE)
def test_positive_expression_is_proved(name: str) -> None:
    assert prove_positive(*TRUE[name]).statement.lhs == TRUE[name][0]
    assert prove_nonnegative(*TRUE[name]).statement.lhs == TRUE[name][0]


@pytest.mark.parametrize("name", FALSE)
def test_expression_that_is_not_positive_is_refuted(name: str) -> None:
    with pytest.raises(Refuted):
        prove_positive(*FALSE[name])


@pytest.mark.parametrize("name", SEVERAL)
def test_signs_alone_do_not_prove(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inequality, "sample", lambda *_: None)
    with pytest.raises(Undecided):
        prove_positive(*FALSE[name])
    with pytest.raises(Undecided):
        prove_nonnegative(*FALSE[name])


@pytest.mark.parametrize("name", [name for name in FALSE if name not in SEVERAL])
def test_no_point_is_believed_without_the_second_look(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(points, "sign", lambda *_: 0)
    monkeypatch.setattr(points, "is_zero", lambda *_: False)
    with pytest.raises(Undecided):
        prove_positive(*FALSE[name])


def test_square_of_two_symbols_is_nonnegative_and_not_positive() -> None:
    square = (z - v) ** 2 * (1 + z**2)
    assert prove_nonnegative(square, z)
    with pytest.raises(Undecided):
        prove_positive(square, z)
    assert prove_nonnegative((1 + a) ** 2 - a**2 - 2 * a - 1, a)
    with pytest.raises(Refuted):
        prove_nonnegative((z - v) ** 3, z)


def test_hypothesis_is_used_and_kept() -> None:
    f = sp.Function("f", real=True)(z)
    proof = prove_positive(2 * f - 2 * a, a, 0, given=[f > a])
    assert sp.Gt(f - a, 0) in proof.domain
    with pytest.raises(Refuted):
        prove_positive(2 * f - 3 * a, a, 0, given=[f > a])
