"""What came before a run, gathered from the store for its report."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from pepperbird.errors import StoreError
from pepperbird.model.catalog import Catalog
from pepperbird.model.history import Mark
from pepperbird.model.plan import FULL
from pepperbird.model.run import Run
from pepperbird.model.state import State
from pepperbird.model.verdict import PostureEntry, Verdict
from pepperbird.report.earlier import Earlier
from pepperbird.scan.past import Contents, changes
from pepperbird.scan.reported import held_against
from pepperbird.scan.trends import second_of_agency
from pepperbird.score.change import AgencyChange
from pepperbird.score.since import NAMED
from pepperbird.score.trend import Trend, agency_trend, with_second
from pepperbird.store.runs import Store

MOST_RUNS = 60
"""Full runs that a report's trend goes back."""
MOST_STANDING = 6
"""Earlier runs that are gone through for what this one did not reach; of older ones the findings are not told."""


def earlier_of(
    store: Store, run: Run, agencies: Sequence[str], catalog: Catalog, *, since: str | None = None
) -> dict[str, Earlier]:
    """By agency, what changed since its last report, and the trend up to this run; {} for a partial run.

    `since` names the run to compare with instead; where it is gone, the one before it, else the oldest that is kept.

    `catalog` is what the run was judged by. What cannot be read any more is left out: a report is still a report
    without its past.
    """
    if run.scope != FULL:
        return {}
    contents = Contents(store)
    found = {}
    for agency in agencies:
        marks = [one for one in store.marks(agency) if one.run <= run.id][-MOST_RUNS:]
        trend = _trend(store, marks) if marks else None
        try:
            change = _change(store, contents, run, agency, catalog, since)
            found[agency] = Earlier(change, trend, _standing(store, run, agency))
        except StoreError:
            found[agency] = Earlier(None, trend)
    return found


def _trend(store: Store, marks: Sequence[Mark]) -> Trend:
    trend = agency_trend(marks, None)
    try:
        second = second_of_agency(store, marks)
    except StoreError:
        return trend  # a series that is damaged; `verify` names it
    return trend if second is None else with_second(trend, second, marks[-1])


def _standing(store: Store, run: Run, agency: str) -> tuple[Verdict, ...]:
    """Of the agency's fails that this run did not reach, the verdicts of the runs that looked at them last."""
    reached = {_pair(one) for one in run.verdicts if one.agency == agency and one.state is not State.UNREACHABLE}
    failing = (one for one in run.posture if one.agency == agency and State.FAIL in (one.state, one.overlaid))
    open_ = {_pair(one) for one in failing if one.state is not State.UNCHECKED} - reached
    found: list[Verdict] = []
    earlier = [one for one in store.full_runs(agency) if one.id < run.id] if open_ else []
    for past in reversed(earlier[-MOST_STANDING:]):
        looked = [one for one in store.load(past.id, heard=False, only=(agency,)).verdicts if _pair(one) in open_]
        looked = [one for one in looked if one.state is not State.UNREACHABLE]
        found += (one for one in looked if one.state is State.FAIL)
        open_ -= {_pair(one) for one in looked}
        if not open_:
            break
    return tuple(found)


def _pair(one: Verdict | PostureEntry) -> tuple[str, str]:
    return one.control, one.asset


def _change(
    store: Store, contents: Contents, run: Run, agency: str, catalog: Catalog, since: str | None
) -> AgencyChange | None:
    """None for the first run of which anything is kept."""
    runs = [one for one in store.full_runs(agency) if one.id <= run.id]
    if not runs or runs[-1].id != run.id:
        return None
    if since is None:
        found = held_against(store, agency, runs)
    else:
        older = runs[:-1]
        found = (next((one for one in reversed(older) if one.id <= since), older[0]), NAMED) if older else None
    if found is None:
        return None
    then, why = found
    contents.know(runs[-1], catalog)
    return replace(changes(store, [(agency, then, runs[-1])], contents)[0], since=why)
