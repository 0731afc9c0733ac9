"""Cron comes when systemd says, in zones with and without summer time; what it does there of its own is told here."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pepperbird.model.cron import newest_tick, read_cron, ticks
from tests.support.calendar import as_calendar, elapses
from tests.support.require import require

MONROVIA, NEW_YORK, LORD_HOWE = "Africa/Monrovia", "America/New_York", "Australia/Lord_Howe"
ZONES = (MONROVIA, NEW_YORK, LORD_HOWE, "Europe/London", "Africa/Cairo")


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def field(low: int, high: int) -> st.SearchStrategy[str]:
    numbers = st.integers(low, high)
    listed = st.lists(numbers, min_size=1, max_size=3, unique=True).map(lambda some: ",".join(map(str, sorted(some))))
    spans = st.tuples(numbers, numbers).map(lambda two: f"{min(two)}-{max(two)}")
    return st.one_of(st.just("*"), listed, spans, st.integers(1, high).map(lambda step: f"*/{step}"))


WEEKDAYS = st.one_of(st.just("*"), st.integers(0, 6).map(str), st.tuples(st.integers(0, 3), st.integers(4, 7)).map(
    lambda two: f"{two[0]}-{two[1]}"))  # fmt: skip
MOMENTS = st.integers(0, 366 * 3 * 24 * 60).map(lambda minutes: utc("2024-01-01T00:00") + timedelta(minutes=minutes))
HALF_A_DAY_FROM_A_CHANGE = st.sampled_from(
    [utc(one) for one in ("2026-03-08T07:00", "2026-11-01T06:00", "2026-04-04T15:00", "2026-10-03T15:30",
                          "2026-03-29T01:00", "2026-10-25T01:00", "2026-04-23T22:00", "2026-10-29T21:00")]
).flatmap(lambda change: st.integers(-720, 720).map(lambda minutes: change + timedelta(minutes=minutes)))  # fmt: skip


def put_forward(moment: datetime, zone: ZoneInfo) -> bool:
    """Whether the clock on the wall is put forward at that moment."""
    before, after = ((moment - timedelta(seconds=back)).astimezone(zone).utcoffset() for back in (1, 0))
    return before is not None and after is not None and after > before


@settings(max_examples=60, deadline=None)
@given(
    field(0, 59), field(0, 23), field(1, 28), field(1, 12), WEEKDAYS, st.sampled_from(ZONES),
    MOMENTS | HALF_A_DAY_FROM_A_CHANGE,
)  # fmt: skip
def test_it_comes_when_systemd_says(
    minute: str, hour: str, day: str, month: str, weekday: str, zone: str, after: datetime
) -> None:
    require("systemd-analyze")
    if day != "*" and not day.startswith("*") and weekday != "*":
        weekday = "*"  # systemd wants both kinds of day, cron one of them: the test below
    cron, wall = read_cron(f"{minute} {hour} {day} {month} {weekday}"), ZoneInfo(zone)
    oracle = elapses(as_calendar(minute, hour, day, month, weekday, zone), after, 4)
    ours = list(islice(ticks(cron, wall, after), 12))
    if not oracle:
        assert len(ours) < 3, "systemd gives up where a day is rare"
        return
    ours = [one for one in ours if one <= oracle[-1]]
    # Asked while the wall shows a time for the second time, systemd counts that; asked before, it does not either.
    assert all(one.astimezone(wall).fold for one in set(oracle) - set(ours))
    assert all(put_forward(one, wall) for one in set(ours) - set(oracle))


def test_either_kind_of_day_suffices_where_both_are_given() -> None:
    require("systemd-analyze")
    after, zone = utc("2026-11-27T00:00"), ZoneInfo(MONROVIA)
    by_date = elapses("*-*-13,20 02:30:00 Africa/Monrovia", after, 12)
    by_name = elapses("Fri *-*-* 02:30:00 Africa/Monrovia", after, 12)
    both = sorted({*by_date, *by_name})[:12]
    assert list(islice(ticks(read_cron("30 2 13,20 * fri"), zone, after), 12)) == both


def test_no_night_is_left_out_and_none_counts_twice_where_the_clock_is_changed() -> None:
    cron, zone = read_cron("30 2 * * *"), ZoneInfo(NEW_YORK)
    spring = list(islice(ticks(cron, zone, utc("2026-03-07T12:00")), 3))
    assert spring == [utc("2026-03-08T07:00"), utc("2026-03-09T06:30"), utc("2026-03-10T06:30")]
    autumn = list(islice(ticks(read_cron("30 1 * * *"), zone, utc("2026-10-31T12:00")), 2))
    assert autumn == [utc("2026-11-01T05:30"), utc("2026-11-02T06:30")]


def test_a_day_that_a_country_left_out_comes_when_it_goes_on() -> None:
    samoa = list(islice(ticks(read_cron("0 0,12 * * *"), ZoneInfo("Pacific/Apia"), utc("2011-12-29T22:30")), 3))
    assert samoa == [utc("2011-12-30T10:00"), utc("2011-12-30T22:00"), utc("2011-12-31T10:00")]


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(("*/7 * * * *", "30 1,2 * * *", "0 0 29 2 *", "15 3 1 * mon", "59 23 31 12 *")),
       st.sampled_from(ZONES), MOMENTS | HALF_A_DAY_FROM_A_CHANGE, st.integers(0, 60 * 24 * 10))  # fmt: skip
def test_the_newest_is_the_last_of_all(text: str, zone: str, after: datetime, minutes: int) -> None:
    cron, wall, until = read_cron(text), ZoneInfo(zone), after + timedelta(minutes=minutes)
    newest = None
    for one in ticks(cron, wall, after):
        if one > until:
            break
        newest = one
    assert newest_tick(cron, wall, until, after) == newest


def test_rare_days_are_found_and_the_end_of_time_is_an_end() -> None:
    zone = ZoneInfo(MONROVIA)
    assert next(ticks(read_cron("0 0 29 2 *"), zone, utc("2096-03-01T00:00"))) == utc("2104-02-29T00:00")
    assert list(ticks(read_cron("0 0 1 1 *"), zone, utc("9999-06-01T00:00"))) == []
    assert newest_tick(read_cron("0 0 29 2 *"), zone, utc("2103-01-01T00:00"), utc("1990-01-01T00:00")) == utc(
        "2096-02-29T00:00"
    )


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("30 2 * *", "five fields"),
        ("60 2 * * *", "minute: '60' is none"),
        ("0 24 * * *", "hour"),
        ("0 0 30 2 *", "never come"),
        ("0 0 0 * *", "day of the month"),
        ("0 0 * foo *", "month: 'foo' is none"),
        ("0 0 * * 8", "day of the week"),
        ("5-1 0 * * *", "runs backwards"),
        ("*/0 0 * * *", "the step"),
        ("1,,2 0 * * *", "minute: '' is none"),
        ("\u0661 0 * * *", "minute"),
    ],
)
def test_what_is_wrong_is_said(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        read_cron(text)


def test_sunday_is_0_and_7_and_names_do() -> None:
    assert read_cron("0 0 * * 7") == read_cron("0 0 * * SUN") == read_cron("0 0 * * 0")
    assert read_cron("0 0 * jan-mar mon-fri") == read_cron("0 0 * 1-3 1-5")
    assert read_cron("0 0 * * fri-7") == read_cron("0 0 * * 0,5,6")
