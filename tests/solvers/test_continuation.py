"""Newton's method in doubles: how far it got, and what it hands on."""

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from flint import arb, ctx

from implicitbias.solvers.balls.newton import BallSystem
from implicitbias.solvers.balls.starting_point import Homotopy
from implicitbias.solvers.balls.verified_solver import VerifiedSolver
from implicitbias.solvers.doubles.basis import Basis
from implicitbias.solvers.doubles.continuation import Continuation
from implicitbias.solvers.doubles.corrector import Corrector
from implicitbias.solvers.doubles.dual_problem import DualProblem
from implicitbias.solvers.doubles.iterate import Iterate, Outcome
from implicitbias.solvers.doubles.minimizer import Minimizer
from implicitbias.solvers.doubles.newton_system import NewtonSystem, linearise
from implicitbias.solvers.doubles.rich_batch import rich_batch
from implicitbias.solvers.refusal import NoConvergenceError

DEPTHS = [2, 3, math.inf]
RNG = np.random.default_rng(5)
X = RNG.standard_normal((6, 15))
Y = X[:, :2] @ [1.0, -2.0] + 0.1 * RNG.standard_normal(6)


def newton(depth: float) -> Continuation:
    return Minimizer.for_data(X, Y, depth, None, 1e-10).newton()


def off(problem: DualProblem, iterate: Iterate) -> tuple[float, float]:
    """How far the two conditions are from being met, relative to z and to sigma."""
    point, (z_unit, sigma_unit) = iterate.point, iterate.units
    primal = np.abs(problem.A @ point.z - problem.b).max() / z_unit
    return primal, np.abs(problem.A.T @ iterate.nu - point.sigma).max() / sigma_unit


@pytest.mark.parametrize("depth", DEPTHS)
def test_what_is_reached_solves_both_conditions(depth: float) -> None:
    solver = newton(depth)
    for log_inverse_scale in (-2.0, 3.0, 12.0):
        reached = solver.solve(log_inverse_scale)
        assert reached.outcome is Outcome.REACHED and reached.steps > 0
        assert reached.iterate.log_inverse_scale == log_inverse_scale
        assert max(off(solver.problem, reached.iterate)) < 1e-13


@pytest.mark.parametrize("depth", DEPTHS)
def test_deep_in_the_kernel_regime_a_larger_scale_is_equivalent(depth: float) -> None:
    solver = newton(depth)
    reached = solver.solve(-1e4)
    assert reached.outcome is Outcome.KERNEL_EQUIVALENT
    assert reached.iterate.log_inverse_scale > -1e4
    nearer = solver.solve(reached.iterate.log_inverse_scale)
    assert nearer.outcome is Outcome.REACHED
    np.testing.assert_array_equal(nearer.iterate.point.z, reached.iterate.point.z)


@pytest.mark.parametrize("depth", DEPTHS)
def test_balls_start_from_what_is_equivalent_scaled_back(depth: float) -> None:
    solver = VerifiedSolver.for_data(X, Y, depth, None)
    with ctx.workprec(200):
        homotopy, scale = Homotopy(solver.data, solver.curve_at, depth, None), arb(-1000)
        start = homotopy.from_doubles(scale)
        assert start is not None and start.log_inverse_scale == scale
        system = BallSystem.at(solver.data, start.basic)
        exact, _, _ = system.polish(solver.curve_at(scale), start.parameters)
        for parameter, truth in zip(start.parameters, exact, strict=True):
            assert abs(parameter / truth - 1) < 1e-9


def test_a_stalled_continuation_says_how_far_it_came(monkeypatch: pytest.MonkeyPatch) -> None:
    solver, correct = newton(2), Corrector.correct

    def no_farther(self: Corrector, iterate: Iterate, tol: float) -> Any:
        if iterate.log_inverse_scale > 6.0:
            raise NoConvergenceError("planted")
        return correct(self, iterate, tol)

    monkeypatch.setattr(Corrector, "correct", no_farther)
    reached = solver.solve(20.0)
    assert reached.outcome is Outcome.STALLED
    assert 5.9 < reached.iterate.log_inverse_scale <= 6.0
    assert max(off(solver.problem, reached.iterate)) < 1e-2  # not polished
    traced = list(solver.trace(np.array([0.0, 5.0, 7.0, 9.0])))
    outcomes = [found.outcome for found in traced]
    assert outcomes == [Outcome.REACHED, Outcome.REACHED, Outcome.STALLED]


def test_least_squares_are_no_solution_reached(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any) -> Any:
        raise NoConvergenceError("planted")

    monkeypatch.setattr(Corrector, "correct", refuse)
    reached = newton(3).solve(1.0)
    assert reached.outcome is Outcome.STALLED and reached.iterate.log_inverse_scale == 1.0
    z = np.linalg.lstsq(X, Y)[0]
    target_scale = Minimizer.for_data(X, Y, 3, None, 1e-10).problem.target_scale
    np.testing.assert_allclose(reached.iterate.point.z * target_scale, z, atol=1e-12)


def test_a_polish_that_fails_leaves_what_was_reached(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any) -> Any:
        raise NoConvergenceError("planted")

    polished = newton(3).solve(1.0).iterate.point.z
    monkeypatch.setattr(Corrector, "polish", refuse)
    reached = newton(3).solve(1.0)
    assert reached.outcome is Outcome.REACHED
    np.testing.assert_allclose(reached.iterate.point.z, polished, atol=1e-4)
    assert (reached.iterate.point.z != polished).any()


@pytest.mark.parametrize("depth", DEPTHS)
def test_a_trace_reaches_what_is_solved_for_one_by_one(depth: float) -> None:
    solver, scales = newton(depth), np.array([-2.0, 0.0, 1.0, 6.0, 50.0, 60.0, 400.0])
    traced = list(solver.trace(scales))
    assert [found.iterate.log_inverse_scale for found in traced] == scales.tolist()
    for scale, found in zip(scales, traced, strict=True):
        alone = solver.solve(scale).iterate.point.z
        np.testing.assert_allclose(found.iterate.point.z, alone, rtol=1e-9, atol=1e-13)
    begun = solver.solve(6.0, traced[2].iterate)
    assert begun.outcome is Outcome.REACHED
    np.testing.assert_allclose(begun.iterate.point.z, traced[3].iterate.point.z, atol=1e-13)
    # Back towards the kernel regime there is no continuation: it begins anew.
    back = solver.solve(-2.0, traced[3].iterate)
    np.testing.assert_array_equal(back.iterate.point.z, solver.solve(-2.0).iterate.point.z)


def traced_batches(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The sizes of the batches that are taken from here on."""
    sizes: list[int] = []

    def counted(*arguments: Any) -> list[Iterate]:
        found = rich_batch(*arguments)
        sizes.append(len(found))
        return found

    monkeypatch.setattr("implicitbias.solvers.doubles.continuation.rich_batch", counted)
    return sizes


def test_far_out_all_alphas_are_one_batch_in_one_basis(monkeypatch: pytest.MonkeyPatch) -> None:
    sizes = traced_batches(monkeypatch)
    solver, scales = newton(2), np.linspace(1000.0, 5000.0, 20)
    traced = list(solver.trace(scales))
    assert sizes == [19]
    basis = traced[0].iterate.basis
    assert all(found.iterate.basis.is_same(basis) and found.steps == 0 for found in traced[1:])
    assert max(max(off(solver.problem, found.iterate)) for found in traced) < 1e-13
    assert not Basis.at(solver.problem.A, traced[0].iterate.point.z).is_same(basis)


def test_a_newton_step_solves_the_linearised_conditions() -> None:
    problem, iterate = newton(3).problem, newton(3).solve(0.0).iterate
    point = problem.curve.at_scale(0.0).at_primal(iterate.point.z * 1.1)
    dz, dsigma = NewtonSystem.at(problem, iterate.basis, point).newton(point)
    np.testing.assert_allclose(problem.A @ (point.z + dz), problem.b, atol=1e-12)
    S, T = iterate.basis.basic, iterate.basis.inverse
    dual = (T @ problem.A).T @ (point.sigma + dsigma)[S]
    np.testing.assert_allclose(dual, point.sigma + dsigma, atol=1e-10)
    np.testing.assert_allclose(dz, point.inverse_metric * dsigma, atol=1e-10)


def test_the_tangent_leads_along_the_path() -> None:
    solver, h = newton(3), 1e-4
    before, here, after = (solver.solve(2.0 + k * h).iterate for k in (-1, 0, 1))
    _, system = linearise(solver.problem, here)
    slope = (after.point.sigma - before.point.sigma) / (2 * h)
    np.testing.assert_allclose(system.tangent(here.point), slope, rtol=1e-5, atol=1e-6)


def test_a_skew_basis_is_changed_and_the_system_with_it() -> None:
    solver = newton(2)
    far = solver.solve(300.0).iterate
    flattest = np.argsort(far.point.log_inverse_metric)[:6]
    skew = Basis(flattest, np.linalg.inv(solver.problem.A[:, flattest]))
    iterate, system = linearise(solver.problem, replace(far, basis=skew))
    assert system.basis is iterate.basis and not iterate.basis.is_same(skew)
    assert set(iterate.basis.basic) == set(far.basis.basic)
    kept, system = linearise(solver.problem, far)
    assert kept is far and system.basis is far.basis


def test_points_are_changed_by_making_another() -> None:
    point = newton(3).solve(1.0).iterate.point
    metric, z = point.inverse_metric.copy(), point.z.copy()
    index = np.array([1, 4])
    other = newton(3).problem.curve.at_scale(1.0).at(index).at_primal(np.array([0.5, -0.25]))
    changed = point.with_coordinates(index, other)
    np.testing.assert_array_equal(point.z, z)
    np.testing.assert_array_equal(changed.z[index], [0.5, -0.25])
    np.testing.assert_array_equal(changed.inverse_metric, np.exp(changed.log_inverse_metric))
    rest = np.delete(np.arange(15), index)
    np.testing.assert_array_equal(changed.inverse_metric[rest], metric[rest])
    assert (changed.inverse_metric[index] != metric[index]).all()
