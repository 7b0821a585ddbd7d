"""The potential of the model ``beta = w_+^D - w_-^D`` for every real depth D > 2 and infinity."""

import math
import numbers
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

from implicitbias.numbers import Exact, NumberSystem, evaluate, is_expression
from implicitbias.numbers.system import ODD_BOUND, Value
from implicitbias.potentials.entropy import Entropy, Tsallis
from implicitbias.potentials.implicit import Ends, ImplicitPotential, MirrorParameters


@dataclass(frozen=True)
class Depth(ImplicitPotential):
    """Depth D > 2, with ``p = D/(D-2)`` and ``a = 2/(D-2) = p - 1`` [woodworth2020, Thm 3].

    ``(q')^-1 = h(s) = (1-s)^-p - (1+s)^-p`` on (-1, 1), ``q*(s) = ((1-s)^-a + (1+s)^-a - 2) / a``;
    the mirror map is the inverse of h, and ``q = z s - q*``. Depth infinity (at fixed alpha^D)
    has ``h = 2s/(1-s^2)``, ``q* = -ln(1-s^2)``, ``q' = (sqrt(1+z^2) - 1)/z``.

    The parameter of the mirror curve is the hyperbolic angle v, ``s = tanh v``, in which nothing
    cancels: ``z = 2 cosh(v)^p sinh(p v)``, ``q* = (2/a) (cosh(v)^a cosh(a v) - 1)``. Here z is
    beta/alpha^D.

    Args:
        depth: a real number > 2 (a float stands for the binary fraction it is), ``math.inf``, or
            a sympy expression known to be > 2, such as ``2 + Symbol("delta", positive=True)``.
    """

    depth: Any

    def __post_init__(self) -> None:
        depth = self.depth
        if is_expression(depth):
            import sympy

            if depth is not sympy.oo and (depth > 2) is not sympy.true:
                raise ValueError(
                    f"depth must be known to be > 2, got {depth}; "
                    "write it as 2 + Symbol('delta', positive=True)"
                )
            return
        if isinstance(depth, bool) or not isinstance(depth, numbers.Real):
            raise TypeError(f"depth must be a real number, got {depth!r}")
        if not float(depth) > 2:  # nan too
            way_out = "depth 2 is Hypentropy()" if depth == 2 else "depth 1 is Euclidean()"
            raise ValueError(f"depth must be > 2, got {depth}; {way_out}")

    @cached_property
    def a(self) -> Exact:
        """``2/(D-2)``, exactly; 0 at depth infinity."""
        return Fraction(0) if self._is_infinite else 2 / (self.scale_exponent - 2)

    @cached_property
    def p(self) -> Exact:
        """``D/(D-2)``, exactly: the power of the singularity of h at s = 1."""
        return 1 + self.a

    @cached_property
    def scale_exponent(self) -> Exact:
        depth = self.depth
        if self._is_infinite:
            return Fraction(1)
        if is_expression(depth):
            return depth
        if isinstance(depth, numbers.Rational):
            return Fraction(int(depth.numerator), int(depth.denominator))
        return Fraction(float(depth))

    @property
    def _is_infinite(self) -> bool:
        return bool(self.depth == math.inf)  # sympy's oo too

    @property
    def growth_rate(self) -> Exact:
        return 2 * self.p

    @property
    def limiting_entropy(self) -> Entropy:
        return Tsallis(self.p)

    def mirror_parameters(self, xp: NumberSystem, a: Value, b: Value) -> MirrorParameters:
        order = -self.scale_exponent / self.p  # 2 - D; at infinity, where a stands for a^D, -1
        # The mean of a^(2-D) and b^(2-D) is their geometric mean times a cosh: near depth 2, where
        # both tend to 1, this keeps its logarithm's digits.
        log_geometric = xp.constant(order) * (xp.log(a) + xp.log(b)) / 2
        half = xp.absolute(xp.constant(order) * xp.log_ratio(a, b) / 2)
        log_mean = log_geometric + _log_cosh_of_any(xp, half)
        return MirrorParameters(
            log_scale=-xp.constant(self.p) * log_mean,
            rate=xp.exp(-log_mean),
            shift=xp.power_difference(a, b, order) / 2,
            ends=Ends(-xp.power(b, order), xp.power(a, order)),
        )

    def slack(self, z: Any) -> Any:
        """``1 - |q'(z)|`` in (0, 1], with all its digits where q' itself rounds to 1."""
        return evaluate(self._slack, z, "z")

    def _value(self, xp: NumberSystem, z: Value) -> Value:
        def of(v: Value, z: Value) -> Value:
            # q* is at most a fraction of z s. An error of v cancels to first order, as q is the
            # largest of z s - q*(s); in a form without z it would count twice.
            return z * xp.tanh(v) - self._conjugate_at(xp, v, _log_cosh_squared(xp, v))

        # Below 1e-200 doubles underflow to 0 anyway: there, and for symbols, z is put in by v too.
        def of_angle(v: Value, z: Value) -> Value:
            return of(v, self._primal(xp, v)[0])

        return xp.either(xp.absolute(z), 1e-200, of_angle, of, self._angle(xp, z), z)

    def _mirror(self, xp: NumberSystem, z: Value) -> Value:
        return xp.tanh(self._angle(xp, z))

    def _slack(self, xp: NumberSystem, z: Value) -> Value:
        def far(v: Value, z: Value) -> Value:
            return self._ends(xp, v, z)[0]

        v, size = self._angle(xp, z), xp.absolute(z)
        return xp.either(size, 1.0, lambda v, z: 1 - xp.tanh(xp.absolute(v)), far, v, size)

    def _metric(self, xp: NumberSystem, z: Value) -> Value:
        p = xp.constant(self.p)

        def near(v: Value, z: Value) -> Value:
            return 1 / (2 * p * _power_of_cosh(xp, v, p + 1) * xp.cosh((p + 1) * v))

        def far(v: Value, z: Value) -> Value:
            # 1/q'' = p (t^-(p+1) + (2-t)^-(p+1)), which may overflow long before q'' underflows.
            t, near_end, far_end = self._ends(xp, v, z)
            ratio = t / near_end
            return ratio / (p * (1 + ratio * far_end / (2 - t)))

        v, size = self._angle(xp, z), xp.absolute(z)
        return xp.either(size, 1.0, near, far, v, size)

    def _ends(self, xp: NumberSystem, v: Value, size: Value) -> tuple[Value, Value, Value]:
        """The slack t, ``t^-p`` and ``(2-t)^-p`` at ``|z| = size > 1``, whose angle is v.

        An error of v weighs p v times in e^(2 p v). But it only enters ``(2-t)^-p``, by which the
        equation ``t^-p - (2-t)^-p = |z|`` then gives t^-p with all its digits.
        """
        far_end = xp.exp(-xp.constant(self.p) * xp.log1p(xp.tanh(xp.absolute(v))))
        near_end = size + far_end
        return xp.power(near_end, -1 / self.p), near_end, far_end

    def _inverse_mirror(self, xp: NumberSystem, s: Value) -> Value:
        p = xp.constant(self.p)

        def near(s: Value) -> Value:
            return xp.expm1(-p * xp.log1p(-s)) - xp.expm1(-p * xp.log1p(s))

        def far(s: Value) -> Value:
            return xp.power(1 - s, -self.p) - xp.power(1 + s, -self.p)

        return xp.either(xp.absolute(s), 0.5, near, far, s)

    def _conjugate(self, xp: NumberSystem, s: Value) -> Value:
        def near(s: Value) -> Value:
            return self._conjugate_at(xp, xp.atanh(s), -xp.log1p(-s * s))

        def far(s: Value) -> Value:
            return _power_over(xp, self.a, 1 - s) + _power_over(xp, self.a, 1 + s)

        return xp.either(xp.absolute(s), 0.75, near, far, s)

    def _conjugate_at(self, xp: NumberSystem, v: Value, log_cosh_squared: Value) -> Value:
        """``(2/a) (cosh(v)^a cosh(a v) - 1)``, given ``ln cosh(v)^2``.

        The two terms of ``cosh(v)^a - 1`` times ``cosh(a v)``, plus ``cosh(a v) - 1``, are of order
        v^2: where that underflows, each is one product, and no rounding is divided by a small a.
        """
        a = xp.constant(self.a)
        half = _sinh_over(xp, a, v / 2)
        growth = _expm1_over(xp, a / 2, log_cosh_squared)
        return growth * xp.cosh(a * v) + (2 * half) * (2 * a * half)

    def _check_dual(self, xp: NumberSystem, s: Value) -> None:
        if not xp.within(s, 1):
            raise ValueError(f"s must lie in (-1, 1) at depth {self.depth}, got {s}")

    def _angle(self, xp: NumberSystem, z: Value) -> Value:
        """The signed angle v of z: ``2 cosh(v)^p sinh(p v) = z``, ``tanh v = q'(z)``."""
        return xp.either(
            xp.absolute(z),
            ODD_BOUND,
            lambda z: self._angle_of_moderate(xp, z),
            lambda z: xp.copysign(self._angle_of_huge(xp, xp.log(xp.absolute(z))), z),
            z,
        )

    def parameter_of_log(self, xp: NumberSystem, log_z: Value) -> Value:
        return xp.either(
            log_z,
            math.log(ODD_BOUND),
            lambda log_z: self._angle_of_moderate(xp, xp.exp(log_z)),
            lambda log_z: self._angle_of_huge(xp, log_z),
            log_z,
        )

    def _angle_of_moderate(self, xp: NumberSystem, z: Value) -> Value:
        """The signed angle of z in ``[-ODD_BOUND, ODD_BOUND]``."""

        def start(z: Value) -> Value:
            size = xp.absolute(z)
            v = self._above_angle(xp, xp.asinh(size / 2), xp.log1p(size))
            return xp.copysign(xp.either(size, 1.0, lambda v, size: v, nearer, v, size), z)

        def nearer(v: Value, size: Value) -> Value:
            # Next to depth 2, z at the upper bound is up to e^150 times too large, and Newton's
            # method falls by a factor of e a step; ln z is almost straight.
            log_z, slope = self._log_primal(xp, v)
            return v - (log_z - xp.log(size)) / slope

        return xp.root(lambda v: self._primal(xp, v), z, start, odd=self)

    def _angle_of_huge(self, xp: NumberSystem, log_z: Value) -> Value:
        """The angle of z > ODD_BOUND, where dz/dv may overflow."""
        # asinh(z/2) and ln(1+z) are ln z to within 1/z.
        return xp.root(
            lambda v: self._log_primal(xp, v),
            log_z,
            lambda log_z: self._above_angle(xp, log_z, log_z),
        )

    def _log_primal(self, xp: NumberSystem, v: Value) -> tuple[Value, Value]:
        """``ln z`` at the angle v > 0, and its derivative."""
        p = xp.constant(self.p)
        return self.log_primal_at(xp, v), p * (xp.tanh(v) + 1 / xp.tanh(p * v))

    def _primal(self, xp: NumberSystem, v: Value) -> tuple[Value, Value]:
        """z at the signed angle v, and dz/dv."""
        p = xp.constant(self.p)
        scale = 2 * _power_of_cosh(xp, v, p)
        z = scale * xp.sinh(p * v)
        return z, p * (scale * xp.cosh(p * v) + z * xp.tanh(v))

    def _above_angle(self, xp: NumberSystem, asinh_half: Value, log1p: Value) -> Value:
        """An upper bound of the angle of z > 0 from ``asinh(z/2)`` and ``ln(1+z)``.

        ``z >= 2 sinh(p v)`` and ``z >= 2^-p (e^(2 p v) - 1)``; the second is asymptotically exact,
        and z is a convex function of v: Newton's method falls onto the root from here.
        """
        p = xp.constant(self.p)
        return xp.minimum(asinh_half / p, (log1p + p * xp.log(xp.rational(2))) / (2 * p))

    def parameter_of_dual(self, xp: NumberSystem, s: Value) -> Value:
        return xp.atanh(s)

    def dual_at(self, xp: NumberSystem, v: Value) -> Value:
        return xp.tanh(v)

    def log_dual_derivative(self, xp: NumberSystem, v: Value) -> Value:
        return -2 * _log_cosh_of_any(xp, v)

    def log_primal_at(self, xp: NumberSystem, v: Value) -> Value:
        p = xp.constant(self.p)
        # The first bracket is ln(cosh(v) e^v), with all its digits near 0 and no overflow far out.
        return p * (2 * v + xp.log1p(xp.expm1(-2 * v) / 2)) + xp.log(-xp.expm1(-2 * p * v))

    def log_inverse_metric(self, xp: NumberSystem, v: Value) -> Value:
        p = xp.constant(self.p)
        return xp.log(2 * p) + (p + 1) * _log_cosh_of_any(xp, v) + _log_cosh_of_any(xp, (p + 1) * v)

    def log_conjugate_at(self, xp: NumberSystem, v: Value) -> Value:
        a = xp.constant(self.a)
        exponent = _log_cosh_of_any(xp, v)
        if a != 0:
            exponent = exponent + _log_cosh_of_any(xp, a * v) / a
        log_expm1 = xp.either(
            a * exponent,
            1.0,
            lambda exponent: xp.log(_expm1_over(xp, a, exponent)),
            lambda exponent: a * exponent + xp.log(-xp.expm1(-a * exponent) / a),
            exponent,
        )
        return xp.log(xp.rational(2)) + log_expm1

    def inverse_metric_variation(self, xp: NumberSystem, v: Value, move: Value) -> Value:
        # h' is p times a sum of (1 -+ s)^-(p+1): each base changes by at most move, relative to
        # the slack t = 1 - |s| = 2 / (e^(2v) + 1).
        p = xp.constant(self.p)
        ratio = move * (xp.exp(2 * v) + 1) / 2
        return xp.exp(-(p + 1) * xp.log(1 - xp.minimum(ratio, xp.rational(1))))


def _log_cosh_squared(xp: NumberSystem, v: Value) -> Value:
    """``ln cosh(v)^2`` for v of any double z: ``sinh(v)^2 <= |z|/2``."""
    sinh = xp.sinh(v)
    return xp.log1p(sinh * sinh)


def _log_cosh_of_any(xp: NumberSystem, v: Value) -> Value:
    """``ln cosh v`` for every v > 0."""
    return xp.either(
        v,
        1.0,
        lambda v: _log_cosh_squared(xp, v) / 2,
        lambda v: v + xp.log((1 + xp.exp(-2 * v)) / 2),
        v,
    )


def _expm1_over(xp: NumberSystem, a: Value, x: Value) -> Value:
    """``(e^(a x) - 1) / a`` for x >= 0, and its limit x at a = 0."""
    if a == 0:
        return x
    # The first term by itself: in the subnormals, dividing it by a would blow up its rounding.
    exponent = a * x
    return x + (xp.expm1(exponent) - exponent) / a


def _power_over(xp: NumberSystem, exact: Exact, x: Value) -> Value:
    """``(x^-a - 1) / a`` for x > 0 and a = exact, and its limit -ln x at a = 0."""
    a, log = xp.constant(exact), -xp.log(x)
    if exact == 0:
        return log
    # Near 1 the power cancels against 1; far from it expm1 blows up the rounding of the log.
    return xp.either(
        a * log,
        1.0,
        lambda log, x: xp.expm1(a * log) / a,
        lambda log, x: (xp.power(x, -exact) - 1) / a,
        log,
        x,
    )


def _sinh_over(xp: NumberSystem, a: Value, x: Value) -> Value:
    """``sinh(a x) / a``, and its limit x at a = 0."""
    return xp.sinh(a * x) / a if a != 0 else x


def _power_of_cosh(xp: NumberSystem, v: Value, exponent: Value) -> Value:
    # cosh(v) rounds near v = 0, and near depth 2 the exponent p blows that up: the log does not.
    return xp.exp(exponent / 2 * _log_cosh_squared(xp, v))
