"""The number systems a formula runs in: doubles, digits, balls and symbolic expressions."""

from implicitbias.numbers.balls import BALLS
from implicitbias.numbers.digits import DIGITS
from implicitbias.numbers.doubles import DOUBLES
from implicitbias.numbers.evaluate import evaluate, system_of
from implicitbias.numbers.expressions import EXPRESSIONS, ImplicitInverse
from implicitbias.numbers.system import Exact, NumberSystem

__all__ = [
    "BALLS",
    "DIGITS",
    "DOUBLES",
    "EXPRESSIONS",
    "Exact",
    "ImplicitInverse",
    "NumberSystem",
    "evaluate",
    "system_of",
]
