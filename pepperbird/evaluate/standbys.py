"""A standby held against its primary: both are asked in the same run, and belong together by the cluster's identifier.

What the register calls them decides nothing. A standby whose primary was not seen is not ready for all that is known.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from pepperbird.model.evidence import Evidence
from pepperbird.model.gap import Gap, GapReason
from pepperbird.model.plan import JudgedAsset, Plan
from pepperbird.model.state import AssetKind

_NO_PRIMARY: Final = Gap(
    GapReason.NO_COLLECTOR, "The primary that it follows was not asked in this run: nothing to hold it against.",
    "declare the primary in the register with `access:`, and scan both together",
)  # fmt: skip
_UNSEEN: Final = Gap(GapReason.NO_COLLECTOR, "This was not asked in this run.")


def primaries_of(plan: Plan, evidence: Evidence, asset: JudgedAsset) -> list[dict[str, Any]] | Gap:
    """For a standby of PostgreSQL the primary of its cluster, one row; for anything else no row."""
    own = _facts(evidence, asset)
    if asset.kind is not AssetKind.POSTGRESQL or isinstance(own, Gap) or own.get("standby") is not True:
        return []
    system = own.get("system", _UNSEEN)
    if isinstance(system, Gap):
        return system
    gap: Gap | None = None
    for other in plan.assets:
        if (other.agency, other.kind) != (asset.agency, asset.kind) or other.id == asset.id:
            continue
        facts = _facts(evidence, other)
        if isinstance(facts, Gap):
            gap = gap or facts
            continue
        hidden = next((one for one in (facts.get("standby"), facts.get("system")) if isinstance(one, Gap)), None)
        gap = gap or hidden
        if hidden is None and facts.get("standby") is False and facts.get("system") == system:
            return [{"id": other.id, "same_timeline": _same(own, facts), "smaller": _smaller(own, facts)}]
    return gap or _NO_PRIMARY


def _facts(evidence: Evidence, asset: JudgedAsset) -> Mapping[str, Any] | Gap:
    seen = evidence.assets.get(f"{asset.agency}/{asset.id}")
    facts: Any = seen.facts.get("postgresql", _UNSEEN) if seen is not None else _UNSEEN
    return facts if isinstance(facts, Mapping | Gap) else _UNSEEN


def _same(own: Mapping[str, Any], primary: Mapping[str, Any]) -> bool | Gap:
    mine, other = own.get("timeline", _UNSEEN), primary.get("timeline", _UNSEEN)
    gap = next((one for one in (mine, other) if isinstance(one, Gap)), None)
    return gap or bool(mine == other)


def _smaller(own: Mapping[str, Any], primary: Mapping[str, Any]) -> list[str] | Gap:
    """The settings in which the standby is smaller: with those it stops replaying, or can't carry the same load."""
    mine, other = _limits(own), _limits(primary)
    if isinstance(mine, Gap):
        return mine
    if isinstance(other, Gap):
        return other
    return [f"{name} {mine[name]} of {value}" for name, value in sorted(other.items()) if mine.get(name, 0) < value]


def _limits(facts: Mapping[str, Any]) -> dict[str, int] | Gap:
    rows = facts.get("limits", _UNSEEN)
    if isinstance(rows, Gap):
        return rows
    found = {row["name"]: row["value"] for row in rows}
    return next((value for value in found.values() if isinstance(value, Gap)), None) or found
