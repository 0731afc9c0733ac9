"""What a few fixes bring together: the agency is scored again as if their checks passed, by the rules of the score.

Only what was seen counts: a pair moves where this run saw it fail, and nothing that fails or is unknown in it would
be left. So what is promised is what the next scan finds, unless something else changes until then.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from pepperbird.evaluate.algebra import any_of, combine
from pepperbird.model.policy import Clause
from pepperbird.model.state import Assurance, State
from pepperbird.model.verdict import ClauseResult, Verdict
from pepperbird.report.facts import AgencyFacts
from pepperbird.report.gaps import DOCUMENT
from pepperbird.report.view import FIRST, Todo
from pepperbird.report.view_ahead import Gain
from pepperbird.score.agency import score_agency

GOOD = frozenset({State.PASS, State.NOT_APPLICABLE})
Pair = tuple[str, str]


def gain(facts: AgencyFacts, todos: Iterable[Todo]) -> Gain | None:
    """None where there is no agency score, or nothing is to be done."""
    checks = frozenset(todo.check for todo in todos) - {DOCUMENT}
    if facts.partial or facts.score is None or facts.agency is None or not checks:
        return None
    mended = mended_pairs(facts, checks)
    posture = [
        replace(entry, state=State.PASS, assurance=Assurance.OBSERVED, overlaid=None)
        if (entry.control, entry.asset) in mended
        else entry
        for entry in facts.posture.values()
    ]
    before = facts.score
    after = score_agency(facts.catalog, facts.site, facts.run.plan, posture, facts.id, at=facts.run.at)
    return Gain(
        before=before.figures.score,
        after=after.figures.score,
        points=round(after.figures.score - before.figures.score, 1),
        grade=str(after.grade) if after.grade != before.grade else "",
        stage=str(after.stage.stage) if after.stage.stage and after.stage.stage != before.stage.stage else "",
        pairs=len(mended),
    )


def with_gains(facts: AgencyFacts, todos: Sequence[Todo]) -> tuple[Todo, ...]:
    """The things to do, and of the first few what each adds when they are done one after the other."""
    found: list[Todo] = []
    so_far = 0.0
    for todo in todos[:FIRST]:
        together = gain(facts, (*found, todo))
        sum_now = together.points if together else so_far
        found.append(replace(todo, gains=round(sum_now - so_far, 1) if together else None))
        so_far = sum_now
    return (*found, *todos[FIRST:])


def mended_pairs(facts: AgencyFacts, checks: frozenset[str]) -> frozenset[Pair]:
    """The failing pairs that pass when each of these checks does."""
    return frozenset(
        pair
        for pair, verdict in facts.verdict.items()
        if facts.states[pair] is State.FAIL and verdict.state is State.FAIL and _passes(facts, verdict, checks)
    )


def _passes(facts: AgencyFacts, verdict: Verdict, checks: frozenset[str]) -> bool:
    states = {one.clause: _after(one, checks) for one in verdict.clauses}
    groups = [
        (group, found)
        for group in facts.control(verdict.control).clauses
        if (found := [states[leaf.id] for leaf in group.leaves if leaf.id in states])
    ]
    if any(group.supporting is not None and State.FAIL in found for group, found in groups):
        return False
    required = [_state(group, found) for group, found in groups if group.supporting is None]
    return bool(required) and combine(required) is State.PASS


def _state(group: Clause, found: list[State]) -> State:
    return any_of(found) if group.any_of is not None else combine(found)


def _after(result: ClauseResult, checks: frozenset[str]) -> State:
    """The clause's state when these checks pass: only a fail of theirs moves."""
    if result.state is not State.FAIL:
        return result.state
    bad = [one for one in result.findings if one.state not in GOOD]
    return State.PASS if bad and all(one.state is State.FAIL and one.check in checks for one in bad) else State.FAIL
