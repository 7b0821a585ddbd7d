"""Random statements moved to just above and just below their least value.

The least value is sampled, so "below" is only expected to be true; "above" is false by the point
at which it was sampled, and must never be proved.
"""

import flint
import sympy as sp
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from implicitbias.symbolic import Refuted, Undecided, prove_nonnegative, prove_positive
from implicitbias.symbolic.engine.points import value

x = sp.Symbol("x", real=True)
R = sp.Rational

numbers = (
    st.fractions(-3, 3, max_denominator=3).filter(bool).map(lambda r: R(r.numerator, r.denominator))
)
leaves = st.one_of(numbers, st.just(x), numbers.map(lambda c: c * x))
functions = (
    sp.tanh,
    sp.asinh,
    lambda e: sp.sqrt(1 + e**2),
    lambda e: sp.log(2 + e**2),
    lambda e: 1 / (1 + e**2),
    lambda e: sp.exp(-(e**2) / 2),
    lambda e: e**2,
    sp.Abs,
)
expressions = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.builds(lambda a, b: a + b, inner, inner),
        st.builds(lambda a, b: a * b, inner, inner),
        st.builds(lambda f, a: f(a), st.sampled_from(functions), inner),
    ),
    max_leaves=3,
).filter(lambda e: e.has(x))
SAMPLES = [R(k, 16) for k in range(-47, 48)]


def least(expr: sp.Expr) -> tuple[sp.Rational, sp.Rational] | None:
    """A point of (-3, 3) with a small value, and that value to 40 digits."""
    found = []
    for point in SAMPLES:
        here = value(expr, x, point)
        if not here.is_finite():
            return None
        found.append((here.mid(), point))
    _, point = min(found)
    step = R(1, 16)
    for _ in range(60):  # a descent by halves
        near = [p for p in (point - step, point, point + step) if -3 < p < 3]
        point = min(near, key=lambda p: value(expr, x, p).mid())
        step /= 2
    with flint.ctx.workprec(256):
        middle = value(expr, x, point).mid() * 10**40
        return point, R(int(middle.floor().unique_fmpz() or 0), 10**40)


@settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck))
@given(expressions, st.integers(8, 30))
def test_false_by_a_little_is_never_proved(expr: sp.Expr, digit: int) -> None:
    found = least(expr)
    if found is None:
        return
    point, bottom = found
    false = expr - bottom - R(1, 10**digit)
    assert value(false, x, point) < 0
    for tactic in (prove_nonnegative, prove_positive):
        try:
            proof = tactic(false, x, -3, 3)
        except (Refuted, Undecided):
            continue
        raise AssertionError(f"proved, and false at {point}: {proof}")


@settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
@given(expressions, st.integers(3, 12))
def test_refutation_is_right(expr: sp.Expr, digit: int) -> None:
    """What is refuted is negative at the point, by balls of another precision."""
    found = least(expr)
    if found is None:
        return
    statement = expr - found[1] + R(1, 10**digit)
    try:
        prove_nonnegative(statement, x, -3, 3)
    except Refuted as refuted:
        assert value(statement, x, refuted.point[x], bits=777) < 0
    except Undecided:
        return


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(-5, 5), min_size=1, max_size=3), st.integers(1, 25), st.booleans())
def test_squares_moved_by_a_digit(roots: list[int], digit: int, exponential: bool) -> None:
    """prod (x - r)^2, with exp for x in half of the cases: sharp at the roots."""
    square = sp.prod((x - r) ** 2 for r in roots)
    if exponential:
        square = square.subs(x, sp.exp(x) - 6)  # the roots are at log(r + 6)
    step = R(1, 10**digit)
    assert prove_nonnegative(square, x)
    assert prove_positive(square + step, x)
    try:
        prove_nonnegative(square - step, x)
    except Refuted:
        return
    raise AssertionError("neither proved nor refuted")
