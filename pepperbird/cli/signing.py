"""The key that a person signs with: found, opened, and held against the key list before anything is signed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pepperbird.cli.common import STORE, state_directory
from pepperbird.cli.opening import master_key
from pepperbird.errors import UsageError
from pepperbird.trust.keylist import KeyEntry
from pepperbird.trust.keys import PrivateKey, Purpose

if TYPE_CHECKING:
    from pepperbird.store.runs import Store

_REF = "env:NAME|file:PATH|cred:NAME"


def key_options(*, required: bool = True) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Give a command `--key` and `--passphrase`."""

    def put(command: Callable[..., Any]) -> Callable[..., Any]:
        command = click.option("--passphrase", metavar=_REF, help="Where the key's passphrase is; else asked for.")(
            command
        )
        text = "Your own key: its file, or its name where `keys new` put it into the state directory."
        return click.option("--key", metavar="FILE|NAME", required=required, help=text)(command)

    return put


@dataclass(frozen=True)
class Signing:
    """An open key and what the key list says of it."""

    key: PrivateKey
    entry: KeyEntry


def open_key(
    site: Path, name: str, reference: str | None, purpose: Purpose, agency: str | None, at: str, *, who: str = ""
) -> Signing:
    """The key `name`, which may sign `purpose` (for `agency`) at `at`. Raises UsageError where it may not.

    `who` is said then too: in words, whose key it takes.
    """
    from pepperbird.cli.keychange import read_list
    from pepperbird.cli.passphrase import passphrase
    from pepperbird.trust.keyfile import read_key

    keys = read_list(site).keys
    path = Path(name).expanduser()
    if not path.exists():
        path = state_directory() / "keys" / f"{name}.pem"
    if not path.exists():
        raise UsageError(f"{name}: no such key file, and none of that name in {path.parent}")
    key = read_key(path, passphrase(reference, f"the key {path}", site))
    entry = next((one for one in keys.keys if one.id == key.key_id), None)
    if entry is None:
        raise UsageError(f"{path}: the key {key.key_id[:16]} is not in the site's key list; see `pepperbird keys new`")
    if refusal := entry.refusal(purpose, at):
        raise UsageError(f"{refusal}; nothing was signed{who}")
    if agency is not None and entry.agency not in (None, agency):
        raise UsageError(f"the key {entry.name} may sign for {entry.agency} only; nothing was signed{who}")
    return Signing(key, entry)


@contextmanager
def open_store(site: Path, at: str) -> Iterator[Store]:
    """The store of this machine, into which the site's key list is entered where it is a new one."""
    from pepperbird.store.runs import Store
    from pepperbird.trust.keysfile import read_keys

    store = Store(state_directory() / STORE, master_key(site))
    try:
        signed = read_keys(site)
        if signed is not None:
            store.ledger.record_keys(signed, at)
        yield store
    finally:
        store.close()
