"""Days of a calendar in a time zone, as moments in UTC: when one begins, when it is over, which day a moment lies in.

Where a clock is set forward over midnight the day begins with its first instant; where it is set back, it is over only
once it is over for good.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, TypeAdapter

from pepperbird.errors import TrustError
from pepperbird.model.declared import Day
from pepperbird.trust.keylist import Moment
from pepperbird.trust.ledger import CLOCK_SLACK


def _of_a_calendar(text: str) -> str:
    if not "1970" <= text[:4] <= "2999":
        raise ValueError("not in a year that anybody signs for")
    datetime.fromisoformat(text)
    return text


CalendarDay = Annotated[Day, AfterValidator(_of_a_calendar)]
"""A day that there is, as YYYY-MM-DD."""
RealMoment = Annotated[Moment, AfterValidator(_of_a_calendar)]
"""A moment that there is, to the second and in UTC."""


def is_moment(text: str) -> bool:
    """True for a `RealMoment`."""
    try:
        TypeAdapter(RealMoment).validate_python(text)
    except ValueError:
        return False
    return True


def begin_of(day: str, zone: str) -> str:
    """The first moment of a day. Raises TrustError for a day or a zone that is none."""
    return _moment(datetime.combine(_date(day), time(), _zone(zone)))


def end_of(day: str, zone: str) -> str:
    """The first moment after a day."""
    return _moment(datetime.combine(_date(day) + timedelta(days=1), time(), _zone(zone)))


def day_of(moment: str, zone: str) -> str:
    """The day, by the clocks of the zone, in which a moment lies."""
    try:
        return datetime.fromisoformat(moment).astimezone(_zone(zone)).date().isoformat()
    except ValueError as error:
        raise TrustError(f"{moment!r} is no time") from error


def plus_days(day: str, days: int) -> str:
    return (_date(day) + timedelta(days=days)).isoformat()


def days_after(moment: str, days: int) -> str:
    """The moment so many times 24 hours later."""
    return _moment(datetime.fromisoformat(moment) + timedelta(days=days))


def later(one: str, other: str) -> str:
    """The later of two moments."""
    return one if datetime.fromisoformat(one) >= datetime.fromisoformat(other) else other


def still_to_come(moment: str, now: str) -> bool:
    """True for a moment later than `now` by more than clocks may differ."""
    return datetime.fromisoformat(moment) > datetime.fromisoformat(now) + CLOCK_SLACK


def budget_end(day: str, begins: str) -> str:
    """The last day of the budget year in which `day` lies; `begins` is the month and day on which each begins."""
    now, start = _date(day), f"-{begins}"
    this = _date(f"{now.year:04}{start}")
    following = this if this > now else _date(f"{now.year + 1:04}{start}")
    return (following - timedelta(days=1)).isoformat()


def _date(day: str) -> date:
    try:
        return date.fromisoformat(_of_a_calendar(day))
    except ValueError as error:
        raise TrustError(f"there is no day {day!r}; write an existing date as YYYY-MM-DD") from error


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise TrustError(f"no time zone {name!r} on this machine; is its time zone data installed?") from error


def _moment(local: datetime) -> str:
    return local.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
