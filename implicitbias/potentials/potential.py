"""What a regularizer and a potential are: the two interfaces of this folder."""

from abc import ABC, abstractmethod
from typing import Any

from implicitbias.numbers import NumberSystem, evaluate
from implicitbias.numbers.system import Value


class Regularizer(ABC):
    """A separable penalty ``R(beta) = sum_i q(beta_i / x)``, given by its even, convex q.

    Every method works elementwise and in four number systems, told by the type of the argument:
    doubles (scalars, sequences, arrays), mpmath ``mpf``, flint ``arb`` and sympy expressions, the
    last three alone or in lists and object arrays. TypeError for what is not a real number,
    ValueError for nan, infinity and points outside the domain.
    """

    @abstractmethod
    def _value(self, xp: NumberSystem, z: Value) -> Value: ...

    def value(self, z: Any) -> Any:
        """``q(z)`` for real z; ``q(0) = 0``."""
        return evaluate(self._value, z, "z")


class Potential(Regularizer):
    """A strictly convex, smooth q: its gradient, the mirror map, sends z to the dual variable s.

    ``mirror = q'``, ``inverse_mirror = (q')^-1 = (q*)'``, ``conjugate = q*``, ``metric = q''``.
    They are tied by Fenchel's equality ``q(z) + q*(s) = z s`` at ``s = q'(z)``
    [rockafellar1970, Thm 23.5]. q is even, q(0) = 0, q'(0) = 0.
    """

    @abstractmethod
    def _mirror(self, xp: NumberSystem, z: Value) -> Value: ...

    @abstractmethod
    def _inverse_mirror(self, xp: NumberSystem, s: Value) -> Value: ...

    @abstractmethod
    def _conjugate(self, xp: NumberSystem, s: Value) -> Value: ...

    @abstractmethod
    def _metric(self, xp: NumberSystem, z: Value) -> Value: ...

    @abstractmethod
    def _check_dual(self, xp: NumberSystem, s: Value) -> None:
        """ValueError if s is outside the range of the mirror map."""

    def mirror(self, z: Any) -> Any:
        """The mirror map ``s = q'(z)`` for real z."""
        return evaluate(self._mirror, z, "z")

    def inverse_mirror(self, s: Any) -> Any:
        """``z = (q')^-1(s)`` for s in the range of the mirror map, else ValueError."""
        return evaluate(self._checked(self._inverse_mirror), s, "s")

    def conjugate(self, s: Any) -> Any:
        """``q*(s) = sup_z (s z - q(z))`` for s in the range of the mirror map, else ValueError."""
        return evaluate(self._checked(self._conjugate), s, "s")

    def metric(self, z: Any) -> Any:
        """``q''(z) > 0``: the metric in which the flow of beta is a gradient flow."""
        return evaluate(self._metric, z, "z")

    # The mirror curve, all pairs (z, s) with s = q'(z), by a parameter v that increases along it
    # and is 0 at 0. In logarithms, so that a solver reaches arguments such as beta / alpha^D =
    # 1e4000 that no double holds. dual_at and parameter_of_dual are odd: v has the sign of z and
    # of s. All else is even in v, and written for v >= 0. Unchecked: for solvers, not for users.

    @abstractmethod
    def parameter_of_log(self, xp: NumberSystem, log_z: Value) -> Value:
        """The parameter v >= 0 of ``z = exp(log_z)``."""

    @abstractmethod
    def parameter_of_dual(self, xp: NumberSystem, s: Value) -> Value:
        """The parameter v of s."""

    @abstractmethod
    def dual_at(self, xp: NumberSystem, v: Value) -> Value:
        """``s`` at the parameter v."""

    def primal_of_dual(self, xp: NumberSystem, s: Value) -> Value:
        """``z = h(s)``, where the logarithm will not do: s may be 0, or a ball around it."""
        return self._inverse_mirror(xp, s)

    @abstractmethod
    def log_dual_derivative(self, xp: NumberSystem, v: Value) -> Value:
        """``ln ds/dv`` at v."""

    @abstractmethod
    def log_primal_at(self, xp: NumberSystem, v: Value) -> Value:
        """``ln |z|`` at v > 0."""

    @abstractmethod
    def log_inverse_metric(self, xp: NumberSystem, v: Value) -> Value:
        """``ln dz/ds = -ln q''(z)`` at v."""

    @abstractmethod
    def log_conjugate_at(self, xp: NumberSystem, v: Value) -> Value:
        """``ln q*(s)`` at v > 0."""

    @abstractmethod
    def inverse_metric_variation(self, xp: NumberSystem, v: Value, move: Value) -> Value:
        """G >= 1 with ``1/G <= h'(s+m) / h'(s) <= G`` for s at v and all ``|m| <= move``, h the
        inverse mirror map; inf where s + m may leave its domain."""

    def _checked(self, formula: Any) -> Any:
        def on_the_domain(xp: NumberSystem, s: Value) -> Value:
            self._check_dual(xp, s)
            return formula(xp, s)

        return on_the_domain
