"""What left the register: unchecked without a record, thirty days as it stood with one; declarations end no fail."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from pepperbird.model.declared import Decommission
from pepperbird.model.plan import Plan
from pepperbird.model.site import Agency, Site, SiteFile
from pepperbird.model.state import Assurance, Severity, State, Tier
from pepperbird.model.verdict import PostureEntry
from pepperbird.plan.make import make_plan
from pepperbird.score.posture import posture
from tests.support.scoring import AT, SERVER, WEB, a_catalog, a_verdict, an_agency, control, server

CATALOG = a_catalog([control("IS-01", Severity.HIGH)], expected=())
BOTH = an_agency([server("srv"), server("old")], tier=Tier.FOUNDATION)
ONE = an_agency([server("srv")], tier=Tier.FOUNDATION)
Stood = tuple[PostureEntry, ...]


def day(days: float) -> str:
    return (datetime.fromisoformat(AT) + timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%SZ")


def plan_of(agency: Agency) -> Plan:
    return make_plan(CATALOG, Site(file=SiteFile(name="t"), agencies=(agency,)), at=AT)


def stood(state: State, at: str = AT) -> Stood:
    """Both servers, seen in that state."""
    plan = plan_of(BOTH)
    return posture((), [a_verdict(pair, state, at) for pair in plan.pairs], (), CATALOG, plan, at=at)


def record(known_until: str = AT, **changes: object) -> Decommission:
    values = {
        "agency": ONE.id, "asset": "old", "kind": SERVER, "on": "2026-11-23", "reason": "r", "sanitisation": "s",
        "by": "b", "known_until": known_until,
        "tail_ends": (datetime.fromisoformat(known_until) + timedelta(days=30)).strftime("%Y-%m-%dT%H:%M:%SZ"),
    }  # fmt: skip
    return Decommission.model_validate(values | changes)


def after(before: Stood, at: str, *records: Decommission) -> dict[str, PostureEntry]:
    """By asset, what stands once `old` is out of the register."""
    plan = plan_of(ONE)
    found = posture(before, [a_verdict(p, State.PASS, at) for p in plan.pairs], (), CATALOG, plan, at=at,
                    decommissions=records)  # fmt: skip
    return {one.asset: one for one in found}


@pytest.mark.parametrize("state", [State.PASS, State.FAIL, State.ERROR])
def test_an_asset_removed_without_a_record_stays_unchecked(state: State) -> None:
    for days in (1, 31, 400):
        assert after(stood(state), day(days))["old"].state is State.UNCHECKED


@pytest.mark.parametrize(
    ("state", "days", "stands"),
    [
        (State.FAIL, 1, State.FAIL),
        (State.FAIL, 29.9, State.FAIL),
        (State.FAIL, 30, None),
        (State.PASS, 1, State.PASS),
        (State.PASS, 20, State.STALE),
        (State.PASS, 30, None),
        (State.UNREACHABLE, 29, State.UNREACHABLE),
    ],
)
def test_with_a_record_it_stands_for_thirty_days(state: State, days: float, stands: State | None) -> None:
    found = after(stood(state), day(days), record()).get("old")
    assert (found.state if found else None) is stands


def test_a_fail_of_what_was_missed_before_its_record_gains_nothing_in_the_tail() -> None:
    missed = tuple(after(stood(State.FAIL), day(1)).values())
    assert after(missed, day(2), record(day(2)))["old"].state is State.UNCHECKED
    assert "old" not in after(missed, day(32), record(day(2)))


@pytest.mark.parametrize("changes", [{"agency": "other"}, {"asset": "srv"}, {"kind": WEB}])
def test_a_record_of_another_thing_is_none(changes: dict[str, object]) -> None:
    assert after(stood(State.PASS), day(40), record(**changes))["old"].state is State.UNCHECKED  # type: ignore[arg-type]


def test_what_is_seen_again_needs_a_new_record() -> None:
    seen = stood(State.FAIL, day(50))
    assert after(seen, day(60), record(AT))["old"].state is State.UNCHECKED
    assert after(seen, day(60), record(AT), record(day(55)))["old"].state is State.FAIL


def test_it_stays_while_it_is_registered_whatever_the_record() -> None:
    plan = plan_of(BOTH)
    found = posture(stood(State.FAIL), (), (), CATALOG, plan, at=day(60), decommissions=(record(),))
    assert {one.asset: one.state for one in found} == {"old": State.FAIL, "srv": State.FAIL}


def test_a_signed_declaration_never_ends_a_fail_but_evidence_does() -> None:
    plan = plan_of(ONE)
    (pair,) = plan.pairs
    failed = posture((), [a_verdict(pair, State.FAIL, AT)], (), CATALOG, plan, at=AT)
    seen = a_verdict(pair, State.NOT_APPLICABLE, day(1))
    declared = replace(seen, assurance=Assurance.ATTESTED)
    for before, verdict, state in (
        (failed, declared, State.FAIL), (failed, seen, State.NOT_APPLICABLE), ((), declared, State.NOT_APPLICABLE),
    ):  # fmt: skip
        (found,) = posture(before, [verdict], (), CATALOG, plan, at=day(1))
        assert found.state is state
