"""``implicitbias prove``: run the executable theorems."""

import os
from pathlib import Path
from typing import Annotated

import typer

from implicitbias.cli.errors import BAD_INPUT, fail, one_line_errors

OPEN = 1
FOLDER = "proofs"


def prove(
    ids: Annotated[
        list[str] | None, typer.Argument(help="Such as T1 or 2.3.  [default: all of them]")
    ] = None,
    processes: Annotated[
        int,
        typer.Option("-n", "--processes", min=1, help="How many statements to run at a time."),
    ] = os.cpu_count() or 1,
) -> None:
    """Run the executable theorems, and print and write their ledger.

    Needs the folder proofs/ of the source checkout, and writes ledger.json in it; where it ran all
    statements, TRUST.md too. Exits with 1 where a statement is open.
    """
    from implicitbias.theorems.contents import missing_ids, proof_files
    from implicitbias.theorems.ledger import table, write_ledger
    from implicitbias.theorems.runner import run_files
    from implicitbias.theorems.trust import TRUST, trust

    folder = proofs_folder()
    with one_line_errors():
        known = proof_files(folder)
    chosen = dict.fromkeys(ids or known)
    if unknown := [name for name in chosen if name not in known]:
        fail(f"there is no proof of {unknown[0]!r}; there are {' '.join(known)}", BAD_INPUT)
    entries = []
    paths = [known[name] for name in chosen]
    for entry in run_files(paths, min(processes, len(paths))):
        entries.append(entry)
        progress = f"[{len(entries)}/{len(paths)}]"
        typer.echo(f"{progress} {entry.outline.id}: {entry.verdict}, {entry.seconds:.1f} s")
    idle = [name for name in known if name not in chosen]
    typer.echo("\n" + "\n".join(table(entries, idle, missing_ids(folder, known))))
    with one_line_errors():
        write_ledger(folder, entries)
        if not idle and all(entry.verdict != "open" for entry in entries):
            (folder / TRUST).write_text(trust(entries), encoding="utf-8")
    if any(entry.verdict == "open" for entry in entries):
        raise typer.Exit(OPEN)


def proofs_folder() -> Path:
    """The proofs of the source checkout of this package, or of the one that is being worked in."""
    for root in (Path(__file__).parents[2], Path.cwd()):
        if (root / FOLDER / "conftest.py").is_file():
            return root / FOLDER
    fail(
        "found no folder 'proofs': the theorems come with the source checkout, not with the "
        "installed package; run this in the checkout",
        BAD_INPUT,
    )
