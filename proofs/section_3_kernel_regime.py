"""Homogeneous models: the kernel of a scaled start, the end of the kernel flow, scaling the output.

Statement
---------
Let f(c w, x) = c^D f(w, x) for c > 0 and every x, D real. Then c d/dc f(c w, x) = D f(c w, x)
(Euler's relation), each partial derivative is homogeneous of degree D - 1, and the tangent kernel
of the start alpha w_0 is K = alpha^(2(D-1)) K_0, K_0 that of w_0.

The model that is affine around an unbiased start (f(w_0, .) = 0) is h(x) = <delta, phi(x)>, delta
the displacement of the weights. Its gradient flow of sum_n (h(x_n) - y_n)^2 from delta = 0 has
delta = Phi^T nu, nu = -2 * integral of the residual r, Phi[n, j] = phi_j(x_n); with y in the range
of Phi and sigma its least nonzero singular value, ||r(T)||^2 <= ||r(0)||^2 exp(-4 sigma^2 T). The
limit has ||delta||^2 less than any other b with Phi b = y. As the RKHS norm of h is the least
||delta|| with <delta, phi(x)> = h(x) for every x, h ends at the interpolant of least RKHS norm,
and at the same for K_0 and alpha^(2(D-1)) K_0.

Scaling the start by alpha is scaling the output by alpha^D: if u follows the flow of
sum_n (alpha^D f(u, x_n) - y_n)^2 in the time s, then w = alpha u follows that of
sum_n (f(w, x_n) - y_n)^2 in the time t = alpha^2 s, and the predictions are the same.

Assumptions
-----------
0 < alpha, sigma; f differentiable at the weights in question; X, y real and finite. The j-th
weight is xi, the others are fixed: `f(xi)` is the prediction at such w, alpha^D f(xi) that at
alpha w, and `P(xi)` the partial derivative there, for which alpha P is the derivative of the
prediction in xi (chain rule). `phi`, `phi'` are the features at w_0 for inputs x and x'. At a
fixed time `f[n]` and `p[n]` are the prediction at u and its partial derivative in u_j. In time,
`u(s)` is a weight and `G(s)` the partial derivative of the loss at alpha u(s); `m(t)` is ||r||,
`S(t)` the norm of the gradient of the loss. Of what is asked for every t only the t in (0, T)
matter.

Not covered
-----------
Existence and uniqueness for ODEs: the flow from alpha w_0 is the one that step 7 gives.
Compactness: as in flow_convergence, for sigma.

Reference
---------
[woodworth2020, Sec 3], footnote 1. That the flow of the model itself tends to the kernel flow as
alpha -> oo is cited there, not proved.
"""

import numpy as np
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from implicitbias.flows import gradient_flow, kernel_change, kernel_gradient_flow
from implicitbias.symbolic import Proof, Refuted, Statement, exact, expect_refuted
from implicitbias.symbolic import instantiate, prove_identity, prove_implication
from proofs._lemmas import least_norm
from proofs._notation import N, R, alpha, b, g, j, n, nu, nudge, s, t
from proofs.flow_convergence import S, T, decaying, descent, kappa, lojasiewicz, m, sigma
from proofs.flow_convergence import step_7_the_loss_falls_exponentially

c = sp.Symbol("c", positive=True)
D, f_0, xi, delta = sp.symbols("D f_0 xi delta", real=True)
size = sp.Symbol("M", integer=True, positive=True)  # of the weights, each a j

# Homogeneity.
f, P = sp.Function("f", real=True), sp.Function("P", real=True)
slope = sp.Derivative(f(xi), xi)
chain_rule = sp.Eq(alpha * P(xi), alpha**D * slope)
phi, phi_other = sp.IndexedBase("phi", real=True), sp.IndexedBase("phi'", real=True)
kernel_0 = sp.Sum(phi[j] * phi_other[j], (j, 1, size))
kernel = sp.Sum((alpha ** (D - 1) * phi[j]) * (alpha ** (D - 1) * phi_other[j]), (j, 1, size))

# The kernel flow.
Phi, e = sp.IndexedBase("Phi", real=True), sp.IndexedBase("e", real=True)
residual = Phi[n, j] * delta + e[n]
loss = sp.Sum(residual**2, (n, 1, N))
gradient = sp.Sum(2 * Phi[n, j] * residual, (n, 1, N))
moved = -2 * R
end = sp.IndexedBase("delta_end", real=True)
stationary = sp.Eq(end[j], sp.Sum(Phi[n, j] * nu[n], (n, 1, N)))
feasible = sp.Eq(sp.Sum(Phi[n, j] * b[j], (j, 1, size)), sp.Sum(Phi[n, j] * end[j], (j, 1, size)))
different = sp.Ne(sp.Sum((b[j] - end[j]) ** 2, (j, 1, size)), 0)

# Scaling the output.
prediction, p, y = (sp.IndexedBase(name, real=True) for name in ("F", "p", "y"))
misfit = alpha**D * prediction[n] - y[n]
of_start = sp.Sum(2 * misfit * (alpha ** (D - 1) * p[n]), (n, 1, N))  # dL/dw_j at alpha u
of_output = sp.Sum(2 * misfit * (alpha**D * p[n]), (n, 1, N))  # d/du_j of the scaled model's loss
u, G = sp.Function("u", real=True), sp.Function("G", real=True)
scaled_flow = sp.Eq(sp.Derivative(u(s), s), -alpha * G(s))
clock = alpha**2 * s
start_flow = sp.Eq(sp.diff(alpha * u(s), s), -G(s) * sp.diff(clock, s))

ID = "S3a"
STATEMENT = Statement(
    forall=(
        *(alpha, c, sigma, T, D, f_0, xi, delta, t, s, N, size, n, j, f, P, phi, phi_other),
        *(Phi, e, g, m, S, end, b, nu, prediction, p, y, u, G),
    ),
    conclusion=(
        sp.Eq(c * sp.Derivative(c**D * f_0, c), D * c**D * f_0),
        sp.Implies(chain_rule, sp.Eq(P(xi), alpha ** (D - 1) * slope)),
        sp.Eq(kernel, alpha ** (2 * (D - 1)) * kernel_0),
        sp.Eq(sp.Derivative(loss, delta), gradient),
        sp.Eq(sp.Derivative(moved, t), -2 * g(t)),
        sp.Implies(
            sp.And(descent, lojasiewicz.subs(kappa, 2 * sigma)),
            decaying.subs({kappa: 2 * sigma, t: T}) <= decaying.subs(t, 0),
        ),
        sp.Implies(
            sp.And(stationary, feasible, different),
            sp.Sum(b[j] ** 2 / 2, (j, 1, size)) > sp.Sum(end[j] ** 2 / 2, (j, 1, size)),
        ),
        sp.Eq(of_output, alpha * of_start),
        sp.Implies(scaled_flow, start_flow),
    ),
    where={"K": kernel, "K_0": kernel_0, "L": loss, "r_n": residual, "delta(t)": moved},
    examples=(
        {alpha: 1, D: 1, P(xi): 1, slope: 1},
        {sigma: 1, m(t): 1, S(t): 2, sp.Derivative(m(t), t): -2},
        {
            **{end[j]: 0, b[j]: 1, Phi[n, j]: 0, nu[n]: 0, size: 1, N: 1},
        },
        {alpha: 1, sp.Derivative(u(s), s): -1, G(s): 1},
    ),
)
REPAIRS = """
In the affine model alpha^D f(w_0, x) + <w, alpha^(D-1) phi_0(x)> w is the displacement from
alpha w_0: with the weights themselves for w, its value at the start would be 1 + D times that of
the model, by Euler's relation. In the definition of the kernel the second gradient is at x'.
The output is scaled by alpha^D, and time by alpha^2, where the start is scaled by alpha.
"""


@exact
def step_1_eulers_relation() -> Proof:
    """f(c w, x) = c^D f_0, differentiated in c."""
    return prove_identity(c * sp.Derivative(c**D * f_0, c), D * c**D * f_0)


@exact
def step_2_derivatives_are_homogeneous_of_one_degree_less() -> Proof:
    """alpha P = alpha^D f', by the chain rule on the left and homogeneity on the right."""
    return prove_implication(
        [
            chain_rule,
            prove_identity(alpha**D, alpha * alpha ** (D - 1)),
        ],
        sp.Eq(P(xi), alpha ** (D - 1) * slope),
    )


@exact
def step_3_the_tangent_kernel_of_a_scaled_start() -> Proof:
    return prove_identity(kernel, alpha ** (2 * (D - 1)) * kernel_0)


@exact
def step_4_the_kernel_flow_moves_in_the_span_of_the_features() -> list[Proof]:
    """delta_j' = -2 (Phi^T r)_j, so delta = Phi^T nu with nu = -2 * integral of r."""
    return [
        prove_identity(sp.Derivative(loss, delta), gradient),
        prove_identity(sp.Derivative(moved, t), -2 * g(t)),
    ]


@exact
def step_5_the_kernel_flow_fits_the_data() -> Proof:
    """||grad L||^2 = 4 ||Phi^T r||^2 >= (2 sigma)^2 L."""
    return instantiate(step_7_the_loss_falls_exponentially(), {kappa: 2 * sigma})


@exact
def step_6_it_ends_at_the_least_norm() -> Proof:
    return least_norm(Phi, end, b, nu, (j, size))


@exact
def step_7_scaling_the_start_is_scaling_the_output() -> list[Proof]:
    """d/du_j of the scaled model's loss is alpha dL/dw_j, and w = alpha u takes t = alpha^2 s."""
    return [
        prove_identity(of_output, alpha * of_start),
        prove_implication([scaled_flow], start_flow),
    ]


@exact
def step_8_the_kernel_regime() -> list[Proof]:
    return [
        step_1_eulers_relation(),
        step_2_derivatives_are_homogeneous_of_one_degree_less(),
        step_3_the_tangent_kernel_of_a_scaled_start(),
        *step_4_the_kernel_flow_moves_in_the_span_of_the_features(),
        step_5_the_kernel_flow_fits_the_data(),
        step_6_it_ends_at_the_least_norm(),
        *step_7_scaling_the_start_is_scaling_the_output(),
    ]


def check_a_homogeneous_network() -> None:
    """w_1 max(w_2 x, 0), of degree 2: kernel and flow of the scaled start, in small steps."""
    inputs, targets, scale = np.array([0.5, 1.5]), np.array([1.0, 2.0]), 3.0

    def network(w: np.ndarray) -> np.ndarray:
        return w[0] * np.maximum(w[1] * inputs, 0)

    def jacobian(w: np.ndarray) -> np.ndarray:
        active = w[1] * inputs > 0
        return np.stack([w[1] * inputs * active, w[0] * inputs * active], axis=1)

    start = np.array([0.7, 0.4])
    kernels = [jacobian(w) @ jacobian(w).T for w in (start, scale * start)]
    np.testing.assert_allclose(kernels[1], scale**2 * kernels[0])
    w, u, step = scale * start, start.copy(), 1e-5
    for _ in range(500):
        w = w - step * 2 * jacobian(w).T @ (network(w) - targets)
        misfit = scale**2 * network(u) - targets
        u = u - step / scale**2 * 2 * scale**2 * jacobian(u).T @ misfit
    np.testing.assert_allclose(w, scale * u, rtol=1e-9)


@settings(max_examples=25)
@given(st.integers(0, 10**6), st.integers(2, 4))
def check_flow_from_a_large_start(seed: int, depth: int) -> None:
    """All along, the flow is within ``alpha^-D`` of the kernel flow, whose end has least norm."""
    rng = np.random.default_rng(seed)
    design, y = rng.normal(size=(2, 5)), rng.normal(size=2)
    flow = gradient_flow(design, y, alpha=100.0, depth=depth)
    kernel = kernel_gradient_flow(design, y, alpha=100.0, depth=depth, t_eval=flow.t)
    least = np.linalg.pinv(design) @ y
    np.testing.assert_allclose(kernel.limit, least, rtol=1e-9, atol=1e-9 * np.abs(least).max())
    size = np.linalg.norm(least)
    apart = np.linalg.norm(flow.betas - kernel.betas, axis=1).max() / size
    assert apart <= 10 * max(1.0, size**2) * 100.0**-depth + 1e-8
    assert kernel_change(flow.limit, design, alpha=100.0, depth=depth).gradient[0] <= 1e-3


def refute_the_printed_affine_model() -> Refuted:
    """With w = alpha w_0 in it, and <w_0, phi_0> = D f_0: not the model's value at the start."""
    at_start = alpha**D * f_0 + alpha * alpha ** (D - 1) * D * f_0
    return expect_refuted(prove_identity, at_start, alpha**D * f_0)


def refute_other_powers() -> list[Refuted]:
    """Of the kernel, of Euler's relation; the output scaled without its power of alpha."""
    return [
        expect_refuted(prove_identity, kernel, alpha ** (2 * D) * kernel_0),
        expect_refuted(prove_identity, kernel, alpha ** (2 * (D - 1) + nudge) * kernel_0),
        expect_refuted(prove_identity, c * sp.Derivative(c**D * f_0, c), (D - 1) * c**D * f_0),
        expect_refuted(prove_identity, of_output, of_start),
    ]


def refute_the_same_clock() -> Refuted:
    """w = alpha u in the time of u itself."""
    return expect_refuted(prove_implication, [scaled_flow], sp.Eq(sp.diff(alpha * u(s), s), -G(s)))
