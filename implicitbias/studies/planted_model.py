"""Sparse regression with a known truth."""

from dataclasses import dataclass

import numpy as np

from implicitbias.inputs.arrays import Vector


@dataclass(frozen=True, eq=False)
class Plant:
    """``y = X beta + noise`` with Gaussian rows: X (N, d), y (N,), beta (d,)."""

    X: Vector
    y: Vector
    beta: Vector

    def population_error(self, estimate: Vector) -> float:
        """``||estimate - beta||^2``, the excess risk on fresh rows."""
        return float(np.sum((estimate - self.beta) ** 2))


def sparse_plant(
    rng: np.random.Generator, rows: int, columns: int, nonzeros: int, variance: float
) -> Plant:
    """[woodworth2020, sec. 4]: the first ``nonzeros`` entries of beta are ``1/sqrt(nonzeros)``.

    Args:
        variance: of the noise.
    """
    if not 1 <= nonzeros <= columns or rows < 1 or not variance >= 0:
        raise ValueError(
            f"a plant needs 1 <= nonzeros <= columns, rows >= 1 and variance >= 0, got {nonzeros}, "
            f"{columns}, {rows}, {variance}"
        )
    beta = np.zeros(columns)
    beta[:nonzeros] = nonzeros**-0.5
    X = rng.standard_normal((rows, columns))
    return Plant(X, X @ beta + variance**0.5 * rng.standard_normal(rows), beta)
