"""Gradient flow in the weights themselves: the witness, which knows no potential and no solver."""

import dataclasses
import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from implicitbias.flows.powers import LARGEST, difference_of_powers, least_change
from implicitbias.inputs.arrays import Matrix, Vector


@dataclass(frozen=True, eq=False)
class WeightFlow:
    """``w_+' = -2 D w_+^(D-1) g``, ``w_-' = 2 D w_-^(D-1) g``, ``g = X^T (X beta - y)``.

    In ``u = ln w``, so that no weight underflows, and on a clock of its own: ``du/ds = V = -+
    e^((D-2) u - rho) g / G``, G the largest ``|g|`` at the start, ``t = s e^-rho / (2 D G)``.
    The state is ``u - start``, (2d,).

    Attributes:
        X: (N, d).
        y: (N,).
        depth: D >= 2, finite.
        start: (2d,) ``ln w_+`` and ``ln w_-`` at the start.
        G: the largest ``|g|`` at the start; 1 where it is 0.
        rho: of the clock's unit.
    """

    X: Matrix
    y: Vector
    depth: float
    start: Vector
    G: float
    rho: float = 0.0

    @classmethod
    def from_start(
        cls, X: Matrix, y: Vector, depth: float, log_plus: Vector, log_minus: Vector
    ) -> "WeightFlow":
        """The flow from ``w_+ = exp(log_plus)``, ``w_- = exp(log_minus)``, (d,) each."""
        flow = cls(X, y, depth, np.concatenate([log_plus, log_minus]), 1.0)
        size = float(np.abs(flow.gradient(flow.beta(flow.origin))).max())
        return dataclasses.replace(flow, G=size or 1.0).in_units_of_now(flow.origin)

    @property
    def origin(self) -> Vector:
        """The state at the start."""
        return np.zeros(len(self.start))

    def in_units_of_now(self, state: Vector) -> "WeightFlow":
        """The same flow with the present speed as the unit; as it is if all is at rest."""
        g = np.tile(np.abs(self.gradient(self.beta(state))), 2)
        moving = g > 0
        if not moving.any():
            return self
        log_speed = (self.depth - 2) * (self.start + state)[moving] + np.log(g[moving] / self.G)
        return dataclasses.replace(self, rho=float(log_speed.max()))

    def beta(self, state: Vector) -> Vector:
        """``w_+^D - w_-^D``."""
        d = len(state) // 2
        logs = self.depth * (self.start + state)
        # Deep in the kernel regime the moves are tiny beside the start: keep their digits.
        apart = self._apart_at_start + (state[:d] - state[d:])
        return difference_of_powers(logs[:d], logs[d:], self.depth * apart)

    def residual(self, beta: Vector) -> Vector:
        """``X beta - y``."""
        return np.asarray(self.X @ beta - self.y)

    def gradient(self, beta: Vector) -> Vector:
        """g."""
        return np.asarray(self.X.T @ self.residual(beta))

    def slope(self, _: float, state: Vector) -> Vector:
        """V."""
        g = self.gradient(self.beta(state))
        return np.asarray(self._by_gradient(state) * np.concatenate([g, g]))

    def jacobian(self, _: float, state: Vector) -> Matrix:
        """(2d, 2d) derivative of V."""
        d = len(state) // 2
        powers = self.depth * np.exp(np.minimum(self.depth * (self.start + state), LARGEST))
        powers[d:] *= -1
        out = np.asarray(self._by_gradient(state)[:, None] * self._gram_twice * powers)
        out[np.diag_indices(2 * d)] += (self.depth - 2) * self.slope(0.0, state)
        return out

    def log_unit(self) -> float:
        """``ln(s/t)``."""
        return math.log(2 * self.depth * self.G) + self.rho

    def least(self) -> float:
        """What change of the state counts."""
        return least_change(self.X, self.y, self.depth * float(self.start.max())) / self.depth

    def rounding(self, state: Vector) -> float:
        """The relative error of beta by that of the state."""
        return float(self.depth * np.abs(self.start + state).max() * np.finfo(np.float64).eps)

    def speed(self, state: Vector) -> Vector:
        """``w_+^(2D-2) + w_-^(2D-2)``, over the largest."""
        d = len(state) // 2
        logs = (2 * self.depth - 2) * (self.start + state)
        powers = np.exp(logs - logs.max())
        return np.asarray(powers[:d] + powers[d:])

    @cached_property
    def _apart_at_start(self) -> Vector:
        """``ln w_+ - ln w_-``, (d,)."""
        d = len(self.start) // 2
        return np.asarray(self.start[:d] - self.start[d:])

    @cached_property
    def _gram_twice(self) -> Matrix:
        """``X^T X`` for each pair of the two halves of the weights, (2d, 2d)."""
        gram = self.X.T @ self.X
        return np.tile(gram if isinstance(gram, np.ndarray) else gram.toarray(), (2, 2))

    def _by_gradient(self, state: Vector) -> Vector:
        """``dV/dg``, (2d,)."""
        # Where that overflows a large weight is at rest, however it is drawn to it.
        pace = np.exp(np.minimum((self.depth - 2) * (self.start + state) - self.rho, LARGEST))
        pace[: len(pace) // 2] *= -1
        pace /= self.G
        return np.asarray(pace)
