"""Statements: what is signed, as in-toto statements v1. Each kind says what its subjects are and who may sign it.

{"_type": "https://in-toto.io/Statement/v1", "subject": [{"name", "digest": {"sha256"}}],
 "predicateType": "urn:pepperbird:<kind>:1", "predicate": {...}}
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from pepperbird.errors import TrustError
from pepperbird.trust.canonical import canonical, parse
from pepperbird.trust.keys import Purpose

TYPE = "https://in-toto.io/Statement/v1"
_DIGEST = re.compile(r"[0-9a-f]{64}")


class Kind(StrEnum):
    """What a statement is about."""

    EVIDENCE = "evidence"
    RUN = "run"
    CHECKPOINT = "checkpoint"
    KEYS = "keys"
    CONTENT = "content"
    INVENTORY = "inventory"
    ATTESTATION = "attestation"
    REVIEW = "review"
    REQUEST = "request"
    WAIVER = "waiver"
    DECOMMISSION = "decommission"
    ABSENCE = "absence"
    PLAN = "plan"
    PRUNE = "prune"
    SERIES = "series"


PURPOSE: Mapping[Kind, Purpose] = {
    Kind.EVIDENCE: Purpose.EVIDENCE,
    Kind.RUN: Purpose.EVIDENCE,
    Kind.CHECKPOINT: Purpose.EVIDENCE,
    Kind.PRUNE: Purpose.EVIDENCE,
    Kind.SERIES: Purpose.EVIDENCE,
    Kind.KEYS: Purpose.ROOT,
    Kind.CONTENT: Purpose.CONTENT,
    Kind.INVENTORY: Purpose.INVENTORY,
    Kind.ATTESTATION: Purpose.ATTESTATION,
    Kind.REVIEW: Purpose.REVIEW,
    Kind.REQUEST: Purpose.INVENTORY,
    Kind.WAIVER: Purpose.WAIVER,
    Kind.DECOMMISSION: Purpose.INVENTORY,
    Kind.ABSENCE: Purpose.REVIEW,
    Kind.PLAN: Purpose.WAIVER,
}
"""What a key must be allowed to sign, by kind of statement."""


@dataclass(frozen=True, slots=True)
class Subject:
    """A thing by its name and the digest of its bytes (`sha256:...`)."""

    name: str
    digest: str


@dataclass(frozen=True, slots=True)
class Statement:
    """Something said about one or more things. `predicate` holds plain values without fractions."""

    kind: Kind
    subjects: tuple[Subject, ...]
    predicate: Mapping[str, Any]

    def payload(self) -> bytes:
        """The bytes that are signed. Raises TrustError where something in it cannot be."""
        return canonical(
            {
                "_type": TYPE,
                "subject": [{"name": one.name, "digest": {"sha256": _bare(one.digest)}} for one in self.subjects],
                "predicateType": f"urn:pepperbird:{self.kind}:1",
                "predicate": dict(self.predicate),
            }
        )


def statement_of(payload: bytes) -> Statement:
    """The statement of signed bytes. Raises TrustError for anything that `payload` would not write."""
    value = parse(payload, "the statement")
    if not isinstance(value, dict) or set(value) != {"_type", "subject", "predicateType", "predicate"}:
        raise TrustError("the statement has other parts than an in-toto statement")
    if value["_type"] != TYPE or not isinstance(value["predicate"], dict) or not isinstance(value["subject"], list):
        raise TrustError("not an in-toto statement v1")
    match = re.fullmatch(r"urn:pepperbird:([a-z]+):1", str(value["predicateType"]))
    if match is None or match[1] not in list(Kind):
        raise TrustError("a statement of a kind that this version does not know")
    subjects = tuple(_subject(one) for one in value["subject"])
    statement = Statement(Kind(match[1]), subjects, value["predicate"])
    if statement.payload() != payload:
        raise TrustError("the statement is not in the one form that is signed")
    return statement


def said_in(model: Any, statement: Statement) -> Any:
    """What a statement says, as a `model` that writes its own `statement()`.

    Raises TrustError where it has other parts, or says in two places two things.
    """
    try:
        found = model.model_validate(dict(statement.predicate))
    except ValueError as error:
        raise TrustError(f"a {statement.kind} statement with parts that this version cannot read") from error
    if found.statement() != statement:
        raise TrustError(f"the {statement.kind} statement is not what its subject says")
    return found


def _subject(value: Any) -> Subject:
    try:
        name, found = value["name"], value["digest"]["sha256"]
    except (KeyError, TypeError) as error:
        raise TrustError("a subject of the statement has no name or no SHA-256") from error
    if not isinstance(name, str) or not isinstance(found, str):
        raise TrustError("a subject of the statement has no name or no SHA-256")
    return Subject(name, "sha256:" + found)


def _bare(digest: str) -> str:
    kind, _, digits = digest.partition(":")
    if kind != "sha256" or not _DIGEST.fullmatch(digits):
        raise TrustError("a subject needs a SHA-256 digest")
    return digits
