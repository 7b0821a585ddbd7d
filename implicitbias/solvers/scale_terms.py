"""How the objective of one minimiser changes with its scale ``x = alpha^D``, in balls.

The minimiser is that of ``lambda sum_i x q(b_i/x)`` for each positive factor lambda, and with
``lambda = x^(-1/p)``, p = D/(D-2), the derivative of a term in lambda is

    N_x(b) = |b| - 2 x (1 - (1 + |s|)^-p),  s = q_D'(b/x)     (D > 2)
    N_x(b) = sqrt(4 x^2 + b^2) - 2 x                          (D = 2)

where at D = 2, the limit p -> infinity, lambda is 1 and the derivative is taken in ``ln(1/x)``. N
is even, falls with x, and tends to ``|b|`` as x -> 0.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from functools import singledispatch

import numpy as np
from flint import arb

from implicitbias.numbers import BALLS, DOUBLES
from implicitbias.potentials import Depth, Hypentropy, ImplicitPotential

MODERATE = 600.0  # ln of |b|/x up to which doubles guess the angle
NARROW = 1e-12  # relative to it


@dataclass(frozen=True, eq=False)
class Term:
    """One term of the objective at one b, by its derivative N in the scale.

    Attributes:
        derivative: ``N_x(b)``.
        slope: ``N_x'(b)``.
        inverse_curvature: ``S_x(b) = 1 / (lambda x q(b/x))''``, the derivatives by b.
    """

    derivative: arb
    slope: arb
    inverse_curvature: arb


class ScaleTerms(ABC):
    """The terms of one potential."""

    @property
    @abstractmethod
    def kernel_share(self) -> arb:
        """c with ``||beta - beta_L2||_2 <= c ||beta||_2^3 / x^2``."""

    @abstractmethod
    def distance(self, below: arb, above: arb) -> arb:
        """How much lambda falls, or ``ln x`` grows, from the scale below to the one above."""

    @abstractmethod
    def at(self, sizes: list[arb], x: arb) -> list[Term]:
        """The terms at ``|b| = size``."""


@dataclass(frozen=True)
class HypentropyTerms(ScaleTerms):
    """Depth 2."""

    @property
    def kernel_share(self) -> arb:
        return arb(1) / 24

    def distance(self, below: arb, above: arb) -> arb:
        return (above / below).log()

    def at(self, sizes: list[arb], x: arb) -> list[Term]:
        roots = [(4 * x * x + size * size).sqrt() for size in sizes]
        return [Term(r - 2 * x, s / r, r) for s, r in zip(sizes, roots, strict=True)]


@dataclass(frozen=True)
class DepthTerms(ScaleTerms):
    """Depth D > 2, by the angle v with ``s = tanh v``: ``N' = tanh((p+1) v)``."""

    potential: Depth

    @property
    def kernel_share(self) -> arb:
        p = self._p
        return (p + 1) * (p + 2) / (24 * p**2)

    def distance(self, below: arb, above: arb) -> arb:
        return below ** (-1 / self._p) - above ** (-1 / self._p)

    def at(self, sizes: list[arb], x: arb) -> list[Term]:
        p, scale = self._p, x ** (1 + 1 / self._p)
        return [
            Term(
                size - 2 * x * (1 - (1 + angle.tanh()) ** (-p)),
                ((p + 1) * angle).tanh(),
                scale * self.potential.log_inverse_metric(BALLS, angle).exp(),
            )
            for size, angle in zip(sizes, self._angles(sizes, x), strict=True)
        ]

    @property
    def _p(self) -> arb:
        p: arb = BALLS.constant(self.potential.p)
        return p

    def _angles(self, sizes: list[arb], x: arb) -> list[arb]:
        """Those of ``|b|/x``: in doubles, enclosed by one step of the interval Newton method."""
        logs = [(size / x).log() if size > 0 else None for size in sizes]
        doubles = np.array([-np.inf if log is None else float(log) for log in logs])
        moderate = np.abs(doubles) < MODERATE
        guesses = np.zeros(len(sizes))
        guesses[moderate] = self.potential.parameter_of_log(DOUBLES, doubles[moderate])
        found = []
        for log, fine, guess in zip(logs, moderate.tolist(), guesses.tolist(), strict=True):
            angle = arb(0)
            if log is not None:
                angle = self._enclosed_angle(log, guess) if fine else arb("nan")
                if not angle.is_finite():
                    angle = self.potential.parameter_of_log(BALLS, log)
            found.append(angle)
        return found

    def _enclosed_angle(self, log: arb, guess: float) -> arb:
        """nan where the guess is not good enough."""
        center, p = arb(guess), self._p
        box = center + arb(0, NARROW * max(guess, NARROW))
        if not box > 0:
            return arb("nan")
        slope = p * (box.tanh() + 1 / (p * box).tanh())
        newton = center - (self.potential.log_primal_at(BALLS, center) - log) / slope
        return newton if box.contains_interior(newton) else arb("nan")


@singledispatch
def scale_terms(potential: ImplicitPotential) -> ScaleTerms:
    """The terms of a potential."""
    raise TypeError(f"no terms are known of {potential!r}")


@scale_terms.register
def _(potential: Hypentropy) -> ScaleTerms:
    return HypentropyTerms()


@scale_terms.register
def _(potential: Depth) -> ScaleTerms:
    return DepthTerms(potential)
