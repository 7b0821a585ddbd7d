"""The implicit bias of gradient descent: derived, solved, certified and proved.

``solve(X, y, alpha=..., depth=...)`` is the interpolator that gradient flow reaches from a start
of scale alpha in the model ``beta = w_+^D - w_-^D``; ``min_l1`` and ``min_l2`` are its limits, and
``gradient_flow`` goes there.
"""

from typing import TYPE_CHECKING, Any

from implicitbias.flows import (
    Descent,
    Flow,
    FlowError,
    KernelChange,
    gradient_descent,
    gradient_flow,
    kernel_change,
    kernel_gradient_flow,
    tangent_kernel,
)
from implicitbias.potentials import Absolute, Depth, Euclidean, Explicit, Hypentropy
from implicitbias.solvers import (
    AlphaNeeded,
    Enclosure,
    EnclosureError,
    InfeasibleError,
    Path,
    PrecisionError,
    Solution,
    alpha_needed,
    min_l1,
    min_l2,
    path,
    solve,
    solve_conic,
    solve_explicit,
)

if TYPE_CHECKING:
    from implicitbias.studies.compare import compare

__version__ = "0.1.0"

__all__ = [
    "Absolute",
    "AlphaNeeded",
    "Depth",
    "Descent",
    "Enclosure",
    "EnclosureError",
    "Euclidean",
    "Explicit",
    "Flow",
    "FlowError",
    "Hypentropy",
    "InfeasibleError",
    "KernelChange",
    "Path",
    "PrecisionError",
    "Solution",
    "alpha_needed",
    "compare",
    "gradient_descent",
    "gradient_flow",
    "kernel_change",
    "kernel_gradient_flow",
    "min_l1",
    "min_l2",
    "path",
    "solve",
    "solve_conic",
    "solve_explicit",
    "tangent_kernel",
]


def __getattr__(name: str) -> Any:
    """compare() on demand: pandas takes as long to import as all the rest."""
    if name == "compare":
        from implicitbias.studies.compare import compare

        return compare
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
