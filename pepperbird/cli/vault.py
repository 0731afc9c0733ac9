"""The `pepperbird keys` that seal: a new master key, sealing what lies in clear, other keys, and keys that are lost."""

from __future__ import annotations

import os
from pathlib import Path

import click

from pepperbird.cli.agency import SITE
from pepperbird.cli.common import state_directory
from pepperbird.cli.opening import open_store, read_master
from pepperbird.errors import UsageError
from pepperbird.scan.clock import now
from pepperbird.trust.vault import Master

REF = "env:NAME|file:PATH|cred:NAME|command:..."


@click.command("new-master")
@click.option("--out", type=click.Path(path_type=Path), help="Its file.  [default: in the state directory]")
def new_master(out: Path | None) -> None:
    """Make a master key, under which the store seals evidence. Whoever loses it loses all that is sealed."""
    path, master = out or state_directory() / "keys" / "master.key", Master.new()
    _write(path, master.text())
    click.echo(f"Master key {master.id[:8]}: {path}. Keep two copies of it in safes, away from the store's backups.")
    click.echo(f'In site.yaml: defaults: {{master_key: "file:{path.absolute()}"}}; then `pepperbird keys seal`.')


@click.command()
@SITE
def seal(site: Path | None) -> None:
    """Seal what lies in clear in the store, and take its traces out of the file. A scan does so too."""
    store = open_store(site)
    try:
        if not store.sealed:
            raise UsageError("no master key is named; `pepperbird keys new-master` makes one and says where to name it")
        done = store.vault.seal_earlier(now())
        clean = store.vault.purge()
    finally:
        store.close()
    click.echo(f"Sealed {done} records." if done else "Nothing lies in clear.")
    if not clean:
        click.echo("Another process holds the store: traces may be left in its file; run this again.", err=True)


@click.command()
@click.option("--agency", metavar="ID", help="Give this agency another key.")
@click.option("--to", "reference", metavar=REF, help="Wrap all agencies' keys by this new master key.")
@SITE
def rewrap(agency: str | None, reference: str | None, site: Path | None) -> None:
    """Change the master key, or an agency's key. Sealed evidence stays as it is; only the keys are wrapped anew."""
    if (agency is None) == (reference is None):
        raise UsageError("say what changes: --agency ID or --to REFERENCE, one of them")
    store = open_store(site)
    try:
        if agency is not None:
            click.echo(f"Another key for {agency}: {store.vault.change_agency(agency, now())} records are under it.")
        else:
            master = read_master(reference or "", site, "--to")
            count = store.vault.change_master(master, now())
            click.echo(f"The keys of {count} agencies are under the master key {master.id[:8]}. Name it in site.yaml.")
    finally:
        store.close()


@click.command()
@click.argument("agency", required=False)
@click.option("--all", "whole", is_flag=True, help="Every key that does not open: the master key itself is lost.")
@click.option("--reason", required=True, metavar="TEXT", help="How it was lost, for whoever verifies later.")
@SITE
def lost(agency: str | None, whole: bool, reason: str, site: Path | None) -> None:
    """Give up AGENCY's key that does not open any more. What it sealed stays unreadable; the next scan makes a new one.

    It stands in the ledger. The agency's next scan is judged as its first.
    """
    if (agency is None) != whole:
        raise UsageError("name an agency, or --all")
    store = open_store(site)
    try:
        gone = store.vault.declare_lost(agency, reason, now())
    finally:
        store.close()
    click.echo(f"Declared lost: {', '.join(gone)}.")


def _write(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    except FileExistsError as error:
        raise UsageError(f"{path}: exists already; a key is never overwritten") from error
    except OSError as error:
        raise UsageError(f"{path}: cannot be written: {error.strerror}") from error
    with os.fdopen(handle, "w") as file:
        file.write(text + "\n")
        file.flush()
        os.fsync(file.fileno())
