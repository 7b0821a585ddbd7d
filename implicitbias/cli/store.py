"""A folder that collects the cells of a study, one file each, so that a killed run resumes."""

import csv
import fcntl
import io
import os
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

CONFIG, ROWS, CELLS, LOCK = "config.toml", "rows.csv", "cells", ".lock"


@dataclass(frozen=True)
class Store:
    """``config.toml``, a folder ``cells`` while the study runs, and ``rows.csv`` at its end."""

    folder: Path

    @classmethod
    @contextmanager
    def open(cls, folder: Path, config: Mapping[str, Any], force: bool) -> Iterator["Store"]:
        """A new folder, or that of an earlier run of the same config, for this process alone.

        ValueError where the folder holds something else; with ``force`` an earlier run of another
        config is removed.
        """
        parent = folder.absolute().parent
        if not parent.is_dir():
            raise ValueError(f"there is no folder {str(parent)!r} to write {folder.name!r} in")
        if folder.exists() and not folder.is_dir():
            raise ValueError(f"{str(folder)!r} exists and is no folder; name another with --out")
        store = cls(folder)
        present = set(os.listdir(folder)) - {LOCK} if folder.is_dir() else set()
        if present and CONFIG not in present:
            raise ValueError(
                f"the folder {str(folder)!r} is not empty and not from an earlier run (it has no "
                f"{CONFIG}); name another one with --out"
            )
        folder.mkdir(exist_ok=True)
        with (folder / LOCK).open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)  # let go of however we end
            except BlockingIOError:
                raise ValueError(f"another run is writing in {str(folder)!r}") from None
            text = as_toml(config)
            if present and _settings(folder / CONFIG) != tomllib.loads(text):
                if not force:
                    raise ValueError(
                        f"the folder {str(folder)!r} holds a run with other settings or versions, "
                        f"or a damaged {CONFIG}; name another one with --out, or start over with "
                        "--force"
                    )
                store._clear()
            if not (folder / CONFIG).exists():
                write_whole(folder / CONFIG, text)
            (folder / CELLS).mkdir(exist_ok=True)
            try:
                yield store
            finally:
                (folder / LOCK).unlink(missing_ok=True)

    @property
    def is_complete(self) -> bool:
        return (self.folder / ROWS).exists()

    def has(self, name: str) -> bool:
        """Whether that cell is finished."""
        return self._cell(name).exists()

    def put(self, name: str, frame: "pd.DataFrame") -> None:
        """Store a finished cell, whole or not at all."""
        write_whole(self._cell(name), frame.to_csv(index=False))

    def finish(self, names: Sequence[str]) -> "pd.DataFrame":
        """All rows, in the order of names, also as ``rows.csv``; the cells are removed."""
        import pandas as pd

        rows = self.folder / ROWS
        if not self.is_complete:
            # As text: no number is read and written again.
            tables = [list(csv.DictReader(io.StringIO(_read(self._cell(name))))) for name in names]
            lines = [line for table in tables for line in table]
            text = io.StringIO()
            columns = list(dict.fromkeys(column for line in lines for column in line))
            writer = csv.DictWriter(text, columns, lineterminator="\n")
            writer.writeheader()
            writer.writerows(lines)
            write_whole(rows, text.getvalue())
        for leftover in (self.folder / CELLS).iterdir():
            leftover.unlink()
        (self.folder / CELLS).rmdir()
        return pd.read_csv(rows)

    def _cell(self, name: str) -> Path:
        return self.folder / CELLS / f"{name}.csv"

    def _clear(self) -> None:
        for path in (*self.folder.glob(f"{CELLS}/*"), self.folder / ROWS, self.folder / CONFIG):
            path.unlink(missing_ok=True)


def write_whole(path: Path, text: str) -> None:
    """The file with that text, or as it was: through a file beside it and a rename."""
    fresh = path.with_name(f".{path.name}.fresh")
    with fresh.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)


def as_toml(config: Mapping[str, Any]) -> str:
    """Strings, booleans, numbers and lists of them, then the tables."""
    plain = {name: value for name, value in config.items() if not isinstance(value, Mapping)}
    lines = [f"{name} = {_toml(value)}" for name, value in plain.items()]
    for name, table in config.items():
        if isinstance(table, Mapping):
            lines += ["", f"[{name}]", *(f"{key} = {_toml(item)}" for key, item in table.items())]
    return "\n".join(lines) + "\n"


def _toml(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        quoted = value.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{quoted}"'
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(map(_toml, value))}]"
    return repr(value)  # of an int or a float, inf too: as TOML writes them


def _settings(path: Path) -> dict[str, Any] | None:
    """What the file holds; None where it is damaged."""
    try:
        return tomllib.loads(_read(path))
    except ValueError:  # no TOML, or no UTF-8
        return None


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8")
