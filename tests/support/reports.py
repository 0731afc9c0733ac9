"""Reports to be looked at and measured: few, many and very many findings, long names, nothing found, nothing reached,
and one that comes after others, with an agreed plan, letters and what ends soon."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path

from pepperbird.model.agreed import AgreedItem, AgreedPlan, DroppedItem
from pepperbird.model.attested import Attested
from pepperbird.model.catalog import Catalog
from pepperbird.model.gap import Gap, GapReason
from pepperbird.model.history import Mark
from pepperbird.model.run import Run
from pepperbird.model.scores import Figures
from pepperbird.model.site import Agency, Site, SiteFile
from pepperbird.model.state import State, Tier
from pepperbird.report.earlier import Earlier
from pepperbird.report.render import render
from pepperbird.score.agency import score_agency
from pepperbird.score.change import compare
from pepperbird.score.rules import BothRules, Rules
from pepperbird.score.trend import Trend, agency_trend
from tests.support.runs import ROWS, WAIVER, Row, a_catalog, a_run, a_site

ROOT = Path(__file__).resolve().parents[2]
LONG = "server-" + "of-the-department-of-births-deaths-and-marriages-" * 3
DARK = Gap(GapReason.CONNECT_TIMEOUT, "no connection to 10.20.0.9 port 22 within 15 seconds")
TODAY = date(2026, 11, 23)


@dataclass(frozen=True)
class Made:
    """One report's ingredients."""

    run: Run
    site: Site
    earlier: dict[str, Earlier]
    catalog: Catalog

    def render(self, form: str) -> bytes:
        return render(self.run, self.catalog, self.site, "moh", form, self.earlier)


def with_host() -> Catalog:
    """The made-up content, in which encryption is asked of the hosting company."""
    catalog = a_catalog(str(ROOT))
    check = catalog.checks["storage.data-encrypted"]
    asked = check.model_copy(update={"fix": check.fix.model_copy(update={"owner": "host"})})
    return replace(catalog, checks={**catalog.checks, check.id: asked})


def scored(run: Run, site: Site, catalog: Catalog) -> Run:
    """The run with its agency's real score in the place of the made-up one."""
    score = score_agency(catalog, site, run.plan, run.posture, "moh", at=run.at)
    return replace(run, scores={"moh": score})


def of_rows(rows: Sequence[Row], site: Site | None = None, earlier: dict[str, Earlier] | None = None) -> Made:
    catalog, register = with_host(), site or a_site()
    return Made(scored(a_run(str(ROOT), rows), register, catalog), register, earlier or {}, catalog)


def findings(number: int) -> list[Row]:
    """So many fails, over ever more servers."""
    rows: list[Row] = []
    for at in range(0, number, 3):
        server = f"server{at // 3}"
        free, weak = f"{at % 15} percent free of 200 GB", 'PermitRootLogin is "yes"; allowed is no'
        rows += [
            ("DS-12", server, [("DS-12.1", State.FAIL, f"/srv/data{at}", free, "15 percent free", None)]),
            ("IS-20", server, [("IS-20.1", State.FAIL, "", weak, "no", None),
                               ("IS-20.4", State.PASS, "", "no", "no", None)]),
            ("IS-21", server, [("IS-21.1", State.FAIL, f"openssl 3.0.{at}", "pending for 41 days", "7 days", None)]),
        ]  # fmt: skip
    return rows


def long_names() -> Made:
    """Names of 120 characters and more, with and without a place to break."""
    name, solid = LONG[:120], "server" + "x" * 114
    rows: list[Row] = []
    for one in (name, solid):
        rows += [
            ("DS-12", one, [("DS-12.1", State.FAIL, "/srv/" + solid, "full " + solid, "15 percent", None)]),
            ("IS-20", one, [("IS-20.1", State.FAIL, "", "y" * 300, "no", None)]),
            ("IS-21", one, [("IS-21.1", State.UNREACHABLE, "", "dark", "7 days", DARK)]),
        ]
    agency = Agency(id="moh", name="Ministry of " + "Health and Social Welfare and " * 4 + "Sports", tier=Tier.STANDARD)
    return of_rows(rows, Site(file=SiteFile(name="Liberia " + "z" * 120), agencies=(agency,)))


def nothing_found() -> Made:
    """Everything was seen, and is in order."""
    fine = [
        (control, asset, [(clause, State.PASS, "", "in order", "in order", None) for clause, *_ in seen])
        for control, asset, seen in ROWS
        if "#" not in asset
    ]
    return of_rows(fine)


def nothing_reached() -> Made:
    """No machine answered."""
    dark = [
        (control, asset, [(clause, State.UNREACHABLE, "", "no connection", "", DARK) for clause, *_ in seen])
        for control, asset, seen in ROWS
        if "#" not in asset
    ]
    return of_rows(dark)


def later() -> Made:
    """A run after others: something was fixed, something is dark, a plan is agreed, things end soon."""
    catalog = with_host()
    plan = AgreedPlan(
        agency="moh",
        items=(
            AgreedItem(control="IS-20", asset="db1", agreed="2026-10-20", due="2026-11-19", who="Registry admin"),
            AgreedItem(control="DS-12", agreed="2026-11-01", due="2026-12-01"),
            AgreedItem(control="IS-21", agreed="2026-11-01", due="2026-11-30", assigned=True),
        ),
        dropped=(DroppedItem(control="DS-03", agreed="2026-10-20", dropped="2026-11-02", reason="new disks come"),),
    )  # fmt: skip
    paper = Attested(
        record="r1", number=4, recorded_at="2026-06-01T00:00:00Z", agency="moh", clause="DR-01.1",
        document="recovery-plan.pdf", document_sha256="0" * 64, signer="M. Johnson", role="Head of agency",
        signed_at="2026-06-01T00:00:00Z", valid_from="2026-06-01", valid_until="2026-12-20", assurance="signed",
    )  # fmt: skip
    site = a_site().model_copy(update={"agreed": (plan,), "attested": (paper,), "waivers": (WAIVER,)})
    now = scored(a_run(str(ROOT)), site, catalog)
    return Made(now, site, {"moh": before(now, site, catalog)}, catalog)


def before(now: Run, site: Site, catalog: Catalog) -> Earlier:
    """A run a month ago in which two controls that pass now failed, and one that is dark now passed; and the trend."""
    worse = {("DS-12", "app1"): State.FAIL, ("IS-21", "app1"): State.FAIL, ("IS-21", "old1"): State.PASS}
    posture = tuple(replace(one, state=worse.get((one.control, one.asset), one.state)) for one in now.posture)
    then = scored(replace(now, id="20261023T120000Z-1111", at="2026-10-23T12:00:00Z", posture=posture), site, catalog)
    rules = Rules(catalog, now.plan)
    change = compare(then, now, BothRules(rules, rules, ()), "moh", "Ministry of Health")
    return Earlier(change, trend(now))


def trend(now: Run, runs: int = 9) -> Trend:
    """Monthly runs up to this one, with a change of rules on the way."""
    score = now.scores["moh"]
    marks = []
    for number in range(runs):
        value = 8.0 + 2.5 * number
        last = number == runs - 1
        day = (TODAY - timedelta(days=30 * (runs - 1 - number))).isoformat()
        marks.append(
            Mark(
                agency="moh",
                run=f"r{number}",
                at=now.at if last else f"{day}T12:00:00Z",
                name="Ministry of Health",
                tier="standard",
                grade=str(score.grade),
                stage=str(score.stage.stage or ""),
                content="sha256:older" if number < 3 else now.digests.content,
                baseline=now.digests.baseline,
                engine=now.digests.engine,
                figures=score.figures if last else Figures(value, value + 30, 70.0, max(value - 3, 0), 10, 20),
            )
        )
    return agency_trend(marks, None)


def all_of_them() -> dict[str, Made]:
    return {
        "few": of_rows(findings(3)),
        "many": of_rows(findings(300)),
        "most": of_rows(findings(3000)),
        "long": long_names(),
        "fine": nothing_found(),
        "dark": nothing_reached(),
        "later": later(),
    }
