"""What a week left in the store: how each endpoint answered, and kits that did not come back. Reads only."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, case, exists, func, select

from pepperbird.model.kit import Kit
from pepperbird.store import tables
from pepperbird.store.pieces import agency_of


@dataclass(frozen=True, slots=True)
class Turns:
    """Ids of full runs that looked at an agency: the newest, the last before a moment ('' of none), the first."""

    newest: str
    before: str
    first: str

    @property
    def then(self) -> str:
        """What the newest is to be held against; '' where there is none."""
        earlier = self.before or self.first
        return earlier if earlier < self.newest else ""


@dataclass(frozen=True, slots=True)
class WeekRun:
    """A run that began, and whether it ended; `full` it was to look at everything."""

    id: str
    at: str
    ended: bool
    full: bool
    agencies: int


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

    def turns(self, begin: str) -> dict[str, Turns]:
        """By agency the full runs that a week is told by. Of an agency that none looked at there is nothing."""
        run, seen = tables.runs.c, tables.run_agencies.c
        query = (
            select(
                seen.agency,
                func.max(run.id),
                func.max(case((run.at < begin, run.id), else_="")),
                func.min(run.id),
            )
            .join(tables.run_agencies, seen.run == run.id)
            .where(run.state == "finished", run.scope == "full", ~exists().where(*_overtaken()))
            .group_by(seen.agency)
        )
        with self._reading() as connection:
            return {agency: Turns(*some) for agency, *some in connection.execute(query)}

    def runs_since(self, since: str) -> list[WeekRun]:
        """The runs that began since then, the newest first."""
        run, seen = tables.runs.c, tables.run_agencies.c
        agencies = select(func.count()).where(seen.run == run.id).scalar_subquery()
        query = select(run.id, run.at, run.state, run.scope, agencies).where(run.at >= since).order_by(run.id.desc())
        with self._reading() as connection:
            return [
                WeekRun(one, at, state == "finished", scope == "full", count)
                for one, at, state, scope, count in connection.execute(query)
            ]


def _overtaken() -> tuple[ColumnElement[bool], ...]:
    """The agency never stood by the run: a newer one had ended."""
    mark, seen = tables.marks.c, tables.run_agencies.c
    return mark.run == seen.run, mark.agency == seen.agency, mark.overtaken.is_not(None)
