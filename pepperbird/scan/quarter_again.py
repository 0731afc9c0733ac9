"""What quarters are by the rules of now, from the second series where old runs were judged again by them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pepperbird.errors import StoreError
from pepperbird.model.history import Mark, Series
from pepperbird.model.quarter import Quarter
from pepperbird.model.scores import Figures
from pepperbird.scan.trends import series_for
from pepperbird.score.quarter import Again
from pepperbird.score.trend import by_rules_of, named_missing, why_missing
from pepperbird.store.runs import Store
from pepperbird.trust.days import begin_of


@dataclass(frozen=True)
class Second:
    """The second series by the rules of a quarter's last run. `marks` are of the nation, by run."""

    store: Store
    alike: Sequence[Series]
    marks: Mapping[str, Mark]

    def nation(self, mark: Mark) -> tuple[Figures | None, str]:
        """What the nation is by the rules of now at the run of the mark; or why that is not known."""
        newest = self.alike[-1]
        if found := self.marks.get(mark.run):
            return found.figures, ""
        if by_rules_of(newest, mark):
            return mark.figures, ""
        return None, why_missing(newest, mark.run, None, named_missing(newest))

    def about(self, before: Mark | None) -> Again:
        figures, missing = (None, "") if before is None else self.nation(before)
        return Again(self.alike[-1].at, figures, missing)

    def agencies(self, quarter: Quarter, zone: str) -> dict[str, tuple[Figures, Figures]]:
        """By agency what the quarter before and this one are by the rules of now, where both are known."""
        then, now = (
            self.store.series.stood(self.alike, begin_of(one.after.first_day, zone), begin_of(one.first_day, zone))
            for one in (quarter.before, quarter)
        )
        return {agency: (was, now[agency]) for agency, was in then.items() if agency in now}


def second_of(store: Store, last: Mark | None, since: str) -> Second | None:
    """The series by the rules of that mark; None where there is none, or it is damaged, which `verify` names."""
    if last is None:
        return None
    try:
        alike = series_for(store, last)
        if not alike or not by_rules_of(alike[-1], last):
            return None
        return Second(store, alike, {one.run: one for one in store.series.marks(alike, since=since)})
    except StoreError:
        return None
