"""The recovery point of a data store that is no database: its newest good restore point against what may be lost.

A join over the agency. What may be lost is the smallest recovery point objective of the declared services that use the
store. A restore point counts wherever it was seen; where none is young enough, one that could not be read decides
nothing: it may be the younger one. A replica is named, and counts for nothing: how far it is behind nobody shows.
"""

from __future__ import annotations

from typing import Any, Final

from pepperbird.evaluate.copies import copies_of, rows_of
from pepperbird.expression.functions import epoch
from pepperbird.model.evidence import Evidence
from pepperbird.model.gap import Gap, GapReason
from pepperbird.model.plan import JudgedAsset, Plan
from pepperbird.model.state import AssetKind

_DATABASES: Final = frozenset({AssetKind.POSTGRESQL, AssetKind.MYSQL, AssetKind.MSSQL})
"""Between two backups of these there is their log, which the same control asks for at the database itself."""
_REPLICATED: Final = Gap(
    GapReason.UNSUPPORTED,
    "The bucket is replicated whole, but how far the replica is behind is not shown, so it proves no recovery point.",
    "back the bucket up into a repository that can be read, or hand in a record of how far replication is behind",
)


def objectives_of(plan: Plan, evidence: Evidence, store: JudgedAsset, at: str) -> list[dict[str, Any]]:
    """One row for a store that a service with an objective uses and that is no database; none for any other asset."""
    if store.kind is not AssetKind.DATA_STORE or store.declared.get("on_kind") in _DATABASES:
        return []
    register: Any = plan.registers.get(store.agency, {})
    services = {
        one["id"]: one["rpo"] for one in register.get("services", ()) if store.id in one["stores"] and "rpo" in one
    }
    if not services:
        return []
    limit = min(services.values())
    copies = copies_of(plan, evidence, store)
    row = {"id": store.id, "rpo": limit, "services": sorted(services), "sources": [_source(one) for one in copies]}
    return [row | _newest(copies, _replica(plan, evidence, store), epoch(at) - limit * 60)]


def _source(copy: dict[str, Any]) -> str:
    newest = copy.get("newest")
    told = "not seen" if isinstance(newest, Gap) else f"newest {newest}" if newest else "no restore point of it"
    seen = f"; looked at {copy['seen_at']}" if copy["seen_at"] else ""
    return f"{copy['id']} on {copy['host'] or 'no machine'} ({told}{seen})"


def _newest(copies: list[dict[str, Any]], replica: Gap | None, youngest: int) -> dict[str, Any]:
    known = [one["newest"] for one in copies if "newest" in one and not isinstance(one["newest"], Gap)]
    best = max(known, key=epoch, default=None)
    if best is not None and epoch(best) >= youngest:
        return {"newest": best}
    gap = next((one["newest"] for one in copies if isinstance(one.get("newest"), Gap)), replica)
    return {"newest": gap} if gap else {"newest": best} if best is not None else {}


def _replica(plan: Plan, evidence: Evidence, store: JudgedAsset) -> Gap | None:
    """The Gap of a bucket that has a replica, or of which that could not be seen; None where it has none."""
    bucket = store.declared.get("bucket")
    register: Any = plan.registers.get(store.agency, {})
    place = next((one["asset"] for one in register.get("stores", ()) if one["id"] == store.id), "")
    seen = evidence.assets.get(f"{store.agency}/{place}")
    if not bucket or store.declared.get("on_kind") != AssetKind.S3_BUCKET or seen is None:
        return None
    found = rows_of(seen, "s3", "buckets")
    if isinstance(found, Gap):
        return found
    told = next((one.get("replicated") for one in found if one.get("name") == bucket), None)
    return told if isinstance(told, Gap) else _REPLICATED if told else None
