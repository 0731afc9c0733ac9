"""Targets named on the command line (`local`, `ssh://user@host:port`, `replay:FOLDER`) as a site of their own.

Such a scan judges what it was pointed at and nothing else: its scope is partial, its score never an agency's.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final
from urllib.parse import urlsplit

from pepperbird.errors import UsageError
from pepperbird.model.site import Access, Agency, Asset, Defaults, Site, SiteFile
from pepperbird.model.state import AssetKind, Tier

AGENCY = "adhoc"
_DATABASES: Final = {"postgresql": AssetKind.POSTGRESQL, "mysql": AssetKind.MYSQL}
_KINDS: Final = {**_DATABASES, "s3": AssetKind.S3_BUCKET}
_SECRET_KEY: Final = "env:AWS_SECRET_ACCESS_KEY"
_PASSWORDS: Final = {"postgresql": "env:PGPASSWORD", "mysql": "env:MYSQL_PWD"}
"""Where the password of a database named on the command line comes from: never from there itself."""


def site_of_targets(targets: Sequence[str], *, tier: Tier, defaults: Defaults) -> Site:
    """A site with one agency `adhoc` that has one server or database per target. Raises UsageError."""
    accesses = [_access(target) for target in targets]
    names = [_name(access) for access in accesses]
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        raise UsageError(f"the same target twice: {', '.join(repeated)}; name each once")
    assets = tuple(
        Asset(id=name, kind=_kind(target), access=(access,))
        for name, access, target in zip(names, accesses, targets, strict=True)
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
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    if parts.scheme in _DATABASES and host and parts.password is None:
        at = (f"{host}:{port}" if port else host) + (parts.path if parts.path != "/" else "")
        return Access(via="sql", at=at, user=parts.username, secret=_PASSWORDS[parts.scheme])
    if parts.scheme == "s3" and parts.hostname and parts.username and parts.password is None:
        return _object_store(host or "", port, parts.username, parts.path.strip("/"))
    if parts.scheme != "ssh" or not parts.hostname or parts.path not in ("", "/") or parts.password is not None:
        raise UsageError(
            f"target {target!r} is not known; use local, ssh://user@host:port, "
            "postgresql://user@host:port/database, mysql://user@host:port, s3://KEY@host:port/bucket, "
            "replay:FOLDER or a site"
        )
    return Access(via="ssh", at=f"{host}:{port}" if port else host, user=parts.username)


def _object_store(host: str, port: int | None, key: str, bucket: str) -> Access:
    """A region of AWS, which has no dot, or a server that is spoken to over TLS."""
    at = f"https://{host}:{port}" if port else f"https://{host}" if "." in host else host
    given = {"via": "s3", "at": at, "as": key, "secret": _SECRET_KEY, "buckets": [bucket] if bucket else []}
    try:
        return Access.model_validate(given)
    except ValueError as error:
        raise UsageError(f"{bucket!r} is no name of a bucket") from error


def _kind(target: str) -> AssetKind:
    return _KINDS.get(target.partition("://")[0], AssetKind.LINUX_SERVER)


def _name(access: Access) -> str:
    name = re.sub(r"[^a-z0-9._-]+", "-", access.at.lower().removeprefix("https://")).strip("-._")
    return (name or "target")[-64:].lstrip("-._")
