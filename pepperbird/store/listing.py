"""The runs of a store as a list, and one of them by its name. Reads only."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Row, Select, select

from pepperbird.errors import UsageError
from pepperbird.store import tables

STARTED = "started"
FINISHED = "finished"


@dataclass(frozen=True, slots=True)
class RunRow:
    """A run as a list shows it. `state` is started or finished."""

    id: str
    at: str
    ended: str
    scope: str
    state: str
    agencies: tuple[str, ...]


class Listing:
    """For lists, and for whoever names a run."""

    path: Path

    def _reading(self) -> AbstractContextManager[Connection]:
        raise NotImplementedError

    def runs(self, limit: int = 50) -> list[RunRow]:
        """The newest runs first."""
        with self._reading() as connection:
            return [_row(connection, row) for row in connection.execute(_newest(select(tables.runs)).limit(limit))]

    def find(self, name: str) -> str:
        """The id of a run by its id, the start of one, or `latest` (the newest that finished). Raises UsageError."""
        finished = tables.runs.c.state == FINISHED
        query = _newest(select(tables.runs.c.id).where(finished))
        if name != "latest":
            query = query.where(tables.runs.c.id.startswith(name, autoescape=True))
        with self._reading() as connection:
            found = [str(row.id) for row in connection.execute(query.limit(2))]
        if not found:
            raise UsageError(f"no finished run {name!r} in {self.path}; `pepperbird scan` makes one")
        if name != "latest" and len(found) > 1 and found[0] != name:
            raise UsageError(f"several runs begin with {name!r}; give more of the id")
        return found[0]


def _newest(query: Select[Any]) -> Select[Any]:
    return query.order_by(tables.runs.c.id.desc())


def _row(connection: Connection, row: Row[Any]) -> RunRow:
    agencies = connection.execute(
        select(tables.run_agencies.c.agency).where(tables.run_agencies.c.run == row.id).order_by("agency")
    )
    return RunRow(row.id, row.at, row.ended, row.scope, row.state, tuple(str(one.agency) for one in agencies))
