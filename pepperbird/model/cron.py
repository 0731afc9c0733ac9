"""Cron: when something is to happen again and again, by the clock on a wall in some time zone. Pure arithmetic.

Five fields: minute, hour, day of the month, month, day of the week; `*`, lists, ranges, steps, and English names of
months and days. Where both the day of the month and the day of the week are given, either suffices, as in every cron.

Each time that the wall shows counts once. Where the clock is put back and shows a time twice, the first one counts;
where it is put forward over a time, the moment at which it was put forward counts, so that no night is left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAYS: Final = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_LONGEST: Final = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_FIELDS: Final[tuple[tuple[str, int, int, dict[str, int]], ...]] = (
    ("minute", 0, 59, {}),
    ("hour", 0, 23, {}),
    ("day of the month", 1, 31, {}),
    ("month", 1, 12, {name: number + 1 for number, name in enumerate(_MONTHS)}),
    ("day of the week", 0, 7, {name: number for number, name in enumerate(_DAYS)}),
)
_FAR: Final = 366 * 41
"""Days to look ahead or back: every date that ever comes, comes with every day of the week inside forty years."""


@dataclass(frozen=True, slots=True)
class Cron:
    """The five fields as sets. `weekdays` count from Sunday as 0. `either`: one of the two kinds of day suffices."""

    times: tuple[time, ...]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]
    either: bool

    def on(self, day: date) -> bool:
        """Whether there are times on that day."""
        if day.month not in self.months:
            return False
        by_date, by_name = day.day in self.days, day.isoweekday() % 7 in self.weekdays
        return (by_date or by_name) if self.either else (by_date and by_name)


@lru_cache(maxsize=256)
def read_cron(text: str) -> Cron:
    """The cron of five fields. Raises ValueError with what is wrong, in words."""
    fields = text.split()
    if len(fields) != len(_FIELDS):
        raise ValueError("write five fields: minute, hour, day of the month, month, day of the week; as 30 2 * * *")
    minutes, hours, days, months, weekdays = (
        _field(field, *known) for field, known in zip(fields, _FIELDS, strict=True)
    )
    both = not fields[2].startswith("*") and not fields[4].startswith("*")
    if not both and not any(min(days) <= _LONGEST[month - 1] for month in months):
        raise ValueError("there is no such day in such a month, so it would never come")
    times = tuple(time(hour, minute) for hour in sorted(hours) for minute in sorted(minutes))
    return Cron(times, days, months, frozenset(one % 7 for one in weekdays), both)


def _field(text: str, what: str, low: int, high: int, names: dict[str, int]) -> frozenset[int]:
    found: set[int] = set()
    for part in text.lower().split(","):
        span, slash, step = part.partition("/")
        first, dash, last = span.partition("-")
        if span == "*":
            start, end = low, 6 if high == 7 else high
        else:
            start = _number(first, what, low, high, names)
            end = _number(last, what, low, high, names) if dash else high if slash else start
        if end < start:
            raise ValueError(f"{what}: {span} runs backwards; write two ranges, as {start}-{high},{low}-{end}")
        width = _number(step, f"{what}, the step", 1, high, {}) if slash else 1
        found.update(range(start, end + 1, width))
    return frozenset(found)


def _number(text: str, what: str, low: int, high: int, names: dict[str, int]) -> int:
    if text in names:
        return names[text]
    if not (text.isascii() and text.isdigit() and len(text) <= 2) or not low <= int(text) <= high:
        known = f", or {', '.join(names)}" if names else ""
        raise ValueError(f"{what}: {text[:20]!r} is none; write {low} to {high}{known}")
    return int(text)


def ticks(cron: Cron, zone: ZoneInfo, after: datetime) -> Iterator[datetime]:
    """Every moment later than `after`, in UTC, the earliest first. Ends where the calendar does."""
    last = after
    for day in _span(after.astimezone(zone).date(), 1):
        for moment in moments(cron, zone, day):
            if moment > last:
                last = moment
                yield moment


def newest_tick(cron: Cron, zone: ZoneInfo, until: datetime, after: datetime) -> datetime | None:
    """The last moment later than `after` and not later than `until`; None where there is none."""
    earliest = after.astimezone(zone).date() - timedelta(days=2)
    for day in _span(until.astimezone(zone).date(), -1):
        for moment in reversed(moments(cron, zone, day)):
            if moment <= until:
                return moment if moment > after else None
        if day < earliest:
            return None
    return None


def _span(start: date, way: int) -> Iterator[date]:
    """Days from beside `start` on, forwards or back: a clock that was put forward may move a time to another day."""
    for number in range(-2, _FAR):
        try:
            yield start + timedelta(days=number * way)
        except OverflowError:
            return


def moments(cron: Cron, zone: ZoneInfo, day: date) -> list[datetime]:
    """The moments of one day on the wall, in UTC, in their order, each once."""
    if not cron.on(day):
        return []
    found: list[datetime] = []
    for one in cron.times:
        moment = _moment(datetime.combine(day, one), zone)
        if not found or moment > found[-1]:
            found.append(moment)
    return found


def _moment(wall: datetime, zone: ZoneInfo) -> datetime:
    before = wall.replace(tzinfo=zone)
    moment = before.astimezone(UTC)
    if moment.astimezone(zone).replace(tzinfo=None) == wall:
        return moment
    return _put_forward(wall.replace(tzinfo=zone, fold=1).astimezone(UTC), moment, zone)


def _put_forward(early: datetime, late: datetime, zone: ZoneInfo) -> datetime:
    """The moment between the two at which the clock was put forward, to the second."""
    offset = early.astimezone(zone).utcoffset()
    low, high = 0, int((late - early).total_seconds())
    while high - low > 1:
        middle = (low + high) // 2
        same = (early + timedelta(seconds=middle)).astimezone(zone).utcoffset() == offset
        low, high = (middle, high) if same else (low, middle)
    return early + timedelta(seconds=high)
