"""`pepperbird deliver`: bring each agency's report to its contacts, once, with a receipt."""

from __future__ import annotations

import time
from collections.abc import Iterator
from itertools import chain
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
    from pepperbird.fleet.bringing import Bringer
    from pepperbird.fleet.parcels import Reported
    from pepperbird.model.delivery import Way
    from pepperbird.notify.deliver import Delivered

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

    How is said under `delivery:` in site.yaml. The same report goes to the same recipient once; contacts with `digest:
    weekly` get what is new once a week. Exit status 1 where something did not arrive, or may not have.
    """
    if listed:
        return _list(agency, site)
    from pepperbird.fleet.bringing import bringer
    from pepperbird.inventory.read import read_site
    from pepperbird.scan.again import stored_content
    from pepperbird.scan.clock import now

    root = site_directory(site)
    current = read_site(root)
    store = open_store(root)
    try:
        ours = bringer(store, current, to, passphrase, now, time.sleep)
        run_id = store.find(run)
        looked_at = store.load(run_id, heard=False, only=()).plan.agencies
        if agency is not None and agency not in looked_at:
            raise UsageError(f"the run did not look at agency {clean(agency, 80)!r}")
        whole = True
        with stored_content(store, run_id) as catalog:
            for one in looked_at if agency is None else (agency,):
                whole &= _bring(ours, ours.reported(run_id, one, catalog), one, again)
    finally:
        store.close()
    return 0 if whole else 1


def _bring(ours: Bringer, told: Reported, agency: str, again: bool) -> bool:
    """Everything to those of one agency; True where all of it arrived."""
    whole = True
    if "mail" in ours.ways and not any(one.mail for one in ours.contacts(agency)):
        click.echo(f"{clean(agency, 80)}: FAILED: the register names no contact with a mail address")
        whole = False
    for done in chain(ours.report(told, agency, again=again), _weekly(ours, told, agency, again)):
        whole &= done.state in ("sent", "earlier")
        click.echo(_line(done))
    return whole


def _weekly(ours: Bringer, told: Reported, agency: str, again: bool) -> Iterator[Delivered]:
    """The weekly mails that are due, or asked for again; of the others it is said when they come."""
    from pepperbird.fleet.due import zone_of
    from pepperbird.fleet.moments import moment_of
    from pepperbird.fleet.weekly import next_turn
    from pepperbird.notify.errands import folded

    weekly, now = ours.weekly(agency) if "mail" in ours.ways else (), moment_of(ours.clock())
    newest = ours.store.newest_full().get(agency) == told.run.id
    due = () if not newest else weekly if again else ours.due(agency, told.run.id, now)
    for one in weekly:
        if one not in due:
            zone = ours.site.file.time_zone
            coming = next_turn(ours.settings.digest, zone, now).astimezone(zone_of(zone))
            said = f"what is new goes out on {coming:%a %Y-%m-%d %H:%M}"
            click.echo(f"{clean(agency, 80)}: mail to {clean(folded(one.mail), 200)}: weekly: {said}")
    yield from ours.digest(told, agency, due, again=again)


def _line(done: Delivered) -> str:
    errand = done.errand
    tries = f", {done.tries} tries" if done.tries > 1 else ""
    place = clean(errand.recipient, 200)
    return f"{clean(errand.parcel.agency, 80)}: {errand.way} to {place}: {STATES[done.state]}{tries}: {done.said}"


def _list(agency: str | None, site: Path | None) -> int:
    store = open_store(site)
    try:
        for one in store.receipts.all(agency):
            said = "" if one.state in ("trying", "sending") else one.said
            parts = (one.at, one.state, one.agency, one.way, one.recipient, one.run, one.message_id or "-", said)
            click.echo("  ".join(clean(part, 200) for part in parts).rstrip())
    finally:
        store.close()
    return 0
