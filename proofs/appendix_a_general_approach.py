"""Appendix A's general approach: the potential of any separable model, from its integral curve.

Statement
---------
Let each coordinate be beta_i = F(w_i) for a weight vector w_i of K numbers, F smooth. Gradient flow
of ||r||^2, r = X beta - y, moves w_i along grad F: w_i' = theta' grad F(w_i), theta = -2 * integral
of (X^T r)_i = (X^T nu)_i. So beta_i = f((X^T nu)_i) with f(tau) = F(W(tau)), W the integral curve
W' = grad F(W) from the start, and nu = -2 * integral of r. Along it f' = |grad F|^2 >= 0.

Where grad F is not 0 on the curve, f has an inverse there, the potential Q with Q' = f^-1 is
Q = tau f(tau) - integral of f from 0 to tau at beta = f(tau), Q'' = 1/|grad F|^2, so that it is
strictly convex, and grad of sum_i Q_i(beta_i) is X^T nu. So a beta at which the flow ends with
X beta = y is the one minimiser of it over the beta with X beta = y, beta_i in the range of f.

The algorithm: integrate W' = grad F(W), read off f, invert. Steps 5 to 7 run it on w_+^D - w_-^D at
D = 2 and D > 2, on u*v, and on a single weight, w and w^2.

Assumptions
-----------
X, y real and finite; r continuous in t; F may differ from coordinate to coordinate. `xi` is one of
the weights of w_i, the others are fixed, and `F(xi)` the coordinate as a function of it; `c` is
what the other coordinates add to the n-th residual. In time, `g(t)` is (X^T r)_i. At one tau,
`V[j]` and `P_F[j]` are the derivatives of the j-th weight in tau and of F in the j-th weight, and
f' = sum_j P_F[j] V[j] is the chain rule; `slope` is Q''(f(tau)), for which slope f' = 1 is the
derivative of Q'(f(tau)) = tau.

Not covered
-----------
Existence and uniqueness for ODEs: W exists up to some tau, and meets no point with grad F = 0 but
    where it starts in one; the flow is W after the change of time.
Convex duality and separation: a differentiable, strictly convex function whose gradient is normal
    to an affine set at a point of it is least on the set there and nowhere else.

Reference
---------
[woodworth2020, App A], (9)-(12)
"""

from typing import Any

import mpmath
import sympy as sp

from implicitbias.symbolic import Proof, Refuted, Statement, exact, expect_refuted
from implicitbias.symbolic import prove_identity, prove_implication, prove_integral, prove_positive
from implicitbias.symbolic import sum_le_sum
from proofs._notation import D, N, R, X, alpha, c, g, h, i, j, nudge, q_deep, t, tau
from proofs._notation import OPEN, loss_of, pull_of, q_at, residual_of
from proofs._notation import s as sigma

size = sp.Symbol("K", integer=True, positive=True)
y, xi = sp.symbols("y xi", real=True)
slope = sp.Symbol("slope", positive=True)

# The flow of one weight of a coordinate.
F = sp.Function("F", real=True)
residual, loss = residual_of(F(xi)), loss_of(F(xi))
gradient = 2 * sp.Derivative(F(xi), xi) * pull_of(F(xi), 1)  # 2 F' g
theta = -2 * R

# Along the integral curve, and the potential at beta = f(tau).
f = sp.Function("f", real=True)
V, P_F = sp.IndexedBase("V", real=True), sp.IndexedBase("P_F", real=True)
along = sp.Eq(V[j], P_F[j])
square = sp.Sum(P_F[j] ** 2, (j, 1, size))  # |grad F|^2
chain_rule = sp.Eq(sp.Derivative(f(tau), tau), sp.Sum(P_F[j] * V[j], (j, 1, size)))
conjugate = sp.Integral(f(y), (y, 0, tau))
potential = tau * f(tau) - conjugate
inverse = sp.Eq(slope * sp.Derivative(f(tau), tau), 1)

ID = "A"
STATEMENT = Statement(
    forall=(slope, N, size, i, j, t, tau, xi, X, c, F, g, f, V, P_F),
    conclusion=(
        sp.Eq(sp.Derivative(loss, xi), gradient),
        sp.Eq(sp.Derivative(theta, t), -2 * g(t)),
        sp.Implies(sp.And(along, chain_rule), sp.Eq(sp.Derivative(f(tau), tau), square)),
        sp.Implies(sp.And(along, chain_rule), sp.Derivative(f(tau), tau) >= 0),
        sp.Eq(sp.Derivative(potential, tau), tau * sp.Derivative(f(tau), tau)),
        sp.Implies(sp.And(along, chain_rule, inverse), sp.Eq(slope * square, 1)),
    ),
    where={"L": loss, "r_n": residual, "theta": theta, "Q": potential},
    examples=(
        {
            **{V[j]: 1, P_F[j]: 1, slope: 1, sp.Derivative(f(tau), tau): 1},
            size: 1,
        },
    ),
)
REPAIRS = """
The approach is said to apply whenever beta = f(X^T nu). It needs a convex Q whose gradient is the
inverse of f: for f = -z Q is concave, and the solution of the KKT conditions is not the minimiser;
for a rotation by a right angle there is no Q at all. For a separable model Q exists and is convex,
as f' = |grad F|^2; f_alpha in (9) then acts on each coordinate.
"""


@exact
def step_1_the_flow_follows_the_gradient_of_the_model() -> list[Proof]:
    """One curve for every problem, at a speed that the data give."""
    return [
        prove_identity(sp.Derivative(loss, xi), gradient),
        prove_identity(sp.Derivative(theta, t), -2 * g(t)),
    ]


@exact
def step_2_along_the_curve_the_model_increases() -> list[Proof]:
    """f' = sum of dF/dw_j * dw_j/dtau, and these two are the same."""
    one, other = sp.symbols("one other", real=True)
    product = prove_implication([sp.Eq(one, other)], sp.Eq(other * one, other**2))
    total = sum_le_sum(product, other, P_F[j], j, size, others={one: V[j]})
    term = prove_implication([], sp.Ge(other**2, 0, evaluate=False))
    increase = sp.Derivative(f(tau), tau)
    slope_of_f = prove_implication([total, chain_rule], sp.Eq(increase, square))
    return [
        slope_of_f,
        prove_implication([slope_of_f, sum_le_sum(term, other, P_F[j], j, size)], increase >= 0),
    ]


@exact
def step_3_the_potential_has_the_inverse_as_derivative() -> list[Proof]:
    """dQ/dtau = tau df/dtau, so dQ/dbeta = tau; and its conjugate is the integral of f."""
    return [
        prove_identity(sp.Derivative(potential, tau), tau * sp.Derivative(f(tau), tau)),
        prove_identity(sp.Derivative(conjugate, tau), f(tau)),
    ]


@exact
def step_4_its_curvature() -> Proof:
    """Q'' = 1/f' = 1/|grad F|^2 > 0."""
    increase = step_2_along_the_curve_the_model_increases()[0]
    return prove_implication([increase, inverse], sp.Eq(slope * square, 1))


def _runs(
    model: sp.Expr, weights: dict[sp.Symbol, sp.Expr], at: sp.Expr, **where: Any
) -> list[Proof]:
    """The curve solves W' = grad F(W), F is f on it, and f' = |grad F|^2."""
    partial = {name: sp.diff(model, name).subs(weights) for name in weights}
    squares = sum(value**2 for value in partial.values())
    return [
        *(prove_identity(sp.Derivative(weights[v], tau), partial[v], **where) for v in weights),
        prove_identity(model.subs(weights), at, **where),
        prove_identity(sp.Derivative(at, tau), squares, **where),
    ]


u, v = sp.symbols("u v", positive=True)
at_2 = 2 * alpha**2 * sp.sinh(4 * tau)
Q_2 = alpha**2 * q_at(y) / 4


@exact
def step_5_run_on_depth_2() -> list[Proof]:
    """f = 2 alpha^2 sinh(4 tau), so Q' = asinh(beta/(2 alpha^2))/4: Q is alpha^2 q(..)/4."""
    curve = {u: alpha * sp.exp(2 * tau), v: alpha * sp.exp(-2 * tau)}
    undone = sp.asinh(y / (2 * alpha**2)) / 4
    return [
        *_runs(u**2 - v**2, curve, at_2),
        prove_identity(undone.subs(y, at_2), tau),
        prove_identity(sp.Derivative(Q_2, y), undone),
        prove_identity(sp.Derivative(Q_2, (y, 2)) * sp.diff(at_2, tau).subs(tau, undone), 1),
    ]


@exact
def step_6_run_on_greater_depth() -> list[Proof]:
    """f = alpha^D h(sigma), sigma = D (D-2) alpha^(D-2) tau; Q = alpha^2 q_D(..)/(D (D-2))."""
    rate = D * (D - 2)
    dual = rate * alpha ** (D - 2) * tau
    positive = (1 - dual > 0, 1 + dual > 0)
    plus, minus = (alpha * (1 - sign * dual) ** (-1 / (D - 2)) for sign in (1, -1))
    at = alpha**D * h
    potential_of_sigma = alpha**2 * q_deep / rate
    dual_of_sigma = sigma / (rate * alpha ** (D - 2))  # tau
    return [
        *_runs(u**D - v**D, {u: plus, v: minus}, at.subs(sigma, dual), given=positive),
        prove_identity(
            sp.Derivative(potential_of_sigma, sigma),
            dual_of_sigma * sp.Derivative(at, sigma),
            domain=OPEN,
        ),
    ]


@exact
def step_7_run_on_other_models() -> list[Proof]:
    """u*v from u + v = P_0, u - v = M_0; a linear model, whose Q is half the square of the move
    from the start; w^2, whose Q is an entropy. P_0, M_0 and w_0 are written u, v and alpha."""
    x = sp.Symbol("x", real=True)
    grows, falls = u * sp.exp(tau), v * sp.exp(-tau)
    product = {xi: (grows + falls) / 2, y: (grows - falls) / 2}
    squared = alpha**2 * sp.exp(4 * tau)
    entropy = (u * sp.log(u / alpha**2) - u) / 4
    return [
        *_runs(xi * y, product, (grows**2 - falls**2) / 4),
        *_runs(xi, {xi: alpha + tau}, alpha + tau),
        prove_identity(sp.Derivative((x - alpha) ** 2 / 2, x).doit().subs(x, alpha + tau), tau),
        *_runs(xi**2, {xi: alpha * sp.exp(2 * tau)}, squared),
        prove_identity(sp.Derivative(entropy, u), sp.log(u / alpha**2) / 4),
        prove_integral(squared, tau, (squared - alpha**2) / 4, 0),
        prove_positive(sp.Derivative(entropy, (u, 2)), u, 0),
    ]


@exact
def step_8_from_the_model_to_the_potential() -> list[Proof]:
    return [
        *step_1_the_flow_follows_the_gradient_of_the_model(),
        *step_2_along_the_curve_the_model_increases(),
        step_3_the_potential_has_the_inverse_as_derivative()[0],
        step_4_its_curvature(),
    ]


def check_the_algorithm_on_a_model_without_a_formula() -> None:
    """F = u^2 v + sin(u): the curve by Taylor steps; Q'' against 1/|grad F|^2 by differences."""
    curve = mpmath.odefun(
        lambda _, w: [2 * w[0] * w[1] + mpmath.cos(w[0]), w[0] ** 2], 0, [0.5, 0.3]
    )

    def value(at: float) -> mpmath.mpf:
        first, second = curve(at)
        return first**2 * second + mpmath.sin(first)

    for at in (0.1, 0.3):
        first, second = curve(at)
        squares = (2 * first * second + mpmath.cos(first)) ** 2 + first**4
        step = 1e-4
        curvature = 2 * step / (value(at + step) - value(at - step))
        assert mpmath.almosteq(curvature, 1 / squares, 1e-6)


def refute_the_printed_reach_of_the_approach() -> list[Refuted]:
    """f = -z has a concave Q; and (beta_2, -beta_1), which undoes a rotation, is no gradient."""
    return [
        expect_refuted(prove_positive, sp.Derivative(-(y**2) / 2, (y, 2)), y),
        expect_refuted(prove_identity, sp.Derivative(xi, xi), sp.Derivative(-y, y)),
    ]


def refute_other_curvatures() -> list[Refuted]:
    """|grad F| or its 4th power for the square; f for its inverse; another rate at D = 2."""
    x, curvature, increase = sp.symbols("x curvature increase", positive=True)
    known = [sp.Eq(increase, x**2), sp.Eq(curvature * increase, 1)]
    return [
        expect_refuted(prove_implication, known, sp.Eq(curvature * x, 1)),
        expect_refuted(prove_implication, known, sp.Eq(curvature * x**4, 1)),
        expect_refuted(
            prove_identity,
            sp.Derivative(potential, tau),
            f(tau) * sp.Derivative(f(tau), tau),
        ),
        expect_refuted(
            prove_identity,
            sp.Derivative(Q_2, y).doit().subs(y, at_2.subs(tau, (1 + nudge) * tau)),
            tau,
        ),
    ]
