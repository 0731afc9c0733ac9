"""Records as files: taken into the store with their documents, and written out again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from pepperbird.cli.attest_desk import about, enter, put_document, read_record, record_file
from pepperbird.cli.signing import open_store
from pepperbird.errors import TrustError, UsageError
from pepperbird.inventory.read import read_site
from pepperbird.scan.clock import now
from pepperbird.scan.declared_attestations import FOLDER
from pepperbird.scan.drafts import file_digest
from pepperbird.trust.attestation import attestation_of, review_of
from pepperbird.trust.attesting import Arriving, reviewed_by, signed_by
from pepperbird.trust.envelope import Envelope
from pepperbird.trust.statement import Kind

if TYPE_CHECKING:
    from pepperbird.store.runs import Store


def take(folder: Path, files: Sequence[Path]) -> Iterator[str]:
    """Enter each file, attestations before reviews. Raises UsageError and TrustError, naming the file."""
    at = now()
    agencies = {one.id for one in read_site(folder).agencies}
    read = [(path, read_record(path)) for path in files]
    read.sort(key=lambda one: one[1].statement.kind is Kind.REVIEW)
    with open_store(folder, at) as store:
        for path, envelope in read:
            try:
                yield f"{path}: {_one(store, folder, agencies, path, envelope, at)}"
            except (TrustError, UsageError) as error:
                raise type(error)(f"{path}: {error}") from error


def _one(store: Store, folder: Path, agencies: set[str], path: Path, envelope: Envelope, at: str) -> str:
    statement, ring = envelope.statement, store.ledger.ring()
    if statement.kind is Kind.REVIEW:
        review, target = review_of(statement)
        found = [one for one in store.signed.all(Kind.ATTESTATION) if one.digest == target]
        if not found:
            raise UsageError("the attestation that it reviews is not in the store; import that too")
        said, _ = attestation_of(found[0].envelope.statement)
        people = signed_by(found[0].envelope, said, ring, found[0])
        reviewed_by(envelope, said, people, ring, Arriving(envelope, at))
        number = enter(store, envelope, review.agency, target, at)
        return f"review of {about(said)} of {said.agency} by {review.reviewer.name}; ledger entry {number}"
    said, digest = attestation_of(statement)
    if said.agency not in agencies:
        raise UsageError(f"the site has no agency {said.agency}")
    signed_by(envelope, said, ring, Arriving(envelope, at))
    document = path.parent / said.document.name
    if file_digest(document)[0] != digest:
        raise TrustError(f"{document} is not the document that was signed: its SHA-256 differs")
    put_document(folder, said.agency, document, digest)
    number = enter(store, envelope, said.agency, about(said), at)
    return f"{about(said)} of {said.agency}, signed by {said.signer.name}; ledger entry {number}"


def write(folder: Path, agency: str, to: Path) -> str:
    """Write what is recorded of an agency; gives what to say."""
    at, count = now(), 0
    with open_store(folder, at) as store:
        names = {}
        for record in store.signed.all(agency=agency):
            if record.kind is Kind.ATTESTATION:
                said, digest = attestation_of(record.envelope.statement)
                names[record.digest] = about(said)
                _document(folder / FOLDER / agency / said.document.name, digest, to)
            elif record.kind is not Kind.REVIEW:
                continue
            subject = names.get(record.subject if record.kind is Kind.REVIEW else record.digest, "review")
            record_file(to, record.envelope, subject)
            count += 1
    return f"Wrote {count} records of {agency} to {to}, with the documents that are there."


def _document(document: Path, digest: str, to: Path) -> None:
    if document.is_file() and file_digest(document)[0] == digest:
        to.mkdir(parents=True, exist_ok=True)
        (to / document.name).write_bytes(document.read_bytes())
