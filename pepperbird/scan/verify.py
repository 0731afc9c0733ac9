"""Verify what is stored: signatures, the ledger, every digest, and that judging it again gives the same to the byte.

Everything that does not match is named, each with where it stands; one thing wrong never hides the next.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from pepperbird.bundle.archive import OVERLAYS, unpack_content
from pepperbird.bundle.read import read_bundle
from pepperbird.errors import PepperbirdError, TrustError
from pepperbird.model.catalog import Catalog
from pepperbird.scan.source import Source
from pepperbird.scan.verify_evidence import Shown, evidence_faults
from pepperbird.scan.verify_judging import judging_faults
from pepperbird.scan.verify_ledger import Book, pruned_words, read_book
from pepperbird.scan.verify_people import people_faults
from pepperbird.scan.verify_snapshot import snapshot_faults
from pepperbird.store.parts import UNREADABLE, RunParts, statement_about
from pepperbird.trust.canonical import sha256
from pepperbird.trust.envelope import envelope_of
from pepperbird.trust.ledger import EVIDENCE_OF, Checkpoint, Entry
from pepperbird.trust.statement import Kind, Statement


@dataclass
class Verified:
    """What verifying came to. `signed` maps a run to the name of the key that signed it ('' unsigned)."""

    book: Book
    faults: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    signed: dict[str, str] = field(default_factory=dict)
    evidence: int = 0
    unread: list[str] = field(default_factory=list)
    """What is sealed and cannot be opened here: nobody can tell whether it matches."""
    shown: Shown = field(default_factory=Shown)


def verify(
    source: Source,
    run_ids: Sequence[str] | None = None,
    *,
    checkpoints: Sequence[Checkpoint] = (),
    root: str | None = None,
    judge: bool = True,
    catalogs: Catalogs | None = None,
) -> Verified:
    """Verify the ledger, and the runs named (all of them for None).

    `checkpoints` are those that somebody kept, from reports; `root` is the id of the root key that one trusts.
    """
    book = read_book(source, checkpoints=checkpoints, root=root)
    found = Verified(book, list(book.faults))
    found.faults += _people(source, book)
    found.unread += _sealed_records(source)
    kept = source.finished()
    if run_ids is None:
        found.faults += book.missing(kept)
        found.notes += book.pruned(kept)
        found.notes += _unfinished(source)
    with ExitStack() as contents:
        catalogs = catalogs or Catalogs(contents)
        for run_id in kept if run_ids is None else run_ids:
            faults = _run(source, run_id, found, catalogs, judge=judge)
            found.faults += (f"run {run_id}: {fault}" for fault in faults)
    found.notes += found.shown.notes
    return found


def _people(source: Source, book: Book) -> list[str]:
    try:
        return list(people_faults(source, book))
    except PepperbirdError as error:
        return [str(error)]


def _sealed_records(source: Source) -> Iterator[str]:
    try:
        for one in source.people():
            if one.unread:
                yield f"{one.kind} record {one.subject} of {one.agency}: {one.unread}"
    except PepperbirdError:
        return  # named as a fault


def _unfinished(source: Source) -> Iterator[str]:
    """A series that has not ended is no fault: `rejudge` holds it against its signature before it goes on with it."""
    try:
        begun = source.unfinished()
    except PepperbirdError as error:
        yield f"{error}; the next `pepperbird rejudge` begins it anew"
        return
    if begun is not None:
        yield (
            f"series {begun.about.number}: begun on {begun.about.at} and not ended, {begun.done} of {len(begun.runs)} "
            "runs are judged again; nothing shows it, and the ledger says nothing of it yet"
        )


class Catalogs:
    """The content of each run, read once for all runs that share it, as long as `contents` is open."""

    def __init__(self, contents: ExitStack) -> None:
        self._contents = contents
        self._known: dict[str, Catalog] = {}

    def of(self, archive: bytes) -> Catalog:
        """The content of that archive. Raises ContentError."""
        digest = sha256(archive)
        if digest not in self._known:
            root = Path(self._contents.enter_context(tempfile.TemporaryDirectory(prefix="pepperbird-")))
            unpack_content(archive, root)
            self._known[digest] = read_bundle(root, overlays=sorted((root / OVERLAYS).glob("*.yaml")))
        return self._known[digest]


def _run(source: Source, run_id: str, found: Verified, catalogs: Catalogs, *, judge: bool) -> Iterator[str]:
    entry = found.book.runs.get(run_id)
    if entry is None:
        yield "not in the ledger: it was put into the store past the recorder"
    try:
        parts = source.parts(run_id)
        statement = statement_about(parts)
        signer = ""
        pruned = found.book.prunes.get(run_id + EVIDENCE_OF)
        if pruned is not None and not parts.evidence:
            found.notes.append(f"run {run_id}: what its endpoints said was {pruned_words(pruned)}; not judged again")
            judge = False
        for fault, named in _statement(parts, entry, statement, found.book):
            signer = named or signer
            if fault:
                yield fault
        found.signed[run_id] = found.book.name(signer)
        unreadable = parts.unreadable()
        found.unread += (f"run {run_id}: what was seen of {agency}: {why}" for agency, why in unreadable.items())
        found.evidence += sum(one.digest != UNREADABLE for one in parts.evidence)
        catalog = catalogs.of(parts.content.need())
        yield from snapshot_faults(source, parts, found.book)
        yield from evidence_faults(source, parts, found.book, found.shown, catalog, signed=bool(signer))
    except PepperbirdError as error:
        yield str(error)
        return
    for agency, before in (parts.previous or {}).items():
        if before in found.book.prunes and judge:
            why = pruned_words(found.book.prunes[before])
            found.notes.append(f"run {run_id}: not judged again: {agency} stood by run {before}, {why}")
            judge = False
    if judge:
        yield from judging_faults(source, parts, catalog)


def _statement(parts: RunParts, entry: Entry | None, now: Statement, book: Book) -> Iterator[tuple[str, str]]:
    """(what is wrong, '') and, where it is signed, ('', key id)."""
    if parts.envelope is None:
        yield "the statement about it is gone", ""
        return
    try:
        envelope = envelope_of(parts.envelope)
        then = envelope.statement
        if entry is not None and entry.digest != sha256(envelope.payload):
            yield f"its statement is not the one that ledger entry {entry.number} recorded", ""
        pruned = parts.id + EVIDENCE_OF in book.prunes
        for difference in differences(then, now, pruned=pruned):
            yield difference, ""
        yield (
            "",
            book.ring.signer(envelope, Kind.RUN, str(then.predicate.get("ended")), entry.number if entry else None),
        )
    except TrustError as error:
        yield f"the statement about it: {error}", ""
    else:
        if not envelope.signatures and entry is not None and book.signed_before(entry, now):
            yield "unsigned, although full runs before it were signed", ""


def differences(then: Statement, now: Statement, *, pruned: bool = False) -> Iterator[str]:
    """What was recorded and is otherwise now, by name. Of a run whose evidence was `pruned` none need be there."""
    was, found = ({one.name: one.digest for one in statement.subjects[1:]} for statement in (then, now))
    for name in sorted(was.keys() | found.keys()):
        if name not in found:
            if pruned:
                continue
            yield f"the evidence of {name} is gone"
        elif name not in was:
            yield f"the evidence of {name} was put in later"
        elif was[name] != found[name] != UNREADABLE:
            yield f"what {name} said was changed (recorded {was[name][:23]}, now {found[name][:23]})"
    without = {"merkle_root", *(("evidence",) if pruned else ())}
    before, after = flat(dict(then.predicate)), flat(dict(now.predicate))
    for name in sorted(before.keys() | after.keys()):
        if before.get(name) != after.get(name) != UNREADABLE and name not in without:
            yield f"{_words(name)} changed since it was recorded"


def flat(value: dict[str, object], before: str = "") -> dict[str, object]:
    """One level of names for nested maps: `inputs.plan`."""
    found: dict[str, object] = {}
    for name, one in value.items():
        found |= flat(one, f"{before}{name}.") if isinstance(one, dict) else {before + name: one}
    return found


def _words(name: str) -> str:
    kind, _, rest = name.partition(".")
    if kind == "agencies":
        agency, _, piece = rest.rpartition(".")
        return f"{agency}: {_PIECES.get(piece, piece)}"
    return _NAMES.get(name, name)


_NAMES = {
    "inputs.plan": "the plan", "inputs.site": "the register that it was judged by",
    "inputs.content": "the content that it was judged by", "results.scores": "the scores",
    "results.nation": "the nation's score",
}  # fmt: skip
_PIECES = {
    "attestations": "the attestations that it was judged by", "memory": "what was remembered before it",
    "memory_after": "what was remembered after it", "posture": "the posture", "verdicts": "the verdicts",
}  # fmt: skip
