"""Hours: the spans that people write, minute for minute, and the first moment at which something may be asked."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pepperbird.fleet.hours import Times, opens

MONDAY = datetime(2026, 11, 23, tzinfo=UTC)
MONROVIA = ZoneInfo("Africa/Monrovia")


@pytest.mark.parametrize(
    ("span", "inside", "outside"),
    [
        ("08:00-17:00", ["mon 08:00", "sun 16:59"], ["mon 07:59", "mon 17:00"]),
        ("mon-fri 08:00-17:00", ["mon 08:00", "fri 16:59"], ["sat 12:00", "sun 12:00"]),
        ("sat 20:00-24:00", ["sat 23:59"], ["sun 00:00", "sat 19:59", "fri 21:00"]),
        ("22:00-06:00", ["mon 23:00", "mon 05:59", "sun 22:00"], ["mon 06:00", "mon 21:59"]),
        ("fri 22:00-06:00", ["fri 22:00", "sat 05:59"], ["fri 05:00", "sat 22:00", "sat 06:00"]),
        ("sun 22:00-06:00", ["sun 23:59", "mon 05:59"], ["sun 05:59", "mon 06:00"]),
        ("fri-mon 10:00-11:00", ["fri 10:00", "sat 10:30", "sun 10:30", "mon 10:59"], ["tue 10:30", "thu 10:30"]),
        ("00:00-24:00", ["wed 00:00", "wed 23:59"], []),
    ],
)
def test_a_span_is_what_it_says(span: str, inside: list[str], outside: list[str]) -> None:
    for text in inside + outside:
        day, _, clock = text.partition(" ")
        number = ("mon", "tue", "wed", "thu", "fri", "sat", "sun").index(day)
        hours, minutes = map(int, clock.split(":"))
        wall = MONDAY + timedelta(days=number, hours=hours, minutes=minutes)
        assert Times(power=(span,)).open(wall) == (text in inside), text
        assert Times(quiet=(span,)).open(wall) != (text in inside), text


TIMES = st.builds(lambda one, other: f"{one // 60:02}:{one % 60:02}-{other // 60:02}:{other % 60:02}",
                  st.integers(0, 1439), st.integers(0, 1439)).filter(lambda text: text[:5] != text[6:])  # fmt: skip


@settings(deadline=None)
@given(st.lists(TIMES, max_size=2), st.lists(TIMES, max_size=2), st.integers(0, 7 * 24 * 3600), st.integers(1, 1600))
def test_nothing_opens_earlier_than_said(power: list[str], quiet: list[str], second: int, minutes: int) -> None:
    times, now = Times(tuple(power), tuple(quiet)), MONDAY + timedelta(seconds=second)
    until = now + timedelta(minutes=minutes)
    moment = opens(times, MONROVIA, now, until)
    end = until if moment is None else moment
    probe = now
    while probe < end:
        assert not times.open(probe.astimezone(MONROVIA))
        probe += timedelta(seconds=30)
    assert moment is None or (now <= moment < until and times.open(moment.astimezone(MONROVIA)))
