"""Signed results of verifications and restore drills, joined over the agency: by repository, by store, by service.

The register says of a repository which key its drills are signed with, and on which server the results lie. Only what
that key signed counts. A result for the repository that claims to be newer and is not signed by it is counted apart:
it may be one that was altered, so that whoever judges must not pass by it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from pepperbird.expression.functions import epoch
from pepperbird.model.evidence import AssetEvidence, Evidence
from pepperbird.model.gap import Gap, GapReason
from pepperbird.model.plan import JudgedAsset, Plan
from pepperbird.model.state import AssetKind

Row = Mapping[str, Any]
_NOT_DECLARED: Final = Gap(
    GapReason.NO_COLLECTOR, "The register names no key that drills of this repository are signed with.",
    "run `pepperbird-drill key` where the drills are run, and add `drills: {key: 'SHA256:...'}` to the repository",
)  # fmt: skip
_NOT_ASKED: Final = Gap(
    GapReason.NO_COLLECTOR, "The server on which the results of drills lie was not asked in this run.",
    "declare `drills: {on: SERVER, ...}` for the repository and `access:` for that server, and scan both together",
)  # fmt: skip
_NO_REPOSITORY: Final = Gap(
    GapReason.NO_COLLECTOR, "The register names no repository that this is backed up to: nothing can be drilled.",
    "name it at the store as `backed_up_to:`",
)  # fmt: skip
_NO_DRILL: Final = Gap(
    GapReason.NO_COLLECTOR, "No restore drill of this is on record.",
    "restore it once with pepperbird-drill, which takes the time",
)  # fmt: skip
_UNPROVED: Final = Gap(
    GapReason.PARSE, "There are results of drills, but none is signed with the key that the register names.",
    "find out who wrote them; `pepperbird-drill key` prints the fingerprint of a machine's key",
)  # fmt: skip
_VERIFIED: Final = ("count", "standing", "unproved", "newest")
_DRILLED: Final = ("count", "unproved", "ended", "good", "expected", "matched")
_SERVICE: Final = ("good", "minutes", "oldest", "unproved")


def drills_of(plan: Plan, evidence: Evidence, asset: JudgedAsset) -> dict[str, Any]:
    """`verified` and `verifications` of a repository, `drills` of a store, `restores` of an agency; else empty."""
    found: dict[str, Any] = {
        "verified": dict.fromkeys(_VERIFIED[:3], 0),
        "verifications": [],
        "drills": [],
        "restores": [],
    }
    if asset.kind is AssetKind.BACKUP_REPOSITORY:
        found |= _verified(evidence, asset)
    elif asset.kind is AssetKind.DATA_STORE:
        found["drills"] = [drilled_of(evidence, one, asset.id) for one in repositories_of(plan, asset)]
    elif asset.kind is AssetKind.AGENCY:
        found["restores"] = list(_restores(plan, evidence, asset))
    return found


def repositories_of(plan: Plan, store: JudgedAsset) -> list[JudgedAsset]:
    named = store.declared.get("backed_up_to")
    named = named if isinstance(named, list | tuple) else ()
    return [
        one
        for one in plan.assets
        if one.agency == store.agency and one.kind is AssetKind.BACKUP_REPOSITORY and one.id in named
    ]


def _results(evidence: Evidence, repository: JudgedAsset, kind: str, store: str = "") -> tuple[list[Row], int] | Gap:
    """The results that its key signed, newest first, and how many others claim to be newer than all of these."""
    key = repository.declared.get("drills_key")
    if not key:
        return _NOT_DECLARED
    where = repository.declared.get("drills_on") or repository.host
    seen = evidence.assets.get(f"{repository.agency}/{where}")
    rows = _rows(seen)
    if isinstance(rows, Gap):
        return rows
    mine = [row for row in rows if (row["kind"], row["repository"], row["store"]) == (kind, repository.id, store)]
    mine = sorted(mine, key=lambda row: (epoch(row["ended"]), row["id"]), reverse=True)
    signed = [row for row in mine if row["signed_by"] == key and row["tool"] == repository.declared.get("tool")]
    newest = epoch(signed[0]["ended"]) if signed else None
    others = [row for row in mine if row not in signed]
    return signed, sum(newest is None or epoch(row["ended"]) >= newest for row in others)


def _rows(seen: AssetEvidence | None) -> list[Row] | Gap:
    if seen is None:
        return _NOT_ASKED
    facts = seen.facts.get("drills", _NOT_ASKED)
    if isinstance(facts, Gap):
        return facts
    rows = facts.get("results", _NOT_ASKED)
    return rows if isinstance(rows, list | Gap) else _NOT_ASKED


def _verified(evidence: Evidence, repository: JudgedAsset) -> dict[str, Any]:
    found = _results(evidence, repository, "verify")
    if isinstance(found, Gap):
        return {"verified": dict.fromkeys(_VERIFIED, found), "verifications": found}
    signed, unproved = found
    rows = list(_covered(signed))
    verified: dict[str, Any] = {"count": len(signed), "standing": _standing(signed), "unproved": unproved}
    verified |= {"newest": signed[0]["ended"]} if signed else {}
    return {"verified": verified, "verifications": rows}


def _covered(signed: Sequence[Row]) -> Iterator[dict[str, Any]]:
    """Each verification with the share of the data that it and the newer good ones read, each part counted once."""
    read: dict[tuple[int, int], int] = {}
    for row in signed:
        if row["good"]:
            read.setdefault((row["part"], row["parts"]), row["percent"])
        shares: dict[int, int] = {}
        for (_, parts), percent in read.items():
            shares[parts] = shares.get(parts, 0) + percent
        shares |= {parts: 100 for parts in shares if parts > 1 and _complete(read, parts)}
        yield {
            "id": row["id"], "ended": row["ended"], "good": row["good"], "covered": max(shares.values(), default=0),
        }  # fmt: skip


def _standing(signed: Sequence[Row]) -> int:
    """The failures after which neither the same part nor the whole, at once or by parts, was read without an error."""
    healed: set[tuple[int, int]] = set()
    count = 0
    for row in signed:
        part = (row["part"], row["parts"])
        if row["good"]:
            healed.add(part)
        elif part not in healed and not any(_complete(healed, parts) for _, parts in healed):
            count += 1
    return count


def _complete(read: Iterable[tuple[int, int]], parts: int) -> bool:
    return sum(one[1] == parts for one in read) == parts


def drilled_of(evidence: Evidence, repository: JudgedAsset, store: str) -> dict[str, Any]:
    """The newest drill of a store from one repository."""
    found = _results(evidence, repository, "drill", store)
    if isinstance(found, Gap):
        return {
            "id": repository.id,
            **dict.fromkeys(("count", "unproved", "ended", "good", "expected", "matched"), found),
        }
    signed, unproved = found
    row: dict[str, Any] = {"id": repository.id, "count": len(signed), "unproved": unproved}
    if not signed:
        return row | {"good": False, "expected": 0, "matched": 0}
    last = signed[0]
    return row | {name: last[name] for name in ("ended", "good", "expected", "matched")} | {"minutes": _minutes(last)}


def _minutes(row: Row) -> int:
    """How long all of the store would have taken, rounded up: a sample is scaled by its share of the bytes."""
    seconds = row["seconds"]
    if row["whole"] > row["bytes"]:
        seconds = -(-seconds * row["whole"] // max(1, row["bytes"]))
    return int(-(-seconds // 60))


def _restores(plan: Plan, evidence: Evidence, agency: JudgedAsset) -> Iterator[dict[str, Any]]:
    """By service: the time of the newest drills of all its stores, one after the other."""
    services: Any = plan.registers.get(agency.agency, {}).get("services", ())
    stores = {one.id: one for one in plan.assets if one.agency == agency.agency and one.kind is AssetKind.DATA_STORE}
    for service in services:
        row = {"id": service["id"], **({"rto": service["rto"]} if "rto" in service else {})}
        mine = [stores[name] for name in service.get("stores", ()) if name in stores]
        drilled = [_of_store(plan, evidence, one) for one in mine]
        gap = next((one for one in drilled if isinstance(one, Gap)), None if mine else _NO_DRILL)
        if gap is not None:
            yield row | dict.fromkeys(_SERVICE, gap)
            continue
        yield row | {
            "good": all(one["good"] and one["matched"] == one["expected"] for one in drilled),
            "minutes": sum(one["minutes"] for one in drilled),
            "oldest": min((one["ended"] for one in drilled), key=epoch),
            "unproved": sum(one["unproved"] for one in drilled),
        }


def _of_store(plan: Plan, evidence: Evidence, store: JudgedAsset) -> Any:
    """The newest drill of a store from any of its repositories, or the Gap that stands for it."""
    rows = [drilled_of(evidence, one, store.id) for one in repositories_of(plan, store)]
    if not rows:
        return _NO_REPOSITORY
    known = [row for row in rows if not isinstance(row["count"], Gap)]
    drilled = [row for row in known if row["count"]]
    if drilled:
        last = max(drilled, key=lambda row: epoch(row["ended"]))
        return last | {"unproved": sum(row["unproved"] for row in known)}
    if any(row["unproved"] for row in known):
        return _UNPROVED
    return next((row["count"] for row in rows if isinstance(row["count"], Gap)), _NO_DRILL)
