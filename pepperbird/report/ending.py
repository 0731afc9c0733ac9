"""What ends soon: accepted delays, signed documents, leaves to test, declarations of absence, what a visit showed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date as day_of

from pepperbird.report.facts import AgencyFacts, name, shown
from pepperbird.report.view_ahead import Ending
from pepperbird.report.visits import visits
from pepperbird.report.words import count, kind

SOON = 60
"""Days ahead that are looked at."""
MOST = 8
"""Servers that are named."""


def ending(facts: AgencyFacts) -> tuple[Ending, ...]:
    """The first to end first; what ended already stands elsewhere, as what it leaves open."""
    today = day_of.fromisoformat(facts.run.at[:10])
    found = []
    for what, until, then in _all(facts):
        try:
            days = (day_of.fromisoformat(until[:10]) - today).days
        except ValueError:
            continue
        if 0 <= days <= SOON:
            found.append(Ending(shown(what), until[:10], days, then))
    return tuple(sorted([*found, *_visit(facts)], key=lambda one: (one.days, one.what)))


def _visit(facts: AgencyFacts) -> Iterator[Ending]:
    """Of servers that are looked at by kits."""
    soon = visits(facts, facts.run.at).soon
    if soon is not None:
        names = ", ".join(name(one) for one in soon.servers[:MOST]) + (
            " and others" if len(soon.servers) > MOST else ""
        )
        then = f"then {count(soon.results, 'result')} count no more: ask the programme office for new kits before"
        yield Ending(f"What a visit showed {soon.when} of {names}", soon.first, soon.left, then)


def _all(facts: AgencyFacts) -> Iterator[tuple[str, str, str]]:
    for waiver in facts.waivers:
        if facts.applied(waiver) and not facts.void(waiver):
            place = f"{waiver.control} on {name(waiver.asset)}"
            yield f"Accepted delay {waiver.id}: {place}", waiver.until, "then it is overdue again: finish it before"
    for one in facts.site.attested:
        if one.agency == facts.id and not one.refusal:
            place = f" of {name(one.asset)}" if one.asset else ""
            yield f"Document for {one.clause}{place}: {name(one.document)}", one.valid_until, "renew and sign it before"
    if facts.agency is not None:
        for leave in facts.agency.authorisations:
            yield f"Leave to test: {name(leave.probe)}", leave.until, "after that day it is not asked any more"
        for absence in facts.agency.absences:
            yield f"Declared absent: {kind(absence.kind)}", absence.until, "declare it again, or register what there is"
