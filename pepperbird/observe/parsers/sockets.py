"""/proc/net tables of sockets to listeners with their reach."""

from __future__ import annotations

import re
from ipaddress import IPv4Address, IPv6Address
from typing import Any, Final

from pepperbird.observe.text import keyed, unknown, whole

_TABLES: Final = {"tcp", "tcp6", "udp", "udp6"}
_ENTRY: Final = re.compile(r"([0-9A-F]{8}|[0-9A-F]{32}):([0-9A-F]{4})")
_BIG_ENDIAN: Final = re.compile(r"s390x?|ppc(64)?|mips(64)?|sparc(64)?|armeb|aarch64_be|parisc(64)?")


def proc_net(output: bytes) -> dict[str, Any]:
    """`rows` of listeners. Raises ValueError unless all four tables are accounted for."""
    accounted: set[str] = set()
    big = None
    rows: dict[str, dict[str, Any]] = {}
    for key, value in keyed(whole(output)):
        if key == "machine":
            big = _BIG_ENDIAN.fullmatch(value) is not None
        elif key in ("table", "none") and value in _TABLES:
            accounted.add(value)
        elif key in accounted and big is not None and (found := _ENTRY.fullmatch(value)):
            row = _row(key[:3], found.group(1), int(found.group(2), 16), big)
            rows[row["id"]] = row
        else:
            raise unknown(f"{key} {value}")
    if accounted != _TABLES:
        raise ValueError("not every table of sockets was told")
    return {"rows": [rows[name] for name in sorted(rows)]}


def _row(proto: str, text: str, port: int, big: bool) -> dict[str, Any]:
    raw = bytes.fromhex(text)
    if not big:
        raw = b"".join(raw[at : at + 4][::-1] for at in range(0, len(raw), 4))
    address: IPv4Address | IPv6Address = IPv4Address(raw) if len(raw) == 4 else IPv6Address(raw)
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    shown = f"[{address}]" if address.version == 6 else str(address)
    return {
        "id": f"{proto} {shown}:{port}",
        "proto": proto,
        "address": str(address),
        "port": port,
        "wildcard": address.is_unspecified,
        "scope": _scope(address),
    }


def _scope(address: IPv4Address | IPv6Address) -> str:
    if address.is_unspecified:
        return "wildcard"
    if address.is_loopback:
        return "loopback"
    if address.is_link_local:
        return "link"
    return "private" if address.is_private else "public"
