"""What was asked for and decided, one paragraph a delay."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from pepperbird.cli.waiver_request import read_content
from pepperbird.model.declared import Waiver
from pepperbird.model.site import Site
from pepperbird.score.waiver import running, void_reason

if TYPE_CHECKING:
    from pepperbird.model.catalog import Catalog
    from pepperbird.scan.cases import Case
    from pepperbird.store.runs import Store


def lines(store: Store, site: Site, agency: str | None, content: Path | None, at: str) -> Iterator[str]:
    """Everything that was asked for, oldest first, and files that do not count."""
    from pepperbird.scan.declared_waivers import waivers
    from pepperbird.scan.waiving import cases_in

    catalog = read_content(site, content)
    entries = {(one.agency, one.control, one.asset): one for a in site.agencies for one in store.standing(a.id)[1]}
    count = 0
    for case in cases_in(store, site):
        if agency in (None, case.request.agency):
            count += 1
            request = case.request
            entry = entries.get((request.agency, request.control, request.asset))
            yield from _case(case, catalog, entry.failing_since if entry else "", at)
    for one in waivers(site, (), store.ledger.ring(), at):
        if agency in (None, one.agency):
            count += 1
            told = one.void or f"unsigned, from a file; {one.approved_by}, {_days(one)}"
            yield f"waivers/{one.id}.yaml  {one.agency} {one.control} on {one.asset}: {told}"
    if not count:
        yield "No waiver was asked for."


def _case(case: Case, catalog: Catalog, failing_since: str, at: str) -> Iterator[str]:
    one = case.request
    subject = f", {one.subject}" if one.subject else ""
    yield f"{case.id}  {_state(case, catalog, failing_since, at)}  {one.agency} {one.control} on {one.asset}{subject}"
    paper = f", on paper, seen by {one.witnessed.by} on {one.witnessed.on}" if one.witnessed else ""
    yield f"    asked for by {one.by}{paper} on {one.at[:10]}, until {one.until}: {one.reason}"
    yield f"    meanwhile: {one.measure}"
    if case.waiver is not None and case.decided is not None:
        by, on = case.decided.by, case.decided.at[:10]
        yield f"    approved by {by} on {on}: {_days(case.waiver)}. {case.decided.reason}".rstrip()
    if why := case.why or _void(case, catalog, failing_since):
        yield f"    {why}"


def _state(case: Case, catalog: Catalog, failing_since: str, at: str) -> str:
    if case.waiver is None or case.state != "approved":
        return case.state
    if _void(case, catalog, failing_since):
        return "void"
    if running(case.waiver, at):
        return "holds" + (" (renewed)" if case.waiver.earlier else "")
    return "ended" if case.waiver.ends <= at else "approved, to begin"


def _void(case: Case, catalog: Catalog, failing_since: str) -> str:
    return void_reason(case.waiver, catalog, failing_since) if case.waiver is not None else ""


def _days(waiver: Waiver) -> str:
    return f"from {waiver.since} to {waiver.until}"
