"""Closed forms of the mirror map: depths 3, 4 and infinity, and one form for every depth.

Statement
---------
s = q_D'(z), the inverse of z = (1-s)^-p - (1+s)^-p with p = D/(D-2), for s in (-1, 1).

D = 4: z (1-s^2)^2 = 4 s. In radicals, for z > 0: with A = (z^2/4 + R)^(1/3),
B = (R - z^2/4)^(1/3), R = sqrt(z^4/16 + z^6/27), the number c = A - B solves c^3 + z^2 c = z^2/2,
e = sqrt(1 - 2c) solves (1 - e^2)^3 = 4 z^2 e^2, g = (1 + e + sqrt(3 - e^2 + 2/e))/2 solves
g^4 - 2 g^3 = z^2 with g >= 2, and s = sqrt(1 - 2/g), q_4(z) = (g-1)(g-2).

D = 3: z s^6 - 3 z s^4 + 2 s^3 + 3 z s^2 + 6 s - z = 0. (A check, which is no proof, computes that
it is irreducible at z = 1, 2, 3, with the symmetric group as its Galois group: no radicals.)

D to infinity: s = (sqrt(1+z^2) - 1)/z, q = sqrt(1+z^2) - 1 - ln((1 + sqrt(1+z^2))/2).

Every depth: s = tanh(theta y), z = 2 sinh(y) cosh(theta y)^(1/theta), theta = 1/p.

Assumptions
-----------
z, s real, and A, B, c, e, g as said; Z is z^2 > 0.

Not covered
-----------
Nothing.

Reference
---------
[woodworth2020, Section 5] has the inverse without a closed form.
"""

import mpmath
import sympy as sp
from sympy.polys.numberfields.galoisgroups import galois_group

from implicitbias.symbolic import Proof, Refuted, Statement, exact, expect_refuted
from implicitbias.symbolic import prove_identity, prove_implication, prove_integral, prove_positive
from proofs._notation import INSIDE, OPEN, s, z
from proofs.beyond_split_form import h_4 as h
from proofs.beyond_split_form import q_4 as q
from proofs.section_5_larger_depths import s as tanh_form
from proofs.section_5_larger_depths import step_1_the_mirror_map_by_y, theta
from proofs.section_5_larger_depths import y as y_form
from proofs.section_5_larger_depths import z as z_form

A, B, c, e, g, square = sp.symbols("A B c e g Z", positive=True)  # Z is z^2
h_3 = (1 - s) ** (-3) - (1 + s) ** (-3)


def _sextic(value: sp.Expr) -> sp.Expr:
    return value * s**6 - 3 * value * s**4 + 2 * s**3 + 3 * value * s**2 + 6 * s - value


quartic = z * (1 - s**2) ** 2 - 4 * s
R = sp.sqrt(square**2 / 16 + square**3 / 27)
of_plus, of_minus = square / 4 + R, R - square / 4
square_of_e = (1 - e**2) ** 3 / (4 * e**2)
g_of_e = (1 + e + sp.sqrt(3 - e**2 + 2 / e)) / 2
root = sp.sqrt(1 + z**2)
mirror, value = z / (1 + root), root - 1 - sp.log((1 + root) / 2)
CARDANO = (sp.Eq(A**3, of_plus), sp.Eq(B**3, of_minus), sp.Eq(c, A - B))
E_OF_C = (sp.Eq(e**2, 1 - 2 * c), sp.Eq(c**3 + square * c, square / 2))
s_of_g = sp.sqrt(1 - 2 / g)

ID = "3.8"
STATEMENT = Statement(
    forall=(z, s, A, B, c, e, g, square, theta, y_form),
    conclusion=(
        *(
            sp.Implies(sp.And(*INSIDE, sp.Eq(polynomial, 0)), sp.Eq(z, inverse, evaluate=False))
            for polynomial, inverse in ((quartic, h), (_sextic(z), h_3))
        ),
        sp.Implies(sp.And(*INSIDE), sp.Eq(_sextic(h_3), 0)),
        sp.Gt(of_minus, 0, evaluate=False),
        sp.Implies(sp.And(*CARDANO), sp.Eq(c**3 + square * c, square / 2)),
        sp.Implies(E_OF_C[1], sp.Lt(c, sp.Rational(1, 2))),
        sp.Implies(sp.And(*E_OF_C), sp.Eq((1 - e**2) ** 3, 4 * square * e**2)),
        sp.Implies(sp.Lt(e, 1), sp.Eq(g_of_e**4 - 2 * g_of_e**3, square_of_e)),
        sp.Implies(sp.Lt(e, 1), sp.Gt(g_of_e - 2, 0, evaluate=False)),
        sp.Implies(sp.Gt(g, 2), sp.Eq(h.subs(s, s_of_g), sp.sqrt(g**4 - 2 * g**3))),
        sp.Implies(sp.Gt(g, 2), sp.Eq(q.subs(s, s_of_g), (g - 1) * (g - 2), evaluate=False)),
        sp.Eq(1 / (1 - mirror) - 1 / (1 + mirror), z, evaluate=False),
        sp.Gt(1 - mirror, 0, evaluate=False),
        sp.Eq(sp.Integral(mirror.subs(z, s), (s, 0, z)), value),
        sp.Eq((1 - tanh_form) ** (-1 / theta) - (1 + tanh_form) ** (-1 / theta), z_form),
    ),
    where={"h_3": h_3, "h_4": h, "s_oo": mirror},
    examples=(
        {z: 0, s: 0},
        {
            **{square: sp.Rational(54, 49), A: sp.Rational(6, 7), B: sp.Rational(3, 7)},
            **{c: sp.Rational(3, 7), e: 1 / sp.sqrt(7)},
        },
        {e: sp.Rational(1, 2)},
        {g: 3},
    ),
)


@exact
def step_1_depth_3_and_4_are_polynomials() -> list[Proof]:
    return [
        *(
            prove_implication([*INSIDE, sp.Eq(polynomial, 0)], sp.Eq(z, inverse, evaluate=False))
            for polynomial, inverse in ((quartic, h), (_sextic(z), h_3))
        ),
        prove_identity(_sextic(h_3), 0, domain=OPEN),
    ]


@exact
def step_2_depth_4_in_radicals() -> list[Proof]:
    """Ferrari's method, whose resolvent is c^3 + Z c = Z/2; and Cardano's for that."""
    wide = {e: (0, 1)}
    return [
        prove_positive(of_minus, square, 0),
        prove_implication(CARDANO, sp.Eq(c**3 + square * c, square / 2)),
        prove_implication(E_OF_C[1:], sp.Lt(c, sp.Rational(1, 2))),
        prove_implication(E_OF_C, sp.Eq((1 - e**2) ** 3, 4 * square * e**2)),
        prove_identity(g_of_e**4 - 2 * g_of_e**3, square_of_e, domain=wide),
        prove_positive(g_of_e - 2, e, 0, 1),
        prove_identity(h.subs(s, s_of_g), sp.sqrt(g**4 - 2 * g**3), domain={g: (2, sp.oo)}),
        prove_identity(q.subs(s, s_of_g), (g - 1) * (g - 2), domain={g: (2, sp.oo)}),
    ]


@exact
def step_3_depth_infinity() -> list[Proof]:
    return [
        prove_identity(1 / (1 - mirror) - 1 / (1 + mirror), z),
        prove_positive(1 - mirror, z),
        prove_integral(mirror, z, value, 0),
    ]


@exact
def step_4_closed_forms() -> list[Proof]:
    return [
        *step_1_depth_3_and_4_are_polynomials(),
        *step_2_depth_4_in_radicals(),
        *step_3_depth_infinity(),
        step_1_the_mirror_map_by_y()[0],
    ]


def check_the_radicals_by_digits() -> None:
    """From z to s through A, B, c, e, g, and back by h."""
    with mpmath.workdps(40):
        for point in ("0.001", "0.5", "3", "1000"):
            at = mpmath.mpf(point)
            R_of = mpmath.sqrt(at**4 / 16 + at**6 / 27)
            part = mpmath.cbrt(at**2 / 4 + R_of) - mpmath.cbrt(R_of - at**2 / 4)
            number = mpmath.sqrt(1 - 2 * part)
            total = (1 + number + mpmath.sqrt(3 - number**2 + 2 / number)) / 2
            dual = mpmath.sqrt(1 - 2 / total)
            assert mpmath.almosteq(4 * dual / (1 - dual**2) ** 2, at, 1e-30)


def check_depth_3_has_no_radicals() -> None:
    for point in (1, 2, 3):
        polynomial = sp.Poly(_sextic(sp.Integer(point)), s)
        assert polynomial.is_irreducible
        group, alternating = galois_group(polynomial)
        assert group.order() == 720
        assert not alternating


def refute_other_closed_forms() -> list[Refuted]:
    return [
        expect_refuted(prove_identity, _sextic(h_3) + s**3, 0, domain=OPEN),
        expect_refuted(
            prove_identity, g_of_e**4 - 2 * g_of_e**3, 2 * square_of_e, domain={e: (0, 1)}
        ),
        expect_refuted(prove_integral, mirror, z, value + sp.log(2), 0),
    ]
