"""The coordinates that count: there and back changes nothing."""

from dataclasses import replace

import numpy as np
import pytest

from implicitbias import path, solve
from implicitbias.solvers.doubles.basis import Basis
from implicitbias.solvers.doubles.continuation import Continuation
from implicitbias.solvers.doubles.dual_problem import DualProblem
from implicitbias.solvers.doubles.minimizer import Minimizer
from implicitbias.solvers.doubles.newton_system import NewtonSystem, linearise
from implicitbias.solvers.doubles.working_set import WorkingSet

RNG = np.random.default_rng(8)
X = RNG.standard_normal((5, 40))
Y = X[:, :2] @ [1.0, -2.0] + 0.1 * RNG.standard_normal(5)
FAR = 3000.0  # log inverse scale: most coordinates are e^-100 of the largest, and flatter


@pytest.fixture
def problem() -> DualProblem:
    return Minimizer.for_data(X, Y, 2, None, 1e-10).newton().problem


def test_there_and_back_is_the_same(problem: DualProblem) -> None:
    iterate, system = linearise(problem, Continuation(problem).solve(FAR).iterate)
    working = WorkingSet.at(problem, iterate)
    assert working is not None and 5 <= len(working.members) <= 20
    assert set(iterate.basis.basic) <= set(working.members)
    inner = working.restrict_iterate(iterate)
    np.testing.assert_array_equal(inner.point.z, iterate.point.z[working.members])
    np.testing.assert_array_equal(inner.nu, iterate.nu)
    columns = working.inner.A[:, inner.basis.basic]
    np.testing.assert_array_equal(columns, problem.A[:, iterate.basis.basic])
    back = working.extend_iterate(inner)
    assert back is not None and back.basis.is_same(iterate.basis)
    np.testing.assert_array_equal(back.basis.basic, iterate.basis.basic)
    np.testing.assert_allclose(back.point.z, iterate.point.z, rtol=1e-9, atol=0)

    small = working.restrict_system(system)
    assert small is not None and small.problem is working.inner
    again = working.extend_system(small)
    assert again.problem is problem
    np.testing.assert_array_equal(again.inside, system.inside)
    np.testing.assert_array_equal(again.basis.basic, system.basis.basic)
    there, here = small.newton(inner.point), again.newton(iterate.point)
    for part, whole in zip(there, here, strict=True):
        np.testing.assert_allclose(part, whole[working.members], rtol=1e-9, atol=1e-15)


def test_basic_coordinates_count_however_flat(problem: DualProblem) -> None:
    iterate = Continuation(problem).solve(FAR).iterate
    flattest = np.argsort(iterate.point.log_inverse_metric)[:5]
    flat = Basis(flattest, np.linalg.inv(problem.A[:, flattest]))
    working = WorkingSet.at(problem, replace(iterate, basis=flat))
    assert working is not None and set(flattest) <= set(working.members)
    assert not set(flattest) & set(WorkingSet.at(problem, iterate).members)  # type: ignore[union-attr]


def test_where_most_coordinates_count_there_is_no_working_set(problem: DualProblem) -> None:
    assert WorkingSet.at(problem, Continuation(problem).solve(0.0).iterate) is None


def test_coordinates_that_come_to_count_are_not_left_out(problem: DualProblem) -> None:
    iterate = Continuation(problem).solve(FAR).iterate
    working = WorkingSet.at(problem, iterate)
    assert working is not None
    inner = working.restrict_iterate(iterate)
    basic = inner.basis.basic
    flat = replace(inner.point, log_inverse_metric=inner.point.log_inverse_metric - FAR)
    assert working.extend_iterate(inner) is not None
    assert working.extend_iterate(replace(inner, point=flat)) is None
    lost = inner.point.sigma.copy()
    lost[basic] = np.nan
    gone = replace(inner, point=replace(inner.point, sigma=lost))
    assert working.extend_iterate(gone) is None


def test_a_system_that_takes_others_into_account_stays_behind(problem: DualProblem) -> None:
    iterate, system = linearise(problem, Continuation(problem).solve(FAR).iterate)
    working = WorkingSet.at(problem, iterate)
    assert working is not None
    outside = np.flatnonzero(~working.counts)[:1]
    for inside in (outside, slice(None)):
        assert working.restrict_system(replace(system, inside=inside)) is None


def test_one_that_takes_most_of_many_columns_into_account_is_made_anew() -> None:
    # Its indices are a slice, of 40 % of the columns; the others start at 1e-30.
    n, d = 20, 40000
    rng = np.random.default_rng(0)
    X, y = rng.standard_normal((n, d)), rng.standard_normal(n)
    weights = np.where(rng.random(d) < 0.4, 1.0, 1e-30)
    first, second = path(X, y, log_alphas=[3.0, 2.5], start=(weights, weights)).solutions
    alone = solve(X, y, log_alpha=2.5, start=(weights, weights))
    np.testing.assert_allclose(second.beta, alone.beta, rtol=1e-9)
    minimizer = Minimizer.for_data(X, y, 2, (weights, weights), 1e-10)
    problem = minimizer.newton().problem
    iterate = minimizer.newton().solve(-6.0).iterate
    assert isinstance(NewtonSystem.at(problem, iterate.basis, iterate.point).inside, slice)
    assert WorkingSet.at(problem, iterate) is not None and first.error is not None
