"""``implicitbias solve FILE --json`` as a call: the answer it prints, or the line it fails with."""

import json
import tempfile
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
from typer.testing import CliRunner

from implicitbias.cli import app
from tests.silent_errors import checks
from tests.silent_errors.case import Case

ALPHA = "0.5"
SETTINGS = {"alpha": ALPHA}
TRIPPED: list[str] = []  # what a pickle in a file did


class CommandError(Exception):
    """The command failed as it should: one line on stderr, nothing on stdout."""


class BabbleError(Exception):
    """It failed otherwise."""


def trip(what: str) -> None:
    """Called by a pickle that somebody loads."""
    TRIPPED.append(what)


class Pickled:
    """An object whose pickle calls ``trip`` when it is loaded."""

    def __reduce__(self) -> Any:
        return trip, ("a pickle was loaded",)


def run(case: Case) -> Any:
    """The solution in JSON; CommandError where the command refuses the file."""
    TRIPPED.clear()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / case.extras["name"]
        path.write_bytes(case.extras["bytes"])
        result = CliRunner().invoke(app, ["solve", str(path), "--alpha", ALPHA, "--json"])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    if TRIPPED:
        return SimpleNamespace(tripped=True)
    if result.exit_code:
        lines = result.stderr.splitlines()
        if result.stdout or len(lines) != 1 or not lines[0].startswith("error: "):
            raise BabbleError(f"stdout {result.stdout!r:.80}, stderr {result.stderr!r:.200}")
        raise CommandError(lines[0])
    fields = json.loads(result.stdout)
    fields["beta"] = np.array(fields["beta"])
    return SimpleNamespace(tripped=False, **fields)


def check(case: Case, answer: Any) -> str | None:
    """As of ``solve``."""
    if answer.tripped:
        return "a pickle in the file was loaded"
    if len(answer.beta) != case.given.X.ncols():
        return f"{len(answer.beta)} columns were read, there are {case.given.X.ncols()}"
    return checks.solution(case, answer)
