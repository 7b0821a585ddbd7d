"""Lemma 2: unless the start is small, the potential is not proportional to the l1 norm.

Statement
---------
For every epsilon > 0, d >= max(e, 12^(4 epsilon)) and alpha >= d^(-1/4 - 1/(8 epsilon)), with
v = e_1 and w = (1, .., 1)/sqrt(d),
Q(v/alpha^2)/||v||_1 >= (1 + epsilon) Q(w/alpha^2)/||w||_1.
Here Q(v/alpha^2) = q(1/alpha^2), Q(w/alpha^2) = d q(1/(sqrt(d) alpha^2)), ||v||_1 = 1 and
||w||_1 = sqrt(d), q(z) = 2 - sqrt(4 + z^2) + z asinh(z/2).

Assumptions
-----------
0 < alpha, 0 < epsilon; d may be any real number, not only an integer.

Not covered
-----------
Nothing.

Reference
---------
[woodworth2020, Lemma 2], equations (43)-(58). u is c alpha^2, x is alpha^2 and Y is
d^(1/(4 epsilon)). (58) is used as: the ratio of Q at v and w does not fall when alpha grows, see
elasticity_at_depth_2.
"""

import mpmath
import sympy as sp
from hypothesis import given
from hypothesis import strategies as st

from implicitbias.symbolic import Proof, Refuted, Statement, exact, expect_refuted
from implicitbias.symbolic import discharge, instantiate, prove_identity, prove_implication
from implicitbias.symbolic import prove_positive
from proofs._notation import alpha, epsilon, q, x, z
from proofs.bounded_remainder import step_7_the_printed_bounds_follow as printed_bounds
from proofs.elasticity_at_depth_2 import step_4_the_logarithm_and_back as exponentials
from proofs.elasticity_at_depth_2 import step_5_ratios_of_q_fall as ratios_fall
from proofs.lemma_1_rich_sandwich import step_5_the_logarithm_increases as logarithms

m = sp.Symbol("m", real=True)
d, u, r, y, Y = sp.symbols("d u r y Y", positive=True)  # d may be any positive number
A, B, C, D, b, c = sp.symbols("A B C D b c", positive=True)


def _at(point: sp.Expr) -> sp.Expr:
    return q.subs(z, point)


Q_v, Q_w = _at(1 / alpha**2), d * _at(1 / (sp.sqrt(d) * alpha**2))
E_LARGE = sp.Ge(d, sp.E)
POWER_LARGE = sp.Ge(d, sp.Integer(12) ** (4 * epsilon))
START = d ** (-sp.Rational(1, 4) - 1 / (8 * epsilon))
STARTS = sp.Ge(alpha, START)
half, quarter = sp.Rational(1, 2), sp.Rational(1, 4)

ID = "L2"
STATEMENT = Statement(
    forall=(alpha, epsilon, d),
    hypotheses=(E_LARGE, POWER_LARGE, STARTS),
    conclusion=sp.Ge(Q_v, (1 + epsilon) * Q_w / sp.sqrt(d), evaluate=False),
    examples=({epsilon: sp.Rational(1, 4), d: 12, alpha: 1},),
    where={"q(1/alpha^2)": Q_v, "q(1/(sqrt(d) alpha^2))": Q_w / d},
)
REPAIRS = """
In (45) the root is that of c^2 alpha^4 + 1/4: with the printed 1/2 the identity is false, and (46),
which is said to follow from it, is true.
"""


@exact
def step_1_q_in_logarithms() -> list[Proof]:
    """(43)-(45)."""
    form_44 = (
        2 * u - sp.sqrt(4 * u**2 + 1) + sp.log(1 / (2 * u) + sp.sqrt(1 + 1 / (4 * u**2)))
    ) / u
    return [
        prove_identity(_at(1 / u), form_44),
        prove_identity(form_44, _form_45(quarter)),
    ]


def _form_45(number: sp.Rational) -> sp.Expr:
    log = sp.log(1 / u) + sp.log(half + sp.sqrt(u**2 + number))
    return (2 * u - sp.sqrt(4 * u**2 + 1) + log) / u


@exact
def step_2_bounds_of_q() -> list[Proof]:
    """(46)."""
    return printed_bounds()


@exact
def step_3_the_ratio_of_both_values() -> list[Proof]:
    """(47)-(51), the values named: A = x q(1/x), B = sqrt(d) x q(1/(sqrt(d) x)), C and D the bounds
    of (46); l = ln(1/x), m = ln d, so that ln(1/(x sqrt(d))) is l - m/2."""
    low, above = sp.symbols("low above", real=True)
    root = sp.sqrt(d) * x
    ell = sp.Symbol("l", real=True)
    below = 3 * root - 1 + ell - m / 2
    return [
        prove_identity((A / x) / (d * B / root), A / (sp.sqrt(d) * B)),
        prove_implication([low <= A, above >= B], sp.Ge(A / B, low / above, evaluate=False)),
        prove_identity(sp.log(1 / root), sp.log(1 / x) - sp.log(d) / 2),
        prove_implication(
            [below > 0],
            sp.Eq((ell - 1) / below, 1 + (m - 6 * root) / (6 * root - 2 + 2 * (ell - m / 2))),
        ),
    ]


@exact
def step_4_the_printed_chain() -> list[Proof]:
    """(52)-(56), with Y = d^(1/(4 epsilon)) = 1/(alpha^2 sqrt(d)) and m = ln d."""
    chain = (
        sp.And(2 * Y >= 6, Y * m / 2 >= 6),
        2 * Y - 6 + Y * m / (2 * epsilon) - 6 / epsilon >= 0,
        (1 / epsilon - 1 / (2 * epsilon)) * m - 6 / (epsilon * Y) >= 6 / Y - 2,
        m / epsilon - 6 / (epsilon * Y) >= 6 / Y - 2 + m / (2 * epsilon),
        m - 6 / Y >= epsilon * (6 / Y - 2 + 2 * m / (4 * epsilon)),
    )
    first = prove_implication([Y >= 12, m >= 1], chain[0])
    return [first, *(prove_implication([chain[n]], chain[n + 1]) for n in range(4))]


@exact
def step_5_what_the_conditions_say() -> list[Proof]:
    """ln d >= 1, Y >= 12, and y <= Y for y = 1/(sqrt(d) alpha^2)."""
    power, smallest = sp.Integer(12) ** (4 * epsilon), d ** (1 / (4 * epsilon))
    point = 1 / (sp.sqrt(d) * alpha**2)
    log = logarithms()[1]
    above_e = instantiate(log, {b: sp.E, c: d})
    above_power = instantiate(log, {b: power, c: d})
    start = instantiate(log, {b: START, c: alpha})
    exponential, one = exponentials()[0], sp.Integer(1)
    names = [
        prove_identity(sp.log(power), 4 * epsilon * sp.log(12)),
        prove_identity(sp.log(smallest), sp.log(d) / (4 * epsilon)),
        prove_identity(sp.log(START), -(quarter + 1 / (8 * epsilon)) * sp.log(d)),
        prove_identity(sp.log(point), -sp.log(d) / 2 - 2 * sp.log(alpha)),
    ]
    twelve = prove_implication(
        [above_power, *names[:2]], sp.Ge(sp.log(smallest), sp.log(12), evaluate=False)
    )
    near = prove_implication(
        [start, *names[1:]], sp.Ge(sp.log(smallest), sp.log(point), evaluate=False)
    )
    return [
        above_e,
        *(
            discharge(instantiate(exponential, {C: smallest, D: one, A: low, B: one}), logs)
            for low, logs in ((sp.Integer(12), twelve), (point, near))
        ),
        prove_identity(sp.log(sp.sqrt(d)), 2 * epsilon * sp.log(smallest)),
    ]


@exact
def step_6_the_inequality_at_the_smallest_start() -> Proof:
    """(57), by (46): q(r Y) >= (1 + epsilon) r q(Y) where Y >= 12 and ln r = 2 epsilon ln Y."""
    lower, upper = step_2_bounds_of_q()
    ends = [
        instantiate(lower, {u: 1 / (r * Y)}),
        instantiate(upper, {u: 1 / Y}),
        prove_identity(sp.log(1 / (r * Y)), -sp.log(r) - sp.log(Y)),
        prove_identity(sp.log(1 / Y), -sp.log(Y)),
    ]
    return prove_implication(
        [*ends, Y >= 12, sp.Eq(sp.log(r), 2 * epsilon * sp.log(Y)), sp.log(r) >= half],
        sp.Ge(_at(r * Y), (1 + epsilon) * r * _at(Y), evaluate=False),
    )


@exact
def step_7_the_inequality_at_larger_starts() -> Proof:
    """(58): q(r y)/q(y) >= q(r Y)/q(Y) for y <= Y."""
    falling = ratios_fall()[1]
    rule = prove_implication(
        [A * B >= C * D, (1 + epsilon) * r * B <= C], sp.Ge(A, (1 + epsilon) * r * D)
    )
    values = {A: r * y, B: Y, C: r * Y, D: y}
    positive = prove_positive(q, z, 0)
    return discharge(
        instantiate(rule, {name: _at(point) for name, point in values.items()}),
        falling,
        step_6_the_inequality_at_the_smallest_start(),
        *(instantiate(positive, {z: point}) for point in values.values()),
    )


@exact
def step_8_not_the_l1_norm() -> Proof:
    """With r = sqrt(d), y = 1/(sqrt(d) alpha^2), Y = d^(1/(4 epsilon))."""
    above_e, twelve, near, logs = step_5_what_the_conditions_say()
    root = prove_identity(sp.log(sp.sqrt(d)), sp.log(d) / 2)
    values = {r: sp.sqrt(d), y: 1 / (sp.sqrt(d) * alpha**2), Y: d ** (1 / (4 * epsilon))}
    return discharge(
        instantiate(step_7_the_inequality_at_larger_starts(), values),
        prove_implication([E_LARGE], sp.Ge(sp.sqrt(d), 1, evaluate=False)),
        near,
        twelve,
        logs,
        prove_implication([above_e, root], sp.Ge(sp.log(sp.sqrt(d)), half, evaluate=False)),
    )


@given(st.integers(1, 100), st.integers(0, 100), st.integers(100, 400))
def check_the_inequality(eps: int, more: int, factor: int) -> None:
    with mpmath.workdps(60):
        e = mpmath.mpf(eps) / 50
        dim = max(mpmath.e, mpmath.mpf(12) ** (4 * e)) * (1 + mpmath.mpf(more) / 10)
        start = dim ** (-mpmath.mpf(1) / 4 - 1 / (8 * e)) * factor / 100
        q_of = sp.lambdify(z, q, "mpmath")
        single = q_of(1 / start**2)
        equal = dim * q_of(1 / (mpmath.sqrt(dim) * start**2))
        assert single >= (1 + e) * equal / mpmath.sqrt(dim)


def refute_the_printed_root() -> Refuted:
    """(45) with 1/2 for 1/4."""
    return expect_refuted(prove_identity, _at(1 / u), _form_45(half))


def refute_the_chain_from_less() -> list[Refuted]:
    """(52)-(53) from Y >= 2; and (56) with twice the epsilon."""
    return [
        expect_refuted(
            prove_implication,
            [Y >= 2, m >= 1],
            2 * Y - 6 + Y * m / (2 * epsilon) - 6 / epsilon >= 0,
        ),
        expect_refuted(
            prove_implication,
            [Y >= 12, m >= 1],
            m - 6 / Y >= 2 * epsilon * (6 / Y - 2 + 2 * m / (4 * epsilon)),
        ),
    ]
