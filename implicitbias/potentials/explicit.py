"""The explicit regularizer of depth 2: how far the weights of beta are from their start."""

from dataclasses import dataclass
from fractions import Fraction

from implicitbias.numbers import NumberSystem
from implicitbias.numbers.system import Value
from implicitbias.potentials.depth import Depth
from implicitbias.potentials.potential import Potential

DEPTH_4 = Depth(4)
HUGE = 1e100  # z^2 is a double up to here


@dataclass(frozen=True)
class Explicit(Potential):
    """``r(z) = min (w_+ - 1)^2 + (w_- - 1)^2`` over ``w_+^2 - w_-^2 = z`` [woodworth2020, sec. 4].

    ``min ||w - alpha 1||^2`` over ``w_+^2 - w_-^2 = beta`` is ``alpha^2 sum_i r(beta_i/alpha^2)``.

    With a multiplier s the least distance has ``w_+ = 1/(1-s)``, ``w_- = 1/(1+s)``, and for their
    sum ``g = 2/(1-s^2)`` this gives ``g^4 - 2 g^3 = z^2`` with one root g >= 2. Then
    ``r = (g-1)(g-2)``, ``r' = s = z/g^2``, ``r'' = 1/(g^2 (2g-3))``, ``(r')^-1 = 4s/(1-s^2)^2``,
    ``r* = 2s^2/(1-s^2)``. Eliminating g,
    ``r^4 - 6 r^3 + (12 - 2z^2) r^2 - (8 + 10z^2) r + z^2 + z^4 = 0``, of which r is the least real
    root: a root g < 0 gives one above 2.

    It is q_4, the potential of depth 4: ``r = z^2/8 + O(z^4)`` at 0, ``|z| - 2 sqrt|z| + O(1)`` at
    infinity. Here q_4 is computed without radicals; the two share no formula.
    """

    def _value(self, xp: NumberSystem, z: Value) -> Value:
        g = _sum_of_weights(xp, z)
        return z * (z / g / g) * ((g - 1) / g)  # g - 2 = z^2/g^3 would cancel at 0

    def _mirror(self, xp: NumberSystem, z: Value) -> Value:
        g = _sum_of_weights(xp, z)
        return z / g / g

    def _inverse_mirror(self, xp: NumberSystem, s: Value) -> Value:
        slack = (1 - s) * (1 + s)
        return 4 * s / (slack * slack)

    def _conjugate(self, xp: NumberSystem, s: Value) -> Value:
        return (2 * s) * s / ((1 - s) * (1 + s))

    def _metric(self, xp: NumberSystem, z: Value) -> Value:
        g = _sum_of_weights(xp, z)
        return 1 / g / g / (1 + 2 * (z / g) * (z / g) / g)  # 2 g - 3 would cancel at 0

    def _check_dual(self, xp: NumberSystem, s: Value) -> None:
        if not xp.within(s, 1):
            raise ValueError(f"s must lie in (-1, 1), got {s}")

    # The mirror curve is that of depth 4.

    def parameter_of_log(self, xp: NumberSystem, log_z: Value) -> Value:
        return DEPTH_4.parameter_of_log(xp, log_z)

    def parameter_of_dual(self, xp: NumberSystem, s: Value) -> Value:
        return DEPTH_4.parameter_of_dual(xp, s)

    def dual_at(self, xp: NumberSystem, v: Value) -> Value:
        return DEPTH_4.dual_at(xp, v)

    def log_dual_derivative(self, xp: NumberSystem, v: Value) -> Value:
        return DEPTH_4.log_dual_derivative(xp, v)

    def log_primal_at(self, xp: NumberSystem, v: Value) -> Value:
        return DEPTH_4.log_primal_at(xp, v)

    def log_inverse_metric(self, xp: NumberSystem, v: Value) -> Value:
        return DEPTH_4.log_inverse_metric(xp, v)

    def log_conjugate_at(self, xp: NumberSystem, v: Value) -> Value:
        return DEPTH_4.log_conjugate_at(xp, v)

    def inverse_metric_variation(self, xp: NumberSystem, v: Value, move: Value) -> Value:
        return DEPTH_4.inverse_metric_variation(xp, v, move)


def _sum_of_weights(xp: NumberSystem, z: Value) -> Value:
    """The root g >= 2 of ``g^4 - 2 g^3 = z^2``."""

    def polished(z: Value) -> Value:
        # A Newton step on g - 2 = z^2/g^3: it takes out the roundings of the many radicals.
        g = _in_radicals(xp, z)
        excess = (z / g) * (z / g) / g
        return g + (excess - (g - 2)) / (1 + 3 * excess / g)

    # Never below -1: the first form is for expressions, where the step would be 0.
    return xp.either(xp.absolute(z), -1.0, lambda z: _in_radicals(xp, z), polished, z)


def _in_radicals(xp: NumberSystem, z: Value) -> Value:
    """The root g >= 2 of ``g^4 - 2 g^3 = z^2`` by Ferrari's and Cardano's formulas.

    ``g^4 - 2g^3 - z^2 = (g^2 - g - n)^2 - (k g + n/k)^2`` with ``k^2 = 1 - 2n``,
    ``n^3 + z^2 n = z^2/2``. Cardano's ``n = |z|^(2/3) (c - d)``, with ``c^3, d^3 =
    sqrt(1/16 + z^2/27) +- 1/4``, is a difference. As ``c^3 - d^3 = 1/2`` and ``3 c d = |z|^(2/3)``,
    it is ``3 c d/(2S)`` with ``S = c^2 + c d + d^2``, and ``k = 1/(2 S^(3/2))``: from here on every
    term is positive, in the root of ``g^2 - g - n = k g + n/k`` too.
    """

    def root(size: Value) -> Value:
        return xp.sqrt(xp.rational(1, 16) + size * size / 27)

    def root_of_huge(size: Value) -> Value:
        return size * xp.sqrt((1 + xp.rational(27, 16) / size / size) / 27)

    size = xp.absolute(z)
    product = xp.power(size, Fraction(2, 3)) / 3
    inner = xp.rational(1, 4) + xp.either(size, HUGE, root, root_of_huge, size)
    c = xp.power(inner, Fraction(1, 3))
    d = product / c
    S = c * c + product + d * d
    once = 1 + 1 / (2 * S * xp.sqrt(S))
    return (once + xp.sqrt(once * (once + 12 * product * xp.sqrt(S)))) / 2
