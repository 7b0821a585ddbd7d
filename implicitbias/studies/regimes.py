"""The price of the rich regime: how long a start takes to fit, and how well what it finds does."""

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd

from implicitbias.flows import FlowError, gradient_flow, kernel_change
from implicitbias.solvers import min_l2
from implicitbias.studies.planted_model import PlantedModel

FITTED = 1e-8  # of the loss at the start: there the flow stops


def regimes(
    planted: PlantedModel,
    depths: Sequence[float],
    log_alphas: Sequence[float],
    progress: Callable[[float, float], None] | None = None,
) -> pd.DataFrame:
    """One row a (depth, alpha).

    Columns: ``depth``, ``log_alpha``, ``log_time`` (``ln t`` until the loss is 1e-8 of that at the
    start), ``population_error``, ``kernel_change`` and ``gradient_distance`` (as in
    ``kernel_change``, from start to end), ``from_l2`` (``||beta - beta_L2|| / ||beta_L2||``),
    ``method`` (``parameters`` where doubles do not hold the dual variables).

    Args:
        progress: called with (depth, log_alpha) after each flow.
    """
    kernel = min_l2(planted.X, planted.y).beta
    rows = []
    for depth in depths:
        for log_alpha in log_alphas:
            for method in ("mirror", "parameters"):
                try:
                    flow = gradient_flow(
                        planted.X,
                        planted.y,
                        log_alpha=log_alpha,
                        depth=depth,
                        loss_tol=FITTED,
                        method=method,
                    )
                    break
                except FlowError:
                    if method == "parameters":
                        raise
            change = kernel_change(flow.limit, planted.X, log_alpha=log_alpha, depth=depth)
            rows.append(
                {
                    "depth": depth,
                    "log_alpha": log_alpha,
                    "log_time": flow.log_t[-1],
                    "population_error": planted.population_error(flow.limit),
                    "kernel_change": change.kernel[0],
                    "gradient_distance": change.gradient[0],
                    "from_l2": np.linalg.norm(flow.limit - kernel) / np.linalg.norm(kernel),
                    "method": method,
                }
            )
            if progress:
                progress(depth, log_alpha)
    return pd.DataFrame(rows)
