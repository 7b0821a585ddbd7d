"""Potentials: one mathematical object a file, one line a formula for all number systems."""

from implicitbias.potentials.absolute import Absolute
from implicitbias.potentials.depth import Depth
from implicitbias.potentials.euclidean import Euclidean
from implicitbias.potentials.explicit import Explicit
from implicitbias.potentials.family import potential_for
from implicitbias.potentials.hypentropy import Hypentropy
from implicitbias.potentials.implicit import ImplicitPotential, MirrorParameters
from implicitbias.potentials.potential import Potential, Regularizer

__all__ = [
    "Absolute",
    "Depth",
    "Euclidean",
    "Explicit",
    "Hypentropy",
    "ImplicitPotential",
    "MirrorParameters",
    "Potential",
    "Regularizer",
    "potential_for",
]
