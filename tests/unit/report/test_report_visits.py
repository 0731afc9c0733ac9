"""Servers that kits look at: the visit that is due is told before what was seen is too old, by the rules of ageing."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pepperbird.model.gap import Gap, GapReason
from pepperbird.model.plan import EndpointPlan, JudgedAsset
from pepperbird.model.policy import Freshness
from pepperbird.model.run import Run
from pepperbird.model.site import Access
from pepperbird.model.state import AssetKind, Assurance, Cadence, Enforcement, Severity, State, Tier
from pepperbird.model.verdict import ClauseResult, Finding, PostureEntry, Verdict
from pepperbird.report.as_message import message
from pepperbird.report.as_text import render_text
from pepperbird.report.build import build
from pepperbird.report.facts import AgencyFacts
from pepperbird.report.officer_calls import calls
from pepperbird.report.visits import Visits, visits
from pepperbird.score.resolve import Windows
from tests.support.past import ROOT
from tests.support.runs import a_run, a_site
from tests.support.runs_content import a_catalog

FRESH = Freshness(online=7, relay=14, visited=35)
CATALOG = a_catalog(str(ROOT))
CATALOG = replace(CATALOG, baselines={name: replace(one, freshness=FRESH) for name, one in CATALOG.baselines.items()})
SEEN = "2026-11-03T09:00:00Z"
RUN = "2026-11-26T06:00:00Z"
LAST = "2026-12-08T09:00:00Z"
"""35 days after it was seen: the baseline of the standard tier for what is visited."""


def entry(control: str, asset: str, state: State = State.PASS, since: str = SEEN, **more: str) -> PostureEntry:
    return PostureEntry(
        "moh", control, asset, more.get("kind", "linux-server"), "standard", Severity.HIGH, Enforcement.REQUIRED,
        state, Assurance.SELF_COLLECTED, since,
    )  # fmt: skip


def asset(name: str, host: str = "") -> JudgedAsset:
    kind = AssetKind.DATA_STORE if host else AssetKind.LINUX_SERVER
    way = None if host else f"moh/{name}/kit"
    return JudgedAsset("moh", name, kind, Tier.STANDARD, Cadence.VISITED, host or name, way, True, {})


def way(name: str, via: str = "kit") -> EndpointPlan:
    return replace(a_run().plan.endpoints[0], id=f"moh/{name}/kit", agency="moh", asset=name, access=Access(via=via))


def waiting(control: str, name: str, reason: GapReason = GapReason.NOT_ASKED) -> Verdict:
    gap = Gap(reason, "nobody came by")
    finding = Finding("moh", control, name, "1", "c", "", gap.state, gap.detail, "", "", gap)
    result = ClauseResult(f"{control}.1", "required", gap.state, (finding,))
    return Verdict(
        "moh", control, name, "linux-server", "standard", Severity.HIGH, Enforcement.REQUIRED, gap.state, "",
        Assurance.OBSERVED, (result,), RUN,
    )  # fmt: skip


def facts(*entries: PostureEntry, kits: tuple[str, ...] = (), verdicts: tuple[Verdict, ...] = (), via: str = "kit",
          at: str = RUN) -> AgencyFacts:  # fmt: skip
    run = a_run()
    plan = replace(
        run.plan, at=at, endpoints=(way("srv1", via), way("srv2", via)),
        assets=(asset("srv1"), asset("srv2"), asset("deeds", "srv1")),
        selection=replace(run.plan.selection, kits=kits),
    )  # fmt: skip
    made: Run = replace(run, at=at, plan=plan, posture=entries, verdicts=verdicts)
    return AgencyFacts(made, CATALOG, a_site(), "moh")


TWO = (
    entry("DS-03", "srv1"), entry("DS-18", "srv1", State.NOT_APPLICABLE), entry("DS-12", "srv2"),
    entry("IS-20", "srv2", State.FAIL),
)  # fmt: skip


def told(one: AgencyFacts, at: str) -> list[str]:
    lines = [line for call in calls(a_site(), (), {}, (), (), {"moh": visits(one, at)}) for line in call.about]
    return [line for line in lines if line.startswith("Visit it")]


WHAT = "what was seen of 2 servers on 3 November 2026"
KIT = "bring new kits (`pepperbird kit moh`)."


@pytest.mark.parametrize(
    ("at", "lines"),
    [
        ("2026-11-07T23:59:59Z", []),
        ("2026-11-08T00:00:00Z", ["Visit it within 30 days: "]),
        ("2026-11-26T12:00:00Z", ["Visit it within 12 days: "]),
        ("2026-12-07T12:00:00Z", ["Visit it within 1 day: "]),
        ("2026-12-08T00:00:00Z", ["Visit it today: "]),
        (LAST, ["Visit it today: "]),
    ],
)
def test_it_is_told_from_thirty_days_before_to_the_last_moment(at: str, lines: list[str]) -> None:
    rest = f"{WHAT} is too old from 8 December 2026 on, and 2 results would count no more; {KIT}"
    assert told(facts(*TWO), at) == [f"{line}{rest}" for line in lines]


@pytest.mark.parametrize("at", ["2026-12-08T09:00:01Z", "2026-12-09T00:00:00Z", "2027-01-05T00:00:00Z"])
def test_after_it_what_is_too_old_is_told_though_no_run_looked(at: str) -> None:
    assert told(facts(*TWO), at)[0] == (
        f"Visit it: {WHAT} is too old now, 2 results count no more. Bring new kits (`pepperbird kit moh`). No fault is "
        "known."
    )


def test_the_last_moment_is_that_of_the_posture() -> None:
    windows = Windows(35, 90)
    assert windows.fresh(State.PASS, SEEN, LAST)
    assert not windows.fresh(State.PASS, SEEN, "2026-12-08T09:00:01Z")
    assert windows.until(State.NOT_APPLICABLE, SEEN).isoformat() == "2027-02-01T09:00:00+00:00"


def test_what_does_not_apply_is_too_old_by_its_own_days() -> None:
    (line,) = told(facts(TWO[1]), "2027-01-20T00:00:00Z")
    assert line.startswith(
        "Visit it within 12 days: what was seen of 1 server on 3 November 2026 is too old from 1 Feb"
    )
    assert "and 1 result would count no more" in line


def test_days_that_differ_are_told_from_the_first_to_the_last() -> None:
    later = entry("DS-12", "srv2", since="2026-11-05T09:00:00Z")
    (line,) = told(facts(TWO[0], later), RUN)
    assert (
        "what was seen of 2 servers from 3 November 2026 to 5 November 2026 is too old from 8 December 2026 on, "
        in line
    )
    assert "the last of it from 10 December 2026 on, and 2 results would count no more" in line


def test_what_an_ordinary_kit_left_out_asks_for_a_deep_one() -> None:
    left_out = (waiting("DS-03", "srv1", GapReason.NOT_DUE),)
    (line,) = told(facts(TWO[0], entry("DS-12", "srv1", since="2026-11-25T09:00:00Z"), verdicts=left_out), RUN)
    assert line.startswith("Visit it within 12 days: what was seen of 1 server on 3 November 2026 is too old from 8")
    assert line.endswith("bring new kits (`pepperbird kit moh --deep`).")


def test_what_a_run_tells_without_a_visit_is_not_among_it() -> None:
    by_run = entry("DS-12", "srv1", since=RUN)
    store = entry("BR-01", "deeds", kind="data-store")
    found = visits(facts(TWO[0], by_run, store), "2026-12-01T00:00:00Z").soon
    assert found is not None and (found.results, found.servers) == (2, ("srv1",))
    brought = facts(by_run, kits=("moh/srv1",))
    assert visits(brought, RUN) == Visits()
    at_last = visits(brought, "2026-12-20T00:00:00Z").soon
    assert at_last is not None and at_last.results == 1


def test_servers_that_are_asked_over_a_line_need_no_visit() -> None:
    assert visits(facts(*TWO, via="ssh"), LAST) == Visits()
    assert visits(facts(entry("IS-20", "srv1", State.FAIL), entry("DS-12", "srv1", State.ERROR)), LAST) == Visits()


def test_where_visits_are_not_allowed_none_is_asked_for() -> None:
    never = FRESH.model_copy(update={"visited": None})
    one = facts(entry("DS-12", "srv1", since=RUN), kits=("moh/srv1",))
    baselines = {name: replace(each, freshness=never) for name, each in one.catalog.baselines.items()}
    assert visits(replace(one, catalog=replace(one.catalog, baselines=baselines)), LAST) == Visits()


def test_what_is_stale_is_asked_for_where_a_visit_is_what_it_waits_for() -> None:
    stale = replace(TWO[0], state=State.STALE, overlaid=State.PASS)
    assert visits(facts(stale), RUN) == Visits()
    assert visits(facts(stale, verdicts=(waiting("DS-03", "srv1", GapReason.NOT_DUE),)), RUN) == Visits()
    found = visits(facts(stale, verdicts=(waiting("DS-03", "srv1"),)), RUN)
    assert found.old is not None and found.old.results == 1 and found.soon is None


def test_the_agencys_own_report_tells_it_in_every_form() -> None:
    view = build(facts(*TWO))
    (line,) = [one for one in view.ending if one.what.startswith("What a visit")]
    assert (line.what, line.until, line.days) == (
        "What a visit showed on 3 November 2026 of srv1, srv2", "2026-12-08", 12,
    )  # fmt: skip
    assert line.then == "then 2 results count no more: ask the programme office for new kits before"
    said = (
        "What was seen of 2 servers on 3 November 2026 is too old from 8 December 2026 on: ask the programme office "
        "for a visit with new kits before."
    )
    assert said in message(view).splitlines()
    assert said in " ".join(render_text([facts(*TWO)]).decode().split())
