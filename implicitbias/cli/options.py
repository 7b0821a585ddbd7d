"""Arguments that several commands share."""

from typing import Annotated

import typer

Data = Annotated[
    str,
    typer.Argument(
        help="diabetes, or a file: .csv, .tsv, .parquet, or .npz with arrays X and y (and X_test "
        "and y_test for held-out rows). A file is taken as it is: nothing is standardised, "
        "centred or split off, and no intercept is added."
    ),
]
Target = Annotated[
    str | None, typer.Option(help="The column to fit; by default the last one of the table.")
]
Alpha = Annotated[str | None, typer.Option(help="Scale of the weights' start.")]
LogAlpha = Annotated[float | None, typer.Option(help="Its natural logarithm, in place of --alpha.")]
Force = Annotated[bool, typer.Option("--force", help="Replace all of a folder of an earlier run.")]
DEPTH_HELP = "Depth D >= 2 of the model; inf is the limit in which alpha stands for alpha^D."
