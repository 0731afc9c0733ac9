"""From the signed records of the store to what a site has attested, each with why it does not count where it does not.

What comes out is kept with the run, so that judging again needs neither the store's records nor the documents.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from pepperbird.errors import TrustError
from pepperbird.model.attested import Attested
from pepperbird.model.site import Site
from pepperbird.store.signed import SignedRecord
from pepperbird.trust.attestation import Answer, Seen, review_of
from pepperbird.trust.attesting import Entered, Standing, standing
from pepperbird.trust.envelope import Envelope
from pepperbird.trust.keyring import KeyRing
from pepperbird.trust.statement import Kind

FOLDER = "attestations"
MAX_DOCUMENT = 256 * 1024 * 1024


def attested(site: Site, records: Iterable[SignedRecord], ring: KeyRing, at: str) -> tuple[Attested, ...]:
    """What the records entered until `at` say of the site's agencies, clause by clause and asset by asset.

    Of records that answer the same, the newest that counts and the newest of all are given: the others decide nothing.
    """
    known = [read for one in records if one.at <= at and (read := _read(one)) is not None]
    reviews = reviews_of([one for one in known if one.kind is Kind.REVIEW])
    agencies = {one.id for one in site.agencies}
    found: dict[tuple[str, str, str], list[tuple[_Read, Standing, Answer]]] = defaultdict(list)
    for one in known:
        if one.kind is not Kind.ATTESTATION:
            continue
        try:
            stands = standing(one, reviews, ring)
        except TrustError:
            continue  # it names no clause that it could be shown beside; `verify` names it
        if stands.said.agency in agencies:
            for answer in stands.said.answers:
                found[stands.said.agency, answer.clause, answer.asset or ""].append((one, stands, answer))
    return tuple(
        _attested(one, stands, answer, document_digest(site, stands.said.agency, stands.said.document.name))
        for key in sorted(found)
        for one, stands, answer in _deciding(found[key])
    )


@dataclass(frozen=True, slots=True)
class _Read:
    """A record with its envelope read once."""

    digest: str
    kind: Kind
    number: int
    at: str
    envelope: Envelope


def _read(one: SignedRecord) -> _Read | None:
    if one.kind not in (Kind.ATTESTATION, Kind.REVIEW):
        return None
    try:
        return _Read(one.digest, one.kind, one.number, one.at, one.envelope)
    except TrustError:
        return None


def _deciding(rows: list[tuple[_Read, Standing, Answer]]) -> list[tuple[_Read, Standing, Answer]]:
    """The last row that counts, and the last of all; `rows` stand in the order in which they were recorded."""
    ordered = sorted(rows, key=lambda row: row[0].number)
    counting = [row for row in ordered if not row[1].refusal]
    return [*counting[-1:], *([ordered[-1]] if ordered[-1][1].refusal else [])]


def reviews_of(entered: Iterable[Entered]) -> Mapping[str, list[Entered]]:
    """Reviews by the digest of what they review; what cannot be read is left out."""
    reviews: dict[str, list[Entered]] = defaultdict(list)
    for one in entered:
        try:
            reviews[review_of(one.envelope.statement)[1]].append(one)
        except TrustError:
            continue
    return reviews


def document_digest(site: Site, agency: str, name: str) -> str | None:
    """The SHA-256 of a document beside the site's records, in hexadecimal; None where it is not there."""
    if not site.root:
        return None
    path = Path(site.root) / FOLDER / agency / name
    try:
        if path.is_symlink() or not path.is_file() or path.stat().st_size > MAX_DOCUMENT:
            return None
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return None


def _attested(one: _Read, stands: Standing, answer: Answer, found: str | None) -> Attested:
    said, review = stands.said, stands.review
    seen = next(_same(review.seen, answer), ()) if review is not None else ()
    return Attested(
        record=one.digest, number=one.number, recorded_at=one.at, agency=said.agency, clause=answer.clause,
        asset=answer.asset, document=said.document.name, document_sha256=stands.document.removeprefix("sha256:"),
        document_found_sha256=found, signer=said.signer.name, role=said.signer.role, signed_at=said.at,
        valid_from=said.valid_from, valid_until=said.valid_until,
        assurance="signed" if said.witnessed is None else "witnessed",
        witness=said.witnessed.by if said.witnessed is not None else "",
        reviewer=review.reviewer.name if review is not None else "",
        reviewed_at=review.at if review is not None else "",
        sections=tuple(name for name in answer.sections if name in seen), measured=answer.measured,
        refusal=stands.refusal, remedy=stands.remedy,
    )  # fmt: skip


def _same(seen: Iterable[Seen], answer: Answer) -> Iterator[tuple[str, ...]]:
    return (one.sections for one in seen if (one.clause, one.asset) == (answer.clause, answer.asset))
