"""Products with W against those in rationals: the bounds hold, and are not idle."""

from collections.abc import Callable
from fractions import Fraction

import numpy as np
import pytest
import scipy.sparse as sp
from flint import fmpq, fmpq_mat

from implicitbias.solvers.doubles.basis import Basis
from implicitbias.solvers.doubles.certificates import linear_bounds
from implicitbias.solvers.doubles.certificates.linear_bounds import LinearBounds

Exact = list[list[Fraction]]
ROOM = 1e-9  # relative: what a bound may be above the exact product on well-conditioned data


def rationals(A: np.ndarray) -> fmpq_mat:
    return fmpq_mat(*A.shape, [fmpq(*float(entry).as_integer_ratio()) for entry in A.ravel()])


def fractions(A: fmpq_mat) -> Exact:
    return [[Fraction(int(e.p), int(e.q)) for e in row] for row in A.tolist()]


def times(M: Exact, v: np.ndarray) -> list[Fraction]:
    return [
        sum((m * Fraction(float(x)) for m, x in zip(row, v, strict=True)), Fraction(0)) for row in M
    ]


class Instance:
    """Random equations in a basis, and the exact ``W_I``, zeros in the columns of S."""

    def __init__(self, seed: int, sparse: bool = False) -> None:
        rng = np.random.default_rng(seed)
        n, d = 4, 11
        A = rng.standard_normal((n, d))
        self.b = rng.standard_normal(n)
        basis = Basis.at(A, rng.standard_normal(d))
        S = basis.basic
        self.exact_A, exact = fractions(rationals(A)), rationals(A[:, S]).solve(rationals(A))
        self.W = [
            [Fraction(0) if i in S else entry for i, entry in enumerate(row)]
            for row in fractions(exact)
        ]
        self.abs_W = [[abs(entry) for entry in row] for row in self.W]
        self.S = S
        self.linear = LinearBounds(sp.csc_array(A) if sparse else A, self.b, basis, 0.0)
        self.x, self.y = np.abs(rng.standard_normal((3, d))), np.abs(rng.standard_normal((3, n)))
        self.signed_x, self.signed_y = rng.standard_normal((3, d)), rng.standard_normal((3, n))


instances = pytest.mark.parametrize(
    "instance", [Instance(0), Instance(1), Instance(2, sparse=True)], ids=["0", "1", "sparse"]
)


def transposed(M: Exact) -> Exact:
    return [list(column) for column in zip(*M, strict=True)]


def largest(M: Exact, v: np.ndarray) -> list[Fraction]:
    return [max(m * Fraction(float(x)) for m, x in zip(row, v, strict=True)) for row in M]


@instances
@pytest.mark.parametrize("kept", [True, False], ids=["kept", "anew"])
def test_products_with_sizes_are_bounded_from_above_and_barely(
    instance: Instance, kept: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not kept:
        monkeypatch.setattr(linear_bounds, "KEPT", 0)
        monkeypatch.setattr(linear_bounds, "BLOCK", 13)  # three columns at once
    linear, abs_W = instance.linear, instance.abs_W
    products: list[tuple[np.ndarray, np.ndarray, Callable[[np.ndarray], list[Fraction]]]] = [
        (linear.abs_W_times(instance.x), instance.x, lambda x: times(abs_W, x)),
        (linear.abs_W_largest(instance.x), instance.x, lambda x: largest(abs_W, x)),
        (linear.abs_WT_times(instance.y), instance.y, lambda y: times(transposed(abs_W), y)),
    ]
    for bound, given, product in products:
        for row, vector in zip(bound, given, strict=True):
            for at_most, exact in zip(row, product(vector), strict=True):
                assert exact <= Fraction(float(at_most)) <= exact * Fraction(1 + ROOM)


@instances
def test_values_are_within_their_errors(instance: Instance) -> None:
    linear, W = instance.linear, instance.W
    value, error = linear.WT_times(instance.signed_y)
    assert (value[:, instance.S] == 0).all() and (error[:, instance.S] == 0).all()
    inside(value, error, [times(transposed(W), y) for y in instance.signed_y])
    for sharp in (False, True):
        value, error = linear.nonbasic_dual(
            instance.signed_y, np.zeros_like(instance.signed_y), sharp=sharp
        )
        exact = [times(transposed(W), y) for y in instance.signed_y]
        for part in (value, error, exact):  # where it has a meaning
            for row in part:
                for i in instance.S:
                    row[i] = 0
        inside(value, error, exact)
        value, error = linear.residuals(instance.signed_x, sharp=sharp)
        exact = [
            [Fraction(float(b)) - a for b, a in zip(instance.b, row, strict=True)]
            for row in (times(instance.exact_A, x) for x in instance.signed_x)
        ]
        inside(value, error, exact)


def inside(value: np.ndarray, error: np.ndarray, exact: Exact) -> None:
    """|value - exact| <= error, and error is of the size of rounding."""
    for got, off, row in zip(value, error, exact, strict=True):
        for v, e, x in zip(got, off, row, strict=True):
            assert abs(Fraction(float(v)) - x) <= Fraction(float(e))
            assert e <= 1e-11


def test_a_wrong_inverse_shows_in_the_errors() -> None:
    instance = Instance(3)
    linear = instance.linear
    assert linear.inverse_error <= 1e-12
    bent = Basis(linear.basis.basic, linear.basis.inverse * (1 + 1e-6))
    other = LinearBounds(linear.A, linear.b, bent, 0.0)
    assert 1e-6 <= other.inverse_error <= 1.1e-6
    bound = other.abs_W_times(instance.x)
    for row, vector in zip(bound, instance.x, strict=True):
        for at_most, exact in zip(row, times(instance.abs_W, vector), strict=True):
            assert exact <= Fraction(float(at_most))
    nonsense = Basis(linear.basis.basic, 2 * linear.basis.inverse)
    assert np.isnan(LinearBounds(linear.A, linear.b, nonsense, 0.0).inverse_error)


def test_doubtful_data_widen_every_error() -> None:
    instance = Instance(4)
    linear = instance.linear
    doubtful = LinearBounds(linear.A, linear.b, linear.basis, 1e-8)
    for name in ("row_error", "inverse_error"):
        assert np.all(getattr(doubtful, name) > 1e3 * np.maximum(getattr(linear, name), 1e-16))
    sure, unsure = (k.residuals(instance.signed_x, sharp=False)[1] for k in (linear, doubtful))
    assert (unsure > 1e3 * sure).all()
