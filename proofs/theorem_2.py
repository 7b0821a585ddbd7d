"""Theorem 2: how small or large the start has to be for the least l1 or l2 norm, up to epsilon.

Statement
---------
Let beta be a limit of the flow: X beta = y and asinh(beta_i/(2 alpha^2)) = (X^T nu)_i for some nu,
which is where Q(b/alpha^2) = sum_i q(b_i/alpha^2), q(z) = 2 - sqrt(4 + z^2) + z asinh(z/2), is
least over X b = y. Let b be any solution, X b = X beta. For 0 < epsilon < d and s = ||b||_1 > 0,
the conditions alpha <= (2 (1 + epsilon) s)^(-(2 + epsilon)/(2 epsilon)) and
alpha <= exp(-d/(epsilon s)) give ||beta||_1 <= (1 + epsilon) s. For 0 < epsilon,
alpha >= sqrt(2 (1 + epsilon) (1 + 2/epsilon) ||b||_2) gives
||beta||_2^2 <= (1 + epsilon) ||b||_2^2.
With b the solution of least l1 or l2 norm, these are the two halves of the theorem.

Assumptions
-----------
0 < alpha, beta and b real and finite, of any dimension d; X of any size N x d and rank. r is
||beta||_1.

Not covered
-----------
Nothing.

Reference
---------
[woodworth2020, Thm 2]. The arguments are in theorem_2_rich_half and theorem_2_kernel_half.
"""

import mpmath
import sympy as sp
from hypothesis import given
from hypothesis import strategies as st

from implicitbias.symbolic import Proof, Refuted, Statement, exact, expect_refuted
from implicitbias.symbolic import discharge, prove_identity
from proofs._checks import dual_of_columns
from proofs._notation import N, X, alpha, b, beta, d, epsilon, i, n, nu
from proofs._notation import STATIONARY_2, X_times, l1_norm, square_norm
from proofs.theorem_2_kernel_half import step_4_a_limit_of_the_flow_has_the_least_potential
from proofs.theorem_2_kernel_half import step_7_the_norm_is_nearly_least as step_7_of_the_l2_half
from proofs.theorem_2_kernel_half import refute_the_printed_use_of_lemma_3 as refute_lemma_3
from proofs.theorem_2_rich_half import refute_the_printed_81 as refute_81
from proofs.theorem_2_rich_half import step_10_the_norm_is_nearly_least as step_10_of_the_l1_half

r = sp.Symbol("r", real=True)
s = sp.Symbol("s", positive=True)
S_beta, S_b = square_norm(beta), square_norm(b)

RICH = (
    sp.Eq(r, l1_norm(beta)),
    sp.Eq(s, l1_norm(b)),
    sp.Lt(epsilon, d),
    sp.Le(alpha, (2 * (1 + epsilon) * s) ** (-(2 + epsilon) / (2 * epsilon)), evaluate=False),
    sp.Le(alpha, sp.exp(-d / (epsilon * s)), evaluate=False),
)
KERNEL = sp.Ge(alpha, sp.sqrt(2 * (1 + epsilon) * (1 + 2 / epsilon) * sp.sqrt(S_b)), evaluate=False)

ID = "T2"
STATEMENT = Statement(
    forall=(alpha, epsilon, s, r, d, N, i, n, X, nu, beta, b),
    hypotheses=(STATIONARY_2, sp.Eq(X_times(b), X_times(beta))),
    conclusion=(
        sp.Implies(sp.And(*RICH), sp.Le(r, (1 + epsilon) * s, evaluate=False)),
        sp.Implies(KERNEL, sp.Le(S_beta, (1 + epsilon) * S_b, evaluate=False)),
    ),
    examples=(
        {
            **{d: 1, beta[i]: 1, b[i]: 1, r: 1, s: 1},
            **{epsilon: sp.Rational(1, 2), alpha: sp.Rational(1, 100)},
            **{X[n, i]: 1, N: 1, nu[n]: sp.asinh(5000)},
        },
        {
            **{d: 1, beta[i]: 1, b[i]: 1, epsilon: 1, alpha: 100},
            **{X[n, i]: 1, N: 1, nu[n]: sp.asinh(sp.Rational(1, 20000))},
        },
    ),
    where={"S_beta": S_beta, "S_b": S_b},
)
REPAIRS = """
The printed arguments take Lemmas 1 and 3 where their conditions do not hold: (81) can fail (d = 2,
X = [1, 1], y = 13/10, epsilon = 1/2, alpha = 0.033291892), and for epsilon > 0.648 the second
condition is not that of Lemma 3. The theorem holds as printed, with other arguments.
"""


@exact
def step_1_a_limit_of_the_flow_has_the_least_potential() -> Proof:
    """Q(beta/alpha^2) <= Q(b/alpha^2), by the KKT conditions."""
    return step_4_a_limit_of_the_flow_has_the_least_potential()


@exact
def step_2_the_factors_of_the_sandwich() -> list[Proof]:
    """(78), (84), (89), (95): what Lemmas 1 and 3 at epsilon/(2 + epsilon) are meant to give."""
    part = epsilon / (2 + epsilon)
    return [
        prove_identity((1 - part) / (1 + part), 1 / (1 + epsilon)),
        prove_identity((1 + part) / (1 - part), 1 + epsilon),
    ]


@exact
def step_3_both_halves() -> list[Proof]:
    least = step_1_a_limit_of_the_flow_has_the_least_potential()
    return [
        discharge(half, least) for half in (step_10_of_the_l1_half(), step_7_of_the_l2_half()[1])
    ]


@given(st.integers(1, 99), st.integers(1, 19))
def check_both_halves_at_the_last_start_they_allow(second: int, tenths: int) -> None:
    """X = [1, a], y = 1, 0 < a < 1: the least l1 norm is 1, the least l2 norm 1/|X|."""
    with mpmath.workdps(50):
        a, eps = mpmath.mpf(second) / 100, mpmath.mpf(tenths) / 10
        least = 1 / mpmath.sqrt(1 + a**2)
        small = min((2 * (1 + eps)) ** (-(2 + eps) / (2 * eps)), mpmath.exp(-2 / eps))
        large = mpmath.sqrt(2 * (1 + eps) * (1 + 2 / eps) * least)
        for start, rich in ((small, True), (large, False)):
            dual = dual_of_columns(start**2, a)
            first, other = (2 * start**2 * mpmath.sinh(s) for s in (dual, a * dual))
            assert first + other <= 1 + eps or not rich
            assert first**2 + other**2 <= (1 + eps) * least**2 or rich


def refute_the_printed_81() -> Refuted:
    """(81) can fail within the printed bounds of alpha: theorem_2_rich_half."""
    return refute_81()


def refute_the_printed_use_of_lemma_3() -> Refuted:
    """Its condition is not given from epsilon = 0.65 on: theorem_2_kernel_half."""
    return refute_lemma_3()


def refute_another_part() -> Refuted:
    """Lemmas 1 and 3 at epsilon/2 would not end at 1 + epsilon."""
    part = epsilon / 2
    return expect_refuted(prove_identity, (1 + part) / (1 - part), 1 + epsilon)
