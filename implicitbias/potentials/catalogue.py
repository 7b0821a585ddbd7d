"""Every potential and regularizer of the package, with the arguments it must refuse.

The interface test runs over this list: a new potential is tested by adding its row.
"""

import math
from dataclasses import dataclass
from fractions import Fraction

from implicitbias.potentials.absolute import Absolute
from implicitbias.potentials.depth import Depth
from implicitbias.potentials.euclidean import Euclidean
from implicitbias.potentials.explicit import Explicit
from implicitbias.potentials.hypentropy import Hypentropy
from implicitbias.potentials.potential import Potential, Regularizer


@dataclass(frozen=True)
class Entry:
    """A potential, the open range (-dual_bound, dual_bound) of its mirror map, and bad duals."""

    potential: Potential
    dual_bound: float
    bad_duals: tuple[float, ...]


UNBOUNDED = (math.nan, math.inf, -math.inf)
UNIT = (1.0, -1.0, 1.5, -7.0, *UNBOUNDED)

POTENTIALS = (
    Entry(Euclidean(), math.inf, UNBOUNDED),
    Entry(Hypentropy(), math.inf, UNBOUNDED),
    Entry(Explicit(), 1.0, UNIT),
    *(
        Entry(Depth(depth), 1.0, UNIT)
        for depth in (2.5, 3, Fraction(10, 3), 4, 5, 6, 10, 50, math.inf)
    ),
)

REGULARIZERS: tuple[Regularizer, ...] = (Absolute(), *(entry.potential for entry in POTENTIALS))

BAD_POINTS = UNBOUNDED  # z is any real number: these are refused by every method of every entry

BAD_DEPTHS = (2, 1.5, 0, -3, math.nan, -math.inf)
