"""A mistake in the code comes out of every solver as it is; numerical trouble is answered."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from flint import arb, arb_mat, fmpq_mat

from implicitbias import EnclosureError, PrecisionError, min_l1, path, solve
from implicitbias.solvers.balls.mirror_curve import MirrorBallCurve
from implicitbias.solvers.balls.newton import BallSystem
from implicitbias.solvers.doubles.basis import Basis
from implicitbias.solvers.doubles.dual_problem import DualProblem
from implicitbias.solvers.doubles.initial_iterates import kernel_iterate
from implicitbias.solvers.doubles.minimizer import Minimizer
from implicitbias.solvers.doubles.mirror_curve import MirrorCurve
from implicitbias.solvers.linear_algebra import (
    Cholesky,
    graded_inverse,
    inverse,
    inverses,
    solve_flint,
)
from implicitbias.solvers.refusal import (
    NoConvergenceError,
    OutsideError,
    SingularMatrixError,
    StepRefused,
)

RNG = np.random.default_rng(3)
X = RNG.standard_normal((4, 9))
Y = X[:, 0] + 0.1 * RNG.standard_normal(4)
MANY_X, MANY_Y = [[1.0, 1.0, 1.0]], [1.0]  # any beta >= 0 with this sum has the least l1 norm

SOLVERS: dict[str, Callable[[], Any]] = {
    "solve": lambda: solve(X, Y, alpha=1e-3),
    "path": lambda: path(X, Y, alphas=[1.0, 1e-2, 1e-40], depth=3),
    "auto": lambda: solve(X, Y, alpha=1e-3, depth=3, digits="auto"),
    "digits": lambda: solve(X, Y, alpha=1e-3, digits=20),
}
MISTAKES: dict[str, tuple[Callable[[], Any], type[Exception]]] = {
    "shapes": (lambda: np.ones(3) + np.ones(4), ValueError),
    "not square": (lambda: np.linalg.inv(np.ones((2, 3))), np.linalg.LinAlgError),
    "type": (lambda: len(3), TypeError),  # type: ignore[arg-type]
    "index": (lambda: np.ones(3)[3], IndexError),
    "division": (lambda: 1 / 0, ZeroDivisionError),
}


def refuse(*_: Any, **__: Any) -> Any:
    raise SingularMatrixError("singular")


@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("method", ["nearest", "at_primal", "at_parameter"])
@pytest.mark.parametrize("kind", MISTAKES)
def test_a_mistake_in_the_curve_comes_out_as_it_is(
    monkeypatch: pytest.MonkeyPatch, kind: str, method: str, solver: str
) -> None:
    mistake, error = MISTAKES[kind]
    monkeypatch.setattr(MirrorCurve, method, lambda *_: mistake())
    with pytest.raises(error) as caught:
        SOLVERS[solver]()
    assert caught.type is error


@pytest.mark.parametrize("method", ["basic_point", "nonbasic_point"])
@pytest.mark.parametrize("kind", MISTAKES)
def test_a_mistake_in_the_ball_curve_comes_out_as_it_is(
    monkeypatch: pytest.MonkeyPatch, kind: str, method: str
) -> None:
    mistake, error = MISTAKES[kind]
    monkeypatch.setattr(MirrorBallCurve, method, lambda *_: mistake())
    with pytest.raises(error) as caught:
        SOLVERS["digits"]()
    assert caught.type is error


@pytest.mark.parametrize("leaf", [SingularMatrixError, NoConvergenceError, OutsideError])
def test_a_refused_step_is_answered(
    monkeypatch: pytest.MonkeyPatch, leaf: type[StepRefused]
) -> None:
    def refuse(*_: Any) -> Any:
        raise leaf("planted")

    exact = SOLVERS["auto"]().beta
    monkeypatch.setattr(MirrorCurve, "nearest", refuse)
    for solver in ("solve", "path"):
        with pytest.raises(PrecisionError):
            SOLVERS[solver]()
    # In balls there is a way from the kernel regime.
    for solver in ("auto", "digits"):
        assert SOLVERS[solver]().enclosure.is_as_narrow_as_asked()
    np.testing.assert_allclose(SOLVERS["auto"]().beta, exact, rtol=1e-8)


def test_what_balls_refuse_at_every_precision_is_an_enclosure_error(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(BallSystem, "at", refuse)
    with pytest.raises(EnclosureError, match="singular"):
        SOLVERS["digits"]()
    with pytest.raises(EnclosureError, match="singular"):
        min_l1(MANY_X, MANY_Y, exact=True)


def test_a_kernel_regime_beyond_doubles_is_a_precision_error() -> None:
    large = [1e160, 1.0, 1.0]  # dz/dsigma is about its square
    with pytest.raises(PrecisionError) as caught:
        solve(MANY_X, MANY_Y, start=(large, large))
    assert np.isfinite(caught.value.reached.beta).all()


def test_an_end_of_the_kernel_regime_beyond_doubles_is_outside() -> None:
    curve = Minimizer.for_data([[1.0, 1.0]], [1.0], 2, None, 1e-10).curve
    steep = replace(curve, log_scale=curve.log_scale + 100)
    problem = DualProblem(np.ones((1, 2)), np.array([1e-300]), steep)
    with np.errstate(all="ignore"), pytest.raises(OutsideError, match="beyond doubles"):
        kernel_iterate(problem, 1e4)


def test_data_beyond_doubles_are_solved_in_balls() -> None:
    found = solve([["1e400", "1e399"]], ["1e400"], alpha=1, digits=20).enclosure
    assert found is not None and found.is_as_narrow_as_asked()
    start = (["1e-400", 1], [1, 1])
    found = solve([[1, 2]], [1], alpha=1, digits=20, start=start).enclosure
    assert found is not None and found.is_as_narrow_as_asked()
    with pytest.raises(EnclosureError):
        solve([[1, 2]], [1], alpha=1, digits=20, start=(["1e400", 1], [1, 1]))
    with pytest.raises(OverflowError, match="beta exceeds"):
        solve([[1, 2]], ["1e400"], alpha=1, digits=20)


def test_singular_matrices_are_refused_and_those_of_a_wrong_shape_are_not() -> None:
    ones, zeros = np.ones((2, 2)), [1.0, 1.0]
    for matrix in (-ones, np.full((2, 2), np.nan), np.diag([1.0, np.inf])):
        with pytest.raises(SingularMatrixError):
            Cholesky.of(matrix)
    with pytest.raises(SingularMatrixError):
        inverse(ones)
    with pytest.raises(SingularMatrixError):
        Basis.at(ones, np.array(zeros))
    with pytest.raises(ValueError, match="square"):
        inverse(np.ones((2, 3)))
    with pytest.raises(SingularMatrixError):
        solve_flint(fmpq_mat(2, 2, [1, 1, 1, 1]), fmpq_mat(2, 1, [1, 2]))
    with pytest.raises(SingularMatrixError):
        solve_flint(arb_mat(1, 1, [arb(0, 1)]), arb_mat(1, 1, [1]))
    with pytest.raises(ValueError, match="square"):
        solve_flint(fmpq_mat(2, 2, [1, 0, 0, 1]), fmpq_mat(3, 1, [1, 2, 3]))


def test_solutions_of_factored_matrices_solve() -> None:
    matrix = X @ X.T
    np.testing.assert_allclose(matrix @ Cholesky.of(matrix).solve(Y), Y, rtol=1e-12)
    np.testing.assert_allclose(matrix @ inverse(matrix), np.eye(4), atol=1e-12)


def test_a_graded_matrix_is_inverted_entry_by_entry() -> None:
    K, M = np.array([1e-200, 1.0, 1e-90]), X[:3] @ X[:3].T
    matrix = np.eye(3) + M / K[:, None]
    exact = arb_mat(3, 3, [float(entry) for entry in matrix.ravel()]).inv()
    graded = graded_inverse(matrix, np.argsort(-K))
    for entry, truth in zip(graded.ravel(), exact.entries(), strict=True):
        assert abs(float(entry) / truth - 1) < 1e-12
    with pytest.raises(SingularMatrixError):
        graded_inverse(np.full((3, 3), np.nan), np.arange(3))


def test_a_singular_matrix_among_many_spoils_no_other() -> None:
    """LAPACK refuses all of them, or gives nan."""
    matrices = np.array([2 * np.eye(2), np.zeros((2, 2)), np.full((2, 2), np.inf), 4 * np.eye(2)])
    found, exists = inverses(matrices)
    assert exists.tolist() == [True, False, False, True]
    np.testing.assert_array_equal(found, [np.eye(2) / 2, np.eye(2), np.eye(2), np.eye(2) / 4])


@pytest.mark.parametrize(("seed", "depth"), [(77163, 2), (77316, 2.0001), (77361, 2)])
def test_starts_of_wildly_different_sizes_end_in_an_answer_or_our_own_error(
    seed: int, depth: float
) -> None:
    """Their Newton matrices are singular in doubles."""
    rng = np.random.default_rng(seed)
    N = int(rng.integers(1, 20))
    d = N + int(rng.integers(0, 60))
    X, beta = rng.standard_normal((N, d)), np.zeros(d)
    beta[:3] = rng.standard_normal(min(3, d))
    y = X @ beta + 0.1 * rng.standard_normal(N)
    start = tuple(np.exp(rng.uniform(-1, 1, (2, d)) * rng.choice([1, 10, 60, 200])))
    for log_alpha in (3.0, -5.60328):
        with pytest.raises(PrecisionError):
            solve(X, y, log_alpha=log_alpha, depth=depth, start=start)
