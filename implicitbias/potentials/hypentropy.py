"""The hypentropy: what gradient flow minimises in the model ``beta = w_+^2 - w_-^2``."""

from dataclasses import dataclass

from implicitbias.numbers import Exact, NumberSystem
from implicitbias.numbers.system import Value
from implicitbias.potentials.entropy import Boltzmann, Entropy
from implicitbias.potentials.implicit import ImplicitPotential, MirrorParameters


@dataclass(frozen=True)
class Hypentropy(ImplicitPotential):
    """Depth 2: ``q(z) = 2 - sqrt(4 + z^2) + z asinh(z/2)`` [woodworth2020, Thm 1; ghai2020].

    ``q' = asinh(z/2)``, ``(q')^-1 = 2 sinh(s)``, ``q* = 2 cosh(s) - 2``, ``q'' = 1/sqrt(4+z^2)``;
    ``q(z) = z^2/4 + O(z^4)`` at 0 and ``|z| ln|z| + O(z)`` at infinity. Here z = beta / alpha^2.

    The parameter of the mirror curve is s itself.
    """

    @property
    def depth(self) -> int:
        """2."""
        return 2

    @property
    def scale_exponent(self) -> Exact:
        return 2

    @property
    def growth_rate(self) -> Exact:
        return 1

    @property
    def limiting_entropy(self) -> Entropy:
        return Boltzmann()

    def mirror_parameters(self, xp: NumberSystem, a: Value, b: Value) -> MirrorParameters:
        log_scale = xp.log(a) + xp.log(b)
        return MirrorParameters(log_scale, xp.rational(1), -xp.log_ratio(a, b), None)

    def _value(self, xp: NumberSystem, z: Value) -> Value:
        # 2 cosh(s) - 2 = z tanh(s/2): no cancellation at 0, no z^2 to overflow.
        s = self._mirror(xp, z)
        return z * (s - xp.tanh(s / 2))

    def _mirror(self, xp: NumberSystem, z: Value) -> Value:
        return xp.asinh(z / 2)

    def _inverse_mirror(self, xp: NumberSystem, s: Value) -> Value:
        return 2 * xp.sinh(s)

    def _conjugate(self, xp: NumberSystem, s: Value) -> Value:
        half = xp.sinh(s / 2)
        return (2 * half) * (2 * half)

    def _metric(self, xp: NumberSystem, z: Value) -> Value:
        return xp.either(
            xp.absolute(z),
            1.0,
            lambda z: 1 / xp.sqrt(4 + z * z),
            lambda z: 1 / (xp.absolute(z) * xp.sqrt(1 + (2 / z) * (2 / z))),  # z^2 may overflow
            z,
        )

    def _check_dual(self, xp: NumberSystem, s: Value) -> None:
        """Every real s is a mirror image."""

    def parameter_of_log(self, xp: NumberSystem, log_z: Value) -> Value:
        return xp.either(
            log_z,
            0.0,
            lambda log_z: xp.asinh(xp.exp(log_z) / 2),
            lambda log_z: log_z + xp.log1p((xp.sqrt(1 + 4 * xp.exp(-2 * log_z)) - 1) / 2),
            log_z,
        )

    def parameter_of_dual(self, xp: NumberSystem, s: Value) -> Value:
        return s

    def dual_at(self, xp: NumberSystem, v: Value) -> Value:
        return v

    def log_dual_derivative(self, xp: NumberSystem, v: Value) -> Value:
        return 0 * v

    def log_primal_at(self, xp: NumberSystem, v: Value) -> Value:
        return v + xp.log(-xp.expm1(-2 * v))

    def log_inverse_metric(self, xp: NumberSystem, v: Value) -> Value:
        return v + xp.log1p(xp.exp(-2 * v))

    def log_conjugate_at(self, xp: NumberSystem, v: Value) -> Value:
        return v + 2 * xp.log(-xp.expm1(-v))

    def inverse_metric_variation(self, xp: NumberSystem, v: Value, move: Value) -> Value:
        # |d ln cosh(s) / ds| <= 1
        return xp.exp(move)
