"""The quarterly report, gathered from what the store keeps for good: it costs the same after years."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from pepperbird.errors import UsageError
from pepperbird.model.history import Mark
from pepperbird.model.quarter import Quarter, quarter_of
from pepperbird.model.site import SiteFile
from pepperbird.model.state import Enforcement, State
from pepperbird.scan.past import Contents
from pepperbird.scan.quarter_again import Second, second_of
from pepperbird.score.indicators import INDICATORS, Moment
from pepperbird.score.quarter import Bar, QuarterReport, Told, count_up
from pepperbird.score.spans import days_to_fix
from pepperbird.store.runs import Store
from pepperbird.trust.days import begin_of, day_of, plus_days

BARS: Final = 12


def quarter_report(store: Store, quarter: Quarter, at: str, settings: SiteFile | None = None) -> QuarterReport:
    """The report of that quarter, by the `settings` of today, else those of the newest run. Raises UsageError."""
    known = store.register()
    if known is None:
        raise UsageError(f"no full run in {store.path} yet; `pepperbird scan --site DIRECTORY` makes one")
    site, register = settings or known[0], known[1]
    check_targets(site)
    first = quarter_of(day_of(store.first_mark(), site.time_zone))
    last = quarter_of(day_of(at, site.time_zone))
    if not first <= quarter <= last:
        raise UsageError(f"nothing is known of {quarter}; the first full run was in {first}, and today is in {last}")
    zone = site.time_zone
    now = _moment(store, quarter, zone)
    before = _moment(store, quarter.before, zone) if quarter > first else None
    began = now if quarter == first else before if quarter.before == first else _moment(store, first, zone)
    marks = _marks(store, first, quarter, zone)
    second = second_of(store, marks[-1][1], begin_of(marks[0][0].first_day, zone))
    again = second.agencies(quarter, zone) if second is not None and before is not None else {}
    made = count_up(Told(now, before, began, register, site.targets, site.publish_names, again))
    end = begin_of(quarter.after.first_day, zone)
    required = [one for one in now.tallies if one.enforcement == Enforcement.REQUIRED]
    return QuarterReport(
        quarter=str(quarter),
        site=site.name,
        first_day=quarter.first_day,
        last_day=plus_days(quarter.after.first_day, -1),
        open=at < end,
        named=site.publish_names,
        indicators=made.indicators,
        baseline=str(first),
        nation=now.nation,
        nation_before=before.nation if before else None,
        fixed=made.fixed,
        groups=made.groups,
        rows=made.rows,
        failing=made.failing,
        bars=_bars(marks, second),
        registered=len(register),
        silent=made.silent,
        unreached=sum(one.pairs for one in required if one.state is State.UNREACHABLE),
        pairs=sum(one.pairs for one in required),
        fixed_faults=now.fixed,
        titles=_titles(store),
        again=None if second is None else second.about(marks[-2][1] if before is not None else None),
    )


def check_targets(site: SiteFile) -> None:
    """Raises UsageError for a target of something that is no indicator."""
    if unknown := sorted(set(site.targets) - set(INDICATORS)):
        raise UsageError(f"site.yaml: targets: no indicator {unknown[0]!r}; there are: {', '.join(INDICATORS)}")


def _moment(store: Store, quarter: Quarter, zone: str) -> Moment:
    begin, end = begin_of(quarter.first_day, zone), begin_of(quarter.after.first_day, zone)
    whole = store.whole(end, begin)
    earlier = whole or store.whole(end)
    required = [one for one in store.mended(begin, end) if one.enforcement == Enforcement.REQUIRED]
    return Moment(
        quarter=str(quarter),
        stood=store.stood(end),
        seen=store.stood(end, begin),
        tallies=store.tallies(end),
        registered=earlier.registered if earlier else None,
        nation=whole.figures if whole else None,
        days_to_fix=days_to_fix(required),
        fixed=len(required),
    )


Marked = Sequence[tuple[Quarter, Mark | None]]


def _marks(store: Store, first: Quarter, last: Quarter, zone: str) -> Marked:
    """The newest run of the nation by quarter, the last twelve at most."""
    quarters = [last]
    while quarters[0] > first and len(quarters) < BARS:
        quarters.insert(0, quarters[0].before)
    return [(one, store.whole(begin_of(one.after.first_day, zone), begin_of(one.first_day, zone))) for one in quarters]


def _bars(marks: Marked, second: Second | None) -> tuple[Bar, ...]:
    """The nation by quarter, as it was published, and where that is known by the rules of now."""
    found: list[Bar] = []
    rules: tuple[str, ...] = ()
    for quarter, mark in marks:
        now = (mark.content, mark.baseline, mark.engine) if mark else rules
        again, missing = (None, "") if mark is None or second is None else second.nation(mark)
        figures = mark.figures if mark else None
        found.append(Bar(str(quarter), figures, bool(rules) and rules != now, again, missing))
        rules = now
    return tuple(found)


def _titles(store: Store) -> dict[str, str]:
    """The controls' titles by the content of the newest full run; none where it cannot be read any more."""
    newest = store.full_runs(newest=1)
    catalog = Contents(store).of(newest[0]) if newest else None
    return {one.id: one.title for one in catalog.controls.values()} if catalog else {}
