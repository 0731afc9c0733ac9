"""A run as plain bytes: every part that its record speaks for, read in one place from wherever it is kept.

A store gives them, and so does a pack; the statement about a run is written from them, and so is judging it again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, select

from pepperbird.errors import StoreError
from pepperbird.model.run import Digests
from pepperbird.store import tables
from pepperbird.store.codec import expand, unpack
from pepperbird.trust.canonical import sha256
from pepperbird.trust.merkle import merkle_root
from pepperbird.trust.statement import Kind, Statement, Subject

DAMAGED = "sha256:" + "0" * 64
"""Stands for the digest of bytes that cannot be read; no bytes have it."""
INPUTS = ("plan", "site", "memory")
RESULTS = ("scores", "nation", "memory_after")
COLUMNS = ("agency", "control", "asset", "state", "severity", "enforcement")
"""What stands beside a verdict in its row."""


@dataclass(frozen=True, slots=True)
class Part:
    """Canonical bytes; `why` says why they cannot be read."""

    data: bytes | None
    why: str = ""

    @property
    def digest(self) -> str:
        """'' where there is nothing, DAMAGED where it cannot be read."""
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
    """`row` is what stands beside it, in the order of COLUMNS."""

    row: tuple[str, ...]
    body: Part


@dataclass(frozen=True, slots=True)
class RunParts:
    """`inputs` and `results` by the names above; `previous` names by agency the run by which it stood before."""

    id: str
    at: str
    ended: str
    scope: str
    digests: Digests
    previous: Mapping[str, str] | None
    content: Part
    inputs: Mapping[str, Part]
    results: Mapping[str, Part]
    postures: Mapping[str, Part]
    verdicts: tuple[VerdictPart, ...]
    evidence: tuple[Subject, ...]
    envelope: bytes | None = field(default=None, repr=False)


def statement_about(parts: RunParts) -> Statement:
    """The statement about a run, every digest taken anew. It names every byte that judging used and gave."""
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
            "results": _digests(parts.results) | {"verdicts": _verdicts(parts.verdicts)},
            "postures": _digests(parts.postures),
        },
    )


def parts_of(connection: Connection, run_id: str) -> RunParts:
    """The parts of a finished run as the store has them. Raises StoreError where its row cannot be read."""
    row = connection.execute(select(tables.runs).where(tables.runs.c.id == run_id)).one()
    archive = connection.execute(
        select(tables.contents.c.archive).where(tables.contents.c.digest == row.content_digest)
    ).scalar()
    of_it = tables.run_agencies.c.run == run_id
    postures = connection.execute(
        select(tables.run_agencies.c.agency, tables.run_agencies.c.posture).where(of_it).order_by("agency")
    )
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
        postures={one.agency: part_of(one.posture) for one in postures},
        verdicts=_verdict_parts(connection, run_id),
        evidence=_evidence(connection, run_id),
        envelope=row.envelope,
    )


def part_of(blob: bytes | None) -> Part:
    """The part that a column holds; what cannot be read says why."""
    try:
        return Part(None if blob is None else expand(blob))
    except StoreError as error:
        return Part(None, str(error))


def _verdict_parts(connection: Connection, run_id: str) -> tuple[VerdictPart, ...]:
    columns = tables.verdicts.c
    rows = connection.execute(
        select(*(columns[name] for name in COLUMNS), columns.body)
        .where(columns.run == run_id)
        .order_by(columns.agency, columns.control, columns.asset)
    )
    return tuple(VerdictPart(tuple(str(one) for one in row[:-1]), part_of(row.body)) for row in rows)


def _evidence(connection: Connection, run_id: str) -> tuple[Subject, ...]:
    columns = tables.transcripts.c
    rows = connection.execute(
        select(columns.endpoint, columns.body).where(columns.run == run_id).order_by(columns.endpoint)
    )
    return tuple(Subject(row.endpoint, part_of(row.body).digest) for row in rows)


def _digests(parts: Mapping[str, Part]) -> dict[str, Any]:
    return {name: part.digest for name, part in parts.items()}


def _verdicts(verdicts: tuple[VerdictPart, ...]) -> str:
    total = hashlib.sha256()
    for one in verdicts:
        total.update("\0".join(one.row).encode() + b"\0" + one.body.digest.encode() + b"\n")
    return "sha256:" + total.hexdigest()
