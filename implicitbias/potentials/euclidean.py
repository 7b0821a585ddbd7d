"""The kernel regime's potential: half the squared l2 norm, in this family's normalisation."""

from dataclasses import dataclass

from implicitbias.numbers import NumberSystem
from implicitbias.numbers.system import Value
from implicitbias.potentials.potential import Potential


@dataclass(frozen=True)
class Euclidean(Potential):
    """``q(z) = z^2/4``, ``q' = z/2``, ``q* = s^2``: depth 1, and the limit of depth 2 at 0.

    The model ``beta = w_+ - w_-`` has ``beta = alpha ((1+s) - (1-s)) = 2 alpha s``; and
    ``q_2(z) = z^2/4 + O(z^4)``, so no factor is left over in the limit alpha -> infinity.
    """

    def _value(self, xp: NumberSystem, z: Value) -> Value:
        return (z / 2) * (z / 2)

    def _mirror(self, xp: NumberSystem, z: Value) -> Value:
        return z / 2

    def _inverse_mirror(self, xp: NumberSystem, s: Value) -> Value:
        return 2 * s

    def _conjugate(self, xp: NumberSystem, s: Value) -> Value:
        return s * s

    def _metric(self, xp: NumberSystem, z: Value) -> Value:
        return xp.rational(1, 2) + 0 * z

    def _check_dual(self, xp: NumberSystem, s: Value) -> None:
        """Every real s is a mirror image."""

    def parameter_of_log(self, xp: NumberSystem, log_z: Value) -> Value:
        return xp.exp(log_z) / 2

    def parameter_of_dual(self, xp: NumberSystem, s: Value) -> Value:
        return s

    def dual_at(self, xp: NumberSystem, v: Value) -> Value:
        return v

    def log_dual_derivative(self, xp: NumberSystem, v: Value) -> Value:
        return 0 * v

    def log_primal_at(self, xp: NumberSystem, v: Value) -> Value:
        return xp.log(2 * v)

    def log_inverse_metric(self, xp: NumberSystem, v: Value) -> Value:
        return xp.log(xp.rational(2)) + 0 * v

    def log_conjugate_at(self, xp: NumberSystem, v: Value) -> Value:
        return 2 * xp.log(v)

    def inverse_metric_variation(self, xp: NumberSystem, v: Value, move: Value) -> Value:
        return 1 + 0 * move
