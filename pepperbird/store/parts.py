"""A run as plain bytes: every part that its record speaks for, read in one place from wherever it is kept.

A store gives them, and so does a pack; the statement about a run is written from them, and so is judging it again.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import Connection, select, union

from pepperbird.errors import StoreError
from pepperbird.model.run import Digests
from pepperbird.store import tables
from pepperbird.store.blobs import Blobs, UnreadableError
from pepperbird.store.codec import canonical_json, expand, unpack
from pepperbird.store.pieces import POSTURE, VERDICTS, agency_of
from pepperbird.store.results import STATES
from pepperbird.trust.canonical import sha256
from pepperbird.trust.merkle import merkle_root
from pepperbird.trust.statement import Kind, Statement, Subject

DAMAGED = "sha256:" + "0" * 64
"""Stands for the digest of bytes that cannot be read; no bytes have it."""
UNREADABLE = "unreadable"
"""Stands for the digest of what is sealed and cannot be opened here."""
INPUTS = ("plan", "site")
RESULTS = ("scores", "nation")


@dataclass(frozen=True, slots=True)
class Part:
    """Canonical bytes; `why` says why they cannot be read: damaged, or `sealed` under a key that is not here."""

    data: bytes | None
    why: str = ""
    sealed: bool = False

    @property
    def digest(self) -> str:
        """'' where there is nothing, UNREADABLE where it is sealed, DAMAGED where it cannot be read."""
        if self.sealed:
            return UNREADABLE
        if self.why:
            return DAMAGED
        return "" if self.data is None else sha256(self.data)

    def need(self) -> bytes:
        """The bytes. Raises StoreError where there are none."""
        if self.data is None:
            raise StoreError(self.why or "a part of the run is gone")
        return self.data


@dataclass(frozen=True, slots=True)
class VerdictPart:
    """`row` is what stands beside it in clear: its agency, and what `results.STATES` names."""

    row: tuple[str, ...]
    body: Part


Seen = tuple[Mapping[str, Mapping[str, Part]], tuple[VerdictPart, ...]]
"""What was seen of agencies: their pieces, by agency and name, and their verdicts."""


@dataclass(frozen=True, slots=True)
class RunParts:
    """`inputs` and `results` by the names above; `previous` names by agency the run by which it stood before.

    `pieces` are what belongs to one agency: by agency and name (`pieces.NAMES`, but the verdicts, which are below).
    """

    id: str
    at: str
    ended: str
    scope: str
    digests: Digests
    previous: Mapping[str, str] | None
    content: Part
    inputs: Mapping[str, Part]
    results: Mapping[str, Part]
    pieces: Mapping[str, Mapping[str, Part]]
    verdicts: tuple[VerdictPart, ...]
    evidence: tuple[Subject, ...]
    envelope: bytes | None = field(default=None, repr=False)

    @property
    def postures(self) -> dict[str, Part]:
        """Where each agency stood after it."""
        return {agency: some[POSTURE] for agency, some in self.pieces.items() if POSTURE in some}

    def unreadable(self) -> dict[str, str]:
        """The agencies of which something is sealed and cannot be opened here, and why."""
        found: dict[str, str] = {}
        for agency, some in self.pieces.items():
            found.update((agency, part.why) for part in some.values() if part.sealed)
        found |= {one.row[0]: one.body.why for one in self.verdicts if one.body.sealed}
        for one in self.evidence:
            if one.digest == UNREADABLE:
                found.setdefault(agency_of(one.name), "what it said is sealed")
        return found


def statement_about(parts: RunParts) -> Statement:
    """The statement about a run, every digest taken anew. It names every byte that judging used and gave."""
    return _statement(parts, _agencies(parts.pieces, parts.verdicts))


def statement_in(connection: Connection, blobs: Blobs, run_id: str) -> Statement:
    """What `statement_about(parts_of(...))` gives, with one agency's parts in memory at a time."""
    agencies: dict[str, dict[str, str]] = {}
    for agency in _agencies_in(connection, run_id):
        agencies |= _agencies(*_of_agencies(connection, blobs, run_id, agency))
    return _statement(_of_all(connection, blobs, run_id), agencies)


def _statement(parts: RunParts, agencies: Mapping[str, Mapping[str, str]]) -> Statement:
    root = merkle_root(parts.evidence)
    return Statement(
        Kind.RUN,
        (Subject(f"run/{parts.id}", root), *parts.evidence),
        {
            "run": parts.id,
            "at": parts.at,
            "ended": parts.ended,
            "scope": parts.scope,
            "merkle_root": root,
            "evidence": len(parts.evidence),
            "digests": {name: getattr(parts.digests, name) for name in Digests.__dataclass_fields__},
            "inputs": _digests(parts.inputs) | {"content": parts.content.digest or DAMAGED},
            "previous": dict(parts.previous or {}),
            "results": _digests(parts.results),
            "agencies": agencies,
        },
    )


def parts_of(connection: Connection, blobs: Blobs, run_id: str) -> RunParts:
    """The parts of a finished run as the store has them. Raises StoreError where its row cannot be read."""
    pieces, verdicts = _of_agencies(connection, blobs, run_id)
    return replace(_of_all(connection, blobs, run_id), pieces=pieces, verdicts=verdicts)


def _of_all(connection: Connection, blobs: Blobs, run_id: str) -> RunParts:
    """The parts without those that belong to one agency."""
    row = connection.execute(select(tables.runs).where(tables.runs.c.id == run_id)).first()
    if row is None:
        raise StoreError(f"the run {run_id} is not in the store any more")
    archive = connection.execute(
        select(tables.contents.c.archive).where(tables.contents.c.digest == row.content_digest)
    ).scalar()
    return RunParts(
        id=row.id,
        at=row.at,
        ended=row.ended,
        scope=row.scope,
        digests=unpack(Digests, row.digests),
        previous=unpack(dict[str, str], row.previous) if row.previous else None,
        content=Part(archive),
        inputs={name: part_of(getattr(row, name)) for name in INPUTS},
        results={name: part_of(getattr(row, name)) for name in RESULTS},
        pieces={},
        verdicts=(),
        evidence=_evidence(connection, blobs, run_id),
        envelope=row.envelope,
    )


def part_of(blob: bytes | None) -> Part:
    """The part that a column holds; what cannot be read says why."""
    try:
        return Part(None if blob is None else expand(blob))
    except StoreError as error:
        return Part(None, str(error))


def opened(connection: Connection, blobs: Blobs, stored: bytes) -> Part:
    """The part that a column of an agency's evidence holds, sealed or not."""
    try:
        return part_of(blobs.get(connection, stored))
    except UnreadableError as error:
        return Part(None, str(error), sealed=True)
    except StoreError as error:
        return Part(None, str(error))


def _agencies_in(connection: Connection, run_id: str) -> list[str]:
    """Every agency that the run has anything of."""
    looked, kept = tables.run_agencies.c, tables.pieces.c
    query = union(select(looked.agency).where(looked.run == run_id), select(kept.agency).where(kept.run == run_id))
    return [str(row.agency) for row in connection.execute(query)]


def _of_agencies(connection: Connection, blobs: Blobs, run_id: str, agency: str | None = None) -> Seen:
    """The pieces and the verdicts of that agency; None for all."""
    columns = tables.pieces.c
    query = select(columns.agency, columns.name, columns.body).where(columns.run == run_id)
    if agency is not None:
        query = query.where(columns.agency == agency)
    pieces: dict[str, dict[str, Part]] = {}
    for row in connection.execute(query.order_by(columns.agency, columns.name)):
        pieces.setdefault(row.agency, {})[row.name] = opened(connection, blobs, row.body)
    verdicts = {one: some.pop(VERDICTS) for one, some in pieces.items() if VERDICTS in some}
    return pieces, _verdict_parts(connection, run_id, verdicts, agency)


def _verdict_parts(
    connection: Connection, run_id: str, bodies: Mapping[str, Part], agency: str | None
) -> tuple[VerdictPart, ...]:
    """Each verdict's row with what was seen; also what has no row, which no statement that was signed speaks of."""
    columns = tables.run_agencies.c
    query = select(columns.agency, columns.states).where(columns.run == run_id).order_by(columns.agency)
    if agency is not None:
        query = query.where(columns.agency == agency)
    rows = [(row.agency, *one) for row in connection.execute(query) for one in _states(part_of(row.states))]
    known = {agency: _by_pair(part) for agency, part in bodies.items()}
    gone = Part(None, "what was seen is gone")
    found = []
    for row in rows:
        some = known.get(row[0], gone)
        body = some if isinstance(some, Part) else some.pop((row[1], row[2]), gone)
        found.append(VerdictPart(row, body))
    for whose, left in known.items():
        if not isinstance(left, Part):
            found += [VerdictPart((whose, *pair, "", "", ""), body) for pair, body in sorted(left.items())]
    return tuple(found)


def _states(part: Part) -> list[tuple[str, ...]]:
    """What stands in clear of an agency's verdicts; nothing where it cannot be read, which no statement speaks of."""
    try:
        found = [tuple(map(str, one)) for one in json.loads(part.data or b"[]")]
    except (ValueError, TypeError):
        return []
    return sorted(one for one in found if len(one) == len(STATES))


def _by_pair(part: Part) -> dict[tuple[str, str], Part] | Part:
    """The verdicts of one agency by (control, asset); the part itself where they cannot be read."""
    try:
        verdicts = json.loads(part.need())
        return {(one["control"], one["asset"]): Part(canonical_json(one)) for one in verdicts}
    except StoreError:
        return part
    except (ValueError, KeyError, TypeError):
        return Part(None, "what was seen is damaged")


def _evidence(connection: Connection, blobs: Blobs, run_id: str) -> tuple[Subject, ...]:
    columns = tables.transcripts.c
    query = select(columns.endpoint, columns.body).where(columns.run == run_id).order_by(columns.endpoint)
    rows = connection.execute(query)
    return tuple(Subject(row.endpoint, opened(connection, blobs, row.body).digest) for row in rows)


def _digests(parts: Mapping[str, Part]) -> dict[str, Any]:
    return {name: part.digest for name, part in parts.items()}


def _agencies(pieces: Mapping[str, Mapping[str, Part]], verdicts: Iterable[VerdictPart]) -> dict[str, dict[str, str]]:
    """By agency the digests of what belongs to it, so that each agency's can be verified by itself."""
    found = {agency: _digests(some) for agency, some in pieces.items()}
    mine: dict[str, list[VerdictPart]] = {}
    for one in verdicts:
        mine.setdefault(one.row[0], []).append(one)
    for agency, some in mine.items():
        found.setdefault(agency, {})[VERDICTS] = _verdicts(some)
    return found


def _verdicts(verdicts: list[VerdictPart]) -> str:
    """UNREADABLE where a body is; their states still speak for themselves to whoever has the key."""
    total = hashlib.sha256()
    for one in verdicts:
        if one.body.sealed:
            return UNREADABLE
        total.update("\0".join(one.row).encode() + b"\0" + one.body.digest.encode() + b"\n")
    return "sha256:" + total.hexdigest()
