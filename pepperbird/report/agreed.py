"""The agreed plan as a report shows it."""

from __future__ import annotations

from pepperbird.report.facts import AgencyFacts, name, shown
from pepperbird.report.plan_text import told
from pepperbird.report.view_ahead import PlanRow, PlanView
from pepperbird.report.words import date
from pepperbird.score.agreed import standings

MOST_DROPPED = 10


def plan_view(facts: AgencyFacts) -> PlanView | None:
    """None where nothing was ever agreed, or the run is of a part."""
    plan = facts.site.plan_of(facts.id)
    if plan is None or facts.partial:
        return None
    found = standings(plan, facts.posture.values(), facts.run.at)
    controls = facts.catalog.controls
    rows = tuple(
        PlanRow(
            name=one.item.name,
            title=controls[one.item.control].title if one.item.control in controls else "",
            agreed=one.item.agreed,
            due=one.item.due,
            progress=str(one.progress),
            age=one.age,
            who=name(one.item.who),
            assigned=one.item.assigned,
        )
        for one in found
    )
    dropped = tuple(
        shown(f"{one.control}{'@' + one.asset if one.asset else ''}, on {date(one.dropped)}: {one.reason}")
        for one in plan.dropped[-MOST_DROPPED:]
    )
    return PlanView(told(found), rows, dropped)
