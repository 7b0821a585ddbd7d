"""What is defined everywhere, and rules that do not lose that something is not.

The attacks once went through: what a hypothesis says of 1/x also says that x is not 0.
"""

import pytest
import sympy as sp

from implicitbias.symbolic import (
    Statement,
    Undecided,
    instantiate,
    monotone_of_deriv_nonneg,
    multiply_out,
    prove_by_shift,
    prove_implication,
    sum_le_sum,
)
from implicitbias.symbolic.language.total import is_total, may_cancel

x, y, z = sp.symbols("x y z", real=True)
w = sp.Symbol("w")
c = sp.Symbol("c", positive=True)
r = sp.Symbol("r", nonnegative=True)
i, n, d = sp.symbols("i n d", integer=True, positive=True)
g, unreal = sp.Function("g", real=True), sp.Function("u")
b, v = (sp.IndexedBase(name, real=True) for name in ("b", "v"))

TOTAL = [
    *(x, sp.Rational(1, 3), sp.pi, sp.E, g(x), sp.Derivative(g(x), x), b[i], x**3, 1 / c),
    *(c**x, sp.log(c), sp.sqrt(r), sp.sqrt(sp.Abs(x)), sp.exp(x) + sp.Abs(y), sp.Max(x, y)),
    *(sp.Sum(b[i] ** 2, (i, 1, d)), sp.Sum(b[i], (i, 1, 4))),
]
PARTIAL = [
    *(w, unreal(x), sp.IndexedBase("a")[i], 1 / x, 1 / r, r**x, sp.sqrt(x), sp.log(r)),
    *(sp.sinh(1 / x), sp.Max(0, 1 / x), sp.sign(1 / x), sp.Heaviside(1 / x), sp.DiracDelta(x)),
    *(sp.loggamma(c), sp.arg(x), sp.tan(x), sp.atanh(x), sp.Derivative(sp.Abs(x), x)),
    *(sp.Sum(1 / n, (n, 1, sp.oo)), sp.Sum((-1) ** n, (n, 1, sp.oo)), sp.Sum(b[i], (i, 1, sp.oo))),
    *(sp.Integral(1 / y, (y, 0, 1)), sp.Product(b[i], (i, 1, sp.oo)), sp.Limit(1 / y, y, 0)),
]


@pytest.mark.parametrize("expr", TOTAL)
def test_total(expr: sp.Expr) -> None:
    assert is_total(expr)
    assert prove_implication([], sp.Ge(expr + x**2, expr, evaluate=False))


@pytest.mark.parametrize("expr", PARTIAL)
def test_partial(expr: sp.Expr) -> None:
    assert not is_total(expr)
    with pytest.raises((TypeError, Undecided)):
        prove_implication([], sp.Ge(expr + x**2, expr, evaluate=False))


def test_what_cancels() -> None:
    assert may_cancel(sp.Gt(1 / x + y, 1 / x), sp.Gt(y, 0))
    assert not may_cancel(sp.Gt(1 / c + y, 1 / c), sp.Gt(y, 0))
    assert not may_cancel(sp.Gt(y, 1 / x), sp.Gt(y - 1 / x, 0))


def test_one_of_two_hypotheses_does_not_define_what_is_in_the_other() -> None:
    either = sp.Or(sp.Gt(sp.log(x), 0), sp.Lt(x, 0))
    with pytest.raises(TypeError, match="and defined"):
        prove_implication([either], sp.Ge(sp.log(x) ** 2, 0, evaluate=False))


@pytest.mark.parametrize("row", [sp.Eq(1 / x, 1 / y), sp.Eq(1 / x - 1 / y, 0)])
def test_a_value_that_cancels_a_hypothesis(row: sp.Basic) -> None:
    other_than_0 = prove_implication([row], sp.Gt(x**2, 0))
    with pytest.raises(Undecided, match="cancels"):
        instantiate(other_than_0, {y: x})
    assert instantiate(other_than_0, {y: c}).domain[0] == row.subs(y, c)
    named = prove_implication([sp.Eq(y, 1 / x)], sp.Gt(x**2, 0))
    assert sp.Lt(0, c, evaluate=False) in instantiate(instantiate(named, {x: c}), {y: 1 / c}).domain


@pytest.mark.parametrize(
    ("row", "weaker"),
    [
        (sp.Gt(1 / x + y, 1 / x, evaluate=False), (y > 0,)),
        (sp.Gt(1 / x + 1, 1 / x, evaluate=False), ()),
    ],
)
def test_a_statement_that_leaves_out_what_cancels(row: sp.Basic, weaker) -> None:
    other_than_0 = prove_implication([row, y > 0], sp.Gt(x**2 + y, y, evaluate=False))
    for hypotheses in ((row, y > 0), (*weaker, y > 0)):
        statement = Statement(
            forall=(x, y),
            hypotheses=hypotheses,
            conclusion=other_than_0.statement,
            examples=({x: 1, y: 1},),
        )
        if row in hypotheses:
            statement.check_decided_by([other_than_0])
        else:
            with pytest.raises(ValueError, match="no Proof decides"):
                statement.check_decided_by([other_than_0])


def test_a_coefficient_with_a_removable_singularity() -> None:
    with pytest.raises(TypeError, match="may be undefined"):
        multiply_out(sp.Sum(((x**2 - x) / x * b[i] + v[i]) ** 2, (i, 1, d)))


def test_a_function_that_is_not_defined_at_a_closed_end() -> None:
    """log(z + z^2) - log(z) has the slope 1/(1 + z) >= 0, at 0 too, where it has no value."""
    slope = prove_by_shift(sp.Ge(1 / (1 + z), 0, evaluate=False), [sp.Le(0, z, evaluate=False)])
    with pytest.raises(TypeError, match="on an interval"):
        monotone_of_deriv_nonneg(slope, sp.log(z * (1 + z)) - sp.log(z), z, y)


def test_a_family_of_complex_numbers() -> None:
    entries = prove_implication([], sp.Ge(z**2, 0, evaluate=False))
    with pytest.raises(TypeError, match="must be a real unknown"):
        sum_le_sum(entries, z, sp.IndexedBase("a")[i], i, d)
