"""The same flow in the N dual variables: ``X^T nu`` tells every weight."""

import dataclasses
import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from implicitbias.flows.dual_weights import DualWeights, LogStart, dual_weights
from implicitbias.flows.powers import LARGEST, least_change
from implicitbias.inputs.arrays import EPS, Batch, Matrix, Vector

ROOM = math.log(1e3)  # above ||y|| / ||X||, and above the start: what ``|beta_i|`` may come to


@dataclass(frozen=True, eq=False)
class DualFlow:
    """``nu' = c (y - X beta)``, and with ``sigma = X^T nu`` the weights are explicit.

    On the clock ``s = c G t``, G the largest ``|X^T (X beta - y)|`` at the start. The state is nu,
    (N,).

    Attributes:
        X: (N, d).
        y: (N,).
        start: where the weights are at nu = 0.
        weights: what they are at sigma, and ``ln c``.
        log_room: ln of how far ``|beta_i|`` may come above ``||y|| / ||X||`` and above its start;
            beyond, beta goes straight on.
    """

    X: Matrix
    y: Vector
    start: LogStart
    weights: DualWeights
    log_room: float = ROOM

    @classmethod
    def from_start(
        cls, X: Matrix, y: Vector, depth: float, log_plus: Vector, log_minus: Vector
    ) -> "DualFlow":
        """The flow from ``w_+ = exp(log_plus)``, ``w_- = exp(log_minus)``, (d,) each."""
        log_alpha = float(np.concatenate([log_plus, log_minus]).mean())
        start = LogStart(depth, log_alpha, log_plus - log_alpha, log_minus - log_alpha)
        return cls(X, y, start, dual_weights(start))

    @property
    def origin(self) -> Vector:
        """The state at the start."""
        return np.zeros(len(self.y))

    def beta(self, states: Vector | Batch) -> Vector | Batch:
        """``w_+^D - w_-^D`` at one state (N,) or many (m, N)."""
        sigma = states @ self.X
        inside = self._inside(sigma)
        beta = self.weights.beta(inside)
        if (inside != sigma).any():
            beta = beta + self.weights.inverse_metric(inside) * (sigma - inside)
        return np.asarray(beta)

    def roomier(self, states: Batch) -> "DualFlow | None":
        """The same flow with more room, if some of these states (m, N) need it."""
        sigma = states @ self.X
        if (self._inside(sigma) == sigma).all():
            return None
        return dataclasses.replace(self, log_room=2 * self.log_room)

    def slope(self, _: float, state: Vector) -> Vector:
        """``dnu/ds``. All the time of a flow is spent here, so it takes the short way if it can."""
        X, y = self._per_unit
        # Warnings of overflow are the caller's to silence: it costs more than the sum.
        beta = self.weights.beta_beyond(state @ self.X)
        if beta is None or not beta @ beta <= self._roomy:  # else every sigma is inside
            beta = self.beta(state)
        return np.asarray(y - X @ beta)

    def jacobian(self, _: float, state: Vector) -> Matrix:
        """(N, N) derivative of the slope."""
        out = (self.X * (self._inverse_metric(state) / -self.G)) @ self.X.T
        return np.asarray(out if isinstance(out, np.ndarray) else out.toarray())

    def log_unit(self) -> float:
        """``ln(s/t)``."""
        return self.weights.log_rate + math.log(self.G)

    def least(self) -> float:
        """What change of the state counts."""
        return least_change(self.X, self.y, self.start.largest) / (_norm(self.X) or 1.0)

    def rounding(self, states: Vector | Batch) -> Vector | Batch:
        """The error of beta by the rounding of states, (N,) or (m, N)."""
        return np.asarray(EPS * (np.abs(states) @ abs(self.X)) * self._inverse_metric(states))

    def speed(self, state: Vector) -> Vector:
        """(d,) ``dbeta/dsigma``, over the largest."""
        speed = self._inverse_metric(state)
        return np.asarray(speed / (speed.max() or 1.0))

    @cached_property
    def G(self) -> float:
        """The largest ``|X^T (X beta - y)|`` at the start; 1 where it is 0."""
        residual = self.X @ self.beta(self.origin) - self.y
        return float(np.abs(residual @ self.X).max()) or 1.0

    @cached_property
    def _per_unit(self) -> tuple[Matrix, Vector]:
        """X and y over G."""
        return self.X / self.G, self.y / self.G

    @cached_property
    def _roomy(self) -> float:
        """``||beta||^2`` up to which no sigma has reached the end of its room."""
        return math.exp(2 * min(float(self._most.min()), LARGEST))

    @cached_property
    def _most(self) -> Vector:
        """What ``ln w_+^D`` and ``ln w_-^D`` may come to."""
        size = math.log(_norm(self.y) or 1.0) - math.log(_norm(self.X) or 1.0)
        start = self.start.mean + np.abs(self.start.apart / 2)
        return np.asarray(np.maximum(size, start) + self.log_room)

    @cached_property
    def _ends(self) -> tuple[Vector, Vector]:
        """Where the room for each sigma ends.

        Weights rest for long and then grow by a power of 1/alpha at once, so an integrator's trial
        step can land where no double holds them, or past the pole. From here on beta goes straight
        on, and the step fails as it should.
        """
        return self.weights.ends(self._most)

    def _inside(self, sigma: Vector) -> Vector:
        low, high = self._ends
        return np.minimum(np.maximum(sigma, low), high)

    def _inverse_metric(self, states: Vector) -> Vector:
        """``dbeta/dsigma`` at one state or many, sigma kept to its room."""
        return self.weights.inverse_metric(self._inside(states @ self.X))


def _norm(values: Any) -> float:
    return float(np.linalg.norm(values.data if hasattr(values, "toarray") else values))
