"""Who signed what a report rests on: the agency's register and plan, with what changed, and the content that judged."""

from __future__ import annotations

from collections.abc import Sequence

from pepperbird.model.agreed import PlanChange, PlanStanding
from pepperbird.model.declared import ContentStanding, RegisterChange, RegisterStanding
from pepperbird.report.facts import AgencyFacts, name, shown
from pepperbird.report.view import RegisterView
from pepperbird.report.words import count, date

MOST = 30


def register_view(facts: AgencyFacts) -> RegisterView | None:
    """None in a partial run, which says nothing of the register."""
    if facts.partial or facts.agency is None:
        return None
    standing = facts.site.register(facts.id)
    changes = [shown(change_words(one)) for one in standing.changes]
    more = [f"and {len(changes) - MOST} more"] if len(changes) > MOST else []
    return RegisterView(shown(_sentence(standing)), (*changes[:MOST], *more), tuple(_gone(facts)))


def change_words(change: RegisterChange) -> str:
    """One difference between two registers: `asset db1 changed (tool, path)`."""
    fields = f" ({', '.join(change.fields)})" if change.fields else ""
    return f"{change.what} {change.id} {change.how}{fields}"


def content_words(standing: ContentStanding) -> str:
    """Who signed the content, as one sentence."""
    if standing.state == "signed":
        return shown(f"signed by {standing.by} on {date(standing.at)}.")
    if standing.state == "void":
        return shown(f"not validly signed: {standing.why}.")
    return shown(f"unsigned: {standing.why}." if standing.why else "unsigned.")


def plan_words(standing: PlanStanding) -> str:
    """How far an agreed plan is signed, and what to do where it is not, as sentences."""
    found = f"Agreed and signed by {standing.by} on {date(standing.at)}."
    if standing.state == "changed":
        found = f"Not signed as it stands: it was changed since {standing.by} signed it on {date(standing.at)}."
    elif not standing.is_signed:
        found = "Not signed."
    if standing.why:
        found += f" The signature beside it does not count: {standing.why}."
    if not standing.counts:
        found += (
            f" For the stage Managed it counts once the programme office has read and signed it "
            f"(`pepperbird agency plan {standing.agency} --sign`)."
        )
    if standing.is_signed and standing.changes:
        found += f" It differs from the one that was signed on {date(standing.compared_with)}:"
    elif standing.changes:
        found += " What was changed:"
    return shown(found)


def plan_change_words(change: PlanChange) -> str:
    """One difference between two agreed plans: `IS-20@db1: later, by 1 May 2027 in place of 1 March 2027`."""
    place = f"{change.control}@{change.asset}" if change.asset else change.control
    day = f"by {date(change.now)}" if change.now else ""
    words = {
        "added": f"added, {day}",
        "dropped": f"dropped: {change.reason}",
        "removed": "taken out without a reason",
        "later": f"later, {day} in place of {date(change.then)}" if change.then else "",
        "earlier": f"earlier, {day} in place of {date(change.then)}" if change.then else "",
        "changed": f"changed, still {day}",
        "forgotten": f"that it was dropped does not stand there any more ({change.reason})",
    }
    return name(place) + ": " + shown(words[change.how])


def _sentence(standing: RegisterStanding) -> str:
    why = f" The signature beside it does not count: {standing.why}." if standing.why else ""
    if standing.state in ("unsigned", "void"):
        return f"Register: unsigned.{why}"
    by = f"by {standing.by} on {date(standing.at)}"
    if standing.state == "changed":
        return f"Register: changed since signed {by}: {_counted(standing.changes)}.{why}"
    if not standing.compared_with:
        return f"Register: signed {by}.{why}"
    return f"Register: signed {by}. Since the one of {date(standing.compared_with)}: {_counted(standing.changes)}.{why}"


def _counted(changes: Sequence[RegisterChange]) -> str:
    if not changes:
        return "nothing"
    by_how = {how: [one.how for one in changes].count(how) for how in ("added", "removed", "changed")}
    return f"{count(len(changes), 'entry', 'entries')} ({', '.join(f'{n} {how}' for how, n in by_how.items() if n)})"


def _gone(facts: AgencyFacts) -> list[str]:
    """What was taken out of service and still stands in the score."""
    posture = {asset for _, asset in facts.posture}
    return [
        shown(
            f"{one.asset} was taken out of service on {date(one.on)} by {one.by}: {one.reason}. "
            f"Its results stand until {date(one.tail_ends)}."
        )
        for one in facts.site.decommissions
        if one.agency == facts.id and one.asset in posture and one.asset not in facts.assets
    ]
