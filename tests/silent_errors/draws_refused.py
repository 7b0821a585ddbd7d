"""What is no data and no setting: refused by an error that names the flaw."""

import datetime
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd
import scipy.sparse as sp

from tests.silent_errors.case import Case, Draw, ProblemClass, Raises
from tests.silent_errors.draws_kinds import CALLS, Pair, base, kind
from tests.silent_errors.equations import Equations

DATE, SPAN = np.datetime64("2024-01-01"), np.timedelta64(3, "D")


def _masked(X: np.ndarray, y: np.ndarray) -> Pair:
    hidden = np.zeros(X.shape, dtype=bool)
    hidden[0, 0] = True
    return np.ma.array(X.astype(float), mask=hidden), y


def _masked_targets(X: np.ndarray, y: np.ndarray) -> Pair:
    return X, np.ma.array(y.astype(float), mask=[True] + [False] * (len(y) - 1))


def _refused(
    make: Callable[[np.ndarray, np.ndarray], Pair], says: str, types: tuple[str, ...] = ()
) -> Draw:
    """What is no data: an error that names the flaw."""
    contract = Raises(types or ("TypeError", "ValueError"), says)
    return kind(make, contract, contract)


def _with(value: Any) -> Callable[[np.ndarray, np.ndarray], Pair]:
    """X with one entry replaced."""

    def make(X: np.ndarray, y: np.ndarray) -> Pair:
        rows = X.astype(object)
        rows[-1, -1] = value
        return rows, y

    return make


BAD: tuple[Draw, ...] = (
    _refused(_masked, "mask"),
    _refused(_masked_targets, "mask"),
    _refused(lambda X, y: (DATE + X.astype("timedelta64[D]"), y), "number|date|time"),
    _refused(lambda X, y: (X, DATE + y.astype("timedelta64[D]")), "number|date|time"),
    _refused(lambda X, y: (X * SPAN, y), "number|time"),
    _refused(lambda X, y: (X, y * SPAN), "number|time"),
    _refused(_with(datetime.date(2024, 1, 1)), "number|date"),
    _refused(_with(datetime.timedelta(3)), "number|time"),
    _refused(_with(pd.Timestamp("2024-01-01")), "number|time"),
    _refused(_with(None), "finite|missing|number"),
    _refused(_with(pd.NA), "finite|missing|number"),
    _refused(_with(float("nan")), "finite|missing"),
    _refused(_with(float("-inf")), "finite"),
    _refused(_with(1 + 2j), "real"),
    _refused(_with("one"), "number"),
    _refused(_with(b"1"), "number"),
    _refused(_with([1, 2]), "number|array"),
    _refused(lambda X, y: (X * 1j, y), "real"),
    _refused(lambda X, y: (X, y + 1j), "real"),
    _refused(lambda X, y: (np.full(X.shape, np.nan), y), "finite|missing"),
    _refused(lambda X, y: (X, np.full(len(y), np.inf)), "finite"),
    _refused(lambda X, y: (pd.DataFrame(X).assign(c="a"), y), "number"),
    _refused(lambda X, y: (pd.DataFrame(X).astype("category").assign(c=pd.NaT), y), "."),
    _refused(lambda X, y: (np.zeros(len(y), dtype=[("a", float)]), y), "."),
    _refused(lambda X, y: (X[0], y[:1]), "2-d"),
    _refused(lambda X, y: (X[None], y), "2-d"),
    _refused(lambda X, y: (3.0, y), "2-d"),
    _refused(lambda X, y: (None, y), "."),
    _refused(lambda X, y: (X, None), "."),
    _refused(lambda X, y: (X, 1.0), "1-d"),
    _refused(lambda X, y: (X, np.stack([y, y], axis=1)), "1-d"),
    _refused(lambda X, y: (X, np.append(y, 0)), "same number of rows"),
    _refused(lambda X, y: (X[:0], y[:0]), "at least one"),
    _refused(lambda X, y: (X[:, :0], y), "at least one"),
    _refused(lambda X, y: ([[1.0, 2.0], [3.0]], [1.0, 2.0]), "array"),
    _refused(lambda X, y: ((row for row in X), y), "."),
    _refused(lambda X, y: ({"a": 1}, y), "."),
    _refused(lambda X, y: (X, sp.csr_array(y[None].astype(float))), "dense"),
    _refused(lambda X, y: (sp.csc_array(X * 1j), y), "real"),
    _refused(lambda X, y: (sp.csc_array(np.full(X.shape, np.nan)), y), "finite|missing"),
    _refused(lambda X, y: ("X", y), "."),
)


def _setting(**settings: Any) -> Draw:
    """A keyword that is none."""

    def draw(rng: np.random.Generator, call: str) -> Case:
        X, y = base(rng)
        wrong = {"alpha": 0.5, **settings}
        wrong = {k: v for k, v in wrong.items() if v is not ...}
        name = next(iter(settings))
        contract = Raises(("TypeError", "ValueError"), f"{name}|alpha")
        return Case(X, y, Equations.of(X.tolist(), y.tolist()), wrong, contract)

    return draw


SETTINGS: tuple[Draw, ...] = (
    *(_setting(alpha=v) for v in (0, -1.0, float("nan"), float("inf"), True, 1j, [1.0], "x", ...)),
    *(_setting(depth=v) for v in (1, 1.999, -3, float("nan"), True, "2", 2j, None, [3])),
    _setting(log_alpha=0.0),
    _setting(log_alpha=float("nan"), alpha=...),
    *(
        _setting(start=v)
        for v in (
            (1.0,),
            (1.0, 0.0),
            (1.0, -1.0),
            (1.0, float("nan")),
            (np.ones(99), 1.0),
            (1.0, "a"),
            (1.0, 1j),
            (1.0, np.ma.array([1.0], mask=[True])),
            3,
            "ab",
        )
    ),
)


def _taken(**settings: Any) -> Draw:
    """A keyword in another kind of number."""

    def draw(rng: np.random.Generator, call: str) -> Case:
        X, y = base(rng)
        return Case.of(X, y, **{"alpha": 0.5, **settings})

    return draw


TAKEN: tuple[Draw, ...] = (
    *(
        _taken(alpha=v)
        for v in (1, np.float64(0.3), np.float32(0.3), np.int64(2), Fraction(1, 3), "0.3", "1e-30")
    ),
    _taken(alpha=Decimal("0.3")),
    *(_taken(depth=v) for v in (np.int64(3), np.float32(2.5), Fraction(5, 2), Fraction(7, 3))),
    *(
        _taken(start=v)
        for v in ((1, 2), [0.5, 1.0], np.array([1.0, 3.0]), (np.float32(0.3), Fraction(1, 2)))
    ),
)
CLASSES = (
    ProblemClass(
        "settings",
        "Small integers up to 3 x 7 with alpha, depth and start in every kind of number: right.",
        TAKEN,
        ("solve", "digits"),
        count=8 * len(TAKEN),
    ),
    ProblemClass(
        "no_data",
        "Masked entries, dates, complex numbers, gaps, wrong shapes: TypeError or ValueError names "
        "the flaw.",
        BAD,
        CALLS,
        count=len(BAD) * len(CALLS),
        floor=1.0,
    ),
    ProblemClass(
        "no_settings",
        "alpha, depth and start that are none: TypeError or ValueError names the argument.",
        SETTINGS,
        ("solve", "digits", "flow"),
        count=len(SETTINGS) * 3,
        floor=1.0,
    ),
)
