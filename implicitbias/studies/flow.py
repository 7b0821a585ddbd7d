"""Gradient flow on a data set, followed to its end and held against the predicted minimiser."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from implicitbias.flows import Flow, FlowError, gradient_flow, kernel_change
from implicitbias.inputs.arrays import Vector
from implicitbias.solvers import InfeasibleError, solve
from implicitbias.studies.datasets import Dataset

SHOWN = 1e-3  # a limit with this error still counts as reached: the width of a line in a figure
Watch = Callable[[str, float], None]


@dataclass(frozen=True, eq=False)
class FlowStudy:
    """A flow and what was predicted of it.

    Attributes:
        flow: the Flow.
        frame: a row a moment: ``t``, ``log_t``, ``loss`` ``||X beta - y||^2``, ``kernel_change``
            and ``gradient_distance`` (nan where doubles do not hold the kernel at the start), and
            ``beta.NAME`` for each column of the data.
        method: ``"mirror"`` or ``"parameters"``, what was followed in the end.
        notes: what a reader has to know, in sentences.
        predicted: (d,) the certified minimiser, or None where there is none.
        residual: ``||X beta - y|| / ||y||`` of the limit, 0 when y = 0.
        distance: ``max|limit - predicted| / max|predicted|``, or None.
    """

    flow: Flow
    frame: pd.DataFrame
    method: str
    notes: tuple[str, ...]
    predicted: Vector | None
    residual: float
    distance: float | None


def follow(
    dataset: Dataset,
    *,
    log_alpha: float,
    depth: float,
    method: str | None = None,
    watch: Watch | None = None,
) -> FlowStudy:
    """Gradient flow from ``w = alpha`` to its limit, its kernel on the way, and ``solve``'s answer.

    Equations without a solution are followed too: the gradient ``2 X^T (X beta - y)`` is that of
    ``X beta = P y``, P the projection onto the range of X, so the limit is the minimiser subject
    to ``X beta = P y``, a least-squares solution [woodworth2020, Thm 1].

    Args:
        dataset: the equations.
        log_alpha: natural logarithm of the scale of the start.
        depth: D >= 2, finite.
        method: ``"mirror"`` or ``"parameters"``, as in ``gradient_flow``; None is mirror, and
            parameters where its error points there.
        watch: called with the method and ``ln(loss / loss at the start)`` on the way.

    Raises:
        ValueError: bad input.
        FlowError: the flow cannot be followed, or its limit has an error above 1e-3.
    """
    notes: list[str] = []

    def run(method: str) -> Flow:
        report = None if watch is None else lambda fallen: watch(method, fallen)
        try:
            return gradient_flow(
                dataset.X, dataset.y, log_alpha=log_alpha, depth=depth, method=method, watch=report
            )
        except FlowError as stuck:
            flow = stuck.reached
            if flow.error is None or not flow.error <= SHOWN:
                raise
            if method == "mirror" and stuck.try_parameters:
                raise
            notes.append(f"the limit is known to {flow.error:.2g} only: gradient_flow refuses it")
            return flow

    used = method or "mirror"
    try:
        flow = run(used)
    except FlowError as stuck:
        if method is not None or not stuck.try_parameters:
            raise
        used = "parameters"
        notes.append(f"the weights were followed, for mirror failed: {stuck}")
        flow = run(used)

    predicted, doubts = _predict(dataset, log_alpha, depth)
    notes += doubts
    frame = pd.DataFrame({"t": flow.t, "log_t": flow.log_t, "loss": flow.loss})
    frame["kernel_change"], frame["gradient_distance"] = math.nan, math.nan
    try:
        change = kernel_change(flow.betas, dataset.X, log_alpha=log_alpha, depth=depth)
        frame["kernel_change"], frame["gradient_distance"] = change.kernel, change.gradient
    except OverflowError as error:
        notes.append(f"no change of the kernel: {error}")
    betas = pd.DataFrame(flow.betas, columns=[f"beta.{name}" for name in dataset.columns])
    return FlowStudy(
        flow=flow,
        frame=pd.concat([frame, betas], axis=1),
        method=used,
        notes=tuple(notes),
        predicted=predicted,
        residual=_relative(dataset.X @ flow.limit - dataset.y, dataset.y),
        distance=None if predicted is None else _apart(flow.limit, predicted),
    )


def _predict(dataset: Dataset, log_alpha: float, depth: float) -> tuple[Vector | None, list[str]]:
    """The certified minimiser, where there is one, and what to say about it."""
    X, y = dataset.X, dataset.y
    notes: list[str] = []
    try:
        try:
            return solve(X, y, log_alpha=log_alpha, depth=depth).beta, notes
        except InfeasibleError as error:
            notes.append(
                "the equations have no solution, y is "
                f"{error.distance / float(np.linalg.norm(y)):.3g} of its size away: the limit is a "
                "least-squares solution, and the prediction is for y projected onto the range of X"
            )
            nearest = X @ np.linalg.lstsq(X, y)[0]
            return solve(X, nearest, log_alpha=log_alpha, depth=depth).beta, notes
    except (ArithmeticError, InfeasibleError, np.linalg.LinAlgError) as error:
        return None, [*notes, f"no prediction: {error}"]


def _relative(residual: Vector, y: Vector) -> float:
    size = float(np.abs(y).max()) or 1.0  # in units of y, so that no square overflows
    return float(np.linalg.norm(residual / size) / (np.linalg.norm(y / size) or 1.0))


def _apart(limit: Vector, predicted: Vector) -> float:
    return float(np.abs(limit - predicted).max() / (np.abs(predicted).max() or 1.0))
