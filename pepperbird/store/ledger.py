"""The ledger as it is kept: entries are appended in the transaction of what they record, and by nobody else."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, insert, select
from sqlalchemy.dialects.sqlite import insert as upsert

from pepperbird.model.run import Record
from pepperbird.store import tables
from pepperbird.store.database import reading, writing
from pepperbird.trust.envelope import Envelope, envelope_of, seal
from pepperbird.trust.keylist import SignedKeys, follow, verified
from pepperbird.trust.keyring import KeyRing, ring_of
from pepperbird.trust.ledger import NOTHING_BEFORE, Checkpoint, Entry, EntryKind, entry_of
from pepperbird.trust.statement import Statement

Seal = Callable[[Statement], Envelope]
"""Puts a statement into an envelope, signed or not."""


def unsigned(statement: Statement) -> Envelope:
    return seal(statement)


@dataclass(frozen=True, slots=True)
class ToRecord:
    """What an entry is about: `subject` names it, `digest` is over its bytes."""

    kind: EntryKind
    at: str
    subject: str
    digest: str
    details: Mapping[str, Any] = field(default_factory=dict)


def append(connection: Connection, what: ToRecord, put: Seal = unsigned) -> Entry:
    """Append an entry. `connection` is one of `database.writing`, in which what it records is written too."""
    head = connection.execute(
        select(tables.ledger.c.number, tables.ledger.c.hash).order_by(tables.ledger.c.number.desc()).limit(1)
    ).first()
    number, previous = (1, NOTHING_BEFORE) if head is None else (head.number + 1, head.hash)
    entry = Entry(number, what.kind, what.at, what.subject, what.digest, what.details, previous)
    connection.execute(
        insert(tables.ledger),
        {
            "number": number,
            "kind": str(what.kind),
            "subject": what.subject,
            "previous": previous,
            "hash": entry.hash,
            "body": entry.body(),
            "checkpoint": put(Checkpoint(number, entry.hash).statement()).to_bytes(),
        },
    )
    return entry


def newest_at(connection: Connection) -> str:
    """When the newest entry was made; '' before the first. Raises TrustError where it is damaged."""
    body = connection.execute(select(tables.ledger.c.body).order_by(tables.ledger.c.number.desc()).limit(1)).scalar()
    return "" if body is None else entry_of(body).at


def record_of(connection: Connection, run_id: str, *, sealed: bool = False) -> Record | None:
    """Where a run stands in the ledger; None where it does not."""
    row = connection.execute(
        select(tables.ledger.c.number, tables.ledger.c.hash, tables.ledger.c.checkpoint)
        .where(tables.ledger.c.kind == str(EntryKind.RUN), tables.ledger.c.subject == run_id)
        .order_by(tables.ledger.c.number)
    ).first()
    return None if row is None else Record(row.number, row.hash, envelope_of(row.checkpoint).key_id, sealed)


@dataclass(frozen=True, slots=True)
class Kept:
    """One row of the ledger, as it lies there."""

    number: int
    kind: str
    subject: str
    hash: str
    body: bytes
    checkpoint: bytes


class Ledger:
    """The ledger of one store. Methods raise StoreError, and TrustError for what does not hold."""

    def __init__(self, engine: Engine, path: Path) -> None:
        self._engine, self._path = engine, path

    def rows(self) -> list[Kept]:
        """Every row in the order of the numbers."""
        with reading(self._engine, self._path) as connection:
            return list(_rows(connection))

    def key_lists(self) -> dict[str, bytes]:
        """Every recorded key list by its digest, as an envelope's bytes."""
        with reading(self._engine, self._path) as connection:
            return {row.digest: row.envelope for row in connection.execute(select(tables.key_lists))}

    def ring(self) -> KeyRing:
        """Who may sign what, by all lists that were recorded."""
        with reading(self._engine, self._path) as connection:
            return ring_in(connection)

    def record_keys(self, signed: SignedKeys, at: str) -> bool:
        """Record a key list where it is a new one. Raises TrustError for one that may not follow what was recorded."""
        with writing(self._engine, self._path) as connection:
            newest = ring_in(connection).newest
            if newest is not None:
                if newest.digest == signed.digest:
                    return False
                follow(newest, signed)
            connection.execute(
                upsert(tables.key_lists).on_conflict_do_nothing(),
                {"digest": signed.digest, "envelope": signed.envelope.to_bytes()},
            )
            details = {"serial": signed.keys.serial, "root": signed.keys.root}
            append(connection, ToRecord(EntryKind.KEY, at, "keys.yaml", signed.digest, details))
        return True


def _rows(connection: Connection) -> Iterator[Kept]:
    columns = (tables.ledger.c[name] for name in ("number", "kind", "subject", "hash", "body", "checkpoint"))
    for row in connection.execute(select(*columns).order_by(tables.ledger.c.number)):
        yield Kept(*row)


def ring_in(connection: Connection) -> KeyRing:
    """Who may sign what, by the lists recorded so far. Raises TrustError where one is damaged."""
    lists = {row.digest: row.envelope for row in connection.execute(select(tables.key_lists))}
    return ring_from([row for row in _rows(connection) if row.kind == str(EntryKind.KEY)], lists)


def ring_from(rows: list[Kept], lists: Mapping[str, bytes]) -> KeyRing:
    """The ring of the key entries among `rows`. Raises TrustError for an entry or list that is damaged or gone."""
    from pepperbird.errors import TrustError

    history = []
    for row in rows:
        digest = entry_of(row.body).digest
        if digest not in lists:
            raise TrustError(f"ledger entry {row.number} records a key list that is gone")
        signed = verified(envelope_of(lists[digest]))
        if signed.digest != digest:
            raise TrustError(f"ledger entry {row.number} records another key list than the one that is kept")
        history.append((row.number, signed))
    return ring_of(history)
