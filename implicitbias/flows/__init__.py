"""Simulated flows: the witness of what the theorems say and the solvers compute."""

from implicitbias.flows.flow import Flow, FlowError
from implicitbias.flows.gradient_flow import gradient_flow

__all__ = ["Flow", "FlowError", "gradient_flow"]
