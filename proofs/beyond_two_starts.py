"""Two starts: what the minimiser of the smaller one says of the l1 norm at the larger one.

Statement
---------
D = 2, q(z) = 2 - sqrt(4 + z^2) + z asinh(z/2), and x = alpha^2. Let beta have the least
sum_i x q(beta_i/x) at x = y among some vectors, and b, one of them, the least at the smaller
x = y e^-T, T > 0, with beta among them. Then

    ||beta||_1 >= sum_i sqrt(4 y^2 + b_i^2) - 2 d y.

So the l1 norm at all starts between two of which only the smaller one is solved for is bounded from
below, by a sum that tends to the norm of b as y falls. That is what lets a scan over alpha be sure
that it has skipped nothing.

Assumptions
-----------
y, T > 0; beta and b are real, of any dimension d, and m_i is |beta_i|. Of the minimisers nothing is
used but that each is not above the other at its own start.

Not covered
-----------
Nothing.

Reference
---------
Not in [woodworth2020].
"""

import mpmath
import numpy as np
import sympy as sp

from implicitbias.symbolic import Proof, Refuted, Statement, exact, expect_refuted
from implicitbias.symbolic import by_cases, instantiate, never_above_its_start, prove_identity
from implicitbias.symbolic import prove_implication, prove_positive, split_sums, sum_le_sum
from proofs._notation import b, beta, d, i, q, sum_i, w, x, z

u, v, t = sp.symbols("u v t", real=True)
y, T = sp.symbols("y T", positive=True)
m = sp.IndexedBase("m", real=True)


def _term(entry: sp.Expr, at: sp.Expr) -> sp.Expr:
    """x q(entry/x)."""
    return 2 * at - sp.sqrt(4 * at**2 + entry**2) + entry * sp.asinh(entry / (2 * at))


def _rate(entry: sp.Expr, at: sp.Expr) -> sp.Expr:
    """Its derivative in ln(1/x)."""
    return sp.sqrt(4 * at**2 + entry**2) - 2 * at


X = y * sp.exp(-t)
MODULI = sp.Eq(m[i], sp.Abs(beta[i]))
norm, least = sum_i(m[i]), sum_i(sp.sqrt(4 * y**2 + b[i] ** 2)) - 2 * d * y
AT_LARGE = sp.Le(sum_i(_term(beta[i], y)), sum_i(_term(b[i], y)), evaluate=False)
AT_SMALL = sp.Le(
    sum_i(_term(b[i], X.subs(t, T))), sum_i(_term(beta[i], X.subs(t, T))), evaluate=False
)


@exact
def step_1_the_rate_of_a_term() -> list[Proof]:
    """With q: x q(u/x) is the term, and its derivative along x = y e^-t is N(u) at that x."""
    return [
        prove_identity(x * q.subs(z, u / x), _term(u, x)),
        prove_identity(sp.Derivative(_term(u, X), t), _rate(u, X)),
    ]


@exact
def step_2_it_is_at_most_the_modulus() -> Proof:
    return prove_implication([], sp.Le(_rate(u, x), sp.Abs(u), evaluate=False))


@exact
def step_3_it_falls_with_x() -> Proof:
    return prove_implication([x <= y], sp.Ge(_rate(v, x), _rate(v, y), evaluate=False))


@exact
def step_4_so_the_difference_of_the_totals_falls_behind() -> Proof:
    """Over t in (0, T), by at least ``sum N_y(b_i) - ||beta||_1`` a unit of t."""
    smaller = prove_positive(y - X, t, 0)
    above = by_cases([instantiate(step_3_it_falls_with_x(), {x: X})], [smaller])
    below = instantiate(step_2_it_is_at_most_the_modulus(), {x: X})
    slope = _rate(u, X) - _rate(v, X) - (w - _rate(v, y))
    entry = prove_implication([below, above, sp.Eq(w, sp.Abs(u))], sp.Le(slope, 0, evaluate=False))
    slopes = sum_le_sum(entry, u, beta[i], i, d, others={v: b[i], w: m[i]})
    gap = _term(u, X) - _term(v, X) - t * (w - _rate(v, y))
    gaps = sum_i(gap.subs({u: beta[i], v: b[i], w: m[i]}))
    return split_sums(never_above_its_start(slopes, gaps, t, T))


ID = "3.9"
STATEMENT = Statement(
    forall=(y, T, i, d, beta, b, m),
    hypotheses=(MODULI, AT_LARGE, AT_SMALL),
    conclusion=sp.Ge(norm, least, evaluate=False),
    examples=({y: 1, T: 1, d: 1, beta[i]: 1, b[i]: 1, m[i]: 1},),
)


@exact
def step_5_the_norm_at_the_larger_start() -> Proof:
    minimal = [split_sums(prove_implication([row], row)) for row in (AT_LARGE, AT_SMALL)]
    return prove_implication(
        [step_4_so_the_difference_of_the_totals_falls_behind(), *minimal],
        sp.Ge(norm, least, evaluate=False),
    )


def check_minimisers_through_two_equations() -> None:
    """X random, 1 x 3, starts a factor 1.5 apart: the bound holds and is near."""
    rng = np.random.default_rng(4)
    for size in (10.0, 1.0, 0.1, 0.01):
        design = [mpmath.mpf(entry) for entry in rng.normal(size=3)]
        betas = []
        for at in (size, size / 1.5):
            dual = mpmath.findroot(
                lambda nu, at=at, design=design: (
                    2 * at * sum(entry * mpmath.sinh(entry * nu) for entry in design) - 1
                ),
                (0, 1 / (2 * at * sum(entry**2 for entry in design))),
                solver="anderson",
            )
            betas.append([2 * at * mpmath.sinh(entry * dual) for entry in design])
        one = sum(abs(entry) for entry in betas[0])
        bound = sum(mpmath.sqrt(4 * size**2 + entry**2) - 2 * size for entry in betas[1])
        assert bound <= one


def refute_the_norm_itself() -> Refuted:
    """N is below the modulus by up to 2 x: nothing is said of the norm of b."""
    return expect_refuted(
        prove_implication,
        [sp.Eq(u, 3), sp.Eq(x, 2)],
        sp.Ge(_rate(u, x), sp.Abs(u), evaluate=False),
    )


def refute_another_rate() -> list[Refuted]:
    """Sharp at infinity, and it does not grow with x: at points with rational roots."""
    above, far = 1 + sp.Rational(1, 10**10), 10**11
    return [
        expect_refuted(
            prove_implication,
            [sp.Eq(u, far**2 - 1), sp.Eq(x, far)],
            sp.Le(above * _rate(u, x), sp.Abs(u), evaluate=False),
        ),
        expect_refuted(
            prove_implication,
            [sp.Eq(v, 12), sp.Eq(x, sp.Rational(5, 2)), sp.Eq(y, sp.Rational(9, 2))],
            sp.Le(_rate(v, x), _rate(v, y), evaluate=False),
        ),
    ]
