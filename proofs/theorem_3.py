"""Theorem 3: the flow of every real depth D > 2 converges to the minimiser, with both limits.

Statement
---------
Let beta = w_+^D - w_-^D (coordinatewise), D > 2, r = X beta - y with y in the range of X, and
p = D/(D-2). Gradient flow of ||r||^2 from w_+ = w_- = alpha has at every time
beta_i = alpha^D h(s_i), h(s) = (1-s)^-p - (1+s)^-p, with s = X^T nu in (-1, 1)^d. It converges to
a solution (no hypothesis of Theorem 3 but y in the range of X). h is odd, increasing and onto R;
q, the integral of its inverse, is s h(s) - H(s) at z = h(s), where H is the integral of h from 0.
In the limit beta_i = alpha^D h(xi_i) with xi = X^T nu in (-1, 1)^d, and there
Q(beta) = sum_i q(beta_i / alpha^D) is less than at any other b with X b = X beta.

For alpha -> 0: for tau in (0, 1) and any b with X b = X beta, (1 - tau) ||beta||_1 <= ||b||_1 as
soon as d alpha^D <= ||b||_1 tau^p / (1 - tau). For alpha -> oo: for omega in (0, 1) and the b of
least l2 norm, ||beta - b||_2 <= ((1 - omega)^-(p+1) - 1) ||b||_2 as soon as
||b||_2 <= 2 p omega alpha^D. So beta tends to the solution of least l1 norm, if there is one only,
and to that of least l2 norm.

Assumptions
-----------
0 < alpha; X, y real and finite; D = 2 + 2/a real, a > 0; p = 1 + a. What the symbols of the flow
mean: theorem_3_potential; of its convergence: flow_convergence (`D` there is any depth); of the
limits: theorem_3_limits. Any vector b is alpha^D h(eta) for one eta in (-1, 1)^d, as h is onto; the
values of q at beta_i/alpha^D and b_i/alpha^D are `V[i]` and `U[i]`. The k-th entry is
one in which b is not beta.

Not covered
-----------
Existence and uniqueness for ODEs: as in flow_convergence. In the limit the weights are positive and
    finite, and so xi is in (-1, 1)^d; it is in the range of X^T, which is closed.
Compactness: as in flow_convergence and theorem_3_limits.

Reference
---------
[woodworth2020, Thm 3 and Lemma 4], equations (96)-(111).
"""

import numpy as np
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import solve_ivp

from implicitbias.flows import gradient_flow
from implicitbias.potentials import Depth
from implicitbias.symbolic import Proof, Refuted, Statement, exact, expect_refuted
from implicitbias.symbolic import first_order_convexity, instantiate, multiply_out, prove_identity
from implicitbias.symbolic import prove_implication, prove_positive, single_le_sum, split_sums
from implicitbias.symbolic import sum_le_sum
from proofs._checks import check_is_in_the_row_space, model, velocity
from proofs._lemmas import same_pairing
from proofs._notation import D, H, N, X, a, alpha, b, b_1, beta, beta_1, d, h, i, n, nu, q_deep, s
from proofs._notation import x, xi, y
from proofs._notation import DUAL, ENDS, FEASIBLE, STATIONARY, sum_i
from proofs.flow_convergence import STATEMENT as CONVERGENCE
from proofs.flow_convergence import step_10_the_flow_converges_to_a_solution
from proofs.theorem_3_limits import STATEMENT as LIMITS
from proofs.theorem_3_limits import step_12_both_limits
from proofs.theorem_3_potential import STATEMENT as POTENTIAL
from proofs.theorem_3_potential import step_6_h_is_increasing
from proofs.theorem_3_potential import step_13_from_the_flow_to_the_potential

k = sp.Symbol("k", integer=True, positive=True)
U_1, V_1 = sp.symbols("U_1 V_1", real=True)
eta, U, V = (sp.IndexedBase(name, real=True) for name in ("eta", "U", "V"))
AT_ALPHA = {x: alpha**D}

OTHER = (sp.Lt(-1, eta[i]), sp.Lt(eta[i], 1), sp.Eq(b[i], x * h.subs(s, eta[i])))
VALUES = (
    sp.Eq(V[i], q_deep.subs(s, xi[i])),
    sp.Eq(U[i], q_deep.subs(s, eta[i])),
)
Q_beta, Q_b = sum_i(V[i]), sum_i(U[i])


def _at_alpha(relation: sp.Basic) -> sp.Basic:
    if isinstance(relation, sp.Implies | sp.And):
        return relation.func(*map(_at_alpha, relation.args))
    return relation.func(*(side.subs(AT_ALPHA) for side in relation.args), evaluate=False)


MINIMAL = (*DUAL, STATIONARY, ENDS, FEASIBLE, *OTHER, *VALUES)
DIFFERENT = sp.Ne(eta[k], xi[k])
AT_K = (
    sp.Le(k, d),
    *(relation.subs(i, k) for relation in (*DUAL, ENDS, *OTHER, *VALUES)),
    DIFFERENT,
)

ID = "T3"
STATEMENT = Statement(
    forall=(
        *dict.fromkeys((*POTENTIAL.forall, *CONVERGENCE.forall, *LIMITS.forall[3:], k, eta, U, V)),
    ),
    conclusion=(
        *POTENTIAL.conclusions,
        *CONVERGENCE.conclusions[2:],
        sp.Implies(_at_alpha(sp.And(*MINIMAL, *AT_K)), Q_b > Q_beta),
        *map(_at_alpha, LIMITS.conclusions[:3]),
    ),
    some=(k,),
    where={name: expr for name, expr in POTENTIAL.where.items() if name != "D"}
    | {"Q_beta": Q_beta, "Q_b": Q_b},
    examples=(
        *POTENTIAL.examples,
        *CONVERGENCE.examples,
        *(
            {name: value for name, value in point.items() if name != x} | {alpha: 1}
            for point in LIMITS.examples
        ),
        {
            **{alpha: 1, a: 1, d: 2, N: 1, k: 2, X[n, i]: 0, nu[n]: 0},
            **{family[i]: 0 for family in (xi, eta, beta, b, U, V)},
            eta[k]: sp.Rational(1, 2),
            b[k]: h.subs({a: 1, s: sp.Rational(1, 2)}),
            U[k]: q_deep.subs({a: 1, s: sp.Rational(1, 2)}),
        },
    ),
)
REPAIRS = """
That the flow reaches a solution is a conclusion here. In (96)-(99) the gradient of the square lost
a factor 2. The convergence of beta for alpha -> 0 and alpha -> oo does not follow from beta being
finite for each alpha, before (105): bounds with rates take its place.
The limit alpha -> 0 is the solution of least l1 norm where there is one only.
"""


@exact
def step_1_the_conjugate_is_above_its_tangents() -> list[Proof]:
    """H(s) >= H(y) + h(y) (s - y), strictly unless s = y: Fenchel-Young for q and H."""
    convex = step_6_h_is_increasing()
    slope = prove_positive(sp.diff(H, s, 2), s, -1, 1)
    return [
        convex,
        first_order_convexity(slope, H, s, y),
        first_order_convexity(slope, H, s, y, strict=True),
    ]


def _entries(index: sp.Symbol) -> dict[sp.Symbol, sp.Expr]:
    """What is not s of the names of an entry."""
    return {y: eta[index], beta_1: beta[index], b_1: b[index], U_1: U[index], V_1: V[index]}


@exact
def step_2_the_gap_of_an_entry() -> list[Proof]:
    """x (q(b/x) - q(beta/x)) >= s (b - beta) at beta = x h(s), strictly unless b = beta."""
    _, tangent, strict = step_1_the_conjugate_is_above_its_tangents()
    slope = prove_identity(sp.diff(H, s).subs(s, y), h.subs(s, y), domain={y: (-1, 1)})
    names = (
        sp.Eq(beta_1, x * h),
        sp.Eq(b_1, x * h.subs(s, y)),
        sp.Eq(V_1, q_deep),
        sp.Eq(U_1, q_deep.subs(s, y)),
    )
    gap = x * U_1 - x * V_1 - s * b_1 + s * beta_1
    return [
        prove_implication([tangent, slope, *names], gap >= 0),
        prove_implication([strict, slope, *names], gap > 0),
    ]


@exact
def step_3_beta_is_the_one_minimiser() -> Proof:
    """The gaps of the entries add up to x (Q(b) - Q(beta)), as b - beta is orthogonal to s."""
    weak, strict = step_2_the_gap_of_an_entry()
    at_k = _entries(k)
    sums = split_sums(sum_le_sum(weak, s, xi[i], i, d, others=_entries(i)))
    entry = instantiate(weak, {s: xi[i], **_entries(i)})
    below = single_le_sum(entry, entry.statement.lhs, i, d, k)
    all_of_it = multiply_out(below.statement.rhs)
    larger = instantiate(strict, {s: xi[k], **at_k})
    same = same_pairing(xi, nu)
    gap = prove_implication([sums, same], Q_b >= Q_beta)
    return prove_implication([gap, larger, below, all_of_it, same], Q_b > Q_beta)


@exact
def step_4_both_limits_at_alpha() -> list[Proof]:
    """x is alpha^D, which runs through all x > 0 with alpha."""
    return [instantiate(proof, AT_ALPHA) for proof in step_12_both_limits()[:3]]


@exact
def step_5_from_the_flow_to_the_minimiser_and_its_limits() -> list[Proof]:
    conserved, *others = step_10_the_flow_converges_to_a_solution()[1:]
    return [
        *step_13_from_the_flow_to_the_potential(),
        conserved,
        *others[1:],
        instantiate(step_3_beta_is_the_one_minimiser(), AT_ALPHA),
        *step_4_both_limits_at_alpha(),
    ]


def check_flow_against_both_bounds() -> None:
    """The end of a flow in the weights at depth 3 against both bounds."""
    rng = np.random.default_rng(8)
    design = rng.normal(size=(2, 4))
    y_data = design @ np.array([1.0, 0, 0, -0.5])
    least = np.linalg.pinv(design) @ y_data
    rhs = velocity(design, y_data, 3)
    for start in (0.2, 1.6):
        w = solve_ivp(rhs, (0, 200), np.full(8, start), "LSODA", rtol=1e-10, atol=1e-13).y[:, -1]
        end, size = model(w, 3), start**3
        np.testing.assert_allclose(design @ end, y_data, atol=1e-7)
        reach = np.linalg.norm(least) / (6 * size)
        if reach < 1:
            bound = ((1 - reach) ** -4 - 1) * np.linalg.norm(least)
            assert np.linalg.norm(end - least) <= bound
        for part in np.linspace(0.05, 0.95, 19):
            if 4 * size <= 1.5 * part**3 / (1 - part):
                assert (1 - part) * np.abs(end).sum() <= 1.5 * (1 + 1e-7)


@settings(max_examples=25)
@given(
    st.integers(0, 10**6),
    st.integers(1, 3),
    st.integers(1, 4),
    st.integers(3, 6),
    st.floats(-1, 1),
)
def check_flow_on_drawn_problems(
    seed: int, rows: int, more: int, depth: int, decades: float
) -> None:
    """The measured limit solves the equations, and its mirror image is an X^T nu."""
    rng = np.random.default_rng(seed)
    design = rng.normal(size=(rows, rows + more))
    y, alpha_value = rng.normal(size=rows), 10.0**decades
    flow = gradient_flow(design, y, alpha=alpha_value, depth=depth, method="parameters")
    end = flow.limit
    np.testing.assert_allclose(design @ end, y, atol=1e-9 * np.abs(y).max())
    mirror = Depth(depth).mirror(end / alpha_value**depth)
    check_is_in_the_row_space(design, mirror)


def refute_the_printed_limit_where_minimisers_tie() -> Refuted:
    """X = [1, 1], y = 1: a whole segment has the least l1 norm; the flow ends in its middle."""
    first, second = sp.symbols("beta_1 beta_2", real=True)
    known = [sp.Eq(first + second, 1), sp.Eq(sp.Abs(first) + sp.Abs(second), 1)]
    return expect_refuted(prove_implication, known, sp.Eq(first, second))


def refute_a_bounded_h() -> Refuted:
    """Towards the ends of its interval h has no bound: values there are infinite."""
    return expect_refuted(prove_positive, 10**6 - h.subs(a, 1), s, -1, 1)


def refute_another_gap() -> list[Refuted]:
    """With T for H(s) - H(y) - h(y) (s - y) >= 0: beta is no maximiser, and T may be as small."""
    T, h_s, h_y, H_s, H_y = sp.symbols("T h_s h_y H_s H_y", real=True)
    tangent = [T >= 0, sp.Eq(T, H_s - H_y - h_y * (s - y))]
    gap = (y * h_y - H_y) - (s * h_s - H_s) - s * (h_y - h_s)
    return [
        expect_refuted(prove_implication, tangent, gap <= 0),
        expect_refuted(prove_implication, tangent, gap >= T / 2 + sp.Rational(1, 10**10)),
    ]
