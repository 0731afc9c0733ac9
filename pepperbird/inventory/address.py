"""Addresses as the register writes them: `host`, `host:port`, `[v6]:port`, with or without an account in front."""

from __future__ import annotations

import ipaddress
import re

_HOST = re.compile(
    r"(?=.{1,253}$)[A-Za-z0-9_](?:[A-Za-z0-9_-]*[A-Za-z0-9_])?(?:\.[A-Za-z0-9_](?:[A-Za-z0-9_-]*[A-Za-z0-9_])?)*\.?"
)
_DOTTED = re.compile(r"[0-9.]+")
ACCOUNT = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.@\\-]{0,63}")
"""What may be an account's name: never begins with a dash, which a program would take for an option."""


def split_address(text: str) -> tuple[str, int | None]:
    """Host and port. Raises ValueError with what is wrong and what to write."""
    if "://" in text:
        raise ValueError("a URL, where host or host:port belongs; leave the scheme out")
    if "@" in text:
        raise ValueError("an account stands before the host; write it as `as: ...`")
    if text.startswith("["):
        host, closed, rest = text[1:].partition("]")
        if not closed or (rest and not rest.startswith(":")):
            raise ValueError("an IPv6 address with a port is written [2001:db8::1]:22")
        return _ipv6(host), _port(rest[1:]) if rest else None
    if text.count(":") > 1:
        return _ipv6(text), None
    host, colon, port = text.partition(":")
    return _host(host), _port(port) if colon else None


def check_jump(text: str) -> None:
    """Raises ValueError unless `text` is host, host:port or account@host:port."""
    account, at, address = text.rpartition("@")
    if at and not ACCOUNT.fullmatch(account):
        raise ValueError("the account before @ is not one; write account@host:port")
    split_address(address)


def _host(host: str) -> str:
    if not host:
        raise ValueError("the host is missing; write host or host:port")
    if _DOTTED.fullmatch(host):
        try:
            return str(ipaddress.IPv4Address(host))
        except ValueError:
            raise ValueError("four numbers from 0 to 255 make an IPv4 address; correct it") from None
    if not _HOST.fullmatch(host):
        raise ValueError(
            "not a host name or an address; write letters, digits, dots and dashes, e.g. web.lra.gov.lr:22"
        )
    return host


def _ipv6(host: str) -> str:
    try:
        return str(ipaddress.IPv6Address(host))
    except ValueError:
        raise ValueError("not an IPv6 address; write for example [2001:db8::1]:22") from None


def _port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 5 and 0 < int(text) < 65536):
        raise ValueError("the port is a number from 1 to 65535")
    return int(text)
