"""A consistent copy of a store while others write to it, and what such a copy holds. Nothing here migrates a store."""

from __future__ import annotations

import errno
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from pepperbird.errors import StoreError
from pepperbird.store.ready import BUSY_SECONDS, FailingError, words_of


@dataclass(frozen=True, slots=True)
class Holds:
    """What is in a store: its schema, runs, and how far its ledger has come."""

    schema: str
    runs: int
    newest_run: str
    entries: int
    first: str
    head: str
    masters: tuple[str, ...]


def copy_store(path: Path, to: Path) -> None:
    """Copy the store as it is at one moment; writers neither wait nor are seen in part.

    Raises StoreError, and OSError where there is no room for the copy.
    """
    try:
        with closing(_read_only(path)) as source, closing(sqlite3.connect(to)) as target:
            source.backup(target)
            target.execute("PRAGMA journal_mode=DELETE")
    except sqlite3.Error as error:
        if "full" in str(error):
            raise OSError(errno.ENOSPC, "no room for the copy", str(to.parent)) from error
        raise FailingError(f"{path}: {words_of(str(error))} ({error})") from error


def require_whole(path: Path, named: Path) -> None:
    """Raise StoreError where SQLite finds the file damaged, which is a copy of what is `named`."""
    with said_of(named), closing(_read_only(path)) as db:
        found = [str(row[0]) for row in db.execute("PRAGMA integrity_check(3)")]
    if found != ["ok"]:
        raise StoreError(f"{named}: the store is damaged ({'; '.join(found)}); restore the newest good backup")


def holds(path: Path, named: Path | None = None) -> Holds:
    """What is in the store, of whatever schema. Raises StoreError where it is none, which says what it was `named`."""
    with said_of(named or path), closing(_read_only(path)) as db:
        tables = {row[0] for row in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        if not {"alembic_version", "runs"} <= tables:
            raise StoreError(f"{named or path}: nothing was ever recorded in it, or it is no pepperbird store")
        schema = str(db.execute("SELECT version_num FROM alembic_version").fetchone()[0])
        runs, newest = db.execute("SELECT count(*), coalesce(max(id), '') FROM runs").fetchone()
        first = last = (0, "")
        if "ledger" in tables:
            query = "SELECT number, hash FROM ledger ORDER BY number"
            first = db.execute(f"{query} LIMIT 1").fetchone() or first
            last = db.execute(f"{query} DESC LIMIT 1").fetchone() or last
        masters: tuple[str, ...] = ()
        if "agency_keys" in tables:
            known = db.execute("SELECT DISTINCT master FROM agency_keys WHERE state = 'open'")
            masters = tuple(str(row[0]) for row in known)
    return Holds(schema, runs, newest, last[0], first[1], last[1], tuple(sorted(masters)))


def hash_at(path: Path, number: int) -> str:
    """The hash of that entry of the ledger; '' where it has none."""
    with said_of(path), closing(_read_only(path)) as db:
        if db.execute("SELECT 1 FROM sqlite_master WHERE name = 'ledger'").fetchone() is None:
            return ""
        row = db.execute("SELECT hash FROM ledger WHERE number = ?", (number,)).fetchone()
    return "" if row is None else str(row[0])


def run_times(path: Path) -> list[str]:
    """When each run was begun."""
    with said_of(path), closing(_read_only(path)) as db:
        return [str(row[0]) for row in db.execute("SELECT at FROM runs")]


def _read_only(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=BUSY_SECONDS)


@contextmanager
def said_of(path: Path) -> Iterator[None]:
    """Turn what SQLite raises into a StoreError that says what to do."""
    try:
        yield
    except sqlite3.Error as error:
        raise FailingError(f"{path}: {words_of(str(error))} ({error})") from error
