"""Section 5: at equal alpha^D a larger depth is nearer to the l1 norm.

Statement
---------
theta = 1/p = (D-2)/D grows with the depth D. The mirror map s = q_D'(z) at z > 0 is s = tanh(u),
u = theta y, where z = 2 sinh(y) cosh(theta y)^(1/theta) = (1-s)^-p - (1+s)^-p and y > 0. Its
elasticity e = d ln s / d ln z is theta sinh(y) / (sinh(theta y) cosh((1+theta) y)). When theta
grows along a path and y moves so that z stays, e falls: at every z, the larger the depth the
smaller e.

So do E = z q'/q and the ratio of Figure 2b. With elasticities e_f >= e_g a function f grows by a
larger factor than g, f(T)/f(0) >= g(T)/g(0), where t is the logarithm of z up to a constant. For
two mirror maps m, n this is m(x) n(Z) <= n(x) m(Z), x < Z, and integrated over x from 0 to Z it is
Z m/q >= Z n/r for their potentials q and r. For these, as E is ordered now, the rule says
q(z)/(d q(z/sqrt(d))) >= r(z)/(d r(z/sqrt(d))), which at z = 1/alpha^D is the ratio of Q(e_1) to
Q(1_d/sqrt(d)), since q(0) = 0: the ratio of the larger depth is nearer to 1/sqrt(d).

D = 2 is the limit theta to 0, where z is 2 sinh(y), the map is y (a factor does not matter) and e
is tanh(y)/y. That is approached from below: e <= tanh(y)/y, and the logarithm of z/(2 sinh(y)),
ln(cosh(theta y))/theta, is between 0 and theta y^2/2. D to infinity is theta = 1.

Assumptions
-----------
theta, y > 0, smooth in t. f, g > 0 have the elasticities e_f, e_g; m = q', n = r',
q(0) = r(0) = 0 < q(Z), r(Z), and m_Z = m(Z), n_Z = n(Z).

Not covered
-----------
Existence and uniqueness for ODEs: from a y at one theta such a path leads to every other theta, and
    to the one y there that has the same z, since z grows with y (step 2).

Reference
---------
[woodworth2020, Section 5 and Figure 2b]. There it is a picture; that it is true of every depth, and
why, goes beyond it.
"""

import itertools

import mpmath
import sympy as sp

from implicitbias.symbolic import Proof, Refuted, Statement, exact, expect_refuted
from implicitbias.symbolic import by_cases, discharge, instantiate, never_above_its_start
from implicitbias.symbolic import prove_identity, prove_implication, prove_nonnegative
from implicitbias.symbolic import prove_positive, times
from proofs._lemmas import increasing

theta, y = sp.symbols("theta y", positive=True)
t, u, v = sp.symbols("t u v", real=True)
T, Z, M, N = sp.symbols("T Z m_Z n_Z", positive=True)
Theta, Y = sp.Function("Theta", positive=True), sp.Function("Y", positive=True)
f, g = sp.Function("f", positive=True), sp.Function("g", positive=True)
a, b, m, n, q, r = (sp.Function(name, real=True) for name in ("e_f", "e_g", "m", "n", "q", "r"))

s = sp.tanh(theta * y)
z = 2 * sp.sinh(y) * sp.cosh(theta * y) ** (1 / theta)
e = theta * sp.sinh(y) / (sp.sinh(theta * y) * sp.cosh((1 + theta) * y))
ON_PATH = {theta: Theta(t), y: Y(t)}
z_t, e_t = z.subs(ON_PATH), e.subs(ON_PATH)
deeper, moves = sp.Derivative(Theta(t), t), sp.Derivative(Y(t), t)
SAME_Z = sp.Eq(sp.diff(z_t, t), 0)

# d ln z and d ln e along the path, by their parts.
A, B, C = sp.tanh(theta * y), sp.tanh(y), sp.tanh((1 + theta) * y)
L = sp.log(sp.cosh(theta * y))
z_theta, z_y = (theta * y * A - L) / theta**2, 1 / B + A
e_theta, e_y = 1 / theta - y / A - y * C, 1 / B - theta / A - (1 + theta) * C
K = 1 / A + C

GROWTH = (
    sp.Eq(sp.Derivative(f(t), t), a(t) * f(t)),
    sp.Eq(sp.Derivative(g(t), t), b(t) * g(t)),
    sp.Ge(a(t), b(t)),
)
POTENTIALS = (
    sp.Eq(sp.Derivative(q(t), t), m(t)),
    sp.Eq(sp.Derivative(r(t), t), n(t)),
    sp.Le(m(t) * N, n(t) * M),
    sp.Eq(q(0), 0),
    sp.Eq(r(0), 0),
    sp.Gt(q(Z), 0),
    sp.Gt(r(Z), 0),
)


@exact
def step_1_the_mirror_map_by_y() -> list[Proof]:
    return [
        prove_identity((1 - s) ** (-1 / theta) - (1 + s) ** (-1 / theta), z),
        prove_identity(z * sp.Derivative(s, y), e * s * sp.Derivative(z, y)),
    ]


@exact
def step_2_z_grows_with_y() -> Proof:
    return prove_positive(sp.Derivative(z, y), y, 0)


@exact
def step_3_along_a_path() -> list[Proof]:
    """z' and e' by their logarithmic derivatives."""
    return [
        prove_identity(sp.diff(whole, t), whole * (by_theta * deeper + by_y * moves).subs(ON_PATH))
        for whole, by_theta, by_y in ((z_t, z_theta, z_y), (e_t, e_theta, e_y))
    ]


@exact
def step_4_facts_on_hyperbolic_functions() -> list[Proof]:
    """At u = theta y: tanh(u) < u, ln cosh(u) > 0 and <= u tanh(u); tanh grows, to 1."""
    tanh, at = sp.tanh(u), {u: theta * y}
    grows = increasing(tanh, u, v)
    grows = instantiate(grows, {u: (1 + theta) * y, v: y})
    below_1 = prove_positive(1 - tanh, u)
    return [
        *(
            instantiate(fact, at)
            for fact in (
                prove_positive(tanh, u, 0),
                prove_positive(u - tanh, u, 0),
                prove_positive(sp.log(sp.cosh(u)), u, 0),
                prove_nonnegative(u * tanh - sp.log(sp.cosh(u)), u, 0),
            )
        ),
        instantiate(prove_positive(tanh, u, 0), {u: y}),
        by_cases([grows], []),
        instantiate(below_1, {u: y}),
        instantiate(below_1, {u: (1 + theta) * y}),
    ]


@exact
def step_5_theta_matters_more_than_y() -> Proof:
    """e_y z_theta > e_theta z_y. As C <= 1 <= 1/B, e_y >= -theta K with K = 1/A + C, so that
    theta times the difference is at least (u/A - 1)/B + (u C/B - A) + K L, where C/B >= 1.
    """
    A_positive, A_below, L_positive, L_below, *_ = facts = step_4_facts_on_hyperbolic_functions()
    B_positive, C_above_B, B_below, C_below = facts[4:]
    over_theta, over_square = (prove_positive(theta**-k, theta, 0) for k in (1, 2))
    room = prove_implication([B_positive, B_below, C_below], 1 / B - C > 0)
    above = prove_implication(
        [prove_identity(e_y, -theta * K + (1 / B - C)), room], e_y >= -theta * K
    )
    rises = times(L_below, over_square)
    rises = prove_implication([rises, prove_identity(rises.statement.lhs, z_theta)], z_theta >= 0)
    parts = [
        times(
            prove_implication([A_positive, A_below], theta * y / A - 1 > 0),
            prove_positive(1 / B, y, 0),
        ),
        times(
            prove_implication([B_positive, C_above_B], C / B - 1 >= 0),
            prove_positive(theta * y, y, 0),
        ),
        A_below,
        times(L_positive, prove_positive(K, y, 0)),
    ]
    total = sum(part.statement.lhs - part.statement.rhs for part in parts)
    product = instantiate(prove_implication([u > 0, v > 0], u * v > 0), {u: total, v: 1 / theta})
    rest = by_cases([product], [prove_implication(parts, total > 0), over_theta])
    w, x = sp.symbols("w x", real=True)
    chain = prove_implication([u >= v, sp.Eq(v - w, x), x > 0], u - w > 0)
    values = {u: e_y * z_theta, v: -theta * K * z_theta, w: e_theta * z_y, x: rest.statement.lhs}
    equal = prove_identity((v - w).subs(values, simultaneous=True), rest.statement.lhs)
    return discharge(instantiate(chain, values), times(above, rises), equal, rest)


@exact
def step_6_the_elasticity_of_the_mirror_map_falls_with_the_depth() -> list[Proof]:
    """From z_theta theta' + z_y y' = 0 and theta' > 0 to e_theta theta' + e_y y' < 0."""
    of_z, of_e = step_3_along_a_path()
    more = instantiate(step_5_theta_matters_more_than_y(), ON_PATH)
    positive = [prove_positive(part, t) for part in (z_t, e_t, z_y.subs(ON_PATH))]
    still = prove_implication(
        [of_z, positive[0], SAME_Z],
        sp.Eq((z_theta * deeper + z_y * moves).subs(ON_PATH), 0),
    )
    x_1, x_2, z_1, z_2, e_1, e_2 = sp.symbols("x_1 x_2 z_1 z_2 e_1 e_2", real=True)
    values = {x_1: deeper, x_2: moves}
    values |= {z_1: z_theta.subs(ON_PATH), z_2: z_y.subs(ON_PATH)}
    values |= {e_1: e_theta.subs(ON_PATH), e_2: e_y.subs(ON_PATH)}
    steps = []
    for sign, relation in ((deeper > 0, sp.Lt), (deeper >= 0, sp.Le)):
        moved = [sp.Eq(z_1 * x_1 + z_2 * x_2, 0), z_2 > 0, e_2 * z_1 - e_1 * z_2 > 0]
        less = prove_implication(
            [*moved, sign.subs(deeper, x_1)], relation(e_1 * x_1 + e_2 * x_2, 0)
        )
        less = by_cases([instantiate(less, values)], [still, positive[2], more, sign])
        steps.append(prove_implication([of_e, positive[1], less], relation(sp.diff(e_t, t), 0)))
    strict, slope = steps
    return [strict, never_above_its_start(slope, e_t, t, T)]


@exact
def step_7_depth_2_is_the_limit() -> list[Proof]:
    """sinh(u) > u and cosh(y + u) >= cosh(y); and 0 < ln cosh(u) <= u^2/2, divided by theta."""
    sinh, cosh, log_cosh = sp.sinh(u), sp.cosh(u), sp.log(sp.cosh(u))
    grows = increasing(cosh, u, v, 0)
    grows = instantiate(grows, {u: (1 + theta) * y, v: y})
    linear = instantiate(prove_positive(sinh - u, u, 0), {u: theta * y})
    below = prove_implication(
        [
            by_cases([grows], []),
            linear,
            prove_identity(sp.tanh(y), sp.sinh(y) / sp.cosh(y)),
            prove_positive(sp.sinh(y), y, 0),
            prove_positive(sp.cosh(y), y),
        ],
        e <= sp.tanh(y) / y,
    )
    square = instantiate(prove_nonnegative(u**2 / 2 - log_cosh, u, 0), {u: theta * y})
    inverse = prove_positive(1 / theta, theta, 0)
    return [
        below,
        prove_implication(
            [square, inverse], sp.log(sp.cosh(theta * y)) / theta <= theta * y**2 / 2
        ),
        times(instantiate(prove_positive(log_cosh, u, 0), {u: theta * y}), inverse),
    ]


@exact
def step_8_a_larger_elasticity_grows_faster() -> Proof:
    """(g/f)' = (e_g - e_f) g/f <= 0."""
    slope = prove_implication(GROWTH, sp.Le(sp.diff(g(t) / f(t), t), 0))
    falls = never_above_its_start(slope, g(t) / f(t), t, T)
    return prove_implication([falls], f(T) / f(0) >= g(T) / g(0))


@exact
def step_9_from_mirror_maps_to_potentials() -> Proof:
    """(q n_Z - r m_Z)' = m n_Z - n m_Z <= 0 from 0 to Z."""
    gap = q(t) * N - r(t) * M
    slope = prove_implication(POTENTIALS[:3], sp.Le(sp.diff(gap, t), 0))
    falls = never_above_its_start(slope, gap, t, Z)
    return prove_implication([falls, *POTENTIALS[3:]], Z * M / q(Z) >= Z * N / r(Z))


ID = "S5a.nearer"
DEPTH_2 = (
    sp.Le(e, sp.tanh(y) / y),
    sp.Le(sp.log(sp.cosh(theta * y)) / theta, theta * y**2 / 2),
    sp.Ge(sp.log(sp.cosh(theta * y)) / theta, 0),
)
log_2 = sp.asinh(sp.Rational(3, 4))
slope_1, slope_2 = (sp.diff(z, x).subs({theta: 1, y: log_2}) for x in (theta, y))
STATEMENT = Statement(
    forall=(theta, y, t, T, Z, M, N, Theta, Y, f, g, a, b, m, n, q, r),
    conclusion=(
        sp.Eq((1 - s) ** (-1 / theta) - (1 + s) ** (-1 / theta), z),
        sp.Eq(z * sp.Derivative(s, y), e * s * sp.Derivative(z, y)),
        sp.Gt(sp.Derivative(z, y), 0),
        sp.Implies(sp.And(SAME_Z, deeper > 0), sp.Lt(sp.diff(e_t, t), 0)),
        sp.Implies(sp.And(SAME_Z, deeper >= 0), sp.Le(e_t.subs(t, T), e_t.subs(t, 0))),
        sp.Implies(sp.And(*GROWTH), sp.Ge(f(T) / f(0), g(T) / g(0))),
        sp.Implies(sp.And(*POTENTIALS), sp.Ge(Z * M / q(Z), Z * N / r(Z))),
        *DEPTH_2,
    ),
    where={"s": s, "z": z, "e": e, "z(t)'": sp.diff(z_t, t), "e(t)'": sp.diff(e_t, t)}
    | {"e(0)": e_t.subs(t, 0), "e(T)": e_t.subs(t, T)},
    examples=(
        {Theta(t): 1, Y(t): log_2, deeper: 1, moves: -slope_1 / slope_2},
        {GROWTH[0].lhs: 2, GROWTH[1].lhs: 1, a(t): 2, b(t): 1, f(t): 1, g(t): 1},
        {POTENTIALS[0].lhs: 1, POTENTIALS[1].lhs: 1, m(t): 1, n(t): 1, M: 1, N: 1}
        | {q(0): 0, r(0): 0, q(Z): 1, r(Z): 1},
    ),
)


@exact
def step_10_larger_depths_are_nearer_to_l1() -> list[Proof]:
    return [
        *step_1_the_mirror_map_by_y(),
        step_2_z_grows_with_y(),
        *step_6_the_elasticity_of_the_mirror_map_falls_with_the_depth(),
        step_8_a_larger_elasticity_grows_faster(),
        step_9_from_mirror_maps_to_potentials(),
        *step_7_depth_2_is_the_limit(),
    ]


def _at(depth: float, end: float) -> tuple[mpmath.mpf, mpmath.mpf, mpmath.mpf]:
    """e, q and E at z = end; q is the integral of s, or of y at depth 2."""
    rate = 1 - 2 / mpmath.mpf(depth)
    power = (lambda x: mpmath.cosh(rate * x) ** (1 / rate)) if rate else (lambda x: 1)
    map_of = (lambda x: mpmath.tanh(rate * x)) if rate else (lambda x: x)

    def z_of(x: mpmath.mpf) -> mpmath.mpf:
        return 2 * mpmath.sinh(x) * power(x)

    upper = mpmath.asinh(mpmath.mpf(end) / 2)
    x = mpmath.findroot(lambda x: mpmath.log(z_of(x) / end), (upper / 4, upper), solver="anderson")
    mirror = map_of(x)
    value = end * mirror - mpmath.quad(lambda y: z_of(y) * mpmath.diff(map_of, y), [0, x])
    slope = mpmath.diff(map_of, x) / mpmath.diff(z_of, x)
    return end * slope / mirror, value, end * mirror / value


def check_the_order_of_depths() -> None:
    """e, E and the ratio of Figure 2b at ten dimensions, from depth 2 to 200."""
    for end in (0.1, 1, 30, 1000):
        rows = []
        for depth in (2, 2.1, 3, 4, 7, 200):
            elasticity, value, steepness = _at(depth, end)
            rows.append((elasticity, steepness, value / _at(depth, end / mpmath.sqrt(10))[1]))
        for less_deep, more_deep in itertools.pairwise(rows):
            assert all(x > y for x, y in zip(less_deep, more_deep, strict=True))


def refute_the_order_at_equal_s() -> Refuted:
    """At one s, not at one z, e does not fall with the depth: u is theta y."""
    at_s = e.subs(y, u / theta).subs(u, 1)
    return expect_refuted(prove_positive, -sp.diff(at_s, theta), theta, 0)


def refute_the_order_without_its_conditions() -> list[Refuted]:
    """A y that moves freely; elasticities and mirror maps in no order."""
    x_1, x_2, z_1, z_2, e_1, e_2 = sp.symbols("x_1 x_2 z_1 z_2 e_1 e_2", real=True)
    more = [z_2 > 0, e_2 * z_1 - e_1 * z_2 > 0, x_1 > 0]
    gap = q(t) * N - r(t) * M
    return [
        expect_refuted(prove_implication, more, e_1 * x_1 + e_2 * x_2 < 0),
        expect_refuted(prove_implication, GROWTH[:2], sp.Le(sp.diff(g(t) / f(t), t), 0)),
        expect_refuted(prove_implication, POTENTIALS[:2], sp.Le(sp.diff(gap, t), 0)),
    ]


def refute_a_steeper_approach_to_depth_2() -> Refuted:
    """ln cosh(u) <= u^2/2 with any smaller constant."""
    close = sp.Rational(1, 2) - sp.Rational(1, 10**10)
    return expect_refuted(prove_nonnegative, close * u**2 - sp.log(sp.cosh(u)), u, 0)
