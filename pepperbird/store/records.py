"""What is stored about runs, as it lies there, for whoever verifies it. Nothing here trusts a column beside a blob."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine, select

from pepperbird.model.evidence import Transcript
from pepperbird.store import tables
from pepperbird.store.codec import expand, unpack_transcript
from pepperbird.store.database import reading
from pepperbird.store.record import describe_run
from pepperbird.trust.statement import Statement


@dataclass(frozen=True, slots=True)
class KeptEvidence:
    """What one endpoint said, packed, and the envelope of the statement about it (None where there is none)."""

    endpoint: str
    body: bytes
    envelope: bytes | None

    def data(self) -> bytes:
        """The bytes that evidence is signed over. Raises StoreError where they are damaged."""
        return expand(self.body)

    def transcript(self) -> Transcript:
        """Raises StoreError where it is damaged."""
        return unpack_transcript(self.body)


class Records:
    """Reads the records of one store. Methods raise StoreError."""

    def __init__(self, engine: Engine, path: Path) -> None:
        self._engine, self._path = engine, path

    def finished(self) -> list[str]:
        """The ids of all finished runs, oldest first."""
        query = select(tables.runs.c.id).where(tables.runs.c.state == "finished").order_by(tables.runs.c.id)
        with reading(self._engine, self._path) as connection:
            return [row.id for row in connection.execute(query)]

    def statement(self, run_id: str) -> Statement:
        """The statement about a run, written anew from what is stored."""
        with reading(self._engine, self._path) as connection:
            return describe_run(connection, run_id)

    def envelope(self, run_id: str) -> bytes | None:
        """The envelope that was kept when the run was recorded."""
        query = select(tables.runs.c.envelope).where(tables.runs.c.id == run_id)
        with reading(self._engine, self._path) as connection:
            data: bytes | None = connection.execute(query).scalar_one()
            return data

    def evidence(self, run_id: str) -> Iterator[KeptEvidence]:
        """What each endpoint said, by its id."""
        columns = tables.transcripts.c
        query = select(columns.endpoint, columns.body, columns.envelope).where(columns.run == run_id)
        with reading(self._engine, self._path) as connection:
            for row in connection.execute(query.order_by(columns.endpoint)):
                yield KeptEvidence(*row)
