"""The planted model: linear regression with a sparse truth that is known."""

from dataclasses import dataclass

import numpy as np

from implicitbias.inputs.arrays import Matrix, Vector


@dataclass(frozen=True, eq=False)
class PlantedModel:
    """``y = X beta + noise`` with Gaussian rows and noise.

    Attributes:
        X: (N, d).
        y: (N,).
        beta: (d,) the truth.
    """

    X: Matrix
    y: Vector
    beta: Vector

    def population_error(self, estimate: Vector) -> float:
        """``||estimate - beta||^2``, the excess risk on fresh rows."""
        return float(np.sum((estimate - self.beta) ** 2))


def planted_model(
    rng: np.random.Generator, rows: int, columns: int, nonzeros: int, variance: float
) -> PlantedModel:
    """[woodworth2020, sec. 4]: the first ``nonzeros`` entries of beta are ``1/sqrt(nonzeros)``.

    Args:
        variance: of the noise.
    """
    if not 1 <= nonzeros <= columns or rows < 1 or not variance >= 0:
        raise ValueError(
            f"a planted model needs 1 <= nonzeros <= columns, rows >= 1 and variance >= 0, got "
            f"{nonzeros}, {columns}, {rows}, {variance}"
        )
    beta = np.zeros(columns)
    beta[:nonzeros] = nonzeros**-0.5
    X = rng.standard_normal((rows, columns))
    return PlantedModel(X, X @ beta + variance**0.5 * rng.standard_normal(rows), beta)
