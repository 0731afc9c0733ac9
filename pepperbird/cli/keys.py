"""`pepperbird keys`: make, list, rotate, revoke and export keys; every change is signed by the root key."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from pepperbird.cli.agency import SITE
from pepperbird.cli.common import site_directory, state_directory, write_atomically
from pepperbird.cli.keychange import Change, Root, read_list, save
from pepperbird.cli.passphrase import passphrase
from pepperbird.cli.vault import lost, new_master, rewrap, seal
from pepperbird.errors import UsageError
from pepperbird.model.text import clean
from pepperbird.scan.clock import now
from pepperbird.trust.keyfile import write_key
from pepperbird.trust.keys import PrivateKey, Purpose, public_of_pem, public_pem

_PURPOSES = click.Choice([str(one) for one in Purpose if one is not Purpose.ROOT])
_REF = "env:NAME|file:PATH|cred:NAME"


def _root_options(command: Callable[..., Any]) -> Callable[..., Any]:
    for option in (
        click.option("--root-passphrase", metavar=_REF, help="Where the root key's passphrase is; else asked for."),
        click.option(
            "--root-key", type=click.Path(path_type=Path), help="The root key's file.  [default: as it was made]"
        ),
        SITE,
    ):
        command = option(command)
    return command


@click.group()
def keys() -> None:
    """Make, list, rotate, revoke and export the keys of a site."""


@keys.command()
@click.argument("name")
@click.option("--root", "is_root", is_flag=True, help="Make the root key and with it the site's key list.")
@click.option("--may", multiple=True, type=_PURPOSES, help="What it may sign; may be repeated.")
@click.option("--holder", required=True, metavar="TEXT", help="Who alone has the private half: a person or a process.")
@click.option("--agency", metavar="ID", help="It may sign for this agency only.")
@click.option("--until", required=True, metavar="YYYY-MM-DD", help="The last day on which it may sign.")
@click.option(
    "--public", type=click.Path(path_type=Path), help="List somebody's public key; the private one stays there."
)
@click.option("--out", type=click.Path(path_type=Path), help="The new key's file.  [default: in the state directory]")
@click.option("--passphrase", "reference", metavar=_REF, help="Where its passphrase is; else asked for.")
@_root_options
def new(is_root: bool, may: tuple[str, ...], public: Path | None, site: Path | None, **call: Any) -> None:
    """Make a key called NAME and enter it into the site's key list."""
    if is_root == bool(may):
        raise UsageError("say what the key may sign with --may, or --root: a root key signs the key list alone")
    if is_root and public is not None:
        raise UsageError("a root key is made here: its private half must sign the list")
    name, until, folder = call["name"], call["until"], site_directory(site)
    change = Change(folder, at=now())
    purposes = (Purpose.ROOT,) if is_root else tuple(Purpose(one) for one in dict.fromkeys(may))
    root = None
    if is_root:
        change.start()
    else:
        root = Root.open(folder, change.before, call["root_key"], call["root_passphrase"]).key
    key = PrivateKey.new()
    listed = key.public if public is None else public_of_pem(_read(public), str(public))
    change.add(listed, name, call["holder"], purposes, agency=call["agency"], until=until)
    if public is None:
        _write(name, key, call["out"], call["reference"], folder)
    save(change, root or key)
    click.echo(f"Key {change.added}: {name}, may sign {', '.join(purposes)}, until {until}.")
    if is_root:
        click.echo("Write this id on paper: `pepperbird verify --root ID` holds everything against it.")


@keys.command("list")
@SITE
def list_(site: Path | None) -> None:
    """Verify the key list and show who may sign what."""
    signed = read_list(site_directory(site))
    moment = now()
    click.echo(f"Key list {signed.keys.serial}, signed on {signed.keys.at} by the root key {signed.keys.root}")
    for one in signed.keys.keys:
        state = one.refusal(one.may[0], moment) if one.may else ""
        rights = ", ".join(one.may) + (f" for {one.agency}" if one.agency else "")
        click.echo(f"{one.id}  {one.name}: {rights}; {one.since[:10]} to {one.until[:10]}; {clean(one.holder)}")
        if state:
            click.echo(f"    {clean(state)}")


@keys.command()
@click.argument("name")
@click.option("--until", required=True, metavar="YYYY-MM-DD", help="The last day on which the new key may sign.")
@click.option("--out", type=click.Path(path_type=Path), help="The new key's file.  [default: in the state directory]")
@click.option("--passphrase", "reference", metavar=_REF, help="Where its passphrase is; else asked for.")
@_root_options
def rotate(name: str, until: str, site: Path | None, **call: Any) -> None:
    """Put a new key in the place of the key NAME: the same rights, and the old one ends now.

    What the old key signed stays valid. For the root key, the list is signed by both.
    """
    folder = site_directory(site)
    change = Change(folder, at=now())
    root = Root.open(folder, change.before, call["root_key"], call["root_passphrase"]).key
    old, key = change.find(name), PrivateKey.new()
    change.end(old)
    change.add(key.public, old.name, old.holder, old.may, agency=old.agency, until=until)
    _write(f"{old.name}-{key.key_id[:8]}", key, call["out"], call["reference"], folder)
    save(change, *((key, root) if Purpose.ROOT in old.may else (root,)))
    click.echo(f"Key {key.key_id}: {old.name}, in the place of {old.id}.")


@keys.command()
@click.argument("name", metavar="NAME|ID")
@click.option("--reason", required=True, metavar="TEXT", help="Why, for whoever verifies later.")
@click.option(
    "--since", metavar="TIME", help="From when its signatures count no more (YYYY-MM-DDTHH:MM:SSZ).  [default: now]"
)
@_root_options
def revoke(
    name: str, reason: str, since: str | None, site: Path | None, root_key: Path | None, root_passphrase: str | None
) -> None:
    """Revoke a key, for good. Nothing that it signs after this is recorded counts, whatever date it bears."""
    folder = site_directory(site)
    change = Change(folder, at=now())
    root = Root.open(folder, change.before, root_key, root_passphrase)
    old = change.find(name)
    if Purpose.ROOT in old.may and old.id == root.key.key_id:
        raise UsageError("the root key cannot revoke itself: `keys rotate` it, then revoke the old one by its id")
    change.revoke(old, since or change.at, reason)
    save(change, root.key)
    click.echo(f"Revoked {old.name} ({old.id}).")


@keys.command()
@click.argument("name", metavar="NAME|ID", required=False)
@click.option("--output", type=click.Path(path_type=Path, dir_okay=False), help="File to write; else standard output.")
@SITE
def export(name: str | None, output: Path | None, site: Path | None) -> None:
    """Write the public key NAME in PEM, or without NAME the whole signed list as a DSSE envelope."""
    folder = site_directory(site)
    signed = read_list(folder)
    data = signed.envelope.to_bytes() if name is None else public_pem(Change(folder, at=now()).find(name).key)
    if output is None:
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
    else:
        write_atomically(output, data)


def _write(name: str, key: PrivateKey, out: Path | None, reference: str | None, folder: Path) -> None:
    path = out or state_directory() / "keys" / f"{name}.pem"
    write_key(path, key, passphrase(reference, f"the new key {name}", folder, new=True))
    click.echo(f"Wrote the private key {path}. Keep a copy of it and its passphrase, apart, where no network is.")


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror}") from error


for command in (new_master, seal, rewrap, lost):
    keys.add_command(command)
