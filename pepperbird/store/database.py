"""Open the database: SQLite in WAL mode at a path, brought to the newest schema, every failure said in plain words."""

from __future__ import annotations

import fcntl
import sqlite3
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, inspect, text
from sqlalchemy.exc import DatabaseError, OperationalError

from pepperbird.errors import StoreError
from pepperbird.store.ready import BUSY_SECONDS, FailingError, require_store, words_of
from pepperbird.store.tables import HEAD

_IMMEDIATE = "pepperbird_immediate"
BEFORE_LEDGER = "0001"
BEFORE_STANDING = "0005"
_PRAGMAS = ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "secure_delete=ON")


def open_database(path: Path) -> Engine:
    """An engine on the SQLite file at `path`, created and migrated as needed. Raises StoreError."""
    require_store(path)
    engine = create_engine(f"sqlite:///{path}", connect_args={"timeout": BUSY_SECONDS})
    event.listen(engine, "connect", _pragmas)
    event.listen(engine, "begin", _begin)
    with translated(path), engine.connect() as connection:
        current = _version(connection)
    if current != HEAD:
        with _alone(path), translated(path):
            _migrate(engine, path)
    path.chmod(0o600)
    return engine


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Held by one process at a time: two that find a new store must not both build it."""
    with path.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@contextmanager
def writing(engine: Engine, path: Path) -> Iterator[Connection]:
    """One transaction that writes. It takes its turn before it reads: what it reads is still so when it writes."""
    with translated(path), engine.connect().execution_options(**{_IMMEDIATE: True}) as connection, connection.begin():
        yield connection


@contextmanager
def reading(engine: Engine, path: Path) -> Iterator[Connection]:
    """One consistent view of everything."""
    with translated(path), engine.connect() as connection:
        yield connection


def _begin(connection: Connection) -> None:
    """Transactions are begun here and not by the driver, which would begin them after the first read."""
    connection.exec_driver_sql("BEGIN IMMEDIATE" if connection.get_execution_options().get(_IMMEDIATE) else "BEGIN")


def _pragmas(connection: Any, _record: object) -> None:
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in _PRAGMAS:
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _migrate(engine: Engine, path: Path) -> None:
    with engine.begin() as connection:
        current = _version(connection)
        if current == HEAD:
            return
        if current is not None and current > HEAD:
            raise StoreError(f"{path}: written by a newer pepperbird (schema {current}, here {HEAD}); upgrade this one")
        from alembic import command
        from alembic.config import Config

        config = Config()
        config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
        config.attributes["connection"] = connection
        try:
            command.upgrade(config, HEAD)
        except (zlib.error, ValueError, KeyError) as error:
            raise StoreError(
                f"{path}: an earlier run in it is damaged ({error}); restore it from its backup"
            ) from error
        if current == BEFORE_LEDGER:
            from pepperbird.store.record import enter_earlier

            enter_earlier(connection)
        if current is not None and current <= BEFORE_STANDING:
            from pepperbird.store.record import stand_earlier

            stand_earlier(connection)


def _version(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    row = connection.execute(text("SELECT version_num FROM alembic_version")).first()
    return None if row is None else str(row[0])


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """Turn what the database raises into a StoreError that says what to do."""
    try:
        yield
    except (OperationalError, DatabaseError, sqlite3.Error) as error:
        reason = str(getattr(error, "orig", error))
        raise FailingError(f"{path}: {words_of(reason)} ({reason}); nothing was half-written") from error
