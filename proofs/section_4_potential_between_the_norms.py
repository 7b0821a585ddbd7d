"""The potential of depth 2 is even, convex, and lies between the l1 and the l2 norm.

Statement
---------
For q(z) = 2 - sqrt(4 + z^2) + z asinh(z/2): |q(z) - z^2/4| <= z^4/192 for every z, so that
q(z) = z^2/4 + O(z^4) at 0; and q = Theta(z ln z) at infinity: q(z) <= z ln z for z > 2,
q(z) >= (z ln z)/2 for z > 8, q(z)/(z ln z) tends to 1, and z ln z - z < q(z) < z ln z - z + 2.

Q = sum_i q(beta_i/alpha^2) does not change with the signs of beta, is convex along every line
beta + t gamma, and on a sphere of one norm it is bounded by the other extreme:
d q(n/(d alpha^2)) <= Q <= q(n/alpha^2) and q(m/alpha^2) <= Q <= d q(m/(sqrt(d) alpha^2)), where
n = ||beta||_1 and m = ||beta||_2. For alpha to infinity 4 alpha^4 Q tends to m^2, as
m^2 - sum beta_i^4/(48 alpha^4) <= 4 alpha^4 Q <= m^2; for alpha to 0, with l = ln(1/alpha^2),
alpha^2 Q/l tends to n, as n - d/l <= alpha^2 Q/l <= n (1 + ln(n + alpha^2)/l) for alpha < 1.

Assumptions
-----------
0 < alpha; beta and gamma real and finite, of any dimension d; beta not 0 in the last two bounds.

Not covered
-----------
Nothing.

Reference
---------
[woodworth2020, Sec 4], what is said of Theorem 1. That Q is close to a multiple of a norm is shown
by the bounds with their errors.
"""

import mpmath
import sympy as sp
from hypothesis import given
from hypothesis import strategies as st

from implicitbias.symbolic import Proof, Refuted, Statement, exact, expect_refuted
from implicitbias.symbolic import discharge, extremes_on_l1_sphere, extremes_on_l2_sphere
from implicitbias.symbolic import instantiate, prove_expansion, prove_identity, prove_implication
from implicitbias.symbolic import prove_limit, prove_nonnegative, prove_positive, rename, sum_le_sum
from proofs._checks import q_by_digits
from proofs._notation import alpha, beta, d, i, nudge, q, t, z
from proofs._notation import Q_of, l1_norm, q_at, square_norm, sum_i
from proofs.lemma_1_rich_sandwich import step_10_Q_is_bounded_above as lemma_1_upper
from proofs.lemma_1_rich_sandwich import step_12_Q_is_bounded_below as lemma_1_lower

b, c = sp.symbols("b c", real=True)
n = sp.Symbol("n", positive=True)
gamma = sp.IndexedBase("gamma", real=True)

at, Q = q_at(z), Q_of(beta)
squares, fourths = square_norm(beta), sum_i(beta[i] ** 4)
scale = sp.log(1 / alpha**2)
line = sp.Derivative(at.subs(z, b + t * c), (t, 2))

L1_NORM = sp.Eq(n, l1_norm(beta))
m = sp.sqrt(squares)  # ||beta||_2

LARGE_LOWER = sp.Ge(4 * alpha**4 * Q, squares - fourths / (48 * alpha**4), evaluate=False)
LARGE_UPPER = sp.Le(4 * alpha**4 * Q, squares, evaluate=False)

ID = "S4b"
STATEMENT = Statement(
    forall=(z, alpha, n, t, d, beta, gamma),
    conclusion=(
        sp.Le(sp.Abs(q - z**2 / 4), z**4 / 192, evaluate=False),
        sp.Implies(z > 8, sp.Ge(q - z * sp.log(z) / 2, 0, evaluate=False)),
        sp.Implies(z > 2, sp.Ge(z * sp.log(z) - q, 0, evaluate=False)),
        sp.Eq(sp.Limit(q / (z * sp.log(z)), z, sp.oo, "-"), 1, evaluate=False),
        *(
            sp.Implies(z > 0, sp.Gt(rest, 0, evaluate=False))
            for rest in (q - z * sp.log(z) + z, z * sp.log(z) - z + 2 - q)
        ),
        sp.Eq(sum_i(at.subs(z, sp.Abs(beta[i]))), Q),
        sp.Ge(sum_i(line.xreplace({b: beta[i], c: gamma[i]})), 0, evaluate=False),
        sp.Implies(L1_NORM, sp.Ge(Q, d * at.subs(z, n / d), evaluate=False)),
        sp.Implies(L1_NORM, sp.Le(Q, at.subs(z, n), evaluate=False)),
        sp.Ge(Q, at.subs(z, m), evaluate=False),
        sp.Le(Q, d * at.subs(z, m / sp.sqrt(d)), evaluate=False),
        LARGE_LOWER,
        LARGE_UPPER,
        *(
            sp.Implies(sp.And(L1_NORM, alpha < 1), conclusion)
            for conclusion in (
                sp.Ge(alpha**2 / scale * Q, n - d / scale, evaluate=False),
                sp.Le(alpha**2 / scale * Q, n * (1 + sp.log(n + alpha**2) / scale), evaluate=False),
            )
        ),
    ),
    examples=(
        {z: 9},
        {n: 1, beta[i]: 1, d: 1, alpha: sp.Rational(1, 2)},
    ),
    where={
        **{"q": q, "Q": Q, "m": m},
        **{"q(n/(d alpha^2))": at.subs(z, n / d), "q(n/alpha^2)": at.subs(z, n)},
        **{"q(m/alpha^2)": at.subs(z, m), "q(m/(sqrt(d) alpha^2))": at.subs(z, m / sp.sqrt(d))},
        "q((beta_i + t gamma_i)/alpha^2)": line.expr.xreplace({b: beta[i], c: gamma[i]}),
        "q(Abs(beta_i)/alpha^2)": at.subs(z, sp.Abs(beta[i])),
    },
)


@exact
def step_1_q_is_a_quarter_of_the_square_at_0() -> Proof:
    return prove_expansion(q, z**2 / 4, z**4 / 192, z)


@exact
def step_2_q_is_z_ln_z_at_infinity() -> list[Proof]:
    return [
        prove_nonnegative(q - z * sp.log(z) / 2, z, 8),
        prove_nonnegative(z * sp.log(z) - q, z, 2),
        prove_limit(q / (z * sp.log(z)), z, sp.oo, 1),
        prove_positive(q - z * sp.log(z) + z, z, 0),
        prove_positive(z * sp.log(z) - z + 2 - q, z, 0),
    ]


@exact
def step_3_Q_is_even_in_every_coordinate() -> Proof:
    even = prove_identity(q.subs(z, sp.Abs(z)), q)
    return sum_le_sum(even, z, beta[i] / alpha**2, i, d)


@exact
def step_4_Q_is_convex_along_every_line() -> Proof:
    """The second derivative in t of q((b + t c)/alpha^2), summed."""
    inside = 1 + (b + t * c) ** 2 / (4 * alpha**4)
    positive = sp.Gt(inside, 0, evaluate=False)
    convex = discharge(
        prove_nonnegative(line, t, given=[positive]), prove_implication([], positive)
    )
    return sum_le_sum(convex, b, beta[i], i, d, others={c: gamma[i]})


@exact
def step_5_Q_on_the_spheres() -> list[Proof]:
    """q is convex, and concave as a function of z^2: q' >= z q'' for z > 0."""
    slope, slope_at = sp.diff(q, z), sp.diff(at, z)
    at_1 = prove_nonnegative(slope - z * sp.diff(slope, z), z, 0)
    positive = sp.Lt(0, z, evaluate=False)
    scaled = discharge(
        instantiate(at_1, {z: z / alpha**2}),
        prove_implication([positive], sp.Lt(0, z / alpha**2, evaluate=False)),
    )
    concave = prove_implication(
        [scaled], sp.Ge(slope_at - z * sp.diff(slope_at, z), 0, evaluate=False)
    )
    convex = prove_nonnegative(sp.diff(at, z, 2), z)
    even = prove_identity(at.subs(z, -z), at)
    return [
        *(
            rename(p, n, L1_NORM.rhs)
            for p in extremes_on_l1_sphere(convex, even, at, z, beta, i, d)
        ),
        *extremes_on_l2_sphere(concave, even, at, z, beta, i, d),
    ]


@exact
def step_6_Q_is_the_squared_norm_for_large_alpha() -> list[Proof]:
    """z^2/4 - z^4/192 <= q(z) <= z^2/4, summed."""
    place = {z: z / alpha**2}
    below = instantiate(prove_nonnegative(q - (z**2 / 4 - z**4 / 192), z), place)
    above = instantiate(prove_nonnegative(z**2 / 4 - q, z), place)
    value, rest = 4 * alpha**4 * at, z**2 - z**4 / (48 * alpha**4)
    sums = [sum_i(f.subs(z, beta[i])) for f in (value, rest)]
    taken_apart = [
        prove_identity(sums[0], 4 * alpha**4 * Q),
        prove_identity(sums[1], LARGE_LOWER.rhs),
    ]
    bounds = [
        prove_implication([below], sp.Ge(value, rest, evaluate=False)),
        prove_implication([above], sp.Le(value, z**2, evaluate=False)),
    ]
    lower, upper = (sum_le_sum(bound, z, beta[i], i, d) for bound in bounds)
    return [
        prove_implication([lower, *taken_apart], LARGE_LOWER),
        prove_implication([upper, *taken_apart], LARGE_UPPER),
    ]


@exact
def step_7_Q_is_the_norm_for_small_alpha() -> list[Proof]:
    """(40) and (32) of Lemma 1."""
    return [lemma_1_lower()[3], lemma_1_upper()[0]]


@exact
def step_8_q_and_Q_between_the_norms() -> list[Proof]:
    return [
        step_1_q_is_a_quarter_of_the_square_at_0(),
        *step_2_q_is_z_ln_z_at_infinity(),
        step_3_Q_is_even_in_every_coordinate(),
        step_4_Q_is_convex_along_every_line(),
        *step_5_Q_on_the_spheres(),
        *step_6_Q_is_the_squared_norm_for_large_alpha(),
        *step_7_Q_is_the_norm_for_small_alpha(),
    ]


@given(st.integers(-30, 30), st.integers(1, 999))
def check_q_by_digits_without_the_closed_form(power: int, digits: int) -> None:
    with mpmath.workdps(200):
        x = mpmath.mpf(digits) / 1000 * mpmath.mpf(10) ** power
        value = q_by_digits(x)
        assert abs(value - x**2 / 4) <= x**4 / 192
        assert x * mpmath.log(x) - x < value < x * mpmath.log(x) - x + 2


def refute_other_behaviour_at_0() -> list[Refuted]:
    """The constant 192 with a nudge, and z^2/2 for z^2/4."""
    return [
        expect_refuted(prove_expansion, q, z**2 / 4, z**4 / (192 + nudge), z),
        expect_refuted(prove_expansion, q, z**2 / 2, z**4 / 192, z),
    ]


def refute_other_behaviour_at_infinity() -> list[Refuted]:
    """The limit 2, z for z ln z, and an upper bound without its 2."""
    return [
        expect_refuted(prove_limit, q / (z * sp.log(z)), z, sp.oo, 2),
        expect_refuted(prove_limit, q / z, z, sp.oo, 1),
        expect_refuted(prove_positive, z * sp.log(z) - z - q, z, 0),
        expect_refuted(prove_nonnegative, z * sp.log(z) - q, z, 0),
    ]


def refute_the_l1_norm_for_an_even_function() -> Refuted:
    """q(z)/z would be constant; it is not even q(z) = q(2 z)/2."""
    return expect_refuted(prove_identity, q.subs(z, 2 * z) / 2, q)
