"""The moments of a run of unknown length that are worth keeping."""

from dataclasses import dataclass, field

import numpy as np

from implicitbias.flows.flow import Flow
from implicitbias.inputs.arrays import Vector

MOST_KEPT = 400  # moments; with twice as many, some are dropped
EVENLY = 150  # of them, in ln t


@dataclass
class Record:
    """Moments of a flow, thinned out as they come.

    Attributes:
        keep_all: whether none is dropped.
        log_t: of the moments kept.
        betas: the same, (d,) each.
        loss: the same.
        stride: one of so many is kept.
        seen: how many there were.
    """

    keep_all: bool = False
    log_t: list[float] = field(default_factory=list)
    betas: list[Vector] = field(default_factory=list)
    loss: list[float] = field(default_factory=list)
    stride: int = 1
    seen: int = 0

    def add(self, log_t: float, beta: Vector, loss: float, *, last: bool = False) -> None:
        """Keep this moment, or drop it between two others; the last one is always kept."""
        if last and self.log_t and self.log_t[-1] == log_t:
            self.betas[-1], self.loss[-1] = beta, loss
        elif self.keep_all or last or self.seen % self.stride == 0:
            self.log_t.append(log_t)
            self.betas.append(beta)
            self.loss.append(loss)
        self.seen += 1
        if not self.keep_all and len(self.log_t) > 2 * MOST_KEPT:
            self.stride *= 2
            kept = self._worth_keeping()
            self.log_t = [self.log_t[i] for i in kept]
            self.betas = [self.betas[i] for i in kept]
            self.loss = [self.loss[i] for i in kept]

    def _worth_keeping(self) -> list[int]:
        """Every other moment, and the first in each of many equal parts of ``ln t``."""
        log_t = np.array(self.log_t)
        finite = np.flatnonzero(np.isfinite(log_t))
        span = log_t[-1] - log_t[finite[0]]
        part = np.floor((log_t[finite] - log_t[finite[0]]) / (span or 1.0) * EVENLY)
        first = finite[np.unique(part, return_index=True)[1]]
        return sorted({*range(0, len(log_t), 2), *first.tolist()})

    def flow(self, limit: Vector, stopped_by: str, seconds: float) -> Flow:
        """All of it; without an estimate of the error."""
        log_t = np.array(self.log_t)
        with np.errstate(over="ignore"):
            t = np.exp(log_t)
        betas = np.array(self.betas).reshape(len(log_t), len(limit))
        return Flow(t, log_t, betas, np.array(self.loss), limit, stopped_by, None, seconds)
