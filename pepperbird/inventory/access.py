"""What must hold of one access: an address of the right form, and secrets that are only referred to.

A password in the register is never repeated in a message.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from pepperbird.inventory.address import ACCOUNT, check_jump, split_address
from pepperbird.inventory.raw import Row, said, texts
from pepperbird.located.document import Path

Fault = tuple[Path, str]
HOW = "write `secret: env:NAME`, `file:PATH`, `cred:NAME` or `command:...`, and keep the secret itself out of the site"
_REFERENCE = re.compile(r"(env|file|cred|command):.+")
_INLINE = frozenset({"password", "passwd", "pass", "passphrase", "token", "private_key"})
_FINGERPRINT = re.compile(r"SHA256:[A-Za-z0-9+/]{43}=?")
_HOSTS = frozenset({"ssh", "tls", "smtp", "tcp"})
_NEEDS_AT = _HOSTS | {"replay", "sql", "s3", "restic", "http", "dns"}
_REGION = re.compile(r"[a-z]{2}(-[a-z]+)+-[0-9]")
_URL = re.compile(r"https?://[A-Za-z0-9.\[\]:_-]+/?")
_FORMS = {
    "s3": "the URL of the server, or a region of AWS",
    "ssh": "host or host:port",
    "tls": "host:port",
    "smtp": "host:port",
    "tcp": "host:port",
    "http": "a URL",
}


def without_secrets(data: Any) -> tuple[Any, list[Fault]]:
    """The same data with every inline secret taken out, and what to say about each; for all that follows to be safe."""
    if not isinstance(data, dict) or not isinstance(data.get("assets"), list):
        return data, []
    faults: list[Fault] = []
    assets = [_asset(asset, ("assets", index), faults) for index, asset in enumerate(data["assets"])]
    return {**data, "assets": assets}, faults


def _asset(asset: Any, path: Path, faults: list[Fault]) -> Any:
    if not isinstance(asset, dict) or not isinstance(asset.get("access"), list):
        return asset
    accesses = [_masked(one, (*path, "access", index), faults) for index, one in enumerate(asset["access"])]
    return {**asset, "access": accesses}


def _masked(access: Any, path: Path, faults: list[Fault]) -> Any:
    if not isinstance(access, dict):
        return access
    kept = dict(access)
    for name in access:
        if isinstance(name, str) and name.lower() in _INLINE:
            faults.append(((*path, name), f"{said((*path, name))}: a secret does not stand in the register; {HOW}"))
            del kept[name]
    secret, key = access.get("secret"), access.get("key")
    if secret is not None and not (isinstance(secret, str) and _REFERENCE.fullmatch(secret)):
        faults.append(((*path, "secret"), f"{said((*path, 'secret'))}: not a reference to a secret; {HOW}"))
        del kept["secret"]
    if isinstance(key, str) and ("PRIVATE KEY" in key or "\n" in key):
        message = f"{said((*path, 'key'))}: a private key itself; write the path of the file that holds it"
        faults.append(((*path, "key"), message))
        del kept["key"]
    return kept


def access_faults(path: Path, access: Row) -> Iterator[Fault]:
    """What is wrong with one access beyond its model."""
    via, at = str(access.get("via")), access.get("at", "")
    here = (*path, "at") if "at" in access else path
    if via in _NEEDS_AT and at == "":
        yield here, f"{said(path)}: `at` is missing; write where {via} goes: {_FORMS.get(via, 'host, path or name')}"
    elif via == "local" and at not in ("", "localhost"):
        yield (
            here,
            (
                f"{said(here)}: `via: local` looks at the computer that pepperbird itself runs on, not at {at!r}; "
                "write `via: ssh`, or leave `at` out"
            ),
        )
    elif isinstance(at, str) and at and via in _HOSTS:
        yield from _address(here, at)
    elif via == "s3" and not (_REGION.fullmatch(str(at)) or _URL.fullmatch(str(at))):
        yield here, f"{said(here)}: not an object store; write https://host:port without a bucket, or a region of AWS"
    elif via == "http" and not re.fullmatch(r"https?://[^\s/?#@]+[^\s]*", str(at)):
        yield here, f"{said(here)}: not a URL; write https://host/path, without an account in it"
    yield from _options(path, access)


def _address(path: Path, at: str) -> Iterator[Fault]:
    try:
        split_address(at)
    except ValueError as error:
        yield path, f"{said(path)}: {error}"


def _options(path: Path, access: Row) -> Iterator[Fault]:
    user, key, pin = access.get("as"), access.get("key"), access.get("host_key")
    if isinstance(user, str) and not ACCOUNT.fullmatch(user):
        yield (*path, "as"), f"{said((*path, 'as'))}: not the name of an account; write letters, digits, . _ - only"
    if isinstance(key, str) and (not key.strip() or key.startswith("-")):
        yield (*path, "key"), f"{said((*path, 'key'))}: not a path; write the path of the private key file"
    if isinstance(pin, str) and not _FINGERPRINT.fullmatch(pin):
        message = "not a fingerprint; write SHA256: and 43 characters, as `pepperbird inventory trust` shows it"
        yield (*path, "host_key"), f"{said((*path, 'host_key'))}: {message}"
    for place, hop in texts(access, "jump"):
        try:
            check_jump(hop)
        except ValueError as error:
            yield (*path, *place), f"{said((*path, *place))}: {error}"
