"""Small problems that several tests of ``solve`` share."""

import math

import numpy as np

SAME = 2e-8  # two certified answers to one question: each within 1e-8 of the exact one
DEPTHS = [2, 2.5, 3, 4, 5]

FACE_X = np.array([[1.0, 1, 1], [0, 1, 2]])
FACE_Y = np.array([1, 0.6])
# Which of the l1 minimisers (.4+t, .6-2t, t) the limit alpha -> 0 selects.
FACE_T = {2: 0.153972282678, 3: 0.159841362339, 4: 0.162507831295, math.inf: 0.169425417677}


def data(seed: int, n: int = 3, d: int = 7) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    return rng.standard_normal((n, d)), rng.standard_normal(n)


def distance(beta: np.ndarray, other: np.ndarray) -> float:
    return float(np.abs(beta - other).max() / np.abs(other).max())
