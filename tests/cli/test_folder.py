"""Output folders are written whole or not at all."""

import os
import re
from pathlib import Path

import pytest

from implicitbias.cli.folder import check_target, whole_folder


def tree(folder: Path) -> dict[str, str]:
    """Every file below a folder, hidden ones too, and its text."""
    return {
        str(path.relative_to(folder)): path.read_text() if path.is_file() else "folder"
        for path in sorted(folder.rglob("*"))
    }


def earlier_run(folder: Path) -> Path:
    folder.mkdir()
    (folder / "config.json").write_text("old")
    (folder / "rows.csv").write_text("old")
    return folder


def test_the_folder_appears_when_all_is_written(tmp_path: Path) -> None:
    with whole_folder(tmp_path / "out", force=False) as fresh:
        (fresh / "rows.csv").write_text("new")
        assert not (tmp_path / "out").exists()
    assert tree(tmp_path) == {"out": "folder", "out/rows.csv": "new"}
    assert (tmp_path / "out").stat().st_mode == (tmp_path / "out" / "..").stat().st_mode | 0o55


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt])
def test_an_error_midway_leaves_nothing(tmp_path: Path, error: type[BaseException]) -> None:
    with pytest.raises(error), whole_folder(tmp_path / "out", force=False) as fresh:
        (fresh / "rows.csv").write_text("half")
        raise error
    assert tree(tmp_path) == {}


def test_an_error_midway_leaves_the_earlier_run(tmp_path: Path) -> None:
    out = earlier_run(tmp_path / "out")
    before = tree(tmp_path)
    with pytest.raises(RuntimeError), whole_folder(out, force=True) as fresh:
        (fresh / "rows.csv").write_text("half")
        raise RuntimeError
    assert tree(tmp_path) == before


def test_a_failing_last_step_brings_the_earlier_run_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = earlier_run(tmp_path / "out")
    before, rename = tree(tmp_path), Path.rename

    def refuse_fresh(self: Path, target: Path) -> Path:
        if self.name == "new":
            raise PermissionError("no")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", refuse_fresh)
    with pytest.raises(PermissionError), whole_folder(out, force=True):
        pass
    assert tree(tmp_path) == before


def test_force_replaces_all_of_an_earlier_run(tmp_path: Path) -> None:
    out = earlier_run(tmp_path / "out")
    with whole_folder(out, force=True) as fresh:
        (fresh / "config.json").write_text("new")
    assert tree(tmp_path) == {"out": "folder", "out/config.json": "new"}


def test_an_empty_folder_is_used(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    with whole_folder(tmp_path / "out", force=False) as fresh:
        (fresh / "a").write_text("new")
    assert tree(tmp_path) == {"out": "folder", "out/a": "new"}


def test_an_earlier_run_is_kept_without_force(tmp_path: Path) -> None:
    out = earlier_run(tmp_path / "out")
    with pytest.raises(ValueError, match=r"holds an earlier run.*--out.*--force"):
        check_target(out, force=False)
    check_target(out, force=True)


def test_force_spares_a_folder_of_something_else(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("all of it")
    with pytest.raises(ValueError, match=r"not empty and not from an earlier run"):
        check_target(tmp_path, force=True)


def test_a_target_that_cannot_be_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    (tmp_path / "link").symlink_to(tmp_path)
    for name in ("file", "link"):
        with pytest.raises(ValueError, match="exists and is no folder"):
            check_target(tmp_path / name, force=True)
    with pytest.raises(ValueError, match=re.escape("to write 'out' in; make it")):
        check_target(tmp_path / "absent" / "out", force=False)
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(ValueError, match="may not write in"):
        check_target(tmp_path / "out", force=False)
