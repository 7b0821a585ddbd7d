"""The coordinates that count, where most do not: a problem on them alone, and the way back."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from implicitbias.inputs.arrays import Indices
from implicitbias.inputs.problem import columns
from implicitbias.solvers.doubles.basis import Basis
from implicitbias.solvers.doubles.dual_problem import DualProblem
from implicitbias.solvers.doubles.iterate import Iterate
from implicitbias.solvers.doubles.newton_system import NewtonSystem

LOG_IDLE = -90.0  # of ln dz/dsigma below the steepest: no step brings such a coordinate back
FEW = 0.5  # of all coordinates: with more of them a problem of their own does not pay


@dataclass(frozen=True, eq=False)
class WorkingSet:
    """J, m of the d coordinates, and the problem on them alone.

    What is restricted has indices into J, what is extended has indices into all d.

    Attributes:
        members: J (m,), rising.
        counts: (d,) whether a coordinate is one of J.
        whole: the problem on all coordinates.
        inner: the problem on J.
    """

    members: Indices
    counts: Any
    whole: DualProblem
    inner: DualProblem

    @classmethod
    def at(cls, problem: DualProblem, iterate: Iterate) -> "WorkingSet | None":
        """Those that count at an iterate, and the basic ones; None where they are not few."""
        log_inverse_metric = iterate.point.log_inverse_metric
        counts = log_inverse_metric - log_inverse_metric.max() > LOG_IDLE
        counts[iterate.basis.basic] = True
        if counts.sum() > FEW * len(counts):
            return None
        J = np.flatnonzero(counts)
        inner = replace(problem, A=columns(problem.A, J), curve=problem.curve.at(J))
        return cls(J, counts, problem, inner)

    def restrict_basis(self, basis: Basis) -> Basis:
        """For a basis in J."""
        return replace(basis, basic=np.searchsorted(self.members, basis.basic))

    def extend_basis(self, basis: Basis) -> Basis:
        return replace(basis, basic=self.members[basis.basic])

    def restrict_iterate(self, iterate: Iterate) -> Iterate:
        """For one in a basis in J."""
        point, basis = iterate.point.row(self.members), self.restrict_basis(iterate.basis)
        return replace(iterate, point=point, basis=basis)

    def extend_iterate(self, iterate: Iterate) -> Iterate | None:
        """With the others at the same dual vector; None where they would count."""
        sigma = self.whole.A.T @ iterate.nu
        point = self.whole.point_at_dual(sigma, iterate.log_inverse_scale)
        outside = point.log_inverse_metric[~self.counts] - iterate.point.log_inverse_metric.max()
        if not (outside < LOG_IDLE / 2).all():  # nan too
            return None
        point = point.with_coordinates(self.members, iterate.point)
        return replace(iterate, point=point, basis=self.extend_basis(iterate.basis))

    def restrict_system(self, system: NewtonSystem) -> NewtonSystem | None:
        """For one in a basis in J; None where it takes other coordinates into account."""
        if not self.counts[system.inside].all():
            return None
        basis = self.restrict_basis(system.basis)
        inside = np.searchsorted(self.members, system.inside)
        return replace(system, problem=self.inner, basis=basis, inside=inside)

    def extend_system(self, system: NewtonSystem) -> NewtonSystem:
        basis, inside = self.extend_basis(system.basis), self.members[system.inside]
        return replace(system, problem=self.whole, basis=basis, inside=inside)
