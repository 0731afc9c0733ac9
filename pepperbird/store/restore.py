"""Restore: a store out of a backup, verified and brought to this version's schema before it takes its place.

What stood there before is never overwritten: it is put aside, and only when nobody has it open.
"""

from __future__ import annotations

import fcntl
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final

from pepperbird.errors import StoreError, UsageError
from pepperbird.store.backup_file import Manifest, read_backup, read_manifest
from pepperbird.store.copy import holds, require_whole, said_of
from pepperbird.store.database import open_database
from pepperbird.store.lease import Holder
from pepperbird.store.tables import HEAD

_STAGE: Final = ".pepperbird-restore-"
_HELD: Final = "SELECT process, said, site, taken, beat, token, seconds FROM executor WHERE process <> ''"
_BESIDE: Final = ("-wal", "-shm")


@contextmanager
def unpacked(file: Path, folder: Path) -> Iterator[tuple[Manifest, Path]]:
    """The store out of a backup, verified and of this version's schema, in a folder of its own inside `folder`.

    Raises StoreError for one that is damaged or newer, and OSError where a file or the folder fails.
    """
    newer = read_manifest(file)
    if newer.store_schema > HEAD:
        raise StoreError(
            f"{file}: made by a newer pepperbird ({newer.pepperbird}, schema {newer.store_schema}, here {HEAD}); "
            "restore it with that version"
        )
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    stage = Path(tempfile.mkdtemp(prefix=_STAGE, dir=folder))
    try:
        copy = stage / "pepperbird.db"
        manifest = read_backup(file, copy)
        require_whole(copy, file)
        held = holds(copy, file)
        if (held.schema, held.entries, held.head) != (manifest.store_schema, manifest.entries, manifest.head):
            raise StoreError(f"{file}: damaged: the ledger in it is not as far as the manifest says")
        open_database(copy).dispose()
        yield manifest, copy
    finally:
        shutil.rmtree(stage, ignore_errors=True)


def require_free(target: Path, *, replace: bool, alive: Callable[[Holder], bool]) -> None:
    """Raise UsageError where a store stands at `target` that may not be replaced now."""
    if not target.exists():
        return
    if not replace:
        raise UsageError(f"{target}: a store is there already; --replace puts it aside, --to names another folder")
    holder = _holder(target)
    if holder is not None and alive(holder):
        raise UsageError(f"{target}: {holder.said} carries out schedules on it; stop that first, nothing was changed")


def place(copy: Path, target: Path, at: str, *, replace: bool, alive: Callable[[Holder], bool]) -> Path | None:
    """Put the unpacked store at `target`. Gives where the one that stood there was put, None where none did.

    Raises UsageError where one may not be replaced, and OSError where the folder fails.
    """
    _closed(copy)
    with target.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        require_free(target, replace=replace, alive=alive)
        aside = target.with_name(f"{target.name}.before-{at.replace('-', '').replace(':', '')}")
        if aside.exists():
            raise UsageError(f"{aside}: is there already; wait a second and run again")
        stood = target.exists()
        if stood:
            _fold(target)
        for ending in _BESIDE:  # a journal of another store would be played into this one
            left = target.with_name(target.name + ending)
            if left.exists():
                left.rename(aside.with_name(aside.name + ending))
        if stood:
            _put_aside(target, aside)
        copy.replace(target)
    return aside if stood else None


def _put_aside(target: Path, aside: Path) -> None:
    """Under both names at first, so that a power cut never leaves the place of the store empty."""
    try:
        aside.hardlink_to(target)
    except OSError:  # a file system without links
        target.rename(aside)


def _closed(copy: Path) -> None:
    """All of the copy is in its one file."""
    with said_of(copy), closing(sqlite3.connect(copy)) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        db.execute("PRAGMA journal_mode=DELETE")


def _fold(target: Path) -> None:
    """Bring the journal of the store into its file, which only whoever has it alone can do. Raises UsageError."""
    try:
        with closing(sqlite3.connect(target, timeout=1)) as db:
            db.execute("PRAGMA journal_mode=DELETE")
    except sqlite3.Error as error:
        if "locked" in str(error) or "busy" in str(error):
            raise UsageError(f"{target}: another pepperbird has it open; stop it first, nothing was changed") from None
        # a damaged store is what a restore is for: it goes aside as it lies there, with its journal


def _holder(target: Path) -> Holder | None:
    try:
        with closing(sqlite3.connect(target, timeout=1)) as db:
            row = db.execute(_HELD).fetchone()
    except sqlite3.Error:
        return None  # an older or damaged store, which nobody serves
    return None if row is None else Holder(*row)
