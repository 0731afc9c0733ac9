"""Recovery joined over the agency: what drills prove of each service, and how new the backups of a database are.

Held beside what people attested: an exercise that claims a restore has a signed drill behind it, a fail-over that
claims a switch has left its mark on the cluster's timeline.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from pepperbird.evaluate.copies import copies_of
from pepperbird.evaluate.disks import vanished_of
from pepperbird.evaluate.document import Papers, newest
from pepperbird.evaluate.drills import drilled_of, repositories_of
from pepperbird.evaluate.objectives import objectives_of
from pepperbird.evaluate.register_past import register_changes_of
from pepperbird.evaluate.standbys import primaries_of
from pepperbird.expression.functions import epoch
from pepperbird.model.attested import Attested
from pepperbird.model.evidence import Evidence, Memory
from pepperbird.model.gap import Gap, GapReason
from pepperbird.model.plan import JudgedAsset, Plan
from pepperbird.model.state import AssetKind, Tier

EXERCISE: Final = "DR-05.1"
FAILOVER: Final = "DR-09.1"
_ORDER: Final = list(Tier)
_NO_STORE: Final = Gap(
    GapReason.NO_COLLECTOR, "The register names no data store of this service, or no repository of its backups.",
    "name its stores as `stores:` and their repositories as `backed_up_to:`",
)  # fmt: skip
_NO_RECORD: Final = Gap(
    GapReason.NO_ATTESTATION, "No record of a failover test counts, so there is nothing to hold the servers against.",
    "hand in the record of DR-09.1",
)  # fmt: skip
_NO_COPY: Final = Gap(
    GapReason.NO_COLLECTOR, "The register names no repository that this store is backed up to.",
    "name it at the store as `backed_up_to:`",
)  # fmt: skip


def recovery_of(
    plan: Plan, evidence: Evidence, known: Memory, papers: Papers, asset: JudgedAsset, at: str
) -> dict[str, Any]:
    """By the name that checks use; no row where it does not concern the kind of asset."""
    return {
        "primaries": primaries_of(plan, evidence, asset),
        "backups": backups_of(plan, evidence, asset),
        "objectives": objectives_of(plan, evidence, asset, at),
        "exercised": exercised_of(plan, evidence, papers, asset, at),
        "failovers": failovers_of(plan, known, papers, asset, at),
        "register_changes": register_changes_of(known, papers, asset, at),
        "vanished_disks": vanished_of(plan, evidence, known, papers, asset),
    }


def exercised_of(plan: Plan, evidence: Evidence, papers: Papers, agency: JudgedAsset, at: str) -> list[dict[str, Any]]:
    """For an agency each service: what an exercise claims of it, and the newest good drill of any of its stores."""
    if agency.kind is not AssetKind.AGENCY:
        return []
    register = plan.registers.get(agency.agency, {})
    services: Any = register.get("services", ())
    stores = {one.id: one for one in _ours(plan, agency, AssetKind.DATA_STORE)}
    top = max((_ORDER.index(Tier(one["tier"])) for one in services), default=0)
    record = _counting(papers, EXERCISE, at)
    claims = {row.of: str(row.figures.get("type", "")) for row in record.measured} if record else {}
    rows = []
    for one in services:
        mine = [stores[name] for name in one["stores"] if name in stores]
        row = {"id": one["id"], "highest": _ORDER.index(Tier(one["tier"])) == top, "claimed": claims.get(one["id"], "")}
        rows.append(row | _proved(plan, evidence, mine))
    return rows


def _proved(plan: Plan, evidence: Evidence, stores: list[JudgedAsset]) -> dict[str, Any]:
    drills = [drilled_of(evidence, where, one.id) for one in stores for where in repositories_of(plan, one)]
    known = [one for one in drills if not isinstance(one["count"], Gap)]
    good = [one for one in known if one["count"] and one["good"] and one["matched"] == one["expected"]]
    if (not good and len(known) < len(drills)) or not drills:
        gap = next((one["count"] for one in drills if isinstance(one["count"], Gap)), _NO_STORE)
        return {"good": gap, "unproved": gap, "ended": gap}
    last = {"ended": max((one["ended"] for one in good), key=epoch)} if good else {}
    return {"good": len(good), "unproved": sum(one["unproved"] for one in known), **last}


def backups_of(plan: Plan, evidence: Evidence, asset: JudgedAsset) -> list[dict[str, Any]]:
    """For a database server each of its stores: its newest restore point anywhere, and how old that may be."""
    if asset.kind not in (AssetKind.POSTGRESQL, AssetKind.MYSQL):
        return []
    register: Mapping[str, Any] = plan.registers.get(asset.agency, {})
    here = {one["id"] for one in register.get("stores", ()) if one["asset"] == asset.id}
    rows = []
    for store in _ours(plan, asset, AssetKind.DATA_STORE):
        if store.id in here:
            points = [one["rpo"] for one in register.get("services", ()) if store.id in one["stores"] and "rpo" in one]
            limit = {"rpo": min(points)} if points else {}
            rows.append({"id": store.id, **limit, **_newest(copies_of(plan, evidence, store))})
    return rows


def _newest(copies: list[dict[str, Any]]) -> dict[str, Any]:
    seen = [one["newest"] for one in copies if "newest" in one and not isinstance(one["newest"], Gap)]
    if seen:
        return {"newest": max(seen, key=epoch)}
    gap = next((one["newest"] for one in copies if isinstance(one.get("newest"), Gap)), None if copies else _NO_COPY)
    return {} if gap is None else {"newest": gap}


def failovers_of(plan: Plan, known: Memory, papers: Papers, agency: JudgedAsset, at: str) -> list[dict[str, Any]] | Gap:
    """For an agency each PostgreSQL server of a service that a failover test claims, with its remembered timeline."""
    if agency.kind is not AssetKind.AGENCY:
        return []
    record = _counting(papers, FAILOVER, at)
    if record is None:
        return _NO_RECORD
    register: Mapping[str, Any] = plan.registers.get(agency.agency, {})
    claimed = {row.of for row in record.measured}
    servers = {one.id for one in _ours(plan, agency, AssetKind.POSTGRESQL)}
    where = {one["id"]: one["asset"] for one in register.get("stores", ()) if one["asset"] in servers}
    return [
        {"id": f"{one['id']} on {server}", "signed": record.signed_at, **watched}
        for one in register.get("services", ())
        if one["id"] in claimed
        for server in sorted({where[store] for store in one["stores"] if store in where})
        for watched in _watched(known, f"{agency.agency}/{server}")
    ]


def _watched(known: Memory, key: str) -> Iterator[dict[str, Any]]:
    for row in known.tracks.get(key, {}).get("postgresql.histories", {}).values():
        last = {"changed": row["changed"][-1]} if row["changed"] else {}
        yield {"since": row["since"], **last}


def _counting(papers: Papers, clause: str, at: str) -> Attested | None:
    found = newest([one for one in papers.attested if one.clause == clause and one.asset is None], at)
    return found if found is not None and not found.refusal else None


def _ours(plan: Plan, asset: JudgedAsset, kind: AssetKind) -> list[JudgedAsset]:
    return [one for one in plan.assets if one.agency == asset.agency and one.kind is kind]
