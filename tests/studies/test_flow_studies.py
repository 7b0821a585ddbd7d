"""The studies of flows: regimes, step sizes, one pass against many."""

import math

import numpy as np
import pytest

from implicitbias.report.flow_studies import passes_figure, regimes_figure, steps_figure
from implicitbias.studies.passes import passes
from implicitbias.studies.planted_model import planted_model
from implicitbias.studies.regimes import regimes
from implicitbias.studies.steps import edge_of_stability, step_sizes


def planted(rows: int = 20, columns: int = 50):
    return planted_model(np.random.default_rng(0), rows, columns, 3, 0.01)


def test_plant() -> None:
    made = planted_model(np.random.default_rng(1), 4000, 30, 5, 0.25)
    assert np.count_nonzero(made.beta) == 5 and made.beta @ made.beta == pytest.approx(1)
    assert np.var(made.y - made.X @ made.beta) == pytest.approx(0.25, rel=0.1)
    assert made.population_error(np.zeros(30)) == pytest.approx(1)
    with pytest.raises(ValueError, match="1 <= nonzeros <= columns"):
        planted_model(np.random.default_rng(1), 4, 3, 5, 0.25)


def test_regimes() -> None:
    frame = regimes(planted(), (2, 3), np.log([10.0, 1e-2, 1e-4, 1e-8]))
    times = {depth: rows["log_time"].to_numpy() for depth, rows in frame.groupby("depth")}
    far = regimes(planted(), (2,), np.log(10) * np.array([-16, -32, -48]))["log_time"].to_numpy()
    first, second = np.diff(np.exp(far))
    assert second == pytest.approx(first, rel=0.1)  # ln(1/alpha) at depth 2, alpha^-1 at depth 3
    assert times[3][3] - times[3][2] == pytest.approx(math.log(1e4), rel=0.02)
    errors = frame.set_index(["depth", "log_alpha"])["population_error"].unstack()
    assert (errors.iloc[:, 0] < 0.3 * errors.iloc[:, -1]).all()
    kernel = frame[frame["log_alpha"] > 0]
    assert (kernel["gradient_distance"] < 1e-6).all() and (kernel["from_l2"] < 0.01).all()
    rich = frame[frame["log_alpha"] < -4]
    assert (rich["gradient_distance"] > 0.3).all() and (rich["from_l2"] > 0.5).all()
    assert regimes_figure(frame, "made of nothing").axes


def test_step_sizes() -> None:
    made = planted()
    edge = edge_of_stability(made, 0.3)
    frame = step_sizes(made, [0.3], [0.05 * edge, 0.5 * edge, 40 * edge]).assign(edge=edge)
    assert frame["steps"].notna().tolist() == [True, True, False]
    assert "without bound" in frame["note"].iloc[2]
    short, longer = frame.iloc[0], frame.iloc[1]
    assert short["effective"] > longer["effective"]
    assert short["effective"] < 1
    assert 5 < longer["from_nominal"] / short["from_nominal"] < 20  # order 1
    assert short["from_effective"] < 0.1 * short["from_nominal"]
    assert steps_figure(frame, "made of nothing").axes


def test_passes() -> None:
    frame = passes(
        np.random.default_rng(0),
        alphas=(0.1,),
        samples=20,
        columns=50,
        nonzeros=3,
        variance=0.01,
        step=4e-3,
        most=20_000,
    )
    last = frame.groupby("kind")["population_error"].last()
    assert last["one pass"] < 0.02 and last["many passes"] > 0.1
    assert set(frame[frame["kind"] == "many passes"]["seen"] % 20) == {0}
    assert passes_figure(frame, "made of nothing").axes
