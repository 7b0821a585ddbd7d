"""Simulated flows: the witness of what the theorems say and the solvers compute."""

from implicitbias.flows.flow import Flow, FlowError
from implicitbias.flows.gradient_descent import Descent, gradient_descent
from implicitbias.flows.gradient_flow import gradient_flow

__all__ = ["Descent", "Flow", "FlowError", "gradient_descent", "gradient_flow"]
