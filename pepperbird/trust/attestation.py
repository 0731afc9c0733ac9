"""What is said of a document: the signer's statement, and the reviewer's over the digest of the signer's.

A statement without a signature may be `witnessed`: signed in ink on paper that a named person saw, with the SHA-256 of
the scan. A review always needs a key, so that something that nobody can write without one stands behind every pass.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Self

from pydantic import Field, StringConstraints, ValidationError, model_validator

from pepperbird.errors import TrustError
from pepperbird.model.attested import Measurement
from pepperbird.model.base import Bool, Int, Model, Slug, Str, Text
from pepperbird.model.declared import Day
from pepperbird.model.policy import MINIMUM_DAYS, ClauseId
from pepperbird.trust.canonical import sha256
from pepperbird.trust.envelope import Envelope
from pepperbird.trust.keylist import Moment
from pepperbird.trust.persons import Witnessed
from pepperbird.trust.statement import Kind, Statement, Subject

REVIEWED = "attestation"
"""The name of a review's subject."""
FileName = Annotated[str, StringConstraints(pattern=r"^[^/\\\x00-\x1f]{1,200}$")]


class Person(Model):
    name: Text
    role: Text


class Paper(Model):
    """The document that is signed: the name of its file, and how large it is."""

    name: FileName
    bytes: Int


class Answer(Model):
    """One clause that the document answers, for one asset (None: for the agency), and which sections are in it."""

    clause: ClauseId
    asset: Slug | None = None
    sections: tuple[Text, ...]
    measured: tuple[Measurement, ...] = ()


class Attestation(Model):
    """What the signer says: this document answers these clauses of this agency from one day until another."""

    agency: Slug
    at: Moment
    document: Paper
    signer: Person
    valid_from: Day
    valid_until: Day
    answers: tuple[Answer, ...] = Field(min_length=1)
    witnessed: Witnessed | None = None

    @model_validator(mode="after")
    def _dates(self) -> Self:
        try:
            begins, ends = date.fromisoformat(self.valid_from), date.fromisoformat(self.valid_until)
        except ValueError as error:
            raise ValueError(
                f"{self.valid_from} to {self.valid_until}: one of them is no day of the calendar"
            ) from error
        if (ends - begins).days < MINIMUM_DAYS:
            raise ValueError(f"valid from {begins} to {ends}: a document holds at least {MINIMUM_DAYS} days")
        if self.valid_from > self.at[:10]:
            raise ValueError(f"valid_from {begins} lies after the day of signing, {self.at[:10]}")
        asked = [(one.clause, one.asset) for one in self.answers]
        if len(set(asked)) != len(asked):
            raise ValueError("a clause is answered twice")
        return self

    def statement(self, digest: str) -> Statement:
        """`digest` (`sha256:...`) is over the bytes of the document."""
        return Statement(Kind.ATTESTATION, (Subject(self.document.name, digest),), self.model_dump(mode="json"))


class Seen(Model):
    """The sections of one answer that the reviewer found in the document."""

    clause: ClauseId
    asset: Slug | None = None
    sections: tuple[Text, ...]


class Review(Model):
    """What the reviewer says of one attestation. Not `accepted`, it takes the attestation back, with the `reason`."""

    agency: Slug
    at: Moment
    reviewer: Person
    accepted: Bool = True
    reason: Str = ""
    seen: tuple[Seen, ...] = ()

    def statement(self, attestation: Envelope) -> Statement:
        return Statement(Kind.REVIEW, (Subject(REVIEWED, sha256(attestation.payload)),), self.model_dump(mode="json"))


def attestation_of(statement: Statement) -> tuple[Attestation, str]:
    """What the signer says, and the digest of the document. Raises TrustError."""
    if statement.kind is not Kind.ATTESTATION:
        raise TrustError(f"an attestation is expected, this is a statement about {statement.kind}")
    try:
        said = Attestation.model_validate(dict(statement.predicate))
    except ValidationError as error:
        raise TrustError(f"the attestation is not usable: {_words(error)}") from error
    if len(statement.subjects) != 1 or said.statement(statement.subjects[0].digest) != statement:
        raise TrustError("the attestation is not about one document by its name")
    return said, statement.subjects[0].digest


def review_of(statement: Statement) -> tuple[Review, str]:
    """What the reviewer says, and the digest of the attestation that it is about. Raises TrustError."""
    if statement.kind is not Kind.REVIEW:
        raise TrustError(f"a review is expected, this is a statement about {statement.kind}")
    try:
        said = Review.model_validate(dict(statement.predicate))
    except ValidationError as error:
        raise TrustError(f"the review is not usable: {_words(error)}") from error
    if [one.name for one in statement.subjects] != [REVIEWED] or said.model_dump(mode="json") != statement.predicate:
        raise TrustError("the review is not about one attestation")
    return said, statement.subjects[0].digest


def _words(error: ValidationError) -> str:
    first = error.errors(include_url=False)[0]
    place = ".".join(map(str, first["loc"]))
    return f"{place}: {first['msg']}" if place else str(first["msg"]).removeprefix("Value error, ")
