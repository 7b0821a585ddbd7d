"""The tangent kernel of the squared model, and a diagonal network u*v that starts balanced.

Statement
---------
For f(w, x) = sum_i (w_+,i^2 - w_-,i^2) x_i the partial derivatives are 2 w_+,i x_i and
-2 w_-,i x_i, so the tangent kernel is K_w(x, x') = 4 sum_i (w_+,i^2 + w_-,i^2) x_i x_i', and
8 alpha^2 <x, x'> at the start w_+ = w_- = alpha, where f = 0. Every beta is w_+^2 - w_-^2 for some
positive w.

For the loss ||X (u*v) - y||^2 the flow is u' = -2 g v, v' = -2 g u in each coordinate, with
g = (X^T r)_i. So (u + v) exp(2 R) and (u - v) exp(-2 R), R the integral of g, are constant. If
v = u at the start, then always, and u = u_0 exp(-2 R); if v = -u at the start, then always, and
u = u_0 exp(2 R): the magnitudes stay equal and no sign flips. For v = u it is the flow of one
weight with beta = w^2 at half its speed, for v = -u of one with beta = -w^2: beta' is -4 g beta or
4 g beta for u*v, and twice that for one weight.

Assumptions
-----------
X, y, x, x' real and finite; r continuous in t. A coordinate is fixed as in theorem_1_potential: `c`
stands for what the others add to the n-th residual, `rest` for what they add to f. The flow is
taken up to a time to which it exists.

Not covered
-----------
Nothing.

Reference
---------
[woodworth2020, Sec 4], (4), the paragraph after it, and the tangent kernel before Theorem 1.
"""

import numpy as np
import sympy as sp

from implicitbias.symbolic import Proof, Refuted, Statement, exact, expect_refuted
from implicitbias.symbolic import prove_identity, prove_positive
from proofs._checks import pull
from proofs._lemmas import solves_the_flow
from proofs._notation import N, R, X, alpha, c, d, g, i, loss_of, nudge, pull_of, residual_of, t
from proofs.theorem_1_potential import u, v
from proofs.theorem_1_potential import step_1_the_flow_of_a_coordinate_is_linear_in_its_weight

beta, rest, u_0 = sp.symbols("beta rest u_0", real=True)
W_plus, W_minus = sp.IndexedBase("W_+", real=True), sp.IndexedBase("W_-", real=True)
x, x_other = sp.IndexedBase("x", real=True), sp.IndexedBase("x'", real=True)

prediction = (u**2 - v**2) * x[i] + rest


def _kernel(plus: sp.Expr, minus: sp.Expr) -> sp.Expr:
    """<grad f(w, x), grad f(w, x')> at the weights w_+ = plus, w_- = minus."""
    features = [(2 * plus * z[i], -2 * minus * z[i]) for z in (x, x_other)]
    return sp.Sum(sum(one * other for one, other in zip(*features, strict=True)), (i, 1, d))


kernel, kernel_at_start = _kernel(W_plus[i], W_minus[i]), _kernel(alpha, alpha)
inner = sp.Sum(x[i] * x_other[i], (i, 1, d))
residual, loss = residual_of(u * v), loss_of(u * v)
flow_u, flow_v = pull_of(u * v, 2 * v), pull_of(u * v, 2 * u)  # dL/du, dL/dv
U, V = sp.Function("U", real=True), sp.Function("V", real=True)  # u and v in time
slack_u = sp.Derivative(U(t), t) + 2 * g(t) * V(t)  # 0 along the flow
slack_v = sp.Derivative(V(t), t) + 2 * g(t) * U(t)
total, difference = (U(t) + V(t)) * sp.exp(2 * R), (U(t) - V(t)) * sp.exp(-2 * R)
same, opposite = u_0 * sp.exp(-2 * R), u_0 * sp.exp(2 * R)  # u where v = u, and where v = -u
one, minus_one = u_0 * sp.exp(-4 * R), u_0 * sp.exp(4 * R)  # w with beta = w^2, and with -w^2
RATES = (  # beta and the factor of g beta in beta'
    (same**2, -4),
    (-(opposite**2), 4),
    (one**2, -8),
    (-(minus_one**2), 8),
)

ID = "S4a"
STATEMENT = Statement(
    forall=(alpha, d, N, i, u, v, beta, rest, u_0, t, W_plus, W_minus, x, x_other, X, c, g, U, V),
    conclusion=(
        sp.Eq(sp.Derivative(prediction, u), 2 * u * x[i]),
        sp.Eq(sp.Derivative(prediction, v), -2 * v * x[i]),
        sp.Eq(
            kernel, 4 * sp.Sum((W_plus[i] ** 2 + W_minus[i] ** 2) * x[i] * x_other[i], (i, 1, d))
        ),
        sp.Eq(kernel_at_start, 8 * alpha**2 * inner),
        sp.Eq(((1 + beta) / 2) ** 2 - ((1 - beta) / 2) ** 2, beta),
        sp.Eq(sp.Derivative(loss, u), flow_u),
        sp.Eq(sp.Derivative(loss, v), flow_v),
        sp.Eq(sp.Derivative(total, t), (slack_u + slack_v) * sp.exp(2 * R)),
        sp.Eq(sp.Derivative(difference, t), (slack_u - slack_v) * sp.exp(-2 * R)),
        sp.Eq(sp.Derivative(same, t), -2 * g(t) * same),
        sp.Eq(sp.Derivative(opposite, t), 2 * g(t) * opposite),
        sp.Eq(sp.Derivative(one, t), -4 * g(t) * one),
        sp.Eq(sp.Derivative(minus_one, t), 4 * g(t) * minus_one),
        *(sp.Eq(sp.Derivative(b, t), rate * g(t) * b) for b, rate in RATES),
    ),
    where={"f": prediction, "K_w": kernel, "L": loss, "r_n": residual, "R": R},
)
REPAIRS = """
With K_0 the kernel of w_0 = 1, as section 3 has it, K_0 is 8 <x, x'>; what is printed is the kernel
of the start alpha w_0. One weight per input with f = <w^2, x> replaces u*v only where u and v start
with the same sign; with opposite signs it is -w^2. The path is the same, at twice the speed.
"""


@exact
def step_1_the_tangent_features() -> list[Proof]:
    return [
        prove_identity(sp.Derivative(prediction, u), 2 * u * x[i]),
        prove_identity(sp.Derivative(prediction, v), -2 * v * x[i]),
    ]


@exact
def step_2_the_tangent_kernel() -> list[Proof]:
    """At any w, and at the start, where it is the inner product up to a factor."""
    return [
        prove_identity(
            kernel,
            4 * sp.Sum((W_plus[i] ** 2 + W_minus[i] ** 2) * x[i] * x_other[i], (i, 1, d)),
        ),
        prove_identity(kernel_at_start, 8 * alpha**2 * inner),
    ]


@exact
def step_3_every_beta_is_attained() -> Proof:
    """At w_+ = (1 + beta)/2, w_- = (1 - beta)/2."""
    return prove_identity(((1 + beta) / 2) ** 2 - ((1 - beta) / 2) ** 2, beta)


@exact
def step_4_the_flow_of_a_product() -> list[Proof]:
    return [
        prove_identity(sp.Derivative(loss, u), flow_u),
        prove_identity(sp.Derivative(loss, v), flow_v),
    ]


@exact
def step_5_two_constants_along_it() -> list[Proof]:
    """So u - v or u + v stays 0 where it starts as 0."""
    return [
        prove_identity(sp.Derivative(total, t), (slack_u + slack_v) * sp.exp(2 * R)),
        prove_identity(sp.Derivative(difference, t), (slack_u - slack_v) * sp.exp(-2 * R)),
    ]


@exact
def step_6_balanced_weights_keep_their_signs() -> list[Proof]:
    """With v = u the flow is u' = -2 g u, with v = -u it is u' = 2 g u; the factor is positive."""
    return [
        *solves_the_flow((same, -2 * g(t) * same, u_0), (opposite, 2 * g(t) * opposite, u_0)),
        prove_positive(sp.exp(-2 * R), t),
        prove_positive(sp.exp(2 * R), t),
    ]


@exact
def step_7_one_weight_for_two_is_twice_as_fast() -> list[Proof]:
    """w' = -4 g w for beta = w^2 and w' = 4 g w for beta = -w^2, by theorem_1_potential, step 1."""
    return [
        *step_1_the_flow_of_a_coordinate_is_linear_in_its_weight(),
        prove_identity(sp.Derivative(one, t), -4 * g(t) * one),
        prove_identity(sp.Derivative(minus_one, t), 4 * g(t) * minus_one),
        *(prove_identity(sp.Derivative(b, t), rate * g(t) * b) for b, rate in RATES),
    ]


@exact
def step_8_kernel_and_balance() -> list[Proof]:
    return [
        *step_1_the_tangent_features(),
        *step_2_the_tangent_kernel(),
        step_3_every_beta_is_attained(),
        *step_4_the_flow_of_a_product(),
        *step_5_two_constants_along_it(),
        *step_6_balanced_weights_keep_their_signs()[:2],
        *step_7_one_weight_for_two_is_twice_as_fast()[2:],
    ]


def check_a_balanced_flow() -> None:
    """u*v from magnitudes that agree and signs that do not, in small steps."""
    rng = np.random.default_rng(4)
    design = rng.normal(size=(2, 3))
    a = rng.uniform(0.5, 1, size=3)
    b = a * [1, -1, -1]
    y = design @ [0.4, 0.3, -0.5]
    for _ in range(4000):
        force = 1e-3 * 2 * pull(design, y, a * b)
        a, b = a - force * b, b - force * a
    np.testing.assert_allclose(np.abs(a), np.abs(b), rtol=1e-9)
    np.testing.assert_array_equal(np.sign(a * b), [1, -1, -1])


def refute_the_printed_kernel_of_the_unit_start() -> Refuted:
    """8 alpha^2 <x, x'> for K_0, the kernel of w_0 = 1."""
    unit = _kernel(sp.Integer(1), sp.Integer(1))
    return expect_refuted(prove_identity, unit, 8 * alpha**2 * inner)


def refute_the_printed_single_weight() -> list[Refuted]:
    """beta = w^2 where v = -u; and at the same speed where v = u."""
    return [
        expect_refuted(prove_identity, opposite * -opposite, one**2),
        expect_refuted(prove_identity, same**2, one**2),
    ]


def refute_other_kernels_and_constants() -> list[Refuted]:
    return [
        expect_refuted(prove_identity, kernel_at_start, (8 + nudge) * alpha**2 * inner),
        expect_refuted(prove_identity, kernel_at_start, 4 * alpha**2 * inner),
        expect_refuted(
            prove_identity,
            sp.Derivative((U(t) + V(t)) * sp.exp(4 * R), t),
            (slack_u + slack_v) * sp.exp(4 * R),
        ),
    ]
