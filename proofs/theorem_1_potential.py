"""The potential of depth 2: gradient flow on w_+^2 - w_-^2 ends where the hypentropy is least.

Statement
---------
Gradient flow of ||X beta - y||^2 with beta = w_+^2 - w_-^2 (coordinatewise) from w_+ = w_- = alpha
has at every time beta_i = 2 alpha^2 sinh(s_i), where s_i = -8 * integral of (X^T r)_i and
r = X beta - y is the residual. So s = X^T nu with nu = -8 * integral of r. The gradient of
Q(beta) = sum_i q(beta_i / alpha^2) there is s / alpha^2, where q(z) = 2 - sqrt(4 + z^2) +
z asinh(z/2) is the integral of asinh(u/2) from 0 to z, and is strictly convex. Hence a beta at
which the flow ends with X beta = y is the one minimiser of Q over X beta = y.

This is the part of Theorem 1 that derives the potential; that the flow does end there is another.

Assumptions
-----------
0 < alpha; X, y real and finite; r continuous in t. A coordinate i is fixed: `X[n, i]` is its
column, `c[n]` is what the other coordinates and y_n add to the n-th residual, and `g(t)` is
(X^T r(t))_i, of which nothing else is used. The flow is taken up to a time to which it exists.

Not covered
-----------
Convex duality and separation: a differentiable, strictly convex function whose gradient is normal
    to an affine set at a point of it is least on the set there and nowhere else.

Reference
---------
[woodworth2020, Thm 1], equations (13)-(19). The conjugate (step 9) and the functions as the package
computes them (step 10) go beyond it; of `Hypentropy().metric` not the branch for |z| > 1.
"""

import mpmath
import numpy as np
import sympy as sp

from implicitbias.potentials import Hypentropy
from implicitbias.symbolic import Proof, Refuted, Statement, exact, expect_refuted
from implicitbias.symbolic import prove_identity, prove_integral, prove_positive
from proofs._checks import check_gradient
from proofs._lemmas import solves_the_flow
from proofs._notation import N, R, X, alpha, c, g, i, nudge, q, s, t, z
from proofs._notation import loss_of, pull_of, q_at, residual_of

u, v = sp.symbols("u v", real=True)  # the i-th weights w_+, w_- at one time
F = u**2 - v**2
residual, loss = residual_of(F), loss_of(F)
flow_plus, flow_minus = pull_of(F, 4 * u), pull_of(F, -4 * v)  # dL/dw_+ and dL/dw_-

w = sp.Function("w", real=True)
w_plus, w_minus = alpha * sp.exp(-4 * R), alpha * sp.exp(4 * R)  # in time

beta = sp.Symbol("beta", real=True)
Q_i = q_at(beta)

ID = "T1.potential"
STATEMENT = Statement(
    forall=(alpha, N, i, t, u, v, z, s, beta, g, X, c),
    conclusion=(
        sp.Eq(sp.Derivative(loss, u), flow_plus),
        sp.Eq(sp.Derivative(loss, v), flow_minus),
        sp.Eq(sp.Derivative(w_plus, t), -4 * g(t) * w_plus),
        sp.Eq(sp.Derivative(w_minus, t), 4 * g(t) * w_minus),
        sp.Eq(w_plus**2 - w_minus**2, 2 * alpha**2 * sp.sinh(-8 * R)),
        sp.Eq(sp.Derivative(Q_i, beta), sp.asinh(beta / (2 * alpha**2)) / alpha**2),
        sp.Eq(sp.asinh(2 * sp.sinh(s) / 2), s),
        sp.Eq(sp.Integral(sp.asinh(u / 2), (u, 0, z)), q),
        sp.Gt(sp.Derivative(q, (z, 2)), 0),
    ),
    where={"L": loss, "r_n": residual, "w_+": w_plus, "w_-": w_minus, "R": R, "q": q, "Q_i": Q_i},
)
REPAIRS = """
In (13) the gradient of the square lost a factor 2, which goes through to (17): the exponent is 8,
not 4. In (19) the chain rule lost 1/alpha^2. Neither changes the minimiser.
"""


@exact
def step_1_the_flow_of_a_coordinate_is_linear_in_its_weight() -> list[Proof]:
    """w_+' = -4 (X^T r)_i w_+ and w_-' = +4 (X^T r)_i w_-: the gradient of the sum of squares."""
    return [
        prove_identity(sp.Derivative(loss, u), flow_plus),
        prove_identity(sp.Derivative(loss, v), flow_minus),
    ]


@exact
def step_2_exponentials_solve_the_flow() -> list[Proof]:
    """Substituted back, with the start alpha."""
    return solves_the_flow(
        (w_plus, -4 * g(t) * w_plus, alpha),
        (w_minus, 4 * g(t) * w_minus, alpha),
    )


@exact
def step_3_nothing_else_solves_it() -> list[Proof]:
    """w exp(+-4 R) has derivative 0 along w' = -+4 g w, so it keeps its first value alpha."""
    return [
        prove_identity(
            sp.Derivative(w(t) * sp.exp(sign * 4 * R), t),
            (sp.Derivative(w(t), t) + sign * 4 * g(t) * w(t)) * sp.exp(sign * 4 * R),
        )
        for sign in (1, -1)
    ]


@exact
def step_4_beta_is_a_hyperbolic_sine() -> Proof:
    """beta_i = 2 alpha^2 sinh(s_i) with s_i = -8 R = (X^T nu)_i."""
    return prove_identity(w_plus**2 - w_minus**2, 2 * alpha**2 * sp.sinh(-8 * R))


@exact
def step_5_the_mirror_map_is_its_inverse() -> list[Proof]:
    # sympy cancels sinh(asinh) on sight; unevaluated, the tactic has to do it.
    there_and_back = 2 * sp.sinh(sp.asinh(z / 2), evaluate=False)
    return [
        prove_identity(there_and_back, z),
        prove_identity(sp.asinh(2 * sp.sinh(s) / 2), s),
    ]


@exact
def step_6_q_is_the_integral_of_the_mirror_map() -> Proof:
    return prove_integral(sp.asinh(z / 2), z, q, 0)


@exact
def step_7_the_gradient_of_Q_is_X_transpose_nu() -> list[Proof]:
    """d/dbeta_i q(beta_i/alpha^2) = s_i / alpha^2 at beta_i = 2 alpha^2 sinh(s_i)."""
    gradient = sp.Derivative(Q_i, beta)
    return [
        prove_identity(gradient, sp.asinh(beta / (2 * alpha**2)) / alpha**2),
        prove_identity(gradient.doit().subs(beta, 2 * alpha**2 * sp.sinh(s)), s / alpha**2),
    ]


@exact
def step_8_q_is_strictly_convex() -> list[Proof]:
    return [
        prove_identity(sp.Derivative(q, (z, 2)), 1 / sp.sqrt(4 + z**2)),
        prove_positive(sp.Derivative(q, (z, 2)), z),
    ]


@exact
def step_9_the_conjugate_is_the_legendre_transform() -> list[Proof]:
    """q*(s) = z s - q(z) at z = 2 sinh(s), and (q*)' = 2 sinh."""
    conjugate = 2 * sp.cosh(s) - 2
    return [
        prove_identity(conjugate, (z * s - q).subs(z, 2 * sp.sinh(s))),
        prove_integral(2 * sp.sinh(s), s, conjugate, 0),
    ]


@exact
def step_10_the_package_computes_these_functions() -> list[Proof]:
    """The forms that keep their digits in doubles."""
    potential = Hypentropy()
    return [
        prove_identity(potential.value(z), q),
        prove_identity(potential.mirror(z), sp.Derivative(q, z)),
        prove_identity(potential.metric(z), sp.Derivative(q, (z, 2))),
        prove_identity(potential.inverse_mirror(s), 2 * sp.sinh(s)),
        prove_identity(potential.conjugate(s), 2 * sp.cosh(s) - 2),
    ]


@exact
def step_11_from_the_flow_to_the_potential() -> list[Proof]:
    return [
        *step_1_the_flow_of_a_coordinate_is_linear_in_its_weight(),
        *step_2_exponentials_solve_the_flow()[:2],
        step_4_beta_is_a_hyperbolic_sine(),
        step_7_the_gradient_of_Q_is_X_transpose_nu()[0],
        step_5_the_mirror_map_is_its_inverse()[1],
        step_6_q_is_the_integral_of_the_mirror_map(),
        step_8_q_is_strictly_convex()[1],
    ]


def check_gradient_on_a_random_problem() -> None:
    """Step 1 against central differences of the loss itself."""
    rng = np.random.default_rng(1)
    design, y, weights = (rng.normal(size=shape) for shape in ((3, 4), 3, 8))
    check_gradient(design, y, weights, 2)


def check_integral_by_quadrature() -> None:
    for point in (-20, mpmath.mpf("0.3"), 7):
        by_quadrature = mpmath.quad(lambda x: mpmath.asinh(x / 2), [0, point])
        assert mpmath.almosteq(by_quadrature, sp.lambdify(z, q, "mpmath")(point), 1e-12)


def refute_the_printed_gradient_and_its_consequence() -> list[Refuted]:
    """(13) without the 2 of the square, and (17), which it leads to."""
    return [
        expect_refuted(
            prove_identity,
            sp.Derivative(loss, u),
            pull_of(F, 2 * u),
        ),
        expect_refuted(prove_identity, w_plus**2 - w_minus**2, 2 * alpha**2 * sp.sinh(-4 * R)),
    ]


def refute_other_flows() -> list[Refuted]:
    return [
        expect_refuted(prove_identity, sp.Derivative(w_plus, t), 4 * g(t) * w_plus),
        expect_refuted(prove_identity, sp.Derivative(w_plus, t), -(4 + nudge) * g(t) * w_plus),
        expect_refuted(prove_identity, (2 * w_plus).subs(t, 0), alpha),
    ]


def refute_other_mirror_maps() -> list[Refuted]:
    return [
        expect_refuted(prove_identity, sp.asinh(2 * sp.sinh(s)), s),
        expect_refuted(prove_identity, sp.asinh((2 + nudge) * sp.sinh(s) / 2), s),
    ]


def refute_other_potentials() -> list[Refuted]:
    """The sign, the constant, the exponent, the factor in asinh."""
    others = (
        2 - sp.sqrt(4 + z**2) - z * sp.asinh(z / 2),
        2 + nudge - sp.sqrt(4 + z**2) + z * sp.asinh(z / 2),
        2 - (4 + z**2) ** (sp.Rational(1, 2) + nudge) + z * sp.asinh(z / 2),
        2 - sp.sqrt(4 + z**2) + z * sp.asinh(z),
    )
    return [expect_refuted(prove_integral, sp.asinh(z / 2), z, other, 0) for other in others]


def refute_the_printed_gradient_of_Q() -> Refuted:
    """(19) without 1/alpha^2."""
    return expect_refuted(
        prove_identity,
        sp.Derivative(Q_i, beta),
        sp.asinh(beta / (2 * alpha**2)),
    )


def refute_a_fixed_strong_convexity() -> Refuted:
    return expect_refuted(prove_positive, sp.diff(q, z, 2) - sp.Rational(1, 10**6), z)
