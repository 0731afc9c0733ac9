"""What only told how the work went and is of no use any more: old ticks, answered requests, kits past their end, and
a second series that nobody went on with.

The ledger speaks of none of it, so that nothing is entered when it goes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import datetime, timedelta

from sqlalchemy import Connection, Table, delete, func, select
from sqlalchemy.dialects.sqlite import insert as upsert
from sqlalchemy.sql.elements import ColumnElement

from pepperbird.model.retention import Retention
from pepperbird.store.begun import drop_begun
from pepperbird.store.blobs import Blobs
from pepperbird.store.series_tables import begun_series
from pepperbird.store.tables import chores, kits, requests, ticks, works
from pepperbird.store.vault import PURGE
from pepperbird.store.works import DONE, FAILED

Opening = Callable[[], AbstractContextManager[Connection]]
Old = tuple[str, Table, tuple[ColumnElement[bool], ...]]
TICKS, REQUESTS, KITS = "times of schedules", "scans that were handed over", "kits that are past their end"
BEGUN = "second series that was begun and not gone on with"


class Spent:
    """The spent rows of one store. Methods raise StoreError."""

    def __init__(self, reading: Opening, writing: Opening, blobs: Blobs) -> None:
        self._reading, self._writing, self._blobs = reading, writing, blobs

    def due(self, retention: Retention, at: str) -> dict[str, int]:
        """How many rows of what would go at `at`."""
        with self._reading() as connection:
            counts = {
                what: int(connection.execute(select(func.count()).select_from(table).where(*old)).scalar_one())
                for what, table, old in (*_old(retention, at), *_begun(retention, at))
            }
        return {what: rows for what, rows in counts.items() if rows}

    def take_out(self, retention: Retention, at: str) -> dict[str, int]:
        """Take them out, all or none."""
        with self._writing() as connection:
            counts = {
                what: connection.execute(delete(table).where(*old)).rowcount for what, table, old in _old(retention, at)
            }
            for what, table, old in _begun(retention, at):
                if connection.execute(select(table).where(*old)).first() is not None:
                    counts[what] = drop_begun(connection, self._blobs)
                    connection.execute(upsert(chores).on_conflict_do_nothing(), {"name": PURGE})
        return {what: rows for what, rows in counts.items() if rows}


def _old(retention: Retention, at: str) -> Iterator[Old]:
    """The newest tick of each schedule stays, and whatever of it a run goes on by."""
    if retention.schedules is not None:
        before = _before(at, retention.schedules)
        newest = select(func.max(ticks.c.number)).group_by(ticks.c.schedule)
        going_on = ticks.c.run.not_in(select(works.c.run))
        yield TICKS, ticks, (ticks.c.noted < before, ticks.c.number.not_in(newest), going_on)
        yield REQUESTS, requests, (requests.c.made < before, requests.c.state.in_((DONE, FAILED)))
    if retention.kits is not None:
        yield KITS, kits, (kits.c.expires < _before(at, retention.kits),)


def _begun(retention: Retention, at: str) -> Iterator[Old]:
    """It is to a series what a run that never ended is to a run."""
    if retention.partial_runs is not None:
        yield BEGUN, begun_series, (begun_series.c.touched < _before(at, retention.partial_runs),)


def _before(at: str, days: int) -> str:
    return (datetime.fromisoformat(at) - timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%SZ")
