"""The ledger's arithmetic: entries, each holding the hash of the one before, and what is wrong with a chain of them.

An entry that is edited, deleted, inserted or moved breaks the chain where it stands. A cut tail leaves a whole chain:
that shows against a checkpoint (how many entries, and the hash of the last), which every report prints.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from pepperbird.errors import TrustError
from pepperbird.trust.canonical import canonical, parse, sha256
from pepperbird.trust.statement import Kind, Statement, Subject

NOTHING_BEFORE = "sha256:" + "0" * 64
EVIDENCE_OF = "/evidence"
"""Behind a run's id: the subject of the pruning of what its endpoints said, and of nothing else of it."""
CLOCK_SLACK = timedelta(minutes=5)
"""Two recorders, and a clock that is set by the network, may differ by so much."""


class EntryKind(StrEnum):
    RUN = "run"
    REQUEST = "request"
    WAIVER = "waiver"
    ATTESTATION = "attestation"
    REVIEW = "review"
    INVENTORY = "inventory"
    DECOMMISSION = "decommission"
    PLAN = "plan"
    CONTENT = "content"
    KEY = "key"
    PRUNE = "prune"
    VAULT = "vault"
    SERIES = "series"


@dataclass(frozen=True, slots=True)
class Entry:
    """One record of the ledger. `number` counts from 1; `subject` names what it records, `digest` is over that."""

    number: int
    kind: EntryKind
    at: str
    subject: str
    digest: str
    details: Mapping[str, Any] = field(default_factory=dict)
    previous: str = NOTHING_BEFORE

    def body(self) -> bytes:
        return canonical(
            {
                "number": self.number,
                "kind": str(self.kind),
                "at": self.at,
                "subject": self.subject,
                "digest": self.digest,
                "details": dict(self.details),
                "previous": self.previous,
            }
        )

    @property
    def hash(self) -> str:
        return sha256(self.body())


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """How far a ledger had come: how many entries, and the hash of the last."""

    count: int
    head: str

    def statement(self) -> Statement:
        return Statement(Kind.CHECKPOINT, (Subject(f"ledger/{self.count}", self.head),), {"count": self.count})

    def __str__(self) -> str:
        return f"{self.count}:{self.head}"


def entry_of(body: bytes) -> Entry:
    """The entry of its bytes. Raises TrustError."""
    value = parse(body, "the ledger entry")
    try:
        entry = Entry(**{**value, "kind": EntryKind(value["kind"])})
        same = entry.body() == body
    except (TypeError, KeyError, ValueError) as error:
        raise TrustError("a ledger entry has other parts than it should") from error
    if not same:
        raise TrustError("a ledger entry has other parts than it should")
    return entry


def checkpoint_of(text: str) -> Checkpoint:
    """The checkpoint as a report prints it, `COUNT:sha256:HASH`. Raises TrustError."""
    count, _, head = text.strip().partition(":")
    if not count.isdecimal() or not head.startswith("sha256:") or len(head) != len(NOTHING_BEFORE):
        raise TrustError("a checkpoint looks like 57:sha256:0123... as a report prints it")
    return Checkpoint(int(count), head)


def chain_faults(rows: Iterable[tuple[int, bytes]]) -> Iterator[str]:
    """What is wrong with the entries (number, body), taken in the order of their numbers. Nothing where all holds."""
    expected, previous, latest = 1, NOTHING_BEFORE, ""
    for number, body in rows:
        if number != expected:
            gone = f"{expected} to {number - 1} are" if number - expected > 1 else f"{expected} is"
            yield f"ledger entry {gone} gone"
        try:
            entry = entry_of(body)
        except TrustError as error:
            yield f"ledger entry {number}: {error}"
            expected, previous = number + 1, sha256(body)
            continue
        if entry.number != number:
            yield f"ledger entry {number} says of itself that it is entry {entry.number}"
        if entry.previous != previous and number == expected:
            yield f"ledger entry {number} does not follow entry {number - 1}: one of them was changed or put in"
        if _before(entry.at, latest):
            yield f"ledger entry {number} is dated {entry.at}, before an earlier entry ({latest}): a clock was set back"
        expected, previous, latest = number + 1, entry.hash, max(latest, entry.at)


def _before(at: str, latest: str) -> bool:
    if not latest:
        return False
    try:
        return datetime.fromisoformat(at) < datetime.fromisoformat(latest) - CLOCK_SLACK
    except (ValueError, TypeError):
        return True
