"""Depth D > 2, small start: q_D between explicit powers, and how small alpha has to be.

Statement
---------
For z > 0, z - (D/2) z^(2/D) <= q_D(z) <= z - (D/2) ((1+z)^(2/D) - 1). For z >= 1, with
C = (D-2) (1 - 2^(-D/(D-2))), even C - z^(-(D-2)/D) <= q_D(z) - z + (D/2) z^(2/D) <= C: up to a
remainder that tends to 0, q_D(z) is z - (D/2) z^(2/D) + C. The upper bound holds for z > 0.

Let beta_i = alpha^D h(s_i) with s = X^T nu in (-1, 1)^d, as where the flow of depth D ends, and let
b be any other solution. Then alpha^D <= (||b||_1/d) (2 epsilon/D)^(D/(D-2)) (1+epsilon)^(-2/(D-2))
gives ||beta||_1 <= (1 + epsilon) ||b||_1. It is enough that alpha^D is (D/2)^(D/(D-2)) times as
large, which is the condition of theorem_3_limits.

Assumptions
-----------
D real; D = 2 + 2/a for one a > 0, and p = 1 + a: the symbol is a, and x is alpha^D. z = h(s) for
one s in (-1, 1), and q_D(z) = z s - H(s), by theorem_3_potential.

Not covered
-----------
Nothing.

Reference
---------
[woodworth2020, Thm 3] has limits only.
"""

import mpmath
import sympy as sp
from hypothesis import given
from hypothesis import strategies as st

from implicitbias.symbolic import Proof, Refuted, Statement, exact, expect_refuted
from implicitbias.symbolic import by_cases, discharge, instantiate, prove_identity
from implicitbias.symbolic import prove_implication, prove_positive, sum_le_sum
from proofs._lemmas import above_its_tangents, increasing
from proofs._notation import D, H, N, X, a, b, beta, d, h, i, n, nu, p, q_deep, s, w, x, xi, y
from proofs._notation import DUAL, ENDS, FEASIBLE, INSIDE, OPEN, STATIONARY, l1_norm
from proofs._notation import epsilon as eps
from proofs.beyond_split_form import step_2_the_split_form
from proofs.beyond_split_form import u as u_split
from proofs.beyond_split_form import v as v_split
from proofs.theorem_3_limits import step_10_beta_has_nearly_the_least_l1_norm, tau

z = sp.Symbol("z", positive=True)
HERE = (*INSIDE, sp.Eq(z, h))
q_at = s * z - H

power = z ** (2 / D)
C = (D - 2) * (1 - 2 ** (-p))
rest = z ** (-1 / p)
simple_low, simple_high = z - D / 2 * power, z - D / 2 * ((1 + z) ** (2 / D) - 1)
low, high = z - D / 2 * power + C - rest, z - D / 2 * power + C
l1_of_beta, l1_of_b = l1_norm(beta), l1_norm(b)
SMALL = sp.Le(d * x, l1_of_b * (2 * eps / D) ** p * (1 + eps) ** (-a), evaluate=False)

ID = "3.4a"
STATEMENT = Statement(
    forall=(a, z, s, x, eps, d, N, i, n, beta, b, xi, X, nu),
    conclusion=(
        sp.Implies(sp.And(*HERE), sp.Ge(q_at, simple_low, evaluate=False)),
        sp.Implies(sp.And(*HERE), sp.Le(q_at, simple_high, evaluate=False)),
        sp.Implies(sp.And(*HERE, z >= 1), sp.Ge(q_at, low, evaluate=False)),
        sp.Implies(sp.And(*HERE), sp.Le(q_at, high, evaluate=False)),
        sp.Implies(
            sp.And(*DUAL, STATIONARY, ENDS, FEASIBLE, SMALL),
            sp.Le(l1_of_beta, (1 + eps) * l1_of_b, evaluate=False),
        ),
    ),
    where={"D": D, "h": h, "H": H, "C": C},
    examples=(
        {a: 1, s: sp.Rational(1, 2), z: sp.Rational(32, 9)},
        {
            **{x: sp.Rational(9, 32), a: 1, d: 1, N: 1, X[n, i]: 1, eps: 2},
            **{xi[i]: sp.Rational(1, 2), nu[n]: sp.Rational(1, 2), beta[i]: 1, b[i]: 1},
        },
    ),
)


@exact
def step_1_q_lies_above_the_price_of_every_dual() -> Proof:
    """z s - H(s) >= z w - H(w), as H is convex with slope z = h(s) at s."""
    tangent = above_its_tangents(H, s, w, -1, 1)
    at = instantiate(tangent, {s: w, w: s})
    slope = prove_identity(sp.diff(H, s), h, domain=OPEN)
    return prove_implication(
        [at, slope, sp.Eq(z, h)], sp.Ge(q_at, z * w - H.subs(s, w), evaluate=False)
    )


c = sp.Symbol("c", positive=True)  # z^(-1/p), for z >= 1


@exact
def step_2_the_constant_of_a_dual_near_one() -> list[Proof]:
    """(2-c)^-a <= 2^-a + a c and <= 1 for 0 < c <= 1, by a tangent of y^-a."""
    falling = w ** (-a)
    tangent = above_its_tangents(falling, w, y, 0)
    tangent = instantiate(tangent, {w: sp.Integer(2), y: 2 - c}, domain={c: (0, 2)})
    grows = increasing(-falling, w, y, 0)
    one = instantiate(grows, {w: 2 - c, y: sp.Integer(1)}, domain={c: (0, 2)})
    return [
        prove_implication(
            [tangent, one, c <= 1],
            sp.Le((2 - c) ** (-a), sp.Integer(2) ** (-a) + a * c, evaluate=False),
        ),
        prove_implication([one, c <= 1], sp.Le((2 - c) ** (-a), 1, evaluate=False)),
    ]


@exact
def step_3_the_root_of_a_large_argument() -> Proof:
    """z^(-1/p) <= 1 for z >= 1."""
    root = w ** (1 / p)
    grows = increasing(root, w, y, 0)
    at = instantiate(grows, {w: z, y: sp.Integer(1)})
    one = prove_identity(sp.Mul(z ** (1 / p), rest, evaluate=False), 1)
    return prove_implication([at, one, prove_positive(rest, z, 0)], sp.Le(rest, 1, evaluate=False))


@exact
def step_4_below_at_large_arguments() -> list[Proof]:
    """At w = 1 - c: z w - H(w) = z - (D/2) z^(2/D) + (2 - (2-c)^-a)/a."""
    price = instantiate(
        step_1_q_lies_above_the_price_of_every_dual(), {w: 1 - c}, domain={c: (0, 2)}
    )
    same = [
        sp.Eq(z * c, y),
        sp.Eq(c ** (-a), y),
        prove_identity(2 * sp.Integer(2) ** (-p), sp.Integer(2) ** (-a)),
    ]
    sharp, one = step_2_the_constant_of_a_dual_near_one()
    rules = [
        prove_implication(
            [price, *same, sharp], sp.Ge(q_at, z - D / 2 * y + C - c, evaluate=False)
        ),
        prove_implication([price, *same, one], sp.Ge(q_at, z - D / 2 * y, evaluate=False)),
    ]
    facts = [
        prove_identity(sp.Mul(z, rest, evaluate=False), power),
        prove_identity(rest ** (-a), power),
        step_3_the_root_of_a_large_argument(),
    ]
    given = [*HERE, *same[:2], c <= 1]
    rules = [by_cases([rule], given) for rule in rules]
    return [discharge(instantiate(rule, {c: rest, y: power}), *facts) for rule in rules]


@exact
def step_5_below_at_every_argument() -> Proof:
    """For z <= 1 the bound is not positive, and q is not negative."""
    root = w ** (1 / p)
    grows = increasing(root, w, y, 0)
    below_one = instantiate(grows, {w: sp.Integer(1), y: z})
    price = instantiate(step_1_q_lies_above_the_price_of_every_dual(), {w: sp.Integer(0)})
    small = prove_implication(
        [
            price,
            below_one,
            prove_identity(sp.Mul(z ** (1 / p), power, evaluate=False), z),
            prove_positive(power, z, 0),
        ],
        sp.Ge(q_at, simple_low, evaluate=False),
    )
    return by_cases([step_4_below_at_large_arguments()[1], small], HERE)


@exact
def step_6_above_by_the_split_form() -> list[Proof]:
    """With v^D = 1, and with v^D = 2^-p where (z + v^D)^(2/D) >= z^(2/D)."""
    split, _ = step_2_the_split_form()
    m = sp.Symbol("m", positive=True)
    values = {u_split: (z + m) ** (1 / D), v_split: m ** (1 / D)}
    at = instantiate(split, values)
    m_power = m ** (2 / D)
    grows = increasing(w ** (2 / D), w, y, 0)
    larger = instantiate(grows, {w: z + m, y: z})
    bound = sp.Le(q_at, z + 2 * m - D / 2 * (power + m_power) + D - 2, evaluate=False)
    weaker = prove_implication([at, larger, sp.Eq(z, h)], bound)
    half_power = sp.Integer(2) ** (-p)
    values = [
        prove_identity(half_power ** (2 / D), 2 * half_power),
        prove_positive(half_power, a, 0),
    ]
    one = instantiate(at, {m: sp.Integer(1)})
    return [
        prove_implication([one, sp.Eq(z, h)], sp.Le(q_at, simple_high, evaluate=False)),
        prove_implication(
            [instantiate(weaker, {m: half_power}), *values], sp.Le(q_at, high, evaluate=False)
        ),
    ]


@exact
def step_7_the_smaller_start() -> Proof:
    """(2 epsilon/D)^p <= epsilon^p, and theorem_3_limits at tau = epsilon/(1 + epsilon)."""
    part = eps / (1 + eps)
    near = instantiate(step_10_beta_has_nearly_the_least_l1_norm(), {tau: part})
    grows = increasing(w**p, w, y, 0)
    smaller = instantiate(grows, {w: eps, y: 2 * eps / D})
    order = prove_implication([], sp.Le(2 * eps / D, eps, evaluate=False))
    factor, inverse = (1 + eps) ** (-a), eps**p
    wanted = part * part**a / (1 - part)
    sizes = prove_implication([], sp.Ge(sp.Abs(w), 0, evaluate=False))
    enough = prove_implication(
        [
            discharge(smaller, order),
            SMALL,
            prove_identity(wanted, inverse * factor),
            prove_positive(factor, eps, 0),
            sum_le_sum(sizes, w, b[i], i, d),
        ],
        sp.Le(d * x, l1_of_b * wanted, evaluate=False),
    )
    return prove_implication(
        [discharge(near, enough)], sp.Le(l1_of_beta, (1 + eps) * l1_of_b, evaluate=False)
    )


@exact
def step_8_the_small_start_at_greater_depth() -> list[Proof]:
    return [
        step_5_below_at_every_argument(),
        *step_6_above_by_the_split_form(),
        step_4_below_at_large_arguments()[0],
        step_7_the_smaller_start(),
    ]


@given(st.integers(1, 200), st.integers(-40, 40))
def check_the_bounds(tenths: int, power_of_ten: int) -> None:
    with mpmath.workdps(80):
        number, size = mpmath.mpf(tenths) / 10, mpmath.mpf(10) ** (mpmath.mpf(power_of_ten) / 4)
        values = [number, size]
        at = sp.lambdify((a, s), h, "mpmath")
        low_s, high_s = mpmath.mpf(0), 1 - (1 + size) ** (-1 / (1 + number))
        for _ in range(250):
            middle = (low_s + high_s) / 2
            if at(number, middle) < size:
                low_s = middle
            else:
                high_s = middle
        value = sp.lambdify((a, z, s), q_at, "mpmath")(*values, low_s)
        bounds = [
            sp.lambdify((a, z), f, "mpmath")(*values) for f in (simple_low, simple_high, low, high)
        ]
        slack = mpmath.mpf(10) ** -60 * (1 + size)
        assert bounds[0] - slack <= value <= min(bounds[1], bounds[3]) + slack
        assert size < 1 or bounds[2] - slack <= value


def refute_a_smaller_constant() -> Refuted:
    """C with 1/10 less is no bound from above: D = 4, at z = h(s)."""
    at_4, z_4 = {a: 1}, h.subs(a, 1)
    gap = (high - sp.Rational(1, 10)).subs(at_4).subs(z, z_4) - q_deep.subs(at_4)
    return expect_refuted(prove_positive, gap, s, sp.Rational(1, 2), 1)


def refute_the_lower_constant_at_small_arguments() -> Refuted:
    """z - (D/2) z^(2/D) + (D-2)/2, which is a lower bound from z = 1 on, is none near 0: D = 4."""
    at_4, z_4 = {a: 1}, h.subs(a, 1)
    gap = q_deep.subs(at_4) - (simple_low + (D - 2) / 2).subs(at_4).subs(z, z_4)
    return expect_refuted(prove_positive, gap, s, 0, sp.Rational(1, 10))
