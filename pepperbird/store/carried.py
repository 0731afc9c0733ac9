"""What endpoints said before, in bytes: the measure of what they will say again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sqlalchemy import select

from pepperbird.store import tables
from pepperbird.store.database import open_database, translated

_ANSWERS: Final = 5
"""So many of the newest answers: one of them may have been to a few questions only."""


@dataclass(frozen=True, slots=True)
class Carried:
    """`at` is when an endpoint answered last, `received` the most of its newest answers."""

    at: str
    received: int


def carried(path: Path, endpoints: Sequence[str]) -> dict[str, Carried]:
    """Of each endpoint that ever answered to its end. Nothing where there is no store yet. Raises StoreError."""
    if not path.exists() or not endpoints:
        return {}
    engine = open_database(path)
    found: dict[str, Carried] = {}
    table, runs = tables.transcripts, tables.runs
    try:
        with translated(path), engine.connect() as connection:
            for endpoint in endpoints:
                rows = connection.execute(
                    select(runs.c.at, table.c.received_bytes)
                    .join(runs, runs.c.id == table.c.run)
                    .where(table.c.endpoint == endpoint, table.c.gap == "", table.c.received_bytes > 0)
                    .order_by(table.c.run.desc())
                    .limit(_ANSWERS)
                ).all()
                if rows:
                    found[endpoint] = Carried(str(rows[0].at), max(int(row.received_bytes) for row in rows))
    finally:
        engine.dispose()
    return found
