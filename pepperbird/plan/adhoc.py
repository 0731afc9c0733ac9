"""Targets named on the command line (`local`, `ssh://user@host:port`, `replay:FOLDER`) as a site of their own.

Such a scan judges what it was pointed at and nothing else: its scope is partial, its score never an agency's.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from urllib.parse import urlsplit

from pepperbird.errors import UsageError
from pepperbird.model.site import Access, Agency, Asset, Defaults, Site, SiteFile
from pepperbird.model.state import AssetKind, Tier

AGENCY = "adhoc"


def site_of_targets(targets: Sequence[str], *, tier: Tier, defaults: Defaults) -> Site:
    """A site with one agency `adhoc` that has one Linux server per target. Raises UsageError."""
    accesses = [_access(target) for target in targets]
    names = [_name(access) for access in accesses]
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        raise UsageError(f"the same target twice: {', '.join(repeated)}; name each once")
    assets = tuple(
        Asset(id=name, kind=AssetKind.LINUX_SERVER, access=(access,))
        for name, access in zip(names, accesses, strict=True)
    )
    agency = Agency(id=AGENCY, name="Targets named on the command line", tier=tier, assets=assets)
    return Site(file=SiteFile(name="ad hoc", defaults=defaults), agencies=(agency,))


def _access(target: str) -> Access:
    if target == "local":
        return Access(via="local", at="localhost")
    if target.startswith("replay:") and len(target) > len("replay:"):
        return Access(via="replay", at=target.removeprefix("replay:"))
    try:
        parts = urlsplit(target)
        port = parts.port
    except ValueError as error:
        raise UsageError(f"target {target!r} is not readable: {error}") from error
    if parts.scheme != "ssh" or not parts.hostname or parts.path not in ("", "/") or parts.password is not None:
        raise UsageError(f"target {target!r} is not known; use local, ssh://user@host:port, replay:FOLDER or a site")
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return Access(via="ssh", at=f"{host}:{port}" if port else host, user=parts.username)


def _name(access: Access) -> str:
    name = re.sub(r"[^a-z0-9._-]+", "-", access.at.lower()).strip("-._")
    return (name or "target")[-64:].lstrip("-._")
