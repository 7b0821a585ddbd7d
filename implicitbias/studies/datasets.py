"""Data to study: a named real set, or a table or arrays from the user's file."""

import difflib
import zipfile
from collections.abc import Hashable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from implicitbias.inputs.arrays import Matrix, Vector, as_design, as_targets

DIABETES = "diabetes"
GAUSSIAN = {"gaussian-easy": 40, "gaussian-hard": 10}  # rows
GAUSSIAN_COLUMNS, GAUSSIAN_NONZEROS, GAUSSIAN_NOISE, GAUSSIAN_SEED = 100, 5, 0.1, 0
DIABETES_TRAINING_ROWS = 150
DIABETES_SEED = 0
SEPARATORS = {".csv": ",", ".tsv": "\t"}
SUFFIXES = (*SEPARATORS, ".parquet", ".npz")


@dataclass(frozen=True, eq=False)
class Dataset:
    """Equations ``X beta = y``, and held-out rows where there are any.

    Attributes:
        name: one word, fit for a file name.
        title: what it is, for a caption.
        X: (N, d).
        y: (N,).
        columns: d names.
        X_test: (M, d) or None.
        y_test: (M,) or None.
    """

    name: str
    title: str
    X: Matrix
    y: Vector
    columns: tuple[str, ...]
    X_test: Matrix | None = None
    y_test: Vector | None = None

    @property
    def shape_text(self) -> str:
        """The shapes in words."""
        rows, columns = self.X.shape
        held_out = "none held out" if self.y_test is None else f"{len(self.y_test)} held out"
        return f"{rows} rows, {columns} columns, {held_out}"


def load(source: str | Path, target: str | None = None) -> Dataset:
    """The set of that name, or the data of a CSV, TSV, Parquet or NPZ file.

    ``diabetes`` is scikit-learn's (442 rows, 10 columns) with all 285 monomials of degree 1 to 3.
    The training rows are the first 150 of ``np.random.default_rng(0).permutation(442)`` ("seed
    0"), the other 292 are held out. Columns are standardised by mean and standard deviation of the
    training rows, and y is centred by its mean there.

    ``gaussian-easy`` (40 rows) and ``gaussian-hard`` (10 rows) have 100 columns of independent
    standard normal numbers and ``y = X b + 0.1 noise``, five entries of b being 1/sqrt(5).

    A file is taken as it is: nothing is centred, standardised, split off or added. A table needs a
    header and numbers only; all columns but the target are X. An NPZ file holds arrays X (N, d) and
    y (N,), and X_test (M, d) with y_test (M,) for held-out rows.

    Args:
        source: one of these names, or a path.
        target: the column of a table that is y; by default the last one.

    Raises:
        ValueError: the file is missing, unreadable or of an unknown kind, the target is not one of
            its columns, a value is missing, or shapes do not match.
        TypeError: a column is not numeric.
    """
    if str(source) == DIABETES:
        if target is not None:
            raise ValueError(
                f"diabetes has one target, disease progression; got target {target!r}: leave it out"
            )
        return _diabetes()
    if str(source) in GAUSSIAN:
        if target is not None:
            raise ValueError(f"{source} has one target; got target {target!r}: leave it out")
        return _gaussian(str(source))
    path = Path(source)
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        raise ValueError(
            f"data must be {', '.join(map(repr, (DIABETES, *GAUSSIAN)))} or a file that ends in "
            f"{', '.join(SUFFIXES)}, got {str(source)!r}"
        )
    if not path.is_file():
        raise ValueError(f"there is no file {str(source)!r}; check the path")
    if suffix == ".npz":
        return _from_arrays(path, target)
    return _from_table(path, target)


def _diabetes() -> Dataset:
    from sklearn.datasets import load_diabetes
    from sklearn.preprocessing import PolynomialFeatures

    raw = load_diabetes()
    monomials = PolynomialFeatures(3, include_bias=False)
    X = monomials.fit_transform(raw.data)
    order = np.random.default_rng(DIABETES_SEED).permutation(len(X))
    train, test = order[:DIABETES_TRAINING_ROWS], order[DIABETES_TRAINING_ROWS:]
    X = (X - X[train].mean(axis=0)) / X[train].std(axis=0)
    y = raw.target - raw.target[train].mean()
    return Dataset(
        name=DIABETES,
        title="diabetes, all monomials of degree 1 to 3, standardised",
        X=X[train],
        y=y[train],
        columns=tuple(monomials.get_feature_names_out(raw.feature_names)),
        X_test=X[test],
        y_test=y[test],
    )


def _gaussian(name: str) -> Dataset:
    rng = np.random.default_rng(GAUSSIAN_SEED)
    rows, nonzeros = GAUSSIAN[name], GAUSSIAN_NONZEROS
    X = rng.standard_normal((rows, GAUSSIAN_COLUMNS))
    noise = GAUSSIAN_NOISE * rng.standard_normal(rows)
    return Dataset(
        name=name,
        title=f"{name}, {nonzeros} weights and noise {GAUSSIAN_NOISE}",
        X=X,
        y=X[:, :nonzeros].sum(axis=1) / np.sqrt(nonzeros) + noise,
        columns=tuple(f"x{i}" for i in range(GAUSSIAN_COLUMNS)),
    )


def _from_arrays(path: Path, target: str | None) -> Dataset:
    if target is not None:
        raise ValueError(f"an NPZ file names its target y; got target {target!r}: leave it out")
    try:
        with np.load(path) as file:
            arrays = {name: file[name] for name in file.files}
    except (OSError, ValueError, EOFError, zipfile.BadZipFile) as error:
        raise ValueError(
            f"{path.name} cannot be read as NPZ: {error}; "
            "write one with numpy.savez(path, X=X, y=y)"
        ) from error
    found = ", ".join(arrays) or "none"
    if not {"X", "y"} <= arrays.keys():
        raise ValueError(f"{path.name} must hold arrays X and y; found: {found}")
    held_out = arrays.get("X_test"), arrays.get("y_test")
    try:
        dataset = from_arrays(arrays["X"], arrays["y"], *held_out)
    except (TypeError, ValueError) as error:
        raise type(error)(f"{path.name}: {error}") from None
    return replace(dataset, name=path.stem, title=path.name)


def from_arrays(X: Any, y: Any, X_test: Any = None, y_test: Any = None) -> Dataset:
    """Checked arrays; the solvers' errors with the place in front."""
    if (X_test is None) != (y_test is None):
        given = "X_test" if y_test is None else "y_test"
        raise ValueError(f"held-out rows need both X_test and y_test or neither; got {given}")
    design = as_design(X)
    targets = as_targets(y, design.shape[0])
    if X_test is not None:
        X_test, y_test = _equations(X_test, y_test, "X_test and y_test")
        if X_test.shape[1] != design.shape[1]:
            raise ValueError(
                f"X and X_test must have the same number of columns, got {design.shape[1]} and "
                f"{X_test.shape[1]}"
            )
    names = tuple(f"x{i}" for i in range(design.shape[1]))
    return Dataset("data", "arrays", design, targets, names, X_test, y_test)


def _from_table(path: Path, target: str | None) -> Dataset:
    suffix = path.suffix.lower()
    try:
        if suffix == ".parquet":
            table = pd.read_parquet(path)
        else:
            table = pd.read_csv(path, sep=SEPARATORS[suffix])
    except (OSError, ValueError) as error:  # pandas' and Arrow's parser errors are ValueErrors
        raise ValueError(f"{path.name} cannot be read as {suffix[1:].upper()}: {error}") from error
    if suffix in SEPARATORS and not isinstance(table.index, pd.RangeIndex):
        raise ValueError(f"{path.name} has rows with more fields than its header; mend either")
    table = table.reset_index(drop=True)
    table.columns = pd.Index([str(name) for name in table.columns])
    names = list(table.columns)
    if len(names) < 2:
        raise ValueError(
            f"{path.name} needs a target column and at least one more, got {names}; "
            "a .csv is split at commas, a .tsv at tabs"
        )
    if suffix in SEPARATORS and _are_numbers(names):
        raise ValueError(
            f"{path.name} has no header: its first line is {', '.join(names[:3])}, ...; "
            "add a line with the names of the columns"
        )
    if table.empty:
        raise ValueError(f"{path.name} has a header and no rows")
    target = names[-1] if target is None else target
    if target not in names:
        close = difflib.get_close_matches(target, names, n=1)
        hint = f"; did you mean {close[0]!r}?" if close else "."
        shown = ", ".join(names[:20]) + (", ..." if len(names) > 20 else "")
        raise ValueError(f"{path.name} has no column {target!r}{hint} It has: {shown}")
    _check_numbers(table, path.name)
    columns = tuple(name for name in names if name != target)
    X, y = _equations(table[list(columns)].to_numpy(), table[target].to_numpy(), path.name)
    return Dataset(path.stem, f"{path.name}, target {target}", X, y, columns)


def _equations(X: Any, y: Any, where: str) -> tuple[Matrix, Vector]:
    """X (N, d) and y (N,) as float64; the solvers' errors with the place in front."""
    try:
        design = as_design(X)
        return design, as_targets(y, design.shape[0])
    except (TypeError, ValueError) as error:
        raise type(error)(f"{where}: {error}") from None


def _are_numbers(names: list[str]) -> bool:
    """Whether a header looks like data; 0, 1, 2, ... are pandas' names of unnamed columns."""
    numbers = pd.to_numeric(pd.Series(names), errors="coerce")
    return bool(numbers.notna().all()) and numbers.tolist() != list(range(len(names)))


def _check_numbers(table: pd.DataFrame, where: str) -> None:
    for name, column in table.items():
        if not pd.api.types.is_numeric_dtype(column):
            row, value = _first_word(column)
            raise TypeError(
                f"{where}: column {name!r} is not numeric, such as {value!r} in row {row}; "
                "drop the column, or encode it as numbers (pandas.get_dummies)"
            )
    gaps = table.isna().to_numpy()
    if gaps.any():
        row, index = np.argwhere(gaps)[0]
        raise ValueError(
            f"{where}: no value in column {table.columns[index]!r}, row {row} (the first row is "
            f"0); missing in all: {gaps.sum()}. Drop these rows or columns, or fill them in"
        )


def _first_word(column: "pd.Series[Any]") -> tuple[Hashable, Any]:
    """Row and value of the first entry that is no number (the first entry, failing that)."""
    words = column[pd.to_numeric(column.astype(str), errors="coerce").isna() & column.notna()]
    row = words.index[0] if len(words) else column.index[0]
    return row, column[row]
