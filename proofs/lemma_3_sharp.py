"""Lemma 3 made sharp, for every depth: q_D(z) is z^2/(4p) less at most a multiple of z^4.

Statement
---------
For every depth D > 2 and every real z, z^2/(4p) - (kappa/4) z^4 <= q_D(z) <= z^2/(4p) with
p = D/(D-2), kappa = (p+1)(p+2)/(48 p^3). At D = 2, z^2/4 - z^4/192 <= q_2(z) <= z^2/4, which is the
limit of p q_D(z). So at D = 2, with Q = sum_i q_2(beta_i/alpha^2) and S = ||beta||_2^2, for every
alpha 4 alpha^4 Q <= S, and alpha^4 >= S/(48 epsilon) gives (1 - epsilon) S <= 4 alpha^4 Q.

Assumptions
-----------
D, z real; D = 2 + 2/a for one a > 0, and p = 1 + a: the symbol is a. z = h(s) for one s in (-1, 1),
and q_D(z) = z s - H(s), by theorem_3_potential. beta real and finite, of any dimension.

Not covered
-----------
Term-by-term differentiation of power series: the binomial series of h.

Reference
---------
[woodworth2020, Lemma 3], whose condition is alpha^4 >= ||beta||_2^2 (1 + epsilon^(-1/4))^4.
"""

import mpmath
import numpy as np
import sympy as sp

from implicitbias.symbolic import Proof, Refuted, Statement, exact, expect_refuted
from implicitbias.symbolic import by_cases, discharge, instantiate, monotone_of_deriv_nonneg
from implicitbias.symbolic import prove_by_shift, prove_identity, prove_implication
from implicitbias.symbolic import prove_nonnegative, prove_positive, prove_series
from implicitbias.symbolic import prove_series_comparison, prove_terms_nonnegative, rename
from implicitbias.symbolic import sum_le_sum, times
from proofs._lemmas import on_the_l2_sphere
from proofs._notation import H, a, alpha, beta, d, epsilon, h, i, nudge, p, q_deep, s, z
from proofs._notation import INSIDE, OPEN, Q_of, q_at, square_norm
from proofs._notation import q as q_2

y, u, v, w = sp.symbols("y u v w", real=True)
n = sp.Symbol("n", integer=True, nonnegative=True)
POSITIVE = (sp.Gt(a, 0, evaluate=False),)

Q, S = Q_of(beta), square_norm(beta)
kappa = (p + 1) * (p + 2) / (48 * p**3)
c_1 = (p + 1) * (p + 2) / 6

lower, upper = h**2 / (4 * p) - kappa / 4 * h**4, h**2 / (4 * p)

ratio = (p + 2 * n + 3) * (p + 2 * n + 4) / ((2 * n + 4) * (2 * n + 5))  # c_(n+2) / c_(n+1)

ENOUGH = sp.Ge(alpha**4, S / (48 * epsilon), evaluate=False)
LOWER = sp.Le((1 - epsilon) * S, 4 * alpha**4 * Q, evaluate=False)
UPPER = sp.Le(4 * alpha**4 * Q, S, evaluate=False)

ID = "2.4"
STATEMENT = Statement(
    forall=(a, alpha, epsilon, s, z, d, beta),
    conclusion=(
        q_2 - z**2 / 4 + z**4 / 192 >= 0,
        z**2 / 4 - q_2 >= 0,
        *(
            sp.Implies(sp.And(s > -1, s < 1, sp.Eq(z, h)), conclusion)
            for conclusion in (
                sp.Le(z**2 / (4 * p) - kappa / 4 * z**4, s * z - H, evaluate=False),
                sp.Le(s * z - H, z**2 / (4 * p), evaluate=False),
            )
        ),
        UPPER,
        sp.Implies(ENOUGH, LOWER),
    ),
    examples=({a: 1, s: 0, z: 0}, {alpha: 2, epsilon: 1, d: 1, beta[i]: 1}),
    where={"q_2": q_2, "h": h, "H": H, "Q": Q, "S": S},
)


def _coefficient(k: sp.Expr) -> sp.Expr:
    """2 p c_k, that of s^(2k+1) in h."""
    return 2 * sp.rf(p, 2 * k + 1) / sp.factorial(2 * k + 1)


@exact
def step_1_depth_2() -> list[Proof]:
    return [
        prove_nonnegative(q_2 - z**2 / 4 + z**4 / 192, z),
        prove_nonnegative(z**2 / 4 - q_2, z),
    ]


@exact
def step_2_h_lies_above_its_tangent() -> Proof:
    """h(s) >= 2 p s for s >= 0: the series of h - 2ps, from s^3 on, has positive coefficients."""
    term = _coefficient(n + 1)
    series = prove_series(h - 2 * p * s, s, term, n, POSITIVE, step=2, first=3)
    return prove_series_comparison(series, None, prove_terms_nonnegative(term, n, POSITIVE))


def _both(value: sp.Expr) -> tuple[sp.Expr, sp.Expr]:
    """2 p times c_1 (3 s^2 v - 3 s^3) and v - s - c_1 s^3, for v = value / (2 p)."""
    return 3 * c_1 * (s**2 * value - 2 * p * s**3), value - 2 * p * s - 2 * p * c_1 * s**3


@exact
def step_3_the_coefficients_grow_by_less_than_the_first() -> Proof:
    """c_(k+1) <= 3 c_1 c_k, so that v = h/(2p) has v - s <= c_1 (3 s^2 v - 2 s^3) for s >= 0."""
    term = _coefficient(n + 1)
    more, less = (
        prove_series(f, s, factor * term, n, POSITIVE, step=2, first=5)
        for f, factor in zip(_both(h), (3 * c_1, ratio), strict=True)
    )
    bounds = (*POSITIVE, sp.Ge(n, 0, evaluate=False))
    growth = prove_by_shift(sp.Ge(3 * c_1, ratio, evaluate=False), bounds)
    terms = times(growth, prove_terms_nonnegative(term, n, POSITIVE))
    return prove_series_comparison(more, less, terms)


@exact
def step_4_h_lies_below_a_cubic_of_itself() -> Proof:
    """h/(2p) - s <= kappa h^3 for s >= 0, as v^3 - 3 s^2 v + 2 s^3 = (v - s)^2 (v + 2s) >= 0."""
    above, excess = (
        step_2_h_lies_above_its_tangent(),
        step_3_the_coefficients_grow_by_less_than_the_first(),
    )
    rows = [
        sp.Ge(y - 2 * p * s, 0, evaluate=False),
        sp.Ge(*_both(y), evaluate=False),
        sp.Ge(s, 0, evaluate=False),
    ]
    cubic = prove_implication(rows, sp.Ge(s - y / (2 * p) + kappa * y**3, 0, evaluate=False))
    return discharge(instantiate(cubic, {y: h}, domain=OPEN), above, excess)


@exact
def step_5_h_increases() -> Proof:
    return prove_positive(sp.diff(h, s), s, -1, 1)


@exact
def step_6_both_bounds_for_positive_s() -> list[Proof]:
    """Of both differences the derivative is that of step 2 or 4 times h'; at 0 they are 0."""
    increasing = step_5_h_increases()
    above, below = step_2_h_lies_above_its_tangent(), step_4_h_lies_below_a_cubic_of_itself()
    return [
        monotone_of_deriv_nonneg(times(below, increasing), q_deep - lower, s, 0, smooth_on=(-1, 1)),
        monotone_of_deriv_nonneg(
            times(above, increasing), 2 * p * (upper - q_deep), s, 0, smooth_on=(-1, 1)
        ),
    ]


def _from_both_sides(proof: Proof, factor: sp.Expr, left: sp.Expr, right: sp.Expr) -> Proof:
    """left <= right for s in (-1, 1), from factor (right - left) >= 0 for s >= 0 and evenness."""
    order = prove_implication(
        [sp.Ge(u, 0), sp.Eq(u, factor * (w - v))], sp.Le(v, w, evaluate=False)
    )
    values = {v: left, w: right}
    plus = discharge(instantiate(order, {u: factor * (right - left), **values}, domain=OPEN), proof)
    mirrored = instantiate(proof, {s: -s})
    at = mirrored.statement.lhs
    even = prove_identity(at, factor * (right - left), domain=OPEN)
    minus = discharge(instantiate(order, {u: at, **values}, domain=OPEN), mirrored, even)
    both = by_cases([plus, minus], INSIDE)
    return rename(both, z, h)


@exact
def step_7_both_bounds() -> list[Proof]:
    """h is odd and H is even, so both differences are even."""
    low, high = step_6_both_bounds_for_positive_s()
    return [
        _from_both_sides(low, sp.Integer(1), lower, q_deep),
        _from_both_sides(high, 2 * p, q_deep, upper),
    ]


@exact
def step_8_the_sandwich_at_depth_2() -> list[Proof]:
    """Both bounds are concave in z^2: their sums are extreme at one entry, or at d equal ones."""
    f = z**2 / (4 * alpha**4) - z**4 / (192 * alpha**8), z**2 / (4 * alpha**4)
    below, above = (instantiate(bound, {z: u / alpha**2}) for bound in step_1_depth_2())
    value = q_at(u)
    entries = (
        prove_implication([below], sp.Ge(value, f[0].subs(z, u), evaluate=False)),
        prove_implication([above], sp.Le(value, f[1].subs(z, u), evaluate=False)),
    )
    low, high = (sum_le_sum(entry, u, beta[i], i, d) for entry in entries)
    sign = sum_le_sum(prove_nonnegative(z**2, z), z, beta[i], i, d)
    least = prove_implication(
        [low, on_the_l2_sphere(f[0], beta)[0]],
        sp.Ge(4 * alpha**4 * Q, S - S**2 / (48 * alpha**4), evaluate=False),
    )
    return [
        prove_implication([high, on_the_l2_sphere(f[1], beta)[1]], UPPER),
        prove_implication([least, sign, ENOUGH], LOWER),
    ]


@exact
def step_9_every_depth() -> list[Proof]:
    return [*step_1_depth_2(), *step_7_both_bounds(), *step_8_the_sandwich_at_depth_2()]


def check_bounds_at_random_depths() -> None:
    rng = np.random.default_rng(24)
    for depth, point in zip(rng.uniform(2.05, 30, 40), rng.uniform(-1, 1, 40), strict=True):
        with mpmath.workdps(40):
            values = {a: 2 / (mpmath.mpf(depth) - 2), s: mpmath.mpf(point)}
            low, middle, high = (
                sp.lambdify((a, s), f, "mpmath")(values[a], values[s])
                for f in (lower, q_deep, upper)
            )
            assert low <= middle <= high


def refute_other_constants() -> list[Refuted]:
    """Both are sharp at 0: here at D = 4 (a = 1), and at D = 2."""
    at = {a: 1}
    smaller = h**2 / (4 * p) - (1 - nudge) * kappa / 4 * h**4
    return [
        expect_refuted(prove_nonnegative, (q_deep - smaller).subs(at), s, 0, 1),
        expect_refuted(prove_nonnegative, ((1 - nudge) * upper - q_deep).subs(at), s, 0, 1),
        expect_refuted(prove_nonnegative, q_2 - z**2 / 4 + z**4 / (192 + nudge), z),
    ]


def refute_a_slower_growth_of_the_coefficients() -> list[Refuted]:
    """c_(k+1) <= 3 c_1 c_k without the 3 for k >= 1, at p near 1; and with c_1/3 for c_1."""
    bounds = (*POSITIVE, sp.Ge(n, 0, evaluate=False))
    return [
        expect_refuted(prove_by_shift, sp.Ge(c, ratio, evaluate=False), bounds)
        for c in (c_1 / 2, c_1 / 3)
    ]


def refute_another_tangent() -> Refuted:
    """h(s) >= 2 p s with a larger slope, at D = 4."""
    return expect_refuted(prove_nonnegative, (h - (2 + nudge) * p * s).subs(a, 1), s, 0, 1)
