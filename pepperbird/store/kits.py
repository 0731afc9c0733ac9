"""The kits that were given out: each is good for one bundle, which is settled in the transaction that keeps the run."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path

from sqlalchemy import Connection, Engine, insert, select, update

from pepperbird.errors import StoreError
from pepperbird.model.kit import Kit
from pepperbird.model.run import Run
from pepperbird.store import tables
from pepperbird.store.database import reading, writing


class Kits:
    """The kits of one store. Methods raise StoreError."""

    def __init__(self, engine: Engine, path: Path) -> None:
        self._engine, self._path = engine, path

    def add(self, kits: Sequence[Kit]) -> None:
        """Remember them, all or none, before anybody gets one."""
        with writing(self._engine, self._path) as connection:
            connection.execute(insert(tables.kits), [asdict(kit) for kit in kits])

    def find(self, nonce: str) -> Kit | None:
        """The kit of that nonce; None where none was given out from here."""
        with reading(self._engine, self._path) as connection:
            row = connection.execute(select(tables.kits).where(tables.kits.c.nonce == nonce)).first()
        return None if row is None else Kit(**row._asdict())


def use_kits(connection: Connection, run: Run) -> None:
    """Mark the kits whose bundles `run` took in as used by it. Raises StoreError where one was used meanwhile."""
    for nonce in _nonces(run):
        unused = (tables.kits.c.nonce == nonce, tables.kits.c.run == "")
        if connection.execute(update(tables.kits).where(*unused), {"run": run.id}).rowcount != 1:
            raise StoreError("another run took in the bundle of the same kit just now; nothing of this one was kept")


def _nonces(run: Run) -> Iterable[str]:
    for endpoint in run.plan.endpoints:
        if endpoint.access.via == "kit":
            transcript = run.transcripts.get(endpoint.id)
            nonce = transcript.connection.get("kit") if transcript is not None else None
            if isinstance(nonce, str):
                yield nonce
