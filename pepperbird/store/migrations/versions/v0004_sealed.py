"""What belongs to one agency stands by itself, so that it can be sealed by itself; keys and sealed blobs."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    _tables()
    connection = op.get_bind()
    for (run,) in connection.execute(sa.text("SELECT id FROM runs")).fetchall():
        for agency, name, body in _pieces(connection, run):
            connection.execute(
                sa.text("INSERT INTO pieces (run, agency, name, body) VALUES (:run, :agency, :name, :body)"),
                {"run": run, "agency": agency, "name": name, "body": body},
            )
    for statement in (
        "UPDATE runs SET memory = x'', memory_after = NULL",
        "UPDATE run_agencies SET posture = NULL",
        "UPDATE verdicts SET body = x''",
        "INSERT INTO chores (name) VALUES ('purge')",
    ):
        connection.execute(sa.text(statement))


def _tables() -> None:
    op.create_table(
        "pieces",
        sa.Column("run", sa.String, sa.ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True),
        *(sa.Column(name, sa.String, primary_key=True) for name in ("agency", "name")),
        sa.Column("body", sa.LargeBinary, nullable=False),
    )
    op.create_index("pieces_by_agency", "pieces", ["agency", "name"])
    op.create_table(
        "agency_keys",
        sa.Column("agency", sa.String, primary_key=True),
        sa.Column("generation", sa.Integer, primary_key=True),
        *(sa.Column(name, sa.String, nullable=False) for name in ("state", "master")),
        sa.Column("wrapped", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "blobs",
        sa.Column("address", sa.String, primary_key=True),
        sa.Column("agency", sa.String, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "blob_keys",
        sa.Column("address", sa.String, primary_key=True),
        sa.Column("agency", sa.String, nullable=False),
        sa.Column("generation", sa.Integer, nullable=False),
        sa.Column("wrapped", sa.LargeBinary, nullable=False),
    )
    op.create_index("blob_keys_by_agency", "blob_keys", ["agency", "generation"])
    op.create_table("chores", sa.Column("name", sa.String, primary_key=True))


def _pieces(connection: sa.Connection, run: str) -> Iterator[tuple[str, str, bytes]]:
    """(agency, name, body) of everything in a run's rows that belongs to one agency. The register is written anew."""
    row = connection.execute(sa.text("SELECT memory, memory_after, site FROM runs WHERE id = :run"), {"run": run}).one()
    for name, blob in (("memory", row.memory), ("memory_after", row.memory_after)):
        for agency, tracks in _by_agency(_value(blob)["tracks"] if blob else {}).items():
            yield agency, name, _packed({"tracks": tracks})
    site = _value(row.site)
    for name, whose in (("attestations", "agency_id"), ("attested", "agency")):
        documents: dict[str, list[Any]] = {}
        for one in site.get(name, ()):
            documents.setdefault(one[whose], []).append(one)
        for agency, some in documents.items():
            yield agency, name, _packed(some)
    connection.execute(
        sa.text("UPDATE runs SET site = :site WHERE id = :run"),
        {"run": run, "site": _packed({**site, "attestations": [], "attested": []})},
    )
    query = "SELECT agency, posture FROM run_agencies WHERE run = :run AND posture IS NOT NULL"
    for agency, blob in connection.execute(sa.text(query), {"run": run}).fetchall():
        yield agency, "posture", blob
    verdicts: dict[str, list[bytes]] = {}
    query = "SELECT agency, body FROM verdicts WHERE run = :run ORDER BY agency, control, asset"
    for agency, blob in connection.execute(sa.text(query), {"run": run}):
        verdicts.setdefault(agency, []).append(zlib.decompress(blob))
    for agency, bodies in verdicts.items():
        yield agency, "verdicts", zlib.compress(b"[" + b",".join(bodies) + b"]", 6)


def _by_agency(tracks: dict[str, Any]) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for key, known in tracks.items():
        found.setdefault(key.partition("/")[0], {})[key] = known
    return found


def _value(blob: bytes) -> Any:
    return json.loads(zlib.decompress(blob))


def _packed(value: Any) -> bytes:
    return zlib.compress(json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode(), 6)
