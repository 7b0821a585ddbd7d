"""The studies of flows and of finite steps: ``python numerics/flows/run.py`` (about 3 minutes).

It writes rows (CSV) and figures (PNG) beside itself. ``--draw`` only draws what is there.
"""

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # before numpy is imported

import argparse
import sys
from pathlib import Path

import numpy as np
import pandas as pd

from implicitbias.report.flow_studies import (
    passes_figure,
    regimes_figure,
    steps_figure,
)
from implicitbias.studies.passes import passes
from implicitbias.studies.planted_model import planted_model
from implicitbias.studies.regimes import regimes
from implicitbias.studies.steps import edge_of_stability, step_sizes

HERE = Path(__file__).parent
SEED = 0
LARGE = {"rows": 40, "columns": 100, "nonzeros": 5, "variance": 0.01}
SMALL = {"rows": 20, "columns": 50, "nonzeros": 3, "variance": 0.01}
FAST = {"samples": 40, "columns": 100, "nonzeros": 5, "variance": 0.01, "step": 2e-3, "most": 10**5}
SHARES = np.unique(np.concatenate([np.logspace(-2, 0, 13) * 0.99, np.linspace(1.05, 1.5, 6)]))


def tell(*what: float) -> None:
    print("  ", *(f"{value:.4g}" for value in what), file=sys.stderr)


def run_regimes() -> pd.DataFrame:
    planted = planted_model(np.random.default_rng(SEED), **LARGE)
    return regimes(planted, (2, 3, 4), np.log(10) * np.arange(1, -4.1, -0.25), tell)


def run_steps() -> pd.DataFrame:
    planted = planted_model(np.random.default_rng(SEED), **SMALL)
    frames = []
    for alpha in (0.03, 0.3, 1.0):
        edge = edge_of_stability(planted, alpha)
        frames.append(step_sizes(planted, [alpha], edge * SHARES).assign(edge=edge))
        tell(alpha, edge)
    return pd.concat(frames)


def run_passes() -> pd.DataFrame:
    return passes(np.random.default_rng(SEED), alphas=(1, 0.1, 0.01, 0.001), **FAST)


def words(planted: dict[str, float]) -> str:
    return ", ".join(f"{name} {value:g}" for name, value in planted.items()) + f", seed {SEED}"


STUDIES = {
    "regimes": (run_regimes, regimes_figure, LARGE),
    "steps": (run_steps, steps_figure, SMALL),
    "passes": (run_passes, passes_figure, FAST),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--draw", action="store_true", help="only draw the rows that are there")
    parser.add_argument("names", nargs="*", choices=[*STUDIES, []], help="all of them by default")
    arguments = parser.parse_args()
    for name in arguments.names or STUDIES:
        study, draw, planted = STUDIES[name]
        rows = HERE / f"{name}.csv"
        if not arguments.draw:
            print(name, file=sys.stderr)
            study().to_csv(rows, index=False, float_format="%.8g")
        draw(pd.read_csv(rows), words(planted)).savefig(rows.with_suffix(".png"), dpi=110)


if __name__ == "__main__":
    main()
