"""The l1 limit in rationals: certificates, unique or not, and the selected minimiser."""

import itertools
import math
from fractions import Fraction
from typing import Any

import mpmath
import numpy as np
import pytest
from flint import arb, ctx, fmpq, fmpq_mat

from implicitbias import InfeasibleError, min_l1, solve
from implicitbias.solvers.basis_pursuit.simplex import minimise

DEPTHS = [2, 3, 5, math.inf]
FACE_X, FACE_Y = [[1, 1, 1], [0, 1, 2]], ["1", "0.6"]  # beta = (.4+t, .6-2t, t)
FACE_T = {2: "0.153972282678", 3: "0.159841362339", 4: "0.162507831295", math.inf: "0.169425417677"}
WHOLE_INSTANCES = 60


def whole(seed: int, n: int = 2, d: int = 5) -> tuple[np.ndarray, np.ndarray]:
    """Small integers: ties are frequent."""
    rng = np.random.default_rng(seed)
    X = rng.integers(-2, 3, (n, d))
    return X, X @ rng.integers(-2, 3, d)


def minimal_vertices(X: Any, y: Any) -> tuple[Fraction, set[tuple[Fraction, ...]]]:
    """The least l1 norm and all basic solutions that have it, by trying all bases."""
    found: dict[tuple[Fraction, ...], Fraction] = {}
    rank = int(np.linalg.matrix_rank(X))
    exact = fmpq_mat(*X.shape, [fmpq(int(e)) for e in X.ravel()])
    for columns in itertools.combinations(range(X.shape[1]), rank):
        part = fmpq_mat(X.shape[0], rank, [exact[i, j] for i in range(X.shape[0]) for j in columns])
        gram = part.transpose() * part
        if gram.det() == 0:
            continue
        targets = fmpq_mat(len(y), 1, [fmpq(int(t)) for t in y])
        z = gram.solve(part.transpose() * targets)
        if part * z != targets:
            continue
        beta = [Fraction(0)] * X.shape[1]
        for j, entry in zip(columns, z.entries(), strict=True):
            beta[j] = Fraction(int(entry.p), int(entry.q))
        found[tuple(beta)] = sum(map(abs, beta), Fraction(0))
    least = min(found.values())
    return least, {beta for beta, norm in found.items() if norm == least}


def check_certificate(X: Any, y: Any, found: Any) -> None:
    """Feasible, dual feasible and of equal value, in rationals."""
    rows = [[Fraction(e) for e in row] for row in np.asarray(X).tolist()]
    targets = [Fraction(t) for t in np.asarray(y).tolist()]
    beta, nu = found.exact.beta, found.exact.dual
    for row, target in zip(rows, targets, strict=True):
        assert sum((e * b for e, b in zip(row, beta, strict=True)), Fraction(0)) == target
    for column in zip(*rows, strict=True):
        assert abs(sum((e * v for e, v in zip(column, nu, strict=True)), Fraction(0))) <= 1
    value = sum((t * v for t, v in zip(targets, nu, strict=True)), Fraction(0))
    assert found.exact.norm == sum(map(abs, beta), Fraction(0)) == value


@pytest.mark.parametrize("seed", range(WHOLE_INSTANCES))
def test_verdict_is_that_of_trying_all_bases(seed: int) -> None:
    X, y = whole(seed)
    found = min_l1(X, y, exact=True)
    assert found.exact is not None
    check_certificate(X, y, found)
    least, vertices = minimal_vertices(X, y)
    assert found.exact.norm == least
    assert found.exact.beta in vertices
    assert found.exact.unique == (len(vertices) == 1)


def test_both_verdicts_occur() -> None:
    verdicts = [min_l1(*whole(seed), exact=True).exact for seed in range(WHOLE_INSTANCES)]
    assert {v.unique for v in verdicts if v is not None} == {True, False}


@pytest.mark.parametrize(("n", "d"), [(10, 30), (40, 100)])
def test_gaussian_vertex_is_the_unique_minimiser(n: int, d: int) -> None:
    rng = np.random.default_rng(0)
    X, y = rng.standard_normal((n, d)), rng.standard_normal(n)
    found = min_l1(X, y, exact=True, digits=40)
    check_certificate(X, y, found)
    assert found.exact is not None and found.exact.unique and found.enclosure is not None
    assert found.enclosure.is_as_narrow_as_asked()
    np.testing.assert_allclose(found.beta, min_l1(X, y).beta, rtol=0, atol=1e-12)
    for ball, b in zip(found.enclosure.balls, found.exact.beta, strict=True):
        with ctx.workprec(2 * found.enclosure.bits):
            assert ball.contains(fmpq(b.numerator, b.denominator))


def test_exactly_sparse_plant_is_recovered_exactly() -> None:
    rng = np.random.default_rng(1)
    X = rng.integers(-64, 65, (40, 100)) / 64
    plant = np.zeros(100)
    plant[:5] = rng.integers(-64, 65, 5) / 64
    found = min_l1(X, X @ plant, exact=True)
    assert found.exact is not None and found.exact.unique
    assert [float(b) for b in found.exact.beta] == plant.tolist()
    assert found.error == 0


@pytest.mark.parametrize("depth", FACE_T)
def test_selected_minimiser_of_a_segment(depth: float) -> None:
    found = min_l1(FACE_X, FACE_Y, exact=True, depth=depth, digits=50)
    assert found.exact is not None and not found.exact.unique
    assert found.enclosure is not None and found.enclosure.is_as_narrow_as_asked()
    assert f"{found.beta[2]:.12f}" == FACE_T[depth]

    def slope(t: Any) -> Any:
        b = [mpmath.mpf(2) / 5 + t, mpmath.mpf(3) / 5 - 2 * t, t]
        along = [1, -2, 1]
        if depth == 2:
            return sum(m * mpmath.log(size) for m, size in zip(along, b, strict=True))
        power = -1 if math.isinf(depth) else mpmath.mpf(2) / depth - 1
        return sum(m * size**power for m, size in zip(along, b, strict=True))

    with mpmath.workdps(150), ctx.workprec(600):
        near = mpmath.mpf(FACE_T[depth])
        t = arb(mpmath.nstr(mpmath.findroot(slope, (near, near + mpmath.mpf("1e-9"))), 140))
        balls = found.enclosure.balls
        assert balls[0].contains(t + arb(2) / 5)
        assert balls[1].contains(arb(3) / 5 - 2 * t)
        assert balls[2].contains(t)
        assert not balls[2].contains(t + arb(10) ** -48)


@pytest.mark.parametrize("depth", DEPTHS)
def test_gradient_flow_tends_to_the_selected_minimiser(depth: float) -> None:
    seeds = list(itertools.islice(filter(_is_tied, range(WHOLE_INSTANCES)), 8))
    assert len(seeds) == 8
    limits = [min_l1(*whole(seed), exact=True, depth=depth).beta for seed in seeds]
    for seed, limit in zip(seeds, limits, strict=True):
        # Above depth 2 the limit is reached like a power of alpha: once so far out is enough.
        alpha = "1e-1000" if depth == 2 or seed == seeds[0] else "1e-100"
        flow = solve(*whole(seed), alpha=alpha, depth=depth, digits=15)
        np.testing.assert_allclose(flow.beta, limit, rtol=0, atol=1e-12)
    # The depths choose differently, so that this can fail.
    other = [min_l1(*whole(s), exact=True, depth=2 if depth > 2 else 3).beta for s in seeds]
    assert max(float(np.abs(a - b).max()) for a, b in zip(limits, other, strict=True)) > 1e-4


def _is_tied(seed: int) -> bool:
    found = min_l1(*whole(seed), exact=True).exact
    assert found is not None
    return not found.unique


def test_targets_of_0() -> None:
    found = min_l1([[1, 2]], [0], exact=True)
    assert found.exact is not None and found.exact.unique and found.exact.norm == 0
    assert min_l1([[0, 0]], [0], exact=True).beta.tolist() == [0, 0]


def test_simplex_mends_a_bad_basis() -> None:
    # min x + 2 y + 3 z s.t. x + y + z = 1, x - y = 0: from the vertex z = 1 to x = y = 1/2.
    A, b = fmpq_mat([[1, 1, 1], [1, -1, 0]]), fmpq_mat([[1], [0]])
    found = minimise(A, b, [fmpq(1), fmpq(2), fmpq(3)], [1, 2])
    assert sorted(found.columns) == [0, 1] and set(found.x) == {fmpq(1, 2)}
    with pytest.raises(ValueError, match="not feasible"):
        minimise(A, fmpq_mat([[1], [2]]), [fmpq(1)] * 3, [1, 2])
    with pytest.raises(ArithmeticError, match="unbounded"):
        minimise(fmpq_mat([[1, -1]]), fmpq_mat([[1]]), [fmpq(-1), fmpq(0)], [0])


def test_bad_input() -> None:
    with pytest.raises(ValueError, match="digits must be >= 1"):
        min_l1(FACE_X, FACE_Y, exact=True, digits=0)
    with pytest.raises(ValueError, match="depth must be >= 2"):
        min_l1(FACE_X, FACE_Y, exact=True, depth=1)
    with pytest.raises(InfeasibleError, match="exactly"):
        min_l1([[1, 2], [2, 4]], [1, "2.000000000000000000001"], exact=True)
