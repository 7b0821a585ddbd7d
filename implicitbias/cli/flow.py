"""``implicitbias flow``: gradient flow watched on its way to the predicted interpolator."""

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from implicitbias.cli.errors import one_line_errors
from implicitbias.cli.folder import check_target, whole_folder, write_config
from implicitbias.cli.options import Alpha, Data, Force, LogAlpha, Target
from implicitbias.cli.values import read_depth, read_log_alpha

if TYPE_CHECKING:
    from implicitbias.studies.flow import FlowStudy

VARIABLES = {"mirror": "the dual variables", "parameters": "the weights"}
ENDS = {
    "loss": "the loss has fallen to 1e-24 of that of the start",
    "stationary": "the gradient is 0 up to rounding",
}


def flow(
    data: Data,
    alpha: Alpha = None,
    log_alpha: LogAlpha = None,
    depth: Annotated[str, typer.Option(help="Depth D >= 2 of the model, finite.")] = "2",
    method: Annotated[
        str | None,
        typer.Option(
            help="mirror follows the dual variables, parameters the weights themselves, which is "
            "slower and shares nothing with the prediction.  [default: mirror, and parameters "
            "where mirror runs out of digits]"
        ),
    ] = None,
    target: Target = None,
    out: Annotated[Path | None, typer.Option(help="Folder to write.  [default: flow-NAME]")] = None,
    force: Force = False,
) -> None:
    """Follow gradient flow to its limit, and draw it with the limit that was predicted.

    Writes flow.csv (one row a moment), flow.png and config.json. Exits with 1, and writes nothing,
    where the flow cannot be followed to its end.
    """
    from threadpoolctl import threadpool_limits

    from implicitbias.report.flow_figure import flow_figure
    from implicitbias.studies.datasets import load
    from implicitbias.studies.flow import follow

    with one_line_errors():
        chosen_depth = read_depth(depth)
        scale = read_log_alpha(alpha, log_alpha)
        dataset = load(data, target)
        folder = Path(f"flow-{dataset.name}") if out is None else out
        check_target(folder, force)
        with threadpool_limits(1, user_api="blas"), _progress() as watch:
            study = follow(dataset, log_alpha=scale, depth=chosen_depth, method=method, watch=watch)
    start = f"alpha = {alpha}" if alpha is not None else f"log alpha = {log_alpha:g}"
    title = f"Gradient flow from {start} at depth {chosen_depth:g}"
    about = f"{dataset.title}: {dataset.shape_text}"
    figure = flow_figure(study.frame, dataset.columns, study.predicted, title, about)
    config = {
        "command": "flow",
        "data": data,
        "target": target,
        "alpha": None if alpha is None else float(alpha),
        "log_alpha": scale,
        "depth": chosen_depth,
        "method": study.method,
        "about": about,
        **_results(study),
    }
    with one_line_errors(), whole_folder(folder, force) as fresh:
        study.frame.to_csv(fresh / "flow.csv", index=False)
        figure.savefig(fresh / "flow.png", dpi=160)
        write_config(fresh, config)
    typer.echo(f"{about}\n{title}, followed in {VARIABLES[study.method]}\n")
    typer.echo(_as_text(study))
    typer.echo(f"Wrote {folder}/flow.csv, .png and config.json")


@contextmanager
def _progress() -> Iterator[Callable[[str, float], None]]:
    """The loss and the time so far on stderr; where that is no terminal, a line at the end."""
    from rich.console import Console
    from rich.progress import Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True)) as lines:
        task = lines.add_task("flow", total=None)

        def watch(method: str, log_fallen: float) -> None:
            fallen = f"loss {math.exp(log_fallen):.1e} of the start's"
            lines.update(task, description=f"flow in {VARIABLES[method]}: {fallen}")

        yield watch


def _results(study: "FlowStudy") -> dict[str, Any]:
    flow = study.flow
    return {
        "stopped_by": flow.stopped_by,
        "log_t": float(flow.log_t[-1]) if math.isfinite(flow.log_t[-1]) else None,  # None: t = 0
        "residual": study.residual,
        "error": flow.error,
        "distance": study.distance,
        "notes": study.notes,
    }


def _as_text(study: "FlowStudy") -> str:
    flow = study.flow
    distance = "none, as there is no prediction"
    if study.distance is not None:
        distance = f"{study.distance:.2g} from the predicted minimiser, relative to its largest"
    rows = {
        "stopped": f"{flow.stopped_by}: {ENDS[flow.stopped_by]}",
        "time": _time(float(flow.log_t[-1])),
        "residual": f"{study.residual:.2g}",
        "error": f"{flow.error:.2g} (an estimate)",
        "distance": distance,
    }
    lines = [f"  {name:<8}  {value}" for name, value in rows.items()]
    return "\n".join([*lines, *(f"  note      {note}" for note in study.notes)])


def _time(log_t: float) -> str:
    """Also of times that no double holds."""
    if not math.isfinite(log_t):
        return "0"
    decades = log_t / math.log(10)
    whole = math.floor(decades)
    return f"{10 ** (decades - whole):.3f}e{whole:+03d}"
