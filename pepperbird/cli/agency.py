"""`pepperbird agency`: add an agency to the site, list those it has, or keep what one agreed to mend."""

from __future__ import annotations

from pathlib import Path

import click

from pepperbird.cli.agency_plan import plan
from pepperbird.cli.common import site_directory, write_atomically
from pepperbird.errors import UsageError
from pepperbird.inventory.read import read_agency, read_site
from pepperbird.inventory.templates import agency_file
from pepperbird.located.document import parse
from pepperbird.model.state import Tier
from pepperbird.model.text import clean

SITE = click.option(
    "--site", type=click.Path(path_type=Path), default=None, help="The site folder.  [default: the current folder]"
)


@click.group()
def agency() -> None:
    """Add agencies, list them, and keep what each agreed to mend."""


agency.add_command(plan)


@agency.command()
@click.argument("agency_id", metavar="ID")
@click.option("--name", required=True, help="The agency's full name.")
@click.option("--tier", type=click.Choice([str(tier) for tier in Tier]), required=True, help="How much depends on it.")
@SITE
def add(agency_id: str, name: str, tier: str, site: Path | None) -> None:
    """Write a commented file for the agency ID, to be filled in.

    ID is a short name in lower case, e.g. lra.
    """
    folder = site_directory(site)
    text = agency_file(agency_id, name, Tier(tier))
    _, issues = read_agency(parse(text, "agency"), agency_id)
    if issues:
        raise UsageError("; ".join(issue.message for issue in issues))
    path = folder / "agencies" / f"{agency_id}.yaml"
    if path.exists() or path.is_symlink():
        raise UsageError(f"{path}: exists already; edit it. Nothing was written")
    write_atomically(path, text.encode())
    click.echo(f"Wrote {path}. Fill it in, then run `pepperbird inventory lint`.")


@agency.command("list")
@SITE
def list_agencies(site: Path | None) -> None:
    """Print the agencies of the site and how much each has declared."""
    found = read_site(site_directory(site))
    rows = [["ID", "NAME", "TIER", "ASSETS", "STORES", "REPOSITORIES"]]
    for one in found.agencies:
        counts = [str(len(part)) for part in (one.assets, one.stores, one.repositories)]
        rows.append([one.id, clean(one.name, 60), str(one.tier), *counts])
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        click.echo("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
    if len(rows) == 1:
        click.echo('No agency yet; add one with `pepperbird agency add ID --name "..." --tier standard`.', err=True)
