"""The runs that the executor has begun and not ended, and the scans that people asked it for."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import Connection, case, delete, func, insert, or_, select, update

from pepperbird.store.codec import expand
from pepperbird.store.duties import REPORT, expect
from pepperbird.store.schedules import BEGUN, Opening, Tick, missed_before, note_tick
from pepperbird.store.tables import requests, run_agencies, runs, schedules, transcripts, works

QUEUED, DONE, FAILED = "queued", "done", "failed"


@dataclass(frozen=True, slots=True)
class Work:
    """A run that goes on. `how` says how it is carried out (JSON); until `until` what cannot be reached is tried again,
    the next time at `wake` ('' at once). `tries` counts how often everything was asked; `missed` ticks before `tick`
    are told when the run is begun."""

    run: str
    how: str
    until: str
    wake: str = ""
    tries: int = 0
    schedule: str = ""
    tick: str = ""
    request: str = ""
    missed: int = 0


@dataclass(frozen=True, slots=True)
class Request:
    """A scan that somebody asked for. `asked` is the call (JSON); `said` is what was wrong with it."""

    id: str
    made: str
    said_by: str
    asked: str
    state: str = QUEUED
    run: str = ""
    said: str = ""


class Works:
    """The works and requests of one store. Methods raise StoreError."""

    def __init__(self, reading: Opening, writing: Opening) -> None:
        self._reading, self._writing = reading, writing

    def open(self) -> list[Work]:
        """All that goes on, the oldest run first."""
        with self._reading() as connection:
            rows = connection.execute(select(works).order_by(works.c.run)).all()
        return [
            Work(row.run, row.how, row.until, row.wake, row.tries, row.schedule, row.tick, row.request) for row in rows
        ]

    def wait(self, work: Work) -> None:
        """It waits until `work.wake`."""
        with self._writing() as connection:
            values = {"wake": work.wake, "tries": work.tries}
            connection.execute(update(works).where(works.c.run == work.run), values)

    def hurry(self, run_id: str, until: str) -> None:
        """It waits for machines until `until` at the longest, and is gone on with at once."""
        waits = works.c.run == run_id, or_(works.c.until > until, works.c.wake != "")
        with self._writing() as connection:
            sooner = case((works.c.until > until, until), else_=works.c.until)
            connection.execute(update(works).where(*waits).values(wake="", until=sooner))

    def close(self, work: Work, deliver: Collection[str] = (), at: str = "") -> None:
        """It ended in an answer, and from `at` on its reports are to `deliver`. Doing so again changes nothing."""
        with self._writing() as connection:
            expect(connection, REPORT, deliver, work.run, at)
            gone = connection.execute(delete(works).where(works.c.run == work.run)).rowcount
            mine = schedules.c.id == work.schedule, schedules.c.run == work.run
            values = {"run": "", "answered": work.tick, "answers": schedules.c.answers + 1}
            connection.execute(update(schedules).where(*mine).values(**values))
            if gone and work.request:
                connection.execute(update(requests).where(requests.c.id == work.request), {"state": DONE})

    def ask(self, request: Request) -> None:
        with self._writing() as connection:
            row = {"id": request.id, "made": request.made, "said_by": request.said_by, "asked": request.asked,
                   "state": request.state, "run": "", "said": ""}  # fmt: skip
            connection.execute(insert(requests), row)

    def queued(self) -> list[Request]:
        """What was asked for and not begun, the oldest first."""
        query = select(requests).where(requests.c.state == QUEUED).order_by(requests.c.made, requests.c.id)
        with self._reading() as connection:
            return [Request(*row) for row in connection.execute(query).all()]

    def request(self, request_id: str) -> Request | None:
        with self._reading() as connection:
            row = connection.execute(select(requests).where(requests.c.id == request_id)).first()
        return None if row is None else Request(*row)

    def withdraw(self, request_id: str) -> bool:
        """It is not asked for any more. False where it was begun."""
        mine = requests.c.id == request_id, requests.c.state == QUEUED
        with self._writing() as connection:
            return connection.execute(delete(requests).where(*mine)).rowcount == 1

    def agencies(self, run_id: str) -> frozenset[str]:
        """The agencies that a run looks at."""
        columns = run_agencies.c
        query = select(columns.agency).where(columns.run == run_id)
        with self._reading() as connection:
            return frozenset(str(row.agency) for row in connection.execute(query))

    def planned(self, run_id: str) -> int:
        """How many endpoints a run asks."""
        with self._reading() as connection:
            plan = connection.execute(select(runs.c.plan).where(runs.c.id == run_id)).scalar_one()
        return len(json.loads(expand(plan))["endpoints"])

    def refuse(self, request_id: str, said: str) -> None:
        """It could not be begun."""
        with self._writing() as connection:
            connection.execute(update(requests).where(requests.c.id == request_id), {"state": FAILED, "said": said})

    def recorded(self, run_id: str) -> dict[str, str]:
        """Why each endpoint that is recorded could not be asked to its end ('': it was), by endpoint."""
        columns = transcripts.c
        query = select(columns.endpoint, columns.gap).where(columns.run == run_id).order_by(columns.endpoint)
        with self._reading() as connection:
            return {row.endpoint: row.gap for row in connection.execute(query)}

    def ended(self) -> dict[str, int]:
        """How many runs are in which state."""
        query = select(runs.c.state, func.count()).group_by(runs.c.state)
        with self._reading() as connection:
            return {str(row[0]): int(row[1]) for row in connection.execute(query)}


def begin_work(connection: Connection, work: Work, at: str) -> None:
    """Keep, in the transaction that begins the run, that the executor goes on with it."""
    connection.execute(
        insert(works),
        {"run": work.run, "how": work.how, "until": work.until, "wake": work.wake, "tries": work.tries,
         "schedule": work.schedule, "tick": work.tick, "request": work.request},
    )  # fmt: skip
    if work.missed:
        note_tick(connection, missed_before(work.schedule, work.tick, work.missed, at))
    if work.schedule:
        note_tick(connection, Tick(work.schedule, work.tick, BEGUN, at, run=work.run))
    if work.request:
        connection.execute(update(requests).where(requests.c.id == work.request), {"state": "begun", "run": work.run})
