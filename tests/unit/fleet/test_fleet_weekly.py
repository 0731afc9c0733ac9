"""The weekly mail: its day by the clock of the site, held against systemd, and who is owed one. Pure."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from pepperbird.fleet.moments import text_of
from pepperbird.fleet.weekly import next_turn, owed, turn
from pepperbird.model.delivery import DigestDay
from pepperbird.store.receipts import LastMail
from tests.support.calendar import elapses
from tests.support.require import require

SUNDAY = datetime(2026, 3, 8, tzinfo=UTC)
"""In America/New_York the clock is put forward on this day, and back on 1 November."""


@pytest.mark.parametrize("zone", ["Africa/Monrovia", "America/New_York", "Pacific/Auckland", "Europe/London"])
@pytest.mark.parametrize(("day", "at"), [("mon", "07:00"), ("sun", "03:30"), ("sat", "23:59")])
def test_each_week_has_one_turn_and_systemd_agrees(zone: str, day: str, at: str) -> None:
    require("systemd-analyze")
    settings = DigestDay.model_validate({"day": day, "at": at})
    moment, found = datetime(2026, 2, 20, tzinfo=UTC), list[datetime]()
    while moment < datetime(2026, 4, 20, tzinfo=UTC):
        moment = next_turn(settings, zone, moment)
        assert turn(settings, zone, moment) == moment == turn(settings, zone, moment + timedelta(days=6, hours=22))
        found.append(moment)
    assert found == elapses(f"{day.capitalize()} *-*-* {at}:00 {zone}", datetime(2026, 2, 20, tzinfo=UTC), len(found))


def test_the_day_on_which_the_clock_is_put_forward_over_the_time_has_its_turn() -> None:
    found = turn(DigestDay(day="sun", at="02:30"), "America/New_York", SUNDAY + timedelta(hours=20))
    assert text_of(found) == "2026-03-08T07:00:00Z"


DAY = datetime(2026, 11, 26, 7, tzinfo=UTC)
OLD, NEW = "20261120T010000Z-aaaaaa", "20261126T010000Z-bbbbbb"


@pytest.mark.parametrize(
    ("mails", "expected"),
    [
        ([], True),
        ([LastMail("sent", OLD, "2026-11-19T07:00:00Z")], True),
        ([LastMail("sent", OLD, "2026-11-26T06:59:59Z")], True),
        ([LastMail("sent", OLD, "2026-11-26T07:00:00Z")], False),
        ([LastMail("sent", NEW, "2026-11-20T07:00:00Z")], False),
        ([LastMail("unsure", OLD, "2026-11-26T07:00:05Z"), LastMail("sent", OLD, "2026-11-12T07:00:00Z")], False),
        ([LastMail("sending", NEW, "2026-11-26T07:00:05Z")], False),
        ([LastMail("failed", NEW, "2026-11-26T07:00:05Z"), LastMail("trying", NEW, "2026-11-26T07:00:05Z")], True),
    ],
)
def test_who_is_owed_one(mails: list[LastMail], expected: bool) -> None:
    assert owed(mails, NEW, DAY) is expected
