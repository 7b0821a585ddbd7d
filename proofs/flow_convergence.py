"""Gradient flow from w_+ = w_- = alpha converges to a solution, at every real depth D >= 2.

Statement
---------
Let beta = w_+^D - w_-^D (coordinatewise), L = ||r||^2 with r = X beta - y, y in the range of X, and
sigma the least nonzero singular value of X. Along gradient flow w_+ w_- (D = 2) or
w_+^(2-D) + w_-^(2-D) (D > 2) keeps its first value in each coordinate. Hence both weights stay
away from 0, at D > 2 by w^(2-D) < 2 alpha^(2-D), w_+^(2D-2) + w_-^(2D-2) >= 2 alpha^(2D-2), and
||grad L||^2 >= 8 D^2 alpha^(2D-2) sigma^2 L, a Polyak-Lojasiewicz inequality. With kappa^2 its
constant, ||r(T)||^2 <= ||r(0)||^2 exp(-kappa^2 T), and the path of all weights up to T is no longer
than 2 (||r(0)|| - ||r(T)||) / kappa.

So the weights stay in a bounded set, the flow exists for all time, and as its length is finite the
weights converge, to a point where r = 0. "If gradient flow reaches a solution" in
Theorem 3 is not needed.

Assumptions
-----------
0 < alpha, sigma; X, y real and finite; D real. At a fixed time `G[i]` is (X^T r)_i, `W_+[i]` and
`W_-[i]` are the weights. `sigma^2 sum r_n^2 <= sum G_i^2` is what sigma is: r is in the range of X.
In time, `V_+(i, t)` and `V_-(i, t)` are the weights, `rho(n, t)` is r_n, with the derivative that
the chain rule gives it, and `Gamma(i, t)` is (X^T r)_i; `m(t)` is ||r||, `S(t)` is ||grad L||, so
that step 6 is (m^2)' = -S^2, and `ell(t)` is the length of the path. m > 0: a flow that starts with
r = 0 rests, and no other gets there in finite time. Of what is asked for every t only the t in
(0, T) matter.
The explicit weights are those of theorem_1_potential (D = 2) and
theorem_3_potential (D = 2 + 2/a > 2).

Not covered
-----------
Existence and uniqueness for ODEs: a flow exists as long as it stays in a compact set where the loss
    is smooth; two flows do not meet.
Compactness: ||X^T r|| has a least value sigma on the unit sphere of the range of X. It is not 0,
    as r = X b with X^T r = 0 has ||r||^2 = b.(X^T r) = 0. A path of finite length is bounded, so
    that it comes close to some point again and again; what is left of its length tends to 0, so
    that it converges to this point, where the loss, which is continuous, is 0 by its bound.

Reference
---------
[woodworth2020, Thm 1], the paragraph after (17), and the hypothesis of [woodworth2020, Thm 3].
"""

import numpy as np
import sympy as sp
from scipy.integrate import solve_ivp

from implicitbias.symbolic import Proof, Refuted, Statement, exact, expect_refuted
from implicitbias.symbolic import instantiate, midpoint, never_above_its_start, prove_identity
from implicitbias.symbolic import prove_implication, prove_nonnegative, prove_positive, sum_le_sum
from implicitbias.symbolic import transpose
from proofs._checks import Velocity, model, velocity
from proofs._notation import D as D_MORE
from proofs._notation import N, R, X, a, alpha, d, i, n, nudge, square_norm, sum_i, t
from proofs._notation import g as rate
from proofs.theorem_1_potential import w_minus as minus_2
from proofs.theorem_1_potential import w_plus as plus_2
from proofs.theorem_3_potential import WEIGHTS_POSITIVE as POSITIVE
from proofs.theorem_3_potential import base_minus, base_plus
from proofs.theorem_3_potential import w_minus as minus
from proofs.theorem_3_potential import w_plus as plus

D, sigma, kappa, T = sp.symbols("D sigma kappa T", positive=True)

# The explicit weights are functions of R, the integral of g = (X^T r)_i.
product = sp.Mul(plus_2, minus_2, evaluate=False)  # sympy cancels exp(-4 R) exp(4 R) on sight

# One coordinate and all of them, at one time.
g = sp.Symbol("g", real=True)
u, v = sp.symbols("u v", positive=True)
G, r = sp.IndexedBase("G", real=True), sp.IndexedBase("r", real=True)
W_plus, W_minus = sp.IndexedBase("W_+", positive=True), sp.IndexedBase("W_-", positive=True)
k = 2 * D - 2
bounded = W_plus[i] ** k + W_minus[i] ** k >= 2 * alpha**k
loss, dual_norm = sp.Sum(r[n] ** 2, (n, 1, N)), square_norm(G)
singular = dual_norm >= sigma**2 * loss
gradient = sum_i(4 * D**2 * (W_plus[i] ** k + W_minus[i] ** k) * G[i] ** 2)
constant = 8 * D**2 * alpha**k * sigma**2

# In time.
m, S = sp.Function("m", positive=True), sp.Function("S", positive=True)
ell = sp.Function("ell", real=True)
y = sp.IndexedBase("y", real=True)
V_plus, V_minus = (sp.Function(name, positive=True)(i, t) for name in ("V_+", "V_-"))
rho, Gamma = sp.Function("rho", real=True)(n, t), sp.Function("Gamma", real=True)(i, t)
residual = sum_i(X[n, i] * (V_plus**D - V_minus**D)) - y[n]
d_beta = D * V_plus ** (D - 1) * sp.Derivative(V_plus, t)
d_beta -= D * V_minus ** (D - 1) * sp.Derivative(V_minus, t)
d_residual = sum_i(X[n, i] * d_beta)
FLOW = (
    sp.Eq(sp.Derivative(V_plus, t), -2 * D * V_plus ** (D - 1) * Gamma),
    sp.Eq(sp.Derivative(V_minus, t), 2 * D * V_minus ** (D - 1) * Gamma),
    sp.Eq(Gamma, sp.Sum(X[n, i] * rho, (n, 1, N))),
    sp.Eq(sp.Derivative(rho, t), d_residual),
)
loss_in_time = sp.Sum(rho**2, (n, 1, N))
gradient_in_time = sum_i(4 * D**2 * (V_plus**k + V_minus**k) * Gamma**2)
descent = sp.Eq(sp.Derivative(m(t) ** 2, t).doit(), -(S(t) ** 2))
arc = sp.Eq(sp.Derivative(ell(t), t), S(t))
lojasiewicz = S(t) ** 2 >= kappa**2 * m(t) ** 2
decaying = m(t) ** 2 * sp.exp(kappa**2 * t)
spent = kappa * ell(t) + 2 * m(t)

ID = "2.1"
STATEMENT = Statement(
    forall=(
        *(alpha, a, D, sigma, kappa, T, t, d, i, N, n, rate, W_plus, W_minus, G, r, X, y),
        *(V_plus.func, V_minus.func, rho.func, Gamma.func, m, S, ell),
    ),
    conclusion=(
        sp.Eq(product, alpha**2, evaluate=False),
        plus_2**2 + minus_2**2 >= 2 * alpha**2,
        *(
            sp.Implies(sp.And(*POSITIVE), conclusion)
            for conclusion in (
                sp.Eq(plus ** (2 - D_MORE) + minus ** (2 - D_MORE), 2 * alpha ** (2 - D_MORE)),
                plus ** (2 * D_MORE - 2) + minus ** (2 * D_MORE - 2)
                >= 2 * alpha ** (2 * D_MORE - 2),
                2 * alpha ** (2 - D_MORE) - plus ** (2 - D_MORE) > 0,
                2 * alpha ** (2 - D_MORE) - minus ** (2 - D_MORE) > 0,
            )
        ),
        sp.Implies(sp.And(bounded, singular), gradient >= constant * loss),
        sp.Eq(sp.Derivative(residual, t), d_residual),
        sp.Implies(sp.And(*FLOW), sp.Eq(sp.Derivative(loss_in_time, t), -gradient_in_time)),
        sp.Implies(sp.And(descent, lojasiewicz), decaying.subs(t, T) <= decaying.subs(t, 0)),
        sp.Implies(sp.And(descent, arc, lojasiewicz), spent.subs(t, T) <= spent.subs(t, 0)),
    ),
    where={"L": loss, "grad_L^2": gradient, "R": R, "w_+": plus, "w_-": minus}
    | {"B_+": base_plus, "B_-": base_minus},
    examples=(
        {alpha: 1, a: 1, R: 0},
        {
            **{W_plus[i]: 1, W_minus[i]: 1, alpha: 1, D: 2, sigma: 1},
            **{G[i]: 1, r[n]: 1, d: 1, N: 1},
        },
        {
            **{D: 2, V_plus: 1, V_minus: 1, Gamma: 1, rho: 1, X[n, i]: 1, d: 1, N: 1},
            **{sp.Derivative(V_plus, t): -4, sp.Derivative(V_minus, t): 4},
            **{sp.Derivative(rho, t): -16},
        },
        {
            sp.Derivative(m(t), t): -1,
            m(t): 1,
            S(t): sp.sqrt(2),
            kappa: 1,
            sp.Derivative(ell(t), t): sp.sqrt(2),
        },
    ),
)
REPAIRS = """
That a loss is a strict saddle makes almost every start converge to a minimum, not a given one such
as alpha 1: step 9 has a start that ends in the saddle. A conserved quantity and a
Polyak-Lojasiewicz inequality take its place, and give Theorem 3 what it supposes.
"""


@exact
def step_1_what_is_conserved() -> list[Proof]:
    """w_+ w_- at D = 2, w_+^(2-D) + w_-^(2-D) at D > 2."""
    return [
        prove_identity(product, alpha**2),
        prove_identity(
            plus ** (2 - D_MORE) + minus ** (2 - D_MORE), 2 * alpha ** (2 - D_MORE), given=POSITIVE
        ),
    ]


@exact
def step_2_at_depth_2_by_the_two_means() -> Proof:
    """w_+^2 + w_-^2 >= 2 w_+ w_- = 2 alpha^2."""
    x, y = sp.symbols("x y", real=True)
    means = prove_implication([sp.Eq(x * y, alpha**2)], x**2 + y**2 >= 2 * alpha**2)
    return instantiate(means, {x: plus_2, y: minus_2})


@exact
def step_3_at_greater_depth_by_convexity() -> Proof:
    """x^-(2+a) is convex, and w^(2D-2) is this power of x = w^(2-D), whose mean is conserved."""
    x, xi, eta = sp.symbols("x xi eta", positive=True)
    power, exponent = x ** (-(2 + a)), 2 * D_MORE - 2
    convex = prove_positive(sp.Derivative(power, (x, 2)), x, 0)
    bases = {xi: base_plus, eta: base_minus}
    mean = instantiate(midpoint(convex, power, x, xi, eta), bases, given=POSITIVE)
    at_mean, at_plus, at_minus = (
        power.subs(x, base) for base in (alpha ** (2 - D_MORE), *bases.values())
    )
    return prove_implication(
        [
            mean,
            prove_identity(plus**exponent, at_plus, given=POSITIVE),
            prove_identity(minus**exponent, at_minus, given=POSITIVE),
            prove_identity(alpha**exponent, at_mean),
        ],
        plus**exponent + minus**exponent >= 2 * alpha**exponent,
    )


@exact
def step_4_at_greater_depth_no_weight_comes_near_zero() -> list[Proof]:
    """w^(2-D) is less than the conserved sum of two such powers."""
    return [
        prove_positive(2 * alpha ** (2 - D_MORE) - w ** (2 - D_MORE), alpha, 0, given=POSITIVE)
        for w in (plus, minus)
    ]


@exact
def step_5_the_gradient_bounds_the_loss() -> Proof:
    """Polyak-Lojasiewicz: the square of each partial derivative is (2 D g w^(D-1))^2."""
    one = prove_implication(
        [u**k + v**k >= 2 * alpha**k],
        4 * D**2 * (u**k + v**k) * g**2 >= 8 * D**2 * alpha**k * g**2,
    )
    total = sum_le_sum(one, g, G[i], i, d, others={u: W_plus[i], v: W_minus[i]})
    outside = prove_identity(total.statement.rhs, 8 * D**2 * alpha**k * dual_norm)
    return prove_implication(
        [total, outside, prove_positive(alpha**k, alpha, 0), singular],
        gradient >= constant * loss,
    )


@exact
def step_6_the_loss_falls_by_the_square_of_the_gradient() -> list[Proof]:
    """(||r||^2)' = 2 r.X beta' = 2 (X^T r).beta', and beta' = -2 D^2 (w_+^k + w_-^k) X^T r."""
    of_the_residual = prove_identity(sp.Derivative(residual, t), d_residual)
    square = sp.Sum(2 * rho * sp.Derivative(rho, t), (n, 1, N))
    of_the_loss = prove_identity(sp.Derivative(loss_in_time, t), square)
    outside = prove_identity(square, 2 * sp.Sum(rho * sp.Derivative(rho, t), (n, 1, N)))
    exchanged = transpose(X, (i, d), (Gamma, d_beta), (n, N), (rho, sp.Derivative(rho, t)))

    p, q, dp, dq, x = sp.symbols("p q dp dq x", real=True)
    slope = prove_implication(
        [sp.Eq(dp, -2 * D * p * x), sp.Eq(dq, 2 * D * q * x)],
        sp.Eq(x * (D * p * dp - D * q * dq), -2 * D**2 * (p**2 + q**2) * x**2),
    )
    powers = {
        **{p: V_plus ** (D - 1), dp: sp.Derivative(V_plus, t)},
        **{q: V_minus ** (D - 1), dq: sp.Derivative(V_minus, t)},
    }
    total = sum_le_sum(slope, x, Gamma, i, d, others=powers)
    squares = prove_identity(2 * total.statement.rhs, -gradient_in_time)
    falls = sp.Eq(sp.Derivative(loss_in_time, t), -gradient_in_time)
    return [
        of_the_residual,
        prove_implication([of_the_loss, outside, exchanged, total, squares], falls),
    ]


@exact
def step_7_the_loss_falls_exponentially() -> Proof:
    """(m^2 exp(kappa^2 t))' = (kappa^2 m^2 - S^2) exp(kappa^2 t) <= 0."""
    growth = sp.exp(kappa**2 * t)
    slope = prove_implication(
        [prove_positive(growth, t), descent, lojasiewicz],
        sp.Le(sp.diff(decaying, t), 0, evaluate=False),
    )
    return never_above_its_start(slope, decaying, t, T)


@exact
def step_8_the_path_is_of_finite_length() -> Proof:
    """(kappa ell + 2 m)' = kappa S - S^2/m <= 0, as S >= kappa m."""
    slope = prove_implication(
        [descent, arc, lojasiewicz], sp.Le(sp.diff(spent, t), 0, evaluate=False)
    )
    return never_above_its_start(slope, spent, t, T)


@exact
def step_9_a_strict_saddle_may_catch_a_given_start() -> list[Proof]:
    """(x y - 1)^2: the origin is a strict saddle, and the flow stays on the line x + y = 0."""
    x, y = sp.symbols("x y", real=True)
    saddle = (x * y - 1) ** 2
    origin = {x: 0, y: 0}
    total = -sp.diff(saddle, x) - sp.diff(saddle, y)  # (x + y)' along the flow
    return [
        prove_identity(sp.hessian(saddle, (x, y)).subs(origin).det(), -4),
        prove_identity(
            sp.diff(saddle, x).subs(origin) ** 2 + sp.diff(saddle, y).subs(origin) ** 2, 0
        ),
        prove_identity(total, -2 * (x * y - 1) * (x + y)),
        prove_nonnegative(saddle.subs(y, -x) - 1, x),
    ]


@exact
def step_10_the_flow_converges_to_a_solution() -> list[Proof]:
    return [
        *step_1_what_is_conserved(),
        step_2_at_depth_2_by_the_two_means(),
        step_3_at_greater_depth_by_convexity(),
        *step_4_at_greater_depth_no_weight_comes_near_zero(),
        step_5_the_gradient_bounds_the_loss(),
        *step_6_the_loss_falls_by_the_square_of_the_gradient(),
        step_7_the_loss_falls_exponentially(),
        step_8_the_path_is_of_finite_length(),
    ]


def check_bounds_along_the_flow() -> None:
    """Loss, weights and length of a flow at depths 2, 3 and 4.5 against the bounds."""
    rng = np.random.default_rng(21)
    design, start = rng.normal(size=(2, 4)), 0.4
    y = design @ rng.normal(size=4)
    singular_value = np.linalg.svd(design, compute_uv=False).min()
    for depth in (2, 3, 4.5):
        forces = velocity(design, y, depth)

        def rhs(t: float, state: np.ndarray, forces: Velocity = forces) -> np.ndarray:
            force = forces(t, state[:8])
            return np.append(force, np.linalg.norm(force))

        ends = np.linspace(0, 2, 41)
        flow = solve_ivp(
            rhs, (0, 2), np.append(np.full(8, start), 0), "LSODA", ends, rtol=1e-10, atol=1e-12
        )
        norms = np.linalg.norm(design @ model(flow.y[:8], depth) - y[:, None], axis=0)
        rate = np.sqrt(8) * depth * start ** (depth - 1) * singular_value
        assert np.all(norms**2 <= norms[0] ** 2 * np.exp(-(rate**2) * ends) * (1 + 1e-6))
        assert np.all(rate * flow.y[8] + 2 * norms <= 2 * norms[0] * (1 + 1e-6))
        powers = flow.y[:4] ** (2 * depth - 2) + flow.y[4:8] ** (2 * depth - 2)
        assert np.all(powers >= 2 * start ** (2 * depth - 2) * (1 - 1e-6))


def refute_other_conserved_quantities() -> list[Refuted]:
    return [
        expect_refuted(prove_identity, plus_2**2 * minus_2, alpha**3),
        expect_refuted(
            prove_identity,
            plus ** (1 - D_MORE) + minus ** (1 - D_MORE),
            2 * alpha ** (1 - D_MORE),
            given=POSITIVE,
        ),
    ]


def refute_a_larger_constant() -> list[Refuted]:
    """P, Q for the powers of the weights, A for that of alpha; growth for exp(kappa^2 t)."""
    P, Q, A, growth = sp.symbols("P Q A growth", positive=True)
    return [
        expect_refuted(
            prove_implication,
            [P + Q >= 2 * A],
            4 * D**2 * (P + Q) * g**2 >= (8 + nudge) * D**2 * A * g**2,
        ),
        expect_refuted(
            prove_implication,
            [descent, lojasiewicz],
            sp.Le((sp.diff(m(t) ** 2, t) + (1 + nudge) * kappa**2 * m(t) ** 2) * growth, 0),
        ),
        expect_refuted(
            prove_implication,
            [descent, arc, lojasiewicz],
            sp.Le(sp.diff(kappa * ell(t) + (2 - nudge) * m(t), t), 0),
        ),
    ]


def refute_a_faster_fall_of_the_loss() -> Refuted:
    """One coordinate of step 6, p and q for the powers w^(D-1): 2 D^2 is its constant."""
    p, q, dp, dq, x = sp.symbols("p q dp dq x", real=True)
    return expect_refuted(
        prove_implication,
        [sp.Eq(dp, -2 * D * p * x), sp.Eq(dq, 2 * D * q * x)],
        sp.Le(x * (D * p * dp - D * q * dq), -(2 + nudge) * D**2 * (p**2 + q**2) * x**2),
    )


def refute_no_weight_below_its_start() -> Refuted:
    """A weight falls below alpha: w^(2-D) exceeds alpha^(2-D)."""
    return expect_refuted(
        prove_positive, alpha ** (2 - D_MORE) - plus ** (2 - D_MORE), alpha, 0, given=POSITIVE
    )


def refute_the_printed_argument() -> Refuted:
    """On the line x + y = 0 the loss of step 9 would have to come below 1, on its way to 0."""
    x = sp.Symbol("x", real=True)
    return expect_refuted(prove_positive, 1 - (-x * x - 1) ** 2, x)
