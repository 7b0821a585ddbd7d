"""Run one formula on whatever kind of number the user has."""

from collections.abc import Callable
from typing import Any

import numpy as np
import sympy
from flint import arb
from mpmath import mpf

from implicitbias.numbers.balls import BALLS
from implicitbias.numbers.digits import DIGITS
from implicitbias.numbers.doubles import DOUBLES, Doubles
from implicitbias.numbers.expressions import EXPRESSIONS
from implicitbias.numbers.system import NumberSystem, Value

BLOCK = 8192  # doubles: 64 KB, so that a dozen intermediate results share a second-level cache


def system_of(value: object) -> NumberSystem:
    """The number system that ``value`` belongs to: by its type, never by its size."""
    if isinstance(value, sympy.Expr):
        return EXPRESSIONS
    if isinstance(value, arb):
        return BALLS
    if isinstance(value, mpf):
        return DIGITS
    return DOUBLES


def evaluate(formula: Callable[[NumberSystem, Value], Value], argument: Any, what: str) -> Any:
    """``formula(xp, argument)``, elementwise, in the number system of the argument.

    Doubles come as scalars, arrays or nested sequences and run vectorised; mpf, arb and sympy
    values run one by one, alone or in an object array or list. The shape is kept.

    TypeError or ValueError, naming ``what``, if the argument is not real or not finite.
    """
    if isinstance(argument, (list, tuple)):
        argument = np.asarray(argument)
    if isinstance(argument, np.ndarray) and argument.dtype == object:
        result = np.empty(argument.shape, dtype=object)
        result.flat[:] = [evaluate(formula, item, what) for item in argument.flat]
        return result
    xp = system_of(argument)
    value = xp.admit(argument, what)
    # Overflow to inf and underflow to 0 are the right doubles; an invalid operation never is.
    with np.errstate(over="ignore", under="ignore", divide="ignore"):
        if xp is DOUBLES:
            return _in_blocks(formula, value)[()]
        return formula(xp, value)


def _in_blocks(formula: Callable[[NumberSystem, Value], Value], value: Doubles) -> Doubles:
    """A formula is elementwise: block by block, its intermediate results stay in the cache."""
    if value.size <= BLOCK:
        return np.asarray(formula(DOUBLES, value))
    flat, result = value.reshape(-1), np.empty(value.size)
    for start in range(0, value.size, BLOCK):
        result[start : start + BLOCK] = formula(DOUBLES, flat[start : start + BLOCK])
    return result.reshape(value.shape)
