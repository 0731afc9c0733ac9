"""The past of the register: what an agency had in it when, kept from scan to scan, and what changed since its plan.

An entry that is gone is kept with the day on which it was missed, so that what was taken away can be seen too.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from pepperbird.evaluate.document import Papers, newest
from pepperbird.expression.functions import epoch
from pepperbird.model.evidence import Memory
from pepperbird.model.gap import Gap, GapReason
from pepperbird.model.plan import JudgedAsset, Plan
from pepperbird.model.state import AssetKind

FIELD: Final = "register.entries"
PLANS: Final = ("DR-01.1", "DR-03.1")
"""The papers that are a version of the recovery plan: the plan itself, and the record of its review."""
GONE_KEPT_DAYS: Final = 800
_WHAT: Final = {"assets": "asset", "stores": "store", "repositories": "repository", "services": "service"}
_NO_PLAN: Final = Gap(
    GapReason.NO_ATTESTATION, "No recovery plan and no review of one counts, so there is nothing that could be older.",
    "hand in the record of DR-01.1 or DR-03.1",
)  # fmt: skip


def keep_register(tracks: dict[str, dict[str, Mapping[str, Any]]], plan: Plan, at: str) -> None:
    """Lay the register of each agency of the plan over what is remembered of it."""
    for agency, register in plan.registers.items():
        known = tracks.setdefault(f"{agency}/{agency}", {})
        known[FIELD] = _laid(known.get(FIELD, {}), _entries(register), at)


def _entries(register: Mapping[str, Any]) -> list[str]:
    return [f"{word} {one['id']}" for field, word in _WHAT.items() for one in register.get(field, ())]


def _laid(before: Mapping[str, Any], now: list[str], at: str) -> dict[str, Any]:
    kept: dict[str, Any] = {"": before.get("", {"since": at})}
    for name in now:
        seen = before.get(name)
        kept[name] = seen if seen is not None and "gone" not in seen else {"first_seen": at}
    for name, seen in before.items():
        gone = seen.get("gone", at)
        if name and name not in kept and _days(gone, at) <= GONE_KEPT_DAYS:
            kept[name] = {**seen, "gone": gone}
    return kept


def register_changes_of(known: Memory, papers: Papers, agency: JudgedAsset, at: str) -> list[dict[str, Any]] | Gap:
    """For an agency each entry that came or went since the newest version of its plan; for anything else no row."""
    if agency.kind is not AssetKind.AGENCY:
        return []
    counting = [
        found.signed_at
        for clause in PLANS
        if (found := newest([one for one in papers.attested if one.clause == clause and one.asset is None], at))
        and not found.refusal
    ]
    if not counting:
        return _NO_PLAN
    signed = max(counting, key=epoch)
    entries = known.tracks.get(f"{agency.agency}/{agency.agency}", {}).get(FIELD, {})
    since = entries.get("", {"since": at})["since"]
    if epoch(since) > epoch(signed):
        return Gap(
            GapReason.NO_COLLECTOR,
            f"The register is followed since {since[:10]} only, and the newest version of the plan is older.",
            "review the plan against the register, and hand in the record of DR-03.1",
        )
    return [row for name, one in sorted(entries.items()) if name for row in _changes(name, one, since, signed)]


def _changes(name: str, one: Mapping[str, str], since: str, signed: str) -> list[dict[str, str]]:
    came, went = one["first_seen"], one.get("gone")
    if went is not None:
        return [{"id": name, "how": "removed", "seen": went}] if epoch(went) > epoch(signed) else []
    new = came != since and epoch(came) > epoch(signed)
    return [{"id": name, "how": "added", "seen": came}] if new else []


def _days(then: str, at: str) -> float:
    return (datetime.fromisoformat(at) - datetime.fromisoformat(then)).total_seconds() / 86400
