"""A trend, gathered from what the store keeps for good of every full run: it costs the same after years."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from pepperbird.errors import UsageError
from pepperbird.model.history import Mark, Series
from pepperbird.model.scores import Figures
from pepperbird.scan.past import require_agency
from pepperbird.score.cohort import members
from pepperbird.score.trend import Second, Trend, agency_trend, nation_trend, with_second
from pepperbird.store.runs import Store

NATION = "All registered agencies"


def trend_of_agency(store: Store, agency: str | None, standard: str | None, since: str) -> Trend:
    """The trend of the agency, which need not be named where there is one only. Raises UsageError."""
    chosen = agency if agency is not None and store.looked_at(agency) else _only(store, agency)
    marks = _found(store.marks(chosen, standard or "", since), since, f"looked at agency {chosen}")
    second = second_of_agency(store, marks, standard or "", since)
    found = agency_trend(marks, standard, store.faults(chosen, standard or ""))
    found = found if second is None else with_second(found, second, marks[-1])
    return replace(found, overtaken=store.overtakings(chosen, since))


def _only(store: Store, agency: str | None) -> str:
    """The one agency there is. Raises UsageError, also for one that no full run looked at."""
    known = store.marked()
    require_agency(store, agency, known)
    if len(known) > 1:
        raise UsageError(f"name one with --agency, or all of them with --nation; there are: {', '.join(known[:20])}")
    return known[0]


def second_of_agency(store: Store, marks: Sequence[Mark], standard: str = "", since: str = "") -> Second | None:
    """The second series of the agency in `marks`; None where its old runs were never judged again."""
    alike = series_for(store, marks[-1])
    if not alike:
        return None
    return Second(alike[-1], {one.run: one for one in store.series.marks(alike, marks[-1].agency, standard, since)})


def series_for(store: Store, last: Mark) -> list[Series]:
    """The series by the rules of the mark, or else by those of the newest; the oldest first."""
    every = store.series.all()
    now = [one for one in every if (one.content, one.engine, one.baseline) == (last.content, last.engine, "")]
    return now or [one for one in every if one.same_rules(every[-1])]


def trend_of_nation(
    store: Store, standard: str | None, since: str, *, tier: str | None = None, cohort: str | None = None
) -> Trend:
    """The trend over the runs that judged every registered agency. Raises UsageError where there is none.

    With `tier` or `cohort` over the agencies that the newest register has there.
    """
    tiers = store.tiers()
    require_agency(store, None, tuple(tiers))
    marks = _found(store.marks(since=since), since, "judged every registered agency")
    group = _group(store, tier, cohort)
    panel = {one: weight for one, weight in store.steady(since, tiers).items() if group is None or one in group}
    means = store.means(standard or "", since, only=group) if standard or group is not None else None
    fixed = store.panel(panel, tiers)
    # Where all agencies are in the panel, with the weights of then, it is the nation as it was published.
    everybody = means is None and not fixed.moved and not fixed.outside
    panels = _published(marks) if everybody else store.means(standard or "", since, fixed) if panel else {}
    moved = store.moved(since, tiers)
    name = NATION if group is None else f"{_named(tier, cohort)} ({len(group)} registered)"
    found = nation_trend(marks, name, standard, means=means, panel=tuple(panel), panels=panels, moved=moved)
    if alike := series_for(store, marks[-1]):
        again, judged = store.series, store.series.marks(alike, since=since)
        second = Second(
            alike[-1],
            {one.run: one for one in judged},
            again.means(alike, standard or "", since, only=group) if means is not None else None,
            _published(judged) if everybody else again.means(alike, standard or "", since, fixed) if panel else {},
        )
        found = with_second(found, second, marks[-1])
    return replace(found, group=tier if cohort is None else cohort)


def _published(marks: Sequence[Mark]) -> dict[str, Figures]:
    return {one.run: one.figures for one in marks if one.figures is not None}


def _group(store: Store, tier: str | None, cohort: str | None) -> frozenset[str] | None:
    known = store.register()
    return members(known[1], tier, cohort) if known is not None and (tier or cohort is not None) else None


def _named(tier: str | None, cohort: str | None) -> str:
    return f"Cohort {cohort}" if cohort is not None else f"Tier {tier}"


def _found(marks: Sequence[Mark], since: str, what: str) -> Sequence[Mark]:
    if not marks:
        when = f" since {since}" if since else " yet"
        raise UsageError(f"no full run {what}{when}")
    return marks
