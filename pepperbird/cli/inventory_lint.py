"""`pepperbird inventory lint`: everything that is wrong in a site at once, else counts and what to look at."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pepperbird.cli.agency import SITE
from pepperbird.cli.common import site_directory
from pepperbird.errors import ContentError, SiteError, UsageError
from pepperbird.inventory.advice import advise, counts
from pepperbird.inventory.read import overlays, read_site
from pepperbird.model.catalog import Catalog
from pepperbird.model.site import Access, Site

if TYPE_CHECKING:
    from pepperbird.collect.known_hosts import Entry

_SHOWN = 10


@click.command()
@SITE
@click.option("--content", type=click.Path(path_type=Path, file_okay=False), help="Content folders to use instead.")
def lint(site: Path | None, content: Path | None) -> None:
    """Read the whole site: every mistake at once, or one line per agency and what to look at."""
    from pepperbird.inventory.against import issues_against

    root = site_directory(site)
    found = read_site(root)
    catalog = _catalog(root, content)
    issues = list(issues_against(found, catalog)) if catalog is not None else []
    if issues:
        raise SiteError(issues)
    _tell(found, catalog)


def _tell(site: Site, catalog: Catalog | None) -> None:
    from pepperbird.score.waiver import void_reason

    trusted = _known_hosts(site)
    for agency in site.agencies:
        click.echo(counts(agency))
        expected = catalog.baseline(agency.tier).expected_kinds if catalog is not None else ()
        for advice in advise(agency, expected):
            click.echo(f"  {advice}")
        unknown = [asset.id for asset in agency.assets if any(_unknown(access, trusted) for access in asset.access)]
        if unknown:
            names = ", ".join(unknown[:_SHOWN]) + (" ..." if len(unknown) > _SHOWN else "")
            click.echo(f"  no host key is recorded for {names}; run `pepperbird inventory trust ASSET` for each")
    if not site.agencies:
        click.echo('0 agencies; add one with `pepperbird agency add ID --name "..." --tier standard`.')
    if catalog is not None:
        for waiver in site.waivers:
            if reason := void_reason(waiver, catalog):
                click.echo(f"waiver {waiver.id} is void: {reason}")


def _known_hosts(site: Site) -> Sequence[Entry]:
    from pepperbird.collect.known_hosts import read_known_hosts

    path = Path(site.root) / site.file.defaults.known_hosts
    try:
        return read_known_hosts(path)
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror}") from error


def _unknown(access: Access, trusted: Sequence[Entry]) -> bool:
    """True where a scan would refuse to log in, for nobody has vouched for the machine."""
    from pepperbird.collect.address import parse_address
    from pepperbird.collect.known_hosts import entries_for

    if access.via != "ssh" or access.host_key is not None:
        return False
    return not entries_for(trusted, parse_address(access.at))


def _catalog(root: Path, content: Path | None) -> Catalog | None:
    """The content with the site's overlays; None, with a word about it, where the content itself is not readable.

    Raises SiteError with what is wrong in overlays, which are part of the site.
    """
    from pepperbird.bundle.find import find_content
    from pepperbird.bundle.read import read_bundle

    own = overlays(root)
    try:
        return read_bundle(find_content(content), own)
    except ContentError as error:
        files = {str(path) for path in own}
        mine = [issue for issue in error.issues if issue.file in files]
        if mine:
            raise SiteError(mine) from error
        if content is not None:
            raise
    click.echo(
        "The content is not readable, so the site was not compared with it; see `pepperbird content lint`.", err=True
    )
    return None
