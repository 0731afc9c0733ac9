"""What a run used and gave of one agency, each piece by itself: so it is sealed, pruned and lost by itself."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, select
from sqlalchemy.dialects.sqlite import insert as upsert

from pepperbird.model.attestation import Attestation
from pepperbird.model.attested import Attested
from pepperbird.model.evidence import Memory
from pepperbird.model.site import Site
from pepperbird.model.verdict import PostureEntry, Verdict
from pepperbird.store import tables
from pepperbird.store.blobs import Blobs
from pepperbird.store.codec import pack, pack_items, unpack

ATTESTATIONS, ATTESTED, MEMORY = "attestations", "attested", "memory"
MEMORY_AFTER, POSTURE, VERDICTS = "memory_after", "posture", "verdicts"
NAMES = (ATTESTATIONS, ATTESTED, MEMORY, MEMORY_AFTER, POSTURE, VERDICTS)
DOCUMENTS = (ATTESTATIONS, ATTESTED)
"""What the register says of an agency's documents."""
KINDS: Mapping[str, Any] = {
    ATTESTATIONS: tuple[Attestation, ...],
    ATTESTED: tuple[Attested, ...],
    MEMORY: Memory,
    MEMORY_AFTER: Memory,
    POSTURE: tuple[PostureEntry, ...],
    VERDICTS: tuple[Verdict, ...],
}
ITEMS: Mapping[str, Any] = {POSTURE: PostureEntry, VERDICTS: Verdict}
"""Of which kind each of those is that are many."""


def agency_of(key: str) -> str:
    """Whose an asset or endpoint is, by its key `<agency>/...`."""
    return key.partition("/")[0]


def of_agency(column: ColumnElement[Any], agency: str) -> ColumnElement[bool]:
    """Where a key is of that agency: by its range, which an index finds, as `0` comes next to `/`."""
    return and_(column >= f"{agency}/", column < f"{agency}0")


def put_pieces(connection: Connection, blobs: Blobs, run_id: str, name: str, by_agency: Mapping[str, Any]) -> None:
    """Keep the piece `name` of each agency."""
    for agency, value in by_agency.items():
        packed = pack_items(ITEMS[name], value) if name in ITEMS else pack(KINDS[name], value)
        body = blobs.put(connection, agency, packed)
        row = {"run": run_id, "agency": agency, "name": name, "body": body}
        connection.execute(upsert(tables.pieces), row)


def get_pieces(
    connection: Connection, blobs: Blobs, run_id: str, name: str, only: Collection[str] | None = None
) -> dict[str, Any]:
    """The piece `name` by agency, of those in `only`. Raises StoreError for one that cannot be read."""
    columns = tables.pieces.c
    query = (
        select(columns.agency, columns.body).where(columns.run == run_id, columns.name == name).order_by(columns.agency)
    )
    return {
        row.agency: unpack(KINDS[name], blobs.get(connection, row.body))
        for row in connection.execute(query).all()
        if only is None or row.agency in only
    }


def newest_piece(
    connection: Connection, blobs: Blobs, agency: str, name: str, *, full: bool = False, before: str | None = None
) -> tuple[str, Any] | None:
    """The newest run that finished and has the piece `name` of an agency, and the piece."""
    columns = tables.pieces.c
    query = (
        select(columns.run, columns.body)
        .join(tables.runs, tables.runs.c.id == columns.run)
        .where(columns.agency == agency, columns.name == name, tables.runs.c.state == "finished")
        .order_by(columns.run.desc())
        .limit(1)
    )
    if full:
        query = query.where(tables.runs.c.scope == "full")
    if before is not None:
        query = query.where(columns.run < before)
    row = connection.execute(query).first()
    return None if row is None else (row.run, unpack(KINDS[name], blobs.get(connection, row.body)))


def split_memory(memory: Memory) -> dict[str, Memory]:
    """What is remembered, by agency."""
    tracks: dict[str, dict[str, Mapping[str, Mapping[str, Any]]]] = {}
    for key, known in memory.tracks.items():
        tracks.setdefault(agency_of(key), {})[key] = known
    return {agency: Memory(some) for agency, some in tracks.items()}


def joined_memory(parts: Iterable[Memory]) -> Memory:
    return Memory({key: known for one in parts for key, known in one.tracks.items()})


def split_site(site: Site) -> tuple[Site, dict[str, dict[str, tuple[Any, ...]]]]:
    """The register without what it says of documents, and that by piece and agency."""
    found: dict[str, dict[str, tuple[Any, ...]]] = {ATTESTATIONS: {}, ATTESTED: {}}
    for one in site.attestations:
        found[ATTESTATIONS][one.agency_id] = (*found[ATTESTATIONS].get(one.agency_id, ()), one)
    for other in site.attested:
        found[ATTESTED][other.agency] = (*found[ATTESTED].get(other.agency, ()), other)
    return site.model_copy(update=dict.fromkeys(DOCUMENTS, ())), found


def joined_site(bare: Site, parts: Mapping[str, Mapping[str, tuple[Any, ...]]]) -> Site:
    """The register with what it says of documents, in the order of the agencies."""
    whole = {name: tuple(one for agency in sorted(some) for one in some[agency]) for name, some in parts.items()}
    return bare.model_copy(update=whole)
