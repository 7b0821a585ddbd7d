"""The number systems a formula runs in: doubles, digits, balls and symbolic expressions.

Digits and expressions load mpmath and sympy, so they load when asked for.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from implicitbias.numbers.balls import BALLS
from implicitbias.numbers.doubles import DOUBLES
from implicitbias.numbers.evaluate import evaluate, is_expression, system_of
from implicitbias.numbers.system import Exact, NumberSystem

if TYPE_CHECKING:
    from implicitbias.numbers.digits import DIGITS
    from implicitbias.numbers.expressions import EXPRESSIONS, ImplicitInverse

__all__ = [
    "BALLS",
    "DIGITS",
    "DOUBLES",
    "EXPRESSIONS",
    "Exact",
    "ImplicitInverse",
    "NumberSystem",
    "evaluate",
    "is_expression",
    "system_of",
]


_LATER = {"DIGITS": "digits", "EXPRESSIONS": "expressions", "ImplicitInverse": "expressions"}

if not TYPE_CHECKING:

    def __getattr__(name: str) -> Any:
        """What is loaded when it is asked for."""
        if name in _LATER:
            return getattr(import_module(f"{__name__}.{_LATER[name]}"), name)
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
