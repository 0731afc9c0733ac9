"""What differs between two agreed plans, and what of it makes the later one ask for less."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pepperbird.model.agreed import AgreedItem, AgreedPlan, DroppedItem
from pepperbird.model.state import Assurance, Enforcement, Severity, State
from pepperbird.model.verdict import PostureEntry
from pepperbird.score.plan_changes import plan_changes, weakened

AT = "2026-11-23T12:00:00Z"
ROOT_LOGIN = AgreedItem(control="IS-20", asset="db1", agreed="2026-11-01", due="2026-12-01")
DISKS = AgreedItem(control="DS-12", agreed="2026-11-01", due="2027-01-01")
GONE = DroppedItem(control="DS-12", agreed="2026-11-01", dropped="2026-11-20", reason="new disks come")


def plan(*items: AgreedItem, dropped: tuple[DroppedItem, ...] = ()) -> AgreedPlan:
    return AgreedPlan(agency="moh", items=items, dropped=dropped)


def disks(**changes: str) -> AgreedItem:
    return DISKS.model_copy(update=changes)


def entry(control: str, state: State, asset: str = "db1", agency: str = "moh") -> PostureEntry:
    return PostureEntry(
        agency, control, asset, "linux-server", "standard", Severity.HIGH, Enforcement.REQUIRED, state,
        Assurance.OBSERVED, "2026-11-20T00:00:00Z",
    )  # fmt: skip


BOTH = plan(ROOT_LOGIN, DISKS)
OPEN = [entry("IS-20", State.FAIL), entry("DS-12", State.FAIL)]


@pytest.mark.parametrize(
    ("after", "told"),
    [
        (BOTH, []),
        (plan(DISKS, ROOT_LOGIN), []),
        (plan(ROOT_LOGIN), [("DS-12", "removed", "2027-01-01", "", "")]),
        (plan(ROOT_LOGIN, dropped=(GONE,)), [("DS-12", "dropped", "2027-01-01", "", "new disks come")]),
        (plan(ROOT_LOGIN, disks(due="2027-06-01")), [("DS-12", "later", "2027-01-01", "2027-06-01", "")]),
        (plan(ROOT_LOGIN, disks(due="2026-12-01")), [("DS-12", "earlier", "2027-01-01", "2026-12-01", "")]),
        (plan(ROOT_LOGIN, disks(who="B.")), [("DS-12", "changed", "2027-01-01", "2027-01-01", "")]),
        # Dropped and taken in anew, for a later day: one item, moved.
        (
            plan(ROOT_LOGIN, disks(agreed="2026-11-20", due="2027-06-01"), dropped=(GONE,)),
            [("DS-12", "later", "2027-01-01", "2027-06-01", "")],
        ),
        # On all assets, now on one: two entries, so that nothing is narrowed in silence.
        (
            plan(ROOT_LOGIN, disks(asset="db1")),
            [("DS-12", "removed", "2027-01-01", "", ""), ("DS-12", "added", "", "2027-01-01", "")],
        ),
    ],
)  # fmt: skip
def test_each_difference_is_told_once(after: AgreedPlan, told: list[tuple[str, str, str, str, str]]) -> None:
    found = [(one.control, one.how, one.then, one.now, one.reason) for one in plan_changes(BOTH, after)]
    assert found == told


def test_what_was_written_of_a_drop_does_not_vanish() -> None:
    (one,) = plan_changes(plan(ROOT_LOGIN, dropped=(GONE,)), plan(ROOT_LOGIN))
    assert (one.control, one.how, one.reason) == ("DS-12", "forgotten", "new disks come")
    reworded = GONE.model_copy(update={"reason": "another"})
    found = plan_changes(plan(dropped=(GONE,)), plan(dropped=(reworded,)))
    assert [one.how for one in found] == ["dropped", "forgotten"]


@pytest.mark.parametrize("left", [plan(ROOT_LOGIN), plan(ROOT_LOGIN, dropped=(GONE,))])
@pytest.mark.parametrize("state", list(State))
def test_what_leaves_is_told_unless_it_was_mended(state: State, left: AgreedPlan) -> None:
    entries = [entry("IS-20", State.FAIL), entry("DS-12", state)]
    told = [one.control for one in weakened(BOTH, left, entries, AT)]
    assert told == ([] if state in (State.PASS, State.NOT_APPLICABLE) else ["DS-12"])


def test_another_agency_s_pass_mends_nothing_here() -> None:
    entries = [entry("DS-12", State.FAIL), entry("DS-12", State.PASS, agency="mof")]
    assert [one.control for one in weakened(BOTH, plan(ROOT_LOGIN), entries, AT)] == ["DS-12"]
    assert weakened(BOTH, plan(ROOT_LOGIN), [entry("DS-12", State.PASS)], AT) == ()


def test_a_later_day_is_told_also_of_what_is_mended_and_more_to_do_is_no_weakening() -> None:
    later = plan(ROOT_LOGIN.model_copy(update={"due": "2026-12-31"}), DISKS)
    mended = [replace(one, state=State.PASS) for one in OPEN]
    assert [one.how for one in weakened(BOTH, later, mended, AT)] == ["later"]
    more = AgreedItem(control="BR-01", agreed="2026-11-20", due="2026-12-01")
    sooner = plan(ROOT_LOGIN.model_copy(update={"due": "2026-11-30"}), DISKS, more)
    assert weakened(BOTH, sooner, OPEN, AT) == ()


def test_a_plan_that_is_gone_leaves_all_of_it_unmended() -> None:
    assert {(one.control, one.how) for one in weakened(BOTH, plan(), OPEN, AT)} == {
        ("IS-20", "removed"), ("DS-12", "removed"),
    }  # fmt: skip
