"""`pepperbird brief`: the officer's week and the programme office's quarter, for those who run the programme."""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pepperbird.cli.common import SITE_FILE, site_directory, write_atomically
from pepperbird.cli.opening import open_store

if TYPE_CHECKING:
    from pepperbird.model.site import SiteFile

SITE = click.option(
    "--site",
    type=click.Path(path_type=Path),
    help="The site folder. [default: this one, else as the newest run had it]",
)
OUTPUT = click.option(
    "--output", type=click.Path(path_type=Path, dir_okay=False), help="File to write; else standard output."
)


@click.group()
def brief() -> None:
    """Write what the officer needs this week, or the programme office this quarter. Contacts nothing."""


@brief.command()
@click.option("--since", type=click.DateTime(["%Y-%m-%d"]), metavar="DATE", help="From this day on.  [default: 7 days]")
@click.option("--format", "form", type=click.Choice(["text", "html", "pdf", "json"]), default="text", show_default=True)
@SITE
@OUTPUT
def officer(since: datetime | None, form: str, site: Path | None, output: Path | None) -> int:
    """Whom to call about what: agencies gone dark, what could not be seen, what ends soon, runs, what fell.

    It names agencies and their contacts: it is for the officer, not for publication.
    """
    from pepperbird.bundle.find import find_content
    from pepperbird.report.officer_data import render_officer_json
    from pepperbird.report.officer_html import render_officer_html
    from pepperbird.report.officer_pdf import render_officer_pdf
    from pepperbird.report.officer_text import render_officer_text
    from pepperbird.scan.clock import now
    from pepperbird.scan.officer import officer_week

    store = open_store(site)
    try:
        week = officer_week(store, now(), since.date().isoformat() if since else None)
    finally:
        store.close()
    if form in ("html", "pdf"):
        write = render_officer_html if form == "html" else render_officer_pdf
        return _put(write(week, find_content()), output)
    return _put(render_officer_json(week) if form == "json" else render_officer_text(week), output)


@brief.command()
@click.argument("name", metavar="QUARTER")
@click.option("--format", "form", type=click.Choice(["html", "pdf", "json"]), default="html", show_default=True)
@SITE
@OUTPUT
def quarter(name: str, form: str, site: Path | None, output: Path | None) -> int:
    """The report of QUARTER, as 2026Q4: a page for the minister, indicators, cohorts, agencies by standard.

    Agencies are named only where site.yaml says `publish_names: true`; targets stand there under `targets:`.
    """
    from pepperbird.bundle.find import find_content
    from pepperbird.model.quarter import parse_quarter
    from pepperbird.report.quarter_data import render_quarter_json
    from pepperbird.report.quarter_html import render_quarter_html
    from pepperbird.report.quarter_pdf import render_quarter_pdf
    from pepperbird.scan.clock import now
    from pepperbird.scan.quarter import quarter_report

    wanted, at = parse_quarter(name), now()
    settings = _settings(site)
    store = open_store(site)
    try:
        report = quarter_report(store, wanted, at, settings)
    finally:
        store.close()
    if form == "pdf":
        return _put(render_quarter_pdf(report, find_content(), at), output)
    return _put(render_quarter_json(report) if form == "json" else render_quarter_html(report, find_content()), output)


def _settings(site: Path | None) -> SiteFile | None:
    """The settings of the site folder that is named, or that this is; None where it is none."""
    if site is None and not Path(SITE_FILE).is_file():
        return None
    from pepperbird.inventory.read import read_site

    return read_site(site_directory(site)).file


def _put(data: bytes, output: Path | None) -> int:
    if output is None:
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
    else:
        write_atomically(output, data)
        click.echo(f"Report: {output}", err=True)
    return 0
