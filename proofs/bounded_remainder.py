"""A bounded remainder: u q(1/u) is -ln(u) - 1 up to an increasing G(u) between 0 and 2u.

Statement
---------
For every u > 0, u q(1/u) = -ln(u) - 1 + G(u), where q(z) = 2 - sqrt(4 + z^2) + z asinh(z/2) and
G(u) = 1 + 2u - sqrt(1 + 4u^2) + ln((1 + sqrt(1 + 4u^2))/2). Moreover 0 < G(u) < 2u, G increases
strictly, and G(sinh(v)/2) = 1 - e^-v + 2 ln cosh(v/2) for v > 0. Both bounds are approached: G(u)/u
tends to 2 at 0, and G to 0.

Assumptions
-----------
u, v real and positive.

Not covered
-----------
Nothing.

Reference
---------
It sharpens [woodworth2020, (46)], which has 3u in the place of 2u, and no bound that increases.
"""

import mpmath
import sympy as sp
from hypothesis import given
from hypothesis import strategies as st

from implicitbias.symbolic import Proof, Refuted, Statement, exact, expect_refuted
from implicitbias.symbolic import prove_identity, prove_implication, prove_limit, prove_monotone
from implicitbias.symbolic import prove_positive
from proofs._checks import q_by_digits
from proofs._notation import nudge, q, z

u, v = sp.symbols("u v", positive=True)
later = sp.Symbol("u'", positive=True)
root = sp.sqrt(1 + 4 * u**2)
G = 1 + 2 * u - root + sp.log((1 + root) / 2)
scaled = u * q.subs(z, 1 / u)
G_of_v = 1 - sp.exp(-v) + 2 * sp.log(sp.cosh(v / 2))

ID = "2.2"
STATEMENT = Statement(
    forall=(u, later, v),
    conclusion=(
        sp.Eq(scaled, -sp.log(u) - 1 + G),
        sp.Gt(G, 0, evaluate=False),
        sp.Gt(2 * u - G, 0, evaluate=False),
        sp.Implies(u < later, sp.Lt(G, G.subs(u, later), evaluate=False)),
        sp.Eq(G.subs(u, sp.sinh(v) / 2), G_of_v),
        sp.Eq(sp.Limit(G, u, 0, "+"), 0, evaluate=False),
        sp.Eq(sp.Limit(G / u, u, 0, "+"), 2, evaluate=False),
    ),
    examples=({u: 1, later: 2},),
    where={"G(u)": G, "G(u')": G.subs(u, later), "u q(1/u)": scaled},
)


@exact
def step_1_the_remainder_is_a_closed_form() -> Proof:
    """asinh(1/(2u)) = ln((1 + sqrt(1+4u^2))/(2u))."""
    return prove_identity(scaled, -sp.log(u) - 1 + G)


@exact
def step_2_the_remainder_is_positive() -> Proof:
    return prove_positive(G, u, 0)


@exact
def step_3_the_remainder_is_below_2u() -> Proof:
    """Since ln(x) < x - 1 at x = (1 + sqrt(1+4u^2))/2 and sqrt(1+4u^2) > 1."""
    return prove_positive(2 * u - G, u, 0)


@exact
def step_4_the_remainder_increases() -> Proof:
    return prove_monotone(G, u, 0)


@exact
def step_5_the_remainder_in_hyperbolic_functions() -> Proof:
    return prove_identity(G.subs(u, sp.sinh(v) / 2), G_of_v)


@exact
def step_6_both_bounds_are_approached_at_0() -> list[Proof]:
    return [prove_limit(G, u, 0, 0), prove_limit(G / u, u, 0, 2)]


@exact
def step_7_the_printed_bounds_follow() -> list[Proof]:
    """(46) of the paper."""
    premises = [
        step_1_the_remainder_is_a_closed_form(),
        step_2_the_remainder_is_positive(),
        step_3_the_remainder_is_below_2u(),
    ]
    return [
        prove_implication(premises, sp.Le(-1 - sp.log(u), scaled, evaluate=False)),
        prove_implication(premises, sp.Le(scaled, 3 * u - 1 - sp.log(u), evaluate=False)),
    ]


@exact
def step_8_the_remainder_is_bounded_and_increases() -> list[Proof]:
    return [
        step_1_the_remainder_is_a_closed_form(),
        step_2_the_remainder_is_positive(),
        step_3_the_remainder_is_below_2u(),
        step_4_the_remainder_increases(),
        step_5_the_remainder_in_hyperbolic_functions(),
        *step_6_both_bounds_are_approached_at_0(),
    ]


@given(st.integers(-30, 6), st.integers(1, 999))
def check_remainder_of_the_integral(power: int, digits: int) -> None:
    """G from q as an integral, by digits that need no closed form."""
    with mpmath.workdps(80):
        x = mpmath.mpf(digits) / 1000 * mpmath.mpf(10) ** power
        remainder = x * q_by_digits(1 / x) + mpmath.log(x) + 1
        assert 0 < remainder < 2 * x


def refute_smaller_and_larger_bounds() -> list[Refuted]:
    """2u with a nudge, or u for 2u; and G above a nudge of its bound at 0."""
    return [
        expect_refuted(prove_positive, (2 - nudge) * u - G, u, 0),
        expect_refuted(prove_positive, u - G, u, 0),
        expect_refuted(prove_positive, G - nudge * u, u, 0),
        expect_refuted(prove_limit, G / u, u, 0, 3),
    ]


def refute_other_remainders() -> list[Refuted]:
    """A constant, the 1/2 in the logarithm, and a decreasing G."""
    return [
        expect_refuted(prove_identity, scaled, -sp.log(u) - 1 + G + nudge),
        expect_refuted(prove_identity, scaled, -sp.log(u) - 1 + G + sp.log(2)),
        expect_refuted(prove_monotone, G, u, 0, increasing=False),
    ]
