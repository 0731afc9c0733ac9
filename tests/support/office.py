"""Made-up histories of many agencies over quarters, for the reports of the programme office."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from functools import cache
from pathlib import Path

from pepperbird.bundle.archive import pack_content
from pepperbird.model.evidence import Memory, Transcript
from pepperbird.model.gap import Gap, GapReason
from pepperbird.model.people import Contact
from pepperbird.model.quarter import parse_quarter
from pepperbird.model.run import Run
from pepperbird.model.site import Agency, Asset, Site, SiteFile
from pepperbird.model.state import Assurance, Enforcement, Severity, State, Tier
from pepperbird.model.verdict import PostureEntry
from pepperbird.report.officer_html import render_officer_html
from pepperbird.report.officer_view import OfficerWeek
from pepperbird.report.quarter_html import render_quarter_html
from pepperbird.scan.officer import officer_week
from pepperbird.scan.quarter import quarter_report
from pepperbird.score.quarter import QuarterReport
from pepperbird.store.runs import Store
from tests.support.past import DEADLINES, ROOT, RULES, Past
from tests.support.runs import a_run, a_site
from tests.support.series import NEW, judged_again

NOW = "2026-11-27T00:00:00Z"
LONG = "Ministry of Posts-and-Telecommunications, Department_of_Rural_Services_and_National_Archives_of_the_Republic {}"
KINDS = ("linux-server", "postgresql", "s3-bucket", "linux-server", "mysql")
TIERS = (Tier.STANDARD, Tier.FOUNDATION, Tier.STANDARD, Tier.CRITICAL, Tier.STANDARD)


def pair(agency: str, control: str, state: State, since: str = "", **more: Severity | Enforcement) -> PostureEntry:
    severity = more.get("severity", Severity.CRITICAL)
    enforcement = more.get("enforcement", Enforcement.REQUIRED)
    return PostureEntry(
        agency, control, "srv", "linux-server", "standard", Severity(severity), Enforcement(enforcement), state,
        Assurance.OBSERVED, since or "2026-01-01T00:00:00Z", failing_since=since if state is State.FAIL else "",
    )  # fmt: skip


def many(count: int, name: str = "Ministry {}", file: SiteFile | None = None) -> Site:
    """That many agencies of several tiers and kinds of estate."""
    return Site(
        file=file or SiteFile(name="Liberia"),
        agencies=tuple(
            Agency(
                id=f"secret-{n:03}",
                name=name.format(n),
                tier=TIERS[n % len(TIERS)],
                contacts=(
                    Contact(name=f"Officer {n}", role="IT head", mail=f"it{n}@example.org", phone=f"+231 77 {n}"),
                ),
                assets=(Asset(id="srv", kind="linux-server"), Asset(id="data", kind=KINDS[n % len(KINDS)])),
            )
            for n in range(count)
        ),
    )


def history(
    store: Store, site: Site, days: Sequence[str], content: bytes | None = None, *, new: Collection[str] = ()
) -> Past:
    """A full run of the nation on each day: scores rise, a restore is proven here and there, faults are fixed.

    On the days in `new` they are judged by new rules.
    """
    past = Past(store, {}, content)
    past.site = site
    for round_, day in enumerate(days):
        scores = {one.id: min(99.0, 10.0 + (7 * n) % 60 + 5.0 * round_) for n, one in enumerate(site.agencies)}
        entries = [entry for n, one in enumerate(site.agencies) for entry in _entries(one.id, n, round_)]
        past.keep(day, scores, posture=entries, rules=NEW if day in new else RULES)
    return past


def _entries(agency: str, n: int, round_: int) -> Sequence[PostureEntry]:
    began = "2026-01-10T00:00:00Z"
    return [
        pair(agency, "BR-12", State.PASS if n % 3 < round_ else State.FAIL, began),
        pair(agency, "BR-11", State.PASS if n % 2 < round_ else State.UNCHECKED),
        pair(agency, "IS-21", State.FAIL if n % 4 >= round_ else State.PASS, began, severity=Severity.HIGH),
        pair(agency, "DS-15", State.UNREACHABLE if n % 5 == 0 else State.PASS),
    ]


@cache
def our_content() -> bytes:
    """The content of this checkout, packed once."""
    return pack_content(ROOT)


def keep_a_run(
    store: Store, site: Site, run: Run, gaps: Mapping[str, str] | None = None, content: bytes | None = None
) -> None:
    """Put a made-up run (tests.support.runs) into a store, with why each endpoint could not be asked ('' it could)."""
    store.begin(run, site, Memory(), our_content() if content is None else content)
    for endpoint, reason in (gaps or {}).items():
        gap = Gap(GapReason(reason)) if reason else None
        store.add_transcript(run.id, Transcript(endpoint, run.at, run.at, {}, {}, gap))
    store.finish(run, Memory(), deadlines=DEADLINES)


def a_quarter(
    folder: Path, count: int, days: Sequence[str], name: str = "Ministry {}", *, named: bool = False
) -> QuarterReport:
    """The quarter 2026Q4 of that many agencies, with a full run on each day."""
    store = Store(folder / f"{count}-{named}.db")
    try:
        history(store, many(count, name, SiteFile(name="Liberia", publish_names=named)), days, b"")
        return quarter_report(store, parse_quarter("2026Q4"), NOW)
    finally:
        store.close()


def a_quarter_again(
    folder: Path, count: int, days: Sequence[str], name: str = "Ministry {}", *, judged: int, named: bool = False
) -> QuarterReport:
    """The same where the last day has new rules, by which the newest `judged` of the runs before it were judged again:
    every agency has 12 points less by them. Of the older runs nothing is kept to judge."""
    store = Store(folder / f"{count}-{judged}-{named}-again.db")
    try:
        site = many(count, name, SiteFile(name="Liberia", publish_names=named))
        past = history(store, site, days, b"", new=days[-1:])
        runs = store.full_runs()
        some = runs[len(runs) - 1 - judged : -1]
        scores = {
            run.id: {agency: max(0.0, one.figures.score - 12.0) for agency, one in run.scores.items()} for run in some
        }
        missing = {run.id: "pruned" for run in runs[: len(runs) - 1 - judged]}
        judged_again(store, past, scores, **missing)
        return quarter_report(store, parse_quarter("2026Q4"), NOW)
    finally:
        store.close()


def a_week(folder: Path) -> OfficerWeek:
    """A week with everything that an officer's week may have: agencies that fell, gaps, ends, runs, long names."""
    store = Store(folder / "week.db")
    try:
        history(store, many(9, LONG), ("2026-10-10", "2026-11-21"), b"")
        keep_a_run(store, a_site(), a_run(), {"moh/db1/ssh": "", "moh/old1/ssh": "connect-timeout"})
        return officer_week(store, NOW)
    finally:
        store.close()


def office_pages(folder: Path) -> dict[str, str]:
    """The programme office's pages as HTML."""
    quarter = a_quarter(folder, 24, ("2026-08-10", "2026-11-21"), LONG, named=True)
    again = a_quarter_again(folder, 6, ("2026-02-10", "2026-05-10", "2026-08-10", "2026-11-21"), LONG, judged=2)
    return {
        "officer": render_officer_html(a_week(folder), ROOT).decode(),
        "quarter": render_quarter_html(quarter, ROOT).decode(),
        "quarter judged again": render_quarter_html(again, ROOT).decode(),
    }
