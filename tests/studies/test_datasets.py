"""What a user's file becomes, and what is said about one that will not do."""

import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_diabetes

from implicitbias.studies.datasets import load

TABLE = pd.DataFrame({"a": [1, 2], "b": [0.5, -1.0], "price": [3.0, 4.0], "c": [7.0, 8.5]})


def written(folder: Path, text: str, name: str = "t.csv") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_diabetes_has_the_stated_rows_and_moments() -> None:
    data = load("diabetes")
    assert data.X.shape == (150, 285)
    assert len(data.columns) == 285
    assert data.X_test is not None and data.y_test is not None
    assert data.X_test.shape == (292, 285) and data.y_test.shape == (292,)
    assert np.abs(data.X.mean(axis=0)).max() < 1e-12
    assert np.abs(data.X.std(axis=0) - 1).max() < 1e-12
    assert abs(data.y.mean()) < 1e-12
    # The held-out rows are moved by the training rows' moments, so theirs are not 0 and 1.
    assert np.abs(data.X_test.mean(axis=0)).max() > 0.05
    train = np.random.default_rng(0).permutation(442)[:150]
    target = load_diabetes().target
    np.testing.assert_array_equal(data.y, target[train] - target[train].mean())
    age = load_diabetes().data[train, 0]
    np.testing.assert_allclose(data.X[:, 0], (age - age.mean()) / age.std(), rtol=1e-12)
    assert data.columns[:2] == ("age", "sex") and "age^2 sex" in data.columns


@pytest.mark.parametrize("suffix", ["csv", "tsv", "parquet", "CSV"])
def test_a_table_is_taken_as_it_is(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"house.{suffix}"
    if suffix == "parquet":
        TABLE.to_parquet(path)
    else:
        TABLE.to_csv(path, sep="\t" if suffix == "tsv" else ",", index=False)
    last, price = load(path), load(path, "price")
    np.testing.assert_array_equal(last.X, TABLE[["a", "b", "price"]])
    np.testing.assert_array_equal(last.y, TABLE["c"])
    np.testing.assert_array_equal(price.X, TABLE[["a", "b", "c"]])
    np.testing.assert_array_equal(price.y, TABLE["price"])
    assert price.columns == ("a", "b", "c")
    assert price.name == "house"
    assert price.y_test is None


def test_the_index_of_a_parquet_file_is_no_column(tmp_path: Path) -> None:
    TABLE.set_index(pd.Index(["u", "u"])).to_parquet(tmp_path / "t.parquet")
    np.testing.assert_array_equal(load(tmp_path / "t.parquet").y, TABLE["c"])


def test_arrays_come_with_their_held_out_rows(tmp_path: Path) -> None:
    X, y = np.array([[1, 2, 3], [4, 5, 7]]), np.array([1.0, 2.0])
    np.savez(tmp_path / "plain.npz", X=X, y=y)
    np.savez(tmp_path / "split.npz", X=X, y=y, X_test=2 * X, y_test=3 * y)
    plain, split = load(tmp_path / "plain.npz"), load(tmp_path / "split.npz")
    assert plain.X.dtype == np.float64
    assert plain.columns == ("x0", "x1", "x2")
    assert plain.X_test is None
    np.testing.assert_array_equal(split.X_test, 2 * X)
    np.testing.assert_array_equal(split.y_test, 3 * y)
    assert "2 held out" in split.shape_text and "none held out" in plain.shape_text


@pytest.mark.parametrize(
    ("text", "target", "error", "message"),
    [
        ("a,b,y\n1,2,3\n", "yy", ValueError, "no column 'yy'; did you mean 'y'? It has: a, b, y"),
        ("a,b,y\n1,2,3\n", "zzz", ValueError, "no column 'zzz'. It has: a, b, y"),
        (
            "a,sex,y\n1,2,3\n4,male,6\n",
            None,
            TypeError,
            "column 'sex' is not numeric, such as 'male' in row 1; drop the column, or encode it",
        ),
        ("a,b,y\n1,2,3\n4,,6\n", None, ValueError, "no value in column 'b', row 1"),
        ("a,b,y\n1,2,\n", None, ValueError, "no value in column 'y', row 0"),
        ("a;b;y\n1;2;3\n", None, ValueError, "needs a target column and at least one more"),
        ("1,2,3.5\n4,5,6\n", None, ValueError, "has no header: its first line is 1, 2, 3.5"),
        ("a,b\n1,2,3\n", None, ValueError, "rows with more fields than its header"),
        ("", None, ValueError, "cannot be read as CSV"),
        ("a,b\n1,2\n1,2,3\n", None, ValueError, "cannot be read as CSV"),
        ("a,b\n", None, ValueError, "t.csv has a header and no rows"),
        ("a,b\ninf,1\n", None, ValueError, "t.csv: X must be finite, got inf"),
    ],
)
def test_a_bad_table_is_refused_with_the_way_out(
    tmp_path: Path, text: str, target: str | None, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=re.escape(message)):
        load(written(tmp_path, text), target)


def test_columns_named_by_their_number_are_a_header(tmp_path: Path) -> None:
    assert load(written(tmp_path, "0,1,2\n5,6,7\n")).X.tolist() == [[5.0, 6.0]]


def test_a_column_of_dates_is_not_numeric(tmp_path: Path) -> None:
    TABLE.assign(a=pd.to_datetime(["2020-01-01", "2020-01-02"])).to_parquet(tmp_path / "t.parquet")
    with pytest.raises(TypeError, match=r"column 'a' is not numeric, such as .*2020"):
        load(tmp_path / "t.parquet")


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("absent.csv", "there is no file"),
        ("folder.csv", "there is no file"),
        (
            "words.txt",
            "'gaussian-hard' or a file that ends in .csv, .tsv, .parquet, .npz",
        ),
        ("diabets", "data must be 'diabetes', 'gaussian-easy', 'gaussian-hard' or a file"),
        ("broken.npz", "cannot be read as NPZ"),
        ("broken.parquet", "cannot be read as PARQUET"),
        ("bytes.csv", "cannot be read as CSV"),
    ],
)
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, name: str, message: str) -> None:
    (tmp_path / "folder.csv").mkdir()
    for broken in ("words.txt", "broken.npz", "broken.parquet"):
        written(tmp_path, "PK nonsense", broken)
    (tmp_path / "bytes.csv").write_bytes(b"a,b\n\xff\xfe,1\n")
    with pytest.raises(ValueError, match=re.escape(message)):
        load(tmp_path / name)


@pytest.mark.parametrize(
    ("arrays", "error", "message"),
    [
        ({"A": [[1.0]], "y": [1.0]}, ValueError, "must hold arrays X and y; found: A, y"),
        (
            {"X": [[1.0]], "y": [1.0], "X_test": [[1.0]]},
            ValueError,
            "both X_test and y_test or neither",
        ),
        ({"X": [[1.0]], "y": [1.0, 2.0]}, ValueError, "a.npz: X and y must have the same number"),
        ({"X": [[1j]], "y": [1.0]}, TypeError, "a.npz: X must be real"),
        (
            {"X": [[1.0]], "y": [1.0], "X_test": [[1.0]], "y_test": [np.nan]},
            ValueError,
            "X_test and y_test: y must be finite",
        ),
        (
            {"X": [[1.0]], "y": [1.0], "X_test": [[1.0, 2.0]], "y_test": [1.0]},
            ValueError,
            "same number of columns, got 1 and 2",
        ),
        ({"X": np.array([[None]]), "y": [1.0]}, ValueError, "cannot be read as NPZ"),
    ],
)
def test_bad_arrays_are_refused(
    tmp_path: Path, arrays: dict[str, list[object]], error: type[Exception], message: str
) -> None:
    as_arrays: dict[str, Any] = {name: np.asarray(a) for name, a in arrays.items()}
    np.savez(tmp_path / "a.npz", **as_arrays)
    with pytest.raises(error, match=re.escape(message)):
        load(tmp_path / "a.npz")


def test_a_target_is_for_tables_only(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", X=[[1.0]], y=[1.0])
    for source in ("diabetes", tmp_path / "a.npz"):
        with pytest.raises(ValueError, match="target 'bmi': leave it out"):
            load(source, "bmi")
