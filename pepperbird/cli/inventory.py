"""`pepperbird inventory`: lint, import and trust what the register declares."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import click

from pepperbird.cli.agency import SITE
from pepperbird.cli.common import site_directory
from pepperbird.cli.inventory_import import import_
from pepperbird.cli.inventory_trust import trust
from pepperbird.errors import ContentError, UsageError
from pepperbird.inventory.advice import advise, counts
from pepperbird.inventory.read import read_site
from pepperbird.model.state import AssetKind, Tier


@click.group()
def inventory() -> None:
    """Lint, import and trust what the register declares."""


inventory.add_command(import_)
inventory.add_command(trust)


@inventory.command()
@SITE
def lint(site: Path | None) -> None:
    """Read the whole site: every mistake at once, or one line per agency and what to look at."""
    found = read_site(site_directory(site))
    expected = _expected_kinds()
    for agency in found.agencies:
        click.echo(counts(agency))
        for advice in advise(agency, expected.get(agency.tier, ())):
            click.echo(f"  {advice}")
    if not found.agencies:
        click.echo('0 agencies; add one with `pepperbird agency add ID --name "..." --tier standard`.')


def _expected_kinds() -> Mapping[Tier, Sequence[AssetKind]]:
    """What each tier should have declared; nothing where the content cannot be read, for it is not what is linted."""
    from pepperbird.bundle.find import find_content
    from pepperbird.bundle.read import read_bundle

    try:
        catalog = read_bundle(find_content(None))
        return {tier: catalog.baseline(tier).expected_kinds for tier in Tier}
    except (ContentError, UsageError, KeyError):
        click.echo(
            "The content is not readable, so expected kinds are left out; run `pepperbird content lint`.", err=True
        )
        return {}
