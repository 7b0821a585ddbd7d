"""The rich regime's regularizer: the l1 norm. It has no mirror map."""

from dataclasses import dataclass

from implicitbias.numbers import NumberSystem
from implicitbias.numbers.system import Value
from implicitbias.potentials.potential import Regularizer


@dataclass(frozen=True)
class Absolute(Regularizer):
    """``q(z) = |z|``: not differentiable at 0 and nowhere strictly convex, so not a Potential.

    The limit of ``q_D`` at infinity for D > 2, and of ``q_2(z) / ln z``.
    """

    def _value(self, xp: NumberSystem, z: Value) -> Value:
        return xp.absolute(z)
