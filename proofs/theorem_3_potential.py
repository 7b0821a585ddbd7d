"""The potential of every real depth D > 2, in which the dual variable stays in (-1, 1).

Statement
---------
Gradient flow of ||X beta - y||^2 with beta = w_+^D - w_-^D (coordinatewise), D > 2, from
w_+ = w_- = alpha has at every time beta_i = alpha^D h(s_i), where h(s) = (1-s)^-p - (1+s)^-p,
p = D/(D-2), and s_i = -2 D (D-2) alpha^(D-2) * integral of (X^T r)_i is in (-1, 1);
r = X beta - y is the residual, and so s = X^T nu. h is increasing, odd as it stands, and exceeds
z > 0 at 1 - (1+z)^(-1/p) in (0, 1): so it has an inverse on R. Its integral from 0 is
H(s) = ((1-s)^-a + (1+s)^-a - 2)/a, a = 2/(D-2). As s h(s) - H(s) = q(h(s)) has the derivative
s h'(s), q' is the inverse of h, q(0) = 0, and q is strictly convex. Hence a beta at which the flow
ends with X beta = y is the one minimiser of sum_i q(beta_i / alpha^D) over X beta = y.

This is the part of Theorem 3 that derives the potential, with Lemma 4 made sharp; that the flow
does end there, and the limits alpha -> 0 and alpha -> oo, are others.

Assumptions
-----------
0 < alpha; X, y real and finite; r continuous in t; D real. Every D > 2 is 2 + 2/a for one a > 0,
and then p = 1 + a: the symbol is a. A coordinate i is fixed, as in theorem_1_potential. The flow is
taken up to a time to which it exists; till then the weights are positive, as the w^(2-D) of step 2
stays finite.

Not covered
-----------
Convex duality and separation: a differentiable, strictly convex function whose gradient is normal
    to an affine set at a point of it is least on the set there and nowhere else.

Reference
---------
[woodworth2020, Thm 3 and Lemma 4], equations (96)-(102). Steps 10 to 12 go beyond it. Of the
package's formulas (step 12) those branches are left out that the expression system does not take:
`Depth(D).value` for |z| > 1e-200, `slack` and `metric` for |z| > 1, `inverse_mirror` for |s| > 1/2,
`conjugate` for |s| > 3/4; tests compare them.
"""

import mpmath
import numpy as np
import sympy as sp

from implicitbias.numbers import ImplicitInverse
from implicitbias.potentials import Depth
from implicitbias.symbolic import Proof, Refuted, Statement, exact, expect_refuted
from implicitbias.symbolic import prove_identity, prove_integral, prove_positive
from proofs._checks import check_gradient
from proofs._lemmas import solves_the_flow
from proofs._notation import D, H, N, R, X, a, alpha, c, g, h, i, nudge, p, q_deep, s, t, z
from proofs._notation import OPEN, base_of, loss_of, pull_of, residual_of

u, v = sp.symbols("u v", positive=True)  # the i-th weights w_+, w_- at one time
F = u**D - v**D
residual, loss = residual_of(F), loss_of(F)
# dL/dw_+ and dL/dw_-
flow_plus, flow_minus = pull_of(F, 2 * D * u ** (D - 1)), pull_of(F, -2 * D * v ** (D - 1))

w = sp.Function("w", positive=True)
base_plus, base_minus = base_of(alpha, 1), base_of(alpha, -1)
w_plus, w_minus = base_plus ** (-1 / (D - 2)), base_minus ** (-1 / (D - 2))
dual = -2 * D * (D - 2) * alpha ** (D - 2) * R  # s_i, as a function of t
WEIGHTS_POSITIVE = (base_plus > 0, base_minus > 0)

y = sp.Symbol("y", real=True)
lower_bound = (1 - s) ** (-p) - 1  # of h, for s > 0
witness = 1 - (1 + z) ** (-1 / p)  # where it has the value z

ID = "T3.potential"
STATEMENT = Statement(
    forall=(alpha, a, u, v, N, i, t, s, z, g, X, c),
    conclusion=(
        sp.Eq(sp.Derivative(loss, u), flow_plus),
        sp.Eq(sp.Derivative(loss, v), flow_minus),
        *(
            sp.Implies(sp.And(*WEIGHTS_POSITIVE), conclusion)
            for conclusion in (
                sp.Eq(sp.Derivative(w_plus, t), -2 * D * g(t) * w_plus ** (D - 1)),
                sp.Eq(sp.Derivative(w_minus, t), 2 * D * g(t) * w_minus ** (D - 1)),
                sp.Eq(w_plus**D - w_minus**D, alpha**D * h.subs(s, dual)),
                1 - dual > 0,
                1 + dual > 0,
            )
        ),
        *(
            sp.Implies(sp.And(s > -1, s < 1), conclusion)
            for conclusion in (
                sp.Gt(sp.Derivative(h, s), 0),
                sp.Eq(sp.Integral(h.subs(s, y), (y, 0, s)), H),
                sp.Eq(sp.Derivative(q_deep, s), s * sp.Derivative(h, s)),
            )
        ),
        sp.Implies(sp.And(s > 0, s < 1), h - lower_bound > 0),
        sp.Implies(z > 0, sp.Eq(lower_bound.subs(s, witness), z)),
        sp.Implies(z > 0, witness > 0),
        sp.Implies(z > 0, 1 - witness > 0),
    ),
    where={
        **{"L": loss, "r_n": residual, "w_+": w_plus, "w_-": w_minus, "R": R, "D": D},
        **{"B_+": base_plus, "B_-": base_minus, "s_i": dual, "h": h, "H": H},
    },
    examples=({alpha: 1, a: 1, R: 0}, {s: sp.Rational(1, 2)}, {z: 1}),
)
REPAIRS = """
In (96)-(99) the gradient of the square lost a factor 2. So Lemma 4 holds as printed, and so does
half its bound. h lives on the open interval: it is not defined at -1 and 1. Every real D > 2 will
do where D >= 3 is asked.
"""


@exact
def step_1_the_flow_of_a_coordinate() -> list[Proof]:
    """w_+' = -2 D (X^T r)_i w_+^(D-1), and the opposite sign for w_-."""
    return [
        prove_identity(sp.Derivative(loss, u), flow_plus),
        prove_identity(sp.Derivative(loss, v), flow_minus),
    ]


@exact
def step_2_the_flow_is_solved_by_a_power_of_an_integral() -> list[Proof]:
    """Along the flow (w^(2-D))' = +-2 D (D-2) g, so w^(2-D) is the base; and substituted back."""
    power = sp.diff(w(t) ** (2 - D), t)
    flow = -2 * D * g(t) * w(t) ** (D - 1)
    return [
        prove_identity(power.subs(sp.Derivative(w(t), t), flow), sp.Derivative(base_plus, t)),
        prove_identity(power.subs(sp.Derivative(w(t), t), -flow), sp.Derivative(base_minus, t)),
        *solves_the_flow(
            (w_plus, -2 * D * g(t) * w_plus ** (D - 1), alpha),
            (w_minus, 2 * D * g(t) * w_minus ** (D - 1), alpha),
            given=WEIGHTS_POSITIVE,
        ),
    ]


@exact
def step_3_the_dual_variable_stays_in_the_open_interval() -> list[Proof]:
    """Lemma 4, sharpened: |s| < 1, as alpha^(2-D) (1 -+ s) = w^(2-D) > 0."""
    return [
        prove_identity(alpha ** (2 - D) * (1 - dual), base_plus),
        prove_identity(alpha ** (2 - D) * (1 + dual), base_minus),
        prove_positive(1 - dual, alpha, 0, given=WEIGHTS_POSITIVE),
        prove_positive(1 + dual, alpha, 0, given=WEIGHTS_POSITIVE),
    ]


@exact
def step_4_beta_is_h_of_the_dual_variable() -> Proof:
    return prove_identity(
        w_plus**D - w_minus**D, alpha**D * h.subs(s, dual), given=WEIGHTS_POSITIVE
    )


@exact
def step_5_h_is_odd() -> Proof:
    return prove_identity(h.subs(s, -s), -h, domain=OPEN)


@exact
def step_6_h_is_increasing() -> Proof:
    return prove_positive(sp.Derivative(h, s), s, -1, 1)


@exact
def step_7_h_is_onto() -> list[Proof]:
    """h(0) = 0 and h exceeds any z > 0 at 1 - (1+z)^(-1/p); between them h = z. h is odd."""
    return [
        prove_identity(h.subs(s, 0), 0),
        prove_positive(h - lower_bound, s, 0, 1),
        prove_identity(lower_bound.subs(s, witness), z, domain={z: (0, sp.oo)}),
        prove_positive(witness, z, 0),
        prove_positive(1 - witness, z, 0),
    ]


@exact
def step_8_the_conjugate_is_the_integral_of_h() -> Proof:
    return prove_integral(h, s, H, 0, domain=OPEN)


@exact
def step_9_q_has_the_inverse_of_h_as_derivative() -> list[Proof]:
    """At z = h(s), q(z) = z s - H(s): dq/ds = s dz/ds, q(0) = 0, and q'' = ds/dz = 1/h' > 0."""
    return [
        prove_identity(sp.Derivative(q_deep, s), s * sp.Derivative(h, s), domain=OPEN),
        prove_identity((q_deep).subs(s, 0), 0),
        prove_positive(1 / sp.diff(h, s), s, -1, 1),
    ]


@exact
def step_10_depths_3_and_4_are_roots_of_polynomials() -> list[Proof]:
    h_3, h_4 = h.subs(a, 2), h.subs(a, 1)
    sextic = z * s**6 - 3 * z * s**4 + 2 * s**3 + 3 * z * s**2 + 6 * s - z
    return [
        prove_identity(sextic.subs(z, h_3), 0, domain=OPEN),
        prove_identity(h_4 * (1 - s**2) ** 2, 4 * s, domain=OPEN),
    ]


@exact
def step_11_depth_infinity_is_a_closed_form() -> list[Proof]:
    """a = 0: s = (sqrt(1+z^2) - 1)/z, odd, below 1, the inverse of h; and q is its integral."""
    root = sp.sqrt(1 + z**2)
    mirror = z / (1 + root)
    right = {z: (0, sp.oo)}
    return [
        prove_identity(mirror, (root - 1) / z, domain=right),
        prove_identity(mirror.subs(z, -z), -mirror),
        prove_positive(1 - mirror, z, 0),
        prove_identity(h.subs(a, 0).subs(s, mirror), z, domain=right),
        prove_integral(mirror, z, root - 1 - sp.log((1 + root) / 2), 0),
    ]


@exact
def step_12_the_package_computes_these_functions() -> list[Proof]:
    """The forms that keep their digits in doubles; at s = tanh(y), z = h(s) for those in z."""
    potential = Depth(D)
    (inverse,) = potential.mirror(z).atoms(ImplicitInverse)  # the y with angle(y) = z
    angle = inverse.args[1]
    mirror, value, metric = (
        f(z).replace(ImplicitInverse, lambda *_: y)
        for f in (potential.mirror, potential.value, potential.metric)
    )
    return [
        prove_identity(potential.inverse_mirror(s), h, domain=OPEN),
        prove_identity(potential.conjugate(s), H, domain=OPEN),
        prove_identity(mirror, sp.tanh(y)),
        prove_identity(angle(y), h.subs(s, sp.tanh(y))),
        prove_identity(value, (q_deep).subs(s, sp.tanh(y))),
        prove_identity(metric * sp.diff(h, s).subs(s, sp.tanh(y)), 1),
    ]


@exact
def step_13_from_the_flow_to_the_potential() -> list[Proof]:
    return [
        *step_1_the_flow_of_a_coordinate(),
        *step_2_the_flow_is_solved_by_a_power_of_an_integral()[2:4],
        step_4_beta_is_h_of_the_dual_variable(),
        *step_3_the_dual_variable_stays_in_the_open_interval()[2:],
        step_6_h_is_increasing(),
        step_8_the_conjugate_is_the_integral_of_h(),
        step_9_q_has_the_inverse_of_h_as_derivative()[0],
        *step_7_h_is_onto()[1:],
    ]


def check_gradient_on_a_random_problem() -> None:
    """Step 1 against central differences of the loss itself, at depth 3."""
    rng = np.random.default_rng(3)
    design, y = rng.normal(size=(3, 4)), rng.normal(size=3)
    check_gradient(design, y, rng.uniform(0.5, 1.5, size=8), 3)


def check_q_by_quadrature_of_the_inverse() -> None:
    """The integral of the numerically inverted h against z s - H(s), at four depths."""
    for depth in (2.2, 3, 4.5, 40):
        numbers = {a: sp.Rational(2) / (sp.Rational(str(depth)) - 2)}
        h_of, H_of = (sp.lambdify(s, f.subs(numbers), "mpmath") for f in (h, H))
        power = mpmath.mpf(depth) / (depth - 2)

        def inverse(target: mpmath.mpf, h_of=h_of, power=power) -> mpmath.mpf:
            bracket = (0, 1 - (1 + target) ** (-1 / power))  # step 7
            return mpmath.findroot(lambda x: h_of(x) - target, bracket, solver="anderson")

        for point in (0.1, 2):
            at = inverse(mpmath.mpf(point))
            by_quadrature = mpmath.quad(inverse, [0, point], maxdegree=4)
            assert mpmath.almosteq(by_quadrature, point * at - H_of(at), 1e-8)


def refute_the_printed_flow() -> list[Refuted]:
    """(96) and (97) without the 2 of the square."""
    printed = (alpha ** (2 - D) + D * (D - 2) * R) ** (-1 / (D - 2))
    return [
        expect_refuted(
            prove_identity,
            sp.Derivative(loss, u),
            pull_of(F, D * u ** (D - 1)),
        ),
        expect_refuted(
            prove_identity,
            sp.Derivative(printed, t),
            -2 * D * g(t) * printed ** (D - 1),
            given=WEIGHTS_POSITIVE,
        ),
    ]


def refute_a_dual_variable_of_half_the_size() -> Refuted:
    """|s| < 1/2 would be a Lemma 4 sharper than the true one."""
    return expect_refuted(
        prove_positive, sp.Rational(1, 2) - dual, alpha, 0, given=WEIGHTS_POSITIVE
    )


def refute_other_maps_h() -> list[Refuted]:
    """The sign between the powers, the exponent, the factor in the dual variable."""
    beta = w_plus**D - w_minus**D
    others = (
        (1 - s) ** (-p) + (1 + s) ** (-p),
        (1 - s) ** (-p - nudge) - (1 + s) ** (-p - nudge),
        h.subs(s, s / 2),
    )
    return [
        expect_refuted(prove_identity, beta, alpha**D * other.subs(s, dual), given=WEIGHTS_POSITIVE)
        for other in others
    ]


def refute_a_slope_of_twice_the_least() -> Refuted:
    """h' is least at 0, where it is 2 p."""
    return expect_refuted(prove_positive, sp.diff(h, s) - 4 * p, s, -1, 1)


def refute_other_conjugates() -> list[Refuted]:
    """The constant, the exponent p for a, the factor p for 1/a."""
    others = (
        H + nudge,
        ((1 - s) ** (-p) + (1 + s) ** (-p) - 2) / a,
        ((1 - s) ** (-a) + (1 + s) ** (-a) - 2) / p,
    )
    return [expect_refuted(prove_integral, h, s, other, 0, domain=OPEN) for other in others]


def refute_other_closed_forms() -> list[Refuted]:
    h_4 = h.subs(a, 1)
    return [
        expect_refuted(prove_identity, h_4 * (1 - s**2) ** 2, 2 * s, domain=OPEN),
        expect_refuted(prove_identity, h_4 * (1 - s**2) ** 3, 4 * s, domain=OPEN),
        expect_refuted(
            prove_integral,
            z / (1 + sp.sqrt(1 + z**2)),
            z,
            sp.sqrt(1 + z**2) - 1 - sp.log(1 + sp.sqrt(1 + z**2)),
            0,
        ),
    ]
