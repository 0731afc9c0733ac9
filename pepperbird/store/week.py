"""What a week left in the store: how each endpoint answered, and kits that did not come back. Reads only."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager

from sqlalchemy import Connection, select

from pepperbird.model.kit import Kit
from pepperbird.store import tables
from pepperbird.store.pieces import agency_of


class Week:
    """For the officer."""

    def _reading(self) -> AbstractContextManager[Connection]:
        raise NotImplementedError

    def answers(self, run_id: str) -> Mapping[str, dict[str, str]]:
        """By agency the endpoints that a run asked, and why each could not be asked ('' where it could)."""
        columns = tables.transcripts.c
        query = select(columns.endpoint, columns.gap).where(columns.run == run_id).order_by(columns.endpoint)
        found: dict[str, dict[str, str]] = {}
        with self._reading() as connection:
            for endpoint, gap in connection.execute(query):
                found.setdefault(agency_of(endpoint), {})[endpoint] = gap
        return found

    def kits_out(self) -> list[Kit]:
        """The kits whose bundle nobody took in yet, by when they end."""
        query = select(tables.kits).where(tables.kits.c.run == "").order_by(tables.kits.c.expires, tables.kits.c.agency)
        with self._reading() as connection:
            return [Kit(**row._asdict()) for row in connection.execute(query)]
