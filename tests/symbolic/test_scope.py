"""What stands for every value of it in the hypotheses of a Proof is not free in what follows.

Each attack once went through: it made `g(T) <= g(0)` of the slope at one time.
"""

import pytest
import sympy as sp

from implicitbias.symbolic import (
    Proof,
    Statement,
    by_cases,
    discharge,
    instantiate,
    jensen,
    never_above_its_start,
    pair_with_rows,
    prove_identity,
    prove_implication,
    prove_integral,
    prove_nonnegative,
    prove_positive,
    relabel,
    rename,
    single_le_sum,
    sum_le_sum,
    times,
)
from implicitbias.symbolic.language.scope import arguments, bound_symbols
from tests.symbolic.by_hand import by_hand

x, y, t, z = sp.symbols("x y t z", real=True)
T = sp.Symbol("T", positive=True)
i, j, k, d, n, N = sp.symbols("i j k d n N", integer=True, positive=True)
g = sp.Function("g", real=True)
b, c, X, nu = (sp.IndexedBase(name, real=True) for name in ("b", "c", "X", "nu"))
slope = sp.Derivative(g(t), t)
TOTAL = sp.Sum(b[i] ** 2, (i, 1, d))
down = sp.Le(slope, 0, evaluate=False)
falling = never_above_its_start(prove_implication([down], down), g(t), t, T)
tangent = prove_nonnegative(z - 1 - sp.log(z), z, 0)
logs = sum_le_sum(tangent, z, b[i], i, d)  # b[i] > 0 for every i


def ge(left: sp.Expr, right: sp.Expr | int) -> sp.Ge:
    return sp.Ge(left, right, evaluate=False)


def test_rules_say_what_they_ask_for_every_value_of() -> None:
    assert falling.every == {t: None}
    assert logs.every == {i: d}
    assert pair_with_rows(nu, b[i], c[i], X, b, (n, N), (i, d)).every == {n: N, i: d}
    bounded = sum_le_sum(prove_nonnegative(z**2, z), z, b[i], i, d)
    assert bounded.every == {}  # nothing is asked of the entries
    assert "0 < b[i], for every i" in str(logs)


def test_what_the_type_says_is_not_asked() -> None:
    positive = sp.IndexedBase("p", positive=True)
    roots = sp.Sum(sp.sqrt(positive[i]) ** 2, (i, 1, d))
    proof = prove_identity(roots, sp.Sum(positive[i], (i, 1, d)))
    assert sp.Lt(0, positive[i], evaluate=False) in proof.domain
    assert proof.every == {}


def test_premises_hand_it_on() -> None:
    assert prove_implication([falling], sp.Le(g(T), g(0) + 1)).every == {t: None}
    assert rename(logs, y, logs.statement.lhs).every == {i: d}


@pytest.mark.parametrize(
    "use",
    [
        lambda: prove_implication([falling], sp.Le(g(T) + t, g(0) + t, evaluate=False)),
        lambda: times(falling, prove_positive(sp.exp(t), t)),
        lambda: discharge(
            prove_implication([ge(g(0) - g(T), 0)], ge(g(0) - g(T) + t, t)),
            prove_implication([falling], ge(g(0) - g(T), 0)),
        ),
        lambda: prove_implication([logs], ge(logs.statement.lhs + b[i], b[i])),
        lambda: instantiate(
            prove_implication([logs, ge(x, 0)], ge(logs.statement.lhs + x, 0)), {x: b[i] ** 2}
        ),
    ],
    ids=["implication", "times", "discharge", "sum", "value"],
)
def test_it_does_not_become_free(use) -> None:
    with pytest.raises(TypeError, match="every value of it"):
        use()


def test_no_condition_on_it_alone() -> None:
    """g' <= 5 - t for t >= 5 is no reason for g(T) <= g(0)."""
    later = [sp.Le(slope, 5 - t), ge(t, 5)]
    with pytest.raises(TypeError, match="t >= 5 is a condition on t"):
        by_cases([falling], later)
    with pytest.raises(TypeError, match="t >= 5 is a condition on t"):
        discharge(falling, prove_implication(later, down))
    assert by_cases([falling], [sp.Le(slope, -(t**2))]).every == {t: None}


def test_entries_below_their_sum_are_all_nonnegative() -> None:
    """b = (1, -5): b[1] >= 0 alone does not bound it by the sum."""
    same = prove_implication([ge(b[i], 0)], ge(b[i], 0))
    proof = single_le_sum(same, b[i], i, d, j)
    assert proof.statement.lhs == b[j]
    assert sp.Le(j, d) in proof.domain
    assert proof.every == {i: d}
    with pytest.raises(TypeError, match="every value of it"):
        prove_implication([proof], sp.Le(b[j], proof.statement.rhs + b[i] ** 2))


def test_the_index_of_a_sum_is_not_its_size() -> None:
    square = prove_nonnegative(sp.Derivative(z**2, (z, 2)), z)
    for use in (
        lambda: sum_le_sum(tangent, z, b[i], i, i),
        lambda: jensen(square, z**2, z, b, i, i),
        lambda: pair_with_rows(c, b[j], 2 * b[j], X, nu, (i, N), (i, d)),
    ):
        with pytest.raises(TypeError, match="names of their own"):
            use()


def test_sums_that_are_compared_by_their_terms_bind_the_index() -> None:
    terms = sp.Sum(sp.log(b[i] ** 2), (i, 1, d)), sp.Sum(2 * sp.log(b[i]), (i, 1, d))
    proof = prove_identity(*terms, given=[b[i] > 0])
    assert proof.every == {i: d}
    with pytest.raises(TypeError, match="every value of it"):
        prove_implication([proof], sp.Eq(terms[0] + b[i], terms[1] + b[i], evaluate=False))


def test_a_hypothesis_on_the_end_of_an_integral_is_not_one_on_the_way() -> None:
    """From 1 to 3 the integral of |u^2 - 4| is 4, which z^3/3 - 4 z + 11/3 is not at 3."""
    modulus = sp.sqrt(z**4 - 8 * z**2 + 16)
    with pytest.raises(ValueError, match="not known on the way"):
        prove_integral(
            modulus,
            z,
            z**3 / 3 - 4 * z + sp.Rational(11, 3),
            sp.Integer(1),
            domain={z: (0, 10)},
            given=[z - 2 > 0],
        )


def test_a_bound_index_may_be_written_otherwise() -> None:
    proof = relabel(logs, i, j)
    assert proof.domain == (sp.Lt(0, b[j], evaluate=False),)
    assert proof.every == {j: d}
    assert relabel(proof, j, i).domain == logs.domain


@pytest.mark.parametrize(
    ("proof", "name", "new"),
    [
        (tangent, z, x),  # not bound
        (logs, i, x),  # of another type
        (sum_le_sum(tangent, z, b[i] * c[j], i, d), i, j),  # c[j] is one entry
        (pair_with_rows(nu, b[i], c[i], X, b, (n, N), (i, d)), n, i),  # bound there
    ],
)
def test_another_name_is_refused(proof: Proof, name: sp.Symbol, new: sp.Symbol) -> None:
    with pytest.raises(TypeError):
        relabel(proof, name, new)


def test_statement_binds_what_its_conclusion_does_not_have() -> None:
    fields = {
        "forall": (d, i, b),
        "hypotheses": (b[i] > 0,),
        "conclusion": logs.statement,
        "examples": ({b[i]: 1},),
    }
    statement = Statement(**fields)
    statement.check_decided_by([logs])
    assert "(b[i] > 0 for every i = 1..d) => " in str(statement)
    assert str(statement).startswith("for all integer d > 0; real family b:\n")
    one = Statement(some=(i,), **fields)
    assert "integer d, i > 0" in str(one)
    with pytest.raises(ValueError, match="no Proof decides"):
        one.check_decided_by([logs])


def test_statement_has_no_condition_on_what_it_binds() -> None:
    claim = {
        "forall": (t, T, g),
        "hypotheses": (down, ge(t, 5)),
        "conclusion": falling.statement,
        "examples": ({t: 6, slope: 0},),
    }
    with pytest.raises(ValueError, match="t >= 5 is a condition on t"):
        Statement(**claim)
    later = Statement(some=(t,), **claim)
    with pytest.raises(ValueError, match="no Proof decides"):
        later.check_decided_by([falling])


def test_arguments_and_bound_symbols() -> None:
    inside = sp.Integral(g(y), (y, 0, x)) + X[i, n] * z
    assert arguments(ge(inside, 0)) == {x, i, n}
    assert arguments(ge(sp.Sum(b[i], (i, 1, d)) + x, 0)) == set()
    assert bound_symbols(inside + sp.Product(b[k], (k, 1, d))) == {y, k}
    assert bound_symbols(slope + sp.Subs(slope, t, 0)) == {t}


def test_an_index_that_is_bound_runs_to_its_size() -> None:
    """b[j] <= 1 for one j in 1..d; as hypothesis of a sum over 1..d, j <= d is no condition."""
    small = prove_implication(
        [
            single_le_sum(prove_implication([], ge(b[i] ** 2, 0)), b[i] ** 2, i, d, j),
            ge(1, TOTAL),
        ],
        ge(1, b[j] ** 2),
    )
    assert sp.Le(j, d) in small.domain
    bounded = sum_le_sum(prove_implication([ge(1, z**2)], ge(2, z**2)), z, b[j], j, d)
    proof = discharge(bounded, small)
    assert ge(1, TOTAL) in proof.domain
    assert sp.Le(j, d) not in proof.domain
    other = sum_le_sum(prove_implication([ge(1, z**2)], ge(2, z**2)), z, b[j], j, N)
    with pytest.raises(TypeError, match="j <= d is a condition on j"):
        discharge(other, small)


def test_a_statement_binds_up_to_the_end_that_is_asked_for() -> None:
    """b[i] > 0 for i = 1..N is not what a sum to d needs."""
    rows = (b[i] > 0, sp.Eq(x, sp.Sum(b[i], (i, 1, N))), y > d)
    fields = {
        "forall": (d, N, i, x, y, b),
        "hypotheses": rows,
        "conclusion": sp.Ge(x + y, d),
        "examples": ({b[i]: 1, N: 1, d: 1, x: 1, y: 2},),
    }
    statement = Statement(**fields)
    assert "for every i = 1..N" in str(statement)
    for size, decided in ((N, True), (d, False), (None, False)):
        proof = by_hand(sp.Ge(x + y, d), rows, "a test", binds=((i, size),))
        if decided:
            statement.check_decided_by([proof])
        else:
            with pytest.raises(ValueError, match="no Proof decides"):
                statement.check_decided_by([proof])
