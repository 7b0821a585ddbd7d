"""Solvers: the interpolator that gradient flow chooses, its two limits, and certificates."""

from implicitbias.solvers.conic import solve_conic
from implicitbias.solvers.explicit import solve_explicit
from implicitbias.solvers.limits import min_l1, min_l2
from implicitbias.solvers.minimize import solve
from implicitbias.solvers.path import path
from implicitbias.solvers.problem import InfeasibleError
from implicitbias.solvers.solution import Path, PrecisionError, Solution

__all__ = [
    "InfeasibleError",
    "Path",
    "PrecisionError",
    "Solution",
    "min_l1",
    "min_l2",
    "path",
    "solve",
    "solve_conic",
    "solve_explicit",
]
