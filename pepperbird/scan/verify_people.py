"""The records of people against the ledger and the key list: none gone, put in, changed, or signed by a wrong key."""

from __future__ import annotations

from collections.abc import Iterator

from pepperbird.errors import TrustError
from pepperbird.scan.source import Source
from pepperbird.scan.verify_ledger import Book
from pepperbird.store.signed import OF_PEOPLE, SignedRecord
from pepperbird.trust.ledger import Entry


def people_faults(source: Source, book: Book) -> Iterator[str]:
    """What is wrong with the records of people that `source` has, and which of those that it should have are gone."""
    kinds = set(OF_PEOPLE.values())
    entries = {entry.digest: entry for entry in book.entries.values() if entry.kind in kinds}
    for record in source.people():
        entry = entries.pop(record.digest, None)
        what = f"{record.kind} record {record.subject} of {record.agency or 'the site'}"
        yield from (f"{what}: {fault}" for fault in _one(record, entry, book))
    for entry in entries.values():
        if source.holds_records_of(str(entry.details.get("agency"))):
            what = f"{entry.kind} record {entry.subject}"
            yield f"{what}: deleted; ledger entry {entry.number} recorded it on {entry.at}"


def _one(record: SignedRecord, entry: Entry | None, book: Book) -> Iterator[str]:
    if entry is None:
        yield "not in the ledger: it was put into the store past the recorder, or changed"
    else:
        recorded = (entry.kind, entry.subject, entry.at, entry.number, entry.details.get("agency"))
        if recorded != (OF_PEOPLE[record.kind], record.subject, record.at, record.number, record.agency):
            yield f"its row says something else than ledger entry {entry.number}"
    if record.unread:
        return
    try:
        signer = record.signer(book.ring)
        if entry is not None and signer != entry.details.get("key"):
            yield "signed by another key than was recorded, or its signature was taken off"
    except TrustError as error:
        yield str(error)
