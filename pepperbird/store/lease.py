"""Lease: at most one process carries out schedules on a store, and every write of a former one is refused.

The holder beats; one that has not done so for its time, or whose process is known to be gone, may be replaced. Each
holder gets a greater token, and what a run writes checks in its own transaction that the token is still the newest.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, Engine, Row, select, update
from sqlalchemy.dialects.sqlite import insert as upsert

from pepperbird.errors import StoreError
from pepperbird.store.database import reading, writing
from pepperbird.store.tables import executor


class HeldError(StoreError):
    """Another process holds the executor."""


class LostError(StoreError):
    """This process held the executor and does not any more: it must stop."""


@dataclass(frozen=True, slots=True)
class Holder:
    """Who carries out schedules. `process` identifies it, `said` names it for people, `site` is its folder."""

    process: str
    said: str
    site: str
    taken: str
    beat: str = ""
    token: int = 0
    seconds: int = 30

    def late(self, now: str) -> bool:
        """Whether its last beat is further away than it may be, by whatever the clock did meanwhile."""
        return abs((datetime.fromisoformat(now) - datetime.fromisoformat(self.beat)).total_seconds()) > self.seconds


class Lease:
    """The lease of one store. Methods raise StoreError."""

    def __init__(self, engine: Engine, path: Path) -> None:
        self._engine, self._path = engine, path

    def holder(self) -> Holder | None:
        """Who took it and did not give it back, alive or not."""
        with reading(self._engine, self._path) as connection:
            return _holder(connection)

    def take(self, me: Holder, gone: Callable[[Holder], bool]) -> Holder:
        """Become the holder, as of `me.taken`. Raises HeldError where somebody is who is neither late nor `gone`."""
        with writing(self._engine, self._path) as connection:
            now = _holder(connection)
            if now is not None and not now.late(me.taken) and not gone(now):
                raise HeldError(f"{self._path}: {now.said} carries out schedules here since {now.taken}")
            row = connection.execute(select(executor.c.token)).first()
            token = (0 if row is None else int(row.token)) + 1
            values = {"token": token, "seconds": me.seconds, "process": me.process, "said": me.said, "site": me.site,
                      "taken": me.taken, "beat": me.taken}  # fmt: skip
            query = upsert(executor).values(id=1, **values)
            connection.execute(query.on_conflict_do_update(index_elements=["id"], set_=values))
        return Holder(me.process, me.said, me.site, me.taken, me.taken, token, me.seconds)

    def beat(self, token: int, now: str) -> None:
        """Say that the holder is alive. Raises LostError."""
        with writing(self._engine, self._path) as connection:
            require_token(connection, token)
            connection.execute(update(executor), {"beat": now})

    def give_back(self, token: int) -> None:
        """Nobody is the holder from now on. Does nothing where somebody else is already."""
        with writing(self._engine, self._path) as connection:
            connection.execute(update(executor).where(executor.c.token == token), {"process": ""})


def require_token(connection: Connection, token: int) -> None:
    """Raise LostError where the executor has a newer holder."""
    row = connection.execute(select(executor.c.token, executor.c.said)).first()
    if row is None or int(row.token) != token:
        other = "" if row is None else f" by {row.said}"
        raise LostError(f"the executor was taken over{other}; nothing was written")


def _holder(connection: Connection) -> Holder | None:
    row: Row[tuple[object, ...]] | None = connection.execute(select(executor).where(executor.c.process != "")).first()
    if row is None:
        return None
    return Holder(row.process, row.said, row.site, row.taken, row.beat, int(row.token), int(row.seconds))
