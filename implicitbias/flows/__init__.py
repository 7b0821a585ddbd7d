"""Simulated flows: the witness of what the theorems say and the solvers compute."""

from implicitbias.flows.flow import Flow, FlowError
from implicitbias.flows.gradient_descent import Descent, gradient_descent
from implicitbias.flows.gradient_flow import gradient_flow
from implicitbias.flows.tangent_kernel import (
    KernelChange,
    kernel_change,
    kernel_gradient_flow,
    tangent_kernel,
    weights,
)

__all__ = [
    "Descent",
    "Flow",
    "FlowError",
    "KernelChange",
    "gradient_descent",
    "gradient_flow",
    "kernel_change",
    "kernel_gradient_flow",
    "tangent_kernel",
    "weights",
]
