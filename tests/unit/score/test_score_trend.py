"""A trend marks every change of rules and every long silence, and its panel is moved by nobody who came or went."""

from __future__ import annotations

import datetime
from dataclasses import replace

import pytest

from pepperbird.model.history import Mark
from pepperbird.model.run import Digests
from pepperbird.model.state import Enforcement, Severity, State, Tier
from pepperbird.score.overdue import Open, due_day, open_of
from pepperbird.score.spans import Fault
from pepperbird.score.trend import Mended, agency_trend, nation_trend
from tests.support.past import DEADLINES, RULES, failing, figures, other_rules

AT = "2026-11-24T00:00:00Z"


def mark(day: str, score: float | None, rules: Digests = RULES, tier: str = "standard", **more: object) -> Mark:
    some = None if score is None else figures(score)
    one = Mark(
        "moh", f"r{day}", f"{day}T12:00:00Z", "MOH", tier, "D", "Seen", rules.content, rules.baseline, rules.engine,
        some,
    )  # fmt: skip
    return replace(one, **more)  # type: ignore[arg-type]


def test_points_hold_what_the_runs_published() -> None:
    trend = agency_trend([mark("2026-01-01", 41.9), mark("2026-01-31", 45.0, open=3, overdue=1)], None)
    first, last = trend.points
    assert first.figures is not None and last.figures is not None
    assert (first.figures.score, last.figures.score, last.figures.observed) == (41.9, 45.0, 35.0)
    assert (first.open, last.open, last.grade, last.stage) == (None, Open(3, 1), "D", "Seen")
    assert trend.one_kind and last.joined


@pytest.mark.parametrize("part", ["content", "baseline", "engine"])
def test_other_rules_part_the_line_and_are_named(part: str) -> None:
    changed = other_rules(**{part: "sha256:new"})
    days = [("2026-01-01", RULES), ("2026-01-02", changed), ("2026-01-03", changed)]
    trend = agency_trend([mark(day, 1.0, rules) for day, rules in days], None)
    assert [one.rules for one in trend.points] == [(), (part,), ()]
    assert [one.joined for one in trend.points] == [True, False, True]
    assert not trend.one_kind


def test_a_long_silence_parts_the_line() -> None:
    marks = [mark(day, 1.0) for day in ("2026-01-01", "2026-02-15", "2026-04-02")]
    assert [one.quiet for one in agency_trend(marks, None).points] == [0, 0, 46]


def test_another_tier_is_other_rules() -> None:
    marks = [
        mark("2026-01-01", 1.0),
        mark("2026-02-01", 1.0, tier="critical"),
        mark("2026-03-01", 1.0, tier="critical"),
    ]
    assert [one.rules for one in agency_trend(marks, None).points] == [(), ("tier",), ()]


def test_one_standard_has_no_grade_and_may_have_nothing_to_score() -> None:
    (point,) = agency_trend([mark("2026-01-01", None)], "DR").points
    assert (point.figures, point.grade, point.stage) == (None, "", "Seen")


def test_what_was_fixed_between_two_points_and_how_long_it_took() -> None:
    marks = [mark(day, 1.0) for day in ("2026-01-01", "2026-02-01", "2026-03-01")]
    fixed = Fault("moh", "IS-20", "srv", "high", "required", "2026-01-11T00:00:00Z", fixed="2026-02-01T12:00:00Z")
    found = [
        fixed,
        replace(fixed, asset="app", opened="2026-01-01T12:00:00Z"),
        replace(fixed, asset="old", enforcement="advisory"),
        replace(fixed, asset="gone", fixed="", left="2026-02-01T12:00:00Z"),
    ]
    told = [one.mended for one in agency_trend(marks, None, found).points]
    assert told == [None, Mended(2, 26.0), Mended(0, None)]
    assert [one.mended for one in agency_trend(marks, "DS", found).points][1] == Mended(0, None)


def test_the_nation_of_a_standard_is_the_mean_and_says_nothing_of_all_standards() -> None:
    marks = [mark("2026-01-01", 40.0, open=3, reporting=1, registered=2, median=20.0)]
    whole = nation_trend(marks, "All", None, means=None, panel=("moh",), panels={"r2026-01-01": figures(40.0)})
    assert (whole.points[0].reporting, whole.points[0].registered, whole.points[0].median) == (1, 2, 20.0)
    assert whole.points[0].panel == whole.points[0].figures == figures(40.0)
    one = nation_trend(marks, "All", "IS", means={"r2026-01-01": figures(7.0)}, panel=(), panels={}).points[0]
    assert (one.figures, one.open, one.reporting, one.panel) == (figures(7.0), None, None, None)


@pytest.mark.parametrize(("since", "overdue"), [("2026-11-17", 0), ("2026-11-16", 1)])
def test_the_last_day_is_in_time(since: str, overdue: int) -> None:
    assert due_day(since, 7) == (datetime.date.fromisoformat(since) + datetime.timedelta(7)).isoformat()
    assert open_of([failing("moh", f"{since}T12:00:00Z")], DEADLINES, AT) == Open(1, overdue)


def test_only_required_fails_without_an_accepted_delay_are_open() -> None:
    fail = failing("moh", "2026-01-01T12:00:00Z")
    others = [replace(fail, state=state) for state in State if state is not State.FAIL]
    others.append(replace(fail, enforcement=Enforcement.ADVISORY))
    assert open_of(others, DEADLINES, AT) == Open(0, 0)
    assert open_of([fail, replace(fail, severity=Severity.LOW, failing_since="")], DEADLINES, AT) == Open(2, 2)
    assert open_of([fail, failing("moh", AT, "DS-12")], DEADLINES, AT, "DS") == Open(1, 0)


def test_overdue_is_unknown_where_the_deadlines_are() -> None:
    fail = failing("moh", "2026-01-01T12:00:00Z")
    assert open_of([fail], None, AT) == Open(1, None)
    assert open_of([fail], {Tier.CRITICAL: DEADLINES[Tier.CRITICAL]}, AT) == Open(1, None)
    assert open_of([], None, AT) == Open(0, 0)
