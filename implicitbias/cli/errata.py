"""``implicitbias errata``: write the errata of the paper."""

import typer

from implicitbias.cli.errors import one_line_errors
from implicitbias.cli.prove import proofs_folder


def errata() -> None:
    """Write proofs/ERRATA.md from proofs/errata.toml.

    Exits with 2 where an equation is missing or a verdict points to no function.
    """
    from implicitbias.theorems.errata import TARGET, read_errata, render

    folder = proofs_folder()
    with one_line_errors():
        entries = read_errata(folder)
        (folder / TARGET).write_text(render(entries), encoding="utf-8")
    typer.echo(f"wrote {folder / TARGET}: {len(entries)} lines")
