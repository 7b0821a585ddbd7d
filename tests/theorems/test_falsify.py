"""What is false has a counterexample, and what is true has none."""

import mpmath
import pytest
import sympy as sp

from implicitbias.theorems.falsify import Falsified, Inconclusive, Survived, falsify

x, y, k, T = sp.symbols("x y k T", positive=True)
z, t = sp.symbols("z t", real=True)
i, d = sp.symbols("i d", integer=True, positive=True)
b = sp.IndexedBase("b", real=True)
m, S = sp.Function("m", real=True), sp.Function("S", positive=True)


def _sum(entry: sp.Expr) -> sp.Sum:
    return sp.Sum(entry, (i, 1, d))


norm = _sum(b[i] ** 2)
c = sp.IndexedBase("c", real=True)
DECAY = (
    sp.Eq(2 * m(t) * sp.Derivative(m(t), t), -(S(t) ** 2)),
    sp.Ge(S(t) ** 2, k**2 * m(t) ** 2),
)


@pytest.mark.parametrize(
    ("hypotheses", "conclusion", "every"),
    [
        ((), sp.Eq(sp.sinh(z), z, evaluate=False), ()),
        ((), sp.Ge(z**2 + z, 0), ()),
        ((), sp.Gt(x - sp.log(1 + x), x**2 / 2, evaluate=False), ()),
        # false only near z = 1, and only by 1e-4
        ((), sp.Ge((z - 1) ** 2, sp.Rational(1, 10**4), evaluate=False), ()),
        ((), sp.Eq(sp.Limit(sp.asinh(z) / sp.log(z), z, sp.oo), 2, evaluate=False), ()),
        ((), sp.Ge(sp.Limit(sp.asinh(z) / sp.log(z), z, sp.oo), 2, evaluate=False), ()),
        # a bound that is false by a factor at its end
        ((sp.Le(x, y),), sp.Lt(x, y), ()),
        ((sp.Eq(x, norm),), sp.Le(x, b[1] ** 2), ()),
        (DECAY, sp.Le(m(T) ** 2 * sp.exp(2 * k**2 * T), m(0) ** 2), (t,)),
        ((), sp.Eq(sp.Derivative(norm, b[1]), b[1], evaluate=False), ()),
        # cases, of which only one makes it false
        ((sp.Or(sp.Eq(z, 0), sp.And(sp.Eq(z, 1), sp.Eq(t, 2))),), sp.Le(z * t, 1), ()),
        ((sp.Ge(z**2, 1),), sp.Or(z < 0, z > 2), ()),
        # two unlikely hypotheses at once
        ((sp.Le(z**2 + t**2, 1), sp.Ge(z + t, sp.Rational(14, 10))), sp.Ge(z - t, 0), ()),
    ],
)
def test_false_has_a_counterexample(
    hypotheses: tuple[sp.Basic, ...], conclusion: sp.Basic, every: tuple[sp.Symbol, ...]
) -> None:
    finding = falsify(hypotheses, conclusion, every, seconds=30)
    assert isinstance(finding, Falsified), finding


@pytest.mark.parametrize(
    ("hypotheses", "conclusion", "every"),
    [
        ((), sp.Eq(sp.cosh(z) ** 2 - sp.sinh(z) ** 2, 1, evaluate=False), ()),
        # 60 digits lose all of this at a small x
        ((), sp.Gt(sp.asinh(x) - x + x**3 / 6, 0), ()),
        ((sp.Le(x, y),), sp.Le(x, y), ()),
        ((sp.Eq(x, norm),), sp.Ge(x, 0), ()),
        ((), sp.Eq(sp.Limit(sp.asinh(z) / sp.log(z), z, sp.oo), 1, evaluate=False), ()),
        ((), sp.Le(sp.Limit(sp.asinh(z) / sp.log(z), z, sp.oo), 2, evaluate=False), ()),
        ((sp.Eq(x**3 + x, y**3 + y),), sp.Eq(x, y), ()),
        # nothing but rounding on the left
        ((), sp.Eq(sp.sinh(z) - (sp.exp(z) - sp.exp(-z)) / 2, 0, evaluate=False), ()),
        ((), sp.Ge(sp.cosh(z) - (sp.exp(z) + sp.exp(-z)) / 2, 0, evaluate=False), ()),
        ((sp.Eq(b[i], c[i]),), sp.Eq(_sum(c[i] ** 2 - b[i] ** 2), _sum((c[i] - b[i]) ** 2)), (i,)),
        # in both cases
        ((sp.Or(sp.Eq(z, 0), sp.Eq(sp.Abs(z), sp.exp(t))),), sp.Le(z**2, sp.exp(2 * t)), ()),
        ((sp.Ge(z**2, 1),), sp.Or(z <= -1, z >= 1), ()),
        (DECAY, sp.Le(m(T) ** 2 * sp.exp(k**2 * T), m(0) ** 2), (t,)),
    ],
)
def test_true_has_none(
    hypotheses: tuple[sp.Basic, ...], conclusion: sp.Basic, every: tuple[sp.Symbol, ...]
) -> None:
    finding = falsify(hypotheses, conclusion, every, seconds=1.5)
    assert not isinstance(finding, Falsified), finding


def test_hypotheses_that_nothing_satisfies_leave_it_unknown() -> None:
    finding = falsify((sp.Lt(x, -y),), sp.Lt(y, x), (), seconds=0.3)
    assert isinstance(finding, Inconclusive)
    assert finding.reason.startswith("0 admissible points")


def test_a_counterexample_has_its_point_and_its_gap() -> None:
    finding = falsify((sp.Le(x, 2),), sp.Le(x**2, 1), (), seconds=30)
    assert isinstance(finding, Falsified)
    assert list(finding.point) == [x] and 1 < finding.point[x] <= 2
    with mpmath.workdps(60):
        square = finding.point[x] ** 2
        assert mpmath.almosteq(finding.gap, (1 - square) / (1 + square), 1e-50)
    assert str(finding).startswith("x = 1.") and ": off by " in str(finding)


def test_a_side_that_is_no_real_number_has_no_gap() -> None:
    finding = falsify((), sp.Ge(sp.log(z), -1, evaluate=False), (), seconds=30)
    assert isinstance(finding, Falsified)
    assert (finding.point[z] < 0) == (finding.gap is None)
    assert str(Falsified({z: mpmath.mpf(-1)}, None)) == "z = -1.0: undefined"


def test_what_has_no_unknown_is_decided_by_one_look() -> None:
    three = sp.Add(1, 2, evaluate=False)
    survived = falsify((), sp.Eq(three, 3, evaluate=False), (), seconds=0.1)
    assert isinstance(survived, Survived) and str(survived).endswith(" points")
    falsified = falsify((), sp.Eq(three, 4, evaluate=False), (), seconds=0.1)
    assert isinstance(falsified, Falsified) and str(falsified) == ": off by 0.143"
