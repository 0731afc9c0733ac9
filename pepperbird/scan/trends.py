"""A trend, gathered from the store: figures of full runs, and what stood open by the deadlines of then."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from pepperbird.errors import UsageError
from pepperbird.model.history import PastRun
from pepperbird.model.policy import Deadlines
from pepperbird.model.state import Tier
from pepperbird.scan.past import Contents, require_agency
from pepperbird.score.overdue import Open, open_of
from pepperbird.score.trend import Trend, agency_trend, nation_trend
from pepperbird.store.runs import Store

NATION = "All registered agencies"


def trend_of_agency(store: Store, agency: str | None, standard: str | None, since: str) -> Trend:
    """The trend of the agency, which need not be named where there is one only. Raises UsageError."""
    known = store.agencies_seen()
    require_agency(store, agency, known)
    if agency is None and len(known) > 1:
        raise UsageError(f"name one with --agency, or all of them with --nation; there are: {', '.join(known[:20])}")
    chosen = agency or known[0]
    runs = _since(store.full_runs(chosen), since, f"looked at agency {chosen}")
    opened = _opened(store, runs, standard, (chosen,))
    registered = {run.id: store.registered(run.id, (chosen,)) for run in runs}
    return agency_trend(runs, registered, chosen, standard, opened)


def trend_of_nation(store: Store, standard: str | None, since: str) -> Trend:
    """The trend over the runs that judged every registered agency. Raises UsageError where there is none."""
    require_agency(store, None, store.agencies_seen())
    whole = [run for run in store.full_runs() if run.nation is not None]
    runs = _since(whole, since, "judged every registered agency")
    registered = {run.id: store.registered(run.id) for run in runs}
    return nation_trend(runs, registered, NATION, standard, _opened(store, runs, standard, None))


def _since(runs: Sequence[PastRun], since: str, what: str) -> list[PastRun]:
    found = [run for run in runs if run.at[:10] >= since]
    if not found:
        when = f" since {since}" if since else " yet"
        raise UsageError(f"no full run {what}{when}")
    return found


def _opened(
    store: Store, runs: Sequence[PastRun], standard: str | None, only: Collection[str] | None
) -> dict[str, Open]:
    """What stood open after each run; nothing of a run whose standing cannot be opened here."""
    contents = Contents(store)
    found = {}
    for run in runs:
        standings = store.standings(run.id, only or run.agencies)
        if standings is not None:
            deadlines = _deadlines(store, contents, run)
            entries = [entry for some in standings.values() for entry in some]
            found[run.id] = open_of(entries, deadlines, run.at, standard)
    return found


def _deadlines(store: Store, contents: Contents, run: PastRun) -> dict[Tier, Deadlines] | None:
    """The deadlines of each tier as they were; None where the content cannot be read any more."""
    catalog = contents.of(run)
    if catalog is None:
        return None
    named = {tier: catalog.baselines.get(name) for tier, name in store.judged_by(run.id).items()}
    return {tier: baseline.deadlines for tier, baseline in named.items() if baseline is not None}
