"""Stochastic gradient descent: once over fresh samples, or many times over a few."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from implicitbias.flows import gradient_descent
from implicitbias.inputs.arrays import Vector
from implicitbias.studies.planted_model import PlantedModel, planted_model

FITTED = 1e-6  # of the loss at the start
BATCH = 1000  # fresh samples drawn at once


def passes(
    rng: np.random.Generator,
    *,
    alphas: Sequence[float],
    samples: int,
    columns: int,
    nonzeros: int,
    variance: float,
    step: float,
    most: int,
) -> pd.DataFrame:
    """One row an (alpha, kind, step count), at depth 2.

    Columns: ``alpha``, ``kind`` (``"one pass"``: each step takes a sample of its own, ``"many
    passes"``: one of the ``samples`` at hand, until they are fitted), ``seen`` (steps so far),
    ``population_error``.

    Args:
        most: steps, and fresh samples, of the one pass.
    """
    planted = planted_model(rng, samples, columns, nonzeros, variance)
    rows = []
    for alpha in alphas:
        descent = gradient_descent(
            planted.X, planted.y, alpha=alpha, step=step, stochastic=True, rng=rng, loss_tol=FITTED
        )
        seen = np.rint(descent.t / step * samples).astype(int)
        for count, beta in zip(seen, descent.betas, strict=True):
            rows.append((alpha, "many passes", count, planted.population_error(beta)))
        for count, beta in _one_pass(rng, planted, alpha, variance, step, most):
            rows.append((alpha, "one pass", count, planted.population_error(beta)))
    return pd.DataFrame(rows, columns=["alpha", "kind", "seen", "population_error"])


def _one_pass(
    rng: np.random.Generator,
    planted: PlantedModel,
    alpha: float,
    variance: float,
    step: float,
    most: int,
) -> list[tuple[int, Vector]]:
    """(samples seen, beta) at about 30 a decade; every sample from the same law."""
    w_plus = w_minus = np.full(len(planted.beta), alpha)
    moments = set(np.unique(np.rint(np.logspace(0, np.log10(most), 150)).astype(int)).tolist())
    out = []
    for count in range(1, most + 1):
        at = (count - 1) % BATCH
        if at == 0:
            X = rng.standard_normal((BATCH, len(planted.beta)))
            y = X @ planted.beta + variance**0.5 * rng.standard_normal(BATCH)
        move = 4 * step * (X[at] @ (w_plus**2 - w_minus**2) - y[at]) * X[at]
        w_plus, w_minus = w_plus * (1 - move), w_minus * (1 + move)
        if count in moments:
            out.append((count, w_plus**2 - w_minus**2))
    return out
