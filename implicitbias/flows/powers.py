"""Powers of weights far below the least double, and of weights that hardly move."""

import math

import numpy as np

from implicitbias.inputs.arrays import Matrix, Vector

LARGEST = 300.0  # of an exponent: beyond it a trial step fails rather than overflows


def difference_of_powers(log_plus: Vector, log_minus: Vector, apart: Vector) -> Vector:
    """``e^log_plus - e^log_minus`` without cancellation, given ``apart = log_plus - log_minus``.

    All the time of a flow in the weights is spent here, so it computes what is needed.
    """
    close = np.abs(apart) < 2
    if close.all():
        return _close_powers(log_plus, log_minus, apart / 2)
    far = np.exp(np.minimum(log_plus, LARGEST)) - np.exp(np.minimum(log_minus, LARGEST))
    if not close.any():
        return np.asarray(far)
    half = np.maximum(np.minimum(apart / 2, 1), -1)  # elsewhere it may overflow
    return np.where(close, _close_powers(log_plus, log_minus, half), far)


def _close_powers(log_plus: Vector, log_minus: Vector, half: Vector) -> Vector:
    mean = np.minimum((log_plus + log_minus) / 2, LARGEST)
    return np.asarray(np.exp(mean) * (2 * np.sinh(half)))


def least_change(X: Matrix, y: Vector, log_largest: float) -> float:
    """Of ``ln w^D`` where ``w^D`` is at most ``exp(log_largest)`` at the start, that counts.

    Deep in the kernel regime it is the little that weights move: ``beta`` has the size
    ``||y|| / ||X||`` and is ``w^D`` times the difference of the moves.
    """
    data = X.data if hasattr(X, "toarray") else X
    size = float(np.linalg.norm(y)) / (float(np.linalg.norm(data)) or 1.0)
    return math.exp(min(math.log(size or 1.0) - log_largest, 0.0))
