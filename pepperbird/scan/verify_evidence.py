"""Each piece of evidence against its statement, its run and the content: whose words, asked by what, said when."""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Sequence
from datetime import datetime

from pepperbird.errors import PepperbirdError, StoreError, TrustError
from pepperbird.model.catalog import Catalog
from pepperbird.model.evidence import Transcript
from pepperbird.model.run import Run
from pepperbird.scan.verify_ledger import Book
from pepperbird.store.records import KeptEvidence
from pepperbird.store.runs import Store
from pepperbird.trust.canonical import sha256
from pepperbird.trust.envelope import envelope_of
from pepperbird.trust.evidence import Asked, evidence_statement
from pepperbird.trust.ledger import CLOCK_SLACK, Entry
from pepperbird.trust.statement import Kind

SAME_WAY = 3
"""So many machines whose clocks all differ from ours by more than the slack say that it is ours that is wrong."""


def evidence_faults(
    store: Store, run_id: str, book: Book, entry: Entry | None, catalog: Catalog, *, signed: bool
) -> Iterator[str]:
    """What is wrong with the evidence of a run, which was asked by the programs of `catalog`."""
    run = store.load(run_id, heard=False)
    programs = {family: sha256(program) for family, program in catalog.programs.items()}
    if catalog.digest != run.digests.content:
        yield "the content that is kept is another than the one it was judged by"
    asked = Asked(run_id, run.digests.content, {one.id: programs.get(one.family, "") for one in run.plan.endpoints})
    pinned = {one.id: one.access.host_key for one in run.plan.endpoints}
    for kept in store.records.evidence(run_id):
        faults = _one(kept, run, asked, book, entry, pinned=pinned.get(kept.endpoint), signed=signed)
        yield from (f"{kept.endpoint}: {fault}" for fault in faults)


def _one(
    kept: KeptEvidence, run: Run, asked: Asked, book: Book, entry: Entry | None, *, pinned: str | None, signed: bool
) -> Iterator[str]:  # fmt: skip
    try:
        data, transcript = kept.data(), kept.transcript()
    except StoreError as error:
        yield str(error)
        return
    shown = transcript.connection.get("host_key_fingerprint")
    if pinned and shown and str(shown).rstrip("=") != pinned.rstrip("="):
        yield f"another machine answered: the register has the host key {pinned}, it showed {shown}"
    if transcript.endpoint != kept.endpoint:
        yield f"what is kept was said by {transcript.endpoint}"
    if _outside(transcript, run):
        yield f"said on {transcript.started}, which is not within its run: replayed from another time"
    if kept.envelope is None:
        if signed:
            yield "unsigned, although its run is signed"
        return
    try:
        envelope = envelope_of(kept.envelope)
        expected = evidence_statement(asked, transcript, sha256(data))
        found = envelope.statement
        if found.subjects != expected.subjects:
            yield "the signed statement is about other evidence: what was said was changed, or swapped"
        for name in sorted(found.predicate.keys() | expected.predicate.keys()):
            said, stored = found.predicate.get(name), expected.predicate.get(name)
            if said != stored:
                yield f"the statement says {name} {said!r}, stored is {stored!r}"
        signer = book.ring.signer(envelope, Kind.EVIDENCE, run.at, entry.number if entry else None)
    except TrustError as error:
        yield str(error)
        return
    if signed and not signer:
        yield "unsigned, although its run is signed"


def _outside(transcript: Transcript, run: Run) -> bool:
    try:
        began, ended, first, last = map(
            datetime.fromisoformat, (run.at, run.ended, transcript.started, transcript.ended)
        )
        return first < began - CLOCK_SLACK or last > ended + CLOCK_SLACK
    except (ValueError, TypeError):
        return True


def evidence_notes(store: Store, run_ids: Sequence[str]) -> list[str]:
    """What is no fault by itself and somebody should explain: machines that changed or look alike, clocks."""
    notes: list[str] = []
    known: dict[str, str] = {}
    for run_id in run_ids:
        here: dict[str, str] = {}
        offsets: list[int] = []
        try:
            transcripts = [one.transcript() for one in store.records.evidence(run_id)]
        except PepperbirdError:
            continue  # named as a fault
        for one in transcripts:
            if isinstance(offset := one.connection.get("clock_offset_ms"), int):
                offsets.append(offset)
            key = one.connection.get("host_key_fingerprint")
            if not isinstance(key, str):
                continue
            if known.get(one.endpoint, key) != key:
                notes.append(f"run {run_id}: {one.endpoint} shows another host key than before: another machine?")
            if key in here and _asset(here[key]) != _asset(one.endpoint):
                notes.append(f"run {run_id}: {here[key]} and {one.endpoint} show the same host key: one machine?")
            here.setdefault(key, one.endpoint)
            known[one.endpoint] = key
        slack = CLOCK_SLACK.total_seconds() * 1000
        if len(offsets) >= SAME_WAY and min(abs(one) for one in offsets) > slack:
            minutes = round(statistics.median(offsets) / 60_000)
            notes.append(
                f"run {run_id}: all machines' clocks differ from the collector's, by {minutes} minutes: was it set?"
            )
    return notes


def _asset(endpoint: str) -> str:
    return endpoint.rpartition("/")[0]
