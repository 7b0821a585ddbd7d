"""``implicitbias prove``: run the executable theorems."""

import subprocess
import sys
from pathlib import Path

import typer

from implicitbias.cli.errors import BAD_INPUT, fail


def prove(context: typer.Context) -> None:
    """Run the executable theorems; further arguments go to pytest, such as -k theorem_1."""
    # The source checkout of this package, or the one that is being worked in.
    for root in (Path(__file__).parents[2], Path.cwd()):
        if (root / "proofs" / "conftest.py").is_file():
            break
    else:
        fail(
            "found no folder 'proofs': the theorems come with the source checkout, not with the "
            "installed package; run this in the checkout",
            BAD_INPUT,
        )
    command = [sys.executable, "-m", "pytest", "proofs/", *context.args]
    raise typer.Exit(subprocess.run(command, cwd=root, check=False).returncode)
