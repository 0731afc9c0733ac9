"""Backup: a verified copy of a store, put under its final name only when it is whole, and old ones taken away.

One that is killed leaves a folder whose name begins with a dot, which the next one removes. Of old backups only those
of the same store are taken away, never one whose ledger this store does not go on from.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pepperbird.errors import StoreError, UsageError
from pepperbird.store.backup_file import (
    FORMAT,
    NAME,
    DamagedError,
    Manifest,
    name_of,
    read_backup,
    read_manifest,
    sha256_of,
    write_backup,
)
from pepperbird.store.copy import Holds, copy_store, hash_at, holds, require_whole

_LOCK: Final = ".pepperbird-backup.lock"
_STAGE: Final = ".pepperbird-backup-"


@dataclass(frozen=True, slots=True)
class Made:
    """A backup that was made and verified. `removed` older ones went; `warnings` say what is wrong with others."""

    path: Path
    manifest: Manifest
    sha256: str
    removed: tuple[Path, ...] = ()
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Keep:
    """Which backups stay: the newest `newest` (None: all), and the newest of each of the last `months`."""

    newest: int | None = None
    months: int = 0

    def going(self, names: list[str], made: str) -> list[str]:
        """Which of `names` go. `made` is the one just made, which stays whatever the clock said before."""
        if self.newest is None:
            return []
        every = sorted([*names, made], reverse=True)
        monthly: dict[str, str] = {}
        for name in every:
            monthly.setdefault(name.removeprefix("pepperbird-")[:6], name)
        others = sorted(names, reverse=True)
        stay = {made, *others[: max(self.newest, 1) - 1], *list(monthly.values())[: self.months]}
        return [name for name in others if name not in stay]


@dataclass(frozen=True, slots=True)
class Found:
    """A file that is named like a backup; `manifest` is None where it cannot be read."""

    path: Path
    manifest: Manifest | None
    said: str = ""


def backup(store: Path, folder: Path, at: str, program: str, keep: Keep = Keep()) -> Made:
    """Make a backup of `store` in `folder`, and take away those that `keep` lets go. `program` is our version.

    Raises StoreError and UsageError, and OSError where the folder fails; then nothing of it is left.
    """
    if not store.is_file():
        raise UsageError(f"{store}: no store, so nothing to back up; PEPPERBIRD_HOME names the folder that holds it")
    if not folder.is_dir():
        raise UsageError(f"{folder}: no such folder; make it, or mount the disk that it is on")
    with _alone(folder), _stage(folder) as stage:
        copy = stage / "copy.db"
        copy_store(store, copy)
        require_whole(copy, store)
        manifest = _manifest_of(copy, holds(copy, store), at, program)
        if manifest.entries and hash_at(store, manifest.entries) != manifest.head:
            raise StoreError(f"{store}: its ledger is not the one of the copy just made; nothing was kept, try again")
        staged, final = stage / "backup.tar.gz", folder / name_of(at)
        write_backup(staged, manifest, copy)
        if read_backup(staged) != manifest:
            raise DamagedError(f"{folder}: what was written reads back otherwise; the disk may be failing")
        total = sha256_of(staged)
        if final.exists():
            raise UsageError(f"{final}: is there already; wait a second and run again")
        staged.rename(final)
        _sync(folder)
        removed, warnings = _rotate(folder, final, manifest, copy, keep)
    return Made(final, manifest, total, removed, warnings)


def backups_in(folder: Path) -> list[Found]:
    """What is named like a backup in a folder, the newest first. Raises OSError where the folder cannot be read."""
    return [_found(one) for one in sorted(folder.iterdir(), reverse=True) if NAME.fullmatch(one.name)]


def _found(path: Path) -> Found:
    try:
        return Found(path, read_manifest(path))
    except DamagedError as error:
        return Found(path, None, str(error))
    except OSError as error:
        return Found(path, None, f"{path}: cannot be read: {error.strerror}")


def _manifest_of(copy: Path, held: Holds, at: str, program: str) -> Manifest:
    return Manifest(
        format=FORMAT, made=at, pepperbird=program, store_schema=held.schema, bytes=copy.stat().st_size,
        sha256=sha256_of(copy), runs=held.runs, newest_run=held.newest_run, entries=held.entries, first=held.first,
        head=held.head, masters=held.masters,
    )  # fmt: skip


def _rotate(
    folder: Path, made: Path, manifest: Manifest, copy: Path, keep: Keep
) -> tuple[tuple[Path, ...], tuple[str, ...]]:
    """The one just made was read back and is never taken away; the rest is only where the store goes on from it."""
    mine, warnings, forked = [], [], False
    for one in backups_in(folder):
        if one.path == made:
            continue
        if one.manifest is None:
            warnings.append(f"{one.said}; it is kept and not counted")
        elif one.manifest.first and one.manifest.first != manifest.first:
            warnings.append(f"{one.path}: of another store, whose ledger began otherwise; it is kept and not counted")
        elif one.manifest.entries and hash_at(copy, one.manifest.entries) != one.manifest.head:
            forked = True
            warnings.append(
                f"{one.path}: its ledger had {one.manifest.entries} entries that this store does not go on from: "
                "the store was cut, or an older one restored; none was taken away. Once you know why, move it elsewhere"
            )
        else:
            mine.append(one)
    going = [] if forked else [folder / name for name in keep.going([one.path.name for one in mine], made.name)]
    for path in going:
        path.unlink()
    return tuple(going), tuple(warnings)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Held by one backup at a time, so that what others left behind can be told from what is being written."""
    with (folder / _LOCK).open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise UsageError(f"{folder}: another backup is being written there; wait for it") from None
        for left in folder.glob(f"{_STAGE}*.part"):
            shutil.rmtree(left, ignore_errors=True)
        yield


@contextmanager
def _stage(folder: Path) -> Iterator[Path]:
    stage = Path(tempfile.mkdtemp(prefix=_STAGE, suffix=".part", dir=folder))
    try:
        yield stage
    finally:
        shutil.rmtree(stage, ignore_errors=True)


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
