"""Where an object store is and how it is spoken to, from one access: a URL or a region of AWS, and a key."""

from __future__ import annotations

import ipaddress
import re
import ssl
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from pepperbird.collect import s3_words
from pepperbird.collect.interface import Order, Refused
from pepperbird.collect.secret import resolve_secret

_REGION: Final = re.compile(r"[a-z]{2}(-[a-z]+)+-[0-9]")


@dataclass(frozen=True, slots=True)
class Place:
    """`url` is '' for AWS itself, whose services lie where the region says."""

    url: str
    region: str
    key: str
    secret: str = field(repr=False)
    account: str | None
    ca: str | None
    buckets: tuple[str, ...]

    @property
    def aws(self) -> bool:
        return not self.url

    @property
    def tls(self) -> bool:
        return self.aws or self.url.startswith("https://")

    def __repr__(self) -> str:
        return self.url or self.region


def place_of(order: Order) -> Place:
    """What an access means. Raises Refused (no-credential, unsupported, host-key) in words."""
    access = order.access
    aws = bool(_REGION.fullmatch(access.at))
    parts = urlsplit(access.at)
    if not aws and (parts.scheme not in ("http", "https") or not parts.hostname or parts.path not in ("", "/")):
        raise Refused(s3_words.no_place(access.at))
    if not aws and re.search(r"(^|\.)amazonaws\.com(\.cn)?$", parts.hostname or ""):
        raise Refused(s3_words.say_region(access.at))
    if parts.scheme == "http" and access.tls != "off" and not _is_here(parts.hostname or ""):
        raise Refused(s3_words.in_the_clear())
    if access.user is None or access.secret is None:
        raise Refused(s3_words.no_key())
    return Place(
        url="" if aws else access.at.rstrip("/"),
        region=access.region or (access.at if aws else "us-east-1"),
        key=access.user,
        secret=resolve_secret(access.secret, order.options.root),
        account=access.account,
        ca=_authorities(order),
        buckets=access.buckets,
    )


def _authorities(order: Order) -> str | None:
    """The file of authorities that vouch for the server: that of the access, else this computer's, if it has one."""
    if not order.access.ca:
        return ssl.get_default_verify_paths().cafile
    path = (order.options.root or Path.cwd()) / Path(order.access.ca).expanduser()
    if not path.is_file():
        raise Refused(s3_words.certificate(f"there is no file {path}"))
    return str(path)


def _is_here(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
