"""Days in a time zone: the ends of waivers, also where clocks are set at midnight."""

from __future__ import annotations

import pytest

from pepperbird.errors import TrustError
from pepperbird.trust.days import begin_of, budget_end, day_of, end_of


@pytest.mark.parametrize(
    ("zone", "day", "begins", "ends"),
    [
        ("Africa/Monrovia", "2026-12-31", "2026-12-31T00:00:00Z", "2027-01-01T00:00:00Z"),
        ("Asia/Kolkata", "2026-12-31", "2026-12-30T18:30:00Z", "2026-12-31T18:30:00Z"),
        ("Europe/Berlin", "2026-03-29", "2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z"),  # 23 hours
        ("Europe/Berlin", "2026-10-25", "2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z"),  # 25 hours
        ("Africa/Cairo", "2024-04-26", "2024-04-25T22:00:00Z", "2024-04-26T21:00:00Z"),  # has no midnight
        ("Africa/Cairo", "2024-10-31", "2024-10-30T21:00:00Z", "2024-10-31T22:00:00Z"),  # midnight is put off
        ("America/Havana", "2026-11-01", "2026-11-01T04:00:00Z", "2026-11-02T05:00:00Z"),  # midnight twice
    ],
)
def test_a_day_has_its_own_ends(zone: str, day: str, begins: str, ends: str) -> None:
    assert (begin_of(day, zone), end_of(day, zone)) == (begins, ends)
    assert day_of(begins, zone) == day
    assert day_of(ends, zone) > day


def test_the_budget_year_ends_before_the_next_begins() -> None:
    assert budget_end("2026-11-24", "01-01") == "2026-12-31"
    assert budget_end("2026-11-24", "07-01") == "2027-06-30"
    assert budget_end("2027-06-30", "07-01") == "2027-06-30"
    assert budget_end("2027-07-01", "07-01") == "2028-06-30"


def test_what_is_no_day_or_zone() -> None:
    for call in (
        lambda: begin_of("2026-02-30", "UTC"),
        lambda: end_of("x", "UTC"),
        lambda: begin_of("2026-01-01", "No/Where"),
        lambda: day_of("soon", "UTC"),
    ):
        with pytest.raises(TrustError):
            call()
