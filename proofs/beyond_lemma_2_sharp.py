"""Lemma 2, sharp: where the potential stops to be nearly proportional to the l1 norm.

Statement
---------
With v = e_1 and w = (1, .., 1)/sqrt(d), consider
Q(v/alpha^2)/||v||_1 >= (1 + epsilon) Q(w/alpha^2)/||w||_1, which is
q(1/x) >= (1 + epsilon) sqrt(d) q(1/(sqrt(d) x)) at x = alpha^2.

For delta > 0, d >= 1 and d >= ((2 + 2/epsilon) e^(delta-1)/delta)^(2 epsilon) it
holds for every alpha^2 >= e^(delta-1) d^(-1/2 - 1/(2 epsilon)). At delta = 1 this reads
alpha >= d^(-1/4 - 1/(4 epsilon)) for d >= (2 + 2/epsilon)^(2 epsilon).

For every d >= 1 and alpha^2 <= e^(-1) d^(-1/2 - 1/(2 epsilon)) it fails. So the threshold of
alpha^2 is e^(-1) d^(-1/2 - 1/(2 epsilon)), up to a factor that tends to 1 for d to infinity.

Assumptions
-----------
0 < alpha, 0 < epsilon; d may be any real number, not only an integer. x is alpha^2, Y is
1/(sqrt(d) x), and q(z) = 2 - sqrt(4 + z^2) + z asinh(z/2).

Not covered
-----------
Nothing.

Reference
---------
[woodworth2020, Lemma 2] has alpha >= d^(-1/4 - 1/(8 epsilon)), d >= 12^(4 epsilon) and no converse.
"""

import mpmath
import sympy as sp
from hypothesis import given
from hypothesis import strategies as st

from implicitbias.symbolic import Proof, Refuted, Statement, exact, expect_refuted
from implicitbias.symbolic import discharge, instantiate, prove_identity, prove_implication
from implicitbias.symbolic import prove_monotone, prove_nonnegative, prove_positive
from proofs._notation import epsilon, q, x, z
from proofs.bounded_remainder import G
from proofs.bounded_remainder import step_1_the_remainder_is_a_closed_form as closed_form
from proofs.bounded_remainder import step_2_the_remainder_is_positive as remainder_is_positive
from proofs.bounded_remainder import step_3_the_remainder_is_below_2u as remainder_is_small
from proofs.bounded_remainder import u as u_remainder
from proofs.elasticity_at_depth_2 import step_5_ratios_of_q_fall as ratios_fall

delta, d, r, y, Y = sp.symbols("delta d r y Y", positive=True)  # d may be any positive number
A, B, C, E, rest_1, rest_2 = sp.symbols("A B C E G_1 G_2", positive=True)
half = sp.Rational(1, 2)

POWER = d ** (-half - 1 / (2 * epsilon))
single, equal = q.subs(z, 1 / x), sp.sqrt(d) * q.subs(z, 1 / (sp.sqrt(d) * x))
RANGE = (
    sp.Ge(d, 1),
    sp.Ge(
        d,
        ((2 + 2 / epsilon) * sp.exp(delta - 1) / delta) ** (2 * epsilon),
        evaluate=False,
    ),
    sp.Ge(x, sp.exp(delta - 1) * POWER, evaluate=False),
)
PLAIN = (
    sp.Ge(d, 1),
    sp.Ge(d, (2 + 2 / epsilon) ** (2 * epsilon), evaluate=False),
    sp.Ge(x, POWER, evaluate=False),
)
BELOW = (sp.Ge(d, 1), sp.Le(x, POWER / sp.E, evaluate=False))

ID = "3.3"
STATEMENT = Statement(
    forall=(x, epsilon, delta, d),
    conclusion=(
        sp.Implies(sp.And(*RANGE), sp.Ge(single, (1 + epsilon) * equal, evaluate=False)),
        sp.Implies(sp.And(*PLAIN), sp.Ge(single, (1 + epsilon) * equal, evaluate=False)),
        sp.Implies(sp.And(*BELOW), sp.Lt(single, (1 + epsilon) * equal, evaluate=False)),
    ),
    examples=(
        {epsilon: 1, delta: 1, d: 16, x: 1},
        {epsilon: 1, d: 16, x: sp.Rational(1, 100)},
    ),
    where={"q(1/x)": single, "q(1/(sqrt(d) x))": equal / sp.sqrt(d)},
)


@exact
def step_1_the_potentials_at_Y() -> list[Proof]:
    """q(r Y) <= or >= (1 + epsilon) r q(Y) by ln(Y), with G_1 = G(1/(r Y)) and G_2 = G(1/Y)."""
    ln_r, ln_y = sp.symbols("l_r l_Y", real=True)
    known = [
        sp.Eq(A / (r * Y), ln_r + ln_y - 1 + rest_1),
        sp.Eq(B / Y, ln_y - 1 + rest_2),
        sp.Ge(rest_2, rest_1),
        sp.Ge(r, 1),
    ]
    holds = sp.Le(epsilon * (ln_y - 1) + (1 + epsilon) * 2 / Y, ln_r)
    fails = sp.Ge(epsilon * (ln_y - 1), ln_r)
    rules = [
        prove_implication([*known[:2], rest_2 <= 2 / Y, holds], sp.Ge(A, (1 + epsilon) * r * B)),
        prove_implication([*known, fails], sp.Lt(A, (1 + epsilon) * r * B)),
    ]
    first, second = 1 / (r * Y), 1 / Y
    values = {
        **{A: q.subs(z, 1 / first), B: q.subs(z, 1 / second)},
        **{rest_1: G.subs(u_remainder, first), rest_2: G.subs(u_remainder, second)},
        **{ln_r: sp.log(r), ln_y: sp.log(Y)},
    }
    positive = prove_positive(q, z, 0)
    given_always = [
        *(instantiate(remainder_is_positive(), {u_remainder: at}) for at in (first, second)),
        *(instantiate(positive, {z: 1 / at}) for at in (first, second)),
    ]
    closed = []
    for at, logs in ((first, sp.log(r) + sp.log(Y)), (second, sp.log(Y))):
        form = instantiate(closed_form(), {u_remainder: at})
        expanded = prove_identity(sp.log(at), -logs)
        rest = G.subs(u_remainder, at)
        closed.append(
            prove_implication([form, expanded], sp.Eq(at * q.subs(z, 1 / at), logs - 1 + rest))
        )
    later = sp.Symbol("u'", positive=True)
    grows = prove_monotone(G, u_remainder, 0, strict=False)
    in_order = prove_implication([r >= 1], sp.Le(first, second, evaluate=False))
    in_order = discharge(instantiate(grows, {u_remainder: first, later: second}), in_order)
    small = instantiate(remainder_is_small(), {u_remainder: second})
    return [
        discharge(instantiate(rules[0], values), *given_always, *closed, small),
        discharge(instantiate(rules[1], values), *given_always, *closed, in_order),
    ]


START = sp.exp(1 - delta) * d ** (1 / (2 * epsilon))  # Y at the least alpha
LEAST_START = (2 + 2 / epsilon) * sp.exp(delta - 1) / delta


def _log_grows(small: sp.Expr, large: sp.Expr) -> Proof:
    later = sp.Symbol("z'", real=True)
    grows = prove_monotone(sp.log(z), z, 0, strict=False)
    return instantiate(grows, {z: small, later: large})


@exact
def step_2_the_least_start_is_allowed() -> Proof:
    """d^(1/(2 epsilon)) >= K for d >= K^(2 epsilon), by ln z <= z - 1 at their ratio; with this
    epsilon (ln(Y) - 1) + 2 (1 + epsilon)/Y <= ln(d)/2."""
    root = d ** (1 / (2 * epsilon))
    tangent = prove_nonnegative(z - 1 - sp.log(z), z, 0)
    ln_start, ln_root = sp.log(LEAST_START), sp.log(d) / (2 * epsilon)
    large = prove_implication(
        [
            _log_grows(LEAST_START ** (2 * epsilon), d),
            prove_identity(sp.log(LEAST_START ** (2 * epsilon)), 2 * epsilon * ln_start),
            instantiate(tangent, {z: root / LEAST_START}),
            prove_identity(sp.log(root / LEAST_START), ln_root - ln_start),
            prove_identity(
                root / LEAST_START, root * sp.exp(1 - delta) / (2 + 2 / epsilon) * delta
            ),
        ],
        sp.Ge(START * delta, 2 + 2 / epsilon, evaluate=False),
    )
    enough = prove_implication(
        [
            sp.Ge(Y * delta, 2 + 2 / epsilon),
            sp.Eq(sp.log(Y), 1 - delta + ln_root),
            prove_identity(sp.log(sp.sqrt(d)), sp.log(d) / 2),
        ],
        sp.Le(epsilon * (sp.log(Y) - 1) + (1 + epsilon) * 2 / Y, sp.log(sp.sqrt(d))),
    )
    logs = prove_identity(sp.log(START), 1 - delta + ln_root)
    return discharge(instantiate(enough, {Y: START}), large, logs)


@exact
def step_3_the_inequality_where_y_is_at_most_the_least_start() -> Proof:
    """q(r y)/q(y) falls in y: from Y to y <= Y, with r = sqrt(d)."""
    at_start, _ = step_1_the_potentials_at_Y()
    falling = ratios_fall()[1]
    rule = prove_implication(
        [A * B >= C * E, (1 + epsilon) * r * B <= C], sp.Ge(A, (1 + epsilon) * r * E)
    )
    values = {A: r * y, B: Y, C: r * Y, E: y}
    positive = prove_positive(q, z, 0)
    shown = discharge(
        instantiate(rule, {name: q.subs(z, point) for name, point in values.items()}),
        falling,
        at_start,
        *(instantiate(positive, {z: point}) for point in values.values()),
    )
    at = instantiate(shown, {r: sp.sqrt(d), Y: START, y: 1 / (sp.sqrt(d) * x)})
    root = prove_implication([d >= 1], sp.Ge(sp.sqrt(d), 1, evaluate=False))
    power = sp.exp(delta - 1) * POWER
    order = prove_implication(
        [
            sp.Ge(x, power, evaluate=False),
            prove_identity(sp.Mul(START, sp.sqrt(d) * power, evaluate=False), 1),
            prove_positive(START, delta, 0),
        ],
        sp.Le(1 / (sp.sqrt(d) * x), START, evaluate=False),
    )
    return discharge(at, root, order, step_2_the_least_start_is_allowed())


@exact
def step_4_the_inequality_fails_below() -> Proof:
    """There ln(Y) >= 1 + ln(d)/(2 epsilon)."""
    _, fails = step_1_the_potentials_at_Y()
    at = instantiate(fails, {r: sp.sqrt(d), Y: 1 / (sp.sqrt(d) * x)})
    steep = prove_implication(
        [
            _log_grows(x, POWER / sp.E),
            prove_identity(sp.log(POWER / sp.E), -1 - (half + 1 / (2 * epsilon)) * sp.log(d)),
            prove_identity(sp.log(1 / (sp.sqrt(d) * x)), -sp.log(d) / 2 - sp.log(x)),
            prove_identity(sp.log(sp.sqrt(d)), sp.log(d) / 2),
        ],
        sp.Ge(epsilon * (sp.log(1 / (sp.sqrt(d) * x)) - 1), sp.log(sp.sqrt(d)), evaluate=False),
    )
    root = prove_implication([d >= 1], sp.Ge(sp.sqrt(d), 1, evaluate=False))
    return discharge(at, steep, root)


@exact
def step_5_the_threshold() -> list[Proof]:
    shown = step_3_the_inequality_where_y_is_at_most_the_least_start()
    return [shown, instantiate(shown, {delta: sp.Integer(1)}), step_4_the_inequality_fails_below()]


@given(st.integers(1, 100), st.integers(0, 100), st.integers(100, 400), st.integers(1, 20))
def check_both_sides_of_the_threshold(eps: int, more: int, factor: int, tenths: int) -> None:
    with mpmath.workdps(60):
        e, part = mpmath.mpf(eps) / 50, mpmath.mpf(tenths) / 10
        least = ((2 + 2 / e) * mpmath.exp(part - 1) / part) ** (2 * e)
        dim = least * (1 + mpmath.mpf(more) / 10)
        threshold = dim ** (-mpmath.mpf(1) / 2 - 1 / (2 * e)) / mpmath.e
        q_of = sp.lambdify(z, q, "mpmath")
        for start, holds in (
            (threshold * mpmath.exp(part) * factor / 100, True),
            (threshold * 100 / factor, False),
        ):
            root = mpmath.sqrt(dim)
            assert (q_of(1 / start) >= (1 + e) * root * q_of(1 / (root * start))) == holds


def refute_a_smaller_threshold() -> Refuted:
    """At d = 10000, epsilon = 1/2: the inequality down to x = 1/(3 d^(3/2)) for 1/(e d^(3/2))."""
    gap = q.subs(z, 1 / x) - 150 * q.subs(z, 1 / (100 * x))
    start = sp.Rational(1, 3 * 10**6)
    return expect_refuted(prove_nonnegative, gap, x, start, 1)


def refute_a_remainder_of_half_the_size() -> Refuted:
    """Step 1 rests on G(u) <= 2 u, which u does not bound."""
    return expect_refuted(prove_positive, u_remainder - G, u_remainder, 0)
