"""The elasticity z q'(z)/q(z) of the potential of depth 2 falls strictly from 2 to 1.

Statement
---------
For q(z) = 2 - sqrt(4 + z^2) + z asinh(z/2) and z > 0, E = z q'(z)/q(z) falls strictly, lies between
1 and 2, which are its limits at infinity and at 0, and is 1/(1 - tanh(s/2)/s) at z = 2 sinh(s). So
k q(z) <= q(k z) <= k^2 q(z) for k >= 1; and q(r y)/q(y) falls in y for every r >= 1, which is (58)
with y = 1/(r alpha^2), r = sqrt(d): q(r y) q(Y) >= q(r Y) q(y) for y <= Y.

Assumptions
-----------
z, y and Y real and positive.

Not covered
-----------
Nothing.

Reference
---------
[woodworth2020, (58)], which is stated without proof.
"""

import sympy as sp

from implicitbias.symbolic import Proof, Refuted, Statement, exact, expect_refuted
from implicitbias.symbolic import discharge, first_order_convexity_along, instantiate
from implicitbias.symbolic import prove_identity, prove_implication, prove_limit, prove_monotone
from implicitbias.symbolic import prove_nonnegative, prove_positive
from proofs._notation import nudge, q, z
from proofs._ratios import A, B, C, D, f1, f2, f3, f4, g2, g3, low, m, n, p, ratios_fall

rho = sp.Symbol("rho", real=True)
k, r, u, v, y, V, Y = sp.symbols("k r u v y V Y", positive=True)
z_later = sp.Symbol("z'", real=True)
E = z * sp.asinh(z / 2) / q


def _at(point: sp.Expr) -> sp.Expr:
    return q.subs(z, point)


ID = "2.3.depth_2"
STATEMENT = Statement(
    forall=(z, z_later, u, k, y, Y, r),
    conclusion=(
        sp.Implies(sp.And(z > 0, z < z_later), sp.Gt(E, E.subs(z, z_later), evaluate=False)),
        sp.Implies(z > 0, sp.Gt(2 - E, 0, evaluate=False)),
        sp.Implies(z > 0, sp.Gt(E - 1, 0, evaluate=False)),
        sp.Eq(sp.Limit(E, z, 0, "+"), 2, evaluate=False),
        sp.Eq(sp.Limit(E, z, sp.oo, "-"), 1, evaluate=False),
        sp.Eq(E.subs(z, 2 * sp.sinh(u)), 1 / (1 - sp.tanh(u / 2) / u)),
        sp.Implies(k >= 1, sp.Ge(_at(k * y), k * _at(y), evaluate=False)),
        sp.Implies(k >= 1, sp.Le(_at(k * y), k**2 * _at(y), evaluate=False)),
        sp.Implies(
            sp.And(r >= 1, y <= Y),
            sp.Ge(_at(r * y) * _at(Y), _at(r * Y) * _at(y), evaluate=False),
        ),
    ),
    examples=({z: 1, z_later: 2}, {k: 1}, {r: 1, y: 1, Y: 1}),
    where={
        **{"q": q, "E": E, "E'": E.subs(z, z_later)},
        **{"q(ky)": _at(k * y), "q(y)": _at(y), "q(Y)": _at(Y)},
        **{"q(ry)": _at(r * y), "q(rY)": _at(r * Y)},
    },
)


@exact
def step_1_depth_2_falls_from_2_to_1() -> list[Proof]:
    return [
        prove_identity(sp.Derivative(q, z), sp.asinh(z / 2)),
        prove_monotone(E, z, 0, increasing=False),
        prove_positive(2 - E, z, 0),
        prove_positive(E - 1, z, 0),
        prove_limit(E, z, 0, 2),
        prove_limit(E, z, sp.oo, 1),
        prove_identity(E.subs(z, 2 * sp.sinh(u)), 1 / (1 - sp.tanh(u / 2) / u)),
    ]


@exact
def step_2_ln_q_is_concave_in_ln_z() -> Proof:
    """ln q(z) <= ln q(w) + E(w) (ln z - ln w), as E = d ln q / d ln z falls."""
    falls, grows = prove_positive(-sp.diff(E, z), z, 0), prove_positive(1 / z, z, 0)
    logs = (-sp.log(q), sp.log(z))
    positive = prove_positive(q, z, 0)
    return first_order_convexity_along(falls, grows, *logs, -E, z, rho, given=[positive])


@exact
def step_3_four_points_of_a_convex_function() -> Proof:
    """f(p) + f(l) >= f(n) + f(m) for l <= m, l <= n, p + l = m + n, by tangents at n and m.

    With the values f1 .. f4 at l, m, n, p; g2 and g3 are the slopes at m and n.
    """
    tangents = (
        f4 >= f2 + g2 * (p - m),
        f1 >= f3 + g3 * (low - n),
        f2 >= f3 + g3 * (m - n),
        f3 >= f2 + g2 * (n - m),
        f4 >= f3 + g3 * (p - n),
        f1 >= f2 + g2 * (low - m),
    )
    order = (low <= m, low <= n, p + low >= n + m, n + m >= p + low)
    return prove_implication([*tangents, *order], f4 + f1 >= f3 + f2)


@exact
def step_4_the_logarithm_and_back() -> list[Proof]:
    """For positive numbers: from A B <= C D to the sums of the logarithms, and back."""
    tangent = prove_nonnegative(u - 1 - sp.log(u), u, 0)
    logs = (sp.log(A) + sp.log(B), sp.log(C) + sp.log(D))
    split = prove_identity(sp.log(C * D / (A * B)), logs[1] - logs[0])
    swapped = prove_identity(sp.log(A * B / (C * D)), logs[0] - logs[1])
    at, at_inverse = (instantiate(tangent, {u: v}) for v in (C * D / (A * B), A * B / (C * D)))
    return [
        prove_implication([at, split, logs[1] >= logs[0]], C * D >= A * B),
        prove_implication([at_inverse, swapped, C * D >= A * B], logs[1] >= logs[0]),
    ]


@exact
def step_5_ratios_of_q_fall() -> list[Proof]:
    """q(v) q(Y) >= q(V) q(y) for y <= Y, y <= v, V y = v Y; and with v = r y, V = r Y."""
    positive = prove_positive(q, z, 0), prove_positive(z, z, 0)
    tangent = step_2_ln_q_is_concave_in_ln_z()
    rules = step_3_four_points_of_a_convex_function(), step_4_the_logarithm_and_back()
    products = ratios_fall(rules, tangent, (z, rho), (q, z, E), positive, (y, Y, v, V))
    scaled = discharge(
        instantiate(products, {v: r * y, V: r * Y}),
        prove_implication([r >= 1], sp.Le(y, r * y, evaluate=False)),
    )
    return [products, scaled]


@exact
def step_6_scaled_arguments_at_depth_2() -> list[Proof]:
    """q(z)/z increases and q(z)/z^2 falls."""
    later = sp.Symbol("y'", positive=True)
    ahead = prove_implication([k >= 1], sp.Le(y, k * y, evaluate=False))
    up, down = (
        discharge(instantiate(rule, {later: k * y}), ahead)
        for rule in (
            prove_monotone(_at(y) / y, y, 0, strict=False),
            prove_monotone(_at(y) / y**2, y, 0, increasing=False, strict=False),
        )
    )
    return [
        prove_implication([up], sp.Ge(_at(k * y), k * _at(y), evaluate=False)),
        prove_implication([down], sp.Le(_at(k * y), k**2 * _at(y), evaluate=False)),
    ]


@exact
def step_7_the_elasticity_at_depth_2() -> list[Proof]:
    return [
        *step_1_depth_2_falls_from_2_to_1()[1:],
        *step_6_scaled_arguments_at_depth_2(),
        step_5_ratios_of_q_fall()[1],
    ]


def refute_other_limits_at_depth_2() -> list[Refuted]:
    return [
        expect_refuted(prove_monotone, E, z, 0),
        expect_refuted(prove_positive, 2 - nudge - E, z, 0),
        expect_refuted(prove_limit, E, z, 0, 1),
        expect_refuted(prove_limit, E, z, sp.oo, 2),
    ]


def refute_other_powers_of_k() -> list[Refuted]:
    """q(z)/z^2 does not increase, and q(z)/z^(3/2) neither increases nor falls."""
    power = sp.Rational(3, 2)
    return [
        expect_refuted(prove_monotone, _at(y) / y**2, y, 0),
        expect_refuted(prove_monotone, _at(y) / y**power, y, 0),
        expect_refuted(prove_monotone, _at(y) / y**power, y, 0, increasing=False),
    ]
