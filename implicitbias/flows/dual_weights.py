"""The two weights of every coordinate, explicit in its dual variable ``sigma = (X^T nu)_i``."""

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from implicitbias.flows.powers import LARGEST, difference_of_powers
from implicitbias.inputs.arrays import EPS, Vector


@dataclass(frozen=True, eq=False)
class LogStart:
    """The start ``w_+ = alpha a``, ``w_- = alpha b``, in logarithms.

    Attributes:
        depth: D.
        log_alpha: the scale, a number.
        log_a: (d,)
        log_b: (d,)
    """

    depth: float
    log_alpha: float
    log_a: Vector
    log_b: Vector

    @cached_property
    def plus(self) -> Vector:
        """(d,) ``ln w_+^D``."""
        return self.depth * (self.log_alpha + self.log_a)

    @cached_property
    def minus(self) -> Vector:
        """(d,) ``ln w_-^D``."""
        return self.depth * (self.log_alpha + self.log_b)

    @cached_property
    def apart(self) -> Vector:
        """(d,) their difference, with the digits of a start whose halves are near."""
        return self.depth * (self.log_a - self.log_b)

    @cached_property
    def mean(self) -> Vector:
        """(d,) their mean."""
        return self.depth * (self.log_alpha + (self.log_a + self.log_b) / 2)

    @property
    def largest(self) -> float:
        """The largest of them all."""
        return self.depth * (self.log_alpha + float(max(self.log_a.max(), self.log_b.max())))


class DualWeights(ABC):
    """How the weights of one depth follow sigma, (d,) or (m, d) as all that is computed from it."""

    @property
    @abstractmethod
    def log_rate(self) -> float:
        """``ln c`` of ``nu' = c (y - X beta)``."""

    @abstractmethod
    def logs(self, sigma: Vector) -> tuple[Vector, Vector, Vector]:
        """``ln w_+^D``, ``ln w_-^D`` and their difference, without cancellation."""

    @abstractmethod
    def beta(self, sigma: Vector) -> Vector:
        """``w_+^D - w_-^D``."""

    @abstractmethod
    def beta_beyond(self, sigma: Vector) -> Vector | None:
        """The same in one short formula that holds for every sigma; None where there is none."""

    @abstractmethod
    def inverse_metric(self, sigma: Vector) -> Vector:
        """``dbeta/dsigma``."""

    @abstractmethod
    def ends(self, most: Vector) -> tuple[Vector, Vector]:
        """(d,) each: the least and largest sigma with ``ln w^D <= most`` for both weights."""


@dataclass(frozen=True, eq=False)
class ExponentialWeights(DualWeights):
    """D = 2: c = 8, ``w_+^2 = w_+(0)^2 e^sigma``, ``w_-^2 = w_-(0)^2 e^-sigma``."""

    start: LogStart

    @property
    def log_rate(self) -> float:
        return math.log(8)

    def logs(self, sigma: Vector) -> tuple[Vector, Vector, Vector]:
        start = self.start
        return start.plus + sigma, start.minus - sigma, start.apart + 2 * sigma

    def beta(self, sigma: Vector) -> Vector:
        beta = self.beta_beyond(sigma)
        return difference_of_powers(*self.logs(sigma)) if beta is None else beta

    def beta_beyond(self, sigma: Vector) -> Vector | None:
        if self._scale is None:
            return None
        return np.asarray(self._scale * np.sinh(self._half + sigma))

    def inverse_metric(self, sigma: Vector) -> Vector:
        plus, minus, _ = self.logs(sigma)
        return np.asarray(np.exp(plus) + np.exp(minus))

    def ends(self, most: Vector) -> tuple[Vector, Vector]:
        mean = self.start.mean
        return (mean - self._half) - most, most - (mean + self._half)

    @cached_property
    def _half(self) -> Vector:
        return self.start.apart / 2

    @cached_property
    def _scale(self) -> Vector | None:
        """(d,) of the hyperbolic sine that beta is; None where no double holds it."""
        plain = float(self.start.mean.min()) > -LARGEST
        return np.asarray(2 * np.exp(self.start.mean)) if plain else None


@dataclass(frozen=True, eq=False)
class PowerWeights(DualWeights):
    """D > 2: ``c = 2 D (D-2) alpha^(D-2)``, ``w_+ = alpha (a^(2-D) - sigma)^(-1/(D-2))``,
    ``w_- = alpha (b^(2-D) + sigma)^(-1/(D-2))``."""

    start: LogStart

    @property
    def log_rate(self) -> float:
        D = self.start.depth
        return math.log(2 * D * (D - 2)) + (D - 2) * self.start.log_alpha

    def logs(self, sigma: Vector) -> tuple[Vector, Vector, Vector]:
        start, power = self.start, self._power
        A, B = self._poles
        up, down = np.log((A - sigma) / A), np.log((B + sigma) / B)
        near = np.abs(sigma) < self._near
        small = np.where(near, sigma, 0.0)
        moved = np.where(near, np.log1p(small / B) - np.log1p(-small / A), down - up)
        return start.plus - power * up, start.minus - power * down, start.apart + power * moved

    def beta(self, sigma: Vector) -> Vector:
        return difference_of_powers(*self.logs(sigma))

    def beta_beyond(self, sigma: Vector) -> Vector | None:
        return None  # it has poles

    def inverse_metric(self, sigma: Vector) -> Vector:
        plus, minus, _ = self.logs(sigma)
        A, B = self._poles
        return np.asarray(self._power * (np.exp(plus) / (A - sigma) + np.exp(minus) / (B + sigma)))

    def ends(self, most: Vector) -> tuple[Vector, Vector]:
        mean, half = self.start.mean, self.start.apart / 2
        A, B = self._poles
        share = (self.start.depth - 2) / self.start.depth
        up = np.maximum(np.exp((mean + half - most) * share), 2 * EPS)
        down = np.maximum(np.exp((mean - half - most) * share), 2 * EPS)
        return B * (down - 1), A * (1 - up)

    @property
    def _power(self) -> float:
        """``D/(D-2)``."""
        return self.start.depth / (self.start.depth - 2)

    @cached_property
    def _poles(self) -> tuple[Vector, Vector]:
        """``a^(2-D)`` and ``b^(2-D)``."""
        order = 2 - self.start.depth
        return np.exp(order * self.start.log_a), np.exp(order * self.start.log_b)

    @cached_property
    def _near(self) -> Vector:
        """``|sigma|`` up to which a weight has moved little."""
        return np.asarray(np.minimum(*self._poles) / 2)


def dual_weights(start: LogStart) -> DualWeights:
    """The weights of the start's depth."""
    return ExponentialWeights(start) if start.depth == 2 else PowerWeights(start)
