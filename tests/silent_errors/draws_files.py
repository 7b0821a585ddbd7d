"""Files as people have them, and files that are none: CSV, TSV, Parquet and NPZ.

What is read is read as what the file says; all else is refused with the name of the file, the place
and the flaw. No pickle is loaded.
"""

import gzip
import io
import pickle
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd

from tests.silent_errors.case import Case, Contract, Draw, ProblemClass, Raises, Refuses, Returns
from tests.silent_errors.command import SETTINGS, Pickled
from tests.silent_errors.equations import Equations

RIGHT = Returns()
Rows = list[list[str]]


def _refused(says: str) -> Contract:
    return Raises(("CommandError",), says)


def _or_refused(says: str) -> Contract:
    return Refuses(("CommandError",), says)


def _table(rng: np.random.Generator) -> Rows:
    """(N, d + 1) decimals, the last column being y."""
    N = int(rng.integers(1, 4))
    values = rng.standard_normal((N, N + 1 + int(rng.integers(1, 4))))
    return [[f"{v:.3f}" for v in row] for row in values.tolist()]


def _lines(rows: Rows, sep: str = ",", end: str = "\n", header: list[str] | None = None) -> str:
    names = [f"c{j}" for j in range(len(rows[0]))] if header is None else header
    return end.join(sep.join(row) for row in [names, *rows]) + end


def _file(
    write: Callable[[Rows], bytes | str],
    contract: Contract = RIGHT,
    name: str = "data.csv",
    change: Callable[[Rows], Rows] | None = None,
) -> Draw:
    """A file with this table; change: made to the table first, and part of what it says."""

    def draw(rng: np.random.Generator, call: str) -> Case:
        rows = _table(rng)
        rows = rows if change is None else change(rows)
        content = write(rows)
        content = content.encode() if isinstance(content, str) else content
        equations = None
        if not isinstance(contract, Raises):
            exact = [[Decimal(entry) for entry in row] for row in rows]
            doubles = [[float(e) if abs(e) > 1e-300 or e == 0 else e for e in row] for row in exact]
            equations = Equations.of([row[:-1] for row in doubles], [row[-1] for row in doubles])
        extras = {"name": name, "bytes": content}
        return Case(None, None, equations, dict(SETTINGS), contract, extras)

    return draw


def _with(entry: str, last: bool = False) -> Callable[[Rows], Rows]:
    """The table with one entry replaced."""

    def change(rows: Rows) -> Rows:
        changed = [list(row) for row in rows]
        changed[-1][-1 if last else 0] = entry
        return changed

    return change


def _spoiled(entry: str, says: str) -> Draw:
    return _file(lambda rows: _lines(_with(entry)(rows)), _refused(says))


def _frame(rows: Rows) -> pd.DataFrame:
    values = np.array([[float(entry) for entry in row] for row in rows])
    return pd.DataFrame(values, columns=[f"c{j}" for j in range(values.shape[1])])


def _parquet(
    convert: Callable[[pd.DataFrame], pd.DataFrame] = lambda frame: frame,
    contract: Contract = RIGHT,
    change: Callable[[Rows], Rows] | None = None,
    **options: Any,
) -> Draw:
    def write(rows: Rows) -> bytes:
        buffer = io.BytesIO()
        convert(_frame(rows)).to_parquet(buffer, **options)
        return buffer.getvalue()

    return _file(write, contract, "data.parquet", change)


def _whole(rows: Rows) -> Rows:
    """Whole numbers, of full rank."""
    return [
        [str(round(float(entry))) if j != i else "7" for j, entry in enumerate(row)]
        for i, row in enumerate(rows)
    ]


def _npz(
    arrays: Callable[[np.ndarray, np.ndarray], dict[str, Any]],
    contract: Contract = RIGHT,
    name: str = "data.npz",
    spoil: Callable[[bytes], bytes] = lambda content: content,
    change: Callable[[Rows], Rows] | None = None,
) -> Draw:
    def write(rows: Rows) -> bytes:
        values = np.array([[float(entry) for entry in row] for row in rows])
        buffer = io.BytesIO()
        np.savez(buffer, **arrays(values[:, :-1], values[:, -1]))
        return spoil(buffer.getvalue())

    return _file(write, contract, name, change)


def _plain(X: np.ndarray, y: np.ndarray) -> dict[str, Any]:
    return {"X": X, "y": y}


def _npy(rows: Rows) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, np.array([[float(entry) for entry in row] for row in rows]))
    return buffer.getvalue()


def _noise(name: str) -> Draw:
    """Random bytes."""

    def draw(rng: np.random.Generator, call: str) -> Case:
        content = rng.integers(0, 256, int(rng.integers(0, 200)), dtype=np.uint8).tobytes()
        extras = {"name": name, "bytes": content}
        return Case(None, None, None, dict(SETTINGS), _refused("data"), extras)

    return draw


def _damaged(write: Draw) -> Draw:
    """A good file with a byte changed or its end cut off: read as what it says, or refused."""

    def draw(rng: np.random.Generator, call: str) -> Case:
        case = write(rng, call)
        content = bytearray(case.extras["bytes"])
        del content[int(rng.integers(1, len(content))) :]
        extras = {**case.extras, "bytes": bytes(content)}
        return Case(None, None, None, case.settings, _refused("data"), extras)

    return draw


GAP, WORD = "no value|missing", "numeric|number|date"
CSV: tuple[Draw, ...] = (
    _file(_lines),
    _file(lambda rows: _lines(rows, end="\r\n")),
    _file(lambda rows: _lines(rows).rstrip("\n")),
    _file(lambda rows: "\ufeff" + _lines(rows)),
    _file(lambda rows: _lines(rows, sep="\t"), name="data.tsv"),
    _file(lambda rows: _lines(rows, header=[f'"a, {j}"' for j in range(len(rows[0]))])),
    _file(lambda rows: _lines([[f'"{entry}"' for entry in row] for row in rows])),
    _file(lambda rows: _lines([[f"{float(entry):+.3e}" for entry in row] for row in rows])),
    _file(lambda rows: _lines(rows, sep=", ")),
    _file(lambda rows: _lines(rows, header=[f"größe{j}" for j in range(len(rows[0]))])),
    _file(_lines, change=_with("1e-310")),
    _file(_lines, _or_refused("small|underflow|double"), change=_with("1e-400", last=True)),
    _file(_lines, _or_refused("digit|integer|large|big"), change=_with("12345678901234567")),
    _file(
        _lines,
        _or_refused("digit|integer|large|big"),
        change=_with("12345678901234567890123456", last=True),
    ),
    _file(lambda rows: _frame(rows).to_csv()),  # an index column without a name
    _file(lambda rows: _frame(rows).rename_axis("Unnamed: 0").to_csv()),
    _file(
        lambda rows: _lines(rows, header=["a"] * len(rows[0])), _or_refused("twice|same|duplicate")
    ),
    _file(
        lambda rows: _lines([["True", *row[1:]] for row in rows]),
        _or_refused("true|bool|number"),
        change=lambda rows: [["1", *row[1:]] for row in rows],
    ),
    _file(
        lambda rows: _lines(rows, sep=";").replace(".", ","),
        _or_refused("semicolon|;|separator|split|decimal"),
    ),
    _file(lambda rows: _lines(rows, sep=";"), _or_refused("semicolon|;|separator|split")),
    _file(lambda rows: _lines(rows).encode("utf-16"), _or_refused("utf|encod")),
    _file(
        lambda rows: gzip.compress(_lines(rows).encode()),
        _or_refused("gz|compress|ends in"),
        name="data.csv.gz",
    ),
    _file(lambda rows: gzip.compress(_lines(rows).encode()), _or_refused("gz|compress|utf|encod")),
    _file(lambda rows: "\n" + _lines(rows), _or_refused("header|empty|blank")),
    _spoiled("NA", GAP),
    _spoiled("", GAP),
    _spoiled("nan", GAP),
    _spoiled("2024-01-31", WORD),
    _spoiled('"1,234.5"', WORD),
    _spoiled("1_000", WORD),
    _spoiled("0x10", WORD),
    _spoiled("1/3", WORD),
    _spoiled("1+2j", WORD),
    _spoiled("\u22121.5", WORD),
    _spoiled("50%", WORD),
    _spoiled("one", WORD),
    _spoiled("inf", "finite|inf"),
    _spoiled("1e400", "finite|large"),
    _file(lambda rows: _lines(rows[1:], header=rows[0]) + _lines(rows), _refused("header|number")),
    _file(lambda rows: _lines([], header=rows[0]) if rows[1:] else "", _refused("data.csv")),
    _file(lambda rows: _lines([row[:1] for row in rows]), _refused("target|column")),
    _file(
        lambda rows: _lines([[*row, "1.0"] for row in rows], header=["a", "b"]), _refused("field")
    ),
    _file(lambda rows: _lines(rows) + "1.0\n", _refused(f"field|{GAP}")),
    _file(lambda rows: _lines(rows).replace("c0", "c\0"), _or_refused("data.csv")),
    _file(lambda rows: pickle.dumps(Pickled()), _refused("data.csv")),
    _noise("data.csv"),
    _noise("data.tsv"),
)
PARQUET: tuple[Draw, ...] = (
    _parquet(),
    _parquet(compression="gzip"),
    _parquet(lambda frame: frame.set_axis(frame.index + 5)),
    _parquet(lambda frame: frame.astype({"c0": "int64"}), change=_whole),
    _parquet(lambda frame: frame.astype({"c0": "Int32"}), change=_whole),
    _parquet(lambda frame: frame.astype({"c0": "float32"}), change=_whole),
    _parquet(
        lambda frame: frame.assign(c0=[Decimal(f"{v:.3f}") for v in frame["c0"]]),
        _or_refused("number|numeric|decimal"),
    ),
    _parquet(
        lambda frame: frame.assign(c0=True),
        _or_refused("bool|number"),
        change=lambda rows: [["1", *row[1:]] for row in rows],
    ),
    _parquet(lambda frame: frame.assign(c0=pd.Timestamp("2024-01-31")), _refused(WORD)),
    _parquet(lambda frame: frame.assign(c0="1.0"), _refused(WORD)),
    _parquet(lambda frame: frame.assign(c0=[[1.0]] * len(frame)), _refused("number|numeric|list")),
    _parquet(lambda frame: frame.assign(c0=pd.Timedelta(3, "D")), _refused("number|numeric|time")),
    _parquet(lambda frame: frame.assign(c0=np.nan), _refused(GAP)),
    _parquet(lambda frame: frame.assign(c0=np.inf), _refused("finite")),
    _parquet(lambda frame: frame.astype({"c0": "string"}), _refused(WORD)),
    _parquet(lambda frame: frame.iloc[:0], _refused("row")),
    _parquet(lambda frame: frame[["c0"]], _refused("target|column")),
    _parquet(lambda frame: frame.astype({"c0": "category"}), _or_refused("number|numeric|categor")),
    _damaged(_parquet()),
    _file(lambda rows: pickle.dumps(Pickled()), _refused("data"), "data.parquet"),
    _noise("data.parquet"),
)
NPZ: tuple[Draw, ...] = (
    _npz(_plain),
    _npz(lambda X, y: {"X": X, "y": y[:, None], "note": np.array("text")}),
    _npz(lambda X, y: {"X": X.astype(">f8"), "y": y}),
    _npz(lambda X, y: {"X": X.astype(np.float16), "y": y.astype(int)}, change=_whole),
    _npz(lambda X, y: {"X": np.asfortranarray(X), "y": y, "X_test": X, "y_test": y}),
    _npz(lambda X, y: {"X": X * 1j, "y": y}, _refused("real")),
    _npz(lambda X, y: {"A": X, "b": y}, _refused("X and y")),
    _npz(lambda X, y: {"X": X[0], "y": y}, _refused("2-d")),
    _npz(lambda X, y: {"X": X, "y": np.append(y, 0)}, _refused("same number")),
    _npz(lambda X, y: {"X": X, "y": y, "X_test": X}, _refused("both")),
    _npz(lambda X, y: {"X": X, "y": y, "X_test": X[:, :1], "y_test": y}, _refused("columns")),
    _npz(lambda X, y: {"X": X.astype(str), "y": y}, _refused("number")),
    _npz(lambda X, y: {"X": X, "y": y * np.nan}, _refused("finite|missing")),
    _npz(lambda X, y: {"X": X, "y": y.astype("datetime64[s]")}, _refused("number|date|time")),
    _npz(lambda X, y: {"X": X, "y": y.astype("timedelta64[s]")}, _refused("number|time")),
    _npz(lambda X, y: {"X": np.array([[Pickled()]]), "y": y[:1]}, _refused("pickle|object")),
    _npz(
        lambda X, y: {"X": X, "y": y, "more": np.array([Pickled()])}, _or_refused("pickle|object")
    ),
    _file(_npy, _refused("npz|savez"), "data.npz"),
    _npz(_plain, _refused("ends in"), name="data.npy"),
    _file(lambda rows: pickle.dumps(Pickled()), _refused("npz|savez|pickle"), "data.npz"),
    _damaged(_npz(_plain)),
    _noise("data.npz"),
)
CLASSES = (
    ProblemClass(
        "csv",
        "CSV and TSV files up to 3 x 7 as programs and people write them, and what is none.",
        CSV,
        ("command",),
        count=5 * len(CSV),
    ),
    ProblemClass(
        "parquet",
        "Parquet files up to 3 x 7 of every type of column, damaged ones, and what is none.",
        PARQUET,
        ("command",),
        count=5 * len(PARQUET),
    ),
    ProblemClass(
        "npz",
        "NPZ files up to 3 x 7 of every type of array, pickles, damaged ones, and what is none.",
        NPZ,
        ("command",),
        count=5 * len(NPZ),
    ),
)
