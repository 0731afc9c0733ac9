"""The copies of a data store: for each repository that it is declared to be backed up to, what can be seen of it there.

A join over the agency: the store's own declaration against the facts of the machines where the repositories lie. A
restore point counts for a store only where it is of that very store: of its machine and a folder above its path, or
of a name that the store declares (`backup_as`) or has itself. A repository that could not be read is a Gap in its row.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from pepperbird.evaluate.guard import guard_of
from pepperbird.evaluate.media import shares_disk
from pepperbird.evaluate.vaults import NOTHING, in_vault
from pepperbird.expression.functions import distance_km, epoch, under
from pepperbird.model.evidence import AssetEvidence, Evidence
from pepperbird.model.gap import Gap, GapReason
from pepperbird.model.plan import JudgedAsset, Plan
from pepperbird.model.site import AWS_BACKUP
from pepperbird.model.state import AssetKind

SNAPSHOTS: Final = frozenset({"btrfs", "zfs"})
"""They lie on the disks of what they are of: on the machine of a store they are no backup of it."""
BESIDE: Final = frozenset({"lvm"})
"""They cannot be sent: each lies in the volume group of its data, and its time tells nothing of when that arrived."""
READERS: Final = {
    **{
        name: name
        for name in ("restic", "borg", "pgbackrest", "rsnapshot", "rsync", "barman", "bacula", *SNAPSHOTS, *BESIDE)
    },
    "files": "dumps",
}
"""By the tool of a repository: the collector whose `points` are its restore points."""
_WHOLE: Final = frozenset({"whole", "marked"})
NOT_ASKED: Final = Gap(
    GapReason.NO_COLLECTOR, "The machine on which the repository lies was not asked in this run.",
    "declare `on:` for the repository and `access:` for that machine, and scan both together",
)  # fmt: skip


def copies_of(plan: Plan, evidence: Evidence, store: JudgedAsset) -> list[dict[str, Any]]:
    """One row per declared repository of a data store; none for any other asset."""
    if store.kind is not AssetKind.DATA_STORE:
        return []
    mine = [one for one in plan.assets if one.agency == store.agency]
    named = _texts(store.declared.get("backed_up_to"))
    repositories = [one for one in mine if one.kind is AssetKind.BACKUP_REPOSITORY and one.id in named]
    site = next((_text(one, "site") for one in mine if one.id == store.host), "")
    places = plan.registers.get(store.agency, {}).get("places", ())
    return [_copy(plan, evidence, store, one, _apart(places, site, _text(one, "site"))) for one in repositories]


def _copy(
    plan: Plan, evidence: Evidence, store: JudgedAsset, repository: JudgedAsset, apart: float | None
) -> dict[str, Any]:
    row: dict[str, Any] = {"id": repository.id, **{name: _text(repository, name) for name in ("tool", "site", "media")}}
    row |= {"system": _text(repository, "system"), **_lock(plan, evidence, repository)}
    row |= {} if apart is None else {"distance_km": apart}
    row |= _where(evidence, store, repository)
    elsewhere = row["bucket"] or row["tool"] == AWS_BACKUP
    guard = {"how": "", "loose": [], "unproved": []} if elsewhere else guard_of(evidence, repository)
    row |= {"guard": guard["how"], "loose": guard["loose"], "unproved": guard["unproved"]}
    row["beside"] = row["tool"] in BESIDE or (row["tool"] in SNAPSHOTS and repository.host == store.host)
    if row["tool"] == AWS_BACKUP:
        return row | in_vault(_told_of(evidence, repository), store, repository)
    row |= NOTHING
    # Whatever is seen of snapshots beside their data, they are no copy of it.
    found = [] if row["beside"] else _restore_points(plan, evidence, store, repository)
    if isinstance(found, Gap):
        return row | {"count": found, "newest": found, "held": found}
    row["count"] = sum(point["count"] for point in found)
    times = {name: _latest(found, name) for name in ("newest", "held")}
    return row | {name: time for name, time in times.items() if time is not None}


def _latest(rows: Sequence[Mapping[str, Any]], column: str) -> Any:
    return max((row[column] for row in rows if column in row), key=epoch, default=None)


def _where(evidence: Evidence, store: JudgedAsset, repository: JudgedAsset) -> dict[str, Any]:
    """On which machine it was seen and when, and whether it lies on the disk of the store itself."""
    seen = evidence.assets.get(f"{repository.agency}/{repository.host}") if repository.host else None
    row: dict[str, Any] = {
        "host": repository.host or "",
        "seen_at": seen.collected_at if seen else "",
        "shares_disk": False,
    }
    if repository.host and repository.host == store.host:
        mounts = NOT_ASKED if seen is None else rows_of(seen, "storage", "filesystems")
        row["shares_disk"] = shares_disk(_text(store, "path"), _text(repository, "path"), mounts)
    return row


def _lock(plan: Plan, evidence: Evidence, repository: JudgedAsset) -> dict[str, Any]:
    """How the bucket of a repository keeps its newest object from being deleted."""
    bucket = _text(repository, "bucket")
    if not bucket:
        return {"bucket": "", "newest_mode": ""}
    register = plan.registers.get(repository.agency, {}).get("repositories", ())
    rows = register if isinstance(register, list | tuple) else ()
    store = next((str(one["asset"]) for one in rows if one["id"] == repository.id), "")
    seen = evidence.assets.get(f"{repository.agency}/{store}")
    found = NOT_ASKED if seen is None else rows_of(seen, "s3", "repositories")
    if not isinstance(found, Gap):
        row = next((one for one in found if one.get("name") == bucket), None)
        if row is not None:
            times = {"bucket_newest": "newest", "newest_locked_until": "newest_locked_until"}
            told = {name: row[field] for name, field in times.items() if field in row}
            return {"bucket": bucket, "newest_mode": row["newest_mode"], **told}
        found = Gap(GapReason.NOT_FOUND, f"The object store told nothing of the bucket of {repository.id}.")
    return {"bucket": bucket, "newest_mode": found, "bucket_newest": found, "newest_locked_until": found}


def _restore_points(
    plan: Plan, evidence: Evidence, store: JudgedAsset, repository: JudgedAsset
) -> list[Mapping[str, Any]] | Gap:
    """The rows of restore points of this store in that repository, or why they cannot be seen."""
    tool = _text(repository, "tool")
    if tool not in READERS:
        return Gap(GapReason.NO_COLLECTOR, f"Nothing reads repositories of {tool or 'an undeclared tool'} yet.")
    seen = _told_of(evidence, repository)
    if isinstance(seen, Gap):
        return seen
    rows = rows_of(seen, READERS[tool], "points")
    if isinstance(rows, Gap):
        return rows
    mine = [row for row in rows if row.get("repository") == repository.id]
    if not mine:
        return Gap(
            GapReason.NOT_FOUND, f"The machine told nothing of {repository.id}: its path is missing or not plain."
        )
    mounted = mounted_of(evidence, repository)
    gap = mounted if isinstance(mounted, Gap) else None if mounted else _unmounted(_text(repository, "mount"))
    gap = gap or next(filter(None, map(_hidden, mine)), None)
    return gap or _matching(plan, store, tool, mine)


def _told_of(evidence: Evidence, repository: JudgedAsset) -> AssetEvidence | Gap:
    """What the machine, or the object store, tells that a repository lies on."""
    seen = evidence.assets.get(f"{repository.agency}/{repository.host}") if repository.host else None
    return seen or NOT_ASKED


def _matching(plan: Plan, store: JudgedAsset, tool: str, rows: Sequence[Mapping[str, Any]]) -> Any:
    names = {store.id, *_texts(store.declared.get("backup_as"))}
    hosts = set(_host_names(plan, store))
    paths = [path for path in (_text(store, "path"), *names) if path.startswith("/")]
    found: list[Mapping[str, Any]] = []
    for row in rows:
        if tool == "restic":
            ours = _label(row["host"]) in hosts and any(under(path, top) for path in paths for top in row["paths"])
        elif tool == "files":
            ours = row["group"] in names or re.split(r"[-_.*?]", row["group"])[0] == store.id
        else:
            ours = row["group"] in names
        if not ours or not row["count"]:
            continue
        ending = row.get("ending", "whole")
        if isinstance(ending, Gap):
            return ending
        if ending in _WHOLE:
            found.append(row)
    return found


def _hidden(row: Mapping[str, Any]) -> Gap | None:
    """The Gap of a row that does not show what its restore points are of, or how many and how new they are."""
    columns = (row.get(name) for name in ("group", "host", "paths", "apart", "count", "newest", "held"))
    return next((value for value in columns if isinstance(value, Gap)), None)


def mounted_of(evidence: Evidence, repository: JudgedAsset) -> bool | Gap:
    """Whether what a repository declares as `mount` is mounted on its machine; True where it declares nothing."""
    mount = _text(repository, "mount")
    if not mount:
        return True
    seen = evidence.assets.get(f"{repository.agency}/{repository.host}") if repository.host else None
    rows = NOT_ASKED if seen is None else rows_of(seen, "storage", "filesystems")
    return rows if isinstance(rows, Gap) else any(row.get("target") == (mount.rstrip("/") or "/") for row in rows)


def _unmounted(mount: str) -> Gap:
    return Gap(
        GapReason.NOT_FOUND, f"{mount} is not mounted on the machine of the repository.", "mount it, and look again"
    )


def rows_of(seen: AssetEvidence, namespace: str, field: str) -> list[Mapping[str, Any]] | Gap:
    """The rows of a fact, or the Gap in their place."""
    facts = seen.facts.get(namespace, NOT_ASKED)
    if isinstance(facts, Gap):
        return facts
    rows = facts.get(field, NOT_ASKED)
    return rows if isinstance(rows, list | Gap) else NOT_ASKED


def _host_names(plan: Plan, store: JudgedAsset) -> Iterator[str]:
    """The first label of every name that the register has for the machine of a store."""
    if store.host:
        yield _label(store.host)
    for endpoint in plan.endpoints:
        if endpoint.agency == store.agency and endpoint.asset == store.host:
            name = endpoint.access.at.partition(":")[0]
            if name and not name.replace(".", "").isdigit():
                yield _label(name)


def _label(name: str) -> str:
    return name.partition(".")[0].lower()


def _apart(places: Any, here: str, there: str) -> float | None:
    """Kilometres between two declared places; None where that cannot be said."""
    if here and here == there:
        return 0.0
    points = {place["id"]: place for place in places if "lat" in place and "lon" in place}
    if here not in points or there not in points:
        return None
    one, other = points[here], points[there]
    return distance_km(one["lat"], one["lon"], other["lat"], other["lon"])


def _text(asset: JudgedAsset, name: str) -> str:
    return str(asset.declared.get(name) or "")


def _texts(value: object) -> list[str]:
    return [str(one) for one in value] if isinstance(value, list | tuple) else []
