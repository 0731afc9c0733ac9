"""Schedules and hours of a site: when what is scanned by itself, and when machines must not or cannot be asked."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints

from pepperbird.model.base import Bool, Model, PositiveInt, Slug, Str
from pepperbird.model.state import AssetKind

_DAY = "(mon|tue|wed|thu|fri|sat|sun)"
_TIME = "([01][0-9]|2[0-3]):[0-5][0-9]"
Hours = Annotated[str, StringConstraints(pattern=rf"^({_DAY}(-{_DAY})? )?{_TIME}-({_TIME}|24:00)$")]
"""A span of the day, or of some days of the week, as `mon-fri 08:00-17:00`; it may run over midnight."""
Minutes = Annotated[PositiveInt, Field(le=7 * 24 * 60)]


class Schedule(Model):
    """What is scanned by itself. `cron` is read in `time_zone`, else in that of the site; what is left out is all.

    `kinds` and `zones` narrow it to assets of those kinds, or with a way in from those zones: the result is partial
    then. `parallel` is how many hosts are asked at a time. Inside of `within` minutes there is an answer: until then
    what cannot be reached, or may not be asked now, is tried again.
    """

    id: Slug
    cron: Str
    time_zone: Str | None = None
    agencies: tuple[Slug, ...] = ()
    kinds: tuple[AssetKind, ...] = ()
    zones: tuple[Slug, ...] = ()
    deep: Bool = False
    parallel: Annotated[PositiveInt, Field(le=512)] | None = None
    within: Minutes = 120
