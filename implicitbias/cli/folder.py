"""An output folder that is written whole or not at all."""

import json
import os
import platform
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib import metadata
from pathlib import Path
from typing import Any

from implicitbias import __version__

SIGN = "config.json"  # every folder of ours holds one, so that --force cannot hit another
PACKAGES = ("numpy", "scipy", "pandas", "matplotlib", "scikit-learn")


def check_target(target: Path, force: bool) -> None:
    """ValueError where ``whole_folder`` would not write; to be called before the long work."""
    parent = target.absolute().parent
    if not parent.is_dir():
        raise ValueError(f"there is no folder {str(parent)!r} to write {target.name!r} in; make it")
    if not os.access(parent, os.W_OK | os.X_OK):
        raise ValueError(f"may not write in {str(parent)!r}; name another folder with --out")
    if target.is_symlink() or (target.exists() and not target.is_dir()):
        raise ValueError(f"{str(target)!r} exists and is no folder; name another one with --out")
    if target.is_dir() and any(target.iterdir()):
        if not (target / SIGN).is_file():
            raise ValueError(
                f"the folder {str(target)!r} is not empty and not from an earlier run (it has no "
                f"{SIGN}); name another one with --out"
            )
        if not force:
            raise ValueError(
                f"the folder {str(target)!r} holds an earlier run; name another one with --out, "
                "or replace all of it with --force"
            )


@contextmanager
def whole_folder(target: Path, force: bool) -> Iterator[Path]:
    """A folder beside ``target`` to write into, which takes its place if no error comes up.

    With ``force`` what an earlier run left at ``target`` is gone afterwards, all of it.
    """
    target = target.absolute()
    check_target(target, force)
    # Beside the target, so that the last step is a rename in one file system.
    with tempfile.TemporaryDirectory(prefix=f".{target.name}-", dir=target.parent) as workshop:
        fresh, old = Path(workshop, "new"), Path(workshop, "old")
        fresh.mkdir()  # not the workshop itself, which only its owner may read
        yield fresh
        try:
            if target.exists():
                target.rename(old)
            fresh.rename(target)
        finally:
            if old.exists() and not target.exists():
                old.rename(target)


def write_config(folder: Path, config: Mapping[str, Any]) -> None:
    """``config.json``: what was run, and with which versions. ValueError at nan and inf."""
    versions = {
        "implicitbias": __version__,
        "python": platform.python_version(),
        **{package: metadata.version(package) for package in PACKAGES},
    }
    text = json.dumps({**config, "versions": versions}, indent=2, allow_nan=False) + "\n"
    (folder / SIGN).write_text(text, encoding="utf-8")
