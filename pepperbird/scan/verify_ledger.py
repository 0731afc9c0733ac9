"""The ledger of a store, read for verifying: whole or not, who signed, and which runs it speaks of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from pepperbird.errors import TrustError
from pepperbird.model.plan import FULL
from pepperbird.scan.source import Source
from pepperbird.store.ledger import Kept, ring_from
from pepperbird.trust.envelope import envelope_of
from pepperbird.trust.keyring import KeyRing
from pepperbird.trust.ledger import EVIDENCE_OF, Checkpoint, Entry, EntryKind, chain_faults, entry_of
from pepperbird.trust.statement import Kind, Statement

_LONGEST_RUN = timedelta(days=1)
"""Rules count from the beginning of a run, its entry stands for the end."""


@dataclass
class Book:
    """`runs` maps a run id to its first entry, `prunes` to that of its pruning (see `EVIDENCE_OF` for its evidence)."""

    ring: KeyRing = field(default_factory=KeyRing)
    entries: dict[int, Entry] = field(default_factory=dict)
    runs: dict[str, Entry] = field(default_factory=dict)
    prunes: dict[str, Entry] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    head: Checkpoint | None = None
    head_key: str = ""

    def name(self, key_id: str) -> str:
        """The name of a key with the start of its id; '' for none."""
        if not key_id or self.ring.newest is None:
            return key_id[:16]
        return f"{self.ring.newest.keys.find(key_id).name} ({key_id[:16]})"

    def missing(self, kept: Sequence[str]) -> Iterator[str]:
        """Runs that the ledger speaks of and the store has not."""
        for run_id, entry in self.runs.items():
            if run_id not in kept and run_id not in self.prunes:
                yield f"run {run_id}: deleted; ledger entry {entry.number} recorded it on {entry.at}"

    def pruned(self, kept: Sequence[str]) -> Iterator[str]:
        for run_id, entry in self.prunes.items():
            if not run_id.endswith(EVIDENCE_OF) and run_id not in kept:
                yield f"run {run_id}: {pruned_words(entry)}"

    def prune_faults(self) -> Iterator[str]:
        """Prunings of what was not what the ledger recorded, or not old enough for the rule."""
        for subject, entry in self.prunes.items():
            run = self.runs.get(subject.removesuffix(EVIDENCE_OF))
            recorded = run.details.get("merkle_root") if subject.endswith(EVIDENCE_OF) and run else run and run.digest
            if recorded and entry.digest != recorded:
                yield f"ledger entry {entry.number} prunes other evidence of {subject} than was recorded"
            if run is not None and not _old_enough(run.at, entry):
                yield f"ledger entry {entry.number} prunes {subject} before its time by {entry.details.get('rule')}"

    def signed_before(self, entry: Entry, statement: Statement) -> bool:
        """True where a full run is unsigned and one before it was signed."""
        if statement.predicate.get("scope") != FULL:
            return False
        return any(one.details.get("key") for one in self.runs.values() if one.number < entry.number)


def read_book(source: Source, *, checkpoints: Sequence[Checkpoint] = (), root: str | None = None) -> Book:
    """Everything that the ledger itself can show. Nothing in it raises: what is wrong stands in `faults`."""
    rows = source.rows()
    book = Book(faults=list(chain_faults((row.number, row.body) for row in rows)))
    try:
        book.ring = ring_from([row for row in rows if row.kind == EntryKind.KEY], source.key_lists())
        book.faults += book.ring.faults
    except TrustError as error:
        book.faults.append(str(error))
    for row in rows:
        book.faults += (f"ledger entry {row.number}: {fault}" for fault in _row(row, book))
    book.faults += book.prune_faults()
    book.faults += _standing(book, source)
    book.faults += _series(book, source)
    book.faults += _checkpoints(book, checkpoints)
    book.faults += _root(book.ring, root)
    if book.entries:
        last = book.entries[max(book.entries)]
        book.head = Checkpoint(last.number, last.hash)
    return book


def pruned_words(entry: Entry) -> str:
    return f"pruned on {entry.at} by rule {entry.details.get('rule', '?')}"


def _old_enough(at: str, entry: Entry) -> bool:
    try:
        age = datetime.fromisoformat(entry.at) - datetime.fromisoformat(at)
        return age + _LONGEST_RUN >= timedelta(days=int(entry.details["days"]))
    except (KeyError, ValueError, TypeError):
        return False


def _row(row: Kept, book: Book) -> Iterator[str]:
    try:
        entry = entry_of(row.body)
    except TrustError:
        return  # the chain said so already
    book.entries[row.number] = entry
    if (row.kind, row.subject, row.hash) != (str(entry.kind), entry.subject, entry.hash):
        yield "its row says something else than the entry"
    first = book.runs if entry.kind is EntryKind.RUN else book.prunes if entry.kind is EntryKind.PRUNE else {}
    if entry.subject in first:
        yield f"records {entry.subject} a second time"
    first.setdefault(entry.subject, entry)
    known = list(book.runs.values())
    try:
        envelope = envelope_of(row.checkpoint)
        if envelope.statement != Checkpoint(entry.number, entry.hash).statement():
            yield "its checkpoint is that of another entry"
        book.head_key = book.ring.signer(envelope, Kind.CHECKPOINT, entry.at, entry.number)
        if entry.kind is EntryKind.PRUNE and not book.head_key and any(one.details.get("key") for one in known):
            yield "prunes without a signature, although runs before it were signed"
        if entry.kind in (EntryKind.RUN, EntryKind.SERIES) and book.head_key != entry.details.get("key"):
            yield "its checkpoint was signed by another key than what it records, or its signature was taken off"
    except TrustError as error:
        yield f"its checkpoint: {error}"


def _standing(book: Book, source: Source) -> Iterator[str]:
    """Figures and spans of states outlive their runs: each run's entry holds the digest of what it said."""
    for run_id, entry in book.runs.items():
        recorded = entry.details.get("standing")
        if recorded is None:
            continue
        kept = source.standing(run_id)
        if kept is not None and kept != recorded:
            yield f"run {run_id}: what is kept of how agencies stood after it was changed since it was recorded"


def _series(book: Book, source: Source) -> Iterator[str]:
    """Series of runs judged again stand in no run: each has an entry of its own, with the digest of all of it."""
    kept = source.series()
    if kept is None:
        return
    recorded = {entry.subject: entry for entry in book.entries.values() if entry.kind is EntryKind.SERIES}
    for number, entry in recorded.items():
        if number not in kept:
            yield f"series {number}: deleted; ledger entry {entry.number} recorded it on {entry.at}"
        elif kept[number] != entry.digest:
            yield f"series {number}: what runs say when they are judged again was changed since it was recorded"
    for number in kept.keys() - recorded.keys():
        yield f"series {number}: not in the ledger: it was put into the store past the recorder"


def _checkpoints(book: Book, checkpoints: Sequence[Checkpoint]) -> Iterator[str]:
    hashes: Mapping[int, str] = {number: entry.hash for number, entry in book.entries.items()}
    for one in checkpoints:
        if one.count not in hashes:
            last = max(hashes, default=0)
            yield f"the ledger ends at entry {last}, and a report shows that it had {one.count}: its tail was cut"
        elif hashes[one.count] != one.head:
            yield f"ledger entry {one.count} is another one than a report shows: the ledger was rewritten or forked"


def _root(ring: KeyRing, root: str | None) -> Iterator[str]:
    if root is None:
        return
    if ring.newest is None:
        yield "no key list was recorded, so nothing goes back to the root key that you trust"
    elif root not in ring.roots:
        yield f"the key lists go back to the root key {ring.roots[0][:16]}, not to {root[:16]}, which you trust"
