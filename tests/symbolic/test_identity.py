"""True identities are proved, false ones never: the two lists, and attacks on each half alone."""

import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from implicitbias.symbolic import Refuted, Undecided, prove_identity, prove_integral
from implicitbias.symbolic.engine.tower import Tower
from implicitbias.symbolic.tactics import identity

z, v, s, x = sp.symbols("z v s x", real=True)
b, c = sp.symbols("b c", positive=True)
t, tau = sp.symbols("t tau", real=True)
f, g = sp.Function("f", real=True), sp.Function("g", real=True)
X, Y = sp.IndexedBase("X", real=True), sp.IndexedBase("Y", real=True)
n, N = sp.symbols("n N", integer=True, positive=True)
R = sp.Integral(g(tau), (tau, 0, t))
half = sp.Rational(1, 2)
nudge = sp.Rational(1, 10**10)

RIGHT, LEFT = {z: (0, sp.oo)}, {z: (-sp.oo, 0)}
INSIDE = {s: (-1, 1)}
p = 1 + c
q = 2 - sp.sqrt(4 + z**2) + z * sp.asinh(z / 2)
h = (1 - s) ** (-p) - (1 + s) ** (-p)

TRUE = {
    "content of a root": (sp.sqrt(z**2 / 4 + 1), sp.sqrt(z**2 + 4) / 2, {}),
    "root of a number": (sp.sqrt(8) * b, 2 * sp.sqrt(2) * b, {}),
    "roots of different orders": (b**half * b ** sp.Rational(1, 3), b ** sp.Rational(5, 6), {}),
    "root of a square": (sp.sqrt(sp.cosh(v) ** 2), sp.cosh(v), {}),
    "root where positive": (sp.sqrt((s - 1) ** 2), 1 - s, INSIDE),
    "rationalised": ((sp.sqrt(1 + z**2) - 1) / z, z / (1 + sp.sqrt(1 + z**2)), RIGHT),
    "a removable point outside": ((z**2 - 1) / (z - 1), z + 1, {z: (1, 5)}),
    "hyperbolic one": (sp.cosh(v) ** 2 - sp.sinh(v) ** 2, 1, {}),
    "double angle": (sp.sinh(2 * v), 2 * sp.sinh(v) * sp.cosh(v), {}),
    "half angle": (2 * sp.sinh(v / 2) ** 2, sp.cosh(v) - 1, {}),
    "tanh": (sp.tanh(v), sp.sinh(v) / sp.cosh(v), {}),
    "addition": (sp.exp(v + z), sp.exp(v) * sp.exp(z), {}),
    "exp of a sum of products": (sp.exp((v + z) ** 2 - v**2 - z**2), sp.exp(2 * v * z), {}),
    "sinh asinh": (sp.sinh(sp.asinh(z), evaluate=False), z, {}),
    "asinh sinh": (sp.asinh(sp.sinh(v)), v, {}),
    "atanh tanh": (sp.atanh(sp.tanh(v)), v, {}),
    "tanh atanh": (sp.tanh(sp.atanh(s), evaluate=False), s, INSIDE),
    "asinh is a log": (sp.asinh(z), sp.log(z + sp.sqrt(z**2 + 1)), {}),
    "tanh of half asinh": (sp.tanh(sp.asinh(z) / 2), z / (1 + sp.sqrt(1 + z**2)), {}),
    "log of a square": (sp.log(z**2), 2 * sp.log(-z), LEFT),
    "log of a quotient": (sp.log((1 + s) / (1 - s)), 2 * sp.atanh(s), INSIDE),
    "log of numbers": (sp.log(12), 2 * sp.log(2) + sp.log(3), {}),
    "log of exp": (sp.log(sp.cosh(v) + sp.sinh(v)), v, {}),
    "exponents split": (b ** (c + 2), b**2 * b**c, {}),
    "powers of powers": ((b**c) ** (1 / c), b, {}),
    "power of a product": ((b * (1 + b)) ** c, b**c * (1 + b) ** c, {}),
    "power as exp": (sp.exp(c * sp.log(b)), b**c, {}),
    "power of a negated base": ((1 - z) ** (-c), (1 / (1 - z)) ** c, {z: (-1, 1)}),
    "h keeping its digits": (
        2 * ((1 - s) * (1 + s)) ** (-p / 2) * sp.sinh(p * sp.atanh(s)),
        h,
        INSIDE,
    ),
    "derivative": (sp.Derivative(q, z), sp.asinh(z / 2), {}),
    "derivative of a power": (sp.Derivative(b**c, b), c * b ** (c - 1), {}),
    "chain rule": (sp.Derivative(f(t) ** 2, t), 2 * f(t) * sp.Derivative(f(t), t), {}),
    "integral": (sp.Derivative(sp.exp(-R), t), -g(t) * sp.exp(-R), {}),
    "empty integral": (sp.exp(R).subs(t, 0), 1, {}),
    "factor before a sum": (b * c * sp.Sum(X[n], (n, 1, N)), sp.Sum(b * X[n] * c, (n, 1, N)), {}),
    "a sum of sums": (
        b * sp.Sum(X[n], (n, 1, N)) - c * sp.Sum(Y[n], (n, 1, N)),
        sp.Sum(b * X[n] - c * Y[n], (n, 1, N)),
        {},
    ),
    "sums": (sp.Sum((X[n] - 1) ** 2, (n, 1, N)), sp.Sum(X[n] ** 2 - 2 * X[n] + 1, (n, 1, N)), {}),
    "absolute value": (sp.Abs(z), -z, LEFT),
    "logarithm of known sign": (sp.log(b) / sp.log(1 / b) + 1, 0, {b: (0, 1)}),
    "logarithm of known sign, with another symbol": (
        c * sp.sqrt(sp.log(1 / b) ** 2),
        -c * sp.log(b),
        {b: (0, 1)},
    ),
    "denominator whose sign the ladder knows": (z / q * q, z, RIGHT),
    "denominator whose sign the ladder knows, in full": (
        sp.sinh(v) / (sp.sinh(v) - v),
        1 / (1 - v / sp.sinh(v)),
        {v: (0, sp.oo)},
    ),
    "absolute values on both sides of 0": (sp.sqrt(z**2), sp.Abs(z), {}),
    "constants": (sp.exp(1) * sp.exp(sp.pi), sp.exp(1 + sp.pi), {}),
}

FALSE = {
    "sign": (sp.cosh(v) ** 2 + sp.sinh(v) ** 2, 1, {}),
    "tenth digit of a number": (sp.log(12) + nudge, 2 * sp.log(2) + sp.log(3), {}),
    "tenth digit of a term": (q + nudge * z, q, {}),
    "tenth digit of a constant": (sp.asinh((half + nudge) * z), sp.asinh(z / 2), {}),
    "tenth digit of an exponent": (b ** (c + nudge), b**c, {}),
    "tenth digit of a root": ((4 + z**2) ** (half + nudge), sp.sqrt(4 + z**2), {}),
    "tenth digit of a frequency": (sp.exp((1 + nudge) * v), sp.exp(v), {}),
    "root of a square": (sp.sqrt(z**2), z, {z: (-1, 1)}),
    "root of a square, other spelling": ((z**2) ** half, z, {}),
    "root of a square on the wrong side": (sp.sqrt((s - 1) ** 2), s - 1, INSIDE),
    "root of a square beyond 1000": (sp.sqrt((z - 1000) ** 2), z - 1000, {}),
    "root of a difference squared": (sp.sqrt((b - c) ** 2), b - c, {}),
    "absolute value": (sp.Abs(z), z, LEFT),
    "square of a sum": (sp.sqrt(b**2 + c**2), b + c, {}),
    "log of a sum": (sp.log(b + c), sp.log(b) + sp.log(c), {}),
    "log of a square": (sp.log(z**2), 2 * sp.log(z), {}),
    "log of a square, only on the left": (sp.log(z**2), 2 * sp.log(z), LEFT),
    "log of a power": (sp.log(b**2), sp.log(b) ** 2, {}),
    "power of a sum": ((b + 1) ** c, b**c + 1, {}),
    "powers of powers": ((b**c) ** c, b ** (2 * c), {}),
    "product of exponents": (b ** (c * v), b**c * b**v, {}),
    "exp of a product": (sp.exp(v * z), sp.exp(v) * sp.exp(z), {}),
    "asinh without the half": (sp.asinh(z), sp.asinh(z / 2), {}),
    "asinh for atanh": (sp.asinh(s), sp.atanh(s), INSIDE),
    "half angle without the two": (sp.sinh(v / 2) ** 2, sp.cosh(v) - 1, {}),
    "tanh of half asinh": (sp.tanh(sp.asinh(z) / 2), z / (1 - sp.sqrt(1 + z**2)), RIGHT),
    "q with the sign": (2 - sp.sqrt(4 + z**2) - z * sp.asinh(z / 2), q, {}),
    "derivative of q": (sp.Derivative(q, z), sp.asinh(z), {}),
    "derivative of a power": (sp.Derivative(b**c, b), c * b**c, {}),
    "h with a plus": ((1 - s) ** (-p) + (1 + s) ** (-p), h, INSIDE),
    "h with another power": ((1 - s) ** (-c) - (1 + s) ** (-c), h, INSIDE),
    "h even": (h.subs(s, -s), h, INSIDE),
    "derivative of an unknown": (sp.Derivative(f(t) ** 2, t), sp.Derivative(f(t), t) ** 2, {}),
    "two unknowns": (f(t), g(t), {}),
    "integral": (sp.Derivative(sp.exp(-R), t), g(t) * sp.exp(-R), {}),
    "factor before a sum": (b * sp.Sum(X[n], (n, 1, N)), sp.Sum(b**2 * X[n], (n, 1, N)), {}),
    "a sum of sums": (
        sp.Sum(X[n], (n, 1, N)) + sp.Sum(Y[n], (n, 1, N)),
        sp.Sum(X[n] - Y[n], (n, 1, N)),
        {},
    ),
    "sums": (sp.Sum(X[n] ** 2, (n, 1, N)), sp.Sum(X[n] * Y[n], (n, 1, N)), {}),
    "a removable point inside": ((z**2 - 1) / (z - 1), z + 1, {z: (-2, 2)}),
    "undefined on half of the domain": (sp.exp(sp.log(z), evaluate=False), z, {}),
    "undefined on both sides": (sp.log(-(b**2)), sp.log(-(b**2)) + 0 * b, {}),
    "atanh outside": (sp.tanh(sp.atanh(z), evaluate=False), z, {}),
    "zero denominator": (1 / (sp.cosh(v) ** 2 - sp.sinh(v) ** 2 - 1), 1, {}),
    "a pole common to both sides": (1 / z + 1, (1 + z) / z, {}),
    "the same pole on both sides": (1 / z, 1 / z, {}),
    "wrong on one piece": (sp.sqrt((z**2 - 1) ** 2), z**2 - 1, {}),
}
NOT_REFUTED = {  # no ball contradicts these: one side is undefined where the other differs
    "log of a square",
    "log of a square, only on the left",
    "a removable point inside",
    "undefined on half of the domain",
    "undefined on both sides",
    "atanh outside",
    "zero denominator",
    "a pole common to both sides",
    "the same pole on both sides",
}


@pytest.mark.parametrize("name", TRUE)
def test_true_identity_is_proved(name: str) -> None:
    lhs, rhs, domain = TRUE[name]
    proof = prove_identity(lhs, rhs, domain=domain)
    assert proof.statement == sp.Eq(lhs, rhs, evaluate=False)
    assert proof.kind == "exact"


@pytest.mark.parametrize("name", FALSE)
def test_false_identity_is_not_proved(name: str) -> None:
    lhs, rhs, domain = FALSE[name]
    with pytest.raises(Undecided if name in NOT_REFUTED else Refuted):
        prove_identity(lhs, rhs, domain=domain)


@pytest.mark.parametrize("name", FALSE)
def test_normal_form_alone_does_not_prove(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    lhs, rhs, domain = FALSE[name]
    monkeypatch.setattr(identity, "sample", lambda *_: None)
    with pytest.raises(Undecided):
        prove_identity(lhs, rhs, domain=domain)


def test_wrong_normal_form_meets_the_adversary(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Tower, "is_zero", lambda *_: True)
    for name in set(FALSE) - NOT_REFUTED:
        lhs, rhs, domain = FALSE[name]
        with pytest.raises(Refuted):
            prove_identity(lhs, rhs, domain=domain)


def expressions() -> st.SearchStrategy[sp.Expr]:
    """Expressions that are defined for every real z and v, and positive b."""
    numbers = st.fractions(-3, 3, max_denominator=4).map(
        lambda r: sp.Rational(r.numerator, r.denominator)
    )
    functions = (
        sp.sinh,
        sp.cosh,
        sp.tanh,
        sp.asinh,
        lambda e: sp.sqrt(1 + e**2),
        lambda e: sp.log(2 + e**2),
        lambda e: sp.exp(sp.tanh(e)),
        lambda e: b**e,
        lambda e: 1 / (1 + e**2),
    )
    return st.recursive(
        numbers | st.sampled_from([z, v, b]),
        lambda inner: st.one_of(
            st.builds(lambda e, d: e + d, inner, inner),
            st.builds(lambda e, d: e * d, inner, inner),
            st.builds(lambda function, e: function(e), st.sampled_from(functions), inner),
        ),
        max_leaves=4,
    )


@settings(max_examples=60, deadline=None)
@given(expressions(), expressions(), st.integers(6, 14))
def test_random_expression_is_not_its_nudged_self(
    expr: sp.Expr, other: sp.Expr, digit: int
) -> None:
    with pytest.raises((Refuted, Undecided)):
        prove_identity(expr + other, other + expr + sp.Rational(1, 10**digit))


def test_hypothesis_admits_a_base() -> None:
    base = 1 + 2 * f(t)
    lhs = sp.Derivative(sp.sqrt(base), t)
    rhs = sp.Derivative(f(t), t) / sp.sqrt(base)
    with pytest.raises(Undecided, match="not provably positive"):
        prove_identity(lhs, rhs)
    assert sp.Gt(base, 0) in prove_identity(lhs, rhs, given=[base > 0]).domain


def test_contradictory_hypotheses_prove_nothing() -> None:
    with pytest.raises(Undecided, match="only 0 of 0 points"):
        prove_identity(f(t), f(t), given=[f(t) > 0, -f(t) > 0])


def test_refutation_carries_a_point_that_a_reader_can_check() -> None:
    with pytest.raises(Refuted, match="is false at z = ") as caught:
        prove_identity(sp.Abs(z), z, domain={z: (-1, 1)})
    point = caught.value.point
    assert -1 < point[z] < 0
    assert caught.value.lhs_value.startswith("[0.")
    assert caught.value.rhs_value.startswith("[-0.")


def test_symbols_keep_what_they_assume() -> None:
    assert prove_identity(sp.Abs(b - c) ** 2, (b - c) ** 2)
    assert prove_identity(sp.Abs(b), b, domain={b: (-1, 1)}).domain == (
        sp.Lt(0, b, evaluate=False),
        b < 1,
    )


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ((0.1 * z, z / 10), TypeError, "a float is not exact"),
        ((z, 0.5), TypeError, "a float is not exact"),
        ((f(sp.Float(0.5)), 1), TypeError, "a float is not exact"),
        ((sp.I * z, z), TypeError, "not a real expression"),
        ((sp.nan, sp.nan), TypeError, "not a real expression"),
        ((sp.oo, sp.oo), TypeError, "not a real expression"),
        ((z > 0, z), TypeError, "scalar expression"),
        (("z", z), ValueError, "z"),
        ((sp.Symbol("w"), 1), TypeError, "must be real"),
        ((n, n), TypeError, "must be real, not complex or integer"),
        ((sp.Function("k")(t), 1), TypeError, "real unknown"),
        ((sp.Symbol("m", nonnegative=True), 1), ValueError, "not an open condition"),
    ],
)
def test_bad_statement_is_refused(
    arguments: tuple[object, object], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        prove_identity(*arguments)


@pytest.mark.parametrize(
    ("domain", "error", "message"),
    [
        ({z: (1, 1)}, ValueError, "empty"),
        ({z: (sp.sqrt(2), 2)}, ValueError, "rational"),
        ({z: (0.5, 2)}, ValueError, "rational"),
        ({sp.Symbol("z"): (0, 1)}, ValueError, "does not contain"),
    ],
)
def test_bad_domain_is_refused(
    domain: dict[sp.Symbol, tuple[object, object]], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        prove_identity(z, z, domain=domain)


@pytest.mark.parametrize(
    "expr",
    [
        f(z + 1) - f((z**2 - 1) / (z - 1)),  # equal, but two unknowns to the adversary
        sp.Integral(g(tau), (tau, 0, 1)) + sp.Integral(g(tau), (tau, 1, 2)),
        sp.Integral(sp.exp(-(tau**2)), (tau, 0, t)),
        sp.Integral(sp.Function("k", positive=True)(tau), (tau, 0, t)),
        sp.Sum(X[n] - X[N + 1 - n], (n, 1, N)),
        sp.Sum(X[n], (n, 1, 5)),
        X[n] * sp.Sum(X[n], (n, 1, N)),
        sp.Sum(X[n], (n, 1, N)) ** 2,
        sp.Sum(X[n], (n, 1, N)) + sp.Sum(X[n], (n, 1, 5)),
        sp.Sum(X[n], (n, 1, N)) + X[n],
        sp.Max(z, v),
        sp.gamma(b),
    ],
)
def test_what_the_adversary_could_misjudge_is_undecided(expr: sp.Expr) -> None:
    with pytest.raises(Undecided):
        prove_identity(expr, expr + 1)


def test_integral_is_proved_by_its_derivative_and_start() -> None:
    proof = prove_integral(sp.asinh(z / 2), z, q, 0)
    assert isinstance(proof.statement.lhs, sp.Integral)
    assert len(proof.premises) == 3
    with pytest.raises(Refuted):
        prove_integral(sp.asinh(z / 2), z, q + 1, 0)
    with pytest.raises(Undecided):  # across a pole
        prove_integral(-1 / z**2, z, 1 / z + 1, -1)
    with pytest.raises(ValueError, match="starts at 2, outside"):
        prove_integral(h, s, h, 2, domain=INSIDE)


def test_adding_sums_does_not_cancel_what_is_undefined() -> None:
    inverse = sp.Sum(1 / X[n], (n, 1, N))
    for side, other in (
        (inverse + sp.Sum(X[n] - 1 / X[n], (n, 1, N)), sp.Sum(X[n], (n, 1, N))),
        (z * sp.Sum(X[n] / z, (n, 1, N)), sp.Sum(X[n], (n, 1, N))),
    ):
        with pytest.raises((Refuted, Undecided)):
            prove_identity(side, other)
