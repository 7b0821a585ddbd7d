"""Lemma 3: for a large start the potential is a quarter of the squared l2 norm, up to epsilon.

Statement
---------
Q(beta/alpha^2) = sum_i q(beta_i/alpha^2) with q(z) = 2 - sqrt(4 + z^2) + z asinh(z/2). For every
epsilon > 0 and alpha >= sqrt(||beta||_2) (1 + epsilon^(-1/4)),
(1 - epsilon) ||beta||_2^2 <= 4 alpha^4 Q(beta/alpha^2) <= (1 + epsilon) ||beta||_2^2.

Assumptions
-----------
0 < alpha, 0 < epsilon, beta real and finite, of any dimension d. phi(z) is q(z/alpha^2).

Not covered
-----------
Nothing.

Reference
---------
[woodworth2020, Lemma 3], equations (59)-(73). Of (67) the integral form of Taylor's theorem is
proved, and that the remainder lies between two values of |phi''''| z^4/4! on the way, so that by
continuity it is one of them. Instead of the largest of d numbers, (72) has any number that is
not exceeded by one of them; (73) follows from it with the norm in the place of each entry.
"""

import mpmath
import sympy as sp
from hypothesis import given
from hypothesis import strategies as st

from implicitbias.symbolic import Proof, Refuted, Statement, exact, expect_refuted
from implicitbias.symbolic import instantiate, prove_expansion, prove_identity, prove_implication
from implicitbias.symbolic import prove_integral, prove_nonnegative, sum_le_sum
from proofs._lemmas import on_the_l2_sphere
from proofs._notation import Q_of, alpha, beta, d, epsilon, i, nudge, q, q_at, square_norm, z

u = sp.Symbol("u", real=True)
M = sp.Symbol("M", nonnegative=True)

phi, Q = q_at(z), Q_of(beta)
squared_norm = square_norm(beta)

root = sp.sqrt(4 + z**2 / alpha**4)
phi_2 = 1 / (alpha**4 * root)
phi_3 = -z / (alpha**8 * root**3)
phi_4 = (2 * z**2 - 4 * alpha**4) / (alpha**12 * root**5)
q_4 = (2 * z**2 - 4) / (4 + z**2) ** sp.Rational(5, 2)  # phi_4 at alpha = 1
error = (z**4 + 2 * alpha**4 * z**2) / (96 * alpha**8)  # in (71) and (72), for each entry
norm_error = (squared_norm**2 + 2 * alpha**4 * squared_norm) / (96 * alpha**8)

LARGE = sp.Ge(alpha, squared_norm ** sp.Rational(1, 4) * (1 + epsilon ** sp.Rational(-1, 4)))
LOWER = sp.Le((1 - epsilon) * squared_norm, 4 * alpha**4 * Q, evaluate=False)
UPPER = sp.Le(4 * alpha**4 * Q, (1 + epsilon) * squared_norm, evaluate=False)

ID = "L3"
STATEMENT = Statement(
    forall=(alpha, epsilon, d, beta),
    hypotheses=(LARGE,),
    conclusion=(LOWER, UPPER),
    examples=({alpha: 2, epsilon: 1, beta[i]: 0, d: 1},),
    where={"q": q, "Q": Q, "S": squared_norm},
)
REPAIRS = """
In (67) and (68) phi'''' lost its modulus: it is negative near 0, where the left side is not. The
statement's alpha_2 depends on the norm of beta; it is printed as that of w.
"""


@exact
def step_1_Q_is_a_sum_of_integrals() -> Proof:
    """(59)."""
    at = prove_integral(sp.asinh(z / 2), z, q, 0)
    return sum_le_sum(at, z, beta[i] / alpha**2, i, d)


@exact
def step_2_derivatives_of_phi() -> list[Proof]:
    """(60)-(64), everywhere and at 0."""
    return [
        prove_identity(phi.subs(z, 0), 0),
        prove_identity(sp.Derivative(phi, z), sp.asinh(z / (2 * alpha**2)) / alpha**2),
        prove_identity(sp.diff(phi, z).subs(z, 0), 0),
        prove_identity(sp.Derivative(phi, (z, 2)), phi_2),
        prove_identity(phi_2.subs(z, 0), 1 / (2 * alpha**4)),
        prove_identity(sp.Derivative(phi, (z, 3)), phi_3),
        prove_identity(phi_3.subs(z, 0), 0),
        prove_identity(
            sp.Derivative(phi, (z, 4)),
            3 * z**2 / (alpha**12 * root**5) - 1 / (alpha**8 * root**3),
        ),
    ]


@exact
def step_3_the_fourth_derivative_is_bounded() -> list[Proof]:
    """(65), (66): phi''''(z) is alpha^-8 times q''''(z/alpha^2), and |q''''(z)| <= (z^2+2)/16."""
    bound = prove_expansion(q_4, 0, (z**2 + 2) / 16, z)
    return [
        prove_identity(sp.Derivative(phi, (z, 4)), phi_4),
        prove_identity(phi_4, q_4.subs(z, z / alpha**2) / alpha**8),
        instantiate(bound, {z: u / alpha**2}),
    ]


@exact
def step_4_taylor_with_an_integral_as_remainder() -> list[Proof]:
    """(67): integral from 0 to z of (z-u)^3/3! phi''''(u) is phi(z) - z^2/(4 alpha^4)."""
    derivatives = (phi, sp.asinh(z / (2 * alpha**2)) / alpha**2, phi_2, phi_3)
    polynomial = sum(
        (z - u) ** k / sp.factorial(k) * f.subs(z, u) for k, f in enumerate(derivatives)
    )
    main = z**2 / (4 * alpha**4)
    remainder = prove_integral((z - u) ** 3 / 6 * phi_4.subs(z, u), u, polynomial - main, 0)
    return [remainder, prove_identity(polynomial.subs(u, z), phi)]


@exact
def step_5_the_remainder_is_a_value_of_the_fourth_derivative() -> list[Proof]:
    """(67), at alpha = 1, z > 0: q''''(0) <= 4! (q(z) - z^2/4)/z^4 <= q''''(xi), where xi is z for
    z < 3/2 and sqrt(2) beyond; q'''' is continuous, so the middle is one of its values."""
    remainder = q - z**2 / 4
    return [
        prove_identity(q_4.subs(z, 0), -sp.Rational(1, 8)),
        prove_nonnegative(remainder + z**4 / 192, z),
        prove_nonnegative(q_4 * z**4 / 24 - remainder, z, 0, sp.Rational(3, 2)),
        prove_identity(q_4.subs(z, sp.sqrt(2)), 0),
        prove_nonnegative(-remainder, z),
    ]


@exact
def step_6_distance_of_phi_from_its_leading_term() -> list[Proof]:
    """(68), first at alpha = 1."""
    bound = prove_expansion(q, z**2 / 4, (z**6 + 2 * z**4) / 384, z)
    at = instantiate(bound, {z: u / alpha**2})
    printed = (z**6 + 2 * alpha**4 * z**4) / (384 * alpha**12)
    return [
        at,
        prove_identity(at.statement.rhs.subs(u, z), printed),
        prove_identity(printed, z**2 / (4 * alpha**4) * error),
    ]


@exact
def step_7_bounds_of_a_coordinate() -> list[Proof]:
    """|4 alpha^4 phi(z) - z^2| <= z^2 error(z), as two inequalities."""
    main, rest = z**2 / 4, (z**6 + 2 * z**4) / 384
    above = instantiate(prove_nonnegative(main + rest - q, z), {z: u / alpha**2})
    below = instantiate(prove_nonnegative(q - main + rest, z), {z: u / alpha**2})
    value, entry = 4 * alpha**4 * phi.subs(z, u), u**2
    rest = u**2 * error.subs(z, u)
    return [
        prove_implication([above], sp.Le(value, entry + rest, evaluate=False)),
        prove_implication([below], sp.Ge(value, entry - rest, evaluate=False)),
    ]


@exact
def step_8_sum_over_the_coordinates() -> list[Proof]:
    """(69)-(71)."""
    return [sum_le_sum(bound, u, beta[i], i, d) for bound in step_7_bounds_of_a_coordinate()]


@exact
def step_9_the_largest_error_before_the_sum() -> list[Proof]:
    """(72): with M for the largest of the errors of the entries."""
    limit = sp.Le(error.subs(z, u), M, evaluate=False)
    above, below = step_7_bounds_of_a_coordinate()
    value = above.statement.lhs
    bounds = (
        prove_implication([above, limit], sp.Le(value, (1 + M) * u**2, evaluate=False)),
        prove_implication([below, limit], sp.Ge(value, (1 - M) * u**2, evaluate=False)),
    )
    return [sum_le_sum(bound, u, beta[i], i, d) for bound in bounds]


@exact
def step_10_the_norm_in_the_place_of_each_entry() -> list[Proof]:
    """Q >= (S - S error(||beta||)) / (4 alpha^4) and Q <= S / (4 alpha^4), S = ||beta||_2^2.

    The bounds of a coordinate are concave in z^2, so their sums are extreme at one entry or at d
    equal ones; (68) is used below, and above its sharper half without an error.
    """
    low, high = (z**2 - z**2 * error) / (4 * alpha**4), z**2 / (4 * alpha**4)
    _, below = step_7_bounds_of_a_coordinate()
    at = instantiate(prove_nonnegative(z**2 / 4 - q, z), {z: u / alpha**2})
    value = phi.subs(z, u)
    return [
        sum_le_sum(
            prove_implication([below], sp.Ge(value, low.subs(z, u), evaluate=False)),
            *(u, beta[i], i, d),
        ),
        on_the_l2_sphere(low, beta)[0],
        sum_le_sum(
            prove_implication([at], sp.Le(value, high.subs(z, u), evaluate=False)),
            *(u, beta[i], i, d),
        ),
        on_the_l2_sphere(high, beta)[1],
    ]


@exact
def step_11_a_large_start_makes_the_error_small() -> list[Proof]:
    """alpha^4 and alpha^4 epsilon are >= S = ||beta||^2; so error(||beta||) <= epsilon."""
    above_one = prove_implication([LARGE], sp.Ge(alpha**4, squared_norm, evaluate=False))
    above = prove_implication([LARGE], sp.Ge(alpha**4 * epsilon, squared_norm, evaluate=False))
    small = sp.Le(norm_error, epsilon, evaluate=False)
    return [above_one, above, prove_implication([above_one, above], small)]


@exact
def step_12_the_sandwich() -> list[Proof]:
    """(73)."""
    *_, small = step_11_a_large_start_makes_the_error_small()
    below, low, above, high = step_10_the_norm_in_the_place_of_each_entry()
    bounds = (
        sp.Ge(4 * alpha**4 * Q, squared_norm - squared_norm * norm_error, evaluate=False),
        sp.Le(4 * alpha**4 * Q, squared_norm, evaluate=False),
    )
    lower = prove_implication([below, low], bounds[0])
    upper = prove_implication([above, high], bounds[1])
    return [prove_implication([lower, small], LOWER), prove_implication([upper, LARGE], UPPER)]


@given(
    st.lists(st.integers(-1000, 1000), min_size=1, max_size=5),
    st.integers(1, 1000),
    st.integers(100, 300),
)
def check_sandwich_at_random_vectors(entries: list[int], eps: int, factor: int) -> None:
    with mpmath.workdps(40):
        numbers, e = [mpmath.mpf(x) / 10 for x in entries], mpmath.mpf(eps) / 100
        squared = mpmath.fsum(x**2 for x in numbers)
        start = mpmath.mpf(factor) / 100 * mpmath.root(squared, 4) * (1 + 1 / mpmath.root(e, 4))
        if start == 0:
            return
        q_of = sp.lambdify(z, q, "mpmath")
        value = 4 * start**4 * mpmath.fsum(q_of(x / start**2) for x in numbers)
        assert (1 - e) * squared <= value <= (1 + e) * squared


def refute_the_printed_remainder() -> Refuted:
    """(67), (68) without the modulus; q'''' increases on (0, 1), so there its sup is its value."""
    return expect_refuted(prove_nonnegative, q_4 * z**4 / 24 - (z**2 / 4 - q), z, 0, 1)


def refute_smaller_bounds() -> list[Refuted]:
    """(66) and (68): the constants are sharp at 0."""
    return [
        expect_refuted(prove_expansion, q_4, 0, (z**2 + 2) / (16 + nudge), z),
        expect_refuted(prove_expansion, q, z**2 / 4, (z**6 + 2 * z**4) / (384 + nudge), z),
        expect_refuted(prove_expansion, q, z**2 / 4, (z**6 + 2 * z**6) / 384, z),
    ]


def refute_a_potential_without_error() -> Refuted:
    """epsilon = 0 from below."""
    return expect_refuted(prove_nonnegative, q - z**2 / 4, z)


def refute_other_derivatives() -> list[Refuted]:
    return [
        expect_refuted(prove_identity, sp.Derivative(phi, (z, 3)), -phi_3),
        expect_refuted(prove_identity, sp.Derivative(phi, (z, 4)), phi_4 * root**2),
    ]


def refute_a_smaller_start() -> Refuted:
    """alpha^4 >= S/100 does not give an error below 1."""
    S = sp.Symbol("S", positive=True)
    return expect_refuted(
        prove_implication,
        [sp.Ge(100 * alpha**4, S)],
        sp.Le((S**2 + 2 * alpha**4 * S) / (96 * alpha**8), 1, evaluate=False),
    )
