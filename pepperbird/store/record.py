"""The statement about a run, written from what is stored: made once when it is finished, and again to verify it.

It speaks for every byte that judging used and gave: the plan, the register, the content, what each endpoint said, the
verdicts, postures and scores. Two statements that differ show which of them was changed.
"""

from __future__ import annotations

import hashlib
from typing import Any

from sqlalchemy import Connection, Row, select

from pepperbird.errors import StoreError
from pepperbird.model.run import Digests
from pepperbird.store import tables
from pepperbird.store.codec import expand, unpack
from pepperbird.store.ledger import Seal, ToRecord, append, unsigned
from pepperbird.trust.canonical import sha256
from pepperbird.trust.ledger import Entry, EntryKind
from pepperbird.trust.merkle import merkle_root
from pepperbird.trust.statement import Kind, Statement, Subject

DAMAGED = "sha256:" + "0" * 64
"""Stands for the digest of bytes that cannot be read; no bytes have it."""
_INPUTS = ("plan", "site", "memory")
_RESULTS = ("scores", "nation", "memory_after")


def describe_run(connection: Connection, run_id: str) -> Statement:
    """The statement about a finished run, every digest taken anew. Raises StoreError where its row is damaged."""
    row = connection.execute(select(tables.runs).where(tables.runs.c.id == run_id)).one()
    evidence = _evidence(connection, run_id)
    root = merkle_root(evidence)
    postures = connection.execute(
        select(tables.run_agencies.c.agency, tables.run_agencies.c.posture)
        .where(tables.run_agencies.c.run == run_id)
        .order_by(tables.run_agencies.c.agency)
    )
    digests: Digests = unpack(Digests, row.digests)
    return Statement(
        Kind.RUN,
        (Subject(f"run/{run_id}", root), *evidence),
        {
            "run": row.id,
            "at": row.at,
            "ended": row.ended,
            "scope": row.scope,
            "merkle_root": root,
            "evidence": len(evidence),
            "digests": {name: getattr(digests, name) for name in Digests.__dataclass_fields__},
            "inputs": {name: digest_of(getattr(row, name)) for name in _INPUTS}
            | {"content": _content(connection, row)},
            "previous": unpack(dict[str, str], row.previous) if row.previous else {},
            "results": {name: digest_of(getattr(row, name)) for name in _RESULTS}
            | {"verdicts": _verdicts(connection, run_id)},
            "postures": {one.agency: digest_of(one.posture) for one in postures},
        },
    )


def record_run(
    connection: Connection, run_id: str, at: str, put: Seal = unsigned, **details: Any
) -> tuple[bytes, Entry]:
    """Enter a finished run into the ledger. Gives the envelope of its statement, to be kept, and the entry."""
    envelope = put(describe_run(connection, run_id))
    about = envelope.statement.predicate
    said = {"merkle_root": about["merkle_root"], "evidence": about["evidence"], "key": envelope.key_id, **details}
    entry = append(connection, ToRecord(EntryKind.RUN, at, run_id, sha256(envelope.payload), said), put)
    return envelope.to_bytes(), entry


def enter_earlier(connection: Connection) -> None:
    """Enter the runs that were finished before there was a ledger, oldest first, marked as such."""
    rows = connection.execute(
        select(tables.runs.c.id, tables.runs.c.ended)
        .where(tables.runs.c.state == "finished")
        .order_by(tables.runs.c.id)
    )
    for row in rows.all():
        data, _ = record_run(connection, row.id, row.ended, entered="later")
        connection.execute(tables.runs.update().where(tables.runs.c.id == row.id), {"envelope": data})


def digest_of(blob: bytes | None) -> str:
    """Over what a compressed blob holds; `DAMAGED` where it cannot be read, '' where there is none."""
    if blob is None:
        return ""
    try:
        return sha256(expand(blob))
    except StoreError:
        return DAMAGED


def _evidence(connection: Connection, run_id: str) -> tuple[Subject, ...]:
    rows = connection.execute(
        select(tables.transcripts.c.endpoint, tables.transcripts.c.body)
        .where(tables.transcripts.c.run == run_id)
        .order_by(tables.transcripts.c.endpoint)
    )
    return tuple(Subject(row.endpoint, digest_of(row.body)) for row in rows)


def _content(connection: Connection, row: Row[Any]) -> str:
    kept = connection.execute(
        select(tables.contents.c.archive).where(tables.contents.c.digest == row.content_digest)
    ).first()
    return DAMAGED if kept is None else sha256(kept.archive)


def _verdicts(connection: Connection, run_id: str) -> str:
    columns = tables.verdicts.c
    names = ("agency", "control", "asset", "state", "severity", "enforcement")
    rows = connection.execute(
        select(*(columns[name] for name in names), columns.body)
        .where(columns.run == run_id)
        .order_by(columns.agency, columns.control, columns.asset)
    )
    total = hashlib.sha256()
    for row in rows:
        total.update("\0".join(str(part) for part in row[:-1]).encode() + b"\0")
        total.update(digest_of(row.body).encode() + b"\n")
    return "sha256:" + total.hexdigest()
