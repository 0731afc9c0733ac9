"""Waivers buy time, not marks (scoring, section 4): laid over a resolved fail, on the day; never stored as a result.

Void is what runs longer than 90 days for critical and high or 180 for others, ends before it begins, or concerns a
control that cannot be waived. The rule of one renewal needs signed records and is left to them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from types import MappingProxyType
from typing import Final

from pepperbird.model.catalog import Catalog
from pepperbird.model.site import Waiver
from pepperbird.model.state import Severity, State
from pepperbird.model.verdict import PostureEntry, Verdict

LONGEST: Final = MappingProxyType({Severity.CRITICAL: 90, Severity.HIGH: 90, Severity.MEDIUM: 180, Severity.LOW: 180})
"""Days from first to last day."""


def failing_subjects(verdict: Verdict) -> tuple[str, ...]:
    """The subjects that make a pair fail, sorted; '' for a clause that fails as a whole. Supporting clauses do not."""
    if verdict.state is not State.FAIL:
        return ()
    subjects: set[str] = set()
    for clause in verdict.clauses:
        if clause.role != "supporting" and clause.state is State.FAIL:
            subjects |= {one.subject for one in clause.findings if one.state is State.FAIL} or {""}
    return tuple(sorted(subjects))


def overlay(entry: PostureEntry, waivers: Sequence[Waiver], catalog: Catalog, at: str) -> PostureEntry:
    """`entry`, waived where a waiver of the pair, or one for each failing subject, holds on the day of `at`.

    The waiver named is the first that will end: on that day the pair is a fail again.
    """
    if entry.state is not State.FAIL:
        return entry
    covering = _covering(entry, [one for one in waivers if _concerns(one, entry) and _holds(one, entry, catalog, at)])
    if not covering:
        return entry
    first = min(covering, key=lambda one: (one.until, one.id))
    return replace(entry, state=State.WAIVED, waiver=first.id, overlaid=State.FAIL)


def _covering(entry: PostureEntry, held: Sequence[Waiver]) -> list[Waiver]:
    """The waivers that together cover the whole fail, [] where a failing subject has none."""
    whole = [one for one in held if one.subject is None]
    if whole:
        return [max(whole, key=lambda one: (one.until, one.id))]
    covering = []
    for subject in entry.failing:
        of_subject = [one for one in held if one.subject == subject]
        if subject == "" or not of_subject:
            return []
        covering.append(max(of_subject, key=lambda one: (one.until, one.id)))
    return covering


def _concerns(waiver: Waiver, entry: PostureEntry) -> bool:
    return (waiver.agency, waiver.control, waiver.asset) == (entry.agency, entry.control, entry.asset)


def _holds(waiver: Waiver, entry: PostureEntry, catalog: Catalog, at: str) -> bool:
    """True on each day from `since` to `until`, both inside (UTC), for a waiver that is not void."""
    control = catalog.controls.get(entry.control)
    if control is None or not control.waivable:
        return False
    since, until, today = _day(waiver.since), _day(waiver.until), _day(at[:10])
    if since is None or until is None or today is None:
        return False
    return 0 <= (until - since).days <= LONGEST[control.severity] and since <= today <= until


def _day(text: str) -> date | None:
    """A calendar day; None for one that does not exist (such a waiver is void)."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
