"""What is older than the site keeps it is taken out, each time with an entry of the ledger in the same transaction.

Kept whatever its age: the newest full run of each agency, which says where it stands, and the newest run of each that
left something to remember. The ledger, the key lists and the records of people are never pruned.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, delete, func, select
from sqlalchemy.dialects.sqlite import insert as upsert

from pepperbird.model.retention import Retention
from pepperbird.store import tables
from pepperbird.store.blobs import address_of
from pepperbird.store.database import reading, writing
from pepperbird.store.ledger import Seal, ToRecord, append, unsigned
from pepperbird.store.pieces import MEMORY_AFTER, POSTURE
from pepperbird.store.vault import EVIDENCE, PURGE
from pepperbird.trust.canonical import canonical, sha256
from pepperbird.trust.envelope import envelope_of
from pepperbird.trust.ledger import EVIDENCE_OF, EntryKind

TRANSCRIPTS, PARTIAL_RUNS, RUNS, EVERY_RUN = "transcripts", "partial_runs", "runs", "every_run"


@dataclass(frozen=True, slots=True)
class Pruned:
    """One thing that goes: what endpoints said in a run (`whole` False), or all of it. `pieces` counts endpoints."""

    run: str
    at: str
    whole: bool
    rule: str
    days: int
    pieces: int

    @property
    def named(self) -> str:
        """The rule in words."""
        return f"{self.rule}: {self.days} days"


def due(engine: Engine, path: Path, retention: Retention, at: str) -> list[Pruned]:
    """What would go at `at`, the oldest first."""
    with reading(engine, path) as connection:
        return list(_due(connection, retention, at))


def prune(engine: Engine, path: Path, retention: Retention, at: str, put: Seal = unsigned) -> list[Pruned]:
    """Take out what is due, all of it or nothing. Traces are left in the file until it is purged."""
    with writing(engine, path) as connection:
        going = list(_due(connection, retention, at))
        for one in going:
            _take_out(connection, one, at, put)
        if going:
            _forget(connection)
            connection.execute(upsert(tables.chores).on_conflict_do_nothing(), {"name": PURGE})
    return going


def _due(connection: Connection, retention: Retention, at: str) -> Iterator[Pruned]:
    needed = set(_needed(connection))
    heard, monthly = _heard(connection), set(_monthly(connection))
    columns = tables.runs.c
    query = select(columns.id, columns.at, columns.scope, columns.state).order_by(columns.id)
    for row in connection.execute(query).all():
        if row.id in needed:
            continue
        if found := _of(row, retention, at, heard.get(row.id, 0), monthly=row.id in monthly):
            yield found


def _of(row: Any, retention: Retention, at: str, pieces: int, *, monthly: bool) -> Pruned | None:
    """The rule that takes the most of a run goes first. `monthly`: it is the newest of its month of some agency."""
    passing = row.scope != "full" or row.state != "finished"
    rules = ((PARTIAL_RUNS, retention.partial_runs if passing else None, True), (RUNS, retention.runs, True),
             (EVERY_RUN, None if passing or monthly else retention.every_run, True),
             (TRANSCRIPTS, retention.transcripts if pieces else None, False))  # fmt: skip
    for rule, days, whole in rules:
        if days is not None and _age(row.at, at) > timedelta(days=days):
            return Pruned(row.id, row.at, whole, rule, days, pieces)
    return None


def _age(then: str, at: str) -> timedelta:
    return datetime.fromisoformat(at) - datetime.fromisoformat(then)


def _needed(connection: Connection) -> Iterator[str]:
    """The runs that say where an agency stands, and what is remembered of it; and those that go on."""
    yield from (row.run for row in connection.execute(select(tables.works.c.run)))
    columns = tables.pieces.c
    for name, full in ((POSTURE, True), (MEMORY_AFTER, False)):
        query = (
            select(func.max(columns.run))
            .join(tables.runs, tables.runs.c.id == columns.run)
            .where(columns.name == name, tables.runs.c.state == "finished")
            .group_by(columns.agency)
        )
        if full:
            query = query.where(tables.runs.c.scope == "full")
        yield from (row[0] for row in connection.execute(query))


def _monthly(connection: Connection) -> Iterator[str]:
    """The newest full run of each month of each agency."""
    run, agency = tables.run_agencies.c.run, tables.run_agencies.c.agency
    query = (
        select(func.max(run))
        .join(tables.runs, tables.runs.c.id == run)
        .where(tables.runs.c.state == "finished", tables.runs.c.scope == "full")
        .group_by(agency, func.substr(tables.runs.c.at, 1, 7))
    )
    yield from (row[0] for row in connection.execute(query))


def _heard(connection: Connection) -> dict[str, int]:
    run = tables.transcripts.c.run
    return {row[0]: row[1] for row in connection.execute(select(run, func.count()).group_by(run))}


def _take_out(connection: Connection, one: Pruned, at: str, put: Seal) -> None:
    data = connection.execute(select(tables.runs.c.envelope).where(tables.runs.c.id == one.run)).scalar()
    details: dict[str, Any] = {"rule": one.named, "days": one.days, "run_at": one.at, "evidence": one.pieces}
    if data is None:  # never finished: there is no statement about it
        columns = tables.transcripts.c
        query = select(columns.endpoint, columns.digest).where(columns.run == one.run).order_by(columns.endpoint)
        digest = sha256(canonical([list(row) for row in connection.execute(query)]))
    else:
        envelope = envelope_of(data)
        details["merkle_root"] = envelope.statement.predicate["merkle_root"]
        digest = sha256(envelope.payload) if one.whole else details["merkle_root"]
    if one.whole:
        connection.execute(delete(tables.runs).where(tables.runs.c.id == one.run))
    else:
        connection.execute(delete(tables.transcripts).where(tables.transcripts.c.run == one.run))
    subject = one.run if one.whole else one.run + EVIDENCE_OF
    append(connection, ToRecord(EntryKind.PRUNE, at, subject, digest, details), put)


def _forget(connection: Connection) -> None:
    """Contents of no run, and sealed blobs that nothing refers to any more, go with their keys."""
    connection.execute(
        delete(tables.contents).where(tables.contents.c.digest.not_in(select(tables.runs.c.content_digest)))
    )
    used = _referred(connection)
    for table in (tables.blob_keys, tables.blobs):
        known = [row[0] for row in connection.execute(select(table.c.address))]
        for address in known:
            if address not in used:
                connection.execute(delete(table).where(table.c.address == address))


def _referred(connection: Connection) -> Collection[str]:
    found: set[str] = set()
    for table, column, _ in EVIDENCE:
        kept = table.c[column]
        for row in connection.execute(select(kept).where(func.length(kept) == 33)):
            address = address_of(row[0])
            if address is not None:
                found.add(address.hex())
    return found
