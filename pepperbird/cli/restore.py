"""`pepperbird restore`: take a store out of a backup, verify it, and put it in place."""

from __future__ import annotations

from pathlib import Path

import click

from pepperbird.cli.common import STORE, state_directory, words
from pepperbird.errors import UsageError
from pepperbird.model.text import clean
from pepperbird.scan.clock import now
from pepperbird.store.backup_file import Manifest
from pepperbird.store.lease import Holder
from pepperbird.store.restore import place, require_free, unpacked


@click.command()
@click.argument("file", type=click.Path(path_type=Path), metavar="FILE")
@click.option("--to", type=click.Path(path_type=Path, file_okay=False), metavar="DIRECTORY",
              help="Put the store into this folder instead, to look at it.  [default: PEPPERBIRD_HOME]")  # fmt: skip
@click.option("--replace", is_flag=True, help="Where a store is there already, put it aside; it is never deleted.")
def restore(file: Path, to: Path | None, replace: bool) -> int:
    """Restore the store from FILE, which `pepperbird backup` wrote.

    Every sum, the database and the ledger are verified first, and an older schema is brought to this version's. Exit
    status 1 where the ledger in the backup does not hold: the store is restored all the same, and each fault is named.
    """
    folder, at = (state_directory() if to is None else to), now()
    target = folder / STORE
    if not file.is_file():
        raise UsageError(f"{file}: no such file")

    def alive(holder: Holder) -> bool:
        from pepperbird.fleet.process import gone

        return not holder.late(at) and not gone(holder)

    require_free(target, replace=replace, alive=alive)
    try:
        with unpacked(file, folder) as (manifest, copy):
            faults = _faults(copy)
            aside = place(copy, target, at, replace=replace, alive=alive)
    except OSError as error:
        raise UsageError(f"{error.filename or folder}: {words(error)}; no store was replaced") from error
    _show(file, target, manifest, aside)
    for fault in faults:
        click.echo(f"DOES NOT MATCH: {clean(fault, 1000)}", err=True)
    return 1 if faults else 0


def _faults(copy: Path) -> list[str]:
    from pepperbird.scan.source import StoreSource
    from pepperbird.scan.verify_ledger import read_book
    from pepperbird.store.runs import Store

    store = Store(copy)
    try:
        return list(read_book(StoreSource(store)).faults)
    finally:
        store.close()


def _show(file: Path, target: Path, manifest: Manifest, aside: Path | None) -> None:
    made, by = clean(manifest.made, 40), clean(manifest.pepperbird, 40)
    click.echo(f"Restored {target} from {file}, made {made} by pepperbird {by}")
    click.echo(f"  {manifest.runs} runs, the newest {clean(manifest.newest_run, 60) or 'none'}")
    if aside is not None:
        click.echo(f"  the store that was there is {aside}")
    if manifest.masters:
        named = ", ".join(clean(one, 8) for one in manifest.masters)
        click.echo(f"  its evidence is sealed under the master key {named}, which is not in the backup")
    if not manifest.entries:
        click.echo("  its ledger is empty: there is no checkpoint to compare")
        return
    click.echo(f"  its ledger had come to checkpoint {clean(manifest.checkpoint, 100)}")
    click.echo("What was recorded later is lost. Hold it against the newest report that it covers:")
    home = "" if target.parent == state_directory() else f"PEPPERBIRD_HOME={target.parent} "
    click.echo(f"  {home}pepperbird verify --checkpoint N:sha256:HASH   (as that report prints it)")
