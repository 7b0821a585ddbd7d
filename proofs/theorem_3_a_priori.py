"""A bound of the minimiser for all alpha and D at once: its l2 norm is below any l1 norm.

Statement
---------
Let beta_i = x h(s_i), x > 0, with s = X^T nu in (-1, 1)^d, h(s) = (1-s)^-p - (1+s)^-p, p = D/(D-2),
as where the gradient flow of depth D ends for x = alpha^D, and let X b = X beta. Then
||beta||_2 <= ||b||_1. So ||beta||_2 <= sqrt(d) ||b||_2 and ||beta||_1 <= sqrt(d) ||b||_1, whatever
alpha and D are: with b the solution of least l2, or of least l1 norm.

Assumptions
-----------
D real. Every D > 2 is 2 + 2/a for one a > 0, and then p = 1 + a: the symbol is a. `m` is the
largest |s_i|, |s_j|, and B = x h(m) is |beta_j|; for m = 0 beta is 0. `t` and `r` are the means of
|beta_i| and |b_i|.

Not covered
-----------
Nothing.

Reference
---------
[woodworth2020, Thm 3], equations (103)-(106), which need such a bound.
"""

import numpy as np
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from implicitbias.symbolic import Proof, Refuted, Statement, exact, expect_refuted
from implicitbias.symbolic import by_cases, instantiate, monotone_of_deriv_nonneg, prove_implication
from implicitbias.symbolic import prove_positive, single_le_sum, split_sums, sum_le_sum
from proofs._checks import drawn_dual, end_at, least_l2_solution, other_solution
from proofs._lemmas import same_pairing
from proofs._notation import N, X, a, b, b_1, beta, beta_1, d, h, i, j, n, nu, s, x, xi, y
from proofs._notation import DUAL, ENDS, FEASIBLE, STATIONARY, l1_norm, square_norm
from proofs.theorem_3_limits import step_1_h_is_above_its_slope_at_zero
from proofs.theorem_3_limits import step_2_h_is_below_its_steepest_tangent

m, B, t, r = sp.symbols("m B t r", real=True)
LARGEST = (
    sp.Lt(0, m),
    sp.Lt(m, 1),
    sp.Le(sp.Abs(xi[i]), m),
    sp.Eq(B, x * h.subs(s, m)),
    sp.Eq(sp.Abs(beta[j]), B),
    sp.Le(j, d),
)
l1_of_beta, l1_of_b = l1_norm(beta), l1_norm(b)
MEANS = (sp.Eq(d * t, l1_of_beta), sp.Eq(d * r, l1_of_b))
squares, squares_of_b = square_norm(beta), square_norm(b)


@exact
def step_1_h_over_s_grows() -> Proof:
    """(s h' - h)' = s h'' > 0 on (0, 1), so (h/s)' >= 0 there."""
    slope = sp.diff(h, s)
    gap = monotone_of_deriv_nonneg(
        prove_positive(sp.diff(s * slope - h, s), s, 0, 1),
        s * slope - h,
        s,
        0,
        smooth_on=(-1, 1),
    )
    strict = by_cases([gap], [sp.Lt(0, s), sp.Lt(s, 1)])
    numerator = prove_implication([strict], (s * slope - h) / s**2 >= 0)
    return monotone_of_deriv_nonneg(numerator, h / s, s, y)


@exact
def step_2_an_entry_against_the_largest() -> Proof:
    """m beta^2 <= B s beta for |s| <= m, of the entry s and beta = x h(s)."""
    _, above = step_1_h_is_above_its_slope_at_zero()
    below = step_2_h_is_below_its_steepest_tangent()
    grows = instantiate(step_1_h_over_s_grows(), {s: m, y: s})
    ends = [sp.Eq(beta_1, x * h), sp.Eq(B, x * h.subs(s, m))]
    wanted = m * beta_1**2 <= B * s * beta_1
    positive = prove_implication([grows, above, *ends], wanted)
    negative = prove_implication([instantiate(positive, {s: -s, beta_1: -beta_1})], wanted)
    zero = prove_implication([above, below, sp.Eq(s, 0), *ends], wanted)
    bounds = [sp.Lt(0, m), sp.Lt(m, 1), sp.Lt(-1, s), sp.Lt(s, 1), sp.Le(sp.Abs(s), m), *ends]
    return by_cases([positive, negative, zero], bounds)


@exact
def step_3_the_l2_norm_is_below_any_l1_norm() -> Proof:
    """m ||beta||_2^2 <= B s.beta = B s.b <= B m ||b||_1, and B <= ||beta||_2."""
    entries = step_2_an_entry_against_the_largest()
    below = split_sums(sum_le_sum(entries, s, xi[i], i, d, others={beta_1: beta[i]}))
    entry = prove_implication([sp.Le(sp.Abs(s), m)], s * b_1 <= m * sp.Abs(b_1))
    above = split_sums(sum_le_sum(entry, s, xi[i], i, d, others={b_1: b[i]}))
    same = same_pairing(xi, nu)
    _, positive = step_1_h_is_above_its_slope_at_zero()
    positive = by_cases([instantiate(positive, {s: m})], LARGEST[:2])
    largest = prove_implication([positive, LARGEST[3]], B > 0)
    product = prove_implication([below, above, same, largest], squares <= B * l1_of_b)
    nonnegative = prove_implication([], sp.Ge(beta[i] ** 2, 0, evaluate=False))
    one = single_le_sum(nonnegative, beta[i] ** 2, i, d, j)
    return prove_implication([product, one, LARGEST[4], largest], squares <= l1_of_b**2)


@exact
def step_4_means_of_squares() -> list[Proof]:
    """||v||_1^2 <= d ||v||_2^2, by 2 |v_i| t <= v_i^2 + t^2 at the mean t of |v_i|."""
    young = prove_implication([], 2 * t * sp.Abs(beta_1) <= beta_1**2 + t**2)
    sums = split_sums(sum_le_sum(young, beta_1, beta[i], i, d))
    other = prove_implication([], 2 * r * sp.Abs(b_1) <= b_1**2 + r**2)
    other = split_sums(sum_le_sum(other, b_1, b[i], i, d))
    return [
        prove_implication([sums, MEANS[0]], l1_of_beta**2 <= d * squares),
        prove_implication([other, MEANS[1]], l1_of_b**2 <= d * squares_of_b),
    ]


ID = "2.7.bound"
STATEMENT = Statement(
    forall=(x, a, m, B, t, r, d, N, i, j, n, beta, b, xi, X, nu),
    hypotheses=(*DUAL, STATIONARY, ENDS, FEASIBLE, *LARGEST),
    some=(j,),
    conclusion=(
        squares <= l1_of_b**2,
        sp.Implies(MEANS[0], l1_of_beta**2 <= d * l1_of_b**2),
        sp.Implies(MEANS[1], squares <= d * squares_of_b),
    ),
    where={"h_m": h.subs(s, m)},
    examples=(
        {
            **{x: 1, a: 1, d: 1, N: 1, j: 1, X[n, i]: 1, m: sp.Rational(1, 2)},
            **{xi[i]: sp.Rational(1, 2), nu[n]: sp.Rational(1, 2), B: sp.Rational(32, 9)},
            **{beta[i]: sp.Rational(32, 9), b[i]: sp.Rational(32, 9)},
            **{t: sp.Rational(32, 9), r: sp.Rational(32, 9)},
        },
    ),
)


@exact
def step_5_bounds_for_all_alpha_and_depths() -> list[Proof]:
    near, (of_beta, of_b) = step_3_the_l2_norm_is_below_any_l1_norm(), step_4_means_of_squares()
    return [
        near,
        prove_implication([near, of_beta], l1_of_beta**2 <= d * l1_of_b**2),
        prove_implication([near, of_b], squares <= d * squares_of_b),
    ]


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 10**6), st.floats(2.2, 40), st.floats(0.01, 0.9999))
def check_on_random_dual_vectors(seed: int, depth: float, part: float) -> None:
    """Any nu is the dual vector of the problem with y = X beta."""
    rng = np.random.default_rng(seed)
    design, dual = drawn_dual(rng, (2, 5), part)
    solution = end_at(dual, depth)
    least = least_l2_solution(design, solution)
    for _ in range(5):
        for b_of in (other_solution(rng, design, least), least):
            assert np.linalg.norm(solution) <= np.abs(b_of).sum() * (1 + 1e-9)


def refute_a_smaller_bound() -> list[Refuted]:
    """With Q = ||beta||_2^2 and S = ||b||_1: Q <= B S and B^2 <= Q give no less than S^2."""
    Q, S = sp.symbols("Q S", positive=True)
    known = [sp.Gt(B, 0), Q <= B * S, B**2 <= Q]
    return [
        expect_refuted(prove_implication, known, Q * (1 + sp.Rational(1, 10**10)) <= S**2),
        expect_refuted(prove_implication, known[:2], Q <= S**2),
    ]
