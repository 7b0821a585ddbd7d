"""The tangent kernel of matrix completion, when it is the delta kernel, and what it completes.

Statement
---------
For f((U, V), X) = <U V^T, X> with X = e h^T (e and h unit vectors where X asks for an entry) the
partial derivatives are e_a q_m in U_am and h_b p_m in V_bm, p = U^T e, q = V^T h. So the tangent
kernel of X and X' is sum_m (<e, e'> q_m q_m' + <h, h'> p_m p_m'). At the unbiased start
U = alpha [U_0, -U_0], V = alpha [V_0, V_0], where U V^T = 0, it is
2 alpha^2 (<e, e'> <v, v'> + <h, h'> <u, u'>), u = U_0^T e and v = V_0^T h being rows of U_0 and V_0
for entries.

For entries it is a multiple of the delta kernel, c 1(i = i') 1(j = j'), if and only if the ROWS of
U_0 are orthogonal and of one length, and those of V_0 too; c = 2 alpha^2 (|u|^2 + |v|^2). Columns
will not do. For entries of U_0, V_0 that are independent with the moments of a standard normal
variable, <u, u'>/k tends to 1(i = i') in mean square as the width k grows: its variance is 2/k or
1/k.

With the delta kernel the kernel flow changes no entry that is not observed, and ends at the
matrix of least Frobenius norm among those that agree with the observations.

Assumptions
-----------
0 < alpha; all entries real. `E` is <e, e'> and `H` is <h, h'>: 1 or 0, as the rows and the columns
agree. `A` is <v, v'> and `B` is <u, u'>; `a^2` the squared length of a row of U_0, `b^2` of V_0.
`xi` is one weight, `rest` and `more` what the others add to p_m or q_m, and to f. Matrices are
taken as vectors of entries: `P[n, i]` is 1 where the n-th observation is the i-th entry, else 0,
`M = P^T nu` the end of the kernel flow (section_3_kernel_regime), `M'` any other that agrees.
`M2`, `M4` are the moments of an entry of U_0, V and C the variance of a term of <u, u'> and the
covariance of two, which is 0 as the columns are independent.

Not covered
-----------
Nothing.

Reference
---------
[woodworth2020, Sec 6]
"""

import numpy as np
import sympy as sp

from implicitbias.symbolic import Proof, Refuted, Statement, exact, expect_refuted
from implicitbias.symbolic import prove_identity, prove_implication, prove_limit, sum_le_sum
from proofs._lemmas import least_norm
from proofs._notation import N, alpha, d, i, j, n, nu, nudge, sum_i, z

k = sp.Symbol("k", positive=True)
xi, rest, more = sp.symbols("xi rest more", real=True)
E, H, A, B, a, b, c, M2, M4, V, C = sp.symbols("E H A B a b c M2 M4 V C", real=True)
m, width = sp.symbols("m W", integer=True, positive=True)

# The kernel of two measurements e h^T, e' h'^T.
e, p, q, u, v = (sp.IndexedBase(name, real=True) for name in ("e", "p", "q", "u", "v"))
e_, p_, q_, u_, v_ = (sp.IndexedBase(f"{name}'", real=True) for name in ("e", "p", "q", "u", "v"))
prediction = (e[j] * xi + rest) * q[m] + more  # f, where xi is U_jm; for V_jm e.q becomes h.p
of_column = sp.Sum((e[j] * q[m]) * (e_[j] * q_[m]), (j, 1, d))


def _kernel(p: sp.Expr, p_: sp.Expr, q: sp.Expr, q_: sp.Expr) -> sp.Expr:
    """One column's part of the kernel."""
    return E * q * q_ + H * p * p_


kernel = sp.Sum(  # the columns alpha u_m, alpha v_m and -alpha u_m, alpha v_m
    _kernel(alpha * u[m], alpha * u_[m], alpha * v[m], alpha * v_[m])
    + _kernel(-alpha * u[m], -alpha * u_[m], alpha * v[m], alpha * v_[m]),
    (m, 1, width),
)
rows_v, rows_u = sp.Sum(v[m] * v_[m], (m, 1, width)), sp.Sum(u[m] * u_[m], (m, 1, width))
K = 2 * alpha**2 * (E * A + H * B)
orthogonal = (sp.Eq(A, b**2 * H), sp.Eq(B, a**2 * E))
spread_same, spread_other = M4 - M2**2, M2**2  # variances of u^2 and of u u'
mean_square = (k * V + k * (k - 1) * C) / k**2  # of a mean of k terms of mean 0
same_row = (sp.Eq(E, 1), sp.Eq(H, 0))
same_column = (sp.Eq(E, 0), sp.Eq(H, 1))
normal = (sp.Eq(M2, 1), sp.Eq(M4, 3))

equal_diagonal = sp.Eq(2 * alpha**2 * (b**2 + a**2), 2 * alpha**2 * (b**2 + c**2))

# Completion.
P, M, other = (sp.IndexedBase(name, real=True) for name in ("P", "M", "M'"))
completed = sp.Eq(M[i], sp.Sum(P[n, i] * nu[n], (n, 1, N)))
agrees = sp.Eq(sum_i(P[n, i] * other[i]), sum_i(P[n, i] * M[i]))
different = sp.Ne(sum_i((other[i] - M[i]) ** 2), 0)
unobserved = sp.Eq(P[n, i], 0)

ID = "S6a"
STATEMENT = Statement(
    forall=(
        *(alpha, k, xi, rest, more, E, H, A, B, a, b, c, V, C, M2, M4, i, j, m, n, d, N, width),
        *(e, q, u, v, e_, q_, u_, v_, P, M, other, nu),
    ),
    conclusion=(
        sp.Eq(sp.Derivative(prediction, xi), e[j] * q[m]),
        sp.Eq(of_column, q[m] * q_[m] * sp.Sum(e[j] * e_[j], (j, 1, d))),
        sp.Eq(kernel, 2 * alpha**2 * E * rows_v + 2 * alpha**2 * H * rows_u),
        sp.Implies(sp.And(*orthogonal), sp.Eq(K, 2 * alpha**2 * (a**2 + b**2) * E * H)),
        sp.Implies(sp.And(*same_row, sp.Eq(K, 0)), sp.Eq(A, 0)),
        sp.Implies(sp.And(*same_column, sp.Eq(K, 0)), sp.Eq(B, 0)),
        sp.Implies(equal_diagonal, sp.Eq(a**2, c**2)),
        sp.Implies(sp.And(*normal), sp.Eq(spread_same, 2)),
        sp.Implies(normal[0], sp.Eq(spread_other, 1)),
        sp.Implies(sp.Eq(C, 0), sp.Eq(mean_square, V / k)),
        sp.Eq(sp.Limit(2 / z, z, sp.oo), 0),
        sp.Implies(unobserved, sp.Eq(sp.Sum(P[n, i] * nu[n], (n, 1, N)), 0)),
        sp.Implies(
            sp.And(completed, agrees, different),
            sum_i(other[i] ** 2 / 2) > sum_i(M[i] ** 2 / 2),
        ),
    ),
    where={"f": prediction, "K": K, "K_start": kernel},
    examples=(
        {alpha: 1, E: 1, H: 0, A: 0, B: 1, a: 1, b: 1, c: 1},
        {alpha: 1, E: 0, H: 1, A: 1, B: 0},
        {M2: 1, M4: 3, C: 0, P[n, i]: 0},
        {M[i]: 0, other[i]: 1, P[n, i]: 0, nu[n]: 0, d: 1, N: 1},
    ),
)
REPAIRS = """
(a) asks for orthogonal columns of U_0 and V_0; the kernel has inner products of rows. Needed are
orthogonal rows of one length, as in U_0 = V_0 = I. One column of ones, or the columns (1, 2) and
(4, -2) of a square matrix, are orthogonal and give no delta kernel. (b) is of the kernel over k.
"""


@exact
def step_1_the_tangent_features() -> Proof:
    """e_j q_m for U_jm; for V_jm the same with h for e and p for q."""
    return prove_identity(sp.Derivative(prediction, xi), e[j] * q[m])


@exact
def step_2_a_column_of_the_kernel() -> Proof:
    """Summed over the weights U_jm of the m-th column: <e, e'> q_m q_m'."""
    return prove_identity(of_column, q[m] * q_[m] * sp.Sum(e[j] * e_[j], (j, 1, d)))


@exact
def step_3_the_kernel_at_the_unbiased_start() -> list[Proof]:
    """And the model is 0 there: what a column alpha u, alpha v gives, -alpha u, alpha v takes."""
    x, y = sp.symbols("x y", real=True)
    return [
        prove_identity(kernel, 2 * alpha**2 * E * rows_v + 2 * alpha**2 * H * rows_u),
        prove_identity((alpha * x) * (alpha * y) + (-alpha * x) * (alpha * y), 0),
    ]


@exact
def step_4_orthogonal_rows_of_one_length_give_the_delta_kernel() -> Proof:
    """<v, v'> = b^2 1(j = j') and <u, u'> = a^2 1(i = i')."""
    return prove_implication(orthogonal, sp.Eq(K, 2 * alpha**2 * (a**2 + b**2) * E * H))


@exact
def step_5_and_nothing_else_does() -> list[Proof]:
    """Off the diagonal, and along it for two rows of U_0, squared lengths a^2 and c^2."""
    return [
        prove_implication([*same_row, sp.Eq(K, 0)], sp.Eq(A, 0)),
        prove_implication([*same_column, sp.Eq(K, 0)], sp.Eq(B, 0)),
        prove_implication([equal_diagonal], sp.Eq(a**2, c**2)),
    ]


@exact
def step_6_wide_normal_starts_come_close_to_it() -> list[Proof]:
    return [
        prove_implication(normal, sp.Eq(spread_same, 2)),
        prove_implication(normal[:1], sp.Eq(spread_other, 1)),
        prove_implication([sp.Eq(C, 0)], sp.Eq(mean_square, V / k)),
        prove_limit(2 / z, z, sp.oo, 0),
    ]


@exact
def step_7_what_is_not_observed_stays_zero() -> Proof:
    x, y = sp.symbols("x y", real=True)
    term = prove_implication([sp.Eq(x, 0)], sp.Eq(x * y, 0))
    return sum_le_sum(term, x, P[n, i], n, N, others={y: nu[n]})


@exact
def step_8_it_is_the_least_frobenius_norm() -> Proof:
    return least_norm(P, M, other, nu, (i, d))


@exact
def step_9_the_delta_kernel_and_its_limit() -> list[Proof]:
    return [
        step_1_the_tangent_features(),
        step_2_a_column_of_the_kernel(),
        step_3_the_kernel_at_the_unbiased_start()[0],
        step_4_orthogonal_rows_of_one_length_give_the_delta_kernel(),
        *step_5_and_nothing_else_does(),
        *step_6_wide_normal_starts_come_close_to_it(),
        step_7_what_is_not_observed_stays_zero(),
        step_8_it_is_the_least_frobenius_norm(),
    ]


def check_the_kernel_by_differences() -> None:
    """The Jacobian of U V^T by differences, at an unbiased start."""
    rng = np.random.default_rng(6)
    left, right, scale = rng.normal(size=(3, 2)), rng.normal(size=(3, 2)), 1.7
    start = scale * np.stack([np.hstack([left, -left]), np.hstack([right, right])])

    def entries(weights: np.ndarray) -> np.ndarray:
        U, V = weights.reshape(start.shape)
        return (U @ V.T).ravel()

    np.testing.assert_allclose(entries(start), 0, atol=1e-12)
    steps = 1e-6 * np.eye(start.size)
    jacobian = [(entries(start.ravel() + h) - entries(start.ravel() - h)) / 2e-6 for h in steps]
    found = np.transpose(jacobian) @ jacobian
    eye = np.eye(3)
    expected = 2 * scale**2 * (np.kron(eye, right @ right.T) + np.kron(left @ left.T, eye))
    np.testing.assert_allclose(found, expected, atol=1e-6)


def check_normal_starts() -> None:
    """Mean squares of <u, u'>/k - 1(i = i') over many starts, against 2/k and 1/k."""
    rows = np.random.default_rng(60).normal(size=(2, 20000, 50))
    same = np.mean(((rows[0] ** 2).mean(axis=1) - 1) ** 2)
    different_rows = np.mean((rows[0] * rows[1]).mean(axis=1) ** 2)
    np.testing.assert_allclose([same, different_rows], [2 / 50, 1 / 50], rtol=0.05)


def refute_the_printed_orthogonal_columns() -> list[Refuted]:
    """<v, v'> = 0 for the two rows of one column (1, 1), and of the columns (1, 2), (4, -2)."""
    x_1, x_2, y_1, y_2 = sp.symbols("x_1 x_2 y_1 y_2", real=True)
    one_column = [sp.Eq(x_1, 1), sp.Eq(y_1, 1), sp.Eq(A, x_1 * y_1), *same_row]
    square = [sp.Eq(x_1 * x_2 + y_1 * y_2, 0), sp.Eq(A, x_1 * y_1 + x_2 * y_2), *same_row]
    lengths = [sp.Eq(x_1, 1), sp.Eq(y_1, 2), sp.Eq(x_2, 4), sp.Eq(y_2, -2)]
    return [
        expect_refuted(prove_implication, one_column, sp.Eq(K, 0)),
        expect_refuted(prove_implication, [*square, *lengths], sp.Eq(K, 0)),
    ]


def refute_other_kernels() -> list[Refuted]:
    """Half the start, another factor, and rows of two lengths."""
    half = sp.Sum(_kernel(alpha * u[m], alpha * u_[m], alpha * v[m], alpha * v_[m]), (m, 1, width))
    whole = 2 * alpha**2 * E * rows_v + 2 * alpha**2 * H * rows_u
    return [
        expect_refuted(prove_identity, half, whole),
        expect_refuted(prove_identity, kernel, whole * (1 + nudge)),
        expect_refuted(prove_implication, [sp.Eq(A, b**2 * H)], sp.Eq(K, 4 * alpha**2 * E * H)),
        expect_refuted(prove_implication, orthogonal, sp.Eq(K, 2 * alpha**2 * a**2 * b**2 * E * H)),
        expect_refuted(prove_limit, 2 / z, z, sp.oo, nudge),
    ]
