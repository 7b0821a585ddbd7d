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
    jobs: Annotated[
        int,
        typer.Option("-n", "--jobs", "--processes", min=1, help="How many processes run them."),
    ] = os.cpu_count() or 1,
    cached: Annotated[
        bool,
        typer.Option("--cached", help="Skip what ran earlier with the same sources."),
    ] = False,
) -> None:
    """Run the executable theorems, and print and write their ledger.

    Needs the folder proofs/ of the source checkout, and writes ledger.json in it; where it ran all
    statements, none of them cached, TRUST.md too. Exits with 1 where a statement is open.
    """
    from implicitbias.theorems.cache import Cache
    from implicitbias.theorems.contents import missing_ids, proof_files
    from implicitbias.theorems.ledger import table, write_ledger
    from implicitbias.theorems.runner import run_files
    from implicitbias.theorems.schedule import batches
    from implicitbias.theorems.trust import TRUST, trust

    folder = proofs_folder()
    with one_line_errors():
        known = proof_files(folder)
    chosen = dict.fromkeys(ids or known)
    if unknown := [name for name in chosen if name not in known]:
        fail(f"there is no proof of {unknown[0]!r}; there are {' '.join(known)}", BAD_INPUT)
    waiting = {name: known[name] for name in chosen}
    cache = Cache(folder, waiting.values() if cached else ())
    entries = [entry for path in waiting.values() if (entry := cache.get(path))]
    for entry in entries:
        del waiting[entry.outline.id]
    order = batches(folder, waiting) if jobs > 1 else [[path] for path in waiting.values()]
    for count, entry in enumerate(run_files(order, jobs), start=len(entries) + 1):
        progress = f"[{count}/{len(chosen)}] {entry.outline.id}: {entry.verdict}"
        typer.echo(f"{progress}, {entry.seconds:.1f} s")
        entries.append(entry)
        cache.put(known[entry.outline.id], entry)
    idle = [name for name in known if name not in chosen]
    typer.echo("\n" + "\n".join(table(entries, idle, missing_ids(folder, known))))
    with one_line_errors():
        write_ledger(folder, entries)
        fresh = not any(entry.cached for entry in entries)
        if fresh and not idle and all(entry.verdict != "open" for entry in entries):
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
