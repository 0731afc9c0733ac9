"""The message: never over 600 characters, where things stand and what to do first, nobody shamed, nothing that acts."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from pepperbird.report.as_message import LONGEST
from tests.support.reports import Made, all_of_them, later
from tests.support.runs import HOSTILE, hostile_run, hostile_site

MADE = all_of_them()


def hostile() -> Made:
    return replace(later(), run=hostile_run(), site=hostile_site())


@pytest.mark.parametrize("name", [*sorted(MADE), "hostile"])
def test_it_fits_and_is_plain(name: str) -> None:
    text = (hostile() if name == "hostile" else MADE[name]).render("message").decode()
    assert 60 < len(text) <= LONGEST
    assert text.endswith("\n") and text.isprintable() is False  # its line breaks
    assert all(line.isprintable() for line in text.splitlines())
    assert (
        not re.search(r"https?://|<[a-z]+>|\u202e", text.replace("<script>", "").replace("<h1>", ""))
        or name == "hostile"
    )


def test_it_says_where_things_stand_and_what_to_do_first() -> None:
    text = later().render("message").decode()
    assert text.splitlines() == [
        "Ministry of Health, 23 November 2026",
        "Score 8.4 of 100 (up to 59.1 when all is seen), grade E.",
        "Up 2.7 since 23 October 2026: well done.",
        "To do first (+7.5 together):",
        "1. Root cannot log in over SSH with a password (minutes)",
        "2. Log-in over SSH needs a key (hours)",
        "3. Security updates are installed in time (minutes, by 30 November 2026)",
        "4. Data filesystems have room (hours, by 1 December 2026)",
        "5. Each data store has a declared backup (days)",
        "The report has the commands and the way back.",
    ]


def test_nobody_is_named_and_nothing_is_called_a_failure() -> None:
    for made in (later(), *MADE.values()):
        text = made.render("message").decode().lower()
        assert not re.search(r"fail|overdue|was due|bad|worst|registry admin|must", text)


def test_the_longest_names_leave_room_for_what_is_to_do() -> None:
    text = MADE["long"].render("message").decode()
    assert "1. " in text and "2. " in text and text.splitlines()[-1].startswith("The report has")


def test_hostile_text_is_cut_and_shown_as_escapes() -> None:
    text = hostile().render("message").decode()
    assert not any(one in text for one in HOSTILE if not one.isprintable())
    assert "\\x1b]0;owned" in text
