"""The entropies: what tells apart many l1 minimisers in the limit alpha -> 0."""

from abc import ABC, abstractmethod
from dataclasses import dataclass

from implicitbias.numbers import Exact, NumberSystem
from implicitbias.numbers.system import Value


class Entropy(ABC):
    """A strictly convex f on z > 0 whose slope at 0 is minus infinity; ``sigma = f'(z)``.

    As alpha -> 0 gradient flow tends to the l1 minimiser with the least ``sum_i f(|beta_i|)`` over
    the entries that are not 0 in all of them. The curve (z, sigma) has the parameter ``v = ln z``.
    """

    @abstractmethod
    def value(self, xp: NumberSystem, z: Value) -> Value:
        """``f(z)``."""

    @abstractmethod
    def dual_at(self, xp: NumberSystem, v: Value) -> Value:
        """``sigma = f'(e^v)``."""

    @abstractmethod
    def dual_derivative(self, xp: NumberSystem, v: Value) -> Value:
        """``dsigma/dv = z f''(z)`` at ``z = e^v``."""

    @abstractmethod
    def parameter_of_dual(self, xp: NumberSystem, sigma: Value) -> Value:
        """The v with ``f'(e^v) = sigma``; nan where there is none."""


@dataclass(frozen=True)
class Boltzmann(Entropy):
    """``f = z ln z - z``, ``f' = ln z``: of depth 2."""

    def value(self, xp: NumberSystem, z: Value) -> Value:
        return z * xp.log(z) - z

    def dual_at(self, xp: NumberSystem, v: Value) -> Value:
        return v

    def dual_derivative(self, xp: NumberSystem, v: Value) -> Value:
        return 1 + 0 * v

    def parameter_of_dual(self, xp: NumberSystem, sigma: Value) -> Value:
        return sigma


@dataclass(frozen=True)
class Tsallis(Entropy):
    """``f = -z^(1-1/p) / (1-1/p)``, ``f' = -z^(-1/p) < 0``: of depth D > 2.

    ``1 - 1/p = 2/D``. In the limit p = 1, of depth infinity, it is Burg's entropy ``f = -ln z``.

    Args:
        p: >= 1, exactly.
    """

    p: Exact

    def value(self, xp: NumberSystem, z: Value) -> Value:
        order = 1 - 1 / self.p
        return -xp.log(z) if order == 0 else -xp.power(z, order) / xp.constant(order)

    def dual_at(self, xp: NumberSystem, v: Value) -> Value:
        return -xp.exp(-v / xp.constant(self.p))

    def dual_derivative(self, xp: NumberSystem, v: Value) -> Value:
        return xp.exp(-v / xp.constant(self.p)) / xp.constant(self.p)

    def parameter_of_dual(self, xp: NumberSystem, sigma: Value) -> Value:
        return -xp.constant(self.p) * xp.log(-sigma)
