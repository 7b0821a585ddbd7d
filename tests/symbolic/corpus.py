"""Statements in one variable, true and false, that the tactics for signs are measured against.

A row is (expression, lower, upper), read as `expression >= 0` on the open interval in the tables
named NONNEGATIVE and `expression > 0` in those named POSITIVE. The false ones are of the kinds a
careless tactic proves: a constant nudged in its tenth digit, strict for non-strict at equality,
wrong at one point, wrong only beyond 1e6 or below 1e-12, a branch cut, an undefined point inside.
"""

import sympy as sp

x = sp.Symbol("x", real=True)
R, oo = sp.Rational, sp.oo
sqrt, exp, log = sp.sqrt, sp.exp, sp.log
sinh, cosh, tanh, asinh, atanh = sp.sinh, sp.cosh, sp.tanh, sp.asinh, sp.atanh
nudge = R(1, 10**10)
tiny, large = R(1, 10**12), sp.Integer(10) ** 6

q = 2 - sqrt(4 + x**2) + x * asinh(x / 2)
G = x * q.subs(x, 1 / x) + log(x) + 1  # the remainder of u q(1/u) = -log u - 1 + G
E_H = x * sinh(x) / (cosh(x) - 1)  # elasticity of the conjugate 2 cosh - 2
E_q = 1 / (1 - tanh(x / 2) / x)  # elasticity of q at 2 sinh x


def power_of(depth):
    return R(depth, depth - 2)


def h(depth):
    p = power_of(depth)
    return (1 - x) ** -p - (1 + x) ** -p


def conjugate(depth):
    a = R(2, depth - 2)
    return ((1 - x) ** -a + (1 + x) ** -a - 2) / a


def kappa(depth):
    p = power_of(depth)
    return (p + 1) * (p + 2) / (48 * p**3)


def sharp_lower(depth, coefficient):
    """q_D(h(s)) - h**2/(4p) + coefficient * h**4 / 4, with q_D(h(s)) = s h - q_D*(s)."""
    p = power_of(depth)
    return (
        x * h(depth) - conjugate(depth) - h(depth) ** 2 / (4 * p) + coefficient * h(depth) ** 4 / 4
    )


TRUE_NONNEGATIVE = {
    "q below its parabola": (x**2 / 4 - q, -oo, oo),
    "q above its quartic": (q - x**2 / 4 + x**4 / 192, -oo, oo),
    "q is nonnegative": (q, -oo, oo),
    "q below x asinh": (x * asinh(x / 2) - q, -oo, oo),
    "q doubles": (q.subs(x, 2 * x) - 2 * q, -oo, oo),
    "q at most quadruples": (4 * q - q.subs(x, 2 * x), -oo, oo),
    "remainder of q at most 2u": (2 * x - G, 0, oo),
    "remainder in v": (sinh(x) - 1 + exp(-x) - 2 * log(cosh(x / 2)), 0, oo),
    "paper's (46), left": (x * q.subs(x, 1 / x) + 1 + log(x), 0, oo),
    "paper's (46), right": (3 * x - 1 - log(x) - x * q.subs(x, 1 / x), 0, oo),
    "logarithm below its tangent": (x - 1 - log(x), 0, oo),
    "logarithm above 1 - 1/x": (log(x) - 1 + 1 / x, 0, oo),
    "root between": (1 + sp.Abs(x) - sqrt(1 + x**2), -oo, oo),
    "root above": (sqrt(1 + x**2) - sp.Abs(x), -oo, oo),
    "fourth derivative of q": ((x**2 + 2) / 16 - (2 * x**2 - 4) / (4 + x**2) ** R(5, 2), -oo, oo),
    "fourth derivative of q, below": (
        (x**2 + 2) / 16 + (2 * x**2 - 4) / (4 + x**2) ** R(5, 2),
        -oo,
        oo,
    ),
    "curvature of q": (R(1, 2) - 1 / sqrt(4 + x**2), -oo, oo),
    "kernel sandwich, depth 3": (kappa(3) * h(3) ** 3 - h(3) / (2 * power_of(3)) + x, 0, 1),
    "kernel sandwich, depth 4": (kappa(4) * h(4) ** 3 - h(4) / (2 * power_of(4)) + x, 0, 1),
    "kernel sandwich, depth 6": (kappa(6) * h(6) ** 3 - h(6) / (2 * power_of(6)) + x, 0, 1),
    "sharp lower half, depth 3": (sharp_lower(3, kappa(3)), -1, 1),
    "sharp lower half, depth 4": (sharp_lower(4, kappa(4)), -1, 1),
    "depth infinity below its parabola": (
        x**2 / 4 - sqrt(1 + x**2) + 1 + log((1 + sqrt(1 + x**2)) / 2),
        -oo,
        oo,
    ),
    "entropy": (x * log(x) - x + 1, 0, oo),
    "split form, depth 3": (x - R(3, 2) * x ** R(2, 3) + R(1, 2), 0, oo),
    "explicit regularizer": ((x**2 - 1) ** 2, -oo, oo),
    "exponential above its tangent at 1": (exp(x) - sp.E * x, -oo, oo),
    "cosh above its parabola": (cosh(x) - 1 - x**2 / 2, -oo, oo),
    "cosh below the Gaussian": (exp(x**2 / 2) - cosh(x), -oo, oo),
    "tanh above its cubic": (tanh(x) - x + x**3 / 3, 0, oo),
    "double root at a third": (x**3 - x**2 / 3 - x / 9 + R(1, 27), 0, oo),
    "equality everywhere": (cosh(x) ** 2 - sinh(x) ** 2 - 1, -oo, oo),
    "a triple zero at the edge": ((x - 1) ** 3 * exp(-x), 1, oo),
    "irrational double root": ((x**2 - 2) ** 2, -oo, oo),
    "absolute value": (sp.Abs(x**3) - x**3, -oo, oo),
}
TRUE_POSITIVE = {
    "remainder of q": (G, 0, oo),
    "remainder of q increases": (sp.diff(G, x), 0, oo),
    "q off 0": (q, 0, oo),
    "q' increases": (1 / sqrt(4 + x**2), -oo, oo),
    "elasticity of q above 1": (E_q - 1, 0, oo),
    "elasticity of q below 2": (2 - E_q, 0, oo),
    "elasticity of q falls": (-sp.diff(E_q, x), 0, oo),
    "elasticity of the conjugate above 2": (E_H - 2, 0, oo),
    "elasticity of the conjugate increases": (sp.diff(E_H, x), 0, oo),
    "h increases, depth 3": (sp.diff(h(3), x), -1, 1),
    "h increases, depth 6": (sp.diff(h(6), x), -1, 1),
    "h is convex on the right, depth 3": (sp.diff(h(3), x, 2), 0, 1),
    "upper half, depth 3": (h(3) / (2 * power_of(3)) - x, 0, 1),
    "upper half, depth 4": (h(4) / (2 * power_of(4)) - x, 0, 1),
    "upper half, depth 6": (h(6) / (2 * power_of(6)) - x, 0, 1),
    "depth 3 at equal scale below depth 2": (
        log((1 + x) / (1 - x)) - 2 * x,
        0,
        1,
    ),
    "atanh above its cubic": (atanh(x) - x - x**3 / 3, 0, 1),
    "log1p below": (x / sqrt(1 + x) - log(1 + x), 0, oo),
    "arithmetic and logarithmic mean": ((1 + x) / 2 - (x - 1) / log(x), 1, oo),
    "logarithmic and geometric mean": ((x - 1) / log(x) - sqrt(x), 1, oo),
    "true by 1e-30 at 1": ((x - 1) ** 2 + R(1, 10**30), -oo, oo),
    "tail": (exp(x) - x**20, 100, oo),
    "root of a root": (sqrt(x) + R(1, 2) - sqrt(x + sqrt(x)), 0, oo),
    "log cosh beside a root": (x - log(cosh(x)) + 1 / sqrt(1 + x), 0, oo),
    "exponential of a root": (exp(sqrt(1 + x**2)) - 1 - x - x**2 / 2, -oo, oo),
    "irrational constants": (x**2 - log(2) * x + R(1, 8), -oo, oo),
    "cube roots": ((1 + x) ** R(2, 3) - x ** R(2, 3), 0, oo),
    "Bernoulli": ((1 + x) ** R(7, 5) - 1 - R(7, 5) * x, 0, oo),
    "x to the x": (x**x - R(69, 100), 0, oo),
    "sum of two scales": (asinh(x) - asinh(x / 2), 0, oo),
}

FALSE_NONNEGATIVE = {
    # the tenth digit
    "parabola nudged": ((R(1, 4) - nudge) * x**2 - q, -oo, oo),
    "quartic nudged": (q - x**2 / 4 + (R(1, 192) - nudge) * x**4, -oo, oo),
    "quartic nudged, near 0": (q - (R(1, 4) + nudge) * x**2 + x**4 / 192, -oo, oo),
    "constant of q nudged": (q - nudge, -oo, oo),
    "asinh's factor nudged": (x**2 / 4 - q - x * asinh((1 + nudge) * x) + x * asinh(x), -oo, oo),
    "remainder nudged": ((2 - nudge) * x - G, 0, oo),
    "remainder shifted": (G - nudge, 0, oo),
    "(46) with a smaller constant": ((2 - nudge) * x - 1 - log(x) - x * q.subs(x, 1 / x), 0, oo),
    "log's tangent nudged": (x - 1 - (1 + nudge) * log(x), 0, oo),
    "log's tangent shifted": (x - 1 - nudge - log(x), 0, oo),
    "1 - 1/x nudged": (log(x) - 1 + (1 - nudge) / x, 0, oo),
    "sandwich nudged, depth 3": ((kappa(3) - nudge) * h(3) ** 3 - h(3) / 6 + x, 0, 1),
    "sandwich nudged, depth 4": ((kappa(4) - nudge) * h(4) ** 3 - h(4) / 4 + x, 0, 1),
    "sandwich nudged, depth 6": ((kappa(6) - nudge) * h(6) ** 3 - h(6) / 3 + x, 0, 1),
    "sharp lower half nudged": (sharp_lower(4, kappa(4) - nudge), -1, 1),
    "upper half nudged, depth 3": (h(3) / (6 + nudge) - x, 0, 1),
    "upper half nudged, depth 4": (h(4) / (4 + nudge) - x, 0, 1),
    "upper half nudged, depth 6": (h(6) / (3 + nudge) - x, 0, 1),
    "curvature nudged": (R(1, 2) - nudge - 1 / sqrt(4 + x**2), -oo, oo),
    "entropy nudged": (x * log(x) - x + 1 - nudge, 0, oo),
    "split form nudged": (x - (R(3, 2) + nudge) * x ** R(2, 3) + R(1, 2), 0, oo),
    "exponential nudged": (exp(x) - sp.E * x * (1 + nudge), 0, oo),
    "cosh nudged": (cosh(x) - 1 - (R(1, 2) + nudge) * x**2, -oo, oo),
    "Gaussian nudged": (exp((R(1, 2) - nudge) * x**2) - cosh(x), -oo, oo),
    "tanh nudged": (tanh(x) - x + (R(1, 3) - nudge) * x**3, 0, oo),
    "elasticity above 1 nudged": (E_q - 1 - nudge, 0, oo),
    "elasticity below 2 nudged": (2 - nudge - E_q, 0, oo),
    "e in ten digits": (exp(x) - R(271828182846, 10**11) * x, 0, oo),
    "log 2 in ten digits": (x**2 - 2 * x * log(2) + R(6931471805, 10**10) ** 2, -oo, oo),
    "root nudged": ((1 + nudge) * sp.Abs(x) + 1 - sqrt(1 + x**2) - 2 * nudge * x**2, -oo, oo),
    "Bernoulli nudged": ((1 + x) ** R(7, 5) - 1 - (R(7, 5) + nudge) * x, 0, oo),
    "x to the x": (x**x - R(6922006276, 10**10), 0, oo),
    "double root nudged": (x**3 - x**2 / 3 - x / 9 + R(1, 27) - nudge, 0, oo),
    # wrong at one point or in a tiny window
    "window of width 1e-5": ((x - 1) ** 2 - nudge, -oo, oo),
    "window of width 1e-15": ((x - 1) ** 2 - R(1, 10**30), -oo, oo),
    "window at an irrational point": ((x**2 - 2) ** 2 - R(1, 10**24), -oo, oo),
    "window at log 2": ((exp(x) - 2) ** 2 - R(1, 10**24), -oo, oo),
    "window in a product": ((x - 1) * (x - 1 - nudge) * exp(x), 0, oo),
    "window near an end": ((x - 1 + nudge) * (x - 2), 2 - 2 * nudge, oo),
    "simple zero": ((x - 1) * exp(-x), 0, oo),
    "simple zero at an irrational point": (x**2 - 2, 1, 2),
    "simple zero of a logarithm": (log(x) - 1, 1, 10),
    "two zeros close together": ((x - R(1, 3)) * (x - R(1, 3) - tiny), 0, 1),
    # wrong only far away
    "beyond 1e6": (large - x, 0, oo),
    "beyond 1e6 by a logarithm": (log(large) - log(1 + x), 0, oo),
    "beyond 1e6, growth": (x * (1 + large) - x**2 + 1, 0, oo),
    "beyond 1e6, roots": (1001 - sqrt(1 + x), 0, oo),
    "far beyond": (sp.Integer(10) ** 30 - x, -oo, oo),
    "far beyond, a logarithm": (100 - log(1 + x), 0, oo),
    "far beyond, exp against a power": (x**40 + 1 - exp(x / 10), 0, oo),
    "far to the left": (sp.Integer(10) ** 9 + x, -oo, oo),
    "q below a line": (30 * x + 5 - q, 0, oo),
    "q below a power": (10 * x ** R(11, 10) + 5 - x * log(x) ** 2, 1, oo),
    "tail of tanh": (tanh(x) - 1 + R(1, 10**20) - exp(-x) / 10**30, 0, oo),
    "decay too slow": (R(1, 10**7) - 1 / x - exp(-x), large, oo),
    # wrong only close to an end
    "below 1e-12": (x - tiny, 0, oo),
    "below 1e-12, logarithm": (log(x) + 28, 0, oo),
    "below 1e-12, quadratic": (x**2 - tiny * x, 0, oo),
    "below 1e-40, quadratic": (x**2 - x / 10**40, 0, oo),
    "below 1e-12, root": (x - R(1, 10**7) * sqrt(x), 0, oo),
    "below 1e-12, x log x": (x + x * log(x) / 30, 0, oo),
    "below 1e-12, q": (q / x**2 - R(1, 4) + x**2 / 192 - tiny**2 / 10, 0, oo),
    "close to 1": ((1 - x) - tiny, 0, 1),
    "close to 1, a pole": (large**2 + log(1 - x) - 1 / (1 - x), 0, 1),
    "close to 1, a root": (sqrt(1 - x) - R(1, 10**7), 0, 1),
    "atanh is unbounded": (20 - atanh(x), 0, 1),
    # not real or not defined inside
    "root of a negative": (sqrt(x), -1, oo),
    "root of a negative beyond 1e6": (sqrt(large - x), 0, oo),
    "root of a negative in a window": (sqrt((x - 1) ** 2 - nudge), -oo, oo),
    "cube root of a negative": (x ** R(2, 3), -1, 1),
    "log of a negative": (log(x) ** 2, -1, 1),
    "log of 0": (5 + log(x**2) ** 2, -1, 1),
    "pole": (1 / x**2, -1, 1),
    "pole at a third": (1 / (3 * x - 1) ** 2, -1, 1),
    "poles that cancel in the limit": (sinh(x) / x - 1, -oo, oo),
    "removable logarithm": (log(x) / (x - 1), 0, oo),
    "removable root": ((sqrt(1 + x) - 1) / x, -1, oo),
    "removable q": (R(1, 4) - q / x**2, -oo, oo),
    "pole of tanh": (1 / tanh(x) ** 2 - 1, -oo, oo),
    "atanh outside": (atanh(x) ** 2, -2, 2),
    "square of a root": (sqrt(x) ** 4 + 1 / (1 + sqrt(x)), -1, 1),
    "root of a cubic": (sqrt(x**3 - x), -1, oo),
    "log of a difference": (x - log(exp(x) - 1), -1, oo),
    "exponential pole": (exp(-1 / x**2), -1, 1),
    "x to the x at a negative": (x**x, -1, 1),
    "elasticity at 0": (E_H - 1, -oo, oo),
    # branches
    "root of a square": (x - sqrt(x**2), -oo, oo),
    "root of a square beyond 1000": (x - 1000 + sqrt((x - 1000) ** 2) - nudge, 0, oo),
    "product of roots": (sqrt(x - 1) * sqrt(x - 2) - sqrt((x - 1) * (x - 2)) - nudge, 2, oo),
    "asinh of the other branch": (log(sqrt(1 + x**2) - x) - asinh(x), -oo, oo),
    "log of a square": (log(x**2) - 2 * log(2 + x), 0, oo),
    # wrong inequalities
    "other direction": (q - x**2 / 4, -oo, oo),
    "exponent too small": (x**2 / 192 - x**2 / 4 + q, -oo, oo),
    "asinh for asinh of half": (x**2 / 4 - 2 + sqrt(4 + x**2) - x * asinh(x), -oo, oo),
    "sinh below x": (x - sinh(x), 0, oo),
    "odd function": (tanh(x), -oo, oo),
    "sign of a cubic": (x**3 - 3 * x + 1, -oo, oo),
    "log above root": (log(x) - sqrt(x) + R(7, 10), 0, oo),
    "negative constant": (-tiny + 0 * x, -oo, oo),
    "negative irrational constant": (x**2 + log(2) - R(69314718056, 10**11), -oo, oo),
    "Lemma 3 as an upper bound": (R(1, 2) * x**2 / 4 - q, -oo, oo),
    "(68) without its square": (R(1, 24) * (x**6 + 2 * x**4) / 16 - 1 + x**2 / 4 - q, -oo, oo),
}
FALSE_POSITIVE = {
    "square at its zero": ((x - 1) ** 2, -oo, oo),
    "q at 0": (q, -oo, oo),
    "parabola at 0": (x**2 / 4 - q, -oo, oo),
    "quartic at 0": (q - x**2 / 4 + x**4 / 192, -oo, oo),
    "log's tangent at 1": (x - 1 - log(x), 0, oo),
    "exponential's tangent at 1": (exp(x) - sp.E * x, -oo, oo),
    "entropy at 1": (x * log(x) - x + 1, 0, oo),
    "split form at 1": (x - R(3, 2) * x ** R(2, 3) + R(1, 2), 0, oo),
    "cosh at 0": (cosh(x) - 1, -oo, oo),
    "root at 0": (sqrt(1 + x**2) - 1, -oo, oo),
    "absolute value at 0": (sp.Abs(x), -oo, oo),
    "identically 0": (cosh(x) ** 2 - sinh(x) ** 2 - 1, -oo, oo),
    "identically 0 on the right": (sp.Abs(x) - x, -1, oo),
    "double root at a third": (x**3 - x**2 / 3 - x / 9 + R(1, 27), 0, oo),
    "root that vanishes": (sqrt((x - 2) ** 2) * exp(x), 0, oo),
    "irrational double root": ((x**2 - 2) ** 2, -oo, oo),
    "zero beyond 1e6": ((x - large - 1) ** 2, 0, oo),
    "zero below 1e-12": ((x - tiny / 2) ** 2, 0, oo),
    "upper half at 0": (h(4) / 4 * x - x**2, -1, 1),
    "h at 0": (h(3) * x, -1, 1),
}
