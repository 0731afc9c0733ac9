"""What the copies of a data store lie on: whether that is the disk of the store itself, and which systems there are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from pepperbird.expression.functions import epoch, under
from pepperbird.model.gap import Gap, GapReason

_UNDECLARED: Final = Gap(
    GapReason.NO_COLLECTOR, "The register does not say on which storage system this repository lies.",
    "add `system:` to the repository: a name of the disk, array or service, the same for all that lies on it",
)  # fmt: skip
_NO_PATH: Final = Gap(
    GapReason.NOT_FOUND, "Store and repository stand on one machine, and the path of one is not declared.",
    "add `path:` to both, so that it can be seen whether they lie on the same disk",
)  # fmt: skip


def shares_disk(store: str, repository: str, mounts: Sequence[Mapping[str, Any]] | Gap) -> bool | Gap:
    """Whether two paths of one machine lie on the same disk: one file system, one pool, or disks in common.

    Copies on one disk or one array die together: they are one copy.
    """
    if isinstance(mounts, Gap):
        return mounts
    if not store.startswith("/") or not repository.startswith("/"):
        return _NO_PATH
    here, there = _deepest(store, mounts), _deepest(repository, mounts)
    if here is None or there is None:
        return Gap(GapReason.NOT_FOUND, "The machine did not tell which file system the store or the repository is on.")
    if here["target"] == there["target"]:
        return True
    for name in ("device", "volume"):
        if here.get(name) and here.get(name) == there.get(name):
            return True
    disks = here.get("stands_on"), there.get("stands_on")
    gap = next((one for one in disks if isinstance(one, Gap)), None)
    if gap is not None:
        return gap
    one, other = (set(disk) if isinstance(disk, list) else set() for disk in disks)
    return bool(one & other)


def _deepest(path: str, mounts: Sequence[Mapping[str, Any]]) -> Mapping[str, Any] | None:
    above = [one for one in mounts if under(path, str(one["target"]))]
    return max(above, key=lambda one: len(str(one["target"])), default=None)


def systems_of(copies: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """One row per storage system, with the newest restore point on it; where one is not declared, a row of its own.

    Only what is not on the disk of the store itself counts. The unseen may be newer: then a known one still stands.
    """
    found: dict[str, dict[str, Any]] = {}
    for copy in copies:
        name = str(copy["system"])
        row: dict[str, Any] = {"id": name, "newest": copy.get("newest"), "apart": _not(copy["shares_disk"])}
        if not name:
            row = {"id": f"{copy['id']} (system not declared)", "newest": _UNDECLARED, "apart": _UNDECLARED}
        before = found.get(row["id"])
        found[row["id"]] = row if before is None else _better(before, row)
    return [{key: value for key, value in row.items() if value is not None} for row in found.values()]


def _not(value: bool | Gap) -> bool | Gap:
    return value if isinstance(value, Gap) else not value


def _better(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    """Of two copies on one system the one that says more: apart and newer, then what is unknown, then the rest."""
    return max(one, other, key=_rank)


def _rank(row: Mapping[str, Any]) -> tuple[int, int]:
    newest, apart = row["newest"], row["apart"]
    if isinstance(newest, Gap) or isinstance(apart, Gap):
        return 1, 0
    return (2 if newest and apart else 0), epoch(newest) if newest else 0
