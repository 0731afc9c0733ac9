"""Waivers buy time, not marks (scoring, section 4): laid over a resolved fail, on the day; never stored as a result.

Void is what concerns a control that cannot be waived, ends before it begins, runs longer than 90 days for critical and
high or 180 for others (to the end of the budget year where the fix needs a line in the budget), or follows a waiver of
the same fail that was renewed already.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from types import MappingProxyType
from typing import Final

from pepperbird.model.catalog import Catalog
from pepperbird.model.declared import Waiver
from pepperbird.model.state import Severity, State
from pepperbird.model.verdict import PostureEntry, Verdict

LONGEST: Final = MappingProxyType({Severity.CRITICAL: 90, Severity.HIGH: 90, Severity.MEDIUM: 180, Severity.LOW: 180})
"""Days from first to last day."""
RENEWALS: Final = 1


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
    """`entry`, waived where a waiver of the pair, or one for each failing subject, holds at `at`.

    The waiver named is the first that will end: from then on the pair is a fail again.
    """
    if entry.state is not State.FAIL:
        return entry
    covering = _covering(entry, [one for one in waivers if _concerns(one, entry) and _holds(one, entry, catalog, at)])
    if not covering:
        return entry
    first = min(covering, key=lambda one: (one.until, one.id))
    return replace(entry, state=State.WAIVED, waiver=first.id, overlaid=State.FAIL)


def needs_budget(catalog: Catalog, control_id: str) -> bool:
    """True where some fix of the control needs a line in the budget, as the content says."""
    checks = (catalog.checks.get(leaf.check) for leaf in catalog.controls[control_id].leaves if leaf.check)
    return any(check is not None and check.fix.cost == "budget" for check in checks)


def last_day(waiver: Waiver, catalog: Catalog) -> str:
    """The last day that a waiver of such a control may have."""
    days = date.fromisoformat(waiver.since).toordinal() + LONGEST[catalog.controls[waiver.control].severity]
    longest = date.fromordinal(min(days, date.max.toordinal())).isoformat()
    return max(longest, waiver.budget_until) if needs_budget(catalog, waiver.control) else longest


def void_reason(waiver: Waiver, catalog: Catalog, failing_since: str = "") -> str:
    """Why the waiver can never hold, as a sentence goes on after "it is void: "; '' where it may.

    `failing_since` is when the fail began, whose waivers are counted: those of an earlier fail were another matter.
    """
    control = catalog.controls.get(waiver.control)
    if waiver.void:
        return waiver.void
    if control is None:
        return f"the content has no {waiver.control}"
    if not control.waivable:
        return f"{control.id} cannot be waived"
    since, until = _day(waiver.since), _day(waiver.until)
    if since is None or until is None or until < since:
        return "it ends before it begins"
    if waiver.until > (last := last_day(waiver, catalog)):
        return f"it runs to {waiver.until}, and {last} is the last day for {control.severity}{_budget(waiver, catalog)}"
    counted = [end for end in waiver.earlier if not failing_since or _moment(end) > _moment(failing_since)]
    if len(counted) > RENEWALS:
        return "this fail was waived and the waiver renewed already; there is no second renewal"
    return ""


def running(waiver: Waiver, at: str) -> bool:
    """True from the beginning of `since` to the end of `until`, by the site's clocks."""
    if waiver.ends:
        return _moment(waiver.begins) <= _moment(at) < _moment(waiver.ends)
    return waiver.since <= at[:10] <= waiver.until


def _budget(waiver: Waiver, catalog: Catalog) -> str:
    if not waiver.budget_until:
        return ""
    needed = needs_budget(catalog, waiver.control)
    return " in this budget year" if needed else ": the content does not say that its fix needs a budget"


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
    return not void_reason(waiver, catalog, entry.failing_since) and running(waiver, at)


def _day(text: str) -> date | None:
    """A calendar day; None for one that does not exist (such a waiver is void)."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)
