"""Changing how a store is sealed: earlier evidence, other keys, keys that are lost. Each change is in the ledger.

Keys are wrapped anew; the bodies of sealed blobs are never written again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import (
    Connection,
    Engine,
    LargeBinary,
    Table,
    and_,
    delete,
    func,
    insert,
    literal,
    literal_column,
    select,
    update,
)
from sqlalchemy.dialects.sqlite import insert as upsert
from sqlalchemy.exc import OperationalError

from pepperbird.errors import StoreError, TrustError, UsageError
from pepperbird.store import tables
from pepperbird.store.blobs import LOST, OPEN, REFERENCE, Blobs, KeyRow, key_row, key_rows
from pepperbird.store.database import reading, translated, writing
from pepperbird.store.ledger import Seal, ToRecord, append, unsigned
from pepperbird.store.pieces import agency_of
from pepperbird.store.series_tables import begun_standing
from pepperbird.store.signed import SEALED
from pepperbird.trust.canonical import canonical, sha256
from pepperbird.trust.ledger import EntryKind
from pepperbird.trust.vault import AgencyKeys, Master

PURGE = "purge"
EVIDENCE: tuple[tuple[Table, str, str], ...] = (
    (tables.transcripts, "body", "endpoint"),
    (tables.transcripts, "envelope", "endpoint"),
    (tables.pieces, "body", "agency"),
    (tables.records, "envelope", "agency"),
    (begun_standing, "body", "agency"),
)
"""Every column that holds an agency's evidence: table, column, and the column that says whose it is."""


@dataclass(frozen=True, slots=True)
class VaultState:
    """How a store is sealed: the ids of the master keys in use, its agencies, and how much lies in clear."""

    masters: tuple[str, ...]
    agencies: tuple[str, ...]
    lost: tuple[str, ...]
    clear: int


class Vault:
    """The sealing of one store. Methods raise StoreError and UsageError."""

    def __init__(self, engine: Engine, path: Path, blobs: Blobs) -> None:
        self._engine, self._path, self._blobs = engine, path, blobs

    def state(self) -> VaultState:
        with reading(self._engine, self._path) as connection:
            rows = key_rows(connection)
            usable = [row for row in rows if row.state == OPEN]
            clear = sum(len(_in_clear(connection, *one)) for one in EVIDENCE)
        return VaultState(
            tuple(sorted({row.master for row in usable})),
            tuple(sorted({row.agency for row in usable})),
            tuple(sorted({row.agency for row in rows if row.state == LOST})),
            clear,
        )

    def seal_earlier(self, at: str, put: Seal = unsigned) -> int:
        """Seal what lies in clear from before there was a master key, and take its traces out of the file.

        Gives how many records were sealed. Without a master key nothing is done.
        """
        master, done = self._blobs.master, 0
        if master is not None:
            with writing(self._engine, self._path) as connection:
                for table, column, whose in EVIDENCE:
                    done += self._seal_column(connection, table, column, whose)
                if done:
                    _enter(connection, "sealed", at, {"records": done, "master": master.id}, put)
        self.purge()
        return done

    def _seal_column(self, connection: Connection, table: Table, column: str, whose: str) -> int:
        rows = _in_clear(connection, table, column, whose)
        if rows:
            connection.execute(upsert(tables.chores).on_conflict_do_nothing(), {"name": PURGE})
        rowid = literal_rowid(table)
        for number, owner in rows:
            data = connection.execute(select(table.c[column]).where(rowid == number)).scalar_one()
            sealed = self._blobs.put(connection, agency_of(owner), data)
            connection.execute(update(table).where(rowid == number), {column: sealed})
        return len(rows)

    def purge(self) -> bool:
        """Take the traces of what was taken out of the store out of its file. False where another process holds it.

        Free pages are overwritten when they are freed; this writes the file anew and empties the journal.
        """
        with reading(self._engine, self._path) as connection:
            if connection.execute(select(tables.chores).where(tables.chores.c.name == PURGE)).first() is None:
                return True
        try:
            with translated(self._path):
                self._emptied("VACUUM")
        except (StoreError, OperationalError):
            return False
        if not self._emptied():
            return False
        with writing(self._engine, self._path) as connection:
            connection.execute(delete(tables.chores).where(tables.chores.c.name == PURGE))
        return self._emptied()

    def _emptied(self, first: str | None = None) -> bool:
        """Everything of the journal is in the file, and the journal holds nothing."""
        raw = self._engine.raw_connection()
        try:
            cursor = raw.cursor()
            if first is not None:
                cursor.execute(first)
            busy = cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
            cursor.close()
        finally:
            raw.close()
        return not busy

    def change_master(self, new: Master, at: str, put: Seal = unsigned) -> int:
        """Wrap every agency's keys by `new`. Gives how many. Raises UsageError where one does not open."""
        with writing(self._engine, self._path) as connection:
            rows = [row for row in key_rows(connection) if row.state == OPEN]
            opened = [self._open(row) for row in rows]
            for keys in opened:
                connection.execute(_of(keys), {"master": new.id, "wrapped": new.wrap(keys)})
            details = {"agencies": len(rows), "master": new.id}
            _enter(connection, "master key changed", at, details, put)
        self._blobs.master = new
        self._blobs.forget()
        self._emptied()
        return len(rows)

    def change_agency(self, agency: str, at: str, put: Seal = unsigned) -> int:
        """Give an agency another key and wrap the keys of its blobs by it. Gives how many."""
        with writing(self._engine, self._path) as connection:
            rows = [row for row in key_rows(connection) if row.state == OPEN and row.agency == agency]
            if not rows:
                raise UsageError(f"nothing of an agency {agency!r} is sealed in this store")
            old = self._open(rows[-1])
            new = old.next()
            columns = tables.blob_keys.c
            mine = and_(columns.agency == agency, columns.generation == old.generation)
            kept = connection.execute(select(columns.address, columns.wrapped).where(mine)).all()
            for row in kept:
                address = bytes.fromhex(row.address)
                wrapped = new.wrap(_unwrapped(old, row.wrapped, address), address)
                connection.execute(
                    update(tables.blob_keys).where(columns.address == row.address),
                    {"wrapped": wrapped, "generation": new.generation},
                )
            connection.execute(insert(tables.agency_keys), key_row(self._master(), new))
            connection.execute(delete(tables.agency_keys).where(*_row_of(old)))
            _enter(connection, f"agency/{agency}", at, {"records": len(kept), "generation": new.generation}, put)
        self._blobs.forget()
        self._emptied()
        return len(kept)

    def declare_lost(self, agency: str | None, reason: str, at: str, put: Seal = unsigned) -> tuple[str, ...]:
        """Give up the keys that do not open, of one agency or of all. Gives whose. What they sealed stays unreadable.

        Raises UsageError where there are none.
        """
        with writing(self._engine, self._path) as connection:
            rows = [row for row in key_rows(connection) if row.state == OPEN and agency in (None, row.agency)]
            gone = [row for row in rows if not self._opens(row)]
            if not gone:
                raise UsageError("no key is lost: each one that is kept opens with the master key that was given")
            for row in gone:
                found = tables.agency_keys.c
                where = and_(found.agency == row.agency, found.generation == row.generation)
                connection.execute(update(tables.agency_keys).where(where), {"state": LOST})
                details = {"generation": row.generation, "lost": reason}
                _enter(connection, f"agency/{row.agency}", at, details, put)
        self._blobs.forget()
        return tuple(row.agency for row in gone)

    def _open(self, row: KeyRow) -> AgencyKeys:
        try:
            return self._master().unwrap(row.wrapped, row.agency, row.generation)
        except TrustError as error:
            raise UsageError(f"{error}; see `pepperbird keys lost` where it is lost") from None

    def _master(self) -> Master:
        if self._blobs.master is None:
            raise UsageError("no master key was given; name it in site.yaml (defaults: master_key)")
        return self._blobs.master

    def _opens(self, row: KeyRow) -> bool:
        try:
            self._open(row)
        except UsageError:
            return False
        return True


def literal_rowid(table: Table) -> Any:
    """SQLite's own number of a row."""
    return literal_column(f"{table.name}.rowid")


def _in_clear(connection: Connection, table: Table, column: str, whose: str) -> list[tuple[int, str]]:
    """(row, owner) of everything in a column that is not sealed."""
    kept = table.c[column]
    query = select(literal_rowid(table), table.c[whose]).where(
        func.length(kept) > 0, func.substr(kept, 1, 1) != literal(REFERENCE, LargeBinary)
    )
    if table is tables.records:
        query = query.where(table.c.kind.in_([str(one) for one in SEALED]), table.c.agency != "")
    return [(row[0], row[1]) for row in connection.execute(query)]


def _unwrapped(keys: AgencyKeys, wrapped: bytes, address: bytes) -> bytes:
    try:
        return keys.unwrap(wrapped, address)
    except TrustError as error:
        raise UsageError(f"{error}: `pepperbird verify` says where; nothing was changed") from None


def _of(keys: AgencyKeys) -> Any:
    return update(tables.agency_keys).where(*_row_of(keys))


def _row_of(keys: AgencyKeys) -> tuple[Any, Any]:
    columns = tables.agency_keys.c
    return columns.agency == keys.agency, columns.generation == keys.generation


def _enter(connection: Connection, subject: str, at: str, details: Mapping[str, Any], put: Seal) -> None:
    append(connection, ToRecord(EntryKind.VAULT, at, subject, sha256(canonical(dict(details))), dict(details)), put)
