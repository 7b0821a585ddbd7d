"""Where the l1 minimiser is not unique, the limit for alpha to 0 is still one of them.

Statement
---------
Let X b = X beta, ||b||_1 <= ||beta||_1, for instance with b a solution of least l1 norm, and beta
where the flow ends; x = alpha^D.

D = 2: with x <= 1/e, sum |beta_i| ln|beta_i| <= sum |b_i| ln|b_i| + 2 d x and
(ln(1/x) - 1) (||beta||_1 - ||b||_1) <= sum |b_i| ln|b_i| + d/e + 2 d x. So for alpha to 0 the limit
is the solution of least l1 norm with the least sum |b_i| ln|b_i|.

D > 2: ||beta||_1 - ||b||_1 <= (D/2) x^((D-2)/D) (sum |beta_i|^(2/D) - sum |b_i|^(2/D)) + C d x,
C = (D-2) (1 - 2^(-D/(D-2))), and the right side is not negative: sum |beta_i|^(2/D) is at least
sum |b_i|^(2/D) - (2 C/D) d x^(2/D). So the limit is the solution of least l1 norm with the LARGEST
sum |b_i|^(2/D), the quasinorm that weight decay makes smallest.

With X = [[1,1,1],[0,1,2]], y = (1, 3/5) all (2/5 + t, 3/5 - 2t, t), 0 <= t <= 3/10, have the least
norm 1. The entropy is least at t = (7 - sqrt(22))/15, where its slope is 0.

Assumptions
-----------
0 < alpha, D real; D = 2 + 2/a, p = 1 + a. At D = 2 nothing is used of beta but
Q(beta/x) <= Q(b/x), as for a minimiser; at D > 2, beta_i = x h(xi_i) with xi = X^T nu in (-1, 1)^d.
At z = beta_i and z = b_i, ln|z| is `l_beta[i]` and `l_b[i]`, any number where z = 0; |z|^(2/D) is
e_i and f_i, x q(z/x) is v_i and u_i.

Not covered
-----------
Compactness: beta is bounded, so for alpha to 0 it has limit points; the bounds say which they are.
Convex duality and separation: on the solutions of least l1 norm, where no two entries have opposite
    signs, a strictly convex or concave function of the moduli is extreme at one point only.

Reference
---------
[woodworth2020, Thm 1 and 3] where "the" solution of least l1 norm is not unique.
"""

import mpmath
import sympy as sp

from implicitbias.symbolic import Proof, Refuted, Statement, exact, expect_refuted
from implicitbias.symbolic import by_cases, instantiate, prove_identity, prove_implication
from implicitbias.symbolic import prove_nonnegative, prove_positive, rename, split_sums, sum_le_sum
from proofs._lemmas import above_its_tangents, increasing, same_pairing
from proofs._notation import D, H, N, X, a, b, beta, d, h, i, n, nu, p, q, q_deep, s, w, x, xi, y, z
from proofs._notation import DUAL, ENDS, FEASIBLE, INSIDE, OPEN, STATIONARY, l1_norm, sum_i
from proofs.beyond_deep_small_start import step_5_below_at_every_argument
from proofs.beyond_deep_small_start import z as z_deep
from proofs.beyond_split_form import step_1_a_weight_pays_its_dual_price
from proofs.beyond_split_form import u as u_split

l_1, e_1, v_1, t = sp.symbols("l_1 e_1 v_1 t", real=True)
k, m = sp.symbols("k m", positive=True)
l_beta, l_b, e, f, v, u = (
    sp.IndexedBase(name, real=True) for name in ("l_beta", "l_b", "e", "f", "v", "u")
)
C = (D - 2) * (1 - 2 ** (-p))


def _logarithm(at: sp.Expr, value: sp.Expr) -> sp.Basic:
    """value = ln|at|, unless at = 0."""
    return sp.Or(sp.Eq(at, 0), sp.Eq(sp.Abs(at), sp.exp(value)))


cost = x * q.subs(z, z / x)
size = sp.log(1 / x) - 1

l1_of_beta, l1_of_b = l1_norm(beta), l1_norm(b)
NOT_LESS = sp.Le(l1_of_b, l1_of_beta, evaluate=False)
SMALL = sp.Le(sp.E * x, 1, evaluate=False)
COSTS = (
    _logarithm(beta[i], l_beta[i]),
    _logarithm(b[i], l_b[i]),
    sp.Eq(v[i], cost.subs(z, beta[i])),
    sp.Eq(u[i], cost.subs(z, b[i])),
    sp.Le(sum_i(v[i]), sum_i(u[i]), evaluate=False),
)
entropy_of_beta, entropy_of_b = (
    sum_i(sp.Abs(entries[i]) * logs[i]) for entries, logs in ((beta, l_beta), (b, l_b))
)
MORE_ENTROPY = sp.Le(entropy_of_beta, entropy_of_b + 2 * d * x, evaluate=False)
NEAR = sp.Le(size * (l1_of_beta - l1_of_b), entropy_of_b + d / sp.E + 2 * d * x, evaluate=False)


def _power(at: sp.Expr, logarithm: sp.Expr, value: sp.Expr) -> sp.Basic:
    """value = |at|^(2/D)."""
    return sp.Or(
        sp.And(sp.Eq(at, 0), sp.Eq(value, 0)),
        sp.And(sp.Eq(sp.Abs(at), sp.exp(logarithm)), sp.Eq(value, sp.exp(2 / D * logarithm))),
    )


scale = x ** (1 / p)
POWERS = (
    *DUAL,
    STATIONARY,
    FEASIBLE,
    ENDS,
    _power(beta[i], l_beta[i], e[i]),
    _power(b[i], l_b[i], f[i]),
)
more = D / 2 * scale * (sum_i(e[i]) - sum_i(f[i])) + C * d * x
DEEP_NEAR = sp.Le(l1_of_beta - l1_of_b, more, evaluate=False)
MORE_POWER = sp.Ge(more, 0, evaluate=False)
two, three, root = sp.Rational(2, 5), sp.Rational(3, 5), (7 - sp.sqrt(22)) / 15
segment = sum(entry * sp.log(entry) for entry in (two + t, three - 2 * t, t))
slope = sp.log(two + t) - 2 * sp.log(three - 2 * t) + sp.log(t)

ID = "3.5"
STATEMENT = Statement(
    forall=(a, x, d, N, i, n, t, beta, b, l_beta, l_b, e, f, v, u, xi, X, nu),
    conclusion=(
        sp.Implies(sp.And(*COSTS, SMALL, NOT_LESS), MORE_ENTROPY),
        sp.Implies(sp.And(*COSTS), NEAR),
        sp.Implies(sp.And(*POWERS), DEEP_NEAR),
        sp.Implies(sp.And(*POWERS, NOT_LESS), MORE_POWER),
        sp.Implies(sp.And(t > 0, t < sp.Rational(3, 10)), sp.Eq(sp.Derivative(segment, t), slope)),
        sp.Eq((two + root) * root, (three - 2 * root) ** 2, evaluate=False),
    ),
    where={"h(xi[i])": h.subs(s, xi[i]), "C": C},
    examples=(
        {
            **{a: 1, x: sp.Rational(9, 32), d: 1, N: 1, X[n, i]: 1},
            **{family[index]: sp.Rational(1, 2) for family, index in ((nu, n), (xi, i))},
            **{family[i]: 1 for family in (beta, b, e, f)},
            **{l_beta[i]: 0, l_b[i]: 0},
            **{family[i]: cost.subs({x: sp.Rational(9, 32), z: 1}) for family in (v, u)},
        },
        {t: sp.Rational(1, 10)},
    ),
)


@exact
def step_1_the_exponential_of_a_logarithm() -> list[Proof]:
    """Where m = exp(l), ln(m) = l and m^(2/D) = exp(2 l/D)."""
    same = sp.Eq(m, sp.exp(l_1))
    found = []
    for f_w, value in ((sp.log(w), l_1), (w ** (2 / D), sp.exp(2 / D * l_1))):
        grows = increasing(f_w, w, y, 0)
        both = [
            instantiate(grows, {w: m, y: sp.exp(l_1)}),
            instantiate(grows, {w: sp.exp(l_1), y: m}),
        ]
        equal = prove_implication(both, sp.Eq(f_w.subs(w, m), value))
        found.append(by_cases([equal], [same]))
    return found


@exact
def step_2_an_entry_at_depth_2() -> list[Proof]:
    """|z| (ln(1/x) - 1 + l) <= x q(z/x) <= |z| (ln(1/x) - 1 + l) + 2 x, l = ln|z|."""
    log = step_1_the_exponential_of_a_logarithm()[0]
    low = prove_nonnegative(q - z * sp.log(z) + z, z, 0)
    high = prove_nonnegative(z * sp.log(z) - z + 2 - q, z, 0)
    even = prove_identity(q.subs(z, -z / x), q.subs(z, z / x))
    claims = (
        sp.Ge(cost, sp.Abs(z) * size + sp.Abs(z) * l_1, evaluate=False),
        sp.Le(cost, sp.Abs(z) * size + sp.Abs(z) * l_1 + 2 * x, evaluate=False),
    )
    found = []
    for bound, claim in zip((low, high), claims, strict=True):
        right = instantiate(bound, {z: z / x}, domain={z: (0, sp.oo)})
        logs = prove_identity(sp.log(z / x), sp.log(z) + sp.log(1 / x), domain={z: (0, sp.oo)})
        known = [right, logs, instantiate(log, {m: z}, domain={z: (0, sp.oo)})]
        cases = [
            prove_implication(known, claim),
            prove_implication([even, *(instantiate(proof, {z: -z}) for proof in known)], claim),
            prove_implication([sp.Eq(z, 0)], claim),
        ]
        found.append(by_cases(cases, [_logarithm(z, l_1), sp.Gt(x, 0, evaluate=False)]))
    return found


@exact
def step_3_the_entropy_at_depth_2() -> list[Proof]:
    """Summed up; and |z| ln|z| >= -1/e."""
    low, high = (rename(proof, v_1, cost) for proof in step_2_an_entry_at_depth_2())
    below = sum_le_sum(low, z, beta[i], i, d, others={l_1: l_beta[i], v_1: v[i]})
    above = sum_le_sum(high, z, b[i], i, d, others={l_1: l_b[i], v_1: u[i]})
    both = [split_sums(below), split_sums(above), *COSTS[4:]]
    grows = prove_nonnegative(z - 1 - sp.log(z), z, 0)
    large = prove_implication(
        [
            instantiate(grows, {z: sp.E * x}),
            prove_identity(sp.log(sp.E * x), 1 - sp.log(1 / x)),
            SMALL,
        ],
        sp.Ge(size, 0, evaluate=False),
    )
    least = prove_implication(
        [
            instantiate(grows, {z: sp.exp(-1) / m}),
            prove_identity(sp.log(sp.exp(-1) / m), -1 - sp.log(m)),
        ],
        sp.Ge(m * sp.log(m) + 1 / sp.E, 0, evaluate=False),
    )
    log = step_1_the_exponential_of_a_logarithm()[0]
    least = prove_implication([least, log], sp.Ge(m * l_1 + 1 / sp.E, 0, evaluate=False))
    least = instantiate(least, {m: z}, domain={z: (0, sp.oo)})
    claim = sp.Ge(sp.Abs(z) * l_1, -1 / sp.E, evaluate=False)
    cases = [
        prove_implication([least], claim),
        prove_implication([instantiate(least, {z: -z})], claim),
        prove_implication([sp.Eq(z, 0)], claim),
    ]
    bounded = by_cases(cases, [_logarithm(z, l_1)])
    bounded = sum_le_sum(bounded, z, beta[i], i, d, others={l_1: l_beta[i]})
    return [
        prove_implication([*both, large, NOT_LESS], MORE_ENTROPY),
        prove_implication([*both, bounded], NEAR),
    ]


@exact
def step_4_the_price_of_an_argument() -> list[Proof]:
    """s z - H(s) <= z - (D/2) z^(2/D) + C for every s in (-1, 1), z > 0; and H >= 0, C >= 0."""
    price = step_1_a_weight_pays_its_dual_price()
    half_power = sp.Integer(2) ** (-p)
    plus = instantiate(price, {u_split: (k + m) ** (1 / D)})
    minus = instantiate(price, {u_split: m ** (1 / D), s: -s})
    grows = increasing(w ** (2 / D), w, y, 0)
    larger = instantiate(grows, {w: k + m, y: k})
    bound = k + 2 * m - D / 2 * (k ** (2 / D) + m ** (2 / D)) + D - 2
    weaker = prove_implication([plus, minus, larger], sp.Le(s * k - H, bound, evaluate=False))
    values = [
        prove_identity(half_power ** (2 / D), 2 * half_power),
        prove_positive(half_power, a, 0),
    ]
    high = k - D / 2 * k ** (2 / D) + C
    tangent = above_its_tangents(H, s, w, -1, 1)
    return [
        prove_implication(
            [instantiate(weaker, {m: half_power}), *values],
            sp.Le(s * k - H, high, evaluate=False),
        ),
        prove_implication([instantiate(tangent, {w: sp.Integer(0)})], sp.Ge(H, 0, evaluate=False)),
        prove_implication([prove_positive(1 - half_power, a, 0)], sp.Ge(C, 0, evaluate=False)),
    ]


@exact
def step_5_an_entry_at_greater_depth() -> list[Proof]:
    """s z <= x H + |z| - (D/2) x^(1/p) e + C x for every z, and >= without the C for z = x h."""
    price, conjugate, constant = step_4_the_price_of_an_argument()
    below = step_5_below_at_every_argument()
    tangent = above_its_tangents(H, s, w, -1, 1)
    tangent = instantiate(tangent, {s: sp.Integer(0), w: s})
    slope = prove_identity(sp.diff(H, s), h, domain=OPEN)
    q_positive = prove_implication([tangent, slope], sp.Ge(q_deep, 0, evaluate=False))
    high = sp.Le(s * z, x * H + sp.Abs(z) - D / 2 * scale * e_1 + C * x, evaluate=False)
    low = sp.Ge(s * z, x * H + sp.Abs(z) - D / 2 * scale * e_1, evaluate=False)
    powers = prove_identity(x * (m / x) ** (2 / D), scale * m ** (2 / D))
    right = {z: (0, sp.oo)}
    power = step_1_the_exponential_of_a_logarithm()[1]
    at = [instantiate(proof, {m: z}, domain=right) for proof in (powers, power)]
    value = sp.Eq(e_1, sp.exp(2 / D * l_1))
    end, zero = sp.Eq(z, x * h), [sp.Eq(z, 0), sp.Eq(e_1, 0)]
    positive = prove_positive(sp.exp(l_1), l_1)
    first = instantiate(price, {k: z / x}, domain=right)
    second = instantiate(below, {z_deep: z / x}, domain=right)
    found = []
    for proof, claim, more, known in (
        (first, high, [], [conjugate, constant]),
        (second, low, [end], [q_positive]),
    ):
        left = [instantiate(proof, {z: -z, s: -s}), *(instantiate(p, {z: -z}) for p in at)]
        cases = [
            prove_implication([proof, *at, *more, value], claim),
            prove_implication([*left, *more, value], claim),
            prove_implication([*known, *more, *zero], claim),
        ]
        found.append(by_cases(cases, [_power(z, l_1, e_1), positive, *INSIDE, *more]))
    return found


@exact
def step_6_the_quasinorm_at_greater_depth() -> list[Proof]:
    """Summed up, with sum xi_i beta_i = sum xi_i b_i."""
    high, low = step_5_an_entry_at_greater_depth()
    above = {e_1: f[i], s: xi[i], l_1: l_b[i]}
    above = sum_le_sum(high, z, b[i], i, d, others=above)
    below = {e_1: e[i], s: xi[i], l_1: l_beta[i]}
    below = sum_le_sum(low, z, beta[i], i, d, others=below)
    same = same_pairing(xi, nu)
    half = prove_identity(2 * sp.Integer(2) ** (-p), sp.Integer(2) ** (-a))
    near = prove_implication([split_sums(above), split_sums(below), same, half], DEEP_NEAR)
    return [near, prove_implication([near, NOT_LESS], MORE_POWER)]


@exact
def step_7_the_instance() -> list[Proof]:
    """The slope of the entropy along the segment, at its zero."""
    return [
        prove_identity(sp.Derivative(segment, t), slope, domain={t: (0, sp.Rational(3, 10))}),
        prove_identity((two + root) * root, (three - 2 * root) ** 2),
    ]


@exact
def step_8_the_limit() -> list[Proof]:
    return [
        *step_3_the_entropy_at_depth_2(),
        *step_6_the_quasinorm_at_greater_depth(),
        *step_7_the_instance(),
    ]


def check_the_instance_by_digits() -> None:
    """t at depths 2, 3, 4 and in the limit, from the flow's minimiser at a small alpha."""
    known = {2: ".153972282678", 3: ".159841362339", 4: ".162507831295"}
    with mpmath.workdps(60):
        for depth, digits in known.items():
            power = mpmath.mpf(2) / depth

            def slope_of(at: mpmath.mpf, power=power) -> mpmath.mpf:
                entries = mpmath.mpf(2) / 5 + at, mpmath.mpf(3) / 5 - 2 * at, at
                if power == 1:
                    values = [mpmath.log(entry) for entry in entries]
                else:
                    values = [-(entry ** (power - 1)) for entry in entries]
                return values[0] - 2 * values[1] + values[2]

            found = mpmath.findroot(slope_of, (0.01, 0.29), solver="anderson")
            assert abs(found - mpmath.mpf(digits)) < 1e-12
        limit = mpmath.findroot(
            lambda at: 1 / (mpmath.mpf(2) / 5 + at) - 2 / (mpmath.mpf(3) / 5 - 2 * at) + 1 / at,
            (0.01, 0.29),
            solver="anderson",
        )
        assert abs(limit - mpmath.mpf(".169425417677")) < 1e-12


def refute_the_quasinorm_of_weight_decay() -> Refuted:
    """sum of the square roots is concave in t, and so largest inside and not least: D = 4."""
    roots = sum(sp.sqrt(entry) for entry in (two + t, three - 2 * t, t))
    bend = sp.diff(roots, t, 2)
    return expect_refuted(prove_nonnegative, bend, t, sp.Rational(1, 10), sp.Rational(1, 5))


def refute_a_smaller_remainder() -> Refuted:
    """x for 2 x in the bound of step 2 fails: z log(z) - z + 1 < q(z) for large z."""
    return expect_refuted(prove_nonnegative, z * sp.log(z) - z + 1 - q, z, 0)


def refute_other_limits_of_the_instance() -> Refuted:
    """The slope of the entropy is not 0 at the t of least l2 norm, 2/15."""
    at = sp.Rational(2, 15)
    return expect_refuted(prove_identity, (two + at) * at, (three - 2 * at) ** 2)
