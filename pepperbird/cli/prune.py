"""`pepperbird prune`: take out of the store what is older than the site keeps it; each time the ledger says so."""

from __future__ import annotations

from pathlib import Path

import click

from pepperbird.cli.agency import SITE
from pepperbird.cli.common import site_directory
from pepperbird.cli.opening import open_store
from pepperbird.cli.sealing import read_sealing
from pepperbird.errors import UsageError
from pepperbird.fleet.pruning import Gone, prune_store
from pepperbird.inventory.read import read_site
from pepperbird.scan.clock import now
from pepperbird.store.prune import Pruned


@click.command()
@click.option("--dry-run", is_flag=True, help="Only show what would go.")
@SITE
def prune(dry_run: bool, site: Path | None) -> None:
    """Take out what is older than `defaults: {retention: ...}` of site.yaml keeps it, with an entry in the ledger.

    What says where an agency stands now is kept whatever its age, and so are the ledger, key lists and signed records.
    Scores, figures and how long each finding was open outlive the runs, so trends lose nothing.
    """
    root, at = site_directory(site), now()
    read = read_site(root)
    retention = read.file.defaults.retention
    if retention is None:
        raise UsageError("site.yaml has no defaults: retention, so everything is kept")
    sealing = None if dry_run else read_sealing(read, at)
    store = open_store(root)
    try:
        if sealing is None:
            gone = Gone(store.due(retention, at), store.spent.due(retention, at), clean=True)
        else:
            gone = prune_store(store, retention, sealing, at)
    finally:
        store.close()
    for one in gone.runs:
        click.echo(f"{'would go' if dry_run else 'gone'}: {_words(one)}")
    for what, rows in gone.spent.items():
        click.echo(f"{'would go' if dry_run else 'gone'}: {rows} {what}, which the ledger does not speak of")
    said = "would go; nothing was changed" if dry_run else "gone, each with its ledger entry"
    click.echo(f"{len(gone.runs)} {said}.")
    if not gone.clean:
        click.echo("Another process holds the store: traces may be left in its file; run this again.", err=True)


def _words(one: Pruned) -> str:
    what = "all of it" if one.whole else f"what {one.pieces} endpoints said"
    return f"run {one.run}: {what} (rule {one.named})"
