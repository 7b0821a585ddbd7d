"""``implicitbias figure``: rows stored as they come, whatever kills the run."""

import os
import signal
import subprocess
import sys
import time
import tomllib
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner, Result

from implicitbias.cli import app
from implicitbias.cli.store import Store, as_toml
from implicitbias.studies.figures import FIGURES, FigureStudy

FAST = ("1a", "1b", "2a", "2b", "explicit")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def call(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["figure", *arguments])


@pytest.mark.parametrize("name", FAST)
def test_it_writes_settings_rows_and_a_figure(name: str) -> None:
    result = call(name, "--quick")
    assert result.exit_code == 0, result.output
    out = Path(f"figure-{name}")
    assert sorted(p.name for p in out.iterdir()) == ["config.toml", "figure.png", "rows.csv"]
    config = tomllib.loads((out / "config.toml").read_text())
    settings = FIGURES[name].settings(True)
    assert {key: config[key] for key in settings} == settings
    assert config["versions"]["numpy"] == np.__version__
    assert "left:" in result.stderr


def test_the_rows_are_the_same_whatever_the_number_of_workers() -> None:
    for jobs in ("1", "2"):
        result = call("2c", "--quick", "--out", jobs, "--jobs", jobs)
        assert result.exit_code == 0, result.output
    assert Path("1/rows.csv").read_bytes() == Path("2/rows.csv").read_bytes()
    rows = pd.read_csv("1/rows.csv")
    scans = rows[rows["depth"].notna()]
    assert scans[["depth", "samples", "seed"]].duplicated().sum() == 0
    assert rows["versions"].str.contains(f"numpy-{np.__version__} ").all()
    assert (scans["error_below"].dropna() <= 0.025).all()
    assert (scans["error_above"].dropna() > 0.025).all()
    width = (scans["log10_above"] - scans["log10_below"])[np.isfinite(scans["log10_below"])]
    assert (width > 0).all() and width.median() < 0.1


def test_a_run_that_is_killed_ten_times_loses_no_row_and_repeats_none(folder: Path) -> None:
    """Each time without warning, a little later; stored cells are never computed again."""
    command = [sys.executable, "-m", "implicitbias", "figure", "1c", "--quick", "--out", "killed"]
    cells = folder / "killed" / "cells"
    seen: dict[str, int] = {}
    kills = 0
    while kills < 10:
        run = subprocess.Popen(command, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        target = len(seen) + 2
        while len(list(cells.glob("[!.]*.csv"))) < target and run.poll() is None:
            time.sleep(0.01)
        assert run.poll() is None, "it finished before it was killed"
        os.kill(run.pid, signal.SIGKILL)
        run.wait()
        kills += 1
        now = {p.name: p.stat().st_mtime_ns for p in cells.glob("[!.]*.csv")}
        assert {name: now[name] for name in seen} == seen
        assert len(now) >= target
        seen = now
    result = call("1c", "--quick", "--out", "killed")
    assert result.exit_code == 0, result.output
    total = len(FIGURES["1c"].cells(FIGURES["1c"].settings(True)))
    assert f"from {total} cells, {total - len(seen)} of them computed now" in result.stdout
    assert call("1c", "--quick", "--out", "whole").exit_code == 0
    assert Path("killed/rows.csv").read_bytes() == Path("whole/rows.csv").read_bytes()


def test_a_finished_run_is_only_drawn_again() -> None:
    assert call("2a").exit_code == 0
    rows = Path("figure-2a/rows.csv")
    before = rows.stat().st_mtime_ns
    Path("figure-2a/figure.png").unlink()
    result = call("2a")
    assert "6 cells, 0 of them computed now" in result.stdout
    assert rows.stat().st_mtime_ns == before and Path("figure-2a/figure.png").exists()


def test_other_settings_are_not_mixed_in(folder: Path) -> None:
    assert call("1a", "--quick", "--out", "o").exit_code == 0
    before = Path("o/rows.csv").read_bytes()
    refused = call("1b", "--quick", "--out", "o")
    assert refused.exit_code == 2 and "other settings or versions" in refused.stderr
    assert Path("o/rows.csv").read_bytes() == before
    assert call("1b", "--quick", "--out", "o", "--force").exit_code == 0
    assert tomllib.loads(Path("o/config.toml").read_text())["figure"] == "1b"


def test_a_damaged_config_is_other_settings() -> None:
    assert call("2a", "--out", "o").exit_code == 0
    Path("o/config.toml").write_bytes(b"figure = \xff")
    refused = call("2a", "--out", "o")
    assert refused.exit_code == 2 and "or a damaged config.toml" in refused.stderr
    assert call("2a", "--out", "o", "--force").exit_code == 0
    assert tomllib.loads(Path("o/config.toml").read_text())["figure"] == "2a"


def test_a_cell_that_fails_leaves_the_finished_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(FIGURES, "2a", FigureStudy({"depths": [2, 1]}, {}, failing_cells))
    result = call("2a", "--out", "o")
    assert result.exit_code == 2 and "depth must be > 2, got 1" in result.stderr
    assert [p.name for p in Path("o/cells").iterdir()] == ["depth-2.csv"]


def failing_cells(settings: dict) -> list:
    return FIGURES["2b"].cells({**settings, "columns": 3, "log10_scales": [0.0]})


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["3"], "there is no figure '3'; it must be one of 1a, 1b, 1c, 2a, 2b, 2c, explicit"),
        (["2a", "--jobs", "0"], "--jobs must be >= 1, got 0"),
        (["2a", "--out", "a/b"], "there is no folder"),
        (["2a", "--out", "mine"], "not from an earlier run"),
    ],
)
def test_bad_input_is_one_line_and_exit_code_two(arguments: list[str], message: str) -> None:
    Path("mine").mkdir()
    Path("mine/precious.txt").write_text("keep")
    result = call(*arguments)
    assert result.exit_code == 2
    assert message in result.stderr.splitlines()[-1]
    assert Path("mine/precious.txt").read_text() == "keep"
    assert [path.name for path in Path().iterdir()] == ["mine"]


def test_two_runs_do_not_write_in_one_folder() -> None:
    config = {"figure": "x"}
    with (
        Store.open(Path("o"), config, False),
        pytest.raises(ValueError, match="another run is writing"),
        Store.open(Path("o"), config, False),
    ):
        pass


def test_settings_survive_toml() -> None:
    config = {"a": 'x "y" \\', "b": [1, 2.5, float("inf")], "c": True, "t": {"numpy": "2.0"}}
    assert tomllib.loads(as_toml(config)) == config
