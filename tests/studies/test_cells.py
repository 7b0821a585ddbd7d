"""Cells give the same rows wherever they run."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from implicitbias.studies.cells import Cell, run_cells
from implicitbias.studies.figures import FIGURES

SETTINGS = {**FIGURES["1a"].settings(True), "seeds": 4}


def cells() -> list[Cell]:
    return FIGURES["1a"].cells(SETTINGS)


def rows(**where: Any) -> pd.DataFrame:
    found = {cell.name: frame for cell, frame in run_cells(cells(), **where)}
    assert sorted(found) == sorted(cell.name for cell in cells())
    return pd.concat([found[cell.name] for cell in cells()])


def process(**_: Any) -> list[dict[str, Any]]:
    return [{"process": os.getpid(), "blas": [pool["num_threads"] for pool in blas_pools()]}]


def blas_pools() -> list[dict[str, Any]]:
    from threadpoolctl import threadpool_info

    return [pool for pool in threadpool_info() if pool["user_api"] == "blas"]


def test_two_workers_give_the_rows_of_one() -> None:
    pd.testing.assert_frame_equal(rows(), rows(jobs=2), check_exact=True)


@pytest.mark.parametrize("jobs", [1, 2])
def test_every_worker_has_one_blas_thread(jobs: int) -> None:
    found = [frame for _, frame in run_cells([Cell("a", process), Cell("b", process)], jobs)]
    for frame in found:
        pools = frame["blas"][0]
        assert pools and set(pools) == {1}
        assert (frame["process"][0] == os.getpid()) == (jobs == 1)


def test_expensive_cells_are_begun_first() -> None:
    both = [Cell("small", process, cost=1), Cell("large", process, cost=2)]
    assert [cell.name for cell, _ in run_cells(both)] == ["large", "small"]


def test_dask_without_the_extra_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(ValueError, match=r"pip install 'implicitbias\[distributed\]'"):
        list(run_cells(cells(), dask="tcp://127.0.0.1:1"))


# The extra's own imports and its shutdown are not ours to warn about.
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")
@pytest.mark.parametrize("workers", [1, 2])
def test_a_cluster_of_separate_processes_gives_the_rows_of_one(
    tmp_path: Path, workers: int
) -> None:
    address = tmp_path / "scheduler.json"
    common = ["--scheduler-file", str(address), "--no-dashboard"]
    worker = ["worker", *common, "--nthreads", "1"]
    scheduler = ["scheduler", *common, "--host", "127.0.0.1", "--port", "0"]
    running = []
    try:
        for command in (scheduler, *[worker] * workers):
            running.append(
                subprocess.Popen(
                    [sys.executable, "-m", "dask", *command], stderr=subprocess.DEVNULL
                )
            )
            while not address.exists():
                assert running[0].poll() is None, "the scheduler ended"
                time.sleep(0.1)
        where = json.loads(address.read_text())["address"]
        some = [Cell(f"{i}", process) for i in range(8)]
        processes = {frame["process"][0] for _, frame in run_cells(some, dask=where)}
        assert os.getpid() not in processes
        pd.testing.assert_frame_equal(rows(), rows(dask=where), check_exact=True)
    finally:
        for child in running:
            child.kill()
            child.wait()
