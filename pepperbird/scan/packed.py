"""A pack as a source of records: read from its members as they are asked for, trusted no further than a store is."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from pepperbird.errors import StoreError, TrustError
from pepperbird.model.run import Digests
from pepperbird.model.verdict import PostureEntry
from pepperbird.scan.judging import Previous
from pepperbird.scan.pack import FORMAT, README, About
from pepperbird.store.codec import value_of
from pepperbird.store.ledger import Kept
from pepperbird.store.parts import INPUTS, RESULTS, Part, RunParts, VerdictPart
from pepperbird.store.pieces import POSTURE, agency_of
from pepperbird.store.records import KeptEvidence
from pepperbird.store.results import STATES
from pepperbird.store.signed import OF_PEOPLE, SignedRecord
from pepperbird.trust.canonical import parse, sha256
from pepperbird.trust.envelope import envelope_of
from pepperbird.trust.keylist import verified
from pepperbird.trust.keys import public_pem
from pepperbird.trust.ledger import Entry, EntryKind, entry_of
from pepperbird.trust.onefile import OneFile
from pepperbird.trust.statement import Kind, Subject

_RECORD = re.compile(r"records/([0-9a-f]{64})\.dsse\.json")
_KEYS = re.compile(r"keys/([0-9a-f]{64})\.dsse\.json")
_PIECE = re.compile(r"pieces/(.+)\.([a-z_]+)\.json")


class PackSource:
    """The records of the one run of a pack, and the ledger as far as it had come when it was packed."""

    def __init__(self, file: OneFile) -> None:
        self._file = file
        value = parse(file.read("pack.json"), "pack.json")
        try:
            self.about = About(str(value["run"]), {str(name): str(run) for name, run in value["stood"].items()})
        except (KeyError, TypeError, AttributeError) as error:
            raise TrustError("pack.json says something else than it should") from error
        if self.about.to_bytes() != file.read("pack.json") or value.get("format") != FORMAT:
            raise TrustError(f"pack.json says something else than {FORMAT}")

    def rows(self) -> list[Kept]:
        bodies, checkpoints = self._lines("ledger.jsonl"), self._lines("checkpoints.jsonl")
        if len(bodies) != len(checkpoints):
            raise TrustError(f"ledger.jsonl has {len(bodies)} entries, checkpoints.jsonl has {len(checkpoints)}")
        return [_kept(number, *both) for number, both in enumerate(zip(bodies, checkpoints, strict=True), 1)]

    def key_lists(self) -> Mapping[str, bytes]:
        return {f"sha256:{match[1]}": self._file.read(name) for name, match in self._named(_KEYS)}

    def standing(self, run_id: str) -> str | None:
        return None

    def series(self) -> None:
        return None

    def unfinished(self) -> None:
        return None

    def people(self) -> list[SignedRecord]:
        entries = {entry.digest: entry for entry in map(_entry, self.rows()) if entry is not None}
        found = []
        for name, match in self._named(_RECORD):
            entry = entries.get(f"sha256:{match[1]}")
            if entry is None:
                raise TrustError(f"{name}: not in the ledger")
            data = self._file.read(name)
            kind = envelope_of(data).statement.kind
            if OF_PEOPLE.get(kind) is not entry.kind:
                raise TrustError(f"{name}: is about {kind}, and ledger entry {entry.number} speaks of {entry.kind}")
            agency = str(entry.details.get("agency"))
            found.append(SignedRecord(entry.digest, kind, agency, entry.subject, entry.at, entry.number, data))
        return found

    def holds_records_of(self, agency: str) -> bool:
        return agency == "" or f"pieces/{agency}.{POSTURE}.json" in self._file

    def finished(self) -> list[str]:
        return [self.about.run]

    def parts(self, run_id: str) -> RunParts:
        row = parse(self._file.read("run.json"), "run.json")
        try:
            return RunParts(
                id=row["id"],
                at=row["at"],
                ended=row["ended"],
                scope=row["scope"],
                digests=Digests(**row["digests"]),
                previous=row["previous"],
                content=self._part("content.tar.gz"),
                inputs={name: self._part(f"{name}.json") for name in INPUTS},
                results={name: self._part(f"{name}.json") for name in RESULTS},
                pieces=self._pieces(),
                verdicts=self._verdicts(),
                evidence=tuple(Subject(one.endpoint, one.said.digest) for one in self.evidence(run_id)),
                envelope=self._file.read("run.dsse.json"),
            )
        except (KeyError, TypeError) as error:
            raise TrustError("run.json has other parts than it should") from error

    def evidence(self, run_id: str, agency: str | None = None) -> Iterator[KeptEvidence]:
        names = parse(self._file.read("endpoints.json"), "endpoints.json")
        if not isinstance(names, list) or not all(isinstance(one, str) for one in names):
            raise TrustError("endpoints.json is no list of endpoints")
        for number, endpoint in enumerate(names, 1):
            if agency is not None and agency_of(endpoint) != agency:
                continue
            envelope = f"evidence-{number:06}.dsse.json"
            said = self._part(f"evidence-{number:06}.json")
            yield KeptEvidence(endpoint, said, self._file.read(envelope) if envelope in self._file else None)

    def previous(self, parts: RunParts, without: Collection[str] = ()) -> Previous:
        return {agency: self._stood(agency, run) for agency, run in self.about.stood.items() if agency not in without}

    def faults(self, entries: Mapping[str, Entry]) -> Iterator[str]:
        """What is wrong with the pack beside its run; `entries` are the ledger's entries of runs by their ids."""
        if self._file.read("README.txt") != README.encode():
            yield "README.txt is not the one that packs have"
        listed = {f"{one.id}.pem": public_pem(one.key) for data in self.key_lists().values()
                  for one in verified(envelope_of(data)).keys.keys}  # fmt: skip
        for name in self._file:
            if name.endswith(".pem") and listed.get(name) != self._file.read(name):
                yield f"{name} is no key of the key list"
        for agency, run_id in self.about.stood.items():
            if run_id:
                yield from self._before(agency, run_id, entries.get(run_id))

    def _before(self, agency: str, run_id: str, entry: Entry | None) -> Iterator[str]:
        """Where the agency stood before, against the statement of that run, and that against the ledger."""
        try:
            envelope = envelope_of(self._file.read(f"before/{run_id}.dsse.json"))
            said = envelope.statement
            if entry is None or entry.digest != sha256(envelope.payload) or said.kind is not Kind.RUN:
                yield f"before/{run_id}.dsse.json is not what the ledger recorded of that run"
            stood = said.predicate["agencies"].get(agency, {}).get(POSTURE)
            if stood != self._part(f"before/{run_id}.{agency}.json").digest:
                yield f"before/{run_id}.{agency}.json is not where {agency} stood after that run"
        except (KeyError, AttributeError) as error:
            yield f"before/{run_id}.dsse.json says nothing of where {agency} stood ({error})"

    def _stood(self, agency: str, run_id: str) -> tuple[PostureEntry, ...]:
        if not run_id:
            return ()
        found: tuple[PostureEntry, ...] = value_of(
            tuple[PostureEntry, ...], self._file.read(f"before/{run_id}.{agency}.json")
        )
        return found

    def _pieces(self) -> dict[str, dict[str, Part]]:
        found: dict[str, dict[str, Part]] = {}
        for name, match in self._named(_PIECE):
            found.setdefault(match[1], {})[match[2]] = self._part(name)
        return found

    def _verdicts(self) -> tuple[VerdictPart, ...]:
        bodies, rows = self._lines("verdicts.jsonl"), self._lines("verdicts-rows.jsonl")
        if len(bodies) != len(rows):
            raise TrustError(f"verdicts.jsonl has {len(bodies)} lines, verdicts-rows.jsonl has {len(rows)}")
        return tuple(VerdictPart(_row(row), Part(body)) for row, body in zip(rows, bodies, strict=True))

    def _part(self, name: str) -> Part:
        return Part(self._file.read(name)) if name in self._file else Part(None, f"{name}: not in the pack")

    def _lines(self, name: str) -> list[bytes]:
        data = self._file.read(name)
        if data and not data.endswith(b"\n"):
            raise TrustError(f"{name}: its last line is cut")
        return data.split(b"\n")[:-1]

    def _named(self, pattern: re.Pattern[str]) -> Iterator[tuple[str, re.Match[str]]]:
        for name in self._file:
            if match := pattern.fullmatch(name):
                yield name, match


def _row(line: bytes) -> tuple[str, ...]:
    value: Any = parse(line, "a line of verdicts-rows.jsonl")
    if not isinstance(value, list) or len(value) != 1 + len(STATES) or not all(isinstance(one, str) for one in value):
        raise StoreError("verdicts-rows.jsonl: a line is not a row of verdicts")
    return tuple(value)


def _entry(row: Kept) -> Entry | None:
    try:
        return entry_of(row.body)
    except TrustError:
        return None  # verifying the ledger names it


def _kept(number: int, body: bytes, checkpoint: bytes) -> Kept:
    """The row that a store would have of it."""
    try:
        entry = entry_of(body)
    except TrustError:
        return Kept(number, str(EntryKind.RUN), "", "", body, checkpoint)
    return Kept(number, str(entry.kind), entry.subject, entry.hash, body, checkpoint)
