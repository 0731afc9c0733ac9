"""Keys and signed key lists for tests."""

from __future__ import annotations

import base64

from pepperbird.trust.envelope import seal
from pepperbird.trust.keylist import KeyEntry, KeyList, SignedKeys, verified
from pepperbird.trust.keys import PrivateKey, Purpose

FROM = "2026-11-01T00:00:00Z"
UNTIL = "2030-01-01T00:00:00Z"


def an_entry(key: PrivateKey, name: str, *may: Purpose) -> KeyEntry:
    return KeyEntry(
        id=key.key_id, public=base64.b64encode(key.public).decode(), name=name, holder=f"holder of {name}", may=may,
        since=FROM, until=UNTIL,
    )  # fmt: skip


def signed(keys: KeyList, *roots: PrivateKey) -> SignedKeys:
    return verified(seal(keys.statement(), *roots))
