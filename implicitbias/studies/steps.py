"""How the step of gradient descent moves its limit."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from implicitbias.flows import FlowError, gradient_descent, tangent_kernel, weights
from implicitbias.solvers import solve
from implicitbias.studies.planted_model import PlantedModel

FITTED = 1e-20


def step_sizes(
    planted: PlantedModel, alphas: Sequence[float], steps: Sequence[float]
) -> pd.DataFrame:
    """One row an (alpha, step), at depth 2.

    Columns: ``alpha``, ``step``, ``steps`` (taken), ``from_nominal`` and ``from_effective``: the
    distance of the limit from the minimiser at alpha, and at the effective alpha of each
    coordinate, over the norm of the former; ``effective`` (the geometric mean of the effective
    alphas over alpha), ``l1`` (the norm of the limit), ``note`` (why there is none).

    A step multiplies ``w_+ w_-`` by ``1 - 16 step^2 g^2``, and the sum of ``g^2`` over the steps is
    1/step times an integral: the limit is that of a start smaller by a factor ``1 - O(step)``, most
    so where g was large, and a larger step leaves the kernel regime at a larger alpha.
    """
    rows = []
    for alpha in alphas:
        nominal = solve(planted.X, planted.y, alpha=alpha).beta
        size = float(np.linalg.norm(nominal))
        for step in steps:
            row = {"alpha": alpha, "step": step}
            try:
                descent = gradient_descent(
                    planted.X, planted.y, alpha=alpha, step=step, loss_tol=FITTED
                )
            except FlowError as error:
                rows.append({**row, "note": str(error)})
                continue
            c = descent.effective_alpha
            effective = solve(planted.X, planted.y, start=(c, c)).beta
            rows.append(
                {
                    **row,
                    "steps": descent.steps,
                    "from_nominal": np.linalg.norm(descent.limit - nominal) / size,
                    "from_effective": np.linalg.norm(descent.limit - effective) / size,
                    "effective": float(np.exp(np.mean(np.log(c)))) / alpha,
                    "l1": float(np.abs(descent.limit).sum()),
                    "note": "",
                }
            )
    return pd.DataFrame(rows)


def edge_of_stability(planted: PlantedModel, alpha: float) -> float:
    """``2 / lambda_max`` of the Hessian at the flow's limit: longer steps do not stay there.

    Where the loss is 0 its Hessian in the weights is ``2 J^T J``, which has the eigenvalues of
    twice the tangent kernel.
    """
    beta = solve(planted.X, planted.y, alpha=alpha).beta
    kernel = tangent_kernel(weights(beta, alpha, 2), planted.X, 2)
    return float(1 / np.linalg.eigvalsh(kernel)[-1])
