"""What a statement refuses, how it reads, and which Proofs decide it."""

import pytest
import sympy as sp

from implicitbias.symbolic import Proof, Statement, prove_identity, prove_integral, prove_positive
from implicitbias.symbolic.language.examples import holds
from tests.symbolic.by_hand import by_hand

z, y = sp.symbols("z y", real=True)
a = sp.Symbol("a", positive=True)
N = sp.Symbol("N", integer=True, positive=True)
n = sp.Symbol("n", integer=True, positive=True)
X = sp.IndexedBase("X", real=True)
g = sp.Function("g", real=True)
HALF = sp.Rational(1, 2)


def test_statement_reads_as_a_formula() -> None:
    q = z**2 - a
    statement = Statement(
        forall=(a, N, z, g, X),
        hypotheses=(z > 1, sp.Eq(g(z), a)),
        conclusion=(
            sp.Gt(q, 0),
            sp.Implies(a > 2, sp.Ne(q**2, sp.Sum(X[n], (n, 1, N)))),
        ),
        examples=({z: 2, g(z): 3, a: 3},),
        where={"q": q},
    )
    assert str(statement) == (
        "for all a > 0; integer N > 0; real z; real function g; real family X:\n"
        "z > 1, g(z) = a => q > 0\n"
        "z > 1, g(z) = a, a > 2 => q**2 != Sum(X[n], (n, 1, N))\n"
        "where q = -a + z**2"
    )


def test_and_is_several_conclusions() -> None:
    both = Statement(forall=(z, y), conclusion=sp.And(z < y, z > 0))
    assert set(both.conclusions) == {z < y, z > 0}


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"conclusion": z > 0}, ValueError, "forall does not name z"),
        ({"conclusion": sp.Eq(g(HALF), 0)}, ValueError, "forall does not name g"),
        ({"conclusion": sp.Eq(X[1], 0)}, ValueError, "forall does not name X"),
        ({"forall": (z, y), "conclusion": z > 0}, ValueError, "forall names y, which no"),
        ({"forall": (a,), "conclusion": a > 0}, TypeError, "relation 1 of 1: sympy takes it for T"),
        ({"forall": (z,), "conclusion": sp.Eq(z, z)}, TypeError, "sympy takes it for True"),
        ({"forall": (z,), "conclusion": z}, TypeError, "expected a relation"),
        ({"forall": (z,), "conclusion": z > 0.1}, TypeError, "a float is not exact"),
        (
            {"forall": (z,), "conclusion": sp.Eq(z, z, evaluate=False)},
            ValueError,
            "both sides are the same expression in z = z",
        ),
        (
            {"forall": (z, sp.Symbol("z")), "conclusion": sp.Eq(z, sp.Symbol("z"))},
            ValueError,
            "two of forall are written alike: z, z",
        ),
        (
            {"forall": (z,), "conclusion": z > 0, "some": (z,)},
            ValueError,
            "some names z, which is no index",
        ),
        (
            {"forall": (z,), "conclusion": z > 0, "where": {"z": z + 1}},
            ValueError,
            "'z', which is no new name",
        ),
        (
            {"forall": (z,), "conclusion": z > 0, "hypotheses": (z > 1,)},
            ValueError,
            "examples has no point at which the hypotheses of z > 0 hold: z > 1",
        ),
    ],
)
def test_statement_is_refused(
    arguments: dict[str, object], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        Statement(**{"forall": (), **arguments})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "hypotheses", [(z > 1, z < 1), (z > 1, sp.Eq(z, 0)), (sp.Lt(z**2, 0, evaluate=False),)]
)
def test_hypotheses_that_never_hold_are_refused(hypotheses: tuple[sp.Basic, ...]) -> None:
    points = [{z: value} for value in (-2, 0, 1, 2)]
    with pytest.raises(ValueError, match="examples has no point"):
        Statement(forall=(z, a), hypotheses=hypotheses, conclusion=z > a, examples=points)


def test_a_point_has_to_fit_what_its_names_assume() -> None:
    assert holds((a > -2,), {a: 1})
    assert not holds((sp.Gt(a, -2, evaluate=False),), {a: -1})
    assert not holds((sp.Gt(N, 1, evaluate=False),), {N: HALF})
    assert not holds((z < sp.oo,), {z: sp.I})
    assert not holds((z > y,), {z: 1})
    with pytest.raises(TypeError, match="a float is not exact"):
        holds((z > 0,), {z: 0.5})


def test_a_list_that_is_changed_later_does_not_change_the_claim() -> None:
    conclusions = [z**2 > -1, sp.Eq(z, y)]
    statement = Statement(forall=[z, y], conclusion=conclusions[1:])
    conclusions.clear()
    assert statement.conclusions == (sp.Eq(z, y),)


POSITIVE = Statement(forall=(z,), hypotheses=(z > 0,), conclusion=z**2 + z > 0, examples=({z: 1},))


def test_statement_is_decided_under_its_hypotheses() -> None:
    POSITIVE.check_decided_by([prove_positive(z**2 + z, z, 0)])


@pytest.mark.parametrize(
    ("proofs", "message"),
    [
        ([], "no Proof decides"),
        ([prove_positive(z**2 + z, z, 1)], "no Proof decides"),
        ([prove_positive(z**2 + z, z, 0, 5)], "no Proof decides"),
        ([prove_positive(z**2 + 2 * z, z, 0)], "no Proof decides"),
        ([prove_positive(z**2 + z, z, 0), prove_identity(z, z)], "does not say z = z"),
        ([by_hand(z**2 + z > 0, (), "rule")], "no Proof uses the hypothesis z > 0"),
        ([by_hand(z**2 + z >= 0, (z > 0,), "rule")], "no Proof decides"),
        ([by_hand(z**2 + z > 0, (z >= 0,), "rule")], "no Proof decides"),
        ([by_hand(z**2 + z < 0, (z > 0,), "rule")], "no Proof decides"),
        ([by_hand(sp.Or(z**2 + z > 0, z > 7), (z > 0,), "rule")], "no Proof decides"),
        ([by_hand(sp.Implies(z > 3, z**2 + z > 0), (z > 0,), "rule")], "no Proof decides"),
    ],
)
def test_statement_is_not_decided_by_something_else(proofs: list[Proof], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        POSITIVE.check_decided_by(proofs)


@pytest.mark.parametrize(
    "proof",
    [
        by_hand(z**2 + z > 0, (sp.Lt(0, z, evaluate=False),), "rule"),
        by_hand(sp.Lt(0, z**2 + z, evaluate=False), (z > 0,), "rule"),
        by_hand(sp.Implies(z > 0, z**2 + z > 0), (), "rule"),
        by_hand(z**2 + z > 0, (z > 0, sp.Gt(a, 0, evaluate=False)), "rule"),
    ],
)
def test_the_way_a_relation_is_written_does_not_count(proof: Proof) -> None:
    POSITIVE.check_decided_by([proof])


def test_bound_symbols_do_not_count() -> None:
    statement = Statement(forall=(z,), conclusion=sp.Eq(sp.Integral(2 * y, (y, 0, z)), z**2))
    statement.check_decided_by([prove_integral(2 * z, z, z**2, 0)])


def test_symbols_of_another_type_are_others() -> None:
    positive = sp.Symbol("z", positive=True)
    statement = Statement(forall=(z,), conclusion=sp.Eq((z + 1) ** 2, z**2 + 2 * z + 1))
    statement.check_decided_by([prove_identity((z + 1) ** 2, z**2 + 2 * z + 1)])
    with pytest.raises(ValueError, match="no Proof decides"):
        statement.check_decided_by(
            [prove_identity((positive + 1) ** 2, positive**2 + 2 * positive + 1)]
        )


def test_a_statement_is_refuted_within_its_hypotheses() -> None:
    statement = Statement(
        forall=(z,), hypotheses=(z > 0,), conclusion=z**2 - z > 0, examples=({z: 1},)
    )
    statement.check_refuted_at(z**2 - z > 0, {z: HALF})
    for relation, point in (((z**2 - z > 0), {z: -HALF}), ((z**2 - z > 1), {z: HALF})):
        with pytest.raises(ValueError, match="this refutes another statement, or outside of it"):
            statement.check_refuted_at(relation, point)


def test_without_examples_only_the_examples_are_not_asked_for() -> None:
    claim = {"forall": (z,), "hypotheses": (z > 0, z < 0), "conclusion": z > 1}
    statement = Statement.without_examples(**claim, examples=({z: 1},))
    assert statement.claims == ((claim["hypotheses"], z > 1),) and statement.examples == ({z: 1},)
    with pytest.raises(ValueError, match="forall does not name"):
        Statement.without_examples(**{**claim, "conclusion": z > a})
    with pytest.raises(ValueError, match="examples has no point"):
        Statement(**claim, examples=({z: 1},))


def test_examples_may_hold_by_sums_of_a_given_length() -> None:
    size, index = sp.symbols("d i", integer=True, positive=True)
    entries, norm = sp.IndexedBase("b", real=True), sp.Symbol("s", real=True)
    total = sp.Eq(norm, sp.Sum(sp.Abs(entries[index]), (index, 1, size)))
    claim = {"forall": (size, entries, norm), "hypotheses": (total,), "conclusion": norm >= 0}
    assert Statement(**claim, examples=({size: 2, entries[index]: -3, norm: 6},))
    with pytest.raises(ValueError, match="examples has no point"):
        Statement(**claim, examples=({size: 2, entries[index]: -3, norm: 3},))


d, i = sp.symbols("d i", integer=True, positive=True)
b = sp.IndexedBase("b", real=True)
total = sp.Sum(b[i], (i, 1, d))


def test_an_example_adds_up_its_entries() -> None:
    """All entries are b[i], unless one has a value of its own."""
    assert holds((sp.Eq(total, 6),), {b[i]: 2, d: 3})
    assert not holds((sp.Eq(total, 6),), {b[i]: 2, d: 4})
    assert holds((sp.Eq(total, 7),), {b[i]: 2, b[3]: 3, d: 3})
    assert holds((sp.Eq(b[n], 3), sp.Eq(b[i], 2)), {b[i]: 2, b[n]: 3, n: 2})
    assert not holds((sp.Eq(total, 6),), {b[i]: 2})  # of which size?
    f = sp.Function("f", real=True)
    slopes = sp.Eq(sp.Derivative(f(2, z), z), 5), sp.Eq(f(2, z), 1)
    assert holds(slopes, {sp.Derivative(f(i, z), z): 5, f(i, z): 1})


def test_an_example_may_not_contradict_itself() -> None:
    """b = 0 with sum 1: a statement about such b is empty."""
    claim = {
        "forall": (d, i, b),
        "hypotheses": (sp.Eq(b[i], 0), sp.Eq(total, 1)),
        "conclusion": sp.Eq(sp.Sum(b[i] ** 2, (i, 1, d)), 5),
    }
    with pytest.raises(ValueError, match="follows from them"):
        Statement(examples=({b[i]: 0, total: 1},), **claim)
    with pytest.raises(ValueError, match="no point at which"):
        Statement(examples=({b[i]: 0, d: 1},), **claim)
