"""``implicitbias figure``: a figure of the paper, computed cell by cell and drawn."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from implicitbias.cli.errors import one_line_errors
from implicitbias.cli.store import Store

if TYPE_CHECKING:
    from implicitbias.studies.cells import Cell


def figure(
    name: Annotated[str, typer.Argument(help="1a, 1b, 1c, 2a, 2b, 2c or explicit.")],
    quick: Annotated[bool, typer.Option("--quick", help="A smaller one, in seconds.")] = False,
    out: Annotated[
        Path | None, typer.Option(help="Folder to write.  [default: figure-NAME]")
    ] = None,
    jobs: Annotated[int, typer.Option(help="Processes on this machine.")] = 1,
    dask: Annotated[
        str | None,
        typer.Option(help="Address of a Dask scheduler to run on, in place of --jobs."),
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Start over in a folder of other settings.")
    ] = False,
) -> None:
    """Compute a figure and draw it.

    Writes config.toml, rows.csv and figure.png. Each finished cell is stored at once: the same
    command resumes a run that was killed.
    """
    from implicitbias.studies.cells import run_cells, versions
    from implicitbias.studies.figures import FIGURES

    with one_line_errors():
        if name not in FIGURES:
            raise ValueError(f"there is no figure {name!r}; it must be one of {', '.join(FIGURES)}")
        if jobs < 1:  # before there is a folder
            raise ValueError(f"--jobs must be >= 1, got {jobs}")
        study = FIGURES[name]
        settings = study.settings(quick)
        cells = study.cells(settings)
        config = {"figure": name, **settings, "versions": versions()}
        folder = Path(f"figure-{name}") if out is None else out
        with Store.open(folder, config, force) as store:
            waiting = [cell for cell in cells if not (store.is_complete or store.has(cell.name))]
            with _progress(cells, waiting) as advance:
                for cell, frame in run_cells(waiting, jobs, dask):
                    store.put(cell.name, frame)
                    advance(cell)
            rows = store.finish([cell.name for cell in cells])
        from implicitbias.report.paper_figures import DRAW  # loads what only drawing needs

        DRAW[name](rows).savefig(folder / "figure.png", dpi=110)
    typer.echo(f"{len(rows)} rows from {len(cells)} cells, {len(waiting)} of them computed now")
    typer.echo(f"Wrote {folder}/config.toml, rows.csv and figure.png")


@contextmanager
def _progress(
    cells: Sequence["Cell"], waiting: Sequence["Cell"]
) -> Iterator[Callable[["Cell"], None]]:
    """A bar on stderr with the time left, each cell weighed by its cost."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
    from rich.progress import TimeRemainingColumn as TimeLeft

    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    left = TextColumn("left:"), TimeLeft()
    with Progress(*columns, *left, console=Console(stderr=True)) as bars:
        done = len(cells) - len(waiting)
        task = bars.add_task("", total=sum(cell.cost for cell in waiting) or 1.0)

        def show() -> None:
            bars.update(task, description=f"cell {done} of {len(cells)}")

        def advance(cell: "Cell") -> None:
            nonlocal done
            done += 1
            bars.advance(task, cell.cost)
            show()

        show()
        yield advance
