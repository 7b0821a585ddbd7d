"""Hypothesis strategies: problems that a flow can be followed through, of every kind."""

import math
from dataclasses import dataclass

import numpy as np
from hypothesis import strategies as st

DEPTHS = [2, 2.5, 3, 4, 5]


@dataclass(frozen=True, eq=False)
class Instance:
    """One flow: data, model and start ``w_+ = alpha a``, ``w_- = alpha b``."""

    X: np.ndarray
    y: np.ndarray
    depth: float
    alpha: float
    start: tuple[np.ndarray, np.ndarray]
    label: str

    @property
    def model(self) -> dict[str, object]:
        """As keyword arguments of the solvers and of the flow."""
        return {"depth": self.depth, "alpha": self.alpha, "start": self.start}


@st.composite
def instances(
    draw: st.DrawFn, decades: tuple[float, float] = (-3, 1), biased: bool = True
) -> Instance:
    """Up to 5 x 12, condition number up to 100; dense or sparse targets; any start."""
    n = draw(st.integers(1, 5))
    d = draw(st.integers(n + 1, 12))
    depth = draw(st.sampled_from(DEPTHS))
    log_alpha = draw(st.floats(*decades))
    condition = draw(st.sampled_from([1.0, 10.0, 100.0]))
    planted = draw(st.integers(0, n))
    kind = draw(st.sampled_from(["ones", "uneven", "biased"] if biased else ["ones"]))
    rng = np.random.default_rng(draw(st.integers(0, 2**16)))
    left, _, right = np.linalg.svd(rng.standard_normal((n, d)), full_matrices=False)
    X = math.sqrt(d) * left * np.logspace(0, -math.log10(condition), n) @ right
    beta = rng.standard_normal(d)
    if planted:
        beta[planted:] = 0
    a, b = np.exp(0.5 * rng.standard_normal((2, d)))
    if kind == "ones":
        a = b = np.ones(d)
    if kind == "uneven":
        b = a
    label = f"{X.shape} condition {condition:g}, {planted} planted, {kind}, depth {depth}"
    return Instance(X, X @ beta, depth, 10.0**log_alpha, (a, b), label)
