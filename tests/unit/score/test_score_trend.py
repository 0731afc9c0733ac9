"""A trend marks every change of rules and every long silence, and its panel is moved by nobody who came or went."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import replace

import pytest

from pepperbird.model.history import Named, PastRun
from pepperbird.model.policy import Deadlines
from pepperbird.model.run import Digests
from pepperbird.model.state import Enforcement, Severity, State, Tier
from pepperbird.score.nation import score_nation
from pepperbird.score.overdue import Open, due_day, open_of
from pepperbird.score.trend import agency_trend, nation_trend
from tests.support.past import RULES, a_site, agency_score, failing, other_rules

AT = "2026-11-24T00:00:00Z"
DEADLINES = {tier: Deadlines(critical=7, high=30, medium=90, low=180) for tier in Tier}


def past_run(day: str, scores: Mapping[str, float], rules: Digests = RULES) -> PastRun:
    found = {agency: agency_score(agency, score) for agency, score in scores.items()}
    nation = score_nation(a_site({one: one for one in scores}), found)
    return PastRun(day, f"{day}T12:00:00Z", "c", rules, tuple(scores), found, nation)


def registered(runs: Sequence[PastRun], tier: Tier = Tier.STANDARD) -> dict[str, list[Named]]:
    return {run.id: [Named(one, one.upper(), tier) for one in run.agencies] for run in runs}


def test_points_hold_what_the_runs_published() -> None:
    runs = [past_run("2026-01-01", {"moh": 41.9}), past_run("2026-01-31", {"moh": 45.0})]
    trend = agency_trend(runs, registered(runs), "moh", None, {"2026-01-31": Open(3, 1)})
    first, last = trend.points
    assert first.figures is not None and last.figures is not None
    assert (first.figures.score, last.figures.score, last.figures.observed) == (41.9, 45.0, 35.0)
    assert (first.open, last.open, last.grade, last.stage) == (None, Open(3, 1), "D", "Seen")
    assert trend.one_kind and last.joined


@pytest.mark.parametrize("part", ["content", "baseline", "engine"])
def test_other_rules_part_the_line_and_are_named(part: str) -> None:
    changed = other_rules(**{part: "sha256:new"})
    days = [("2026-01-01", RULES), ("2026-01-02", changed), ("2026-01-03", changed)]
    runs = [past_run(day, {"moh": 1.0}, rules) for day, rules in days]
    trend = agency_trend(runs, registered(runs), "moh", None, {})
    assert [one.rules for one in trend.points] == [(), (part,), ()]
    assert [one.joined for one in trend.points] == [True, False, True]
    assert not trend.one_kind


def test_other_machines_and_memory_are_no_other_rules() -> None:
    other = other_rules(site="sha256:x", memory="sha256:y", verdicts="sha256:z")
    runs = [past_run("2026-01-01", {"moh": 1.0}), past_run("2026-01-02", {"moh": 1.0}, other)]
    assert agency_trend(runs, registered(runs), "moh", None, {}).one_kind


def test_a_long_silence_parts_the_line() -> None:
    runs = [past_run(day, {"moh": 1.0}) for day in ("2026-01-01", "2026-02-15", "2026-04-02")]
    assert [one.quiet for one in agency_trend(runs, registered(runs), "moh", None, {}).points] == [0, 0, 46]


def test_one_standard_and_one_that_has_nothing_to_score() -> None:
    runs = [past_run("2026-01-01", {"moh": 40.0})]
    point = agency_trend(runs, registered(runs), "moh", "DS", {}).points[0]
    assert point.figures is not None and (point.figures.score, point.grade, point.stage) == (20.0, "", "Seen")
    assert agency_trend(runs, registered(runs), "moh", "DR", {}).points[0].figures is None
    nothing = nation_trend(runs, registered(runs), "All", "DR", {}).points[0]
    assert (nothing.figures, nothing.panel, nothing.nation) == (None, None, None)


def test_an_agency_that_joins_moves_the_nation_and_not_the_panel() -> None:
    runs = [
        past_run("2026-01-01", {"moh": 60.0, "mof": 40.0}),
        past_run("2026-02-01", {"moh": 60.0, "mof": 40.0, "lra": 5.0}),
    ]
    trend = nation_trend(runs, registered(runs), "All", None, {})
    assert trend.panel == ("moh", "mof")
    assert [one.panel.score for one in trend.points if one.panel] == [50.0, 50.0]
    assert [one.figures.score for one in trend.points if one.figures] == [50.0, 35.0]


def test_an_agency_that_left_is_not_in_the_panel_and_none_may_be_left() -> None:
    runs = [past_run("2026-01-01", {"moh": 60.0}), past_run("2026-02-01", {"mof": 40.0})]
    trend = nation_trend(runs, registered(runs), "All", None, {})
    assert (trend.panel, trend.points[0].panel) == ((), None)


def test_the_panel_has_the_weights_of_the_last_point() -> None:
    runs = [past_run(day, {"moh": 60.0, "mof": 30.0}) for day in ("2026-01-01", "2026-02-01")]
    tiers = registered(runs, Tier.FOUNDATION)
    tiers["2026-02-01"][0] = Named("moh", "MOH", Tier.STANDARD)
    trend = nation_trend(runs, tiers, "All", None, {})
    assert [one.panel.score for one in trend.points if one.panel] == [50.0, 50.0]
    by_standard = nation_trend(runs, tiers, "All", "IS", {})
    assert [one.figures.score for one in by_standard.points if one.figures] == [45.0, 50.0]


def test_another_tier_is_other_rules_for_the_agency_and_the_nation() -> None:
    runs = [past_run(day, {"moh": 60.0, "mof": 30.0}) for day in ("2026-01-01", "2026-02-01")]
    tiers = registered(runs)
    tiers["2026-02-01"][0] = Named("moh", "MOH", Tier.CRITICAL)
    mine = {run: [one for one in some if one.id == "moh"] for run, some in tiers.items()}
    assert agency_trend(runs, mine, "moh", None, {}).points[1].rules == ("tier",)
    assert nation_trend(runs, tiers, "All", None, {}).points[1].rules == ("tier",)
    joined = {**registered(runs), "2026-01-01": [Named("mof", "MOF", Tier.STANDARD)]}
    assert agency_trend(runs, joined, "moh", None, {}).points[1].rules == ()


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
