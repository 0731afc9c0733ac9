"""Every report says whether register and content are signed, what changed, what was waived, what was loosened."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from pepperbird.model.agreed import AgreedItem, AgreedPlan, PlanChange, PlanStanding
from pepperbird.model.declared import ContentStanding, Decommission, RegisterChange, RegisterStanding
from pepperbird.model.site import Site
from pepperbird.model.state import AssetKind, Tier
from pepperbird.report.build import build
from pepperbird.report.facts import AgencyFacts
from pepperbird.report.render import render
from pepperbird.report.view import ReportView
from tests.support.runs import WAIVER, a_catalog, a_run, a_site

SIGNED = RegisterStanding(agency="moh", state="signed", by="A. Officer", at="2026-11-01T00:00:00Z")
CHANGES = (
    RegisterChange(what="asset", id="db1", how="removed"),
    RegisterChange(what="absence", id="s3-bucket", how="added"),
    RegisterChange(what="store", id="registry", how="changed", fields=("path", "tier")),
)


def site(**changes: object) -> Site:
    return a_site().model_copy(update=changes)


def view(found: Site) -> ReportView:
    return build(AgencyFacts(a_run(), a_catalog("."), found, "moh"))


@pytest.mark.parametrize(
    ("standing", "sentence"),
    [
        (RegisterStanding(agency="moh"), "Register: unsigned."),
        (
            RegisterStanding(agency="moh", state="void", why="the key x was revoked"),
            "Register: unsigned. The signature beside it does not count: the key x was revoked.",
        ),
        (SIGNED, "Register: signed by A. Officer on 1 November 2026."),
        (
            SIGNED.model_copy(update={"compared_with": "2026-10-01T00:00:00Z", "changes": CHANGES}),
            "Register: signed by A. Officer on 1 November 2026. Since the one of 1 October 2026: 3 entries (1 added, "
            "1 removed, 1 changed).",
        ),
        (
            SIGNED.model_copy(update={"state": "changed", "changes": CHANGES[:1]}),
            "Register: changed since signed by A. Officer on 1 November 2026: 1 entry (1 removed).",
        ),
    ],
)
def test_the_register_beside_the_score(standing: RegisterStanding, sentence: str) -> None:
    found = site(registers=(standing,))
    signed = view(found).signed
    assert signed is not None
    assert signed.sentence == sentence
    text = " ".join(render(a_run(), a_catalog("."), found, None, "text").decode().split())
    assert sentence in text
    for change in ("asset db1 removed", "store registry changed (path, tier)")[: len(standing.changes)]:
        assert f"· {change}" in text
    told = json.loads(render(a_run(), a_catalog("."), found, None, "json"))["agencies"][0]["register"]
    assert (told["state"], len(told["changes"])) == (standing.state, len(standing.changes))


def test_what_left_by_a_record_says_until_when_it_counts() -> None:
    gone = Decommission(
        agency="moh", asset="gone1", kind=AssetKind.LINUX_SERVER, on="2026-11-20", reason="Replaced",
        sanitisation="12", by="A. Officer", known_until="2026-11-21T00:00:00Z", tail_ends="2026-12-21T00:00:00Z",
    )  # fmt: skip
    run = a_run()
    posture = (*run.posture, replace(run.posture[0], asset="gone1"))
    signed = build(
        AgencyFacts(replace(run, posture=posture), a_catalog("."), site(decommissions=(gone,)), "moh")
    ).signed
    assert signed is not None
    assert signed.gone == (
        "gone1 was taken out of service on 20 November 2026 by A. Officer: Replaced. Its results stand until "
        "21 December 2026.",
    )


@pytest.mark.parametrize(
    ("standing", "words"),
    [
        (ContentStanding(), "unsigned."),
        (ContentStanding(why="nobody signed it"), "unsigned: nobody signed it."),
        (
            ContentStanding(state="signed", by="C. Author", at="2026-11-01T00:00:00Z"),
            "signed by C. Author on 1 November 2026.",
        ),
        (ContentStanding(state="void", why="it is old"), "not validly signed: it is old."),
    ],
)
def test_the_content(standing: ContentStanding, words: str) -> None:
    found = site(content=standing)
    assert view(found).content == words
    assert f"Content: {words}" in render(a_run(), a_catalog("."), found, None, "text").decode()
    assert f"Content: {words}" in render(a_run(), a_catalog("."), found, "moh", "html").decode()


def test_a_waiver_says_who_asked_who_accepted_and_whether_it_holds() -> None:
    signed = WAIVER.model_copy(
        update={"requested_by": "A. Officer", "signed": "signed", "key": "0" * 64, "earlier": ("2026-09-01T00:00:00Z",)}
    )
    void = WAIVER.model_copy(update={"id": "w-void", "void": "it is approved by A. Officer, who asked for it"})
    found = site(waivers=(signed, void))
    text = " ".join(render(a_run(), a_catalog("."), found, None, "text").decode().split())
    assert "Accepted by PMO, B. Kollie (asked for by A. Officer, signed, renewed): The vaccine scanner" in text
    assert "w-void · DS-18 on db1 · void it is approved by A. Officer, who asked for it" in text
    page = render(a_run(), a_catalog("."), found, "moh", "html").decode()
    assert "(void: it is approved by A. Officer, who asked for it)" in page
    told = json.loads(render(a_run(), a_catalog("."), found, None, "json"))["waivers"]
    assert [(one["signed"], one["renewed"], bool(one["void"])) for one in told] == [
        ("signed", True, False), ("unsigned", False, True),
    ]  # fmt: skip


def test_the_plan_says_who_signed_it_or_what_to_do() -> None:
    plan = AgreedPlan(agency="moh", items=(AgreedItem(control="IS-20", agreed="2026-11-01", due="2026-12-01"),))
    later = PlanChange(control="IS-20", asset="db1", how="later", then="2026-12-01", now="2027-05-01")
    signed = PlanStanding(agency="moh", state="signed", by="B. Kollie", at="2026-11-02T00:00:00Z", required=True)
    office = "For the stage Managed it counts once the programme office has read and signed it"
    for standing, words, more in (
        (PlanStanding(agency="moh"), "Not signed.", ""),
        (PlanStanding(agency="moh", required=True), f"Not signed. {office}", "agency plan moh --sign"),
        (signed, "Agreed and signed by B. Kollie on 2 November 2026.", ""),
        (
            signed.model_copy(update={"state": "changed", "changes": (later,)}),
            f"Not signed as it stands: it was changed since B. Kollie signed it on 2 November 2026. {office}",
            "IS-20@db1: later, by 1 May 2027 in place of 1 December 2026",
        ),
        (
            PlanStanding(agency="moh", state="void", why="it is the plan of mof", required=True),
            f"Not signed. The signature beside it does not count: it is the plan of mof. {office}",
            "agency plan moh --sign",
        ),
        (
            signed.model_copy(update={"compared_with": "2026-10-01T00:00:00Z", "changes": (later,)}),
            "Agreed and signed by B. Kollie on 2 November 2026. It differs from the one that was signed on 1 October",
            "IS-20@db1: later, by 1 May 2027",
        ),
    ):
        found = site(agreed=(plan,), plans=(standing,))
        for form in ("text", "html"):
            text = " ".join(render(a_run(), a_catalog("."), found, "moh", form).decode().split())
            assert words in text and more in text, (form, words)
            assert form == "html" or (office in text) == (not standing.counts)
        told = json.loads(render(a_run(), a_catalog("."), found, None, "json"))["agencies"][0]["plan"]
        assert (told["state"], told["required"], len(told["items"])) == (standing.state, standing.required, 1)
        assert [one["how"] for one in told["changes"]] == [one.how for one in standing.changes]


def test_a_plan_that_was_signed_and_is_gone_is_still_told_of() -> None:
    gone = PlanChange(control="IS-20", how="removed", then="2026-12-01")
    standing = PlanStanding(agency="moh", state="changed", by="B. Kollie", at="2026-11-02T00:00:00Z", changes=(gone,))
    plan = view(site(plans=(standing,))).plan
    assert plan is not None and plan.changes == ("IS-20: taken out without a reason",)
    assert view(site(plans=(PlanStanding(agency="moh", required=True),))).plan is None


def test_a_loosened_baseline_is_named() -> None:
    run = a_run()
    plan = replace(run.plan, baselines=dict.fromkeys(Tier, "moh-local"))
    found = build(AgencyFacts(replace(run, plan=plan), a_catalog("."), site(), "moh"))
    (tailored,) = found.tailoring
    assert (tailored.published, tailored.loosened) == (False, ("DS-12.min_free_pct",))
    page = render(replace(run, plan=plan), a_catalog("."), site(), "moh", "html").decode()
    assert "weaker than the published one" in page
