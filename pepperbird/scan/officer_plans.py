"""The agreed plans in the officer's week: how far each is signed, and what makes one ask for less."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from pepperbird.model.agreed import PlanStanding
from pepperbird.model.history import PastRun
from pepperbird.model.site import Site
from pepperbird.report.facts import name
from pepperbird.report.officer_view import PlanNote
from pepperbird.report.signed import plan_change_words, plan_words
from pepperbird.score.change import AgencyChange
from pepperbird.store.history import Plans


def plan_notes(
    site: Site, plans: Mapping[str, Plans], last: Mapping[str, PastRun], changed: Sequence[AgencyChange]
) -> tuple[PlanNote, ...]:
    """One for each agency with a plan, or that had one, as its newest full run (`last`) kept it."""
    found = _notes(site, plans, last, {one.agency: one for one in changed})
    return tuple(sorted(found, key=lambda one: (not one.changes, not one.trouble, one.agency)))


def _notes(
    site: Site, plans: Mapping[str, Plans], last: Mapping[str, PastRun], changed: Mapping[str, AgencyChange]
) -> Iterator[PlanNote]:
    for agency in site.agencies:
        if agency.id not in last:
            continue
        kept = plans[last[agency.id].id]
        plan = kept.of(agency.id)
        standing = kept.standing.get(agency.id) or PlanStanding(agency=agency.id)
        less = changed[agency.id].plan if agency.id in changed else ()
        if plan.items or plan.dropped or less or standing.state != "unsigned":
            told = tuple(map(plan_change_words, less))
            yield PlanNote(agency.id, name(agency.name), plan_words(standing), told, bool(less) or not standing.counts)
