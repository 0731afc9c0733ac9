"""Where a database is and how it is spoken to, from one access of the site: `host:port/database`, account, TLS."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from pathlib import Path

from pepperbird.collect import sql_words
from pepperbird.collect.address import parse_address
from pepperbird.collect.interface import Order, Refused
from pepperbird.collect.secret import resolve_secret


@dataclass(frozen=True, slots=True)
class Target:
    """`tls` is verify, require, prefer or off; `password` is '' where the site names no secret."""

    host: str
    port: int
    database: str | None
    user: str
    password: str
    tls: str
    ca: str | None
    seconds: int

    @property
    def verified(self) -> bool:
        return self.tls == "verify"

    def __repr__(self) -> str:
        return f"{self.user}@{self.host}:{self.port}"


def target_of(order: Order, default_port: int, database: str | None) -> Target:
    """What an access means. Raises Refused (no-credential, unreachable) in words."""
    access = order.access
    place, _, named = access.at.partition("/")
    address = parse_address(place, default_port)
    user = access.user or address.user
    if user is None:
        raise Refused(sql_words.no_user())
    password = resolve_secret(access.secret, order.options.root) if access.secret else ""
    ca = str((order.options.root or Path.cwd()) / Path(access.ca).expanduser()) if access.ca else None
    tls = access.tls or ("verify" if ca else "prefer" if _is_here(address.host) else "require")
    seconds = min(order.endpoint.connect_timeout, order.endpoint.deadline)
    return Target(address.host, address.port, database or named or None, user, password, tls, ca, seconds)


def _is_here(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
