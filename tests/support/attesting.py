"""Attestations and reviews by the people of `tests.support.people`, as the store would keep them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pepperbird.store.signed import SignedRecord
from pepperbird.trust.attestation import Answer, Attestation, Paper, Person, Review, Seen
from pepperbird.trust.canonical import sha256
from pepperbird.trust.envelope import Envelope, seal
from pepperbird.trust.keyring import KeyRing, ring_of
from tests.support.people import KEYS, PEOPLE, People

AT = "2026-11-24T10:00:00Z"
DOCUMENT = b"our plan"


@dataclass(frozen=True, slots=True)
class Entered:
    """A record as the store keeps it."""

    envelope: Envelope
    number: int = 5
    at: str = AT

    @property
    def digest(self) -> str:
        return sha256(self.envelope.payload)

    @property
    def record(self) -> SignedRecord:
        said = self.envelope.statement
        agency = str(said.predicate.get("agency", ""))
        return SignedRecord(self.digest, said.kind, agency, "", self.at, self.number, self.envelope.to_bytes())


def ring(**revoked: str) -> KeyRing:
    """The key list of everybody, recorded as entry 1; a list in which somebody is revoked as entry 9."""
    made = People(Path(), KEYS)
    lists = [(1, made.signed())]
    if revoked:
        lists.append((9, made.signed(2, **revoked)))
    return ring_of(lists)


def said(**changes: Any) -> Attestation:
    base = {
        "agency": "moh", "at": AT, "document": Paper(name="plan.pdf", bytes=len(DOCUMENT)),
        "signer": Person(name=PEOPLE["signer"][0], role="CIO"), "valid_from": "2026-11-01",
        "valid_until": "2027-11-01", "answers": (Answer(clause="DR-01.1", sections=("roles", "scope")),),
    }  # fmt: skip
    return Attestation.model_validate(base | changes)


def signed(who: str | None = "signer", **changes: Any) -> Envelope:
    statement = said(**changes).statement(sha256(DOCUMENT))
    return seal(statement) if who is None else seal(statement, KEYS[who])


def review(of: Envelope, who: str | None = "reviewer", **changes: Any) -> Envelope:
    """A review that found all that the signer ticked."""
    about = of.statement.predicate
    seen = tuple(
        Seen(clause=one["clause"], asset=one["asset"], sections=tuple(one["sections"])) for one in about["answers"]
    )
    base = {
        "agency": "moh", "at": "2026-11-24T11:00:00Z", "seen": seen,
        "reviewer": Person(name=PEOPLE[who or "reviewer"][0], role="audit"),
    }  # fmt: skip
    statement = Review.model_validate(base | changes).statement(of)
    return seal(statement) if who is None else seal(statement, KEYS[who])
