"""From slopes to values, cases to all, entries to sums: what they say, and what they turn away."""

import pytest
import sympy as sp

from implicitbias.symbolic import (
    Refuted,
    Undecided,
    first_order_convexity,
    first_order_convexity_along,
    monotone_of_deriv_nonneg,
    multiply_out,
    pair_with_rows,
    prove_identity,
    prove_implication,
    prove_nonnegative,
    prove_positive,
    single_le_sum,
    split_sums,
    sum_le_sum,
    transpose,
)

z, s, y, b = sp.symbols("z s y b", real=True)
a, c = sp.symbols("a c", positive=True)
i, j, d, n, N = sp.symbols("i j d n N", integer=True, positive=True)
u, v, X, nu = (sp.IndexedBase(name, real=True) for name in ("u", "v", "X", "nu"))
power = z ** (1 + a)
convex = prove_positive(sp.diff(power, z, 2), z, 0)
h = (1 - s) ** -a - (1 + s) ** -a
rising = prove_positive(sp.diff(h, s), s, -1, 1)


def test_tangents() -> None:
    proof = first_order_convexity(convex, power, z, y)
    assert proof.statement.rhs == y ** (1 + a) + sp.diff(y ** (1 + a), y) * (z - y)
    assert {sp.Lt(0, z, evaluate=False), sp.Lt(0, y, evaluate=False)} <= set(proof.domain)


def test_strict_tangents() -> None:
    proof = first_order_convexity(convex, power, z, y, strict=True)
    assert isinstance(proof.statement, sp.Gt) and sp.Ne(z, y) in proof.domain
    with pytest.raises(TypeError, match="f'' > 0"):
        first_order_convexity(prove_nonnegative(12 * z**2, z), z**4, z, y, strict=True)


def test_tangents_along_another_function() -> None:
    """ln(1 + e^x) is a convex function of x: here both are functions of z = e^x."""
    rises = prove_positive(sp.diff(z / (1 + z), z), z, 0)
    grows = prove_positive(1 / z, z, 0)
    proof = first_order_convexity_along(rises, grows, sp.log(1 + z), sp.log(z), z / (1 + z), z, y)
    tangent = sp.log(1 + y) + y / (1 + y) * (sp.log(z) - sp.log(y))
    assert proof.statement == sp.Ge(sp.log(1 + z), tangent, evaluate=False)
    assert {sp.Lt(0, z, evaluate=False), sp.Lt(0, y, evaluate=False)} <= set(proof.domain)


positive, falling = prove_positive(1 / z, z, 0), prove_positive(1 / (1 + z) ** 2, z, 0)
half = prove_positive(1 / z, z, 1)
logs = sp.log(1 + z), sp.log(z)


@pytest.mark.parametrize(
    "use",
    [
        lambda: first_order_convexity_along(falling, positive, *logs, -z / (1 + z), z, y),
        lambda: first_order_convexity_along(falling, positive, sp.log(2 + z), logs[1], z, z, y),
        lambda: first_order_convexity_along(falling, falling, *logs, z / (1 + z), z, y),
        lambda: first_order_convexity_along(falling, half, *logs, z / (1 + z), z, y),
        lambda: first_order_convexity_along(falling, positive, *logs, z / (1 + z), z, z),
        lambda: first_order_convexity_along(
            falling, positive, *logs, z / (1 + z), z, y, given=[half]
        ),
    ],
    ids=["other slope", "other f", "other g", "other interval", "same point", "given on less"],
)
def test_tangents_along_what_does_not_fit_are_refused(use) -> None:
    with pytest.raises(TypeError):
        use()


def test_slope_to_value() -> None:
    proof = monotone_of_deriv_nonneg(rising, h, s, 0)
    assert proof.statement == sp.Ge(h, 0, evaluate=False)
    assert set(proof.domain) == {sp.Le(0, s, evaluate=False), s < 1, sp.Lt(0, a, evaluate=False)}
    two = monotone_of_deriv_nonneg(rising, h, s, y)
    assert {y <= s, sp.Lt(-1, y, evaluate=False)} <= set(two.domain)


def test_start_at_an_end_wants_smoothness_across() -> None:
    right = prove_positive(sp.diff(h, s), s, 0, 1)
    with pytest.raises(ValueError, match="not smooth across"):
        monotone_of_deriv_nonneg(right, h, s, 0)
    assert monotone_of_deriv_nonneg(right, h, s, 0, smooth_on=(-1, 1))
    falls = prove_positive(1 / z**2, z, 0)  # -1/z rises from -oo
    with pytest.raises((Undecided, Refuted)):
        monotone_of_deriv_nonneg(falls, -1 / z, z, 0, smooth_on=(-1, 1))
    with pytest.raises(ValueError, match="is not in"):
        monotone_of_deriv_nonneg(rising, h, s, 1)


def test_slope_on_a_half_closed_interval() -> None:
    """As those of `prove_series_comparison`: -2 < z < 2 and z >= 0."""
    inside = [sp.Lt(-2, z), sp.Lt(z, 2), sp.Ge(z, 0)]
    slope = prove_implication(inside, sp.Ge(3 * z**2 + z, 0, evaluate=False))
    cube = z**3 + z**2 / 2
    proof = monotone_of_deriv_nonneg(slope, cube, z, 0, smooth_on=(-2, 2))
    assert proof.statement == sp.Ge(cube, 0, evaluate=False)
    assert set(proof.domain) == {sp.Le(0, z), sp.Lt(z, 2)}
    with pytest.raises(TypeError, match="on an interval"):
        monotone_of_deriv_nonneg(slope, cube, z, y)
    beside = prove_implication([sp.Ge(z, y)], sp.Ge(z - y, 0, evaluate=False))
    with pytest.raises(TypeError, match="on an interval"):
        monotone_of_deriv_nonneg(beside, z**2 / 2 - y * z, z, 0)


@pytest.mark.parametrize(
    "use",
    [
        lambda: first_order_convexity(rising, h, s, y),  # not convex
        lambda: first_order_convexity(convex, power, z, z),
        lambda: first_order_convexity(convex, power, z, a),
        lambda: first_order_convexity(convex, power, z, c),
        lambda: monotone_of_deriv_nonneg(prove_positive(1 - s, s, -1, 1), h, s, 0),
        lambda: monotone_of_deriv_nonneg(rising, h, s, a),
        lambda: monotone_of_deriv_nonneg(prove_positive(c, c), c**2 / 2, c, 1),  # c > 0 by its name
        lambda: monotone_of_deriv_nonneg(prove_positive(1 + a, a), (1 + a) * s, a, y),
    ],
)
def test_a_proof_that_does_not_fit_is_refused(use) -> None:
    with pytest.raises(TypeError):
        use()


def test_entry_is_below_the_sum_of_nonnegative_ones() -> None:
    squares = prove_implication([], sp.Ge(u[i] ** 2, 0, evaluate=False))
    proof = single_le_sum(squares, u[i] ** 2, i, d, j)
    assert proof.statement == sp.Le(u[j] ** 2, sp.Sum(u[i] ** 2, (i, 1, d)))
    with pytest.raises(TypeError, match="expected a Proof of"):
        single_le_sum(squares, u[i], i, d, j)
    for at in (i, d):
        with pytest.raises(TypeError, match="names of their own"):
            single_le_sum(squares, u[i] ** 2, i, d, at)
    given = prove_implication([sp.Ge(v[j], 0)], sp.Ge(u[i] ** 2 + v[j], 0, evaluate=False))
    with pytest.raises(TypeError, match="j must be new"):
        single_le_sum(given, given.statement.lhs, i, d, j)


def test_pairing_with_a_row_space() -> None:
    proof = pair_with_rows(v, u[i], 2 * u[i], X, nu, (n, N), (i, d))
    assert proof.statement.lhs == sp.Sum(v[i] * u[i], (i, 1, d))
    assert len(proof.domain) == 2
    with pytest.raises(TypeError, match="may not depend"):
        pair_with_rows(v, X[n, i], u[i], X, nu, (n, N), (i, d))


def test_a_matrix_goes_to_the_other_side() -> None:
    proof = transpose(X, (i, d), (v[i], u[i] ** 2), (n, N), (nu[n], z * nu[n]))
    left, right = proof.statement.args
    assert left == sp.Sum(v[i] * u[i] ** 2, (i, 1, d))
    assert right == sp.Sum(z * nu[n] ** 2, (n, 1, N))
    assert set(proof.every) == {i, n}
    assert len(proof.domain) == 2


@pytest.mark.parametrize(
    "use",
    [
        lambda: transpose(X, (i, d), (v[i], X[n, i]), (n, N), (nu[n], nu[n])),
        lambda: transpose(X, (i, d), (v[i], u[i]), (n, N), (nu[n], u[i])),
        lambda: transpose(X, (i, d), (v[i], u[i]), (i, N), (nu[i], nu[i])),
        lambda: transpose(X, (i, d), (v[i], sp.log(u[i])), (n, N), (nu[n], nu[n])),
        lambda: transpose(sp.IndexedBase("A"), (i, d), (v[i], u[i]), (n, N), (nu[n], nu[n])),
    ],
    ids=["other index", "this index", "one index", "undefined", "complex"],
)
def test_what_does_not_go_to_the_other_side(use) -> None:
    with pytest.raises(TypeError):
        use()


def test_sums_are_linear() -> None:
    square = prove_implication([], sp.Ge((z - y) ** 2 + c, c, evaluate=False))
    total = sum_le_sum(square, z, u[i], i, d, others={y: v[i]})
    proof = split_sums(total)
    terms = [(i, 1, d)]
    wanted = sp.Sum(u[i] ** 2, *terms) - 2 * sp.Sum(u[i] * v[i], *terms) + sp.Sum(v[i] ** 2, *terms)
    assert proof.statement == sp.Ge(wanted + c * d, c * d, evaluate=False)
    real_power = prove_identity((1 + z**2) ** a * (z + 1), (1 + z**2) ** a * (1 + z))
    assert real_power


def test_nonnegative_is_enough() -> None:
    flat = prove_nonnegative(z**2, z)
    assert monotone_of_deriv_nonneg(flat, z**3 / 3, z, y)


def test_polynomial_sums_are_multiplied_out() -> None:
    total = sp.Sum((u[i] - a * v[i]) ** 2, (i, 1, d))
    proof = multiply_out(total)
    for size in (1, 3):
        left, right = (side.subs(d, size).doit() for side in proof.statement.args)
        assert sp.expand(left - right) == 0
    for other in (sp.Sum(u[i] ** 2, (i, 1, d)), sp.Sum(u[i] ** a + v[i], (i, 1, d))):
        with pytest.raises(TypeError, match="polynomial with several terms"):
            multiply_out(other)
