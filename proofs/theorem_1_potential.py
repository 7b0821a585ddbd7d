"""The potential of depth 2: gradient flow on w_+^2 - w_-^2 ends where the hypentropy is least.

Statement
---------
Let w' = -grad ||X beta - y||^2 with beta = w_+^2 - w_-^2 (coordinatewise), w_+(0) = w_-(0) = alpha.
While the flow lasts, beta_i = 2 alpha^2 sinh(s_i) with s = X^T nu, nu = -8 * integral of the
residual r = X beta - y. If it ends at a beta with X beta = y, that beta is the one minimiser of
Q(beta) = sum_i q(beta_i / alpha^2) over X beta = y, where q(z) = 2 - sqrt(4 + z^2) + z asinh(z/2)
is the integral of asinh(u/2) from 0 to z.

Assumptions
-----------
0 < alpha; X, y real and finite; r continuous in t. A coordinate i is fixed: `X[n, i]` is its
column, `c[n]` is what the other coordinates and y_n add to the n-th residual, and `g(t)` is
(X^T r(t))_i, of which nothing else is used.

Not covered
-----------
That the flow exists for all times and converges to X beta = y. Convex duality: a differentiable,
strictly convex function (step 8) whose gradient is normal to an affine set (step 7: the gradient
is X^T nu / alpha^2) is least on the set there and nowhere else. That a finite sum and an integral
may be exchanged. The branch of `Hypentropy().metric` for |z| > 1.

Reference
---------
[woodworth2020, Thm 1], equations (13)-(19). In (13) the gradient of the square lost a factor 2,
which goes through to (17); in (19) the chain rule lost 1/alpha^2. Neither changes the minimiser;
`refute_*` holds the printed forms.
"""

import mpmath
import numpy as np
import sympy as sp

from implicitbias.potentials import Hypentropy
from implicitbias.symbolic import (
    Proof,
    Refuted,
    expect_refuted,
    prove_identity,
    prove_integral,
    prove_positive,
)

n, N, i = sp.symbols("n N i", integer=True, positive=True)
X, c = sp.IndexedBase("X", real=True), sp.IndexedBase("c", real=True)
u, v = sp.symbols("u v", real=True)  # the i-th weights w_+, w_- at one time
residual = X[n, i] * (u**2 - v**2) + c[n]
loss = sp.Sum(residual**2, (n, 1, N))

t, tau = sp.symbols("t tau", real=True)
alpha = sp.Symbol("alpha", positive=True)
g, w = sp.Function("g", real=True), sp.Function("w", real=True)
R = sp.Integral(g(tau), (tau, 0, t))
w_plus, w_minus = alpha * sp.exp(-4 * R), alpha * sp.exp(4 * R)

z, s, beta = sp.symbols("z s beta", real=True)
q = 2 - sp.sqrt(4 + z**2) + z * sp.asinh(z / 2)
nudge = sp.Rational(1, 10**10)


def step_1_the_flow_of_a_coordinate_is_linear_in_its_weight() -> list[Proof]:
    """w_+' = -4 (X^T r)_i w_+ and w_-' = +4 (X^T r)_i w_-: the gradient of the sum of squares."""
    return [
        prove_identity(sp.Derivative(loss, u), sp.Sum(4 * X[n, i] * residual * u, (n, 1, N))),
        prove_identity(sp.Derivative(loss, v), sp.Sum(-4 * X[n, i] * residual * v, (n, 1, N))),
    ]


def step_2_exponentials_solve_the_flow() -> list[Proof]:
    """Substituted back, with the start alpha."""
    return [
        prove_identity(sp.Derivative(w_plus, t), -4 * g(t) * w_plus),
        prove_identity(sp.Derivative(w_minus, t), 4 * g(t) * w_minus),
        prove_identity(w_plus.subs(t, 0), alpha),
        prove_identity(w_minus.subs(t, 0), alpha),
    ]


def step_3_nothing_else_solves_it() -> list[Proof]:
    """w exp(+-4 R) has derivative 0 along w' = -+4 g w, so it keeps its first value alpha."""
    return [
        prove_identity(
            sp.Derivative(w(t) * sp.exp(sign * 4 * R), t),
            (sp.Derivative(w(t), t) + sign * 4 * g(t) * w(t)) * sp.exp(sign * 4 * R),
        )
        for sign in (1, -1)
    ]


def step_4_beta_is_a_hyperbolic_sine() -> Proof:
    """beta_i = 2 alpha^2 sinh(s_i) with s_i = -8 R = (X^T nu)_i."""
    return prove_identity(w_plus**2 - w_minus**2, 2 * alpha**2 * sp.sinh(-8 * R))


def step_5_the_mirror_map_is_its_inverse() -> list[Proof]:
    # sympy cancels sinh(asinh) on sight; unevaluated, the tactic has to do it.
    there_and_back = 2 * sp.sinh(sp.asinh(z / 2), evaluate=False)
    return [
        prove_identity(there_and_back, z),
        prove_identity(sp.asinh(2 * sp.sinh(s) / 2), s),
    ]


def step_6_q_is_the_integral_of_the_mirror_map() -> Proof:
    return prove_integral(sp.asinh(z / 2), z, q, 0)


def step_7_the_gradient_of_Q_is_X_transpose_nu() -> list[Proof]:
    """d/dbeta_i q(beta_i/alpha^2) = s_i / alpha^2 at beta_i = 2 alpha^2 sinh(s_i)."""
    gradient = sp.diff(q.subs(z, beta / alpha**2), beta)
    return [
        prove_identity(gradient, sp.asinh(beta / (2 * alpha**2)) / alpha**2),
        prove_identity(gradient.subs(beta, 2 * alpha**2 * sp.sinh(s)), s / alpha**2),
    ]


def step_8_q_is_strictly_convex() -> list[Proof]:
    return [
        prove_identity(sp.Derivative(q, (z, 2)), 1 / sp.sqrt(4 + z**2)),
        prove_positive(sp.Derivative(q, (z, 2)), z),
    ]


def step_9_the_conjugate_is_the_legendre_transform() -> list[Proof]:
    """q*(s) = z s - q(z) at z = 2 sinh(s), and (q*)' = 2 sinh."""
    conjugate = 2 * sp.cosh(s) - 2
    return [
        prove_identity(conjugate, (z * s - q).subs(z, 2 * sp.sinh(s))),
        prove_integral(2 * sp.sinh(s), s, conjugate, 0),
    ]


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


def check_gradient_on_a_random_problem() -> None:
    """Step 1 against central differences of the loss itself."""
    rng = np.random.default_rng(1)
    design, y, plus, minus = (rng.normal(size=shape) for shape in ((3, 4), 3, 4, 4))

    def total(w_plus: np.ndarray) -> float:
        return float(np.sum((design @ (w_plus**2 - minus**2) - y) ** 2))

    step = 1e-6
    differences = [(total(plus + e) - total(plus - e)) / (2 * step) for e in step * np.eye(4)]
    r = design @ (plus**2 - minus**2) - y
    np.testing.assert_allclose(differences, 4 * (design.T @ r) * plus, rtol=1e-6)


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
            sp.Sum(2 * X[n, i] * residual * u, (n, 1, N)),
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
        sp.Derivative(q.subs(z, beta / alpha**2), beta),
        sp.asinh(beta / (2 * alpha**2)),
    )


def refute_a_fixed_strong_convexity() -> Refuted:
    return expect_refuted(prove_positive, sp.diff(q, z, 2) - sp.Rational(1, 10**6), z)
