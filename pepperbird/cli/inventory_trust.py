"""`pepperbird inventory trust`: show the host keys of a machine, and record them once somebody has compared them."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pepperbird.cli.agency import SITE
from pepperbird.cli.common import site_directory, write_atomically
from pepperbird.errors import UsageError
from pepperbird.inventory.raw import near
from pepperbird.inventory.read import read_site
from pepperbird.model.site import Access, Site
from pepperbird.model.text import clean

if TYPE_CHECKING:
    from pepperbird.cli.trusted import ShownKey, State

_COMPARE = (
    "Compare them with the machine itself: ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub there, or by telephone."
)


@click.command()
@click.argument("name", metavar="ASSET|HOST")
@click.option("--yes", is_flag=True, help="Record without asking: for keys that were compared already.")
@click.option("--replace", is_flag=True, help="Take out the keys recorded before: the machine was set up anew.")
@SITE
def trust(name: str, yes: bool, replace: bool, site: Path | None) -> int:
    """Show the SSH host keys of an asset and record them in the site's known_hosts.

    ASSET is the id of an asset, or AGENCY/ASSET; HOST an address of the register, a jump host, or ssh://HOST:PORT.
    """
    from pepperbird.collect.address import parse_address
    from pepperbird.collect.hostkey import fetch_host_keys
    from pepperbird.collect.interface import CollectOptions, Refused

    root = site_directory(site)
    found = read_site(root)
    access = _access(found, name)
    defaults = found.file.defaults
    path = root / defaults.known_hosts
    options = CollectOptions(known_hosts=path, root=root)
    try:
        known_as = parse_address(access.at).known_as
        shown = fetch_host_keys(access, defaults.connect_timeout, options)
    except Refused as refused:
        click.echo(f"{clean(access.at)}: {clean(refused.gap.detail)}. {clean(refused.gap.remedy)}", err=True)
        return 3
    _record(path, known_as, access, [_key(*one) for one in shown], yes=yes, replace=replace)
    return 0


def _key(kind: str, key: str, fingerprint: str) -> ShownKey:
    from pepperbird.cli.trusted import ShownKey

    return ShownKey(clean(kind, 60), key, fingerprint)


def _access(site: Site, name: str) -> Access:
    """The one ssh access that `name` means, with the site's defaults. Raises UsageError."""
    if name.startswith("ssh://"):
        found = [Access(via="ssh", at=name.removeprefix("ssh://").rstrip("/"))]
    else:
        named = list(_accesses(site))
        found = [access for names, access in named if name in names]
        if not found:
            known = [one for names, _ in named for one in names]
            raise UsageError(f"no asset with an ssh access is called {clean(name, 80)!r}{near(name, known)}")
    ways = {(access.at, access.jump) for access in found}
    if len(ways) > 1:
        where = ", ".join(sorted(at for at, _ in ways))
        raise UsageError(f"{clean(name, 80)!r} has several addresses ({where}); name AGENCY/ASSET or one address")
    defaults = site.file.defaults
    update = {"user": found[0].user or defaults.user, "key": found[0].key or defaults.identity}
    return found[0].model_copy(update=update)


def _accesses(site: Site) -> Iterator[tuple[tuple[str, ...], Access]]:
    """Every ssh access with the names it goes by; a jump host is one too, reached through those before it."""
    for agency in site.agencies:
        for asset in agency.assets:
            for access in asset.access:
                if access.via != "ssh":
                    continue
                yield (asset.id, f"{agency.id}/{asset.id}", access.at), access
                for place, hop in enumerate(access.jump):
                    account, _, at = hop.rpartition("@")
                    update = {"at": at, "user": account or access.user, "jump": access.jump[:place], "host_key": None}
                    yield (at,), access.model_copy(update=update)


def _record(path: Path, known_as: str, access: Access, shown: Sequence[ShownKey], *, yes: bool, replace: bool) -> None:
    from pepperbird.cli.trusted import recorded, states

    text = _text(path)
    standing = states(text, known_as, shown)
    click.echo(f"{known_as} shows:")
    for key, state in zip(shown, standing, strict=True):
        click.echo(f"  {key.kind:<20} {key.fingerprint}  {state}")
    _pinned(access, shown)
    if all(state == "known" for state in standing):
        click.echo(f"All of them are recorded in {path} already.")
        return
    _refuse(standing, known_as, path, replace=replace)
    wanted = [key for key, state in zip(shown, standing, strict=True) if replace or state == "new"]
    new = recorded(text, known_as, wanted, replace=replace)
    click.echo(_COMPARE)
    if not yes:
        if not sys.stdin.isatty():
            raise UsageError("nothing was recorded; compare the keys, then run again with --yes")
        if not click.confirm(f"Record them in {path}?"):
            click.echo("Nothing was recorded.")
            return
    write_atomically(path, new.encode("utf-8", "surrogateescape"))
    click.echo(f"Recorded {len(wanted)} {'key' if len(wanted) == 1 else 'keys'} of {known_as} in {path}.")


def _refuse(standing: Sequence[State], known_as: str, path: Path, *, replace: bool) -> None:
    """Raises UsageError for keys that nobody should take for the machine's own."""
    if "revoked" in standing:
        raise UsageError(f"{known_as} shows a key that {path} marks as revoked; nothing was recorded")
    if "changed" in standing and not replace:
        raise UsageError(
            f"{known_as} shows another key than {path} has: the machine was set up anew, or another one answers in its "
            "place. Ask its administrator; only if it is the same machine, run again with --replace. Nothing recorded"
        )


def _pinned(access: Access, shown: Sequence[ShownKey]) -> None:
    if access.host_key is None:
        return
    if access.host_key.rstrip("=") not in {key.fingerprint for key in shown}:
        raise UsageError(f"the register has {access.host_key} as `host_key`, and the machine does not show it")
    click.echo("The register has one of them as `host_key`; it alone decides, whatever known_hosts says.")


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="surrogateescape") if path.exists() else ""
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror}") from error
