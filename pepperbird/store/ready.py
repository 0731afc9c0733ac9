"""Whether the store can be used, asked with little: before a scan contacts anybody, and before SQLAlchemy is loaded.

Opening it for real happens while the machines are busy answering.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from pepperbird.errors import StoreError

BUSY_SECONDS = 15


class FailingError(StoreError):
    """The store as a whole cannot be read or written just now: locked, full, read-only, damaged."""


NO_MASTER = "no master key was given: name it in site.yaml (defaults: master_key) or in PEPPERBIRD_MASTER_KEY"


def require_store(path: Path) -> None:
    """Raise StoreError where the store at `path` could not be written; makes its folder and an empty file at most."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise FailingError(f"{path.parent}: the state directory cannot be made: {error.strerror}") from error
    try:
        with closing(sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None)) as connection:
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("ROLLBACK")
    except sqlite3.Error as error:
        raise FailingError(f"{path}: {words_of(str(error))} ({error}); nobody was contacted") from error


def require_master(path: Path, master: str | None) -> None:
    """Raise StoreError where the store is sealed under another master key than that of the id `master` (None: none)."""
    known = "SELECT 1 FROM sqlite_master WHERE name = 'agency_keys'"
    try:
        with closing(sqlite3.connect(path, timeout=BUSY_SECONDS)) as connection:
            if connection.execute(known).fetchone() is None:
                return
            used = connection.execute("SELECT DISTINCT master FROM agency_keys WHERE state = 'open'").fetchall()
    except sqlite3.Error as error:
        raise FailingError(f"{path}: {words_of(str(error))} ({error}); nobody was contacted") from error
    others = sorted(row[0][:8] for row in used if row[0] != master)
    if others:
        given = f"{master[:8]} was given" if master else NO_MASTER
        raise StoreError(f"{path}: sealed under the master key {', '.join(others)}; {given}; nobody was contacted")


def words_of(reason: str) -> str:
    """What SQLite says, in words for whoever runs the scan."""
    for sign, words in (
        ("locked", "another pepperbird is writing to the store; wait for it and run again"),
        ("readonly", "the store is read-only; give this account write access"),
        ("full", "the disk is full; free some space and run again"),
        (
            "unable to open",
            "the store cannot be opened; check the path, its rights, and whether its disk is read-only",
        ),
        ("not a database", "this file is not a pepperbird store; move it away"),
        ("malformed", "the store is damaged; restore it from its backup"),
    ):
        if sign in reason:
            return words
    return "the store refused"


def executor_of(path: Path) -> str:
    """The site whose schedules somebody carries out on the store at `path`, alive or not; '' where nobody does."""
    known = "SELECT 1 FROM sqlite_master WHERE name = 'executor'"
    if not path.exists():
        return ""
    try:
        with closing(sqlite3.connect(path, timeout=BUSY_SECONDS)) as connection:
            if connection.execute(known).fetchone() is None:
                return ""
            row = connection.execute("SELECT site FROM executor WHERE process <> ''").fetchone()
    except sqlite3.Error as error:
        raise FailingError(f"{path}: {words_of(str(error))} ({error}); nobody was contacted") from error
    return "" if row is None else str(row[0])
