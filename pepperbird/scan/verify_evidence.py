"""Each piece of evidence against its statement, its run and the content: whose words, asked by what, said when."""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from pepperbird.collect.frame import order_digest
from pepperbird.errors import StoreError, TrustError
from pepperbird.model.catalog import Catalog
from pepperbird.model.evidence import Transcript
from pepperbird.model.plan import EndpointPlan, Plan
from pepperbird.scan.source import Source
from pepperbird.scan.verify_ledger import Book
from pepperbird.store.codec import value_of
from pepperbird.store.parts import RunParts
from pepperbird.store.records import KeptEvidence
from pepperbird.trust.canonical import sha256
from pepperbird.trust.envelope import Envelope, envelope_of
from pepperbird.trust.evidence import Asked, evidence_statement
from pepperbird.trust.keyring import KeyRing
from pepperbird.trust.ledger import CLOCK_SLACK
from pepperbird.trust.statement import Kind

SAME_WAY = 3
"""So many machines whose clocks all differ from ours by more than the slack say that it is ours that is wrong."""


def evidence_faults(
    source: Source, parts: RunParts, book: Book, shown: Shown, catalog: Catalog, *, signed: bool
) -> Iterator[str]:
    """What is wrong with the evidence of a run, which was asked by the programs of `catalog`."""
    entry = book.runs.get(parts.id)
    plan: Plan = value_of(Plan, parts.inputs["plan"].need())
    if catalog.digest != parts.digests.content:
        yield "the content that is kept is another than the one it was judged by"
    against = _Against(parts, plan, catalog, book.ring, entry.number if entry else None, signed=signed)
    for kept in source.evidence(parts.id):
        yield from (f"{kept.endpoint}: {fault}" for fault in against.faults(kept))
    shown.take(parts.id, against.connections)


class _Against:
    """What the evidence of one run is held against."""

    def __init__(
        self, parts: RunParts, plan: Plan, catalog: Catalog, ring: KeyRing, number: int | None, *, signed: bool
    ) -> None:
        self.at, self.ended = plan.at, parts.ended
        self.ring, self.number, self.signed = ring, number, signed
        programs = {family: sha256(program) for family, program in catalog.programs.items()}
        families = {one.id: programs.get(one.family, "") for one in plan.endpoints}
        self.asked = Asked(parts.id, parts.digests.content, families)
        self.connections: dict[str, Mapping[str, Any]] = {}
        self.planned = {one.id: one for one in plan.endpoints}

    def faults(self, kept: KeptEvidence) -> Iterator[str]:
        try:
            data, transcript = kept.data(), kept.transcript()
        except StoreError as error:
            yield str(error)
            return
        self.connections[kept.endpoint] = transcript.connection
        if transcript.endpoint != kept.endpoint:
            yield f"what is kept was said by {transcript.endpoint}"
        if _outside(transcript, self.at, self.ended):
            yield f"said on {transcript.started}, which is not within its run: replayed from another time"
        yield from self._otherwise(kept, transcript)
        if kept.envelope is None:
            if self.signed:
                yield "unsigned, although its run is signed"
            return
        try:
            yield from self._statement(envelope_of(kept.envelope), transcript, sha256(data))
        except TrustError as error:
            yield str(error)

    def _otherwise(self, kept: KeptEvidence, transcript: Transcript) -> Iterator[str]:
        """Another machine than the register's, or other questions than the plan's."""
        endpoint = self.planned.get(kept.endpoint)
        if endpoint is None:
            yield "no endpoint of the plan"
            return
        pinned, shown = endpoint.access.host_key, transcript.connection.get("host_key_fingerprint")
        if pinned and shown and str(shown).rstrip("=") != pinned.rstrip("="):
            yield f"another machine answered: the register has the host key {pinned}, it showed {shown}"
        asked = transcript.connection.get("asked")
        unknown = asked is None and (transcript.gap is not None or kept.envelope is None)
        if not unknown and asked != _planned(endpoint):
            yield "asked by other probes, arguments or limits than the plan's"

    def _statement(self, envelope: Envelope, transcript: Transcript, digest: str) -> Iterator[str]:
        expected, found = evidence_statement(self.asked, transcript, digest), envelope.statement
        if found.subjects != expected.subjects:
            yield "the signed statement is about other evidence: what was said was changed, or swapped"
        for name in sorted(found.predicate.keys() | expected.predicate.keys()):
            said, stored = found.predicate.get(name), expected.predicate.get(name)
            if said != stored:
                yield f"the statement says {name} {said!r}, stored is {stored!r}"
        signer = self.ring.signer(envelope, Kind.EVIDENCE, self.at, self.number)
        if self.signed and not signer:
            yield "unsigned, although its run is signed"


def _planned(endpoint: EndpointPlan) -> str:
    """The digest of what a plan says was to be asked; '' where nobody can be asked that, as in a forged plan."""
    try:
        return order_digest(endpoint.probes)
    except ValueError:
        return ""


def _outside(transcript: Transcript, at: str, until: str) -> bool:
    try:
        began, ended, first, last = map(datetime.fromisoformat, (at, until, transcript.started, transcript.ended))
        return first < began - CLOCK_SLACK or last > ended + CLOCK_SLACK
    except (ValueError, TypeError):
        return True


@dataclass
class Shown:
    """What machines showed of themselves, run after run, and what of that somebody should explain."""

    notes: list[str] = field(default_factory=list)
    _known: dict[str, str] = field(default_factory=dict)

    def take(self, run_id: str, connections: Mapping[str, Mapping[str, Any]]) -> None:
        """Note machines that changed or look alike, and a clock that differs from all: no faults by themselves."""
        here: dict[str, str] = {}
        for endpoint, connection in connections.items():
            key = connection.get("host_key_fingerprint")
            if not isinstance(key, str):
                continue
            if self._known.get(endpoint, key) != key:
                self.notes.append(f"run {run_id}: {endpoint} shows another host key than before: another machine?")
            if key in here and _asset(here[key]) != _asset(endpoint):
                self.notes.append(f"run {run_id}: {here[key]} and {endpoint} show the same host key: one machine?")
            here.setdefault(key, endpoint)
            self._known[endpoint] = key
        offsets = [one for two in connections.values() if isinstance(one := two.get("clock_offset_ms"), int)]
        if len(offsets) >= SAME_WAY and min(abs(one) for one in offsets) > CLOCK_SLACK.total_seconds() * 1000:
            minutes = round(statistics.median(offsets) / 60_000)
            self.notes.append(
                f"run {run_id}: all machines' clocks differ from the collector's, by {minutes} minutes: was it set?"
            )


def _asset(endpoint: str) -> str:
    return endpoint.rpartition("/")[0]
