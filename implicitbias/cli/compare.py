"""``implicitbias compare``: from the l2 to the l1 limit along alpha, as rows and a figure."""

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from implicitbias.cli.errors import one_line_errors
from implicitbias.cli.folder import check_target, whole_folder, write_config
from implicitbias.cli.options import DEPTH_HELP, Data, Force, Target
from implicitbias.cli.values import read_alphas, read_depths

if TYPE_CHECKING:
    import pandas as pd

SHOWN = 5  # rows a depth that the table on the screen has


def compare(
    data: Data,
    target: Target = None,
    depth: Annotated[
        list[str] | None, typer.Option(help=f"{DEPTH_HELP} May be repeated.  [default: 2, 3]")
    ] = None,
    alpha: Annotated[
        list[str] | None,
        typer.Option(
            help="Scale of the weights' start: start:stop:count, log-spaced, or a number; may be "
            "repeated.  [default: 1e2:1e-6:30]"
        ),
    ] = None,
    explicit: Annotated[
        bool,
        typer.Option(
            "--explicit",
            help="Also the solutions whose weights are nearest to their start, and how far they "
            "are from the implicit ones.",
        ),
    ] = False,
    out: Annotated[
        Path | None, typer.Option(help="Folder to write.  [default: compare-NAME]")
    ] = None,
    force: Force = False,
) -> None:
    """Solve along alpha and compare with the least l1 and the least l2 interpolator.

    Writes compare.csv (one row a depth and alpha), compare.png, compare.svg and config.json.
    An alpha that double precision cannot certify is a row that says so.
    """
    from threadpoolctl import threadpool_limits

    from implicitbias.report.figures import compare_figure
    from implicitbias.studies.compare import compare_dataset as study
    from implicitbias.studies.datasets import load

    with one_line_errors():
        depths = read_depths(depth or ["2", "3"])
        alphas = read_alphas(alpha or ["1e2:1e-6:30"])
        dataset = load(data, target)
        folder = Path(f"compare-{dataset.name}") if out is None else out
        check_target(folder, force)
        # At these sizes a second BLAS thread costs more than it brings: a factor 3 on two cores.
        with (
            threadpool_limits(1, user_api="blas"),
            _progress(depths, len(alphas), explicit) as advance,
        ):
            log_alphas = [math.log(value) for value in alphas]
            frame = study(dataset, depths, log_alphas, advance, explicit=explicit)
    caption = f"{dataset.title}: {dataset.shape_text}"
    figure = compare_figure(frame, caption)
    config = {
        "command": "compare",
        "data": data,
        "target": target,
        "depth": ["inf" if value == math.inf else value for value in depths],  # as JSON has none
        "alpha": alphas,
        "explicit": explicit,
        "about": caption,
    }
    with one_line_errors(), whole_folder(folder, force) as fresh:
        frame.to_csv(fresh / "compare.csv", index=False)
        figure.savefig(fresh / "compare.png", dpi=160)
        figure.savefig(fresh / "compare.svg", metadata={"Date": None})
        write_config(fresh, config)
    _print_table(frame, caption)
    uncertain = int((~frame["certified"]).sum())
    if uncertain:
        typer.echo(f"{uncertain} of {len(frame)} rows are not certified: see note in compare.csv")
    typer.echo(f"Wrote {folder}/compare.csv, .png, .svg and config.json")


@contextmanager
def _progress(
    depths: Sequence[float], count: int, explicit: bool
) -> Iterator[Callable[[float, float], None]]:
    """A bar a depth on stderr; where that is no terminal, a line a depth at the end."""
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, TimeRemainingColumn(), console=Console(stderr=True)) as bars:
        tasks = {
            depth: bars.add_task(
                f"depth {depth:g}", total=count * (1 + (explicit and depth < math.inf))
            )
            for depth in depths
        }
        yield lambda depth, _: bars.advance(tasks[depth])


def _print_table(frame: "pd.DataFrame", caption: str) -> None:
    """A few alphas of each depth, and the limits."""
    import numpy as np
    from rich import box
    from rich.console import Console
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, padding=0)
    table.add_column("")
    for name in ("alpha", "l1 excess", "l2 excess", "weights", "held-out", "error"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("certified")
    is_limit = frame["depth"].isna()
    for (model, _), rows in frame[~is_limit].groupby(["model", "depth"], sort=False):
        shown = np.unique(np.linspace(0, len(rows) - 1, SHOWN).round().astype(int))
        for row in rows.iloc[shown].itertuples():
            name = "depth" if model == "implicit" else str(model)
            table.add_row(f"{name} {row.depth:g}", *_cells(row))
        table.add_section()
    for row in frame[is_limit].itertuples():
        table.add_row(str(row.model), *_cells(row))
    typer.echo(f"\n{caption}")
    Console().print(table)


def _cells(row: Any) -> list[str]:
    import pandas as pd

    values = (row.alpha, row.l1_excess, row.l2_excess, row.weights, row.heldout_error, row.error)
    texts = ["-" if pd.isna(value) else f"{value:.3g}" for value in values]
    return [*texts, "yes" if row.certified else "no"]
