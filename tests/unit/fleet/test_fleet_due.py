"""Due, property by property: one tick once, the missed told, no overlap, and clocks that jump."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pepperbird.fleet.due import COUNTED, GRACE, Last, Timed, credible, due, timed, unanswered
from pepperbird.model.schedule import Schedule
from pepperbird.model.site import SiteFile
from tests.support.calendar import elapses
from tests.support.require import require

START = datetime(2026, 10, 20, tzinfo=UTC)
NIGHTLY, HALF_HOURLY = Schedule(id="nightly", cron="30 1 * * *"), Schedule(id="often", cron="*/30 * * * *")


def schedules(*some: Schedule, zone: str = "Africa/Monrovia") -> tuple[Timed, ...]:
    return timed(SiteFile(name="Test", time_zone=zone, schedules=some))


def settled(tick: datetime, *, open_run: str = "") -> Last:
    return Last(tick, tick, open_run)


GAPS = st.lists(st.integers(0, 60 * 24 * 3), min_size=1, max_size=12)


@settings(max_examples=20, deadline=None)
@given(GAPS, st.sampled_from(("Africa/Monrovia", "America/New_York")))
@pytest.mark.slow
def test_every_tick_is_carried_out_or_missed_once_as_systemd_counts_them(minutes: Sequence[int], zone: str) -> None:
    require("systemd-analyze")
    known, now, seen = {"often": settled(START)}, START, 0
    for one in minutes:
        now += timedelta(minutes=one)
        for found in due(schedules(HALF_HOURLY, zone=zone), known, now):
            assert found.tick <= now and now - found.tick < timedelta(hours=1, minutes=30)
            seen += found.missed + 1
            known["often"] = settled(found.tick)
    want = elapses(f"*-*-* *:00,30:00 {zone}", START, int((now - START).total_seconds() // 1800) + 2)
    if len(want) > COUNTED:
        return
    skipped = 2 if zone == "America/New_York" and now >= datetime(2026, 11, 1, 7, tzinfo=UTC) else 0
    assert seen == sum(1 for one in want if one <= now)
    assert skipped == 0 or seen == (now - START).total_seconds() // 1800 - skipped


def test_missed_ticks_are_one_and_are_counted() -> None:
    (found,) = due(schedules(NIGHTLY), {"nightly": settled(START)}, START + timedelta(days=5, hours=9))
    assert (found.tick, found.missed, found.begin) == (START + timedelta(days=5, hours=1, minutes=30), 5, True)


def test_a_century_of_missed_minutes_is_counted_no_further_than_needed() -> None:
    often = Schedule(id="often", cron="* * * * *")
    (found,) = due(schedules(often), {"often": settled(START)}, START + timedelta(days=36500))
    assert found.missed == COUNTED


def test_what_was_never_seen_before_is_not_made_up_for() -> None:
    assert due(schedules(NIGHTLY), {}, START) == ()


def test_a_run_that_goes_on_is_not_begun_again() -> None:
    (found,) = due(schedules(NIGHTLY), {"nightly": settled(START, open_run="r")}, START + timedelta(days=1))
    assert not found.begin


@pytest.mark.parametrize("back", [timedelta(seconds=40), timedelta(minutes=59)])
def test_a_clock_that_is_put_back_a_little_has_nothing_done_twice(back: timedelta) -> None:
    tick = START + timedelta(hours=1, minutes=30)
    for now in (tick - back, tick - back / 2, tick, tick + timedelta(hours=20)):
        assert due(schedules(NIGHTLY), {"nightly": settled(tick)}, now) == ()


@pytest.mark.parametrize("ahead", [timedelta(hours=3), timedelta(days=36500)])
def test_a_clock_that_was_far_ahead_has_nothing_wait_for_years(ahead: timedelta) -> None:
    """It noted a tick that lies far ahead; once it is right again, schedules come as if nothing had been noted."""
    noted, now = {"nightly": settled(START + ahead)}, START
    assert due(schedules(NIGHTLY), noted, now) == ()
    assert unanswered(schedules(NIGHTLY), noted, now) == ()
    noted = {"nightly": credible(noted["nightly"], now)}
    assert [one.tick for one in due(schedules(NIGHTLY), noted, now + timedelta(hours=2))] == [
        START + timedelta(hours=1, minutes=30)
    ]


def test_the_oldest_tick_comes_first() -> None:
    known = {"nightly": settled(START), "often": settled(START)}
    assert [one.timed.id for one in due(schedules(HALF_HOURLY, NIGHTLY), known, START + timedelta(hours=2))] == [
        "nightly", "often",
    ]  # fmt: skip


def test_a_schedule_without_an_answer_is_told_after_its_time_and_until_there_is_one() -> None:
    within = timedelta(minutes=NIGHTLY.within) + GRACE
    tick = START + timedelta(hours=1, minutes=30)
    known = {"nightly": Last(tick, START, "r")}
    assert unanswered(schedules(NIGHTLY), known, tick + within - timedelta(seconds=1)) == ()
    (one,) = unanswered(schedules(NIGHTLY), known, tick + within)
    assert (one.schedule, one.tick, one.by) == ("nightly", tick, tick + within)
    assert unanswered(schedules(NIGHTLY), {"nightly": settled(tick)}, tick + within) == ()
    assert unanswered(schedules(NIGHTLY), {}, tick + within) == ()
