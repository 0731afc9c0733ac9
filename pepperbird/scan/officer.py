"""The officer's week, gathered from the newest full run of each agency and the one before the week."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from pepperbird.errors import UsageError
from pepperbird.model.gap import GapReason
from pepperbird.model.history import PastRun
from pepperbird.model.site import Site
from pepperbird.report.facts import AgencyFacts, name
from pepperbird.report.gaps import Unseen, unseen
from pepperbird.report.officer_calls import calls, is_line, whose_move
from pepperbird.report.officer_view import Dark, Gap, Moved, OfficerWeek, RunLine
from pepperbird.report.visits import visits
from pepperbird.report.words import REASON
from pepperbird.scan.ending import endings
from pepperbird.scan.officer_plans import plan_notes
from pepperbird.scan.past import Contents, Wanted, changes
from pepperbird.score.change import AgencyChange, Cause, Change, Kind, cause_of
from pepperbird.store.runs import Store
from pepperbird.store.week import Turns
from pepperbird.trust.days import begin_of, day_of, plus_days
from pepperbird.trust.keylist import KeyList

SOON: Final = 60
"""Days ahead that the officer is told of what ends."""
ONE_FORM: Final = "fill in the form that"
FORMS: Final = "fill in the forms that `pepperbird attest template AGENCY` writes, and have each signed and reviewed"
"""What is to be done for a document that nobody handed in, and for all of them."""


def officer_week(store: Store, at: str, since: str | None = None) -> OfficerWeek:
    """What the officer should know from `since` (a day, else a week ago) until `at`. Raises UsageError, StoreError."""
    newest = store.full_runs(newest=1)
    if not newest:
        raise UsageError(f"no full run in {store.path} yet; `pepperbird scan --site DIRECTORY` makes one")
    site = store.inputs(newest[0].id)[0]
    zone = site.file.time_zone
    today = day_of(at, zone)
    first = since or plus_days(today, -7)
    if first > today:
        raise UsageError(f"{first} is still to come; name a day up to {today}")
    begin = begin_of(first, zone)
    known = {one.id for one in site.agencies}
    turns = {agency: one for agency, one in store.turns(begin).items() if agency in known}
    wanted = {run for one in turns.values() for run in (one.newest, one.then) if run}
    runs = {one.id: one for one in store.full_runs(only=wanted)}
    last = {agency: runs[one.newest] for agency, one in turns.items()}
    dark = tuple(_dark(store, site, last, begin))
    contents = Contents(store)
    facts = _facts(store, last, contents)
    found = {agency: unseen(one) for agency, one in facts.items()}
    ending = endings(site, _keys(store), store.kits_out(), (first, plus_days(today, SOON)), today)
    changed = changes(store, _pairs(turns, runs, begin), contents)
    moved = tuple(_moved(one) for one in changed)
    due = {agency: visits(one, at) for agency, one in facts.items()}
    told = calls(site, dark, found, ending, moved, due)
    return OfficerWeek(
        site=name(site.file.name),
        since=first,
        at=at,
        calls=told,
        dark=dark,
        gaps=_gaps(site, found),
        ending=ending,
        runs=tuple(_runs(store, begin)),
        moved=moved,
        quiet=len(site.agencies) - len(told),
        unread=tuple(name(one.name) for one in site.agencies if one.id in last and one.id not in found),
        plans=plan_notes(site, {one: store.plans(one) for one in {run.id for run in last.values()}}, last, changed),
    )


def _keys(store: Store) -> KeyList | None:
    ring = store.ledger.ring()
    return ring.newest.keys if ring.newest else None


def _dark(store: Store, site: Site, last: Mapping[str, PastRun], begin: str) -> Iterator[Dark]:
    answers = {run: store.answers(run) for run in sorted({one.id for one in last.values()})}
    for one in site.agencies:
        run = last.get(one.id)
        if run is None or run.at < begin:
            yield Dark(one.id, name(one.name), None, "no full run looked at it", 0, run.at if run else "")
            continue
        asked = {way: gap for way, gap in answers[run.id].get(one.id, {}).items() if gap != GapReason.NOT_ASKED}
        if asked and all(asked.values()):
            reasons = [GapReason(gap) for gap in asked.values()]
            reason = max(sorted(set(reasons)), key=reasons.count)
            yield Dark(one.id, name(one.name), cause_of(reason), REASON[reason][0], len(asked), run.at)


def _facts(store: Store, last: Mapping[str, PastRun], contents: Contents) -> dict[str, AgencyFacts]:
    """By agency its newest full run; without those whose content cannot be read any more."""
    whose: dict[str, list[str]] = {}
    for agency, run in last.items():
        whose.setdefault(run.id, []).append(agency)
    found: dict[str, AgencyFacts] = {}
    for agencies in whose.values():
        past = last[agencies[0]]
        catalog = contents.of(past)
        if catalog is not None:
            loaded, site = store.load(past.id, heard=False, only=agencies), store.inputs(past.id, agencies)[0]
            found |= {one: AgencyFacts(loaded, catalog, site, one) for one in agencies}
    return found


def _gaps(site: Site, found: Mapping[str, tuple[Unseen, ...]]) -> tuple[Gap, ...]:
    """The same thing to do, once or at several agencies, is one line; what opens most comes first."""
    groups: dict[tuple[str, str, str], list[tuple[str, Unseen]]] = {}
    for agency, some in found.items():
        for one in some:
            title = REASON[one.reason][0] if one.reason and one.group in ("access", "document") else one.detail
            remedy = FORMS if one.reason is GapReason.NO_ATTESTATION and one.remedy.startswith(ONE_FORM) else one.remedy
            groups.setdefault((whose_move(one), title, remedy), []).append((agency, one))
    names = {one.id: name(one.name) for one in site.agencies}
    lines = [
        Gap(
            *key,
            is_line(some[0][1]),
            tuple(dict.fromkeys(names[agency] for agency, _ in some)),
            len({control for _, one in some for control in one.controls}),
            len({(agency, pair) for agency, one in some for pair in one.pairs}),
        )
        for key, some in groups.items()
    ]
    return tuple(sorted(lines, key=lambda one: (-one.controls, -one.pairs, one.move, one.title, one.remedy)))


def _pairs(turns: Mapping[str, Turns], runs: Mapping[str, PastRun], begin: str) -> list[Wanted]:
    """Each agency that the week looked at, with the run to hold its newest against: before the week, else the first."""
    found = [(agency, one.then, runs[one.newest]) for agency, one in sorted(turns.items()) if one.then]
    return [(agency, runs[then], now) for agency, then, now in found if now.at >= begin]


def _moved(one: AgencyChange) -> Moved:
    causes = {cause: tuple(_told(each) for each in one.of(Kind.FELL) if each.cause is cause) for cause in Cause}
    return Moved(
        one.agency,
        name(one.name),
        one.then.at,
        one.now.at,
        tuple(_told(each) for each in one.of(Kind.FIXED)),
        tuple((cause, some) for cause, some in causes.items() if some),
        one.rules,
    )


def _told(one: Change) -> str:
    return f"{one.control} on {name(one.asset)}: {one.title}"


def _runs(store: Store, begin: str) -> Iterator[RunLine]:
    begun = store.runs_since(begin)
    full = {one.id: one for one in store.full_runs(only=[one.id for one in begun if one.ended and one.full])}
    for one in begun:
        known = full.get(one.id)
        covered = [some.figures.coverage for some in known.scores.values()] if known else []
        mean = round(sum(covered) / len(covered), 1) if covered else None
        yield RunLine(one.id, one.at, one.ended, one.full, one.agencies, mean)
