"""What became of schedules: until which tick each is settled, when it last ended in an answer, what was missed."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass

from sqlalchemy import Connection, func, insert, select, update
from sqlalchemy.dialects.sqlite import insert as upsert

from pepperbird.store.tables import schedules, ticks

BEGUN, MISSED, FAILED = "begun", "missed", "failed"
Opening = Callable[[], AbstractContextManager[Connection]]


@dataclass(frozen=True, slots=True)
class Standing:
    """Times are RFC 3339 UTC; where `answers` is 0, `answered` is when it was first seen. `run` is the run that goes
    on, '' where there is none."""

    id: str
    tick: str
    answered: str
    run: str = ""
    answers: int = 0


@dataclass(frozen=True, slots=True)
class Tick:
    """What became of a tick: begun (by `run`), missed (`count` of them, the last one at `tick`), or failed (`said`)."""

    schedule: str
    tick: str
    state: str
    noted: str
    count: int = 1
    run: str = ""
    said: str = ""


class Schedules:
    """The schedules of one store. Methods raise StoreError."""

    def __init__(self, reading: Opening, writing: Opening) -> None:
        self._reading, self._writing = reading, writing

    def all(self) -> dict[str, Standing]:
        with self._reading() as connection:
            rows = connection.execute(select(schedules).order_by(schedules.c.id)).all()
        return {row.id: Standing(row.id, row.tick, row.answered, row.run, row.answers) for row in rows}

    def see(self, schedule: str, at: str) -> None:
        """It was seen for the first time, or its times lie beyond belief: it counts from `at`."""
        values = {"tick": at, "answered": at}
        with self._writing() as connection:
            query = upsert(schedules).values(id=schedule, run="", answers=0, **values)
            connection.execute(query.on_conflict_do_update(index_elements=["id"], set_=values))

    def settle(self, *became: Tick) -> None:
        """Keep what became of ticks of one schedule; the last of them is the one until which it is settled."""
        with self._writing() as connection:
            for one in became:
                note_tick(connection, one)

    def ticks(self, schedule: str, limit: int = 20) -> list[Tick]:
        """What became of the newest ticks, the newest first."""
        query = select(ticks).where(ticks.c.schedule == schedule).order_by(ticks.c.number.desc()).limit(limit)
        with self._reading() as connection:
            rows = connection.execute(query).all()
        names = ("schedule", "tick", "state", "noted", "count", "run", "said")
        return [Tick(*(row._mapping[name] for name in names)) for row in rows]

    def missed(self) -> dict[str, int]:
        """How many ticks of each schedule were ever missed."""
        query = select(ticks.c.schedule, func.sum(ticks.c.count)).where(ticks.c.state == MISSED)
        with self._reading() as connection:
            return {str(row[0]): int(row[1]) for row in connection.execute(query.group_by(ticks.c.schedule))}


def missed_before(schedule: str, tick: str, count: int, noted: str) -> Tick:
    """Ticks before `tick` of which nobody carried out any."""
    return Tick(schedule, tick, MISSED, noted, count, said="nobody carried out schedules then")


def note_tick(connection: Connection, one: Tick) -> None:
    """Keep what became of a tick, in a transaction that does more."""
    connection.execute(insert(ticks), _row(one))
    values = {"tick": one.tick} | ({"run": one.run} if one.run else {})
    connection.execute(update(schedules).where(schedules.c.id == one.schedule), values)


def _row(one: Tick) -> dict[str, str | int]:
    return {"schedule": one.schedule, "tick": one.tick, "state": one.state, "noted": one.noted, "count": one.count,
            "run": one.run, "said": one.said}  # fmt: skip
