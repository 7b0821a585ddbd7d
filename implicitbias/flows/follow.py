"""Following the flow in the weights with scipy's integrators, on a clock that can restart.

Above D = 2 a weight arrives within a share ``alpha^(D-2)`` of the time that it took to come, which
no double resolves; so where its reading gets too coarse the clock restarts at 0, in a new unit.
"""

import math
import time
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy  # loads scipy.integrate when it is used

from implicitbias.flows.flow import Flow, FlowError, is_stationary
from implicitbias.flows.parameters import WeightFlow
from implicitbias.flows.powers import LARGEST
from implicitbias.flows.record import Record
from implicitbias.inputs.arrays import Vector

INTEGRATORS = ("LSODA", "BDF", "Radau", "DOP853", "RK45")  # classes of scipy.integrate
STIFF = ("LSODA", "BDF", "Radau")
FINE = 1e-9  # of the clock's reading: with smaller steps than that it starts again at 0
NEVER = 1e300  # on the clock
STALLED = 3000  # steps since the loss last fell by a thousandth
LOOSER = (1e-9, 1e-8)  # for the steps that rounding spoils at rtol


@dataclass(frozen=True)
class StopRule:
    """When to stop, what to keep and how closely to follow: as in ``gradient_flow``.

    Attributes:
        log_t_eval: (m,) ``ln t`` of the moments to report; None for those that the integrator
            chose.
        log_t_max: ``ln t`` to stop at.
        rtol: of the integrator.
        loss_tol: share of the loss at the start, to stop at.
        integrator: one of INTEGRATORS.
    """

    log_t_eval: Sequence[float] | None = None
    log_t_max: float = math.inf
    rtol: float = 1e-10
    loss_tol: float = 1e-24
    integrator: str = "LSODA"


@dataclass(frozen=True)
class FlowEnd:
    """A flow, and where it ended in the variables of its equation.

    Attributes:
        flow: all that was kept.
        log_t: ``ln t`` at the end.
        state: of the equation; (2d,) in the weights, (N,) in the dual variables.
        rounding: how far the rounding of the state moves beta, relative to it.
        speed: (d,) ``w_+^(2D-2) + w_-^(2D-2)``, over the largest: how fast beta follows ``-g``.
    """

    flow: Flow
    log_t: float
    state: Vector
    rounding: float
    speed: Vector


def follow(
    equation: WeightFlow, rule: StopRule, watch: Callable[[float], None] | None = None
) -> FlowEnd:
    """The flow in the weights to its end.

    Args:
        watch: called with ln(loss / loss at the start) at each step.

    Raises:
        FlowError: the integrators fail; ``.reached`` is what there is.
    """
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "lsoda: ")  # its failures are handled
        return _follow(equation, rule, watch)


def _follow(equation: WeightFlow, rule: StopRule, watch: Callable[[float], None] | None) -> FlowEnd:
    began = time.perf_counter()
    run = _Run(equation, rule)
    ways = [(rule.integrator, rule.rtol)]
    if rule.integrator in STIFF:
        # Above D = 2 the rounding of g, times a power of 1/alpha, can be more than rtol allows.
        ways += [("BDF", max(rule.rtol, looser)) for looser in LOOSER]
    way = 0
    solver = run.solver(*ways[way])
    while not run.stopped_by:
        message = solver.step()
        failed = solver.status != "running" or not np.isfinite(solver.y).all()
        if not failed:
            run.take(solver)
            if watch and run.fallen > 0:
                watch(math.log(run.fallen))
        if failed or run.stalled:
            way += 1
            if way == len(ways):
                raise FlowError(
                    f"the flow cannot be followed further ({message or 'it stalls'}); the loss has "
                    f"fallen to {run.fallen:.3g} of that of the start. Try another integrator, a "
                    "larger rtol, or a larger loss_tol",
                    run.end("", time.perf_counter() - began),
                )
        elif solver.step_size < FINE * solver.t:
            way = 0
        else:
            continue
        run.restart_clock()
        solver = run.solver(*ways[way])
    flow = run.end(run.stopped_by, time.perf_counter() - began)
    last = run.equation
    return FlowEnd(flow, run.log_now, run.state, last.rounding(run.state), last.speed(run.state))


class _Run:
    """What a flow has passed so far."""

    def __init__(self, equation: WeightFlow, rule: StopRule) -> None:
        self.equation, self.rule = equation, rule
        self.least = equation.least()
        self.sizes = abs(equation.X)
        self.record = Record(keep_all=rule.log_t_eval is not None)
        self.log_wanted = list(rule.log_t_eval or ())
        self.log_t = -math.inf  # when the clock last restarted
        self.s, self.state = 0.0, equation.origin
        self.stopped_by = ""
        self._look()
        self.loss_at_start = self.mark = self.loss
        self.steps = 0  # since the loss fell to the mark
        while self.log_wanted and self.log_wanted[0] == -math.inf:
            self.record.add(self.log_wanted.pop(0), self.beta, self.loss)
        if not self.record.keep_all:
            self.record.add(-math.inf, self.beta, self.loss)
        self._stop()

    @property
    def fallen(self) -> float:
        return self.loss / self.loss_at_start if self.loss_at_start else 0.0

    @property
    def stalled(self) -> bool:
        return self.steps > STALLED

    @property
    def log_now(self) -> float:
        return self._log_time(self.s)

    def solver(self, integrator: str, rtol: float) -> Any:
        """One from here, with the clock at 0."""
        stiff = {"jac": self.equation.jacobian} if integrator in STIFF else {}
        kind = getattr(scipy.integrate, integrator)
        return kind(
            self.equation.slope, 0.0, self.state, NEVER, rtol=rtol, atol=rtol * self.least, **stiff
        )

    def take(self, solver: Any) -> None:
        """One step of the solver."""
        log_now, log_last = self._log_time(solver.t), self.rule.log_t_max
        while self.log_wanted and self.log_wanted[0] <= min(log_now, log_last):
            log_t = self.log_wanted.pop(0)
            beta = self.equation.beta(self._at(solver, log_t)[1])
            self.record.add(log_t, beta, _loss(self.equation.residual(beta)))
        self.s, self.state = float(solver.t), solver.y.copy()
        if log_now >= log_last:
            self.s, self.state = self._at(solver, log_last)
            log_now, self.stopped_by = log_last, "t_max"
        self._look()
        self.steps += 1
        if self.loss < 0.999 * self.mark:
            self.mark, self.steps = self.loss, 0
        if not self.record.keep_all:
            self.record.add(log_now, self.beta, self.loss)
        self._stop()

    def restart_clock(self) -> None:
        """Set the clock to 0, in units of the present speed."""
        self.log_t, self.s = self.log_now, 0.0
        self.equation = self.equation.in_units_of_now(self.state)
        self.steps = 0

    def end(self, stopped_by: str, seconds: float) -> Flow:
        """Everything that was kept. After the end nothing moves, after t_max nothing is wanted."""
        for log_t in self.log_wanted if stopped_by else ():
            self.record.add(log_t, self.beta, self.loss)
        if not self.record.keep_all:
            self.record.add(self.log_now, self.beta, self.loss, last=True)
        return self.record.flow(self.beta, stopped_by, seconds)

    def _look(self) -> None:
        self.beta = self.equation.beta(self.state)
        self.residual = self.equation.residual(self.beta)
        self.loss = _loss(self.residual)

    def _stop(self) -> None:
        if self.stopped_by:
            return
        gradient = self.equation.X.T @ self.residual
        if self.loss <= self.rule.loss_tol * self.loss_at_start:
            self.stopped_by = "loss"
        elif is_stationary(self.sizes, self.beta, self.equation.y, gradient):
            self.stopped_by = "stationary"

    def _log_time(self, s: float) -> float:
        since = math.log(s) - self.equation.log_unit() if s > 0 else -math.inf
        return float(np.logaddexp(self.log_t, since))

    def _at(self, solver: Any, log_t: float) -> tuple[float, Vector]:
        """Clock and state within the solver's last step at the given time."""
        since = log_t + math.log1p(-math.exp(min(self.log_t - log_t, 0.0)))
        s = math.exp(min(since + self.equation.log_unit(), 2 * LARGEST))
        s = min(max(s, solver.t_old), solver.t)
        return s, np.asarray(solver.dense_output()(s))


def _loss(residual: Vector) -> float:
    return float(residual @ residual)
