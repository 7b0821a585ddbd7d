"""What gradient flow minimises in the models ``beta = w_+^D - w_-^D``: an interface for all D."""

from abc import abstractmethod
from dataclasses import dataclass

from implicitbias.numbers import Exact, NumberSystem
from implicitbias.numbers.system import Value
from implicitbias.potentials.entropy import Entropy
from implicitbias.potentials.potential import Potential


@dataclass(frozen=True, eq=False)
class Ends:
    """The ends of the range of sigma where it is bounded, that is where ``s = tanh v``.

    Near them only the distance ``1 - |s|`` has all its digits, not s.
    """

    low: Value
    high: Value

    def boundary_distance(self, xp: NumberSystem, v: Value) -> Value:
        """``1 - s`` at the parameter v >= 0."""
        return 2 / (xp.exp(2 * v) + 1)

    def parameter_of_distance(self, xp: NumberSystem, distance: Value) -> Value:
        """The parameter v at ``1 - s = distance`` in (0, 1]."""
        return xp.log((2 - distance) / distance) / 2


@dataclass(frozen=True, eq=False)
class MirrorParameters:
    """What a start of the weights makes of the mirror map ``s = q'(z)``: other axes for its graph.

    From ``w_+ = a``, ``w_- = b`` gradient flow keeps beta and its dual variable sigma, an entry of
    ``X^T nu``, on the curve ``beta = exp(log_scale) h(s)``, ``sigma = shift + s / rate``, with
    ``h = (q')^-1``. It minimises ``sum_i scale_i/rate_i q(beta_i/scale_i) + shift_i beta_i``, with
    ``scale = exp(log_scale)``. Values of one number system, for one coordinate or an array of them.

    Attributes:
        log_scale: ``D ln m``, where m is the power mean of order 2 - D of a and b; at D = 2 the
            geometric mean.
        rate: ``m^(D-2)``.
        shift: sigma at s = 0: ``(a^(2-D) - b^(2-D))/2``, at D = 2 ``-ln(a/b)``.
        ends: of the range of sigma, ``-b^(2-D)`` and ``a^(2-D)``; None at D = 2, where it is R.
    """

    log_scale: Value
    rate: Value
    shift: Value
    ends: Ends | None


class ImplicitPotential(Potential):
    """The potential of one depth D >= 2 [woodworth2020, Thm 1, Thm 3].

    From the start ``w_+ = w_- = alpha`` gradient flow minimises ``sum_i q(beta_i/alpha^D)``. At
    depth infinity alpha stands for ``alpha^D``, of which the limit is taken.
    """

    @property
    @abstractmethod
    def scale_exponent(self) -> Exact:
        """The power of alpha that is the scale of beta: D, and 1 at infinity."""

    @property
    @abstractmethod
    def growth_rate(self) -> Exact:
        """``d ln z / dv`` as the parameter v of the mirror curve tends to infinity."""

    @property
    @abstractmethod
    def limiting_entropy(self) -> Entropy:
        """What q minimises among the l1 minimisers as alpha -> 0."""

    @abstractmethod
    def mirror_parameters(self, xp: NumberSystem, a: Value, b: Value) -> MirrorParameters:
        """Those of the start ``w_+ = a``, ``w_- = b``, both > 0."""

    def log_inverse_scale(self, xp: NumberSystem, log_alpha: Value) -> Value:
        """``-D ln alpha``, D = 1 at infinity."""
        return -xp.constant(self.scale_exponent) * log_alpha
