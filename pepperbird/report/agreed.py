"""The agreed plan as a report shows it."""

from __future__ import annotations

from pepperbird.model.agreed import AgreedPlan
from pepperbird.report.facts import AgencyFacts, name, shown
from pepperbird.report.plan_text import told
from pepperbird.report.signed import plan_change_words, plan_words
from pepperbird.report.view_ahead import PlanRow, PlanView
from pepperbird.report.words import date
from pepperbird.score.agreed import standings

MOST_DROPPED = 10
MOST_CHANGES = 30


def plan_view(facts: AgencyFacts) -> PlanView | None:
    """None where nothing was ever agreed, or the run is of a part."""
    plan, standing = facts.site.plan_of(facts.id), facts.site.plan_standing(facts.id)
    if facts.partial or (plan is None and standing.state == "unsigned"):
        return None
    plan = plan or AgreedPlan(agency=facts.id)
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
    changes = tuple(plan_change_words(one) for one in standing.changes[:MOST_CHANGES])
    return PlanView(told(found), rows, dropped, plan_words(standing), changes)
