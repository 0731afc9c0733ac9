"""What must hold before a waiver is asked for or approved: a fail that stands, a control that can be waived, its terms.

A command refuses here what judging would ignore: nobody is to think that a waiver holds which does not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pepperbird.errors import UsageError
from pepperbird.model.catalog import Catalog
from pepperbird.model.declared import Waiver
from pepperbird.model.site import Site
from pepperbird.model.state import State
from pepperbird.model.verdict import PostureEntry
from pepperbird.scan.cases import Case, cases_of
from pepperbird.score.waiver import last_day, void_reason
from pepperbird.store.runs import Store
from pepperbird.trust.days import begin_of, budget_end, end_of
from pepperbird.trust.waiver import Request


@dataclass(frozen=True)
class Standing:
    """The fail that a waiver is about, and the run that saw it."""

    entry: PostureEntry
    run: str


def cases_in(store: Store, site: Site) -> list[Case]:
    """Every request of the site's agencies."""
    known = {agency.id for agency in site.agencies}
    records = [one for one in store.signed.all() if one.agency in known]
    return cases_of(site.file, records, store.ledger.ring())


def failing(store: Store, request: Request) -> Standing:
    """The fail as it stands. Raises UsageError over a pass, an unknown, or another subject."""
    run, entries = store.standing(request.agency)
    what = f"{request.control} on {request.asset}"
    entry = next((one for one in entries if (one.control, one.asset) == (request.control, request.asset)), None)
    if entry is None:
        raise UsageError(
            f"{request.agency} has no {what} that a whole scan judged; a waiver is for a fail that was seen"
        )
    if entry.state not in (State.FAIL, State.WAIVED):
        raise UsageError(f"{what} stands as {entry.state}: a waiver is laid over a fail, never over what is not known")
    if request.subject is not None and request.subject not in entry.failing:
        seen = ", ".join(one for one in entry.failing if one) or "none by name"
        raise UsageError(f"{what}: {request.subject!r} does not fail; what fails there: {seen}")
    return Standing(entry, run)


def check_terms(site: Site, catalog: Catalog, request: Request, since: str, until: str, before: Sequence[Case],
                standing: Standing | None) -> Waiver:  # fmt: skip
    """The waiver that the request would give from `since` to `until`. Raises UsageError where it would be void."""
    zone = site.file.time_zone
    waiver = Waiver(
        id="w-new", agency=request.agency, control=request.control, asset=request.asset, subject=request.subject,
        reason=request.reason, measure=request.measure, approved_by="nobody yet", since=since, until=until,
        begins=begin_of(since, zone), ends=end_of(until, zone), requested_by=request.by,
        budget_until=budget_end(since, site.file.budget_year) if request.budget else "",
        earlier=tuple(case.waiver.ends for case in before if case.waiver is not None and _same(case, request)),
    )  # fmt: skip
    if reason := void_reason(waiver, catalog, standing.entry.failing_since if standing else ""):
        raise UsageError(f"{request.control} on {request.asset}: not waived: {reason}")
    return waiver


def latest_day(site: Site, catalog: Catalog, request: Request, since: str) -> str:
    """The last day that an approval from `since` on may have."""
    budget = budget_end(since, site.file.budget_year) if request.budget else ""
    waiver = Waiver(
        id="w-new", agency=request.agency, control=request.control, asset=request.asset, reason="-", measure="-",
        approved_by="-", since=since, until=since, budget_until=budget,
    )  # fmt: skip
    return last_day(waiver, catalog)


def _same(case: Case, request: Request) -> bool:
    one = case.request
    pair = (one.agency, one.control, one.asset) == (request.agency, request.control, request.asset)
    return pair and case.state != "void" and (one.subject == request.subject or None in (one.subject, request.subject))
