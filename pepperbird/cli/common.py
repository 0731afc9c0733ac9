"""What several commands share: where the site and the state are, and writing so that nothing is ever half-written."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path

from pepperbird.errors import UsageError

SITE_FILE = "site.yaml"
STORE = "pepperbird.db"


def site_directory(path: Path | None) -> Path:
    """The site folder: the one named, else the current folder where it holds site.yaml. Raises UsageError."""
    folder = path if path is not None else Path()
    if (folder / SITE_FILE).is_file():
        return folder
    if path is None:
        raise UsageError(
            "this folder is not a site (it has no site.yaml); name one with --site DIRECTORY, "
            "or write a new one with `pepperbird init DIRECTORY`"
        )
    what = "has no site.yaml" if folder.is_dir() else "is not a folder"
    raise UsageError(f"{folder}: {what}; name a site folder, or write a new one with `pepperbird init {folder}`")


def state_directory() -> Path:
    """Where runs and the store are kept: PEPPERBIRD_HOME, else the XDG state folder. Nothing is made here."""
    named = os.environ.get("PEPPERBIRD_HOME")
    if named:
        return Path(named)
    xdg = os.environ.get("XDG_STATE_HOME", "")
    if Path(xdg).is_absolute():
        return Path(xdg) / "pepperbird"
    try:
        return Path.home() / ".local" / "state" / "pepperbird"
    except RuntimeError as error:
        raise UsageError("this account has no home folder; set PEPPERBIRD_HOME to a folder for runs") from error


def write_atomically(path: Path, data: bytes) -> None:
    """Put `data` at `path` whole or not at all; an existing file keeps its mode. Raises UsageError."""
    write_all_atomically({path: data})


def write_all_atomically(files: Mapping[Path, bytes]) -> None:
    """Write every file beside its place first, and only when all are safely on disk put them there.

    Missing folders are made. Raises UsageError in plain words; then no file of `files` has changed, unless the disk
    itself failed between two renames.
    """
    staged: list[tuple[str, Path]] = []
    path = Path()
    try:
        for path, data in files.items():
            staged.append((_stage(path, data), path))
        while staged:
            temporary, path = staged[0]
            Path(temporary).replace(path.resolve())
            staged.pop(0)
    except OSError as error:
        raise UsageError(f"{path}: cannot be written: {words(error)}") from error
    finally:
        for temporary, _ in staged:
            Path(temporary).unlink(missing_ok=True)


def _stage(path: Path, data: bytes) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.is_dir():
        raise IsADirectoryError(21, "it is a folder")
    target = path.resolve()
    handle, temporary = tempfile.mkstemp(prefix=f".{target.name[:100]}.", dir=target.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).chmod(target.stat().st_mode & 0o7777 if target.exists() else 0o666 & ~_umask())
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    return temporary


def _umask() -> int:
    current = os.umask(0o077)
    os.umask(current)
    return current


def words(error: OSError) -> str:
    """Why a file cannot be written and what to do, for people."""
    known = {
        1: "this account may not; use an account with the right",
        13: "this account may not write there; choose another place or an account with the right",
        20: "part of the path is a file; choose another place",
        21: "it is a folder; name a file",
        28: "the disk is full; free some space",
        30: "the disk is read-only; choose another place",
        36: "the name is too long; choose a shorter one",
    }
    return known.get(error.errno or 0, error.strerror or type(error).__name__)
