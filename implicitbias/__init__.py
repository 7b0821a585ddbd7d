"""The implicit bias of gradient descent: derived, solved, certified and proved.

``solve(X, y, alpha=..., depth=...)`` is the interpolator that gradient flow reaches from a start
of scale alpha in the model ``beta = w_+^D - w_-^D``; ``min_l1`` and ``min_l2`` are its limits, and
``gradient_flow`` goes there.

The import itself loads nothing: a name loads its folder when it is first used (PEP 562).
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
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


# Where the names are, in the order of the layers: a name loads its folder and those it is built on,
# and pandas, which takes as long as all the rest, loads for compare() alone.
_FOLDERS = ("numbers", "inputs", "potentials", "solvers", "flows", "studies.compare")

if not TYPE_CHECKING:  # a type checker has the imports above, and knows a misspelt name

    def __getattr__(name: str) -> Any:
        """A public name or a folder that nobody has asked for yet."""
        if name in _FOLDERS:
            return import_module(f"{__name__}.{name}")
        for folder in _FOLDERS if name in __all__ else ():
            module = import_module(f"{__name__}.{folder}")
            if hasattr(module, name):
                return globals().setdefault(name, getattr(module, name))
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
