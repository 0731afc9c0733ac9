"""From the signed records of the store to what a site has attested, each with why it does not count where it does not.

What comes out is kept with the run, so that judging again needs neither the store's records nor the documents.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from pepperbird.errors import TrustError
from pepperbird.model.attested import Attested
from pepperbird.model.site import Site
from pepperbird.trust.attestation import Answer, Seen, review_of
from pepperbird.trust.attesting import Entered, Standing, standing
from pepperbird.trust.keyring import KeyRing
from pepperbird.trust.statement import Kind

FOLDER = "attestations"
MAX_DOCUMENT = 256 * 1024 * 1024


def attested(site: Site, entered: Iterable[Entered], ring: KeyRing, at: str) -> tuple[Attested, ...]:
    """What the records entered until `at` say, clause by clause and asset by asset, of the site's agencies."""
    known = [one for one in entered if one.at <= at]
    reviews = reviews_of(known)
    agencies = {one.id for one in site.agencies}
    found: list[Attested] = []
    for one in known:
        if _kind(one) is not Kind.ATTESTATION:
            continue
        try:
            stands = standing(one, reviews, ring)
        except TrustError:
            continue  # it names no clause that it could be shown beside; `verify` names it
        if stands.said.agency in agencies:
            digest = document_digest(site, stands.said.agency, stands.said.document.name)
            found += (_attested(one, stands, answer, digest) for answer in stands.said.answers)
    return tuple(sorted(found, key=lambda one: (one.agency, one.clause, one.asset or "", one.number, one.record)))


def reviews_of(entered: Iterable[Entered]) -> Mapping[str, list[Entered]]:
    """Reviews by the digest of what they review; what cannot be read is left out."""
    reviews: dict[str, list[Entered]] = defaultdict(list)
    for one in entered:
        if _kind(one) is Kind.REVIEW:
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


def _kind(one: Entered) -> Kind | None:
    try:
        return one.envelope.statement.kind
    except TrustError:
        return None


def _attested(one: Entered, stands: Standing, answer: Answer, found: str | None) -> Attested:
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
