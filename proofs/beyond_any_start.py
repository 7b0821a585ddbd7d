"""Any start: the end of the flow is the one minimiser of a potential that the start gives.

Statement
---------
Let X b = X beta, where beta is the end of a flow and s = X^T nu its dual vector, as in
footnote_2_other_starts for the starts p_i, m_i > 0 of w_+ and w_- (|u_0 + v_0|/2, |u_0 - v_0|/2 for
u*v). Then Q(b) >= Q(beta), and Q(b) <= Q(beta) only if b = beta, for the potential
Q(b) = sum_i F_i, Q(beta) = sum_i G_i of the start:

D = 2 and u*v: F_i = c_i q(b_i/c_i) - l_i b_i, c_i = p_i m_i, l_i = ln(p_i/m_i);
beta_i = 2 c_i sinh(xi_i), xi_i = s_i + l_i.

D > 2: F_i = C_i q_D(b_i/A_i) + l_i b_i, A_i = alpha_i^D, C_i = alpha_i^2;
beta_i = A_i h(xi_i), (C_i/A_i) xi_i + l_i = s_i.

u*v from |u_0| = |v_0|: F_i = |b_i| ln(|b_i|/c_i) - |b_i|, c_i = |u_0 v_0|, among the b with the
signs g_i of u_0 v_0; |beta_i| = c_i exp(xi_i), g_i xi_i = s_i. For g_i = -1 it is the modulus that
stands in the entropy, not b_i ln(b_i/(u_0 v_0)) - b_i, which is concave there.

Assumptions
-----------
As in footnote_2_other_starts; D = 2 + 2/a, and l_i is delta_i for D > 2. eta_i is for b what xi_i
is for beta, so b_i = beta_i where they are equal; by it the potentials are written, at
b_i/c_i = 2 sinh(eta_i) and b_i/A_i = h(eta_i). k is any of the indices: that of an entry in which b
is shown to be beta.

Not covered
-----------
Nothing.

Reference
---------
[woodworth2020, footnote 2] names the first two.
"""

import numpy as np
import sympy as sp

from implicitbias.symbolic import Proof, Refuted, Statement, exact, expect_refuted
from implicitbias.symbolic import by_cases, discharge, first_order_convexity, instantiate, midpoint
from implicitbias.symbolic import multiply_out, pair_with_rows, prove_identity, prove_implication
from implicitbias.symbolic import prove_nonnegative, prove_positive, single_le_sum, sum_le_sum
from proofs._checks import check_least_over_the_null_space
from proofs._notation import H, N, X, a, b, b_1, beta, beta_1, d, h, i, n, nu, p, q, q_deep, s, w
from proofs._notation import xi, y, z
from proofs._notation import INSIDE, OPEN, X_times, X_transpose, sum_i

# One coordinate: the duals of b and beta, the values of the potential, the slope at beta.
F_1, G_1, s_1, l_1, sign_1 = sp.symbols("F_1 G_1 s_1 l_1 g_1", real=True)
eta_1, xi_1 = sp.symbols("eta_1 xi_1", real=True)
c_1, A_1, C_1 = sp.symbols("c_1 A_1 C_1", positive=True)

k = sp.Symbol("k", integer=True, positive=True)
dual, el, eta, F, G, sign = (
    sp.IndexedBase(name, real=True) for name in ("s", "l", "eta", "F", "G", "g")
)
c, A, C = (sp.IndexedBase(name, positive=True) for name in ("c", "A", "C"))
FAMILIES = {
    **{b_1: b, beta_1: beta, F_1: F, G_1: G, s_1: dual, l_1: el, sign_1: sign},
    **{eta_1: eta, xi_1: xi, c_1: c, A_1: A, C_1: C},
}


def _square(u: sp.Expr) -> sp.Expr:
    return c_1 * q.subs(z, 2 * sp.sinh(u))


def _deep(u: sp.Expr) -> sp.Expr:
    return C_1 * q_deep.subs(s, u)


SQUARE = (
    sp.Eq(beta_1, 2 * c_1 * sp.sinh(xi_1)),
    sp.Eq(b_1, 2 * c_1 * sp.sinh(eta_1)),
    sp.Eq(G_1, _square(xi_1) - l_1 * beta_1),
    sp.Eq(F_1, _square(eta_1) - l_1 * b_1),
    sp.Eq(s_1, xi_1 - l_1),
)
DEEP = (
    *(row for u in (xi_1, eta_1) for row in (sp.Lt(-1, u), sp.Lt(u, 1))),
    sp.Eq(beta_1, A_1 * h.subs(s, xi_1)),
    sp.Eq(b_1, A_1 * h.subs(s, eta_1)),
    sp.Eq(G_1, _deep(xi_1) + l_1 * beta_1),
    sp.Eq(F_1, _deep(eta_1) + l_1 * b_1),
    sp.Eq(s_1, C_1 / A_1 * xi_1 + l_1),
)
BALANCED = (
    sp.Eq(sign_1**2, 1),
    sp.Eq(beta_1, sign_1 * c_1 * sp.exp(xi_1)),
    sp.Eq(b_1, sign_1 * c_1 * sp.exp(eta_1)),
    sp.Eq(G_1, c_1 * sp.exp(xi_1) * (xi_1 - 1)),
    sp.Eq(F_1, c_1 * sp.exp(eta_1) * (eta_1 - 1)),
    sp.Eq(s_1, sign_1 * xi_1),
)
gap = F_1 - G_1 - s_1 * (b_1 - beta_1)
ABOVE, MEETS = sp.Ge(gap, 0, evaluate=False), sp.Le(gap, 0, evaluate=False)


@exact
def step_1_depth_2() -> list[Proof]:
    """gap = 2 c (cosh(xi) - cosh(eta) - sinh(eta) (xi - eta)) >= c (xi - eta)^2."""
    f = 2 * sp.cosh(w) - w**2
    tangent = first_order_convexity(prove_nonnegative(sp.diff(f, w, 2), w), f, w, y)
    tangent = instantiate(tangent, {w: xi_1, y: eta_1})
    value = 2 * w * sp.sinh(w) - 2 * sp.cosh(w) + 2
    value = prove_identity(q.subs(z, 2 * sp.sinh(w)), value)
    same = [instantiate(value, {w: u}) for u in (xi_1, eta_1)]
    bound = prove_implication(
        [tangent, *same, *SQUARE], sp.Ge(gap, c_1 * (xi_1 - eta_1) ** 2, evaluate=False)
    )
    return [
        prove_implication([bound], ABOVE),
        prove_implication([bound, MEETS], sp.Eq(eta_1, xi_1)),
    ]


@exact
def step_2_greater_depth() -> list[Proof]:
    """gap = C (H(xi) - H(eta) - h(eta) (xi - eta)) >= C p (xi - eta)^2, as h' >= 2 p."""
    power, first, second = w ** (-p - 1), *sp.symbols("x_1 x_2", real=True)
    mean = midpoint(prove_positive(sp.diff(power, w, 2), w, 0), power, w, first, second)
    mean = instantiate(mean, {first: 1 - s, second: 1 + s}, domain=OPEN)
    f = H - p * s**2
    bend = prove_identity(
        sp.diff(f, s, 2), p * (power.subs(w, 1 - s) + power.subs(w, 1 + s)) - 2 * p, domain=OPEN
    )
    convex = prove_implication([mean, bend], sp.Ge(sp.diff(f, s, 2), 0, evaluate=False))
    convex = by_cases([convex], INSIDE)
    tangent = first_order_convexity(convex, f, s, y)
    tangent = instantiate(tangent, {s: xi_1, y: eta_1})
    slope = prove_identity(sp.diff(H, s), h, domain=OPEN)
    slope = instantiate(slope, {s: eta_1})
    h_eta, h_xi, H_eta, H_xi = sp.symbols("h_eta h_xi H_eta H_xi", real=True)
    names = {h_eta: h.subs(s, eta_1), h_xi: h.subs(s, xi_1)}
    names |= {H_eta: H.subs(s, eta_1), H_xi: H.subs(s, xi_1)}
    shown = prove_implication(
        [tangent, slope],
        sp.Ge(
            names[H_xi] - names[H_eta] - names[h_eta] * (xi_1 - eta_1),
            p * (xi_1 - eta_1) ** 2,
            evaluate=False,
        ),
    )
    rows = [
        sp.Ge(H_xi - H_eta - h_eta * (xi_1 - eta_1), p * (xi_1 - eta_1) ** 2),
        sp.Eq(beta_1, A_1 * h_xi),
        sp.Eq(b_1, A_1 * h_eta),
        sp.Eq(G_1, C_1 * (xi_1 * h_xi - H_xi) + l_1 * beta_1),
        sp.Eq(F_1, C_1 * (eta_1 * h_eta - H_eta) + l_1 * b_1),
        sp.Eq(s_1, C_1 / A_1 * xi_1 + l_1),
    ]
    domain = {xi_1: (-1, 1), eta_1: (-1, 1)}
    rules = prove_implication(rows, ABOVE), prove_implication([*rows, MEETS], sp.Eq(eta_1, xi_1))
    return [discharge(instantiate(rule, names, domain=domain), shown) for rule in rules]


@exact
def step_3_balanced_products() -> list[Proof]:
    """gap = c exp(eta) (exp(v) - 1 - v) with v = xi - eta, and 4 + v^2 times the last is >= v^2."""
    bend = prove_nonnegative((sp.exp(w) - 1 - w) * (4 + w**2) - w**2, w)
    at = instantiate(bend, {w: xi_1 - eta_1})
    product = prove_identity(sp.exp(xi_1), sp.exp(eta_1) * sp.exp(xi_1 - eta_1))
    positive = prove_positive(sp.exp(eta_1), eta_1)
    equal = prove_implication(
        [product, *BALANCED],
        sp.Eq(gap, c_1 * sp.exp(eta_1) * (sp.exp(xi_1 - eta_1) - 1 - xi_1 + eta_1)),
    )
    return [
        prove_implication([at, equal, positive], ABOVE),
        prove_implication([at, equal, positive, MEETS], sp.Eq(eta_1, xi_1)),
    ]


def _entry(relation: sp.Basic, index: sp.Symbol = i) -> sp.Basic:
    """Of the coordinate with this index."""
    entries = {name: family[index] for name, family in FAMILIES.items()}
    return relation.subs(entries, simultaneous=True)


STATIONARY = sp.Eq(dual[i], X_transpose(nu))
FEASIBLE = sp.Eq(X_times(b), X_times(beta))
Q_b, Q_beta = sum_i(F[i]), sum_i(G[i])
LEAST, NO_MORE = sp.Ge(Q_b, Q_beta, evaluate=False), sp.Le(Q_b, Q_beta, evaluate=False)
EQUAL = sp.Eq(eta[k], xi[k])
MODELS = (SQUARE, DEEP, BALANCED)


def _end(model: tuple[sp.Basic, ...]) -> tuple[sp.Basic, ...]:
    return (*map(_entry, model), STATIONARY, FEASIBLE)


def _at_k(model: tuple[sp.Basic, ...]) -> tuple[sp.Basic, ...]:
    return (sp.Le(k, d), *(_entry(row, k) for row in model))


ID = "3.7"
STATEMENT = Statement(
    forall=(a, d, N, i, k, n, b, beta, F, G, dual, el, c, A, C, sign, eta, xi, X, nu),
    conclusion=tuple(
        sp.Implies(sp.And(*_end(model), *more), conclusion)
        for model in MODELS
        for more, conclusion in (((), LEAST), ((NO_MORE, *_at_k(model)), EQUAL))
    ),
    some=(k,),
    where={"q(2 sinh(eta[i]))": q.subs(z, 2 * sp.sinh(eta[i]))},
    examples=tuple(
        {
            **{a: 1, d: 1, N: 1, k: 1, X[n, i]: 1, nu[n]: 0, dual[i]: 0, xi[i]: 0, eta[i]: 0},
            **{c[i]: 1, A[i]: 1, C[i]: 1, el[i]: 0, sign[i]: 1},
            **{beta[i]: at, b[i]: at, F[i]: -at, G[i]: -at},
        }
        for at in (0, 1)
    ),
)


@exact
def step_4_the_potential_is_least_at_beta_only() -> list[Proof]:
    """The gaps add up to Q(b) - Q(beta), as s is orthogonal to b - beta, and none is negative."""
    orthogonal = pair_with_rows(dual, b[i], beta[i], X, nu, (n, N), (i, d))
    apart = multiply_out(sum_i(_entry(gap)))
    found = []
    for above, meets in (
        step_1_depth_2(),
        step_2_greater_depth(),
        step_3_balanced_products(),
    ):
        families = {name: family for name, family in FAMILIES.items() if _has(above, name)}
        here, at_k = ({name: f[index] for name, f in families.items()} for index in (i, k))
        (first, entry), *others = here.items()
        total = sum_le_sum(above, first, entry, i, d, others=dict(others))
        found.append(prove_implication([total, apart, orthogonal], LEAST))
        each = single_le_sum(instantiate(above, here), _entry(gap), i, d, k)
        none = prove_implication([each, apart, orthogonal, NO_MORE], _entry(MEETS, k))
        found.append(discharge(instantiate(meets, at_k), none))
    return found


def _has(proof: Proof, name: sp.Symbol) -> bool:
    return any(row.has(name) for row in (proof.statement, *proof.domain))


def check_the_minimum_over_the_null_space() -> None:
    """Unequal starts at D = 2, and balanced products of both signs, against a numerical minimum."""
    rng = np.random.default_rng(37)
    design = rng.normal(size=(2, 5))
    dual = design.T @ rng.normal(size=2)
    plus, minus = rng.uniform(0.2, 2, size=(2, 5))
    weight, shift, signs = plus * minus, np.log(plus / minus), np.sign(rng.normal(size=5))

    def square(v: np.ndarray) -> float:
        u = v / weight
        value = 2 - np.sqrt(4 + u**2) + u * np.arcsinh(u / 2)
        return float(np.sum(weight * value - shift * v))

    def balanced(v: np.ndarray) -> float:
        size = signs * v
        if np.any(size <= 0):
            return 1e6
        return float(np.sum(size * np.log(size / weight) - size))

    for potential, end in (
        (square, 2 * weight * np.sinh(dual + shift)),
        (balanced, signs * weight * np.exp(signs * dual)),
    ):
        check_least_over_the_null_space(
            *(potential, end, design, 1e-5, 0.01),
            method="Nelder-Mead",
            options={"xatol": 1e-9, "fatol": 1e-15, "maxiter": 4000},
        )


def refute_an_entropy_of_the_signed_entry() -> Refuted:
    """b ln(b/(u_0 v_0)) - b where u_0 v_0 < 0: its gap is that of the modulus with a minus."""
    return expect_refuted(prove_nonnegative, -(sp.exp(w) - 1 - w), w)


def refute_a_larger_gap() -> list[Refuted]:
    """cosh is above its tangent at 0 by w^2/2, not by w^2, and the exponential by less below 0."""
    return [
        expect_refuted(prove_nonnegative, sp.cosh(w) - 1 - w**2, w),
        expect_refuted(prove_nonnegative, sp.exp(w) - 1 - w - w**2 / 2, w),
    ]
