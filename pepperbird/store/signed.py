"""What people sign (attestations, reviews, waivers, registers, plans, content), each kept with its entry of the ledger.

A record is signed by a key that may sign that kind of it for that agency, or was witnessed: then its predicate says who
saw it, when, and the SHA-256 of the paper. Nothing else is taken, and nothing is ever changed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, Row, insert, select

from pepperbird.errors import StoreError, TrustError
from pepperbird.store import tables
from pepperbird.store.blobs import Blobs, UnreadableError
from pepperbird.store.database import reading, writing
from pepperbird.store.ledger import Seal, ToRecord, append, ring_in, unsigned
from pepperbird.trust.canonical import sha256
from pepperbird.trust.envelope import Envelope, envelope_of
from pepperbird.trust.keyring import NEXT, KeyRing
from pepperbird.trust.ledger import Entry, EntryKind, entry_of
from pepperbird.trust.statement import Kind

OF_PEOPLE: Mapping[Kind, EntryKind] = {
    Kind.ATTESTATION: EntryKind.ATTESTATION,
    Kind.REVIEW: EntryKind.REVIEW,
    Kind.REQUEST: EntryKind.REQUEST,
    Kind.WAIVER: EntryKind.WAIVER,
    Kind.INVENTORY: EntryKind.INVENTORY,
    Kind.DECOMMISSION: EntryKind.DECOMMISSION,
    Kind.ABSENCE: EntryKind.REVIEW,
    Kind.CONTENT: EntryKind.CONTENT,
    Kind.PLAN: EntryKind.PLAN,
}
"""The kinds of statement that are records of people, and how the ledger calls them."""
SEALED = frozenset({Kind.ATTESTATION, Kind.REVIEW})
"""The kinds that tell of an agency's inside; waivers, registers, plans and content are meant to be seen."""
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class About:
    """What a record is about; `agency` is '' for one of the whole site."""

    kind: Kind
    agency: str
    subject: str


@dataclass(frozen=True, slots=True)
class SignedRecord:
    """A record as it is kept: `at` is when it was recorded, `number` its entry of the ledger."""

    digest: str
    kind: Kind
    agency: str
    subject: str
    at: str
    number: int
    data: bytes
    unread: str = ""
    """Why it cannot be opened here, where it is sealed under a key that is not here."""

    @property
    def envelope(self) -> Envelope:
        """Raises TrustError where it is damaged, or sealed under a key that is not here."""
        if self.unread:
            raise TrustError(self.unread)
        return envelope_of(self.data)

    @property
    def predicate(self) -> Mapping[str, Any]:
        """What it says. Raises TrustError where it is damaged."""
        return self.envelope.statement.predicate

    def signer(self, ring: KeyRing) -> str:
        """The id of the key that signed it, '' for one that was witnessed. Raises TrustError where it does not hold."""
        envelope = self.envelope
        if sha256(envelope.payload) != self.digest:
            raise TrustError("the record was changed since it was recorded")
        found = ring.signer(envelope, self.kind, self.at, self.number, self.agency)
        if not found:
            witness_of(envelope.statement.predicate)
        return found


def witness_of(predicate: Mapping[str, Any]) -> str:
    """Who saw an unsigned record on paper. Raises TrustError where nobody did: `witnessed: {by, on, paper_sha256}`."""
    seen = predicate.get("witnessed")
    if not isinstance(seen, dict) or set(seen) != {"by", "on", "paper_sha256"}:
        raise TrustError("neither signed nor witnessed (by whom, on which day, and the SHA-256 of the paper)")
    by, on, paper = (str(seen[name]) for name in ("by", "on", "paper_sha256"))
    try:
        date.fromisoformat(on)
    except ValueError as error:
        raise TrustError(f"witnessed on {on!r}, which is no day") from error
    if not by.strip() or not _SHA256.fullmatch(paper):
        raise TrustError("witnessed without the witness's name, or without the SHA-256 of the paper")
    return by


class SignedRecords:
    """The records of people in one store. Methods raise StoreError, and TrustError for what does not hold."""

    def __init__(self, engine: Engine, path: Path, blobs: Blobs) -> None:
        self._engine, self._path, self._blobs = engine, path, blobs

    def add(self, envelope: Envelope, about: About, at: str, put: Seal = unsigned) -> Entry:
        """Keep a record with its entry of the ledger; one that is kept already gives the entry it has.

        Raises TrustError where who signed may not sign this for this agency now, or nobody signed or witnessed it.
        """
        digest = sha256(envelope.payload)
        columns = tables.records.c
        with writing(self._engine, self._path) as connection:
            known = connection.execute(
                select(tables.ledger.c.body)
                .join(tables.records, columns.number == tables.ledger.c.number)
                .where(columns.digest == digest)
            ).first()
            if known is not None:
                return entry_of(known.body)
            key = ring_in(connection).signer(envelope, about.kind, at, NEXT, about.agency)
            details = {"agency": about.agency, "key": key}
            if not key:
                details["witnessed"] = witness_of(envelope.statement.predicate)
            entry = append(connection, ToRecord(OF_PEOPLE[about.kind], at, about.subject, digest, details), put)
            row = {
                "digest": digest,
                "kind": str(about.kind),
                "agency": about.agency,
                "subject": about.subject,
                "at": at,
                "number": entry.number,
                "envelope": self._kept(connection, about, envelope.to_bytes()),
            }
            connection.execute(insert(tables.records), row)
        return entry

    def _kept(self, connection: Connection, about: About, data: bytes) -> bytes:
        sealed = about.kind in SEALED and about.agency
        return self._blobs.put(connection, about.agency, data) if sealed else data

    def all(self, kind: Kind | None = None, agency: str | None = None) -> list[SignedRecord]:
        """Every record (of that kind, of that agency) in the order in which they were recorded."""
        columns = tables.records.c
        query = select(tables.records).order_by(columns.number)
        if kind is not None:
            query = query.where(columns.kind == str(kind))
        if agency is not None:
            query = query.where(columns.agency == agency)
        with reading(self._engine, self._path) as connection:
            return [self._record(connection, row) for row in connection.execute(query).all()]

    def _record(self, connection: Connection, row: Row[Any]) -> SignedRecord:
        if row.kind not in list(OF_PEOPLE):
            raise StoreError(f"the store holds a record of {row.agency} of a kind that this version does not know")
        data, unread = b"", ""
        try:
            data = self._blobs.get(connection, row.envelope)
        except UnreadableError as error:
            unread = str(error)
        except StoreError:
            pass  # damaged: an envelope of no bytes says so
        kind = Kind(row.kind)
        return SignedRecord(row.digest, kind, row.agency, row.subject, row.at, row.number, data, unread)
