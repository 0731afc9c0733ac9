"""What must hold of a site's schedules: crons that come, time zones that exist, agencies and zones that there are."""

from __future__ import annotations

import zoneinfo
from collections.abc import Collection, Iterator, Mapping
from functools import cache
from typing import Any

from pepperbird.inventory.access import Fault
from pepperbird.inventory.raw import Row, near, rows, said, texts
from pepperbird.model.cron import read_cron


def schedule_faults(data: Row, agencies: Collection[str], zones: Collection[str]) -> Iterator[Fault]:
    """Everything wrong with `schedules` of site.yaml beyond their model.

    `agencies` are the ids of the files in agencies/, `zones` those that any way in of the register names.
    """
    taken: dict[str, str] = {}
    for path, row in rows(data, "schedules"):
        name = row.get("id")
        if isinstance(name, str):
            if name in taken:
                yield (*path, "id"), f"{said((*path, 'id'))}: {name!r} is {taken[name]} already; give each its own id"
            taken.setdefault(name, said(path))
        cron = row.get("cron")
        if isinstance(cron, str):
            try:
                read_cron(cron)
            except ValueError as error:
                yield (*path, "cron"), f"{said((*path, 'cron'))}: {error}"
        yield from zone_fault(path, row)
        yield from _known(path, row, "agencies", agencies, "no agency {name!r} in agencies/")
        yield from _known(path, row, "zones", zones, "no way in of the register is in a zone {name!r}")


def zone_fault(path: tuple[str | int, ...], row: Row) -> Iterator[Fault]:
    """A time zone that does not exist. Where this machine has no time zone data, nothing is said."""
    zone, known = row.get("time_zone"), _time_zones()
    if isinstance(zone, str) and known and zone not in known:
        here = (*path, "time_zone")
        yield here, f"{said(here)}: no time zone {zone!r}; write one like Africa/Monrovia{near(zone, known)}"


@cache
def _time_zones() -> frozenset[str]:
    return frozenset(zoneinfo.available_timezones())


def _known(path: tuple[str | int, ...], row: Row, field: str, known: Collection[str], words: str) -> Iterator[Fault]:
    for place, name in texts(row, field):
        if name not in known:
            here = (*path, *place)
            yield here, f"{said(here)}: {words.format(name=name)}; correct the name{near(name, known)}"


def zones_of(data: Any) -> set[str]:
    """The zones that ways in of one agency's file name."""
    found = {row.get("zone") for _, row in rows(data, "assets", "access")}
    return {one for one in found if isinstance(one, str)}


def hours_faults(data: Mapping[str, Any]) -> Iterator[Fault]:
    """Spans of `power` and `quiet` that begin where they end: all day, or never?"""
    places: list[tuple[tuple[str | int, ...], Row]] = [((), dict(data)), *rows(data, "sites")]
    for path, row in places:
        for field in ("power", "quiet"):
            for place, text in texts(row, field):
                first, _, last = text.rpartition(" ")[2].partition("-")
                if first == last:
                    here = (*path, *place)
                    yield here, f"{said(here)}: begins where it ends; write 00:00-24:00 for the whole day"
