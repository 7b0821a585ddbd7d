"""Printed forms that no other file looks at: what is meant, and what is printed.

Statement
---------
With part = epsilon/(2 + epsilon), l = ln(1/alpha^2), s the norm of the least solution:

(51): with rho = sqrt(d) alpha^2 the ratio is 1 + (ln d - 6 rho)/(6 rho - 2 + 2 ln(1/rho)).

(75)-(79), l1: for ||beta||_1 = n >= (1 + epsilon/2) s the lower bound (40) is at least
(1 - part) n, as 2 d <= epsilon s l; and n (1 - part) > R for n = (1 + 2 epsilon) s, where
R <= (1 + part) s is the scaled Q of the least solution. So these lines are true, although (74),
from which they are drawn, is false for smaller n.

(85), l2: the hypothesis alpha^2 >= 2 (1 + epsilon) (1 + 2/epsilon) s gives alpha^4 >= S/(48 part)
for S <= (1 + 2 epsilon)^2 s^2, which is the condition of the sharp Lemma 3, for every epsilon > 0.
So (85) is true, although Lemma 3 as printed gives it only for epsilon <= 0.648.

(86)-(90): with ||beta||_2 = (1 + 2 epsilon) s, (1 - part) ||beta||_2^2 is
(1 - part) (1 + 2 epsilon)^2 s^2, and not less than what is printed in (87), so that (88)-(90) hold.

Assumptions
-----------
0 < alpha, epsilon, s; d may be any positive number. In (51) the denominators are positive.

Not covered
-----------
Nothing.

Reference
---------
[woodworth2020, Appendices A to C]
"""

import mpmath
import sympy as sp

from implicitbias.symbolic import Proof, Refuted, Statement, exact, expect_refuted
from implicitbias.symbolic import never_above_its_start, prove_identity, prove_implication
from implicitbias.symbolic import prove_limit, prove_positive
from proofs._notation import D, N, R, alpha, epsilon, g, h, i, p, q, q_at, t, z
from proofs._notation import s as dual
from proofs.theorem_3_potential import base_minus, base_plus, flow_plus, loss, w_plus
from proofs.theorem_3_potential import u as u_deep

ell, m = sp.symbols("l m", real=True)  # l is ln(1/alpha^2), m is ln(d)
s, d, n, r, root = sp.symbols("s d n r rho", positive=True)
least, S = sp.symbols("R S", positive=True)  # the scaled Q of the least solution; ||beta||_2^2
k, T = sp.symbols("k T", positive=True)
w_at = sp.Function("w", positive=True)(t)
growing = w_at * sp.exp(-k * t)
AT_MOST = sp.Le(sp.Derivative(w_at, t), k * w_at, evaluate=False)
c, Q_least, Q_between, Q_far = sp.symbols("c Q_b Q_between Q_beta", real=True)
h_4 = 4 * t / (1 - t**2) ** 2
h_6 = (1 - t) ** -sp.Rational(3, 2) - (1 + t) ** -sp.Rational(3, 2)
part = epsilon / (2 + epsilon)

# (51), with rho for sqrt(d) alpha^2.
below = 3 * root - 1 + ell - m / 2
RATIO = sp.Eq((ell - 1) / below, 1 + (m - 6 * root) / (6 * root - 2 + 2 * (ell - m / 2)))
# (75)-(79)
NOT_NEAR = sp.Ge(n, (1 + epsilon / 2) * s, evaluate=False)
FAR = sp.Eq(n, (1 + 2 * epsilon) * s)
SMALL = (ell > 0, sp.Le(2 * d, epsilon * s * ell))
LEAST = sp.Le(least, (1 + part) * s)
LOWER = sp.Ge(n - d / ell, (1 - part) * n, evaluate=False)
MORE = sp.Gt((1 - part) * n, least, evaluate=False)
# (85)-(90)
LARGE = sp.Ge(alpha**2, 2 * (1 + epsilon) * (1 + 2 / epsilon) * s)
WITHIN = sp.Le(S, (1 + 2 * epsilon) ** 2 * s**2)
ENOUGH = sp.Ge(alpha**4, S / (48 * part), evaluate=False)
FAR_2 = sp.Eq(r, (1 + 2 * epsilon) * s)
SQUARE = sp.Eq((1 - part) * r**2, (1 - part) * (1 + 2 * epsilon) ** 2 * s**2, evaluate=False)
WEAKER = sp.Ge((1 - part) * r**2, (1 - part) * (1 + 2 * epsilon) * s**2, evaluate=False)
FACTOR = sp.Gt((1 + 2 * epsilon) / (1 + epsilon), 1, evaluate=False)

ID = "E"
STATEMENT = Statement(
    forall=(ell, m, root, alpha, epsilon, s, d, n, r, least, S),
    conclusion=(
        sp.Implies(below > 0, RATIO),
        sp.Implies(sp.And(NOT_NEAR, *SMALL), LOWER),
        sp.Implies(sp.And(FAR, LEAST), MORE),
        sp.Implies(sp.And(LARGE, WITHIN), ENOUGH),
        sp.Implies(FAR_2, SQUARE),
        sp.Implies(FAR_2, WEAKER),
        FACTOR,
    ),
    where={"part": part},
    examples=(
        {ell: 1, m: 0, root: 1, epsilon: 2, s: 1, n: 5, d: 1, least: 1},
        {epsilon: 1, s: 1, alpha: 4, S: 9, r: 3},
    ),
)
REPAIRS = """
Every refute_the_printed_* has the printed form of a line of the errata. Of those in the statement:
in (51) the radical of the numerator reaches too far, unless that is the scan; (75) and (85) are
true, and drawn from what is false, (74), or not given; in (87) the square of a norm is not squared.
"""


@exact
def step_1_the_ratio() -> Proof:
    return prove_implication([below > 0], RATIO)


@exact
def step_2_a_far_solution_is_not_the_minimiser() -> list[Proof]:
    return [prove_implication([NOT_NEAR, *SMALL], LOWER), prove_implication([FAR, LEAST], MORE)]


@exact
def step_3_the_sharp_lemma_3_applies() -> Proof:
    return prove_implication([LARGE, WITHIN], ENOUGH)


@exact
def step_4_squares_of_norms() -> list[Proof]:
    return [
        prove_implication([FAR_2], SQUARE),
        prove_implication([FAR_2], WEAKER),
        prove_implication([], FACTOR),
    ]


@exact
def step_5_dual_entries_at_greater_depth() -> list[Proof]:
    return [
        prove_identity(w_plus.subs(t, 0), alpha),
        prove_limit(h_4 / (4 * t), t, 0, 1),
        prove_positive(h_4, t, 0, 1),
    ]


@exact
def step_6_h_at_zero() -> list[Proof]:
    """Taylor's formula, every depth: h, h', h'' at 0 are 0, 2 p, 0, and the rest is O(s^3)."""
    at_zero = [sp.diff(h, dual, k).subs(dual, 0) for k in range(3)]
    return [prove_identity(a, b) for a, b in zip(at_zero, (0, 2 * p, 0), strict=True)]


@exact
def step_7_a_rational_equation_at_depth_6() -> Proof:
    """For z = h_6(s): ((1-s)^-3 + (1+s)^-3 - z^2)^2 = 4 (1-s^2)^-3."""
    left = ((1 - t) ** -3 + (1 + t) ** -3 - h_6**2) ** 2
    return prove_identity(left, 4 * (1 - t**2) ** -3, domain={t: (-1, 1)})


@exact
def step_8_beyond_a_farther_solution() -> Proof:
    """Convexity at beta' = (1-c) beta + c b, and Q(b) < Q(beta'): then Q(beta) > Q(beta')."""
    known = [c > 0, c < 1, Q_between <= (1 - c) * Q_far + c * Q_least, Q_least < Q_between]
    return prove_implication(known, Q_far > Q_between)


@exact
def step_9_not_both_within_the_accuracy() -> Proof:
    """With Q within a factor 1 -+ delta of k times the norm at both vectors, (57) needs delta >=
    epsilon/(2 + epsilon)."""
    norm_1, norm_2 = sp.symbols("n_1 n_2", positive=True)
    near = [Q_far <= (1 + c) * n * norm_1, Q_between >= (1 - c) * n * norm_2, c < 1]
    apart = sp.Ge(Q_far * norm_2, (1 + epsilon) * Q_between * norm_1)
    return prove_implication([*near, apart], c >= part)


@exact
def step_10_the_flow_on_three_weights() -> list[Proof]:
    """X = [1, 1/2, 1/4]: beta_i = 2 alpha^2 sinh(4 z), sinh(2 z), sinh(z) of one dual z, so that
    beta_1/beta_2 = (beta_2/beta_3)^2 - 2, with ratios 2 cosh(2 z) and 2 cosh(z)."""
    return [
        prove_identity(sp.sinh(4 * z), 2 * sp.cosh(2 * z) * sp.sinh(2 * z)),
        prove_identity(sp.sinh(2 * z), 2 * sp.cosh(z) * sp.sinh(z)),
        prove_identity(2 * sp.cosh(2 * z), (2 * sp.cosh(z)) ** 2 - 2),
    ]


@exact
def step_11_leaving_the_saddle_takes_long() -> Proof:
    """Where w' <= k w, k = 4 max |X_i| |y|, the size w e^(-k T) is at most that at the start."""
    slope = sp.diff(growing, t, 1)
    shrinks = prove_implication([prove_positive(sp.exp(-k * t), t), AT_MOST], sp.Le(slope, 0))
    return never_above_its_start(shrinks, growing, t, T)


@exact
def step_12_the_denominator_of_51_is_positive() -> Proof:
    return prove_positive(6 * root - 2 + 2 * sp.log(1 / root), root, 0)


@exact
def step_13_the_l1_norm_comes_from_no_kernel() -> Proof:
    """(n, 0) and (0, r) break the parallelogram law: 2 (n + r)^2 > 2 n^2 + 2 r^2."""
    return prove_implication([], sp.Gt(2 * (n + r) ** 2, 2 * n**2 + 2 * r**2))


@exact
def step_14_the_hypentropy() -> Proof:
    """alpha^2 q(z/alpha^2) is z asinh(z/b) - sqrt(z^2 + b^2) + b at b = 2 alpha^2."""
    b = 2 * alpha**2
    hypentropy = z * sp.asinh(z / b) - sp.sqrt(z**2 + b**2)
    return prove_identity(alpha**2 * q_at(z), hypentropy + b)


@exact
def step_15_what_is_meant() -> list[Proof]:
    return [
        step_1_the_ratio(),
        *step_2_a_far_solution_is_not_the_minimiser(),
        step_3_the_sharp_lemma_3_applies(),
        *step_4_squares_of_norms(),
    ]


def check_the_ratio() -> None:
    size, start = mpmath.mpf(7), mpmath.mpf(2) / 3
    log, radical = mpmath.log(1 / start**2), mpmath.sqrt(size) * start**2
    ratio = (log - 1) / (3 * radical - 1 + log - mpmath.log(size) / 2)
    rest = 6 * radical - 2 + 2 * mpmath.log(1 / (start**2 * mpmath.sqrt(size)))
    assert mpmath.almosteq(ratio, 1 + (mpmath.log(size) - 6 * radical) / rest)


def refute_the_printed_23() -> Refuted:
    """Q_alpha(|beta|/alpha^2) would divide by alpha^2 once more."""
    return expect_refuted(prove_identity, q_at(n), q_at(n / alpha**2))


def refute_the_printed_arcsine() -> Refuted:
    """The derivative of arcsin(z/2) against that of arcsinh(z/2)."""
    return expect_refuted(
        prove_identity,
        sp.Derivative(sp.asinh(z / 2), z),
        1 / sp.sqrt(4 - z**2),
        domain={z: (-2, 2)},
    )


def refute_the_printed_51() -> Refuted:
    """sqrt(d alpha^2) is sqrt(d) alpha, and not sqrt(d) alpha^2."""
    return expect_refuted(prove_identity, sp.sqrt(d) * alpha**2, sp.sqrt(d * alpha**2))


def refute_the_printed_powers_of_the_weights() -> list[Refuted]:
    """(100), (101), and the displays of Theorem 3's proof: D (D-2) without the 2 of the square."""
    half = D * (D - 2) * R
    return [
        expect_refuted(prove_identity, base_plus, alpha ** (2 - D) + half),
        expect_refuted(prove_identity, base_minus, alpha ** (2 - D) - half),
    ]


def refute_the_printed_sign_of_the_flow() -> Refuted:
    """w' = dL/dw, with the value that -dL/dw has (but for a 2)."""
    return expect_refuted(prove_identity, sp.Derivative(loss, u_deep), -flow_plus)


def refute_the_printed_limits() -> Refuted:
    """(108)-(110) for alpha to 0: with beta fixed s tends to 1, and h(s)/(2 p s) to infinity."""
    return expect_refuted(prove_limit, h_4 / (4 * t), t, 1, 1, side=-1)


def refute_the_printed_norm_without_its_modulus() -> Refuted:
    """z log z changes sign with z (if it is real at all), and q does not."""
    return expect_refuted(prove_identity, q.subs(z, -z), -q)


def refute_the_printed_one_solution_of_all_depths() -> Refuted:
    """Where the l1 minimiser is not unique, that of depth 2 in beyond_many_minimisers is not
    stationary for the sum of the square roots, which is largest at depth 4."""
    at = (7 - sp.sqrt(22)) / 15
    entries = sp.Rational(2, 5) + at, sp.Rational(3, 5) - 2 * at, at
    first, second, third = (1 / sp.sqrt(entry) for entry in entries)
    return expect_refuted(prove_identity, first + third, 2 * second)


def refute_the_flow_on_three_weights_nearest_to_the_start() -> Refuted:
    """The relation of step 10 between h_4(s), h_4(s/2), h_4(s/4), of the weights of R_alpha."""
    first, second, third = (h_4.subs(t, t / k) for k in (1, 2, 4))
    return expect_refuted(
        prove_identity, first / second, (second / third) ** 2 - 2, domain={t: (0, 1)}
    )


def refute_the_printed_kernel_of_one_input() -> Refuted:
    """<grad f(x), grad f(x)> for K(x, x'), in the squared model: both over 8 alpha^2."""
    x, x_other = sp.IndexedBase("x", real=True), sp.IndexedBase("x'", real=True)
    one, two = sp.Sum(x[i] ** 2, (i, 1, N)), sp.Sum(x[i] * x_other[i], (i, 1, N))
    return expect_refuted(prove_identity, one, two)


def refute_the_printed_exponentials() -> list[Refuted]:
    """(14) and (16) with half of their exponents: alpha exp(-2 R) along w' = -4 g w, and beta."""
    slow = alpha * sp.exp(-2 * R)
    return [
        expect_refuted(prove_identity, sp.Derivative(slow, t), -4 * g(t) * slow),
        expect_refuted(
            prove_identity,
            alpha**2 * (sp.exp(-4 * R) - sp.exp(4 * R)),
            2 * alpha**2 * sp.sinh(-8 * R),
        ),
    ]


def refute_the_printed_quadratic() -> Refuted:
    """The condition (2 w - 1)^2 (w^2 + z) = w^2 on w_-, against its terms up to w^2."""
    w = sp.Symbol("w", real=True)
    quartic = sp.expand((2 * w - 1) ** 2 * (w**2 + z) - w**2)
    quadratic = sum(quartic.coeff(w, k) * w**k for k in range(3))
    return expect_refuted(prove_identity, quartic, quadratic)


def refute_the_printed_norm_of_the_weights() -> Refuted:
    """beta = w_+^2 - w_-^2 does not give the norm of w."""
    plus, minus, beta = sp.symbols("w_+ w_- beta", real=True)
    known = [sp.Eq(beta, plus**2 - minus**2)]
    return expect_refuted(prove_implication, known, sp.Le(plus**2 + minus**2, beta))
