"""Backup file: one tar.gz of a manifest and a copy of the store, that plain tar and gzip can open without pepperbird.

The manifest has the SHA-256 of the copy, how far the ledger had come, and what else must be kept. Nothing of a file is
believed: names, sizes and sums are compared, and what is no backup is named as such.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import os
import re
import tarfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final, Literal

from pydantic import ValidationError

from pepperbird.errors import StoreError
from pepperbird.model.base import Int, Model, Str
from pepperbird.model.text import clean

FORMAT: Final = "pepperbird-backup/1"
MANIFEST, DATABASE = "manifest.json", "pepperbird.db"
NAME: Final = re.compile(r"pepperbird-(\d{8}T\d{6}Z)\.tar\.gz")
ALSO_KEEP: Final = (
    "the site folder, with site.yaml, agencies/, known_hosts, keys.yaml and the documents",
    "the private keys that sign, and their passphrases",
    "the master key, where evidence is sealed: never beside this file; without it the evidence cannot be read",
)
_MOST: Final = 1 << 16
_CHUNK: Final = 1 << 20


class DamagedError(StoreError):
    """The file is no backup, or not whole."""


class Manifest(Model):
    """What a backup holds. `first` and `head` are hashes of the ledger's first and last entry, '' where it has none."""

    format: Literal["pepperbird-backup/1"]
    made: Str
    pepperbird: Str
    store_schema: Str
    bytes: Int
    sha256: Str
    runs: Int
    newest_run: Str
    entries: Int
    first: Str
    head: Str
    masters: tuple[Str, ...]
    also_keep: tuple[Str, ...] = ALSO_KEEP

    @property
    def checkpoint(self) -> str:
        """As reports print it; '' for an empty ledger."""
        return f"{self.entries}:{self.head}" if self.entries else ""


def name_of(at: str) -> str:
    """The name of a backup made at that time: names sort like times."""
    return f"pepperbird-{at.replace('-', '').replace(':', '')}.tar.gz"


def sha256_of(path: Path) -> str:
    """64 hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write_backup(path: Path, manifest: Manifest, database: Path) -> None:
    """Write a new file, mode 0600, and wait until it is on the disk. Raises OSError."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as raw:
        with (
            gzip.GzipFile(filename="", fileobj=raw, mode="wb", compresslevel=1, mtime=0) as packed,
            tarfile.open(fileobj=packed, mode="w|", format=tarfile.PAX_FORMAT) as tar,
        ):
            said = manifest.model_dump_json(indent=2).encode() + b"\n"
            tar.addfile(_member(MANIFEST, len(said)), io.BytesIO(said))
            with database.open("rb") as copy:
                tar.addfile(_member(DATABASE, manifest.bytes), copy)
        raw.flush()
        os.fsync(raw.fileno())


def _member(name: str, size: int) -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.size, member.mode = size, 0o600
    return member


def read_manifest(path: Path) -> Manifest:
    """What a backup says of itself; its copy is not read. Raises DamagedError, and OSError where it cannot be read."""
    with _opened(path) as (_, tar):
        return _manifest(path, tar)


def read_backup(path: Path, to: Path | None = None) -> Manifest:
    """Read a whole backup, comparing every sum, and write its copy of the store to `to` where that is given.

    Raises DamagedError, and OSError where a file cannot be read or written.
    """
    with _opened(path) as (packed, tar):
        manifest = _manifest(path, tar)
        member = tar.next()
        if member is None or member.name != DATABASE or not member.isreg() or member.size != manifest.bytes:
            raise DamagedError(f"{path}: damaged: the copy of the store is not as the manifest says")
        body = tar.extractfile(member)
        assert body is not None  # noqa: S101 - a regular file, see above
        if _copied(body, to) != manifest.sha256:
            raise DamagedError(f"{path}: damaged: the SHA-256 of the copy is not the one of the manifest")
        if tar.next() is not None:
            raise DamagedError(f"{path}: damaged: there is more in it than a backup has")
        while packed.read(_CHUNK):
            pass  # to the very end: only there gzip compares its own sum
    return manifest


def _copied(body: IO[bytes], to: Path | None) -> str:
    total = hashlib.sha256()
    handle = (
        os.open(os.devnull, os.O_WRONLY) if to is None else os.open(to, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    )
    with os.fdopen(handle, "wb") as file:
        while data := body.read(_CHUNK):
            total.update(data)
            file.write(data)
        file.flush()
        if to is not None:
            os.fsync(file.fileno())
    return total.hexdigest()


@contextmanager
def _opened(path: Path) -> Iterator[tuple[gzip.GzipFile, tarfile.TarFile]]:
    try:
        with gzip.open(path, "rb") as packed, tarfile.open(fileobj=packed, mode="r|") as tar:
            yield packed, tar
    except (tarfile.TarError, gzip.BadGzipFile, zlib.error, EOFError) as error:
        raise DamagedError(f"{path}: damaged, or no backup of pepperbird ({error})") from error


def _manifest(path: Path, tar: tarfile.TarFile) -> Manifest:
    member = tar.next()
    if member is None or member.name != MANIFEST or not member.isreg() or member.size > _MOST:
        raise DamagedError(f"{path}: no backup of pepperbird: it does not begin with {MANIFEST}")
    body = tar.extractfile(member)
    assert body is not None  # noqa: S101 - a regular file, see above
    try:
        return Manifest.model_validate_json(body.read())
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        if where == "format":
            raise DamagedError(f"{path}: a backup of another format than {FORMAT}; use a newer pepperbird") from None
        raise DamagedError(f"{path}: damaged: its manifest: {clean(where, 60)}: {first['msg']}") from None
