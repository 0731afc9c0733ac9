"""The officer's week: whom to call about what, by real stores; a golden text; nothing that acts; nobody blamed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator, FormatChecker

from pepperbird.model.agreed import AgreedItem, AgreedPlan, PlanStanding
from pepperbird.model.evidence import Memory
from pepperbird.model.gap import GapReason
from pepperbird.model.kit import Kit
from pepperbird.model.people import Absence, Authorisation, Contact
from pepperbird.model.run import Run
from pepperbird.model.site import Agency, Site
from pepperbird.model.state import AssetKind, State
from pepperbird.report.gaps import Unseen
from pepperbird.report.officer_calls import whose_move
from pepperbird.report.officer_data import render_officer_json
from pepperbird.report.officer_html import render_officer_html
from pepperbird.report.officer_text import render_officer_text
from pepperbird.report.officer_view import OfficerWeek
from pepperbird.scan.ending import endings
from pepperbird.scan.officer import officer_week
from pepperbird.score.change import Cause
from pepperbird.store.runs import Store
from tests.support.office import history, keep_a_run, many, pair
from tests.support.past import ROOT
from tests.support.runs import AT, HOSTILE, a_run, a_site, hostile_run, hostile_site

pytestmark = pytest.mark.slow

SCHEMA = json.loads((ROOT / "reports/schema/officer-1.json").read_text())
NOW = "2026-11-27T00:00:00Z"
KOLLIE = Contact(name="Ms. Kollie", role="Head of IT", phone="+231 77 000 111", mail="it@moh.example")


def with_contact(site: Site) -> Site:
    agencies = tuple(one.model_copy(update={"contacts": (KOLLIE,)}) for one in site.agencies)
    return site.model_copy(update={"agencies": agencies})


@pytest.fixture(scope="module")
def week(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OfficerWeek]:
    store = Store(tmp_path_factory.mktemp("week") / "pepperbird.db")
    keep_a_run(store, with_contact(a_site()), a_run(), {"moh/db1/ssh": "", "moh/old1/ssh": "connect-timeout"})
    yield officer_week(store, NOW)
    store.close()


GOLDEN = """\
Liberia                                                         20 November 2026 to 27 November 2026
════════════════════════════════════════════════════════════════════════════════════════════════════

CALL  1 agency

  Ministry of Health (standard)
    ☎ Ms. Kollie, Head of IT, +231 77 000 111, it@moh.example
    · Not allowed to look (moh/app1/ssh, hides 1 control): pepperbird ALL=(root) NOPASSWD:
      /usr/sbin/sshd -T
    · 1 document is wanted; `pepperbird attest template` makes the forms.
    · 1 thing is missing in the register, or to be declared as not there: The register has no dns
      domain, which every agency of this tier should have.
    · Ends on 31 December 2026: waiver, the delay of DS-18 on db1.

DARK  nothing

FELL  nothing

FIXED  nothing

AGREED PLANS  nothing

NOT SEEN  7
  No connection in time: opens 4 controls at Ministry of Health (whoever keeps the line, the power
    or the firewall; no fault is known)
    → Check the address and the firewall; on a slow link raise `connect_timeout` in site.yaml.
"""


def test_the_text_is_golden(week: OfficerWeek) -> None:
    text = render_officer_text(week).decode()
    assert text.startswith(GOLDEN)
    assert text.endswith("RUNS  1\n  23 November 2026, 12:00 UTC: full, 1 agency, ended, coverage 62.2 %\n")
    assert max(map(len, text.splitlines())) <= 100


def test_the_json_is_as_its_schema_says(week: OfficerWeek) -> None:
    data = json.loads(render_officer_json(week))
    Draft202012Validator(SCHEMA, format_checker=FormatChecker()).validate(data)
    (line,) = [one for one in data["gaps"] if one["line"]]
    assert line["remedy"] == "pepperbird ALL=(root) NOPASSWD: /usr/sbin/sshd -T"


def test_a_line_for_a_file_is_printed_as_it_is(week: OfficerWeek) -> None:
    page = render_officer_html(week, ROOT).decode()
    assert "<pre><code>pepperbird ALL=(root) NOPASSWD: /usr/sbin/sshd -T</code></pre>" in page
    assert "Ms. Kollie, Head of IT" in page and "not for publication" in page


@pytest.mark.parametrize(
    ("gaps", "cause", "begins"),
    [
        (
            ("unreachable", "connect-timeout", "unreachable"),
            Cause.LINK,
            "Ask whether power and line are up: of 3 ways in",
        ),
        (("login-refused", "login-refused", "unreachable"), Cause.REFUSED, "Ask to be let in again: of 3 ways in"),
    ],
)
def test_an_agency_gone_dark_is_called_first_by_cause(
    tmp_path: Path, gaps: tuple[str, ...], cause: Cause, begins: str
) -> None:
    store = Store(tmp_path / "pepperbird.db")
    asked = dict(zip(("moh/app1/ssh", "moh/db1/ssh", "moh/old1/ssh"), gaps, strict=True))
    keep_a_run(store, a_site(), a_run(), asked)
    week = officer_week(store, NOW)
    store.close()
    (dark,) = week.dark
    assert (dark.cause, dark.endpoints) == (cause, 3)
    assert week.calls[0].about[0].startswith(begins)
    assert not any("NOPASSWD" in line for line in week.calls[0].about)
    assert "the register names nobody" in render_officer_text(week).decode()


def test_what_fell_and_what_was_fixed_since_the_run_before_the_week(tmp_path: Path) -> None:
    store = Store(tmp_path / "pepperbird.db")
    site = many(1)
    past = history(store, site, [])
    good, bad = pair("secret-000", "IS-20", State.PASS), pair("secret-000", "IS-20", State.FAIL, "2026-11-22T00:00:00Z")
    late = pair("secret-000", "DS-12", State.FAIL, "2026-10-01T00:00:00Z")
    past.keep("2026-11-01", {"secret-000": 10.0}, posture=[bad, late])
    past.keep("2026-11-10", {"secret-000": 10.0}, posture=[good, late])
    past.keep("2026-11-22", {"secret-000": 10.0}, posture=[bad, pair("secret-000", "DS-12", State.PASS)])
    week = officer_week(store, NOW)
    assert [(one.then[:10], len(one.fixed), [cause for cause, _ in one.fell]) for one in week.moved] == [
        ("2026-11-10", 1, [Cause.FAILED])
    ]
    assert week.calls[0].about[0].startswith("Was in order and fails now: IS-20 on srv: ")
    assert week.calls[0].about[1] == "Thank them: 1 fault was fixed since 10 November 2026."
    early = officer_week(store, NOW, "2026-11-05")
    assert [(one.then[:10], [cause for cause, _ in one.fell]) for one in early.moved] == [("2026-11-01", [])]
    store.close()


def test_plans_that_ask_for_less_come_first_and_each_says_who_signed_it(tmp_path: Path) -> None:
    store = Store(tmp_path / "pepperbird.db")
    past = history(store, many(4), [])
    ids = [one.id for one in past.site.agencies]
    open_ = [pair(one, "IS-20", State.FAIL, "2026-10-01T00:00:00Z") for one in ids[:3]]
    item = AgreedItem(control="IS-20", agreed="2026-10-01", due="2026-12-01")
    before = tuple(AgreedPlan(agency=one, items=(item,)) for one in ids[:3])
    later = before[1].model_copy(update={"items": (item.model_copy(update={"due": "2027-06-01"}),)})
    signed = PlanStanding(agency=ids[0], state="signed", by="B. Kollie", at="2026-10-02T00:00:00Z", required=True)
    unsigned = PlanStanding(agency=ids[2], required=True)
    for day, plans in (("2026-11-10", before), ("2026-11-22", (before[0], later, before[2]))):
        past.site = past.site.model_copy(update={"agreed": plans, "plans": (signed, unsigned)})
        past.keep(day, dict.fromkeys(ids, 10.0), posture=open_)
    week = officer_week(store, NOW)
    store.close()
    assert [(one.agency, one.trouble, len(one.changes)) for one in week.plans] == [
        (ids[1], True, 1), (ids[2], True, 0), (ids[0], False, 0),
    ]  # fmt: skip
    text = " ".join(render_officer_text(week).decode().split())
    assert "AGREED PLANS 3 Ministry 1: Not signed. · It asks for less than in the run before: IS-20: later, by" in text
    assert "Ministry 0: Agreed and signed by B. Kollie on 2 October 2026." in text
    page = render_officer_html(week, ROOT).decode()
    assert "IS-20: later, by 1 June 2027 in place of 1 December 2026" in page
    assert f"<code>pepperbird agency plan {ids[2]} --sign</code>" in page
    Draft202012Validator(SCHEMA, format_checker=FormatChecker()).validate(json.loads(render_officer_json(week)))


def test_what_ends_in_sixty_days_and_what_ended_this_week() -> None:
    agency = Agency(
        id="moh",
        name="Health",
        tier="standard",
        authorisations=(
            Authorisation(
                probe="tls", scope=("a",), hours="any", by="Dr. K", document_sha256="0" * 64, until="2026-11-25"
            ),
        ),
        absences=(Absence(kind=AssetKind.MYSQL, reason="none", by="Dr. K", until="2027-01-26"),),
    )
    site = a_site().model_copy(update={"agencies": (agency,)})
    kit = Kit("n", "moh", "db1", AT, "2026-12-01T00:00:00Z", "p", "a")
    found = endings(
        site, None, [kit, replace(kit, expires="2027-03-01T00:00:00Z")], ("2026-11-20", "2027-01-26"), "2026-11-27"
    )
    assert [(one.day, one.kind, one.ended) for one in found] == [
        ("2026-11-25", "authorisation", True), ("2026-12-01", "kit", False), ("2026-12-31", "waiver", False),
        ("2027-01-26", "absence", False),
    ]  # fmt: skip
    assert found[1].what == "the kit for db1 did not come back" and found[1].name == "Health"


def test_a_run_that_did_not_end_is_told(tmp_path: Path) -> None:
    store = Store(tmp_path / "pepperbird.db")
    keep_a_run(store, a_site(), a_run(), content=b"")
    begun = replace(a_run(), id="20261124T120000Z-aaaa", at="2026-11-24T12:00:00Z")
    store.begin(begun, a_site(), Memory(), b"")
    week = officer_week(store, NOW)
    store.close()
    assert [(one.ended, one.coverage) for one in week.runs] == [(False, None), (True, 62.2)]
    assert "NOT ENDED" in render_officer_text(week).decode()


def storable(run: Run) -> Run:
    """The run without names that no store takes."""

    def fits(name: str) -> bool:
        return len(name) < 2000 and "\ud800" not in name

    verdicts = tuple(one for one in run.verdicts if fits(one.asset))
    plan = replace(run.plan, assets=tuple(one for one in run.plan.assets if fits(one.id)), pairs=())
    posture = tuple(one for one in run.posture if fits(one.asset))
    return replace(
        run, verdicts=verdicts, posture=posture, plan=plan, scores={"moh": replace(run.scores["moh"], assets={})}
    )


def test_hostile_names_stay_text_in_every_format(tmp_path: Path) -> None:
    store = Store(tmp_path / "pepperbird.db")
    text = "".join(one for one in HOSTILE if len(one) < 1000).replace("\ud800", "")
    agency = hostile_site().agencies[0].model_copy(
        update={"contacts": (Contact(name=text, role=text, mail=text, phone=text),)}
    )  # fmt: skip
    keep_a_run(
        store, hostile_site().model_copy(update={"agencies": (agency,)}), storable(hostile_run()), {"moh/db1/ssh": ""}
    )
    week = officer_week(store, NOW)
    store.close()
    page, plain = render_officer_html(week, ROOT).decode(), render_officer_text(week).decode()
    assert "<script" not in page and "<img" not in page
    for said in (page, plain):
        assert not set(said) & set("\x1b\u202e\x00\u2028\u200b")
    data = json.loads(render_officer_json(week))
    Draft202012Validator(SCHEMA).validate(data)
    assert len(page) < 400_000


@pytest.mark.parametrize(
    ("group", "reason", "detail", "move"),
    [
        ("pending", GapReason.NO_COLLECTOR, "The register does not say where its logs arrive", "the agency's, in the"),
        ("pending", GapReason.NO_COLLECTOR, "needs the web collector", "ours to build"),
        ("access", GapReason.NOT_ASKED, "not asked", "whoever carries the kits"),
        ("access", GapReason.UNREACHABLE, "no route", "whoever keeps the line"),
    ],
)
def test_whose_move_it_is_to_let_us_see(group: str, reason: GapReason, detail: str, move: str) -> None:
    one = Unseen(group, "db1", "moh/db1/kit", reason, State.UNCHECKED, detail, "", ("db1",), ("DI-10",), (), ())
    assert whose_move(one).startswith(move)
