"""The exact minimiser in balls, found and proved without a formula of the package.

The limit of the flow is ``beta(X^T nu)`` for the nu with ``F(nu) = y - X beta(X^T nu) = 0``: s of
``weights.py`` is ``X^T nu``, as c is a combination of rows of X. F is the gradient of a strictly
concave function where the rows of X are independent, so it has one zero at most. Newton's method
follows that of ``y_t = X beta(0) + t (y - X beta(0))`` from t near 0, where nu is, to t = 1; there
Krawczyk's test in balls proves the zero, whatever led to it [krawczyk1969].
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flint import arb, arb_mat, ctx

from tests.silent_errors.equations import Equations
from tests.silent_errors.system import ImpreciseError, System, column
from tests.silent_errors.weights import Model, OutsideError

FIRST_BITS = 128
MOST_BITS = 40_000
MOST_STEPS = 6_000  # of Newton's method
NEWTON_STEPS = 9  # for one step of the homotopy
SHORTEST = 2.0**-400  # step of ln t, before more bits are tried
FARTHEST = 30.0  # scales of s that a Newton step may go
NEAR = 2.0**-20  # relative to max|beta|: close enough to go on
DIGITS = 40  # of the answer


class UndecidedError(Exception):
    """The truth itself was not proved within its budget."""


@dataclass(frozen=True, eq=False)
class Minimiser:
    """Balls that contain the minimiser.

    Attributes:
        beta: (d,). nu: one a row of the reduced equations. bits: of the precision that proved it.
        condition: the componentwise condition number, about: how much ``max|beta|`` moves,
            relative to itself, per relative change of every entry of X and y.
    """

    beta: list[arb]
    nu: list[arb]
    bits: int
    condition: float


def minimiser(equations: Equations, model: Model, digits: int = DIGITS) -> Minimiser:
    """The minimiser, ``max|beta|`` to ``digits`` digits; UndecidedError beyond the budget.

    The equations are consistent. The bits in use are the caller's again at the end.
    """
    with ctx.workprec(ctx.prec):
        return _Search(equations.reduced(), model, digits).run()


class _Search:
    def __init__(self, equations: Equations, model: Model, digits: int) -> None:
        self.equations, self.model, self.digits = equations, model, digits
        self.steps = 0
        self._set_bits(FIRST_BITS)

    def _set_bits(self, bits: int) -> None:
        if bits > MOST_BITS:
            raise UndecidedError(f"{bits} bits are beyond the budget")
        ctx.prec = bits
        self.bits, self.system = bits, System(self.equations, self.model)

    def run(self) -> Minimiser:
        nu = self._followed()
        if nu is None:
            return Minimiser(self.system.beta_0, [arb(0)] * self.system.n, self.bits, 1.0)
        while True:
            proved = self.system.proved(nu)
            if proved is not None and self._is_narrow(proved[1]):
                nu, beta, condition = proved
                return Minimiser(beta, self.system.duals(nu), self.bits, condition)
            self._set_bits(2 * self.bits)

    def _is_narrow(self, beta: list[arb]) -> bool:
        share = max(abs(b).lower() for b in beta) * arb(10) ** -self.digits
        return all(b.rad() <= share for b in beta)

    def _followed(self) -> arb_mat | None:
        """nu at t = 1, about; None where beta(0) solves the equations, and nothing moves."""
        while all(entry.contains(0) for entry in self.system.missing.entries()):
            if all(entry.is_zero() for entry in self.system.missing.entries()):
                return None
            self._set_bits(2 * self.bits)
        direction = self._precisely(self._direction)
        moved = (self.system.AT * direction).entries()
        # Exact: what has a radius does not get better with more bits.
        t = self.system.weights.room(moved).min(arb(1)).mid()
        log_t, step, growth = t.log().mid(), arb(1), 3
        nu, tangent = self._precisely(lambda: self._corrected((t * direction).mid(), t, step))
        while log_t < 0:
            is_last = not log_t + step < 0
            length = -log_t if is_last else step
            there = arb(0) if is_last else (log_t + length).mid()
            try:
                nu, tangent = self._moved(nu, tangent, length, there)
            except OutsideError:
                # Where y is far below what the start has, the last of it goes by powers of ten.
                step, growth = length * (0.9 if is_last and growth else 1 / 3), 0
                if step < SHORTEST:
                    self._set_bits(2 * self.bits)
                    step = arb(1)
                continue
            log_t, step, growth = there, (1 + growth) * length, 3
        return nu

    def _precisely(self, attempt: Callable[[], Any]) -> Any:
        """With as many bits as it takes."""
        while True:
            try:
                return attempt()
            except ImpreciseError:
                self._set_bits(2 * self.bits)

    def _direction(self) -> arb_mat:
        system = self.system
        return system.solve(system.at(arb_mat(system.n, 1)).slope, system.missing).mid()

    def _moved(
        self, nu: arb_mat, tangent: arb_mat, length: arb, log_t: arb
    ) -> tuple[arb_mat, arb_mat]:
        """nu and its tangent a step of ln t on: nu is about affine in ``t^(-1/p)``, at D = 2 in
        ln t.
        """

        def attempt() -> tuple[arb_mat, arb_mat]:
            reach = self.system.weights.reach(length)
            t = arb(1) if log_t == 0 else log_t.exp()
            return self._corrected((nu + reach * tangent).mid(), t, 4 * length)

        found: tuple[arb_mat, arb_mat] = self._precisely(attempt)
        return found

    def _corrected(self, nu: arb_mat, t: arb, wish: arb) -> tuple[arb_mat, arb_mat]:
        """nu and ``d nu / d ln t`` at t, by Newton's method from nearby; OutsideError where it does
        not converge. wish: the next step of ln t, over which a distance to an end of s may shrink
        by ``exp(-wish/p)``: the tangent has to be better than that.
        """
        system, near, ulp = self.system, arb(NEAR), arb(2) ** (1 - self.bits)
        if system.weights.p is not None:
            near *= (-wish / system.weights.p).exp().max(arb(2) ** (-self.bits // 2))
        # What is there at the start is 0 in general, exactly.
        right = system.b if t == 1 else system.image + t * system.missing
        before = None
        for _ in range(NEWTON_STEPS):
            self._count()
            point = system.at(nu)
            step = system.solve(point.slope, right - system.A * column(point.beta))
            moved = (system.AT * step).entries()
            size = max(abs(b).upper() for b in point.beta)
            changes = [k.mid() * m for k, m in zip(point.slope, moved, strict=True)]
            # What nu itself is rounded by is in no ball.
            lost = [abs(s) * ulp for s in (system.AT * nu).entries()]
            blurs = zip(changes, point.slope, lost, strict=True)
            if not max(c.rad() + k.mid() * s.mid() for c, k, s in blurs) < near / 4 * size:
                raise ImpreciseError
            steps = [abs(m.mid()) / c for m, c in zip(moved, point.scale, strict=True)]
            if not max(steps) < FARTHEST:
                raise OutsideError
            nu = (nu + step).mid()
            change = max(abs(c.mid()) for c in changes)
            if change < near * size and max(steps) < 1:
                return nu, system.solve(system.at(nu).slope, t * system.missing).mid()
            if before is not None and not change < before * 4:
                break
            before = change
        raise OutsideError

    def _count(self) -> None:
        self.steps += 1
        if self.steps > MOST_STEPS:
            raise UndecidedError(f"{MOST_STEPS} Newton steps are beyond the budget")
