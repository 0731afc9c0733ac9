"""An agreed plan: what is done, open and overdue of it, and that neither darkness nor a waiver is mistaken for done."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pepperbird.model.agreed import AgreedItem, AgreedPlan
from pepperbird.model.policy import Deadlines
from pepperbird.model.state import Assurance, Enforcement, Severity, State, Tier
from pepperbird.model.verdict import PostureEntry
from pepperbird.score.agreed import Progress, due_of, plan_kept, standings
from pepperbird.score.overdue import due_day

AT = "2026-11-23T12:00:00Z"
DEADLINES = {
    Tier.STANDARD: Deadlines(critical=7, high=30, medium=90, low=180),
    Tier.CRITICAL: Deadlines(critical=3, high=14, medium=30, low=90),
}


def entry(state: State, asset: str = "db1", control: str = "IS-20", **changes: object) -> PostureEntry:
    plain = PostureEntry(
        "moh", control, asset, "linux-server", "standard", Severity.HIGH, Enforcement.REQUIRED, state,
        Assurance.OBSERVED, "2026-11-20T00:00:00Z", failing_since="2026-10-13T00:00:00Z" if state is State.FAIL else "",
    )  # fmt: skip
    return replace(plain, **changes)  # type: ignore[arg-type]


def plan(*items: AgreedItem) -> AgreedPlan:
    return AgreedPlan(agency="moh", items=items)


def item(due: str = "2026-12-01", asset: str | None = None, control: str = "IS-20") -> AgreedItem:
    return AgreedItem(control=control, asset=asset, agreed="2026-11-01", due=due)


@pytest.mark.parametrize(
    ("states", "due", "progress"),
    [
        ([State.PASS, State.NOT_APPLICABLE], "2026-11-01", Progress.DONE),
        ([State.PASS, State.FAIL], "2026-11-23", Progress.OPEN),
        ([State.PASS, State.FAIL], "2026-11-22", Progress.OVERDUE),
        ([State.PASS, State.UNREACHABLE], "2026-12-01", Progress.OPEN),
        ([State.UNREACHABLE], "2026-11-22", Progress.OVERDUE),
        ([State.WAIVED, State.PASS], "2026-11-22", Progress.WAIVED),
        ([State.WAIVED, State.FAIL], "2026-11-22", Progress.OVERDUE),
        ([], "2026-11-22", Progress.NOTHING),
    ],
)
def test_where_an_item_stands(states: list[State], due: str, progress: Progress) -> None:
    entries = [entry(state, f"srv{number}") for number, state in enumerate(states)]
    (found,) = standings(plan(item(due)), entries, AT)
    assert found.progress is progress
    assert found.is_open == (progress in (Progress.OPEN, Progress.OVERDUE))


def test_an_item_on_one_asset_asks_for_that_one_alone() -> None:
    entries = [entry(State.PASS, "db1"), entry(State.FAIL, "db2")]
    assert [one.progress for one in standings(plan(item(asset="db1")), entries, AT)] == [Progress.DONE]


def test_the_age_is_that_of_the_oldest_fail_whatever_the_plan_says() -> None:
    entries = [entry(State.FAIL, "db1"), entry(State.FAIL, "db2", failing_since="2026-11-22T23:00:00Z")]
    assert [one.age for one in standings(plan(item()), entries, AT)] == [41]
    assert [one.age for one in standings(plan(item()), [entry(State.PASS)], AT)] == [None]


def test_the_first_due_comes_first() -> None:
    late, soon = item("2027-01-01", control="IS-21"), item("2026-12-01")
    assert [one.item for one in standings(plan(late, soon), [], AT)] == [soon, late]


def test_a_plan_is_kept_while_nothing_of_it_is_overdue_and_an_empty_one_says_nothing() -> None:
    failing = [entry(State.FAIL)]
    assert plan_kept(plan(item("2026-11-23")), failing, AT) is True
    assert plan_kept(plan(item("2026-11-22")), failing, AT) is False
    assert plan_kept(plan(item("2026-11-22")), [entry(State.PASS)], AT) is True
    assert plan_kept(plan(), failing, AT) is None
    assert plan_kept(None, failing, AT) is None


@pytest.mark.parametrize("unknown", [state for state in State if state.unknown])
def test_going_dark_never_keeps_a_plan(unknown: State) -> None:
    assert plan_kept(plan(item("2026-11-22")), [entry(unknown)], AT) is False


def test_the_deadline_begins_on_the_day_it_is_agreed_by_the_strictest_tier_that_it_concerns() -> None:
    entries = [entry(State.FAIL), entry(State.FAIL, "db2", tier="critical"), entry(State.FAIL, control="IS-21")]
    assert due_of("IS-20", None, entries, DEADLINES, AT) == due_day(AT, 14)
    assert due_of("IS-20", "db1", entries, DEADLINES, AT) == due_day(AT, 30)
    assert due_of("DS-01", None, entries, DEADLINES, AT) is None
