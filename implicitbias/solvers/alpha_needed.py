"""The largest alpha at which gradient flow is near the least l1 norm, on given data."""

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import scipy.linalg as la
from flint import arb, arb_mat, ctx, fmpq, fmpq_mat

from implicitbias.inputs.arrays import Vector, as_depth, as_positive
from implicitbias.inputs.scale import as_scale
from implicitbias.numbers import BALLS
from implicitbias.potentials import ImplicitPotential, potential_for
from implicitbias.solvers.balls.verified_solver import VerifiedSolver
from implicitbias.solvers.basis_pursuit.exact import exact_min_l1
from implicitbias.solvers.rich_bounds import RichBounds, predicted_rate
from implicitbias.solvers.scale_terms import ScaleTerms, scale_terms

LN10 = math.log(10.0)
SCAN_STEP = 0.1  # decades of alpha
REFINED = 1e-3  # decades: the width of the bracket that is returned
DIGITS = 20
COVER_BITS = 96
SHORTEST = REFINED / 64  # decades: a step that is still not covered is not for this argument
ROOM = 1.5  # times what beta seems to move by
ROUNDS = 4  # of guessing that
SHARPENED = 8  # rounds of the bound on ||beta||_2
NEAR_KERNEL_END = (
    "||beta_L2||_1 is too near (1 + eps) ||beta_L1||_1 to tell how it compares as alpha -> inf; "
    "change eps a little"
)
ROUNDING = 1e-9  # of ln alpha, upwards
RICH = 1e-3  # of eps: where the l1 norm is monotone up to this share, steps may be long


@dataclass(frozen=True)
class AlphaNeeded:
    """Where ``||beta||_1 <= (1 + eps) ||beta_L1||_1`` begins to hold as alpha falls.

    Attributes:
        log_alpha: the natural logarithm of an alpha at which it holds, proved; inf where it holds
            already as alpha -> inf.
        alpha: the same as a double, which may be 0.
        bracket: it holds at ``log_alpha = bracket[0]`` and fails at ``bracket[1]``, both proved.
        certified: whether it fails at every larger alpha, proved: ``log_alpha`` is then the largest
            to within the bracket. Else it was seen to fail on the grid only.
        step: decades of alpha between the grid's points.
        norm: ``||beta_L1||_1``. depth: D. eps: as asked.
        bounds: what the theorems say, see ``RichBounds``.
        rate: the power of alpha with which the excess falls in the end; see ``predicted_rate``.
        solves: how many alphas were solved for.
    """

    log_alpha: float
    bracket: tuple[float, float]
    certified: bool
    step: float
    norm: float
    depth: float
    eps: float
    bounds: RichBounds
    rate: float | None
    solves: int

    @property
    def alpha(self) -> float:
        """``exp(log_alpha)``, 0 where no double holds it."""
        return math.exp(self.log_alpha) if self.log_alpha < 709 else math.inf


def alpha_needed(X: Any, y: Any, eps: float, depth: float = 2) -> AlphaNeeded:
    """The largest alpha with ``||beta||_1 <= (1 + eps) ||beta_L1||_1``, beta that of ``solve``.

    A scan from the kernel regime down. That the norm stays above the bound between two alphas is
    shown by two inequalities. With ``x = alpha^D``, ``lambda = x^(-1/p)``, ``p = D/(D-2)``, and

        N_x(b) = |b| - 2 x (1 - (1 + |s|)^-p),  s = q_D'(b/x)     (D > 2)
        N_x(b) = sqrt(4 x^2 + b^2) - 2 x                          (D = 2)

    N is the derivative of the terms ``lambda x q(b/x)`` of the objective in lambda (at D = 2 that
    of ``x q(b/x)`` in ``ln(1/x)``); it falls with x, and ``N <= |b|``. Let x0 <= x, and beta0, beta
    be the minimisers there. The sum of what each objective gains at the other's minimiser is the
    integral of ``sum_i N(beta_i) - N(beta0_i)``, and not negative. Hence
    ``||beta||_1 >= sum_i N_x(beta0_i)``; and with 1/S a bound on the second
    derivatives ``(sum_i (beta_i - beta0_i)^2 / S_i)^(1/2) <= (lambda0 - lambda) (sum_i S_i (N'_i -
    (X^T w)_i)^2)^(1/2)`` for every w, as ``X (beta - beta0) = 0``; likewise for ``||beta||_1 >=
    sum_i sign(beta0_i) beta_i``. In the kernel regime ``||beta - beta_L2||_2 <=
    (p+1)(p+2)/(24 p^2) ||beta||_2^3 / x^2``, 1/24 at D = 2.

    Args:
        X, y: as ``solve`` with digits; y not 0. eps: > 0.
        depth: D >= 2, or math.inf (alpha then stands for ``alpha^D``).

    Raises:
        ValueError, TypeError, InfeasibleError: as ``solve``.
        EnclosureError: an alpha on the way was not enclosed.
    """
    depth, eps = as_depth(depth), as_positive(eps, "eps")
    scan = _Scan.of(X, y, eps, depth)
    return scan.run()


@dataclass(eq=False)
class _Scan:
    solver: VerifiedSolver
    depth: float
    eps: float
    target: arb
    norm: float
    rate: float | None
    solves: int = 0

    @classmethod
    def of(cls, X: Any, y: Any, eps: float, depth: float) -> "_Scan":
        solver = VerifiedSolver.for_data(X, y, depth, None)
        exact = exact_min_l1(X, y, depth, DIGITS).exact
        assert exact is not None
        if exact.norm == 0:
            raise ValueError("y is 0, and so is beta at every alpha: there is no alpha to look for")
        nu = fmpq_mat(1, len(exact.dual), [fmpq(v.numerator, v.denominator) for v in exact.dual])
        prices = (nu * solver.data.given[0]).entries()
        share = fmpq(*eps.as_integer_ratio()) + 1
        with ctx.workprec(COVER_BITS):
            target = arb(share * fmpq(exact.norm.numerator, exact.norm.denominator))
        return cls(
            solver, depth, eps, target, float(exact.norm), predicted_rate(exact, prices, depth)
        )

    @cached_property
    def potential(self) -> ImplicitPotential:
        return potential_for(self.depth)

    @cached_property
    def terms(self) -> ScaleTerms:
        return scale_terms(self.potential)

    def run(self) -> AlphaNeeded:
        """Down from the kernel end, in steps so short that each is covered, to the first crossing.

        Where a step is not covered even if it is short, it is taken uncertified.
        """
        with ctx.workprec(COVER_BITS):
            top = self._kernel_end()
            if top is None:
                return self._found((math.inf, math.inf), True)
            high, step, certified = top, SCAN_STEP * LN10, True
            holds: float | None = None
            while holds is None or high - holds > REFINED * LN10:
                low = high - step if holds is None else max(high - step, (high + holds) / 2)
                beta = self._beta(low)
                if not _norm(beta) > self.target:
                    holds, step = low, (high - low) / 2
                    continue
                covered = self._is_above(low, high, beta)
                if not covered and high - low > SHORTEST * LN10:
                    step = (high - low) / 2
                    if holds is None and step < REFINED * LN10:
                        # Steps shorten towards a crossing without ever going over it.
                        beyond = high - REFINED * LN10
                        holds = None if _norm(self._beta(beyond)) > self.target else beyond
                    continue
                certified, high = certified and covered, low
                step = 2 * step if self._is_rich(high) else min(1.5 * step, SCAN_STEP * LN10)
            if not _norm(self._beta(holds)) <= self.target:
                raise ArithmeticError(
                    f"the l1 norm at log_alpha = {holds:.9g} is too near the bound to compare"
                )
            return self._found((holds, high), certified)

    def _found(self, bracket: tuple[float, float], certified: bool) -> AlphaNeeded:
        d = self.solver.data.X.ncols()
        return AlphaNeeded(
            log_alpha=bracket[0],
            bracket=bracket,
            certified=certified,
            step=SCAN_STEP,
            norm=self.norm,
            depth=self.depth,
            eps=self.eps,
            bounds=RichBounds.of(self.norm, d, self.eps, self.depth),
            rate=self.rate,
            solves=self.solves,
        )

    def _beta(self, log_alpha: float) -> tuple[arb, ...]:
        self.solves += 1
        return self.solver.enclose(as_scale(log_alpha=log_alpha), DIGITS).balls

    def _x(self, log_alpha: float) -> arb:
        log_inverse_scale: arb = self.potential.log_inverse_scale(BALLS, arb(log_alpha))
        return (-log_inverse_scale).exp()

    def _is_rich(self, log_alpha: float) -> bool:
        d = self.solver.data.X.ncols()
        return bool(2 * d * self._x(log_alpha) < RICH * self.eps * self.norm)

    def _kernel_end(self) -> float | None:
        """An alpha from which on the norm exceeds the bound, by the distance to beta_L2.

        None where it falls short of it as alpha -> inf.
        """
        data = self.solver.data
        gram = data.X * data.X.transpose()
        least = (data.X.transpose() * gram.solve(data.y)).entries()
        limit = arb(sum((abs(b) for b in least), fmpq(0)))
        if limit < self.target:
            return None
        d, square = data.X.ncols(), arb(sum((b * b for b in least), fmpq(0)))
        share = self.terms.kernel_share
        for x in (square.sqrt() * arb(2) ** k for k in range(-4, 64)):
            # ||beta||_2 <= sqrt(d) ||beta_L2||_2, and beta - beta_L2 is orthogonal to beta_L2.
            most = d * square
            for _ in range(SHARPENED):
                most = (square + (share * most ** (arb(3) / 2) / x**2) ** 2).min(most)
            off = arb(d).sqrt() * share * most ** (arb(3) / 2) / x**2
            if limit - off > self.target:
                return float(x.log().upper()) / float(self.potential.scale_exponent) + ROUNDING
        raise ArithmeticError(NEAR_KERNEL_END)

    def _is_above(self, low: float, high: float, beta: tuple[arb, ...]) -> bool:
        """Whether the norm exceeds the bound on all of ``[low, high]``; beta is that at low."""
        below, above = self._x(low), self._x(high)
        here = self.terms.at([abs(b) for b in beta], above)
        if sum((term.derivative for term in here), arb(0)) > self.target:
            return True
        move = self.terms.distance(below, above)
        signs = np.array([float(b.mid().sgn()) for b in beta])
        slopes = signs * np.array([float(term.slope) for term in here])
        roots = np.sqrt([float(term.inverse_curvature) for term in here])
        if not np.isfinite(roots).all():
            return False
        along = self._combined(slopes, roots)
        length = float(move) * la.norm(roots * (slopes - [float(entry) for entry in along]))
        for _ in range(ROUNDS):
            rooms = [arb(r) for r in (ROOM * roots * length + np.finfo(float).tiny).tolist()]
            inverse_curvatures, slopes_between = self._around(beta, rooms, below, above)
            pull = sum(
                (
                    k * abs(slope - in_rows).upper() ** 2
                    for k, slope, in_rows in zip(
                        inverse_curvatures, slopes_between, along, strict=True
                    )
                ),
                arb(0),
            )
            way = move * pull.sqrt()
            # The way of beta is continuous in x: it stays in its room if it does while it is there.
            if all(k.sqrt() * way < r for k, r in zip(inverse_curvatures, rooms, strict=True)):
                break
            length = float(way)
        else:
            return False
        value, weight = arb(0), arb(0)
        for b, sign, k, in_rows in zip(
            beta, signs.tolist(), inverse_curvatures, self._combined(signs, roots), strict=True
        ):
            value += sign * b
            weight += k * (sign - in_rows) ** 2
        return bool(value - weight.sqrt() * way > self.target)

    def _combined(self, vector: Vector, roots: Vector) -> list[arb]:
        """``X^T w`` in balls, for some w that brings it near to the vector in these weights."""
        A = self.solver.data.doubles
        w = la.lstsq((A * roots).T, roots * vector)[0]
        column = arb_mat(len(w), 1, [float(entry) for entry in w])
        return list((arb_mat(self.solver.data.X).transpose() * column).entries())

    def _around(
        self, beta: tuple[arb, ...], rooms: list[arb], below: arb, above: arb
    ) -> tuple[list[arb], list[arb]]:
        """Upper bounds of S, and N' within these rooms of beta, for all x in between.

        S rises with ``|b|`` and with x; N' is odd, rises with b, and falls with x where b > 0.
        """
        far = [(abs(b) + r).upper() for b, r in zip(beta, rooms, strict=True)]
        near = [(abs(b) - r).lower() for b, r in zip(beta, rooms, strict=True)]
        most = self.terms.at(far, below)
        least = self.terms.at([size if size > 0 else arb(0) for size in near], above)
        slopes = [
            (high.slope.union(low.slope) * b.mid().sgn())
            if size > 0
            else arb(0, high.slope.abs_upper())
            for b, size, high, low in zip(beta, near, most, least, strict=True)
        ]
        return [term.inverse_curvature.upper() for term in self.terms.at(far, above)], slopes


def _norm(beta: tuple[arb, ...]) -> arb:
    return sum((abs(b) for b in beta), arb(0))
