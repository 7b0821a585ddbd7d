"""The potential of every depth as a least cost of the weights; the explicit regularizer is q_4.

Statement
---------
For every depth D > 2, z = h(s) and all weights u, v > 0 with u^D - v^D = z,
psi(u) + psi(v) >= q_D(z), psi(w) = w^D - (D/2) w^2 + (D-2)/2, with equality at
u = (1-s)^(-1/(D-2)), v = (1+s)^(-1/(D-2)). The bound also holds at v = 0.

At D = 4, psi(w) = (w^2 - 1)^2, a squared distance of the squared weights from their start. So the
least squared distance ||w - alpha 1||^2 among all real weights with w_+^2 - w_-^2 = beta, the
explicit regularizer of the depth-2 model, is alpha^2 sum_i q_4(beta_i/alpha^2): the potential of
the depth-4 model that starts at sqrt(alpha). It is reached at w_+ = alpha/(1-s) and
w_- = alpha/(1+s).

In radicals: with the one g >= 2 for which g^4 - 2 g^3 = z^2, q_4(z) = (g-1)(g-2). g is
(w_+ + w_-)/alpha at the least distance.

Assumptions
-----------
D real; D = 2 + 2/a for one a > 0, and p = 1 + a: the symbol is a. Every z is h(s) for one s in
(-1, 1), and q_D(z) = z s - H(s), by theorem_3_potential.

Not covered
-----------
Nothing.

Reference
---------
[woodworth2020] has the explicit regularizer at depth 2, as a root of a polynomial of degree 4.
"""

import mpmath
import numpy as np
import sympy as sp
from scipy.optimize import minimize

from implicitbias.symbolic import Proof, Refuted, Statement, exact, expect_refuted
from implicitbias.symbolic import discharge, instantiate, prove_identity, prove_implication
from implicitbias.symbolic import prove_positive, sum_le_sum
from proofs._lemmas import above_its_tangents
from proofs._notation import D, H, a, alpha, d, h, i, p, q, q_deep, s, w, xi, y, z
from proofs._notation import DUAL, INSIDE, OPEN, sum_i

x, m = sp.symbols("x m", real=True)
u, v = sp.symbols("u v", positive=True)
g, g_other = sp.symbols("g g'", real=True)
W_plus, W_minus = (sp.IndexedBase(name, real=True) for name in ("W_+", "W_-"))


def _psi(weight: sp.Expr) -> sp.Expr:
    return weight**D - D / 2 * weight**2 + (D - 2) / 2


h_4, q_4 = 4 * s / (1 - s**2) ** 2, 2 * s**2 * (1 + s**2) / (1 - s**2) ** 2  # D = 4: a = 1
END = sp.Eq(W_plus[i] ** 2 - W_minus[i] ** 2, alpha**2 * h_4.subs(s, xi[i]))
distance = sum_i((W_plus[i] - alpha) ** 2 + (W_minus[i] - alpha) ** 2)
best_plus, best_minus = (1 - s) ** (-a / 2), (1 + s) ** (-a / 2)
g_of_s = 2 / (1 - s**2)

ID = "3.1"
STATEMENT = Statement(
    forall=(a, u, v, s, alpha, d, i, W_plus, W_minus, xi, g, g_other),
    conclusion=(
        sp.Implies(
            sp.And(*INSIDE, sp.Eq(u**D - v**D, h)),
            sp.Ge(_psi(u) + _psi(v), q_deep, evaluate=False),
        ),
        sp.Implies(
            sp.And(*INSIDE, sp.Eq(u**D, h)), sp.Ge(_psi(u) + (D - 2) / 2, q_deep, evaluate=False)
        ),
        sp.Implies(sp.And(*INSIDE), sp.Eq(_psi(best_plus) + _psi(best_minus), q_deep)),
        sp.Implies(sp.And(*INSIDE), sp.Eq(best_plus**D - best_minus**D, h)),
        sp.Implies(
            sp.And(*DUAL, END),
            sp.Ge(distance, sum_i(alpha**2 * q_4.subs(s, xi[i])), evaluate=False),
        ),
        *(
            sp.Implies(sp.And(*INSIDE), conclusion)
            for conclusion in (
                sp.Eq(h.subs(a, 1), h_4),
                sp.Eq(q_deep.subs(a, 1), q_4),
                sp.Eq(
                    (alpha / (1 - s) - alpha) ** 2 + (alpha / (1 + s) - alpha) ** 2,
                    alpha**2 * q_4,
                ),
                sp.Eq((alpha / (1 - s)) ** 2 - (alpha / (1 + s)) ** 2, alpha**2 * h_4),
                sp.Eq(g_of_s**4 - 2 * g_of_s**3, h_4**2),
                sp.Eq((g_of_s - 1) * (g_of_s - 2), q_4),
                sp.Ge(g_of_s, 2, evaluate=False),
            )
        ),
        sp.Implies(
            sp.And(g >= 2, g_other >= 2, sp.Eq(g**4 - 2 * g**3, g_other**4 - 2 * g_other**3)),
            sp.Eq(g, g_other),
        ),
    ),
    where={"D": D, "h": h, "H": H, "h_4": h_4, "q_4": q_4, "g(s)": g_of_s},
    examples=(
        {a: 1, s: 0, u: 1, v: 1},
        {a: 1, s: sp.Rational(1, 2), u: sp.sqrt(sp.sqrt(sp.Rational(32, 9)))},
        {alpha: 1, xi[i]: 0, W_plus[i]: 1, W_minus[i]: 1},
        {g: 2, g_other: 2},
    ),
)


@exact
def step_1_a_weight_pays_its_dual_price() -> Proof:
    """psi(w) >= sigma w^D - ((1-sigma)^-a - 1)/a for sigma < 1, where w^D is above its tangent."""
    price = x - D / 2 * x ** (2 / D) + (D - 2) / 2
    tangent = above_its_tangents(price, x, y, 0)
    at = instantiate(tangent, {x: u**D, y: (1 - s) ** (-p)}, domain=OPEN)
    bound = s * u**D - ((1 - s) ** (-a) - 1) / a
    positive = prove_positive((1 - s) ** (-p), s, -1, 1)
    same = prove_identity(at.statement.rhs, bound, domain=OPEN)
    return prove_implication([discharge(at, positive), same], sp.Ge(_psi(u), bound, evaluate=False))


@exact
def step_2_the_split_form() -> list[Proof]:
    """The prices of u at s and of v at -s add up to z s - H(s); that of 0 is not positive."""
    plus = step_1_a_weight_pays_its_dual_price()
    minus = instantiate(plus, {u: v, s: -s})
    nothing = prove_positive((1 + s) ** (-a), s, -1, 1)
    return [
        prove_implication(
            [plus, minus, sp.Eq(u**D - v**D, h)],
            sp.Ge(_psi(u) + _psi(v), q_deep, evaluate=False),
        ),
        prove_implication(
            [plus, nothing, sp.Eq(u**D, h)],
            sp.Ge(_psi(u) + (D - 2) / 2, q_deep, evaluate=False),
        ),
    ]


@exact
def step_3_it_is_reached() -> list[Proof]:
    return [
        prove_identity(_psi(best_plus) + _psi(best_minus), q_deep, domain=OPEN),
        prove_identity(best_plus**D - best_minus**D, h, domain=OPEN),
    ]


@exact
def step_4_the_squared_distance_of_a_pair() -> Proof:
    """(w - alpha)^2 - s w^2 + alpha^2 s/(1-s) = (1-s) (w - alpha/(1-s))^2."""
    rule = prove_implication([sp.Eq(x, y + m), y >= 0], x >= m)
    square = prove_implication([s < 1], sp.Ge((1 - s) * y**2, 0, evaluate=False))
    rest, part = w - alpha / (1 - s), s * w**2 - alpha**2 * s / (1 - s)
    values = {x: (w - alpha) ** 2, y: (1 - s) * rest**2, m: part}
    plus = discharge(
        instantiate(rule, values, domain=OPEN),
        prove_identity((w - alpha) ** 2, values[y] + part, domain=OPEN),
        instantiate(square, {y: rest}, domain=OPEN),
    )
    minus = instantiate(plus, {w: m, s: -s})
    first, second, price, other = sp.symbols("first second price other", real=True)
    total = prove_implication(
        [
            sp.Ge(first, s * w**2 - price),
            sp.Ge(second, -s * m**2 - other),
            sp.Eq(w**2 - m**2, x),
            sp.Eq(s * x - price - other, y),
        ],
        sp.Ge(first + second, y, evaluate=False),
    )
    values = {
        **{first: (w - alpha) ** 2, second: (m - alpha) ** 2},
        **{price: alpha**2 * s / (1 - s), other: -(alpha**2) * s / (1 + s)},
        **{x: alpha**2 * h_4, y: alpha**2 * q_4},
    }
    at = instantiate(total, values, domain=OPEN)
    prices = s * values[x] - values[price] - values[other]
    return discharge(at, plus, minus, prove_identity(prices, values[y], domain=OPEN))


@exact
def step_5_the_squared_distance_of_all_weights() -> Proof:
    pair = step_4_the_squared_distance_of_a_pair()
    return sum_le_sum(pair, s, xi[i], i, d, others={w: W_plus[i], m: W_minus[i]})


@exact
def step_6_it_is_reached_and_has_a_radical_form() -> list[Proof]:
    first, second = alpha / (1 - s), alpha / (1 + s)
    return [
        prove_identity(h.subs(a, 1), h_4, domain=OPEN),
        prove_identity(q_deep.subs(a, 1), q_4, domain=OPEN),
        prove_identity((first - alpha) ** 2 + (second - alpha) ** 2, alpha**2 * q_4, domain=OPEN),
        prove_identity(first**2 - second**2, alpha**2 * h_4, domain=OPEN),
        prove_identity(g_of_s**4 - 2 * g_of_s**3, h_4**2, domain=OPEN),
        prove_identity((g_of_s - 1) * (g_of_s - 2), q_4, domain=OPEN),
        prove_implication(INSIDE, sp.Ge(g_of_s, 2, evaluate=False)),
        prove_identity(first / alpha + second / alpha, g_of_s, domain=OPEN),
    ]


@exact
def step_7_one_root_from_2_on() -> Proof:
    same = sp.Eq(g**4 - 2 * g**3, g_other**4 - 2 * g_other**3)
    return prove_implication([g >= 2, g_other >= 2, same], sp.Eq(g, g_other))


@exact
def step_8_the_explicit_regularizer() -> list[Proof]:
    return [
        *step_2_the_split_form(),
        *step_3_it_is_reached(),
        step_5_the_squared_distance_of_all_weights(),
        *step_6_it_is_reached_and_has_a_radical_form()[:-1],
        step_7_one_root_from_2_on(),
    ]


def check_the_distance_by_a_minimum() -> None:
    """At depth 4 the squared distance, and at depth 3 the split form, by a numerical minimum."""
    for end in (0.3, 2.0, 40.0):
        for depth, power in ((4, 2), (3, 3)):

            def cost(rest: np.ndarray, end=end, depth=depth, power=power) -> float:
                low = np.exp(rest[0])
                high = (end + low**power) ** (1 / power)
                if depth == 4:
                    return float((high - 1) ** 2 + (low - 1) ** 2)
                return float(sum(t**3 - 1.5 * t**2 + 0.5 for t in (high, low)))

            found = minimize(cost, [-0.2], method="Nelder-Mead", options={"xatol": 1e-10}).fun
            number = {a: sp.Rational(2, depth - 2)}
            h_of, q_of = (sp.lambdify(s, f.subs(number), "mpmath") for f in (h, q_deep))
            at = mpmath.findroot(
                lambda t, f=h_of, end=end: f(t) - end, (1e-9, 0.9999), solver="anderson"
            )
            np.testing.assert_allclose(found, float(q_of(at)), rtol=1e-8)


def refute_another_coefficient_of_the_square() -> Refuted:
    """psi with D/2 + 1/100 for D/2 is not q at its least."""
    return expect_refuted(
        prove_identity,
        _psi(best_plus) + _psi(best_minus) - best_plus**2 / 100,
        q_deep,
        domain=OPEN,
    )


def refute_the_potential_of_depth_2() -> Refuted:
    """The squared distance at z = 2 sinh(s) against q_2: alpha = 1, by w_+ + w_- = g."""
    gap = (g - 1) * (g - 2)
    q_2 = q.subs(z, sp.sqrt(g**4 - 2 * g**3))
    return expect_refuted(prove_positive, gap - q_2 / 2, g, 2)


def refute_more_roots_without_the_bound() -> Refuted:
    """g^4 - 2 g^3 takes the value 0 at 0 and at 2."""
    same = sp.Eq(g**4 - 2 * g**3, g_other**4 - 2 * g_other**3)
    return expect_refuted(prove_implication, [g >= 0, g_other >= 0, same], sp.Eq(g, g_other))
