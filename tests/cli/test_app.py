"""The commands as a user calls them."""

import functools
import json
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure
from typer.testing import CliRunner, Result

from implicitbias import __version__, solve, solvers
from implicitbias.cli import app
from implicitbias.solvers import PrecisionError, Solution
from implicitbias.studies import compare as study

ROOT = Path(__file__).parents[2]
X = np.random.default_rng(5).normal(size=(4, 9))
Y = X[:, 0] - 2 * X[:, 3]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with one small table in each kind of file."""
    monkeypatch.chdir(tmp_path)
    table = pd.DataFrame(X, columns=[f"x{i}" for i in range(9)]).assign(y=Y)
    table.to_csv("toy.csv", index=False)
    table.to_parquet("toy.parquet")
    np.savez("toy.npz", X=X, y=Y, X_test=2 * X, y_test=Y)
    return tmp_path


def call(*arguments: str) -> Result:
    return CliRunner().invoke(app, arguments)


def uncertified(*_: object, **options: float) -> Solution:
    solution = solve(X, Y, **options)
    doubtful = replace(solution.certificate, error=0.5)
    raise PrecisionError(replace(solution, certificate=doubtful), 1e-10)


@pytest.mark.parametrize("suffix", ["csv", "parquet", "npz"])
def test_compare_writes_rows_figure_and_configuration(suffix: str) -> None:
    result = call("compare", f"toy.{suffix}", "--alpha", "10:1e-3:3", "--depth", "2")
    assert result.exit_code == 0, result.output
    out = Path("compare-toy")
    assert sorted(path.name for path in out.iterdir()) == [
        "compare.csv",
        "compare.png",
        "compare.svg",
        "config.json",
    ]
    frame = pd.read_csv(out / "compare.csv")
    assert frame["model"].tolist() == ["implicit"] * 3 + ["min_l1", "min_l2"]
    assert frame["alpha"].tolist()[:3] == [10, 0.1, 0.001]
    assert frame["heldout_error"].notna().all() == (suffix == "npz")
    config = json.loads((out / "config.json").read_text())
    assert (config["data"], config["depth"], len(config["alpha"])) == (f"toy.{suffix}", [2], 3)
    assert config["versions"]["numpy"] == np.__version__
    assert "depth 2" in result.stdout and "min_l1" in result.stdout
    assert f"Wrote {out}/compare.csv" in result.stdout
    assert "not certified" not in result.stdout
    assert re.search(r"depth 2 .*3/3", result.stderr)


def test_compare_has_explicit_solutions_where_asked() -> None:
    result = call("compare", "toy.csv", "--alpha", "1:0.01:3", "--depth", "2", "--explicit")
    assert result.exit_code == 0, result.output
    frame = pd.read_csv("compare-toy/compare.csv")
    assert frame["model"].tolist()[:6] == ["implicit"] * 3 + ["explicit"] * 3
    assert (frame["from_scale"][3:6] < 1e-8).all() and (frame["from_alpha"][3:6] > 1e-4).all()
    assert json.loads(Path("compare-toy/config.json").read_text())["explicit"] is True
    assert "explicit 2" in result.stdout
    assert re.search(r"depth 2 .*6/6", result.stderr)


def test_compare_chooses_the_target() -> None:
    assert call("compare", "toy.csv", "--target", "x0", "--alpha", "1").exit_code == 0
    frame = pd.read_csv("compare-toy/compare.csv")
    implicit = solve(np.column_stack([X[:, 1:], Y]), X[:, 0], alpha=1)
    assert frame["l1"][0] == pytest.approx(np.abs(implicit.beta).sum(), rel=1e-12)
    assert frame["depth"].tolist()[:2] == [2, 3]


def test_compare_says_how_many_rows_are_not_certified(monkeypatch: pytest.MonkeyPatch) -> None:
    doubtful = functools.partial(study.compare_dataset, solver=uncertified)
    monkeypatch.setattr(study, "compare_dataset", doubtful)
    result = call("compare", "toy.csv", "--alpha", "1", "--alpha", "0.1")
    assert result.exit_code == 0, result.output
    assert "4 of 6 rows are not certified: see note in compare.csv" in result.stdout
    frame = pd.read_csv("compare-toy/compare.csv")
    assert frame["certified"].tolist() == [False] * 4 + [True] * 2
    assert frame["l1"].notna().all()


def test_compare_keeps_an_earlier_run_unless_forced() -> None:
    assert call("compare", "toy.csv", "--alpha", "1", "--out", "o").exit_code == 0
    before = Path("o/compare.csv").read_bytes()
    refused = call("compare", "toy.csv", "--alpha", "0.1", "--out", "o")
    assert refused.exit_code == 2
    assert "error: the folder 'o' holds an earlier run" in refused.stderr
    assert "depth" not in refused.stderr  # refused before any work
    assert Path("o/compare.csv").read_bytes() == before
    assert call("compare", "toy.csv", "--alpha", "0.1", "--out", "o", "--force").exit_code == 0
    assert Path("o/compare.csv").read_bytes() != before


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt])
def test_compare_leaves_nothing_when_the_figure_fails(
    folder: Path, monkeypatch: pytest.MonkeyPatch, error: type[BaseException]
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise error

    before = sorted(folder.iterdir())
    monkeypatch.setattr(Figure, "savefig", fail)  # compare.csv is there by then
    assert call("compare", "toy.csv", "--alpha", "1").exit_code != 0
    assert sorted(folder.iterdir()) == before


def test_solve_prints_a_certificate_and_the_largest_weights() -> None:
    result = call("solve", "toy.csv", "--alpha", "1e-3")
    assert result.exit_code == 0, result.output
    solution = solve(X, Y, alpha=1e-3)
    assert re.search(rf"error +{solution.error:.2g}\n", result.stdout)
    assert "weights above 1 % of the largest: 2" in result.stdout
    first, second = result.stdout.split("largest\n")[1].splitlines()[:2]
    assert first.split() == ["x3", f"{solution.beta[3]:+.9e}"]
    assert second.split()[0] == "x0"


@pytest.mark.parametrize("depth", ["2", "2.5", "inf"])
def test_solve_prints_json_that_reads_back_exactly(depth: str) -> None:
    result = call("solve", "toy.npz", "--log-alpha", "-2", "--depth", depth, "--json")
    assert result.exit_code == 0, result.output
    printed = json.loads(result.stdout)
    solution = solve(X, Y, log_alpha=-2, depth=float(depth))
    assert printed["beta"] == solution.beta.tolist()
    assert printed["dual"] == solution.dual.tolist()
    assert float(printed["depth"]) == solution.depth
    for field in ("residual", "gap", "error", "iterations", "log_alpha"):
        assert printed[field] == getattr(solution, field)
    assert printed["columns"] == [f"x{i}" for i in range(9)]


def test_solve_prints_no_number_that_is_not_certified(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(solvers, "solve", uncertified)
    result = call("solve", "toy.csv", "--alpha", "1", "--json")
    assert result.exit_code == 1
    assert result.stdout == ""
    assert result.stderr.startswith("error: not certified in double precision")
    assert result.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["compare", "absent.csv"], "there is no file 'absent.csv'"),
        (["compare", "toy.csv", "--target", "z"], "has no column 'z'"),
        (["compare", "words.csv"], "column 'a' is not numeric, such as 'up'"),
        (["compare", "toy.csv", "--depth", "1"], "--depth must be >= 2, got 1"),
        (["compare", "toy.csv", "--alpha", "1:2"], "--alpha 1:2 has 2 parts"),
        (["compare", "toy.csv", "--out", "a/b"], "to write 'b' in; make it"),
        (["compare", "contradiction.csv"], "X beta = y has no solution"),
        (["solve", "toy.csv"], "pass one of --alpha and --log-alpha"),
        (["solve", "toy.csv", "--alpha", "1", "--log-alpha", "0"], "pass one of --alpha and"),
        (["solve", "toy.csv", "--alpha", "0"], "--alpha must be > 0 and finite, got 0"),
        (["solve", "toy.csv", "--log-alpha", "inf"], "log_alpha must be finite, got inf"),
        (["solve", "toy.csv", "--alpha", "1", "--depth", "1.5"], "--depth must be >= 2, got 1.5"),
    ],
)
def test_bad_input_is_one_line_and_exit_code_two(
    folder: Path, arguments: list[str], message: str
) -> None:
    Path("words.csv").write_text("a,y\nup,1\n")
    Path("contradiction.csv").write_text("a,b,y\n1,2,3\n1,2,4\n")
    before = sorted(folder.iterdir())
    result = call(*arguments)
    assert result.exit_code == 2
    assert result.stdout == ""
    line = result.stderr.splitlines()[-1]
    assert line.startswith("error: ") and message in line
    assert "Traceback" not in result.stderr
    assert sorted(folder.iterdir()) == before


def test_version_and_help_need_no_data() -> None:
    assert call("--version").stdout == f"implicitbias {__version__}\n"
    for command in ("compare", "solve", "flow", "prove"):
        assert command in call("--help").stdout
        assert call(command, "--help").exit_code == 0


def test_the_module_runs_as_the_command_does() -> None:
    run = subprocess.run(
        [sys.executable, "-m", "implicitbias", "--version"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (run.returncode, run.stdout) == (0, f"implicitbias {__version__}\n")


def test_the_command_starts_without_the_heavy_packages() -> None:
    script = (
        "import sys, implicitbias.cli; "
        "print({'pandas', 'matplotlib', 'sklearn', 'cvxpy'} & sys.modules.keys())"
    )
    run = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert run.stdout == "set()\n", run.stderr
