"""One pair, one more result: what stands now. `step` and `aged` are the whole rule (design, section 2).

The newest result stands, with two exceptions. A fail stands until a fresh pass or fresh positive evidence that the
control is not applicable: neither silence, nor an error, nor a declaration, nor removal from the register ends it. And
`unreachable`, like a heavy probe that was left out on purpose, leaves the last conclusive result standing inside its
freshness window; after that the pair is stale, and stays so until something new is seen: a longer window granted later
does not make an old pass fresh again (P7).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from pepperbird.model.gap import GapReason
from pepperbird.model.state import Assurance, State
from pepperbird.model.verdict import PostureEntry, Verdict
from pepperbird.score.waiver import failing_subjects

LAPSING = (State.PASS, State.NOT_APPLICABLE)
"""What is too old one day; a fail never is."""


@dataclass(frozen=True, slots=True)
class Windows:
    """Days that a pass and a not_applicable of this pair stay fresh; None where a pass is never carried."""

    result: int | None
    not_applicable: int

    def fresh(self, state: State, since: str, at: str) -> bool:
        """True while a pass or not_applicable of `since` still counts at `at`: the last day is inside."""
        return moment(at) <= self.until(state, since)

    def until(self, state: State, since: str) -> datetime:
        """The last moment at which a pass or not_applicable of `since` still counts."""
        days = self.not_applicable if state is State.NOT_APPLICABLE else self.result
        return moment(since) + timedelta(days=days or 0)


def moment(time: str) -> datetime:
    """An RFC 3339 time in UTC."""
    return datetime.fromisoformat(time)


def step(before: PostureEntry | None, verdict: Verdict, windows: Windows) -> PostureEntry:
    """What stands once `verdict` is known. `before` carries no waiver. A verdict older than what stands is ignored."""
    if before is not None and moment(verdict.at) < moment(before.since):
        return before
    if before is None or (verdict.state.conclusive and not _only_declared(before, verdict)):
        return _of(verdict, before)
    if State.FAIL in (before.state, before.overlaid):
        return replace(before, state=State.FAIL, overlaid=None)
    if (verdict.state is State.UNREACHABLE or _not_due(verdict)) and _stands(before, windows):
        return aged(before, windows, verdict.at)
    return _of(verdict)


def aged(entry: PostureEntry, windows: Windows, at: str) -> PostureEntry:
    """`entry` as of `at`: stale once its window has passed. A fail never expires."""
    if entry.state not in LAPSING or windows.fresh(entry.state, entry.since, at):
        return entry
    return replace(entry, state=State.STALE, overlaid=entry.state)


def removed(entry: PostureEntry) -> PostureEntry:
    """A pair that left the register without a record: unchecked. A fail is remembered for its return."""
    if entry.state is State.UNCHECKED:
        return entry
    return replace(entry, state=State.UNCHECKED, overlaid=State.FAIL if entry.state is State.FAIL else None)


def bare(entry: PostureEntry) -> PostureEntry:
    """`entry` without the waiver laid over it: a waiver is never part of a result."""
    if entry.state is State.WAIVED:
        return replace(entry, state=State.FAIL, waiver=None, overlaid=None)
    return entry


def _only_declared(before: PostureEntry, verdict: Verdict) -> bool:
    """True where a declaration alone, signed as it may be, would end a fail: that takes evidence."""
    declared = verdict.state is State.NOT_APPLICABLE and verdict.assurance is Assurance.ATTESTED
    return declared and State.FAIL in (before.state, before.overlaid)


def _stands(before: PostureEntry, windows: Windows) -> bool:
    if before.state is State.PASS:
        return windows.result is not None
    return before.state in (State.NOT_APPLICABLE, State.STALE)


def _not_due(verdict: Verdict) -> bool:
    """True where nothing keeps the pair from being judged but what was left out of this scan on purpose."""
    open_clauses = [clause for clause in verdict.clauses if clause.state is verdict.state]
    reasons = {one.gap.reason for clause in open_clauses for one in clause.findings if one.gap is not None}
    return verdict.state is State.UNCHECKED and reasons == {GapReason.NOT_DUE}


def _of(verdict: Verdict, before: PostureEntry | None = None) -> PostureEntry:
    state = State.FAIL if verdict.state is State.WAIVED else verdict.state
    failed = before.failing_since if before and State.FAIL in (before.state, before.overlaid) else ""
    return PostureEntry(
        agency=verdict.agency,
        control=verdict.control,
        asset=verdict.asset,
        kind=verdict.kind,
        tier=verdict.tier,
        severity=verdict.severity,
        enforcement=verdict.enforcement,
        state=state,
        assurance=verdict.assurance,
        since=verdict.at,
        failing=failing_subjects(verdict),
        failing_since=(failed or verdict.at) if state is State.FAIL else "",
    )
