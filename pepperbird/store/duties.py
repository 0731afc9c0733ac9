"""What the executor does beside runs, one row each: an agency's report to deliver, its digest, and pruning."""

from __future__ import annotations

from collections.abc import Callable, Collection
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass
from typing import Final

from sqlalchemy import Connection, select
from sqlalchemy.dialects.sqlite import insert as upsert

from pepperbird.store.tables import duties

REPORT, DIGEST, PRUNE = "report", "digest", "prune"
OPEN, UNSURE, DONE = "open", "unsure", "done"
WRONG_AFTER: Final = 2
"""So many tries that failed are no hiccup any more."""
Opening = Callable[[], AbstractContextManager[Connection]]


@dataclass(frozen=True, slots=True)
class Duty:
    """One thing to do. `agency` is '' of pruning; `run` is what is delivered, `tick` the time on the clock it was due.

    `since` is when it, or the one before it that was not done either, fell due. It is tried again at `wake` ('': at
    once); `said` is why the last of its `tries` failed. `unsure` may have been done, and is not done again by itself.
    """

    what: str
    agency: str
    run: str = ""
    tick: str = ""
    since: str = ""
    wake: str = ""
    tries: int = 0
    state: str = OPEN
    said: str = ""

    @property
    def wrong(self) -> bool:
        """Whether somebody must look at it."""
        return self.state == UNSURE or (self.state != DONE and self.tries >= WRONG_AFTER)


class Duties:
    """The duties of one store. Methods raise StoreError."""

    def __init__(self, reading: Opening, writing: Opening) -> None:
        self._reading, self._writing = reading, writing

    def all(self) -> tuple[Duty, ...]:
        """Every one, done or not, in the order of what they are of."""
        query = select(duties).order_by(duties.c.what, duties.c.agency)
        with self._reading() as connection:
            return tuple(Duty(**row._asdict()) for row in connection.execute(query))

    def of(self, what: str, agency: str = "") -> Duty | None:
        with self._reading() as connection:
            return _of(connection, what, agency)

    def put(self, duty: Duty) -> None:
        """Keep how it stands, unless a newer run took its place meanwhile."""
        with self._writing() as connection:
            now = _of(connection, duty.what, duty.agency)
            if now is None or now.run <= duty.run:
                _put(connection, duty)

    def expect(self, what: str, agency: str, run: str, tick: str, at: str) -> None:
        """From `at` on that run is to be delivered; one that waits since earlier is replaced, and keeps its `since`."""
        with self._writing() as connection:
            expect(connection, what, (agency,), run, at, tick)


def expect(connection: Connection, what: str, agencies: Collection[str], run: str, at: str, tick: str = "") -> None:
    """As `Duties.expect`, in a transaction that does more; a duty of a newer run stays."""
    for agency in agencies:
        before = _of(connection, what, agency)
        if before is not None and (before.run > run or (before.run == run and before.tick == tick)):
            continue
        since = before.since if before is not None and before.state != DONE else at
        _put(connection, Duty(what, agency, run, tick, since))


def _of(connection: Connection, what: str, agency: str) -> Duty | None:
    row = connection.execute(select(duties).where(duties.c.what == what, duties.c.agency == agency)).first()
    return None if row is None else Duty(**row._asdict())


def _put(connection: Connection, duty: Duty) -> None:
    values = asdict(duty)
    query = upsert(duties).values(values)
    connection.execute(query.on_conflict_do_update(index_elements=["what", "agency"], set_=values))
