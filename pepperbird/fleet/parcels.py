"""Parcels: one agency's report of a stored run, as those who get it after each run or once a week get it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from pepperbird.errors import UsageError
from pepperbird.model.catalog import Catalog
from pepperbird.model.delivery import Delivery
from pepperbird.model.run import Run
from pepperbird.model.site import Site
from pepperbird.model.text import clean
from pepperbird.notify.parcel import Attachment, Parcel
from pepperbird.report.as_digest import render_digest
from pepperbird.report.earlier import NOTHING, Earlier
from pepperbird.report.facts import AgencyFacts
from pepperbird.report.render import render
from pepperbird.report.words import date

KINDS: Final = {
    "html": "text/html", "pdf": "application/pdf", "text": "text/plain", "json": "application/json", "csv": "text/csv",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "md": "text/markdown",
    "oscal-ar": "application/json", "oscal-poam": "application/json",
}  # fmt: skip
"""Formats that are sent, and their media types. Scripts are not: who runs them fetches them."""
ENDINGS: Final = {"text": "txt", "oscal-ar": "oscal-ar.json", "oscal-poam": "oscal-poam.json"}


@dataclass(frozen=True)
class Reported:
    """A stored run with what its report is made of: the content that it was judged by and the register as it was."""

    run: Run
    catalog: Catalog
    site: Site


def report_parcel(told: Reported, agency: str, settings: Delivery, earlier: Mapping[str, Earlier]) -> Parcel:
    """What goes out after a run. Raises UsageError for a format that is not sent."""
    text = render(told.run, told.catalog, told.site, agency, "message", earlier).decode()
    return _parcel(told, agency, settings, earlier, "Report of", text)


def digest_parcel(told: Reported, agency: str, settings: Delivery, earlier: Mapping[str, Earlier]) -> Parcel:
    """What goes out once a week: `earlier` has what changed since the last mail. Raises UsageError likewise."""
    facts = AgencyFacts(told.run, told.catalog, told.site, agency, earlier.get(agency, NOTHING))
    return _parcel(told, agency, settings, earlier, "The week of", render_digest((facts,)).decode())


def _parcel(
    told: Reported, agency: str, settings: Delivery, earlier: Mapping[str, Earlier], what: str, text: str
) -> Parcel:
    name = next((one.name for one in told.site.agencies if one.id == agency), agency)
    return Parcel(
        agency=agency,
        run=told.run.id,
        at=told.run.at,
        subject=f"{what} {clean(name, 100)}, {date(told.run.at)}",
        text=text,
        files=tuple(_file(told, agency, form, earlier) for form in settings.formats),
    )


def _file(told: Reported, agency: str, form: str, earlier: Mapping[str, Earlier]) -> Attachment:
    require_sent((form,))
    data = render(told.run, told.catalog, told.site, agency, form, {} if form == "json" else earlier)
    return Attachment(f"report.{ENDINGS.get(form, form)}", KINDS[form], data)


def require_sent(formats: tuple[str, ...]) -> None:
    """Raises UsageError for a format that is not sent."""
    for form in formats:
        if form not in KINDS:
            raise UsageError(
                f"site.yaml: delivery.formats: no format {clean(form, 40)!r}; there are: {', '.join(KINDS)}"
            )
