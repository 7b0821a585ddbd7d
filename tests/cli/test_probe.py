"""``implicitbias probe``: rows, figure, and how an interrupted run goes on."""

import json
import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner, Result

from implicitbias.cli import app
from implicitbias.studies.probe import Probe, grid

X = np.random.default_rng(5).normal(size=(4, 9))
Y = X[:, 0] - 2 * X[:, 3] + 0.1
FILES = ["config.json", "probe.csv", "probe.png", "probe.svg", "rows.jsonl"]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    np.savez("toy.npz", X=X, y=Y)
    return tmp_path


def call(*more: str) -> Result:
    return CliRunner().invoke(app, ["probe", "toy.npz", "--to", "1e-1000", "--points", "8", *more])


def test_rows_follow_the_predicted_slope() -> None:
    result = call("--depth", "2", "--depth", "inf", "--digits", "20")
    assert result.exit_code == 0, result.output
    out = Path("probe-toy")
    assert sorted(path.name for path in out.iterdir()) == FILES
    frame = pd.read_csv(out / "probe.csv")
    assert len(frame) == 16 and frame["certified"].all() and frame["log10_excess"].notna().all()
    for _, rows in frame.groupby("depth"):
        last = rows.iloc[-2:]
        assert rows["log10_alpha"].tolist() == grid(-1000, 8)
        for column in ("log10_excess", "log10_distance"):
            slope = np.diff(last[column]) / np.diff(last["log10_alpha"])
            assert slope == pytest.approx(last["predicted_slope"].iloc[0], rel=0.02)


def test_a_probe_that_was_interrupted_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    solved: list[float] = []
    original = Probe.row

    def row(self: Probe, depth: float, log10_alpha: float, digits: int) -> dict[str, object]:
        if len(solved) == 5:
            raise KeyboardInterrupt
        solved.append(log10_alpha)
        return original(self, depth, log10_alpha, digits)

    monkeypatch.setattr(Probe, "row", row)
    assert call("--depth", "2").exit_code != 0
    journal = Path("probe-toy/rows.jsonl")
    assert len(journal.read_text().splitlines()) == 5
    journal.write_text(journal.read_text() + '{"depth": "2.0", "log10_al')  # cut off in writing
    monkeypatch.setattr(Probe, "row", original)
    result = call("--depth", "2")
    assert result.exit_code == 0 and "Resuming: 5 of 8" in result.stdout
    frame = pd.read_csv("probe-toy/probe.csv")
    assert frame["log10_alpha"].tolist() == grid(-1000, 8)
    whole = call("--depth", "2", "--out", "whole")
    assert whole.exit_code == 0 and "Resuming" not in whole.stdout
    pd.testing.assert_frame_equal(frame, pd.read_csv("whole/probe.csv"))


def test_another_question_is_not_resumed() -> None:
    assert call("--depth", "2").exit_code == 0
    before = Path("probe-toy/rows.jsonl").read_bytes()
    np.savez("toy.npz", X=X, y=2 * Y)
    for more in ((), ("--digits", "20")):
        refused = call("--depth", "2", *more)
        assert refused.exit_code == 2 and "--force" in refused.stderr
        assert Path("probe-toy/rows.jsonl").read_bytes() == before
    forced = call("--depth", "2", "--force")
    assert forced.exit_code == 0 and "Resuming" not in forced.stdout
    assert Path("probe-toy/rows.jsonl").read_bytes() != before


def test_a_folder_of_another_kind_is_left_alone() -> None:
    Path("probe-toy").mkdir()
    Path("probe-toy/mine.txt").write_text("mine")
    refused = call("--depth", "2", "--force")
    assert refused.exit_code == 2 and "not from an earlier run" in refused.stderr
    assert [path.name for path in Path("probe-toy").iterdir()] == ["mine.txt"]


@pytest.mark.parametrize(
    ("more", "says"),
    [
        (("--to", "1e-"), "alpha must be a number"),
        (("--to", "1"), "last alpha must be below"),
        (("--points", "3"), "at least 5 points"),
        (("--depth", "1"), "--depth must be >= 2"),
    ],
)
def test_bad_options(more: tuple[str, ...], says: str) -> None:
    refused = call(*more)
    assert refused.exit_code == 2 and says in refused.stderr
    assert not Path("probe-toy").exists()


def test_contradicting_data_leave_no_rows() -> None:
    np.savez("toy.npz", X=np.ones((2, 3)), y=[1.0, 2.0])
    refused = call()
    assert refused.exit_code == 2 and "has no solution" in refused.stderr


def test_rows_that_follow_to_within_rounding_are_left_out() -> None:
    np.savez("toy.npz", X=np.vstack([X, X[0] / 3]), y=[*Y, Y[0] / 3])
    result = call("--depth", "2")
    assert result.exit_code == 0 and "(1 dependent left out): 4 rows" in result.stdout
    np.savez("four.npz", X=X, y=Y)
    runner = CliRunner()
    arguments = ["probe", "four.npz", "--to", "1e-1000", "--points", "8", "--depth", "2"]
    assert runner.invoke(app, arguments).exit_code == 0
    first, second = (pd.read_csv(f"probe-{name}/probe.csv") for name in ("toy", "four"))
    pd.testing.assert_frame_equal(first, second, rtol=1e-9)


def test_named_instances_have_their_shapes() -> None:
    for name, rows in (("gaussian-easy", 40), ("gaussian-hard", 10)):
        result = CliRunner().invoke(
            app, ["probe", name, "--to", "1e-30", "--points", "5", "--depth", "2", "--digits", "9"]
        )
        assert result.exit_code == 0, result.output
        about = json.loads(Path(f"probe-{name}/config.json").read_text())["about"]
        assert f"{rows} rows, 100 columns" in about
        frame = pd.read_csv(f"probe-{name}/probe.csv")
        if name == "gaussian-hard":  # still far away at 1e-30
            assert frame["log10_distance"].iloc[-1] > math.log10(0.05)
