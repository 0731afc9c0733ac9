"""What to do, the quick wins that matter most first: one thing per check and control, over all assets where it fails.

A fail counts here when its pair stands as failed and nobody accepted a delay. What the administrator can do alone comes
first; what needs money from the budget, management or days of work, and the second of two ways to the same end, comes
after. Within each the most severe first, then the quickest, then by the points that the score gains (half of them
where the rest of the control cannot be seen yet), and what belongs to one control in the order of its clauses.
Where the agency agreed to a plan, what is in it comes before all else, the first due first.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import get_args

from pepperbird.model.agreed import AgreedItem
from pepperbird.model.check import Effort, Fix
from pepperbird.model.policy import Clause
from pepperbird.model.state import State, Tier
from pepperbird.model.verdict import ClauseResult, Finding, Verdict
from pepperbird.report.facts import AgencyFacts, name
from pepperbird.report.fixes import fix_of, scripts_of, subjects_for
from pepperbird.report.unproved import of_check
from pepperbird.report.view import Place, Todo
from pepperbird.report.words import SEVERITY
from pepperbird.score.agreed import days_between
from pepperbird.score.overdue import due_day

Key = tuple[str, str]
"""(control, asset), or (control, check)."""


def todos(facts: AgencyFacts, points: Mapping[Key, float] | None) -> tuple[Todo, ...]:
    """Everything to do, most valuable first. `points` by pair; None in a partial run, which has no score."""
    found: dict[Key, list[Finding]] = {}
    for finding in facts.findings():
        failing = facts.states.get((finding.control, finding.asset)) is State.FAIL
        if finding.state is State.FAIL and failing and _counts(facts, finding):
            found.setdefault((finding.control, finding.check), []).append(finding)
    listed = [_todo(facts, points, findings) for findings in found.values()]
    ordered = _agreed_first(_ordered(facts, listed))
    return tuple(replace(one, number=number) for number, one in enumerate(ordered, start=1))


def _agreed_first(todos: Sequence[Todo]) -> list[Todo]:
    """What is in the agreed plan before the rest, the first due first; of ways to one end only the better one."""
    first: list[Todo] = []
    for todo in sorted((one for one in todos if one.agreed), key=lambda one: one.due):
        if not _second(todo, first):
            first.append(todo)
    return first + [todo for todo in todos if todo not in first]


def _second(todo: Todo, before: Sequence[Todo]) -> bool:
    """True for another way to the end of one that comes before."""
    return any(one.control == todo.control and one.title in todo.instead for one in before)


def _ordered(facts: AgencyFacts, todos: Sequence[Todo]) -> list[Todo]:
    """By rank; of ways to the same end the best one keeps its place, and the others go to those that come after."""
    first: list[Todo] = []
    later: list[Todo] = []
    for todo in sorted(todos, key=lambda one: _rank(facts, one)):
        (later if _second(todo, (*first, *later)) or _must_wait(todo) else first).append(todo)
    return first + later


def _must_wait(todo: Todo) -> bool:
    """True for what one administrator cannot finish alone and today."""
    fix = todo.fix
    return not todo.scored or fix.cost == "budget" or fix.owner == "management" or fix.effort in ("days", "weeks")


def _rank(facts: AgencyFacts, todo: Todo) -> tuple[bool, int, int, float, str, int]:
    effort = get_args(Effort).index(todo.fix.effort)
    points = (todo.points or 0) / (2 if todo.waits else 1)
    order = [leaf.check for leaf in facts.control(todo.control).leaves]
    place = order.index(todo.check) if todo.check in order else len(order)
    return not todo.scored, SEVERITY.index(todo.severity), effort, -round(points, 1), todo.control, place


def _counts(facts: AgencyFacts, finding: Finding) -> bool:
    """False for a fail that changes nothing: of a supporting clause, or within the share that a quota allows."""
    verdict = facts.verdict[(finding.control, finding.asset)]
    return any(
        clause.state is State.FAIL and clause.role != "supporting"
        for clause in verdict.clauses
        if clause.clause == finding.clause
    )


def _todo(facts: AgencyFacts, points: Mapping[Key, float] | None, findings: Sequence[Finding]) -> Todo:
    first = findings[0]
    control = facts.control(first.control)
    check = facts.catalog.checks.get(first.check)
    fix = fix_of(facts.catalog, first) or Fix(
        text=" ".join(control.remediation), effort="days", cost="none", owner="admin", risk="none"
    )
    pairs = tuple(dict.fromkeys((finding.control, finding.asset) for finding in findings))
    also, waits = _also(facts, pairs, first.clause)
    item = _item(facts, pairs)
    since = min(_since(facts, pair) for pair in pairs)
    due = _due_together(facts, pairs, item)
    return Todo(
        number=0,
        check=first.check,
        control=control.id,
        control_title=control.title,
        title=check.title if check else control.title,
        why=check.why if check else control.rationale,
        severity=control.severity,
        scored=any(facts.required(*pair) for pair in pairs),
        points=None if points is None else sum(points.get(pair, 0.0) for pair in pairs),
        also=also,
        waits=waits,
        instead=_instead(facts, pairs, first),
        places=tuple(dict.fromkeys(Place(name(one.asset), name(one.subject)) for one in findings)),
        fix=fix,
        subjects=subjects_for(scripts_of(fix), [finding.subject for finding in findings]),
        due=due,
        overdue=bool(due) and due < facts.run.at[:10],
        age=days_between(since, facts.run.at),
        agreed=item.agreed if item else "",
        assigned=bool(item and item.assigned),
        who=name(item.who) if item else "",
        unproved=next((said for one in findings if (said := of_check(facts, one.check, one.asset))), ""),
    )


def _item(facts: AgencyFacts, pairs: Sequence[Key]) -> AgreedItem | None:
    """The item of the agreed plan that asks for any of these pairs, the first due of several."""
    plan = facts.site.plan_of(facts.id)
    found = [
        item
        for item in (plan.items if plan else ())
        if any(item.control == control and item.asset in (None, asset) for control, asset in pairs)
    ]
    return min(found, key=lambda one: one.due, default=None)


def due_of(facts: AgencyFacts, pair: Key) -> str:
    """The day by which a failing pair is to be fixed; '' where the agency agreed on a plan that does not ask for it."""
    return _due_together(facts, (pair,), _item(facts, (pair,)))


def _due_together(facts: AgencyFacts, pairs: Sequence[Key], item: AgreedItem | None) -> str:
    if item is not None:
        return item.due
    return "" if facts.site.plan_of(facts.id) is not None else min(_due(facts, pair) for pair in pairs)


def _since(facts: AgencyFacts, pair: Key) -> str:
    """When a fail was first known."""
    entry = facts.posture.get(pair)
    if entry is not None:
        verdict = facts.verdict.get(pair)
        return entry.failing_since or (verdict.at if verdict else entry.since)
    return facts.verdict[pair].at


def _due(facts: AgencyFacts, pair: Key) -> str:
    """The day by which a fail is to be fixed where no plan is agreed: counted from the day it was first known."""
    found = facts.verdict.get(pair) or facts.posture[pair]
    deadlines = facts.baseline(Tier(found.tier)).deadlines
    return due_day(_since(facts, pair), getattr(deadlines, found.severity))


def _also(facts: AgencyFacts, pairs: Sequence[Key], clause: str) -> tuple[tuple[str, ...], bool]:
    """What else keeps these pairs from passing once this clause does, each said once, and whether any is unseen."""
    fails: dict[str, None] = {}
    blind: dict[str, None] = {}
    for pair in pairs:
        verdict = facts.verdict[pair]
        for group in facts.control(pair[0]).clauses:
            if group.supporting is None and clause not in {leaf.id for leaf in group.leaves}:
                failing, unseen = _open(verdict, group)
                fails.update(dict.fromkeys(failing))
                blind.update(dict.fromkeys(unseen))
    titles = [facts.catalog.checks[check].title for check in fails if check in facts.catalog.checks]
    quoted = [f"“{title}”" for title in titles]
    listed = ", ".join(quoted[:-1]) + f" and {quoted[-1]}" if len(quoted) > 1 else "".join(quoted)
    said = [f"{listed} must pass too"] if quoted else []
    if blind:
        said.append(f"{', '.join(blind)} must be seen too (see what could not be seen)")
    return tuple(said), bool(blind)


def _instead(facts: AgencyFacts, pairs: Sequence[Key], finding: Finding) -> tuple[str, ...]:
    """The titles of other ways to the same end that fail in all these pairs too: one of them suffices."""
    group = next((one for one in facts.control(finding.control).clauses if _has(one, finding.clause)), None)
    if group is None or group.any_of is None:
        return ()
    ids = {leaf.id: leaf.check for leaf in group.leaves if leaf.check and leaf.check != finding.check}
    failing = [
        {ids[result.clause] for result in facts.verdict[pair].clauses if _fails(result) and result.clause in ids}
        for pair in pairs
    ]
    checks = facts.catalog.checks
    return tuple(checks[check].title for check in sorted(set.intersection(*failing)) if check in checks)


def _has(group: Clause, clause: str) -> bool:
    return any(leaf.id == clause for leaf in group.leaves)


def _fails(result: ClauseResult) -> bool:
    return result.state is State.FAIL


def _open(verdict: Verdict, group: Clause) -> tuple[Sequence[str], Sequence[str]]:
    """The failing checks, else the unseen clauses, for which a group of the pair does not pass; nothing if it does."""
    ids = {leaf.id for leaf in group.leaves}
    results = [result for result in verdict.clauses if result.clause in ids]
    if any(result.state is State.PASS for result in results):
        return (), ()
    failing = [result for result in results if result.state is State.FAIL]
    if failing:
        return [finding.check for result in failing for finding in result.findings], ()
    return (), [result.clause for result in results if result.state.unknown]
