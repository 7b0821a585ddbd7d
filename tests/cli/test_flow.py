"""``implicitbias flow`` as a user calls it."""

import dataclasses
import json
import math
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure
from typer.testing import CliRunner, Result

from implicitbias import solve
from implicitbias.cli import app
from implicitbias.flows import Flow, FlowError
from implicitbias.flows import gradient_flow as whole_flow
from implicitbias.studies import flow as study

X = np.random.default_rng(5).normal(size=(4, 9))
Y = X[:, 0] - 2 * X[:, 3]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with a table, the same as arrays, and one that contradicts itself."""
    monkeypatch.chdir(tmp_path)
    table = pd.DataFrame(X, columns=["t", "loss", *(f"x{i}" for i in range(7))]).assign(y=Y)
    table.to_csv("toy.csv", index=False)
    np.savez("toy.npz", X=X, y=Y)
    np.savez("contradiction.npz", X=np.vstack([X, X[:1]]), y=np.append(Y, Y[0] + 1))
    return tmp_path


def call(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["flow", *arguments])


def config(out: str = "flow-toy") -> dict:
    return json.loads(Path(out, "config.json").read_text())


def test_it_writes_rows_figure_and_configuration() -> None:
    result = call("toy.csv", "--alpha", "1e-2")
    assert result.exit_code == 0, result.output
    files = sorted(path.name for path in Path("flow-toy").iterdir())
    assert files == ["config.json", "flow.csv", "flow.png"]
    frame = pd.read_csv("flow-toy/flow.csv")
    figures = ["t", "log_t", "loss", "kernel_change", "gradient_distance"]
    assert list(frame.columns[:7]) == [*figures, "beta.t", "beta.loss"]
    last = frame.iloc[-1]
    betas = frame.filter(regex="^beta[.]").to_numpy()
    assert last["loss"] == pytest.approx(np.sum((X @ betas[-1] - Y) ** 2), rel=0.01)
    assert frame["log_t"][0] == -math.inf and last["t"] == pytest.approx(math.exp(last["log_t"]))
    assert frame["kernel_change"][0] == 0 and last["kernel_change"] > 10
    predicted = solve(X, Y, alpha=1e-2).beta
    assert np.abs(betas[-1] - predicted).max() < 1e-9
    assert not np.abs(betas[-1] - solve(X, Y, alpha=1).beta).max() < 1e-3
    written = config()
    assert (written["data"], written["alpha"], written["depth"]) == ("toy.csv", 1e-2, 2)
    assert (written["method"], written["stopped_by"], written["notes"]) == ("mirror", "loss", [])
    size = np.abs(predicted).max()
    assert written["distance"] == pytest.approx(np.abs(betas[-1] - predicted).max() / size)
    assert written["error"] < 1e-8
    assert written["versions"]["numpy"] == np.__version__


def test_it_prints_how_the_flow_ended_and_reports_on_stderr() -> None:
    result = call("toy.npz", "--log-alpha", "-3", "--depth", "3", "--out", "o")
    assert result.exit_code == 0, result.output
    assert "Gradient flow from log alpha = -3 at depth 3, followed in the dual variables" in (
        result.stdout
    )
    assert "stopped   loss: the loss has fallen to 1e-24 of that of the start" in result.stdout
    assert re.search(r"time      \d\.\d{3}e[+-]\d\d\n", result.stdout)
    assert f"distance  {config('o')['distance']:.2g} from the predicted" in result.stdout
    assert "Wrote o/flow.csv, .png and config.json" in result.stdout
    assert re.search(r"flow in the dual variables: loss .* of the start's", result.stderr)
    assert config("o")["alpha"] is None and config("o")["log_alpha"] == -3


def test_what_is_beyond_the_dual_variables_is_followed_in_the_weights() -> None:
    """At depth 3 and alpha = e^-40 no double tells an arriving weight from its pole."""
    arguments = ("toy.npz", "--log-alpha", "-40", "--depth", "3")
    result = call(*arguments)
    assert result.exit_code == 0, result.output
    assert "followed in the weights\n" in result.stdout
    assert "note      the weights were followed, for mirror failed" in result.stdout
    assert config()["method"] == "parameters" and config()["distance"] < 1e-9
    refused = call(*arguments, "--method", "mirror", "--out", "o")
    assert refused.exit_code == 1 and not Path("o").exists()
    assert refused.stderr.splitlines()[-1].startswith("error: the flow cannot be followed")


def test_contradicting_equations_end_at_the_least_squares_that_is_predicted() -> None:
    for depth in ("2", "3"):
        result = call("contradiction.npz", "--alpha", "0.1", "--depth", depth, "--out", depth)
        assert result.exit_code == 0, result.output
        assert "the equations have no solution" in result.stdout
        assert config(depth)["distance"] < 1e-9 and config(depth)["residual"] > 0.01
        assert config(depth)["stopped_by"] == "stationary"


def test_a_start_that_fits_is_a_flow_that_does_not_move() -> None:
    np.savez("zero.npz", X=X, y=0 * Y)
    result = call("zero.npz", "--alpha", "1")
    assert result.exit_code == 0, result.output
    assert "time      0\n" in result.stdout
    assert config("flow-zero")["log_t"] is None


def test_times_and_kernels_beyond_doubles_are_told() -> None:
    np.savez("row.npz", X=X[:1], y=Y[:1])
    result = call("row.npz", "--alpha", "1e-30", "--depth", "14", "--method", "parameters")
    assert result.exit_code == 0, result.output
    assert re.search(r"time      \d\.\d{3}e\+35\d\n", result.stdout)
    assert "no change of the kernel: doubles do not hold alpha" in result.stdout
    frame = pd.read_csv("flow-row/flow.csv")
    assert frame["kernel_change"].isna().all() and math.isinf(frame["t"].iloc[-1])


def reaching(error: float, message: str) -> Callable[..., Flow]:
    """A ``gradient_flow`` whose limit is refused."""

    def refuse(*arguments: object, **options: object) -> Flow:
        flow = whole_flow(*arguments, **options)
        raise FlowError(message, dataclasses.replace(flow, error=error))

    return refuse


def test_a_limit_known_to_less_is_shown_with_a_note(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(study, "gradient_flow", reaching(2e-6, "try a smaller rtol"))
    result = call("toy.npz", "--alpha", "1")
    assert result.exit_code == 0, result.output
    assert "note      the limit is known to 2e-06 only" in result.stdout
    assert config()["error"] == 2e-6 and config()["method"] == "mirror"


def test_a_limit_that_a_figure_would_show_as_wrong_is_not_drawn(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = sorted(folder.iterdir())
    monkeypatch.setattr(study, "gradient_flow", reaching(0.01, "an error of 0.01"))
    result = call("toy.npz", "--alpha", "1")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.splitlines()[-1] == "error: an error of 0.01"
    assert sorted(folder.iterdir()) == before


def test_a_prediction_that_cannot_be_had_is_not_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise ArithmeticError("out of digits")

    monkeypatch.setattr(study, "solve", fail)
    result = call("toy.npz", "--alpha", "1")
    assert result.exit_code == 0, result.output
    assert "note      no prediction: out of digits" in result.stdout
    assert "distance  none" in result.stdout and config()["distance"] is None


def test_an_earlier_run_is_kept_unless_forced() -> None:
    assert call("toy.npz", "--alpha", "1").exit_code == 0
    before = Path("flow-toy/flow.csv").read_bytes()
    refused = call("toy.npz", "--alpha", "0.1")
    assert refused.exit_code == 2
    assert "error: the folder 'flow-toy' holds an earlier run" in refused.stderr
    assert "flow in" not in refused.stderr  # refused before any work
    assert Path("flow-toy/flow.csv").read_bytes() == before
    assert call("toy.npz", "--alpha", "0.1", "--force").exit_code == 0
    assert Path("flow-toy/flow.csv").read_bytes() != before


def interrupt(*_: object, **__: object) -> None:
    raise KeyboardInterrupt


@pytest.mark.parametrize(("owner", "name"), [(Figure, "savefig"), (study, "gradient_flow")])
def test_an_interrupt_leaves_nothing(
    folder: Path, monkeypatch: pytest.MonkeyPatch, owner: object, name: str
) -> None:
    before = sorted(folder.iterdir())
    monkeypatch.setattr(owner, name, interrupt)
    assert call("toy.npz", "--alpha", "1").exit_code not in (0, 2)
    assert sorted(folder.iterdir()) == before


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["absent.csv", "--alpha", "1"], "there is no file 'absent.csv'"),
        (["toy.csv"], "pass one of --alpha and --log-alpha"),
        (["toy.csv", "--alpha", "0"], "--alpha must be > 0 and finite, got 0"),
        (["toy.csv", "--log-alpha", "nan"], "log_alpha must be finite, got nan"),
        (["toy.csv", "--alpha", "1", "--depth", "inf"], "the flow needs a finite depth, got inf"),
        (["toy.csv", "--alpha", "1", "--method", "euler"], "must be one of mirror, parameters"),
        (["toy.csv", "--alpha", "1", "--target", "z"], "has no column 'z'"),
        (["toy.csv", "--alpha", "1", "--out", "a/b"], "to write 'b' in; make it"),
    ],
)
def test_bad_input_is_one_line_and_exit_code_two(
    folder: Path, arguments: list[str], message: str
) -> None:
    before = sorted(folder.iterdir())
    result = call(*arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    line = result.stderr.splitlines()[-1]
    assert line.startswith("error: ") and message in line
    assert sorted(folder.iterdir()) == before
