"""`pepperbird deliver`: bring each agency's report to its contacts, once, with a receipt."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pepperbird.cli.common import site_directory
from pepperbird.cli.opening import open_store
from pepperbird.cli.passphrase import passphrase
from pepperbird.errors import UsageError
from pepperbird.model.delivery import WAYS
from pepperbird.model.text import clean

if TYPE_CHECKING:
    from pepperbird.model.catalog import Catalog
    from pepperbird.model.delivery import Delivery, Way
    from pepperbird.model.people import Contact
    from pepperbird.model.run import Run
    from pepperbird.model.site import Site
    from pepperbird.notify.deliver import Delivered
    from pepperbird.notify.errands import Given
    from pepperbird.notify.parcel import Attachment, Parcel
    from pepperbird.report.earlier import Earlier
    from pepperbird.store.receipts import Receipts

KINDS = {
    "html": "text/html", "pdf": "application/pdf", "text": "text/plain", "json": "application/json", "csv": "text/csv",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "md": "text/markdown",
    "oscal-ar": "application/json", "oscal-poam": "application/json",
}  # fmt: skip
"""Formats that are sent, and their media types. Scripts are not: who runs them fetches them."""
ENDINGS = {"text": "txt", "oscal-ar": "oscal-ar.json", "oscal-poam": "oscal-poam.json"}
STATES = {"sent": "sent", "earlier": "sent before", "unsure": "UNSURE", "failed": "FAILED"}


@click.command()
@click.argument("run", default="latest")
@click.option("--agency", metavar="ID", help="Only this agency; else each that the run looked at.")
@click.option("--to", "to", type=click.Choice(WAYS), multiple=True, help="Only this way; else all the site has.")
@click.option("--site", "site", type=click.Path(path_type=Path), help="The site folder; by default this one.")
@click.option("--again", is_flag=True, help="Send also what was sent, or may have been.")
@click.option("--receipts", "listed", is_flag=True, help="Send nothing; list what was delivered, newest first.")
def deliver(run: str, agency: str | None, to: tuple[Way, ...], site: Path | None, again: bool, listed: bool) -> int:
    """Deliver the report of a stored run to each agency's contacts. RUN is an id, the start of one, or `latest`.

    How is said under `delivery:` in site.yaml. The same report goes to the same recipient once. Exit status 1 where
    something did not arrive, or may not have.
    """
    if listed:
        return _list(agency, site)
    from pepperbird.inventory.read import read_site
    from pepperbird.notify.errands import Given, ways_of
    from pepperbird.scan.again import stored_content
    from pepperbird.scan.earlier import earlier_of

    root = site_directory(site)
    current = read_site(root)
    settings = current.file.delivery
    if settings is None:
        raise UsageError(f"{root / 'site.yaml'}: has no `delivery:`; docs/delivery.md says what to write")
    given = Given(root, _secrets(settings, ways := ways_of(settings, to), root))
    store = open_store(root)
    try:
        run_id = store.find(run)
        found, then = store.load(run_id), store.inputs(run_id)[0]
        if agency is not None and agency not in found.plan.agencies:
            raise UsageError(f"the run did not look at agency {clean(agency, 80)!r}")
        whole = True
        for one in found.plan.agencies if agency is None else (agency,):
            contacts = next((known.contacts for known in current.agencies if known.id == one), ())
            with stored_content(store, run_id) as catalog:
                earlier = earlier_of(store, found, (one,), catalog)
                parcel = _parcel(found, catalog, then, one, settings, earlier)
            whole &= _bring(parcel, contacts, settings, ways, given, store.receipts, again)
    finally:
        store.close()
    return 0 if whole else 1


def _bring(
    parcel: Parcel, contacts: tuple[Contact, ...], settings: Delivery, ways: tuple[Way, ...], given: Given,
    receipts: Receipts, again: bool,
) -> bool:  # fmt: skip
    """Every errand of a parcel; True where all of it arrived."""
    from pepperbird.notify.deliver import deliver as carry
    from pepperbird.notify.errands import errands
    from pepperbird.scan.clock import now

    whole = True
    if "mail" in ways and not any(one.mail for one in contacts):
        click.echo(f"{clean(parcel.agency, 80)}: FAILED: the register names no contact with a mail address")
        whole = False
    for errand in tuple(errands(parcel, contacts, settings, ways, given)):
        done = carry(errand, receipts, now, time.sleep, again=again)
        whole &= done.state in ("sent", "earlier")
        click.echo(_line(done))
    return whole


def _line(done: Delivered) -> str:
    errand = done.errand
    tries = f", {done.tries} tries" if done.tries > 1 else ""
    place = clean(errand.recipient, 200)
    return f"{clean(errand.parcel.agency, 80)}: {errand.way} to {place}: {STATES[done.state]}{tries}: {done.said}"


def _parcel(
    run: Run, catalog: Catalog, site: Site, agency: str, settings: Delivery, earlier: Mapping[str, Earlier]
) -> Parcel:
    from pepperbird.notify.parcel import Parcel
    from pepperbird.report.render import render
    from pepperbird.report.words import date

    name = next((one.name for one in site.agencies if one.id == agency), agency)
    return Parcel(
        agency=agency,
        run=run.id,
        at=run.at,
        subject=f"Report of {clean(name, 100)}, {date(run.at)}",
        text=render(run, catalog, site, agency, "message", earlier).decode(),
        files=tuple(
            _file(form, render(run, catalog, site, agency, form, {} if form == "json" else earlier))
            for form in settings.formats
        ),
    )


def _file(form: str, data: bytes) -> Attachment:
    from pepperbird.notify.parcel import Attachment

    if form not in KINDS:
        raise UsageError(f"site.yaml: delivery.formats: no format {clean(form, 40)!r}; there are: {', '.join(KINDS)}")
    return Attachment(f"report.{ENDINGS.get(form, form)}", KINDS[form], data)


def _secrets(settings: Delivery, ways: tuple[Way, ...], root: Path) -> dict[Way, str]:
    found: dict[Way, str] = {}
    if "mail" in ways and settings.mail is not None and settings.mail.secret is not None:
        found["mail"] = passphrase(settings.mail.secret, "site.yaml: delivery.mail.secret", root)
    if "s3" in ways and settings.s3 is not None:
        found["s3"] = passphrase(settings.s3.secret, "site.yaml: delivery.s3.secret", root)
    return found


def _list(agency: str | None, site: Path | None) -> int:
    store = open_store(site)
    try:
        for one in store.receipts.all(agency):
            parts = (one.at, one.state, one.agency, one.way, one.recipient, one.run, one.message_id or "-", one.said)
            click.echo("  ".join(clean(part, 200) for part in parts))
    finally:
        store.close()
    return 0
