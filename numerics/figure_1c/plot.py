"""Draw the rows that are here: ``python numerics/figure_1c/plot.py``."""

from pathlib import Path

import pandas as pd

from implicitbias.report.paper_figures import DRAW

HERE = Path(__file__).parent

DRAW["1c"](pd.read_csv(HERE / "rows.csv")).savefig(HERE / "figure.png", dpi=110)
