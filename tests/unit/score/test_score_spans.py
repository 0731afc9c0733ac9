"""Spans grow with change alone, and faults are what a person would count: opened once, fixed once, or opened again."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pepperbird.model.history import Span
from pepperbird.model.state import Enforcement, Severity, State
from pepperbird.model.verdict import PostureEntry
from pepperbird.score.spans import Fault, Told, days_to_fix, faults, span_changes
from tests.support.past import failing


def at(day: int) -> str:
    return f"2026-01-{day:02d}T12:00:00Z"


def entry(state: State, since: str = "", **more: object) -> PostureEntry:
    one = replace(failing("moh", at(1)), state=state, failing_since=since)
    return replace(one, **more)  # type: ignore[arg-type]


def spans_of(*days: PostureEntry | None) -> list[Span]:
    """The spans that runs on the first, second ... day leave, each with that standing of one pair."""
    kept: list[Span] = []
    for day, one in enumerate(days, 1):
        changes = span_changes([span for span in kept if not span.closed], [one] if one else [], f"r{day:02d}", at(day))
        ended = {span.opened_run: span for span in changes.ended}
        kept = [ended.get(span.opened_run, span) for span in kept] + list(changes.begun)
    return kept


def faults_of(*days: PostureEntry | None) -> tuple[Fault, ...]:
    """The faults that `spans_of` tells of."""
    return faults(Told(*(str(getattr(span, name)) for name in Told._fields)) for span in spans_of(*days))


GOOD, BAD = entry(State.PASS), entry(State.FAIL, at(2))
DARK = entry(State.UNREACHABLE, at(2))


def test_what_stays_as_it_is_adds_nothing() -> None:
    (span,) = spans_of(*[GOOD] * 20)
    assert (span.opened, span.closed) == (at(1), "")


@pytest.mark.parametrize(
    "other",
    [
        BAD, replace(GOOD, severity=Severity.LOW), replace(GOOD, enforcement=Enforcement.ADVISORY),
        replace(GOOD, tier="critical"), replace(GOOD, kind="windows-server"),
    ],
)  # fmt: skip
def test_another_state_or_other_rules_begin_another(other: PostureEntry) -> None:
    first, second = spans_of(GOOD, other)
    assert (first.closed, first.closed_run, second.opened, second.closed) == (at(2), "r02", at(2), "")


def test_a_pair_that_nobody_asks_any_more_ends() -> None:
    (span,) = spans_of(GOOD, None, None)
    assert span.closed == at(2)


def test_a_fault_lasts_through_silence_and_waiver_until_it_is_seen_in_order() -> None:
    waived = entry(State.WAIVED, at(2))
    (fault,) = faults_of(GOOD, BAD, DARK, waived, BAD, GOOD)
    assert (fault.opened, fault.fixed, fault.open, fault.days(at(30))) == (at(2), at(6), False, 4)


def test_silence_after_a_fail_fixes_nothing() -> None:
    (fault,) = faults_of(BAD, DARK, DARK)
    assert fault.open and fault.days(at(12)) == 10


def test_what_fails_after_it_was_fixed_is_opened_again() -> None:
    later = entry(State.FAIL, at(5))
    first, second = faults_of(GOOD, BAD, GOOD, GOOD, later)
    assert (first.again, second.again, second.opened, second.open) == (False, True, at(5), True)


def test_a_fault_that_nobody_asks_about_any_more_is_left_and_not_fixed() -> None:
    (fault,) = faults_of(BAD, None, None)
    assert (fault.fixed, fault.left, fault.open) == ("", at(2), False)
    first, second = faults_of(BAD, None, None, entry(State.FAIL, at(4)))
    assert (first.left, second.open, second.again) == (at(2), True, False)


def test_days_to_fix_are_the_median_of_required_faults_that_were_fixed() -> None:
    advisory = replace(faults_of(BAD, GOOD)[0], enforcement="advisory", fixed=at(30))
    some = [replace(faults_of(BAD, GOOD)[0], opened=at(1), fixed=at(day)) for day in (3, 5, 21)]
    assert days_to_fix([*some, advisory]) == 4.0
    assert days_to_fix(some, since=at(6)) == 20.0
    assert days_to_fix([advisory]) is None
