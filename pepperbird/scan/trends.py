"""A trend, gathered from what the store keeps for good of every full run: it costs the same after years."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from pepperbird.errors import UsageError
from pepperbird.model.history import Mark, Series
from pepperbird.model.scores import Figures
from pepperbird.scan.past import require_agency
from pepperbird.score.cohort import members
from pepperbird.score.trend import Second, Trend, agency_trend, by_rules_of, nation_trend, with_second
from pepperbird.store.means import Panel
from pepperbird.store.runs import Store

NATION = "All registered agencies"
Sums = Mapping[str, Figures]
"""Figures by run."""


def trend_of_agency(store: Store, agency: str | None, standard: str | None, since: str) -> Trend:
    """The trend of the agency, which need not be named where there is one only. Raises UsageError."""
    chosen = agency if agency and store.looked_at(agency) else _only(store, agency)
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
    now = [one for one in every if by_rules_of(one, last)]
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
    weights = {one: weight for one, weight in store.steady(since, tiers).items() if group is None or one in group}
    asked = _Asked(standard or "", since, group, store.panel(weights, tiers))
    means, panels = asked.sums(marks, partial(store.means, asked.standard, since))
    moved = store.moved(since, tiers)
    name = NATION if group is None else f"{_named(tier, cohort)} ({len(group)} registered)"
    found = nation_trend(marks, name, standard, means=means, panel=tuple(weights), panels=panels, moved=moved)
    if alike := series_for(store, marks[-1]):
        judged = store.series.marks(alike, since=since)
        sums = asked.sums(judged, partial(store.series.means, alike, asked.standard, since))
        found = with_second(found, Second(alike[-1], {one.run: one for one in judged}, *sums), marks[-1])
    return replace(found, group=tier if cohort is None else cohort)


@dataclass(frozen=True, slots=True)
class _Asked:
    """A trend of the nation, or of the agencies in `only`. `standard` is '' for all; `panel` is the fixed one."""

    standard: str
    since: str
    only: frozenset[str] | None
    panel: Panel

    def sums(self, marks: Sequence[Mark], means: Callable[..., Sums]) -> tuple[Sums | None, Sums]:
        """By run the figures of all that is asked for, None where its `marks` have them; and those of its panel."""
        own = means(only=self.only) if self.standard or self.only is not None else None
        if self._everybody:
            return own, own if own is not None else {one.run: one.figures for one in marks if one.figures is not None}
        return own, means(panel=self.panel) if self.panel.weights else {}

    @property
    def _everybody(self) -> bool:
        """Whether all agencies are in the panel, with the weights of then: then its figures are those of all."""
        outside = self.panel.outside
        return not self.panel.moved and not (outside if self.only is None else outside & self.only)


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
