"""`pepperbird letter`: the letter that asks an agency for leave, made from the plan of its scan."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from pepperbird.bundle.find import find_content
from pepperbird.bundle.read import read_bundle
from pepperbird.cli.agency import SITE
from pepperbird.cli.common import site_directory
from pepperbird.inventory.read import read_site
from pepperbird.model.plan import Selection
from pepperbird.plan.make import make_plan
from pepperbird.report.letter import Terms
from pepperbird.report.letter import letter as write
from pepperbird.report.letter_text import FORMATS
from pepperbird.scan.clock import now


@click.command()
@click.argument("agency", metavar="AGENCY")
@SITE
@click.option("--format", "form", type=click.Choice(sorted(FORMATS)), default="text", show_default=True)
@click.option("--hours", default="", help="When scans may run; else a line to fill in by hand.")
@click.option("--contact", default="", help="Whom the agency calls; else a line to fill in by hand.")
@click.option("--days", type=click.IntRange(1, 3650), default=90, show_default=True, help="How long the account lives.")
@click.option("--program", "annex", is_flag=True, help="With the whole program that is run as an annex.")
@click.option("--content", type=click.Path(path_type=Path, file_okay=False), help="Content folders to use instead.")
def letter(agency: str, site: Path | None, form: str, content: Path | None, **terms: Any) -> int:
    """Print the letter that asks AGENCY for leave to scan it. Contacts nothing.

    It names the systems, every question and command with its rights and limits, what is never done, and how to stop.
    """
    root = site_directory(site)
    catalog = read_bundle(find_content(content), overlays=sorted((root / "baselines").glob("*.yaml")))
    declared = read_site(root)
    plan = make_plan(catalog, declared, Selection(agencies=(agency,), deep=True), at=now())
    blocks = write(catalog, declared, plan, declared.agency(agency), Terms(**terms))
    click.echo(FORMATS[form](blocks).lstrip("\n"), nl=False)
    return 0
