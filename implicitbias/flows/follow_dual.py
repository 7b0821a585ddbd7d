"""Following the flow in its dual variables: the whole way in one call of the integrator.

N variables and a cheap slope: what takes the time is to go back and forth between the steps.
"""

import math
import time
import warnings
from collections.abc import Callable

import numpy as np
import scipy  # loads scipy.integrate when it is used

from implicitbias.flows.flow import Flow, FlowError
from implicitbias.flows.follow import FlowEnd, StopRule
from implicitbias.flows.mirror import DualFlow
from implicitbias.flows.powers import LARGEST
from implicitbias.inputs.arrays import EPS, Batch, Vector

A_DECADE = 40  # outputs for each power of ten of time
CLOSER = 40  # parts of the step between two outputs in which the loss falls to its end
FIRST = 1e-2  # of the shortest time scale: the first output
REACH = (6, 8, 10, 12, 15, 18, 21, 24)  # decades from there, until the flow has come to its end
MOST_ROOM = 200.0
MOST_STEPS = 10_000  # between two outputs
# Now and then LSODA takes a stiff flow for one that is not, and stalls; from elsewhere it does not.
AGAIN = (1.0, 3.0, 0.3)  # shares of rtol to go on with


def follow_dual(
    flow: DualFlow, rule: StopRule, watch: Callable[[float], None] | None = None
) -> FlowEnd:
    """As ``follow``; the moment of the event is known to a part in 600."""
    began = time.perf_counter()
    log_unit = flow.log_unit()
    last = math.exp(min(rule.log_t_max + log_unit, 2 * LARGEST))
    wanted = np.exp(np.minimum(np.array(rule.log_t_eval or [-math.inf]) + log_unit, 2 * LARGEST))
    first = FIRST / max(1.0, float(np.abs(flow.jacobian(0.0, flow.origin)).sum(axis=1).max()))
    run = _Trajectory(flow, rule)
    for decades in REACH:
        if run.stopped_by or run.clock[-1] >= last:
            break
        grid = first * np.logspace(-1, decades, A_DECADE * (decades + 1) + 1)
        outputs = np.unique(np.concatenate([grid, wanted, [last]]))
        outputs = outputs[(outputs > run.clock[-1]) & (outputs <= min(grid[-1], last))]
        message = run.go(outputs)
        if watch and run.loss[-1] > 0:
            watch(math.log(run.loss[-1] / run.loss[0]))
        if message and not run.stopped_by:
            break
    else:
        message = "it stalls"
    roomier = flow.roomier(run.states)
    if roomier is not None:
        if flow.log_room < MOST_ROOM:
            return follow_dual(roomier, rule, watch)
        run.stopped_by, message = "", "a weight is at its pole, where doubles end"
    if not run.stopped_by and run.clock[-1] >= last:
        run.stopped_by = "t_max"
    if not run.stopped_by:
        raise FlowError(
            f"the flow cannot be followed further ({message}); the loss has fallen to "
            f"{run.loss[-1] / (run.loss[0] or 1.0):.3g} of that of the start",
            run.flow(wanted, time.perf_counter() - began),
            try_parameters=True,
        )
    limit = run.betas[-1]
    rounding = float(flow.rounding(run.states[-1]).max() / (np.abs(limit).max() or 1.0))
    reached = run.flow(wanted, time.perf_counter() - began)
    return FlowEnd(reached, run.log_t[-1], run.states[-1], rounding, flow.speed(run.states[-1]))


class _Trajectory:
    """The states at all outputs so far."""

    def __init__(self, equation: DualFlow, rule: StopRule) -> None:
        self.equation, self.rule = equation, rule
        self.atol = rule.rtol * equation.least()
        self.clock = np.empty(0)
        self.states = np.empty((0, len(equation.y)))
        self.betas, self.loss = np.empty((0, equation.X.shape[1])), np.empty(0)
        self.stopped_by = ""
        self._append(np.zeros(1), equation.origin[None, :])

    def go(self, outputs: Vector) -> str:
        """On through these readings of the clock, or what stopped the integrator."""
        message = ""
        for share in AGAIN:
            message = self._integrate(outputs, share)
            outputs = outputs[outputs > self.clock[-1]]
            if not message or self.stopped_by:
                self._look_closer()
                return ""
        return message

    def _look_closer(self) -> None:
        """Find the moment of the loss between the last two outputs."""
        if self.stopped_by != "loss" or len(self.clock) < 2:
            return
        end = self.clock[-1]
        whole = self.clock, self.states, self.betas, self.loss
        self.clock, self.states, self.betas, self.loss = (part[:-1] for part in whole)
        self.stopped_by = ""
        self._integrate(np.linspace(self.clock[-1], end, CLOSER + 1)[1:], 1.0)
        if not self.stopped_by:
            self.clock, self.states, self.betas, self.loss = whole
            self.stopped_by = "loss"

    def _integrate(self, outputs: Vector, share: float) -> str:
        """The same with this share of rtol, once."""
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore", scipy.integrate.ODEintWarning)
            states, info = scipy.integrate.odeint(
                self.equation.slope,
                self.states[-1],
                np.append(self.clock[-1], outputs),
                Dfun=self.equation.jacobian,
                rtol=share * self.rule.rtol,
                atol=share * self.atol,
                mxstep=MOST_STEPS,
                full_output=True,
                tfirst=True,
            )
        message = str(info["message"])
        whole = message.startswith("Integration successful")
        # After a failure the rest is what was in memory.
        reached = len(outputs) if whole else int(np.argmax(info["tcur"] == 0))
        self._append(outputs[:reached], states[1 : reached + 1])
        return "" if whole else message

    def flow(self, wanted: Vector, seconds: float) -> Flow:
        """What was asked for."""
        log_t = self.log_t
        keep = np.arange(len(self.clock))
        if self.rule.log_t_eval is not None:
            # After the end nothing moves.
            keep = np.minimum(np.searchsorted(self.clock, wanted), len(self.clock) - 1)
            log_t = np.array(self.rule.log_t_eval)
        with np.errstate(over="ignore"):
            t = np.exp(log_t)
        limit = self.betas[-1]
        return Flow(
            t, log_t, self.betas[keep], self.loss[keep], limit, self.stopped_by, None, seconds
        )

    @property
    def log_t(self) -> Vector:
        """(m,), -inf at the start."""
        with np.errstate(divide="ignore"):
            return np.asarray(np.log(self.clock) - self.equation.log_unit())

    def _append(self, clock: Vector, states: Batch) -> None:
        """These outputs, up to the first that is an end."""
        X, y = self.equation.X, self.equation.y
        betas = self.equation.beta(states)
        residuals = (X @ betas.T).T - y
        loss = np.einsum("ij,ij->i", residuals, residuals)
        start = self.loss[0] if len(self.loss) else loss[0]
        fallen = loss <= self.rule.loss_tol * start
        noise = 4 * EPS * (np.abs(betas) @ abs(X).T + np.abs(y))
        noise += self.equation.rounding(states) @ abs(X).T
        ended = fallen | (np.abs(residuals @ X) <= noise @ abs(X)).all(axis=1)
        count = len(loss)
        if ended.any():
            count = int(np.argmax(ended)) + 1
            self.stopped_by = "loss" if fallen[count - 1] else "stationary"
        self.clock = np.append(self.clock, clock[:count])
        self.states = np.vstack([self.states, states[:count]])
        self.betas = np.vstack([self.betas, betas[:count]])
        self.loss = np.append(self.loss, loss[:count])
