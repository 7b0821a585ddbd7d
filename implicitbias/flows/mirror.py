"""The same flow in the N dual variables: ``X^T nu`` tells every weight."""

import dataclasses
import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from implicitbias.flows.powers import LARGEST, difference_of_powers, least_change
from implicitbias.inputs.arrays import Vector

EPS = float(np.finfo(np.float64).eps)
ROOM = math.log(1e3)  # above ||y|| / ||X||, and above the start: what ``|beta_i|`` may come to


@dataclass(frozen=True, eq=False)
class DualFlow:
    """``nu' = c (y - X beta)``, and with ``sigma = X^T nu`` the weights are explicit.

    D = 2: c = 8, ``w_+^2 = w_+(0)^2 e^sigma``, ``w_-^2 = w_-(0)^2 e^-sigma``. Above, with alpha the
    scale of the start, ``w_+(0) = alpha a``: ``c = 2 D (D-2) alpha^(D-2)``,
    ``w_+ = alpha (a^(2-D) - sigma)^(-1/(D-2))``, ``w_- = alpha (b^(2-D) + sigma)^(-1/(D-2))``.
    On the clock ``s = c G t``, G the largest ``|X^T (X beta - y)|`` at the start. The state is nu,
    (N,).
    """

    X: Any
    y: Vector
    depth: float
    log_alpha: float
    log_a: Vector
    log_b: Vector
    log_room: float = ROOM

    @classmethod
    def from_start(
        cls, X: Any, y: Vector, depth: float, log_plus: Vector, log_minus: Vector
    ) -> "DualFlow":
        """The flow from ``w_+ = exp(log_plus)``, ``w_- = exp(log_minus)``, (d,) each."""
        log_alpha = float(np.concatenate([log_plus, log_minus]).mean())
        return cls(X, y, depth, log_alpha, log_plus - log_alpha, log_minus - log_alpha)

    @property
    def origin(self) -> Vector:
        """The state at the start."""
        return np.zeros(len(self.y))

    def beta(self, states: Vector) -> Vector:
        """``w_+^D - w_-^D`` at one state (N,) or many (m, N)."""
        sigma = states @ self.X
        inside = self._inside(sigma)
        if self._is_plain:
            beta = self._scale * np.sinh(self._half + inside)
        else:
            beta = difference_of_powers(*self._logs(inside))
        if (inside != sigma).any():
            beta = beta + self._inverse_metric(inside) * (sigma - inside)
        return np.asarray(beta)

    def roomier(self, states: Vector) -> "DualFlow | None":
        """The same flow with more room, if some of these states (m, N) need it."""
        sigma = states @ self.X
        if (self._inside(sigma) == sigma).all():
            return None
        return dataclasses.replace(self, log_room=2 * self.log_room)

    def slope(self, _: float, state: Vector) -> Vector:
        """``dnu/ds``. All the time of a flow is spent here, so it takes the short way if it can."""
        X, y = self._per_unit
        if self._is_plain:
            # Warnings of overflow are the caller's to silence: it costs more than the sum.
            beta = self._scale * np.sinh(self._half + state @ self.X)
            if beta @ beta <= self._roomy:  # then every sigma is inside
                return np.asarray(y - X @ beta)
        return np.asarray(y - X @ self.beta(state))

    def jacobian(self, _: float, state: Vector) -> Vector:
        """(N, N) derivative of the slope."""
        out = (self.X * (self._inverse_metric(self._inside(state @ self.X)) / -self.G)) @ self.X.T
        return np.asarray(out if isinstance(out, np.ndarray) else out.toarray())

    def log_unit(self) -> float:
        """``ln(s/t)``."""
        D = self.depth
        log_c = math.log(8) if D == 2 else math.log(2 * D * (D - 2)) + (D - 2) * self.log_alpha
        return log_c + math.log(self.G)

    def least(self) -> float:
        """What change of the state counts."""
        largest = self.depth * (self.log_alpha + float(max(self.log_a.max(), self.log_b.max())))
        return least_change(self.X, self.y, largest) / (_norm(self.X) or 1.0)

    def rounding(self, states: Vector) -> Vector:
        """The error of beta by the rounding of states, (N,) or (m, N)."""
        return np.asarray(
            EPS
            * (np.abs(states) @ abs(self.X))
            * self._inverse_metric(self._inside(states @ self.X))
        )

    def speed(self, state: Vector) -> Vector:
        """(d,) ``dbeta/dsigma``, over the largest."""
        speed = self._inverse_metric(self._inside(state @ self.X))
        return np.asarray(speed / (speed.max() or 1.0))

    @cached_property
    def G(self) -> float:
        """The largest ``|X^T (X beta - y)|`` at the start; 1 where it is 0."""
        residual = self.X @ self.beta(self.origin) - self.y
        return float(np.abs(residual @ self.X).max()) or 1.0

    @cached_property
    def _per_unit(self) -> tuple[Any, Vector]:
        """X and y over G."""
        return self.X / self.G, self.y / self.G

    @cached_property
    def _is_plain(self) -> bool:
        """Whether beta is ``scale sinh(half + sigma)`` in doubles."""
        return self.depth == 2 and float(self._mean.min()) > -LARGEST

    @cached_property
    def _scale(self) -> Vector:
        return np.asarray(2 * np.exp(self._mean))

    @cached_property
    def _roomy(self) -> float:
        """``||beta||^2`` up to which no sigma has reached the end of its room."""
        return math.exp(2 * min(float(self._most.min()), LARGEST))

    @cached_property
    def _mean(self) -> Vector:
        """Of ``ln w_+^D`` and ``ln w_-^D`` at the start."""
        return self.depth * (self.log_alpha + (self.log_a + self.log_b) / 2)

    @cached_property
    def _half(self) -> Vector:
        """Half their difference."""
        return self.depth * (self.log_a - self.log_b) / 2

    @cached_property
    def _poles(self) -> tuple[Vector, Vector]:
        """``a^(2-D)`` and ``b^(2-D)``."""
        return np.exp((2 - self.depth) * self.log_a), np.exp((2 - self.depth) * self.log_b)

    @cached_property
    def _most(self) -> Vector:
        """What ``ln w_+^D`` and ``ln w_-^D`` may come to."""
        size = math.log(_norm(self.y) or 1.0) - math.log(_norm(self.X) or 1.0)
        start = self._mean + np.abs(self._half)
        return np.asarray(np.maximum(size, start) + self.log_room)

    @cached_property
    def _ends(self) -> tuple[Vector, Vector]:
        """Where the room for each sigma ends.

        Weights rest for long and then grow by a power of 1/alpha at once, so an integrator's trial
        step can land where no double holds them, or past the pole. From here on beta goes straight
        on, and the step fails as it should.
        """
        plus, minus = self._mean + self._half, self._mean - self._half
        most = self._most
        if self.depth == 2:
            return minus - most, most - plus
        A, B = self._poles
        share = (self.depth - 2) / self.depth
        up, down = (np.maximum(np.exp((logs - most) * share), 2 * EPS) for logs in (plus, minus))
        return B * (down - 1), A * (1 - up)

    def _inside(self, sigma: Vector) -> Vector:
        low, high = self._ends
        return np.minimum(np.maximum(sigma, low), high)

    def _logs(self, sigma: Vector) -> tuple[Vector, Vector, Vector]:
        """``ln w_+^D``, ``ln w_-^D`` and their difference, without cancellation."""
        D = self.depth
        plus, minus = D * (self.log_alpha + self.log_a), D * (self.log_alpha + self.log_b)
        apart = D * (self.log_a - self.log_b)
        if D == 2:
            return plus + sigma, minus - sigma, apart + 2 * sigma
        A, B = self._poles
        up, down = np.log((A - sigma) / A), np.log((B + sigma) / B)
        near = np.abs(sigma) < np.minimum(A, B) / 2
        small = np.where(near, sigma, 0.0)
        moved = np.where(near, np.log1p(small / B) - np.log1p(-small / A), down - up)
        power = D / (D - 2)
        return plus - power * up, minus - power * down, apart + power * moved

    def _inverse_metric(self, sigma: Vector) -> Vector:
        """(d,) ``dbeta/dsigma``."""
        plus, minus, _ = self._logs(sigma)
        if self.depth == 2:
            return np.asarray(np.exp(plus) + np.exp(minus))
        A, B = self._poles
        power = self.depth / (self.depth - 2)
        return np.asarray(power * (np.exp(plus) / (A - sigma) + np.exp(minus) / (B + sigma)))


def _norm(values: Any) -> float:
    return float(np.linalg.norm(values.data if hasattr(values, "toarray") else values))
