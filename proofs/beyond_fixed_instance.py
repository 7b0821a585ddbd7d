"""A fixed instance with a nondegenerate l1 minimiser: how fast the norm falls to its least.

Statement
---------
Let eta = X^T nu_0, |eta_i| <= 1, certify that b has the least l1 norm: sum_i eta_i b_i = ||b||_1.
Every beta with X beta = X b then has ||beta||_1 - ||b||_1 = sum_i |beta_i| - eta_i beta_i, where a
term is between (1 - |eta_i|) |beta_i| and (1 + |eta_i|) |beta_i|, and 0 where eta_i is the sign of
beta_i, as on the support of b for small alpha.

Let N columns, i = 1..N, be the support, and column j = sum_i m_i (column i), so that
s_j = sum_i m_i s_i for every s = X^T nu, and eta_j = sum_i m_i g_i with the signs g_i = +-1 of b.
With u_i = |s_i|, s_i = g_i u_i; let 1/B <= |beta_i| <= B, and K = sum_i |m_i|.

D = 2: |s_j - eta_j ln(1/x)| <= T = K (ln(B) + B^2 x^2) for x = alpha^2. So with 0 <= eta_j and
T <= eta_j ln(1/x), exp(-T) x^(1-eta_j) - x <= beta_j <= exp(T) x^(1-eta_j): the excess falls like
alpha^(2 (1-a)), with a the largest |eta_j|.

D > 2: |s_j - eta_j| <= K (B x)^((D-2)/D) for x = alpha^D. So beta_j/alpha^D tends to h(eta_j): the
excess falls like alpha^D if some eta_j is not 0, whatever its size.

Assumptions
-----------
0 < alpha; D = 2 + 2/a, p = 1 + a (this a is not the largest |eta_j|). |beta_i| = 2 x sinh(u_i) or
x h(u_i), and beta_j = 2 x sinh(s_j). eta_j >= 0 after a change of the sign of column j; r_i is
|beta_i|.

Not covered
-----------
Compactness: for small alpha beta is near b, by theorem_2_rich_half or theorem_3_limits, as b is the
    only solution of least norm; so some B holds for all of them.

Reference
---------
[woodworth2020, Section 4 and 5] on how small alpha has to be.
"""

import mpmath
import sympy as sp

from implicitbias.symbolic import Proof, Refuted, Statement, exact, expect_refuted
from implicitbias.symbolic import by_cases, discharge, instantiate, multiply_out, prove_identity
from implicitbias.symbolic import prove_implication, prove_nonnegative, prove_positive, split_sums
from implicitbias.symbolic import sum_le_sum
from proofs._lemmas import increasing, same_pairing
from proofs._notation import N, X, a, b, beta, d, h, i, n, p, s, w, x, y, z
from proofs._notation import FEASIBLE, X_transpose, l1_norm, sum_i

sign_1, m_1 = sp.symbols("g_1 m_1", real=True)
s_j, eta_j, beta_j, T = sp.symbols("s_j eta_j beta_j T", real=True)
B, u_1 = sp.symbols("B u_1", positive=True)
nu, eta, sign, m, r = (sp.IndexedBase(name, real=True) for name in ("nu_0", "eta", "g", "m", "r"))
u = sp.IndexedBase("u", positive=True)
logarithm = sp.log(1 / x)
one = sp.Integer(1)
near_2, near_deep = sp.log(B) + B**2 * x**2, (B * x) ** (1 / p)
size_2, size_deep = 2 * x * sp.sinh(u_1), x * h.subs(s, u_1)
K = sp.Sum(sp.Abs(m[i]), (i, 1, N))


def _within(size: sp.Expr) -> tuple[sp.Basic, sp.Basic]:
    return sp.Ge(B * size, 1, evaluate=False), sp.Le(size, B, evaluate=False)


def _apart(first: sp.Expr, second: sp.Expr, bound: sp.Expr) -> tuple[sp.Basic, sp.Basic]:
    """|first - second| <= bound."""
    return (
        sp.Le(first - second, bound, evaluate=False),
        sp.Le(second - first, bound, evaluate=False),
    )


BIG = _within(size_deep)[0]
term = r[i] - eta[i] * beta[i]
DUAL = (
    sp.Eq(sign[i] ** 2, 1),
    sp.Eq(s_j, sp.Sum(m[i] * sign[i] * u[i], (i, 1, N))),
    sp.Eq(eta_j, sp.Sum(m[i] * sign[i], (i, 1, N))),
)
SUPPORT_2 = (*DUAL, *(row.subs(u_1, u[i]) for row in _within(size_2)))
SUPPORT_DEEP = (*DUAL, sp.Lt(u[i], 1), BIG.subs(u_1, u[i]))
bound_2 = K * near_2
OFF = (
    sp.Eq(T, bound_2),
    sp.Eq(beta_j, 2 * x * sp.sinh(s_j)),
    sp.Le(T, eta_j * logarithm, evaluate=False),
)
TWO_SIDED = (
    sp.Le(sp.exp(-T) * x ** (1 - eta_j) - x, beta_j, evaluate=False),
    sp.Le(beta_j, sp.exp(T) * x ** (1 - eta_j), evaluate=False),
)
CERTIFICATE = (
    sp.Eq(eta[i], X_transpose(nu)),
    FEASIBLE,
    sp.Eq(sum_i(eta[i] * b[i]), l1_norm(b)),
)
EXCESS = sp.Eq(sum_i(r[i]) - l1_norm(b), sum_i(term))
MODULUS = sp.Eq(r[i], sp.Abs(beta[i]))
BOUNDS = (
    sp.Ge(term, (1 - sp.Abs(eta[i])) * r[i], evaluate=False),
    sp.Le(term, (1 + sp.Abs(eta[i])) * r[i], evaluate=False),
)

ID = "3.6"
STATEMENT = Statement(
    forall=(a, x, B, d, N, i, n, s_j, eta_j, beta_j, T, eta, beta, b, r, sign, m, u, X, nu),
    conclusion=(
        sp.Implies(sp.And(*CERTIFICATE), EXCESS),
        *(sp.Implies(MODULUS, claim) for claim in BOUNDS),
        *(
            sp.Implies(sp.And(*SUPPORT_2), claim)
            for claim in _apart(s_j, eta_j * logarithm, bound_2)
        ),
        *(sp.Implies(sp.And(*SUPPORT_2, *OFF), claim) for claim in TWO_SIDED),
        *(sp.Implies(sp.And(*SUPPORT_DEEP), claim) for claim in _apart(s_j, eta_j, K * near_deep)),
    ),
    where={"h(u[i])": h.subs(s, u[i]), "K": K},
    examples=(
        {d: 1, N: 1, X[n, i]: 1, nu[n]: 1, eta[i]: 1, beta[i]: 1, b[i]: 1, r[i]: 1},
        {
            **{N: 1, B: 2, x: sp.Rational(1, 100), u[i]: sp.log(100), sign[i]: 1, m[i]: 1},
            **{s_j: sp.log(100), eta_j: 1, T: sp.log(2) + sp.Rational(1, 2500)},
            beta_j: sp.Rational(9999, 10000),
        },
        {
            **{a: 1, N: 1, B: 1, x: 1, u[i]: sp.Rational(1, 2), sign[i]: 1, m[i]: 1},
            **{s_j: sp.Rational(1, 2), eta_j: 1},
        },
    ),
)


@exact
def step_1_an_entry_of_the_support_at_depth_2() -> list[Proof]:
    """|u - ln(1/x)| <= ln(B) + B^2 x^2, as ln(2 sinh(u)) <= u <= ln(2 sinh(u)) + (2 sinh(u))^-2."""
    twice = 2 * sp.sinh(z)
    above = prove_nonnegative(z - sp.log(twice), z, 0)
    below = prove_nonnegative(sp.log(twice) + 1 / twice**2 - z, z, 0)
    above, below = (instantiate(proof, {z: u_1}) for proof in (above, below))
    log = increasing(sp.log(w), w, y, 0)
    value, least, most = 2 * sp.sinh(u_1), 1 / (B * x), B / x
    v = sp.Symbol("v", positive=True)
    positive = instantiate(prove_positive(sp.sinh(z), z, 0), {z: u_1})
    logs = [
        instantiate(log, {w: v, y: least}),
        instantiate(log, {w: most, y: v}),
        prove_identity(sp.log(least), logarithm - sp.log(B)),
        prove_identity(sp.log(most), logarithm + sp.log(B)),
    ]
    rows = [sp.Ge(u_1, sp.log(v)), sp.Le(u_1, sp.log(v) + 1 / v**2)]
    rows += [sp.Ge(B * x * v, 1), sp.Le(x * v, B)]
    found = []
    for claim in _apart(u_1, logarithm, near_2):
        rule = by_cases([prove_implication([*logs, *rows], claim)], rows)
        at = instantiate(rule, {v: value})
        found.append(by_cases([at], [above, below, positive, *_within(size_2)]))
    return found


@exact
def step_2_an_entry_of_the_support_at_greater_depth() -> list[Proof]:
    """0 <= 1 - u <= (B x)^(1/p), as 1/(B x) <= h(u) <= (1-u)^-p."""
    unit = {u_1: (0, 1)}
    c = 1 - u_1
    root = w ** (1 / p)
    grows = increasing(root, w, y, 0)
    at = instantiate(grows, {w: B * x, y: c**p}, domain=unit)
    facts = [
        prove_identity((c**p) ** (1 / p), c, domain=unit),
        prove_identity(sp.Mul(c**p, c ** (-p), evaluate=False), 1, domain=unit),
        prove_positive(c**p, u_1, 0, 1),
        prove_positive((1 + u_1) ** (-p), u_1, 0, 1),
    ]
    small = prove_implication([*facts, BIG], sp.Le(c**p, B * x, evaluate=False))
    at = discharge(at, facts[2], small)
    return [prove_implication([at, *facts[:1]], claim) for claim in _apart(u_1, one, near_deep)]


@exact
def step_3_the_dual_entry_off_the_support() -> list[Proof]:
    """m g u - m g t is at most |m| times the bound of |u - t|; summed up."""
    t, bound = sp.symbols("t bound", real=True)
    product, sums = m_1 * sign_1 * u_1 - m_1 * sign_1 * t, []
    for flip in (1, -1):
        rule = prove_implication(
            [sp.Eq(sign_1**2, 1), *_apart(u_1, t, bound)],
            sp.Le(flip * product, sp.Abs(m_1) * bound, evaluate=False),
        )
        sums.append(rule)
    found = []
    for shown, target, near in (
        (step_1_an_entry_of_the_support_at_depth_2(), logarithm, near_2),
        (step_2_an_entry_of_the_support_at_greater_depth(), one, near_deep),
    ):
        for rule in sums:
            entry = discharge(instantiate(rule, {t: target, bound: near}), *shown)
            total = sum_le_sum(entry, u_1, u[i], i, N, others={m_1: m[i], sign_1: sign[i]})
            total = split_sums(total)
            found.append(total)
    return found


@exact
def step_4_the_dual_entry_is_near_its_certificate() -> list[Proof]:
    sums = step_3_the_dual_entry_off_the_support()
    claims = (*_apart(s_j, eta_j * logarithm, bound_2), *_apart(s_j, eta_j, K * near_deep))
    return [
        prove_implication([proof, *DUAL[1:]], claim)
        for proof, claim in zip(sums, claims, strict=True)
    ]


@exact
def step_5_the_entry_at_depth_2() -> list[Proof]:
    """x (exp(s) - 1) <= 2 x sinh(s) <= x exp(s) for s >= 0, and s is near eta ln(1/x)."""
    grows = increasing(sp.exp(w), w, y)
    center = eta_j * logarithm
    ends = {"up": center + T, "down": center - T}
    facts = [
        prove_identity(sp.sinh(s_j), (sp.exp(s_j) - sp.exp(-s_j)) / 2),
        prove_positive(sp.exp(-s_j), s_j),
        prove_identity(x * sp.exp(ends["up"]), sp.exp(T) * x ** (1 - eta_j)),
        prove_identity(x * sp.exp(ends["down"]), sp.exp(-T) * x ** (1 - eta_j)),
    ]
    near = _apart(s_j, center, T)
    one_at_most = by_cases(
        [instantiate(grows, {w: sp.Integer(0), y: -s_j})], [near[1], sp.Le(T, center)]
    )
    high = by_cases([instantiate(grows, {w: ends["up"], y: s_j})], near[:1])
    low = by_cases([instantiate(grows, {w: s_j, y: ends["down"]})], near[1:])
    shown = [
        prove_implication([proof, OFF[0]], row)
        for proof, row in zip(
            step_4_the_dual_entry_is_near_its_certificate()[:2], near, strict=True
        )
    ]
    return [
        discharge(
            prove_implication([low, one_at_most, facts[0], facts[3], OFF[1]], TWO_SIDED[0]),
            shown[1],
        ),
        discharge(prove_implication([high, *facts[:3], OFF[1]], TWO_SIDED[1]), shown[0]),
    ]


@exact
def step_6_the_excess() -> list[Proof]:
    """sum eta_i beta_i = sum eta_i b_i = ||b||_1."""
    same = same_pairing(eta, nu)
    apart = multiply_out(sum_i(term))
    return [
        prove_implication([same, apart, CERTIFICATE[2]], EXCESS),
        *(prove_implication([MODULUS], claim) for claim in BOUNDS),
    ]


@exact
def step_7_the_rates() -> list[Proof]:
    return [
        *step_4_the_dual_entry_is_near_its_certificate(),
        *step_5_the_entry_at_depth_2(),
        *step_6_the_excess(),
    ]


def check_the_rates_on_one_column() -> None:
    """X = [1, c], y = 1, where b = (1, 0) and eta = (1, c): the excess as a power of alpha."""
    for part in (0.3, 0.8):
        for depth, slope in ((2, 2 * (1 - part)), (3, 3.0), (4, 4.0)):
            values = []
            for power in (-20, -24):
                with mpmath.workdps(60):
                    start = mpmath.mpf(10) ** power
                    values.append(_excess(start**depth, mpmath.mpf(part), depth))
            found = (mpmath.log10(values[0]) - mpmath.log10(values[1])) / 4
            assert abs(found - slope) < 0.02


def _excess(x: mpmath.mpf, part: mpmath.mpf, depth: int) -> mpmath.mpf:
    """||beta||_1 - 1 by bisection in the slack 1 - s, or in s at depth 2."""

    def entry(dual: mpmath.mpf, slack: mpmath.mpf) -> mpmath.mpf:
        if depth == 2:
            return 2 * x * mpmath.sinh(dual)
        power = -mpmath.mpf(depth) / (depth - 2)
        return x * (slack**power - (1 + dual) ** power)

    low, high = mpmath.mpf(0), mpmath.mpf(400)
    for _ in range(220):
        middle = (low + high) / 2
        dual = middle if depth == 2 else 1 - mpmath.exp(-middle)
        first = entry(dual, mpmath.exp(-middle))
        second = entry(part * dual, 1 - part * dual)
        low, high = (middle, high) if first + part * second < 1 else (low, middle)
    return (1 - part) * second


def refute_other_bounds_of_an_entry() -> list[Refuted]:
    """u is above ln(2 sinh(u)), and not below by half of (2 sinh(u))^-2."""
    twice = 2 * sp.sinh(z)
    return [
        expect_refuted(prove_nonnegative, sp.log(twice) - z, z, 0),
        expect_refuted(prove_nonnegative, sp.log(twice) + 1 / (2 * twice**2) - z, z, 0),
    ]


def refute_a_certificate_above_one() -> Refuted:
    """|beta| - eta beta is not >= 0 without |eta| <= 1."""
    v, c = sp.symbols("v c", real=True)
    return expect_refuted(prove_implication, [sp.Le(c, 2)], sp.Ge(sp.Abs(v) - c * v, 0))
