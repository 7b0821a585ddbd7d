"""What a call must leave as it was: the caller's data, and the state of numpy, flint and mpmath."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import flint
import mpmath
import numpy as np
import pandas as pd
import scipy.sparse as sp

from tests.silent_errors.case import Case

THREADS = 4


@dataclass(frozen=True)
class World:
    """The state around a call.

    Attributes:
        data: bytes of what the caller passed. settings: of the libraries, by name.
    """

    data: dict[str, bytes]
    settings: dict[str, Any]

    @classmethod
    def around(cls, case: Case) -> "World":
        named = {"X": case.X, "y": case.y, "betas": case.extras.get("betas")}
        start = case.settings.get("start")
        sides = start if isinstance(start, tuple) else (start,)
        named |= {f"start {k}": side for k, side in enumerate(sides)}
        return cls({name: _content(value) for name, value in named.items()}, _settings())

    def changes(self, case: Case) -> list[str]:
        """What is no longer as it was."""
        now = World.around(case)
        changed = [f"the caller's {k}" for k, v in self.data.items() if now.data[k] != v]
        changed += [
            f"{name}: {value} -> {now.settings[name]}"
            for name, value in self.settings.items()
            if now.settings[name] != value
        ]
        return changed

    def restore(self) -> None:
        """The libraries' settings as they were, so that one problem does not spoil the next."""
        flint.ctx.prec = self.settings["bits of flint"]
        mpmath.mp.dps = self.settings["digits of mpmath"]
        np.seterr(**dict(self.settings["numpy's errors"]))


def _content(value: Any) -> bytes:
    if sp.issparse(value):
        if value.format in ("csc", "csr", "bsr"):
            parts = (value.data, value.indices, value.indptr)
        elif value.format == "coo":
            parts = (value.data, *value.coords)
        elif value.format == "dia":
            parts = (value.data, value.offsets)
        else:
            parts = (value.toarray(),)
        return repr((value.shape, [(p.dtype.str, p.tobytes()) for p in parts])).encode()
    if isinstance(value, np.ma.MaskedArray):
        return value.data.tobytes() + np.ma.getmaskarray(value).tobytes()
    if isinstance(value, np.ndarray) and value.dtype != object:
        return value.tobytes() + repr((value.shape, value.dtype, value.flags.writeable)).encode()
    if isinstance(value, (pd.DataFrame, pd.Series)):
        return repr(value.to_dict()).encode()
    return repr(value.tolist() if isinstance(value, np.ndarray) else value).encode()


def _settings() -> dict[str, Any]:
    return {
        "bits of flint": flint.ctx.prec,
        "digits of mpmath": mpmath.mp.dps,
        "numpy's errors": tuple(sorted(np.geterr().items())),
        "numpy's random state": np.random.get_state()[1].tobytes(),
        "threads": threading.active_count(),
    }


@contextmanager
def strict_numpy() -> Iterator[None]:
    """Floating-point events raise, as some users have it."""
    with np.errstate(all="raise"):
        yield


def under_strict_numpy(run: Callable[[Case], Any]) -> Callable[[Case], Any]:
    """The same call where floating-point events raise."""

    def strictly(case: Case) -> Any:
        with strict_numpy():
            return run(case)

    return strictly


def in_threads(run: Callable[[Case], Any]) -> Callable[[Case], list[Any]]:
    """The answers, or errors, for the cases in ``extras["beside"]``, all at the same time."""

    def together(case: Case) -> list[Any]:
        ready = threading.Barrier(THREADS)

        def one(beside: Case) -> Any:
            ready.wait()
            try:
                return run(beside)
            except ArithmeticError as error:  # judged by the check, in the main thread
                return error

        with ThreadPoolExecutor(THREADS) as pool:
            return list(pool.map(one, case.extras["beside"]))

    return together


def each(check: Callable[[Case, Any], str | None]) -> Callable[[Case, list[Any]], str | None]:
    """The check of answers that came from threads: an error there is as wrong as a wrong number."""

    def checked(case: Case, answers: list[Any]) -> str | None:
        for beside, answer in zip(case.extras["beside"], answers, strict=True):
            if isinstance(answer, Exception):
                return f"in a thread: {type(answer).__name__}: {str(answer)[:100]}"
            wrong = check(beside, answer)
            if wrong:
                return f"in a thread: {wrong}"
        return None

    return checked
