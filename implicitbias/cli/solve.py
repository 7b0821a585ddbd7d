"""``implicitbias solve``: one interpolator with its certificate."""

import json
import math
from typing import TYPE_CHECKING, Annotated

import typer

from implicitbias.cli.errors import one_line_errors
from implicitbias.cli.options import DEPTH_HELP, Alpha, Data, LogAlpha, Target
from implicitbias.cli.values import read_depth, read_log_alpha

if TYPE_CHECKING:
    from implicitbias.solvers import Solution
    from implicitbias.studies.datasets import Dataset

LARGEST = 10  # weights that the text shows
FIGURES = ["beta", "dual", "residual", "gap", "error", "iterations", "log_alpha", "depth"]
FIGURES += ["enclosure", "exact", "status"]  # the first two null, as no digits are asked for


def solve(
    data: Data,
    alpha: Alpha = None,
    log_alpha: LogAlpha = None,
    depth: Annotated[str, typer.Option(help=DEPTH_HELP)] = "2",
    target: Target = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print all of it as JSON.")] = False,
) -> None:
    """Print the interpolator that gradient flow chooses, with its certificate.

    Exits with 1, and prints no numbers, where double precision cannot certify it.
    """
    from implicitbias import solvers
    from implicitbias.studies.datasets import load

    with one_line_errors():
        chosen_depth = read_depth(depth)
        scale = read_log_alpha(alpha, log_alpha)
        dataset = load(data, target)
        solution = solvers.solve(dataset.X, dataset.y, log_alpha=scale, depth=chosen_depth)
    typer.echo(_as_json(dataset, solution) if as_json else _as_text(dataset, solution))


def _as_json(dataset: "Dataset", solution: "Solution") -> str:
    """Every figure of the solution; floats read back as the same doubles."""
    fields = {name: getattr(solution, name) for name in FIGURES}
    fields["beta"] = solution.beta.tolist()
    fields["dual"] = solution.dual.tolist()
    if solution.depth == math.inf:
        fields["depth"] = "inf"  # JSON has no infinity
    return json.dumps(
        {"data": dataset.title, "columns": dataset.columns, **fields}, indent=2, allow_nan=False
    )


def _as_text(dataset: "Dataset", solution: "Solution") -> str:
    import numpy as np

    from implicitbias.studies.compare import count_weights

    size = np.abs(solution.beta)
    largest = np.argsort(-size, kind="stable")[:LARGEST]
    names = [dataset.columns[i] for i in largest]
    certificate = {
        "depth": f"{solution.depth:g}",
        "log_alpha": f"{solution.log_alpha:.10g}",
        "residual": f"{solution.residual:.2g}",
        "gap": f"{solution.gap:.2g}",
        "error": f"{solution.error:.2g}",
        "iterations": f"{solution.iterations}",
    }
    width = max(map(len, (*certificate, *names)))
    lines = [f"{dataset.title}: {dataset.shape_text}", "", "certified"]
    lines += [f"  {name:<{width}}  {value}" for name, value in certificate.items()]
    lines += ["", f"weights above 1 % of the largest: {count_weights(solution.beta)}", "largest"]
    lines += [
        f"  {name:<{width}}  {solution.beta[i]:+.9e}"
        for name, i in zip(names, largest, strict=True)
    ]
    return "\n".join(lines)
