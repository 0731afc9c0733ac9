"""Whether an attestation counts: who signed it and might, who reviewed it and is somebody else, when it was entered.

Pure. Validity in time, sections and figures are the standard's matter (`evaluate.document`); this is about persons.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from pepperbird.errors import TrustError
from pepperbird.trust.attestation import Attestation, Review, attestation_of, review_of
from pepperbird.trust.canonical import sha256
from pepperbird.trust.envelope import Envelope
from pepperbird.trust.keyring import NEXT, KeyRing
from pepperbird.trust.ledger import CLOCK_SLACK
from pepperbird.trust.persons import person
from pepperbird.trust.statement import Kind

MAX_LAG = timedelta(days=45)
"""A record may travel so long from its signer to the store: an officer with a stick visits that seldom."""


class Entered(Protocol):
    """A record as the store keeps it: its digest, the number and time of its entry in the ledger, its envelope."""

    @property
    def digest(self) -> str: ...
    @property
    def number(self) -> int: ...
    @property
    def at(self) -> str: ...
    @property
    def envelope(self) -> Envelope: ...


@dataclass(frozen=True, slots=True)
class Arriving:
    """A record that is about to be entered at `at`, after everything that is entered."""

    envelope: Envelope
    at: str
    number: int = NEXT

    @property
    def digest(self) -> str:
        return sha256(self.envelope.payload)


@dataclass(frozen=True, slots=True)
class Standing:
    """One attestation and where it stands: `refusal` says why it does not count, '' where it does."""

    said: Attestation
    document: str
    people: frozenset[str]
    review: Review | None = None
    refusal: str = ""
    remedy: str = ""


def standing(entered: Entered, reviews: Mapping[str, Iterable[Entered]], ring: KeyRing) -> Standing:
    """Where one attestation stands. `reviews` maps the digest of an attestation to its reviews.

    Raises TrustError where the record is no attestation at all.
    """
    said, document = attestation_of(entered.envelope.statement)
    try:
        people = signed_by(entered.envelope, said, ring, entered)
    except TrustError as error:
        return Standing(said, document, frozenset(), refusal=str(error), remedy="have it signed by a key that may")
    faults, good = [], []
    for one in sorted(reviews.get(entered.digest, ()), key=lambda one: one.number):
        try:
            good.append(reviewed_by(one.envelope, said, people, ring, one))
        except TrustError as error:
            faults.append(str(error))
    if not good:
        reason = faults[-1] if faults else "nobody has reviewed it"
        remedy = "have a person other than the signer review it: `pepperbird attest review`"
        return Standing(said, document, people, refusal=reason, remedy=remedy)
    last = good[-1]
    if not last.accepted:
        reason = f"the reviewer {last.reviewer.name} refused it: {last.reason}"
        return Standing(said, document, people, last, reason, "correct the document and sign it again")
    return Standing(said, document, people, last)


def signed_by(envelope: Envelope, said: Attestation, ring: KeyRing, entered: Entered | None = None) -> frozenset[str]:
    """Everybody who stands behind an attestation, as `person` writes names. Raises TrustError where none may."""
    key = _key(envelope, Kind.ATTESTATION, said.agency, said.at, ring, entered)
    if not key and said.witnessed is None:
        raise TrustError("it has neither a signature nor a witness of one on paper")
    if key and said.witnessed is not None:
        raise TrustError("it is signed by a key and says that it is signed on paper; it can be one of them")
    if said.witnessed is not None and said.witnessed.on > said.at[:10]:
        raise TrustError(f"its paper is dated {said.witnessed.on}, after it was witnessed")
    names = {said.signer.name} | ({said.witnessed.by} if said.witnessed is not None else set())
    return frozenset({*map(person, names), *_holders(envelope, ring)})


def reviewed_by(
    envelope: Envelope, said: Attestation, people: frozenset[str], ring: KeyRing, entered: Entered | None = None
) -> Review:
    """The review, where it may stand beside the attestation. Raises TrustError, above all for one's own."""
    review, _ = review_of(envelope.statement)
    if not _key(envelope, Kind.REVIEW, said.agency, review.at, ring, entered):
        raise TrustError("its review is not signed; a review needs a key")
    if review.agency != said.agency:
        raise TrustError(f"its review is for the agency {review.agency}, and it is of {said.agency}")
    reviewers = {person(review.reviewer.name), *_holders(envelope, ring)}
    if reviewers & people:
        raise TrustError(f"{review.reviewer.name} reviewed what he or she signed or witnessed; another person must")
    if review.at < said.at:
        raise TrustError("its review is dated before it was signed")
    return review


def _key(envelope: Envelope, kind: Kind, agency: str, said: str, ring: KeyRing, entered: Entered | None) -> str:
    """The key that signed, '' for none. Raises TrustError for a changed record, a wrong key, an odd time."""
    if entered is None:
        return ring.signer(envelope, kind, said, agency=agency)
    if sha256(envelope.payload) != entered.digest:
        raise TrustError("it was changed since it was recorded")
    _timely(said, entered.at)
    return ring.signer(envelope, kind, entered.at, entered.number, agency)


def _holders(envelope: Envelope, ring: KeyRing) -> set[str]:
    """The key ids and holders of the signatures."""
    if ring.newest is None:
        return set()
    keys = [ring.newest.keys.find(one.key_id) for one in envelope.signatures]
    return {one.id for one in keys} | {person(one.holder) for one in keys}


def _timely(said: str, recorded: str) -> None:
    try:
        then, when = datetime.fromisoformat(said), datetime.fromisoformat(recorded)
    except ValueError as error:
        raise TrustError("a time of the record cannot be read") from error
    if then > when + CLOCK_SLACK:
        raise TrustError(f"it is dated {said}, after it was entered ({recorded})")
    if when - then > MAX_LAG:
        raise TrustError(f"it is back-dated: it says {said}, and was entered on {recorded}")
