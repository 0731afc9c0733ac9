"""The functions of the check language, each total: a bad argument raises, which evaluation turns into a failure.

age(time), until(time)          seconds between a time and the run's own; negative the other way round
hours(n), days(n)               seconds
under(path, directory)          whether a path is the directory or lies below it, by whole components
distance_km(lat, lon, lat, lon) great-circle distance on a sphere of 6371.0 km
"""

from __future__ import annotations

import math
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from cel_expr_python import cel

from pepperbird.expression.schema import TIME

_T = cel.Type


class Clock:
    """The time of the run that is being judged, as seconds since 1970; set once per evaluation of an asset."""

    def __init__(self) -> None:
        self.seconds = 0

    def set(self, at: str) -> None:
        self.seconds = epoch(at)

    def age(self, time: str) -> int:
        return self.seconds - epoch(time)

    def until(self, time: str) -> int:
        return epoch(time) - self.seconds


@lru_cache(maxsize=4096)
def epoch(time: str) -> int:
    """Whole seconds since 1970 of an RFC 3339 time. Raises ValueError, also where the zone is missing."""
    moment = datetime.fromisoformat(time)
    if moment.tzinfo is None:
        raise ValueError(f"time {time!r} has no zone")
    return math.floor(moment.astimezone(UTC).timestamp())


def under(path: str, directory: str) -> bool:
    """True where `path` is `directory` or lies below it. Both are absolute; `..` is never under anything."""
    if not path.startswith("/") or not directory.startswith("/") or ".." in path.split("/"):
        return False
    inside, outside = _parts(path), _parts(directory)
    return inside[: len(outside)] == outside


def _parts(path: str) -> list[str]:
    return [part for part in path.split("/") if part not in ("", ".")]


def distance_km(lat1: float, lon1: float, lat2: float, lon2: float) -> float:
    """Great-circle distance in kilometres between two points in degrees (haversine)."""
    a, b, c, d = map(math.radians, (lat1, lon1, lat2, lon2))
    h = math.sin((c - a) / 2) ** 2 + math.cos(a) * math.cos(c) * math.sin((d - b) / 2) ** 2
    return 2 * 6371.0 * math.asin(min(1.0, math.sqrt(h)))


def declarations(clock: Clock, *, typed: bool) -> list[Any]:
    """CEL declarations: for the typed compile times are messages, for evaluation they are strings."""
    time = _T(TIME) if typed else _T.STRING

    def one(name: str, parameters: list[Any], result: Any, implementation: Any) -> Any:
        overload = cel.Overload(f"{name}_pb", result, parameters, is_member=False, impl=implementation)
        return cel.FunctionDecl(name, [overload])

    return [
        one("age", [time], _T.INT, clock.age),
        one("until", [time], _T.INT, clock.until),
        one("hours", [_T.INT], _T.INT, lambda n: n * 3600),
        one("days", [_T.INT], _T.INT, lambda n: n * 86400),
        one("under", [_T.STRING, _T.STRING], _T.BOOL, under),
        one("distance_km", [_T.DOUBLE] * 4, _T.DOUBLE, distance_km),
    ]
