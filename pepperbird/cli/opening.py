"""Open the store with its master key: by PEPPERBIRD_MASTER_KEY, else as the site's site.yaml names it."""

from __future__ import annotations

import os
import re
import stat
from pathlib import Path
from typing import TYPE_CHECKING

from pepperbird.cli.common import SITE_FILE, STORE, state_directory
from pepperbird.errors import TrustError, UsageError

if TYPE_CHECKING:
    from pepperbird.store.runs import Store
    from pepperbird.trust.vault import Master

VARIABLE = "PEPPERBIRD_MASTER_KEY"
_REFERENCE = re.compile(r"(env|file|cred|command):.+")
_MAX = 1 << 20


def open_store(site: Path | None = None) -> Store:
    """The store, to be closed by the caller. `site` is the site's folder; else this folder, where it is one."""
    from pepperbird.store.runs import Store

    return Store(state_directory() / STORE, master_key(site))


def master_key(site: Path | None = None) -> Master | None:
    """The master key, None where none is named. Raises UsageError for one that is named and cannot be had."""
    folder = site if site is not None else Path()
    variable = os.environ.get(VARIABLE)
    if variable is not None:
        return read_master(variable, None, VARIABLE)
    reference = _named(folder / SITE_FILE)
    return None if reference is None else read_master(reference, folder, f"{folder / SITE_FILE}: master_key")


def read_master(reference: str, root: Path | None, what: str) -> Master:
    """The master key behind a reference. Raises UsageError; a file must be its owner's alone."""
    from pepperbird.cli.passphrase import passphrase
    from pepperbird.trust.vault import master_of

    if not _REFERENCE.fullmatch(reference):
        raise UsageError(f"{what}: not a reference; it is env:NAME, file:PATH, cred:NAME or command:...")
    kind, _, rest = reference.partition(":")
    if kind == "file":
        _require_private((root or Path()) / Path(rest).expanduser())
    try:
        return master_of(passphrase(reference, what, root))
    except TrustError as error:
        raise UsageError(f"{what}: {error}") from None


def _require_private(path: Path) -> None:
    try:
        mode = path.stat().st_mode
    except OSError as error:
        raise UsageError(f"{path}: the master key cannot be read: {error.strerror}") from error
    if stat.S_ISREG(mode) and mode & 0o077:
        raise UsageError(f"{path}: others may read or change the master key (mode {mode & 0o777:o}); chmod 600 {path}")


def _named(path: Path) -> str | None:
    """What site.yaml names; None where it cannot be read, which those who need the site say."""
    from pepperbird.located.document import parse_bytes

    try:
        with path.open("rb") as file:
            data = parse_bytes(file.read(_MAX), str(path)).data
    except OSError:
        return None
    defaults = data.get("defaults") if isinstance(data, dict) else None
    named = defaults.get("master_key") if isinstance(defaults, dict) else None
    return named if isinstance(named, str) else None
