"""When a machine may be asked by itself: while it has power, and not in its quiet hours. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from pepperbird.model.plan import EndpointPlan
from pepperbird.model.site import Agency, Site

_DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAY: Final = 24 * 60
_WEEK: Final = 7 * _DAY


@dataclass(frozen=True, slots=True)
class Times:
    """Spans of time as the register writes them; no `power` is all the time."""

    power: tuple[str, ...] = ()
    quiet: tuple[str, ...] = ()

    def powered(self, wall: datetime) -> bool:
        return not self.power or _minute(wall) in _minutes(self.power)

    def open(self, wall: datetime) -> bool:
        """Whether it may be asked at that time on the wall."""
        return self.powered(wall) and _minute(wall) not in _minutes(self.quiet)


def _minute(wall: datetime) -> int:
    return wall.weekday() * _DAY + wall.hour * 60 + wall.minute


@lru_cache(maxsize=1024)
def _minutes(spans: tuple[str, ...]) -> frozenset[int]:
    """The minutes of a week, from Monday on, that lie in any of the spans."""
    return frozenset(minute for span in spans for minute in _span(span))


def _span(text: str) -> Iterable[int]:
    days, _, times = text.rpartition(" ")
    first, _, last = times.partition("-")
    start, end = _clock(first), _clock(last)
    length = (end - start) % _DAY or _DAY
    for day in _days(days):
        yield from ((day * _DAY + start + more) % _WEEK for more in range(length))


def _clock(text: str) -> int:
    hour, _, minute = text.partition(":")
    return int(hour) * 60 + int(minute)


def _days(text: str) -> Iterable[int]:
    if not text:
        return range(7)
    first, _, last = text.partition("-")
    start, end = _DAYS.index(first), _DAYS.index(last or first)
    return [(start + more) % 7 for more in range((end - start) % 7 + 1)]


def opens(times: Times, zone: ZoneInfo, now: datetime, until: datetime) -> datetime | None:
    """The first moment from `now` on, before `until`, at which it may be asked; None where there is none."""
    moment = now
    while moment < until:
        if times.open(moment.astimezone(zone)):
            return moment
        moment = (moment + timedelta(minutes=1)).replace(second=0, microsecond=0)
    return None


def times_of(site: Site, endpoint: EndpointPlan) -> Times:
    """The hours of the place that the asset, or what it stands on, is declared to be at; else those of its agency."""
    agency = next((one for one in site.agencies if one.id == endpoint.agency), None)
    if agency is None:
        return Times()
    place = next((one for one in agency.sites if one.id == _place(agency, endpoint.asset)), None)
    if place is None:
        return Times(agency.power, agency.quiet)
    return Times(place.power or agency.power, agency.quiet + place.quiet)


def _place(agency: Agency, asset_id: str) -> str | None:
    by_id = {asset.id: asset for asset in agency.assets}
    seen: set[str] = set()
    asset = by_id.get(asset_id)
    while asset is not None and asset.id not in seen:
        if asset.site is not None:
            return asset.site
        seen.add(asset.id)
        asset = by_id.get(asset.on or "")
    return None
