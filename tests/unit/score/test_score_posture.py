"""Posture: what stands of a pair after dark days, fresh results, waivers and removals, to the day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import pytest

from pepperbird.model.catalog import Catalog
from pepperbird.model.declared import Waiver
from pepperbird.model.gap import Gap, GapReason
from pepperbird.model.plan import Pair, Plan, Selection
from pepperbird.model.site import Agency, Asset, Site, SiteFile
from pepperbird.model.state import Assurance, Cadence, Severity, State, Tier
from pepperbird.model.verdict import ClauseResult, Finding, PostureEntry
from pepperbird.plan.make import make_plan
from pepperbird.score.posture import posture
from tests.support.scoring import AGENCY, AT, SERVER, WEB, a_catalog, a_verdict, an_agency, control, server

PASS, FAIL, NA = State.PASS, State.FAIL, State.NOT_APPLICABLE
ERROR, DARK, UNCHECKED, STALE = State.ERROR, State.UNREACHABLE, State.UNCHECKED, State.STALE


def day(days: float) -> str:
    return (datetime.fromisoformat(AT) + timedelta(days=days)).isoformat()


@dataclass
class Life:
    """One control on one server, run after run."""

    cadence: Cadence = Cadence.ONLINE
    tier: Tier = Tier.FOUNDATION
    severity: Severity = Severity.HIGH
    waivable: bool = True
    standing: tuple[PostureEntry, ...] = ()

    @property
    def catalog(self) -> Catalog:
        return a_catalog([control("IS-01", self.severity, waivable=self.waivable)], expected=())

    @property
    def plan(self) -> Plan:
        return plan_of(self.catalog, an_agency([server("srv", cadence=self.cadence)], tier=self.tier))

    def run(
        self, at: float, *states: State, subjects: Sequence[str] = (), waivers: Sequence[Waiver] = ()
    ) -> PostureEntry:
        (pair,) = self.plan.pairs
        verdicts = [a_verdict(pair, state, day(at), subjects=subjects) for state in states]
        self.standing = posture(self.standing, verdicts, waivers, self.catalog, self.plan, at=day(at))
        (entry,) = self.standing
        return entry


def plan_of(catalog: Catalog, agency: Agency, selection: Selection | None = None) -> Plan:
    return make_plan(catalog, Site(file=SiteFile(name="t"), agencies=(agency,)), selection, at=AT)


def test_a_fail_keeps_the_day_it_was_first_seen_until_it_ends() -> None:
    life = Life()
    assert life.run(0, PASS).failing_since == ""
    assert [life.run(at, state).failing_since for at, state in ((1, FAIL), (2, ERROR), (3, FAIL))] == [day(1)] * 3
    assert life.run(4, FAIL, waivers=[a_waiver()]).failing_since == day(1)
    assert life.run(5, PASS).failing_since == ""
    assert life.run(6, FAIL).failing_since == day(6)


def a_waiver(until: float = 30, *, since: float = 0, name: str = "w1", subject: str | None = None) -> Waiver:
    return Waiver(
        id=name, agency="moh", control="IS-01", asset="srv", subject=subject, reason="r", measure="m",
        approved_by="PMO", since=day(since)[:10], until=day(until)[:10],
    )  # fmt: skip


DAYS = [
    (Tier.FOUNDATION, Cadence.ONLINE, 14), (Tier.FOUNDATION, Cadence.RELAY, 21), (Tier.FOUNDATION, Cadence.VISITED, 45),
    (Tier.STANDARD, Cadence.ONLINE, 7), (Tier.STANDARD, Cadence.RELAY, 14), (Tier.STANDARD, Cadence.VISITED, 35),
    (Tier.CRITICAL, Cadence.ONLINE, 2), (Tier.CRITICAL, Cadence.RELAY, 7),
]  # fmt: skip


@pytest.mark.parametrize(("tier", "cadence", "days"), DAYS)
def test_a_pass_is_carried_to_the_last_day_of_its_window(tier: Tier, cadence: Cadence, days: int) -> None:
    life = Life(cadence, tier)
    life.run(0, PASS)
    inside = life.run(days, DARK)
    assert (inside.state, inside.since) == (PASS, day(0))
    outside = life.run(days + 0.001, DARK)
    assert (outside.state, outside.overlaid, outside.since) == (STALE, PASS, day(0))


def test_a_critical_asset_that_is_only_visited_carries_nothing() -> None:
    life = Life(Cadence.VISITED, Tier.CRITICAL)
    assert life.run(0, PASS).state is PASS
    assert life.run(0.1, DARK).state is DARK
    assert life.run(0.2, PASS).state is PASS
    assert life.run(0.3).state is STALE


def test_not_applicable_is_carried_for_ninety_days() -> None:
    life = Life()
    life.run(0, NA)
    assert life.run(90, DARK).state is NA
    assert life.run(90.01, DARK).state is STALE


def test_dark_runs_do_not_refresh_the_window() -> None:
    life = Life()
    life.run(0, PASS)
    for at in range(1, 15):
        assert life.run(at, DARK).state is PASS
    assert life.run(15, DARK).state is STALE
    assert life.run(16, DARK).state is STALE
    life.cadence = Cadence.VISITED
    assert life.run(17, DARK).state is STALE, "a longer window granted later does not make it fresh again"
    assert life.run(18, PASS).state is PASS


@pytest.mark.parametrize("newest", [ERROR, UNCHECKED])
def test_only_the_link_carries_a_pass(newest: State) -> None:
    life = Life()
    life.run(0, PASS)
    assert life.run(1, newest).state is newest
    assert life.run(2, DARK).state is DARK, "the pass is not remembered behind the error"


@pytest.mark.parametrize(("reasons", "kept"), [(["not-due"], PASS), (["not-due", "no-collector"], UNCHECKED)])
def test_what_was_left_out_on_purpose_keeps_a_pass_while_it_is_fresh(reasons: list[str], kept: State) -> None:
    life = Life()
    life.run(0, PASS)
    (pair,) = life.plan.pairs
    verdict = a_verdict(pair, UNCHECKED, day(1))
    clauses = tuple(
        ClauseResult("IS-01.1", "required", UNCHECKED, (open_finding(pair, GapReason(reason)),)) for reason in reasons
    )
    left_out = replace(verdict, clauses=clauses)
    (now,) = posture(life.standing, [left_out], (), life.catalog, life.plan, at=day(1))
    assert (now.state, now.since) == (kept, day(0) if kept is PASS else day(1))
    late = replace(left_out, at=day(15))
    (later,) = posture(life.standing, [late], (), life.catalog, life.plan, at=day(15))
    assert later.state is (STALE if kept is PASS else UNCHECKED)


def open_finding(pair: Pair, reason: GapReason) -> Finding:
    return Finding(
        pair.agency,
        pair.control,
        pair.asset,
        "IS-01.1",
        "x.y",
        "",
        UNCHECKED,
        "left out",
        "",
        "",
        Gap(reason, "left out"),
    )


@pytest.mark.parametrize("newest", [ERROR, UNCHECKED, DARK, STALE])
def test_a_fail_never_expires(newest: State) -> None:
    life = Life()
    life.run(0, FAIL)
    entry = life.run(400, newest)
    assert (entry.state, entry.since) == (FAIL, day(0))


@pytest.mark.parametrize("newest", [PASS, NA])
def test_fresh_evidence_ends_a_fail(newest: State) -> None:
    life = Life()
    life.run(0, FAIL)
    assert life.run(1, newest).state is newest


def test_the_newest_of_several_verdicts_stands_and_an_older_one_changes_nothing() -> None:
    life = Life()
    (pair,) = life.plan.pairs
    several = [a_verdict(pair, PASS, day(2)), a_verdict(pair, FAIL, day(1))]
    (entry,) = posture((), several, (), life.catalog, life.plan, at=day(2))
    assert entry.state is PASS
    (entry,) = posture((entry,), [a_verdict(pair, FAIL, day(1))], (), life.catalog, life.plan, at=day(2))
    assert entry.state is PASS


def test_without_a_verdict_what_stood_ages_and_what_never_stood_is_unchecked() -> None:
    life = Life()
    assert life.run(0).state is UNCHECKED
    life.run(1, PASS)
    assert life.run(15).state is PASS
    assert life.run(16).state is STALE


def test_a_document_is_fresh_for_thirty_days_at_least() -> None:
    catalog = a_catalog([control("DR-01", Severity.LOW, [AGENCY], document=True)], expected=())
    plan = plan_of(catalog, an_agency([], tier=Tier.CRITICAL))
    verdict = a_verdict(plan.pairs[0], PASS, assurance=Assurance.ATTESTED)
    standing = posture((), [verdict], (), catalog, plan, at=AT)
    assert posture(standing, (), (), catalog, plan, at=day(30))[0].state is PASS
    assert posture(standing, (), (), catalog, plan, at=day(31))[0].state is STALE


# waivers


def test_a_waiver_is_laid_over_a_fail_from_its_first_day_to_its_last() -> None:
    life = Life()
    waiver = a_waiver(since=1, until=10)
    assert life.run(0.4, FAIL, waivers=[waiver]).state is FAIL
    entry = life.run(0.6, FAIL, waivers=[waiver])  # after midnight UTC of the first day
    assert (entry.state, entry.overlaid, entry.waiver) == (State.WAIVED, FAIL, "w1")
    assert life.run(10.4, FAIL, waivers=[waiver]).state is State.WAIVED
    assert life.run(10.6, FAIL, waivers=[waiver]).state is FAIL


@pytest.mark.parametrize("state", [PASS, NA, ERROR, DARK, UNCHECKED, STALE])
def test_a_waiver_is_never_laid_over_anything_else(state: State) -> None:
    assert Life().run(0, state, waivers=[a_waiver()]).state is state


@pytest.mark.parametrize(
    ("severity", "days", "valid"),
    [("critical", 90, True), ("critical", 91, False), ("high", 90, True), ("high", 91, False), ("medium", 180, True),
     ("medium", 181, False), ("low", 180, True), ("low", 181, False), ("low", -1, False)],
)  # fmt: skip
def test_a_waiver_that_is_too_long_is_void(severity: str, days: int, valid: bool) -> None:
    life = Life(severity=Severity(severity))
    assert life.run(0, FAIL, waivers=[a_waiver(days)]).state is (State.WAIVED if valid else FAIL)


def test_what_cannot_be_waived_is_not_and_no_date_that_does_not_exist_counts() -> None:
    assert Life(waivable=False).run(0, FAIL, waivers=[a_waiver()]).state is FAIL
    odd = a_waiver().model_copy(update={"until": "2026-11-31"})
    assert Life().run(0, FAIL, waivers=[odd]).state is FAIL


@pytest.mark.parametrize("field", ["agency", "control", "asset"])
def test_a_waiver_concerns_its_pair_only(field: str) -> None:
    other = a_waiver().model_copy(update={field: "other"})
    assert Life().run(0, FAIL, waivers=[other]).state is FAIL


def test_a_subject_waiver_needs_every_failing_subject() -> None:
    one, two = a_waiver(30, name="w1", subject="/a"), a_waiver(20, name="w2", subject="/b")
    assert Life().run(0, FAIL, subjects=["/a", "/b"], waivers=[one]).state is FAIL
    both = Life().run(0, FAIL, subjects=["/a", "/b"], waivers=[one, two])
    assert (both.state, both.waiver) == (State.WAIVED, "w2"), "the first to end is named"
    assert Life().run(0, FAIL, waivers=[one, two]).state is FAIL, "a fail as a whole is waived as a whole"
    assert Life().run(0, FAIL, subjects=["/a"], waivers=[a_waiver()]).state is State.WAIVED


def test_a_waived_fail_that_goes_dark_stays_waived_and_is_a_fail_once_the_waiver_ends() -> None:
    life = Life()
    waiver = a_waiver(10, subject="/a")
    life.run(0, FAIL, subjects=["/a"], waivers=[waiver])
    assert life.run(5, DARK, waivers=[waiver]).state is State.WAIVED
    assert life.run(6, DARK).state is FAIL, "withdrawn"
    assert life.run(11, DARK, waivers=[waiver]).state is FAIL


# what left the register


def two_servers() -> tuple[Catalog, list[Asset]]:
    return a_catalog([control("IS-01", Severity.HIGH)], expected=()), [server("keep"), server("srv")]


@pytest.mark.parametrize("state", [PASS, FAIL, NA, ERROR])
def test_what_was_registered_once_stays_unchecked(state: State) -> None:
    catalog, both = two_servers()
    full, fewer = plan_of(catalog, an_agency(both)), plan_of(catalog, an_agency(both[:1]))
    standing = posture((), [a_verdict(p, state) for p in full.pairs], (), catalog, full, at=AT)
    for _ in range(2):
        standing = posture(standing, (), (), catalog, fewer, at=day(1))
        assert [(e.asset, e.state) for e in standing] == [("keep", state), ("srv", UNCHECKED)]
    back = [a_verdict(p, DARK, day(2)) for p in full.pairs]
    returned = posture(standing, back, (), catalog, full, at=day(2))[1]
    assert returned.state is (FAIL if state is FAIL else DARK), "leaving and coming back dark ends no fail"


def test_a_pair_goes_where_the_rules_changed() -> None:
    catalog, both = two_servers()
    full = plan_of(catalog, an_agency(both))
    standing = posture((), [a_verdict(p, FAIL) for p in full.pairs], (), catalog, full, at=AT)
    for other in (a_catalog([], expected=()), a_catalog([control("IS-01", Severity.HIGH, [WEB])], expected=())):
        assert posture(standing, (), (), other, plan_of(other, an_agency(both)), at=AT) == ()


def test_another_kind_under_the_same_name_does_not_inherit_a_pass() -> None:
    catalog = a_catalog([control("IS-01", Severity.HIGH, [SERVER, WEB])], expected=())
    first, second = plan_of(catalog, an_agency([server("x")])), plan_of(catalog, an_agency([server("x", kind=WEB)]))
    for state, left in ((PASS, DARK), (FAIL, FAIL)):
        standing = posture((), [a_verdict(first.pairs[0], state)], (), catalog, first, at=AT)
        dark = [a_verdict(second.pairs[0], DARK, day(1))]
        assert posture(standing, dark, (), catalog, second, at=day(1))[0].state is left


def test_a_missing_kind_goes_once_it_is_registered() -> None:
    catalog = a_catalog([control("IS-01", Severity.HIGH)], expected=[SERVER])
    lacking, full = plan_of(catalog, an_agency([])), plan_of(catalog, an_agency([server("srv")]))
    standing = posture((), [], (), catalog, lacking, at=AT)
    assert [(e.asset, e.state) for e in standing] == [("moh#linux-server", UNCHECKED)]
    assert [e.asset for e in posture(standing, [], (), catalog, full, at=AT)] == ["srv"]


def test_a_partial_plan_gives_only_what_was_selected() -> None:
    catalog, both = two_servers()
    agency = an_agency(both)
    full, partial = plan_of(catalog, agency), plan_of(catalog, agency, Selection(assets=("srv",)))
    standing = posture((), [a_verdict(p, PASS) for p in full.pairs], (), catalog, full, at=AT)
    assert [e.asset for e in posture(standing, (), (), catalog, partial, at=AT)] == ["srv"]


def test_other_agencies_are_left_aside() -> None:
    life = Life()
    entry = life.run(0, PASS)
    stranger = replace(entry, agency="other")
    assert posture([entry, stranger], (), (), life.catalog, life.plan, at=AT) == (entry,)
