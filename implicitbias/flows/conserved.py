"""What gradient flow conserves of the two weights of every coordinate."""

from abc import ABC, abstractmethod
from dataclasses import dataclass

import numpy as np

from implicitbias.flows.powers import LARGEST
from implicitbias.inputs.arrays import Vector
from implicitbias.potentials import Depth


class Conserved(ABC):
    """The conserved quantity of one depth, told by its scale: the alpha for which the start
    ``w_+ = w_- = alpha`` has the same."""

    @abstractmethod
    def scale(self, w: Vector) -> Vector:
        """(d,) the scale of weights w (2, d) >= 0."""

    @abstractmethod
    def effective_scale(self, w: Vector) -> Vector:
        """(d,) the same where weights may have changed their sign; nan where there is none."""

    @abstractmethod
    def weights(self, size: Vector, scale: Vector) -> tuple[Vector, Vector]:
        """(d,) each: the larger and the smaller weight at ``|beta| = size``."""


@dataclass(frozen=True)
class Product(Conserved):
    """``w_+ w_-``, of depth 2."""

    def scale(self, w: Vector) -> Vector:
        return np.asarray(np.sqrt(w[0]) * np.sqrt(w[1]))

    def effective_scale(self, w: Vector) -> Vector:
        return self.scale(np.abs(w))

    def weights(self, size: Vector, scale: Vector) -> tuple[Vector, Vector]:
        larger = np.sqrt((size + np.hypot(size, 2 * scale**2)) / 2)
        return larger, scale * (scale / larger)


@dataclass(frozen=True)
class PowerSum(Conserved):
    """``w_+^(2-D) + w_-^(2-D)``, of depth D > 2."""

    depth: float

    def scale(self, w: Vector) -> Vector:
        least = w.min(axis=0)  # so that no power overflows
        mean = ((w / least) ** (2 - self.depth)).mean(axis=0)
        return np.asarray(least * mean ** (-1 / (self.depth - 2)))

    def effective_scale(self, w: Vector) -> Vector:
        with np.errstate(all="ignore"):
            mean = (w[0] ** (2 - self.depth) + w[1] ** (2 - self.depth)) / 2
            return np.asarray(np.where(mean > 0, np.abs(mean) ** (-1 / (self.depth - 2)), np.nan))

    def weights(self, size: Vector, scale: Vector) -> tuple[Vector, Vector]:
        with np.errstate(divide="ignore"):
            z = np.exp(np.minimum(np.log(size) - self.depth * np.log(scale), LARGEST))
        smaller = scale * (1 + Depth(self.depth).mirror(z)) ** (-1 / (self.depth - 2))
        return (size + smaller**self.depth) ** (1 / self.depth), smaller


def conserved_at(depth: float) -> Conserved:
    """What is conserved at a depth >= 2, finite."""
    return Product() if depth == 2 else PowerSum(depth)
