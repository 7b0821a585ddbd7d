"""Other starts: weights that differ between coordinates or signs, and the product u*v.

Statement
---------
Let p, m > 0 be the starts of w_+ and w_- in a coordinate. They may differ from one coordinate to
the other (non-uniform), and from one another (biased).

D = 2: beta = 2 p m sinh(s + ln(p/m)) with s = X^T nu, nu = -8 * integral of r, and s is the
derivative of p m q(beta/(p m)) - beta ln(p/m), q as in theorem_1_potential: strictly convex. With
p = m = alpha_i it is alpha_i^2 q(beta/alpha_i^2), and the factor alpha_i^2 matters.

D > 2: with the mean mu and half the difference delta of p^(2-D) and m^(2-D), alpha_i = mu^(1/(2-D))
their power mean, beta = alpha_i^D h(sigma), mu sigma + delta = s = X^T nu,
nu = -2 D (D-2) * integral of r, |sigma| < 1. s is the derivative of
alpha_i^2 q_D(beta/alpha_i^D) + delta beta, which is strictly convex.

u*v from u_0 + v_0 = +-P, u_0 - v_0 = +-M: beta = (P^2 exp(s) - M^2 exp(-s))/4, s = X^T nu,
nu = -4 * integral of r. This is D = 2 with p = P/2, m = M/2. For M = 0 (or P = 0), which is a start
with |u_0| = |v_0|, beta keeps its sign, and s is, times that sign, the derivative of
|beta| ln|beta/(u_0 v_0)| - |beta| in |beta|.

So a beta at which the flow ends with X beta = y is the one minimiser over X beta = y of the sum
over the coordinates, in the last case among the beta with the signs of u_0 v_0. In all but this
case the flow does end there if y is in the range of X, by the argument of flow_convergence with the
least alpha_i: w_+^(2D-2) + w_-^(2D-2) >= 2 alpha_i^(2D-2), alpha_i = sqrt(p m) at D = 2, and
u^2 + v^2 >= P M.

Assumptions
-----------
X, y real and finite; r continuous in t. `g`, `R` as in theorem_1_potential, `a`, `D`, `h`, `H`
as in theorem_3_potential (D = 2 + 2/a): at z = h(sigma), q_D(z) = sigma z - H(sigma). The gradients
of the loss are those of theorem_1_potential, theorem_3_potential and section_4_squared_model. The
flow is taken up to a time to which it exists, at which the powers w^(2-D) are positive.

Not covered
-----------
Existence and uniqueness for ODEs: the flow from a start is the one that is written down.
Compactness: as in flow_convergence.
Convex duality and separation: a differentiable, strictly convex function whose gradient is normal
    to an affine set at a point of it is least on the set there and nowhere else.

Reference
---------
[woodworth2020, footnote 2]
"""

from itertools import product

import numpy as np
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import solve_ivp

from implicitbias.flows import gradient_flow
from implicitbias.solvers import solve
from implicitbias.symbolic import Proof, Refuted, Statement, exact, expect_refuted
from implicitbias.symbolic import instantiate, midpoint, prove_identity, prove_implication
from implicitbias.symbolic import prove_positive
from proofs._checks import check_least_over_the_null_space, pull
from proofs._lemmas import solves_the_flow
from proofs._notation import OPEN, D, H, R, a, base_of, g, h, nudge, q, q_deep, t, z
from proofs._notation import s as sigma
from proofs.section_4_squared_model import step_4_the_flow_of_a_product
from proofs.theorem_1_potential import step_1_the_flow_of_a_coordinate_is_linear_in_its_weight
from proofs.theorem_3_potential import step_1_the_flow_of_a_coordinate

p, m, P, M = sp.symbols("p m P M", positive=True)
beta, x = sp.symbols("beta x", real=True)  # x: the dual variable s = (X^T nu)_i, D = 2 and u*v

# D = 2
w_plus, w_minus = p * sp.exp(-4 * R), m * sp.exp(4 * R)
beta_2 = 2 * p * m * sp.sinh(x + sp.log(p / m))
slope_2 = sp.asinh(beta / (2 * p * m)) - sp.log(p / m)  # which is x there
Q_2 = p * m * q.subs(z, beta / (p * m)) - beta * sp.log(p / m)

# D > 2
base_plus, base_minus = base_of(p, 1), base_of(m, -1)
POSITIVE = (base_plus > 0, base_minus > 0)
power_plus, power_minus = base_plus ** (-1 / (D - 2)), base_minus ** (-1 / (D - 2))
mu, delta = (p ** (2 - D) + m ** (2 - D)) / 2, (p ** (2 - D) - m ** (2 - D)) / 2
alpha_i = mu ** (1 / (2 - D))
dual = (-2 * D * (D - 2) * R - delta) / mu
order = 2 * D - 2
beta_deep = alpha_i**D * h  # as functions of sigma
Q_D = alpha_i**2 * q_deep + delta * beta_deep

# u*v, by the signs of u_0 + v_0 and u_0 - v_0


def _exponentials(plus: int, minus: int) -> tuple[sp.Expr, sp.Expr]:
    """u + v and u - v in time."""
    return plus * P * sp.exp(-2 * R), minus * M * sp.exp(2 * R)


def _weights(plus: int, minus: int) -> tuple[sp.Expr, sp.Expr]:
    total, difference = _exponentials(plus, minus)
    return (total + difference) / 2, (total - difference) / 2


SIGNS = tuple(product((1, -1), repeat=2))
WEIGHTS = tuple(_weights(*signs) for signs in SIGNS)
beta_uv = (P**2 * sp.exp(-4 * R) - M**2 * sp.exp(4 * R)) / 4
b = sp.Symbol("b", positive=True)  # |u_0 v_0| of a balanced start
above = beta * sp.log(beta / b) - beta  # the potential where u_0 v_0 = b: beta = b exp(s)
below = -beta * sp.log(-beta / b) + beta  # where u_0 v_0 = -b: beta = -b exp(-s)

ID = "F2"
STATEMENT = Statement(
    forall=(p, m, P, M, a, b, t, beta, x, sigma, g),
    conclusion=(
        sp.Eq(sp.Derivative(w_plus, t), -4 * g(t) * w_plus),
        sp.Eq(sp.Derivative(w_minus, t), 4 * g(t) * w_minus),
        sp.Eq(w_plus**2 - w_minus**2, beta_2.subs(x, -8 * R)),
        sp.Eq(sp.Derivative(Q_2, beta), slope_2),
        sp.Eq(sp.asinh(sp.sinh(x)), x),
        sp.Gt(sp.Derivative(Q_2, (beta, 2)), 0),
        w_plus**2 + w_minus**2 >= 2 * p * m,
        *(u**2 + v**2 >= P * M for u, v in WEIGHTS),
        *(
            sp.Implies(sp.And(*POSITIVE), conclusion)
            for conclusion in (
                power_plus**order + power_minus**order >= 2 * alpha_i**order,
                sp.Eq(sp.Derivative(power_plus, t), -2 * D * g(t) * power_plus ** (D - 1)),
                sp.Eq(sp.Derivative(power_minus, t), 2 * D * g(t) * power_minus ** (D - 1)),
                sp.Eq(power_plus**D - power_minus**D, beta_deep.subs(sigma, dual)),
                1 - dual > 0,
                1 + dual > 0,
            )
        ),
        *(
            sp.Implies(sp.And(sigma > -1, sigma < 1), conclusion)
            for conclusion in (
                sp.Eq(
                    sp.Derivative(Q_D, sigma),
                    (mu * sigma + delta) * sp.Derivative(beta_deep, sigma),
                ),
                sp.Gt(sp.Derivative(beta_deep, sigma), 0),
            )
        ),
        *(
            sp.Eq(sp.Derivative(first, t), -2 * g(t) * second)
            for u, v in WEIGHTS
            for first, second in ((u, v), (v, u))
        ),
        *(sp.Eq(u * v, beta_uv) for u, v in WEIGHTS),
        sp.Eq(beta_uv, beta_2.subs({p: P / 2, m: M / 2, x: -4 * R})),
        sp.Implies(beta > 0, sp.Eq(sp.Derivative(above, beta), sp.log(beta / b))),
        sp.Implies(beta < 0, sp.Eq(sp.Derivative(below, beta), -sp.log(-beta / b))),
        sp.Implies(beta > 0, sp.Gt(sp.Derivative(above, (beta, 2)), 0)),
        sp.Implies(beta < 0, sp.Gt(sp.Derivative(below, (beta, 2)), 0)),
    ),
    where={"R": R, "D": D, "Q_2": Q_2, "B_+": base_plus, "B_-": base_minus, "mu": mu}
    | {"delta": delta, "h": h, "H": H, "Q_D": Q_D, "u": WEIGHTS[0][0], "v": WEIGHTS[0][1]},
    examples=({p: 1, m: 1, a: 1, R: 0}, {sigma: 0}, {beta: 1}, {beta: -1}),
)


@exact
def step_1_depth_2() -> list[Proof]:
    """Exponentials from p and m, and a shifted hyperbolic sine."""
    return [
        *step_1_the_flow_of_a_coordinate_is_linear_in_its_weight(),
        *solves_the_flow((w_plus, -4 * g(t) * w_plus, p), (w_minus, 4 * g(t) * w_minus, m)),
        prove_identity(w_plus**2 - w_minus**2, beta_2.subs(x, -8 * R)),
    ]


@exact
def step_2_its_potential() -> list[Proof]:
    """Its slope undoes beta = 2 p m sinh(x + ln(p/m))."""
    return [
        prove_identity(sp.Derivative(Q_2, beta), slope_2),
        prove_identity(sp.asinh(sp.sinh(x)), x),
        prove_positive(sp.Derivative(Q_2, (beta, 2)), beta),
    ]


@exact
def step_3_greater_depth() -> list[Proof]:
    return [
        *step_1_the_flow_of_a_coordinate(),
        *solves_the_flow(
            (power_plus, -2 * D * g(t) * power_plus ** (D - 1), p),
            (power_minus, 2 * D * g(t) * power_minus ** (D - 1), m),
            given=POSITIVE,
        ),
        prove_identity(power_plus**D - power_minus**D, beta_deep.subs(sigma, dual), given=POSITIVE),
        prove_positive(1 - dual, p, 0, given=POSITIVE),
        prove_positive(1 + dual, p, 0, given=POSITIVE),
    ]


@exact
def step_4_its_potential() -> list[Proof]:
    """dQ/dbeta = mu sigma + delta = s, which increases with sigma, as beta does."""
    return [
        prove_identity(
            sp.Derivative(Q_D, sigma),
            (mu * sigma + delta) * sp.Derivative(beta_deep, sigma),
            domain=OPEN,
        ),
        prove_positive(sp.Derivative(beta_deep, sigma), sigma, -1, 1),
    ]


@exact
def step_5_products() -> list[Proof]:
    """(u +- v)/2 are the exponentials of half the rate: D = 2 with the starts P/2 and M/2."""
    pairs = [pair for u, v in WEIGHTS for pair in ((u, v), (v, u))]
    return [
        *step_4_the_flow_of_a_product(),
        *(prove_identity(sp.Derivative(one, t), -2 * g(t) * other) for one, other in pairs),
        *(prove_identity(u * v, beta_uv) for u, v in WEIGHTS),
        prove_identity(beta_uv, beta_2.subs({p: P / 2, m: M / 2, x: -4 * R})),
    ]


@exact
def step_6_balanced_products() -> list[Proof]:
    """M = 0: beta = P^2 exp(s)/4 = u_0 v_0 exp(s). P = 0: beta = -M^2 exp(-s)/4."""
    return [
        prove_identity(sp.Derivative(above, beta), sp.log(beta / b), domain={beta: (0, sp.oo)}),
        prove_identity(sp.Derivative(below, beta), -sp.log(-beta / b), domain={beta: (-sp.oo, 0)}),
        prove_positive(sp.Derivative(above, (beta, 2)), beta, 0, sp.oo),
        prove_positive(sp.Derivative(below, (beta, 2)), beta, -sp.oo, 0),
        prove_identity(sp.log(beta_uv.subs(M, 0) / (P**2 / 4)), -4 * R),
        prove_identity(-sp.log(-beta_uv.subs(P, 0) / (M**2 / 4)), -4 * R),
    ]


@exact
def step_7_the_weights_stay_away_from_zero() -> list[Proof]:
    """By the two means at D = 2 and for products, by the convexity of x^-(2+a) at D > 2."""
    one, other, least = sp.symbols("one other least", real=True)
    squares = prove_implication([sp.Eq(one * other, least)], one**2 + other**2 >= 2 * least)
    halves = ((one + other) / 2) ** 2 + ((one - other) / 2) ** 2
    products = []
    for plus, minus in SIGNS:
        total, difference = _exponentials(plus, minus)
        known = sp.Eq(plus * minus * one * other, least)
        values = {one: total, other: difference, least: P * M}
        products.append(instantiate(prove_implication([known], halves >= least), values))
    base, xi, eta = sp.symbols("base xi eta", positive=True)
    power, at_start = base ** (-(2 + a)), {xi: base_plus, eta: base_minus}
    convex = prove_positive(sp.Derivative(power, (base, 2)), base, 0)
    powers = [
        prove_identity(weight**order, power.subs(base, value), given=given)
        for weight, value, given in (
            (alpha_i, mu, ()),
            (power_plus, base_plus, POSITIVE),
            (power_minus, base_minus, POSITIVE),
        )
    ]
    mean = instantiate(midpoint(convex, power, base, xi, eta), at_start, given=POSITIVE)
    return [
        instantiate(squares, {one: w_plus, other: w_minus, least: p * m}),
        *products,
        prove_implication(
            [mean, *powers], power_plus**order + power_minus**order >= 2 * alpha_i**order
        ),
    ]


@exact
def step_8_every_start() -> list[Proof]:
    return [
        *step_1_depth_2()[2:4],
        step_1_depth_2()[-1],
        *step_2_its_potential(),
        *step_3_greater_depth()[2:4],
        *step_3_greater_depth()[-3:],
        *step_4_its_potential(),
        *step_5_products()[2:],
        *step_6_balanced_products()[:4],
        *step_7_the_weights_stay_away_from_zero(),
    ]


def check_flow_of_a_product_against_the_minimiser() -> None:
    """The end of u*v from starts of all signs, and a minimum over the null space of X."""
    rng = np.random.default_rng(2)
    design = rng.normal(size=(2, 4))
    y = design @ rng.normal(size=4)
    u, v = rng.normal(size=(2, 4))

    def rhs(_: float, w: np.ndarray) -> np.ndarray:
        force = 2 * pull(design, y, w[:4] * w[4:])
        return -np.concatenate([force * w[4:], force * w[:4]])

    w = solve_ivp(rhs, (0, 200), np.append(u, v), "LSODA", rtol=1e-10, atol=1e-12).y[:, -1]
    end = w[:4] * w[4:]
    np.testing.assert_allclose(design @ end, y, atol=1e-7)
    potential = sp.lambdify((beta, p, m), Q_2, "numpy")
    starts = np.abs(u + v) / 2, np.abs(u - v) / 2
    check_least_over_the_null_space(
        lambda at: potential(at, *starts).sum(), end, design, atol=1e-5, tol=1e-12
    )


@settings(max_examples=25)
@given(st.integers(0, 10**6), st.sampled_from([2, 3, 4]))
def check_flow_from_drawn_starts(seed: int, depth: int) -> None:
    """Uneven and biased starts: the measured limit is the minimiser that ``solve`` computes."""
    rng = np.random.default_rng(seed)
    design, y = rng.normal(size=(2, 5)), rng.normal(size=2)
    start = tuple(np.exp(0.5 * rng.normal(size=(2, 5))))
    flow = gradient_flow(design, y, start=start, depth=depth, method="parameters")
    best = solve(design, y, start=start, depth=depth).beta
    np.testing.assert_allclose(flow.limit, best, atol=1e-7 * np.abs(best).max())


def refute_dropping_the_weight_of_a_coordinate() -> Refuted:
    """sum q(beta_i/alpha_i^2) without alpha_i^2 has the gradient s_i/alpha_i^2."""
    unweighted = sp.diff(Q_2 / (p * m), beta)
    return expect_refuted(prove_identity, unweighted.subs(beta, beta_2).subs(m, p), x)


def refute_dropping_the_bias() -> list[Refuted]:
    """Without the linear term, at D = 2 and at greater depth."""
    unbiased = sp.diff(Q_2 + beta * sp.log(p / m), beta)
    return [
        expect_refuted(prove_identity, unbiased.subs(beta, beta_2), x),
        expect_refuted(
            prove_identity,
            sp.Derivative(Q_D - delta * beta_deep, sigma),
            (mu * sigma + delta) * sp.Derivative(beta_deep, sigma),
            domain=OPEN,
        ),
    ]


def refute_another_mean() -> Refuted:
    """The geometric mean of the starts for alpha_i, where D = 3."""
    scale = sp.sqrt(p * m) ** D
    return expect_refuted(
        prove_identity,
        (power_plus**D - power_minus**D).subs(a, 2),
        (scale * h.subs(sigma, dual)).subs(a, 2),
        given=[relation.subs(a, 2) for relation in POSITIVE],
    )


def refute_one_entropy_for_both_signs() -> list[Refuted]:
    """beta ln(beta/(u_0 v_0)) - beta where u_0 v_0 = -b < 0: its slope is -s, and it is concave."""
    left, signless = (-sp.oo, 0), beta * sp.log(-beta / b) - beta
    slope = -sp.log(-beta / b)
    return [
        expect_refuted(prove_identity, sp.Derivative(signless, beta), slope, domain={beta: left}),
        expect_refuted(prove_positive, sp.Derivative(signless, (beta, 2)), beta, *left),
    ]


def refute_a_product_at_the_rate_of_squares() -> Refuted:
    return expect_refuted(
        prove_identity, beta_uv, beta_2.subs({p: P / 2, m: M / 2, x: (-4 - nudge) * R})
    )
