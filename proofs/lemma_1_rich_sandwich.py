"""Lemma 1: for a small start the potential, scaled, is the l1 norm up to epsilon.

Statement
---------
Q(beta/alpha^2) = sum_i q(beta_i/alpha^2) with q(z) = 2 - sqrt(4 + z^2) + z asinh(z/2). For every
epsilon > 0 and beta other than 0, with n = ||beta||_1, if alpha is at most sqrt(n),
(2 n)^(-1/(2 epsilon)) and exp(-d/(2 epsilon n)), then
(1 - epsilon) n <= alpha^2 Q(beta/alpha^2) / ln(1/alpha^2) <= (1 + epsilon) n.

Assumptions
-----------
0 < alpha, 0 < epsilon, beta real and finite, of any dimension d. That alpha <= 1, which is printed
too, follows from the last of the three bounds (step 9).

Not covered
-----------
Nothing.

Reference
---------
[woodworth2020, Lemma 1], equations (20)-(42). Instead of the largest of d numbers, (31) has any
number M that no |beta_i| exceeds; (32) is proved with the extremes of Q on the l1 sphere. In (37)
and (38) ln|beta_i| is not defined at beta_i = 0: they are proved for entries that are not 0 and
(39), which has no logarithm of an entry, for all.
"""

import mpmath
import sympy as sp
from hypothesis import given
from hypothesis import strategies as st

from implicitbias.symbolic import Proof, Refuted, Statement, exact, expect_refuted
from implicitbias.symbolic import discharge, instantiate, prove_identity, prove_implication
from implicitbias.symbolic import prove_nonnegative, prove_positive, rename, sum_le_sum
from proofs._checks import q_by_digits
from proofs._lemmas import on_the_l1_sphere
from proofs._notation import Q_of, alpha, beta, d, epsilon, i, l1_norm, nudge, q, q_at, z

n, b, c, t = sp.symbols("n b c t", positive=True)
M = sp.Symbol("M", positive=True)  # not exceeded by an entry
SMALL = {alpha: (0, 1)}

at = q_at(z)  # z is |beta_i|
scale = sp.log(1 / alpha**2)
scaled = alpha**2 / scale * at
modulus = sp.Abs(beta[i])
norm = l1_norm(beta)
Q = Q_of(beta)
Q_scaled = alpha**2 / scale * Q

inside = z / 2 + sp.sqrt(alpha**4 + z**2 / 4)
root = sp.sqrt(4 * alpha**4 + z**2)
form_25 = 2 * alpha**2 / scale - root / scale + z / scale * sp.asinh(z / (2 * alpha**2))
form_27 = 2 * alpha**2 / scale - root / scale + z * (1 + sp.log(inside) / scale)
form_30 = z * (1 + sp.log(z + alpha**2) / scale)
form_38 = z * (1 + (sp.log(z) - 1) / scale)

NORM = sp.Eq(n, norm)
BELOW_ROOT = sp.Le(alpha, sp.sqrt(n))
POWER = sp.Le(alpha, (2 * n) ** (-1 / (2 * epsilon)))
EXPONENTIAL = sp.Le(alpha, sp.exp(-d / (2 * epsilon * n)))
LOWER = sp.Le((1 - epsilon) * n, Q_scaled, evaluate=False)
UPPER = sp.Le(Q_scaled, (1 + epsilon) * n, evaluate=False)

ID = "L1"
STATEMENT = Statement(
    forall=(alpha, epsilon, n, d, beta),
    hypotheses=(NORM, BELOW_ROOT, POWER, EXPONENTIAL),
    conclusion=(LOWER, UPPER),
    examples=(
        {
            **{epsilon: 1, n: 1, beta[i]: 1, d: 1},
            alpha: sp.Rational(1, 2),
        },
    ),
    where={"q": q, "Q": Q},
)


@exact
def step_1_Q_is_even_in_every_coordinate() -> Proof:
    """(20)-(23): Q(beta/alpha^2) = Q(|beta|/alpha^2)."""
    even = prove_identity(q.subs(z, sp.Abs(z)), q)
    return sum_le_sum(even, z, beta[i] / alpha**2, i, d)


@exact
def step_2_an_entry_in_logarithms() -> list[Proof]:
    """(25)-(27), for z = |beta_i|."""
    logarithm = sp.log(z / (2 * alpha**2) + sp.sqrt(1 + z**2 / (4 * alpha**4)))
    form_26 = form_25.subs(sp.asinh(z / (2 * alpha**2)), logarithm)
    return [
        prove_identity(scaled, form_25, domain=SMALL),
        prove_identity(form_25, form_26, domain=SMALL),
        prove_identity(form_26, form_27, domain=SMALL),
        prove_identity(scaled, form_27, domain=SMALL),
    ]


@exact
def step_3_Q_in_logarithms() -> list[Proof]:
    """(24)-(27), summed."""
    return [sum_le_sum(proof, z, modulus, i, d) for proof in step_2_an_entry_in_logarithms()]


@exact
def step_4_a_root_of_squares() -> list[Proof]:
    """(28), for |a| and |b| as nonnegative numbers."""
    x, y = sp.symbols("x y", nonnegative=True)
    return [
        prove_implication([], sp.Le(x, sp.sqrt(x**2 + y**2), evaluate=False)),
        prove_implication([], sp.Le(sp.sqrt(x**2 + y**2), x + y, evaluate=False)),
    ]


@exact
def step_5_the_logarithm_increases() -> list[Proof]:
    """From 1 - 1/t <= ln t: ln b <= ln c for b <= c."""
    tangent = prove_nonnegative(sp.log(t) - 1 + 1 / t, t, 0)
    quotient = instantiate(tangent, {t: c / b})
    split = prove_identity(sp.log(c / b), sp.log(c) - sp.log(b))
    return [
        tangent,
        prove_implication([quotient, split, b <= c], sp.Le(sp.log(b), sp.log(c), evaluate=False)),
        prove_positive(scale, alpha, 0, 1),
        prove_identity(scale, -2 * sp.log(alpha)),
    ]


def _log_increases(lower: sp.Expr, upper: sp.Expr, *shown: Proof) -> Proof:
    return discharge(instantiate(step_5_the_logarithm_increases()[1], {b: lower, c: upper}), *shown)


@exact
def step_6_an_entry_is_bounded_above() -> Proof:
    """(29), (30): sqrt(4 alpha^4 + z^2) >= 2 alpha^2 and the other root is below alpha^2 + z/2."""
    far = sp.Le(inside, z + alpha**2, evaluate=False)
    logs = _log_increases(
        *(inside, z + alpha**2),
        prove_positive(inside, z, domain={alpha: (0, sp.oo)}),
        prove_implication([z >= 0], sp.Gt(z + alpha**2, 0, evaluate=False)),
        prove_implication([z >= 0], far),
    )
    return prove_implication(
        [step_2_an_entry_in_logarithms()[3], step_5_the_logarithm_increases()[2], logs, z >= 0],
        sp.Le(scaled, form_30, evaluate=False),
    )


@exact
def step_7_Q_is_bounded_above_by_the_largest_entry() -> list[Proof]:
    """(29)-(31)."""
    entry = step_6_an_entry_is_bounded_above()
    logs = _log_increases(
        *(z + alpha**2, M + alpha**2),
        prove_implication([z >= 0], sp.Gt(z + alpha**2, 0, evaluate=False)),
        prove_implication([z <= M], sp.Le(z + alpha**2, M + alpha**2, evaluate=False)),
    )
    factor = 1 + sp.log(M + alpha**2) / scale
    largest = prove_implication(
        [logs, z >= 0, z <= M, step_5_the_logarithm_increases()[2]],
        sp.Le(form_30, z * factor, evaluate=False),
    )
    return [
        sum_le_sum(entry, z, modulus, i, d),
        sum_le_sum(largest, z, modulus, i, d),
    ]


@exact
def step_8_Q_is_between_equal_entries_and_one_entry() -> list[Proof]:
    """d q(n/(d alpha^2)) <= Q <= q(n/alpha^2), as q is even and convex; n = ||beta||_1."""
    return [rename(bound, n, norm) for bound in on_the_l1_sphere(at, beta)[0]]


@exact
def step_9_what_the_bounds_of_alpha_say() -> list[Proof]:
    """ln(n + alpha^2) <= ln(2 n) <= epsilon ln(1/alpha^2), d <= epsilon n ln(1/alpha^2); and
    alpha < 1."""
    tangent, _, _, double = step_5_the_logarithm_increases()
    sum_below = prove_implication([BELOW_ROOT], sp.Le(n + alpha**2, 2 * n, evaluate=False))
    power = (2 * n) ** (-1 / (2 * epsilon))
    root = prove_identity(sp.log(power), -sp.log(2 * n) / (2 * epsilon))
    logs = _log_increases(alpha, sp.exp(-d / (2 * epsilon * n)))
    return [
        _log_increases(n + alpha**2, 2 * n, sum_below),
        prove_implication(
            [_log_increases(alpha, power), root, double],
            sp.Le(sp.log(2 * n), epsilon * scale, evaluate=False),
        ),
        prove_implication([logs, double], sp.Le(d, epsilon * n * scale, evaluate=False)),
        prove_implication([logs, instantiate(tangent, {t: alpha})], alpha < 1),
    ]


@exact
def step_10_Q_is_bounded_above() -> list[Proof]:
    """(32)-(36)."""
    _, high = step_8_Q_is_between_equal_entries_and_one_entry()
    entry = instantiate(step_6_an_entry_is_bounded_above(), {z: n})
    positive = step_5_the_logarithm_increases()[2]
    sum_below, power, _, below_one = step_9_what_the_bounds_of_alpha_say()
    form_32 = n * (1 + sp.log(n + alpha**2) / scale)
    form_35 = n * (1 + sp.log(2 * n) / scale)
    by_norm = prove_implication([high, entry, positive], sp.Le(Q_scaled, form_32, evaluate=False))
    doubled = prove_implication([by_norm, sum_below, positive], Q_scaled <= form_35)
    return [
        by_norm,
        doubled,
        discharge(prove_implication([doubled, power, positive], UPPER), below_one),
    ]


@exact
def step_11_an_entry_is_bounded_below() -> list[Proof]:
    """(37), (38) for z > 0, and (39) for z >= 0: ln t >= 1 - 1/t, t >= z."""
    form = step_2_an_entry_in_logarithms()[3]
    tangent, _, positive, _ = step_5_the_logarithm_increases()
    defined = prove_positive(inside, z, domain={alpha: (0, sp.oo)})
    logs = _log_increases(
        *(z, inside),
        defined,
        prove_implication([z > 0], sp.Le(z, inside, evaluate=False)),
    )
    form_37 = 2 * alpha**2 / scale - (z + 2 * alpha**2) / scale + z * (1 + sp.log(z) / scale)
    at_inside = discharge(instantiate(tangent, {t: inside}), defined)
    return [
        prove_implication([form, positive, logs], sp.Ge(scaled, form_37, evaluate=False)),
        prove_identity(form_37, form_38, domain={z: (0, sp.oo), **SMALL}),
        prove_implication(
            [form, positive, at_inside, defined, z >= 0],
            sp.Ge(scaled, z - 1 / scale, evaluate=False),
        ),
    ]


@exact
def step_12_Q_is_bounded_below() -> list[Proof]:
    """(37)-(41)."""
    low, _ = step_8_Q_is_between_equal_entries_and_one_entry()
    positive = step_5_the_logarithm_increases()[2]
    first, split, entry = step_11_an_entry_is_bounded_below()
    _, _, exponential, below_one = step_9_what_the_bounds_of_alpha_say()
    equal = instantiate(entry, {z: n / d})
    form_40 = sp.Ge(Q_scaled, n - d / scale, evaluate=False)
    by_norm = prove_implication([low, equal, positive], form_40)
    return [
        *(sum_le_sum(proof, z, modulus, i, d) for proof in (first, split, entry)),
        by_norm,
        discharge(prove_implication([by_norm, exponential, positive], LOWER), below_one),
    ]


@exact
def step_13_the_sandwich() -> list[Proof]:
    """(42)."""
    return [step_12_Q_is_bounded_below()[-1], step_10_Q_is_bounded_above()[-1]]


@given(
    st.lists(st.integers(-1000, 1000), min_size=1, max_size=5),
    st.integers(5, 300),
    st.integers(1, 100),
)
def check_sandwich_at_random_vectors(entries: list[int], eps: int, factor: int) -> None:
    total = sum(map(abs, entries))
    if total == 0:
        return
    with mpmath.workdps(60):
        e, size, dim = mpmath.mpf(eps) / 100, mpmath.mpf(total) / 100, len(entries)
        bounds = (
            mpmath.sqrt(size),
            (2 * size) ** (-1 / (2 * e)),
            mpmath.exp(-dim / (2 * e * size)),
        )
        start = min(bounds) * factor / 100
        if start < mpmath.mpf(10) ** -1000:
            return
        x = start**2
        scaled_sum = x * sum(q_by_digits(mpmath.mpf(entry) / (100 * x)) for entry in entries)
        value = scaled_sum / mpmath.log(1 / x)
        assert (1 - e) * size <= value <= (1 + e) * size


def refute_other_bounds_of_q() -> list[Refuted]:
    """(30) and (38) at alpha = 1: the 1 in ln(1 + z) and the 1 in ln(z) - 1."""
    return [
        expect_refuted(prove_nonnegative, z * sp.log(1 - nudge + z) - q, z, 0),
        expect_refuted(prove_nonnegative, q - z * (sp.log(z) - 1 + nudge), z, 0),
    ]


def refute_a_bound_without_its_condition() -> list[Refuted]:
    """alpha^2 <= 2 n does not give n + alpha^2 <= 2 n, and ln(2 n) <= 2 epsilon l not <= .. l."""
    m, ell = sp.symbols("m l", real=True)
    return [
        expect_refuted(
            prove_implication, [alpha**2 <= 2 * n], sp.Le(n + alpha**2, 2 * n, evaluate=False)
        ),
        expect_refuted(
            prove_implication,
            [m <= 2 * epsilon * ell, ell > 0],
            sp.Le(n * (1 + m / ell), n * (1 + epsilon), evaluate=False),
        ),
    ]


def refute_a_larger_lower_bound() -> Refuted:
    """(41) with half of the exponent: d <= 2 epsilon n l gives only 1 - 2 epsilon."""
    m, ell = sp.symbols("m l", positive=True)
    return expect_refuted(
        prove_implication,
        [m <= 2 * epsilon * n * ell],
        sp.Ge(n - m / ell, (1 - epsilon) * n, evaluate=False),
    )
