"""How full a bucket is of what it and its owner may hold, as Ceph says it in headers to the owner of the bucket.

A limit on the owner is one on all its buckets together: it is judged only where every bucket of the key was asked. Ceph
names a limit also where it was set and not switched on; it counts, as it may be switched on at any time.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from pepperbird.model.gap import Gap, GapReason
from pepperbird.observe.parsers.s3_cells import cell_of

_UNTOLD: Final = Gap(
    GapReason.UNSUPPORTED, "the server does not say how full the bucket is, nor what limits it",
    "have its administrator show the quotas, and record them in a waiver",
)  # fmt: skip
_NOT_OWNER: Final = Gap(
    GapReason.DENIED, "the server shows the quotas of a bucket only to the key of its owner",
    "scan with a key of the user who owns the bucket",
)  # fmt: skip
_NOT_ALL: Final = Gap(
    GapReason.UNSUPPORTED,
    "the owner of the bucket has a quota on all its buckets together, and not all of them were asked",
    "set a quota on the bucket itself instead (`radosgw-admin quota set --quota-scope=bucket --bucket=NAME`), or let "
    "the key own no other buckets",
)  # fmt: skip
_OVERFULL: Final = 1000
_USED: Final = {"size": "x-rgw-bytes-used", "objects": "x-rgw-object-count"}


def room_of(name: str, given: Mapping[str, Any], *, aws: bool) -> dict[str, Any]:
    """Whether anything limits the bucket, and how much of the fullest limit is used."""
    if aws:
        return {"limited": False, "used_percent": 0}
    found = cell_of(given, "room", name, lambda answer: _headers(answer["Headers"]))
    if not isinstance(found, Gap):
        found = _limits(found, _of_all(given))
    if isinstance(found, Gap):
        return {"limited": found, "used_percent": found}
    shares = [100 if not limit else min(-(-100 * used // limit), _OVERFULL) for used, limit in found]
    return {"limited": bool(shares), "used_percent": max(shares, default=0)}


def _headers(found: Mapping[str, str]) -> dict[str, int] | Gap:
    """Every number that the server must give. Raises ValueError for anything that is none."""
    numbers = {name: int(value) for name, value in found.items()}
    if not set(_USED.values()) <= set(numbers):
        return _UNTOLD
    quotas = {f"x-rgw-quota-{who}-{what}" for who in ("user", "bucket") for what in _USED}
    if any(numbers[name] < 0 for name in _USED.values()):
        raise ValueError("less than nothing is used")
    return numbers if quotas <= set(numbers) else _NOT_OWNER


def _limits(mine: Mapping[str, int], together: Mapping[str, int] | None) -> list[tuple[int, int]] | Gap:
    """Pairs of what is used and what may be."""
    found = []
    for what, used in _USED.items():
        if (limit := mine[f"x-rgw-quota-bucket-{what}"]) >= 0:
            found.append((mine[used], limit))
        if (limit := mine[f"x-rgw-quota-user-{what}"]) >= 0:
            if together is None:
                return _NOT_ALL
            found.append((together[used], limit))
    return found


def _of_all(given: Mapping[str, Any]) -> dict[str, int] | None:
    """What all buckets of the key hold together; None where not every one of them was asked."""
    listed = given["buckets"]
    if isinstance(listed, Gap) or listed.get("more") or "answer" not in listed:
        return None
    rows = [
        cell_of(given, "room", str(row["Name"]), lambda answer: _headers(answer["Headers"]))
        for row in listed["answer"].get("Buckets", ())
    ]
    known = [row for row in rows if not isinstance(row, Gap)]
    if len(known) < len(rows) or not rows:
        return None
    return {name: sum(row[name] for row in known) for name in _USED.values()}
