"""Health: what whoever carries out schedules knows of itself, for people, for a monitor, and for the log."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

from pepperbird.fleet.due import Unanswered
from pepperbird.model.serve import Serve
from pepperbird.store.duties import DONE, PRUNE, UNSURE, Duty
from pepperbird.store.schedules import Standing

LATE: Final = timedelta(hours=2)
"""So long a report may wait for its delivery before somebody is told, whether or not anything tried."""


@dataclass(frozen=True, slots=True)
class Going:
    """The run that is being asked: so many of its endpoints are recorded."""

    run: str
    done: int
    total: int


@dataclass(frozen=True)
class Snapshot:
    """All that is known at one moment. `store`, `lease` (the store again, as the beat finds it), `site`, `work` and
    `courier` say what is wrong, '' where nothing is. `duties` are those that the site wants, `undone` those of them
    that somebody must look at.

    `ended` counts what this process did since it was started: runs by how they ended, and endpoints.
    """

    started: str
    beat: str = ""
    store: str = ""
    lease: str = ""
    site: str = ""
    work: str = ""
    courier: str = ""
    duties: Sequence[Duty] = ()
    undone: Sequence[Duty] = ()
    going: Going | None = None
    waiting: int = 0
    standings: Mapping[str, Standing] = field(default_factory=dict)
    missed: Mapping[str, int] = field(default_factory=dict)
    unanswered: Sequence[Unanswered] = ()
    runs_begun: int = 0
    runs_ended: int = 0
    endpoints: int = 0
    delivered: int = 0

    @property
    def wrong(self) -> tuple[str, ...]:
        """Everything that somebody must look at, a sentence each."""
        said = dict.fromkeys(one for one in (self.store, self.lease, self.site, self.work, self.courier) if one)
        late = (
            f"the schedule {one.schedule} of {one.tick:%Y-%m-%dT%H:%MZ} has not ended in an answer"
            for one in self.unanswered
        )
        return *said, *late, *map(said_of, self.undone)


def wanted(serve: Serve, duties: Sequence[Duty]) -> tuple[Duty, ...]:
    """Those that the site wants done."""
    return tuple(one for one in duties if (serve.prune is not None if one.what == PRUNE else serve.deliver))


def undone(duties: Sequence[Duty], now: datetime) -> tuple[Duty, ...]:
    """Those that somebody must look at: that failed more than once, are in doubt, or that nobody did in their time."""
    return tuple(one for one in duties if one.wrong or _late(one, now))


def _late(duty: Duty, now: datetime) -> bool:
    return duty.what != PRUNE and duty.state != DONE and now - datetime.fromisoformat(duty.since) > LATE


def said_of(duty: Duty) -> str:
    """A sentence on a duty that somebody must look at."""
    if duty.what == PRUNE:
        return f"nothing was pruned since {duty.since}: {duty.said}"
    doubt = "nobody knows whether it arrived" if duty.state == UNSURE else f"not delivered since {duty.since}"
    why = duty.said or "nobody tried"
    return f"the {duty.what} of {duty.agency} of the run {duty.run}: {doubt}: {why}"


class Health:
    """The newest Snapshot; safe to use from several threads."""

    def __init__(self, started: str) -> None:
        self._lock = threading.Lock()
        self._now = Snapshot(started)

    @property
    def now(self) -> Snapshot:
        with self._lock:
            return self._now

    def change(self, **values: object) -> Snapshot:
        """Replace these values; gives what was before."""
        with self._lock:
            before = self._now
            self._now = replace(before, **values)  # type: ignore[arg-type]  # mypy can't see the names
            return before

    def count(self, *, begun: int = 0, ended: int = 0, delivered: int = 0) -> None:
        with self._lock:
            now = self._now
            self._now = replace(
                now, runs_begun=now.runs_begun + begun, runs_ended=now.runs_ended + ended,
                delivered=now.delivered + delivered,
            )  # fmt: skip

    def recorded(self, run: str, done: int, total: int) -> None:
        """An endpoint of a run was recorded."""
        with self._lock:
            self._now = replace(self._now, going=Going(run, done, total), endpoints=self._now.endpoints + 1)
