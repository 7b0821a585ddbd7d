"""A study in cells that share nothing: run on one core, on several, or on a Dask cluster."""

import importlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import metadata
from typing import Any

import pandas as pd

PACKAGES = ("implicitbias", "numpy", "scipy", "pandas")
WAIT = 60  # seconds for a first Dask worker


@dataclass(frozen=True)
class Cell:
    """One call, whose rows depend on its arguments alone.

    Attributes:
        name: unique in its study, and a file name.
        function: of a module, so that another process finds it; returns rows.
        arguments: its keyword arguments, a seed among them where anything is drawn.
        cost: in any unit; the expensive ones are begun first, and it weighs in the time left.
    """

    name: str
    function: Callable[..., list[dict[str, Any]]]
    arguments: Mapping[str, Any] = field(default_factory=dict)
    cost: float = 1.0


def versions() -> dict[str, str]:
    """Of what the last digits of rows depend on, in this process."""
    return {name: metadata.version(name) for name in PACKAGES}


def run_cell(cell: Cell) -> pd.DataFrame:
    """Its rows, computed with one BLAS thread, on which the last digits depend.

    A column ``versions`` says what they were computed with: a worker elsewhere may have others.
    """
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1, user_api="blas"):
        frame = pd.DataFrame(cell.function(**cell.arguments))
    return frame.assign(versions=" ".join(f"{name}-{v}" for name, v in versions().items()))


def run_cells(
    cells: Sequence[Cell], jobs: int = 1, dask: str | None = None
) -> Iterator[tuple[Cell, pd.DataFrame]]:
    """Each cell with its rows, as they come.

    Args:
        jobs: processes on this machine, >= 1.
        dask: the address of a Dask scheduler (extra ``distributed``), in place of ``jobs``.

    Raises:
        ValueError: jobs below 1; dask without the extra.
        OSError: no scheduler there.
    """
    if jobs < 1:
        raise ValueError(f"jobs must be >= 1, got {jobs}")
    waiting = sorted(cells, key=lambda cell: -cell.cost)
    if not waiting:
        return
    if dask is not None:
        yield from _on_dask(waiting, dask)
    elif jobs == 1:
        for cell in waiting:
            yield cell, run_cell(cell)
    else:
        from joblib import parallel_config

        with parallel_config(backend="loky", n_jobs=jobs, inner_max_num_threads=1):
            yield from _in_parallel(waiting)


def _on_dask(cells: Sequence[Cell], address: str) -> Iterator[tuple[Cell, pd.DataFrame]]:
    try:
        distributed: Any = importlib.import_module("distributed")
    except ImportError:
        raise ValueError(
            "a Dask scheduler needs the extra distributed: pip install 'implicitbias[distributed]'"
        ) from None
    # Not through joblib's Dask backend: on a cluster with one core it runs everything here.
    try:
        connected = distributed.Client(address, timeout="10s")
    except OSError as error:
        raise OSError(f"no Dask scheduler answers at {address}: {error}") from error
    with connected as client:
        try:
            client.wait_for_workers(1, timeout=WAIT)
        except TimeoutError:
            raise OSError(f"the scheduler at {address} has no workers after {WAIT} s") from None
        futures = {client.submit(run_cell, cell, pure=False): cell for cell in cells}
        for future, frame in distributed.as_completed(futures, with_results=True):
            yield futures[future], frame


def _in_parallel(cells: Sequence[Cell]) -> Iterator[tuple[Cell, pd.DataFrame]]:
    from joblib import Parallel, delayed

    def tasks() -> Iterator[Any]:
        return (delayed(_numbered)(number, cell) for number, cell in enumerate(cells))

    # One cell a task: a batch would be lost whole where a run is killed.
    parallel = Parallel(return_as="generator_unordered", batch_size=1, pre_dispatch="2*n_jobs")
    for number, frame in parallel(tasks()):
        yield cells[number], frame


def _numbered(number: int, cell: Cell) -> tuple[int, pd.DataFrame]:
    return number, run_cell(cell)
