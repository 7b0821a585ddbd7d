"""The truth of the corpus, against closed forms, brute force and another road to its digits."""

import itertools
import math
from fractions import Fraction

import mpmath
import numpy as np
import pytest
from flint import arb, ctx, fmpq, fmpq_mat

from tests.silent_errors.case import Case, model
from tests.silent_errors.equations import Equations, take
from tests.silent_errors.minimiser import UndecidedError, minimiser
from tests.silent_errors.simplex import least_l1
from tests.silent_errors.system import System, column
from tests.silent_errors.weights import Model
from tests.solvers import reference

UNEVEN = (np.array([1.0, 2, 0.1, 5, 1]), np.array([3.0, 1, 1, 0.2, 1]))
SETTINGS = [
    {"depth": 2, "alpha": 0.01},
    {"depth": 2, "log_alpha": -300.0},
    {"depth": 2, "alpha": 10.0},
    {"depth": 3, "alpha": 0.01},
    {"depth": 2.5, "alpha": 1e-5},
    {"depth": 7, "alpha": 0.5},
    {"depth": math.inf, "alpha": 1e-3},
    {"depth": 2, "alpha": 0.3, "start": UNEVEN},
    {"depth": 3, "alpha": 0.3, "start": UNEVEN},
]


def drawn(seed: int, rows: int = 3, columns: int = 5) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    return rng.standard_normal((rows, columns)), rng.standard_normal(rows)


def integers(seed: int) -> Equations:
    rng = np.random.default_rng(seed)
    X = rng.integers(-2, 3, (int(rng.integers(1, 4)), int(rng.integers(3, 6))))
    return Equations.of(X.tolist(), (X @ rng.integers(-1, 2, X.shape[1])).tolist())


@pytest.mark.parametrize("settings", SETTINGS)
def test_truth_is_that_of_another_method_to_40_digits(settings: dict) -> None:
    X, y = drawn(1)
    found = Case.of(X, y, **settings).truth
    other = reference.minimiser(X, y, **settings)
    with ctx.workprec(256):
        size = max(abs(b) for b in found.beta)
        for ball, digits in zip(found.beta, other.beta, strict=True):
            assert abs(ball - arb(mpmath.nstr(digits, 50))) < size * arb(10) ** -35


def test_truth_of_another_alpha_is_another() -> None:
    X, y = drawn(2)
    one, other = (Case.of(X, y, alpha=alpha).truth.beta for alpha in (0.1, 0.1 * (1 + 1e-12)))
    assert not all(a.overlaps(b) for a, b in zip(one, other, strict=True))


@pytest.mark.parametrize("depth", [2, 2 + 1e-9, 2 + 1e-12, 3, 1000, math.inf])
@pytest.mark.parametrize("log_alpha", [-2.5, 0.0, 1e5])
def test_equal_columns_share_what_one_would_have(depth: float, log_alpha: float) -> None:
    case = Case.of(np.ones((1, 4)), np.array([2.0]), depth=depth, log_alpha=log_alpha)
    with ctx.workprec(128):
        assert all(abs(b - arb("0.5")) < arb(10) ** -30 for b in case.truth.beta)


def test_truth_is_independent_of_the_units() -> None:
    X, y = drawn(3)
    scaled = Case.of(X * 2.0**-1000, y * 2.0**-1000, alpha=0.1, depth=3).truth.beta
    for a, b in zip(Case.of(X, y, alpha=0.1, depth=3).truth.beta, scaled, strict=True):
        assert a.overlaps(b)


def test_depth_next_to_two_is_next_to_depth_two() -> None:
    X, y = drawn(4)
    at_two = Case.of(X, y, alpha=0.1).truth.beta
    for exponent in (9, 15, 30):
        near = Case.of(X, y, alpha=0.1, depth=2 + Fraction(1, 10**exponent)).truth.beta
        for a, b in zip(at_two, near, strict=True):
            assert abs(a - b) < arb(10) ** (1 - exponent)


def test_few_bits_prove_nothing() -> None:
    X, y = drawn(5)
    nu = Case.of(X, y, alpha=1e-3).truth.nu
    with ctx.workprec(12):
        system = System(Equations.of(X.tolist(), y.tolist()), model(5, alpha=1e-3))
        assert system.proved(column(nu).mid()) is None


def test_what_is_beyond_the_budget_is_undecided() -> None:
    X, y = drawn(6)
    with pytest.raises(UndecidedError, match="bits"):
        minimiser(Equations.of(X.tolist(), y.tolist()), Model(Fraction(1000), Fraction(1, 10**40)))


def test_bits_are_the_callers_afterwards() -> None:
    before = ctx.prec
    X, y = drawn(7)
    assert Case.of(X, y, alpha=1e-9, depth=3).truth.bits > before
    assert ctx.prec == before


def test_condition_bounds_what_a_change_of_the_data_does() -> None:
    X, y = drawn(8)
    case = Case.of(X, y, alpha=1e-2, depth=3)
    rng = np.random.default_rng(0)
    share = 1e-7
    moved = Case.of(X * (1 + share * rng.uniform(-1, 1, X.shape)), y, alpha=1e-2, depth=3)
    apart = max(abs(float(a - b)) for a, b in zip(case.truth.beta, moved.truth.beta, strict=True))
    size = max(abs(float(b)) for b in case.truth.beta)
    assert 0 < apart / size < 1.01 * share * case.truth.condition
    assert case.truth.condition < 1e4


def test_dependent_rows_and_contradictions_are_found() -> None:
    X = [[1, 2, 3], [2, 4, 6], [1, 0, 1]]
    assert Equations.of(X, [1, 2, 0]).dependences[0] == [0, 2]
    assert Equations.of(X, [1, 2, 0]).contradiction is None
    assert Equations.of(X, [1, Fraction(2) + Fraction(1, 10**30), 0]).contradiction == 1
    assert Equations.of([[0, 0]], [1]).contradiction == 0


def test_projection_is_the_nearest_in_the_range() -> None:
    equations = Equations.of([[1, 0], [1, 0]], [1, 2])
    assert list(equations.projected().y.entries()) == [fmpq(3, 2), fmpq(3, 2)]


def test_least_norm_is_orthogonal_to_the_null_space() -> None:
    equations = Equations.of([[1, 2, 2]], [9])
    assert equations.least_squares_norm() == [fmpq(1), fmpq(2), fmpq(2)]
    weighted = equations.least_squares_norm([fmpq(4), fmpq(1), fmpq(0)])
    assert weighted == [fmpq(9, 2), fmpq(9, 4), fmpq(0)]


@pytest.mark.parametrize("seed", range(60))
def test_simplex_finds_what_trying_every_basis_finds(seed: int) -> None:
    equations = integers(seed)
    part = equations.reduced()
    n, d = part.X.nrows(), part.X.ncols()
    vertices: dict[tuple, fmpq] = {}
    for basic in itertools.combinations(range(d), n):
        square = take(part.X, range(n), basic)
        if n and square.det() == 0:
            continue
        z = square.solve(part.y).entries() if n else []
        beta = [fmpq(0)] * d
        for j, value in zip(basic, z, strict=True):
            beta[j] = value
        vertices[tuple(map(str, beta))] = sum((abs(b) for b in beta), start=fmpq(0))
    least = min(vertices.values())
    found = least_l1(equations)
    assert found.norm == least
    assert found.unique == (sum(norm == least for norm in vertices.values()) == 1)
    column = fmpq_mat(d, 1, found.beta)
    assert equations.X * column == equations.y
