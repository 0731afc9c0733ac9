"""Five years of daily runs of 100 agencies of 50 assets: what a day costs to record, what stays, what a trend costs.

Three days go through the real recording path, whole: 5,000 assets, 100,000 pairs with their verdicts. The other days
are written as that path leaves them when their runs were pruned: figures of every agency and standard each day, and
spans of the pairs that changed, each of them twice a year. The newest year was judged again, twice, so that trends show
both series. What runs that are kept whole add is the growth by such a day times their number: the newest 35, and one a
month of the years before.
"""

from __future__ import annotations

import random
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import insert, text

from bench.figure import Figure, usual, wall
from pepperbird.model.evidence import Memory
from pepperbird.model.history import Series
from pepperbird.model.plan import Plan, Selection
from pepperbird.model.run import Digests, Run
from pepperbird.model.scores import AgencyScore, Figures, Grade, Stage, StageStanding
from pepperbird.model.site import Agency, Site, SiteFile
from pepperbird.model.state import Assurance, Enforcement, Severity, State, Tier
from pepperbird.model.verdict import ClauseResult, Finding, PostureEntry, Verdict
from pepperbird.scan.trends import trend_of_agency, trend_of_nation
from pepperbird.score.nation import score_nation
from pepperbird.store import tables
from pepperbird.store.begun import Hand
from pepperbird.store.begun_rows import Step, Unfinished
from pepperbird.store.database import writing
from pepperbird.store.runs import Store
from tests.support.past import DEADLINES

AGENCIES, ASSETS, CONTROLS, DAYS = 100, 50, 20, 5 * 365
CHANGES_A_YEAR = 2
WHOLE = 35 + 59
NAMES = tuple(f"agency-{number:03d}" for number in range(AGENCIES))
PAIRS = tuple(
    (f"BR-{control:02d}", f"server-{asset:02d}") for control in range(1, 1 + CONTROLS) for asset in range(ASSETS)
)
Begun = dict[tuple[str, str, str], tuple[int, str]]
"""By agency, control and asset: since which day it is in which state."""
RULES = Digests("sha256:c", "sha256:s", "sha256:b", "sha256:m", "pepperbird")
FIRST = datetime(2021, 11, 27, 2, tzinfo=UTC)
SITE = Site(
    file=SiteFile(name="Liberia"),
    agencies=tuple(
        Agency(id=name, name=name.title(), tier=list(Tier)[number % 3]) for number, name in enumerate(NAMES)
    ),
)


def run() -> list[Figure]:
    chance = random.Random(27)  # noqa: S311 - the same years each time
    with tempfile.TemporaryDirectory(prefix="pepperbird-bench-") as place:
        path = Path(place) / "pepperbird.db"
        store = Store(path)
        try:
            begun = _years(store, chance)
            standing = _size(store)
            again = [wall(lambda: _again(store, chance)) for _ in range(2)]
            series = _size(store) - standing
            standing = _size(store)
            days = range(DAYS - 3, DAYS)
            seconds = [wall(lambda day=day: _record(store, day, begun, chance)) for day in days]  # type: ignore[misc]
            day_bytes = (_size(store) - standing) / len(days)
            agency = usual(lambda: wall(lambda: trend_of_agency(store, NAMES[7], None, ""))) * 1000
            standard = usual(lambda: wall(lambda: trend_of_agency(store, NAMES[7], "BR", ""))) * 1000
            nation = usual(lambda: wall(lambda: trend_of_nation(store, None, ""))) * 1000
            part = usual(lambda: wall(lambda: trend_of_nation(store, "BR", "", tier="standard"))) * 1000
        finally:
            store.close()
    total = (standing + WHOLE * day_bytes) / 1e9
    detail = (
        f"{standing / 1e6:,.0f} MB of figures and spans, {day_bytes / 1e6:.1f} MB a whole run, {WHOLE} of these;"
        " without what the machines said"
    )
    return [
        Figure("years: a day of 5,000 assets recorded", max(seconds), "s", 60, detail="100,000 pairs with verdicts"),
        Figure("years: trend of an agency, 1,825 points, median", agency, "ms", 100),
        Figure("years: trend of a standard of an agency", standard, "ms", 100),
        Figure(
            "years: trend of the nation with its panel", nation, "ms", 100, detail="all agencies in it all the time"
        ),
        Figure("years: trend of a standard of a tier of it", part, "ms", 100),
        Figure("years: a year's second series kept", max(again), "s", 60, detail=f"{series / 2e6:,.0f} MB each"),
        Figure("years: the store after five years", total, "GB", 2, detail=detail),
    ]


def _size(store: Store) -> int:
    """Bytes of the store, once what waits to be written into it was."""
    with store._engine.connect() as connection:
        connection.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))
    return store.path.stat().st_size


def _again(store: Store, chance: random.Random) -> None:
    """The newest year, by the rules that its runs were judged by: so its trend shows it."""
    days = range(DAYS - 3 - 365, DAYS - 3)
    last, at = _at(DAYS - 4)
    missing = {_at(day)[0]: "pruned" for day in range(DAYS - 3 - 365)}
    about = Series(0, at, RULES.content, "", RULES.engine, last, missing)
    begun = store.rejudging.begin(Unfinished(about, "", tuple(_at(day)[0] for day in days)), Hand(at))
    for day in days:
        begun = store.rejudging.keep(begun, Step(_at(day)[0], *_marks(*_at(day), chance)), Hand(at))
    store.rejudging.end(begun, Hand(at))


def _at(day: int) -> tuple[str, str]:
    """The id of the run of a day, and its moment."""
    moment = FIRST + timedelta(days=day)
    return f"{moment:%Y%m%dT%H%M%SZ}-000000", f"{moment:%Y-%m-%dT%H:%M:%SZ}"


def _years(store: Store, chance: random.Random) -> Begun:
    """The days before the last three, as pruned runs leave them; and since which day each pair is in which state."""
    begun: Begun = {}
    with writing(store._engine, store.path) as connection:
        for day in range(DAYS - 3):
            run_id, at = _at(day)
            marks, figures = _marks(run_id, at, chance)
            spans = []
            for agency in NAMES:
                changed = PAIRS if day == 0 else [one for one in PAIRS if chance.random() < CHANGES_A_YEAR / 365]
                for control, asset in changed:
                    key = (agency, control, asset)
                    if key in begun:
                        spans.append(_span(key, *begun[key], day))
                    begun[key] = (day, chance.choice(("pass", "fail")))
            for table, rows in ((tables.marks, marks), (tables.figures, figures), (tables.spans, spans)):
                if rows:
                    connection.execute(insert(table), rows)
        connection.execute(insert(tables.spans), [_span(key, *one, None) for key, one in begun.items()])
    return begun


def _marks(run_id: str, at: str, chance: random.Random) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    rules = {"content": RULES.content, "baseline": RULES.baseline, "engine": RULES.engine}
    nothing = dict.fromkeys(("median", "lowest_decile", "reporting", "registered"))
    of_all = {"median": 500, "lowest_decile": 200, "reporting": AGENCIES, "registered": AGENCIES}
    marks = [
        {"run": run_id, "agency": "", "at": at, "name": "", "tier": "", "grade": "", "stage": "", **rules, **of_all}
    ]
    figures = [_figure(run_id, "", "", 0, chance)]
    for one in SITE.agencies:
        about = {"name": one.name, "tier": str(one.tier), "grade": "C", "stage": "Managed"}
        marks.append({"run": run_id, "agency": one.id, "at": at, **about, **rules, **nothing})
        weight = {Tier.FOUNDATION: 1, Tier.STANDARD: 2, Tier.CRITICAL: 4}[one.tier]
        figures += [
            _figure(run_id, one.id, standard, weight, chance) for standard in ("", "BR", "DI", "DR", "DS", "IS")
        ]
    return marks, figures


def _figure(run_id: str, agency: str, standard: str, weight: int, chance: random.Random) -> dict[str, Any]:
    score = chance.randrange(300, 700)
    shares = {"score": score, "upper": score + 200, "coverage": 800, "observed": score - 50}
    counts = {"conclusive": 800, "pairs": 1000, "open": 100, "overdue": 20, "weight": weight}
    counts["fell"] = chance.choice(("", "", "failed:2 link:1"))
    return {"standard": standard, "run": run_id, "agency": agency, **shares, **counts}


def _span(key: tuple[str, str, str], day: int, state: str, until: int | None) -> dict[str, Any]:
    agency, control, asset = key
    run_id, at = _at(day)
    closed_run, closed = ("", "") if until is None else _at(until)
    asked = {"kind": "linux-server", "tier": "standard", "severity": "high", "enforcement": "required"}
    since = at if state == "fail" else ""
    where = {"agency": agency, "control": control, "asset": asset, "opened_run": run_id, "opened": at}
    return {**where, **asked, "state": state, "since": since, "closed": closed, "closed_run": closed_run}


def _record(store: Store, day: int, begun: Begun, chance: random.Random) -> None:
    """One day through the real recording path. As on any other day few pairs changed."""
    run_id, at = _at(day)
    plan = Plan(at, Selection(), NAMES, (), (), (), baselines={tier: str(tier) for tier in Tier})
    for agency in NAMES:
        for pair in PAIRS:
            if chance.random() < CHANGES_A_YEAR / 365:
                begun[agency, *pair] = (day, chance.choice(("pass", "fail")))
    posture = tuple(one for agency in NAMES for one in _posture(agency, begun, at))
    verdicts = tuple(_verdict(one) for one in posture)
    scores = {agency: _score(agency, chance) for agency in NAMES}
    made = Run(run_id, at, at, plan.scope, RULES, plan, {}, verdicts, posture, scores, score_nation(SITE, scores))
    store.begin(replace(made, verdicts=(), posture=()), SITE, Memory(), b"")
    store.finish(made, Memory(), deadlines=DEADLINES)


def _posture(agency: str, begun: Begun, at: str) -> Iterator[PostureEntry]:
    for control, asset in PAIRS:
        day, said = begun[agency, control, asset]
        state, since = State(said), _at(day)[1]
        fails = state is State.FAIL
        yield PostureEntry(
            agency, control, asset, "linux-server", "standard", Severity.HIGH, Enforcement.REQUIRED, state,
            Assurance.OBSERVED, at, failing=("",) if fails else (), failing_since=since if fails else "",
        )  # fmt: skip


def _verdict(entry: PostureEntry) -> Verdict:
    clause = f"{entry.control}.1"
    finding = Finding(
        entry.agency, entry.control, entry.asset, clause, "storage.capacity", "/srv", entry.state,
        "/srv is 81 % full", "at most 80 %", "storage.mounts, ssh",
    )  # fmt: skip
    return Verdict(
        entry.agency, entry.control, entry.asset, entry.kind, entry.tier, entry.severity, entry.enforcement,
        entry.state, clause, entry.assurance, (ClauseResult(clause, "required", entry.state, (finding,)),), entry.since,
    )  # fmt: skip


def _score(agency: str, chance: random.Random) -> AgencyScore:
    score = chance.randrange(300, 700) / 10
    some = Figures(score, score + 20, 80.0, score - 5, 800, 1000)
    standards = dict.fromkeys(("BR", "DI", "DR", "DS", "IS"), some)
    standing = StageStanding(Stage.MANAGED, Stage.ASSURED, ("more",))
    return AgencyScore(agency, some, Grade.C, "", None, standing, 1, standards, {}, some.score)
