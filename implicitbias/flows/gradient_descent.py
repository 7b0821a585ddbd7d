"""Finite steps: where gradient descent goes, and from which start the flow would go there."""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from implicitbias.flows.conserved import conserved_at
from implicitbias.flows.flow import Flow, FlowError, is_stationary
from implicitbias.flows.record import Record
from implicitbias.inputs.arrays import (
    Matrix,
    Vector,
    as_depth,
    as_design,
    as_log_alpha,
    as_start,
    as_targets,
)

DIVERGED = 1e8  # times the loss at the start and of beta = 0
DRAWN_AT_ONCE = 4096


@dataclass(frozen=True, eq=False)
class Descent(Flow):
    """A Flow by finite steps.

    Attributes:
        steps: how many were taken.
        effective_alpha: (d,) the scale of the start from which the flow would conserve what the
            weights have come to: ``sqrt|w_+ w_-|`` at D = 2, and above
            ``((w_+^(2-D) + w_-^(2-D)) / 2)^(-1/(D-2))``. The flow does not change it; a step at
            D = 2 multiplies ``w_+ w_-`` by ``1 - 16 step^2 g^2``. nan where no start leads there:
            a step was so long that a weight changed its sign at odd D.
    """

    steps: int
    effective_alpha: Vector


def gradient_descent(
    X: Any,
    y: Any,
    *,
    alpha: float | None = None,
    start: Any = None,
    depth: float = 2,
    step: float,
    stochastic: bool = False,
    rng: np.random.Generator | int | None = None,
    max_steps: int = 1_000_000,
    loss_tol: float = 1e-24,
    watch: Callable[[float], None] | None = None,
) -> Descent:
    """``w <- w - step grad ||X beta - y||^2`` for ``beta = w_+^D - w_-^D``, until it fits.

    For ``step -> 0`` it follows ``gradient_flow``; its limit is at a distance of the order of step
    from that of the flow, at D = 2 of the order ``step^2`` from ``solve(start=(c, c))`` with c the
    ``effective_alpha``.

    Args:
        X: (N, d).
        y: (N,) in the range of X, or the loss cannot fall to 0.
        alpha: as in ``gradient_flow``.
        start: as in ``gradient_flow``.
        depth: an integer >= 2 (weights may change sign).
        step: > 0.
        stochastic: each step takes the gradient of one equation's ``(x_i . beta - y_i)^2``, i drawn
            evenly; t is then ``step`` times the number of steps over N, and the loss is looked at
            after every N of them.
        rng: for ``stochastic``; a Generator or a seed.
        max_steps: to raise after.
        loss_tol: stop where the loss has fallen to this share of that at the start.
        watch: called with ``ln(loss / loss at the start)`` whenever the loss is looked at.

    Returns:
        A Descent; ``error`` is None.

    Raises:
        ValueError, TypeError: bad input, named with the way out.
        FlowError: the loss grows without bound, no weight moves, or max_steps are over;
            ``.reached`` is what there is.
    """
    X = as_design(X)
    y = as_targets(y, X.shape[0])
    depth = as_depth(depth)
    if math.isinf(depth) or depth != int(depth):
        raise ValueError(f"finite steps need an integer depth, got {depth}; see gradient_flow")
    if not 0 < float(step) < math.inf:
        raise ValueError(f"step must be > 0 and finite, got {step!r}")
    if not 0 <= float(loss_tol) < 1:
        raise ValueError(f"loss_tol must be in [0, 1), got {loss_tol!r}")
    if max_steps < 1:
        raise ValueError(f"max_steps must be at least 1, got {max_steps!r}")
    log_alpha = as_log_alpha(alpha, None, needed=start is None)
    a, b = as_start(start, X.shape[1]) or (np.ones(X.shape[1]), np.ones(X.shape[1]))
    w = math.exp(log_alpha) * np.concatenate([a, b])
    run = _Run(X, y, int(depth), float(step), w, len(y) if stochastic else 1)
    rows = _Rows(X, np.random.default_rng(rng)) if stochastic else None
    return run.descend(rows, max_steps, float(loss_tol), watch)


class _Rows:
    """Equations, drawn evenly."""

    def __init__(self, X: Matrix, rng: np.random.Generator) -> None:
        self.rows = X if isinstance(X, np.ndarray) else X.toarray()
        self.rng = rng
        self.drawn: list[int] = []

    def draw(self) -> int:
        if not self.drawn:
            self.drawn = self.rng.integers(len(self.rows), size=DRAWN_AT_ONCE).tolist()
        return self.drawn.pop()


class _Run:
    """The weights and what they have passed."""

    def __init__(
        self, X: Matrix, y: Vector, depth: int, step: float, w: Vector, at_once: int
    ) -> None:
        self.X, self.y, self.depth, self.step, self.w = X, y, depth, step, w
        self.sizes = abs(X)
        self.at_once = at_once  # steps between two looks at the loss
        self.d, self.carry = len(w) // 2, np.zeros(len(w))
        self.steps = 0
        self.began = time.perf_counter()
        self.record = Record()

    def descend(
        self,
        rows: _Rows | None,
        max_steps: int,
        loss_tol: float,
        watch: Callable[[float], None] | None,
    ) -> Descent:
        residual = self._look()
        loss_at_start = self.loss
        bound = DIVERGED * max(loss_at_start, float(self.y @ self.y))
        while True:
            if self.loss <= loss_tol * loss_at_start:
                return self.end("loss")
            gradient = self.X.T @ residual
            # Its own rounding is worth a few more products, but not at every step.
            if self.steps % 64 == 0 and is_stationary(self.sizes, self.beta, self.y, gradient):
                return self.end("stationary")
            if watch and self.loss > 0:
                watch(math.log(self.loss / loss_at_start))
            if self.steps >= max_steps:
                self._fail(
                    f"{max_steps} steps were not enough: the loss has fallen to "
                    f"{self.loss / loss_at_start:.3g} of that of the start. Try more, or another "
                    "step (near the edge of stability it goes back and forth)"
                )
            before, carried = self.w, self.carry
            with np.errstate(over="ignore", invalid="ignore"):
                if rows is None:
                    self._move(gradient)
                else:
                    self._epoch(rows)
                self.steps += self.at_once
                residual = self._look()
            if not self.loss <= bound:  # nan too
                self._fail(f"the loss grows without bound; try a step smaller than {self.step:g}")
            if (self.w == before).all() and (self.carry == carried).all():
                self._fail(
                    "no weight moves: the start is too small or the step too short for doubles; "
                    "see gradient_flow"
                )

    def end(self, stopped_by: str) -> Descent:
        self.record.add(self._log_t(), self.beta, self.loss, last=True)
        flow = self.record.flow(self.beta, stopped_by, time.perf_counter() - self.began)
        conserved, w = conserved_at(self.depth), self.w.reshape(2, self.d)
        return Descent(**vars(flow), steps=self.steps, effective_alpha=conserved.effective_scale(w))

    def _fail(self, why: str) -> None:
        raise FlowError(why, self.end(""))

    def _look(self) -> Vector:
        """The residual, after noting where we are."""
        powers = self.w**self.depth
        self.beta = powers[: self.d] - powers[self.d :]
        residual = np.asarray(self.X @ self.beta - self.y)
        self.loss = float(residual @ residual)
        self.record.add(self._log_t(), self.beta, self.loss)
        return residual

    def _move(self, gradient: Vector) -> None:
        """One step, given the derivative by beta over 2."""
        pace = 2 * self.depth * self.step * self.w ** (self.depth - 1)
        # Compensated: near the end a step is less than the rounding of a weight.
        move = self.carry - pace * np.concatenate([gradient, -gradient])
        after = self.w + move
        self.carry = move - (after - self.w)
        self.w = after

    def _epoch(self, rows: _Rows) -> None:
        for _ in range(self.at_once):
            i = rows.draw()
            powers = self.w**self.depth
            row = rows.rows[i]
            self._move(row * (row @ (powers[: self.d] - powers[self.d :]) - self.y[i]))

    def _log_t(self) -> float:
        return math.log(self.step * self.steps / self.at_once) if self.steps else -math.inf
