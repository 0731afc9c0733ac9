"""Which schedules are due: one pure function, by which every mode decides.

Ticks that passed while nobody was there coalesce: the newest is carried out, those before it are told as missed. A
schedule whose last run goes on still is not begun again. A clock that was put back a little waits until it is past
its last tick; one that was put back by more has been wrong, and counts from now on.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import islice
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pepperbird.errors import UsageError
from pepperbird.model.cron import Cron, newest_tick, read_cron, ticks
from pepperbird.model.schedule import Schedule
from pepperbird.model.site import SiteFile

COUNTED: Final = 1000
"""More missed ticks than these are not counted."""
SLIP: Final = timedelta(hours=1)
GRACE: Final = timedelta(minutes=30)
"""So long after its time a schedule may still be without an answer: runs ahead of it, judging."""


@dataclass(frozen=True, slots=True)
class Timed:
    """A schedule with its cron and time zone read."""

    schedule: Schedule
    cron: Cron
    zone: ZoneInfo

    @property
    def id(self) -> str:
        return self.schedule.id


@dataclass(frozen=True, slots=True)
class Last:
    """What is known of a schedule: the tick until which all is settled, and the tick of its last run that ended in an
    answer; until there are any, both are when it was first seen. `open` is the run that goes on still, '' for none."""

    tick: datetime
    answered: datetime
    open: str = ""


@dataclass(frozen=True, slots=True)
class Due:
    """The newest tick of a schedule. `begin` is False where the run before goes on: this tick is missed as well.

    `missed` counts the ticks before it that nobody carried out (COUNTED: that many or more).
    """

    timed: Timed
    tick: datetime
    missed: int
    begin: bool


@dataclass(frozen=True, slots=True)
class Unanswered:
    """A schedule of which the tick at `tick` should have ended in an answer by `by`, and did not."""

    schedule: str
    tick: datetime
    by: datetime


def timed(file: SiteFile) -> tuple[Timed, ...]:
    """The schedules of a site, read. Raises UsageError where this machine does not know a time zone."""
    return tuple(Timed(one, read_cron(one.cron), zone_of(one.time_zone or file.time_zone)) for one in file.schedules)


def zone_of(name: str) -> ZoneInfo:
    """The time zone of that name. Raises UsageError; whether it exists was said when the site was read."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise UsageError(f"this machine does not know the time zone {name}; install tzdata") from error


def due(schedules: Iterable[Timed], last: Mapping[str, Last], now: datetime) -> tuple[Due, ...]:
    """What is due at `now`, the oldest tick first. A schedule that `last` does not know has been seen only now."""
    found = [one for one in (_due(timed, last.get(timed.id), now) for timed in schedules) if one is not None]
    return tuple(sorted(found, key=lambda one: (one.tick, one.timed.id)))


def _due(timed: Timed, last: Last | None, now: datetime) -> Due | None:
    if last is None:
        return None
    since = credible(last, now).tick
    tick = newest_tick(timed.cron, timed.zone, now, since)
    if tick is None:
        return None
    missed = sum(1 for one in islice(ticks(timed.cron, timed.zone, since), COUNTED + 1) if one < tick)
    return Due(timed, tick, min(missed, COUNTED), begin=not last.open)


def next_ticks(timed: Timed, after: datetime, count: int) -> Sequence[datetime]:
    """The next moments of a schedule."""
    return list(islice(ticks(timed.cron, timed.zone, after), count))


def unanswered(schedules: Iterable[Timed], last: Mapping[str, Last], now: datetime) -> tuple[Unanswered, ...]:
    """Schedules that did not end in an answer in their time. This is told by everything that is asked for health."""
    return tuple(one for one in (_unanswered(timed, last.get(timed.id), now) for timed in schedules) if one is not None)


def _unanswered(timed: Timed, last: Last | None, now: datetime) -> Unanswered | None:
    if last is None:
        return None
    allowed = timedelta(minutes=timed.schedule.within) + GRACE
    tick = newest_tick(timed.cron, timed.zone, now - allowed, credible(last, now).answered)
    return None if tick is None else Unanswered(timed.id, tick, tick + allowed)


def credible(last: Last, now: datetime) -> Last:
    """`last`, without what lies so far ahead of `now` that the clock must have been wrong when it was noted.

    Whoever keeps `last` keeps this instead: it counts from now on.
    """
    tick, answered = (one if one - now <= SLIP else now for one in (last.tick, last.answered))
    return replace(last, tick=tick, answered=answered)
