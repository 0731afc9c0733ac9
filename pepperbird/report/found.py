"""All fails by standard, control and check, with how each was seen; passes and gaps have their own parts."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from pepperbird.expression.template import readable
from pepperbird.model.state import State, Tier
from pepperbird.model.verdict import Finding
from pepperbird.report.facts import AgencyFacts, name, shown, tally
from pepperbird.report.unproved import of_check
from pepperbird.report.view import CheckView, ControlView, Seen, StandardView, Todo
from pepperbird.report.words import STANDARDS, date

_PARAMETER = re.compile(r"\{([a-z][a-z0-9_]*)\}")
MAX_SEEN = 50
"""Fails shown per check; the JSON has all."""


def standards(facts: AgencyFacts, todos: Sequence[Todo]) -> tuple[StandardView, ...]:
    """Every control with a fail, under its standard, in the order of the standards' weight."""
    by_check = {(todo.control, todo.check): todo for todo in todos}
    fails: dict[str, list[Finding]] = {}
    for finding in facts.findings():
        if finding.state is State.FAIL:
            fails.setdefault(finding.control, []).append(finding)
    carried = _carried(facts)
    controls = [
        _control(facts, control, fails.get(control, []), carried.get(control, []), by_check)
        for control in sorted({*fails, *carried})
    ]
    found = []
    for standard, words in STANDARDS:
        own = tuple(control for control in controls if control.id.startswith(standard))
        if own:
            policy = facts.catalog.policies.get(standard)
            found.append(StandardView(standard, policy.title if policy else words, own))
    return tuple(found)


def _carried(facts: AgencyFacts) -> dict[str, list[str]]:
    """By control, the fails that stand although this run could not look again, in words."""
    told: dict[str, list[str]] = {}
    for (control, asset), entry in sorted(facts.posture.items()):
        verdict = facts.verdict.get((control, asset))
        failing = State.FAIL in (entry.state, entry.overlaid)
        again = (control, asset) not in facts.standing and verdict is not None and verdict.state is State.FAIL
        if failing and not again:
            since = date(entry.failing_since or entry.since)
            told.setdefault(control, []).append(
                f"{name(asset)}: fails since {since}; this run could not look again, so that stands."
            )
    return told


def _control(
    facts: AgencyFacts,
    control_id: str,
    fails: Sequence[Finding],
    carried: Sequence[str],
    todos: dict[tuple[str, str], Todo],
) -> ControlView:
    control = facts.control(control_id)
    by_check: dict[str, list[Finding]] = {}
    for finding in fails:
        by_check.setdefault(finding.check, []).append(finding)
    return ControlView(
        id=control.id,
        title=control.title,
        statement=_statement(facts, control_id),
        severity=control.severity,
        tally=tally(state for (own, _), state in facts.states.items() if own == control_id),
        checks=tuple(_check(facts, check, found, todos) for check, found in by_check.items()),
        carried=tuple(carried),
        remediation=control.remediation,
    )


def _statement(facts: AgencyFacts, control_id: str) -> str:
    """What the control asks for, with the values of the agency's own tier in the place of its parameters."""
    tier = facts.agency.tier if facts.agency else Tier.FOUNDATION
    values = facts.baseline(tier).controls[control_id].params

    def value(match: re.Match[str]) -> str:
        found = values.get(match[1])
        return match[0] if found is None else readable(list(found) if isinstance(found, tuple) else found)

    return _PARAMETER.sub(value, facts.control(control_id).statement)


def _check(
    facts: AgencyFacts, check_id: str, findings: Sequence[Finding], todos: dict[tuple[str, str], Todo]
) -> CheckView:
    check = facts.catalog.checks.get(check_id)
    first = findings[0]
    todo = todos.get((first.control, check_id))
    return CheckView(
        check=check_id,
        title=check.title if check else "Document" if check_id == "document" else facts.control(first.control).title,
        seen=tuple(_seen(facts, findings[:MAX_SEEN])),
        hidden=max(len(findings) - MAX_SEEN, 0),
        todo=todo,
        note="" if todo else _note(facts, findings),
    )


def _seen(facts: AgencyFacts, findings: Iterable[Finding]) -> Iterable[Seen]:
    for one in findings:
        yield Seen(
            asset=name(one.asset),
            subject=name(one.subject),
            message=shown(one.message),
            expected=shown(one.expected),
            clause=one.clause,
            decided=facts.verdict[(one.control, one.asset)].decided_by == one.clause,
            source=shown(one.source),
            read_at=one.read_at,
            unproved=of_check(facts, one.check, one.asset),
        )


def _note(facts: AgencyFacts, findings: Sequence[Finding]) -> str:
    """Why these fails ask for nothing now."""
    states = {facts.states.get((one.control, one.asset)) for one in findings}
    if states == {State.WAIVED}:
        return "The delay is accepted for now: see the waivers."
    if State.PASS in states:
        return "Where the control passes all the same, another way to meet it does, or enough of the others do."
    if states & {State.ERROR, State.UNCHECKED, State.UNREACHABLE}:
        return "This contradicts what else was seen there, so the control could not be decided."
    return "This alone does not fail the control."
