"""A finished run is entered into the ledger, with the statement about it, which is made from what is stored."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, select

from pepperbird.model.plan import FULL, Plan
from pepperbird.model.run import Digests, Run
from pepperbird.model.scores import AgencyScore, NationScore
from pepperbird.model.verdict import PostureEntry
from pepperbird.store import tables
from pepperbird.store.blobs import Blobs, UnreadableError
from pepperbird.store.codec import unpack
from pepperbird.store.ledger import Seal, ToRecord, append, unsigned
from pepperbird.store.parts import statement_in
from pepperbird.store.pieces import POSTURE, get_pieces
from pepperbird.store.standing import Around, keep_standing
from pepperbird.trust.canonical import sha256
from pepperbird.trust.ledger import Entry, EntryKind


def record_run(
    connection: Connection, blobs: Blobs, run_id: str, at: str, put: Seal = unsigned, **details: Any
) -> tuple[bytes, Entry]:
    """Enter a finished run into the ledger. Gives the envelope of its statement, to be kept, and the entry."""
    envelope = put(statement_in(connection, blobs, run_id))
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
    blobs = Blobs()
    for row in rows.all():
        data, _ = record_run(connection, blobs, row.id, row.ended, entered="later")
        connection.execute(tables.runs.update().where(tables.runs.c.id == row.id), {"envelope": data})


def stand_earlier(connection: Connection) -> None:
    """Keep how agencies stood after the full runs that were finished before that was kept, oldest first.

    What was overdue then is not known any more; of what is sealed the figures alone are kept.
    """
    rows = connection.execute(
        select(tables.runs)
        .where(tables.runs.c.state == "finished", tables.runs.c.scope == FULL)
        .order_by(tables.runs.c.id)
    )
    blobs = Blobs()
    for row in rows.all():
        plan = unpack(Plan, row.plan)
        posture: list[PostureEntry] = []
        unread = []
        for agency in plan.agencies:
            try:
                posture += get_pieces(connection, blobs, row.id, POSTURE, (agency,)).get(agency, ())
            except UnreadableError:
                unread.append(agency)
        run = Run(
            row.id, row.at, row.ended, row.scope, unpack(Digests, row.digests), plan, {}, (), tuple(posture),
            unpack(dict[str, AgencyScore], row.scores), unpack(NationScore | None, row.nation),
        )  # fmt: skip
        keep_standing(connection, run, Around(unread=unread))
