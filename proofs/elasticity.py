"""The elasticity z q'(z)/q(z) of the potential falls strictly from 2 to 1, at every real depth.

Statement
---------
For a convex even q with the conjugate H, z = h(s) = H'(s), E_q = z q'(z)/q(z) = s h/(s h - H) and
E_H = s h/H: they satisfy 1/E_q + 1/E_H = 1.

Depth 2 is elasticity_at_depth_2: E_q falls strictly from 2 to 1, k q(z) <= q(k z) <= k^2 q(z) for
k >= 1, and q(r y) q(Y) >= q(r Y) q(y) for y <= Y, r >= 1.

Depth D > 2, a = 2/(D-2) > 0, H(s) = ((1-s)^-a + (1+s)^-a - 2)/a, 0 < s < 1: E_H exceeds 2 and
increases strictly, so E_q is below 2 and falls strictly; and 1 < E_q. It tends to 2 at s = 0, as
E_H <= h'/(1+a), which is 2 there, and to 1 at s = 1, as E_H > a s/(1-s). In s, q/z = s - H/h
increases and q/z^2 = (s h - H)/h^2 falls; so k q(z) <= q(k z) <= k^2 q(z), for z = h(S) and
k z = h(s) with s >= S. And q(r z)/q(z) falls in z for every r >= 1: q(r z) q(Z) >= q(r Z) q(z)
for z = h(S), Z = h(S'), r z = h(s), r Z = h(s') with S <= S'.

Assumptions
-----------
a real and positive, which is every real D > 2, as in theorem_3_potential, which shows that h
increases from -oo to oo, so that every z > 0 is one h(s) with 0 < s < 1, and that q(h(s)) is
s h(s) - H(s).

Not covered
-----------
Term-by-term differentiation of power series: of H, inside of its radius of convergence 1; with it
    E_H is the mean of the exponents under the weights a_k s^(2k), and s dE_H/ds their variance.

Reference
---------
[woodworth2020, (58)], which is stated at depth 2 and without proof.
"""

import mpmath
import sympy as sp
from hypothesis import given
from hypothesis import strategies as st

from implicitbias.symbolic import Proof, Refuted, Statement, exact, expect_refuted
from implicitbias.symbolic import discharge, first_order_convexity_along, instantiate
from implicitbias.symbolic import monotone_of_deriv_nonneg, prove_elasticity_increases
from implicitbias.symbolic import prove_identity, prove_implication, prove_positive, prove_series
from implicitbias.symbolic import prove_terms_nonnegative
from proofs._lemmas import increasing
from proofs._notation import a, h, s, z
from proofs._ratios import ratios_fall
from proofs.elasticity_at_depth_2 import STATEMENT as DEPTH_2
from proofs.elasticity_at_depth_2 import Y, k, r, u, y, z_later
from proofs.elasticity_at_depth_2 import step_3_four_points_of_a_convex_function
from proofs.elasticity_at_depth_2 import step_4_the_logarithm_and_back
from proofs.elasticity_at_depth_2 import step_7_the_elasticity_at_depth_2

# By the dual variable s in (0, 1): z = h, q = s h - H.
j = sp.Symbol("j", integer=True, nonnegative=True)
sigma, S, S_later, s_later = sp.symbols("sigma S S' s'", real=True)
UNIT = {s: (0, 1)}
whole = ((1 - s) ** (-a) + (1 + s) ** (-a)) / a
H = whole - 2 / a
q_s = s * h - H
E_H, E_q = s * h / H, s * h / q_s
E_series = s * sp.diff(H, s) / H  # E_H as its series gives it

ID = "2.3"
STATEMENT = Statement(
    forall=(z, z_later, u, k, y, Y, r, a, s, S, s_later, S_later),
    conclusion=(
        *DEPTH_2.conclusions,
        *(
            sp.Implies(sp.And(s > 0, s < 1), conclusion)
            for conclusion in (
                sp.Eq(sp.Derivative(H, s), h),
                sp.Gt(s * h - 2 * H, 0, evaluate=False),
                sp.Gt(sp.Derivative(E_H, s), 0, evaluate=False),
                sp.Gt(-sp.Derivative(E_q, s), 0, evaluate=False),
                sp.Gt(2 - E_q, 0, evaluate=False),
                sp.Gt(E_q - 1, 0, evaluate=False),
                sp.Gt(E_H - a * s / (1 - s), 0, evaluate=False),
                sp.Le(E_H, sp.diff(h, s) / (1 + a), evaluate=False),
                sp.Eq(1 / E_q + 1 / E_H, 1),
            )
        ),
        *(
            sp.Implies(
                sp.And(S > 0, S < 1, s > 0, s < 1, s >= S, sp.Eq(h, k * h.subs(s, S))), conclusion
            )
            for conclusion in (
                sp.Ge(q_s, k * q_s.subs(s, S), evaluate=False),
                sp.Le(q_s, k**2 * q_s.subs(s, S), evaluate=False),
            )
        ),
        sp.Implies(
            sp.And(
                *(sp.And(point > 0, point < 1) for point in (S, S_later, s, s_later)),
                S_later >= S,
                r >= 1,
                sp.Eq(h, r * h.subs(s, S)),
                sp.Eq(h.subs(s, s_later), r * h.subs(s, S_later)),
            ),
            sp.Ge(
                q_s * q_s.subs(s, S_later),
                q_s.subs(s, s_later) * q_s.subs(s, S),
                evaluate=False,
            ),
        ),
    ),
    examples=(
        {z: 1, z_later: 2},
        {k: 1, s: sp.Rational(1, 2), S: sp.Rational(1, 2), a: 1},
        {r: 1, y: 1, Y: 1},
        {r: 1, a: 1}
        | dict.fromkeys((S, s), sp.Rational(1, 3))
        | dict.fromkeys((S_later, s_later), sp.Rational(1, 2)),
    ),
    where={
        **DEPTH_2.where,
        **{"h": h, "H": H, "E_H": E_H, "E_q": E_q},
        **{"q_s": q_s, "q_S": q_s.subs(s, S), "h_S": h.subs(s, S)},
        **{"q_s'": q_s.subs(s, s_later), "q_S'": q_s.subs(s, S_later)},
        **{"h_s'": h.subs(s, s_later), "h_S'": h.subs(s, S_later)},
    },
)


@exact
def step_1_the_conjugate_has_positive_coefficients() -> list[Proof]:
    """H + 2/a is the sum of 2 rf(a, 2j)/(a (2j)!) s^(2j), and E_H the mean of 2j for j >= 1."""
    bound = sp.Gt(a, 0, evaluate=False)
    term = 2 * sp.rf(a, 2 * j) / (a * sp.factorial(2 * j))
    series = prove_series(whole, s, term, j, [bound], step=2)
    terms = prove_terms_nonnegative(term, j, [bound], strict=True)
    right = prove_implication([sp.Lt(0, s)], sp.Lt(-1, s))
    return [
        discharge(proof, right)
        for proof in prove_elasticity_increases(series, terms, without_first=True)
    ]


@exact
def step_2_the_elasticity_of_the_conjugate_increases_from_2() -> list[Proof]:
    """H > 0; s h > 2 H; E_H increases."""
    value, above, slope = step_1_the_conjugate_has_positive_coefficients()
    doubled = prove_positive(s * h - 2 * H, s, 0, 1, given=[H > 0, E_series > 2])
    increasing = prove_positive(
        sp.Derivative(E_H, s), s, 0, 1, given=[H > 0, sp.diff(E_series, s) > 0]
    )
    return [
        prove_identity(sp.Derivative(H, s), h, domain=UNIT),
        value,
        discharge(doubled, value, above),
        discharge(increasing, value, slope),
    ]


@exact
def step_3_the_elasticity_of_q_falls_to_1() -> list[Proof]:
    """E_q = s h/(s h - H); E_q - 1 = H/(s h - H), and s h/H > a s/(1-s) gives its rate."""
    _, value, doubled, _ = step_2_the_elasticity_of_the_conjugate_increases_from_2()
    x, w = sp.symbols("x w", real=True)
    linear = prove_implication([x - 2 * w > 0, w > 0], x - w > 0)
    once = discharge(instantiate(linear, {x: s * h, w: H}, domain=UNIT), value, doubled)
    falling = prove_positive(
        -sp.Derivative(E_q, s), s, 0, 1, given=[H > 0, q_s > 0, sp.diff(E_H, s) > 0]
    )
    carried_out = discharge(
        prove_positive(sp.diff(E_H, s), s, 0, 1, given=[H > 0, sp.diff(E_series, s) > 0]),
        *(value, step_1_the_conjugate_has_positive_coefficients()[2]),
    )
    return [
        once,
        discharge(falling, value, once, carried_out),
        discharge(
            prove_positive(2 - E_q, s, 0, 1, given=[q_s > 0, s * h - 2 * H > 0]), once, doubled
        ),
        discharge(prove_positive(E_q - 1, s, 0, 1, given=[q_s > 0, H > 0]), once, value),
        discharge(prove_positive(E_H - a * s / (1 - s), s, 0, 1, given=[H > 0]), value),
        discharge(
            prove_identity(1 / E_q + 1 / E_H, 1, domain=UNIT, given=[q_s > 0, H > 0]), once, value
        ),
    ]


@exact
def step_4_the_elasticity_of_q_starts_at_2() -> list[Proof]:
    """E_H <= h'/(1 + a), which is 2 at 0: h is convex, so s h' >= h and H >= h'(0) s^2/2."""
    slope, bend = sp.diff(h, s), sp.diff(h, s, 2)
    whole_interval = {"smooth_on": (-1, 1)}
    steeper = monotone_of_deriv_nonneg(prove_positive(bend, s, 0, 1), slope, s, 0, **whole_interval)
    above_line = monotone_of_deriv_nonneg(steeper, h - 2 * (1 + a) * s, s, 0, **whole_interval)
    above_parabola = monotone_of_deriv_nonneg(
        above_line, H - (1 + a) * s**2, s, 0, **whole_interval
    )
    below_tangent = monotone_of_deriv_nonneg(
        prove_positive(s * bend, s, 0, 1), s * slope - h, s, 0, **whole_interval
    )
    x, w, steep = sp.symbols("x w h'", real=True)
    rule = prove_implication(
        [
            *(steep >= 2 * a + 2, s * steep - x >= 0, w - (1 + a) * s**2 >= 0),
            *(w > 0, sp.Lt(0, s, evaluate=False)),
        ],
        sp.Le(s * x / w, steep / (1 + a), evaluate=False),
    )
    _, value, *_ = step_2_the_elasticity_of_the_conjugate_increases_from_2()
    at = instantiate(rule, {x: h, w: H, steep: slope}, domain=UNIT)
    closed = prove_implication([sp.Lt(0, s)], sp.Le(0, s, evaluate=False))
    return [
        discharge(at, steeper, below_tangent, above_parabola, value, closed),
        prove_identity((slope / (1 + a)).subs(s, 0), 2),
    ]


@exact
def step_5_scaled_arguments_at_every_depth() -> list[Proof]:
    """q/z increases and q/z^2 falls in s; at z = h(s) and k z = h(S)."""
    _, value, doubled, _ = step_2_the_elasticity_of_the_conjugate_increases_from_2()
    first, second = q_s / h, -q_s / h**2
    up = discharge(prove_positive(sp.Derivative(first, s), s, 0, 1, given=[H > 0]), value)
    down = discharge(
        prove_positive(sp.Derivative(second, s), s, 0, 1, given=[s * h - 2 * H > 0]), doubled
    )
    x, w, ahead, back, minus, minus_back = sp.symbols("x w Q1 Q2 P1 P2", real=True)
    order = (x > 0, sp.Eq(w, k * x))
    lower = prove_implication(
        [ahead / w >= back / x, *order], sp.Ge(ahead, k * back, evaluate=False)
    )
    upper = prove_implication(
        [
            minus / w**2 >= minus_back / x**2,
            *(sp.Eq(minus, -ahead), sp.Eq(minus_back, -back)),
            *order,
        ],
        sp.Le(ahead, k**2 * back, evaluate=False),
    )
    start = {x: h.subs(s, S), w: h, ahead: q_s, back: q_s.subs(s, S)}
    opposite = {minus: -q_s, minus_back: -q_s.subs(s, S)}
    return [
        discharge(
            instantiate(rule, values, domain={s: (0, 1), S: (0, 1)}),
            monotone_of_deriv_nonneg(slope, f, s, S),
            prove_positive(h.subs(s, S), S, 0, 1),
        )
        for rule, values, slope, f in (
            (lower, start, up, first),
            (upper, {**start, **opposite}, down, second),
        )
    ]


@exact
def step_6_ln_q_is_concave_in_ln_z_at_every_depth() -> Proof:
    """d ln q / d ln z = E_q falls: -ln q is a convex function of ln z, here by s."""
    once, falling, *_ = step_3_the_elasticity_of_q_falls_to_1()
    grows = prove_positive(sp.diff(sp.log(h), s), s, 0, 1)
    return first_order_convexity_along(
        falling, grows, -sp.log(q_s), sp.log(h), -E_q, s, sigma, given=[once]
    )


@exact
def step_7_ratios_of_q_fall_at_every_depth() -> Proof:
    """q(r z) q(Z) >= q(r Z) q(z) at z = h(S), Z = h(S'), r z = h(s), r Z = h(s')."""
    once = step_3_the_elasticity_of_q_falls_to_1()[0]
    positive = prove_positive(h, s, 0, 1)
    points = (S, S_later, s, s_later)
    start, later, end, later_end = (h.subs(s, point) for point in points)
    products = ratios_fall(
        (step_3_four_points_of_a_convex_function(), step_4_the_logarithm_and_back()),
        step_6_ln_q_is_concave_in_ln_z_at_every_depth(),
        (s, sigma),
        (q_s, h, E_q),
        (once, positive),
        points,
        dict.fromkeys(points, (0, 1)),
    )
    scaled = [instantiate(positive, {s: point}) for point in points[:2]]
    scaled += [r >= 1, sp.Eq(end, r * start), sp.Eq(later_end, r * later)]
    order = instantiate(increasing(h, s, sigma, 0, 1), {s: S_later, sigma: S})
    return discharge(
        products,
        order,
        *(
            prove_implication(scaled, relation)
            for relation in (
                sp.Ge(end, start),
                sp.Ge(later_end * start, end * later),
                sp.Ge(end * later, later_end * start),
            )
        ),
    )


@exact
def step_8_the_elasticity_of_every_depth() -> list[Proof]:
    return [
        *step_7_the_elasticity_at_depth_2(),
        *(
            p
            for n, p in enumerate(step_2_the_elasticity_of_the_conjugate_increases_from_2())
            if n != 1
        ),
        *step_3_the_elasticity_of_q_falls_to_1()[1:],
        step_4_the_elasticity_of_q_starts_at_2()[0],
        *step_5_scaled_arguments_at_every_depth(),
        step_7_ratios_of_q_fall_at_every_depth(),
    ]


@given(st.integers(1, 200), st.integers(1, 98), st.integers(1, 98))
def check_elasticity_of_the_conjugate(tenths: int, first: int, second: int) -> None:
    with mpmath.workdps(60):
        e = sp.lambdify((a, s), E_H, "mpmath")
        low, high = sorted((first, second))
        values = [e(mpmath.mpf(tenths) / 10, mpmath.mpf(x) / 99) for x in (low, high)]
        assert 2 < values[0] <= values[1]


def refute_a_larger_elasticity_of_the_conjugate() -> Refuted:
    """E_H is near 2 at s = 0, and so not above 2 + 1/100."""
    return expect_refuted(prove_positive, s * h - sp.Rational(201, 100) * H, s, 0, 1)
