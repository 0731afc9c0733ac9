"""A run as bytes in a format for people or programs. Pure: the run, its content and its site decide every byte."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from pepperbird.errors import UsageError
from pepperbird.model.catalog import Catalog
from pepperbird.model.run import Run
from pepperbird.model.site import Site
from pepperbird.model.text import clean
from pepperbird.report.earlier import NOTHING, Earlier
from pepperbird.report.facts import AgencyFacts

_FORMATS: Final = {
    "html": "pepperbird.report.as_html:render_html",
    "json": "pepperbird.report.as_json:render_json",
    "message": "pepperbird.report.as_message:render_message",
    "pdf": "pepperbird.report.as_pdf:render_pdf",
    "text": "pepperbird.report.as_text:render_text",
    "csv": "pepperbird.report.as_table:render_csv",
    "xlsx": "pepperbird.report.as_table:render_xlsx",
    "md": "pepperbird.report.as_md:render_md",
    "oscal-ar": "pepperbird.report.oscal_ar:render_ar",
    "oscal-poam": "pepperbird.report.oscal_poam:render_poam",
    "ansible": "pepperbird.report.as_ansible:render_ansible",
    "shell": "pepperbird.report.as_shell:render_shell",
}
FORMATS: Final = tuple(_FORMATS)
_ONE_AGENCY: Final = frozenset({"html", "message", "pdf", "oscal-ar", "oscal-poam", "ansible", "shell"})


def render(
    run: Run,
    catalog: Catalog,
    site: Site,
    agency_id: str | None,
    format: str,  # noqa: A002
    earlier: Mapping[str, Earlier] = MappingProxyType({}),
) -> bytes:
    """The report of one agency, or of all that the run looked at where the format holds several (json, text, tables).

    `earlier` has what came before the run, by agency; without it the report tells of this run alone.

    Raises UsageError for a format or an agency that is not there.
    """
    chosen = agencies_of(run, agency_id, format)
    module, _, function = _FORMATS[format].partition(":")
    write: Callable[[tuple[AgencyFacts, ...]], bytes] = getattr(importlib.import_module(module), function)
    return write(tuple(AgencyFacts(run, catalog, site, one, earlier.get(one, NOTHING)) for one in chosen))


def agencies_of(run: Run, agency_id: str | None, format: str) -> tuple[str, ...]:  # noqa: A002
    """The agencies that a report of this format is for. Raises UsageError as `render` does."""
    if format not in _FORMATS:
        raise UsageError(f"no format {clean(format, 40)!r}; there are: {', '.join(FORMATS)}")
    known = run.plan.agencies
    if not known:
        raise UsageError("the run looked at no agency, so there is nothing to report")
    listed = ", ".join(clean(name, 80) for name in known)
    if agency_id is not None and agency_id not in known:
        raise UsageError(f"the run did not look at agency {clean(agency_id, 80)!r}; it has: {listed}")
    if agency_id is not None:
        return (agency_id,)
    if format in _ONE_AGENCY and len(known) > 1:
        raise UsageError(f"name one agency, as a report is for one; the run has: {listed}")
    return known
