"""The words of the corpus: a case, what it may do, and a class of cases."""

import functools
import math
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
from flint import arb

from tests.silent_errors.equations import Equations
from tests.silent_errors.minimiser import Minimiser, minimiser
from tests.silent_errors.simplex import LeastL1, least_l1
from tests.silent_errors.weights import Model

WELL_CONDITIONED = 1e12  # up to which a class has to Return its least share
NORMAL = (1e-300, 1e300)  # sizes of max|beta| that doubles hold with all their digits


@dataclass(frozen=True)
class Returns:
    """A number within its claimed error of the truth and within the documented bound. An error that
    the function documents is a refusal: right, but it counts against the floor of the class.
    """


@dataclass(frozen=True)
class Refuses:
    """One of these errors is as good as a right number; any other error counts as in Returns.

    Attributes:
        types: names of errors; what the package does not have (yet) is never raised.
        says: a pattern for the flaw and the way out, found in any case.
    """

    types: tuple[str, ...]
    says: str = "."


@dataclass(frozen=True)
class Raises:
    """One of these errors and no other, and no number.

    Attributes:
        types: names of errors. says: a pattern for the flaw and the way out, found in any case.
    """

    types: tuple[str, ...]
    says: str = "."


Contract = Returns | Refuses | Raises


@dataclass(frozen=True, eq=False)
class Case:
    """One problem, as it is handed over, and what it stands for.

    Attributes:
        X, y: as the function gets them. equations: as rationals; None where they stand for nothing.
        settings: keywords of the functions: alpha, log_alpha, depth, start.
        contract: what the function may do.
        extras: what a call needs beside.
    """

    X: Any
    y: Any
    equations: Equations | None
    settings: dict[str, Any] = field(default_factory=dict)
    contract: Contract = Returns()
    extras: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, X: Any, y: Any, contract: Contract = Returns(), **settings: Any) -> "Case":
        """Of dense doubles, taken as the rationals they are."""
        equations = Equations.of(np.asarray(X).tolist(), np.asarray(y).tolist())
        return cls(X, y, equations, settings, contract)

    @property
    def depth(self) -> Any:
        return self.settings.get("depth", 2)

    @property
    def model(self) -> Model:
        """The potential that the settings stand for."""
        return model(self.given.X.ncols(), **self.settings)

    @property
    def given(self) -> Equations:
        assert self.equations is not None, "a case without a meaning has no truth"
        return self.equations

    @functools.cached_property
    def truth(self) -> Minimiser:
        """The exact minimiser; UndecidedError where the budget does not prove it."""
        return minimiser(self.given, self.model)

    @property
    def is_easy(self) -> bool:
        """Whether doubles can have the minimiser: well conditioned, and of a normal size."""
        size = max((abs(b) for b in self.truth.beta), key=float)
        normal = size == 0 or (arb(NORMAL[0]) < size < arb(NORMAL[1]))
        return normal and self.truth.condition <= WELL_CONDITIONED

    @functools.cached_property
    def least_l1(self) -> LeastL1:
        return least_l1(self.given)


def model(columns: int, **settings: Any) -> Model:
    """The potential that these settings stand for."""
    alpha, log_alpha = settings.get("alpha"), settings.get("log_alpha")
    start, depth = settings.get("start"), settings.get("depth", 2)
    if start is not None:
        start = tuple(_side(side, columns) for side in start)
    return Model(
        depth if depth == math.inf else exact(depth),
        Fraction(1) if alpha is None else exact(alpha),
        Fraction(0) if log_alpha is None else exact(log_alpha),
        start,
    )


def exact(value: Any) -> Fraction:
    """A scalar as the rational it is, strings such as "1e-30" among them."""
    if isinstance(value, (str, Decimal, Fraction)):
        return Fraction(value)
    return Fraction(value.item() if isinstance(value, np.generic) else value)


def _side(values: Any, columns: int) -> tuple[Fraction, ...]:
    array = np.asarray(values)
    flat = array.tolist() if array.ndim else [array.item()] * columns
    return tuple(exact(value) for value in flat)


Draw = Callable[[np.random.Generator, str], Case]


@dataclass(frozen=True)
class ProblemClass:
    """A class of problems, drawn by name and index alone.

    Attributes:
        name: one word. about: what the data are, their sizes, and the contract, in a sentence or
            two.
        draws: each makes a Case, for a generator and the name of the call; taken in turn.
        calls: names of ``CALLS``, taken in turn, all of them on one draw before the next.
        count: how many problems the full run has.
        floor: the least share of the problems of condition <= 1e12 on which the contract is met by
            an answer, not by a refusal (of all problems, where the contract is Raises).
        seconds: of processor time for one call, beyond which it counts as a hang.
    """

    name: str
    about: str
    draws: tuple[Draw, ...]
    calls: tuple[str, ...]
    count: int = 300
    floor: float = 0.95
    seconds: float = 20.0

    def generator(self, index: int) -> np.random.Generator:
        return np.random.default_rng([zlib.crc32(self.name.encode()), index])

    def call(self, index: int) -> str:
        return self.calls[index % len(self.calls)]

    def case(self, index: int) -> Case:
        draw = self.draws[index // len(self.calls) % len(self.draws)]
        return draw(self.generator(index), self.call(index))
