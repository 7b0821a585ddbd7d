"""Solvers: the interpolator that gradient flow chooses, its two limits, and certificates."""

from implicitbias.inputs.problem import InfeasibleError
from implicitbias.solvers.alpha_needed import AlphaNeeded, alpha_needed
from implicitbias.solvers.balls.verified_solver import EnclosureError
from implicitbias.solvers.conic import solve_conic
from implicitbias.solvers.enclosure import Enclosure
from implicitbias.solvers.errors import PrecisionError
from implicitbias.solvers.explicit import solve_explicit
from implicitbias.solvers.limits import min_l1, min_l2
from implicitbias.solvers.path import path
from implicitbias.solvers.solution import Path, Solution
from implicitbias.solvers.solve import solve

__all__ = [
    "AlphaNeeded",
    "Enclosure",
    "EnclosureError",
    "InfeasibleError",
    "Path",
    "PrecisionError",
    "Solution",
    "alpha_needed",
    "min_l1",
    "min_l2",
    "path",
    "solve",
    "solve_conic",
    "solve_explicit",
]
