"""The weekly mail: when its day last came, and whether a recipient is owed one. Pure, but for the receipts it is given.

A recipient is owed a mail where none went since the day came, and there is a run newer than the one he last had. A
week that was missed is made up for once, by the same rule.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from pepperbird.fleet.due import SLIP, zone_of
from pepperbird.fleet.moments import text_of
from pepperbird.model.cron import Cron, newest_tick, read_cron, ticks
from pepperbird.model.delivery import DigestDay
from pepperbird.store.receipts import LastMail, Receipts

MAILED: Final = ("sent", "unsure", "sending")
"""States of a receipt of what arrived, or may have."""
_NINE_DAYS: Final = timedelta(days=9)
"""Longer than a week, whatever the clock did in it."""


def turn(day: DigestDay, zone: str, now: datetime) -> datetime:
    """The last moment, until `now`, at which the day came. `zone` is the time zone of the site."""
    return newest_tick(_cron(day), zone_of(zone), now, now - _NINE_DAYS) or now - _NINE_DAYS


def next_turn(day: DigestDay, zone: str, now: datetime) -> datetime:
    """The next moment after `now`."""
    return next(ticks(_cron(day), zone_of(zone), now))


def _cron(day: DigestDay) -> Cron:
    hour, _, minute = day.at.partition(":")
    return read_cron(f"{int(minute)} {int(hour)} * * {day.day}")


def owed(mails: Sequence[LastMail], run: str, day: datetime) -> bool:
    """Whether a recipient with these mails is to get that of `run`, where the day came at `day`."""
    mailed = [one for one in mails if one.state in MAILED]
    return all(one.run < run and one.at < text_of(day) for one in mailed)


def mails_to(receipts: Receipts, agency: str, recipient: str, now: datetime) -> tuple[LastMail, ...]:
    """The mails that a recipient got. Those from far ahead of `now` were noted by a clock that was wrong."""
    return receipts.last_mails(agency, recipient, text_of(now + SLIP))


def last_run(receipts: Receipts, agency: str, recipient: str, now: datetime, run: str) -> str:
    """The newest run before `run` that a recipient had for sure; '' for none."""
    mails = receipts.last_mails(agency, recipient, text_of(now + SLIP), before=run)
    return next((one.run for one in mails if one.state == "sent"), "")
