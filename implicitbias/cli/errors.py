"""What a user sees when something is wrong: one line on stderr and an exit code."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

import typer

NOT_CERTIFIED = 1
BAD_INPUT = 2


def fail(message: str, code: int) -> NoReturn:
    """Print ``error: message`` as one line on stderr and exit."""
    typer.echo(f"error: {' '.join(message.split())}", err=True)
    raise typer.Exit(code)


@contextmanager
def one_line_errors() -> Iterator[None]:
    """Bad input exits with 2, a number that could not be certified with 1."""
    try:
        yield
    except (ValueError, TypeError, OSError) as error:
        fail(str(error), BAD_INPUT)
    except ArithmeticError as error:
        fail(str(error), NOT_CERTIFIED)
