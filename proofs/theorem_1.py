"""Theorem 1: the flow of depth 2 converges to the solution of least hypentropy, from every scale.

Statement
---------
Let beta = w_+^2 - w_-^2 (coordinatewise), r = X beta - y with y in the range of X, and sigma the
least nonzero singular value of X. Gradient flow of ||r||^2 from w_+ = w_- = alpha has at every time
beta_i = 2 alpha^2 sinh(s_i), s = X^T nu, nu = -8 * integral of r. Its residual falls at least as
exp(-16 alpha^2 sigma^2 t), its weights move by no more than ||r(0)||/(2 sqrt(2) alpha sigma): they
converge, to an X beta = y, and nu converges, so that asinh(beta_i/(2 alpha^2)) = (X^T nu)_i in the
limit, too. There Q(beta) = sum_i q(beta_i/alpha^2), q(z) = integral of asinh(u/2) from 0 to z
= 2 - sqrt(4 + z^2) + z asinh(z/2), is less than at any other b with X b = y.

Assumptions
-----------
0 < alpha, sigma; X, y real and finite. What `g`, `c` and `R` are: theorem_1_potential; what `W_+`,
`W_-`, `G`, `r` at a time, `V_+`, `V_-`, `rho`, `Gamma`, `m`, `S`, `ell` in time, and the hypotheses
on them: flow_convergence. `beta` and `nu` are the limits, `b` is any other solution.

Not covered
-----------
Existence and uniqueness for ODEs: as in flow_convergence.
Compactness: as in flow_convergence.

Reference
---------
[woodworth2020, Thm 1], (5)-(7) and (13)-(19).
"""

import numpy as np
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import solve_ivp

from implicitbias.flows import gradient_flow
from implicitbias.symbolic import Proof, Refuted, Statement, exact, expect_refuted
from implicitbias.symbolic import instantiate, kkt, prove_identity, prove_integral, prove_limit
from implicitbias.symbolic import prove_positive
from proofs._checks import check_is_in_the_row_space, check_least_over_the_null_space
from proofs._checks import model, velocity
from proofs._notation import N, R, X, alpha, b, beta, c, d, g, i, n, nu, nudge, q, t, z
from proofs._notation import STATIONARY_2, Q_of, X_times, q_at, sum_i
from proofs._notation import s as dual
from proofs.flow_convergence import FLOW as IN_TIME
from proofs.flow_convergence import D, G, Gamma, S, T, V_minus, V_plus, W_minus, W_plus
from proofs.flow_convergence import arc, bounded, decaying, descent, ell, gradient, kappa, m, r, rho
from proofs.flow_convergence import gradient_in_time, loss_in_time, lojasiewicz
from proofs.flow_convergence import sigma, singular, spent
from proofs.flow_convergence import step_2_at_depth_2_by_the_two_means
from proofs.flow_convergence import step_5_the_gradient_bounds_the_loss
from proofs.flow_convergence import step_6_the_loss_falls_by_the_square_of_the_gradient
from proofs.flow_convergence import step_7_the_loss_falls_exponentially
from proofs.flow_convergence import step_8_the_path_is_of_finite_length
from proofs.flow_convergence import loss as squares
from proofs.theorem_1_potential import flow_minus, flow_plus, loss, residual, u, v, w_minus, w_plus
from proofs.theorem_1_potential import refute_the_printed_gradient_and_its_consequence
from proofs.theorem_1_potential import step_1_the_flow_of_a_coordinate_is_linear_in_its_weight
from proofs.theorem_1_potential import step_2_exponentials_solve_the_flow
from proofs.theorem_1_potential import step_4_beta_is_a_hyperbolic_sine
from proofs.theorem_1_potential import step_5_the_mirror_map_is_its_inverse
from proofs.theorem_1_potential import step_6_q_is_the_integral_of_the_mirror_map
from proofs.theorem_1_potential import step_8_q_is_strictly_convex

rate = 4 * sp.sqrt(2) * alpha * sigma  # its square is the constant of Polyak-Lojasiewicz
FLOW = {kappa: rate}

feasible = sp.Eq(X_times(b), X_times(beta))
different = sp.Ne(sum_i((b[i] - beta[i]) ** 2), 0)
Q_b, Q_beta = Q_of(b), Q_of(beta)


def _at_rate(relation: sp.Basic) -> sp.Basic:
    return relation.func(*(side.subs(FLOW) for side in relation.args), evaluate=False)


ID = "T1"
STATEMENT = Statement(
    forall=(
        *(alpha, sigma, T, N, n, d, i, t, u, v, dual, z, g, X, c, W_plus, W_minus, G, r),
        *(V_plus.func, V_minus.func, rho.func, Gamma.func, m, S, ell, beta, b, nu),
    ),
    conclusion=(
        sp.Eq(sp.Derivative(loss, u), flow_plus),
        sp.Eq(sp.Derivative(loss, v), flow_minus),
        sp.Eq(sp.Derivative(w_plus, t), -4 * g(t) * w_plus),
        sp.Eq(sp.Derivative(w_minus, t), 4 * g(t) * w_minus),
        sp.Eq(w_plus**2 - w_minus**2, 2 * alpha**2 * sp.sinh(-8 * R)),
        w_plus**2 + w_minus**2 >= 2 * alpha**2,
        sp.Implies(
            sp.And(bounded.subs(D, 2), singular),
            gradient.subs(D, 2) >= rate**2 * squares,
        ),
        sp.Implies(
            sp.And(*(relation.subs(D, 2) for relation in IN_TIME)),
            sp.Eq(sp.Derivative(loss_in_time, t), -gradient_in_time.subs(D, 2)),
        ),
        sp.Implies(
            sp.And(descent, _at_rate(lojasiewicz)),
            decaying.subs(FLOW).subs(t, T) <= decaying.subs(t, 0),
        ),
        sp.Implies(
            sp.And(descent, arc, _at_rate(lojasiewicz)),
            spent.subs(FLOW).subs(t, T) <= spent.subs(FLOW).subs(t, 0),
        ),
        sp.Eq(sp.asinh(2 * sp.sinh(dual) / 2), dual),
        sp.Eq(sp.Integral(sp.asinh(u / 2), (u, 0, z)), q),
        sp.Implies(sp.And(STATIONARY_2, feasible, different), Q_b > Q_beta),
    ),
    where={"L": loss, "r_n": residual, "w_+": w_plus, "w_-": w_minus, "R": R, "q": q}
    | {"Q_beta": Q_beta, "Q_b": Q_b, "grad_L^2": gradient.subs(D, 2)},
    examples=(
        {
            **{W_plus[i]: 1, W_minus[i]: 1, alpha: 1, sigma: 1},
            **{G[i]: 1, r[n]: 1, d: 1, N: 1},
        },
        {
            **{alpha: 1, sigma: 1, m(t): 1, S(t): 6, sp.Derivative(m(t), t): -18},
            sp.Derivative(ell(t), t): 6,
        },
        {
            **{V_plus: 1, V_minus: 1, Gamma: 1, rho: 1, X[n, i]: 1, d: 1, N: 1},
            **{sp.Derivative(V_plus, t): -4, sp.Derivative(V_minus, t): 4},
            sp.Derivative(rho, t): -16,
        },
        {
            **{beta[i]: 0, b[i]: 1, alpha: 1},
            **{X[n, i]: 0, nu[n]: 0, d: 1, N: 1},
        },
    ),
)
REPAIRS = """
In (13) the gradient of the square lost a factor 2, which goes through to (17): the exponent is 8,
not 4; in (6) and (18) as well. In (19) the chain rule lost 1/alpha^2. Neither changes the
minimiser. The upper limit of the integral in (18) is infinity. The strict saddle property does not
make the flow from the one start alpha 1 converge to a solution: flow_convergence.
"""


@exact
def step_1_along_the_flow_beta_is_a_hyperbolic_sine() -> list[Proof]:
    return [
        *step_1_the_flow_of_a_coordinate_is_linear_in_its_weight(),
        *step_2_exponentials_solve_the_flow()[:2],
        step_4_beta_is_a_hyperbolic_sine(),
    ]


@exact
def step_2_the_gradient_bounds_the_loss() -> list[Proof]:
    """Polyak-Lojasiewicz at D = 2, with the constant 32 alpha^2 sigma^2."""
    return [
        step_2_at_depth_2_by_the_two_means(),
        instantiate(step_5_the_gradient_bounds_the_loss(), {D: sp.Integer(2)}),
    ]


@exact
def step_3_the_residual_falls_and_the_weights_converge() -> list[Proof]:
    return [
        instantiate(step_6_the_loss_falls_by_the_square_of_the_gradient()[1], {D: sp.Integer(2)}),
        instantiate(step_7_the_loss_falls_exponentially(), FLOW),
        instantiate(step_8_the_path_is_of_finite_length(), FLOW),
    ]


@exact
def step_4_the_integral_of_the_residual_converges() -> list[Proof]:
    """|r_n(t)| <= |r(0)| exp(-k t), of which the integral stays below 1/k; and exp(-k t) -> 0."""
    k = sp.Symbol("k", positive=True)
    integral = (1 - sp.exp(-k * t)) / k
    return [
        prove_integral(sp.exp(-k * t), t, integral, 0),
        prove_positive(1 / k - integral, t),
        prove_limit(sp.exp(-z), z, sp.oo, 0),
    ]


@exact
def step_5_the_limit_satisfies_the_kkt_condition() -> list[Proof]:
    """asinh(beta_i/(2 alpha^2)) = s_i at beta_i = 2 alpha^2 sinh(s_i)."""
    undone = sp.asinh(2 * alpha**2 * sp.sinh(dual) / (2 * alpha**2))
    return [step_5_the_mirror_map_is_its_inverse()[1], prove_identity(undone, dual)]


@exact
def step_6_so_it_is_the_one_minimiser() -> Proof:
    """q is strictly convex, q' = asinh(z/2), and b - beta is orthogonal to X^T nu."""
    convex = step_8_q_is_strictly_convex()[1]
    slope = sp.asinh(z / 2)
    return kkt(convex, q, z, X, beta, b, nu, alpha**2, (n, N), (i, d), slope=slope)


@exact
def step_7_from_the_flow_to_the_minimiser() -> list[Proof]:
    return [
        *step_1_along_the_flow_beta_is_a_hyperbolic_sine(),
        *step_2_the_gradient_bounds_the_loss(),
        *step_3_the_residual_falls_and_the_weights_converge(),
        step_5_the_limit_satisfies_the_kkt_condition()[0],
        step_6_q_is_the_integral_of_the_mirror_map(),
        step_6_so_it_is_the_one_minimiser(),
    ]


def check_flow_against_minimiser() -> None:
    """The end of a flow in the weights, and a minimum over the null space of X."""
    rng = np.random.default_rng(13)
    design, scale = rng.normal(size=(2, 4)), 0.3
    y = design @ rng.normal(size=4)
    rhs = velocity(design, y, 2)
    w = solve_ivp(rhs, (0, 60), np.full(8, scale), "LSODA", rtol=1e-10, atol=1e-12).y[:, -1]
    end = model(w, 2)
    np.testing.assert_allclose(design @ end, y, atol=1e-8)
    value = sp.lambdify(z, q, "numpy")
    check_least_over_the_null_space(
        lambda at: value(at / scale**2).sum(), end, design, atol=1e-6, tol=1e-12
    )


@settings(max_examples=25)
@given(st.integers(0, 10**6), st.integers(1, 3), st.integers(1, 4), st.floats(-100, 1))
def check_flow_on_drawn_problems(seed: int, rows: int, more: int, decades: float) -> None:
    """The measured limit solves the equations, and ``asinh(beta/(2 alpha^2))`` is an X^T nu."""
    rng = np.random.default_rng(seed)
    design = rng.normal(size=(rows, rows + more))
    y, log_alpha = rng.normal(size=rows), decades * np.log(10)
    end = gradient_flow(design, y, log_alpha=log_alpha, method="parameters").limit
    np.testing.assert_allclose(design @ end, y, atol=1e-9 * np.abs(y).max())
    # asinh(x/2) for an x that no double holds: ln x.
    logs = np.log(np.maximum(np.abs(end), 1e-300)) - 2 * log_alpha
    mirror = np.sign(end) * np.where(logs > 30, logs, np.arcsinh(np.exp(np.minimum(logs, 30)) / 2))
    check_is_in_the_row_space(design, mirror)


def refute_the_printed_equations() -> list[Refuted]:
    """(13) and (17) without the 2 of the square; (19) without 1/alpha^2."""
    x = sp.Symbol("x", real=True)
    return [
        *refute_the_printed_gradient_and_its_consequence(),
        expect_refuted(
            prove_identity,
            sp.Derivative(q_at(x), x),
            sp.asinh(x / (2 * alpha**2)),
        ),
    ]


def refute_another_conclusion() -> list[Refuted]:
    """Another mirror map in the limit, a shorter integral of the residual, no decay."""
    k = sp.Symbol("k", positive=True)
    return [
        expect_refuted(prove_identity, sp.asinh(alpha * sp.sinh(dual) / alpha), 2 * dual),
        expect_refuted(prove_positive, (1 - nudge) / k - (1 - sp.exp(-k * t)) / k, t),
        expect_refuted(prove_limit, sp.exp(-z), z, sp.oo, nudge),
    ]
