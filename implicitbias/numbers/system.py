"""What a formula may ask of the numbers it runs on."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Hashable
from fractions import Fraction
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    import sympy

Exact: TypeAlias = "int | Fraction | sympy.Expr"
"""A constant of a formula: an exact rational, or a symbolic expression."""

# A value is an ndarray of float64, an mpf, an arb or a sympy expression. A formula is the same
# line for all four, which no static type of those libraries expresses.
Value = Any
Function = Callable[[Value], Value]
Curve = Callable[[Value], tuple[Value, Value]]
"""A function together with its derivative, which shares most of its cost."""

ODD_BOUND = 1e200
"""The largest ``|target|`` of the root of an odd function: its slope there is still a double."""


class NumberSystem(ABC):
    """Elementary functions and exact constants over one kind of number.

    Formulas use these methods and the operators ``+ - * /``, nothing else, so that the double,
    the mpf, the ball and the symbolic expression come from the same line of code.
    """

    name: str

    @abstractmethod
    def constant(self, exact: Exact) -> Value:
        """The constant itself: exact where the system can, else correctly rounded or enclosed."""

    def rational(self, numerator: int, denominator: int = 1) -> Value:
        """The rational number ``numerator / denominator``."""
        return self.constant(Fraction(numerator, denominator))

    @abstractmethod
    def admit(self, value: object, what: str) -> Value:
        """``value`` as a number of this system; ValueError if it is nan or infinite."""

    @abstractmethod
    def within(self, value: Value, bound: int) -> bool:
        """Whether ``|value| < bound`` everywhere in ``value`` (a ball lies inside whole)."""

    @abstractmethod
    def either(
        self,
        x: Value,
        bound: float,
        below: Callable[..., Value],
        above: Callable[..., Value],
        *arguments: Value,
    ) -> Value:
        """``below(*arguments)`` where ``x <= bound``, else ``above(*arguments)``.

        Both must be the SAME function of the arguments, each written so as to keep its digits on
        its side. A system without rounding is free to use either.
        """

    @abstractmethod
    def root(
        self,
        curve: Curve,
        target: Value,
        start: Function,
        odd: Hashable = None,
    ) -> Value:
        """The v with ``f(v) = target``, by Newton's method from ``start(target)``; ``curve``
        gives f and f'.

        f must increase, and be convex or concave between the start and the root, so that from the
        second step on Newton's method moves monotonically.

        ``odd`` names an odd f whose inverse is smooth in ``asinh(target / 2)``: under this name a
        system may solve once for a table of the inverse, for ``|target| <= ODD_BOUND``, and read
        that from then on.
        """

    @abstractmethod
    def exp(self, x: Value) -> Value: ...

    @abstractmethod
    def expm1(self, x: Value) -> Value: ...

    @abstractmethod
    def log(self, x: Value) -> Value: ...

    @abstractmethod
    def log1p(self, x: Value) -> Value: ...

    @abstractmethod
    def sinh(self, x: Value) -> Value: ...

    @abstractmethod
    def cosh(self, x: Value) -> Value: ...

    @abstractmethod
    def tanh(self, x: Value) -> Value: ...

    @abstractmethod
    def asinh(self, x: Value) -> Value: ...

    @abstractmethod
    def atanh(self, x: Value) -> Value: ...

    @abstractmethod
    def sqrt(self, x: Value) -> Value: ...

    @abstractmethod
    def absolute(self, x: Value) -> Value: ...

    @abstractmethod
    def minimum(self, x: Value, y: Value) -> Value: ...

    @abstractmethod
    def copysign(self, magnitude: Value, sign: Value) -> Value:
        """``|magnitude|`` with the sign of ``sign``."""

    @abstractmethod
    def power(self, base: Value, exponent: Exact) -> Value:
        """``base ** exponent`` for ``0 < base < infinity``, and at 0 for a positive exponent, where
        a ball may reach across 0; the exponent is taken exactly."""

    @abstractmethod
    def log_ratio(self, x: Value, y: Value) -> Value:
        """``ln(x/y)`` for x, y > 0, with all its digits where x is near y too."""

    @abstractmethod
    def power_difference(self, x: Value, y: Value, exponent: Exact) -> Value:
        """``x^e - y^e`` for x, y > 0, with all its digits where x is near y too; the exponent is
        taken exactly."""
