"""The family of potentials that gradient flow minimises, by depth."""

from typing import Any

from implicitbias.potentials.depth import Depth
from implicitbias.potentials.hypentropy import Hypentropy
from implicitbias.potentials.implicit import ImplicitPotential


def potential_for(depth: Any) -> ImplicitPotential:
    """The potential of ``beta = w_+^D - w_-^D``: the hypentropy at D = 2, ``Depth(D)`` above.

    Args:
        depth: D >= 2: a real number, ``math.inf``, or a sympy expression known to be > 2.

    Raises:
        ValueError, TypeError: another depth, as ``Depth``.
    """
    return Hypentropy() if depth == 2 else Depth(depth)
