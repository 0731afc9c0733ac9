"""What a run took from the records of people, against those records as they stood in the ledger when it was recorded.

Whoever holds the recording key can sign a register with a waiver in it that nobody approved: here it has no record.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pepperbird.errors import TrustError
from pepperbird.model.attested import Attested
from pepperbird.model.declared import Waiver
from pepperbird.model.site import Site
from pepperbird.scan.cases import cases_of
from pepperbird.scan.declared_attestations import attested
from pepperbird.scan.declared_plans import may_be_signed, plans
from pepperbird.scan.declared_registers import decommissions, registers
from pepperbird.scan.source import Source
from pepperbird.scan.verify_judging import site_of
from pepperbird.scan.verify_ledger import Book
from pepperbird.store.ledger import ring_from
from pepperbird.store.parts import RunParts
from pepperbird.store.signed import SignedRecord
from pepperbird.trust.content import manifest_of
from pepperbird.trust.keyring import KeyRing
from pepperbird.trust.ledger import EntryKind, entry_of
from pepperbird.trust.statement import Kind


def snapshot_faults(source: Source, parts: RunParts, book: Book) -> Iterator[str]:
    """What the register of a run says that no record gives it, of the agencies whose records can be read here."""
    entry = book.runs.get(parts.id)
    if entry is None:
        return
    records = [one for one in source.people() if one.number < entry.number]
    unread = {one.agency for one in records if one.unread} | set(parts.unreadable())
    site = site_of(parts, unread)
    mine = [one for one in records if one.agency not in unread]
    unread |= {one.id for one in site.agencies if not source.holds_records_of(one.id)}
    keys = any(one.kind is EntryKind.KEY and one.number < entry.number for one in book.entries.values())
    yield from _waivers(site, mine, book.ring, unread, keys=keys)
    yield from _attested(site, mine, book.ring, parts.at)
    yield from _register(site, mine, book.ring, unread)
    # What was signed in the very second in which the run began may have been there for it, or not yet.
    begun = [[one for one in mine if one.at <= parts.at], [one for one in mine if one.at < parts.at]]
    yield from _plans(site, begun, book.ring, _ring_at(source, parts.at), unread)
    if "" not in unread:
        yield from _content(site, mine, book.ring, parts.digests.content)


def _waivers(
    site: Site, records: Sequence[SignedRecord], ring: KeyRing, unread: set[str], *, keys: bool
) -> Iterator[str]:
    given = {case.waiver.id: case.waiver for case in cases_of(site.file, records, ring) if case.waiver is not None}
    for one in site.waivers:
        if one.void or one.agency in unread:
            continue
        what = f"the waiver {one.id} of {one.agency} for {one.control} on {one.asset}"
        record = given.get(one.id)
        if one.signed == "unsigned" and record is None:
            if keys:
                yield f"{what} is only a file, and the site had keys"
        elif record is None:
            yield f"{what} is in no record"
        elif record.void:
            yield f"{what} does not hold: {record.void}"
        elif _terms(record) != _terms(one):
            yield f"{what} is not the one that was approved"


def _terms(waiver: Waiver) -> Waiver:
    """Without what depends on the records beside it."""
    return waiver.model_copy(update={"earlier": ()})


def _attested(site: Site, records: Sequence[SignedRecord], ring: KeyRing, at: str) -> Iterator[str]:
    bare = site.model_copy(update={"root": ""})
    given = {(one.record, one.clause, one.asset): one for one in attested(bare, records, ring, at)}
    for one in site.attested:
        record = given.get((one.record, one.clause, one.asset))
        what = f"the document {one.document} of {one.agency} for {one.clause}"
        if one.refusal:
            continue
        if record is None:
            yield f"{what} is in no record"
        elif record.refusal:
            yield f"{what} does not count: {record.refusal}"
        elif _said(record) != _said(one):
            yield f"{what} says something else than its record"


def _said(one: Attested) -> Attested:
    """Without what the run itself saw: the document beside the record."""
    return one.model_copy(update={"document_found_sha256": None})


def _register(
    site: Site, records: Sequence[SignedRecord], ring: KeyRing, unread: set[str]
) -> Iterator[str]:  # fmt: skip
    given = {one.agency: one for one in registers(site, records, ring)}
    for one in site.registers:
        claims = one.state in ("signed", "changed") or one.absences
        if claims and one.agency not in unread and given.get(one.agency) != one:
            yield f"the register of {one.agency} is not signed, changed or reviewed as it says"
    known = decommissions(site, records, ring)
    for out in site.decommissions:
        if out.agency not in unread and out not in known:
            yield f"{out.agency}/{out.asset} was taken out of service by no record"


def _plans(
    site: Site, records: Sequence[Sequence[SignedRecord]], ring: KeyRing, then: KeyRing, unread: set[str]
) -> Iterator[str]:
    """`records`, in each way they may have been, and `then`, who could sign, as the run began.

    Runs of before plans were signed say nothing of them.
    """
    given = [{one.agency: one for one in plans(site, some, ring)} for some in records]
    for agency in (one.id for one in site.agencies if one.id not in unread):
        said = next((one for one in site.plans if one.agency == agency), None)
        if said is None:
            if all(any(one.kind is Kind.PLAN and one.agency == agency for one in some) for some in records):
                yield f"the plan of {agency} was signed, and the register does not say how it stands"
            continue
        required = may_be_signed(then, agency)
        claims = said.state in ("signed", "changed")
        same = any(some[agency].model_copy(update={"required": required}) == said for some in given)
        if said.required != required or (claims and not same):
            yield f"the plan of {agency} is not signed or changed as it says"


def _ring_at(source: Source, at: str) -> KeyRing:
    """Who could sign what at that moment; nobody where a key list is damaged, which the book says."""
    try:
        rows = [row for row in source.rows() if row.kind == EntryKind.KEY and entry_of(row.body).at <= at]
        return ring_from(rows, source.key_lists())
    except TrustError:
        return KeyRing()


def _content(site: Site, records: Sequence[SignedRecord], ring: KeyRing, digest: str) -> Iterator[str]:
    standing = site.content
    if site.file.defaults.require_signed_content and standing.state != "signed":
        yield "the site requires signed content, and it was judged by content that is not"
    if standing.state != "signed":
        return
    for one in records:
        if one.kind is Kind.CONTENT:
            try:
                manifest = manifest_of(one.envelope.statement)
                if (manifest.digest, manifest.at, one.signer(ring)) == (digest, standing.at, standing.key):
                    return
            except TrustError:
                continue
    yield "the content that it was judged by is in no record of signed content"
