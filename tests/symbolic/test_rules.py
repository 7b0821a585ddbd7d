"""Rules from coordinates to vectors: what they conclude, and which Proofs they turn away."""

import random

import pytest
import sympy as sp

from implicitbias.symbolic import (
    Undecided,
    extremes_on_l1_sphere,
    extremes_on_l2_sphere,
    instantiate,
    jensen,
    kkt,
    midpoint,
    never_above_its_start,
    prove_identity,
    prove_implication,
    prove_nonnegative,
    prove_positive,
    sum_le_sum,
)

z, y = sp.symbols("z y", real=True)
alpha, c = sp.symbols("alpha c", positive=True)
i, d, n, N = sp.symbols("i d n N", integer=True, positive=True)
beta, b, nu, X = (sp.IndexedBase(name, real=True) for name in ("beta", "b", "nu", "X"))
q = 2 - sp.sqrt(4 + z**2) + z * sp.asinh(z / 2)

below = prove_nonnegative(z**2 / 4 - q, z)
tangent = prove_nonnegative(z - 1 - sp.log(z), z, 0)
convex = prove_positive(sp.Derivative(q, (z, 2)), z)
even = prove_identity(q.subs(z, -z), q)
falling = prove_nonnegative(sp.diff(q, z) - z * sp.diff(q, z, 2), z, 0)


def holds(relation: sp.Basic, entries: dict[sp.IndexedBase, list[sp.Rational]]) -> bool:
    """The relation at vectors of numbers."""
    size = len(next(iter(entries.values())))
    sides = []
    for side in (relation.lhs, relation.rhs):
        value = side.subs(d, size).doit()
        for base, numbers in entries.items():
            value = value.subs({base[j + 1]: x for j, x in enumerate(numbers)})
        sides.append(sp.N(value.subs(alpha, sp.Rational(1, 3)), 30))
    return bool(relation.func(*sides))


def vectors(count: int) -> list[list[sp.Rational]]:
    rng = random.Random(5)
    return [
        [sp.Rational(rng.randint(-40, 40), 7) for _ in range(rng.randint(1, 5))]
        for _ in range(count)
    ]


def test_sum_of_termwise_inequalities() -> None:
    proof = sum_le_sum(below, z, beta[i] / alpha**2, i, d)
    assert isinstance(proof.statement, sp.Ge)
    assert proof.statement.lhs == sp.Sum(below.statement.lhs.subs(z, beta[i] / alpha**2), (i, 1, d))
    assert all(holds(proof.statement, {beta: vector}) for vector in vectors(8))


def test_sum_asks_of_every_entry_what_the_proof_asks() -> None:
    proof = sum_le_sum(tangent, z, b[i], i, d)
    assert sp.Lt(0, b[i], evaluate=False) in proof.domain


def test_sum_of_termwise_inequalities_in_several_names() -> None:
    square = prove_implication([y >= 1], sp.Ge(z**2 * y, z**2, evaluate=False))
    proof = sum_le_sum(square, z, beta[i], i, d, others={y: b[i]})
    assert proof.statement.lhs == sp.Sum(beta[i] ** 2 * b[i], (i, 1, d))
    assert sp.Ge(b[i], 1) in proof.domain
    with pytest.raises(TypeError, match="has no c"):
        sum_le_sum(square, z, beta[i], i, d, others={c: b[i]})


def test_midpoint() -> None:
    u, v = sp.symbols("u v", positive=True)
    power = c ** (-(2 + alpha))
    proof = midpoint(prove_positive(sp.Derivative(power, (c, 2)), c, 0), power, c, u, v)
    for x, e in ((1, 4), (sp.Rational(1, 3), 2)):
        assert proof.statement.subs({u: x, v: e, alpha: sp.Rational(3, 2)}) == sp.true
    with pytest.raises(TypeError, match="must be a new real symbol"):
        midpoint(convex, q, z, z, y)


def test_convex_is_meant_on_an_interval() -> None:
    """exp(-z^2) is convex on z < -1/sqrt(2) and on z > 1/sqrt(2), and no mean is to be taken."""
    bell, (u, v) = sp.exp(-(z**2)), sp.symbols("u v", real=True)
    outside = prove_positive(sp.diff(bell, z, 2), z, given=[4 * z**2 - 2 > 0])
    for use in (
        lambda: jensen(outside, bell, z, beta, i, d),
        lambda: midpoint(outside, bell, z, u, v),
    ):
        with pytest.raises(TypeError, match="on an interval"):
            use()


t, T = sp.Symbol("t", real=True), sp.Symbol("T", positive=True)
f, g = sp.Function("f", real=True), sp.Function("g", positive=True)
shrinks = sp.Derivative(f(t), t) <= -g(t)
falls = prove_implication([shrinks], sp.Le(sp.Derivative(f(t), t), 0, evaluate=False))


def test_a_function_that_falls_is_never_above_its_start() -> None:
    proof = never_above_its_start(falls, f(t), t, T)
    assert proof.statement == sp.Le(f(T), f(0), evaluate=False)
    assert shrinks in proof.domain


def test_a_rate_that_depends_on_the_time_is_not_put_into_the_bound() -> None:
    """From f' <= -c for every t, f(T) <= f(0) - c T; not so for a c that is another at each t."""
    slope = prove_implication(
        [sp.Derivative(f(t), t) <= -c], sp.Le(sp.Derivative(f(t), t) + c, 0, evaluate=False)
    )
    proof = never_above_its_start(slope, f(t) + c * t, t, T)
    assert instantiate(proof, {c: alpha**2}).statement == sp.Le(f(T) + alpha**2 * T, f(0))
    with pytest.raises(TypeError, match="asked for every value of it"):
        instantiate(proof, {c: g(t)})


def test_a_known_function_needs_its_slope_on_the_right_only() -> None:
    slope = prove_nonnegative(2 * t, t, 0)
    proof = never_above_its_start(slope, -(t**2), t, T)
    assert proof.statement == sp.Le(-(T**2), 0, evaluate=False)
    assert sp.Lt(0, t) not in proof.domain


@pytest.mark.parametrize(
    "use",
    [
        lambda: never_above_its_start(falls, -f(t), t, T),
        lambda: never_above_its_start(falls, f(t) + t, t, T),
        lambda: never_above_its_start(falls, f(t), t, t),
        lambda: never_above_its_start(falls, f(t), t, i),
        lambda: never_above_its_start(prove_nonnegative(2 * t - 2, t, 1), 2 * t - t**2, t, T),
        lambda: never_above_its_start(tangent, z, z, T),
        lambda: never_above_its_start(prove_identity(f(t), f(t)), f(t), t, T),
    ],
)
def test_a_slope_that_does_not_fit_is_refused(use) -> None:
    with pytest.raises(TypeError):
        use()


def test_a_function_with_a_pole_may_rise_though_it_falls_beside_it() -> None:
    """1/f falls where f rises, and jumps up where f goes through 0."""
    rises = sp.Derivative(f(t), t) >= 0
    slope = prove_implication(
        [rises, sp.Ne(f(t), 0)],
        sp.Le(-sp.Derivative(f(t), t) / f(t) ** 2, 0, evaluate=False),
    )
    with pytest.raises(Undecided):
        never_above_its_start(slope, 1 / f(t), t, T)


def test_jensen() -> None:
    proof = jensen(convex, q, z, beta, i, d)
    assert all(holds(proof.statement, {beta: vector}) for vector in vectors(8))


def test_extremes_on_the_spheres() -> None:
    for proof in (
        *extremes_on_l1_sphere(convex, even, q, z, beta, i, d),
        *extremes_on_l2_sphere(falling, even, q, z, beta, i, d),
    ):
        assert all(holds(proof.statement, {beta: vector}) for vector in vectors(8))


def test_extremes_are_attained() -> None:
    """At a vertex and at equal entries both sides agree, so the bounds are the extremes."""
    (low1, high1), (low2, high2) = (
        extremes_on_l1_sphere(convex, even, q, z, beta, i, d),
        extremes_on_l2_sphere(falling, even, q, z, beta, i, d),
    )
    vertex, equal = [sp.Integer(2), sp.Integer(0), sp.Integer(0)], [sp.Integer(2)] * 3
    for proof, vector in ((low1, equal), (high1, vertex), (low2, vertex), (high2, equal)):
        strict = proof.statement.func(
            proof.statement.lhs, proof.statement.rhs + _direction(proof) * sp.Rational(1, 10**9)
        )
        assert not holds(strict, {beta: vector})


def _direction(proof) -> int:
    return 1 if isinstance(proof.statement, sp.Ge) else -1


def test_kkt_point_is_the_strict_minimiser() -> None:
    proof = kkt(convex, q, z, X, beta, b, nu, alpha**2, (n, N), (i, d), slope=sp.asinh(z / 2))
    assert isinstance(proof.statement, sp.Gt)
    stationary, feasible, different = proof.domain
    assert stationary.lhs == sp.asinh(beta[i] / (2 * alpha**2))
    assert feasible == sp.Eq(
        sp.Sum(X[n, i] * b[i], (i, 1, d)), sp.Sum(X[n, i] * beta[i], (i, 1, d))
    )
    assert isinstance(different, sp.Ne)
    # X = [1, 1], nu = 1: beta = 2 alpha^2 sinh(1) in both, against b = beta + (t, -t)
    solution = 2 * sp.Rational(1, 9) * sp.sinh(1)
    for t in (sp.Rational(1, 50), -3):
        assert holds(proof.statement, {beta: [solution] * 2, b: [solution + t, solution - t]})


def test_kkt_of_a_weakly_convex_function_is_not_strict() -> None:
    flat = prove_nonnegative(sp.Derivative(z**4, (z, 2)), z)
    proof = kkt(flat, z**4, z, X, beta, b, nu, c, (n, N), (i, d))
    assert isinstance(proof.statement, sp.Ge)


def test_instantiate() -> None:
    proof = instantiate(tangent, {z: 1 + y})
    assert proof.statement == sp.Ge(y - sp.log(1 + y), 0, evaluate=False)
    assert sp.Lt(0, 1 + y, evaluate=False) in proof.domain
    assert instantiate(below, {z: y / alpha}).domain == (sp.Lt(0, alpha, evaluate=False),)
    with pytest.raises(Undecided):  # 1/y is not defined at 0
        instantiate(below, {z: 1 / y})
    with pytest.raises(TypeError, match="outside of the domain"):
        instantiate(tangent, {z: sp.Integer(-1)})
    with pytest.raises(TypeError, match="the statement has no y"):
        instantiate(tangent, {y: z})


def test_instantiate_a_name_of_the_hypotheses() -> None:
    chain = prove_implication([z <= y, y <= 1], sp.Le(z, 1))
    assert (z <= 1 - c) in instantiate(chain, {y: 1 - c}).domain


def test_instantiate_at_a_modulus() -> None:
    proof = sum_le_sum(below, z, sp.Abs(beta[i]), i, d)
    assert proof.statement.lhs == sp.Sum(below.statement.lhs.subs(z, sp.Abs(beta[i])), (i, 1, d))
    assert sum_le_sum(tangent, z, sp.Abs(b[i]), i, d).domain[0] == sp.Lt(
        0, sp.Abs(b[i]), evaluate=False
    )
    with pytest.raises(Undecided):  # 1/y is not defined at 0
        instantiate(below, {z: sp.Abs(1 / y)})


def test_bound_names_and_indices_are_not_replaced() -> None:
    entries = sum_le_sum(tangent, z, b[n], n, N)
    with pytest.raises(TypeError, match="has an n of its own"):
        sum_le_sum(instantiate(tangent, {z: b[n] + y}), y, beta[n], n, N)
    with pytest.raises(TypeError, match="it stands for all of them"):
        instantiate(instantiate(tangent, {z: b[n]}), {n: sp.Integer(1)})
    with pytest.raises(TypeError, match="it stands for all of them"):
        instantiate(entries, {n: sp.Integer(1)})


@pytest.mark.parametrize(
    "use",
    [
        lambda: jensen(tangent, q, z, beta, i, d),
        lambda: jensen(convex, q + z**2, z, beta, i, d),
        lambda: extremes_on_l1_sphere(convex, tangent, q, z, beta, i, d),
        lambda: extremes_on_l1_sphere(below, even, q, z, beta, i, d),
        lambda: extremes_on_l1_sphere(
            prove_positive(sp.diff(q, z, 2), z, 0), even, q, z, beta, i, d
        ),
        lambda: extremes_on_l2_sphere(convex, even, q, z, beta, i, d),
        lambda: extremes_on_l2_sphere(
            prove_nonnegative(sp.diff(q, z) - z * sp.diff(q, z, 2), z, 1), even, q, z, beta, i, d
        ),
        lambda: kkt(tangent, q, z, X, beta, b, nu, c, (n, N), (i, d)),
        lambda: kkt(convex, q, z, X, beta, b, nu, y, (n, N), (i, d)),
        lambda: sum_le_sum(below, z, alpha, i, d),
        lambda: sum_le_sum(below, z, beta[i], i, y),
    ],
)
def test_a_proof_that_does_not_fit_is_refused(use) -> None:
    with pytest.raises(TypeError):
        use()


unreal = sp.IndexedBase("a")


@pytest.mark.parametrize(
    "use",
    [
        lambda: jensen(convex, q, z, unreal, i, d),
        lambda: extremes_on_l1_sphere(convex, even, q, z, unreal, i, d),
        lambda: extremes_on_l2_sphere(falling, even, q, z, unreal, i, d),
        lambda: kkt(convex, q, z, X, unreal, b, nu, c, (n, N), (i, d)),
    ],
)
def test_vectors_are_real(use) -> None:
    with pytest.raises(TypeError, match="a must be real"):
        use()


def test_a_name_with_a_sign_is_not_every_real_number() -> None:
    """z^2 + log z - log z, which is z^2 only where z > 0, is not one for every entry."""
    two = prove_implication([], sp.Ge(2, 0, evaluate=False))
    f = sp.Add(c**2, sp.log(c), -sp.log(c), evaluate=False)
    with pytest.raises(TypeError, match="for every real c"):
        kkt(two, f, c, X, beta, b, nu, alpha, (n, N), (i, d))
    assert sp.Lt(0, b[i], evaluate=False) in jensen(two, c**2, c, b, i, d).domain


def test_jensen_wants_the_function_itself_defined() -> None:
    """1/z^2 >= 0 on z < 0, where the logarithm with this second derivative is not real."""
    curvature = prove_positive(1 / z**2, z, -sp.oo, 0)
    with pytest.raises(Undecided):
        jensen(curvature, -sp.log(z), z, beta, i, d)
