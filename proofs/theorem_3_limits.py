"""The limits of Theorem 3 with their rates, from the dual vector alone, for every real depth D > 2.

Statement
---------
Let beta_i = alpha^D h(s_i) with s = X^T nu in (-1, 1)^d, h(s) = (1-s)^-p - (1+s)^-p, p = D/(D-2),
as where the gradient flow of depth D ends, and let X b = X beta.

Small alpha: whatever b, for every tau in (0, 1), if d alpha^D <= ||b||_1 tau^p / (1 - tau), then
||beta||_1 <= ||b||_1 / (1 - tau). With tau = eps / (1 + eps): ||beta||_1 <= (1 + eps) ||b||_1 as
soon as alpha^D <= (||b||_1 / d) eps^p (1 + eps)^(1-p). So the l1 norm of beta tends to the least.

Large alpha: for b = X^T mu, the solution of least l2 norm, and every omega in (0, 1), if
||b||_2 <= 2 p omega alpha^D, then ||beta - b||_2 <= ((1 - omega)^-(p+1) - 1) ||b||_2 and
||s||_2 <= omega. The factor is eps at omega = 1 - (1 + eps)^(-1/(p+1)). So beta tends to b.

Assumptions
-----------
0 < alpha; D real. Every D > 2 is 2 + 2/a for one a > 0, and then p = 1 + a: the symbols are a, and
x for alpha^D. Norms are written as sums; the family of the s_i is `xi`.

Not covered
-----------
Compactness: where the solution b of least l1 norm is unique, a bounded beta with X beta = X b whose
    l1 norm tends to that of b tends to b itself.

Reference
---------
[woodworth2020, Thm 3], equations (103)-(111).
"""

import numpy as np
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from implicitbias.symbolic import Proof, Refuted, Statement, exact, expect_refuted
from implicitbias.symbolic import by_cases, instantiate, monotone_of_deriv_nonneg, multiply_out
from implicitbias.symbolic import prove_identity, prove_implication, prove_positive, relabel
from implicitbias.symbolic import single_le_sum, split_sums, sum_le_sum
from proofs._checks import drawn_dual, end_at, least_l2_solution, other_solution
from proofs._lemmas import above_its_tangents, increasing, same_pairing
from proofs._notation import N, X, a, b, b_1, beta, beta_1, d, h, i, j, mu, n, nu, nudge, p, s, x
from proofs._notation import xi, y
from proofs._notation import DUAL, ENDS, FEASIBLE, INSIDE, LEAST_L2, OPEN, STATIONARY
from proofs._notation import l1_norm, square_norm, sum_i
from proofs._notation import epsilon as eps

tau, omega, rho = sp.symbols("tau omega rho", real=True)

l1_of_beta, l1_of_b = l1_norm(beta), l1_norm(b)
distance = sum_i((beta[i] - b[i]) ** 2)
growth = (1 - omega) ** (-p - 1)
TAU = (sp.Lt(0, tau), sp.Lt(tau, 1))
OMEGA = (sp.Lt(0, omega), sp.Lt(omega, 1))
SMALL = sp.Le(d * x, l1_of_b * tau * tau**a / (1 - tau))
LARGE = sp.Le(square_norm(b), (2 * p * x * omega) ** 2)

ID = "2.7"
STATEMENT = Statement(
    forall=(x, a, eps, d, N, i, n, tau, omega, beta, b, xi, X, nu, mu),
    conclusion=(
        sp.Implies(
            sp.And(*DUAL, STATIONARY, ENDS, FEASIBLE, *TAU, SMALL),
            (1 - tau) * l1_of_beta <= l1_of_b,
        ),
        *(
            sp.Implies(
                sp.And(*DUAL, STATIONARY, ENDS, FEASIBLE, LEAST_L2, *OMEGA, LARGE), conclusion
            )
            for conclusion in (
                square_norm(xi) <= omega**2,
                distance <= (growth - 1) ** 2 * square_norm(b),
            )
        ),
        sp.Eq((growth - 1).subs(omega, 1 - (1 + eps) ** (-1 / (p + 1))), eps),
    ),
    examples=(
        {
            **{x: 1, a: 1, d: 1, N: 1, X[n, i]: 1, tau: sp.Rational(1, 2)},
            **{xi[i]: sp.Rational(1, 2), nu[n]: sp.Rational(1, 2)},
            **{beta[i]: sp.Rational(32, 9), b[i]: sp.Rational(32, 9)},
        },
        {
            **{x: 1, a: 1, d: 1, N: 1, X[n, i]: 1, omega: sp.Rational(1, 2)},
            **{xi[i]: sp.Rational(1, 4), nu[n]: sp.Rational(1, 4), mu[n]: sp.Rational(256, 225)},
            **{beta[i]: sp.Rational(256, 225), b[i]: sp.Rational(256, 225)},
        },
    ),
)
REPAIRS = """
That beta is finite for each alpha does not bound it over alpha, and so (105), from which (106)
follows, does not follow from it; nor has the limit alpha -> 0 to exist. Both limits are proved with
rates instead.
(105) and (108)-(110) print alpha -> 0 for alpha -> oo.
"""


@exact
def step_1_h_is_above_its_slope_at_zero() -> list[Proof]:
    """h'' > 0 on (0, 1), so h' >= h'(0) = 2 p and h(s) >= 2 p s there."""
    convex = prove_positive(sp.diff(h, s, 2), s, 0, 1)
    slope = monotone_of_deriv_nonneg(convex, sp.diff(h, s), s, 0, smooth_on=(-1, 1))
    return [slope, monotone_of_deriv_nonneg(slope, h - 2 * p * s, s, 0, smooth_on=(-1, 1))]


@exact
def step_2_h_is_below_its_steepest_tangent() -> Proof:
    """y^-p is convex, so its value at 1+s is above the tangent at 1-s."""
    z = sp.Symbol("z", real=True)
    power = z ** (-p)
    tangent = above_its_tangents(power, z, y, 0)
    at = instantiate(tangent, {z: 1 + s, y: 1 - s}, domain=OPEN)
    one = sp.Mul(1 - s, (1 - s) ** (-p - 1), evaluate=False)
    return prove_implication(
        [at, prove_identity(one, (1 - s) ** (-p), domain=OPEN)],
        sp.Le(h, 2 * p * s * (1 - s) ** (-p - 1)),
    )


@exact
def step_3_the_error_of_the_slope_is_small_where_s_is() -> Proof:
    """|h(s) - 2 p s| <= 2 p |s| ((1 - omega)^-(p+1) - 1) for |s| <= omega < 1, squared."""
    _, above = step_1_h_is_above_its_slope_at_zero()
    below = step_2_h_is_below_its_steepest_tangent()
    power = (1 - s) ** (-p - 1)
    grows = increasing(power, s, y, -1, 1)
    grows = instantiate(grows, {s: omega, y: s})
    largest = 2 * p * (growth - 1) * s
    half = prove_implication([above, below, grows], h - 2 * p * s <= largest)
    right = prove_implication([above, half], (h - 2 * p * s) ** 2 <= largest**2)
    left = prove_implication([instantiate(right, {s: -s})], right.statement)
    bounds = [s**2 <= omega**2, *OMEGA, *INSIDE]
    return by_cases([right, left], bounds)


@exact
def step_4_a_dual_entry_is_paid_for() -> Proof:
    """s h(s) >= 2 p s^2, of the entry s and beta = x h(s)."""
    _, above = step_1_h_is_above_its_slope_at_zero()
    right = prove_implication([above], s * h >= 2 * p * s**2)
    left = prove_implication([instantiate(right, {s: -s})], right.statement)
    both = by_cases([right, left], INSIDE)
    return prove_implication([both, sp.Eq(beta_1, x * h)], s * beta_1 >= 2 * p * x * s**2)


@exact
def step_5_the_dual_vector_is_small_where_alpha_is_large() -> list[Proof]:
    """2 p x ||s||^2 <= s.beta = s.b <= p x ||s||^2 + ||b||^2 / (4 p x)."""
    entries = {s: xi[i], beta_1: beta[i], b_1: b[i]}
    below = split_sums(_sum(step_4_a_dual_entry_is_paid_for(), entries))
    young = prove_implication([], 4 * p * x * s * b_1 <= (2 * p * x * s) ** 2 + b_1**2)
    above = split_sums(_sum(young, entries))
    same = same_pairing(xi, nu)
    dual = prove_implication(
        [below, above, same],
        sp.Le((2 * p * x) ** 2 * square_norm(xi), square_norm(b)),
    )
    small = prove_implication([dual, LARGE], square_norm(xi) <= omega**2)
    return [dual, small]


@exact
def step_6_beta_is_near_the_least_l2_norm() -> Proof:
    """||beta - b||^2 <= ||beta - 2 p x s||^2, as b and s are orthogonal to beta - b."""
    dual, small = step_5_the_dual_vector_is_small_where_alpha_is_large()
    nonnegative = prove_implication([], sp.Ge(xi[i] ** 2, 0, evaluate=False))
    entry = prove_implication(
        [small, single_le_sum(nonnegative, xi[i] ** 2, i, d, j)], xi[j] ** 2 <= omega**2
    )
    scalar = prove_implication(
        [
            step_3_the_error_of_the_slope_is_small_where_s_is(),
            sp.Eq(beta_1, x * h),
            sp.Eq(rho, growth),
        ],
        (beta_1 - 2 * p * x * s) ** 2 <= (2 * p * x * (rho - 1)) ** 2 * s**2,
    )
    errors = _sum(scalar, {s: xi[i], beta_1: beta[i]})
    at_j = [row.subs(i, j) for row in (*DUAL, ENDS)]
    errors = by_cases([relabel(errors, i, j)], [entry, *OMEGA, *at_j, sp.Eq(rho, growth)])
    errors = relabel(errors, j, i)
    error = sum_i((beta[i] - 2 * p * x * xi[i]) ** 2)
    pythagoras = prove_implication(
        [],
        sp.Ge(
            (beta_1 - 2 * p * x * s) ** 2,
            (beta_1 - b_1) ** 2 + 2 * (beta_1 - b_1) * (b_1 - 2 * p * x * s),
        ),
    )
    projected = _sum(pythagoras, {s: xi[i], beta_1: beta[i], b_1: b[i]})
    orthogonal = same_pairing(b, mu)
    same = same_pairing(xi, nu)
    both = [multiply_out(distance), multiply_out(error)]
    split = prove_implication([split_sums(projected), orthogonal, same, *both], distance <= error)
    near = prove_implication(
        [split, split_sums(errors), *both, dual],
        distance <= (rho - 1) ** 2 * square_norm(b),
    )
    return instantiate(near, {rho: growth}, domain={omega: (0, 1)})


@exact
def step_7_powers_of_tau() -> list[Proof]:
    """tau^a tau^-a = 1 and tau^p = tau tau^a, for powers that are unknowns in what follows."""
    inverse = sp.Mul(tau**a, tau ** (-a), evaluate=False)
    return [
        prove_identity(inverse, 1, domain={tau: (0, 1)}),
        prove_identity(tau**p, sp.Mul(tau, tau**a, evaluate=False), domain={tau: (0, 1)}),
        prove_positive(tau ** (-a), tau, 0, 1),
    ]


@exact
def step_8_a_large_entry_has_a_dual_entry_near_one() -> Proof:
    """With u = 1-s: (u - a tau/p) h <= 1/(p tau^a), as u^p is above its tangent at tau."""
    u = sp.Symbol("u", real=True)
    tangent = instantiate(above_its_tangents(u**p, u, y, 0), {u: 1 - s, y: tau}, domain=OPEN)
    one = sp.Mul((1 - s) ** p, (1 - s) ** (-p), evaluate=False)
    _, above = step_1_h_is_above_its_slope_at_zero()
    facts = [
        *step_7_powers_of_tau(),
        above,
        prove_identity(one, 1, domain=OPEN),
        prove_positive((1 - s) ** (-p), s, -1, 1),
        prove_positive((1 + s) ** (-p), s, -1, 1),
    ]
    return prove_implication([tangent, *facts], sp.Le(p * (1 - s) * h, a * tau * h + tau ** (-a)))


@exact
def step_9_entries_with_their_signs() -> Proof:
    """s beta >= (1 - a tau/p) |beta| - x/(p tau^a) for either sign."""
    right = step_8_a_large_entry_has_a_dual_entry_near_one()
    _, above = step_1_h_is_above_its_slope_at_zero()
    wanted = p * sp.Abs(beta_1) <= p * s * beta_1 + a * tau * sp.Abs(beta_1) + x * tau ** (-a)
    ends = sp.Eq(beta_1, x * h)
    positive = prove_implication([right, above, ends], wanted)
    negative = prove_implication([instantiate(positive, {s: -s, beta_1: -beta_1})], wanted)
    return by_cases([positive, negative], [*INSIDE, *TAU, ends])


@exact
def step_10_beta_has_nearly_the_least_l1_norm() -> Proof:
    """(1 - a tau/p) ||beta||_1 - d x/(p tau^a) <= s.beta = s.b <= ||b||_1."""
    below = split_sums(_sum(step_9_entries_with_their_signs(), {s: xi[i], beta_1: beta[i]}))
    entry = prove_implication(INSIDE, s * b_1 <= sp.Abs(b_1))
    above = _sum(entry, {s: xi[i], b_1: b[i]})
    same = same_pairing(xi, nu)
    sums = prove_implication(
        [below, above, same],
        p * l1_of_beta <= p * l1_of_b + a * tau * l1_of_beta + d * x * tau ** (-a),
    )
    return prove_implication(
        [sums, *step_7_powers_of_tau(), SMALL], (1 - tau) * l1_of_beta <= l1_of_b
    )


@exact
def step_11_the_bounds_are_as_small_as_you_like() -> list[Proof]:
    """eps at omega = 1 - (1+eps)^(-1/(p+1)) in (0, 1); 1/(1 - tau) = 1 + eps at eps/(1 + eps)."""
    last = 1 - (1 + eps) ** (-1 / (p + 1))
    return [
        prove_identity((growth - 1).subs(omega, last), eps),
        prove_positive(last, eps, 0),
        prove_positive(1 - last, eps, 0),
        prove_identity((1 / (1 - tau)).subs(tau, eps / (1 + eps)), 1 + eps),
    ]


@exact
def step_12_both_limits() -> list[Proof]:
    return [
        step_10_beta_has_nearly_the_least_l1_norm(),
        step_5_the_dual_vector_is_small_where_alpha_is_large()[1],
        step_6_beta_is_near_the_least_l2_norm(),
        step_11_the_bounds_are_as_small_as_you_like()[0],
    ]


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10**6), st.floats(2.2, 9), st.floats(0.05, 0.95))
def check_on_random_dual_vectors(seed: int, depth: float, part: float) -> None:
    """Any nu is the dual vector of the problem with y = X beta; both b are computed from it."""
    rng = np.random.default_rng(seed)
    design, dual = drawn_dual(rng, (2, 5), part)
    solution, power = end_at(dual, depth), depth / (depth - 2)  # x = 1
    least = least_l2_solution(design, solution)
    reach = np.linalg.norm(least) / (2 * power)
    assert np.linalg.norm(dual) <= reach * (1 + 1e-9)
    if reach < 1:
        bound = ((1 - reach) ** (-power - 1) - 1) * np.linalg.norm(least)
        assert np.linalg.norm(solution - least) <= bound * (1 + 1e-9)
    other = other_solution(rng, design, least)
    for fraction in np.linspace(0.05, 0.95, 19):
        if np.abs(other).sum() * fraction**power / (1 - fraction) >= 5:
            assert (1 - fraction) * np.abs(solution).sum() <= np.abs(other).sum() * (1 + 1e-9)


def refute_the_printed_conclusion_from_finiteness() -> Refuted:
    """beta = x is finite for each x, but not in the limit (105), and h(s) = beta/x stays at 1."""
    entry = sp.Symbol("beta", positive=True)
    return expect_refuted(
        prove_implication,
        [x >= 10**6, sp.Eq(entry, x)],
        entry / x <= sp.Rational(1, 10**6),
    )


def refute_smaller_constants() -> list[Refuted]:
    """2 p of step 1 with a nudge, and 19/20 of the 2 p of step 2."""
    return [
        expect_refuted(prove_positive, h - (2 * p + nudge) * s, s, 0, 1),
        expect_refuted(
            prove_positive, sp.Rational(19, 10) * p * s * (1 - s) ** (-p - 1) - h, s, 0, 1
        ),
    ]


def _sum(proof: Proof, entries: dict[sp.Symbol, sp.Expr]) -> Proof:
    (name, entry), *others = [
        (name, entry) for name, entry in entries.items() if proof.statement.has(name)
    ]
    return sum_le_sum(proof, name, entry, i, d, others=dict(others))
