"""The notation of the statements: the problem, the flow of a coordinate, the two potentials.

What a symbol assumes (real, positive, integer) is part of every claim about it. A file that means
something else by one of these letters declares its own.

The potential of depth 2 is q, and that of depth D > 2 is q_deep, written by its dual variable.
"""

import sympy as sp

# The problem. X beta = y has N equations, of which n is one, in d unknowns, with i and j for them.
# Gradient flow ends at beta, and b is any other solution: X b = X beta, so that y is not needed.
i, j, d, n, N = sp.symbols("i j d n N", integer=True, positive=True)
X, beta, b = (sp.IndexedBase(name, real=True) for name in ("X", "beta", "b"))
beta_1, b_1 = sp.symbols("beta_1 b_1", real=True)  # one entry of each
# Dual vectors have an entry for each equation; xi stands for X^T nu.
nu, mu, xi = (sp.IndexedBase(name, real=True) for name in ("nu", "mu", "xi"))


def sum_i(entry: sp.Expr) -> sp.Sum:
    """The sum over i = 1..d."""
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


# The flow of one coordinate. beta_i = F(w) in weights w of its own, which start at alpha; c[n] is
# what the other coordinates and y_n add to the n-th residual r_n. In time t all that matters to the
# weights is g(t) = (X^T r(t))_i and its integral R.
alpha = sp.Symbol("alpha", positive=True)
c = sp.IndexedBase("c", real=True)
t, tau = sp.symbols("t tau", real=True)
g = sp.Function("g", real=True)
R = sp.Integral(g(tau), (tau, 0, t))


def residual_of(F: sp.Expr) -> sp.Expr:
    """r_n = (X beta - y)_n where beta_i = F."""
    return X[n, i] * F + c[n]


def loss_of(F: sp.Expr) -> sp.Sum:
    """L = ||r||_2^2, a sum and not a mean."""
    return sp.Sum(residual_of(F) ** 2, (n, 1, N))


def pull_of(F: sp.Expr, factor: sp.Expr) -> sp.Sum:
    """factor (X^T r)_i; dL/dw is this with twice dF/dw for the factor."""
    return sp.Sum(factor * X[n, i] * residual_of(F), (n, 1, N))


# Depth 2: beta_i = w_+^2 - w_-^2. The potential q is a function of z = beta_i/alpha^2. Its
# derivative is the dual variable s = asinh(z/2).
z, s = sp.symbols("z s", real=True)
w, y = sp.symbols("w y", real=True)  # other arguments, as of a tangent
q = 2 - sp.sqrt(4 + z**2) + z * sp.asinh(z / 2)


def q_at(entry: sp.Expr) -> sp.Expr:
    """q(entry/alpha^2)."""
    return q.subs(z, entry / alpha**2)


def Q_of(v: sp.IndexedBase) -> sp.Sum:
    """Q(v) = sum_i q(v_i/alpha^2), which is least at the end of the flow."""
    return sum_i(q_at(v[i]))


STATIONARY_2 = sp.Eq(sp.asinh(beta[i] / (2 * alpha**2)), X_transpose(nu))  # grad Q = X^T nu/alpha^2

# Depth D > 2: beta_i = w_+^D - w_-^D, where D is 2 + 2/a for one a > 0. With x for alpha^D,
# z = beta_i/x is h(s) at the dual variable s, which is in (-1, 1). H is the integral of h, and the
# conjugate of the potential, which is s z - H(s) at z = h(s).
a, x = sp.symbols("a x", positive=True)
p, D = 1 + a, 2 + 2 / a
h = (1 - s) ** (-p) - (1 + s) ** (-p)
H = ((1 - s) ** (-a) + (1 + s) ** (-a) - 2) / a
q_deep = s * h - H
INSIDE = (sp.Lt(-1, s), sp.Lt(s, 1))
OPEN = {s: (-1, 1)}


def base_of(start: sp.Expr, sign: int) -> sp.Expr:
    """w^(2-D) in time from w(0) = start, where sign is 1 for w_+ and -1 for w_-."""
    return start ** (2 - D) + sign * (2 * D * (D - 2) * R)


# beta is the end of the flow, and b another solution, where these hold: the KKT conditions.
DUAL = (sp.Lt(-1, xi[i]), sp.Lt(xi[i], 1))
STATIONARY = sp.Eq(xi[i], X_transpose(nu))
ENDS = sp.Eq(beta[i], x * h.subs(s, xi[i]))
FEASIBLE = sp.Eq(X_times(beta), X_times(b))
LEAST_L2 = sp.Eq(b[i], X_transpose(mu))  # and b is the solution of least l2 norm

epsilon = sp.Symbol("epsilon", positive=True)  # how near to its least or its limit
nudge = sp.Rational(1, 10**10)  # a change that a sharp constant does not survive
