"""What is stored about runs, as it lies there, for whoever verifies it. Nothing here trusts a column beside a blob."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, Engine, select

from pepperbird.errors import StoreError
from pepperbird.model.evidence import Transcript
from pepperbird.store import tables
from pepperbird.store.blobs import Blobs
from pepperbird.store.codec import transcript_of
from pepperbird.store.database import reading
from pepperbird.store.parts import Part, RunParts, opened, parts_of
from pepperbird.store.pieces import of_agency


@dataclass(frozen=True, slots=True)
class KeptEvidence:
    """What one endpoint said, and the envelope of the statement about it (None where there is none)."""

    endpoint: str
    said: Part
    envelope: bytes | None

    def data(self) -> bytes:
        """The bytes that evidence is signed over. Raises StoreError where they are damaged."""
        return self.said.need()

    def transcript(self) -> Transcript:
        """Raises StoreError where it is damaged."""
        try:
            return transcript_of(json.loads(self.data()))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise StoreError("it is kept as something that is no transcript") from error


class Records:
    """Reads the records of one store. Methods raise StoreError."""

    def __init__(self, engine: Engine, path: Path, blobs: Blobs) -> None:
        self._engine, self._path, self._blobs = engine, path, blobs

    def finished(self) -> list[str]:
        """The ids of all finished runs, oldest first."""
        query = select(tables.runs.c.id).where(tables.runs.c.state == "finished").order_by(tables.runs.c.id)
        with reading(self._engine, self._path) as connection:
            return [row.id for row in connection.execute(query)]

    def parts(self, run_id: str) -> RunParts:
        """A run as plain bytes."""
        with reading(self._engine, self._path) as connection:
            return parts_of(connection, self._blobs, run_id)

    def evidence(self, run_id: str, agency: str | None = None) -> Iterator[KeptEvidence]:
        """What each endpoint (of `agency`) said, by its id; without what is sealed and cannot be opened here."""
        columns = tables.transcripts.c
        query = select(columns.endpoint, columns.body, columns.envelope).where(columns.run == run_id)
        if agency is not None:
            query = query.where(of_agency(columns.endpoint, agency))
        with reading(self._engine, self._path) as connection:
            for row in connection.execute(query.order_by(columns.endpoint)):
                said = opened(connection, self._blobs, row.body)
                if not said.sealed:
                    yield KeptEvidence(row.endpoint, said, self._envelope(connection, row.envelope))

    def _envelope(self, connection: Connection, stored: bytes | None) -> bytes | None:
        """What is damaged comes as no envelope at all, which is named."""
        try:
            return None if stored is None else self._blobs.get(connection, stored)
        except StoreError:
            return b""
