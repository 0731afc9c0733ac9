"""`pepperbird backup`: copy the store into one verified file, while others write to it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

import click

from pepperbird import __version__
from pepperbird.cli.agency import SITE
from pepperbird.cli.common import SITE_FILE, STORE, site_directory, state_directory, words, write_atomically
from pepperbird.errors import PepperbirdError, UsageError
from pepperbird.inventory.read import read_site
from pepperbird.model.retention import Backups
from pepperbird.scan.clock import now
from pepperbird.store.backup import Keep, Made
from pepperbird.store.backup import backup as make_backup

LAST: Final = "last-backup.json"
"""Beside the store: which backup was made last, for `doctor` where the site names no folder."""


@click.command()
@click.argument("dest", required=False, type=click.Path(path_type=Path), metavar="[DEST]")
@click.option("--keep", type=click.IntRange(1), metavar="N", help="Take away older backups of this store than N.")
@click.option(
    "--months", type=click.IntRange(0), default=0, metavar="M", help="With --keep: and the newest of each of M months."
)
@SITE
def backup(dest: Path | None, keep: int | None, months: int, site: Path | None) -> int:
    """Write a backup of the store into the folder DEST, read it back, and only then give it its name.

    DEST must be there, so that a disk that is not mounted is noticed. Without DEST, `backups: {to: FOLDER, keep: N,
    months: M}` of site.yaml counts. Without --keep nothing is taken away from DEST. Scans and `serve` go on meanwhile.
    Exit status 1 where the backup is good and something about the earlier ones is not.
    """
    settings = None if dest is not None else _settings(site)
    if settings is not None:
        dest = folder_of(settings, site_directory(site))
        keep, months = (settings.keep, settings.months) if keep is None else (keep, months)
    if dest is None:
        raise UsageError("name the folder for the backup, or write `backups: {to: FOLDER}` into site.yaml")
    home = state_directory()
    try:
        made = make_backup(home / STORE, dest, now(), __version__, Keep(keep, months))
    except OSError as error:
        raise UsageError(f"{dest}: the backup cannot be written: {words(error)}; nothing of it was kept") from error
    _note(home / LAST, made)
    _show(made)
    return 1 if made.warnings else 0


def folder_of(settings: Backups, root: Path) -> Path:
    """The folder that site.yaml names, which may stand relative to the site's."""
    return root / Path(settings.to).expanduser()


def _settings(site: Path | None) -> Backups | None:
    if site is None and not Path(SITE_FILE).is_file():
        return None
    return read_site(site_directory(site)).file.backups


def _show(made: Made) -> None:
    held = made.manifest
    click.echo(f"Wrote {made.path}: {made.path.stat().st_size:,} bytes, read back without an error")
    click.echo(f"  SHA-256 {made.sha256}")
    click.echo(f"  {held.runs} runs, the newest {held.newest_run or 'none'}; schema {held.store_schema}")
    click.echo(f"  checkpoint {held.checkpoint or 'none, the ledger is empty'}")
    for one in made.removed:
        click.echo(f"  taken away: {one}")
    for warning in made.warnings:
        click.echo(f"LOOK AT THIS: {warning}", err=True)
    click.echo("Keep as well, elsewhere (none of it is in the backup):")
    for kept in held.also_keep:
        click.echo(f"  - {kept}")


def _note(path: Path, made: Made) -> None:
    said = {"at": made.manifest.made, "path": str(made.path.absolute()), "sha256": made.sha256,
            "checkpoint": made.manifest.checkpoint}  # fmt: skip
    try:
        write_atomically(path, json.dumps(said, sort_keys=True).encode() + b"\n")
    except PepperbirdError as error:
        click.echo(f"The backup is good; that it was made could not be noted for `doctor`: {error}", err=True)
