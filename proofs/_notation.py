"""The notation that the statements share: the problem, the flow of a coordinate, the potentials.

A symbol carries what it assumes (real, positive, integer), and that is part of every claim about
it. A file that means something else by a letter declares its own.
"""

import sympy as sp

# The problem is X beta = y: N equations in d unknowns. A coordinate is i (or j), an equation n.
# Gradient flow ends at beta, and b is any other solution: X b = X beta, so that y is not needed.
i, j, d, n, N = sp.symbols("i j d n N", integer=True, positive=True)
X, beta, b = (sp.IndexedBase(name, real=True) for name in ("X", "beta", "b"))
beta_1, b_1 = sp.symbols("beta_1 b_1", real=True)  # one entry of each
# Dual vectors, an entry for each equation; xi is X^T nu, an entry for each coordinate.
nu, mu, xi = (sp.IndexedBase(name, real=True) for name in ("nu", "mu", "xi"))


def sum_i(entry: sp.Expr) -> sp.Sum:
    """The sum of an entry over the coordinates, i = 1..d."""
    return sp.Sum(entry, (i, 1, d))


def l1_norm(v: sp.IndexedBase) -> sp.Sum:
    """||v||_1."""
    return sum_i(sp.Abs(v[i]))


def square_norm(v: sp.IndexedBase) -> sp.Sum:
    """||v||_2^2."""
    return sum_i(v[i] ** 2)


def X_times(v: sp.IndexedBase) -> sp.Sum:
    """(X v)_n."""
    return sum_i(X[n, i] * v[i])


def X_transpose(dual: sp.IndexedBase) -> sp.Sum:
    """(X^T nu)_i."""
    return sp.Sum(X[n, i] * dual[n], (n, 1, N))


# The flow of one coordinate. beta_i = F(w) in the weights w of the coordinate, and c[n] is what the
# other coordinates and y_n add to the n-th residual. Both weights start at alpha. Of the residual r
# in time, only g(t) = (X^T r(t))_i and its integral matter.
alpha = sp.Symbol("alpha", positive=True)
c = sp.IndexedBase("c", real=True)
t, tau = sp.symbols("t tau", real=True)
g = sp.Function("g", real=True)
R = sp.Integral(g(tau), (tau, 0, t))


def residual_of(F: sp.Expr) -> sp.Expr:
    """r_n = (X beta - y)_n where beta_i = F."""
    return X[n, i] * F + c[n]


def loss_of(F: sp.Expr) -> sp.Sum:
    """L = ||r||_2^2, a sum and not a mean: its gradient has a factor 2."""
    return sp.Sum(residual_of(F) ** 2, (n, 1, N))


def pull_of(F: sp.Expr, factor: sp.Expr) -> sp.Sum:
    """factor (X^T r)_i: what the partial derivatives of L are, each with a factor of its own."""
    return sp.Sum(factor * X[n, i] * residual_of(F), (n, 1, N))


# Depth 2, beta_i = w_+^2 - w_-^2. The potential is that of z = beta_i/alpha^2; z = 2 sinh(s) at the
# dual variable s.
z, s = sp.symbols("z s", real=True)
w, y = sp.symbols("w y", real=True)  # other arguments, as where a tangent touches
q = 2 - sp.sqrt(4 + z**2) + z * sp.asinh(z / 2)


def q_at(entry: sp.Expr) -> sp.Expr:
    """q(entry / alpha^2)."""
    return q.subs(z, entry / alpha**2)


def Q_of(v: sp.IndexedBase) -> sp.Sum:
    """Q(v) = sum_i q(v_i / alpha^2), which is least at the end of the flow."""
    return sum_i(q_at(v[i]))


# The end of the flow of depth 2: that of X^T nu is the gradient of Q, but for a factor.
STATIONARY_2 = sp.Eq(sp.asinh(beta[i] / (2 * alpha**2)), X_transpose(nu))

# Depth D > 2, beta_i = w_+^D - w_-^D. Every D > 2 is 2 + 2/a for one a > 0. With x for alpha^D,
# z = beta_i/x is h(s) at the dual variable s, which is in (-1, 1). H is the conjugate of the
# potential q_D, so that q_D(z) = s z - H(s) at z = h(s).
a, x = sp.symbols("a x", positive=True)
p, D = 1 + a, 2 + 2 / a
h = (1 - s) ** (-p) - (1 + s) ** (-p)
H = ((1 - s) ** (-a) + (1 + s) ** (-a) - 2) / a
q_deep = s * h - H


def base_of(start: sp.Expr, sign: int) -> sp.Expr:
    """w^(2-D) in time from w(0) = start: that of w_+ for the sign 1, that of w_- for -1."""
    return start ** (2 - D) + sign * (2 * D * (D - 2) * R)


INSIDE = (sp.Lt(-1, s), sp.Lt(s, 1))
OPEN = {s: (-1, 1)}

# The end of the flow of depth D > 2 satisfies the KKT conditions of min Q(b) s.t. X b = X beta.
DUAL = (sp.Lt(-1, xi[i]), sp.Lt(xi[i], 1))
STATIONARY = sp.Eq(xi[i], X_transpose(nu))
ENDS = sp.Eq(beta[i], x * h.subs(s, xi[i]))
FEASIBLE = sp.Eq(X_times(beta), X_times(b))
LEAST_L2 = sp.Eq(b[i], X_transpose(mu))  # of b: the solution of least l2 norm

# How near something is to its least or its limit; and a change that no bound survives if it is
# sharp, or formula if it is one.
epsilon = sp.Symbol("epsilon", positive=True)
nudge = sp.Rational(1, 10**10)
