"""Run one formula on whatever kind of number the user has.

sympy and mpmath are loaded by whoever has a number of theirs, never to find out that nobody does.
"""

import sys
from collections.abc import Callable
from typing import Any

import numpy as np
from flint import arb

from implicitbias.numbers.balls import BALLS
from implicitbias.numbers.doubles import DOUBLES, Doubles
from implicitbias.numbers.system import NumberSystem, Value

BLOCK = 8192  # doubles: 64 KB, so that a dozen intermediate results share a second-level cache


def system_of(value: object) -> NumberSystem:
    """The number system that ``value`` belongs to: by its type, never by its size."""
    if is_expression(value):
        from implicitbias.numbers.expressions import EXPRESSIONS

        return EXPRESSIONS
    if isinstance(value, arb):
        return BALLS
    if _is_of(value, "mpmath", "mpf"):
        from implicitbias.numbers.digits import DIGITS

        return DIGITS
    return DOUBLES


def is_expression(value: object) -> bool:
    """Whether ``value`` is a sympy expression."""
    return _is_of(value, "sympy", "Expr")


def _is_of(value: object, library: str, name: str) -> bool:
    """``isinstance(value, library.name)``; a library that is not loaded has no values."""
    loaded = sys.modules.get(library)
    return isinstance(value, getattr(loaded, name, ()))


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
