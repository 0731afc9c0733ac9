"""known_hosts files as OpenSSH writes them: plain, hashed and wildcard names, [host]:port, @revoked.

Reading never fails on a strange line: it is passed over, and can so never vouch for a host. @cert-authority lines are
passed over too: we ask servers for plain keys only.
"""

from __future__ import annotations

import base64
import binascii
import fnmatch
import hashlib
import hmac
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from pathlib import Path

from pepperbird.collect.address import Address


@dataclass(frozen=True, slots=True)
class Entry:
    """One line: which names, which key, and whether the key is revoked."""

    names: tuple[str, ...]
    kind: str
    key: bytes
    revoked: bool = False

    def holds_for(self, name: str) -> bool:
        found = False
        for pattern in self.names:
            if pattern.startswith("|1|"):
                found = found or _hashed(pattern, name)
            elif pattern.startswith("!"):
                if _matches(pattern[1:], name):
                    return False
            else:
                found = found or _matches(pattern, name)
        return found


class Standing(StrEnum):
    KNOWN = "known"
    CHANGED = "changed"
    UNKNOWN = "unknown"
    REVOKED = "revoked"


def fingerprint(key: bytes) -> str:
    """The fingerprint as `ssh-keygen -l` shows it."""
    return "SHA256:" + base64.b64encode(hashlib.sha256(key).digest()).decode("ascii").rstrip("=")


def read_known_hosts(path: Path) -> tuple[Entry, ...]:
    """The entries of a file; none where there is no file. Raises OSError where it cannot be read."""
    try:
        status = path.stat()
    except FileNotFoundError:
        return ()
    return _read(path, status.st_mtime_ns, status.st_size)


@lru_cache(maxsize=8)
def _read(path: Path, _changed: int, _size: int) -> tuple[Entry, ...]:
    return tuple(parse_known_hosts(path.read_text(encoding="utf-8", errors="replace").splitlines()))


def parse_known_hosts(lines: Iterable[str]) -> Iterable[Entry]:
    for line in lines:
        fields = line.split()
        marker = fields.pop(0) if fields and fields[0].startswith("@") else ""
        if len(fields) < 3 or fields[0].startswith("#") or marker not in ("", "@revoked"):
            continue
        try:
            key = base64.b64decode(fields[2], validate=True)
        except (binascii.Error, ValueError):
            continue
        yield Entry(tuple(fields[0].split(",")), fields[1], key, marker == "@revoked")


def entries_for(entries: Sequence[Entry], address: Address) -> list[Entry]:
    return [entry for entry in entries if entry.holds_for(address.known_as)]


def standing(entries: Sequence[Entry], key: bytes) -> Standing:
    """What `entries` (those of one host) say about a key it showed. One known key of several is enough."""
    if any(entry.revoked and entry.key == key for entry in entries):
        return Standing.REVOKED
    good = [entry for entry in entries if not entry.revoked]
    if any(entry.key == key for entry in good):
        return Standing.KNOWN
    return Standing.CHANGED if good else Standing.UNKNOWN


def _matches(pattern: str, name: str) -> bool:
    pattern = pattern.lower()
    if "*" not in pattern and "?" not in pattern:
        return pattern == name
    # `[` begins a port here, not a set of characters.
    return fnmatch.fnmatchcase(name, pattern.replace("[", "[[]"))


def _hashed(pattern: str, name: str) -> bool:
    try:
        _, _, salt, digest = pattern.split("|")
        computed = hmac.new(base64.b64decode(salt), name.encode("utf-8"), hashlib.sha1).digest()
        return hmac.compare_digest(computed, base64.b64decode(digest))
    except (ValueError, binascii.Error):
        return False
