"""The dual variable of depth D > 2 stays in (-1, 1): Lemma 4, with half its bound.

Statement
---------
Gradient flow of ||X beta - y||^2 with beta = w_+^D - w_-^D (coordinatewise), D > 2, from
w_+ = w_- = alpha, is w_+' = -2 D g w_+^(D-1) and w_-' = 2 D g w_-^(D-1) in the i-th coordinate,
where g = (X^T r)_i and r = X beta - y. So the integral of g to a time t is that of either
-w_+'/(2 D w_+^(D-1)) or w_-'/(2 D w_-^(D-1)), and these are differences of w_+-^(2-D). Hence
|integral of g| < alpha^(2-D) / (2 D (D-2)), which is |s_i| < 1 for the dual variable
s_i = -2 D (D-2) alpha^(D-2) * integral of g.

Assumptions
-----------
0 < alpha; X, y real and finite; D real. Every D > 2 is 2 + 2/a for one a > 0: the symbol is a.
`R` is the integral of g from 0 to t, up to any time t to which the flow exists. The start enters as
w(0)^(2-D) = alpha^(2-D).

Not covered
-----------
Existence and uniqueness for ODEs: w = 0 solves the equation of each weight, so a weight that starts
    above 0 stays there for as long as the flow exists.

Reference
---------
[woodworth2020, Lemma 4], equations (96)-(102).
"""

import numpy as np
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from implicitbias.symbolic import Proof, Refuted, Statement, exact, expect_refuted
from implicitbias.symbolic import prove_identity, prove_implication, prove_integral, prove_positive
from proofs._checks import model, pull, velocity
from proofs._notation import D, N, X, a, alpha, c, i, loss_of, pull_of, residual_of, t, tau
from proofs.theorem_3_potential import refute_the_printed_flow as refute_the_flow
from proofs.theorem_3_potential import step_1_the_flow_of_a_coordinate

R = sp.Symbol("R", real=True)  # a name for the integral of g up to t
u, v = sp.symbols("u v", positive=True)  # the i-th weights at one time
w_plus, w_minus = sp.Function("w_+", positive=True), sp.Function("w_-", positive=True)

F = u**D - v**D
residual, loss = residual_of(F), loss_of(F)
# dL/dw_+ and dL/dw_-
flow_plus, flow_minus = pull_of(F, 2 * D * u ** (D - 1)), pull_of(F, -2 * D * v ** (D - 1))

g_plus = -sp.Derivative(w_plus(t), t) / (2 * D * w_plus(t) ** (D - 1))  # g by the flow of w_+
g_minus = sp.Derivative(w_minus(t), t) / (2 * D * w_minus(t) ** (D - 1))  # and by that of w_-
FLOW = (
    sp.Eq(R, sp.Integral(g_plus.subs(t, tau), (tau, 0, t))),
    sp.Eq(R, sp.Integral(g_minus.subs(t, tau), (tau, 0, t))),
)
START = (
    sp.Eq(w_plus(0) ** (2 - D), alpha ** (2 - D)),
    sp.Eq(w_minus(0) ** (2 - D), alpha ** (2 - D)),
)
bound = alpha ** (2 - D) / (2 * D * (D - 2))
s = -2 * D * (D - 2) * alpha ** (D - 2) * R  # s_i

ID = "L4"
STATEMENT = Statement(
    forall=(alpha, a, u, v, N, i, R, t, w_plus, w_minus, X, c),
    conclusion=(
        sp.Eq(sp.Derivative(loss, u), flow_plus),
        sp.Eq(sp.Derivative(loss, v), flow_minus),
        *(
            sp.Implies(sp.And(*FLOW, *START), relation)
            for relation in (
                sp.Lt(-bound, R),
                sp.Lt(R, bound),
                sp.Lt(-1, s),
                sp.Lt(s, 1),
            )
        ),
    ),
    some=(t,),  # R is the integral up to this time
    where={"L": loss, "r_n": residual, "D": D, "s_i": s},
    examples=({alpha: 1, a: 1, t: 0, R: 0, w_plus(0): 1, w_minus(0): 1},),
)
REPAIRS = """
In (96)-(102) the gradient of the square lost a factor 2. So Lemma 4 holds as printed, and with half
its bound, and strictly. Every real D > 2 will do.
"""


@exact
def step_1_the_integral_is_a_difference_of_powers() -> list[Proof]:
    """(97) and (99), solved for the integral: (w^(2-D))' = +-2 D (D-2) g along the flow."""
    scale = 2 * D * (D - 2)
    return [
        prove_integral(g_plus, t, (w_plus(t) ** (2 - D) - w_plus(0) ** (2 - D)) / scale, 0),
        prove_integral(g_minus, t, -(w_minus(t) ** (2 - D) - w_minus(0) ** (2 - D)) / scale, 0),
    ]


@exact
def step_2_the_powers_are_not_negative() -> list[Proof]:
    """(100) and (101): w^(2-D) > 0, in the form of (102)."""
    plus, minus = step_1_the_integral_is_a_difference_of_powers()
    above, below = (prove_positive(w(t) ** (2 - D), a, 0) for w in (w_plus, w_minus))
    return [
        prove_implication([plus, above, FLOW[0], START[0]], sp.Lt(-bound, R)),
        prove_implication([minus, below, FLOW[1], START[1]], sp.Lt(R, bound)),
    ]


@exact
def step_3_the_dual_variable_is_the_integral_over_its_bound() -> list[Proof]:
    """s_i = -R / bound, by what the two powers of alpha are to each other."""
    inverse = sp.Mul(alpha ** (D - 2), alpha ** (2 - D), evaluate=False)
    return [
        prove_identity(s, -R / bound),
        prove_identity(inverse, 1),
        prove_positive(alpha ** (2 - D), a, 0),
    ]


@exact
def step_4_the_dual_variable_stays_in_the_open_interval() -> list[Proof]:
    above, below = step_2_the_powers_are_not_negative()
    _, *powers = step_3_the_dual_variable_is_the_integral_over_its_bound()
    return [
        *step_1_the_flow_of_a_coordinate(),
        above,
        below,
        prove_implication([below, *powers], sp.Lt(-1, s)),
        prove_implication([above, *powers], sp.Lt(s, 1)),
    ]


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 10**6), st.sampled_from([3, 4, 7]))
def check_by_small_steps(seed: int, depth: int) -> None:
    """A descent in small steps on a random problem: the summed residual keeps the bound."""
    rng = np.random.default_rng(seed)
    design, y, scale = rng.normal(size=(2, 4)), rng.normal(size=2), 0.8
    weights, total, step = np.full(8, scale), np.zeros(4), 1e-4
    flow = velocity(design, y, depth)
    for _ in range(2000):
        total += step * pull(design, y, model(weights, depth))
        weights = weights + step * flow(0, weights)
    assert np.all(np.abs(total) < scale ** (2 - depth) / (2 * depth * (depth - 2)))


def refute_the_printed_flow() -> list[Refuted]:
    """(96) and (98) without the 2 of the square."""
    return [
        refute_the_flow()[0],
        expect_refuted(
            prove_integral,
            g_plus,
            t,
            (w_plus(t) ** (2 - D) - w_plus(0) ** (2 - D)) / (D * (D - 2)),
            0,
        ),
    ]


def refute_a_smaller_bound() -> Refuted:
    """With A = alpha^(2-D) and P, M for w_+-^(2-D): not even 1 - 10^-10 of the bound will do."""
    A, P, M, depth = sp.symbols("A P M D", positive=True)
    scale = 2 * depth * (depth - 2)
    return expect_refuted(
        prove_implication,
        [sp.Gt(depth, 2), sp.Eq(scale * R, P - A), sp.Eq(scale * R, A - M)],
        sp.Lt(scale * R, (1 - sp.Rational(1, 10**10)) * A),
    )
