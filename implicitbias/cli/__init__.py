"""The command ``implicitbias``: reads data, calls the studies and solvers, writes files."""

from typing import Annotated

import typer

from implicitbias import __version__
from implicitbias.cli.compare import compare as compare_command
from implicitbias.cli.errata import errata as errata_command
from implicitbias.cli.figure import figure as figure_command
from implicitbias.cli.flow import flow as flow_command
from implicitbias.cli.probe import probe as probe_command
from implicitbias.cli.prove import prove as prove_command
from implicitbias.cli.solve import solve as solve_command

# No markup: every message is plain text, and an error of the program itself is a plain traceback.
app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"implicitbias {__version__}")
        raise typer.Exit


@app.callback()
def main(
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version."
        ),
    ] = False,
) -> None:
    """Which interpolator does gradient flow choose? Solved with a certificate, and proved."""


app.command()(compare_command)
app.command()(solve_command)
app.command()(flow_command)
app.command()(probe_command)
app.command()(figure_command)
app.command()(prove_command)
app.command()(errata_command)
