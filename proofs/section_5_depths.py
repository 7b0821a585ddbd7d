"""Section 5: no depth is a rescaling of another; weight decay; how small alpha; nearer to l1.

Statement
---------
p = D/(D-2) = 1 + a for a depth D = 2 + 2/a > 2, h_a(s) = (1-s)^-p - (1+s)^-p the inverse of q_D',
and 2 sinh(s) that of q_2'.

Not a rescaling: c q_D(k z) = q_D'(z) for all z would be h_a(s) = kappa h_b(lambda s), with a for
D', b for D, kappa = 1/k and lambda = 1/(c k), wherever either side is defined. But for lambda < 1
and any kappa the left side is larger at s = 1 - (1 + M)^(-1/p), M = kappa (1 - lambda)^-(1+b); for
lambda > 1 the same with D and D' exchanged. For lambda = 1 the first and third derivatives at 0,
which are 2 p and 2 p (p+1) (p+2), give a = b. For D = 2, h_a(s) = kappa 2 sinh(lambda s), the left
side is larger at M = 2 kappa sinh(lambda).

Weight decay: the least ||w||_2^2 with beta = w_+^D - w_-^D is sum_i |beta_i|^(2/D), where
one weight of each pair is 0: w_+^2 + w_-^2 >= (w_+^D - w_-^D)^(2/D), and (w^D)^(2/D) = w^2.

How small: on X = [1, 1 - 3 eps], y = 1 the least l1 norm is 1. At D = 2 the minimiser is
beta = 2 alpha^2 (sinh s, sinh((1 - 3 eps) s)). ||beta||_1 <= 1 + eps asks for
alpha^2 <= 1/(2 sinh(ln(2 - 6 eps)/(3 eps))): exponentially small in 1/eps. At D > 2 it is enough,
for every X and y, that alpha^D <= (||b||_1/d) eps^p (1 + eps)^(1-p): a power of eps, see
theorem_3_limits, here with tau = eps/(1 + eps).

Nearer to l1 at equal alpha^D: the larger D, the smaller the ratio of Figure 2b. This is the
statement of section_5_larger_depths, which says what its last conclusions mean.

Assumptions
-----------
0 < alpha, a, b, kappa; D real; 0 < eps < 1/6; s > 0, as y > 0. `x` is alpha^2 in the instance. The
weights are positive, as along a flow; the least norm is the limit where the smaller one tends to 0.

Not covered
-----------
Existence and uniqueness for ODEs: as in section_5_larger_depths.

Reference
---------
[woodworth2020, Section 5], the two paragraphs after Theorem 3; Figure 2b.
"""

import mpmath
import sympy as sp

from implicitbias.symbolic import Proof, Refuted, Statement, exact, expect_refuted
from implicitbias.symbolic import by_cases, instantiate, prove_identity, prove_implication
from implicitbias.symbolic import prove_positive, sum_le_sum
from proofs._checks import dual_of_columns
from proofs._lemmas import increasing, ratio_of_sines
from proofs._notation import INSIDE, OPEN, D, a, d, h, i, p, s, sum_i, x, y, z
from proofs._notation import epsilon as eps
from proofs.section_5_larger_depths import STATEMENT as NEARER
from proofs.section_5_larger_depths import e as elasticity
from proofs.section_5_larger_depths import step_10_larger_depths_are_nearer_to_l1
from proofs.section_5_larger_depths import z as z_of_y

b, kappa, M = sp.symbols("b kappa M", positive=True)  # b is the a of another depth
lam = sp.Symbol("lambda", real=True)
u, v = sp.symbols("u v", positive=True)
W_plus, W_minus = sp.IndexedBase("W_+", positive=True), sp.IndexedBase("W_-", positive=True)

other = h.subs(a, b)
witness = 1 - (1 + M) ** (-1 / p)
first = p * ((1 - s) ** (-p - 1) + (1 + s) ** (-p - 1))
third = p * (p + 1) * (p + 2) * ((1 - s) ** (-p - 3) + (1 + s) ** (-p - 3))
MATCH = (
    sp.Eq(first.subs(s, 0), kappa * first.subs(s, 0).subs(a, b)),
    sp.Eq(third.subs(s, 0), kappa * third.subs(s, 0).subs(a, b)),
)
LESS = (sp.Lt(0, lam), sp.Lt(lam, 1))


@exact
def step_1_derivatives_of_h() -> list[Proof]:
    return [
        prove_identity(sp.Derivative(h, s), first, domain=OPEN),
        prove_identity(sp.Derivative(h, (s, 3)), third, domain=OPEN),
    ]


@exact
def step_2_at_the_same_pole_they_give_the_depth() -> Proof:
    """p = kappa p' and p (p+1) (p+2) = kappa p' (p'+1) (p'+2)."""
    return prove_implication(MATCH, sp.Eq(a, b))


@exact
def step_3_h_exceeds_M_at_the_witness() -> Proof:
    """h(s) > (1-s)^-p - 1 for s in (0, 1), which is M at the witness."""
    above = prove_positive(h - (1 - s) ** (-p) + 1, s, 0, 1)
    inside = [prove_positive(witness, M, 0), prove_positive(1 - witness, M, 0)]
    larger = prove_implication(
        [
            instantiate(above, {s: witness}),
            prove_identity((1 - witness) ** (-p), 1 + M),
        ],
        h.subs(s, witness) > M,
    )
    return by_cases([larger], inside)


@exact
def step_4_a_later_pole_is_bounded_there() -> list[Proof]:
    """kappa h_b(lambda s) <= kappa (1 - lambda)^-(1+b), 2 sinh(lambda s) <= 2 sinh(lambda)."""
    power = (1 - s) ** (-1 - b)
    grows = increasing(power, s, y, -1, 1)
    grows = instantiate(grows, {s: lam, y: lam * s})
    rest = instantiate(prove_positive((1 + z) ** (-1 - b), z, -1, 1), {z: lam * s})
    bounded = prove_implication([grows, rest], other.subs(s, lam * s) <= power.subs(s, lam))
    sinh = increasing(sp.sinh(z), z, y)
    within = [sp.Lt(0, s), sp.Lt(s, 1), sp.Lt(0, lam)]
    return [
        by_cases([bounded], [*within, sp.Lt(lam, 1)]),
        by_cases([instantiate(sinh, {z: lam, y: lam * s})], within),
    ]


@exact
def step_5_no_depth_has_the_pole_of_another_scale() -> list[Proof]:
    """At the witness the left side is above M, and the right side is not."""
    larger, (depth, two) = (
        step_3_h_exceeds_M_at_the_witness(),
        step_4_a_later_pole_is_bounded_there(),
    )
    inside = [prove_positive(witness, M, 0), prove_positive(1 - witness, M, 0)]
    conclusions = []
    for bounded, bound, right, given in (
        (depth, kappa * (1 - lam) ** (-1 - b), kappa * other.subs(s, lam * witness), LESS),
        (two, kappa * 2 * sp.sinh(lam), kappa * 2 * sp.sinh(lam * witness), LESS[:1]),
    ):
        at = instantiate(bounded, {s: witness})
        unequal = prove_implication([larger, at, sp.Eq(M, bound)], h.subs(s, witness) > right)
        conclusions.append(by_cases([unequal], [*inside, *given, sp.Eq(M, bound)]))
    return conclusions


@exact
def step_6_weight_decay_of_a_coordinate() -> list[Proof]:
    """x^(2/D) grows, from x = w_+^D - w_-^D to w_+^D; and (w^D)^(2/D) = w^2."""
    power = z ** (2 / D)
    grows = increasing(power, z, y, 0)
    grows = instantiate(grows, {z: u**D, y: u**D - v**D})
    square = prove_identity((u**D) ** (2 / D), u**2)
    facts = [square, prove_positive(u**D, u, 0), prove_positive(v**D, v, 0)]
    norm = prove_implication([grows, *facts], (u**D - v**D) ** (2 / D) <= u**2 + v**2)
    least = by_cases([norm], [*facts[1:], u**D - v**D > 0])
    total = sum_le_sum(least, u, W_plus[i], i, d, others={v: W_minus[i]})
    return [square, total]


c = 1 - 3 * eps
RANGE = (sp.Lt(eps, sp.Rational(1, 6)), sp.Lt(0, s))
beta_1, beta_2 = 2 * x * sp.sinh(s), 2 * x * sp.sinh(c * s)
SOLVES = sp.Eq(beta_1 + c * beta_2, 1)
NEAR = sp.Le(beta_1 + beta_2, 1 + eps)
reach = sp.log(2 - 6 * eps) / (3 * eps)


@exact
def step_7_a_ratio_of_hyperbolic_sines() -> Proof:
    """c sinh(s) <= exp((1-c) s) sinh(c s), where 1 - c is 3 epsilon."""
    return ratio_of_sines(c, s, RANGE)


@exact
def step_8_depth_2_asks_for_an_exponentially_small_alpha() -> Proof:
    """Near the least l1 norm 2 sinh(c s) <= sinh(s), so exp(3 eps s) >= 2 c."""
    sine, domain = sp.sinh(z), {eps: (0, sp.Rational(1, 6))}
    positive = instantiate(prove_positive(sine, z, 0), {z: c * s})
    positive = by_cases([positive], RANGE)
    growth = prove_implication(
        [step_7_a_ratio_of_hyperbolic_sines(), positive, SOLVES, NEAR],
        sp.exp(3 * eps * s) >= 2 - 6 * eps,
    )
    log = increasing(sp.log(z), z, y, 0)
    log = instantiate(log, {z: sp.exp(3 * eps * s), y: 2 - 6 * eps}, domain=domain)
    log = by_cases([log], [growth, prove_positive(sp.exp(3 * eps * s), s)])
    far = prove_implication([log], s >= reach)
    grows = increasing(sine, z, y)
    grows = by_cases([instantiate(grows, {z: s, y: reach}, domain=domain)], [far])
    return prove_implication([grows, positive, SOLVES], 2 * x * sp.sinh(reach) <= 1)


ID = "S5a"
STATEMENT = Statement(
    forall=(a, b, kappa, x, eps, M, s, lam, d, i, W_plus, W_minus, *NEARER.forall),
    conclusion=(
        sp.Implies(
            sp.And(*LESS, sp.Eq(M, kappa * (1 - lam) ** (-1 - b))),
            h.subs(s, witness) > kappa * other.subs(s, lam * witness),
        ),
        sp.Implies(
            sp.And(LESS[0], sp.Eq(M, kappa * 2 * sp.sinh(lam))),
            h.subs(s, witness) > kappa * 2 * sp.sinh(lam * witness),
        ),
        *(
            sp.Implies(sp.And(*INSIDE), sp.Eq(sp.Derivative(h, (s, k)), value))
            for k, value in ((1, first), (3, third))
        ),
        sp.Implies(sp.And(*MATCH), sp.Eq(a, b)),
        sp.Implies(
            W_plus[i] ** D - W_minus[i] ** D > 0,
            sum_i((W_plus[i] ** D - W_minus[i] ** D) ** (2 / D))
            <= sum_i(W_plus[i] ** 2 + W_minus[i] ** 2),
        ),
        sp.Implies(sp.And(*RANGE, SOLVES, NEAR), 2 * x * sp.sinh(reach) <= 1),
        *NEARER.conclusions,
    ),
    where={"D": D, "w": witness, "z(y)": z_of_y, "e(y)": elasticity},
    examples=(
        *NEARER.examples,
        {a: 1, b: 1, kappa: 1, lam: sp.Rational(1, 2), M: 4, s: 0},
        {lam: 1, kappa: 1, M: 2 * sp.sinh(1)},
        {a: 1, W_plus[i]: 2, W_minus[i]: 1},
        {
            **{eps: sp.Rational(1, 12), x: sp.Rational(64, 19455), s: 8 * sp.log(2)},
        },
    ),
)


@exact
def step_9_depths_differ() -> list[Proof]:
    return [
        *step_5_no_depth_has_the_pole_of_another_scale(),
        *step_1_derivatives_of_h(),
        step_2_at_the_same_pole_they_give_the_depth(),
        step_6_weight_decay_of_a_coordinate()[1],
        step_8_depth_2_asks_for_an_exponentially_small_alpha(),
        *step_10_larger_depths_are_nearer_to_l1(),
    ]


def check_instance() -> None:
    """The minimiser of depth 2 on the instance, at and near the bound."""
    for part in (0.16, 0.1, 0.05, 0.02):
        rate = 1 - 3 * mpmath.mpf(part)
        bound = 1 / (2 * mpmath.sinh(mpmath.log(2 - 6 * part) / (3 * part)))
        for factor in (1, 2, 100):
            size = bound * factor * (1 + mpmath.mpf(10) ** -9)
            dual = dual_of_columns(size, rate)
            norm = 2 * size * (mpmath.sinh(dual) + mpmath.sinh(rate * dual))
            assert norm > 1 + part


def refute_the_norm_without_its_power() -> Refuted:
    """||w||_2^2 is not the quasinorm ||beta||_{2/D} itself: D = 4, two entries."""
    first_w, second_w = sp.symbols("w_1 w_2", positive=True)
    squares = first_w**2 + second_w**2
    return expect_refuted(prove_identity, squares, squares**2)


def refute_other_depths() -> list[Refuted]:
    """One derivative alone allows two depths; with lambda = 1 neither side is always larger."""
    return [
        expect_refuted(prove_implication, MATCH[:1], sp.Eq(a, b)),
        expect_refuted(prove_positive, h - other, s, 0, 1),
    ]


def refute_a_reversed_ratio() -> Refuted:
    """sinh(s) / sinh(s/2) against exp(s/2), without the 1/c of step 7."""
    return expect_refuted(prove_positive, sp.exp(s / 2) * sp.sinh(s / 2) - sp.sinh(s), s, 0)
