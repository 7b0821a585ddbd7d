"""Theorem 2, l2 half: from a large start the solution has nearly the least l2 norm.

Statement
---------
Let beta minimise Q(b/alpha^2) = sum_i q(b_i/alpha^2), q(z) = 2 - sqrt(4 + z^2) + z asinh(z/2), over
X b = y, and let b be any other solution, such as that of least l2 norm. For every epsilon > 0,
alpha >= sqrt(2 (1 + epsilon) (1 + 2/epsilon) ||b||_2) gives
||beta||_2^2 <= (1 + epsilon) ||b||_2^2; and alpha^4 >= (1 + epsilon) ||b||_2^2 / (48 epsilon) is
enough.

Assumptions
-----------
0 < alpha, 0 < epsilon; X, beta, b, nu real and finite, of any size. Of the minimiser beta nothing
is used but Q(beta/alpha^2) <= Q(b/alpha^2). Step 4 has that from its conditions: asinh(beta_i/(2
alpha^2)) = (X^T nu)_i for every i, and X beta = X b in every row. That the flow ends there is
Theorem 1.

Not covered
-----------
Nothing.

Reference
---------
[woodworth2020, Thm 2], equations (85)-(95), by another argument.
"""

import mpmath
import sympy as sp

from implicitbias.symbolic import Proof, Refuted, Statement, exact, expect_refuted
from implicitbias.symbolic import instantiate, kkt, prove_implication, prove_nonnegative, sum_le_sum
from proofs._checks import dual_of_columns
from proofs._lemmas import on_the_l2_sphere
from proofs._notation import N, X, alpha, b, beta, d, epsilon, i, n, nu, nudge, q, z
from proofs._notation import Q_of, q_at, square_norm

u = sp.Symbol("u", real=True)
lower, upper = 12 * z**2 / (48 + z**2), z**2 / 4
Q_beta, Q_b = Q_of(beta), Q_of(b)
S_beta, S_b = square_norm(beta), square_norm(b)

LEAST = sp.Le(Q_beta, Q_b, evaluate=False)
ENOUGH = sp.Ge(alpha**4, (1 + epsilon) * S_b / (48 * epsilon), evaluate=False)
PRINTED = sp.Ge(
    alpha, sp.sqrt(2 * (1 + epsilon) * (1 + 2 / epsilon) * sp.sqrt(S_b)), evaluate=False
)
NEARLY_LEAST = sp.Le(S_beta, (1 + epsilon) * S_b, evaluate=False)

ID = "2.6"
STATEMENT = Statement(
    forall=(alpha, epsilon, d, beta, b),
    hypotheses=(LEAST,),
    conclusion=(
        sp.Implies(ENOUGH, NEARLY_LEAST),
        sp.Implies(PRINTED, NEARLY_LEAST),
    ),
    examples=({alpha: 2, epsilon: 1, beta[i]: 0, b[i]: 0, d: 1},),
    where={"q": q, "Q_beta": Q_beta, "Q_b": Q_b, "S_beta": S_beta, "S_b": S_b},
)
REPAIRS = """
The argument takes Lemma 3 at epsilon/(2 + epsilon) and (1 + 2 epsilon) ||b||, which the hypothesis
gives only for epsilon <= 0.648. Instead, q(z) >= 12 z^2/(48 + z^2) holds for every z, and is
concave in z^2; so alpha^4 >= (1 + epsilon) ||b||^2/(48 epsilon) is enough, for every epsilon.
In (86)-(90) the norm is (1 + 2 epsilon) times that of b, and so its square (1 + 2 epsilon)^2 times.
"""


@exact
def step_1_q_lies_between_two_functions_of_the_square() -> list[Proof]:
    """Both are exact to second order at 0, the lower one to fourth."""
    return [prove_nonnegative(q - lower, z), prove_nonnegative(upper - q, z)]


@exact
def step_2_the_potential_grows_with_the_norm() -> list[Proof]:
    """Q(beta/alpha^2) >= 12 ||beta||^2 / (48 alpha^4 + ||beta||^2)."""
    f = 12 * z**2 / (48 * alpha**4 + z**2)
    at = instantiate(step_1_q_lies_between_two_functions_of_the_square()[0], {z: u / alpha**2})
    value = q_at(u)
    entry = prove_implication([at], sp.Ge(value, f.subs(z, u), evaluate=False))
    return [sum_le_sum(entry, u, beta[i], i, d), on_the_l2_sphere(f, beta)[0]]


@exact
def step_3_the_potential_of_the_other_solution() -> list[Proof]:
    """Q(b/alpha^2) <= ||b||^2 / (4 alpha^4)."""
    f = z**2 / (4 * alpha**4)
    at = instantiate(step_1_q_lies_between_two_functions_of_the_square()[1], {z: u / alpha**2})
    value = q_at(u)
    entry = prove_implication([at], sp.Le(value, f.subs(z, u), evaluate=False))
    return [sum_le_sum(entry, u, b[i], i, d), on_the_l2_sphere(f, b)[1]]


@exact
def step_4_a_limit_of_the_flow_has_the_least_potential() -> Proof:
    """From its conditions, asinh(beta_i/(2 alpha^2)) = (X^T nu)_i and X b = X beta."""
    convex = prove_nonnegative(sp.Derivative(q, (z, 2)), z)
    return kkt(
        *(convex, q, z, X, beta, b, nu, alpha**2, (n, N), (i, d)),
        slope=sp.asinh(z / 2),
    )


@exact
def step_5_norms_from_potentials() -> Proof:
    """12 ||beta||^2/(48 alpha^4 + ||beta||^2) <= ||b||^2/(4 alpha^4)."""
    return prove_implication(
        [
            *step_2_the_potential_grows_with_the_norm(),
            *step_3_the_potential_of_the_other_solution(),
            LEAST,
        ],
        sp.Le(12 * S_beta / (48 * alpha**4 + S_beta), S_b / (4 * alpha**4), evaluate=False),
    )


@exact
def step_6_the_printed_condition_is_stronger() -> Proof:
    return prove_implication([PRINTED], ENOUGH)


@exact
def step_7_the_norm_is_nearly_least() -> list[Proof]:
    square = prove_nonnegative(z**2, z)
    signs = [sum_le_sum(square, z, v[i], i, d) for v in (beta, b)]
    norms, enough = step_5_norms_from_potentials(), step_6_the_printed_condition_is_stronger()
    return [
        prove_implication([norms, *signs, ENOUGH], NEARLY_LEAST),
        prove_implication([norms, *signs, enough], NEARLY_LEAST),
    ]


def check_a_minimiser_between_the_limits() -> None:
    """X = [1, 2], y = 1 at the smallest alpha that is enough: the ratio of the norms is below."""
    for eps in (0.01, 0.5, 3):
        size = mpmath.sqrt((1 + eps) / (48 * eps) / 5)  # alpha^2, ||b||^2 = 1/5
        dual = dual_of_columns(size, mpmath.mpf(2))
        squared = 4 * size**2 * (mpmath.sinh(dual) ** 2 + mpmath.sinh(2 * dual) ** 2)
        assert mpmath.mpf(1) / 5 < squared <= (1 + eps) / 5


def refute_the_printed_use_of_lemma_3() -> Refuted:
    """alpha^2 >= (1+2e) ||b|| (1 + (1+2/e)^(1/4))^2 is not given from e = 0.65 on."""
    wanted = (1 + 2 * epsilon) * (1 + (1 + 2 / epsilon) ** sp.Rational(1, 4)) ** 2
    have = 2 * (1 + epsilon) * (1 + 2 / epsilon)
    return expect_refuted(prove_nonnegative, have - wanted, epsilon, 0)


def refute_the_printed_square_of_a_norm() -> Refuted:
    """(87): ||beta|| = (1 + 2 epsilon) ||b|| squared."""
    r, s = sp.symbols("r s", positive=True)
    return expect_refuted(
        prove_implication,
        [sp.Eq(r, (1 + 2 * epsilon) * s)],
        sp.Eq(r**2, (1 + 2 * epsilon) * s**2, evaluate=False),
    )


def refute_other_bounds_of_q() -> list[Refuted]:
    """Both constants are sharp at 0."""
    return [
        expect_refuted(prove_nonnegative, q - 12 * z**2 / (48 + (1 - nudge) * z**2), z),
        expect_refuted(prove_nonnegative, (1 - nudge) * upper - q, z),
    ]


def refute_a_smaller_start() -> Refuted:
    """The bounds on the potentials do not give more than what is enough."""
    S, T = sp.symbols("S T", positive=True)
    return expect_refuted(
        prove_implication,
        [
            sp.Le(12 * S / (48 * alpha**4 + S), T / (4 * alpha**4), evaluate=False),
            sp.Ge(alpha**4, (1 + epsilon) * T / (49 * epsilon), evaluate=False),
        ],
        sp.Le(S, (1 + epsilon) * T, evaluate=False),
    )
