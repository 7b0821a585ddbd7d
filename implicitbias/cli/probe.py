"""``implicitbias probe``: how fast the l1 limit is reached, at any alpha, certified."""

import hashlib
import json
import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from implicitbias import __version__
from implicitbias.cli.errors import one_line_errors
from implicitbias.cli.folder import SIGN, check_target
from implicitbias.cli.options import DEPTH_HELP, Data, Target
from implicitbias.cli.values import read_depths

if TYPE_CHECKING:
    import pandas as pd

    from implicitbias.studies.datasets import Dataset

ROWS = "rows.jsonl"
SHOWN = 8  # rows a depth that the table on the screen has


def probe(
    data: Data,
    target: Target = None,
    depth: Annotated[
        list[str] | None, typer.Option(help=f"{DEPTH_HELP} May be repeated.  [default: 2, 3]")
    ] = None,
    to: Annotated[str, typer.Option(help="The last scale of the start.")] = "1e-1000000",
    digits: Annotated[int, typer.Option(min=1, help="Digits of every weight.")] = 50,
    points: Annotated[int, typer.Option(help="How many alphas, from 10 down.")] = 40,
    out: Annotated[
        Path | None, typer.Option(help="Folder to write.  [default: probe-NAME]")
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Throw away an earlier run, do not resume it.")
    ] = False,
) -> None:
    """Follow the distance to the least l1 norm as alpha falls, every weight certified.

    Writes probe.csv, probe.png, probe.svg, config.json, and rows.jsonl as the alphas finish: called
    again with the same arguments, an interrupted probe goes on from there.
    """
    from threadpoolctl import threadpool_limits

    from implicitbias.inputs.scale import as_scale
    from implicitbias.report.probe_figure import probe_figure
    from implicitbias.studies.datasets import load
    from implicitbias.studies.probe import Probe, as_frame, grid

    with one_line_errors():
        depths = read_depths(depth or ["2", "3"])
        # Rounded, so that 1e-1000 is at -1000; what is solved for is the rounded one.
        last = float(f"{as_scale(alpha=to).log_alpha / math.log(10):.12g}")
        alphas = grid(last, points)
        dataset = load(data, target)
        folder = Path(f"probe-{dataset.name}") if out is None else out
        config = {
            "command": "probe",
            "data": data,
            "target": target,
            "depth": ["inf" if value == math.inf else value for value in depths],
            "to": to,
            "digits": digits,
            "points": points,
            "fingerprint": _fingerprint(dataset),
            "about": f"{dataset.title}: {dataset.shape_text}",
            "version": __version__,
        }
        rows = _start(folder, config, force)
        done = {(row["depth"], row["log10_alpha"]) for row in rows}
        if rows:
            typer.echo(f"Resuming: {len(rows)} of {len(depths) * len(alphas)} alphas are there")
        with threadpool_limits(1, user_api="blas"):
            study = Probe.of(dataset)
            for one in depths:
                for log10_alpha in alphas:
                    if (one, log10_alpha) not in done:
                        rows.append(study.row(one, log10_alpha, digits))
                        _append(folder, rows[-1])
    frame = as_frame(rows)

    def bound(eps: float, one: float, name: str) -> float | None:
        found: float | None = getattr(study.bounds(eps, one), name)
        return None if found is None else found / math.log(10)

    about = f"{study.dataset.title}: {study.dataset.shape_text}"
    figure = probe_figure(frame, about, bound)
    with one_line_errors():
        frame.to_csv(folder / "probe.csv", index=False)
        figure.savefig(folder / "probe.png", dpi=160)
        figure.savefig(folder / "probe.svg", metadata={"Date": None})
    _print_table(frame, about)
    uncertain = int((~frame["certified"].astype(bool)).sum())
    if uncertain:
        typer.echo(f"{uncertain} of {len(frame)} rows are not certified: see note in probe.csv")
    typer.echo(f"Wrote {folder}/probe.csv, .png, .svg, rows.jsonl and config.json")


def _start(folder: Path, config: dict[str, Any], force: bool) -> list[dict[str, Any]]:
    """The rows of an earlier run of the same question; a fresh folder where there is none."""
    text = json.dumps(config, indent=2, allow_nan=False) + "\n"
    sign, journal = folder / SIGN, folder / ROWS
    if not force and sign.is_file() and sign.read_text(encoding="utf-8") == text:
        return _read(journal)
    check_target(folder, force)
    folder.mkdir(exist_ok=True)
    journal.unlink(missing_ok=True)
    for old in ("probe.csv", "probe.png", "probe.svg"):
        (folder / old).unlink(missing_ok=True)
    sign.write_text(text, encoding="utf-8")
    return []


def _read(journal: Path) -> list[dict[str, Any]]:
    """Whole rows; what an interruption left of the last one is cut off."""
    if not journal.is_file():
        return []
    text = journal.read_text(encoding="utf-8")
    whole = text[: text.rfind("\n") + 1]
    if whole != text:
        journal.write_text(whole, encoding="utf-8")
    rows = [json.loads(line) for line in whole.splitlines()]
    return [{**row, "depth": float(row["depth"])} for row in rows]


def _append(folder: Path, row: dict[str, Any]) -> None:
    with (folder / ROWS).open("a", encoding="utf-8") as journal:
        # JSON has no infinity: depths are written as text.
        journal.write(json.dumps({**row, "depth": str(row["depth"])}, allow_nan=False) + "\n")


def _fingerprint(dataset: "Dataset") -> str:
    """Of the numbers in X and y, so that a changed file is not resumed."""
    import numpy as np
    import scipy.sparse as sp

    X = dataset.X.toarray() if sp.issparse(dataset.X) else dataset.X
    content = np.ascontiguousarray(X).tobytes() + np.ascontiguousarray(dataset.y).tobytes()
    return hashlib.sha256(content).hexdigest()


def _print_table(frame: "pd.DataFrame", caption: str) -> None:
    import numpy as np
    from rich import box
    from rich.console import Console
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, padding=0)
    table.add_column("", no_wrap=True)
    for name in ("log10 alpha", "log10 excess", "log10 distance", "slope", "bits"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("certified")
    for depth, rows in frame.groupby("depth", sort=False):
        shown = np.unique(np.linspace(0, len(rows) - 1, SHOWN).round().astype(int))
        for row in rows.iloc[shown].itertuples():
            table.add_row(f"depth {depth:g}", *_cells(row))
        table.add_section()
    typer.echo(f"\n{caption}")
    Console().print(table)


def _cells(row: Any) -> list[str]:
    import pandas as pd

    values = (row.log10_alpha, row.log10_excess, row.log10_distance, row.predicted_slope, row.bits)
    texts = ["-" if pd.isna(value) else f"{value:.6g}" for value in values]
    return [*texts, "yes" if row.certified else "no"]
