"""The explicit regularizer of the squared model: algebraic, from l2 to l1, and not the flow's.

Statement
---------
R_alpha(beta), the least ||w - alpha 1||^2 with w_+^2 - w_-^2 = beta, is
alpha^2 sum_i r(beta_i/alpha^2) with r = q_4, see beyond_split_form: r(z) = (g-1)(g-2), where
g >= 2 and g^4 - 2 g^3 = z^2.

Which root: u = r(z) solves
u^4 - 6 u^3 + (12 - 2 z^2) u^2 - (8 + 10 z^2) u + z^2 + z^4 = 0, and at every real u < r(z) the left
side is positive: it is the least real root. It is not the only one: for g < 0 the same formulas
give a root above 2, for every z > 0, as g^4 - 2 g^3 falls there from infinity to 0.

Two regimes: r(z)/z^2 tends to 1/8 at 0; z - 2 sqrt(z) < r(z) < z for z > 0, and (z - r(z))/sqrt(z)
tends to 2 at infinity.

Not a rescaling of the hypentropy q_2: c r(k z) = q_2(z) for all z would be
h_4(s) = kappa 2 sinh(lambda s) for all s, h_4 the inverse of r' on (-1, 1); the left side is larger
at s = 1 - (1 + M)^(-1/2), M = 2 kappa sinh(lambda).

Polynomial against exponential: where beta minimises R_alpha over X beta = y, and b is another
solution, alpha^2 d <= ||b||_1 tau^2/(1 - tau) gives (1 - tau) ||beta||_1 <= ||b||_1, for every
tau in (0, 1). The flow's beta on X = [1, 1 - 3 epsilon], y = 1, where the least norm is 1, is
within 1 + epsilon only if 2 alpha^2 sinh(ln(2 - 6 epsilon)/(3 epsilon)) <= 1. (That both approach
the least l2 norm for large alpha is in theorem_3_limits, D = 4, and in theorem_2_kernel_half.)

Assumptions
-----------
x is alpha^2. s in (-1, 1) is r'(z): z = h_4(s) = 4 s/(1-s^2)^2, r(z) = z s - H_4(s), and a
minimiser of R_alpha is beta_i = x h_4(s_i), s = X^T nu.

Not covered
-----------
Convex duality and separation: a minimiser of R_alpha over X beta = y has such a nu.

Reference
---------
[woodworth2020], the section on explicit regularization. There r is said to be the unique real root,
and the equation of the least distance to be quadratic.
"""

import mpmath
import numpy as np
import sympy as sp

from implicitbias.symbolic import Proof, Refuted, Statement, exact, expect_refuted
from implicitbias.symbolic import instantiate, prove_identity, prove_implication, prove_limit
from implicitbias.symbolic import prove_positive
from proofs._notation import N, X, a, b, beta, d, i, n, nu, s, x, xi
from proofs._notation import DUAL, FEASIBLE, OPEN, STATIONARY, l1_norm
from proofs._notation import epsilon as eps
from proofs.beyond_split_form import h_4, q_4
from proofs.section_5_depths import NEAR, RANGE, SOLVES, M, kappa, lam, reach
from proofs.section_5_depths import step_5_no_depth_has_the_pole_of_another_scale
from proofs.section_5_depths import step_8_depth_2_asks_for_an_exponentially_small_alpha
from proofs.theorem_3_limits import TAU, step_10_beta_has_nearly_the_least_l1_norm, tau

g, u, v = sp.symbols("g u v", real=True)
one = sp.Integer(1)
r, h = q_4, h_4
l1_of_beta, l1_of_b = l1_norm(beta), l1_norm(b)


def _polynomial(value: sp.Expr, square: sp.Expr) -> sp.Expr:
    """Of u = r(z) and z^2."""
    return (
        value**4
        - 6 * value**3
        + (12 - 2 * square) * value**2
        - (8 + 10 * square) * value
        + square
        + square**2
    )


SQUARE = g**4 - 2 * g**3
witness = 1 - 1 / sp.sqrt(1 + M)
ENDS = sp.Eq(beta[i], x * ((1 - xi[i]) ** (-2) - (1 + xi[i]) ** (-2)))
SMALL = sp.Le(d * x, l1_of_b * tau**2 / (1 - tau))

REPAIRS = """
r is the least of the two real roots of its polynomial, not the only one. The equation that the
least distance leads to is one of degree 4, not quadratic (a check shows that the polynomial is
irreducible at z = 1, so that r is no root of a quadratic one).
"""

ID = "R"
STATEMENT = Statement(
    forall=(s, g, u, M, kappa, lam, x, eps, d, N, i, n, tau, beta, b, xi, X, nu),
    conclusion=(
        sp.Implies(sp.And(s > -1, s < 1), sp.Eq(_polynomial(r, h**2), 0)),
        sp.Implies(
            sp.And(g > 2, u < (g - 1) * (g - 2)),
            sp.Gt(_polynomial(u, SQUARE), 0, evaluate=False),
        ),
        sp.Eq(_polynomial((g - 1) * (g - 2), SQUARE), 0),
        sp.Implies(g < 0, sp.Gt((g - 1) * (g - 2), 2, evaluate=False)),
        sp.Implies(g < 0, sp.Gt(-sp.Derivative(SQUARE, g), 0)),
        sp.Eq(sp.Limit(SQUARE, g, -sp.oo, "+"), sp.oo, evaluate=False),
        sp.Eq(sp.Limit(r / h**2, s, 0, "+"), sp.Rational(1, 8), evaluate=False),
        sp.Implies(sp.And(s > 0, s < 1), sp.Gt(h - r, 0, evaluate=False)),
        sp.Implies(sp.And(s > 0, s < 1), sp.Gt(r - h + 2 * sp.sqrt(h), 0, evaluate=False)),
        sp.Eq(sp.Limit((h - r) / sp.sqrt(h), s, 1, "-"), 2, evaluate=False),
        sp.Implies(
            sp.And(lam > 0, sp.Eq(M, kappa * 2 * sp.sinh(lam))),
            sp.Gt(
                (1 - witness) ** (-2) - (1 + witness) ** (-2),
                kappa * 2 * sp.sinh(lam * witness),
                evaluate=False,
            ),
        ),
        sp.Implies(
            sp.And(*DUAL, STATIONARY, ENDS, FEASIBLE, *TAU, SMALL),
            (1 - tau) * l1_of_beta <= l1_of_b,
        ),
        sp.Implies(sp.And(*RANGE, SOLVES, NEAR), 2 * x * sp.sinh(reach) <= 1),
    ),
    where={"z": h, "r": r, "w": witness},
    examples=(
        {s: sp.Rational(1, 2)},
        {g: 3, u: 0},
        {g: -1},
        {lam: 1, kappa: 1, M: 2 * sp.sinh(1)},
        {
            **{x: sp.Rational(9, 32), d: 1, N: 1, X[n, i]: 1, tau: sp.Rational(1, 2)},
            **{xi[i]: sp.Rational(1, 2), nu[n]: sp.Rational(1, 2), beta[i]: 1, b[i]: 1},
        },
        {eps: sp.Rational(1, 12), x: sp.Rational(64, 19455), s: 8 * sp.log(2)},
    ),
)


@exact
def step_1_the_least_real_root() -> list[Proof]:
    return [
        prove_identity(_polynomial(r, h**2), 0, domain=OPEN),
        prove_implication(
            [g > 2, u < (g - 1) * (g - 2)], sp.Gt(_polynomial(u, SQUARE), 0, evaluate=False)
        ),
    ]


@exact
def step_2_another_real_root() -> list[Proof]:
    return [
        prove_identity(_polynomial((g - 1) * (g - 2), SQUARE), 0),
        prove_implication([g < 0], sp.Gt((g - 1) * (g - 2), 2, evaluate=False)),
        prove_positive(-sp.Derivative(SQUARE, g), g, -sp.oo, 0),
        prove_limit(SQUARE, g, -sp.oo, sp.oo),
    ]


@exact
def step_3_two_regimes() -> list[Proof]:
    return [
        prove_limit(r / h**2, s, 0, sp.Rational(1, 8)),
        prove_positive(h - r, s, 0, 1),
        prove_positive(r - h + 2 * sp.sqrt(h), s, 0, 1),
        prove_limit((h - r) / sp.sqrt(h), s, 1, 2, side=-1),
    ]


@exact
def step_4_not_a_rescaling() -> Proof:
    unequal = step_5_no_depth_has_the_pole_of_another_scale()[1]
    return instantiate(unequal, {a: one})


@exact
def step_5_polynomial_against_exponential() -> list[Proof]:
    return [
        instantiate(step_10_beta_has_nearly_the_least_l1_norm(), {a: one}),
        step_8_depth_2_asks_for_an_exponentially_small_alpha(),
    ]


@exact
def step_6_the_explicit_regularizer() -> list[Proof]:
    return [
        *step_1_the_least_real_root(),
        *step_2_another_real_root(),
        *step_3_two_regimes(),
        step_4_not_a_rescaling(),
        *step_5_polynomial_against_exponential(),
    ]


def check_the_polynomial_has_no_smaller_degree() -> None:
    """It is irreducible at z = 1 (and has the root r there), so r is not of degree 2 over Q(z)."""
    at = sp.Poly(_polynomial(u, one), u)
    assert at.is_irreducible
    assert at.degree() == 4


def check_roots_by_digits() -> None:
    """Two real roots, of which r is the smaller; r from a minimum over the weights."""
    for value in (0.01, 1.0, 30.0):
        roots = np.roots(
            [float(c) for c in sp.Poly(_polynomial(u, sp.S(value**2)), u).all_coeffs()]
        )
        real = sorted(float(root.real) for root in roots if abs(root.imag) < 1e-9)
        assert len(real) == 2

        def slope(low: mpmath.mpf, value=value) -> mpmath.mpf:
            return low - 1 + low - low / mpmath.sqrt(low**2 + value)

        low = mpmath.findroot(slope, (0, 1), solver="anderson")
        least = (mpmath.sqrt(low**2 + value) - 1) ** 2 + (low - 1) ** 2
        assert mpmath.almosteq(least, real[0], 1e-8)


def refute_the_printed_uniqueness() -> Refuted:
    """Two real roots at z^2 = 3456/625, of g = 12/5 and of g = -6/5."""
    square = sp.Symbol("Z", real=True)
    roots = (sp.Eq(_polynomial(u, square), 0), sp.Eq(_polynomial(v, square), 0))
    at = [sp.Eq(square, sp.Rational(3456, 625)), u <= 1, v >= 7]
    return expect_refuted(prove_implication, [*roots, *at], sp.Eq(u, v))


def refute_a_larger_root() -> Refuted:
    """r is not above z - sqrt(z), nor the root next to it."""
    return expect_refuted(prove_positive, r - h + sp.sqrt(h), s, 0, 1)


def refute_another_limit_at_zero() -> Refuted:
    """z^2/4 is the regime of q_2."""
    return expect_refuted(prove_limit, r / h**2, s, 0, sp.Rational(1, 4))
